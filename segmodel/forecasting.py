"""Forecasting what customers of a file of transactions are worth, without a workspace."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from segmodel.definition import parse_definition
from segmodel.engines import Engine
from segmodel.features import value_basis
from segmodel.progress import quiet
from segmodel.reports import forecast_document
from segmodel.sources import TableReport, guess_definition, load_sources
from segmodel.value import describe_forecast, forecast_customers


def forecast_file(path: Path) -> tuple[dict[str, Any], tuple[TableReport, ...]]:
    """Return the forecast for a file of transactions, ready for JSON, and what became of its rows.

    Which column is customer, date and amount is guessed as `segmodel init` does.

    Returns
    -------
    tuple
        A dict of `file`, `as_of`, `model` (as `lifetime_document` has it), `customers` and, where a forecast holds,
        `lifetime_value` (in all), `lifetime_value_a_customer` and `churn_risk` (mean), else null; and what
        became of the rows.

    Raises
    ------
    SegmodelError
        When the file cannot be read, its columns cannot be told, or nobody bought anything.
    """
    definition = parse_definition(tomllib.loads(guess_definition(path, path.stem)))
    with tempfile.TemporaryDirectory(prefix="segmodel-") as folder:
        spill = Path(folder)
        with Engine.open(spill / "forecast.duckdb", definition.engine, spill) as engine:
            tables = load_sources(engine, definition, path.resolve().parent, quiet)
            forecast = forecast_customers(engine, definition.value)
            row = describe_forecast(forecast, definition.value, value_basis(engine))
    customers = forecast.customers
    total = float(customers["lifetime_spend"].sum(skipna=False)) * forecast.margin
    is_known = bool(np.isfinite(total))
    frequencies = forecast.holdout.check.by_frequency if forecast.holdout else customers.iloc[:0]
    document = {
        "file": path.name,
        "as_of": str(forecast.as_of),
        "model": forecast_document(row, frequencies),
        "customers": len(customers),
        "lifetime_value": total if is_known else None,
        "lifetime_value_a_customer": total / len(customers) if is_known else None,
        "churn_risk": float(customers["churn_risk"].mean()) if is_known else None,
    }
    return document, tables
