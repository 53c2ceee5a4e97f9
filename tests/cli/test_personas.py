from __future__ import annotations

import json
from pathlib import Path

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
