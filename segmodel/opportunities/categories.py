"""Who buys the categories that the market names."""

from __future__ import annotations

import pandas as pd

from segmodel.engines import Engine
from segmodel.features import Snapshot
from segmodel.features.lines import BOUGHT


def key_of(name: str) -> str:
    """Return what two spellings of a need or category share.

    Examples
    --------
    >>> key_of("Café_supplies ") == key_of("café  supplies")
    True
    """
    return " ".join(name.replace("_", " ").split()).casefold()


def count_buyers(engine: Engine, segmentation: str, latest: Snapshot) -> pd.DataFrame:
    """Count who bought the categories that the market names, in the window that ends at a snapshot.

    Parameters
    ----------
    engine : Engine
        Holds `assignments`, `transactions` and, where given, `market`.
    segmentation : str
        The name in `assignments`; customers that are not counted are left out.
    latest : Snapshot

    Returns
    -------
    DataFrame
        One row a category and segment: category (as the market spells it), segment, customers, buyers. Empty without
        a market, or where it names no category of the transactions.
    """
    empty = pd.DataFrame(columns=["category", "segment", "customers", "buyers"])
    given = set(engine.tables())
    if not {"market", "transactions"} <= given or "category" not in engine.columns("transactions"):
        return empty
    named = {key_of(name): name for (name,) in engine.rows("SELECT need_or_category FROM market ORDER BY ALL DESC")}
    sold = [name for (name,) in engine.rows("SELECT DISTINCT category FROM transactions WHERE category IS NOT NULL")]
    spelt = pd.DataFrame(
        [(name, named[key_of(name)]) for name in sold if key_of(name) in named], columns=["category", "named"]
    )
    if spelt.empty:
        return empty
    with engine.loaded("market_categories", spelt):
        return engine.frame(
            f"""
            WITH people AS (
                SELECT customer_id, segment FROM assignments
                WHERE segmentation = $segmentation AND snapshot = $day AND is_counted
            ), bought AS (
                SELECT DISTINCT customer_id, named FROM transactions JOIN market_categories USING (category)
                WHERE {BOUGHT} AND ordered_at::DATE > $since AND ordered_at::DATE <= $day
            ), sizes AS (
                SELECT segment, count(*) AS customers FROM people GROUP BY segment
            )
            SELECT category, segment, any_value(customers) AS customers, count(customer_id) AS buyers
            FROM (SELECT DISTINCT named AS category FROM market_categories) CROSS JOIN sizes
            LEFT JOIN (SELECT named AS category, segment, customer_id FROM bought JOIN people USING (customer_id))
                USING (category, segment)
            GROUP BY category, segment ORDER BY category, segment
            """,
            {"segmentation": segmentation, "day": latest.day, "since": latest.window_start},
        )
