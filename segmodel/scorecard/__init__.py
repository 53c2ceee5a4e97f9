"""The deployable form of every segmentation: an additive scorecard, the same in Python and in SQL."""

from __future__ import annotations

from segmodel.scorecard.answers import AnswerTerm
from segmodel.scorecard.assign import assign, prepare_scoring
from segmodel.scorecard.axis import Axis
from segmodel.scorecard.bridged import BRIDGE, SURVEY, BridgedScorecard, Respondents
from segmodel.scorecard.card import Scorecard
from segmodel.scorecard.preparation import Preparation
from segmodel.scorecard.terms import CategoryTerm, CellTerm, NumericTerm, Term

__all__ = [
    "BRIDGE",
    "SURVEY",
    "AnswerTerm",
    "Axis",
    "BridgedScorecard",
    "CategoryTerm",
    "CellTerm",
    "NumericTerm",
    "Preparation",
    "Respondents",
    "Scorecard",
    "Term",
    "assign",
    "prepare_scoring",
]
