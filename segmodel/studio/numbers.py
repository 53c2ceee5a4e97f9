"""Numbers of segments compared, as people may see it: the table, each segment, who splits from whom, the warnings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segmodel.clustering import Guard, KChoice
from segmodel.clustering.stability import band
from segmodel.definition import Segmentation
from segmodel.formats import number, share, times
from segmodel.studio.comparison import records
from segmodel.studio.settings import settings_of
from segmodel.suppression import small_cells

_SEGMENT_COLUMNS = ("k", "segment", "name", "share", "place", "jaccard", "band", "value_ratio", "description")
_PROFILE_COLUMNS = ("k", "segment", "feature", "label", "unit", "difference", "mean", "rest_mean")
_FLOW_COLUMNS = ("k", "segment", "next_k", "next_segment", "share")


@dataclass(frozen=True)
class Warned:
    """One warning about one number of segments.

    Attributes
    ----------
    k : int
        The number it is about.
    segment : int or None
        Which segment, from 1; None when it is about the whole division.
    kind, sentence, evidence
        See `segmodel.clustering.Guard`; a neighbour in the evidence is counted from 1 too.
    """

    k: int
    segment: int | None
    kind: str
    sentence: str
    evidence: Mapping[str, float]


@dataclass(frozen=True)
class NumbersCompared:
    """What `KChoice` found, with small groups hidden.

    Attributes
    ----------
    segmentation, build : str
        What was compared, and on which build.
    customers : int
        How many the table was computed on.
    recommended : int or None
        The number to act on, or None where nothing is worth acting on.
    nearest : int
        The recommended number, else the one that comes nearest.
    kind, reason : str
        See `KChoice`.
    table : DataFrame
        One row a k, as in `KChoice.table`.
    segments : DataFrame
        One row a segment of each k: k, segment (from 1), name, share (of customers, to a multiple of the smallest
        group shown, missing below it), place (in its column of the picture, from the top), jaccard, band, value_ratio
        (mean value, by that of all) and description; the last two are missing of a small group, and of one more where
        the others would tell.
    flows : DataFrame
        One row a band from one number to the next: k, segment, next_k, next_segment, share (rounded like the
        segments'); bands below the smallest group are left out.
    warnings : tuple of Warned
    minimum_group : int
        The smallest group that may be shown.
    settings : mapping of str to object
        What was tried: basis, method, features, factors, seed, sample.
    profiles : DataFrame
        One row a k, segment and feature: k, segment, feature, label, unit, difference (standardised, against the
        others), mean and rest_mean; without those whose description is missing.
    dots : DataFrame
        One row a customer of the map, who is not told: x, y and, for each k, `k2` to `k10`, the segment. A random part
        of them, and nobody who is in a small group for any k.
    axes : tuple of str
        What the two directions of the map tell.
    shown : float
        Share of the variance of what was compared that the map holds.
    """

    segmentation: str
    build: str
    customers: int
    recommended: int | None
    nearest: int
    kind: str
    reason: str
    table: pd.DataFrame
    segments: pd.DataFrame
    flows: pd.DataFrame
    warnings: tuple[Warned, ...]
    minimum_group: int
    settings: Mapping[str, Any]
    profiles: pd.DataFrame
    dots: pd.DataFrame
    axes: tuple[str, str]
    shown: float

    @classmethod
    def of(cls, segmentation: Segmentation, choice: KChoice, minimum_group: int, build: str = "") -> NumbersCompared:
        """Return what may be shown of a choice.

        Parameters
        ----------
        segmentation : Segmentation
            As it was compared, with the settings that were tried.
        choice : KChoice
            As `Workspace.studio` returns it.
        minimum_group : int
            Smaller groups are hidden.
        build : str
            Id of the build it was computed on.
        """
        hidden = _hidden(choice, minimum_group)
        segments, flows = _across(choice, minimum_group, hidden)
        drawn = choice.customer_map
        return cls(
            segmentation=segmentation.name,
            build=build,
            customers=choice.n,
            recommended=choice.recommended,
            nearest=choice.k,
            kind=choice.kind,
            reason=choice.reason,
            table=choice.table,
            segments=segments,
            flows=flows,
            warnings=tuple(_warned(k, guard) for k, guards in choice.guards.items() for guard in guards),
            minimum_group=minimum_group,
            settings=settings_of(segmentation),
            profiles=_profiles(choice, hidden),
            dots=_dots(choice, minimum_group),
            axes=("", "") if drawn is None else drawn.axes,
            shown=0.0 if drawn is None else round(drawn.shown, 3),
        )

    @property
    def finding(self) -> str:
        """The reason in its first sentence, for a title."""
        return self._sentences[0]

    @property
    def because(self) -> str:
        """The rest of the reason."""
        return self._sentences[1]

    def names(self, k: int) -> list[str]:
        """Return the names of the segments of a number, in the order of the segments."""
        own = self.segments[self.segments["k"] == k].sort_values("segment")
        return [str(name) for name in own["name"]]

    def paragraph(self, k: int, segment: int) -> str:
        """Return one segment in plain words: size, what sets it apart, value, stability, and what to beware of."""
        own = self.segments[(self.segments["k"] == k) & (self.segments["segment"] == segment)]
        row = own.to_dict("records")[0]
        size = "too few customers to show" if pd.isna(row["share"]) else f"about {share(row['share'])} of customers"
        parts = [f"{row['name']}: {size}.", str(row["description"])]
        if pd.notna(row["value_ratio"]):
            parts.append(f"A customer was worth {times(row['value_ratio'])} the average.")
        found_again = number(row["jaccard"], 2)
        parts.append(f"In customers sampled again it is found at {found_again} of 1: {row['band']}.")
        about = [one.sentence for one in self.warnings if (one.k, one.segment) == (k, segment)]
        return " ".join(part for part in (*parts, *about) if part)

    def profile_finding(self, k: int) -> str:
        """Return what sets segments apart most, in a sentence."""
        own = self.profiles[self.profiles["k"] == k]
        known = own.dropna(subset="difference")
        if known.empty:
            return "Nothing is known that sets these segments apart."
        top = known.iloc[int(known["difference"].abs().to_numpy().argmax())]
        side = "above" if top["difference"] > 0 else "below"
        gap = number(abs(float(top["difference"])), 1)
        name = self.names(k)[int(top["segment"]) - 1]
        return f"The largest difference: {name}, {gap} standard deviations {side} the others in {top['label']}."

    @property
    def _sentences(self) -> tuple[str, str]:
        first, stop, rest = self.reason.partition(". ")
        return (first + stop.strip(), rest) if stop else (self.reason, "")

    def document(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "segmentation": self.segmentation,
            "customers": self.customers,
            "recommended": self.recommended,
            "nearest": self.nearest,
            "kind": self.kind,
            "reason": self.reason,
            "minimum_group": self.minimum_group,
            "table": records(self.table),
            "segments": records(self.segments),
            "flows": records(self.flows),
            "warnings": [
                {
                    "k": one.k,
                    "segment": one.segment,
                    "kind": one.kind,
                    "sentence": one.sentence,
                    "evidence": dict(one.evidence),
                }
                for one in self.warnings
            ],
            "build": self.build,
            "settings": dict(self.settings),
            "profiles": records(self.profiles),
            "dots": {str(name): column.tolist() for name, column in self.dots.items()},
            "axes": list(self.axes),
            "shown": self.shown,
        }

    @classmethod
    def from_json(cls, text: str) -> NumbersCompared:
        """Read what `document` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            When the text is not such a document.
        """
        content = json.loads(text)
        segments = pd.DataFrame(content["segments"], columns=list(_SEGMENT_COLUMNS))
        flows = pd.DataFrame(content["flows"], columns=list(_FLOW_COLUMNS))
        profiles = pd.DataFrame(content["profiles"], columns=list(_PROFILE_COLUMNS))
        return cls(
            **{
                **content,
                "table": pd.DataFrame(content["table"]),
                "segments": segments.astype({"share": float, "jaccard": float, "value_ratio": float}),
                "flows": flows.astype({"share": float}),
                "warnings": tuple(Warned(**one) for one in content["warnings"]),
                "profiles": profiles.astype({"difference": float, "mean": float, "rest_mean": float}),
                "dots": pd.DataFrame(content["dots"]),
                "axes": tuple(content["axes"]),
            }
        )


def _hidden(choice: KChoice, minimum_group: int) -> set[tuple[int, int]]:
    """Return which segments (k, from 0) nothing is told of: small groups, and one more where the rest would tell."""
    rows: list[dict[str, Any]] = []
    for k, division in choice.segments.items():
        sizes = np.bincount(division.labels[division.labels >= 0], minlength=k)
        total = {"snapshot": k, "place": -1, "segment": "", "customers": int(sizes.sum())}
        rows += [total, *({**total, "place": i, "segment": f"s{i}", "customers": int(n)} for i, n in enumerate(sizes))]
    if not rows:
        return set()
    cells = pd.DataFrame(rows).assign(filter_1="", filter_2="")
    told = cells[small_cells(cells, minimum_group) & (cells["segment"] != "").to_numpy()]
    return set(zip(told["snapshot"].tolist(), told["place"].tolist(), strict=True))


def _across(choice: KChoice, minimum_group: int, hidden: set[tuple[int, int]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return segments and flows, in shares too coarse to count a small group from."""
    if not choice.segments:  # too few customers to compare anything
        return pd.DataFrame(columns=list(_SEGMENT_COLUMNS)), pd.DataFrame(columns=list(_FLOW_COLUMNS))
    across = choice.across()
    segments = across.segments.copy()
    jaccard = [float(choice.segments[k].jaccard[place]) for k, place in _pairs(segments)]
    segments["jaccard"] = [round(value, 4) for value in jaccard]
    segments["band"] = [band(value) for value in jaccard]
    pairs = _pairs(segments)
    segments["name"] = [choice.looks[k].names[place] if k in choice.looks else "" for k, place in pairs]
    flows = across.flows.copy()
    for frame in (segments, flows):
        frame["share"] = _coarse(frame["share"], choice.n, minimum_group)
    told = pd.Series([pair not in hidden for pair in pairs], index=segments.index)
    ratios = [choice.looks[k].value_ratio[place] if k in choice.looks else float("nan") for k, place in pairs]
    segments["value_ratio"] = pd.Series(ratios, index=segments.index, dtype=float).where(told)
    descriptions = [choice.looks[k].descriptions[place] if k in choice.looks else "" for k, place in pairs]
    segments["description"] = pd.Series(descriptions, index=segments.index, dtype=object).where(told, "")
    segments["segment"] += 1
    flows[["segment", "next_segment"]] += 1
    shown = flows[flows["share"].notna()]
    return segments[list(_SEGMENT_COLUMNS)], shown[list(_FLOW_COLUMNS)].reset_index(drop=True)


def _profiles(choice: KChoice, hidden: set[tuple[int, int]]) -> pd.DataFrame:
    """Return what sets segments apart, but for small groups."""
    if not choice.looks:
        return pd.DataFrame(columns=list(_PROFILE_COLUMNS))
    every = pd.concat([look.profile.assign(k=k) for k, look in choice.looks.items()], ignore_index=True)
    told = [pair not in hidden for pair in _pairs(every)]
    every["segment"] += 1
    return every.loc[told, list(_PROFILE_COLUMNS)].reset_index(drop=True)


def _dots(choice: KChoice, minimum_group: int) -> pd.DataFrame:
    """Return the customers of the map with their segment in each division; nobody is told who they are."""
    if choice.customer_map is None:
        return pd.DataFrame({"x": [], "y": []})
    found = pd.DataFrame(choice.customer_map.dots.round(3), columns=["x", "y"])
    is_told = np.ones(len(found), dtype=bool)
    for k, division in choice.segments.items():
        sizes = np.bincount(division.labels, minlength=k)
        own = division.labels[choice.customer_map.places]
        found[f"k{k}"] = own + 1
        is_told &= sizes[own] >= minimum_group
    return found[is_told].reset_index(drop=True)


def _pairs(segments: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(segments["k"].tolist(), segments["segment"].tolist(), strict=True))


def _coarse(share: pd.Series[Any], customers: int, minimum_group: int) -> pd.Series[Any]:
    """Round to multiples of the smallest group shown: exact shares add up, and their rest would tell of a few."""
    count = share * customers
    coarse = minimum_group * (count / minimum_group).round() / customers
    return coarse.where((count + 1e-6) >= minimum_group).round(4)


def _warned(k: int, guard: Guard) -> Warned:
    segment = None if guard.segment is None else guard.segment + 1
    evidence = dict(guard.evidence)
    if "neighbour" in evidence:
        evidence["neighbour"] += 1
    return Warned(k, segment, guard.kind, guard.sentence, evidence)
