from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from segmodel.reports import Provenance, neutral, to_csv

PROVENANCE = Provenance(
    workspace="Harbour Coffee",
    content="Segments",
    version="Behaviour v003",
    as_of=dt.date(2026, 6, 30),
    build_id="b1",
    person="local user (admin)",
    customers=6012,
    filters="Channel: web",
)


def test_an_export_says_where_it_comes_from():
    head = to_csv(pd.DataFrame({"a": [1]}), PROVENANCE).decode("utf-8-sig")
    for part in ("Harbour Coffee", "Behaviour v003", "2026-06-30", "b1", "local user", "web", "# Confidential"):
        assert part in head


def test_numbers_and_text_survive_the_way_through_a_file():
    frame = pd.DataFrame({"name": ["Café, “€”", "b"], "value": [-1.5, 2.0], "count": [3, 4]})
    read = pd.read_csv(io.BytesIO(to_csv(frame, PROVENANCE)), comment="#", encoding="utf-8-sig")
    pd.testing.assert_frame_equal(read, frame)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\n=", "＝"])
def test_no_cell_or_heading_starts_like_a_formula(start):
    evil = f"{start}HYPERLINK()"
    read = pd.read_csv(
        io.BytesIO(to_csv(pd.DataFrame({evil: [evil], "x": [1]}), PROVENANCE)), comment="#", encoding="utf-8-sig"
    )
    assert read.columns[0].startswith("'")
    assert read.iloc[0, 0].startswith("'")


def test_provenance_cannot_start_a_new_cell_or_line():
    evil = Provenance("A,=1+1;=2\n=3", "x", "v", dt.date(2026, 1, 1), "b", "p")
    lines = to_csv(pd.DataFrame({"a": [1]}), evil).decode("utf-8-sig").splitlines()
    assert lines[0] == "# Workspace: A =1+1 =2 =3"
    assert lines[-2:] == ["a", "1"]


@given(some.text())
def test_neutral_text_is_never_a_formula(text):
    assert not str(neutral(text)).lstrip().startswith(("=", "+", "-", "@"))


def test_text_that_is_no_formula_is_left_alone():
    assert neutral("Daily regulars") == "Daily regulars"
    assert neutral(-3.5) == -3.5


def test_an_export_says_when_the_window_is_not_full():
    part = replace(PROVENANCE, data_start=dt.date(2024, 1, 3))
    assert "# Note: window not full: data start 2024-01-03" in part.lines()
    assert part.metadata()["note"] == "window not full: data start 2024-01-03"
    assert not any("window" in line for line in PROVENANCE.lines())
