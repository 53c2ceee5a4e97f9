"""Data: where it comes from, whether every row is accounted for, what was left out, and your own file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import queries, selection
from app.access import Role
from app.parts import tables
from app.parts.build_list import build_list
from app.parts.download_bar import download_bar
from app.parts.finding import section_title
from app.parts.number_table import number_table
from app.parts.quarantine import quarantine
from app.parts.removal import removal
from app.parts.text import plain
from app.parts.upload import upload
from segmodel import formats
from segmodel.metrics import findings

PAGE = {"group": "Keep alive", "title": "Data", "icon": "database", "order": 4}

context = selection.context()
about = context.about
reconciliation = queries.reconciliation(context.key)
totals = queries.transaction_totals(context.key)

built = f"built {formats.moment(about.built_at)} UTC"
st.caption(plain(f"{about.name} · build {context.key.build_id} · {built} · data to {formats.day(about.as_of)}"))
st.title(plain(findings.data_finding(reconciliation)), anchor=False)

section_title("Every row that was read is in a table or in quarantine")
number_table(tables.reconciliation(reconciliation), "Rows read, accepted and quarantined by table")
if reconciliation["table_name"].duplicated().any():
    behind = st.expander("Each file", key="each_file", on_change="rerun", type="compact")
    if behind.open:
        with behind:
            number_table(tables.reconciliation_by_source(reconciliation), "Rows by file")
for source, note in reconciliation.loc[reconciliation["note"].notna(), ["source", "note"]].itertuples(index=False):
    st.caption(plain(f"{source}: {note}"))
with st.grid(5, min_column_width=140, gap="small"):
    for label, value, help_text in tables.totals(totals, about):
        st.metric(label, plain(value), help=plain(help_text), border=True, height="stretch")

quarantine(context)

if context.user.may(Role.STEWARD):
    build_list(Path(context.key.folder))

download_bar(context, "Data", tables.reconciliation_by_source(reconciliation), None)

if context.user.may(Role.ANALYST):
    section_title("Bring your own file")
    upload()

removal(Path(context.key.folder), context.user)
