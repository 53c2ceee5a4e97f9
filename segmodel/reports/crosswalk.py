"""What `segmodel crosswalk --json` prints, and the tables behind page Crosswalk."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from segmodel import formats
from segmodel.crosswalk import Crosswalk, Pair
from segmodel.metrics import crosswalk_findings as words
from segmodel.store import PublishedBuild

_MEASURES = (
    "tells", "told_by", "chance_tells", "chance_told_by", "mutual_information", "rand", "cramers_v", "right", "base",
)  # fmt: skip


def crosswalk_document(published: PublishedBuild) -> dict[str, Any]:
    """Return every segmentation beside every other, ready for JSON; hidden numbers are null.

    Raises
    ------
    StoreError
        When the build does not compare segmentations yet.
    """
    found = Crosswalk.of(published)
    segments = found.segments
    return {
        "build": published.build_id,
        "as_of": str(published.info()["as_of"]),
        "finding": words.title_finding(found),
        "segmentations": [
            {str(name): _plain(value) for name, value in row.items() if name != "position"}
            | {
                "segments": [
                    {"id": one["segment"], "name": one["name"], "customers": _plain(one["customers"])}
                    for one in segments[segments["key"] == row["key"]].to_dict("records")
                ]
            }
            for row in found.segmentations.to_dict("records")
        ],
        "pairs": [_pair(each) for each in found.pairs()],
        "architecture": [vars(lead) for lead in words.architecture(found)],
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "one": pair.one["key"],
        "other": pair.other["key"],
        "customers": pair.customers,
        **{name: _plain(getattr(pair, name)) for name in _MEASURES},
        "is_told": pair.is_told,
        "is_derivable": pair.is_derivable,
        "finding": words.pair_finding(pair),
        "contradiction": words.contradictions_finding(pair),
        "cells": [{str(name): _plain(value) for name, value in row.items()} for row in pair.cells.to_dict("records")],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return value.item() if hasattr(value, "item") else value


def pairs_table(crosswalk: Crosswalk) -> pd.DataFrame:
    """Return every pair as people read it, both ways of telling in a row."""
    return pd.DataFrame(
        [
            {
                "Knowing": str(pair.one["label"]),
                "tells of": str(pair.other["label"]),
                "share told": formats.share(pair.tells),
                "by chance": formats.share(pair.chance_tells),
                "the other way": formats.share(pair.told_by),
                "AMI": formats.number(pair.mutual_information, 2),
                "ARI": formats.number(pair.rand, 2),
                "Cramér's V": formats.number(pair.cramers_v, 2),
                "list right for": formats.share(pair.right),
                "customers in both": formats.shown(pair.customers, formats.number),
                "related": "yes" if pair.is_told else "not beyond chance",
            }
            for pair in crosswalk.pairs()
        ]
    )


def cells_table(pair: Pair) -> pd.DataFrame:
    """Return the cells of a pair as people read them."""
    names = [dict(zip(each["segment"], each["name"], strict=True)) for each in (pair.rows, pair.columns)]
    cells = pair.cells
    return pd.DataFrame(
        {
            str(pair.one["label"]): cells["segment"].map(names[0]),
            str(pair.other["label"]): cells["other"].map(names[1]),
            "customers": [formats.shown(value, formats.number) for value in cells["customers"]],
            "of the first": [formats.shown(value, formats.share) for value in cells["share"]],
            "as often as among all": [
                formats.shown(value, formats.times) if hidden else formats.times(value)
                for value, hidden in zip(cells["index"], cells["suppressed"], strict=True)
            ],
        }
    )


def segmentations_table(crosswalk: Crosswalk) -> pd.DataFrame:
    """Return the segmentations as people read them: whose they are, whom they place, how they divide value."""
    kinds = {"own": "this workspace", "given": "memberships", "former": "this workspace, replaced"}
    known = crosswalk.segmentations
    return pd.DataFrame(
        {
            "Segmentation": known["label"],
            "from": known["kind"].map(kinds),
            "segments": [formats.number(value) for value in known["segments"]],
            "customers": [formats.shown(value, formats.number) for value in known["customers"]],
            "of all": [formats.share(value) for value in known["coverage"]],
            "differences in value told": [formats.share(value) for value in known["value_explained"]],
            "not compared because": known["left_out"],
        }
    )
