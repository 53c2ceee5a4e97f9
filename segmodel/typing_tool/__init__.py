"""The typing tool: the fewest questions that tell the segment, and how well they do on people not seen."""

from __future__ import annotations

from segmodel.typing_tool import findings
from segmodel.typing_tool.accuracy import Accuracy, SegmentAccuracy, judge
from segmodel.typing_tool.answers import Source, read_answers, read_cues
from segmodel.typing_tool.battery import SOURCES, Battery, Reason, Told
from segmodel.typing_tool.files import BatteryFiles
from segmodel.typing_tool.find import SIZES, Found, Settings, batteries_of, find_batteries
from segmodel.typing_tool.questionnaire import Questionnaire, questionnaire
from segmodel.typing_tool.questions import Question, Respondents
from segmodel.typing_tool.quotas import Quotas, quotas
from segmodel.typing_tool.rules import METHODS, Rule, fit_rule
from segmodel.typing_tool.score import ScoredFile, score_answers
from segmodel.typing_tool.search import best_sets

__all__ = [
    "METHODS",
    "SIZES",
    "SOURCES",
    "Accuracy",
    "Battery",
    "BatteryFiles",
    "Found",
    "Question",
    "Questionnaire",
    "Quotas",
    "Reason",
    "Respondents",
    "Rule",
    "ScoredFile",
    "SegmentAccuracy",
    "Settings",
    "Source",
    "Told",
    "batteries_of",
    "best_sets",
    "find_batteries",
    "findings",
    "fit_rule",
    "judge",
    "questionnaire",
    "quotas",
    "read_answers",
    "read_cues",
    "score_answers",
]
