from __future__ import annotations

import pandas as pd
import pytest

from segmodel.clustering.recommend import recommend


def table(tighter: list[float], strength: list[float]) -> pd.DataFrame:
    """Return a table in which everything is stable, for 2, 3, 4 … segments."""
    count = len(tighter)
    return pd.DataFrame(
        {
            "k": range(2, count + 2),
            "tighter": tighter,
            "prediction_strength": strength,
            "stability": [0.9] * count,
            "smallest_share": [0.1] * count,
            "beyond_one_cloud": [True] * count,
            "stable": [True] * count,
            "clear": [each >= 0.8 for each in strength],
        }
    )


@pytest.mark.parametrize(
    ("tighter", "strength", "k"),
    [
        # five round groups far apart: a sixth is cut from one of them alike in both halves, and gains nothing
        ([0.15, 0.37, 0.50, 0.62, 0.60], [1.0, 1.0, 1.0, 0.94, 0.85], 5),
        # survey answers: the fourth group gains little, but it gains
        ([0.096, 0.142, 0.170, 0.163], [0.995, 0.975, 0.884, 0.522], 4),
        # six groups in three families: four and five are no gain over three, but six are
        ([0.20, 0.60, 0.60, 0.60, 0.80], [1.0, 1.0, 0.9, 0.9, 1.0], 6),
    ],
    ids=["five", "four", "families"],
)
def test_a_group_cut_in_two_is_not_counted_twice(tighter: list[float], strength: list[float], k: int) -> None:
    found = recommend(table(tighter, strength))
    assert (found.k, found.kind) == (k, "natural")
