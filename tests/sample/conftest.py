from __future__ import annotations

import json
from typing import Any

import duckdb
import pandas as pd
import pytest

from tests.sample.reading import SAMPLE, TRANSACTIONS, truth_table


@pytest.fixture(scope="session")
def effects() -> dict[str, Any]:
    return json.loads((SAMPLE / "truth" / "effects.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def segment_of() -> pd.Series:
    return truth_table("segments.csv.gz").set_index("customer_id")["segment"]


@pytest.fixture(scope="session")
def clean() -> pd.DataFrame:
    """Transactions without the spoiled rows and without the second copy of those sent twice."""
    query = (
        "SELECT DISTINCT *, amount::DOUBLE AS spend, margin::DOUBLE AS profit FROM read_parquet(?) "
        "WHERE customer_id IS NOT NULL AND amount IS NOT NULL AND ordered_at >= TIMESTAMP '1900-01-01' ORDER BY ALL"
    )
    with duckdb.connect() as connection:
        return connection.sql(query, params=[TRANSACTIONS]).df()
