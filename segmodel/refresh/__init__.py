"""Keeping a workspace up to date: what is new, which snapshots it touches, and which stand."""

from __future__ import annotations

from segmodel.refresh.earlier import Earlier, read_earlier, store_basis
from segmodel.refresh.news import News, find_news, is_settled
from segmodel.refresh.report import RefreshReport
from segmodel.refresh.standing import NothingNewError, Standing, WholeBuildError, find_standing, refuse_other_versions
from segmodel.refresh.start import Start

__all__ = [
    "Earlier",
    "News",
    "NothingNewError",
    "RefreshReport",
    "Standing",
    "Start",
    "WholeBuildError",
    "find_news",
    "find_standing",
    "is_settled",
    "read_earlier",
    "refuse_other_versions",
    "store_basis",
]
