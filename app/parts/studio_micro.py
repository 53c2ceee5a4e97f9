"""The Studio's look inside one segment: whether any group in it is worth treating differently."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import queries, selection, versions
from app.access import Role
from app.jobs import Cancelled, Failed, Ready, Running
from app.parts.download_bar import download_bar
from app.parts.finding import section_title
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.errors import SegmodelError
from segmodel.studio import MicroSegments

_EVERY_SECONDS = 1.0


def look_inside(context: Context) -> None:
    """Choose a segment, look for micro-segments in it beside the pages, and show the verdict."""
    section_title("Look inside a segment")
    segment = _picked(context)
    state = versions.looking_inside(context.key, context.selection.segmentation, segment)
    if isinstance(state, Running):
        st.fragment(_watch, run_every=_EVERY_SECONDS)(context, segment)
    elif isinstance(state, Ready):
        _found(context, state.result)
    else:
        _offer(context, segment, state)


def _picked(context: Context) -> str:
    segments = queries.segments(context.key, context.selection.segmentation)
    names = dict(zip(segments["segment"], segments["name"], strict=True))
    options = list(names)
    segment = selection.settle("inside", options, options[0], lambda one: names.get(one, one))
    selection.of_page("inside", segment)
    key = selection.widget_key("inside", segment)
    st.selectbox("Segment", options, key=key, format_func=lambda one: f"{names[one]} ({one})", width=320)
    return segment


def _offer(context: Context, segment: str, state: Failed | Cancelled | None) -> None:
    if isinstance(state, Failed):
        st.error(plain(state.message), icon=":material/error:")
    if isinstance(state, Cancelled):
        st.info("The search was cancelled; nothing is kept of it.", icon=":material/cancel:")
    if not context.user.may(Role.ANALYST):
        st.caption("Nobody has looked inside this segment on this build yet. Analysts can do it here.")
        return
    st.button(
        "Look for micro-segments",
        icon=":material/search:",
        key="look_inside",
        on_click=_start,
        args=(context, segment),
    )
    st.caption(
        "A micro-segment is a group inside the segment that is found again in new samples, stands apart from its "
        "neighbours, is large enough, and differs in value or response. Most segments hold none."
    )


def _start(context: Context, segment: str) -> None:
    try:
        versions.start_looking_inside(context.key, context.selection.segmentation, segment)
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")


def _watch(context: Context, segment: str) -> None:
    """Show how far it is, again and again until it ends; then the whole page is drawn anew."""
    name = context.selection.segmentation
    state = versions.looking_inside(context.key, name, segment)
    if not isinstance(state, Running):
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(state.done, plain(f"{state.sentence} · {formats.share(state.done)}"))
        if context.user.may(Role.ANALYST) and st.button("Cancel", icon=":material/close:", key="cancel_inside"):
            versions.cancel_looking_inside(context.key, name, segment)
            st.rerun()


def _found(context: Context, found: MicroSegments) -> None:
    st.markdown(f"**{plain(found.finding)}** {plain(found.because)}")
    if found.groups.empty:
        return
    if not found.kept.empty:
        _table(kept_table(found), f"Micro-segments of {found.name}")
    others = found.groups[~found.groups["kept"].astype(bool)]
    if not others.empty:
        behind = st.expander(
            f"Groups that are not worth it: {len(others)}", key="not_worth_it", on_change="rerun", type="compact"
        )
        if behind.open:
            with behind:
                _table(others_table(found), f"Groups inside {found.name} that are not worth treating differently")
    st.caption(plain(_note(found)))
    download_bar(context, "Micro-segments", found.groups, found.customers, inside=found.segment)


def _note(found: MicroSegments) -> str:
    sampled = ""
    if found.looked_at is not None and found.customers is not None and found.looked_at < found.customers:
        sampled = f" Looked at {formats.number(found.looked_at)} of them, drawn at random."
    return f"Customers to the nearest {found.minimum_group}; smaller groups are hidden.{sampled}"


def _table(frame: pd.DataFrame, alt: str) -> None:
    st.table(frame.map(plain), border="horizontal", hide_index=True, alt=alt)


def kept_table(found: MicroSegments) -> pd.DataFrame:
    """Return the micro-segments as text."""
    kept = found.kept
    columns = {"Found again": kept["jaccard"].map(formats.share), "How they differ": kept["description"]}
    if kept["response"].notna().any():
        rates = {
            "Response": kept["response"].map(_rate),
            "Response of the rest": kept["rest_response"].map(_rate),
        }
        columns = {**rates, **columns}
    return _sizes(kept, found.currency).assign(**columns)


def others_table(found: MicroSegments) -> pd.DataFrame:
    """Return the groups that are not worth treating differently as text, with the reason."""
    others = found.groups[~found.groups["kept"].astype(bool)]
    why = others["reason"].str.removeprefix("Not worth treating differently: ").map(formats.sentence_case)
    return _sizes(others, found.currency).assign(Why=why)


def _sizes(groups: pd.DataFrame, currency: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Group": groups["name"],
            "Customers": groups["customers"].map(formats.number),
            "Of the segment": groups["share"].map(formats.share),
            "Value a customer": groups["value"].map(lambda value: formats.money(value, currency)),
            "Of the rest": groups["rest_value"].map(lambda value: formats.money(value, currency)),
        }
    )


def _rate(value: float) -> str:
    return "hidden" if pd.isna(value) else formats.share(value)
