"""Online Retail, fed month by month, ends in the build that all of it at once gives."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from segmodel.sources import guess_definition
from segmodel.workspace import Workspace
from tests.support.builds import assert_identical, everything
from tests.support.real_data import real_data

_COUNTS = ("rows_read", "rows_accepted", "rows_quarantined")
pytestmark = pytest.mark.real_data


def feed(folder: Path, lines: pd.DataFrame, first: str) -> None:
    """Give a workspace the lines up to month `first` as one file, then each further month as one, refreshing it."""
    months = lines["InvoiceDate"].str[:7]
    data = folder / "data"
    data.mkdir()
    lines[months <= first].to_csv(data / "first.csv", index=False)
    text = guess_definition(data / "first.csv", "Online Retail", folder).replace("data/first.csv", "data/*.csv")
    (folder / "segmentation.toml").write_text(f"history_months = 12\n{text}", encoding="utf-8")
    assert Workspace(folder).refresh().why_whole == "Nothing was published yet."
    for month in sorted(months[months > first].unique()):
        lines[months == month].to_csv(data / f"{month}.csv", index=False)
        report = Workspace(folder).refresh()
        assert report.why_whole == ""
        assert len(report.computed) <= 4  # this month end and the one before, the last day and that a year ago


def test_online_retail_fed_month_by_month(tmp_path: Path) -> None:
    lines = pd.read_csv(real_data("online_retail/lines.csv.gz"), dtype=str, keep_default_na=False)
    # every thirtieth customer and as many of the lines that name none, which end in quarantine
    number = pd.to_numeric(lines["CustomerID"].where(lines["CustomerID"] != "", lines["InvoiceNo"].str[1:]))
    some = lines[number % 30 == 0]
    feed(tmp_path, some, "2011-09")
    found = everything(tmp_path)
    (row,) = found["transaction_totals"].to_dict("records")
    read, accepted, quarantined = found["reconciliation"][list(_COUNTS)].sum()
    assert read == len(some) == accepted + quarantined
    assert accepted == row["lines"] == ((some["CustomerID"] != "") & (some["UnitPrice"].astype(float) > 0)).sum()
    Workspace(tmp_path).build()
    assert_identical(found, everything(tmp_path))
