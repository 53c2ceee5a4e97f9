"""What the customers of a segment say, and which of their words may be shown."""

from __future__ import annotations

import streamlit as st

from app import council, queries
from app.access import Role
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.errors import CouncilError
from segmodel.personas import Quote, approved_from_json
from segmodel.reports import ToldPersona

_TOLD = "quotes_told"
_NONE_YET = (
    "What customers say is not known here. Add a table verbatims (customer_id, said_at, text) to the definition, "
    "and build."
)
_TOO_FEW = "Too few customers of this segment have said something for their words to be told."


def voice(context: Context, chosen: ToldPersona) -> None:
    """Show words, themes, mood and approved quotes, and let a steward approve others."""
    st.markdown("**In their own words**")
    known = _of_segment(context, chosen)
    spoken = chosen.persona.voice
    if spoken is None or known is None:
        is_heard = any(each.voice for each in queries.personas(context.key, context.selection.segmentation))
        st.markdown(f":gray[{plain(_TOO_FEW if is_heard else _NONE_YET)}]")
        return
    told = st.session_state.pop(_TOLD, "")
    if told:
        st.success(plain(told), icon=":material/check:")
    if spoken.words:
        st.markdown(plain(f"More than others they say {formats.listed(spoken.words)}."))
    if spoken.sentiment:
        st.markdown(plain(spoken.sentiment))
    for quote in spoken.quotes:
        st.markdown(f"> {plain(quote.text)}")
    if not spoken.quotes:
        st.markdown(":gray[No quote has been approved yet.]")
    count = f"{formats.counted(spoken.n_comments, 'comment')} of {formats.counted(spoken.n_customers, 'customer')}"
    st.caption(plain(f"{count}; what could identify people is masked."))
    if context.user.may(Role.STEWARD) and known:
        with st.expander("Choose quotes", key="quotes", icon=":material/format_quote:", on_change="rerun") as choosing:
            if choosing.open:
                _choose(context, chosen, known)


def _of_segment(context: Context, chosen: ToldPersona) -> tuple[Quote, ...] | None:
    """Return every quote there is to choose from; None without comments."""
    for persona in queries.personas(context.key, context.selection.segmentation):
        if persona.segment == chosen.persona.segment:
            return None if persona.voice is None else persona.voice.quotes
    return None


def _choose(context: Context, chosen: ToldPersona, known: tuple[Quote, ...]) -> None:
    approved = approved_from_json(chosen.approved.content) if chosen.approved else frozenset()
    version = chosen.approved.number if chosen.approved else 0
    mark = f"{context.selection.segmentation}_{chosen.persona.segment}"
    button, base = f"approve_quotes_{mark}", f"quotes_base_{mark}"
    # ticks stay while somebody else approves, so that a click is held against what was on the screen
    if not st.session_state.get(button) and st.session_state.get(base) != version:
        st.session_state[base] = version
        for quote in known:
            st.session_state[f"quote_{mark}_{quote.id}"] = quote.id in approved
    with st.form(f"quotes_{mark}", border=True):
        wanted = [quote for quote in known if st.checkbox(plain(quote.text), key=f"quote_{mark}_{quote.id}")]
        who = "" if council.is_named() else st.text_input("Your name", max_chars=80, key="quotes_who")
        if not st.form_submit_button("Approve these, and no others", icon=":material/check:", key=button):
            return
    based_on = st.session_state.pop(base, version) or None
    try:
        kept = council.save_quotes(context.key, chosen.persona, wanted, who=who, based_on=based_on)
    except CouncilError as error:
        st.error(plain(f"Not saved: {error}"), icon=":material/cloud_off:")
        return
    st.session_state[_TOLD] = f"{formats.counted(len(wanted), 'quote')} approved by {kept.who}."
    st.rerun()
