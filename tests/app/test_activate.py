"""The page Activate: a funnel that follows what is asked, a file with its manifest, and only as far as a role goes."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import audiences, queries
from app.access import AccessError
from segmodel.activation import AudienceRequest
from segmodel.council import ActivationLog
from segmodel.council.database import ADDRESS
from tests.activation.made import SECTION, build_shop, set_activation
from tests.app.test_pages import text, title

Opened = Callable[..., AppTest]

TARGET = """
[[activation.folder]]
name = "agency"
path = "for-agency"
audiences = ["best"]
"""


@pytest.fixture(scope="module")
def made_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shop(tmp_path_factory.mktemp("activate") / "shop")


@pytest.fixture
def shop(folder: Path, made_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a workspace with contact data, which the app is told to serve."""
    assert folder.is_dir()  # `opened` serves it; it is named first, so that ours takes its place
    monkeypatch.delenv(ADDRESS, raising=False)
    folder = tmp_path / "shop"
    shutil.copytree(made_shop, folder, symlinks=True)
    set_activation(folder, SECTION + TARGET)
    monkeypatch.setenv("SEGMODEL_WORKSPACE", str(folder))
    return folder


def key_of(folder: Path) -> queries.BuildKey:
    key = queries.current_build(folder)
    assert key is not None
    return key


def request_of(folder: Path) -> AudienceRequest:
    return AudienceRequest.of(audiences.settings(key_of(folder)), "value", ("s1", "s2", "s3", "s4", "s5"))


def all_segments(page: AppTest) -> AppTest:
    page.button_group(key="choice_segments").set_value(["s1", "s2", "s3", "s4", "s5"])
    return page.run()


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click()
    return page.run()


def test_the_title_says_how_many_can_be_sent_and_follows_the_conditions(shop: Path, opened: Opened) -> None:
    page = all_segments(opened("activate"))
    assert not page.exception
    found, _ = audiences.funnel(key_of(shop), request_of(shop))
    assert title(page).startswith(f"{found.given} of {found.in_segment} customers in ")
    before = title(page)
    page.number_input(key="choice_value_from").set_value(60)
    page.run()
    assert not page.exception
    assert title(page) != before
    assert page.query_params["value_from"] == "60"
    page.number_input(key="choice_minimum").set_value(1_000_000)
    page.run()
    assert title(page).startswith("0 of ")
    assert next(button for button in page.button if button.label == "Export").disabled


def test_a_file_is_made_with_its_manifest_and_stands_in_the_log(shop: Path, opened: Opened) -> None:
    page = all_segments(opened("activate"))
    assert "Nothing was given out yet" in text(page)
    press(page, "Export")
    assert not page.exception
    assert not page.error
    (entry,) = ActivationLog(shop).entries()
    assert (entry.kind, entry.state, entry.who) == ("export", "finished", "local user (admin)")
    assert "audience-value-s1-s2-s3-s4-s5.csv" in page.table[0].value.to_string()
    (made,) = page.session_state["audience_made"].values()
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        names = sorted(archive.namelist())
        rows = pd.read_csv(io.BytesIO(archive.read(names[0])))
        manifest = json.loads(archive.read(names[1]))
    assert names[1] == f"{names[0]}.manifest.json"
    assert manifest["rows"] == len(rows) == entry.content["rows"]


def test_a_target_is_synced_from_the_page(shop: Path, opened: Opened) -> None:
    page = opened("activate")
    page.session_state["audience_ways"] = "Targets"
    page.run()
    press(page, "Sync now")
    assert not page.exception
    assert "added, 0 changed, 0 removed, 0 unchanged" in page.success[0].value
    assert len(list((shop / "for-agency").glob("*.csv"))) == 1


@pytest.mark.parametrize(
    ("tab", "said"), [("SQL", "SELECT"), ("Command line", "segmodel audience "), ("Typing tool", "a few questions")]
)
def test_each_other_way_out_has_its_tab(shop: Path, opened: Opened, tab: str, said: str) -> None:
    page = opened("activate")
    page.session_state["audience_ways"] = tab
    page.run()
    assert not page.exception
    shown = text(page) + "".join(code.value for code in page.code)
    assert said in shown


def test_a_definition_that_does_not_say_who_agreed_is_told_how(shop: Path, opened: Opened) -> None:
    set_activation(shop, "[activation]\n")
    page = opened("activate")
    assert not page.exception
    assert title(page) == "Who may be sent out is not said yet"
    assert "[activation]" in page.code[0].value


def test_what_cannot_be_read_is_said_and_the_page_stands(shop: Path, opened: Opened) -> None:
    set_activation(shop, SECTION.replace('country = "GB"', 'suppression = ["gone.csv"]'))
    page = opened("activate")
    assert not page.exception
    assert "activation.suppression" in page.error[0].value.replace("\\", "")


def test_viewers_see_who_can_be_reached_and_no_list(shop: Path, opened: Opened, signed_in: Callable[..., None]) -> None:
    signed_in("zoe@example.com")
    page = opened("activate")
    assert not page.exception
    assert title(page).endswith("customers agreed and can be matched")
    assert not page.number_input
    assert [button.label for button in page.button] == ["Present"]
    for asked in (
        lambda: audiences.funnel(key_of(shop), request_of(shop)),
        lambda: audiences.preview(key_of(shop), request_of(shop)),
        lambda: audiences.log(key_of(shop)),
        lambda: queries.published(key_of(shop)),
    ):
        with pytest.raises(AccessError, match="analyst"):
            asked()


def test_analysts_see_ids_and_no_keys_and_stewards_give_out(
    shop: Path, opened: Opened, signed_in: Callable[..., None]
) -> None:
    signed_in("ben@example.com")
    page = opened("activate")
    assert not page.exception
    assert "Export" not in [button.label for button in page.button]
    assert list(audiences.preview(key_of(shop), request_of(shop))) == ["customer_id", "segment"]
    for done in (
        lambda: audiences.export(key_of(shop), request_of(shop), "csv"),
        lambda: audiences.sync_target(key_of(shop), "agency"),
    ):
        with pytest.raises(AccessError, match="steward"):
            done()
    signed_in("ana@example.com")
    assert "email_sha256" in audiences.preview(key_of(shop), request_of(shop))
    audiences.export(key_of(shop), request_of(shop), "parquet")
    assert ActivationLog(shop).entries()[0].who == "Somebody (steward)"
