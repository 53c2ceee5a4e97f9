"""K-means on real data, against figures computed elsewhere."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from segmodel.clustering import KMeans
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
