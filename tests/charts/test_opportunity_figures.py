from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import plotly.graph_objects as go
import pytest

from segmodel.charts import DARK, LIGHT, Footer, look, opportunity_heat, opportunity_map, white_space
from segmodel.charts.opportunity_map import PLOT_WIDTHS, _box, _overlap, _placed
from segmodel.charts.template import contrast, text_width

STYLE = look("light", Footer("Harbour Coffee", "Behaviour v003", 1516, dt.date(2026, 6, 30)), "GBP")
NAMES = {"": "All who answered", "s1": "Gift <b>givers</b>", "s2": "Frequent, high-spend, mostly web and wholesale"}
SEGMENTS = pd.DataFrame({"segment": ["s1", "s2"], "name": [NAMES["s1"], NAMES["s2"]], "colour": [3, 1]})


def scored() -> pd.DataFrame:
    rows = [
        ("", "delivery", 4.0, 2.0, False, False),
        ("s1", "delivery", 7.0, 1.0, True, False),
        ("s2", "delivery", 3.0, 2.5, False, False),
        ("", "advice", 2.0, 5.0, False, False),
        ("s1", "advice", 2.2, 5.0, False, False),
        ("s2", "advice", math.nan, math.nan, False, True),
    ]
    columns = ["segment", "need", "importance", "satisfaction", "is_above", "suppressed"]
    frame = pd.DataFrame(rows, columns=columns).astype({"is_above": object, "suppressed": object})
    frame["opportunity"] = frame["importance"] + (frame["importance"] - frame["satisfaction"]).clip(lower=0)
    for name, room in (("importance", 0.5), ("satisfaction", 0.5), ("opportunity", 1.0)):
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - room, frame[name] + room
    return frame.assign(
        label=frame["need"],
        name=frame["segment"].map(NAMES),
        colour=frame["segment"].map({"": 0, "s1": 3, "s2": 1}),
        n=100.0,
        difference=frame["opportunity"] - 4,
    )


def of_segments() -> pd.DataFrame:
    frame = scored()
    return frame[frame["segment"] != ""]


def space() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["drinks & <i>cups</i>", "gifts", "unknown"],
            "size": [300.0, 60.0, math.nan],
            "our_share": [0.1, math.nan, math.nan],
            "growth": [0.03, math.nan, -0.1],
            "unclaimed": [270.0, math.nan, math.nan],
            "growth_amount": [9.0, math.nan, math.nan],
            "felt_by": [("s1", "s2"), (), ()],
            "is_felt_known": [True, True, False],
        }
    )


FIGURES = {
    "map": lambda style: opportunity_map(of_segments(), style, "s1"),
    "heat": lambda style: opportunity_heat(scored(), style),
    "space": lambda style: white_space(space(), style, SEGMENTS, "Felt most by"),
}


def texts(figure: go.Figure) -> list[str]:
    return [annotation.text.replace("\u2068", "").replace("\u2069", "") for annotation in figure.layout.annotations]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_every_figure_has_our_ground_and_footer_and_readable_notes(name, theme, palette):
    figure = FIGURES[name](look(theme, STYLE.footer, "GBP"))
    assert figure.layout.template.layout.paper_bgcolor == palette.paper
    assert sum("Confidential" in text for text in texts(figure)) == 1
    assert all(contrast(note.font.color, palette.paper) >= 4.5 for note in figure.layout.annotations)
    assert all(trace.type == "scatter" for trace in figure.data)


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_people_wrote_becomes_markup(name):
    drawn = " ".join([*texts(FIGURES[name](STYLE)), *(str(trace.hovertemplate) for trace in FIGURES[name](STYLE).data)])
    assert "<i>" not in drawn
    assert "Gift <b>" not in drawn


def test_the_chosen_segment_is_in_its_colour_and_the_others_are_grey():
    dots = [trace for trace in FIGURES["map"](STYLE).data if trace.mode == "markers"]
    others, *own = dots
    assert others.marker.color == LIGHT.context
    assert list(others.x) == [3.0]
    assert {dot.marker.line.color for dot in own} == {LIGHT.segment(3)}
    fills = {dot.x[0]: dot.marker.color for dot in own}
    assert fills == {7.0: LIGHT.segment(3), 2.2: LIGHT.paper}  # filled: above the rest


def test_intervals_are_drawn_both_ways():
    lines = [(tuple(trace.x), tuple(trace.y)) for trace in FIGURES["map"](STYLE).data if trace.mode == "lines"]
    assert ((6.5, 7.5), (1.0, 1.0)) in lines
    assert ((7.0, 7.0), (0.5, 1.5)) in lines


def test_the_shade_begins_at_the_diagonal_and_deepens_at_a_score_of_ten():
    weak, strong = (trace for trace in FIGURES["map"](STYLE).data if trace.fill == "toself")
    assert all(y <= x for x, y in zip(weak.x, weak.y, strict=True))
    assert {2 * x - y for x, y in zip(strong.x, strong.y, strict=True) if (x, y) != (strong.x[1], 0)} == {10.0}


def test_axes_stay_while_another_segment_is_chosen():
    one, other = (opportunity_map(of_segments(), STYLE, segment) for segment in ("s1", "s2"))
    assert one.layout.xaxis.range == other.layout.xaxis.range == other.layout.yaxis.range


def test_labels_of_crowded_needs_do_not_cover_each_other():
    crowd = [
        {"label": label, "importance": 2.0 + 0.9 * (place % 3), "satisfaction": 2.0 + 0.4 * (place // 3)}
        for place, label in enumerate(("presentation", "variety", "ethics", "advice", "offers", "price"))
    ]
    places = _placed(crowd, 8.0, 480)
    for width in PLOT_WIDTHS:
        across, up = width / (1.04 * 8), 480 / (1.04 * 8)
        boxes = [
            _box(row["importance"] * across, row["satisfaction"] * up, text_width([row["label"]]), *place)
            for row, place in zip(crowd, places, strict=True)
        ]
        assert sum(_overlap(one, other) for at, one in enumerate(boxes) for other in boxes[:at]) == 0


def test_a_table_without_answers_is_an_empty_map():
    empty = of_segments().assign(opportunity=math.nan)
    assert [trace for trace in opportunity_map(empty, STYLE, "s1").data if trace.mode == "markers" and trace.x] == []


def test_scores_are_in_colour_only_where_they_stand_out_and_hidden_ones_are_said():
    figure = FIGURES["heat"](STYLE)
    assert "<b>13.0</b>" in texts(figure)
    assert "hidden" in texts(figure)
    greys = {shape.fillcolor for shape in figure.layout.shapes if len(set(_channels(shape.fillcolor))) <= 3}
    assert len(figure.layout.shapes) == 5
    assert len(greys) >= 1
    assert any("Gift &lt;b&gt;givers" in text and "span" in text for text in texts(figure))
    assert any("no segment clearly" in text for text in texts(figure))


def _channels(colour: str) -> tuple[str, str, str]:
    return colour[1:3], colour[3:5], colour[5:7]


def test_bars_begin_at_nought_and_the_dark_part_is_ours():
    figure = FIGURES["space"](STYLE)
    bars = [(shape.x0, shape.x1, shape.fillcolor) for shape in figure.layout.shapes]
    assert [bar[:2] for bar in bars] == [(0, 300.0), (0, 30.0), (0, 60.0)]
    assert bars[1][2] == LIGHT.ink
    assert figure.layout.xaxis.range[0] == 0


def test_what_is_missing_is_said_beside_the_bar():
    drawn = " ".join(texts(FIGURES["space"](STYLE)))
    for words in ("size not known", "not given", "not known", "no segment clearly", "+3% (+9.0)"):
        assert words in drawn
    assert "£" not in drawn
