"""A scorecard on survey answers, and a second one for customers who gave none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.engines import identifier, render
from segmodel.errors import ScorecardError
from segmodel.scorecard.card import Scorecard

SURVEY, BRIDGE = "survey", "bridge"


@dataclass(frozen=True)
class Respondents:
    """Who counts as having answered: whoever answered half of the items, or more.

    Attributes
    ----------
    items : tuple of str
        The items of the survey a scorecard uses.
    straight_liner_columns : tuple of str
        Columns that mark who gave one answer throughout, and so does not count; none where they do.

    Examples
    --------
    >>> Respondents(("taste", "price")).mask(pd.DataFrame({"taste": [5, None], "price": [None, None]})).tolist()
    [True, False]
    """

    items: tuple[str, ...]
    straight_liner_columns: tuple[str, ...] = ()

    def mask(self, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return who answered, a row each; without a column of straight-liners, nobody is one.

        Raises
        ------
        ScorecardError
            When such a column does not hold yes and no.
        """
        answered: npt.NDArray[np.bool_] = (
            2 * frame[list(self.items)].notna().sum(axis=1) >= len(self.items)
        ).to_numpy()
        for column in self.straight_liner_columns:
            if column in frame.columns:
                answered = answered & ~_yes(frame[column])
        return answered

    def condition(self) -> str:
        """Return the same as an SQL condition, which is never NULL."""
        answered = " + ".join(f"CASE WHEN {identifier(item)} IS NULL THEN 0 ELSE 1 END" for item in self.items)
        marks = "".join(f" AND NOT coalesce({column}, FALSE)" for column in self.straight_liner_columns)
        return f"2 * ({answered}) >= {len(self.items)}{marks}"

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON."""
        return {"items": list(self.items), "straight_liner_columns": list(self.straight_liner_columns)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Respondents:
        """Read what `to_record` wrote; KeyError when it is something else."""
        return cls(*(tuple(str(name) for name in record[part]) for part in ("items", "straight_liner_columns")))


def _yes(marks: pd.Series[Any]) -> npt.NDArray[np.bool_]:
    """Return which marks say yes; who was not asked is missing, and so no."""
    try:
        return marks.astype("boolean").fillna(False).to_numpy(dtype=bool)
    except (TypeError, ValueError):
        found = marks.dropna().astype(str).iloc[0][:40]
        raise ScorecardError(f"Column {marks.name} holds '{found}', expected true or false.") from None


@dataclass(frozen=True)
class BridgedScorecard:
    """Respondents are scored by their answers, all others by what is known of every customer, where that tells.

    Attributes
    ----------
    survey : Scorecard
        For respondents.
    respondents : Respondents
        Who they are.
    bridge : Scorecard or None
        For the others, with the same segments; None where their segment cannot be told.
    """

    survey: Scorecard
    respondents: Respondents
    bridge: Scorecard | None = None

    def __post_init__(self) -> None:
        if self.bridge is not None and self.bridge.segments != self.survey.segments:
            raise ScorecardError(
                f"The bridge tells segments {self.bridge.segments}, the survey {self.survey.segments}."
            )

    @property
    def features(self) -> tuple[str, ...]:
        """The features that must be known to score respondents and the others."""
        return tuple(dict.fromkeys((*self.survey.features, *(self.bridge.features if self.bridge else ()))))

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return segment, probability, runner-up and `assigned_by` (survey or bridge), aligned with the frame's index.

        Whose segment cannot be told has None in all of them, and NaN for the probability.
        """
        answered = self.respondents.mask(frame)
        parts = [self.survey.predict(frame[answered]).assign(assigned_by=SURVEY)]
        if self.bridge is not None:
            parts.append(self.bridge.predict(frame[~answered]).assign(assigned_by=BRIDGE))
        found = pd.concat([part.astype({"assigned_by": object}) for part in parts]).reindex(frame.index)
        words = found.select_dtypes(exclude="number").columns
        return found.assign(**{name: found[name].where(found[name].notna(), None) for name in words})

    def explain(self, row: Mapping[str, Any]) -> pd.DataFrame:
        """Return why one customer scores as they do, by the scorecard that places them; see `Scorecard.explain`.

        Raises
        ------
        ScorecardError
            When the customer's segment cannot be told.
        """
        answered = bool(self.respondents.mask(pd.DataFrame([dict(row)]))[0])
        card = self.survey if answered else self.bridge
        if card is None:
            raise ScorecardError("This customer answered too little, and nothing else tells their segment.")
        return card.explain(row)

    def to_sql(
        self,
        relation: str = "customer_features",
        keys: tuple[str, ...] = ("snapshot", "customer_id"),
        dialect: str = "duckdb",
    ) -> str:
        """Return a SELECT of the keys, segment, probability, runner_up and assigned_by; see `Scorecard.to_sql`.

        Whose segment cannot be told has no row.
        """
        kept = ", ".join(map(identifier, (*keys, "segment", "probability", "runner_up")))
        scored = [(self.survey, SURVEY, "respondents", self.respondents.condition())]
        if self.bridge is not None:
            scored.append((self.bridge, BRIDGE, "others", f"NOT ({self.respondents.condition()})"))
        rows = ",\n".join(f"{name} AS (SELECT * FROM {identifier(relation)} WHERE {who})" for _, _, name, who in scored)
        parts = "\nUNION ALL\n".join(
            f"SELECT {kept}, '{how}' AS assigned_by FROM (\n{card.to_sql(name, keys)}) AS by_{how}"
            for card, how, name, _ in scored
        )
        told = "-- Respondents are scored by their answers, others by what is known of every customer."
        text = f"{told}\nWITH {rows}\n{parts}\n"
        return render(text, dialect).rstrip() + "\n"
