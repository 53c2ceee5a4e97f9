"""Briefs of segments: drafted from facts, edited by people, held against the facts, and written as files."""

from __future__ import annotations

from segmodel.reports.briefs.facts import brief_facts
from segmodel.reports.briefs.files import BRIEF_FILES, BriefFile, brief_file
from segmodel.reports.briefs.told import ToldBrief, brief_sheet, brief_title, newest_brief, tell_brief

__all__ = [
    "BRIEF_FILES",
    "BriefFile",
    "ToldBrief",
    "brief_facts",
    "brief_file",
    "brief_sheet",
    "brief_title",
    "newest_brief",
    "tell_brief",
]
