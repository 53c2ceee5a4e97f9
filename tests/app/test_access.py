from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import access, queries, uploads
from app.access import AccessError, Role
from tests.app.conftest import MAIN

SECRETS = {
    "auth": {"redirect_uri": "x"},
    "roles": {"steward": ["Ana@example.com"], "analyst": ["ben@example.com"]},
}


class FakeSecrets(dict):
    def load_if_toml_exists(self) -> bool:
        return True


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch):
    def sign_in(email: str | None) -> None:
        monkeypatch.setattr(st, "secrets", FakeSecrets(SECRETS))
        visitor = {"email": email, "name": "Somebody"} if email else {}
        user = SimpleNamespace(is_logged_in=email is not None, get=visitor.get)
        monkeypatch.setattr(st, "user", user)

    return sign_in


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
        queries.roll_back(key, key.build_id)
    signed_in("zoe@example.com")
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


def test_a_visitor_who_is_not_signed_in_sees_nothing(signed_in, folder):
    signed_in(None)
    page = AppTest.from_file(str(MAIN), default_timeout=30).run()
    assert page.title[0].value == "Sign in to see the segments"
    assert not page.metric
    assert not page.get("plotly_chart")


def test_without_sign_in_there_is_one_local_user():
    user = access.current_user()
    assert user is not None
    assert user.is_local
    assert user.may(Role.ADMIN)
