"""The scoring somebody works on: started from a saved version, kept while they look around, and in the link."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from app import selection
from app.selection import Context
from segmodel.council import SavedScoring
from segmodel.errors import PrioritiesError
from segmodel.priorities import Scoring

_STATE = "scoring_draft"
_LONGEST = 8_000
UNSAVED = "new"


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
    start = Scoring() if base is None else Scoring.from_json(base.content)
    number = UNSAVED if base is None else str(base.number)
    subject = f"{context.key.folder} {context.selection.segmentation} {number}"
    asked = _unpacked(selection.settle_text("draft", _LONGEST))
    kept = st.session_state.get(_STATE)
    scoring = start
    if asked is not None:
        scoring = asked
    elif isinstance(kept, Draft) and kept.subject == subject:
        scoring = kept.scoring
    draft = Draft(subject, base, start, scoring)
    st.session_state[_STATE] = draft
    # what people wrote stays out of links
    shared = replace(scoring, notes={}, not_now={})
    selection.of_page("draft", _packed(shared) if draft.is_changed else "")
    return draft


def held(context: Context) -> str | None:
    """Return which version unsaved changes were started from, so that they outlive somebody else's saving; or None."""
    kept = st.session_state.get(_STATE)
    start = f"{context.key.folder} {context.selection.segmentation} "
    if isinstance(kept, Draft) and kept.is_changed and kept.subject.startswith(start):
        return kept.subject.removeprefix(start)
    return None


def change(step: Callable[[Scoring], Scoring]) -> None:
    """Change the scoring being worked on; for callbacks of widgets."""
    draft = st.session_state.get(_STATE)
    if isinstance(draft, Draft):
        st.session_state[_STATE] = replace(draft, scoring=step(draft.scoring))


def forget() -> None:
    """Drop what was changed, as when another version is opened or this one is saved."""
    st.session_state.pop(_STATE, None)


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
