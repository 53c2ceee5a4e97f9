from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import Run


def test_personas_are_printed_with_what_sets_them_apart(run: Run, built: Path) -> None:
    found = run("personas", built, "--segmentation", "value")
    assert found.code == 0
    assert "what sets it apart" in found.out
    assert "Highest value" in found.out
    assert ", the rest " in found.out


def test_personas_as_json_have_facts_and_traits(run: Run, built: Path) -> None:
    found = run("personas", built, "--json")
    assert found.code == 0
    document = json.loads(found.out)
    assert set(document) == {"build", "as_of", "currency", "value_basis", "left_out", "segmentations"}
    every = [each for told in document["segmentations"].values() for each in told["personas"]]
    for each in every:
        assert len(each["card"]) <= 3
        assert set(each["card"]) <= {trait["name"] for trait in each["traits"]}
        assert bool(each["traits"]) != bool(each["traits_note"])


def test_an_unknown_segmentation_is_refused(run: Run, built: Path) -> None:
    found = run("personas", built, "--segmentation", "vaule")
    assert found.code == 2
    assert "Did you mean" in found.err


def test_posters_of_all_are_one_pdf_and_a_segment_is_a_picture(run: Run, built: Path, tmp_path: Path) -> None:
    posters, picture = tmp_path / "posters.pdf", tmp_path / "one.png"
    assert run("print", built, "poster", "--output", posters).code == 0
    assert posters.read_bytes().startswith(b"%PDF-")
    segments = json.loads(run("personas", built, "--segmentation", "value", "--json").out)["segmentations"]["value"]
    segment = segments["personas"][0]["name"]
    asked = ("--segmentation", "value", "--segment", segment)
    assert run("print", built, "one-pager", "--output", picture, *asked).code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("mug", "a.pdf", "There is no print 'mug'"),
        ("poster", "a.docx", "expected a name that ends in .pdf or .png"),
        ("poster", "a.png", "A .png holds one page and this has"),
    ],
)
def test_what_cannot_be_printed_is_told(run: Run, built: Path, tmp_path: Path, kind: str, name: str, told: str) -> None:
    found = run("print", built, kind, "--output", tmp_path / name)
    assert found.code == 2
    assert told in " ".join(found.err.split())
    assert not list(tmp_path.iterdir())


def test_the_council_pack_is_what_its_name_says(run: Run, built: Path, tmp_path: Path) -> None:
    assert run("report", built, "--output", tmp_path / "pack.pdf").code == 0
    assert (tmp_path / "pack.pdf").read_bytes().startswith(b"%PDF-")
    other = run("report", built, "--output", tmp_path / "other.pdf", "--format", "pptx")
    assert other.code == 2
    assert "ends in .pdf; expected the same of both" in other.err
    folder = run("report", built, "--output", tmp_path)
    assert folder.code == 2
    assert "it is a folder" in folder.err
