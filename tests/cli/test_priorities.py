from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from segmodel.council import Council
from segmodel.priorities import CRITERIA, Scoring, priority_matrix, segment_facts
from segmodel.workspace import Workspace
from tests.support.command_line import Run, refused


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGMODEL_COUNCIL_URL", raising=False)


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A built workspace of the test's own, in which nothing was saved."""
    return shutil.copytree(built, tmp_path / "shop")


def save(folder: Path, scoring: Scoring, name: str, based_on: int | None = None, **made_on: str) -> None:
    given = {"build_id": Workspace(folder).current() or "", "model_version": "v001", **made_on}
    Council(folder).save_scoring(
        segmentation="behaviour", name=name, who="Ana", content=scoring.to_json(), evidence="{}", based_on=based_on,
        **given,
    )  # fmt: skip


def test_without_a_saved_scoring_it_says_what_the_scores_suggest(run: Run, folder: Path) -> None:
    document = json.loads(run("priorities", folder, "--json").out)
    assert list(document) == [
        "build", "as_of", "segmentation", "version", "source", "scoring", "finding", "note", "holds", "targets",
        "criteria", "segments", "warnings",
    ]  # fmt: skip
    assert (document["source"], document["scoring"], document["segmentation"]) == ("suggested", None, "behaviour")
    assert "Nobody has saved a scoring yet" in document["note"]
    with Workspace(folder).open() as published:
        matrix = priority_matrix(Scoring(), segment_facts(published, "behaviour"))
    assert document["targets"] == list(matrix.targets)
    assert [segment["id"] for segment in document["segments"]] == matrix.rows["segment"].tolist()
    for segment, row in zip(document["segments"], matrix.rows.to_dict("records"), strict=True):
        if np.isnan(row["score"]):  # hidden: a small group
            assert segment["score"] is segment["rank"] is None
            assert not segment["is_chosen"]
        else:
            assert segment["score"] == pytest.approx(row["score"], abs=1e-4)
            assert segment["rank_low"] <= segment["rank"] <= segment["rank_high"]
        assert list(segment["scores"]) == list(CRITERIA)
        assert segment["scores"]["brand"] is None
        assert bool(segment["not_now"]) != segment["is_chosen"]
    text = run("priorities", folder).out
    assert text.startswith("Win ")
    assert "Nobody has saved a scoring yet" in text
    assert not (folder / "council.db").exists()


def test_newest_saved_scoring_is_printed_and_any_other_by_its_number(run: Run, folder: Path) -> None:
    first = Scoring().choosing(("s1", "s2")).knocking_out("s3", "too small").weighing("growth", 0)
    save(folder, first, "March meeting")
    save(folder, first.choosing(("s2",)).putting_off("s1", "After spring"), "April [bold]meeting", based_on=1)
    newest = json.loads(run("priorities", folder, "--json").out)
    assert newest["source"] == "saved"
    assert newest["targets"] == ["s2"]
    assert newest["scoring"]["number"] == 2
    assert newest["scoring"]["who"] == "Ana"
    assert newest["scoring"]["based_on"] == 1
    assert newest["scoring"]["saved_at"].endswith("Z")
    assert newest["note"] == ""
    by_id = {segment["id"]: segment for segment in newest["segments"]}
    assert by_id["s1"]["not_now"] == "After spring"
    assert by_id["s3"]["knocked_out"] == "too small"
    assert by_id["s3"]["rank"] is by_id["s3"]["stays"] is None
    assert next(each["weight"] for each in newest["criteria"] if each["name"] == "growth") == 0
    assert json.loads(run("priorities", folder, "--version", "1", "--json").out)["targets"] == ["s1", "s2"]
    text = run("priorities", folder).out
    assert "“April [bold]meeting”, saved by Ana" in text
    assert "knocked out: too small" in text
    assert "After spring" in text


def test_scoring_made_on_other_numbers_says_so(run: Run, folder: Path) -> None:
    save(folder, Scoring(), "March meeting", build_id="2025-01-01T000000Z")
    assert "Saved on build 2025-01-01T000000Z" in json.loads(run("priorities", folder, "--json").out)["note"]
    save(folder, Scoring(), "April meeting", based_on=1, model_version="v000")
    assert "version v000 of the segmentation" in json.loads(run("priorities", folder, "--json").out)["note"]


def test_another_segmentation_can_be_asked_for(run: Run, folder: Path) -> None:
    save(folder, Scoring().choosing(("s1", "s2")), "March meeting")
    document = json.loads(run("priorities", folder, "--segmentation", "value", "--json").out)
    assert (document["segmentation"], document["source"]) == ("value", "suggested")


def test_bad_arguments_end_in_one_sentence(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(run("priorities", folder, "--segmentation", "behavour"), "no segmentation 'behavour'", "behaviour")
    refused(run("priorities", folder, "--version", "3"), "no scoring 3 of behaviour", "none was saved yet")
    refused(run("priorities", folder / "nowhere"), "Nothing is published")
    (folder / "council.db").write_text("no database" * 100)
    refused(run("priorities", folder), "damaged")
    monkeypatch.setenv("SEGMODEL_COUNCIL_URL", "postgresql+psycopg://ana:hush@127.0.0.1:1/council")
    result = run("priorities", folder)
    refused(result, "The council's record (postgresql: council) cannot be read")
    assert "hush" not in result.err


def test_scoring_that_cannot_be_read_is_told(run: Run, folder: Path) -> None:
    Council(folder).save_scoring(
        segmentation="behaviour", name="a", who="b", content="{", evidence="", build_id="", model_version="",
        based_on=None,
    )  # fmt: skip
    refused(run("priorities", folder), "This is no scoring")
