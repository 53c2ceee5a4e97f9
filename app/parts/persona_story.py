"""The story of one segment: read by all, written by stewards, every version kept."""

from __future__ import annotations

import streamlit as st

from app import council, selection
from app.access import Role
from app.parts.persona_card import verdict_words
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.council import STORY
from segmodel.errors import ConflictError, CouncilError, StoryError
from segmodel.personas import Story, written
from segmodel.personas.story import LINES
from segmodel.reports import ToldPersona

_TOLD = "story_told"
_CONFLICT = "story_conflict"
_LABELS = {
    "jobs": "What they want done",
    "needs": "What they need",
    "cues": "Recognise them by",
    "dos": "Do",
    "donts": "Don’t",
}


def picked(found: tuple[ToldPersona, ...]) -> ToldPersona:
    """Show the segments and return the one chosen; kept in the address."""
    names = {each.persona.segment: each.persona.title for each in found}
    segment = selection.settle("segment", list(names), next(iter(names)), lambda one: names.get(one, one))
    selection.of_page("segment", segment)
    key = selection.widget_key("segment", segment)
    st.pills("Segment", list(names), key=key, format_func=lambda one: plain(names[one]), required=True)
    return next(each for each in found if each.persona.segment == segment)


def title(chosen: ToldPersona) -> str:
    """Return the title of one segment's part of the page."""
    persona = chosen.persona
    if persona.customers is None:
        return f"{persona.title}: too few customers to say more"
    return (
        f"{persona.title}: {formats.share(persona.customer_share)} of customers, "
        f"{formats.share(persona.value_share)} of value; {verdict_words(persona)}"
    )


def changed(chosen: ToldPersona) -> None:
    """Say which facts are no longer as they were when the story was written."""
    told = st.session_state.pop(_TOLD, "")
    if told:
        st.success(plain(told), icon=":material/check:")
    if chosen.changed:
        text = "  \n".join(plain(sentence) for sentence in chosen.changed)
        st.warning(f"**Facts this story leans on have changed**  \n{text}", icon=":material/update:")


def editor(context: Context, chosen: ToldPersona) -> None:
    """Show the story, let a steward write the next version, and show who wrote what when."""
    persona = chosen.persona
    st.markdown("**Story**")
    _read(persona.story)
    if not context.user.may(Role.STEWARD):
        st.caption("A steward writes the story, with the team that owns the segment.")
    else:
        with st.expander("Write the story", key="write_story", icon=":material/edit:", on_change="rerun") as writing:
            if writing.open:
                _form(context, chosen)
    with st.expander("Earlier versions", key="story_history", icon=":material/history:", on_change="rerun") as more:
        if more.open:
            _history(context, chosen)


def _read(story: Story) -> None:
    if not story.version:
        st.markdown(":gray[Nobody has written about this segment yet: its name and facts come from the data alone.]")
        return
    parts = {"jobs": story.jobs, "needs": story.needs}
    for part, lines in parts.items():
        if lines:
            st.markdown(f"{_LABELS[part]}\n" + "\n".join(f"- {plain(line)}" for line in lines))
    if story.when is not None:
        st.caption(plain(f"Version {story.version} by {story.who}, {formats.day(story.when.date())}"))


def _form(context: Context, chosen: ToldPersona) -> None:
    story = chosen.persona.story
    newest = chosen.written.number if chosen.written else 0
    # where somebody saves meanwhile, what is being written here stays, and stays based on what it was started from
    held = f"story_base_{context.key.folder}_{context.selection.segmentation}_{chosen.persona.segment}"
    base = st.session_state.setdefault(held, newest)
    mark = f"{context.selection.segmentation}_{chosen.persona.segment}_{base}"
    if base != newest:
        st.caption(plain(f"You began from {_version(base)}; the newest is version {newest} by {story.who}."))
    with st.form(f"story_{mark}", border=True):
        name = st.text_input("Name", story.name or chosen.persona.name, max_chars=60, key=f"story_name_{mark}")
        essence = st.text_input(
            "Essence: who they are, in one line", story.essence, max_chars=160, key=f"story_essence_{mark}"
        )
        lines = {
            part: st.text_area(f"{label}, one a line", "\n".join(getattr(story, part)), key=f"story_{part}_{mark}")
            for part, label in _LABELS.items()
        }
        owner = st.text_input("Owner", story.owner, max_chars=80, key=f"story_owner_{mark}")
        who = "" if council.is_named() else st.text_input("Your name", max_chars=80, key="story_who")
        pressed = st.form_submit_button("Save the story", icon=":material/save:")
    is_conflict = st.session_state.get(_CONFLICT) == mark
    if not (pressed or is_conflict):
        return
    try:
        typed = written(name=name, essence=essence, owner=owner, **{part: lines[part].splitlines() for part in LINES})
    except StoryError as error:
        st.error(plain(error), icon=":material/error:")
        return
    if pressed:
        is_conflict = _save(context, chosen, typed, who, held, even_so=False)
        if is_conflict:
            st.session_state[_CONFLICT] = mark
    if is_conflict and st.button("Save mine as the next version all the same", key="save_story_even_so"):
        _save(context, chosen, typed, who, held, even_so=True)


def _version(number: int) -> str:
    return f"version {number}" if number else "a fresh story"


def _save(context: Context, chosen: ToldPersona, story: Story, who: str, held: str, *, even_so: bool) -> bool:
    """Save, and show the page anew; return whether somebody else saved in between."""
    st.session_state.pop(_CONFLICT, None)
    try:
        kept = council.save_story(
            context.key,
            chosen.persona,
            story,
            picture=chosen.persona.story.image,
            who=who,
            based_on=st.session_state[held] or None,
            even_so=even_so,
        )
    except ConflictError as error:
        st.error(plain(f"{error} Yours is still here, as you left it."), icon=":material/group:")
        return True
    except CouncilError as error:
        st.error(plain(f"Not saved: {error} What you wrote is still here."), icon=":material/cloud_off:")
        return False
    st.session_state.pop(held)
    st.session_state[_TOLD] = f"Saved as version {kept.number} by {kept.who}."
    st.rerun()
    return False


def _history(context: Context, chosen: ToldPersona) -> None:
    try:
        versions = council.history(context.key, STORY, context.selection.segmentation, chosen.persona.segment)
    except CouncilError as error:
        st.warning(plain(f"Versions cannot be read: {error}"), icon=":material/cloud_off:")
        return
    if not versions:
        st.caption("There are none yet.")
        return
    st.markdown(
        "\n".join(
            f"- {plain(f'Version {one.number} by {one.who}, {formats.moment(one.saved_at)}, on {one.model_version}')}"
            for one in versions
        )
    )
