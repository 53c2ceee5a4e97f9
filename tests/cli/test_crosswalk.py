from __future__ import annotations

import json
from pathlib import Path

from tests.support.command_line import Run


def test_document_has_the_keys_scripts_rely_on(run: Run, built: Path) -> None:
    document = json.loads(run("crosswalk", built, "--json").out)
    assert list(document) == ["build", "as_of", "finding", "segmentations", "pairs", "architecture"]
    assert [each["key"] for each in document["segmentations"]] == ["behaviour", "value"]
    (pair,) = document["pairs"]
    assert list(pair) == [
        "one", "other", "customers", "tells", "told_by", "chance_tells", "chance_told_by", "mutual_information", "rand",
        "cramers_v", "right", "base", "is_told", "is_derivable", "finding", "contradiction", "cells",
    ]  # fmt: skip
    assert all(cell["customers"] is None or cell["customers"] >= 10 or not cell["customers"] for cell in pair["cells"])


def test_text_says_what_each_tells_and_which_leads(run: Run, built: Path) -> None:
    text = run("crosswalk", built).out
    assert "Which leads:" in text
    assert "What to say and offer: none. None rests on what customers say they need" in text
