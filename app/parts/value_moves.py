"""What if money moved between segments: sliders, what it would bring, and the curve it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app import queries, selection
from app.parts.chart_card import chart_card
from app.parts.finding import section_title
from app.parts.text import plain
from app.queries import LEVEL
from app.selection import Context
from segmodel import charts, formats
from segmodel.errors import ValueModelError
from segmodel.value import ResponseCurve, WhatIf, best_move, what_if

_MOST, _STEP = 50, 5
"""Percent of a segment's spend that may be moved, and in what steps."""

Amounts = Mapping[str, float]


@st.fragment
def moves_card(context: Context, look: charts.Look, spend: Amounts, value: Amounts) -> None:
    """Let money be moved between segments, and say what it would bring or why nobody can tell.

    Parameters
    ----------
    context : Context
    look : Look
    spend, value : mapping of str to float
        Money a year by segment.
    """
    curves = queries.responses(context.key, context.selection.segmentation)
    names = dict(queries.segments(context.key, context.selection.segmentation)[["segment", "name"]].to_numpy())
    terms: dict[str, Any] = {
        "level": LEVEL,
        "currency": context.about.currency,
        "value_word": context.about.value_word,
    }
    if not any(curve.is_enough for curve in curves.values()):
        section_title("What moving money would bring cannot be told: there is not enough evidence")
        _told(curves, names)
        return
    try:
        best = best_move(curves, spend, value, **terms)
    except ValueModelError:
        best = None  # what is spent today lies outside of what the months have seen
    if best is not None and st.session_state.pop("take_best_move", False):
        for segment, amount in best.moves.items():
            st.session_state[_key(context, segment)] = round(100 * amount / spend[segment] / _STEP) * _STEP
    heading = st.container()
    with st.container(horizontal=True):
        for segment, name in names.items():
            if spend.get(segment, 0) > 0:
                _slider(context, segment, name, spend[segment])
    moves = {segment: _share(context, segment) / 100 * amount for segment, amount in spend.items() if amount > 0}
    try:
        found = what_if(curves, spend, value, moves, **terms)
    except ValueModelError as error:
        with heading:
            section_title("What if money moved?")
        st.error(plain(error))
        return
    with heading:
        section_title(found.sentence if found.moves else "What if money moved? Move the sliders")
    for sentence in found.warnings:
        st.caption(plain(sentence))
    if best is not None:
        st.markdown(plain(f"The best move within 30% of each budget: {best.sentence}"))
        st.button("Try the best move", key="best_move", on_click=_take_best, icon=":material/trending_up:")
    _told(curves, names)
    _evidence(context, look, curves, names, spend, value, found)


def _take_best() -> None:
    st.session_state["take_best_move"] = True


def _key(context: Context, segment: str) -> str:
    return f"move_{context.selection.segmentation}_{segment}"


def _share(context: Context, segment: str) -> int:
    return int(st.session_state.get(_key(context, segment), 0))


def _slider(context: Context, segment: str, name: str, spend: float) -> None:
    amount = formats.money(spend, context.about.currency)
    key = _key(context, segment)
    st.session_state.setdefault(key, 0)
    st.slider(plain(f"{name}, {amount} a year"), -_MOST, _MOST, step=_STEP, key=key, format="%+d%%", width=250)


def _told(curves: Mapping[str, ResponseCurve], names: Mapping[str, str]) -> None:
    """Say what is known of how each segment answers to spend, or why nothing is."""
    for segment in names:
        if segment in curves:
            st.markdown(f"- {plain(curves[segment].sentence)}")


def _evidence(
    context: Context,
    look: charts.Look,
    curves: Mapping[str, ResponseCurve],
    names: Mapping[str, str],
    spend: Amounts,
    value: Amounts,
    found: WhatIf,
) -> None:
    """Show the curve of one segment."""
    known = [segment for segment in names if segment in curves and curves[segment].is_enough and segment in value]
    if not known:
        return
    chosen = selection.settle("curve", known, known[0], names.__getitem__)
    st.selectbox(
        "How it answers", known, key=selection.widget_key("curve", chosen), format_func=names.__getitem__, width=320
    )
    curve, today, move = curves[chosen], spend[chosen] / 12, found.moves.get(chosen, 0.0)
    rows = curve.points(today, value[chosen] / 12)
    segments = queries.segments(context.key, context.selection.segmentation).set_index("segment")
    figure = charts.response_curve(
        rows,
        look,
        today=today,
        planned=today + move / 12 if move else None,
        colour=int(segments.loc[chosen, "colour"]),
        value_word=context.about.value_word,
        level=LEVEL,
    )
    chart_card("Response", figure, curve.sentence, lambda: _table(rows, context))


def _table(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    written = {"spend": "Spend a month", "value": "Expected", "low": "Low", "high": "High"}
    text = rows[::4].map(lambda amount: formats.money(amount, context.about.currency))
    return text[list(written)].rename(columns=written)
