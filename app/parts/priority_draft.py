"""The scoring somebody works on: started from a saved version, kept while they look around, and in the link."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from app import selection
from app.parts.text import plain
from app.selection import Context
from segmodel.council import SavedScoring
from segmodel.errors import PrioritiesError
from segmodel.priorities import KNOCK_OUTS, Scoring

_STATE = "scoring_drafts"
_HERE = "scoring_here"
_LONGEST = 8_000
UNSAVED = "new"
OWN_WORDS = "for another reason"
"""Stands in links for a reason that somebody worded."""


@dataclass(frozen=True)
class Draft:
    """A scoring being worked on.

    Attributes
    ----------
    subject : str
        Workspace, segmentation and saved version it belongs to.
    base : SavedScoring or None
        The version it was started from.
    start : Scoring
        As it was then.
    scoring : Scoring
        As it is now.
    """

    subject: str
    base: SavedScoring | None
    start: Scoring
    scoring: Scoring

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from where it was started."""
        return self.scoring != self.start


def current(context: Context, base: SavedScoring | None) -> Draft:
    """Return what is being worked on: what a link brings, what was changed so far, else the saved version."""
    start = (None if base is None else content_of(base)) or Scoring()
    number = UNSAVED if base is None else str(base.number)
    place = _place(context)
    subject = f"{place} {number}"
    asked = _unpacked(selection.settle_text("draft", _LONGEST))
    kept = _drafts().get(place)
    scoring = start
    if asked is not None:
        # what people wrote is not in the link: it is still that of the version it began from
        kept_words = {one: start.knock_outs.get(one, why) for one, why in asked.knock_outs.items() if why == OWN_WORDS}
        scoring = replace(
            asked, notes=start.notes, not_now=start.not_now, knock_outs={**asked.knock_outs, **kept_words}
        )
    elif kept is not None and kept.subject == subject:
        scoring = kept.scoring
    draft = Draft(subject, base, start, scoring)
    _drafts()[place] = draft
    st.session_state[_HERE] = place
    # what people wrote stays out of links
    reasons = {one: why if why in KNOCK_OUTS else OWN_WORDS for one, why in scoring.knock_outs.items()}
    shared = replace(scoring, notes={}, not_now={}, knock_outs=reasons)
    selection.of_page("draft", _packed(shared) if draft.is_changed else "")
    if draft.is_changed:
        # so that a link keeps what it began from, whoever saves meanwhile
        selection.of_page("scoring", number)
    return draft


def held(context: Context) -> str | None:
    """Return the number of the version somebody works on: it stays open when others save newer ones meanwhile."""
    kept = _drafts().get(_place(context))
    if kept is None:
        return None
    return UNSAVED if kept.base is None else str(kept.base.number)


def content_of(version: SavedScoring) -> Scoring | None:
    """Return the scoring that was saved; None, and says so, where it cannot be read."""
    try:
        return Scoring.from_json(version.content)
    except PrioritiesError as error:
        sentence = f"Version {version.number}, {version.name}, cannot be read: {error}"
        st.warning(plain(sentence), icon=":material/warning:")
        return None


def change(step: Callable[[Scoring], Scoring]) -> None:
    """Change the scoring being worked on; for callbacks of widgets."""
    place = st.session_state.get(_HERE, "")
    draft = _drafts().get(place)
    if draft is not None:
        _drafts()[place] = replace(draft, scoring=step(draft.scoring))


def forget() -> None:
    """Drop what was changed, as when another version is opened or this one is saved."""
    _drafts().pop(st.session_state.get(_HERE, ""), None)


def show(key: str, value: object) -> None:
    """Set a widget where it shows another value: one that is being moved is not pulled back by every run."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def _place(context: Context) -> str:
    return f"{context.key.folder} {context.selection.segmentation}"


def _drafts() -> dict[str, Draft]:
    """Return what is being worked on in each segmentation."""
    drafts: dict[str, Draft] = st.session_state.setdefault(_STATE, {})
    return drafts


def _packed(scoring: Scoring) -> str:
    return base64.urlsafe_b64encode(zlib.compress(scoring.to_json().encode(), 9)).decode().rstrip("=")


def _unpacked(text: str) -> Scoring | None:
    """Return the scoring of a link; None where there is none, or it is damaged."""
    if not text:
        return None
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        opened = zlib.decompressobj()
        content = opened.decompress(packed, 100_000)
        return Scoring.from_json(content.decode())
    except (binascii.Error, zlib.error, ValueError, PrioritiesError):
        return None
