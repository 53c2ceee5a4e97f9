from __future__ import annotations

import datetime as dt

import pandas as pd
import plotly.graph_objects as go
import pytest

from segmodel.charts import (
    DARK,
    LIGHT,
    Event,
    Footer,
    history,
    look,
    numbers,
    plotly_config,
    profile,
    share_gap,
    splits,
)
from segmodel.charts.template import contrast

FOOTER = Footer("Harbour Coffee", "Behaviour v003", 6012, dt.date(2026, 6, 30))
STYLE = look("light", FOOTER, "GBP")
NAMES = ["Daily regulars", "Office & <b>café</b> buyers", "Frequent, high-spend, mostly web and wholesale"]


def shares(value=(0.6, 0.3, 0.1)) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"name": NAMES, "colour": [0, 1, 2], "customer_share": [0.2, 0.3, 0.5], "value_share": list(value)}
    )
    for name in ("customer_share", "value_share"):
        frame[f"{name}_low"] = frame[name] - 0.01
        frame[f"{name}_high"] = frame[name] + 0.02
    return frame


def over_time() -> pd.DataFrame:
    dates = [date.date() for date in pd.date_range("2025-01-31", periods=6, freq="ME")]
    rows = [
        {
            "segment": f"s{place + 1}",
            "name": name,
            "colour": place,
            "snapshot": date,
            "amount": 0.2 * (place + 1) + 0.01 * step,
        }
        for place, name in enumerate(NAMES)
        for step, date in enumerate(dates)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(low=frame["amount"] - 0.02, high=frame["amount"] + 0.02)


def differences() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": ["Days since last purchase", "Orders"],
            "difference": [-1.3, 0.02],
            "low": [-1.4, -0.05],
            "high": [-1.2, 0.09],
            "remark": ["8 days against 74 days", "7.1 against 7.0"],
        }
    )


def table() -> pd.DataFrame:
    return pd.DataFrame({"k": [2, 3], "stability": [0.7, 0.9], "stability_error": [0.05, 0.01]})


def divided() -> pd.DataFrame:
    """Return two segments and then three; the third of these is hidden."""
    return pd.DataFrame(
        {
            "k": [2, 2, 3, 3, 3],
            "segment": [1, 2, 1, 2, 3],
            "name": [*NAMES, "Few", "Fewer"],
            "share": [0.6, 0.4, 0.5, 0.4, float("nan")],
            "place": [0, 1, 1, 0, 2],
            "jaccard": [0.95, 0.8, 0.9, 0.7, 0.4],
        }
    )


def bands() -> pd.DataFrame:
    rows = [(2, 1, 3, 1, 0.5), (2, 1, 3, 2, 0.1), (2, 2, 3, 2, 0.3), (2, 2, 3, 1, 0.002)]
    return pd.DataFrame(rows, columns=["k", "segment", "next_k", "next_segment", "share"])


FIGURES = {
    "numbers": lambda style: numbers(table(), divided(), style, {3: "recommended"}),
    "splits": lambda style: splits(divided(), bands(), style, 3),
    "share_gap": lambda style: share_gap(shares(), style),
    "history": lambda style: history(over_time(), style, "Share of margin", "share", {"s1"}),
    "profile": lambda style: profile(differences(), style, 1),
}


def texts(figure: go.Figure) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def marker_colours(figure: go.Figure) -> set[str]:
    return {trace.marker.color for trace in figure.data if trace.mode == "markers"}


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_every_figure_has_our_template_ground_and_footer(name, theme, palette):
    figure = FIGURES[name](look(theme, FOOTER, "GBP"))
    assert figure.layout.template.layout.paper_bgcolor == palette.paper
    assert figure.layout.template.layout.showlegend is False
    footer = next(text for text in texts(figure) if "Confidential" in text)
    assert "Harbour Coffee" in footer
    assert "6,012 customers" in footer


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_small_vector_graphics(name):
    figure = FIGURES[name](STYLE)
    assert all(trace.type == "scatter" for trace in figure.data)  # not scattergl: charts vanish after eight contexts
    assert len(figure.to_json()) < 60_000


def test_share_gap_draws_both_shares_where_they_are_with_intervals():
    figure = share_gap(shares(), STYLE, "margin")
    dots = [trace for trace in figure.data if trace.mode == "markers"]
    assert [trace.x[0] for trace in dots] == [0.2, 0.6, 0.3, 0.3, 0.5, 0.1]
    intervals = [tuple(trace.x) for trace in figure.data if trace.mode == "lines"]
    assert (0.59, 0.62) in [tuple(round(x, 9) for x in interval) for interval in intervals]
    assert {"<b>60%</b>", "20%", "customers", "margin"} <= set(texts(figure))


def test_share_gap_leaves_unknown_shares_out():
    hidden = shares()
    hidden.loc[1, [name for name in hidden.columns if "share" in name]] = float("nan")
    dots = [trace for trace in share_gap(hidden, STYLE).data if trace.mode == "markers"]
    assert len(dots) == 4


def test_share_gap_survives_nothing_known_and_no_segment():
    nothing = shares()
    nothing[[name for name in nothing.columns if "share" in name]] = float("nan")
    assert not share_gap(nothing, STYLE).data
    assert not share_gap(shares().head(0), STYLE).data


def test_share_gap_makes_room_for_negative_values():
    figure = share_gap(shares((1.2, -0.3, 0.1)), STYLE)
    low, high = figure.layout.xaxis.range
    assert low < -0.31
    assert high > 1.22


def test_share_gap_starts_at_zero_for_usual_shares():
    assert 0.0 in share_gap(shares(), STYLE).layout.xaxis.tickvals


def test_colours_follow_segments_not_rows():
    reversed_rows = shares().iloc[::-1].reset_index(drop=True)
    first = {trace.hovertemplate: trace.marker.line.color for trace in share_gap(shares(), STYLE).data}
    second = {trace.hovertemplate: trace.marker.line.color for trace in share_gap(reversed_rows, STYLE).data}
    assert first == second


@pytest.mark.parametrize("name", ["share_gap", "history"])
def test_names_are_whole_and_never_markup(name):
    figure = FIGURES[name](STYLE)
    written = " ".join([*texts(figure), *(figure.layout.yaxis.ticktext or ())])
    words = written.replace("<br>", " ").replace("\u2068", "").replace("\u2069", "")
    assert "&lt;b&gt;café&lt;/b&gt;" in words
    assert "Frequent, high-spend, mostly web and wholesale" in words


def test_history_greys_all_but_the_subjects():
    figure = history(over_time(), STYLE, "Share", "share", {"s2"})
    lines = [trace for trace in figure.data if trace.fill is None]
    assert sorted(trace.line.color for trace in lines) == sorted([LIGHT.context, LIGHT.context, LIGHT.segments[1]])
    assert sum(trace.fill == "toself" for trace in figure.data) == 1


def test_history_without_subjects_colours_all():
    lines = [trace for trace in history(over_time(), STYLE, "Share").data if trace.fill is None]
    assert [trace.line.color for trace in lines] == list(LIGHT.segments[:3])


def test_history_writes_the_latest_amount_at_the_end_of_each_line():
    found = [text for text in texts(history(over_time(), STYLE, "Share")) if "regulars" in text]
    assert found[0].endswith("<b>25%</b>")


def test_history_grows_until_long_names_stand_below_each_other():
    frame = over_time().assign(name=lambda rows: rows["name"] + " who buy a great deal of everything, every week" * 2)
    assert history(frame, STYLE, "Share", height=200).layout.height > 200 + 3 * 17
    assert history(over_time(), STYLE, "Share", height=400).layout.height == 400


def test_history_of_one_snapshot_is_dots():
    one = over_time().groupby("segment").head(1)
    assert {trace.mode for trace in history(one, STYLE, "Share").data} == {"markers"}


def test_history_of_nothing_is_an_empty_figure_with_its_footer():
    figure = history(over_time().assign(amount=float("nan")), STYLE, "Share")
    assert not figure.data
    assert any("Confidential" in text for text in texts(figure))


def test_history_marks_events():
    figure = history(over_time(), STYLE, "Share", events=[Event(dt.date(2025, 3, 1), "price <i>rise</i>")])
    assert "price &lt;i&gt;rise&lt;/i&gt;" in texts(figure)
    assert figure.layout.shapes[0].x0 == dt.date(2025, 3, 1)
    outside = [Event(dt.date(2024, 12, 31), "before"), Event(dt.date(2026, 11, 1), "after")]
    assert not {"before", "after"} & set(texts(history(over_time(), STYLE, "Share", events=outside)))


@pytest.mark.parametrize("scale", [1e-3, 0.3, 7, 1234, 9.9e6])
def test_history_has_a_few_round_ticks_from_zero(scale):
    frame = over_time()
    frame[["amount", "low", "high"]] *= scale
    ticks = history(frame, STYLE, "Amount", "money").layout.yaxis.tickvals
    assert 3 <= len(ticks) <= 6
    assert ticks[0] == 0


def test_profile_greys_what_may_be_no_difference():
    colours = [trace.marker.color for trace in profile(differences(), STYLE, 1).data if trace.mode == "markers"]
    assert colours == [LIGHT.segments[1], LIGHT.context]


def test_profile_of_nothing_is_an_empty_figure():
    assert not profile(differences().head(0), STYLE, 1).data


def test_the_picture_button_is_always_there():
    config = plotly_config("share-gap")
    assert config["displayModeBar"] is True
    assert config["modeBarButtons"] == [["toImage"]]


def test_share_gap_says_why_a_row_has_no_dots():
    nothing = shares().assign(suppressed=[True, float("nan"), False])
    nothing.loc[[0, 1], [name for name in nothing.columns if "share" in name]] = float("nan")
    written = texts(share_gap(nothing, STYLE))
    assert "hidden: small group" in written
    assert "no customers" in written


@pytest.mark.parametrize("value", [(0.9, 0.05, 0.05), (1.9, -0.9, 0.0), (0.04, 0.03, 0.02)])
def test_share_gap_has_at_most_five_ticks_so_that_they_do_not_touch(value):
    ticks = share_gap(shares(value), STYLE).layout.xaxis.tickvals
    assert 0.0 in ticks
    assert 2 <= len(ticks) <= 5


def test_numbers_tells_each_segment_by_shape_and_colour():
    figure = FIGURES["numbers"](STYLE)
    two, three = [trace for trace in figure.data if trace.mode == "markers"]
    assert list(two.marker.symbol) == ["circle", "circle-open"]
    assert list(three.marker.symbol) == ["circle", "diamond", "x"]
    assert list(three.marker.color) == [LIGHT.good, LIGHT.fair, LIGHT.poor]
    for trace, k in ((two, 2), (three, 3)):
        assert all(abs(x - k) < 0.5 for x in trace.x)
        assert list(trace.y) == sorted(trace.y, reverse=True)  # the more stable, the higher


def test_numbers_places_values_between_their_bars():
    figure = FIGURES["numbers"](STYLE)
    (line,) = [trace for trace in figure.data if trace.mode == "lines+markers"]
    heights = {note.text: note.y for note in figure.layout.annotations}
    low, high = line.y
    assert heights["0.50 where to cut is a choice"] < low < heights["0.80 stable"] < high
    (_, _), (_, pattern, worst) = [list(trace.y) for trace in figure.data if trace.mode == "markers"]
    assert heights["\u25c6 0.60 a pattern"] < pattern < heights["\u25cb 0.75 stable"]
    assert worst < heights["\u25c6 0.60 a pattern"]
    interval = next(trace.y for trace in figure.data if trace.mode == "lines")
    assert interval[1] - low == pytest.approx(low - interval[0])  # 95%, both ways


def test_numbers_points_out_what_is_marked():
    figure = FIGURES["numbers"](STYLE)
    (mark,) = [note for note in figure.layout.annotations if note.text == "recommended"]
    assert mark.x == 3
    assert any(shape.type == "rect" and shape.x0 < 3 < shape.x1 for shape in figure.layout.shapes)


def test_splits_draws_segments_as_large_as_their_share_in_their_places():
    figure = FIGURES["splits"](STYLE)
    boxes = [trace for trace in figure.data if trace.hoveron == "fills"]
    sizes = [max(box.y) - min(box.y) for box in boxes]
    assert sizes[0] / sizes[1] == pytest.approx(0.6 / 0.4)
    assert min(boxes[3].y) > max(boxes[2].y) > max(boxes[4].y)  # by place: 2, 1, 3
    assert [box.fillcolor for box in boxes] == [LIGHT.muted] * 2 + [LIGHT.ink] * 3
    assert "Office &amp; &lt;b&gt;caf\u00e9&lt;/b&gt; buyers" in boxes[1].text


def test_splits_draws_bands_as_wide_as_their_share_and_leaves_hairlines_out():
    figure = FIGURES["splits"](STYLE)
    boxes = [trace for trace in figure.data if trace.hoveron == "fills"]
    per_share = (max(boxes[0].y) - min(boxes[0].y)) / 0.6
    leading = [trace for trace in figure.data if trace.hoveron != "fills"][1]
    outlines = [[]]
    for y in leading.y:
        outlines[-1].append(y) if y is not None else outlines.append([])
    widths = [outline[0] - outline[-1] for outline in outlines if outline]
    # in the order of where they go
    assert widths == pytest.approx([0.1 * per_share, 0.5 * per_share, 0.3 * per_share], abs=1e-3)


def test_pictures_of_one_number_or_none_are_empty_with_their_footer():
    one = divided().head(2)
    assert not splits(one, bands().head(0), STYLE, 2).data
    assert not numbers(pd.DataFrame({"k": [2]}), one.head(0), STYLE, {}).data


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_colours_that_judge_stand_out_from_the_ground(palette):
    assert all(contrast(ink, palette.paper) >= 3 for ink in (palette.good, palette.fair, palette.poor))
