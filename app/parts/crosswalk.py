"""Two segmentations side by side: the choice of the two, the picture, where they contradict, and who leads."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import queries, selection
from app.access import Role
from app.parts.chart_card import chart_card
from app.parts.download_bar import provenance
from app.parts.finding import section_title
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.crosswalk import FORMER, Crosswalk, Pair
from segmodel.metrics import crosswalk_findings as findings
from segmodel.reports import cells_table, segmentations_table, to_csv

_HOW = """
[sources.memberships]
path = "data/memberships.csv"   # customer_id, segmentation, segment
"""


def nothing_to_compare(found: Crosswalk) -> None:
    """Say what is missing for a comparison, and how to add it."""
    st.markdown(
        "Bring the segmentations other departments use, one row a customer and segmentation, and build again. "
        "A second `[[segmentation]]` in the definition is compared as well."
    )
    st.code(_HOW.strip(), language="toml")
    if len(found.compared) < len(found.segmentations):
        st.table(segmentations_table(found), border="horizontal", hide_index=True, alt="Segmentations that are known")


def pair_picker(found: Crosswalk, shown: str) -> Pair:
    """Show the choice of two segmentations, kept in the address, and return them."""
    labels = dict(zip(found.segmentations["key"], found.segmentations["label"], strict=True))
    known = found.compared
    given = [key for key in known if key != shown]
    one = selection.settle("one", known, given[-1], lambda key: labels.get(key, key))
    others = [key for key in known if key != one]
    other = selection.settle("other", others, shown if shown != one else others[0], lambda key: labels.get(key, key))
    with st.container(horizontal=True):
        st.selectbox("Knowing", known, key=selection.widget_key("one", one), format_func=labels.__getitem__, width=320)
        st.selectbox(
            "tells of", others, key=selection.widget_key("other", other), format_func=labels.__getitem__, width=320
        )
    selection.of_page("one", one)
    selection.of_page("other", other)
    return found.pair(one, other)


def overlap(context: Context, pair: Pair, look: charts.Look) -> None:
    """Show what the two say of each other, and who is where."""
    finding = findings.pair_finding(pair)
    section_title(finding)
    said = [findings.use_sentence(pair), *findings.segment_sentences(pair)]
    for sentence in filter(None, said):
        st.markdown(f"- {plain(sentence)}")
    chart_card("Overlap", charts.crosswalk_heat(pair, look), finding, lambda: cells_table(pair))
    by_chance = formats.share(pair.chance_tells)
    notes = [f"Segmentations that have nothing to do with each other would seem to tell {by_chance}, by chance alone."]
    if pair.cells["suppressed"].any():
        notes.append(
            f"Hidden: groups of fewer than {context.about.minimum_group} customers, and the next smallest where a "
            "subtraction would give one away."
        )
    st.caption(plain(" ".join(notes)))


def contradictions(context: Context, pair: Pair) -> None:
    """Show where the two contradict each other, with the list of customers for those who may have it."""
    section_title(findings.contradictions_finding(pair))
    for sentence in findings.contradiction_sentences(pair):
        st.markdown(f"- {plain(sentence)}")
    rare = pair.contradictions()
    if rare.empty or not context.user.may(Role.ANALYST):
        return
    if FORMER in {pair.one["kind"], pair.other["kind"]}:
        st.caption("Who would be where by a former version is counted, and not kept customer by customer.")
        return
    origin = provenance(context, f"Customers {pair.one['label']} and {pair.other['label']} place apart", None)
    st.download_button(
        "Who disagrees, as CSV",
        data=lambda: to_csv(queries.disagreeing(context.key, pair), origin),
        file_name=f"who-disagrees-{context.selection.snapshot}.csv",
        mime="text/csv",
        icon=":material/group:",
        on_click="ignore",
        key="csv_disagreeing",
    )


def architecture(found: Crosswalk) -> None:
    """Show which segmentation leads for which decision, and why."""
    rows = [
        {"Decision": lead.decision, "Leads": plain(lead.label) or "none", "Because": plain(lead.reason)}
        for lead in findings.architecture(found)
    ]
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt="Which segmentation leads for what")
