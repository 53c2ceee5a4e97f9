"""Personas on paper: a poster, a one-pager, cards to flip through and a cue card for the service desk."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from segmodel import formats
from segmodel.errors import StoryError
from segmodel.personas import Persona, Quote, Trait, trait_certainty
from segmodel.reports.printed.emblem import emblem_svg
from segmodel.reports.printed.typeset import breakable, typeset

Print = Literal["poster", "one-pager", "flip-cards", "cue-card"]

PRINTS: dict[Print, str] = {
    "poster": "A3 poster, one a segment",
    "one-pager": "A4 one-pager, one a segment",
    "flip-cards": "A6 cards, eight on an A3 sheet",
    "cue-card": "A4 cue card for the service desk, all segments",
}
"""What can be printed, and how it is called."""

_TEMPLATES = {"poster": "page", "one-pager": "page", "flip-cards": "cards", "cue-card": "cues"}
_PAPERS = {"poster": "a3", "one-pager": "a4"}
_LONGEST = 240
_VERDICTS = {
    "fit": "Still as they were found",
    "watch": "Something about them moved: look before you rely on this",
    "unfit": "No longer what was found: ask the owner before you use this",
}
"""Whether the segment still holds, for a reader who knows nothing of the product."""


@dataclass(frozen=True)
class Imprint:
    """What every print says of itself, beside "Confidential".

    Attributes
    ----------
    source : str
        Where the facts come from: the workspace and its build.
    who : str
        The person, with their role.
    printed_on : date
    """

    source: str
    who: str
    printed_on: datetime.date


def print_personas(
    personas: Sequence[Persona], imprint: Imprint, kind: Print, output: Literal["pdf", "png"] = "pdf"
) -> list[bytes]:
    """Return personas as they are printed: one PDF, or a PNG a page.

    Texts are handed over as data and never as typst's markup, so whatever people wrote is set as it stands. What is too
    long for its page is set smaller, down to half; lines are cut at 240 characters before.

    Parameters
    ----------
    personas : sequence of Persona
        Of one segmentation.
    imprint : Imprint
    kind : str
        One of `PRINTS`.
    output : {"pdf", "png"}

    Raises
    ------
    StoryError
        When there is no persona, or no such print.
    """
    if kind not in PRINTS:
        raise StoryError(f"There is no print '{kind}'; there are {formats.listed(PRINTS)}.")
    if not personas:
        raise StoryError("There is no persona to print.")
    pictures: dict[str, bytes] = {}
    told = [_told(persona, place, pictures) for place, persona in enumerate(personas)]
    data = {"paper": _PAPERS.get(kind, "a4"), "footer": _footer(personas[0], imprint), "personas": told}
    return typeset(_TEMPLATES[kind], data, output, pictures)


def _footer(persona: Persona, imprint: Imprint) -> str:
    count = "too few customers to show" if persona.n is None else formats.counted(persona.n, "customer")
    return (
        f"Confidential · {imprint.source} · {persona.segmentation_label} {persona.version} · {count} as of "
        f"{formats.day(persona.as_of)} · printed {formats.day(imprint.printed_on)} by {imprint.who}"
    )


def _told(persona: Persona, place: int, pictures: dict[str, bytes]) -> dict[str, Any]:
    story, voice = persona.story, persona.voice
    money = partial(formats.money, currency=persona.currency)
    if story.image is not None:
        picture = f"picture-{place}.png"
        pictures[picture] = story.image
    else:
        picture = f"emblem-{place}.svg"
        pictures[picture] = emblem_svg(f"{persona.segmentation} {persona.segment}", persona.colour).encode()
    return {
        "title": _cut(persona.title, 60),
        "colour": persona.colour,
        "picture": picture,
        "essence": _cut(story.essence or ("" if persona.top_traits else persona.description)),
        "figures": [
            [formats.shown(persona.customer_share, formats.share), f"of {_all(persona)}"],
            [formats.shown(persona.value_share, formats.share), _within(f"of all {persona.value_basis}", persona)],
            [formats.shown(persona.customers, formats.number), "customers in it"],
            [formats.shown(persona.value_a_customer, money), _of_what(persona, money)],
        ],
        "traits": [_trait(trait, persona) for trait in persona.top_traits],
        "traits_note": persona.traits_note,
        "lists": [
            [heading, [_cut(line) for line in lines]]
            for heading, lines in (
                ("Recognise them", story.cues), ("What they want done", story.jobs), ("What they need", story.needs),
                ("Do", story.dos), ("Don’t", story.donts),
            )
            if lines
        ],
        "cues": [_cut(line) for line in story.cues],
        "dos": [_cut(line) for line in story.dos],
        "donts": [_cut(line) for line in story.donts],
        "quote": _cut(voice.quotes[0].text) if voice and voice.quotes else "",
        "said": _said(voice.quotes[0]) if voice and voice.quotes else "",
        "owner": f"Owner: {story.owner or 'nobody yet'}",
        "written": f"Written by {story.who}, {formats.day(story.when.date())}" if story.who and story.when else "",
        "measured": f"measured on {formats.day(persona.as_of)}",
        "warning": _cut(_warning(persona), 400),
        "is_sound": persona.verdict == "fit" or not persona.verdict,
        "verdict": _VERDICTS.get(persona.verdict, "Not tested yet whether this still holds"),
    }  # fmt: skip


def _trait(trait: Trait, persona: Persona) -> dict[str, Any]:
    return {
        "label": _cut(trait.label),
        "against": _cut(trait.against),
        "sure": trait_certainty(trait, persona.currency, persona.customers),
        "bars": _bars(trait),
    }


def _bars(trait: Trait) -> list[float]:
    """Return how long the bars of the segment and of the rest are, from 0 to 1; none where one is below nought."""
    if min(trait.value, trait.rest) < 0:
        return []
    whole = 1.0 if trait.measure == "share" or trait.unit == "share" else max(trait.value, trait.rest)
    return [min(each / whole, 1.0) if whole else 0.0 for each in (trait.value, trait.rest)]


def _of_what(persona: Persona, money: Callable[[float | None], str]) -> str:
    """Return what value a customer is, when, and what it is of all customers, to hold the segment's figure against."""
    what = _within(f"{persona.value_basis} a customer", persona)
    if persona.value_a_customer is None or not persona.value_index:
        return what
    return f"{what}; all customers: {money(100 * persona.value_a_customer / persona.value_index)}"


def _within(what: str, persona: Persona) -> str:
    return f"{what}, {persona.window}" if persona.window else what


def _all(persona: Persona) -> str:
    return "customers" if persona.n is None else f"all {formats.counted(persona.n, 'customer')}"


def _warning(persona: Persona) -> str:
    """Return what to know before relying on the card; empty where the segment is what was found."""
    if persona.verdict not in ("watch", "unfit"):
        return ""
    return f"{persona.verdict_note} All figures here are of {formats.day(persona.as_of)}, after this change.".strip()


def _said(quote: Quote) -> str:
    """Return who said it, and where and when as far as that is known."""
    known = [quote.source, formats.month(quote.said_on) if quote.said_on else ""]
    return ", ".join(["A customer of the segment", *(_cut(each, 60) for each in known if each)])


def _cut(text: str, longest: int = _LONGEST) -> str:
    """Return a text of no more than so many characters, in which words no line could hold may be broken."""
    kept = text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
    return breakable(kept)
