from __future__ import annotations

import datetime as dt

import pandas as pd
import plotly.graph_objects as go
import pytest

from segmodel.charts import DARK, LIGHT, Event, Footer, history, look, plotly_config, profile, share_gap

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


FIGURES = {
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
