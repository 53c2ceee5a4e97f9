"""Ways out of an audience: a file, targets, SQL, the command line, the typing tool; and the log of what went where."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from app import audiences, queries
from app.access import Role
from app.audiences import Exported
from app.parts.api_tokens import api_tab
from app.parts.finding import section_title
from app.parts.number_table import number_table
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.activation import AudienceRequest, Funnel
from segmodel.council import ActivationEntry
from segmodel.definition import Activation
from segmodel.engines import DIALECTS
from segmodel.errors import SegmodelError

_MADE, _SYNCED = "audience_made", "audience_synced"
_ENDINGS = {"csv": "CSV", "csv.gz": "CSV, compressed", "parquet": "Parquet"}

_KEYS = {"google": "Hashed for Google", "meta": "Hashed for Meta", "plain": "Plain", "none": "None"}


def ways_out(context: Context, request: AudienceRequest, found: Funnel, activation: Activation) -> None:
    """Show the ways out as tabs; only the one that is open runs."""
    names = ("File", "Targets", "SQL", "API", "Command line", "Typing tool")
    bodies = (
        lambda: _file(context, request, found),
        lambda: _targets(context, activation),
        lambda: _sql(context),
        lambda: api_tab(context),
        lambda: _command_line(context, request, activation),
        _typing_tool,
    )
    for tab, body in zip(st.tabs(names, key="audience_ways", on_change="rerun"), bodies, strict=True):
        if tab.open:
            with tab:
                body()


def _file(context: Context, request: AudienceRequest, found: Funnel) -> None:
    """Make a file, and give it out."""
    if not context.user.may(Role.STEWARD):
        st.caption("Stewards can take a file of these customers here.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ending = st.selectbox(
            "Format", list(_ENDINGS), key="audience_ending", format_func=_ENDINGS.__getitem__, width=200
        )
        keys = st.selectbox("Match keys", list(_KEYS), key="audience_keys", format_func=_KEYS.__getitem__, width=220)
        wanted = request.with_keys(str(keys))
        st.button(
            "Export",
            icon=":material/ios_share:",
            key="audience_export",
            disabled=not found.given,
            on_click=_export,
            args=(context, wanted, ending),
        )
    st.caption(
        "Consent, suppression and keys are read again when the file is made. It comes as a zip with a manifest: "
        "definition, version, hash, counts, who, when and expiry. The log keeps a line of it."
    )
    _made(st.session_state.get(_MADE, {}).get((context.key, wanted, ending)))


def _made(made: Exported | SegmodelError | None) -> None:
    """Show what came of the last export, as long as the same is asked for."""
    if isinstance(made, SegmodelError):
        st.error(plain(made), icon=":material/error:")
    elif made is not None:
        st.success(plain(f"{made.name}: {formats.counted(made.manifest.rows, 'customer')}. Confidential."))
        st.download_button(
            "Download",
            made.content,
            f"{made.name}.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            key="audience_download",
        )


def _export(context: Context, request: AudienceRequest, ending: str) -> None:
    try:
        made: Exported | SegmodelError = audiences.export(context.key, request, ending)
    except SegmodelError as error:
        made = error
    st.session_state[_MADE] = {(context.key, request, ending): made}


def _targets(context: Context, activation: Activation) -> None:
    """List the targets of the definition, and sync one."""
    if not activation.targets:
        st.caption("The definition names no target. A database, a folder or an address is added under [activation]:")
        st.code(_EXAMPLE, language="toml")
        return
    for target in activation.targets:
        with st.container(horizontal=True, vertical_alignment="center"):
            kind = type(target).__name__.removesuffix("Target").lower()
            st.markdown(plain(f"{target.name}: {kind}, gets {formats.listed(target.audiences)}"), width=520)
            if context.user.may(Role.STEWARD):
                st.button(
                    "Sync now",
                    icon=":material/sync:",
                    key=f"sync_{target.name}",
                    on_click=_sync,
                    args=(context, target.name),
                )
    if not context.user.may(Role.STEWARD):
        st.caption("Stewards can sync targets here.")
    done = st.session_state.get(_SYNCED)
    if isinstance(done, SegmodelError):
        st.error(plain(done), icon=":material/error:")
    for report in done if isinstance(done, tuple) else ():
        counts = (f"{formats.number(getattr(report, name))} {name}" for name in _COUNTS)
        st.success(plain(f"{report.target}, {report.audience}: {', '.join(counts)}."))


_COUNTS = ("added", "changed", "removed", "unchanged")


def _sync(context: Context, target: str) -> None:
    try:
        st.session_state[_SYNCED] = audiences.sync_target(context.key, target)
    except SegmodelError as error:
        st.session_state[_SYNCED] = error


_EXAMPLE = """[[activation.audience]]
name = "win_back"
segmentation = "behaviour"
segments = ["s3"]
conditions = ["value>=50", "recency<=180"]

[[activation.folder]]
name = "agency"
path = "for-agency"
audiences = ["win_back"]
"""


def _sql(context: Context) -> None:
    """Show the way from transactions to segments as SQL, to be run where the customers are."""
    dialect = st.selectbox("Dialect", DIALECTS, key="audience_dialect", width=200)
    name = context.selection.segmentation
    text = queries.warehouse_sql(context.key, name, str(dialect))
    st.caption(
        "From transactions to every customer's segment, in the warehouse itself. Tables and the day stand at the top."
    )
    st.code(text, language="sql", height=360)
    st.download_button(
        "Download as SQL", text, f"{name}-{dialect}.sql", "application/sql", icon=":material/download:",
        on_click="ignore", key="audience_sql",
    )  # fmt: skip


def _command_line(context: Context, request: AudienceRequest, activation: Activation) -> None:
    """Say how to make the same audience by a script."""
    name = request.segmentation
    st.markdown("The same audience on the command line:")
    conditions = "".join(f" --condition '{each}'" for each in request.conditions)
    if request.certain_from > activation.certain_from:
        conditions += f" --condition 'certainty>={request.certain_from:g}'"
    held = f" --holdout {request.holdout:g}" if request.holdout != activation.holdout else ""
    held += f" --minimum {request.minimum}" if request.minimum else ""
    command = f"segmodel audience {Path(context.key.folder).name} {name} {' '.join(request.segments)}"
    st.code(f"{command}{conditions}{held} --output audience.csv", language="bash", wrap_lines=True)


def _typing_tool() -> None:
    """Lead to the page that tells the segment of people nobody knows yet."""
    st.markdown("For people who are not customers yet, a few questions tell the segment.")
    st.page_link("views/typing_tool.py", label="Open the typing tool", icon=":material/quiz:")


def log(context: Context) -> None:
    """Show what went where, newest first."""
    section_title("What went where")
    try:
        entries = audiences.log(context.key)
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")
        return
    if not entries:
        st.caption("Nothing was given out yet. Every export and sync leaves a line here that nobody can change.")
        return
    number_table(pd.DataFrame([_line(entry) for entry in entries]), "Log of exports and syncs")


def _line(entry: ActivationEntry) -> dict[str, str]:
    content = entry.content
    what = entry.audience or formats.listed(list(content["segments"].values()))
    moved = [f"{formats.number(content[name])} {name}" for name in _COUNTS[:3] if content.get(name)]
    return {
        "When": formats.moment(entry.at),
        "Who": entry.who,
        "What": f"{what} ({entry.segmentation} {entry.model_version})",
        "Where to": entry.target,
        "Customers": formats.number(content["rows"]),
        "Changes": ", ".join(moved) or ("file" if entry.kind == "export" else "none"),
        "State": f"{entry.state}: {entry.message}" if entry.message else entry.state,
        "Delete by": formats.day_short(entry.expires_on),
    }
