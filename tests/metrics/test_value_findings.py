"""Findings about value are true for any data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segmodel.metrics.value_findings import chosen_sentence, leaving_note, separation_sentence, value_title

NOW = pd.DataFrame(
    {
        "segment": ["s1", "s2", "s3"],
        "name": ["Regulars", "Givers, rare", "Others"],
        "customer_share": [0.2, 0.3, 0.5],
        "value": [600.0, 300.0, 100.0],
        "value_share": [0.6, 0.3, 0.1],
        "growth": [0.5, -0.25, np.nan],
        "lifetime_value_share": [0.55, 0.35, 0.1],
    }
)


def test_what_the_chosen_hold_adds_up() -> None:
    """600 came from 400 and 300 from 400: 900 against 800."""
    said = chosen_sentence(NOW, ("s1", "s2"), "margin", "GBP")
    assert said == "Together they are 50% of customers and bring 90% of the margin, £900 (+12% in a year)."
    assert chosen_sentence(NOW, ("s3",), "margin", "GBP").endswith("10% of the margin, £100.")
    assert chosen_sentence(NOW, (), "margin", "GBP") == ""
    hidden = NOW.assign(value=[np.nan, 300.0, 100.0])
    assert "small group" in chosen_sentence(hidden, ("s1",), "margin", "GBP")


def test_only_is_said_where_less_is_spent_than_will_come() -> None:
    def title(spend_share: float, verdict: str) -> str:
        budget = pd.DataFrame({"name": ["Regulars"], "spend_share": [spend_share], "verdict": [verdict]})
        return value_title(NOW, budget, "margin")

    assert title(0.13, "under") == (
        "55% of the margin to come lies with Regulars, but only 13% of the budget goes there"
    )
    assert "and 58% of the budget" in title(0.58, "under")
    assert "and 70% of the budget" in title(0.7, "over")
    losing = NOW.assign(lifetime_value_share=np.nan)
    assert value_title(losing, None, "margin") == "What customers will bring in margin cannot be told yet"


def test_who_would_not_come_back_is_no_list_of_customers() -> None:
    row = {"churn_risk": 0.0, "few_may_leave": False, "may_leave": 20.0, "value_at_risk": 2000.0}
    assert (
        leaving_note({**row, "churn_basis": "model"}, "GBP")
        == "churn risk under 1%; 20 customers may leave, £2,000 at risk"
    )
    assert "about 20 customers would not come back" in leaving_note({**row, "churn_basis": "trailing"}, "GBP")
    assert "few may leave" in leaving_note({**row, "few_may_leave": True, "churn_basis": "model"}, "GBP")


def test_segments_are_compared_with_chance_and_with_deciles() -> None:
    found = {"explained": 0.5, "chance_high": 0.01, "by_chance": 0.005, "deciles": 0.8, "next_year": np.nan}
    assert "where ten plain steps of margin tell 80%" in separation_sentence(found, "margin")
    assert "more than ten plain steps" in separation_sentence({**found, "explained": 0.95, "deciles": 0.5}, "margin")
    assert "no more than a random split would" in separation_sentence({**found, "explained": 0.008}, "margin")
