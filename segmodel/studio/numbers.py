"""Numbers of segments compared, as people may see it: the table, each segment, who splits from whom, the warnings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from segmodel.clustering import Guard, KChoice
from segmodel.clustering.stability import band
from segmodel.studio.comparison import records

_SEGMENT_COLUMNS = ("k", "segment", "name", "share", "place", "jaccard", "band")
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
    segmentation : str
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
        group shown, missing below it), place (in its column of the picture, from the top), jaccard and band.
    flows : DataFrame
        One row a band from one number to the next: k, segment, next_k, next_segment, share (rounded like the
        segments'); bands below the smallest group are left out.
    warnings : tuple of Warned
    minimum_group : int
        The smallest group that may be shown.
    """

    segmentation: str
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

    @classmethod
    def of(cls, segmentation: str, choice: KChoice, minimum_group: int) -> NumbersCompared:
        """Return what may be shown of a choice.

        Parameters
        ----------
        segmentation : str
            Its name.
        choice : KChoice
            As `Workspace.studio` returns it.
        minimum_group : int
            Smaller groups are hidden.
        """
        segments, flows = _across(choice, minimum_group)
        return cls(
            segmentation=segmentation,
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
        )

    @property
    def finding(self) -> str:
        """The reason in its first sentence, for a title."""
        return self._sentences[0]

    @property
    def because(self) -> str:
        """The rest of the reason."""
        return self._sentences[1]

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
        return cls(
            **{
                name: value for name, value in content.items() if name not in {"table", "segments", "flows", "warnings"}
            },
            table=pd.DataFrame(content["table"]),
            segments=segments.astype({"share": float, "jaccard": float}),
            flows=flows.astype({"share": float}),
            warnings=tuple(Warned(**one) for one in content["warnings"]),
        )


def _across(choice: KChoice, minimum_group: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return segments and flows, in shares too coarse to count a small group from."""
    if not choice.segments:  # too few customers to compare anything
        return pd.DataFrame(columns=list(_SEGMENT_COLUMNS)), pd.DataFrame(columns=list(_FLOW_COLUMNS))
    across = choice.across()
    segments = across.segments.copy()
    jaccard = [float(choice.segments[k].jaccard[place]) for k, place in _pairs(segments)]
    segments["jaccard"] = [round(value, 4) for value in jaccard]
    segments["band"] = [band(value) for value in jaccard]
    segments["name"] = [choice.names[k][place] if k in choice.names else "" for k, place in _pairs(segments)]
    flows = across.flows.copy()
    for frame in (segments, flows):
        frame["share"] = _coarse(frame["share"], choice.n, minimum_group)
    segments["segment"] += 1
    flows[["segment", "next_segment"]] += 1
    shown = flows[flows["share"].notna()]
    return segments[list(_SEGMENT_COLUMNS)], shown[list(_FLOW_COLUMNS)].reset_index(drop=True)


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
