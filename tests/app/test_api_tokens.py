from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from segmodel.council import Tokens
from tests.app.test_pages import text

Opened = Callable[..., AppTest]


@pytest.fixture
def folder(built_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the built sample, which the app is told to serve."""
    shutil.copytree(built_sample, tmp_path / "sample")
    monkeypatch.setenv("SEGMODEL_WORKSPACE", str(tmp_path / "sample"))
    return tmp_path / "sample"


def open_tab(opened: Opened) -> AppTest:
    page = opened("activate")
    page.session_state["audience_ways"] = "API"
    return page.run()


def test_a_steward_makes_a_token_sees_it_once_and_revokes_it(opened: Opened, folder: Path) -> None:
    page = open_tab(opened)
    page.text_input(key="api_name").set_value("Contact <b>centre</b>")
    page.button(key="FormSubmitter:api_token-Make a token").click().run()
    assert not page.exception
    shown = next(block.value for block in page.code if block.value.startswith("lsk_"))
    token = Tokens(folder).find(shown)
    assert token is not None
    assert (token.name, token.scopes) == ("Contact <b>centre</b>", ("lookup",))
    page.run()
    assert shown not in str([block.value for block in page.code])
    assert page.selectbox(key="api_revoked").options == ["1: Contact <b>centre</b>"]
    page.button(key="api_revoke").click().run()
    assert not Tokens(folder).find(shown).is_valid(token.made_at.date())


def test_a_viewer_makes_none(opened: Opened, signed_in: Callable[..., None], folder: Path) -> None:
    signed_in("ben@example.com")
    page = open_tab(opened)
    assert "Stewards can make and revoke tokens here" in text(page)
    assert not [button for button in page.button if "token" in str(button.key)]
    assert Tokens(folder).list() == ()
