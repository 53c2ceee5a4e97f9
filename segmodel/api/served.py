"""One published build, ready to answer: everybody's segment in memory, the rest as finished text."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from segmodel.clustering import ModelVersion, read_model
from segmodel.errors import ScorecardError, did_you_mean
from segmodel.formats import listed
from segmodel.reports import metrics_document
from segmodel.scorecard import BridgedScorecard, Scorecard
from segmodel.scorecard.terms import CategoryTerm
from segmodel.store import PublishedBuild

_DIGITS = 6


@dataclass(frozen=True)
class _Placings:
    """Where everybody is in one segmentation, sorted by id: places in `segments`, -1 for none."""

    segmentation: str
    label: str
    version: str
    segments: tuple[str, ...]
    names: Mapping[str, str]
    customers: Sequence[str]
    segment: np.ndarray
    runner_up: np.ndarray
    probability: np.ndarray
    assigned_by: Sequence[str]
    how: np.ndarray

    def find(self, customer_id: str) -> dict[str, Any] | None:
        """Return where a customer is; None where that is not told."""
        place = bisect_left(self.customers, customer_id)
        if place == len(self.customers) or self.customers[place] != customer_id:
            return None
        segment, runner_up = self.segments[self.segment[place]], int(self.runner_up[place])
        second = None if runner_up < 0 else self.segments[runner_up]
        return {
            "segmentation": self.segmentation,
            "label": self.label,
            "version": self.version,
            "segment": segment,
            "name": self.names.get(segment, segment),
            "probability": round(float(self.probability[place]), _DIGITS),
            "runner_up": second,
            "runner_up_name": None if second is None else self.names.get(second, second),
            "assigned_by": self.assigned_by[self.how[place]],
        }


class ServedBuild:
    """What the API answers from, read once a build; afterwards the store is not asked any more.

    Takes about 100 bytes a customer and segmentation.

    Parameters
    ----------
    published : PublishedBuild
        Open; closed by whoever opened it.
    """

    def __init__(self, published: PublishedBuild) -> None:
        self.build_id = published.build_id
        self.as_of = str(published.info()["as_of"])
        known = published.segmentations().set_index("name")
        self.segmentations = tuple(map(str, known.index))
        self._placings = [
            _placings(published, name, str(known.loc[name, "label"]), str(known.loc[name, "version"]))
            for name in self.segmentations
        ]
        self._models = {name: read_model(published, name) for name in self.segmentations}
        self._documents = {name: metrics_document(published, name) for name in (None, *self.segmentations)}
        self.segments_text = _text(self._segments(published))

    def metrics_text(self, segmentation: str | None) -> bytes | None:
        """Return every metric as JSON; None where there is no such segmentation."""
        found = self._documents.get(segmentation)
        return None if found is None else _text(found)

    def customer(self, customer_id: str) -> dict[str, Any] | None:
        """Return the segments of a customer; None of one nobody knows."""
        found = [told for each in self._placings if (told := each.find(customer_id)) is not None]
        if not found:
            return None
        return {"customer_id": customer_id, "build": self.build_id, "as_of": self.as_of, "segments": found}

    def score(self, segmentation: str, customers: Sequence[Mapping[str, Any]], *, explain: bool) -> dict[str, Any]:
        """Return the segment of each of some customers by their features.

        Parameters
        ----------
        segmentation : str
        customers : sequence of mapping
            `customer_id` (text or None) and `features`: by name a number, a text, yes or no, or None.
        explain : bool
            Say what each feature adds to the score of each segment.

        Raises
        ------
        ScorecardError
            When there is no such segmentation or feature, or a value is of another kind than the feature.
        """
        model = self._models.get(segmentation)
        if model is None:
            hint = did_you_mean(segmentation, self.segmentations)
            raise ScorecardError(f"There is no segmentation '{segmentation}'.{hint}")
        card = model.deployed
        known = dict.fromkeys((*card.features, *_marks(model)))
        given = [dict(each["features"]) for each in customers]
        _check(given, known, _numbers(model))
        frame = pd.DataFrame(given, columns=list(known), dtype=object)
        for name in _numbers(model):
            frame[name] = pd.to_numeric(frame[name])
        used = dict.fromkeys(name for each in given for name in each)
        scored = _told_from(model, used).predict(frame)
        names = {segment.id: segment.name for segment in model.segments}
        told = []
        for place, (each, row) in enumerate(zip(customers, scored.to_dict("records"), strict=True)):
            segment = row["segment"]
            answer = {
                "customer_id": each.get("customer_id"),
                "segment": segment,
                "name": names.get(segment),
                "probability": None if segment is None else round(float(row["probability"]), _DIGITS),
                "runner_up": row["runner_up"],
                "missing": [name for name in card.features if given[place].get(name) is None],
            }
            if explain and segment is not None:
                answer["terms"] = _terms(card, {str(name): value for name, value in frame.iloc[place].items()})
            told.append(answer)
        return {
            "build": self.build_id, "segmentation": segmentation, "version": model.version, "customers": told,
        }  # fmt: skip

    def _segments(self, published: PublishedBuild) -> dict[str, Any]:
        listed_here = []
        for name in self.segmentations:
            content = self._documents[name]["segmentations"][name]
            sizes = {one["id"]: one.get("customers") for one in content["segments"]}
            described = published.segments(name)
            listed_here.append(
                {
                    "segmentation": name,
                    "label": content["label"],
                    "basis": content["basis"],
                    "version": content["version"],
                    "features": list(self._models[name].deployed.features),
                    "segments": [
                        {
                            "id": row["segment"], "name": row["name"], "description": row["description"],
                            "customers": sizes.get(row["segment"]),
                        }
                        for row in described.to_dict("records")
                    ],
                }
            )  # fmt: skip
        return {"build": self.build_id, "as_of": self.as_of, "segmentations": listed_here}


def _placings(published: PublishedBuild, segmentation: str, label: str, version: str) -> _Placings:
    frame = published.engine.frame(
        "SELECT customer_id, segment, runner_up, probability, assigned_by FROM assignments "
        "WHERE segmentation = $name AND snapshot = (SELECT max(snapshot) FROM snapshots) AND segment IS NOT NULL "
        "ORDER BY customer_id",
        {"name": segmentation},
    )
    described = published.segments(segmentation)
    segments = tuple(dict.fromkeys((*described["segment"], *frame["segment"].unique())))
    how = tuple(frame["assigned_by"].unique())
    return _Placings(
        segmentation,
        label,
        version,
        segments,
        dict(zip(described["segment"], described["name"], strict=True)),
        frame["customer_id"].astype(str).tolist(),
        _codes(frame["segment"], segments),
        _codes(frame["runner_up"], segments),
        frame["probability"].to_numpy(np.float64),
        how,
        _codes(frame["assigned_by"], how),
    )


def _codes(values: pd.Series, known: Sequence[str]) -> np.ndarray:
    return pd.Categorical(values, categories=list(known)).codes


def _marks(model: ModelVersion) -> tuple[str, ...]:
    return () if model.respondents is None else model.respondents.straight_liner_columns


def _numbers(model: ModelVersion) -> tuple[str, ...]:
    """Return the features that are numbers."""
    cards = [card for card in (model.scorecard, model.bridge) if card is not None]
    words = {name for card in cards for term in card.terms if isinstance(term, CategoryTerm) for name in term.inputs}
    return tuple(name for name in model.deployed.features if name not in words)


def _check(given: Sequence[Mapping[str, Any]], known: Mapping[str, None], numbers: Sequence[str]) -> None:
    """Raise ScorecardError where a feature is unknown, or its value of another kind."""
    numeric = set(numbers)
    for place, features in enumerate(given, start=1):
        for name, value in features.items():
            if name not in known:
                raise ScorecardError(
                    f"Customer {place}: the scorecard has no feature '{name[:80]}'; it has {listed(known)}."
                    f"{did_you_mean(name, known)}"
                )
            if value is None:
                continue
            if name in numeric and (isinstance(value, str) or not np.isfinite(float(value))):
                raise ScorecardError(f"Customer {place}: '{name}' is a number; found {str(value)[:40]!r}.")
            if name not in numeric and isinstance(value, float) and not value.is_integer():
                raise ScorecardError(f"Customer {place}: '{name}' is a word or a whole number; found {value!r}.")


def _told_from(model: ModelVersion, used: Mapping[str, None]) -> Scorecard | BridgedScorecard:
    """Return what scores customers: where nothing is given that the bridge reads, who did not answer is not told."""
    deployed = model.deployed
    if isinstance(deployed, BridgedScorecard) and deployed.bridge and not set(deployed.bridge.features) & set(used):
        return replace(deployed, bridge=None)
    return deployed


def _terms(card: Scorecard | BridgedScorecard, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    terms = card.explain(row).to_dict("records")
    return [
        {
            "feature": term.pop("feature"),
            "value": None if pd.isna(term["value"]) else term.pop("value"),
            "adds": {
                str(segment): round(float(added), _DIGITS) for segment, added in term.items() if segment != "value"
            },
        }
        for term in terms
    ]


def _text(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
