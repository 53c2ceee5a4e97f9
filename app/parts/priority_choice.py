"""Whom to win: the matrix, the targets, the rest with a reason, and what a council should hear."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.parts import priority_draft
from app.parts.chart_card import chart_card
from app.parts.finding import section_title
from app.parts.priority_draft import show
from app.parts.priority_scores import scores_table
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats, priorities
from segmodel.priorities import MOST, Matrix, Scoring


def matrix_card(context: Context, look: charts.Look, matrix: Matrix) -> None:
    """Show the matrix with how far weights move each segment."""
    figure = charts.priority_matrix(matrix.rows, look, context.about.value_word)
    chart_card("Priorities", figure, priorities.finding(matrix), lambda: ranks_table(matrix))
    st.caption(
        "Crosses: how far a segment moves when every weight changes by a fifth. Weightings: 2,000, each weight drawn "
        "between half and one and a half times what is set."
    )


def targets(scoring: Scoring, matrix: Matrix) -> None:
    """Let the targets be chosen, and say what speaks against the choice."""
    rows = matrix.rows[matrix.rows["knocked_out"] == ""]
    names = dict(zip(rows["segment"], rows["name"], strict=True))
    key = "targets"
    show(key, [segment for segment in names if segment in matrix.targets])
    st.pills(
        "Segments to win",
        list(names),
        selection_mode="multi",
        wrap=True,
        key=key,
        format_func=lambda segment: plain(names[segment]),
        on_change=lambda: priority_draft.change(lambda s: s.choosing(tuple(st.session_state[key]))),
    )
    if scoring.targets is None:
        st.caption("Suggested by the scores. Choose to decide otherwise.")
    else:
        st.button(
            "Follow the scores",
            key="follow_scores",
            on_click=lambda: priority_draft.change(lambda s: s.choosing(None)),
            type="tertiary",
            icon=":material/undo:",
        )
    too_many = len(matrix.targets) >= MOST
    for place, sentence in enumerate(priorities.warnings(matrix, scoring)):
        if place == 0 and too_many:
            st.warning(plain(sentence), icon=":material/front_hand:")
        else:
            st.caption(plain(sentence))


def not_now(scoring: Scoring, matrix: Matrix) -> None:
    """List the segments that are not now, each with its reason, which people may word themselves."""
    found = priorities.reasons(matrix, scoring)
    if not found:
        return
    section_title("Not now")
    names = dict(zip(matrix.rows["segment"], matrix.rows["name"], strict=True))
    for segment, reason in found.items():
        key = f"not_now_{segment}"
        show(key, scoring.not_now.get(segment, ""))

        def worded(segment: str = segment, key: str = key) -> None:
            priority_draft.change(lambda scoring: scoring.putting_off(segment, st.session_state[key].strip()))

        is_out = segment in scoring.knock_outs
        st.text_input(
            plain(names[segment]), key=key, placeholder=reason, max_chars=300, on_change=worded, disabled=is_out
        )


def details(matrix: Matrix) -> None:
    """Show scores by criterion, for whoever asks where a place comes from."""
    with st.expander("Scores by criterion", key="scores_by_criterion", on_change="rerun") as more:
        if more.open:
            table = scores_table(matrix).rename(columns=plain)
            st.table(table.map(plain), border="horizontal", hide_index=True, alt="Scores by criterion and segment")


def ranks_table(matrix: Matrix) -> pd.DataFrame:
    """Return the matrix as a table."""
    rows = matrix.rows.sort_values("rank", kind="stable")
    return pd.DataFrame(
        {
            "Segment": rows["name"],
            "To us": rows["attractiveness"].map(lambda score: formats.number(score, 1)),
            "We to them": rows["ability"].map(lambda score: formats.number(score, 1)),
            "Score": rows["score"].map(lambda score: formats.number(score, 1)),
            "Rank": rows["rank"].map(formats.number),
            "Rank, weights ±20%": [
                _range(low, high) for low, high in zip(rows["rank_low"], rows["rank_high"], strict=True)
            ],
            "Among the first": rows["stays"].map(formats.share),
            "Choice": [
                f"out: {out}" if out else "to win" if chosen else "not now"
                for out, chosen in zip(rows["knocked_out"], rows["is_chosen"], strict=True)
            ],
        }
    )


def _range(low: float, high: float) -> str:
    first, last = formats.number(low), formats.number(high)
    return first if first == last else f"{first} to {last}"
