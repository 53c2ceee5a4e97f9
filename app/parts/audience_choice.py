"""Who an audience is made of: segments and conditions, kept in the address."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.parts.text import plain
from app.selection import Context
from segmodel.activation import AudienceRequest
from segmodel.definition import Activation

_NUMBERS = {
    "value_from": ("{value} at least", 0, 100_000_000),
    "within_days": ("Bought within days (0: any)", 0, 10_000),
    "risk_from": ("Churn risk from %", 0, 100),
    "certain_from": ("Certain from %", 0, 100),
    "held_out": ("Held out %", 0, 99),
    "minimum": ("Platform's minimum", 0, 100_000_000),
}


def audience_choice(context: Context, activation: Activation) -> AudienceRequest | None:
    """Show what an audience is chosen by, and return it; None where no segment is."""
    key, name = context.key, context.selection.segmentation
    segments = queries.segments(key, name)
    names = dict(zip(segments["segment"], segments["name"], strict=True))
    options = list(names)
    selection.start_choices("audience", name, ("segments",))
    chosen = selection.settle_list("segments", options, options[:1])
    selection.of_page("segments", selection.as_list(chosen))
    widget = selection.widget_key("segments", chosen)
    st.pills("Segments", options, selection_mode="multi", key=widget, format_func=lambda one: plain(names[one]))
    defaults = {"certain_from": round(100 * activation.certain_from), "held_out": round(100 * activation.holdout)}
    numbers = {}
    with st.grid(3, min_column_width=180, gap="small", vertical_alignment="bottom"):
        for parameter, (label, least, most) in _NUMBERS.items():
            default = defaults.get(parameter, 0)
            value = selection.settle_number(parameter, default, least, most)
            if value != default:
                selection.of_page(parameter, str(value))
            text = label.format(value=context.about.value_word.capitalize())
            numbers[parameter] = value
            st.number_input(text, least, most, step=1, key=selection.widget_key(parameter, value))
    if not chosen:
        return None
    return AudienceRequest.of(
        activation,
        name,
        chosen,
        _conditions(numbers),
        certain_from=numbers["certain_from"] / 100,
        holdout=numbers["held_out"] / 100,
        minimum=numbers["minimum"],
    )


def _conditions(numbers: dict[str, int]) -> list[str]:
    found = []
    if numbers["value_from"]:
        found.append(f"value>={numbers['value_from']}")
    if numbers["within_days"]:
        found.append(f"recency<={numbers['within_days']}")
    if numbers["risk_from"]:
        found.append(f"risk>={numbers['risk_from']}%")
    return found
