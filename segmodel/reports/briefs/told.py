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
    problem : str
        Why what was saved cannot be shown, in a sentence; the brief is then a draft from the data. Else empty.
    """

    persona: Persona
    brief: Brief
    facts: tuple[Fact, ...]
    flags: tuple[Flag, ...]
    written: Writing | None = None
    problem: str = ""

    @property
    def is_approved(self) -> bool:
        """Say whether what is shown was approved."""
        return self.written is not None and self.written.is_approved and not self.problem

    @property
    def status(self) -> str:
        """Say who approved or saved it, in words."""
        if self.problem:
            return f"{self.problem} What follows is a draft from the data"
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


def tell_brief(
    told: ToldPersona, facts: Sequence[Fact], kind: BriefKind, kept: Writing | None, *, is_reached: bool = True
) -> ToldBrief:
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
    is_reached : bool
        Whether the council's record could be read.
    """
    persona = told.persona
    saved, problem = _kept(kept, kind)
    if not is_reached:
        problem = "What was saved cannot be read now."
    brief = saved or drafted_brief(kind, persona, facts)
    changed = changed_facts(kept.evidence, persona) if kept and saved else ()
    return ToldBrief(persona, brief, tuple(facts), check_brief(brief, facts, persona, changed), kept, problem)


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
    if told.problem:
        return f"The brief on {persona.title} cannot be shown as it was saved"
    wrong = sum(flag.is_wrong for flag in told.flags)
    if wrong:
        return f"The brief on {persona.title} says what the data do not: {formats.counted(wrong, 'place')}"
    if told.written is None:
        return f"Nobody has briefed on {persona.title} yet: a draft from the data is ready"
    if not told.written.is_approved:
        return f"The brief on {persona.title} awaits approval"
    agrees = all(flag.kind == "empty" for flag in told.flags)
    standing = " and agrees with the data" if agrees else ", and worth another look"
    return f"The brief on {persona.title} is approved{standing}"


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


def _kept(written: Writing | None, kind: BriefKind) -> tuple[Brief | None, str]:
    """Return what was saved, or why it cannot be shown."""
    if written is None:
        return None, ""
    try:
        found = brief_from_json(written.content)
    except StoryError:
        found = None
    if found is None or found.kind != kind:
        saved = f"Version {written.number}, saved by {written.who} on {formats.day(written.saved_at.date())},"
        return None, f"{saved} is damaged and cannot be read; earlier versions may be."
    return found, ""
