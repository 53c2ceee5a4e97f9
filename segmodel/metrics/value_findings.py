"""Findings about value to come: sentences computed from the tables of a build, true for any data."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from segmodel import formats
from segmodel.formats import called
from segmodel.metrics.findings import Step

_TWO_YEARS = 730
"""Days of history from which retention is that from one year to the next."""

NEARLY_ALL = 0.9
"""Share of what deciles separate from which a segmentation tells value as well as can be."""


def value_title(now: pd.DataFrame, budget: pd.DataFrame | None, word: str) -> str:
    """Return the title of page Value: who holds the value to come, and how much of the budget they get.

    Parameters
    ----------
    now : DataFrame
        One row a segment: `name`, `lifetime_value_share`; NaN where hidden.
    budget : DataFrame or None
        Rows of `BudgetShares`, with `name`, `spend_share` and `verdict`; None without spend.
    word : str
        Margin or revenue.
    """
    known = now[now["lifetime_value_share"].notna()]
    if known.empty or not known["lifetime_value_share"].gt(0).any():
        return f"What customers will bring in {word} cannot be told yet"
    top = known.nlargest(1, "lifetime_value_share").iloc[0]
    found = f"{formats.share(top['lifetime_value_share'])} of the {word} to come lies with {called(top['name'])}"
    if budget is not None:
        row = budget[budget["name"] == top["name"]]
        if len(row) and row["spend_share"].notna().all():
            spent = formats.share(row["spend_share"].iloc[0])
            is_less = row["spend_share"].iloc[0] < top["lifetime_value_share"]
            link = "but only" if row["verdict"].iloc[0] == "under" and is_less else "and"
            return f"{found}, {link} {spent} of the budget goes there"
    return found


def lifetime_title(total: Mapping[str, Any], model: Mapping[str, Any], currency: str) -> str:
    """Return the title of the picture of lifetime value: what all customers will bring, and how many may leave.

    Parameters
    ----------
    total : mapping
        The row of `segment_value` of all customers.
    model : mapping
        The row of `value_model`.
    currency : str
    """
    if pd.isna(total["lifetime_value"]):
        return "What customers will bring cannot be told: nobody's past shows who stays"
    low, high = (formats.money(total[f"lifetime_value_{end}"], currency) for end in ("low", "high"))
    amount = formats.money(total["lifetime_value"], currency)
    start = f"{amount} of {model['word']} to come in {model['horizon_months']} months ({low} to {high})"
    if pd.isna(total["may_leave"]) or total["may_leave"] < 1:
        return start
    leaving = formats.counted(round(total["may_leave"]), "customer")
    at_risk = formats.money(total["value_at_risk"], currency)
    if total["churn_basis"] == "trailing":
        return f"{start}; about {leaving} would not come back, with {at_risk}"
    return f"{start}; {leaving} may leave, with {at_risk} at risk"


def leaving_note(row: Mapping[Hashable, Any], currency: str) -> str:
    """Return what stands beside a segment's lifetime value: its risk, and who may leave.

    Parameters
    ----------
    row : mapping
        Of `segment_value`.
    currency : str
    """
    if pd.isna(row["churn_risk"]):
        return ""
    risk = f"churn risk {formats.risk(row['churn_risk'])}"
    if row["few_may_leave"]:
        return f"{risk}; few may leave"
    if pd.isna(row["may_leave"]):
        return risk
    count = round(row["may_leave"])
    if count == 0:
        return f"{risk}; nobody who bought lately stands out"
    at_risk = formats.money(row["value_at_risk"], currency)
    if row["churn_basis"] == "trailing":
        return f"{risk}; about {formats.counted(count, 'customer')} would not come back, {at_risk}"
    return f"{risk}; {formats.counted(count, 'customer')} may leave, {at_risk} at risk"


def forecast_note(model: Mapping[str, Any]) -> str:
    """Return what to know before the forecast is believed, or an empty string where it may be."""
    if model["basis"] == "model":
        return ""
    years = "over the last twelve months, thinned by the share of its customers who came back from the year before"
    if model["history_days"] < _TWO_YEARS:
        years = "a year so far, thinned by the share of all customers of its first half who came back in its second"
    instead = f"Shown instead: what each segment brought in {years}. That knows nothing of single customers."
    if model["is_collapsed"]:
        return (
            "No forecast is shown, as its fit collapsed: the model finds no measurable drop-out, in other words that "
            f"nobody ever leaves, which cannot be so. {_held_against(model)}{instead}"
        )
    return f"No forecast is shown. {model['reason']} {instead}"


def _held_against(model: Mapping[str, Any]) -> str:
    if pd.isna(model["predicted"]):
        return ""
    return (
        f"Held against the past, it expected {formats.number(round(model['predicted']))} purchases where "
        f"{formats.number(round(model['actual']))} were made. "
    )


def holdout_title(model: Mapping[str, Any]) -> str:
    """Return the title of the picture of the holdout: how far off the forecast was."""
    if pd.isna(model["predicted"]):
        return "There was nothing to hold a forecast against"
    if not model["actual"]:
        return "Nobody bought in the period the forecast was held against"
    error = model["predicted"] / model["actual"] - 1
    side = "too low" if error < 0 else "too high"
    months = round((model["holdout_until"] - model["holdout_from"]).days / 30.4)
    tested = f"Tested on the last {formats.counted(months, 'month')}, the forecast was"
    if abs(error) < 0.005:
        return f"{tested} right to 1%"
    verdict = "" if abs(error) <= model["largest_error"] else ": too far off to be shown"
    return f"{tested} {formats.share(abs(error))} {side}{verdict}"


def concentration_title(spread: Mapping[str, Any], word: str) -> str:
    """Return the title of the picture of who holds the value.

    Parameters
    ----------
    spread : mapping
        The row of `value_concentration`.
    word : str
        Margin or revenue.
    """
    if pd.isna(spread["top_decile_share"]):
        return f"There is no {word} to divide"
    start = f"A tenth of the buyers brought {formats.share(spread['top_decile_share'])} of the {word}"
    if pd.isna(spread["floored"]):
        return f"{start}; a few customers cost more than they brought"
    if spread["floored"] < 1:
        return start
    return f"{start}; {formats.counted(round(spread['floored']), 'customer')} cost more than they brought"


def separation_sentence(found: Mapping[str, Any], word: str) -> str:
    """Return how much of the value the segments tell apart, against chance and against plain deciles.

    Parameters
    ----------
    found : mapping
        The row of `value_separation`.
    word : str
        Margin or revenue.
    """
    if pd.isna(found["explained"]):
        return "All customers are worth the same, so segments cannot differ in it."
    explained = formats.share(found["explained"])
    if found["explained"] <= found["chance_high"]:
        return (
            f"These segments tell {explained} of the differences in {word} between customers, no more than a random "
            f"split would. They may differ in other things; they do not differ in what they are worth."
        )
    ratio = found["explained"] / found["deciles"] if found["deciles"] else 1.0
    best = formats.share(found["deciles"])
    against = f"about as much as ten plain steps of {word} do ({best})"
    if ratio > 1 / NEARLY_ALL:
        against = f"more than ten plain steps of {word} do ({best})"
    if ratio < NEARLY_ALL:
        against = f"where ten plain steps of {word} tell {best}"
    text = (
        f"These segments tell {explained} of the differences in {word} between customers, {against}; a random split "
        f"would tell {formats.share(found['by_chance'])}."
    )
    if pd.isna(found["next_year"]):
        return text
    return f"{text} The segments of a year before foretold {formats.share(found['next_year'])} of what came after."


def value_steps(now: pd.DataFrame, budget: pd.DataFrame | None, word: str, currency: str) -> tuple[Step, ...]:
    """Return up to three things to do next, each with its evidence.

    Parameters
    ----------
    now : DataFrame
        One row a segment: `segment`, `name` and the columns of `segment_value`.
    budget : DataFrame or None
        Rows of `BudgetShares`; None without spend.
    word : str
        Margin or revenue.
    currency : str
    """
    steps = []
    under = budget[budget["verdict"] == "under"] if budget is not None else pd.DataFrame()
    if len(under):
        row = under.nlargest(1, "gap").iloc[0]
        low, high = formats.money(row["gap_low"], currency), formats.money(row["gap_high"], currency)
        text = f"Spend is {formats.money(row['gap'], currency)} under the share of {word} ({low} to {high})."
        steps.append(
            Step(
                f"Move money towards {called(row['name'])}", text, "See what they need", "opportunities", row["segment"]
            )
        )
    is_known = now["value_at_risk"].notna() & (now["value_at_risk"] > 0) & (now["churn_basis"] != "trailing")
    leaving = now[is_known]
    if len(leaving):
        row = leaving.nlargest(1, "value_at_risk").iloc[0]
        text = (
            f"{formats.counted(round(row['may_leave']), 'customer')} may leave, who brought "
            f"{formats.money(row['value_at_risk'], currency)} in the last twelve months."
        )
        steps.append(Step(f"Keep {called(row['name'])}", text, "See who they are", "segments", row["segment"]))
    text = "Two to four segments, chosen by criteria that people can argue with, and written down."
    steps.append(Step("Decide whom to win", text, "Set priorities", "priorities"))
    return tuple(steps)


def chosen_sentence(now: pd.DataFrame, targets: Sequence[str], word: str, currency: str) -> str:
    """Return what the chosen segments hold now: customers, value, and how their value grew.

    Parameters
    ----------
    now : DataFrame
        One row a segment: `segment`, `customer_share`, `value`, `value_share`, `growth`; NaN where hidden.
    targets : sequence of str
        Ids of the chosen segments.
    word : str
        Margin or revenue.
    currency : str
    """
    chosen = now[now["segment"].isin(list(targets))]
    if chosen.empty:
        return ""
    if chosen[["customer_share", "value", "value_share"]].isna().any(axis=None):
        return f"What the chosen segments hold of the {word} is not told: one of them is a small group."
    held = (
        f"Together they are {formats.share(chosen['customer_share'].sum())} of customers and bring "
        f"{formats.share(chosen['value_share'].sum())} of the {word}, {formats.money(chosen['value'].sum(), currency)}"
    )
    before = chosen["value"] / (1 + chosen["growth"])
    if before.isna().any() or before.sum() <= 0:
        return f"{held}."
    return f"{held} ({formats.change(chosen['value'].sum() / before.sum() - 1)} in a year)."
