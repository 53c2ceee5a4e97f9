"""The record: which scoring is open, saving it as a version, and what two of them differ in."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from app import council, selection
from app.access import Role
from app.parts import priority_draft
from app.parts.finding import section_title
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.council import SavedScoring
from segmodel.errors import ConflictError, CouncilError
from segmodel.priorities import Matrix, compare, priority_matrix
from segmodel.reports import scoring_note

_NOTHING = "none"
_TOLD = "scoring_told"
_JUST_SAVED = "scoring_just_saved"
_CONFLICT = "scoring_conflict"


def saved(context: Context) -> tuple[SavedScoring, ...]:
    """Return the scorings that were saved, newest first; says so and goes on where they cannot be read."""
    try:
        return council.scorings(Path(context.key.folder), context.selection.segmentation)
    except CouncilError as error:
        st.warning(plain(f"Saved scorings cannot be read: {error}"), icon=":material/cloud_off:")
        return ()


def opened(context: Context, versions: tuple[SavedScoring, ...]) -> SavedScoring | None:
    """Show which version is open where there are several, and return it: the newest, until work on one has begun."""
    told = st.session_state.pop(_TOLD, "")
    if told:
        st.success(plain(told), icon=":material/check:")
    if not versions:
        return None
    known = {str(version.number): version for version in versions}
    options = (*known, priority_draft.UNSAVED)
    just_saved = st.session_state.pop(_JUST_SAVED, "")
    if just_saved in known:
        selection.widget_key("scoring", just_saved)
    usual = priority_draft.held(context)
    if usual not in options:
        usual = next(iter(known))
    number = selection.settle("scoring", options, usual, lambda one: _label(known.get(one)))
    selection.of_page("scoring", number)
    st.selectbox(
        "Scoring",
        options,
        key=selection.widget_key("scoring", number),
        format_func=lambda one: _label(known.get(one)),
        on_change=priority_draft.forget,
        width=420,
    )
    version = known.get(number)
    if version is not None and version.model_version != context.version:
        st.warning(plain(scoring_note(version, context.key.build_id, context.version)))
    return version


def save(context: Context, draft: priority_draft.Draft, matrix: Matrix, versions: tuple[SavedScoring, ...]) -> None:
    """Let a steward save the scoring as a named version; the later of two who save is told, and loses nothing."""
    if versions and draft.base != versions[0]:
        began = "a fresh scoring" if draft.base is None else f"version {draft.base.number}"
        st.caption(plain(f"You started from {began}; the newest is version {versions[0].number}."))
    if not context.user.may(Role.STEWARD):
        st.caption("A steward saves a scoring for the council. What you change here stays in your link.")
        return
    with st.form("save_scoring", border=True), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Save as", placeholder="Council of June", max_chars=80, key="scoring_name")
        who = "" if council.is_named() else st.text_input("Your name", max_chars=80, key="scoring_who")
        pressed = st.form_submit_button("Save as a version", icon=":material/save:")
    is_conflict = st.session_state.get(_CONFLICT) == draft.subject
    if pressed:
        is_conflict = _save(context, draft, matrix, name, who, even_so=False)
    if is_conflict and st.button("Save mine as the next version all the same", key="save_even_so"):
        _save(context, draft, matrix, name, who, even_so=True)


def _save(context: Context, draft: priority_draft.Draft, matrix: Matrix, name: str, who: str, *, even_so: bool) -> bool:
    """Save, and start again from what was saved; return whether somebody else saved in between."""
    if not name.strip():
        st.error("Give it a name by which the council will know it.")
        return even_so
    st.session_state.pop(_CONFLICT, None)
    try:
        kept = council.save_scoring(
            context.key,
            context.selection.segmentation,
            draft.scoring,
            matrix,
            name=name.strip(),
            who=who,
            version=context.version,
            based_on=None if draft.base is None else draft.base.number,
            even_so=even_so,
        )
    except ConflictError as error:
        st.session_state[_CONFLICT] = draft.subject
        st.error(plain(f"{error} Yours is still here, as you left it."), icon=":material/group:")
        return True
    except CouncilError as error:
        st.error(plain(f"Not saved: {error} What you scored is still here."), icon=":material/cloud_off:")
        return False
    st.session_state[_TOLD] = f"Saved as version {kept.number}, {kept.name}, by {kept.who}."
    st.session_state[_JUST_SAVED] = str(kept.number)
    priority_draft.forget()
    st.rerun()
    return False


def differences(
    versions: tuple[SavedScoring, ...], draft: priority_draft.Draft, matrix: Matrix, facts: pd.DataFrame
) -> None:
    """Let the scoring be held against another version: who would win whom, and over what they differ."""
    others = {str(version.number): version for version in versions if version != draft.base or draft.is_changed}
    if not others:
        return
    section_title("Compare with another scoring")
    chosen = selection.settle("against", (_NOTHING, *others), _NOTHING, lambda one: _label(others.get(one), "Nothing"))
    selection.of_page("against", "" if chosen == _NOTHING else chosen)
    st.selectbox(
        "Against",
        (_NOTHING, *others),
        key=selection.widget_key("against", chosen),
        format_func=lambda one: _label(others.get(one), "Nothing"),
        width=420,
    )
    if chosen == _NOTHING:
        return
    before = priority_draft.content_of(others[chosen])
    if before is None:
        return
    found = compare(before, draft.scoring, facts, priority_matrix(before, facts), matrix)
    st.markdown(plain("First: the version chosen here. Second: what is shown above."))
    for sentence in found.sentences:
        st.markdown(f"- {plain(sentence)}")
    if len(found.rows):
        titles = {"what": "What", "segment": "Segment", "criterion": "Criterion", "before": "First", "after": "Second"}
        table = found.rows.rename(columns=titles).map(plain)
        st.table(table, border="horizontal", hide_index=True, alt="What the two scorings differ in")


def _label(version: SavedScoring | None, otherwise: str = "A fresh scoring") -> str:
    if version is None:
        return otherwise
    day = formats.day_short(version.saved_at.date())
    return f"{version.number}: {version.name}, {version.who}, {day}"
