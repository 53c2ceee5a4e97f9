"""A brief as people read it: part by part, what is doubtful about it, and what it leans on."""

from __future__ import annotations

import streamlit as st

from app import council, queries, selection
from app.parts.download_bar import imprint
from app.parts.text import plain
from app.selection import Context
from segmodel.errors import CouncilError
from segmodel.personas import BRIEF_LABELS, BRIEF_PARTS, BriefKind
from segmodel.reports import ToldPersona
from segmodel.reports.briefs import BRIEF_FILES, ToldBrief, brief_file, brief_sheet, tell_brief

_SHOWN_FACTS = 14
_ICONS = {"docx": ":material/docs:", "pdf": ":material/picture_as_pdf:", "md": ":material/markdown:"}


def kind_picker() -> BriefKind:
    """Show the kinds of brief and return the one chosen; kept in the address."""
    kinds: list[BriefKind] = list(BRIEF_LABELS)
    kind = selection.settle("for", kinds, "positioning", lambda one: BRIEF_LABELS[one])  # type: ignore[index]
    selection.of_page("for", kind)
    key = selection.widget_key("for", kind)
    st.selectbox("For whom", kinds, key=key, format_func=BRIEF_LABELS.__getitem__, width=320)
    return next(one for one in kinds if one == kind)


def read(context: Context, chosen: ToldPersona, kind: BriefKind) -> ToldBrief:
    """Return the brief; says so and goes on with a draft from the facts where the record cannot be read."""
    try:
        return council.brief(context.key, chosen, kind)
    except CouncilError as error:
        st.warning(plain(f"Briefs cannot be read: {error}"), icon=":material/cloud_off:")
        facts = queries.brief_facts(context.key, chosen.persona.segmentation)
        return tell_brief(chosen, facts.get(chosen.persona.segment, ()), kind, None, is_reached=False)


def flags(brief: ToldBrief) -> None:
    """Say what is doubtful about the brief."""
    headings = {name: part.heading for name, part in BRIEF_PARTS[brief.brief.kind].items()}
    doubtful = [flag for flag in brief.flags if flag.kind != "empty"]
    if doubtful:
        lines = [f"**{plain(headings[flag.part])}**: {plain(flag.text)}" if flag.part else plain(flag.text)
                 for flag in doubtful]  # fmt: skip
        st.warning("\n".join(f"- {line}" for line in lines), icon=":material/rule:")


def status(brief: ToldBrief) -> None:
    """Show what it is and who stands for it."""
    badge = ":green-badge[:material/verified: Approved]" if brief.is_approved else ":gray-badge[:material/edit: Draft]"
    st.markdown(f"**{plain(brief.brief.label)}** {badge}")
    st.caption(plain(f"{brief.status}."))


def parts(brief: ToldBrief) -> None:
    """Show every part; those nobody wrote are said to be open."""
    for name, part in BRIEF_PARTS[brief.brief.kind].items():
        st.markdown(f"##### {plain(part.heading)}")
        lines = brief.brief.parts.get(name, ())
        st.markdown("\n".join(f"- {plain(line)}" for line in lines) or ":gray[To be written.]")


def facts(brief: ToldBrief) -> None:
    """Show what the brief can lean on."""
    st.markdown("**What is measured of them**")
    if not brief.facts:
        st.markdown(":gray[Too few customers to say anything.]")
        return
    sentences = list(dict.fromkeys(fact.sentence.rstrip(".") for fact in brief.facts))
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences[:_SHOWN_FACTS]))
    if len(sentences) > _SHOWN_FACTS:
        with st.expander(f"{len(sentences) - _SHOWN_FACTS} more", key="more_facts"):
            st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences[_SHOWN_FACTS:]))


def downloads(context: Context, brief: ToldBrief) -> None:
    """Offer the brief as a document, set when it is asked for."""
    origin = imprint(context)
    with st.container(horizontal=True):
        for ending, mime in BRIEF_FILES.items():
            st.download_button(
                f"Brief as {'Markdown' if ending == 'md' else ending.upper()}",
                data=lambda ending=ending: brief_file(brief_sheet(brief, origin), ending),  # type: ignore[misc]
                file_name=f"brief-{brief.persona.segment}-{brief.brief.kind}.{ending}",
                mime=mime,
                icon=_ICONS[ending],
                on_click="ignore",
                key=f"brief_{ending}",
            )
