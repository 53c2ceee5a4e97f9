"""How one segment differs from another, side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import queries, selection
from app.parts.finding import section_title
from app.parts.persona_card import trait_note
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.reports import ToldPersona

_MOST = 8


def compare(context: Context, found: tuple[ToldPersona, ...], chosen: ToldPersona) -> None:
    """Show what sets the chosen segment apart from another one."""
    others = {each.persona.segment: each for each in found if each.persona.segment != chosen.persona.segment}
    if not others:
        return
    other = selection.settle("other", list(others), next(iter(others)), lambda one: others[one].persona.title)
    selection.of_page("other", other)
    traits = queries.difference_of(context.key, context.selection.segmentation, chosen.persona.segment, other)
    names = chosen.persona.title, others[other].persona.title
    if traits:
        section_title(f"{names[0]} and {names[1]} differ most in {_small(traits[0].label)}")
    else:
        section_title(f"Nothing that is known sets {names[0]} apart from {names[1]}")
    key = selection.widget_key("other", other)
    st.selectbox("Compare with", list(others), key=key, format_func=lambda one: others[one].persona.title, width=320)
    rows = pd.DataFrame(
        {
            "Trait": [trait.label for trait in traits[:_MOST]],
            "Of the two": [trait.sentence.removeprefix(f"{trait.label}: ") for trait in traits[:_MOST]],
            "How sure": [trait_note(trait).split("; ", maxsplit=1)[1] for trait in traits[:_MOST]],
        }
    )
    rows.columns = ["Trait", f"{names[0]} against {names[1]}", "How sure"]
    facts = pd.DataFrame([_facts(each) for each in (chosen, others[other])])
    st.table(facts.map(plain), border="horizontal", hide_index=True, alt="Size and value of both segments")
    if len(rows):
        st.table(rows.map(plain), border="horizontal", hide_index=True, alt="What sets the two apart")


def _facts(each: ToldPersona) -> dict[str, str]:
    persona = each.persona
    worth = formats.shown(persona.value_a_customer, lambda value: formats.money(value, persona.currency))
    return {
        "Segment": persona.title,
        "Customers": formats.shown(persona.customers, formats.number),
        "Of customers": formats.shown(persona.customer_share, formats.share),
        "Of value": formats.shown(persona.value_share, formats.share),
        "Value a customer": worth,
        "Value index": formats.shown(persona.value_index, formats.number),
    }


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
