"""Writing and approving a brief: stewards do, every version is kept, and a change asks for approval anew."""

from __future__ import annotations

import streamlit as st

from app import council
from app.access import Role
from app.parts import writing
from app.parts.text import plain
from app.selection import Context
from segmodel.council import BRIEF, Writing
from segmodel.errors import ConflictError, CouncilError, StoryError
from segmodel.personas import BRIEF_PARTS, Brief, brief_subject, written_brief
from segmodel.reports.briefs import ToldBrief


def editor(context: Context, told: ToldBrief) -> None:
    """Let a steward write the next version and approve it, and show who wrote what when."""
    writing.told()
    if told.persona.customers is None:
        return
    if not context.user.may(Role.STEWARD):
        st.caption("A steward edits and approves briefs, with the team they are for.")
    else:
        _approve(context, told)
        with st.expander("Edit the brief", key="write_brief", icon=":material/edit:", on_change="rerun") as form:
            if form.open:
                _form(context, told)
    writing.versions(context, BRIEF, brief_subject(told.persona.segment, told.brief.kind))


def _mark(context: Context, told: ToldBrief) -> str:
    return f"{context.key.folder}_{context.selection.segmentation}_{told.persona.segment}_{told.brief.kind}"


def _name(form: str) -> str:
    if council.is_named():
        return ""
    return st.text_input("Your name", max_chars=80, key=f"brief_who_{form}", width=320)


def _held(context: Context, told: ToldBrief) -> str:
    return f"brief_base_{_mark(context, told)}"


def _approve(context: Context, told: ToldBrief) -> None:
    """Offer to approve what is shown; where it says what the data do not, that has to be meant."""
    if told.is_approved:
        return
    mark = _mark(context, told)
    is_grave = any(flag.is_grave for flag in told.flags)
    # a form, as a click right after typing a name outside one would be lost
    with st.form(f"approve_{mark}", border=False):
        who = _name("approve")
        is_meant = not is_grave or st.checkbox("Approve it as it is, with what is doubtful above", key=f"meant_{mark}")
        pressed = st.form_submit_button("Approve this brief", icon=":material/verified:", key="approve_brief")
    held = f"approve_base_{mark}"
    if not pressed:
        # what is approved is what is on screen now
        st.session_state[held] = told.written.number if told.written else 0
        return
    if not is_meant:
        st.error("It says what the data do not. Mend it, or tick that it is meant as it is.", icon=":material/rule:")
        return
    shown = st.session_state.pop(held, 0) or None
    try:
        kept = _save(context, told, told.brief, who, shown, is_approved=True, even_so=False)
    except ConflictError as error:
        st.error(plain(f"{error} This is the newest; read it before you approve it."), icon=":material/group:")
    except CouncilError as error:
        st.error(plain(f"Not approved: {error}"), icon=":material/cloud_off:")
    else:
        writing.approved(_held(context, told), shown, kept)
        writing.tell(kept)


def _form(context: Context, told: ToldBrief) -> None:
    mark = writing.began_from(held := _held(context, told), told.written, "brief")
    with st.form(f"brief_{mark}", border=True):
        lines = {
            name: st.text_area(
                f"{part.heading}, one a line", "\n".join(told.brief.parts.get(name, ())), key=f"brief_{name}_{mark}"
            )
            for name, part in BRIEF_PARTS[told.brief.kind].items()
        }
        who = _name("edit")
        pressed = st.form_submit_button("Save the brief", icon=":material/save:")
    if not writing.is_asked(mark, is_pressed=pressed):
        return
    try:
        typed = written_brief(told.brief.kind, {name: text.splitlines() for name, text in lines.items()})
    except StoryError as error:
        st.error(plain(error), icon=":material/error:")
        return

    def save(based_on: int | None, even_so: bool) -> Writing:
        return _save(context, told, typed, who, based_on, is_approved=False, even_so=even_so)

    writing.keep(mark, held, save, is_pressed=pressed)


def _save(
    context: Context, told: ToldBrief, brief: Brief, who: str, based_on: int | None, *, is_approved: bool, even_so: bool
) -> Writing:
    return council.save_brief(
        context.key, told.persona, brief, who=who, based_on=based_on, is_approved=is_approved, even_so=even_so
    )
