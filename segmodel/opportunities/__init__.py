"""Opportunities: needs that matter and are not met, by segment, and market that is not ours yet."""

from __future__ import annotations

from segmodel.opportunities.answers import Item, Need, needs_asked
from segmodel.opportunities.market import white_space
from segmodel.opportunities.scores import Answers, opportunity
from segmodel.opportunities.store import category_table, need_table, store_opportunities

__all__ = [
    "Answers",
    "Item",
    "Need",
    "category_table",
    "need_table",
    "needs_asked",
    "opportunity",
    "store_opportunities",
    "white_space",
]
