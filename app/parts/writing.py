"""Writing what the council keeps: which version somebody began from, who saved in between, and every version."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import council
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.council import Writing
from segmodel.errors import ConflictError, CouncilError

_TOLD = "writing_told"
_CONFLICT = "writing_conflict"


def told() -> None:
    """Say what was saved just now."""
    sentence = st.session_state.pop(_TOLD, "")
    if sentence:
        st.success(plain(sentence), icon=":material/check:")


def began_from(held: str, newest: Writing | None, what: str) -> str:
    """Return the name of what is being written, and say so where somebody has saved another version since.

    Where somebody saves meanwhile, what is being written stays, and stays based on what it was started from.

    Parameters
    ----------
    held : str
        Where the session keeps it.
    newest : Writing or None
        As it is kept now.
    what : str
        What it is: "story".
    """
    number = newest.number if newest else 0
    base: int = st.session_state.setdefault(held, number)
    if newest and base != number:
        start = f"version {base}" if base else f"a fresh {what}"
        st.caption(plain(f"You began from {start}; the newest is version {number} by {newest.who}."))
    # of its own, as what is being written must not be lost where its base is approved meanwhile
    return f"{held}_{st.session_state.setdefault(_form(held), base)}"


def approved(held: str, before: int | None, kept: Writing) -> None:
    """Let what is being written be based on the version that approved what it was based on, as both say the same."""
    if held in st.session_state and (st.session_state[held] or None) == before:
        st.session_state[held] = kept.number


def _form(held: str) -> str:
    return f"form_{held}"


def is_asked(mark: str, *, is_pressed: bool) -> bool:
    """Say whether there is something to save: it was asked for, or waits as somebody else was first."""
    return is_pressed or st.session_state.get(_CONFLICT) == mark


def keep(mark: str, held: str, save: Callable[[int | None, bool], Writing], *, is_pressed: bool) -> None:
    """Save, and show the page anew; where somebody else saved in between, offer to save all the same.

    Parameters
    ----------
    mark : str
        Names the form.
    held : str
        As of `began_from`.
    save : callable
        Takes the version it is based on, and whether to save although there is another since.
    is_pressed : bool
    """
    is_conflict = st.session_state.get(_CONFLICT) == mark
    if is_pressed:
        is_conflict = _save(held, save, even_so=False)
        if is_conflict:
            st.session_state[_CONFLICT] = mark
    if is_conflict and st.button("Save mine as the next version all the same", key=f"even_so_{mark}"):
        _save(held, save, even_so=True)


def _save(held: str, save: Callable[[int | None, bool], Writing], *, even_so: bool) -> bool:
    """Save; return whether somebody else saved in between."""
    st.session_state.pop(_CONFLICT, None)
    try:
        kept = save(st.session_state[held] or None, even_so)
    except ConflictError as error:
        st.error(plain(f"{error} Yours is still here, as you left it."), icon=":material/group:")
        return True
    except CouncilError as error:
        st.error(plain(f"Not saved: {error} What you wrote is still here."), icon=":material/cloud_off:")
        return False
    for name in (held, _form(held)):
        st.session_state.pop(name)
    tell(kept)
    return False


def tell(kept: Writing) -> None:
    """Show the page anew, and there what was saved."""
    done = "Approved" if kept.is_approved else "Saved"
    st.session_state[_TOLD] = f"{done} as version {kept.number} by {kept.who}."
    st.rerun()


def versions(context: Context, kind: str, subject: str) -> None:
    """Show who wrote which version when, folded away."""
    with st.expander("Earlier versions", key=f"history_{kind}", icon=":material/history:", on_change="rerun") as more:
        if more.open:
            _versions(context, kind, subject)


def _versions(context: Context, kind: str, subject: str) -> None:
    try:
        found = council.history(context.key, kind, context.selection.segmentation, subject)
    except CouncilError as error:
        st.warning(plain(f"Versions cannot be read: {error}"), icon=":material/cloud_off:")
        return
    if not found:
        st.caption("There are none yet.")
        return
    st.markdown("\n".join(f"- {plain(_line(one))}" for one in found))


def _line(one: Writing) -> str:
    approved = ", approved" if one.is_approved else ""
    return f"Version {one.number} by {one.who}, {formats.moment(one.saved_at)}, on {one.model_version}{approved}"
