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
from segmodel.priorities import Matrix, Scoring, compare, priority_matrix

_NOTHING = "none"
_TOLD = "scoring_told"
_SAVED = "scoring_saved"


def saved(context: Context) -> tuple[SavedScoring, ...]:
    """Return the scorings that were saved, newest first; says so and goes on where they cannot be read."""
    try:
        return council.scorings(Path(context.key.folder), context.selection.segmentation)
    except CouncilError as error:
        st.warning(plain(f"Saved scorings cannot be read: {error}"), icon=":material/cloud_off:")
        return ()


def opened(context: Context, versions: tuple[SavedScoring, ...]) -> SavedScoring | None:
    """Show which version is open where there are several, and return it."""
    told = st.session_state.pop(_TOLD, "")
    if told:
        st.success(plain(told), icon=":material/check:")
    if not versions:
        return None
    known = {str(version.number): version for version in versions}
    options = (*known, priority_draft.UNSAVED)
    just_saved = st.session_state.pop(_SAVED, "")
    if just_saved in known:
        selection.widget_key("scoring", just_saved)
    newest = priority_draft.held(context) or next(iter(known))
    number = selection.settle("scoring", options, newest, lambda one: _label(known.get(one)))
    selection.of_page("scoring", number)
    st.selectbox(
        "Scoring",
        options,
        key=selection.widget_key("scoring", number),
        format_func=lambda one: _label(known.get(one)),
        on_change=priority_draft.forget,
        width=420,
    )
    return known.get(number)


def save(context: Context, draft: priority_draft.Draft, matrix: Matrix, versions: tuple[SavedScoring, ...]) -> None:
    """Let a steward save the scoring as a named version; the later of two who save is told, and loses nothing."""
    if not context.user.may(Role.STEWARD):
        st.caption("A steward saves a scoring for the council. What you change here stays in your link.")
        return
    with st.form("save_scoring", border=True), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Save as", placeholder="Council of June", max_chars=80, key="scoring_name")
        who = "" if council.is_named() else st.text_input("Your name", max_chars=80, key="scoring_who")
        pressed = st.form_submit_button("Save as a version", type="primary", icon=":material/save:")
    if pressed and not name.strip():
        st.error("Give it a name by which the council will know it.")
    elif pressed:
        _save(context, draft, matrix, name.strip(), who, even_so=False)
    conflict = st.session_state.get("scoring_conflict")
    if conflict and conflict == draft.subject:
        st.button(
            "Save mine as the next version all the same",
            key="save_even_so",
            on_click=_save,
            args=(context, draft, matrix, name.strip(), who),
            kwargs={"even_so": True},
        )
    if versions and draft.base is not None and draft.base.number != versions[0].number:
        st.caption(plain(f"You started from version {draft.base.number}; the newest is {versions[0].number}."))


def _save(context: Context, draft: priority_draft.Draft, matrix: Matrix, name: str, who: str, *, even_so: bool) -> None:
    try:
        kept = council.save_scoring(
            context.key,
            context.selection.segmentation,
            draft.scoring,
            matrix,
            name=name,
            who=who,
            version=context.version,
            based_on=None if draft.base is None else draft.base.number,
            even_so=even_so,
        )
    except ConflictError as error:
        st.session_state["scoring_conflict"] = draft.subject
        st.error(plain(f"{error} Yours is still here, as you left it."), icon=":material/group:")
        return
    except CouncilError as error:
        st.error(plain(f"Not saved: {error} What you scored is still here."), icon=":material/cloud_off:")
        return
    st.session_state.pop("scoring_conflict", None)
    st.session_state[_TOLD] = f"Saved as version {kept.number}, {kept.name}, by {kept.who}."
    st.session_state[_SAVED] = str(kept.number)
    priority_draft.forget()
    if not even_so:
        st.rerun()


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
    before = Scoring.from_json(others[chosen].content)
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
