from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from segmodel.council.database import ADDRESS
from tests.activation.made import SECTION, build_shop, set_activation
from tests.support.command_line import Run

CRM = """
[[activation.database]]
name = "crm"
uri = "sqlite:///{file}"
table = "members"
audiences = ["best"]
"""
SEGMENTS = ("s1", "s2", "s3", "s4", "s5")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(ADDRESS, raising=False)
    return build_shop(tmp_path / "shop")


def test_an_audience_is_looked_at_written_synced_and_listed(run: Run, shop: Path, tmp_path: Path) -> None:
    funnel = run("audience", shop, "value", *SEGMENTS, "--condition", "value>=10")
    assert funnel.code == 0
    assert "did not agree" in funnel.out
    assert "value below 10" in funnel.out
    nothing = run("sync", shop)
    assert (nothing.code, nothing.out) == (0, "Nothing was given out yet.\n")

    file = tmp_path / "best.csv"
    written = run(
        "audience", shop, "value", *SEGMENTS, "--keys", "meta", "--field", "value", "--output", file, "--json"
    )
    document = json.loads(written.out)
    assert list(document) == ["build", "as_of", "request", "funnel", "rows", "manifest"]
    rows = pd.read_csv(file)
    assert list(rows) == ["customer_id", "value", "email_sha256", "phone_sha256"]
    assert len(rows) == document["rows"] == document["manifest"]["rows"]

    set_activation(shop, SECTION + CRM.format(file=tmp_path / "crm.db"))
    first, again = run("sync", shop, "crm"), run("sync", shop, "crm", "--json")
    assert first.out == f"crm, best: {len(rows)} added, 0 changed, 0 removed, 0 unchanged\n"
    (report,) = json.loads(again.out)["syncs"]
    assert (report["added"], report["unchanged"]) == (0, len(rows))
    with sqlite3.connect(tmp_path / "crm.db") as crm:
        assert crm.execute("SELECT count(*) FROM members").fetchone() == (len(rows),)
    crm.close()

    entries = json.loads(run("sync", shop, "--log", "--json").out)["activations"]
    assert [(each["kind"], each["target"], each["state"]) for each in entries] == [
        ("sync", "crm", "finished"),
        ("sync", "crm", "finished"),
        ("export", "best.csv", "finished"),
    ]
    assert "best.csv" in run("sync", shop).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--keys", "hash"), "Found --keys 'hash', expected one of google, meta, plain, none."),
        (("--field", "email"), "Found --field 'email', expected one of segment, "),
        (("--condition", "worth>3"), "Found the condition 'worth>3'"),
        (("--condition", "certainty>2"), "certainty lies between 0 and 1"),
        (("--holdout", "1.5"), "expected a share from 0 to below 1"),
        (("--output", "x.xls"), "end the name with .csv, .csv.gz, .parquet"),
    ],
)
def test_what_is_wrong_is_one_clear_sentence(run: Run, shop: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run("audience", shop, "value", "s1", *arguments)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err
