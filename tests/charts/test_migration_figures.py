from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest

from segmodel.charts import DARK, LIGHT, Footer, history, look, migration_matrix, migration_sankey
from segmodel.charts.template import contrast

STYLE = look("light", Footer("Harbour Coffee", "Behaviour v003", 1516, dt.date(2026, 6, 30)), "GBP")
BEFORE, AFTER = dt.date(2025, 6, 30), dt.date(2026, 6, 30)
SEGMENTS = pd.DataFrame(
    {
        "segment": ["s1", "s2", "s3"],
        "name": ["Gift <b>givers</b>", "Frequent, high-spend, mostly web and wholesale", "Rare"],
        "colour": [3, 1, 5],
    }
)
COUNTS = {
    ("s1", "s1"): 300, ("s1", "s2"): 50, ("s1", "s3"): None, ("s2", "s2"): 200, ("s2", "s3"): None,
    ("new", "s1"): 80, ("s2", "lost"): 20, ("s1", ""): 365, ("s2", ""): 240, ("s3", ""): None, ("new", ""): 80,
    ("", "s1"): 380, ("", "s2"): 250, ("", "s3"): 55, ("", "lost"): 20, ("", ""): 705,
}  # fmt: skip


def cells() -> pd.DataFrame:
    rows = [
        {
            "segment_before": start,
            "segment_after": to,
            "customers": math.nan if count is None else float(count),
            "value_before": math.nan if count is None else 2.0 * count,
            "value_after": math.nan if count is None else 3.0 * count,
            "share": math.nan if count is None or COUNTS.get((start, "")) is None else count / COUNTS[start, ""],
            "suppressed": count is None,
        }
        for (start, to), count in COUNTS.items()
    ]
    return pd.DataFrame(rows)


FIGURES = {
    "sankey": lambda style: migration_sankey(cells(), SEGMENTS, style, BEFORE, AFTER),
    "matrix": lambda style: migration_matrix(cells(), SEGMENTS, style),
}


def texts(figure) -> list[str]:
    return [note.text.replace("\u2068", "").replace("\u2069", "") for note in figure.layout.annotations]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_figures_have_our_ground_and_footer_and_readable_notes(name, theme, palette):
    figure = FIGURES[name](look(theme, STYLE.footer, "GBP"))
    assert figure.layout.template.layout.paper_bgcolor == palette.paper
    assert any("Confidential" in text for text in texts(figure))
    assert not any("<b>givers" in text for text in texts(figure))
    if name == "sankey":
        assert all(contrast(note.font.color, palette.paper) >= 4.5 for note in figure.layout.annotations)
    else:
        grounds = {shape.fillcolor for shape in figure.layout.shapes}
        assert all(contrast(palette.ink, ground) >= 4.5 for ground in grounds)


def test_bands_are_the_flows_that_may_be_told_in_the_colours_of_their_segments():
    link, node = FIGURES["sankey"](STYLE).data[0].link, FIGURES["sankey"](STYLE).data[0].node
    assert sorted(link.value)[-5:] == [50, 55, 80, 200, 300]
    assert node.color[:2] == (LIGHT.segment(3), LIGHT.segment(1))
    assert node.color[3] == LIGHT.context  # new
    assert node.color[-2] == LIGHT.context  # lost
    assert any("50 customers, 14% of them<br>£100" in text for text in link.customdata)
    # what is hidden goes by the middle: 15 of s1 and 20 of s2, and all 55 that arrive in s3
    ways = list(zip(link.source, link.target, link.value, strict=True))
    assert {(way[0], way[2]) for way in ways if way[1] == len(node.x) - 1} == {(0, 15), (1, 20)}
    assert {way[2] for way in ways if way[0] == len(node.x) - 1} == {55}


def test_labels_stand_beside_their_nodes_with_all_customers_of_the_segment():
    figure = FIGURES["sankey"](STYLE)
    assert any("Gift &lt;b&gt;givers&lt;/b&gt;<br><b>365</b>" in text for text in texts(figure))
    assert any(text.endswith("<b>hidden</b>") for text in texts(figure))
    labels = [note for note in figure.layout.annotations if note.text.endswith("</b>")]
    assert {note.yanchor for note in labels} == {"middle"}
    assert all(0 <= note.y <= 1 for note in labels)


def test_when_all_is_hidden_the_picture_says_so():
    hidden = cells().assign(customers=math.nan, value_before=math.nan, share=math.nan, suppressed=True)
    figure = migration_sankey(hidden, SEGMENTS, STYLE, BEFORE, AFTER)
    assert not figure.data
    assert any("Too few" in text for text in texts(figure))


def test_matrix_tells_hidden_from_nobody():
    found = texts(FIGURES["matrix"](STYLE))
    assert found.count("hidden") == 2
    assert "0" in found
    assert any(text.startswith("<b>82%</b>") and "300" in text for text in found)


def test_what_is_expected_is_dotted_and_the_axis_need_not_start_at_nought():
    days = [dt.date(2026, month, 28) for month in (4, 5, 6, 7)]
    frame = pd.DataFrame(
        {"segment": "s1", "name": "One", "colour": 0, "snapshot": days, "amount": [0.9, 0.91, 0.92, 0.93]}
    )
    figure = history(frame, STYLE, "Share", expected_after=days[2], from_zero=False)
    lines = [(trace.line.dash, list(trace.x)) for trace in figure.data]
    assert lines == [("solid", days[:3]), ("dot", days[2:])]
    assert figure.layout.yaxis.range[0] > 0.85
    assert "expected" in texts(figure)
