"""Which of all comparisons are traits, and in which order they are told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from segmodel.personas.contrasts import TraitThresholds, call_traits, compare_means, compare_shares, others
from segmodel.personas.facts import Facts
from segmodel.personas.persona import Trait
from segmodel.personas.views import Column
from segmodel.personas.wording import REST, trait_against, trait_label, trait_sentence

PAST_CLEAR = 2.0
"""Differences past this many standard deviations are all clear: further ones do not rank higher for it."""

LACKING = 0.8
"""How much it counts that fewer of a segment do something than of the rest: people are recognised by what they do."""


def against_rest(facts: Facts) -> pd.DataFrame:
    """Compare every segment of a segmentation with all its other customers.

    Parameters
    ----------
    facts : Facts
        Of one segmentation.

    Returns
    -------
    DataFrame
        segment, name, level (empty of numbers), measure (share or mean), count, n, count_rest, n_rest, hidden and what
        `compare_shares` and `compare_means` return; a row a comparison.
    """
    parts = []
    if len(facts.shares):
        shares = facts.shares
        of_level = shares.groupby(["name", "level"])[["count", "n"]].transform("sum")
        n_rest = of_level["n"] - shares["n"]
        count_rest = of_level["count"] - shares["count"]
        parts.append(_shares(shares, count_rest, n_rest))
    if len(facts.means):
        means = facts.means.sort_values(["name", "segment"], ignore_index=True)
        shape = (means["name"].nunique(), -1)
        moments = [means[name].to_numpy(dtype=float).reshape(shape) for name in ("n", "mean", "variance")]
        rest = pd.DataFrame(dict(zip(("n", "mean", "variance"), map(np.ravel, others(*moments)), strict=True)))
        parts.append(_means(means, rest))
    return _complete(parts)


def against_other(facts: Facts, segment: str, other: str) -> pd.DataFrame:
    """Compare one segment with another; see `against_rest`."""
    parts = []
    pairs = []
    for frame, keys in ((facts.shares, ["name", "level"]), (facts.means, ["name"])):
        sides = [frame[frame["segment"] == each] for each in (segment, other)]
        pair = sides[0].merge(sides[1], on=keys, suffixes=("", "_rest"))
        pairs.append(pair.assign(hidden=pair["hidden"] | pair["hidden_rest"]))
    shares, means = pairs
    if len(shares):
        parts.append(_shares(shares, shares["count_rest"], shares["n_rest"]))
    if len(means):
        rest = means[["n_rest", "mean_rest", "variance_rest"]].set_axis(["n", "mean", "variance"], axis=1)
        parts.append(_means(means, rest))
    return _complete(parts)


def call(found: pd.DataFrame, minimum_group: int = 1, thresholds: TraitThresholds | None = None) -> pd.DataFrame:
    """Return the comparisons that are traits; what is hidden, or tells of a few on either side, is not tested.

    Parameters
    ----------
    found : DataFrame
        Of `against_rest` or `against_other`.
    minimum_group : int
        The smallest group that may be told of; nobody is no small group.
    thresholds : TraitThresholds, optional
    """
    hidden = found["hidden"].to_numpy(dtype=bool, copy=True)
    for side in ("", "_rest"):
        so, known = found[f"count{side}"].to_numpy(dtype=float), found[f"n{side}"].to_numpy(dtype=float)
        for people in (so, known - so, known):
            hidden |= (people > 0) & (people < minimum_group)
    tested = found[~hidden]
    called = call_traits(tested.reset_index(drop=True), thresholds)
    return called[called["called"]].drop(columns=["called", "hidden", "count", "count_rest"]).reset_index(drop=True)


def ranked(found: pd.DataFrame, columns: Mapping[str, Column]) -> pd.DataFrame:
    """Return traits in the order they are told: by size, and by what a person can see or act on.

    Parameters
    ----------
    found : DataFrame
        Of `call`.
    columns : mapping of str to Column
        By name.
    """
    weight = found["name"].map({name: column.weight for name, column in columns.items()}).astype(float)
    is_fewer = (found["measure"] == "share") & (found["value"] < found["rest"])
    weight = weight * np.where(is_fewer, LACKING, 1.0)
    score = weight * found["difference"].abs().clip(upper=PAST_CLEAR)
    ordered = found.assign(weight=weight, score=score, size=found["difference"].abs())
    return ordered.sort_values(
        ["segment", "score", "size", "name", "level"], ascending=[True, False, False, True, True], ignore_index=True
    ).drop(columns=["score", "size"])


def write_traits(
    ordered: pd.DataFrame,
    columns: Mapping[str, Column],
    alike: Mapping[str, frozenset[str]],
    circular: Collection[str],
    currency: str,
    other: str = REST,
) -> tuple[Trait, ...]:
    """Return the traits of one segment in words, each with the family it belongs to.

    Parameters
    ----------
    ordered : DataFrame
        Of `ranked`, of one segment.
    columns : mapping of str to Column
    alike : mapping of str to frozenset of str
        Which traits say much the same, by name; what is not in it is like nothing.
    circular : collection of str
        Columns the segments were found by.
    currency : str
    other : str
        Whom it is compared with.
    """
    made: list[Trait] = []
    heads: dict[str, str] = {}
    for found in ordered.to_dict("records"):
        column = columns[found["name"]]
        name = trait_name(found["name"], found["level"], column.form)
        row = found
        if column.opposite and found["difference"] < 0:
            column, row = replace(column, label=column.opposite), _opposite(found)
        is_share = row["measure"] == "share" or column.unit == "share"
        index, index_low, index_high = (_finite(row[end]) for end in ("index", "index_low", "index_high"))
        label = trait_label(column, row["level"] if column.form == "words" else "")
        words = (float(row["value"]), float(row["rest"]), currency, other)
        family = heads[name] = _family(column.family, heads, alike.get(name, frozenset()))
        made.append(
            Trait(
                name=name if row is found else f"not {name}",
                feature=row["name"],
                label=label,
                against=trait_against(column, *words, is_share=is_share),
                sentence=trait_sentence(column, label, *words, is_share=is_share, index=index),
                kind=column.kind,
                family=family,
                measure=row["measure"],
                unit=column.unit,
                index=index,
                index_low=index_low,
                index_high=index_high,
                is_circular=row["name"] in circular,
                **{key: float(row[key]) for key in _NUMBERS},
                n=int(row["n"]),
                n_rest=int(row["n_rest"]),
            )
        )
    return tuple(made)


_NUMBERS = (
    "value", "rest", "difference", "difference_low", "difference_high", "low", "high", "p_value", "q_value", "weight",
)  # fmt: skip
_ENDS = ["count", "count_rest", "value", "low", "high", "rest", "index", "index_low", "index_high"]
_COMPARED = [
    "segment", "name", "level", "measure", "n", "n_rest", "hidden", *_ENDS, "difference", "difference_low",
    "difference_high", "p_value",
]  # fmt: skip


def _opposite(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the comparison of a share as one of what is left of it."""
    ends = {"value": 1 - row["value"], "rest": 1 - row["rest"], "low": 1 - row["high"], "high": 1 - row["low"]}
    turned = {name: -row[other] for name, other in _TURNED.items()}
    return {**row, **ends, **turned}


_TURNED = {
    "difference": "difference",
    "difference_low": "difference_high",
    "difference_high": "difference_low",
}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def trait_name(name: str, level: str, form: str) -> str:
    """Return the name of a trait: the column, and the word of it where it holds words."""
    return f"{name} = {level}" if form == "words" else name


def _family(family: str, earlier: Mapping[str, str], close: frozenset[str]) -> str:
    """Return the family of the first trait told before that says much the same, else its own."""
    told = (own for name, own in earlier.items() if own == family or name in close)
    return next(told, family)


def _shares(shares: pd.DataFrame, count_rest: pd.Series[Any], n_rest: pd.Series[Any]) -> pd.DataFrame:
    count, n, count_other, n_other = (
        each.to_numpy(dtype=np.float64) for each in (shares["count"], shares["n"], count_rest, n_rest)
    )
    keys = shares[["segment", "name", "level", "hidden"]].reset_index(drop=True)
    told = keys.assign(measure="share", count=count, n=n, count_rest=count_other, n_rest=n_other)
    compared: pd.DataFrame = pd.concat([told, compare_shares(count, n, count_other, n_other)], axis="columns")
    return compared


def _means(means: pd.DataFrame, rest: pd.DataFrame) -> pd.DataFrame:
    own = [means[name].to_numpy(dtype=float) for name in ("n", "mean", "variance")]
    theirs = [rest[name].to_numpy(dtype=float) for name in ("n", "mean", "variance")]
    keys = means[["segment", "name", "hidden"]].reset_index(drop=True)
    told = keys.assign(level="", measure="mean", n=own[0], n_rest=theirs[0])
    compared: pd.DataFrame = pd.concat([told, compare_means(*own, *theirs)], axis="columns")
    return compared


def _complete(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    made = [part.reindex(columns=_COMPARED).astype(dict.fromkeys(_ENDS, "float64")) for part in parts]
    return pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=_COMPARED)
