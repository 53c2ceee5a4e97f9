from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest

from segmodel.charts import DARK, LIGHT, Footer, Look, priority_matrix
from segmodel.charts.priority_matrix import LARGEST, SMALLEST
from tests.support.figures import label_boxes, meeting, outside, position, shared, words

STYLE = Look(LIGHT, Footer("Harbour Coffee", "Behaviour v003", 6012, dt.date(2026, 6, 30)))
NAN = math.nan
WIDTHS = [460, 900]


def segment(name: str, ability: float, attractiveness: float, **more: object) -> dict[str, object]:
    return {
        "segment": name,
        "name": name,
        "colour": 0,
        "ability": ability,
        "ability_low": ability - 0.6,
        "ability_high": ability + 0.6,
        "attractiveness": attractiveness,
        "attractiveness_low": attractiveness - 0.5,
        "attractiveness_high": attractiveness + 0.5,
        "value_share": 0.1,
        "stays": NAN,
        "is_chosen": False,
        "knocked_out": "",
    } | more


def council() -> pd.DataFrame:
    return pd.DataFrame(
        [
            segment("Daily regulars", 7.6, 8.1, value_share=0.4, stays=0.97, is_chosen=True),
            segment("Office <b>& café</b> $x$ buyers", 5.6, 8.7, colour=1, is_chosen=True, stays=0.9),
            segment("קונים קבועים", 6.9, 5.2, colour=2, is_chosen=True),
            segment("Frequent, high-spend, mostly web and wholesale", 4.7, 3.6),
            segment("Fading subscribers", 3.1, 4.6, knocked_out="a rival owns <i>them</i>", value_share=-0.1),
            segment("Not yet looked at", NAN, 5.0),
        ]
    )


def bubbles(figure):
    return [trace for trace in figure.data if trace.mode == "markers"]


def bubble(figure, part):
    return next(trace for trace in bubbles(figure) if part in trace.hovertemplate)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_no_label_lies_on_another_or_leaves_the_figure(palette, width):
    figure = priority_matrix(council(), Look(palette, STYLE.footer))
    assert meeting(figure, width) == []
    assert outside(figure, width) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("seed", range(4))
def test_no_label_lies_on_a_bubble_or_a_label_wherever_the_segments_are(seed, width):
    random = np.random.default_rng(seed)
    scores = random.uniform(1.5, 9.5, (6, 2))
    rows = [
        segment(f"Customers of kind {place}", x, y, value_share=(place + 1) / 21) for place, (x, y) in enumerate(scores)
    ]
    figure = priority_matrix(pd.DataFrame(rows), STYLE)
    assert meeting(figure, width) == []
    for text, (left, bottom, right, top) in label_boxes(figure, width):
        for trace in bubbles(figure):
            x, y = position(figure, width, trace.x[0], trace.y[0])
            gap = math.hypot(max(left - x, x - right, 0), max(bottom - y, y - top, 0))
            assert gap > trace.marker.size / 2 - 1, text


@pytest.mark.parametrize("width", [460, 900])
def test_labels_of_segments_in_one_corner_are_kept_apart(width):
    rows = [segment(f"In the corner {place}", 10 - place / 3, 10 - place / 4) for place in range(4)]
    figure = priority_matrix(pd.DataFrame(rows), STYLE)
    assert meeting(figure, width) == []
    assert outside(figure, width) == []


def test_bubbles_compare_by_area_and_the_least_is_still_seen():
    shares = [0.5, 0.25, 0.001, NAN, -0.2]
    rows = [segment(f"Kind {place}", 2 + place, 5, value_share=share) for place, share in enumerate(shares)]
    sizes = {trace.x[0]: trace.marker.size for trace in bubbles(priority_matrix(pd.DataFrame(rows), STYLE))}
    assert sizes[2] == LARGEST
    assert sizes[3] ** 2 / sizes[2] ** 2 == pytest.approx(0.5)
    assert sizes[4] == sizes[5] == sizes[6] == SMALLEST


def test_chosen_segments_have_their_colour_and_the_others_are_grey_and_said_to_be_not_now():
    figure = priority_matrix(council(), STYLE)
    assert bubble(figure, "Office").marker.color == LIGHT.tint(LIGHT.segments[1], 0.82)
    assert bubble(figure, "Frequent").marker.color == LIGHT.tint(LIGHT.context, 0.82)
    written = [words(note.text) for note in figure.layout.annotations]
    assert "Daily regulars 40% of margin stays in 97% of weightings" in written
    assert any(text.endswith("not now · 10% of margin") for text in written)


def test_a_knocked_out_segment_is_struck_out_crossed_and_the_reason_is_in_the_hover():
    figure = priority_matrix(council(), STYLE)
    out = bubble(figure, "Fading")
    assert out.marker.symbol == "circle-x-open"
    assert "a rival owns &lt;i&gt;them&lt;/i&gt;" in out.hovertemplate
    (label,) = [note.text for note in figure.layout.annotations if "Fading" in note.text]
    assert label.startswith("<s><b>")


def test_a_knocked_out_segment_is_never_shown_as_chosen():
    figure = priority_matrix(pd.DataFrame([segment("Both", 5, 5, is_chosen=True, knocked_out="no consent")]), STYLE)
    assert bubbles(figure)[0].marker.symbol == "circle-x-open"


def test_crosses_reach_from_low_to_high_within_the_scale():
    rows = [segment("Edge", 9.8, 5.0), segment("Unsure", 5, 3, ability_low=NAN, attractiveness_low=NAN)]
    figure = priority_matrix(pd.DataFrame(rows), STYLE)
    lines = [(tuple(trace.x), tuple(trace.y)) for trace in figure.data if trace.mode == "lines"]
    assert lines == [((pytest.approx(9.2), 10.0), (5.0, 5.0)), ((9.8, 9.8), (4.5, 5.5))]


def test_what_has_no_score_is_listed_and_not_drawn():
    figure = priority_matrix(council(), STYLE)
    assert len(bubbles(figure)) == 5
    assert "Not scored: Not yet looked at" in [words(note.text) for note in figure.layout.annotations]
    nobody = priority_matrix(council().assign(ability=NAN), STYLE)
    assert not nobody.data
    assert meeting(nobody, 460) == []
    assert not priority_matrix(council().head(0), STYLE).data


def test_bubbles_at_the_ends_of_the_scales_are_not_cut_off():
    rows = [segment("Least", 1, 1, value_share=0.5), segment("Most", 10, 10, value_share=0.5)]
    figure = priority_matrix(pd.DataFrame(rows), STYLE)
    margin = figure.layout.margin
    for trace in bubbles(figure):
        x, y = position(figure, 460, trace.x[0], trace.y[0])
        half = trace.marker.size / 2
        assert margin.l <= x - half
        assert x + half <= 460 - margin.r
        assert margin.b <= y - half
        assert y + half <= figure.layout.height - margin.t


def test_names_of_people_are_never_markup():
    figure = priority_matrix(council(), STYLE)
    (label,) = [note.text for note in figure.layout.annotations if "Office" in note.text]
    assert "&lt;b&gt;" in label
    assert "$" not in label


def test_boxes_of_the_test_meet_where_they_share_ground():
    assert shared((0, 0, 10, 10), (8, 5, 20, 20)) == 2
    assert shared((0, 0, 10, 10), (12, 5, 20, 20)) == 0
