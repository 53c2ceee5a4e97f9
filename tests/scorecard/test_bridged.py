from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sqlglot

from segmodel.engines import Engine
from segmodel.errors import ScorecardError
from segmodel.scorecard import BridgedScorecard, CategoryTerm, NumericTerm, Preparation, Respondents, Scorecard

AS_IT_IS = Preparation(fill=4, low=1, high=7, log=False, centre=4, scale=1)
ANSWERS = Scorecard(
    ("s1", "s2"), (0.0, 0.0), (NumericTerm("price", AS_IT_IS, (1.0, -1.0)), NumericTerm("taste", AS_IT_IS, (-1.0, 1.0)))
)
REGION = Scorecard(("s1", "s2"), (0.1, 0.0), (CategoryTerm("region", {"North": (2.0, 0.0)}, (0.0, 1.0)),))
MARKS = ("is_straight_liner",)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": list("abcdef"),
        "price": [7.0, 1.0, np.nan, np.nan, 5.0, 5.0],
        "taste": [1.0, 7.0, 6.0, np.nan, 5.0, 5.0],
        "region": ["South", "North", "North", "North", "North", None],
        "is_straight_liner": pd.array([False, False, None, None, True, True], dtype="boolean"),
    }
)


@pytest.mark.parametrize(
    ("keeps", "answered"),
    [(False, [True, True, True, False, False, False]), (True, [True, True, True, False, True, True])],
)
def test_half_of_the_items_make_a_respondent(keeps: bool, answered: list[bool]) -> None:
    assert Respondents(("price", "taste"), () if keeps else MARKS).mask(CUSTOMERS).tolist() == answered
    with Engine.open(None) as engine, engine.loaded("customers", CUSTOMERS):
        condition = Respondents(("price", "taste"), () if keeps else MARKS).condition()
        assert [told for (told,) in engine.rows(f"SELECT {condition} FROM customers ORDER BY customer_id")] == answered


@pytest.mark.parametrize("bridge", [REGION, None])
@pytest.mark.parametrize("keeps", [True, False])
def test_python_and_sql_agree_on_who_is_told_from_what(bridge: Scorecard | None, keeps: bool) -> None:
    card = BridgedScorecard(ANSWERS, Respondents(("price", "taste"), () if keeps else MARKS), bridge)
    by_python = card.predict(CUSTOMERS).assign(customer_id=CUSTOMERS["customer_id"])
    with Engine.open(None) as engine, engine.loaded("customers", CUSTOMERS):
        by_sql = engine.frame(f"SELECT * FROM ({card.to_sql('customers', ('customer_id',))}) ORDER BY customer_id")
    told = by_python.dropna(subset="segment").reset_index(drop=True)
    names = ["customer_id", "segment", "assigned_by"]
    assert by_sql[names].to_numpy().tolist() == told[names].to_numpy().tolist()
    np.testing.assert_allclose(by_sql["probability"], told["probability"], atol=1e-12)
    assert len(told) == (6 if bridge else 5 if keeps else 3)


def test_answers_go_before_what_else_is_known() -> None:
    card = BridgedScorecard(ANSWERS, Respondents(("price", "taste"), MARKS), REGION)
    found = card.predict(CUSTOMERS)
    # b lives in the North, where the bridge would say s1; its answers say s2
    assert found["segment"].tolist() == ["s1", "s2", "s2", "s1", "s1", "s2"]
    assert found["assigned_by"].tolist() == ["survey"] * 3 + ["bridge"] * 3
    assert card.features == ("price", "taste", "region")


def test_an_explanation_adds_up_to_the_score_that_places_the_customer() -> None:
    card = BridgedScorecard(ANSWERS, Respondents(("price", "taste"), MARKS), REGION)
    for place, own in ((0, ANSWERS), (3, REGION)):
        row = CUSTOMERS.iloc[place]
        told = card.explain(row)[["s1", "s2"]].sum().to_numpy()
        np.testing.assert_allclose(told, own.score(CUSTOMERS.iloc[[place]])[0])
    alone = BridgedScorecard(ANSWERS, Respondents(("price", "taste"), MARKS))
    with pytest.raises(ScorecardError, match="answered too little"):
        alone.explain(CUSTOMERS.iloc[3])


def test_without_a_bridge_the_others_cannot_be_told() -> None:
    found = BridgedScorecard(ANSWERS, Respondents(("price", "taste"), MARKS)).predict(CUSTOMERS)
    assert found.loc[3:, ["segment", "runner_up", "assigned_by"]].isna().all(axis=None)
    assert found.loc[3:, "probability"].isna().all()


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "databricks", "spark", "redshift", "postgres"])
def test_other_dialects_read_back(dialect: str) -> None:
    text = BridgedScorecard(ANSWERS, Respondents(("price", "taste"), MARKS), REGION).to_sql(dialect=dialect)
    (statement,) = sqlglot.parse(text, read=dialect)
    assert "assigned_by" in statement.named_selects


def test_two_scorecards_of_other_segments_do_not_fit_together() -> None:
    other = Scorecard(("s1", "s3"), (0.0, 0.0), REGION.terms)
    with pytest.raises(ScorecardError, match=r"\('s1', 's3'\), the survey \('s1', 's2'\)"):
        BridgedScorecard(ANSWERS, Respondents(("price", "taste"), MARKS), other)


def test_a_mark_that_is_neither_yes_nor_no_is_refused() -> None:
    odd = CUSTOMERS.assign(is_straight_liner="perhaps")
    with pytest.raises(ScorecardError, match="holds 'perhaps', expected true or false"):
        Respondents(("price", "taste"), MARKS).mask(odd)
