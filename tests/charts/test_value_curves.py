from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest

from segmodel.charts import (
    DARK,
    LIGHT,
    Footer,
    Look,
    calibration,
    concentration,
    holdout,
    holdout_weeks,
    response_curve,
)
from segmodel.charts.calibration import LARGEST, SMALLEST
from segmodel.value.concentration import whale_curve
from tests.support.figures import meeting, outside, words

STYLE = Look(LIGHT, Footer("Harbour Coffee", "Behaviour v003", 6012, dt.date(2026, 6, 30)))
NAN = math.nan
SENTENCE = (
    "2,412 purchases forecast, 2,768 made: 13% below. Do not read lifetime value as fact, as <b>the fit collapsed</b>."
)


def by_frequency() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "frequency": range(8),
            "customers": [141_100, 439, 214, 100, 62, 38, 29, 64],
            "predicted": [0.22, 0.6, 1.05, 1.55, 2.1, 2.5, 2.9, 4.8],
            "actual": [0.24, 0.7, 1.39, 1.56, 2.53, 2.95, 2.86, 4.9],
        }
    )


def weeks(n: int = 12) -> pd.DataFrame:
    ends = [date.date() for date in pd.date_range("1997-01-07", periods=n, freq="7D")]
    frame = pd.DataFrame({"ends_on": ends, "in_holdout": [week >= 8 for week in range(n)]})
    frame["expected"], frame["actual"] = np.linspace(5, 60, n), np.linspace(8, 50, n)
    return frame.assign(expected_so_far=frame["expected"].cumsum(), actual_so_far=frame["actual"].cumsum())


def whale(margins) -> pd.DataFrame:
    return whale_curve(margins).rename(columns={"margin_share": "value_share"})


def losing() -> pd.DataFrame:
    return whale(np.concatenate([np.linspace(10, 1, 80), np.full(20, -4.0)]))


def response() -> pd.DataFrame:
    spend = np.linspace(2_000, 9_000, 29)
    value = 42_000 * (spend / 4_000) ** 0.2
    return pd.DataFrame({"spend": spend, "value": value, "low": value * 0.95, "high": value * 1.05})


def bins() -> pd.DataFrame:
    predicted = np.array([0.02, 0.1, 0.3, 0.6])
    observed = np.array([0.03, 0.09, 0.34, NAN])
    return pd.DataFrame(
        {
            "predicted": predicted,
            "observed": observed,
            "low": observed - 0.02,
            "high": observed + 0.03,
            "n": [400, 100, 1, 0],
        }
    )


FIGURES = {
    "holdout": lambda style: holdout(by_frequency(), style, SENTENCE),
    "holdout_weeks": lambda style: holdout_weeks(weeks(), style, SENTENCE),
    "holdout_so_far": lambda style: holdout_weeks(weeks(), style, cumulative=True),
    "concentration": lambda style: concentration(losing(), style),
    "concentration_alike": lambda style: concentration(whale(np.ones(50)), style, "revenue"),
    "response_curve": lambda style: response_curve(response(), style, today=4_000, planned=4_200),
    "response_less": lambda style: response_curve(response(), style, today=8_900, planned=2_100),
    "calibration": lambda style: calibration(bins(), style),
}


def written(figure) -> list[str]:
    return [words(note.text) for note in figure.layout.annotations]


def markers(figure):
    return [trace for trace in figure.data if "markers" in trace.mode]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
@pytest.mark.parametrize("width", [460, 900])
def test_no_label_lies_on_another_or_leaves_the_figure(name, palette, width):
    figure = FIGURES[name](Look(palette, STYLE.footer))
    if isinstance(figure.layout.xaxis.range[0], dt.date):
        days = [figure.layout.xaxis.range[0].toordinal(), figure.layout.xaxis.range[1].toordinal()]
        figure.layout.xaxis.range = days
        for note in figure.layout.annotations:
            note.x = note.x.toordinal() if isinstance(note.x, dt.date) else note.x
    assert meeting(figure, width) == []
    assert outside(figure, width) == []
    assert figure.layout.template.layout.paper_bgcolor == palette.paper


@pytest.mark.parametrize(
    "empty",
    [
        holdout(by_frequency().head(0), STYLE),
        holdout_weeks(weeks().head(0), STYLE),
        concentration(losing().head(0), STYLE),
        concentration(losing().assign(value_share=NAN), STYLE),
        response_curve(response().head(0), STYLE, today=1.0),
        calibration(bins().assign(observed=NAN), STYLE),
    ],
)
def test_nothing_known_is_an_empty_figure_with_its_footer(empty):
    assert not empty.data
    assert any("Confidential" in text for text in written(empty))


def test_holdout_draws_forecast_and_made_a_frequency_with_the_customers_below():
    forecast, made = markers(holdout(by_frequency(), STYLE, SENTENCE))
    assert list(forecast.y) == by_frequency()["predicted"].tolist()
    assert list(made.y) == by_frequency()["actual"].tolist()
    figure = holdout(by_frequency(), STYLE, SENTENCE)
    assert figure.layout.xaxis.ticktext[0] == "0<br>141k"
    assert figure.layout.xaxis.ticktext[-1] == "7+<br>64"
    assert SENTENCE in written(figure)
    assert figure.layout.yaxis.range[0] == 0


def test_holdout_leaves_out_what_nobody_knows():
    frame = by_frequency()
    frame.loc[7, ["predicted", "actual"]] = NAN
    forecast, _ = markers(holdout(frame, STYLE))
    assert forecast.y[-1] is None
    assert "made" not in written(holdout(frame, STYLE))


def test_weeks_are_told_apart_where_the_forecast_begins():
    figure = holdout_weeks(weeks(), STYLE, SENTENCE)
    (line,) = figure.layout.shapes
    assert line.x0 == weeks()["ends_on"][7]  # the end of the last week the model was fitted on
    assert not holdout_weeks(weeks().assign(in_holdout=False), STYLE).layout.shapes
    assert list(figure.data[0].y) == weeks()["actual"].tolist()
    sums = holdout_weeks(weeks(), STYLE, cumulative=True)
    assert list(sums.data[1].y) == weeks()["expected_so_far"].tolist()


def test_one_week_is_dots():
    assert {trace.mode for trace in holdout_weeks(weeks(1), STYLE).data} == {"markers"}


def test_concentration_says_what_a_tenth_and_a_fifth_hold():
    # nine customers of 1 and one of 9: the one, a tenth, holds half, and with the next ten eighteenths
    figure = concentration(whale([9.0] + [1.0] * 9), STYLE)
    assert {"10% hold 50%", "20% hold 56%"} <= set(written(figure))
    dots = next(trace for trace in figure.data if trace.mode == "markers")
    assert list(dots.y) == pytest.approx([9 / 18, 10 / 18])


def test_the_axis_holds_what_is_above_all_of_it():
    figure = concentration(losing(), STYLE)
    top = losing()["value_share"].max()
    assert top > 1.2
    assert figure.layout.yaxis.range[1] > top
    assert 1.0 in figure.layout.yaxis.tickvals
    assert any("the rest lose it again" in text for text in written(figure))
    assert figure.layout.shapes[0].y0 == 1
    plain_figure = concentration(whale(np.arange(1.0, 30)), STYLE)
    assert not plain_figure.layout.shapes
    assert plain_figure.layout.yaxis.range[0] == 0


def test_points_of_the_response_lie_on_the_curve():
    today, planned = markers(response_curve(response(), STYLE, today=4_000, planned=5_000))[1:]
    assert (today.x[0], today.y[0]) == (4_000, pytest.approx(42_000))
    assert planned.y[0] == pytest.approx(42_000 * 1.25**0.2)
    assert today.marker.color != planned.marker.color


def test_spend_the_curve_says_nothing_of_is_not_drawn():
    figure = response_curve(response(), STYLE, today=4_000, planned=20_000)
    assert "planned" not in " ".join(written(figure))
    assert len(markers(figure)) == 2


def test_months_seen_are_faint_dots_and_the_axes_hold_them():
    months = pd.DataFrame({"spend": [1_000.0, 3_000.0], "value": [90_000.0, 30_000.0]})
    figure = response_curve(response(), STYLE, today=4_000, months=months)
    dots = markers(figure)[0]
    assert (list(dots.x), list(dots.y)) == ([1_000, 3_000], [90_000, 30_000])
    assert dots.marker.color == LIGHT.context
    assert figure.layout.xaxis.range[0] < 1_000
    assert figure.layout.yaxis.range[1] > 90_000


def test_calibration_draws_intervals_the_diagonal_and_dots_by_customers():
    figure = calibration(bins(), STYLE)
    dots = markers(figure)
    assert [(dot.x[0], dot.y[0]) for dot in dots] == [(0.02, 0.03), (0.1, 0.09), (0.3, 0.34)]
    assert dots[0].marker.size == LARGEST
    assert dots[1].marker.size ** 2 / dots[0].marker.size ** 2 == pytest.approx(100 / 400)
    assert dots[2].marker.size == SMALLEST
    lines = [tuple(trace.y) for trace in figure.data if trace.mode == "lines"]
    assert lines[0] == (0, figure.data[0].x[1])
    assert lines[1] == pytest.approx((0.01, 0.06))
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
