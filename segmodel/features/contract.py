"""Which columns a build read, so that a warehouse can be told what it must have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from segmodel.engines import Engine, literal
from segmodel.errors import StoreError
from segmodel.features.survey import survey_items
from segmodel.store import PublishedBuild, store_table

CONTRACT = "contract_columns"
_READ = ("transactions", "customers", "survey")


@dataclass(frozen=True)
class Tables:
    """The contract tables of a build, which a warehouse must have.

    Attributes
    ----------
    columns : mapping of str to mapping of str to str
        SQL types by column, by table: `transactions`, and where there are any `customers` and `survey`.
    margin_rate : float or None
        Margin per unit of amount, for lines that do not state theirs; None where no margin is known.
    window_months : int or "all"
        Length of the trailing window.
    scales : mapping of str to str
        The scales of the survey, each with the kind of its item.
    is_centred : bool
        Scales are read as differences from the respondent's own mean.
    """

    columns: Mapping[str, Mapping[str, str]]
    margin_rate: float | None
    window_months: int | str
    scales: Mapping[str, str]
    is_centred: bool = False

    @classmethod
    def of(cls, published: PublishedBuild) -> Tables:
        """Return those a build was made from.

        Raises
        ------
        StoreError
            When the build is older than this.
        """
        if CONTRACT not in published.engine.tables():
            raise StoreError(
                f"Build {published.build_id} does not say which columns it read. Build the workspace again."
            )
        columns: dict[str, dict[str, str]] = {}
        for table, name, kind in published.engine.rows(f"SELECT table_name, name, type FROM {CONTRACT} ORDER BY ALL"):
            columns.setdefault(table, {})[name] = kind
        info = published.info()
        window = str(info["window_months"])
        rate = published.engine.value("SELECT margin_rate FROM refresh_basis")
        return cls(
            columns=columns,
            margin_rate=float(rate) if rate else None,
            window_months=window if window == "all" else int(window),
            scales=dict(published.engine.rows("SELECT item, kind FROM survey_scales ORDER BY item")),
            is_centred=bool(json.loads(info["definition"])["survey"]["centre"]),
        )


def store_contract(engine: Engine) -> None:
    """Create tables `contract_columns` and `survey_scales`: what a warehouse must have to compute the same features."""
    listed = ", ".join(map(literal, _READ))
    engine.execute(
        f"CREATE OR REPLACE TABLE {CONTRACT} AS SELECT table_name, column_name AS name, data_type AS type "
        f"FROM duckdb_columns() WHERE table_name IN ({listed}) ORDER BY ALL"
    )
    scales = {name: item.kind for name, item in survey_items(engine).items() if item.unit == "scale"}
    store_table(engine, "survey_scales", pd.DataFrame({"item": scales.keys(), "kind": scales.values()}, dtype=str))
