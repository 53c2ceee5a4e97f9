from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from segmodel.engines import Engine
from segmodel.errors import EngineError, ScorecardError
from segmodel.scorecard import Axis, CategoryTerm, CellTerm, NumericTerm, Preparation, Scorecard

SKEWED = Preparation(fill=20.5, low=0.5, high=900, log=True, centre=2.123456789012, scale=1.3, weight=2)
PLAIN = Preparation(fill=-0.25, low=-3, high=3, log=False, centre=-0.1, scale=0.7)
AS_IT_IS = Preparation(fill=0, low=-1e6, high=1e6, log=False, centre=0, scale=1)
ODD = 'we "said"; */ -- <b>'

MIXED = Scorecard(
    ("s1", "s2", "s3"),
    (-1.0, 0.2, 1 / 3),
    (
        NumericTerm("spend", SKEWED, (1.1, -0.3, 0.1), quadratic=(-0.2, 0.1, 0.3)),
        NumericTerm(ODD, PLAIN, (1.0, 0.0, -1.0)),
        CategoryTerm("region", {"North": (0.0, 1.0, 2.0), "O'Brien": (1.0, -1.0, 1e-7)}, (0.0, 0.1, 0.2)),
    ),
)
RULES = Scorecard(
    ("s1", "s2"),
    (0.0, 0.0),
    (CellTerm((Axis("spend", (3.0, 50.0), 3), Axis(ODD, (0.0,), 0)), (0, 1, 1, 0, 0, 1, 1, 1), 2),),
)
TIED = Scorecard(("s1", "s2", "s3"), (0.0, 0.0, 0.0), (NumericTerm("spend", SKEWED, (1.0, 1.0, 1.0)),))
CARDS = {"mixed": MIXED, "rules": RULES, "tied": TIED}

NUMBERS = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-10, 1000),
    st.sampled_from([0.0, -0.0, 3.0, 50.0, 1e300, -1e300, 1.7e308, 5e-324]),
)
ROWS = st.lists(
    st.tuples(
        NUMBERS, NUMBERS, st.one_of(st.none(), st.sampled_from(["North", "O'Brien", "", "Mars"]), st.text(max_size=5))
    ),
    min_size=1,
    max_size=30,
)


def frame_of(rows: list[tuple[Any, Any, Any]]) -> pd.DataFrame:
    spend, odd, region = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "snapshot": 1,
            "customer_id": [f"c{place:03d}" for place in range(len(rows))],
            "spend": np.array(spend, dtype=float),
            ODD: np.array(odd, dtype=float),
            "region": pd.Series(region, dtype=object),
        }
    )


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open(None) as opened:
        yield opened


def scored_by_sql(engine: Engine, card: Scorecard, frame: pd.DataFrame) -> pd.DataFrame:
    with engine.loaded("customer_features", frame):
        return engine.frame(f"SELECT * FROM ({card.to_sql()}) AS scored ORDER BY customer_id")


@pytest.mark.parametrize("name", CARDS)
@given(rows=ROWS)
@settings(max_examples=40, deadline=None)
def test_sql_and_python_agree_on_every_row(engine: Engine, name: str, rows: list[tuple[Any, Any, Any]]) -> None:
    frame = frame_of([(a, b, c.replace("\x00", "") if c else c) for a, b, c in rows])
    ours, theirs = CARDS[name].predict(frame), scored_by_sql(engine, CARDS[name], frame)
    assert ours["segment"].tolist() == theirs["segment"].tolist()
    assert (
        ours["runner_up"].tolist()
        == theirs["runner_up"].astype(object).where(theirs["runner_up"].notna(), None).tolist()
    )
    np.testing.assert_allclose(ours["probability"], theirs["probability"], rtol=1e-9)


def test_nan_in_the_database_counts_as_missing(engine: Engine) -> None:
    missing, unknown = frame_of([(None, None, None)]), frame_of([(math.inf, -math.inf, None)])
    with engine.loaded("customer_features", missing):
        engine.execute("UPDATE customer_features SET spend = 'nan'::DOUBLE")
        by_sql = engine.frame(MIXED.to_sql())
    assert by_sql["segment"].tolist() == MIXED.predict(missing)["segment"].tolist()
    np.testing.assert_array_equal(MIXED.score(missing), MIXED.score(unknown))


@pytest.mark.parametrize("name", CARDS)
def test_json_brings_back_the_same_scorecard(name: str) -> None:
    assert Scorecard.from_json(CARDS[name].to_json()) == CARDS[name]


@given(rows=ROWS)
@settings(max_examples=30, deadline=None)
def test_an_explanation_adds_up_to_the_score(rows: list[tuple[Any, Any, Any]]) -> None:
    frame = frame_of(rows)
    for card in CARDS.values():
        added = card.explain(frame.iloc[0].to_dict())[list(card.segments)].sum()
        np.testing.assert_allclose(added, card.score(frame.head(1))[0], rtol=1e-12, atol=1e-12)


def test_probability_is_the_posterior_of_a_diagonal_mixture() -> None:
    weights, means, sds = (
        np.array([0.5, 0.3, 0.2]),
        np.array([[0, 0], [2, 1], [-1, 3.0]]),
        np.array([[1, 2], [0.5, 1], [2, 1.0]]),
    )
    rows = np.random.default_rng(3).normal(0, 2, size=(200, 2))
    joint = (
        np.log(weights)
        + np.array([stats.norm(m, s).logpdf(rows).sum(axis=1) for m, s in zip(means, sds, strict=True)]).T
    )
    posterior = np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))

    prior = np.log(weights) - (means**2 / (2 * sds**2) + np.log(sds)).sum(axis=1)
    terms = tuple(
        NumericTerm(name, AS_IT_IS, tuple((means / sds**2)[:, place]), tuple((-1 / (2 * sds**2))[:, place]))
        for place, name in enumerate("xy")
    )
    card = Scorecard(("s1", "s2", "s3"), tuple(prior), terms)
    found = card.predict(pd.DataFrame(rows, columns=["x", "y"]))
    np.testing.assert_allclose(found["probability"], posterior.max(axis=1), rtol=1e-6)
    assert found["segment"].tolist() == [f"s{place + 1}" for place in posterior.argmax(axis=1)]
    second = np.argsort(posterior, axis=1)[:, -2]
    assert found["runner_up"].tolist() == [f"s{place + 1}" for place in second]


def test_ties_go_to_the_first_segment_and_the_next_is_runner_up() -> None:
    found = TIED.predict(frame_of([(5, 0, None)])).iloc[0]
    assert (found["segment"], found["runner_up"]) == ("s1", "s2")
    assert found["probability"] == pytest.approx(1 / 3)


def test_rules_are_certain_and_have_no_runner_up() -> None:
    found = RULES.predict(frame_of([(1, 1, None), (None, 1, None)]))
    assert found["segment"].tolist() == ["s2", "s2"]
    assert found["probability"].tolist() == [1.0, 1.0]
    assert found["runner_up"].tolist() == [None, None]


def test_the_result_keeps_the_index_of_the_frame() -> None:
    frame = frame_of([(1, 1, None), (900, 2, "North")]).set_index(pd.Index([7, 3]))
    assert MIXED.predict(frame).index.tolist() == [7, 3]
    assert MIXED.predict(frame.head(0)).empty


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "databricks", "spark", "redshift", "postgres"])
def test_the_sql_can_be_written_for_other_databases(dialect: str) -> None:
    import sqlglot

    for card in CARDS.values():
        parsed = sqlglot.parse(card.to_sql(dialect=dialect), read=dialect)
        assert len(parsed) == 1
        assert parsed[0] is not None
        assert parsed[0].named_selects[-3:] == ["segment", "probability", "runner_up"]


def test_an_unknown_dialect_gets_the_nearest_name() -> None:
    with pytest.raises(EngineError, match="Did you mean 'snowflake'"):
        MIXED.to_sql(dialect="snowflak")


def test_a_missing_feature_gets_the_nearest_name() -> None:
    with pytest.raises(ScorecardError, match=r"lack feature 'spend'.*Did you mean 'spends'"):
        RULES.predict(pd.DataFrame({"spends": [1.0], ODD: [1.0]}))


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record.update(prior=[1.0]),
        lambda record: record.update(segments=["s1", "s1", "s2"]),
        lambda record: record.update(segments=["s1", "s2", "s3'; DROP"]),
        lambda record: record.update(format="something else"),
        lambda record: record.pop("terms"),
        lambda record: record["terms"].clear(),
        lambda record: record["terms"][0].update(kind="magic"),
        lambda record: record["terms"][0].update(linear=[1.0]),
        lambda record: record["terms"][0]["preparation"].update(scale=0),
        lambda record: record["terms"][2]["levels"].append(["North", [0, 0, 0]]),
        lambda record: record["terms"][1].update(feature="spend"),
        lambda record: record.update(prior=["a", "b", "c"]),
    ],
)
def test_a_damaged_scorecard_is_refused(damage: Any) -> None:
    record = json.loads(MIXED.to_json())
    damage(record)
    with pytest.raises(ScorecardError):
        Scorecard.from_json(json.dumps(record))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"'])
def test_text_that_is_no_scorecard_is_refused(text: str) -> None:
    with pytest.raises(ScorecardError):
        Scorecard.from_json(text)


def test_a_map_with_a_hole_is_refused() -> None:
    with pytest.raises(ScorecardError, match="needs 8 cells, found 7"):
        CellTerm(RULES.terms[0].axes, (0,) * 7, 2)  # type: ignore[attr-defined]


def test_decimals_are_not_categories() -> None:
    with pytest.raises(ScorecardError, match="must hold categories"):
        MIXED.predict(frame_of([(1, 1, None)]).assign(region=[1.5]))
