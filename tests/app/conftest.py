from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from tests.app.made import write_workspace
from tests.support.real_data import REPOSITORY

MAIN = REPOSITORY / "app" / "main.py"


SECRETS = {
    "auth": {"redirect_uri": "x"},
    "roles": {"steward": ["Ana@example.com"], "analyst": ["ben@example.com"]},
}


class FakeSecrets(dict):
    """Secrets as Streamlit holds them, without a file."""

    def load_if_toml_exists(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Put back the process's main module, which AppTest replaces by the app: processes started later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session", autouse=True)
def components_found_once() -> Iterator[None]:
    """Look through the installed packages for components once: AppTest does so for every visitor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", functools.cache(_scan))
        yield


_scan = manifest_scanner.scan_component_manifests


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a published workspace to copy: never written to."""
    folder = tmp_path_factory.mktemp("made") / "brand"
    write_workspace(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a published workspace, which the app is told to serve."""
    shutil.copytree(made, tmp_path / "brand", symlinks=True)
    monkeypatch.setenv("SEGMODEL_WORKSPACE", str(tmp_path / "brand"))
    return tmp_path / "brand"


@pytest.fixture
def opened(folder: Path) -> Iterator[Callable[..., AppTest]]:
    """Open a page of the app, with address parameters, as a new visitor."""

    def open_page(page: str = "home", **parameters: str) -> AppTest:
        visitor = AppTest.from_file(str(MAIN), default_timeout=30)
        for name, value in parameters.items():
            visitor.query_params[name] = value
        visitor.run()
        if page != "home":
            visitor.switch_page(f"views/{page}.py").run()
        return visitor

    yield open_page
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sign somebody in by address, as the secrets know them; None: nobody."""

    def sign_in(email: str | None, **claims: object) -> None:
        monkeypatch.setattr(st, "secrets", FakeSecrets(SECRETS))
        visitor = {"email": email, "name": "Somebody", **claims} if email else {}
        user = SimpleNamespace(is_logged_in=email is not None, get=visitor.get)
        monkeypatch.setattr(st, "user", user)

    return sign_in
