"""Which two to four segments to win: criteria, the matrix, how far the choice holds, and what a council should hear."""

from __future__ import annotations

from segmodel.priorities.advice import Difference, compare, finding, reasons, warnings
from segmodel.priorities.criteria import AXES, CRITERIA, KNOCK_OUTS, Criterion
from segmodel.priorities.facts import segment_facts
from segmodel.priorities.matrix import FEWEST, MOST, Matrix, evidence, priority_matrix, segment_scores
from segmodel.priorities.scoring import Scoring

__all__ = [
    "AXES",
    "CRITERIA",
    "FEWEST",
    "KNOCK_OUTS",
    "MOST",
    "Criterion",
    "Difference",
    "Matrix",
    "Scoring",
    "compare",
    "evidence",
    "finding",
    "priority_matrix",
    "reasons",
    "segment_facts",
    "segment_scores",
    "warnings",
]
