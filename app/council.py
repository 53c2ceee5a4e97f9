"""What the council keeps: scorings and stories read and saved, with the role of who asks checked again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from app import access, queries
from app.queries import BuildKey
from segmodel.council import BRIEF, QUOTES, STORY, Council, Draft, SavedScoring, Writing, Writings
from segmodel.personas import (
    Brief,
    BriefKind,
    Persona,
    Quote,
    Story,
    approved_to_json,
    brief_subject,
    brief_to_json,
    facts_leaned_on,
    story_to_json,
)
from segmodel.priorities import Matrix, Scoring, evidence
from segmodel.reports import ToldPersona, tell
from segmodel.reports.briefs import ToldBrief, newest_brief, tell_brief
from segmodel.store import account_name


@st.cache_resource(max_entries=8, show_spinner=False)
def _council(folder: str) -> Council:
    return Council(Path(folder))


@st.cache_resource(max_entries=8, show_spinner=False)
def _writings(folder: str) -> Writings:
    return Writings(Path(folder))


def scorings(folder: Path, segmentation: str) -> tuple[SavedScoring, ...]:
    """Return the scorings of a segmentation that were saved, newest first. Not cached: others may save meanwhile.

    Raises
    ------
    CouncilError
        When the database cannot be reached.
    """
    return _council(str(folder)).scorings(segmentation)


def save_scoring(
    key: BuildKey,
    segmentation: str,
    scoring: Scoring,
    matrix: Matrix,
    *,
    name: str,
    who: str,
    version: str,
    based_on: int | None,
    even_so: bool,
) -> SavedScoring:
    """Save a scoring as the next version, with the matrix as it stands now as evidence.

    Parameters
    ----------
    key : BuildKey
    segmentation : str
    scoring : Scoring
    matrix : Matrix
    name, who : str
        What it is called, and who saves it; who is signed in goes before what was typed.
    version : str
        Of the segmentation's model.
    based_on : int or None
        The version it was started from.
    even_so : bool
        Save although somebody has saved another since.

    Raises
    ------
    AccessError
        Below the role steward.
    ConflictError
        When somebody has saved another version since; nothing is lost on either side.
    CouncilError
        When the database cannot be reached or written.
    """
    access.require(access.Role.STEWARD)
    return _council(key.folder).save_scoring(
        segmentation=segmentation,
        name=name,
        who=_person(who),
        # what the scores suggest today is what was decided, whatever they suggest tomorrow
        content=scoring.choosing(scoring.targets if scoring.targets is not None else matrix.targets).to_json(),
        evidence=evidence(queries.segment_facts(key, segmentation), matrix),
        build_id=key.build_id,
        model_version=version,
        based_on=based_on,
        even_so=even_so,
    )


def personas(key: BuildKey, segmentation: str) -> tuple[ToldPersona, ...]:
    """Return every persona as people see it. What people wrote is not cached: others may write meanwhile.

    Raises
    ------
    CouncilError
        When the database cannot be reached.
    """
    return tell(queries.personas(key, segmentation), _writings(key.folder))


def history(key: BuildKey, kind: str, segmentation: str, subject: str) -> tuple[Writing, ...]:
    """Return every version of something people wrote, newest first.

    Raises
    ------
    CouncilError
        When the database cannot be reached.
    """
    return _writings(key.folder).history(kind, segmentation, subject)


def save_story(
    key: BuildKey,
    persona: Persona,
    story: Story,
    *,
    picture: bytes | None,
    who: str,
    based_on: int | None,
    even_so: bool,
) -> Writing:
    """Save a story as the next version, with the facts it leans on as they stand now.

    Parameters
    ----------
    key : BuildKey
    persona : Persona
        The segment, as it is measured now.
    story : Story
        What was written.
    picture : bytes or None
        The picture that goes with it, checked.
    who : str
        Who saves it; who is signed in goes before what was typed.
    based_on : int or None
        The version it was started from.
    even_so : bool
        Save although somebody has saved another since.

    Raises
    ------
    AccessError
        Below the role steward.
    ConflictError
        When somebody has saved another version since; nothing is lost on either side.
    CouncilError
        When the database cannot be reached or written.
    """
    access.require(access.Role.STEWARD)
    digest = "" if picture is None else _writings(key.folder).keep_picture(picture)
    draft = _draft(key, persona, STORY, story_to_json(story, digest), facts_leaned_on(persona))
    return _writings(key.folder).save(draft, who=_person(who), based_on=based_on, even_so=even_so)


def save_quotes(key: BuildKey, persona: Persona, quotes: Sequence[Quote], *, who: str, based_on: int | None) -> Writing:
    """Save which quotes of a segment may be shown; see `save_story` for what is raised."""
    access.require(access.Role.STEWARD)
    draft = _draft(key, persona, QUOTES, approved_to_json(quotes), "{}")
    return _writings(key.folder).save(draft, who=_person(who), based_on=based_on, is_approved=True)


def brief(key: BuildKey, told: ToldPersona, kind: BriefKind) -> ToldBrief:
    """Return a brief as people see it: as it was saved, or a draft. What people wrote is not cached.

    Raises
    ------
    CouncilError
        When the database cannot be reached.
    """
    persona = told.persona
    facts = queries.brief_facts(key, persona.segmentation).get(persona.segment, ())
    return tell_brief(told, facts, kind, newest_brief(_writings(key.folder), persona, kind))


def save_brief(
    key: BuildKey,
    persona: Persona,
    brief: Brief,
    *,
    who: str,
    based_on: int | None,
    is_approved: bool,
    even_so: bool,
) -> Writing:
    """Save a brief as the next version, approved for use or not; see `save_story` for what is raised."""
    access.require(access.Role.STEWARD)
    subject = brief_subject(persona.segment, brief.kind)
    draft = _draft(key, persona, BRIEF, brief_to_json(brief), facts_leaned_on(persona), subject)
    return _writings(key.folder).save(
        draft, who=_person(who), based_on=based_on, is_approved=is_approved, even_so=even_so
    )


def _draft(
    key: BuildKey, persona: Persona, kind: str, content: str, evidence: str, subject: str | None = None
) -> Draft:
    about = subject or persona.segment
    return Draft(kind, persona.segmentation, about, content, evidence, key.build_id, persona.version)


def is_named() -> bool:
    """Say whether it is known who is looking, so that nobody has to type their name."""
    user = access.current_user()
    return user is not None and not user.is_local


def _person(typed: str) -> str:
    user = access.current_user()
    return (typed.strip() or account_name()) if user is None or user.is_local else user.name
