from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from segmodel.charts import DARK, LIGHT, Footer, Look, Palette, profile_heat, segment_map
from segmodel.charts.profile_heat import READABLE, ground
from segmodel.charts.template import contrast

STYLE = Look(LIGHT, Footer("Harbour Coffee", "Behaviour v003", 6012, dt.date(2026, 6, 30)))
NAMES = ["Heavy <b>", "Light", "A name that goes on and on, over many words, and ends at last"]


def dots(n: int = 90) -> pd.DataFrame:
    random = np.random.default_rng(0)
    segment = np.arange(n) % 3 + 1
    return pd.DataFrame({"x": random.normal(size=n) + 5 * segment, "y": random.normal(size=n), "segment": segment})


def profile() -> pd.DataFrame:
    rows = [
        {"segment": segment, "name": NAMES[segment - 1], "feature": feature, "label": f"How important: {feature} " * 4}
        | {"difference": value, "remark": "6 against 4"}
        for segment in (1, 2, 3)
        for feature, value in (("taste", segment - 1.6), ("price", float("nan") if segment == 2 else 0.0))
    ]
    return pd.DataFrame(rows)


def test_dots_are_svg_in_a_shape_and_a_colour_of_their_segment() -> None:
    figure = segment_map(dots(), NAMES, STYLE, ("more of: Orders", ""), 0.756)
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert [len(trace.x) for trace in figure.data] == [30, 30, 30]
    assert len({(trace.marker.color, trace.marker.symbol) for trace in figure.data}) == 3
    assert len({trace.marker.symbol for trace in figure.data}) == 3
    assert "holds 76% of the differences" in figure.layout.annotations[0].text
    assert any(note.text == "more of: Orders →" for note in figure.layout.annotations)


def test_names_are_plain_text_and_nobody_is_told_apart() -> None:
    figure = segment_map(dots(), NAMES, STYLE, ("", ""), 0.5)
    told = [trace.hovertemplate for trace in figure.data]
    assert told[0] == "Heavy &lt;b&gt;<extra></extra>"
    names = [note.text for note in figure.layout.annotations if note.bgcolor]
    assert len(names) == 3
    assert names[2].endswith("…\u2069</b>")


def test_small_groups_are_not_drawn() -> None:
    few = dots().assign(segment=lambda frame: frame["segment"].where(frame["segment"] != 2, 0))
    assert len(segment_map(few, NAMES, STYLE, ("", ""), 0.5).data) == 2
    nobody = dots().assign(segment=0)
    assert not segment_map(nobody, NAMES, STYLE, ("", ""), 0.5).data


def test_names_do_not_lie_on_each_other() -> None:
    close = dots().assign(y=0.0, x=1.0)
    close.loc[0, "y"], close.loc[1, "y"] = 5.0, -5.0
    figure = segment_map(close, NAMES, STYLE, ("", ""), 0.5)
    low, high = figure.layout.yaxis.range
    pixels = sorted((note.y - low) / (high - low) * 422 for note in figure.layout.annotations if note.bgcolor)
    assert np.diff(pixels).min() >= 23


def test_every_cell_has_its_number_and_what_is_unknown_is_empty() -> None:
    figure = profile_heat(profile(), STYLE)
    numbers = [note.text for note in figure.layout.annotations if note.text[-2:-1] == "."]
    assert numbers == ["−0.6", "0.0", "+0.4", "+1.4", "0.0"]
    assert len(figure.layout.shapes) == len(figure.data) == 5
    assert "6 against 4" in figure.data[0].hovertemplate


def test_long_labels_are_shortened_and_rows_make_room_for_them() -> None:
    figure = profile_heat(profile(), STYLE)
    assert all(label.count("<br>") == 2 and "…" in label for label in figure.layout.yaxis.ticktext)
    short = profile().assign(label="Taste")
    assert figure.layout.height > profile_heat(short, STYLE).layout.height


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_numbers_read_well_on_every_ground(palette: Palette) -> None:
    values = np.linspace(-4, 4, 81)
    grounds = [ground(palette, value) for value in values]
    assert min(contrast(palette.ink, one) for one in grounds) >= READABLE
    # more and less are told apart, and both from nothing
    assert len({ground(palette, value) for value in (-1.5, -0.5, 0.0, 0.5, 1.5)}) == 5


def test_a_look_of_the_dark_theme_is_drawn_too() -> None:
    dark = Look(DARK, STYLE.footer)
    assert profile_heat(profile(), dark).layout.annotations
    assert segment_map(dots(), NAMES, dark, ("", ""), 0.5).data
