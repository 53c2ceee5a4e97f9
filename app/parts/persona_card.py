"""Cards: who a segment is, in five seconds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.drift import VERDICT_WORDS
from segmodel.personas import Persona, Trait
from segmodel.reports import ToldPersona

_A_ROW = 3
_LINES = 3


def cards(context: Context, found: Sequence[ToldPersona]) -> None:
    """Show a card for every persona, three in a row."""
    word = context.about.value_word
    with st.grid(_A_ROW, min_column_width=250, gap="medium"):
        for each in found:
            with st.container(border=True, height="stretch", key=f"card_{each.persona.segment}"):
                _card(each, word)


def left_out(found: Sequence[ToldPersona]) -> None:
    """Say which protected attributes were not looked at."""
    names = found[0].persona.left_out if found else ()
    if names:
        st.caption(plain(f"Not looked at, as people are not to be told apart by it: {formats.listed(names)}."))


def _card(each: ToldPersona, word: str) -> None:
    persona, story = each.persona, each.persona.story
    st.html(f'<div style="height:6px;border-radius:3px;background:{persona.colour}"></div>')
    if story.image is not None:
        st.image(story.image, width=120)
    st.subheader(plain(persona.title), anchor=False)
    st.markdown(f"*{plain(story.essence)}*" if story.essence else ":gray[No story yet]")
    if persona.verdict == "unfit":
        st.markdown(
            f":orange[**{plain(formats.sentence_case(verdict_words(persona)))}**]", help=plain(persona.verdict_note)
        )
    _figures(persona, word)
    st.markdown("**What sets them apart**")
    for trait in persona.top_traits:
        st.markdown(f"{plain(trait.label)} · :gray[{plain(trait.against)}]", help=plain(trait_note(trait)))
    if not persona.top_traits:
        st.markdown(f":gray[{plain(persona.traits_note)}]")
    for heading, lines in (("Recognise them", story.cues), ("Do", story.dos), ("Don’t", story.donts)):
        if lines:
            st.markdown(f"**{heading}**")
            st.markdown("\n".join(f"- {plain(line)}" for line in lines[:_LINES]))
    if persona.voice and persona.voice.quotes:
        st.markdown(f"> {plain(persona.voice.quotes[0].text)}")
    for sentence in each.changed[:1]:
        st.markdown(f":orange[:material/update:] {plain(sentence)}")
    st.caption(plain(f"Owner: {story.owner or 'nobody yet'} · {verdict_words(persona)}"))


def verdict_words(persona: Persona) -> str:
    """Return whether a segment still is what was found, in a few words."""
    known = {str(verdict): words for verdict, words in VERDICT_WORDS.items()}
    return known.get(persona.verdict, "not tested yet").lower()


def trait_note(trait: Trait) -> str:
    """Return the figures behind a trait: interval, index and how many customers it is known of."""
    if trait.index is not None and trait.index_low is not None and trait.index_high is not None:
        ends = f"{formats.number(trait.index_low)} to {formats.number(trait.index_high)}"
        size = f"index {formats.number(trait.index)} (95% interval {ends})"
    else:
        ends = f"{formats.number(trait.difference_low, 1)} to {formats.number(trait.difference_high, 1)}"
        size = f"{formats.number(trait.difference, 1)} standard deviations (95% interval {ends})"
    circular = " The segments were found by it." if trait.is_circular else ""
    return f"{trait.sentence}; {size}; known of {formats.counted(trait.n, 'customer')}.{circular}"


def _figures(persona: Persona, word: str) -> None:
    figures = (
        ("customers", formats.shown(persona.customer_share, formats.share)),
        (f"of {word}", formats.shown(persona.value_share, formats.share)),
        ("people", formats.shown(persona.customers, formats.number)),
    )
    for column, (label, figure) in zip(st.columns(len(figures)), figures, strict=True):
        with column:
            st.caption(plain(label))
            st.markdown(f"#### {plain(figure)}")
