from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import access, queries, uploads
from app.access import AccessError, Role
from tests.app.conftest import MAIN
from tests.app.made import write_workspace
from tests.app.test_pages import text


@pytest.mark.parametrize(
    ("email", "role"),
    [("ana@example.com", Role.STEWARD), ("BEN@example.com", Role.ANALYST), ("zoe@example.com", Role.VIEWER)],
)
def test_roles_come_from_the_secrets(signed_in, email, role):
    signed_in(email)
    user = access.current_user()
    assert user is not None
    assert user.role is role
    assert not user.is_local


@pytest.mark.parametrize(
    ("verified", "role"), [(False, Role.VIEWER), ("false", Role.VIEWER), (True, Role.STEWARD), (None, Role.STEWARD)]
)
def test_an_address_that_is_not_verified_gives_no_role(signed_in, verified, role):
    signed_in("ana@example.com", email_verified=verified)
    user = access.current_user()
    assert user is not None
    assert user.role is role


def test_nobody_signed_in_is_nobody(signed_in):
    signed_in(None)
    assert access.current_user() is None
    with pytest.raises(AccessError, match="Nobody is signed in"):
        access.require(Role.VIEWER)


def test_roles_are_checked_where_things_are_read_and_done(signed_in, folder):
    key = queries.current_build(folder)
    assert key is not None
    signed_in("ben@example.com")
    with pytest.raises(AccessError, match="steward"):
        queries.quarantine_examples(key, "transactions", "missing_customer")
    with pytest.raises(AccessError, match="steward"):
        queries.roll_back(folder, key.build_id)
    with pytest.raises(AccessError, match="steward"):
        queries.builds(folder)
    write_workspace(folder / "uploads" / "shop", "Shop")
    with pytest.raises(AccessError, match="steward"):
        uploads.remove("shop")
    assert queries.uploaded() == ("shop",)
    signed_in("zoe@example.com")
    with pytest.raises(AccessError, match="analyst"):
        queries.model_file(key, "behaviour")
    with pytest.raises(AccessError, match="analyst"):
        uploads.receive("a.csv", memoryview(b"a,b\n1,2\n"))


def test_a_viewer_sees_no_raw_rows_builds_or_upload(signed_in, opened):
    signed_in("zoe@example.com")
    data = opened("data")
    headings = [part.value for part in data.subheader]
    assert "Builds" not in headings
    assert "Bring your own file" not in headings
    data.session_state["quarantine_examples"] = True
    data.run()
    assert not data.dataframe


@pytest.mark.parametrize(("email", "is_offered"), [("ben@example.com", False), ("ana@example.com", True)])
def test_only_stewards_are_offered_to_remove_an_upload(signed_in, opened, folder, email, is_offered):
    write_workspace(folder / "uploads" / "shop", "Shop")
    signed_in(email)
    data = opened("data", workspace="shop")
    assert ("remove_workspace" in [button.key for button in data.button]) is is_offered


def test_viewers_of_a_workspace_without_a_build_are_not_asked_for_a_file(signed_in, opened, folder):
    (folder / "store" / "current").unlink()
    signed_in("zoe@example.com")
    page = opened()
    assert page.title[0].value == "There is nothing to show yet"
    assert not page.file_uploader
    signed_in("ben@example.com")
    assert opened().file_uploader


@pytest.mark.parametrize(("email", "count"), [("zoe@example.com", 0), ("ben@example.com", 1)])
def test_a_model_is_taken_away_by_analysts_only(signed_in, opened, email, count):
    signed_in(email)
    page = opened("definitions")
    page.session_state["model_behaviour"] = True
    page.run()
    assert not page.exception
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels.count("Download the model as JSON") == count


def test_a_visitor_who_is_not_signed_in_sees_nothing(signed_in, folder):
    signed_in(None)
    page = AppTest.from_file(str(MAIN), default_timeout=30).run()
    assert page.title[0].value == "Sign in to see the segments"
    assert not page.metric
    assert not page.get("plotly_chart")


def listen_on(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    known = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: address if name == "server.address" else known(name))


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.0.1.1"])
def test_without_sign_in_there_is_one_local_user(monkeypatch: pytest.MonkeyPatch, address: str):
    listen_on(monkeypatch, address)
    user = access.current_user()
    assert user is not None
    assert user.is_local
    assert user.may(Role.ADMIN)


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.1.20", "segments.example.com", "127.0.0.1.io"])  # noqa: S104 - never bound
def test_without_sign_in_others_who_reach_the_address_only_view(monkeypatch: pytest.MonkeyPatch, address: str | None):
    listen_on(monkeypatch, address)
    user = access.current_user()
    assert user is not None
    assert user.role is Role.VIEWER
    assert not user.is_local
    with pytest.raises(AccessError, match="Nobody is signed in; this needs the role analyst"):
        access.require(Role.ANALYST)


def test_an_open_address_says_that_it_is_only_for_viewing(monkeypatch: pytest.MonkeyPatch, opened):
    listen_on(monkeypatch, "192.168.1.20")
    data = opened("data")
    assert "without sign" in data.sidebar.caption[0].value
    assert "Bring your own file" not in [part.value for part in data.subheader]


@pytest.mark.parametrize("damage", ["pointer", "file", "format"])
def test_a_build_that_cannot_be_opened_is_no_dead_end_for_stewards(signed_in, opened, folder, damage, monkeypatch):
    first = (folder / "store" / "current").read_text().strip()
    with monkeypatch.context() as patched:
        if damage == "format":
            patched.setattr("tests.app.made.FORMAT", 0)
        second = write_workspace(folder, "Renamed Coffee")
    if damage == "pointer":
        (folder / "store" / "current").write_text("nonsense")
    elif damage == "file":
        (folder / "store" / f"{second}.duckdb").write_bytes(b"not a database" * 1000)
    signed_in("zoe@example.com")
    viewer = opened()
    assert not viewer.exception
    assert [error.value for error in viewer.error] == [
        "A steward of this workspace can publish an earlier build again."
    ]
    assert not viewer.button
    signed_in("ana@example.com")
    steward = opened()
    assert not steward.exception
    assert str(folder.parent) not in steward.error[0].value.replace("\\", "")
    steward.button(key=f"rollback_{first}").click().run()
    assert not steward.error
    assert "Harbour Coffee" in text(steward)


def test_going_back_to_a_build_of_another_version_says_so(opened, folder, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("tests.app.made.FORMAT", 0)
        old = write_workspace(folder)
    new = write_workspace(folder)
    data = opened("data")
    data.session_state["builds"] = True
    data.run()
    data.button(key=f"rollback_{old}").click().run()
    assert "was made by another version" in data.error[0].value
    assert (folder / "store" / "current").read_text().strip() == new
