from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest

from segmodel.charts import DARK, LIGHT, Footer, Look, budget_gap, budget_over_time, lifetime
from segmodel.charts.rows import share_ticks
from tests.support.figures import meeting, outside, words

STYLE = Look(LIGHT, Footer("Harbour Coffee", "Behaviour v003", 6012, dt.date(2026, 6, 30)))
NAN = math.nan
NAMES = [
    "Daily regulars",
    "Office <b>& café</b> $x$ buyers",
    "Frequent, high-spend, mostly web and wholesale customers",
    "קונים קבועים",
    "Few",
]


def values() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": NAMES,
            "colour": range(5),
            "amount": [1240.0, 860.0, -310.0, 95.0, NAN],
            "low": [1100.0, 790.0, -380.0, NAN, NAN],
            "high": [1395.0, 930.0, -250.0, NAN, NAN],
            "note": ["may leave: 120 customers, £14,000 at risk", "", None, "may leave: 12 customers", ""],
        }
    )


def budget() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "name": NAMES,
            "colour": range(5),
            "spend_share": [0.13, 0.3, 0.2, 0.37, NAN],
            "value_share": [0.41, 0.2, 0.21, 0.18, NAN],
            "lifetime_value_share": [0.45, 0.19, NAN, NAN, NAN],
            "gap": [28_000.0, -10_000.0, 900.0, NAN, NAN],
            "gap_low": [24_000.0, -12_000.0, -1_500.0, NAN, NAN],
            "gap_high": [32_000.0, -8_000.0, 2_100.0, NAN, NAN],
        }
    )
    for name in ("value_share", "lifetime_value_share"):
        frame = frame.assign(**{f"{name}_low": frame[name] - 0.03, f"{name}_high": frame[name] + 0.03})
    return frame


def months(names=tuple(NAMES[:4])) -> pd.DataFrame:
    dates = [date.date() for date in pd.date_range("2025-01-31", periods=5, freq="ME")]
    rows = [
        {"name": name, "colour": place, "month": date, "spend_share": 0.1 + step / 50, "value_share": 0.4 - place / 10}
        for place, name in enumerate(names)
        for step, date in enumerate(dates)
    ]
    return pd.DataFrame(rows)


FIGURES = {
    "lifetime": lambda style: lifetime(values(), style, "Lifetime value a customer"),
    "budget_gap": lambda style: budget_gap(budget(), style, "margin"),
    "budget_over_time": lambda style: budget_over_time(months(), style, "margin"),
}


def written(figure) -> list[str]:
    return [words(note.text) for note in figure.layout.annotations]


def lines(figure, width) -> list[tuple[float, ...]]:
    drawn = [trace for trace in figure.data if trace.mode == "lines" and trace.line.width == width]
    return [tuple(round(x, 9) for x in trace.x) for trace in drawn]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
@pytest.mark.parametrize("width", [460, 900])
def test_no_label_lies_on_another_or_leaves_the_figure(name, palette, width):
    figure = FIGURES[name](Look(palette, STYLE.footer))
    assert meeting(figure, width) == []
    assert outside(figure, width) == []
    assert figure.layout.template.layout.paper_bgcolor == palette.paper
    margin = figure.layout.margin
    assert 460 - margin.l - margin.r > 90  # room for the plot itself


@pytest.mark.parametrize("name", FIGURES)
def test_names_are_whole_and_never_markup(name):
    ticks = FIGURES[name](STYLE).layout.yaxis.ticktext
    assert [words(tick) for tick in ticks] == NAMES[: len(ticks)]
    assert not any("<b>" in tick or "$" in tick for tick in ticks)


@pytest.mark.parametrize("draw", [lifetime, budget_gap, budget_over_time])
def test_no_segment_is_an_empty_figure_with_its_footer(draw):
    frame = {lifetime: values, budget_gap: budget, budget_over_time: months}[draw]().head(0)
    figure = draw(frame, STYLE)
    assert not figure.data
    assert any("Confidential" in text for text in written(figure))


def test_bars_begin_at_zero_and_end_at_their_amount():
    figure = lifetime(values(), STYLE)
    assert lines(figure, 20) == [(0, 1240), (0, 860), (0, -310), (0, 95)]
    assert lines(figure, 1.6) == [(1100, 1395), (790, 930), (-380, -250)]
    low, high = figure.layout.xaxis.range
    assert (low, high) == (-380, 1395)
    assert lifetime(values().head(2), STYLE).layout.xaxis.range[0] == 0


def test_lifetime_says_the_number_who_may_leave_and_what_is_hidden():
    said = written(lifetime(values(), STYLE, "Lifetime value", level=0.8))
    assert {"£1,240", "−£310", "£95.00", "hidden: small group"} <= set(said)
    assert "may leave: 120 customers, £14,000 at risk" in said
    assert "Lifetime value; lines are 80% intervals" in said


def test_nothing_known_is_said_row_by_row():
    nothing = values().assign(amount=NAN, low=NAN, high=NAN)
    assert written(lifetime(nothing, STYLE)).count("hidden: small group") == 5
    shares = [name for name in budget() if "share" in name or "gap" in name]
    assert written(budget_gap(budget().assign(**dict.fromkeys(shares, NAN)), STYLE)).count("hidden: small group") == 5


def test_shares_of_the_budget_stand_where_they_are_with_their_own_shapes():
    dots = [trace for trace in budget_gap(budget(), STYLE).data if trace.mode == "markers"]
    assert [(dot.marker.symbol, dot.x[0]) for dot in dots[:3]] == [
        ("square", 0.13),
        ("circle", 0.41),
        ("diamond", 0.45),
    ]
    assert len(dots) == 4 * 2 + 2
    assert lines(budget_gap(budget(), STYLE), 1.4)[:2] == [(0.38, 0.44), (0.42, 0.48)]


def test_the_gap_is_told_in_money_and_only_where_it_is_more_than_noise():
    said = written(budget_gap(budget(), STYLE))
    assert "under by £28.0k a year £24.0k to £32.0k 41% for 13% of spend" in said
    assert "over by £10.0k a year £8,000 to £12.0k 20% for 30% of spend" in said
    assert "about right −£1,500 to £2,100 21% for 20% of spend" in said


def test_lifetime_value_and_the_gap_may_be_missing_altogether():
    figure = budget_gap(budget()[["name", "colour", "spend_share", "value_share"]], STYLE)
    assert "41% for 13% of spend" in written(figure)
    assert not any("a year" in text for text in written(figure))


def test_strips_share_one_scale_and_do_not_enter_each_other():
    figure = budget_over_time(months(), STYLE)
    bases = sorted({shape.y0 for shape in figure.layout.shapes}, reverse=True)
    span = bases[0] - bases[1]
    for base, place in zip(bases, range(4), strict=True):
        spend, value = figure.data[2 * place : 2 * place + 2]
        assert [y - base for y in spend.y] == pytest.approx([0.1, 0.12, 0.14, 0.16, 0.18])
        assert value.y[0] - base == pytest.approx(0.4 - place / 10)
        assert max(*spend.y, *value.y) < base + span
    assert "18% spend" in written(figure)
    assert "40% margin" in written(figure)


def test_months_without_shares_leave_a_gap_and_one_month_is_dots():
    frame = months(NAMES[:1])
    frame.loc[2, "value_share"] = NAN
    assert math.isnan(budget_over_time(frame, STYLE).data[1].y[2])
    assert {trace.mode for trace in budget_over_time(months().groupby("name").head(1), STYLE).data} == {"markers"}


@pytest.mark.parametrize(("low", "high"), [(0, 0.05), (0, 0.41), (-0.3, 1.2), (0, 9.0)])
def test_ticks_of_shares_are_few_round_and_hold_zero(low, high):
    ticks = share_ticks(low, high)
    assert 0.0 in ticks
    assert 2 <= len(ticks) <= 5
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)
