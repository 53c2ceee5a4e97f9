"""The catalogue of features: one `.sql` file each in `sql/`; copy one to add one.

A header says `label`, `unit`, `from` and `description`; `needs` names a column the data must have, `high` and
`low` are the words for a segment far above or below the others, and `for_each` repeats the feature for every
value of a column, with `{value}` and `{literal}` filled in.

The SQL is one aggregate over the rows of a customer up to a snapshot. What the rows are, `from` says:

- `activity`: one row a period (see `activity.py`), with flags `in_window`, `in_last_6`, `in_previous_6`;
- `channel`, `category`: one row a value, with `orders` in the window and its `place`: 1 has most, of equals the first.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from segmodel.engines import Engine, SqlFile, identifier, literal, read_catalogue
from segmodel.features.feature import Feature
from segmodel.features.survey import survey_items

MOST_VALUES = 12
"""`for_each` makes a feature for this many values at most: the most frequent ones."""

RESERVED = frozenset({"snapshot", "customer_id", "value", "value_prior", "orders", "segment", "probability"})


def _feature(file: SqlFile) -> Feature:
    rows = file.get("from")
    needs = ["transactions"]
    if rows in {"channel", "category"}:
        needs.append(f"transactions.{rows}")
    needs += [need.strip() for need in file.get("needs").split(",") if need.strip()]
    return Feature(
        name=file.name,
        label=file.get("label"),
        unit=file.get("unit"),
        description=file.get("description"),
        rows=rows,
        sql=file.sql,
        needs=tuple(needs),
        high=file.get("high"),
        low=file.get("low"),
        for_each=file.get("for_each"),
    )


CATALOGUE: dict[str, Feature] = {
    file.name: _feature(file)
    for file in read_catalogue(
        Path(__file__).with_name("sql"),
        required=("label", "unit", "from", "description"),
        optional=("needs", "high", "low", "for_each"),
    )
}
"""Every feature we know how to compute, by name; templates (`for_each`) are listed once."""

VALUE = Feature(
    name="value",
    label="Value",
    unit="money",
    description="Margin where known, else revenue, in the window; refunds subtract.",
    rows="activity",
    sql="value",
    high="high-value",
    low="low-value",
)
"""What metrics call value; every snapshot has it, and rules may cut on it."""


def available_features(engine: Engine) -> dict[str, Feature]:
    """Return the features the loaded tables allow: the catalogue's, columns of `customers`, items of the survey."""
    have = _loaded(engine)
    features: dict[str, Feature] = {}
    for feature in CATALOGUE.values():
        if all(need in have for need in feature.needs):
            for made in _expand(engine, feature):
                features[made.name] = made
    if "transactions" in have:
        features["value"] = VALUE
    for made in _attributes(engine, taken=set(features) | RESERVED):
        features[made.name] = made
    # an item by a name that means something else already is not offered; names differ by more than capital letters
    taken = {name.casefold() for name in (*features, *RESERVED)}
    return features | {name: item for name, item in survey_items(engine).items() if name.casefold() not in taken}


def unlocked_by(engine: Engine) -> dict[str, tuple[str, ...]]:
    """Return what is missing and the labels of the features it would unlock: `{"transactions.channel": (…,)}`."""
    have = _loaded(engine)
    locked: dict[str, list[str]] = {}
    for feature in CATALOGUE.values():
        for need in feature.needs:
            if need not in have:
                locked.setdefault(need, []).append(feature.label.replace("{value}", "each channel"))
    return {need: tuple(labels) for need, labels in locked.items()}


def _loaded(engine: Engine) -> set[str]:
    tables = engine.tables()
    have = set(tables)
    for table in tables:
        have |= {f"{table}.{column}" for column in engine.columns(table)}
    if "transactions" in have and engine.value(
        "SELECT count(*) > 0 FROM transactions WHERE ordered_at::TIME <> TIME '00:00:00'"
    ):
        have.add("transactions.time")
    return have


def _expand(engine: Engine, feature: Feature) -> list[Feature]:
    if not feature.for_each:
        return [feature]
    column = identifier(feature.for_each)
    values = engine.rows(
        f"SELECT {column} FROM transactions WHERE {column} IS NOT NULL "
        f"GROUP BY {column} ORDER BY count(*) DESC, {column} LIMIT {MOST_VALUES}"
    )
    made: dict[str, Feature] = {}
    for value in sorted(value for (value,) in values):
        name = _unused(_slug(value), taken={*CATALOGUE, *made})
        fill = {"{value}": value, "{literal}": literal(value)}
        made[name] = replace(
            feature,
            name=name,
            label=_filled(feature.label, fill),
            description=_filled(feature.description, fill),
            sql=_filled(feature.sql, fill),
            high=_filled(feature.high, fill),
            low=_filled(feature.low, fill),
            for_each="",
        )
    return list(made.values())


def _unused(stem: str, taken: set[str]) -> str:
    """Return `web_share`, or `web_2_share` where another value (`Web`) or another feature has that name."""
    name, attempt = f"{stem}_share", 1
    while name in taken:
        attempt += 1
        name = f"{stem}_{attempt}_share"
    return name


def _filled(text: str, fill: dict[str, str]) -> str:
    for mark, value in fill.items():
        text = text.replace(mark, value)
    return text


def _slug(value: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", value.casefold()).strip("_") or "other"


def _attributes(engine: Engine, taken: set[str]) -> list[Feature]:
    if "customers" not in engine.tables():
        return []
    found = []
    for column, kind in engine.columns("customers").items():
        if column in taken:
            continue
        numeric = kind in {"DOUBLE", "BIGINT", "INTEGER", "BOOLEAN"} or kind.startswith("DECIMAL")
        label = column.replace("_", " ").capitalize()
        found.append(
            Feature(
                name=column,
                label=label,
                unit="number" if numeric else "category",
                description=f"Column {column} of the customers table, as last given.",
                rows="customers",
                sql=f"any_value({identifier(column)}{'::DOUBLE' if numeric else ''})",
                needs=("customers",),
                high=f"high {label.lower()}" if numeric else "",
                low=f"low {label.lower()}" if numeric else "",
            )
        )
    return found
