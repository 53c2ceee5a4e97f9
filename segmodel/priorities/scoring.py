"""A council's scoring: weights, judgements, knock-outs and targets, as one value that can be kept and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from segmodel.errors import PrioritiesError
from segmodel.priorities.criteria import CRITERIA, HIGHEST, LOWEST

MOST_WEIGHT = 100.0

Given = TypeVar("Given")

Text = Annotated[str, Field(max_length=2_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Score = Annotated[float, Field(ge=LOWEST, le=HIGHEST)]
Weight = Annotated[float, Field(ge=0, le=MOST_WEIGHT)]


class _Kept(BaseModel):
    """A scoring as it is kept, checked where it comes back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    weights: dict[Name, Weight] = {}
    scores: dict[Name, dict[Name, Score]] = {}
    notes: dict[Name, dict[Name, Text]] = {}
    knock_outs: dict[Name, Text] = {}
    targets: list[Name] | None = None
    not_now: dict[Name, Text] = {}


@dataclass(frozen=True)
class Scoring:
    """What people decided, on top of what is measured; each step returns a changed copy.

    Attributes
    ----------
    weights : mapping of str to float
        By criterion; the usual weight of those left out.
    scores : mapping of str to mapping
        By segment and criterion, 1 to 10: what people judge, and where they overrule what was measured.
    notes : mapping of str to mapping
        By segment and criterion: why.
    knock_outs : mapping of str to str
        By segment: why it is out.
    targets : tuple of str or None
        Segments to win; None: those the scores suggest.
    not_now : mapping of str to str
        By segment that is no target: the reason people give.

    Examples
    --------
    >>> scoring = Scoring().weighing("growth", 50).judging("s1", "brand", 8, "tops our survey")
    >>> scoring.weight("growth"), scoring.scores["s1"]["brand"], Scoring.from_json(scoring.to_json()) == scoring
    (50.0, 8.0, True)
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    knock_outs: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] | None = None
    not_now: Mapping[str, str] = field(default_factory=dict)

    def weight(self, criterion: str) -> float:
        """Return the weight of a criterion."""
        return self.weights.get(criterion, CRITERIA[criterion].weight)

    def weighing(self, criterion: str, weight: float) -> Self:
        """Return the scoring with another weight, from 0 to 100."""
        self._known(criterion)
        if not 0 <= weight <= MOST_WEIGHT:
            raise PrioritiesError(f"Found a weight of {weight:g}; expected a number from 0 to {MOST_WEIGHT:g}.")
        return replace(self, weights={**self.weights, criterion: float(weight)})

    def judging(self, segment: str, criterion: str, score: float | None, note: str = "") -> Self:
        """Return the scoring with a judgement and its reason; None takes the judgement back.

        Raises
        ------
        PrioritiesError
            When the criterion is unknown or the score is not from 1 to 10.
        """
        self._known(criterion)
        if score is not None and not LOWEST <= score <= HIGHEST:
            raise PrioritiesError(f"Found a score of {score:g}; expected a number from {LOWEST:g} to {HIGHEST:g}.")
        judged = None if score is None else float(score)
        return replace(
            self,
            scores=_with(self.scores, segment, criterion, judged),
            notes=_with(self.notes, segment, criterion, note or None),
        )

    def knocking_out(self, segment: str, reason: str) -> Self:
        """Return the scoring with a segment out for a reason; an empty reason takes it back in."""
        kept = {name: why for name, why in self.knock_outs.items() if name != segment}
        return replace(self, knock_outs={**kept, segment: reason} if reason else kept)

    def choosing(self, targets: tuple[str, ...] | None) -> Self:
        """Return the scoring with other targets; None follows the scores."""
        return replace(self, targets=targets)

    def putting_off(self, segment: str, reason: str) -> Self:
        """Return the scoring with a reason why a segment is not now; an empty one takes it back."""
        kept = {name: why for name, why in self.not_now.items() if name != segment}
        return replace(self, not_now={**kept, segment: reason} if reason else kept)

    def to_json(self) -> str:
        """Return the scoring as JSON, the same for the same scoring."""
        kept = _Kept(
            weights=dict(self.weights),
            scores={name: dict(given) for name, given in self.scores.items()},
            notes={name: dict(given) for name, given in self.notes.items()},
            knock_outs=dict(self.knock_outs),
            targets=None if self.targets is None else list(self.targets),
            not_now=dict(self.not_now),
        )
        return json.dumps(kept.model_dump(), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return a scoring that was kept.

        Criteria this version does not know are left out: they came from a later one.

        Raises
        ------
        PrioritiesError
            When the text is no scoring.
        """
        try:
            kept = _Kept.model_validate_json(text)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"]) or "the text"
            raise PrioritiesError(f"This is no scoring: {where}: {problem['msg']}.") from None
        return cls(
            weights={name: weight for name, weight in kept.weights.items() if name in CRITERIA},
            scores={name: _known_only(given) for name, given in kept.scores.items() if _known_only(given)},
            notes={name: _known_only(given) for name, given in kept.notes.items() if _known_only(given)},
            knock_outs=kept.knock_outs,
            targets=None if kept.targets is None else tuple(kept.targets),
            not_now=kept.not_now,
        )

    @staticmethod
    def _known(criterion: str) -> None:
        if criterion not in CRITERIA:
            raise PrioritiesError(f"There is no criterion '{criterion}'; there are {', '.join(CRITERIA)}.")


def _with(
    given: Mapping[str, Mapping[str, Given]], segment: str, criterion: str, value: Given | None
) -> dict[str, Mapping[str, Given]]:
    """Return what is given by segment and criterion with one changed, or taken away."""
    here = {name: kept for name, kept in given.get(segment, {}).items() if name != criterion}
    changed = {**given, segment: here if value is None else {**here, criterion: value}}
    return {name: kept for name, kept in changed.items() if kept}


def _known_only(given: Mapping[str, Given]) -> dict[str, Given]:
    return {name: value for name, value in given.items() if name in CRITERIA}
