"""What moves the matrix: weights, scores with their reasons, and knock-outs."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from app import selection
from app.parts import priority_draft
from app.parts.finding import section_title
from app.parts.priority_draft import show
from app.parts.text import plain
from segmodel import formats
from segmodel.priorities import AXES, CRITERIA, KNOCK_OUTS, Criterion, Matrix, Scoring
from segmodel.priorities.criteria import Axis

_IN = ""


def weights(scoring: Scoring) -> None:
    """Show a slider a criterion; the matrix moves with them."""
    for axis, label in AXES.items():
        section_title(label)
        here = [criterion for criterion in CRITERIA.values() if criterion.axis == axis]
        total = sum(scoring.weight(criterion.name) for criterion in here)
        for criterion in here:
            _weight(criterion, scoring.weight(criterion.name), total)


def _weight(criterion: Criterion, weight: float, total: float) -> None:
    key = f"weight_{criterion.name}"
    show(key, round(weight))
    share = f" · {formats.share(weight / total)}" if total else ""
    how = f"{criterion.question} {_scale(criterion)}"
    st.slider(
        plain(f"{criterion.label}{share}"),
        0,
        100,
        key=key,
        help=plain(how),
        on_change=lambda: priority_draft.change(lambda s: s.weighing(criterion.name, st.session_state[key])),
    )


def _scale(criterion: Criterion) -> str:
    return f"Measured: {criterion.scale}." if criterion.is_measured else "Judged by people, 1 to 10."


def judge(scoring: Scoring, matrix: Matrix) -> None:
    """Let the scores of one segment be seen, judged and overruled, each with a reason."""
    names = dict(zip(matrix.rows["segment"], matrix.rows["name"], strict=True))
    segment = selection.settle("judged", tuple(names), next(iter(names)), names.__getitem__)
    selection.of_page("judged", segment)
    st.selectbox(
        "Segment",
        tuple(names),
        key=selection.widget_key("judged", segment),
        format_func=names.__getitem__,
        width=320,
    )
    for axis in AXES:
        st.markdown(f"**{plain(AXES[axis])}**")
        _judge_axis(axis, segment, scoring, matrix)


def _judge_axis(axis: Axis, segment: str, scoring: Scoring, matrix: Matrix) -> None:
    for criterion in (criterion for criterion in CRITERIA.values() if criterion.axis == axis):
        judged = scoring.scores.get(segment, {}).get(criterion.name)
        shown = float(matrix.scores.loc[segment, criterion.name])
        key, note_key = f"score_{segment}_{criterion.name}", f"note_{segment}_{criterion.name}"
        show(key, judged)
        show(note_key, scoring.notes.get(segment, {}).get(criterion.name, ""))
        measured = f"measured: {formats.number(shown, 1)}" if criterion.is_measured and judged is None else ""
        hint = measured if math.isfinite(shown) else "not scored"

        def judged_now(name: str = criterion.name, key: str = key, note_key: str = note_key) -> None:
            score, note = st.session_state[key], st.session_state[note_key]
            priority_draft.change(lambda scoring: scoring.judging(segment, name, score, note))

        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.number_input(
                plain(criterion.label),
                1.0,
                10.0,
                None,  # so that a judgement can be taken back
                step=0.5,
                key=key,
                format="%.1f",
                placeholder=hint,
                help=plain(f"{criterion.question} {_scale(criterion)}"),
                on_change=judged_now,
                width=220,
            )
            st.text_input(
                plain(f"Why, {criterion.label.lower()}"),
                key=note_key,
                max_chars=300,
                placeholder="why",
                on_change=judged_now,
                label_visibility="collapsed",
            )


def knock_outs(scoring: Scoring, matrix: Matrix) -> None:
    """Let segments be knocked out for one of the usual reasons or another."""
    options = (_IN, *KNOCK_OUTS)
    with st.grid(2, min_column_width=260, gap="small"):
        for segment, name in zip(matrix.rows["segment"], matrix.rows["name"], strict=True):
            reason = scoring.knock_outs.get(segment, _IN)
            offered = options if reason in options else (*options, reason)
            key = f"out_{segment}"
            show(key, reason)

            def knocked(segment: str = segment, key: str = key) -> None:
                priority_draft.change(lambda scoring: scoring.knocking_out(segment, st.session_state[key] or ""))

            st.selectbox(
                plain(name),
                offered,
                key=key,
                format_func=lambda text: text or "in",
                accept_new_options=True,
                on_change=knocked,
            )


def scores_table(matrix: Matrix) -> pd.DataFrame:
    """Return the scores behind the matrix, one row a criterion and one column a segment."""
    names = dict(zip(matrix.rows["segment"], matrix.rows["name"], strict=True))
    table = matrix.scores.T.map(lambda score: formats.number(score, 1))
    return table.rename(columns=names, index=lambda name: CRITERIA[name].label).reset_index(names="Criterion")
