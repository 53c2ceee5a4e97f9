from __future__ import annotations

import json
from pathlib import Path

import pytest

from segmodel.drift import flows_between
from segmodel.workspace import Workspace
from tests.support.command_line import Run, refused


def test_document_has_the_keys_scripts_rely_on_and_the_numbers_of_the_build(run: Run, built: Path) -> None:
    document = json.loads(run("migration", built, "--from", "2026-01-31", "--json").out)
    assert list(document) == [
        "build", "segmentation", "version", "currency", "from", "to", "is_comparable", "finding", "totals",
        "segments", "flows", "rules", "forecast",
    ]  # fmt: skip
    assert (document["segmentation"], document["from"]) == ("behaviour", "2026-01-31")
    with Workspace(built).open() as published:
        days = published.snapshots()
        flows = flows_between(published, "behaviour", days[days.index(min(days, key=str))], days[-1])
        assert document["to"] == str(days[-1])
    assert [row["id"] for row in document["segments"]] == flows.segments["segment"].tolist()
    totals = document["totals"]
    assert totals["customers_before"] + (totals["new"] or 0) >= totals["customers_after"]
    for row in document["flows"]:
        assert (row["customers"] is None) == row["suppressed"]
        assert row["customers"] is None or row["customers"] >= 10
    assert document["rules"] is None
    assert document["forecast"]["check"]["is_shown"] is False
    assert document["forecast"]["sizes"] == []


def test_text_says_the_finding_and_why_there_is_no_forecast(run: Run, built: Path) -> None:
    text = run("migration", built, "--segmentation", "value").out
    assert "What became of each segment" in text
    assert "Too short a history" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--segmentation", "behavour"), ("no segmentation 'behavour'", "Did you mean", "behaviour")),
        (("--from", "2020-01-01"), ("no snapshot of 2020-01-01", "the nearest is 2026-01-31")),
        (("--from", "2026-03-31", "--to", "2026-01-31"), ("earlier snapshot to a later one",)),
        (("--to", "2026-01-31"), ("no snapshot before 2026-01-31", "history_months")),
    ],
)
def test_bad_arguments_end_in_one_sentence(run: Run, built: Path, arguments: tuple[str, ...], words) -> None:
    refused(run("migration", built, *arguments), *words)
