"""Briefs as people see them: what was written, or a draft, with what is doubtful about it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmodel import formats
from segmodel.council import BRIEF, Writing, Writings
from segmodel.errors import StoryError
from segmodel.personas import (
    BRIEF_PARTS,
    Brief,
    BriefKind,
    Fact,
    Flag,
    Persona,
    brief_from_json,
    brief_subject,
    changed_facts,
    check_brief,
    drafted_brief,
)
from segmodel.reports.printed import Imprint
from segmodel.reports.stories import ToldPersona
from segmodel.reports.tables import CONFIDENTIAL

_SHOWN_FACTS = 12


@dataclass(frozen=True)
class ToldBrief:
    """One brief of one segment.

    Attributes
    ----------
    persona : Persona
    brief : Brief
        As it was saved; a draft from the facts where nobody saved one.
    facts : tuple of Fact
        All there is to lean on.
    flags : tuple of Flag
        What is doubtful about it now.
    written : Writing or None
        As it is kept.
    """

    persona: Persona
    brief: Brief
    facts: tuple[Fact, ...]
    flags: tuple[Flag, ...]
    written: Writing | None = None

    @property
    def status(self) -> str:
        """Say who approved or saved it, in words."""
        if self.written is None:
            return "Draft from the data; nobody has saved it yet"
        one = self.written
        what = "Approved" if one.is_approved else "Draft, not approved,"
        return f"{what} by {one.who} on {formats.day(one.saved_at.date())}, version {one.number}"


@dataclass(frozen=True)
class BriefSheet:
    """A brief as it is written to a file, in words.

    Attributes
    ----------
    title, status, footer : str
    colour : str
        Of the segment.
    parts : tuple of (str, tuple of str)
        Headings and their lines.
    facts : tuple of str
        What it leans on.
    flags : tuple of str
        What is doubtful.
    """

    title: str
    status: str
    colour: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    facts: tuple[str, ...]
    flags: tuple[str, ...]
    footer: str


def tell_brief(told: ToldPersona, facts: Sequence[Fact], kind: BriefKind, kept: Writing | None) -> ToldBrief:
    """Return a brief as people see it.

    Parameters
    ----------
    told : ToldPersona
        The segment, with story and approved quotes.
    facts : sequence of Fact
        Of `brief_facts`.
    kind : str
    kept : Writing or None
        The newest version, where one was saved.
    """
    persona = told.persona
    brief = _kept(kept, kind) or drafted_brief(kind, persona, facts)
    changed = changed_facts(kept.evidence, persona) if kept else ()
    return ToldBrief(persona, brief, tuple(facts), check_brief(brief, facts, persona, changed), kept)


def newest_brief(writings: Writings, persona: Persona, kind: BriefKind) -> Writing | None:
    """Return the newest version of one brief.

    Raises
    ------
    CouncilError
        When the council's record cannot be read.
    """
    return writings.newest(BRIEF, persona.segmentation).get(brief_subject(persona.segment, kind))


def brief_title(told: ToldBrief) -> str:
    """Return the title of a page on one brief."""
    persona = told.persona
    if persona.customers is None:
        return f"{persona.title}: too few customers to brief on"
    wrong = sum(flag.is_wrong for flag in told.flags)
    if wrong:
        return f"The brief on {persona.title} says what the data do not: {formats.counted(wrong, 'place')}"
    if told.written is None:
        return f"Nobody has briefed on {persona.title} yet: a draft from the data is ready"
    if not told.written.is_approved:
        return f"The brief on {persona.title} awaits approval"
    if all(flag.kind == "empty" for flag in told.flags):
        return f"The brief on {persona.title} is approved and agrees with the data"
    return f"The brief on {persona.title} is approved, and worth another look"


def brief_sheet(told: ToldBrief, imprint: Imprint) -> BriefSheet:
    """Return a brief in words, as files hold it; parts nobody wrote are said to be open."""
    persona, brief = told.persona, told.brief
    count = "too few customers to show" if persona.n is None else formats.counted(persona.n, "customer")
    headings = BRIEF_PARTS[brief.kind]
    return BriefSheet(
        f"{persona.title}. {brief.label}",
        told.status,
        persona.colour,
        tuple((part.heading, brief.parts.get(name) or ("To be written.",)) for name, part in headings.items()),
        tuple(fact.sentence.rstrip(".") for fact in _leaned_on(told.facts)),
        tuple(flag.text for flag in told.flags if flag.kind != "empty"),
        f"{CONFIDENTIAL} · {imprint.source} · {persona.segmentation_label} {persona.version} · {count} as of "
        f"{formats.day(persona.as_of)} · {formats.day(imprint.printed_on)}, {imprint.who}",
    )


def _leaned_on(facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts a sheet lists: each sentence once, the strongest traits only."""
    kept: dict[str, Fact] = {}
    for fact in facts:
        kept.setdefault(fact.sentence, fact)
    return list(kept.values())[:_SHOWN_FACTS]


def _kept(written: Writing | None, kind: BriefKind) -> Brief | None:
    if written is None:
        return None
    try:
        found = brief_from_json(written.content)
    except StoryError:
        return None
    return found if found.kind == kind else None
