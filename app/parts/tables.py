"""Frames as people read them: labels for columns, text for numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.queries import About
from app.selection import Context
from segmodel import formats
from segmodel.features import Feature
from segmodel.metrics import METRICS

HIDDEN = "hidden"
_TRAITS = 8


def label(name: str, about: About) -> str:
    """Return a metric's label, with the workspace's word for value in it."""
    text = METRICS[name].label
    if name.startswith("value"):
        text = text.replace("Value", about.value_word.capitalize()).replace("value", about.value_word)
    return f"{text}, {about.window}" if name == "value" else text


def unit(name: str) -> str:
    """Return a metric's unit."""
    return METRICS[name].unit


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
    rows = profiles[(profiles["segment"] == segment) & profiles["difference"].notna()].head(_TRAITS)
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
    """Return the reconciliation as text, with a row of totals when there is more than one source."""
    counts = ["rows_read", "rows_accepted", "rows_quarantined", "duplicate_rows"]
    frame = rows[["table_name", "source", *counts]].astype({"table_name": "object", "source": "object"})
    if len(frame) > 1:
        frame.loc[len(frame)] = ["All", "", *rows[counts].sum()]
    text = pd.DataFrame({"Table": frame["table_name"], "Source": frame["source"]})
    for name in counts:
        title = formats.sentence_case(name.removeprefix("rows_").replace("_", " "))
        text[f"Rows {title.lower()}" if name == "rows_read" else title] = frame[name].map(formats.number)
    ends = [formats.day(date) for date in rows["last_at"]]
    text["Last dated"] = ends + [""] * (len(frame) - len(ends))
    changed = [formats.moment(at) for at in rows["modified_at"]]
    text["File changed"] = changed + [""] * (len(frame) - len(changed))
    return text


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


def export(now: pd.DataFrame) -> pd.DataFrame:
    """Return the metrics of every segment as they are, for a file."""
    shown = [name for name, metric in METRICS.items() if (metric.is_shown or metric.of) and name in now.columns]
    return now[["segment", "name", *shown]]


def _intervals(frame: pd.DataFrame, name: str) -> list[str]:
    pairs = zip(frame[f"{name}_low"], frame[f"{name}_high"], strict=True)
    return [formats.share_range(low, high) for low, high in pairs]
