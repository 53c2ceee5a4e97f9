"""Opportunities and white space as people read them: with names, in their order, and as text."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from segmodel import formats
from segmodel.formats import HIDDEN

ALL = "All who answered"
_SCORES = {"importance": "Importance", "satisfaction": "Satisfaction", "opportunity": "Opportunity"}


def with_names(opportunities: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return a row for every need and segment: all first, segments in their order, the largest need first.

    Segments nobody answered of have unknown numbers.
    """
    told = opportunities[opportunities["caveat"] == ""]
    whole = told[told["segment"] == ""].sort_values(["opportunity", "need"], ascending=[False, True])
    labelled = pd.concat(
        [pd.DataFrame({"segment": [""], "name": [ALL], "colour": [0]}), segments[["segment", "name", "colour"]]]
    )
    every = whole[["need", "label", "wording"]].merge(labelled, how="cross")
    rows = every.merge(told.drop(columns=["label", "wording", "caveat"]), on=["need", "segment"], how="left")
    numbers = rows.select_dtypes("number").columns.difference(["colour"])
    return rows.assign(
        **{name: rows[name].astype("float64") for name in numbers},
        **{name: rows[name].eq(True).astype(object) for name in ("is_above", "suppressed")},
    )


def needs(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers behind the map of one segment."""
    ordered = rows.sort_values(["opportunity", "label"], ascending=[False, True])
    columns = {"Need": ordered["label"], "As it was asked": ordered["wording"]}
    for name, label in _SCORES.items():
        ends = zip(ordered[name], ordered[f"{name}_low"], ordered[f"{name}_high"], ordered["suppressed"], strict=True)
        columns[f"{label}, 95% interval"] = pd.Series([_interval(*each) for each in ends], index=ordered.index)
    columns["Respondents"] = ordered["n"].map(formats.number)
    return pd.DataFrame(columns)


def scores(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the scores as a table of needs and segments; a star says clearly above the others."""
    texts = [
        HIDDEN if is_hidden else formats.number(score, 1) + (" *" if is_above else "")
        for score, is_above, is_hidden in zip(rows["opportunity"], rows["is_above"], rows["suppressed"], strict=True)
    ]
    keyed = rows.assign(text=texts)
    wide = keyed.pivot_table(index="need", columns="segment", values="text", aggfunc="first", sort=False)
    segments = list(dict.fromkeys(rows["segment"]))
    names = dict(zip(rows["segment"], rows["name"], strict=True))
    labels = dict(zip(rows["need"], rows["label"], strict=True))
    table = wide.loc[list(dict.fromkeys(rows["need"])), segments]
    return table.set_axis([names[each] for each in segments], axis=1).assign(
        Need=[labels[need] for need in table.index]
    )[["Need", *(names[each] for each in segments)]]


def markets(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the numbers behind a picture of white space."""
    return pd.DataFrame(
        {
            "Market": rows["name"],
            "Size": rows["size"].map(formats.significant),
            "Our share": rows["our_share"].map(lambda value: formats.share(value, 2)),
            "Unclaimed": rows["unclaimed"].map(formats.significant),
            "Growth a year": rows["growth"].map(formats.change),
            "Growth in the unit of size": rows["growth_amount"].map(formats.significant),
            "Segments that feel it": _felt(rows, names).map(lambda text: text or "no segment clearly"),
            "Note": rows["caveat"],
        }
    )


def opportunities_export(rows: pd.DataFrame) -> pd.DataFrame:
    """Return every need and segment as they are, for a file."""
    return rows.drop(columns="colour")


def market_export(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the white space as it is, for a file."""
    return rows.assign(felt_by=_felt(rows, names))


def _felt(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.Series:
    texts = [
        ", ".join(names[one] for one in felt) if is_known else "not known"
        for felt, is_known in zip(rows["felt_by"], rows["is_felt_known"], strict=True)
    ]
    return pd.Series(texts, index=rows.index, dtype="object")


def _interval(value: float, low: float, high: float, is_hidden: object) -> str:
    if is_hidden:
        return HIDDEN
    ends = f"{formats.number(low, 1)} to {formats.number(high, 1)}"
    return formats.UNKNOWN if pd.isna(value) else f"{formats.number(value, 1)} ({ends})"
