"""Briefs: what a team needs to win a segment, part by part, on facts of the segment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from segmodel.errors import StoryError
from segmodel.personas.story import plain_line

BriefKind = Literal["positioning", "brand", "media", "crm", "product", "sales", "service"]

MOST_LINES = 12
LONGEST_LINE = 400


@dataclass(frozen=True)
class Part:
    """One part of a brief.

    Attributes
    ----------
    heading : str
        As people read it.
    is_claim : bool
        What is written there is said of the segment as it is, and held against its facts; else it is an aim or advice.
    """

    heading: str
    is_claim: bool = True


_WHO = {"who": Part("Who we are trying to win")}
_MEASURE = {
    "kpi": Part("The figure that says whether it works", is_claim=False),
    "measured": Part("How it will be measured", is_claim=False),
}


def _playbook(**parts: Part) -> dict[str, Part]:
    advice = {"plays": Part("What to do", is_claim=False), "avoid": Part("What not to do", is_claim=False)}
    return _WHO | parts | advice | _MEASURE


BRIEF_LABELS: dict[BriefKind, str] = {
    "positioning": "Positioning brief",
    "brand": "Playbook: brand and creative",
    "media": "Playbook: media",
    "crm": "Playbook: CRM",
    "product": "Playbook: product",
    "sales": "Playbook: sales",
    "service": "Playbook: service",
}

BRIEF_PARTS: dict[BriefKind, dict[str, Part]] = {
    "positioning": {
        **_WHO,
        "believe_now": Part("What they believe now"),
        "must_believe": Part("What they must believe", is_claim=False),
        "proof": Part("Why they should believe it"),
        "reach": Part("How we reach them"),
        **_MEASURE,
    },
    "brand": _playbook(
        voice=Part("How they speak"), must_believe=Part("The one thing to say", is_claim=False)
    ),
    "media": _playbook(reach=Part("Where and when to find them")),
    "crm": _playbook(reach=Part("Who can be written to"), pace=Part("How often they buy")),
    "product": _playbook(jobs=Part("What they want done"), needs=Part("What they lack")),
    "sales": _playbook(recognise=Part("How to recognise one"), worth=Part("What one is worth")),
    "service": _playbook(recognise=Part("How to recognise one"), voice=Part("What they tell us")),
}  # fmt: skip
"""Parts of each kind of brief, in the order people read them."""


@dataclass(frozen=True)
class Fact:
    """Something measured of a segment that a brief can lean on.

    Attributes
    ----------
    name : str
        `customer_share`, `value_share`, …; for a trait, its name.
    label, sentence : str
        What it is, and it in words.
    value, low, high : float or None
        In `unit`, with the 95% interval where there is one.
    unit : str
        share, money, index, customers, or a feature's.
    also : float or None
        The same among the rest, for traits.
    is_trait : bool
    """

    name: str
    label: str
    sentence: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    also: float | None = None
    is_trait: bool = False


@dataclass(frozen=True)
class Flag:
    """What is doubtful about a brief.

    Attributes
    ----------
    kind : {"no fact", "contradicts", "turned round", "empty", "changed", "unfit"}
    text : str
        A sentence for whoever writes.
    part : str
        Key of the part; empty for the whole.
    """

    kind: Literal["no fact", "contradicts", "turned round", "empty", "changed", "unfit"]
    text: str
    part: str = ""

    @property
    def is_wrong(self) -> bool:
        """Say whether the brief says what the data do not."""
        return self.kind in ("contradicts", "turned round")

    @property
    def is_grave(self) -> bool:
        """Say whether approving the brief with it has to be meant."""
        return self.is_wrong or self.kind == "no fact"


@dataclass(frozen=True)
class Brief:
    """What was written, part by part.

    Attributes
    ----------
    kind : str
        One of `BRIEF_PARTS`.
    parts : mapping of str to tuple of str
        Lines of each part, in its order.
    """

    kind: BriefKind
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What kind of brief it is, in words."""
        return BRIEF_LABELS[self.kind]


def brief_kind(text: str) -> BriefKind:
    """Return the kind of that name.

    Raises
    ------
    StoryError
        When there is none.
    """
    for kind in BRIEF_PARTS:
        if kind == text:
            return kind
    raise StoryError(f"There is no brief '{text}'; there are {', '.join(BRIEF_PARTS)}.")


def written_brief(kind: BriefKind, given: Mapping[str, Iterable[str]]) -> Brief:
    """Return a brief from what was typed, without empty lines and characters nobody sees.

    Raises
    ------
    StoryError
        When a line is too long or a part has too many; all of them are told at once.

    Examples
    --------
    >>> written_brief("media", {"who": ["  Regulars ", ""]}).parts["who"]
    ('Regulars',)
    """
    kept, wrong = {}, []
    for name, part in BRIEF_PARTS[kind].items():
        lines = tuple(line for line in map(plain_line, given.get(name, ())) if line)
        longest = max(map(len, lines), default=0)
        if longest > LONGEST_LINE:
            wrong.append(f"“{part.heading}” has a line of {longest:,} characters, expected at most {LONGEST_LINE}")
        if len(lines) > MOST_LINES:
            wrong.append(f"“{part.heading}” has {len(lines)} lines, expected at most {MOST_LINES}")
        kept[name] = lines
    if wrong:
        raise StoryError(f"The brief cannot be kept as it is: {'; '.join(wrong)}. Shorten it.")
    return Brief(kind, kept)


def brief_to_json(brief: Brief) -> str:
    """Return a brief as JSON."""
    return json.dumps({"kind": brief.kind, "parts": dict(brief.parts)}, ensure_ascii=False)


def brief_from_json(text: str) -> Brief:
    """Return the brief that was kept.

    Raises
    ------
    StoryError
        When it is none.
    """
    try:
        kept: dict[str, Any] = json.loads(text)
        kind = brief_kind(str(kept["kind"]))
        return Brief(kind, {name: tuple(map(str, kept["parts"].get(name, ()))) for name in BRIEF_PARTS[kind]})
    except (ValueError, TypeError, KeyError, AttributeError):
        raise StoryError("A brief in the council's record is damaged; save it again.") from None


def brief_subject(segment: str, kind: BriefKind) -> str:
    """Return the subject under which the council keeps a brief."""
    return f"{segment}/{kind}"
