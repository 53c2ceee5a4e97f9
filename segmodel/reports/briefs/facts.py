"""What is measured of a segment that a brief can lean on: more than a card shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from segmodel import formats
from segmodel.personas import Fact, Persona
from segmodel.store import PublishedBuild

_NEEDS = 3


def brief_facts(published: PublishedBuild, persona: Persona) -> tuple[Fact, ...]:
    """Return the facts of one segment, the ones most briefs begin with first; hidden ones are left out.

    Parameters
    ----------
    published : PublishedBuild
    persona : Persona
        The segment, as it is measured in that build.

    Raises
    ------
    StoreError
        When there is no such segmentation.
    """
    if persona.customers is None:
        return ()
    name, segment = persona.segmentation, persona.segment
    return (
        *_sizes(persona),
        *_lifetime(_row(published.segment_value(name), segment), persona, published.value_model()),
        *_reach(_row(published.segment_reach(name), segment)),
        *_needs(published.opportunities(name), segment),
        *_traits(persona),
    )


def _row(frame: pd.DataFrame, segment: str) -> dict[str, Any]:
    """Return the row of a segment, empty where there is none or it is hidden."""
    if frame.empty or segment not in set(frame["segment"]):
        return {}
    row = {str(name): value for name, value in frame.set_index("segment").loc[segment].items()}
    return {} if bool(row.get("suppressed", False)) else row


def _sizes(persona: Persona) -> Iterator[Fact]:
    customers = float(persona.customers or 0)
    count = formats.counted(round(customers), "customer")
    yield Fact("customers", "Customers", f"They are {count}.", customers, "customers")
    share, low, high = persona.customer_share, persona.customer_share_low, persona.customer_share_high
    if share is not None:
        sure = f" (95% interval {formats.share_range(low, high)})" if low is not None else ""
        text = f"They are {formats.share(share)} of customers{sure}."
        yield Fact("customer_share", "Share of customers", text, share, "share", low, high)
    if persona.value_share is not None:
        text = f"They bring {formats.share(persona.value_share)} of {persona.value_basis}."
        yield Fact("value_share", f"Share of {persona.value_basis}", text, persona.value_share, "share")
    if persona.value_index is not None:
        text = f"Value index: {formats.number(persona.value_index)}, where 100 is the average customer."
        yield Fact("value_index", "Value index", text, persona.value_index, "index")
    if persona.value_a_customer is not None:
        label = f"{formats.sentence_case(persona.value_basis)} a customer"
        text = f"{label}: {formats.money(persona.value_a_customer, persona.currency)}."
        yield Fact("value_a_customer", label, text, persona.value_a_customer, "money")
    if persona.growth is not None and persona.growth_since is not None:
        text = f"Their {persona.value_basis} changed by {formats.change(persona.growth)} since "
        text += f"{formats.month(persona.growth_since)}."
        yield Fact("growth", "Change in a year", text, persona.growth, "share")


def _lifetime(row: dict[str, Any], persona: Persona, model: Mapping[str, Any]) -> Iterator[Fact]:
    if not pd.isna(row.get("lifetime_value")) and persona.customers and row.get("basis") == "model":
        ends = (row["lifetime_value"], row["lifetime_value_low"], row["lifetime_value_high"])
        each, low, high = (float(end) / persona.customers for end in ends)
        label = f"Expected {persona.value_basis} a customer in the next {int(model['horizon_months'])} months"
        told, *sure = (formats.money(amount, persona.currency) for amount in (each, low, high))
        text = f"{label}: {told} (95% interval {' to '.join(sure)})."
        yield Fact("lifetime", label, text, each, "money", low, high)
    if not pd.isna(row.get("churn_risk")):
        low, high = row["churn_risk_low"], row["churn_risk_high"]
        text = f"Churn risk: {formats.risk(row['churn_risk'])}."
        yield Fact("churn_risk", "Churn risk", text, float(row["churn_risk"]), "share", low, high)


def _reach(row: dict[str, Any]) -> Iterator[Fact]:
    words = {"consented": "agreed to be written to", "reachable": "agreed and can be matched"}
    for name, said in words.items():
        if not pd.isna(row.get(name)) and row["customers"]:
            count, part = float(row[name]), float(row[name]) / float(row["customers"])
            text = f"{formats.counted(round(count), 'customer')} of {round(row['customers']):,} {said} "
            text += f"({formats.share(part)})."
            label = "Consented customers" if name == "consented" else "Customers who can be reached"
            yield Fact(name, label, text, count, "customers")
            yield Fact(f"{name}_share", f"{label}, share", text, part, "share")


def _needs(found: pd.DataFrame, segment: str) -> Iterator[Fact]:
    """Return what they need and lack more than others, where that is sure."""
    if found.empty:
        return
    own = found[(found["segment"] == segment) & ~found["suppressed"].astype(bool) & found["is_above"].astype(bool)]
    for row in own.sort_values("opportunity", ascending=False).head(_NEEDS).to_dict("records"):
        value = formats.number(row["opportunity"], 1)
        text = f"{row['wording']}: opportunity {value}, more than the others’ (n = {formats.number(row['n'])})."
        low, high = row["opportunity_low"], row["opportunity_high"]
        yield Fact(f"need:{row['need']}", str(row["wording"]), text, float(row["opportunity"]), "score", low, high)


def _traits(persona: Persona) -> Iterator[Fact]:
    for trait in persona.traits:
        # the interval of a share of few customers is the fact; a figure alone would be more than is known
        yield Fact(
            trait.name, trait.label, trait.sentence, trait.value, trait.unit, trait.low, trait.high, trait.rest, True
        )
