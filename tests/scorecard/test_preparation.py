from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmodel.engines import Engine
from segmodel.errors import ScorecardError
from segmodel.scorecard import Preparation
from segmodel.scorecard.preparation import significant, sql_number

LOGGED = Preparation(fill=20, low=1, high=500, log=True, centre=3.0, scale=1.25, weight=2)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open(None) as opened:
        yield opened


@given(value=st.floats(allow_nan=False, allow_infinity=False, width=64))
@settings(deadline=None)
def test_a_number_written_as_sql_is_read_back_exactly(engine: Engine, value: float) -> None:
    assert engine.value(f"SELECT CAST({sql_number(value)} AS DOUBLE)") == value


def test_preparation_follows_its_formula() -> None:
    found = LOGGED.apply(pd.Series([0.0, 100.0, 9999.0, None, math.inf]), "spend")
    expected = [2 * (math.log(1 + x) - 3) / 1.25 for x in (1, 100, 500, 20, 20)]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_twelve_digits_survive_json() -> None:
    value = significant(math.pi * 1e-7)
    assert value == json.loads(json.dumps(value)) == 3.14159265359e-07


@pytest.mark.parametrize(
    "changes",
    [{"scale": 0.0}, {"low": 600.0}, {"weight": -1.0}, {"fill": math.nan}, {"high": math.inf}, {"low": -1.0}],
)
def test_a_preparation_that_cannot_work_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ScorecardError):
        Preparation(**{**LOGGED.to_record(), **changes})


def test_text_where_numbers_are_due_is_named() -> None:
    with pytest.raises(ScorecardError, match="'spend' must hold numbers"):
        LOGGED.apply(pd.Series(["much"]), "spend")
