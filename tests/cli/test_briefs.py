from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import Run


def name_of(run: Run, built: Path) -> str:
    document = json.loads(run("personas", built, "--segmentation", "value", "--json").out)
    return str(document["segmentations"]["value"]["personas"][0]["name"])


def test_a_brief_is_printed_and_written(run: Run, built: Path, tmp_path: Path) -> None:
    asked = (built, name_of(run, built), "--segmentation", "value")
    printed = run("brief", *asked, "--for", "media")
    assert printed.code == 0
    assert "Playbook: media" in printed.out
    assert "nobody has saved it yet" in printed.out
    for ending, start in (("docx", b"PK"), ("pdf", b"%PDF-"), ("md", b"# ")):
        output = tmp_path / f"brief.{ending}"
        assert run("brief", *asked, "--output", output).code == 0
        assert output.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--for", "sails"), "There is no brief 'sails'"),
        (("--output", "brief.txt"), "expected a name that ends in .docx, .pdf or .md"),
        (("--segmentation", "vaule"), "Did you mean"),
    ],
)
def test_what_cannot_be_briefed_is_told(run: Run, built: Path, more: tuple[str, ...], told: str) -> None:
    found = run("brief", built, "s1", *more)
    assert found.code == 2
    assert told in " ".join(found.err.split())


def test_an_unknown_segment_is_refused(run: Run, built: Path) -> None:
    found = run("brief", built, "Nobody at all")
    assert found.code == 2
    assert "Traceback" not in found.err
