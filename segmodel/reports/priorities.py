"""Priorities as a document people script against; its keys are described in docs/command-line.md."""

from __future__ import annotations

import math
from typing import Any

from segmodel.council import Council, SavedScoring
from segmodel.priorities import CRITERIA, Matrix, Scoring, finding, priority_matrix, reasons, segment_facts, warnings
from segmodel.store import PublishedBuild

_FIGURES = (
    "value_share", "attractiveness", "attractiveness_low", "attractiveness_high", "ability", "ability_low",
    "ability_high", "score", "rank", "rank_low", "rank_high", "stays",
)  # fmt: skip
_WHOLE = frozenset({"rank", "rank_low", "rank_high"})


def priorities_document(
    published: PublishedBuild, council: Council, segmentation: str | None = None, number: int | None = None
) -> dict[str, Any]:
    """Return a saved scoring on what is measured now, ready for JSON; what the scores suggest where none was saved.

    Parameters
    ----------
    published : PublishedBuild
    council : Council
    segmentation : str, optional
        Default: the primary one.
    number : int, optional
        Which saved version; default: the newest.

    Returns
    -------
    dict
        `build`, `as_of`, `segmentation`, `version` (of the model), `source` (`saved` or `suggested`), `scoring`
        (number, name, who, saved_at, based_on, build, version; null where none was saved), `finding`, `note`,
        `holds`, `targets`, `criteria`, `segments` and `warnings`; null where a number is not known.

    Raises
    ------
    StoreError
        When there is no such segmentation.
    CouncilError
        When there is no such version, or the council's record cannot be read.
    """
    listed = published.segmentations().set_index("name")
    name = segmentation or published.primary_segmentation()
    facts = segment_facts(published, name)
    saved = _saved(council, name, number)
    scoring = Scoring() if saved is None else Scoring.from_json(saved.content)
    matrix = priority_matrix(scoring, facts)
    version = str(listed.loc[name, "version"])
    return {
        "build": published.build_id,
        "as_of": str(published.info()["as_of"]),
        "segmentation": name,
        "version": version,
        "source": "suggested" if saved is None else "saved",
        "scoring": None if saved is None else _about(saved),
        "finding": finding(matrix),
        "note": scoring_note(saved, published.build_id, version),
        "holds": _number(matrix.holds),
        "targets": list(matrix.targets),
        "criteria": [
            {
                "name": criterion.name,
                "label": criterion.label,
                "axis": criterion.axis,
                "weight": scoring.weight(criterion.name),
                "is_measured": criterion.is_measured,
            }
            for criterion in CRITERIA.values()
        ],
        "segments": _segments(matrix, scoring),
        "warnings": list(warnings(matrix, scoring)),
    }


def _saved(council: Council, segmentation: str, number: int | None) -> SavedScoring | None:
    if number is not None:
        return council.scoring(segmentation, number)
    return next(iter(council.scorings(segmentation)), None)


def _about(saved: SavedScoring) -> dict[str, Any]:
    return {
        "number": saved.number,
        "name": saved.name,
        "who": saved.who,
        "saved_at": f"{saved.saved_at:%Y-%m-%dT%H:%M:%SZ}",
        "based_on": saved.based_on,
        "build": saved.build_id,
        "version": saved.model_version,
    }


def scoring_note(saved: SavedScoring | None, build_id: str, version: str) -> str:
    """Say where numbers may differ from those the council saw.

    Parameters
    ----------
    saved : SavedScoring or None
        None where nobody has saved one.
    build_id, version : str
        The build shown, and the version of the segmentation in it.
    """
    if saved is None:
        return "Nobody has saved a scoring yet: this is what the measured criteria suggest at their usual weights."
    if saved.model_version != version:
        return (
            f"Saved on version {saved.model_version} of the segmentation; version {version} is published now, so the "
            "segments may hold other people. Look at the scoring again."
        )
    if saved.build_id != build_id:
        return f"Saved on build {saved.build_id}; measured criteria are those of build {build_id}, so ranks may differ."
    return ""


def _segments(matrix: Matrix, scoring: Scoring) -> list[dict[str, Any]]:
    why = reasons(matrix, scoring)
    return [
        {
            "id": row["segment"],
            "name": row["name"],
            **{figure: _number(row[figure], is_whole=figure in _WHOLE) for figure in _FIGURES},
            "is_chosen": bool(row["is_chosen"]),
            "knocked_out": row["knocked_out"],
            "not_now": "" if row["knocked_out"] else why.get(str(row["segment"]), ""),
            "scores": {name: _number(matrix.scores.loc[row["segment"], name]) for name in CRITERIA},
        }
        for row in matrix.rows.to_dict("records")
    ]


def _number(value: Any, *, is_whole: bool = False) -> float | int | None:
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if is_whole else round(number, 4)
