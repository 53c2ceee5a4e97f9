"""What is said of each thing known of customers: in which words, how useful it is, and what it is much the same as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from segmodel.features import Feature
from segmodel.formats import sentence_case
from segmodel.personas.persona import Kind

Form = Literal["number", "flag", "words"]
"""A number, yes or no, or one of several words."""

SEEN, WORKED_OUT, TOLD, ABSTRACT = 1.0, 0.8, 0.7, 0.5
"""How much a trait counts for whoever meets or addresses a customer: what they can see or act on, what somebody has to
work out first, what is known only of those who answered a survey, and what only a statistician can picture."""


@dataclass(frozen=True)
class Column:
    """One thing known of every customer.

    Attributes
    ----------
    name : str
        Unique; of what customers buy and how they are in touch, with the category or kind: `bought = gifts`.
    sql : str
        Expression over the relation of customers.
    form : str
        number, flag (yes or no) or words.
    kind : str
        Where it comes from.
    label : str
        What it is, in plain words.
    family : str
        What it is much the same as.
    unit : str
        Of numbers, as features have it.
    weight : float
        `SEEN`, `WORKED_OUT`, `TOLD` or `ABSTRACT`.
    words : tuple of str
        Before its value, and after it: `every {9 days}`, `{21 days} ago`.
    opposite : str
        Of shares, what the others do: a segment that orders less on weekdays orders more at weekends.
    """

    name: str
    sql: str
    form: Form
    kind: Kind
    label: str
    family: str
    unit: str = "share"
    weight: float = SEEN
    words: tuple[str, str] = ("", "")
    opposite: str = ""


@dataclass(frozen=True)
class _View:
    family: str
    weight: float = SEEN
    label: str = ""
    words: tuple[str, str] = ("", "")
    opposite: str = ""


_VIEWS: Mapping[str, _View] = {
    "frequency": _View("pace", label="Orders in {window}"),
    "mean_gap_days": _View("pace", label="Buys", words=("every ", "")),
    "days_active": _View("pace", WORKED_OUT),
    "gap_regularity": _View("regularity", ABSTRACT),
    "recency_days": _View("recency", label="Last bought", words=("", " ago")),
    "tenure_days": _View("tenure", WORKED_OUT, label="Customer for"),
    "trend": _View("trend", ABSTRACT),
    "monetary": _View("spend", label="Spend in {window}"),
    "value": _View("spend", WORKED_OUT, label="Value in {window}"),
    "average_order_value": _View("spend"),
    "refund_share": _View("refunds", WORKED_OUT),
    "discount_share": _View("promotion"),
    "weekday_share": _View("weekday", opposite="Orders at weekends"),
    "evening_share": _View("hour", opposite="Orders before 5 pm"),
    "main_channel": _View("channel"),
    "favourite_category": _View("category"),
    "category_count": _View("category", WORKED_OUT),
    "top_category_share": _View("category", WORKED_OUT, label="Orders in the favourite category"),
}
_ROWS: Mapping[str, _View] = {"channel": _View("channel"), "category": _View("category")}
_PURCHASES = {"promotion", "channel", "category", "refunds"}


def behaviour(feature: Feature, sql: str, window: str) -> Column:
    """Return a feature of the catalogue as a column; `window` says how far back it looks, as in `12 months`."""
    view = _VIEWS.get(feature.name) or _ROWS.get(feature.rows) or _View(feature.name, WORKED_OUT)
    # "Share of orders on weekdays: 84%" says share twice
    plain = sentence_case(feature.label.removeprefix("Share of ")) if feature.unit == "share" else feature.label
    return Column(
        name=feature.name,
        sql=sql,
        form="number" if feature.is_numeric else "words",
        kind="purchase" if view.family in _PURCHASES else "behaviour",
        label=(view.label or plain).replace("{window}", window),
        family=view.family,
        unit=feature.unit if feature.is_numeric else "share",
        weight=view.weight,
        words=view.words,
        opposite=view.opposite,
    )


def attribute(name: str, sql: str, form: Form) -> Column:
    """Return a column of the customers table."""
    words = name.replace("_", " ").strip()
    for verb in ("is ", "has "):
        if form == "flag" and words.casefold().startswith(verb):
            words = words[len(verb) :]
    unit = "number" if form == "number" else "share"
    return Column(name, sql, form, "attribute", sentence_case(words), name, unit)


def answer(item: Feature, sql: str, form: Form) -> Column:
    """Return an item of the survey."""
    unit = item.unit if form == "number" else "share"
    return Column(item.name, sql, form, "answer", item.label, item.name, unit, TOLD)


def bought(category: str, sql: str) -> Column:
    """Return whether a customer bought a category."""
    return Column(f"bought = {category}", sql, "flag", "purchase", f"Buys {category}", "category")


def contact(kind: str, sql: str) -> Column:
    """Return whether there was a contact of a kind."""
    return Column(f"contact = {kind}", sql, "flag", "contact", f"Contact: {kind}", f"contact = {kind}")
