"""What segments will bring and who may leave, with the forecast's own test beside it."""

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
from segmodel.metrics import value_findings

_MEASURES = {"customer": "A customer", "segment": "In all"}


def lifetime_card(context: Context, look: charts.Look, now: pd.DataFrame, total: Mapping[str, Any]) -> None:
    """Show lifetime value with its interval and who may leave, a row a segment.

    Parameters
    ----------
    context : Context
    look : Look
    now : DataFrame
        One row a segment: `name`, `colour` and the columns of `segment_value`.
    total : mapping
        The same of all customers.
    """
    model, about = queries.value_model(context.key), context.about
    finding = value_findings.lifetime_title(total, model, about.currency)
    section_title(finding)
    if now["lifetime_value"].isna().all():
        st.markdown("A longer history will tell: customers must have had the time to come back.")
        return
    measure = selection.settle("lifetime", tuple(_MEASURES), "customer")
    selection.of_page("lifetime", measure)
    st.segmented_control(
        "Lifetime value",
        tuple(_MEASURES),
        key=selection.widget_key("lifetime", measure),
        format_func=_MEASURES.__getitem__,
        required=True,
        label_visibility="collapsed",
    )
    over = now["customers"].astype(float) if measure == "customer" else 1.0
    rows = now[["name", "colour"]].assign(
        amount=now["lifetime_value"] / over,
        low=now["lifetime_value_low"] / over,
        high=now["lifetime_value_high"] / over,
        note=[value_findings.leaving_note(row, about.currency) for row in now.to_dict("records")],
    )
    each = "a customer" if measure == "customer" else "of the segment"
    caption = f"{str(model['word']).capitalize()} to come in {model['horizon_months']} months, {each}"
    figure = charts.lifetime(rows, look, caption, LEVEL)
    chart_card("Lifetime value", figure, finding, lambda: _table(now, context))
    if model["basis"] == "model":
        st.caption(
            "The intervals hold what the data leave open of the model's parameters. Whether the model is right is for "
            "its test to say."
        )


def holdout_card(context: Context, look: charts.Look) -> None:
    """Show what the forecast expected of a period it had not seen, against what happened."""
    model = queries.value_model(context.key)
    finding = value_findings.holdout_title(model)
    section_title(finding)
    by_frequency, weeks = queries.value_holdout(context.key)
    if by_frequency.empty:
        st.markdown(plain(str(model["reason"])))
        return
    figure = charts.holdout_weeks(weeks, look)
    chart_card("Forecast by week", figure, finding, lambda: _weeks_table(weeks))
    with st.expander("By how often customers had bought", key="holdout_frequency", on_change="rerun") as more:
        if more.open:
            figure = charts.holdout(by_frequency, look)
            chart_card("Forecast by frequency", figure, finding, lambda: _frequency_table(by_frequency))


def label_card(context: Context, look: charts.Look) -> None:
    """Show how good the risks are that a churn label taught, where there is one."""
    check, bins = queries.churn_check(context.key)
    if not check:
        return
    section_title(
        f"Churn risk learnt from {check['label']}" if check["is_trusted"] else "The churn label taught too little"
    )
    st.markdown(plain(str(check["sentence"])))
    if bins.empty:
        return
    rows = bins.rename(columns={"customers": "n"})
    rows = rows[rows["n"] >= context.about.minimum_group]
    figure = charts.calibration(rows, look)
    chart_card("Calibration", figure, str(check["sentence"]), lambda: _calibration_table(rows))


def _calibration_table(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Customers": rows["n"].map(formats.number),
            "Expected to leave": rows["predicted"].map(formats.risk),
            "Left": rows["observed"].map(formats.share),
            "95% interval": [
                formats.share_range(low, high) for low, high in zip(rows["low"], rows["high"], strict=True)
            ],
        }
    )


def _table(now: pd.DataFrame, context: Context) -> pd.DataFrame:
    currency = context.about.currency
    money = lambda name: now[name].map(lambda amount: formats.money(amount, currency))  # noqa: E731
    low, high = money("lifetime_value_low"), money("lifetime_value_high")
    return pd.DataFrame(
        {
            "Segment": now["name"],
            "Customers": now["customers"].map(formats.number),
            "Lifetime value": money("lifetime_value"),
            "95% interval": [f"{start} to {end}" for start, end in zip(low, high, strict=True)],
            "Share": now["lifetime_value_share"].map(formats.share),
            "Churn risk": now["churn_risk"].map(formats.risk),
            "May leave": now["may_leave"].map(formats.number),
            "Value at risk": money("value_at_risk"),
        }
    )


def _weeks_table(weeks: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Week ending": weeks["ends_on"].map(formats.day),
            "Expected": weeks["expected"].map(lambda count: formats.number(count, 1)),
            "Made": weeks["actual"].map(formats.number),
            "Forecast": weeks["in_holdout"].map({True: "yes", False: "seen by the model"}),
        }
    )


def _frequency_table(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Repeat purchases before": rows["frequency"].map(
                lambda count: f"{count:.0f}" + ("+" if count >= 7 else "")
            ),
            "Customers": rows["customers"].map(formats.number),
            "Expected a customer": rows["predicted"].map(lambda count: formats.number(count, 2)),
            "Made a customer": rows["actual"].map(lambda count: formats.number(count, 2)),
        }
    )
