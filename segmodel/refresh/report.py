"""What a refresh did, for people and for programs."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmodel.clustering import ModelVersion
from segmodel.formats import counted, listed
from segmodel.refresh.news import News
from segmodel.sources import TableReport


@dataclass(frozen=True)
class RefreshReport:
    """What a refresh did.

    Attributes
    ----------
    build_id : str
        The build that is published now.
    as_of : date
        Its latest snapshot.
    is_new : bool
        Whether this refresh published it; False where nothing was new.
    why_whole : str
        Why everything was made anew; empty where only what changed was.
    news : News
        What was found to be new; empty where there was nothing to compare with.
    computed, taken_over : tuple of date
        Snapshots that were computed, and those of the build before that stand; oldest first.
    tables : tuple of TableReport
        What became of the rows of every table; empty where nothing was new.
    models : tuple of ModelVersion
        The version behind each segmentation; empty where nothing was new.
    fitted_anew : mapping of str to str
        The segmentations fitted, each with the reason: only where everything was made anew.
    """

    build_id: str
    as_of: datetime.date
    is_new: bool
    why_whole: str
    news: News
    computed: tuple[datetime.date, ...]
    taken_over: tuple[datetime.date, ...]
    tables: tuple[TableReport, ...]
    models: tuple[ModelVersion, ...]
    fitted_anew: Mapping[str, str]

    @classmethod
    def nothing_new(cls, build_id: str, as_of: datetime.date) -> RefreshReport:
        """Return the report of a refresh that published nothing."""
        return cls(build_id, as_of, False, "", News(), (), (), (), (), {})

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was done, for people."""
        if not self.is_new:
            return (f"Nothing is new. Build {self.build_id} stays published, as of {self.as_of}.",)
        said = [] if self.why_whole else list(self.news.sentences)
        if self.why_whole:
            said.append(f"Everything was built anew: {self.why_whole}")
        said.append(f"{_dates('Computed', self.computed)} {_dates('Taken over', self.taken_over)}".strip())
        said.append(f"Published build {self.build_id}, as of {self.as_of}.")
        return tuple(said)


_FEW = 4


def _dates(verb: str, days: Sequence[datetime.date]) -> str:
    if not days:
        return ""
    if len(days) <= _FEW:
        return f"{verb}: {counted(len(days), 'snapshot')}, {listed(map(str, days))}."
    return f"{verb}: {len(days)} snapshots, {days[0]} to {days[-1]}."
