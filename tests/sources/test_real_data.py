"""The reference figures of two public data sets."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from segmodel.definition import parse_definition
from segmodel.engines import Engine
from segmodel.progress import quiet
from segmodel.sources import guess_definition, load_sources
from tests.support.real_data import real_data

pytestmark = pytest.mark.real_data


def guess_and_load(file: Path, engine: Engine) -> tuple[dict[str, Any], Any]:
    content = tomllib.loads(guess_definition(file, "Real"))
    (report,) = load_sources(engine, parse_definition(content), file.parent, quiet)
    return content["sources"]["transactions"], report


def test_online_retail_agrees_with_its_reference_figures() -> None:
    file = real_data("online_retail/lines.csv.gz")
    with Engine.open(None) as engine:
        source, report = guess_and_load(file, engine)
        assert source["columns"] == {
            "customer_id": "CustomerID",
            "ordered_at": "InvoiceDate",
            "amount": "Quantity * UnitPrice",
            "order_id": "InvoiceNo",
            "quantity": "Quantity",
        }
        assert source["cancelled"] == "InvoiceNo LIKE 'C%'"
        assert report.rows_read == 541_909
        frame = pd.read_csv(file, dtype=str)
        assert frame["CustomerID"].isna().sum() == 135_080
        no_sale = frame["CustomerID"].isna() | (frame["UnitPrice"].astype(float) <= 0)
        assert source["exclude"] == "UnitPrice <= 0"
        assert report.rows_quarantined == no_sale.sum()
        assert report.rows_accepted + report.rows_quarantined == 541_909
        bought = (
            "SELECT count(*), count(DISTINCT customer_id), count(DISTINCT order_id), sum(amount) FROM transactions "
            "WHERE quantity > 0 AND amount > 0"
        )
        assert engine.rows(bought) == [(397_884, 4_338, 18_532, Decimal("8911407.904"))]
        assert report.duplicate_rows == frame.duplicated().sum()
        with_customer = frame[frame["CustomerID"].notna()]
        cancelled = with_customer["InvoiceNo"].str.startswith("C").sum()
        assert engine.value("SELECT count(*) FROM transactions WHERE is_cancelled") == cancelled


def test_cdnow_is_guessed_and_loses_no_row() -> None:
    file = real_data("cdnow/transactions_sample.csv.gz")
    with Engine.open(None) as engine:
        source, report = guess_and_load(file, engine)
        assert source["columns"] == {
            "customer_id": "master_customer_id",
            "ordered_at": "date",
            "amount": "dollar_value",
        }
        assert (report.rows_read, report.rows_accepted) == (6_919, 6_919)
        assert engine.value("SELECT count(DISTINCT customer_id) FROM transactions") == 2_357
        frame = pd.read_csv(file)
        total = sum(map(Decimal, frame["dollar_value"].astype(str)))
        assert engine.value("SELECT sum(amount) FROM transactions") == total
