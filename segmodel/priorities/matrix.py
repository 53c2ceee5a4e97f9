"""The matrix: where segments stand, how far other weights would move them, and whether the choice holds."""

from __future__ import annotations

import itertools
import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.priorities.criteria import AXES, CRITERIA, Criterion
from segmodel.priorities.scoring import Scoring

Floats = npt.NDArray[np.float64]

SHIFT = 0.2
"""By how much of itself every weight may move, for the ranges."""

DRAWN = 0.5
"""Weights are drawn evenly between half and one and a half times what was set, for how often a choice holds."""

DRAWS = 2_000
MOST_CORNERS = 4_096
FEWEST, MOST = 2, 4
"""Segments to win."""

WIN_FROM = 5.5
"""The middle of both scales: the quadrant to win begins there."""


@dataclass(frozen=True)
class Matrix:
    """Segments scored.

    Attributes
    ----------
    rows : DataFrame
        One row a segment, in the order of the segmentation: `segment`, `name`, `colour`, `value_share`;
        `attractiveness` and `ability` with `_low` and `_high` when every weight moves by a fifth; `score`, the mean of
        the two (of the one there is); `rank` among those not knocked out, with `rank_low` (best) and `rank_high`
        (worst); `stays`, share of drawn weightings in which it is among as many segments of the highest score as there
        are targets; `is_chosen`; `knocked_out`, the reason or ''; `missing`, criteria with a weight that nobody scored,
        in words.
    scores : DataFrame
        Scores by segment (rows) and criterion (columns), NaN where there is none.
    holds : float
        Share of drawn weightings in which the scores put exactly the targets first; NaN without targets or scores.
    """

    rows: pd.DataFrame
    scores: pd.DataFrame
    holds: float

    @property
    def targets(self) -> tuple[str, ...]:
        """Ids of the segments to win."""
        return tuple(self.rows.loc[self.rows["is_chosen"], "segment"])


def priority_matrix(scoring: Scoring, facts: pd.DataFrame) -> Matrix:
    """Score every segment: on each axis Σ weight·score ÷ Σ weight over the criteria it has a score for.

    A criterion without a score is left out of that segment's mean, never counted as nought. Ranges are the least and
    most over all corners of the weights moved by a fifth (a random 4,096 of them where there are more), so that no
    combination of such moves goes further. `stays` and `holds` come from 2,000 drawn weightings, always the same ones.

    Parameters
    ----------
    scoring : Scoring
    facts : DataFrame
        Of `segment_facts`.
    """
    scores = segment_scores(scoring, facts)
    # what nobody scored has no say, and so nothing to vary
    weights = np.array([scoring.weight(name) * float(scores[name].notna().any()) for name in CRITERIA])
    out = np.array([segment in scoring.knock_outs for segment in facts["segment"]], dtype=bool)
    now = _axes(scores.to_numpy(), weights[None, :])
    corners = _axes(scores.to_numpy(), _corners(weights))
    total = _total(now)[0]
    targets = _targets(scoring, facts, total, now[:, 0, :], out)
    drawn = _total(_axes(scores.to_numpy(), _drawn(weights)))
    first = _first(drawn, int(targets.sum()), out)
    rows = facts[["segment", "name", "colour", "value_share"]].reset_index(drop=True)
    for place, axis in enumerate(AXES):
        rows[axis] = now[place, 0]
        rows[f"{axis}_low"], rows[f"{axis}_high"] = corners[place].min(axis=0), corners[place].max(axis=0)
    is_known = np.isfinite(total)
    # whoever is knocked out is no competitor either
    in_play = np.where(out, np.nan, 1.0)
    ranks = _ranks(_total(corners) * in_play)
    has_rank = is_known & ~out
    return Matrix(
        rows.assign(
            score=total,
            rank=np.where(has_rank, _ranks(total[None, :] * in_play)[0], np.nan),
            rank_low=np.where(has_rank, ranks.min(axis=0), np.nan),
            rank_high=np.where(has_rank, ranks.max(axis=0), np.nan),
            stays=np.where(has_rank & targets.any(), first.mean(axis=0), np.nan),
            is_chosen=targets,
            knocked_out=[scoring.knock_outs.get(segment, "") for segment in facts["segment"]],
            missing=_missing(scores, scoring),
        ),
        scores,
        float((first == targets).all(axis=1).mean()) if targets.any() and is_known.any() else float("nan"),
    )


def evidence(facts: pd.DataFrame, matrix: Matrix) -> str:
    """Return what was measured and what came out as JSON, to be kept beside a scoring: builds go, decisions stay.

    Parameters
    ----------
    facts : DataFrame
        Of `segment_facts`.
    matrix : Matrix
        Made from them.

    Returns
    -------
    str
        `facts` and `matrix`, a record a segment, and `holds`; what is not known is null.
    """
    return json.dumps(
        {
            "facts": json.loads(facts.to_json(orient="records")),
            "matrix": json.loads(matrix.rows.to_json(orient="records")),
            "holds": matrix.holds if np.isfinite(matrix.holds) else None,
        },
        allow_nan=False,
    )


def segment_scores(scoring: Scoring, facts: pd.DataFrame) -> pd.DataFrame:
    """Return scores by segment and criterion: what people judged, else what is measured, else NaN."""
    rows = facts.to_dict("records")
    columns = {name: [_score(scoring, row, criterion) for row in rows] for name, criterion in CRITERIA.items()}
    return pd.DataFrame(columns, index=pd.Index(facts["segment"], name="segment"), dtype="float64")


def _score(scoring: Scoring, row: Mapping[Hashable, Any], criterion: Criterion) -> float:
    judged = scoring.scores.get(str(row["segment"]), {}).get(criterion.name)
    if judged is not None:
        return judged
    return criterion.scored(float(row[criterion.measure])) if criterion.is_measured else float("nan")


def _axes(scores: Floats, weights: Floats) -> npt.NDArray[np.float64]:
    """Return the mean score on each axis, shape (axes, weightings, segments); NaN where nothing counts."""
    found = np.empty((len(AXES), len(weights), len(scores)))
    has_score = np.isfinite(scores)
    filled = np.where(has_score, scores, 0.0)
    for place, axis in enumerate(AXES):
        here = np.array([criterion.axis == axis for criterion in CRITERIA.values()])
        counted = weights[:, here] @ has_score[:, here].T
        total = weights[:, here] @ filled[:, here].T
        found[place] = np.divide(total, counted, out=np.full_like(total, np.nan), where=counted > 0)
    return found


def _total(axes: npt.NDArray[np.float64]) -> Floats:
    """Return the mean of both axes, or the one there is, shape (weightings, segments)."""
    known = np.isfinite(axes)
    count = known.sum(axis=0)
    total = np.where(known, axes, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0))


def _corners(weights: Floats) -> Floats:
    moving = np.flatnonzero(weights > 0)
    count = 2 ** len(moving)
    found = np.repeat(weights[None, :], min(count, MOST_CORNERS), axis=0)
    if count <= MOST_CORNERS:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(moving)))).reshape(count, len(moving))
    else:
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(MOST_CORNERS, len(moving)))
    found[:, moving] *= 1 + SHIFT * signs
    return found


def _drawn(weights: Floats) -> Floats:
    random = np.random.default_rng(0)
    return weights * random.uniform(1 - DRAWN, 1 + DRAWN, size=(DRAWS, len(weights)))


def _ranks(total: Floats) -> Floats:
    """Return ranks from 1, best first; those without a score come last."""
    filled = np.where(np.isfinite(total), total, -np.inf)
    # a tie that rounding breaks is one all the same
    better = filled[:, None, :] > filled[:, :, None] + 1e-9
    return np.asarray(better.sum(axis=2) + 1.0)


def _first(total: Floats, count: int, out: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which segments are the first `count` in each weighting, none that is knocked out."""
    filled = np.where(np.isfinite(total) & ~out, total, -np.inf)
    order = np.argsort(-filled, axis=1, kind="stable")
    first = np.zeros(total.shape, dtype=bool)
    np.put_along_axis(first, order[:, :count], values=True, axis=1)
    return first & np.isfinite(filled)


def _targets(
    scoring: Scoring, facts: pd.DataFrame, total: Floats, axes: Floats, out: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return which segments are to be won: those people chose, else those the scores suggest."""
    if scoring.targets is not None:
        return np.isin(facts["segment"].to_numpy(), list(scoring.targets)) & ~out
    order = [
        place for place in np.argsort(-np.nan_to_num(total, nan=-np.inf), kind="stable") if np.isfinite(total[place])
    ]
    able = [place for place in order if not out[place]]
    # where an axis is not scored at all it speaks neither for nor against
    wins = [place for place in able if (np.nan_to_num(axes[:, place], nan=WIN_FROM) >= WIN_FROM).all()]
    # a fourth is for people to ask for: it comes with a warning
    chosen = wins[: MOST - 1] if len(wins) >= FEWEST else able[:FEWEST]
    return np.isin(np.arange(len(facts)), chosen)


def _missing(scores: pd.DataFrame, scoring: Scoring) -> list[str]:
    weighed = [name for name in CRITERIA if scoring.weight(name) > 0]
    return [", ".join(CRITERIA[name].label for name in weighed if np.isnan(row[name])) for _, row in scores.iterrows()]
