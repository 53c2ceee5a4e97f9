"""How much of the value a segmentation separates at all, against a random split and against plain deciles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from segmodel.engines import Engine
from segmodel.features.history import YEAR_BEFORE

DECILES = 10


@dataclass(frozen=True)
class Separation:
    """Share of the variance of value between customers that lies between segments (eta squared).

    Attributes
    ----------
    explained : float
        By the segments; NaN where all customers are worth the same.
    by_chance : float
        Expected of a random split into groups of these sizes: (k − 1) ÷ (n − 1).
    chance_high : float
        What 95 in 100 random splits stay under.
    deciles : float
        By ten equal groups in order of value: what nobody can do better with ten.
    next_year : float
        By the segments of a year before, of the value of the year after: what they foretold; NaN without such a
        snapshot.
    customers, segments : int
    """

    explained: float
    by_chance: float
    chance_high: float
    deciles: float
    next_year: float
    customers: int
    segments: int


def value_separation(engine: Engine, segmentation: str) -> Separation:
    """Measure how much value a segmentation separates.

    Value is that of `assignments` at the latest snapshot. With groups that have nothing to do with value, eta squared
    follows Beta((k − 1) ÷ 2, (n − k) ÷ 2) (Fisher 1924, for normal values; near enough for many customers).

    Parameters
    ----------
    engine : Engine
        Holds `assignments` and `snapshots`.
    segmentation : str
    """
    counted = "segmentation = $segmentation AND is_counted"
    now = f"{counted} AND snapshot = (SELECT max(snapshot) FROM snapshots)"
    given = {"segmentation": segmentation}
    explained, n, k = explained_by(engine, f"SELECT segment AS part, value FROM assignments WHERE {now}", given)
    ordered = f"SELECT ntile({DECILES}) OVER (ORDER BY value, customer_id) AS part, value FROM assignments WHERE {now}"
    foretold = f"""
        SELECT earlier.segment AS part, later.value AS value
        FROM (SELECT customer_id, segment FROM assignments WHERE {counted} AND snapshot = {YEAR_BEFORE}) AS earlier
        JOIN (SELECT customer_id, value FROM assignments WHERE {now}) AS later USING (customer_id)"""
    high = float(stats.beta.ppf(0.95, (k - 1) / 2, (n - k) / 2)) if n > k > 1 else float("nan")
    return Separation(
        explained=explained,
        by_chance=(k - 1) / (n - 1) if n > 1 else float("nan"),
        chance_high=high,
        deciles=explained_by(engine, ordered, given)[0],
        next_year=explained_by(engine, foretold, given)[0],
        customers=n,
        segments=k,
    )


def explained_by(engine: Engine, parts: str, given: dict[str, str]) -> tuple[float, int, int]:
    """Return the share of the variance of `value` between the parts, the customers and the parts there are.

    Parameters
    ----------
    engine : Engine
    parts : str
        SQL of `part` and `value`, a row a customer.
    given : dict of str to str
        Its parameters.
    """
    rows = engine.rows(
        f"""
        SELECT count(*)::BIGINT, sum(value)::DOUBLE, sum(value::DECIMAL(20,2) * value::DECIMAL(18,2))::DOUBLE
        FROM ({parts}) GROUP BY part ORDER BY part
        """,
        given,
    )
    if not rows:
        return float("nan"), 0, 0
    n, total, squares = np.array(rows, dtype=np.float64).T
    overall = total.sum() ** 2 / n.sum()
    within, all_of_it = squares.sum() - (total**2 / n).sum(), squares.sum() - overall
    explained = 1 - within / all_of_it if all_of_it > 0 else float("nan")
    return float(explained), int(n.sum()), len(rows)
