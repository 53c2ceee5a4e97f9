"""What happened, as charts over time mark it: the definition's events, and what people decided here."""

from __future__ import annotations

import itertools
from pathlib import Path

from app import council, queries, versions
from app.selection import Context
from segmodel.charts import Event
from segmodel.errors import CouncilError

_DECIDED = {"promoted", "rolled back"}


def events_of(context: Context) -> tuple[Event, ...]:
    """Return events in order, one a month: of the definition, versions taken into use, priorities that were saved."""
    folder, segmentation = Path(context.key.folder), context.selection.segmentation
    found = set(queries.events(context.key))
    for step in versions.steps(folder, segmentation):
        if step.action in _DECIDED:
            found.add(Event(step.at.date(), f"{step.version} in use"))
    try:
        saved = council.scorings(folder, segmentation)
    except CouncilError:  # Priorities says so; a chart is no place to
        saved = ()
    found |= {Event(each.saved_at.date(), "priorities saved") for each in saved}
    ordered = sorted(found, key=lambda event: (event.at, event.label))
    # charts go by the month, and two labels in one would lie on each other
    months = itertools.groupby(ordered, key=lambda event: (event.at.year, event.at.month))
    together = [list(each) for _, each in months]
    return tuple(Event(each[0].at, ", ".join(dict.fromkeys(event.label for event in each))) for each in together)
