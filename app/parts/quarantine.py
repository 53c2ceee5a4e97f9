"""What was left out and why, with example rows for those who may see them."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from app import queries
from app.access import Role
from app.parts.finding import section_title
from app.parts.number_table import number_table
from app.selection import Context


def quarantine(context: Context) -> None:
    """Show the reasons, most rows first; example rows are read only when opened."""
    reasons = queries.quarantine_reasons(context.key)
    if reasons.empty:
        section_title("Nothing is in quarantine")
        return
    top = reasons.iloc[0]
    section_title(f"Most common reason in quarantine: {str(top['reason']).rstrip('.')}")
    shown = pd.DataFrame(
        {
            "Table": reasons["table_name"],
            "Rule": reasons["rule"].str.replace("_", " "),
            "Reason": reasons["reason"],
            "Rows": reasons["rows"],
        }
    )
    number_table(shown, "Reasons for quarantine")
    if not context.user.may(Role.STEWARD):
        return
    behind = st.expander("Example rows", key="quarantine_examples", on_change="rerun", type="compact")
    if behind.open:
        with behind:
            _examples(context, reasons)


def _examples(context: Context, reasons: pd.DataFrame) -> None:
    pairs = list(reasons[["table_name", "rule"]].itertuples(index=False, name=None))
    chosen = st.selectbox(
        "Rule", range(len(pairs)), format_func=lambda place: " · ".join(pairs[place]).replace("_", " "), key="rule"
    )
    examples = queries.quarantine_examples(context.key, *pairs[chosen or 0])
    rows = pd.DataFrame([_cells(content) for content in examples["content"]])
    where = examples[["source", "row_number"]].rename(columns={"source": "Source", "row_number": "Row"})
    st.dataframe(pd.concat([where, rows], axis=1), hide_index=True, alt="Rows in quarantine as they came")


def _cells(content: str) -> dict[str, str]:
    """Return a raw row as text by column; a row that is not an object is shown whole."""
    parsed = json.loads(content)
    if not isinstance(parsed, dict):
        return {"content": str(parsed)}
    return {str(name): "" if value is None else str(value) for name, value in parsed.items()}
