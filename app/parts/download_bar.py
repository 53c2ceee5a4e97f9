"""What can be taken away from a page: its numbers as CSV, and a link that restores exactly this view."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from app import queries
from app.selection import Context
from segmodel.reports import Provenance, to_csv
from segmodel.reports.printed import Imprint


def provenance(context: Context, content: str, customers: float | None) -> Provenance:
    """Return what an export of this page says of itself.

    Parameters
    ----------
    context : Context
        What is shown, and to whom.
    content : str
        What it is, in a few words.
    customers : float or None
        How many customers it rests on; None where that is hidden.
    """
    return Provenance(
        workspace=context.about.name,
        content=content,
        segmentation=context.title,
        version=context.version,
        as_of=context.selection.snapshot,
        build_id=context.key.build_id,
        person=context.user.signature,
        customers=customers,
        filters=context.filter_text,
        data_start=queries.data_start(context.key, context.selection.snapshot),
    )


def imprint(context: Context) -> Imprint:
    """Return what everything printed or written from this page today says of itself."""
    source = f"{context.about.name}, build {context.key.build_id}"
    return Imprint(source, context.user.signature, dt.datetime.now().astimezone().date())


def download_bar(context: Context, content: str, frame: pd.DataFrame, customers: float | None, **more: str) -> None:
    """Show the downloads of a page.

    Parameters
    ----------
    context : Context
        What is shown, and to whom.
    content : str
        What the table is, in a word or two; also the file's name.
    frame : DataFrame
        The numbers.
    customers : float or None
        How many customers they rest on; None where that is hidden.
    more : str
        Address parameters of the page's own.
    """
    origin = provenance(context, content, customers)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download as CSV",
            data=lambda: to_csv(frame, origin),
            file_name=f"{content.lower().replace(' ', '-')}-{context.selection.snapshot}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"csv_{content}",
        )
        link = st.popover("Link to this view", icon=":material/link:", key=f"link_{content}", on_change="rerun")
        if link.open:
            with link:
                address = (st.context.url or "").split("?")[0]
                st.code(address + context.selection.link(**more), language=None, wrap_lines=True)
