"""From a segment to who is given out: what was lost at each step, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from segmodel.activation.holdout import held_out_sql
from segmodel.activation.request import AudienceRequest
from segmodel.formats import share

STEPS = {
    "segment": "In the segment",
    "conditions": "Meet the conditions",
    "certain": "Certain enough",
    "consented": "Consented",
    "allowed": "On no suppression list",
    "matchable": "With a match key",
    "not_held_out": "Not held out",
    "above_minimum": "Above the minimum",
}
"""The steps in their order, as people read them."""

_COLUMNS = {"value": "value", "risk": "churn_risk", "certainty": "probability", "recency": "days_since_last"}
_WORDS = {"value": "value", "risk": "churn risk", "certainty": "certainty", "recency": "days since the last purchase"}
_OPPOSITE = {">=": "below", "<=": "above", ">": "not above", "<": "not below"}


@dataclass(frozen=True)
class Loss:
    """One reason to lose customers: at which step, in words, and as SQL over `m` (members) and `k` (known)."""

    step: str
    reason: str
    sql: str


@dataclass(frozen=True)
class Step:
    """One step of a funnel: entered = kept + the sum of `lost`.

    Attributes
    ----------
    key, label : str
        See `STEPS`.
    entered, kept : int
        Customers.
    lost : tuple of (str, int)
        Reasons, each with the customers lost for it: for the first that holds.
    """

    key: str
    label: str
    entered: int
    kept: int
    lost: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Funnel:
    """The steps from a segment to who is given out.

    Attributes
    ----------
    steps : tuple of Step
        What one keeps the next one enters with.
    """

    steps: tuple[Step, ...]

    @property
    def given(self) -> int:
        """Customers given out."""
        return self.steps[-1].kept

    @property
    def in_segment(self) -> int:
        """Customers the funnel begins with."""
        return self.steps[0].entered

    @property
    def largest_loss(self) -> tuple[str, int]:
        """The reason most are lost for, and how many; nothing where nobody is."""
        losses = [loss for step in self.steps for loss in step.lost]
        return max(losses, key=lambda loss: loss[1], default=("", 0))

    def document(self) -> list[dict[str, Any]]:
        """Return it ready for JSON."""
        return [
            {
                "step": step.key,
                "label": step.label,
                "entered": step.entered,
                "kept": step.kept,
                "lost": dict(step.lost),
            }
            for step in self.steps
        ]


def losses(request: AudienceRequest) -> tuple[Loss, ...]:
    """Return every reason to lose a customer but the minimum, in the order they are asked."""
    found: list[Loss] = []
    for condition in request.conditions:
        column, words = f"m.{_COLUMNS[condition.measure]}", _WORDS[condition.measure]
        step = "certain" if condition.measure == "certainty" else "conditions"
        found.append(Loss(step, f"{words} is not known", f"{column} IS NULL"))
        limit = _limit(condition.measure, condition.limit)
        found.append(
            Loss(
                step,
                f"{words} {_OPPOSITE[condition.comparison]} {limit}",
                f"NOT ({column} {condition.comparison} {condition.limit!r})",
            )
        )
    certain = f"coalesce(m.probability, 0) < {request.certain_from!r}"
    found.append(Loss("certain", f"certainty below {share(request.certain_from)}", certain))
    found += [
        Loss("consented", "not among the customers any more", "k.customer_id IS NULL"),
        Loss("consented", "did not agree", "NOT k.agreed"),
        Loss("allowed", "on a suppression list", "k.suppressed"),
        Loss("matchable", "no match key given", "NOT k.given"),
        Loss("matchable", "no valid match key", "NOT k.valid"),
        Loss("matchable", "agreed, but not for the key they have", "NOT k.matchable"),
    ]
    if request.holdout:
        held = held_out_sql(request.holdout_seed, "m.customer_id", request.holdout)
        found.append(Loss("not_held_out", f"held out ({share(request.holdout)})", held))
    # the steps in their order, whatever order conditions were given in
    return tuple(sorted(found, key=lambda loss: list(STEPS).index(loss.step)))


def _limit(measure: str, limit: float) -> str:
    return share(limit) if measure in {"risk", "certainty"} else f"{limit:,.12g}"


def funnel_of(counts: dict[int | None, int], reasons: tuple[Loss, ...], minimum: int) -> Funnel:
    """Return the funnel from how many customers were lost for each reason (by its place; None: kept).

    Parameters
    ----------
    counts : dict
    reasons : tuple of Loss
    minimum : int
        Smaller audiences are given out to nobody.
    """
    entered = sum(counts.values())
    steps = [Step("segment", STEPS["segment"], entered, entered)]
    for key in list(STEPS)[1:-1]:
        lost = tuple(
            (loss.reason, counts[place])
            for place, loss in enumerate(reasons)
            if loss.step == key and counts.get(place, 0)
        )
        before = steps[-1].kept
        steps.append(Step(key, STEPS[key], before, before - sum(count for _, count in lost), lost))
    left = steps[-1].kept
    few = ((f"left, below the minimum of {minimum:,}", left),) if 0 < left < minimum else ()
    steps.append(Step("above_minimum", STEPS["above_minimum"], left, 0 if few else left, few))
    return Funnel(tuple(steps))
