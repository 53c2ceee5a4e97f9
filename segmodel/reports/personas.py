"""Personas: a segment's facts, and what people wrote and said, in one value; and as a document to script against."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from segmodel.charts import LIGHT
from segmodel.features import months_before
from segmodel.formats import called, counted, window_words
from segmodel.metrics.facts import all_customers, at_snapshot
from segmodel.personas import Persona, Story, Trait, Voice, read_traits
from segmodel.reports.documents import plain_value
from segmodel.store import PublishedBuild

_FACTS = ("customer_share", "customer_share_low", "customer_share_high", "value", "value_share", "value_index")


def persona(
    published: PublishedBuild, segmentation: str, segment: str, story: Story | None = None, voice: Voice | None = None
) -> Persona:
    """Return the persona of one segment; see `personas`.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : str
    segment : str
        Its id or name.
    story, voice
        What people wrote of it, and what its customers say.

    Raises
    ------
    StoreError
        When the segmentation or the segment is unknown.
    """
    wanted = published.segment_id(segmentation, segment)
    made = personas(published, segmentation, {wanted: story or Story()}, {} if voice is None else {wanted: voice})
    return next(each for each in made if each.segment == wanted)


def personas(
    published: PublishedBuild,
    segmentation: str,
    stories: Mapping[str, Story] | None = None,
    voices: Mapping[str, Voice] | None = None,
) -> tuple[Persona, ...]:
    """Return the persona of every segment at the latest snapshot, in the order of the segmentation.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : str
    stories, voices : mapping, optional
        What people wrote, and what customers say, by id of the segment.

    Raises
    ------
    StoreError
        When the segmentation is unknown.
    """
    segments = published.segments(segmentation)
    info = published.info()
    listed = published.segmentations().set_index("name").loc[segmentation]
    metrics = published.segment_metrics(segmentation)
    facts = at_snapshot(metrics, segments, info["as_of"])
    n = all_customers(metrics, info["as_of"]).get("customers", math.nan)
    traits = read_traits(published, segmentation)
    is_told = len(published.trait_columns()) > 0
    verdicts = published.drift_verdicts(segmentation)
    shared: dict[str, Any] = {
        "workspace": str(info["name"]),
        "segmentation": segmentation,
        "segmentation_label": str(listed["label"]),
        "as_of": info["as_of"],
        "version": str(listed["version"]),
        "build": published.build_id,
        "currency": str(info["currency"]),
        "value_basis": str(info["value_basis"]),
        "window": window_words(str(info["window_months"])),
        "n": None if math.isnan(n) else int(n),
        "left_out": published.left_out(),
    }
    return tuple(
        Persona(
            **shared,
            **_facts(row, info["as_of"]),
            **_verdict(published, segmentation, verdicts, str(row["segment"])),
            segment=str(row["segment"]),
            name=str(row["name"]),
            colour=LIGHT.segment(int(row["colour"])),
            colour_number=int(row["colour"]),
            description=str(row["description"]),
            traits=(found := traits.get(str(row["segment"]), ())),
            traits_note=_note(found, str(row["name"]), is_told=is_told, is_shown=not pd.isna(row["customers"])),
            story=(stories or {}).get(str(row["segment"]), Story()),
            voice=(voices or {}).get(str(row["segment"])),
        )
        for row in facts.to_dict("records")
    )


def personas_document(published: PublishedBuild, segmentation: str | None = None) -> dict[str, Any]:
    """Return the facts of every persona, ready for JSON.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : str, optional
        Only this one; default: all.

    Returns
    -------
    dict
        `build`, `as_of`, `currency`, `value_basis`, `left_out` (protected columns and items) and `segmentations`: by
        name `label`, `version`, `customers` and `personas`: a list of `id`, `name`, `colour`, `description`,
        `customers`, `customer_share` (with `_low` and `_high`), `value`, `value_share`, `value_index`,
        `value_a_customer`, `growth`, `verdict`, `verdict_note`, `traits_note`, `card` (names of the traits on a card)
        and `traits`, each with the attributes of `Trait`.

    Raises
    ------
    StoreError
        When there is no such segmentation.
    """
    info = published.info()
    names = list(published.segmentations()["name"]) if segmentation is None else [segmentation]
    told = {name: personas(published, name) for name in names}
    return {
        "build": published.build_id,
        "as_of": str(info["as_of"]),
        "currency": str(info["currency"]),
        "value_basis": str(info["value_basis"]),
        "left_out": list(published.left_out()),
        "segmentations": {
            name: {
                "label": found[0].segmentation_label,
                "version": found[0].version,
                "customers": found[0].n,
                "personas": [_document(each) for each in found],
            }
            for name, found in told.items()
        },
    }


_TOLD = (
    "name", "colour", "description", "customers", *_FACTS, "value_a_customer", "growth", "verdict", "verdict_note",
    "traits_note",
)  # fmt: skip


def _document(told: Persona) -> dict[str, Any]:
    return {
        "id": told.segment,
        **{name: getattr(told, name) for name in _TOLD},
        "card": [trait.name for trait in told.top_traits],
        "traits": [asdict(trait) for trait in told.traits],
    }


def _facts(row: Mapping[Any, Any], as_of: datetime.date) -> dict[str, Any]:
    """Return a segment's facts; None where hidden or not known."""
    known = {name: plain_value(row.get(name)) for name in (*_FACTS, "customers", "value_per_customer", "growth")}
    customers = known["customers"]
    return {
        **{name: known[name] for name in _FACTS},
        "customers": None if customers is None else int(customers),
        "value_a_customer": known["value_per_customer"],
        "growth": known["growth"],
        "growth_since": None if known["growth"] is None else months_before(as_of, 12),
    }


def _verdict(published: PublishedBuild, segmentation: str, verdicts: pd.DataFrame, segment: str) -> dict[str, Any]:
    """Return whether a segment is still what was found, with the gravest reason."""
    if verdicts.empty or segment not in set(verdicts["segment"]):
        return {}
    verdict, note = verdicts.set_index("segment").loc[segment, ["verdict", "note"]]
    reasons = published.drift_reasons(segmentation)
    own = reasons[(reasons["segment"] == segment) & (reasons["verdict"] == verdict)].sort_values("place")
    return {"verdict": str(verdict), "verdict_note": str(own["text"].iloc[0]) if len(own) else str(note)}


def _note(traits: tuple[Trait, ...], name: str, *, is_told: bool, is_shown: bool) -> str:
    """Return why a segment has no traits, where it has none."""
    if not is_told:
        return "This build is older than traits; build the workspace again to see them."
    if traits:
        return ""
    if not is_shown:
        return f"Nobody is in {called(name)} now, or too few to be told of."
    return (
        f"Nothing that is known of customers sets {called(name)} apart from the rest: "
        "no difference is past noise and large enough to matter."
    )


def persona_size(told: Persona) -> str:
    """Return how many customers a segment has, in words.

    Examples
    --------
    >>> from segmodel.personas import Persona
    >>> import datetime
    >>> made = Persona("Shop", "behaviour", "How people buy", "s1", "Gift givers", "#3C36B2", "", datetime.date(2026, 6,
    ...                30), "v001", "b", "GBP", "margin", 6000, 1440)
    >>> persona_size(made)
    '1,440 customers'
    """
    return "nobody, or too few to be shown" if told.customers is None else counted(told.customers, "customer")
