from __future__ import annotations

import datetime as dt

import pandas as pd

from segmodel import charts

STEPS = pd.DataFrame(
    {
        "label": ["In the segment", "Consented", "Above <b>it</b>"],
        "entered": [90, 90, 60],
        "kept": [90, 60, 0],
        "why": ["", "did not agree", "x" * 200],
    }
)
LOOK = charts.look("light", charts.Footer("Shop", "v001", 90.0, dt.date(2026, 6, 30)), "GBP")


def test_bars_begin_at_zero_and_what_was_lost_goes_on_from_what_was_kept() -> None:
    boxes = [(box.x0, box.x1) for box in charts.funnel(STEPS, LOOK, 2).layout.shapes]
    assert boxes == [(0, 90), (0, 60), (60, 90), (0, 0), (0, 60)]


def test_every_loss_is_said_below_its_bar_and_long_reasons_are_cut() -> None:
    notes = [note.text for note in charts.funnel(STEPS, LOOK).layout.annotations]
    assert "−30 did not agree" in notes
    assert next(note for note in notes if note.startswith("−60 xxx")).endswith("…")
    assert not any("<b>it" in note for note in notes)


def test_no_step_draws_nothing() -> None:
    assert charts.funnel(STEPS.iloc[:0], LOOK).layout.shapes == ()
