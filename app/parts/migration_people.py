"""People moved apart from rules changed, and the list of who moved for those who may have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import queries
from app.access import Role
from app.parts.download_bar import provenance
from app.parts.text import plain
from app.selection import Context
from segmodel.drift import Flows
from segmodel.metrics import migration_findings as findings
from segmodel.reports import to_csv


def rules(flows: Flows, step: Mapping[str, Any], currency: str) -> None:
    """Say what moved people and what moved names only."""
    changed = findings.rules_finding(step, currency)
    if not changed:
        st.caption("All dates are scored by the same version: who moved here did something else than before.")
        return
    st.info(plain(f"{changed} {findings.apart_sentence(flows, step)}"), icon=":material/rule:")


def movers(context: Context, flows: Flows) -> None:
    """Offer the list of who moved to analysts and above: ids, segments and value, no contact data."""
    if not context.user.may(Role.ANALYST):
        return
    key, name = context.key, context.selection.segmentation
    content = f"Who moved since {flows.before}"
    parts = [flows.totals[name] for name in ("moved", "new", "lost")]
    listed = None if None in parts else sum(part or 0 for part in parts)
    origin = provenance(context, content, listed)
    st.download_button(
        "Who moved, as CSV",
        data=lambda: to_csv(queries.movers(key, name, flows.before, flows.after), origin),
        file_name=f"who-moved-{flows.before}-{flows.after}.csv",
        mime="text/csv",
        icon=":material/group:",
        on_click="ignore",
        key="csv_movers",
    )
