"""K-means and the choice of k on real data, against figures computed elsewhere."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from segmodel.clustering import KMeans, choose_k
from tests.support.real_data import real_data

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def rfm() -> np.ndarray:
    """Return log recency, frequency and spend of Online Retail, scaled with the sample standard deviation."""
    logged = np.log(pd.read_csv(real_data("online_retail/rfm_2011-12-10.csv"))[["R", "F", "M"]])
    return ((logged - logged.mean()) / logged.std(ddof=1)).to_numpy()


@pytest.mark.parametrize("k", range(2, 9))
def test_kmeans_reaches_the_within_ss_of_r(rfm: np.ndarray, k: int) -> None:
    reference = json.loads(real_data("online_retail/reference.json").read_text())["rfm_kmeans"][str(k)]["wss"]
    assert KMeans(k).fit(rfm).inertia_ <= reference * 1.001


def test_online_retail_gets_a_repeatable_division(rfm: np.ndarray) -> None:
    choice = choose_k(rfm)
    assert choice.k >= 3
    assert choice.table.set_index("k").loc[choice.k, "stable"]


def test_shuffled_columns_are_not_sold_as_segments() -> None:
    null = pd.read_csv(real_data("mcdonalds/null_permuted_columns.csv")).to_numpy(float)
    choice = choose_k(null)
    assert not choice.table["stable"].any()
    assert "no clear segments" in choice.reason
