"""Frames as people read them: labels for columns, text for numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import pandas as pd

from app.queries import About
from app.selection import Context
from segmodel import formats
from segmodel.features import Feature

_TRAITS = 8
_COUNTS = {
    "rows_read": "Rows read",
    "rows_accepted": "Accepted",
    "rows_quarantined": "Quarantined",
    "duplicate_rows": "Duplicates",
}


def label(name: str, about: About) -> str:
    """Return a metric's label, with the workspace's word for value in it."""
    text = about.metrics[name].label
    if name.startswith("value"):
        text = text.replace("Value", about.value_word.capitalize()).replace("value", about.value_word)
    return f"{text}, {about.window}" if name == "value" else text


def shares(now: pd.DataFrame, about: About) -> pd.DataFrame:
    """Return the numbers behind the picture of shares."""
    columns = {"Segment": now["name"]}
    for name in ("customer_share", "value_share"):
        columns[label(name, about)] = now[name].map(formats.share)
        columns[f"{label(name, about)}, 95% interval"] = _intervals(now, name)
    return pd.DataFrame(columns)


def history(rows: pd.DataFrame, of_unit: str, about: About) -> pd.DataFrame:
    """Return a history as one row a snapshot and one column a segment, latest first."""
    text = rows["amount"].map(lambda amount: formats.quantity(amount, of_unit, about.currency))
    named = pd.DataFrame({"As of": rows["snapshot"], "name": rows["name"], "text": text})
    wide = named.pivot_table(index="As of", columns="name", values="text", aggfunc="first", sort=False)
    wide = wide[list(dict.fromkeys(rows["name"]))].sort_index(ascending=False)
    wide.index = wide.index.map(formats.day)
    return wide.fillna(formats.UNKNOWN).reset_index(names="As of")


def profile_rows(
    profiles: pd.DataFrame, segment: str, features: Mapping[str, Feature], context: Context
) -> pd.DataFrame:
    """Return the features that set a segment apart most, as `charts.profile` draws them."""
    is_shown = (profiles["segment"] == segment) & profiles["difference"].notna()
    is_shown &= profiles[["n", "n_rest"]].min(axis=1) >= context.about.minimum_group
    rows = profiles[is_shown].head(_TRAITS)
    named = [_feature(name, features) for name in rows["feature"]]
    currency = context.about.currency
    remarks = [
        f"{formats.quantity(mean, of_unit, currency)} against {formats.quantity(rest, of_unit, currency)}"
        for (_, of_unit), mean, rest in zip(named, rows["mean"], rows["rest_mean"], strict=True)
    ]
    labels = [text for text, _ in named]
    return rows[["difference", "low", "high"]].astype(float).assign(label=labels, remark=remarks)


def profile(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers behind the picture of a profile."""
    return pd.DataFrame(
        {
            "Feature": rows["label"],
            "Segment against the rest": rows["remark"],
            "Difference in standard deviations": rows["difference"].map(lambda value: formats.number(value, 2)),
            "95% interval": [
                f"{formats.number(low, 2)} to {formats.number(high, 2)}"
                for low, high in zip(rows["low"], rows["high"], strict=True)
            ],
        }
    )


def _feature(name: str, features: Mapping[str, Feature]) -> tuple[str, str]:
    """Return label and unit of a feature."""
    found = features.get(name)
    return (name, "ratio") if found is None else (found.label, found.unit)


def reconciliation(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the reconciliation by table, with how many sources each has and a row of totals."""
    by_table = rows.groupby("table_name", sort=False)
    frame = by_table[list(_COUNTS)].sum()
    sources = by_table["source"].agg(lambda names: names.iloc[0] if len(names) == 1 else f"{len(names)} files")
    dates = by_table[["last_at", "modified_at"]].max()
    parts = pd.concat([sources, frame, dates], axis=1).reset_index()
    if len(parts) > 1:
        parts.loc[len(parts)] = ["All", "", *frame.sum(), pd.NaT, pd.NaT]
    return _reconciled(parts)


def reconciliation_by_source(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the reconciliation by file or query."""
    return _reconciled(rows)


def _reconciled(rows: pd.DataFrame) -> pd.DataFrame:
    # Where on a machine a file lies is nobody's business but the operator's.
    sources = rows["source"].map(lambda source: PurePath(source).name if PurePath(source).is_absolute() else source)
    text = {"Table": rows["table_name"], "Source": sources}
    text |= {title: rows[name].astype("int64") for name, title in _COUNTS.items()}
    text["Last dated"] = rows["last_at"].map(_day_or_blank)
    text["File changed"] = rows["modified_at"].map(_day_or_blank)
    return pd.DataFrame(text)


def _day_or_blank(at: pd.Timestamp) -> str:
    return "" if pd.isna(at) else formats.day_short(at)


def totals(found: Mapping[str, Any], about: About) -> tuple[tuple[str, str, str], ...]:
    """Return what the accepted transactions come to: label, text and definition each."""
    purchases, refunds = (formats.money_exact(found[name], about.currency) for name in ("purchases", "refunds"))
    return (
        (
            "Purchases",
            formats.money(found["purchases"], about.currency),
            f"Sum of amounts above zero that were not cancelled: {purchases}.",
        ),
        (
            "Refunds",
            formats.money(found["refunds"], about.currency),
            f"Sum of amounts below zero, without their sign: {refunds}.",
        ),
        ("Orders", formats.number(found["orders"]), "Distinct orders that were not cancelled."),
        ("Customers", formats.number(found["customers"]), "Customers who bought at least once."),
        (
            "Never bought",
            formats.number(found["never_bought"]),
            "Customers whose rows are all refunds or cancellations; they are in no segment.",
        ),
    )


def export(now: pd.DataFrame, about: About) -> pd.DataFrame:
    """Return the metrics of every segment as they are, for a file."""
    shown = [name for name, metric in about.metrics.items() if (metric.is_shown or metric.of) and name in now.columns]
    return now[["segment", "name", *shown]]


def _intervals(frame: pd.DataFrame, name: str) -> list[str]:
    pairs = zip(frame[f"{name}_low"], frame[f"{name}_high"], strict=True)
    return [formats.share_range(low, high) for low, high in pairs]
