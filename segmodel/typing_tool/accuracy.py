"""How often questions tell the segment of people they were not chosen on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from segmodel.intervals import wilson
from segmodel.progress import Progress
from segmodel.typing_tool.discriminant import Floats, Labels, Moments
from segmodel.typing_tool.questions import Design, Respondents
from segmodel.typing_tool.rules import Method, fit_rule
from segmodel.typing_tool.search import EXHAUSTIVE_UP_TO, best_sets

FOLDS, REPEATS = 5, 5
"""Of cross-validation: each respondent is held out once a repeat."""

UNSURE_BELOW = 0.6
"""An answer less probable than this is called unsure."""


@dataclass(frozen=True)
class SegmentAccuracy:
    """How well one segment is told.

    Attributes
    ----------
    segment : str
    recall : float
        Share of its respondents who are told to be in it.
    precision : float or None
        Share of those told to be in it who are; None where they are a small group.
    """

    segment: str
    recall: float
    precision: float | None


@dataclass(frozen=True)
class Accuracy:
    """How well questions tell segments, on respondents that neither chose them nor fitted the rule.

    Attributes
    ----------
    n : int
        Respondents.
    hit_rate, hit_rate_low, hit_rate_high : float
        Share put right, averaged over repeats, and its 95% interval (Wilson 1927) for so many respondents.
    balanced : float
        Mean recall of the segments.
    kappa : float
        Agreement beyond chance (Cohen 1960).
    segments : tuple of SegmentAccuracy
    unsure_share : float
        Share of respondents whose segment is less probable than `unsure_below`.
    sure_hit_rate : float or None
        Share put right of the others; None where they are a small group.
    unsure_below : float
    """

    n: int
    hit_rate: float
    hit_rate_low: float
    hit_rate_high: float
    balanced: float
    kappa: float
    segments: tuple[SegmentAccuracy, ...]
    unsure_share: float
    sure_hit_rate: float | None
    unsure_below: float

    @classmethod
    def of(
        cls,
        respondents: Respondents,
        told: Labels,
        probability: Floats,
        *,
        unsure_below: float = UNSURE_BELOW,
        minimum_group: int = 10,
    ) -> Accuracy:
        """Compare what was told with what is so.

        Parameters
        ----------
        respondents : Respondents
        told : ndarray of shape (repeats, n)
            Segments told, as places.
        probability : ndarray of shape (repeats, n)
            How probable each was said to be.
        unsure_below : float
        minimum_group : int
            The smallest group of which anything is said.
        """
        repeats, n = told.shape
        k = len(respondents.segments)
        truth = np.tile(respondents.labels, repeats)
        # respondents, averaged over the repeats: rows are so, columns are told
        table = np.bincount(truth * k + told.ravel(), minlength=k * k).reshape(k, k) / repeats
        right, is_so, is_told = np.diag(table), table.sum(axis=1), table.sum(axis=0)
        interval = wilson(np.array([right.sum()]), np.array([float(n)]))
        by_chance = float(is_so @ is_told) / n**2
        hit_rate = float(right.sum() / n)
        sure = (probability >= unsure_below).ravel()
        is_right = told.ravel() == truth
        segments = tuple(
            SegmentAccuracy(
                segment,
                float(right[place] / is_so[place]),
                float(right[place] / is_told[place]) if is_told[place] >= minimum_group else None,
            )
            for place, segment in enumerate(respondents.segments)
        )
        return cls(
            n=n,
            hit_rate=hit_rate,
            hit_rate_low=float(interval.low[0]),
            hit_rate_high=float(interval.high[0]),
            balanced=float((right / is_so).mean()),
            kappa=(hit_rate - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0,
            segments=segments,
            unsure_share=float(1 - sure.mean()),
            sure_hit_rate=float(is_right[sure].mean()) if sure.sum() >= minimum_group * repeats else None,
            unsure_below=unsure_below,
        )

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON, to three decimals."""
        record = asdict(self)
        record["segments"] = [
            {name: _coarse(value) for name, value in segment.items()} for segment in record["segments"]
        ]
        return {name: _coarse(value) for name, value in record.items()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Accuracy:
        """Read what `to_record` wrote; KeyError or TypeError when it is something else."""
        return cls(**{**record, "segments": tuple(SegmentAccuracy(**segment) for segment in record["segments"])})


@dataclass(frozen=True)
class Judged:
    """What cross-validation says of sets of questions of one size.

    Attributes
    ----------
    accuracy : Accuracy
    chosen : mapping of int to float
        How often each question was chosen, of the folds; those never chosen are left out.
    """

    accuracy: Accuracy
    chosen: Mapping[int, float]


def judge(
    respondents: Respondents,
    sizes: Iterable[int],
    *,
    method: Method = "lda",
    repeats: int = REPEATS,
    exhaustive_up_to: int = EXHAUSTIVE_UP_TO,
    unsure_below: float = UNSURE_BELOW,
    minimum_group: int = 10,
    seed: int = 0,
    progress: Progress,
) -> tuple[Mapping[int, Judged], Accuracy | None]:
    """Judge the best questions of each size, chosen anew inside every fold, and all questions together.

    Repeated stratified cross-validation: of each fold's respondents neither the choice of questions nor the rule
    knows anything. What comes out is what choosing like this is worth on new people; the questions chosen differ
    between folds, so that it is no figure of one set alone (Varma & Simon 2006 on nested cross-validation).

    Parameters
    ----------
    respondents : Respondents
        Each segment has `FOLDS` or more.
    sizes : iterable of int
        How many questions; sizes beyond the number there are are left out.
    method, repeats, exhaustive_up_to, unsure_below, minimum_group, seed
        How; see `best_sets`, `fit_rule` and `Accuracy`.
    progress : Progress
        Told of each fold; raises to stop.

    Returns
    -------
    mapping of int to Judged
        A size each.
    Accuracy or None
        Of all questions; None where there are too many for the respondents.
    """
    wanted = sorted({size for size in sizes if 1 <= size <= len(respondents.questions)})
    n = len(respondents)
    told = {size: np.zeros((repeats, n), dtype=np.intp) for size in (*wanted, 0)}
    probability = {size: np.zeros((repeats, n)) for size in (*wanted, 0)}
    counts = {size: np.zeros(len(respondents.questions)) for size in wanted}
    design = Design.of(respondents.questions, respondents.answers)
    has_all = design.matrix.shape[1] < n * (FOLDS - 1) // FOLDS - len(respondents.segments)
    for turn, (repeat, train, test) in enumerate(_folds(respondents, repeats, seed)):
        progress("Choosing questions inside folds", turn / (repeats * FOLDS))
        fold = respondents.at(train)
        coded = Design(design.matrix[train], design.columns)
        moments = Moments.of(coded.filled(), fold.labels, len(fold.segments))
        sets = dict(best_sets(moments, design.columns, wanted, exhaustive_up_to))
        for size, chosen in sets.items():
            counts[size][list(chosen)] += 1
        if has_all:
            sets[0] = tuple(range(len(respondents.questions)))
        for size, chosen in sets.items():
            answers = respondents.answers.iloc[test]
            scores = fit_rule(method, fold.asked(chosen)).scores(answers)
            told[size][repeat, test] = scores.argmax(axis=1)
            probability[size][repeat, test] = 1 / np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1)
    of = {
        size: Accuracy.of(
            respondents, told[size], probability[size], unsure_below=unsure_below, minimum_group=minimum_group
        )
        for size in told
    }
    found = {size: Judged(of[size], _often(counts[size] / (repeats * FOLDS))) for size in wanted}
    return found, of[0] if has_all else None


def largest_share(respondents: Respondents) -> float:
    """Return the share put right by always telling the largest segment."""
    return float(respondents.sizes.max() / len(respondents))


def _folds(
    respondents: Respondents, repeats: int, seed: int
) -> Iterable[tuple[int, npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    for repeat in range(repeats):
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed + repeat)
        for train, test in folds.split(np.zeros(len(respondents)), respondents.labels):
            yield repeat, train, test


def _often(shares: Floats) -> Mapping[int, float]:
    return {place: float(share) for place, share in enumerate(shares) if share > 0}


def _coarse(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value
