from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.app.made import write_workspace
from tests.support.real_data import REPOSITORY

MAIN = REPOSITORY / "app" / "main.py"


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Put back the process's main module, which AppTest replaces by the app: processes started later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a published workspace, which the app is told to serve."""
    write_workspace(tmp_path / "brand")
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
