"""Facts of made-up segments, as `segment_facts` returns them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segmodel.priorities import CRITERIA, Scoring

NAMES = ("Offices", "Regulars", "Browsers", "Givers", "Faders", "Students", "Hotels", "Tourists")


def make_facts(count: int = 5, seed: int = 1) -> pd.DataFrame:
    """Return facts of so many segments, `s1` and on, in which everything is measured."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "segment": [f"s{place + 1}" for place in range(count)],
            "name": list(NAMES[:count]),
            "colour": range(count),
            "value_share": random.dirichlet(np.ones(count)),
            "growth": random.normal(0, 0.1, count),
            "lifetime_value": random.lognormal(0, 0.5, count),
            "customer_share": random.dirichlet(np.ones(count)),
            "stability": random.uniform(0.6, 1, count),
            "churn_risk": random.uniform(0.05, 0.45, count),
            "reachability": random.uniform(0.2, 0.9, count),
        }
    )


def judged(facts: pd.DataFrame, seed: int = 2) -> Scoring:
    """Return a scoring in which people scored everything they are asked."""
    random = np.random.default_rng(seed)
    scoring = Scoring()
    for segment in facts["segment"]:
        for name, criterion in CRITERIA.items():
            if not criterion.is_measured:
                scoring = scoring.judging(segment, name, float(random.integers(1, 11)), "agreed")
    return scoring


def only(**weights: float) -> Scoring:
    """Return a scoring in which only these criteria have weight."""
    scoring = Scoring()
    for name in CRITERIA:
        scoring = scoring.weighing(name, weights.get(name, 0))
    return scoring
