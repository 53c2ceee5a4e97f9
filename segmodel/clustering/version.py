"""One fitted segmentation: immutable, readable, and hashed so that a changed file is noticed."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, count
from typing import Any

from segmodel.errors import DefinitionError, ScorecardError, did_you_mean
from segmodel.scorecard import BridgedScorecard, Respondents, Scorecard

FORMAT = "segmodel model 1"

FAIR = 0.4
"""Agreement beyond chance from which a placing is more than slight or fair (Landis & Koch 1977: moderate)."""

COLOURS = 8
"""Segment colours the palettes have; those beyond repeat them."""


@dataclass(frozen=True)
class SegmentInfo:
    """What is said of a segment: id `s1`, name, one-sentence description, and its place in the palette.

    Id and colour belong to the people: a later version's segment has them where it holds the same people.
    """

    id: str
    name: str
    description: str
    colour: int


@dataclass(frozen=True)
class ModelVersion:
    """A segmentation as fitted once.

    Attributes
    ----------
    segmentation, version, basis, method : str
        Which segmentation, and which of its versions (`v001`).
    k : int
        Number of segments.
    fitted_as_of : datetime.date
        The snapshot it was fitted on.
    n_fitted : int
        Customers it was fitted on.
    seed : int
        Seed of everything random.
    fingerprint : str
        Hash of the settings it was fitted with; see `Definition.fingerprint`.
    features : tuple of str
        Features needed to score.
    scorecard : Scorecard
        What assigns customers to segments.
    segments : tuple of SegmentInfo
        By mean value per customer, highest first.
    diagnostics : dict
        How it was found: reason, table of k, within-segment sum of squares, dropped features, notes, settings, and
        `identity`: which earlier version it was compared with, overlaps, new and retired segments.
    measured : str
        Hash of how its features are measured; see `Definition.measures`. Empty in files of old: not known.
    respondents : Respondents or None
        Who the scorecard is for, where it uses answers to the survey; None: it is for every customer.
    bridge : Scorecard or None
        What assigns the others; None where their segment cannot be told.
    """

    segmentation: str
    version: str
    basis: str
    method: str
    k: int
    fitted_as_of: datetime.date
    n_fitted: int
    seed: int
    fingerprint: str
    features: tuple[str, ...]
    scorecard: Scorecard
    segments: tuple[SegmentInfo, ...]
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    measured: str = ""
    respondents: Respondents | None = None
    bridge: Scorecard | None = None

    def __post_init__(self) -> None:
        ids = tuple(segment.id for segment in self.segments)
        if ids != self.scorecard.segments or len(ids) != self.k:
            raise ScorecardError(f"The model names segments {ids}, its scorecard {self.scorecard.segments}.")
        if set(self.features) != set(self.scorecard.features):
            raise ScorecardError(f"The model lists features {self.features}, its scorecard {self.scorecard.features}.")

    @property
    def deployed(self) -> Scorecard | BridgedScorecard:
        """What assigns customers: the scorecard, with the bridge beside it where it rests on a survey."""
        if self.respondents is None:
            return self.scorecard
        return BridgedScorecard(self.scorecard, self.respondents, self.bridge)

    @property
    def counts_bridged(self) -> bool:
        """Whether the numbers of segments count customers without answers: where their placing is a fair guide."""
        return bool(self.diagnostics.get("bridge", {}).get("kappa", 1.0) >= FAIR)

    @property
    def hash(self) -> str:
        """SHA-256 of the content."""
        return _digest(self._content())

    def with_names(self, overrides: Mapping[str, str], elsewhere: Collection[str] = ()) -> ModelVersion:
        """Return a copy in which people's names replace the automatic ones; of one that people took, it is numbered.

        Parameters
        ----------
        overrides : mapping of str to str
            Names by segment id.
        elsewhere : collection of str
            Ids of other versions: named, they are left for these.

        Raises
        ------
        DefinitionError
            When a segment does not exist, or two would have one name.
        """
        ids = [segment.id for segment in self.segments]
        for unknown in sorted(set(overrides) - {*ids, *elsewhere}):
            raise DefinitionError(
                f"segmentation {self.segmentation}: names mentions '{unknown}', but the model has "
                f"{', '.join(ids)}.{did_you_mean(unknown, ids)}"
            )
        given = {overrides[segment] for segment in ids if segment in overrides}
        segments = tuple(
            replace(segment, name=overrides.get(segment.id) or _unlike(segment.name, given))
            for segment in self.segments
        )
        names = [segment.name for segment in segments]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DefinitionError(
                f"segmentation {self.segmentation}: two segments would be called {', '.join(twice)}; "
                "each needs its own name."
            )
        return replace(self, segments=segments)

    def to_json(self) -> str:
        """Return the model as JSON, with the hash of its content."""
        content = self._content()
        return json.dumps({**content, "hash": _digest(content)}, **_STYLE) + "\n"

    @classmethod
    def from_json(cls, text: str) -> ModelVersion:
        """Read what `to_json` wrote.

        Raises
        ------
        ScorecardError
            When the text is not a model, or was changed after it was written.
        """
        try:
            content = json.loads(text)
            stated = content.pop("hash")
            if content["format"] != FORMAT:
                raise ScorecardError(f"Found format {content['format']!r}, expected {FORMAT!r}.")
            if stated != _digest(content):
                raise ScorecardError(
                    "The model file was changed after it was written: its content does not match its hash. "
                    "Restore it, or fit the segmentation again."
                )
            del content["format"]
            return cls(
                **{
                    **content,
                    "fitted_as_of": datetime.date.fromisoformat(content["fitted_as_of"]),
                    "features": tuple(content["features"]),
                    "scorecard": Scorecard.from_record(content["scorecard"]),
                    **_survey_parts(content),
                    "segments": tuple(SegmentInfo(**segment) for segment in content["segments"]),
                }
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ScorecardError(
                f"The model file is damaged ({type(error).__name__}: {error}). Restore it, or fit again."
            ) from None

    def _content(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "segmentation": self.segmentation,
            "version": self.version,
            "basis": self.basis,
            "method": self.method,
            "k": self.k,
            "fitted_as_of": self.fitted_as_of.isoformat(),
            "n_fitted": self.n_fitted,
            "seed": self.seed,
            "fingerprint": self.fingerprint,
            "measured": self.measured,
            "features": list(self.features),
            "segments": [asdict(segment) for segment in self.segments],
            "diagnostics": dict(self.diagnostics),
            "scorecard": self.scorecard.to_record(),
            # left out where there is none, so that files of before keep their hash
            **({} if self.respondents is None else {"respondents": self.respondents.to_record()}),
            **({} if self.bridge is None else {"bridge": self.bridge.to_record()}),
        }


def _survey_parts(content: Mapping[str, Any]) -> dict[str, Any]:
    readers = {"respondents": Respondents.from_record, "bridge": Scorecard.from_record}
    return {name: read(content[name]) for name, read in readers.items() if name in content}


def shown_model(text: str, minimum_group: int) -> str:
    """Return a model as JSON without what tells how many customers a small group had.

    Files written by earlier versions list the sizes of segments; and the smallest share of a number of segments
    that was tried tells a size, with the number of customers fitted on. The hash is that of what is returned.

    Parameters
    ----------
    text : str
        A model as JSON.
    minimum_group : int
        The smallest group that may be shown.
    """
    content = json.loads(text)
    diagnostics = {name: value for name, value in content.get("diagnostics", {}).items() if name != "sizes"}
    if "k_table" in diagnostics:
        fitted = content.get("n_fitted", 0)
        diagnostics["k_table"] = [_without_small_share(row, fitted, minimum_group) for row in diagnostics["k_table"]]
    if "shares" in diagnostics.get("bridge", {}):
        diagnostics["bridge"] = _without_small_segments(diagnostics["bridge"], minimum_group)
    if diagnostics == content.get("diagnostics", {}):
        return text
    shown = {name: value for name, value in content.items() if name != "hash"} | {"diagnostics": diagnostics}
    return json.dumps({**shown, "hash": _digest(shown)}, **_STYLE) + "\n"


def _without_small_share(row: Mapping[str, Any], fitted: int, minimum_group: int) -> dict[str, Any]:
    share = row.get("smallest_share")
    is_small = share is not None and share * fitted < minimum_group
    return {**row, "smallest_share": None} if is_small else dict(row)


def _without_small_segments(bridge: Mapping[str, Any], minimum_group: int) -> dict[str, Any]:
    """Leave out the figures of small segments, and of the next in size, which would else be told by the rest."""
    rounding = 0.005
    small = {place for place, part in enumerate(bridge["shares"]) if (part - rounding) * bridge["n"] < minimum_group}
    if small:
        order = sorted(range(len(bridge["shares"])), key=lambda place: bridge["shares"][place])
        small |= {place for place in order if place not in small and len(small) < 2} or set(order[:2])
    listed = ("recall", "shares", "told_shares")
    kept = {name: [None if at in small else value for at, value in enumerate(bridge[name])] for name in listed}
    return {**bridge, **kept}


def _unlike(name: str, taken: Collection[str]) -> str:
    """Return a name, numbered where it is taken: people may have named another segment as this one is named today."""
    return next(each for each in chain([name], (f"{name} ({place})" for place in count(2))) if each not in taken)


_STYLE: dict[str, Any] = {"indent": 1, "ensure_ascii": False, "allow_nan": False}


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
