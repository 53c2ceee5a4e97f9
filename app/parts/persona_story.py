"""The story of one segment: read by all, written by stewards, every version kept."""

from __future__ import annotations

import streamlit as st

from app import council, selection
from app.access import Role
from app.parts import writing
from app.parts.persona_card import verdict_words
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.council import STORY, Writing
from segmodel.errors import StoryError
from segmodel.personas import Story, written
from segmodel.personas.story import LINES
from segmodel.reports import ToldPersona
from segmodel.reports.printed import checked_picture

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
    writing.told()
    if chosen.changed:
        text = "  \n".join(plain(sentence) for sentence in chosen.changed)
        st.warning(f"**Facts this story leans on have changed**  \n{text}", icon=":material/update:")


def editor(context: Context, chosen: ToldPersona) -> None:
    """Show the story, let a steward write the next version, and show who wrote what when."""
    persona = chosen.persona
    st.markdown("**Story**")
    _read(persona.story)
    st.page_link(
        "views/briefs.py",
        label=plain(f"Brief on {persona.title}"),
        icon=":material/description:",
        query_params=context.selection.parameters(segment=persona.segment),
    )
    if not context.user.may(Role.STEWARD):
        st.caption("A steward writes the story, with the team that owns the segment.")
    else:
        with st.expander("Write the story", key="write_story", icon=":material/edit:", on_change="rerun") as form:
            if form.open:
                _form(context, chosen)
    writing.versions(context, STORY, persona.segment)


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
    held = f"story_base_{context.key.folder}_{context.selection.segmentation}_{chosen.persona.segment}"
    mark = writing.began_from(held, chosen.written, "story")
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
        given = st.file_uploader(
            "Picture (PNG, JPEG or WebP)", type=["png", "jpg", "jpeg", "webp"], key=f"story_picture_{mark}"
        )
        is_dropped = story.image is not None and st.checkbox("Use the emblem instead", key=f"story_emblem_{mark}")
        who = "" if council.is_named() else st.text_input("Your name", max_chars=80, key="story_who")
        pressed = st.form_submit_button("Save the story", icon=":material/save:")
    if not writing.is_asked(mark, is_pressed=pressed):
        return
    try:
        picture = checked_picture(given.getvalue()) if given else None if is_dropped else story.image
        typed = written(name=name, essence=essence, owner=owner, **{part: lines[part].splitlines() for part in LINES})
    except StoryError as error:
        st.error(plain(error), icon=":material/error:")
        return

    def save(based_on: int | None, even_so: bool) -> Writing:
        persona = chosen.persona
        return council.save_story(
            context.key, persona, typed, picture=picture, who=who, based_on=based_on, even_so=even_so
        )

    writing.keep(mark, held, save, is_pressed=pressed)
