from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from segmodel.drift.outside import lagged_association, outside_associations
from segmodel.engines import Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open(None) as engine:
        yield engine


def test_a_planted_lag_is_found_with_its_sign() -> None:
    random = np.random.default_rng(0)
    indicator = np.cumsum(random.normal(size=40))
    series = 5 - 0.3 * np.concatenate([[indicator[0]] * 2, indicator[:-2]]) + 0.05 * np.cumsum(random.normal(size=40))
    found = lagged_association(series, indicator)
    assert found.lag == 2
    assert found.high < 0
    assert found.p_value < 0.001
    assert found.without_largest < 0.01


def test_walks_that_have_nothing_to_do_with_each_other_rarely_look_alike() -> None:
    random = np.random.default_rng(1)
    p_values = [
        lagged_association(np.cumsum(random.normal(size=25)), np.cumsum(random.normal(size=25))).p_value
        for _ in range(400)
    ]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_changes_that_are_alike_from_month_to_month_count_for_fewer_months() -> None:
    random = np.random.default_rng(2)

    def smooth() -> np.ndarray:
        steps = np.convolve(random.normal(size=40), np.ones(4) / 2, mode="valid")
        return np.cumsum(steps)

    p_values = [lagged_association(smooth(), smooth()).p_value for _ in range(400)]
    # four steps in a row share three draws: taken for independent, far more than a tenth would pass
    assert np.mean(np.array(p_values) <= 0.05) <= 0.1


def test_one_month_is_told_from_a_rule() -> None:
    random = np.random.default_rng(3)
    step = np.where(np.arange(24) >= 14, 1.0, 0.0)
    series = 3 - 0.3 * step + 0.02 * random.normal(size=24)
    found = lagged_association(series, 100 + 7 * step + 0.1 * random.normal(size=24))
    assert found.correlation < -0.8
    assert found.without_largest > 0.05
    assert found.largest == 13  # the change from the 14th month to the 15th


@pytest.mark.parametrize("months", [5, 12])
def test_few_months_say_nothing(months: int) -> None:
    assert lagged_association(np.arange(months) ** 2.0, np.arange(months) ** 1.5) is None


def test_an_indicator_that_never_changes_says_nothing() -> None:
    assert lagged_association(np.random.default_rng(0).normal(size=30), np.ones(30)) is None


def test_every_segment_and_indicator_has_a_sentence(engine: Engine) -> None:
    random = np.random.default_rng(4)
    days = pd.date_range("2024-01-31", periods=30, freq="ME")
    prices = 100 + np.cumsum(random.normal(size=30))
    level = np.exp(0.02 * prices)
    months = pd.DataFrame({"snapshot": days, "segment": "s1", "measure": "orders", "level": level})
    context = pd.DataFrame({"date": days, "indicator": "prices", "value": prices})
    weather = pd.DataFrame({"date": days, "indicator": "weather", "value": random.normal(size=30)})
    with engine.loaded("given", pd.concat([context, weather])):
        engine.execute("CREATE TABLE context AS SELECT date::DATE AS date, indicator, value FROM given")
    found = outside_associations(engine, months, {"s1": "Gift givers"}).set_index("indicator")
    assert found.loc["prices", "finding"] == "moves with it"
    assert (
        "Orders a customer of Gift givers and prices: change together, in the same month" in found.loc["prices", "text"]
    )
    assert "no proof of a cause" in found.loc["prices", "text"]
    assert found.loc["weather", "text"].endswith("cannot be told (no more than chance).")


def test_without_a_table_of_indicators_there_is_nothing_to_tell(engine: Engine) -> None:
    assert outside_associations(engine, pd.DataFrame({"level": [1.0]}), {}).empty
