"""What Home says of drift: how many segments still fit, and the one to review."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import queries
from app.parts.text import plain
from app.selection import Context
from segmodel.metrics import drift_findings
from segmodel.metrics.findings import Step

_HELP = (
    "A segment still fits while nothing about it moved further than noise and by more than a size that matters, since "
    "the customers it was found in. Page Drift has the evidence."
)
_STEPS = 3


def tile(context: Context) -> None:
    """Show how many segments are still what was found, with the way to page Drift."""
    _, verdicts, _ = queries.drift(context.key, context.selection.segmentation)
    figure, remark = drift_findings.drift_line(verdicts)
    with st.container(border=True, height="stretch", gap="small"):
        st.metric("Segments still fit", plain(figure), plain(remark), delta_color="off", delta_arrow="off", help=_HELP)
        st.page_link(
            "views/drift.py",
            label="See the drift",
            icon=":material/arrow_forward:",
            query_params=context.selection.parameters(),
        )


def before(context: Context, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return what to do next, led by the segment that no longer fits where there is one."""
    _, verdicts, reasons = queries.drift(context.key, context.selection.segmentation)
    step = drift_findings.home_drift_step(verdicts, reasons)
    return tuple(steps) if step is None else (step, *steps)[:_STEPS]
