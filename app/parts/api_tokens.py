"""How other systems ask for segments over HTTP: addresses, an example, and the tokens they ask with."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import streamlit as st

from app import access
from app.access import Role
from app.parts.text import plain
from app.queries import BuildKey
from app.selection import Context
from segmodel import formats
from segmodel.api import PREFIX
from segmodel.council import SCOPES, Token, Tokens
from segmodel.errors import SegmodelError

_SHOWN = "api_token_made"
_FOR = {
    "lookup": "the segments of one customer",
    "score": "segments by features",
    "segments": "the list of segments",
    "metrics": "their metrics",
}


def api_tab(context: Context) -> None:
    """Show how to ask, and the tokens; stewards make and revoke them."""
    address = (st.context.url or "").split("?")[0].rpartition("/")[0] or "http://localhost:8501"
    st.markdown("A contact-centre screen or a CRM field asks this server for the segments of a customer:")
    text = f'curl -H "Authorization: Bearer $TOKEN" {address}{PREFIX}/customers/CUSTOMER_ID/segments'
    st.code(text, language="sh", wrap_lines=True)
    st.caption(plain(f"Every address, with what it takes and answers: {address}{PREFIX}/openapi.json"))
    try:
        tokens = Tokens(Path(context.key.folder)).list()
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")
        return
    today = dt.datetime.now(dt.UTC).date()
    if tokens:
        st.table(_table(tokens, today), border="horizontal", hide_index=True, alt="Tokens of the lookup API")
    if not context.user.may(Role.STEWARD):
        st.caption("Stewards can make and revoke tokens here.")
        return
    _make(context)
    _revoke(context, [token for token in tokens if token.is_valid(today)])


def _table(tokens: tuple[Token, ...], today: dt.date) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Number": str(token.token_id),
                "For": plain(token.name),
                "May ask for": ", ".join(token.scopes),
                "Until": "no end" if token.expires_on is None else formats.day(token.expires_on),
                "Last used": formats.day(token.used_on),
                "": "" if token.is_valid(today) else "revoked" if token.revoked_at else "expired",
            }
            for token in tokens
        ]
    )


def _make(context: Context) -> None:
    with st.form("api_token", border=True):
        st.text_input("For which system", key="api_name", placeholder="Contact centre", max_chars=80)
        st.multiselect("May ask for", SCOPES, key="api_scopes", default=["lookup"], format_func=_FOR.__getitem__)
        st.date_input("Until", key="api_until", value=dt.datetime.now(dt.UTC).date() + dt.timedelta(days=365))
        st.form_submit_button("Make a token", icon=":material/key:", on_click=_create, args=(context.key, context))
    made = st.session_state.pop(_SHOWN, None)
    if isinstance(made, SegmodelError):
        st.error(plain(made), icon=":material/error:")
    elif made is not None:
        st.success("Keep it now: it cannot be shown again.")
        st.code(made, language=None)


def _create(key: BuildKey, context: Context) -> None:
    state = st.session_state
    try:
        access.require(Role.STEWARD)
        tokens = Tokens(Path(key.folder))
        state[_SHOWN] = tokens.create(
            state["api_name"], state["api_scopes"], context.user.signature, state["api_until"]
        )[0]
    except SegmodelError as error:
        state[_SHOWN] = error


def _revoke(context: Context, valid: list[Token]) -> None:
    if not valid:
        return
    names = {token.token_id: f"{token.token_id}: {token.name}" for token in valid}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Token", list(names), key="api_revoked", format_func=names.__getitem__, width=320)
        st.button("Revoke", icon=":material/block:", key="api_revoke", on_click=_take_back, args=(context,))


def _take_back(context: Context) -> None:
    try:
        access.require(Role.STEWARD)
        Tokens(Path(context.key.folder)).revoke(st.session_state["api_revoked"], context.user.signature)
    except SegmodelError as error:
        st.session_state[_SHOWN] = error
