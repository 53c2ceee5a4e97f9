from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from segmodel.charts import DARK, LIGHT, Footer, Look, Palette, typing_curve
from tests.support.figures import meeting, outside, words


def curve(*rates: float) -> pd.DataFrame:
    frame = pd.DataFrame({"questions": range(3, 3 + len(rates)), "hit_rate": rates})
    return frame.assign(hit_rate_low=frame["hit_rate"] - 0.02, hit_rate_high=frame["hit_rate"] + 0.02)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize("chosen", [3, 7, 12])
@pytest.mark.parametrize("width", [440, 900])
def test_labels_stand_inside_and_apart(palette: Palette, chosen: int, width: int) -> None:
    style = Look(palette, Footer("Harbour Coffee", "Needs v001", 1560, dt.date(2026, 6, 30)))
    rates = (0.62, 0.69, 0.72, 0.75, 0.76, 0.80, 0.83, 0.86, 0.87, 0.88)
    figure = typing_curve(curve(*rates), style, chosen=chosen, largest_share=0.25, all_hit_rate=0.92)
    assert outside(figure, width) == []
    assert meeting(figure, width) == []
    said = " ".join(words(note.text) for note in figure.layout.annotations)
    assert f"{chosen} questions: " in said
    assert "always guessing the largest segment: 25%" in said
    assert "asking every question: 92%" in said


def test_one_number_of_questions_has_no_band_and_draws() -> None:
    style = Look(LIGHT, Footer("Harbour Coffee", "Needs v001", 60, dt.date(2026, 6, 30)))
    figure = typing_curve(curve(0.5), style, chosen=3, largest_share=0.4)
    assert all(trace.fill is None for trace in figure.data)
    assert "asking every question" not in " ".join(words(note.text) for note in figure.layout.annotations)
