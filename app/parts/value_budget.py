"""Whether money goes where value is: shares of spend and of value, and where spend could not be placed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import queries
from app.parts.chart_card import chart_card
from app.parts.finding import section_title
from app.parts.text import plain
from app.queries import LEVEL
from app.selection import Context
from segmodel import charts, formats
from segmodel.metrics import facts
from segmodel.value import BudgetShares, budget_over_time, budget_shares, spend_sentences

YEAR = "last 12 months"
"""The window of value that spend can be compared with."""


def shares(context: Context, metrics: pd.DataFrame) -> BudgetShares | None:
    """Return shares of spend and of value by segment; None where nothing is known of spend on these segments."""
    key, name = context.key, context.selection.segmentation
    spend, _, _ = queries.budget(key, name)
    if spend.empty or context.about.window != YEAR:
        return None
    at = metrics[metrics["snapshot"] == context.selection.snapshot]
    segments = queries.segments(key, name)
    return budget_shares(
        spend,
        at,
        queries.segment_value(key, name),
        list(zip(segments["segment"], segments["name"], strict=True)),
        context.selection.snapshot,
        level=LEVEL,
        currency=context.about.currency,
        value_word=context.about.value_word,
    )


def budget_card(context: Context, look: charts.Look, budget: BudgetShares | None) -> None:
    """Show share of spend against shares of value and lifetime value, and the gap in money; or what is missing."""
    spend, months, notes = queries.budget(context.key, context.selection.segmentation)
    unplaced = spend_sentences(notes, context.about.currency)
    if budget is None:
        section_title("Where the budget goes is not known for these segments")
        if context.about.window != YEAR and len(spend):
            st.markdown(plain(f"Spend is compared over twelve months; value here is of {context.about.window}."))
            return
        for sentence in unplaced:
            st.markdown(plain(sentence))
        st.markdown(
            plain(
                "Add a table spend (month, segment, amount) that names the segments of this segmentation, and build "
                "again: it unlocks budget share against value share, and what moving money would bring."
            )
        )
        return
    section_title(budget.sentence)
    segments = queries.segments(context.key, context.selection.segmentation)
    rows = budget.rows.merge(segments[["segment", "colour"]], on="segment")
    figure = charts.budget_gap(rows, look, context.about.value_word, LEVEL)
    chart_card("Budget gap", figure, budget.sentence, lambda: _table(rows, context))
    for sentence in (*budget.notes, *unplaced):
        st.caption(plain(sentence))
    over_time = budget_over_time(spend, months).merge(segments[["segment", "name", "colour"]], on="segment")
    over_time = over_time.dropna(subset=["spend_share", "value_share"])
    if over_time["month"].nunique() > 2:
        with st.expander("How the shares moved", key="budget_over_time", on_change="rerun") as more:
            if more.open:
                figure = charts.budget_over_time(over_time, look, context.about.value_word)
                chart_card("Budget over time", figure, budget.sentence, lambda: _months_table(over_time))


def yearly(context: Context, budget: BudgetShares, metrics: pd.DataFrame) -> tuple[dict[str, float], dict[str, float]]:
    """Return spend and value a year by segment; segments that are hidden are left out of value."""
    now = facts.at_snapshot(
        metrics, queries.segments(context.key, context.selection.segmentation), context.selection.snapshot
    )
    known = now[now["value"].notna()]
    years = budget.n_months / 12
    spend = dict(zip(budget.rows["segment"], budget.rows["spend"] / years, strict=True)) if years else {}
    return spend, dict(zip(known["segment"], known["value"], strict=True))


def _table(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    currency = context.about.currency
    ranges = zip(rows["gap_low"], rows["gap_high"], strict=True)
    return pd.DataFrame(
        {
            "Segment": rows["name"],
            "Spend": rows["spend"].map(lambda amount: formats.money(amount, currency)),
            "Share of spend": rows["spend_share"].map(formats.share),
            f"Share of {context.about.value_word}": rows["value_share"].map(formats.share),
            "Share of lifetime value": rows["lifetime_value_share"].map(formats.share),
            "Under (+) or over (−)": rows["gap"].map(lambda amount: formats.money(amount, currency)),
            f"{LEVEL:.0%} interval": [
                f"{formats.money(low, currency)} to {formats.money(high, currency)}" for low, high in ranges
            ],
        }
    )


def _months_table(rows: pd.DataFrame) -> pd.DataFrame:
    text = [
        f"{formats.share(spend)} / {formats.share(value)}"
        for spend, value in zip(rows["spend_share"], rows["value_share"], strict=True)
    ]
    named = pd.DataFrame({"Twelve months to": rows["month"], "name": rows["name"], "text": text})
    wide = named.pivot_table(index="Twelve months to", columns="name", values="text", aggfunc="first", sort=False)
    wide = wide.sort_index(ascending=False)
    wide.index = wide.index.map(formats.month)
    return wide.reset_index(names="Twelve months to")
