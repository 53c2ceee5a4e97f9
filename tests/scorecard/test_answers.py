from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from segmodel.engines import Engine
from segmodel.errors import ScorecardError
from segmodel.scorecard import AnswerTerm, Scorecard

TERM = AnswerTerm("score", {1.0: (0.5, -1.0), -0.1: (2.0, 3.0), 7.0: (1 / 3, 1e-20)}, default=(0.25, 0.0))
CARD = Scorecard(("s1", "s2"), (0.125, 0.1), (TERM,))


@pytest.mark.parametrize("kind", ["DOUBLE", "INTEGER", "DECIMAL(18,4)", "BOOLEAN"])
def test_sql_adds_what_python_adds_whatever_the_column(kind: str) -> None:
    values = [1.0, 7.0, 0.0, None] + ([-0.1, np.inf, 3.5] if kind == "DOUBLE" else [])
    frame = pd.DataFrame({"customer_id": [f"c{place}" for place in range(len(values))], "score": values, "snapshot": 1})
    with Engine.open(None) as engine, engine.loaded("raw", frame):
        engine.execute(f"CREATE VIEW customer_features AS SELECT * REPLACE (score::{kind} AS score) FROM raw")
        seen = engine.frame("SELECT * FROM customer_features ORDER BY customer_id")
        by_sql = engine.frame(f"SELECT * FROM ({CARD.to_sql()}) ORDER BY customer_id")
    by_python = CARD.predict(seen)
    assert by_sql["segment"].tolist() == by_python["segment"].tolist()
    np.testing.assert_allclose(by_sql["probability"], by_python["probability"], atol=1e-12)


def test_answers_are_found_exactly() -> None:
    added = TERM.contributions(pd.DataFrame({"score": [7, 1.0, -0.1, 1.0000001, None]}))
    assert added.tolist() == [[1 / 3, 1e-20], [0.5, -1.0], [2.0, 3.0], [0.25, 0.0], [0.25, 0.0]]


def test_json_reads_back_and_explanations_add_up() -> None:
    assert Scorecard.from_json(CARD.to_json()) == CARD
    told = CARD.explain({"score": 7})
    np.testing.assert_allclose(told[["s1", "s2"]].sum(), CARD.score(pd.DataFrame({"score": [7]}))[0])


def test_damaged_records_are_refused() -> None:
    record = json.loads(CARD.to_json())
    record["terms"][0]["levels"].append([1.0, [0.0, 0.0]])
    with pytest.raises(ScorecardError, match="lists an answer twice"):
        Scorecard.from_record(record)
    record["terms"][0]["kind"] = "guess"
    with pytest.raises(ScorecardError, match="kind 'guess'; expected answer, category, cell, numeric"):
        Scorecard.from_record(record)
    with pytest.raises(ScorecardError, match="no finite number"):
        AnswerTerm("score", {float("nan"): (0.0, 0.0)}, (0.0, 0.0))


def test_text_is_refused() -> None:
    with pytest.raises(ScorecardError, match="must hold numbers, found text"):
        TERM.contributions(pd.DataFrame({"score": ["often"]}))
