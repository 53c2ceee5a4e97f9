"""What a published build tells of a segment's voice, in the words of cards and pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from segmodel import formats
from segmodel.formats import called
from segmodel.personas.persona import Quote, Voice
from segmodel.store import PublishedBuild

_WORDS = 8
_IN_A_SENTENCE = 3


def read_voice(
    published: PublishedBuild, segmentation: str, segment: str, approved: Collection[str] | None = None
) -> Voice | None:
    """Return what the customers of a segment say; None without verbatims, or where too few said anything.

    Parameters
    ----------
    published : PublishedBuild
    segmentation, segment : str
        Its name, and the id of the segment.
    approved : collection of str, optional
        Ids of the quotes a person approved: only these are told. All that were found when left out, for choosing.
    """
    row = _row(published.voices(segmentation), segment)
    if row is None or row["suppressed"]:
        return None
    return Voice(
        n_comments=int(row["comments"]),
        n_customers=int(row["customers"]),
        words=_words(published.voice_words(segmentation), segment)[:_WORDS],
        themes=_themes(published.voice_themes(segmentation), segment),
        sentiment=mood_sentence(row),
        quotes=tuple(
            quote for quote in read_quotes(published, segmentation, segment) if approved is None or quote.id in approved
        ),
    )


def read_quotes(published: PublishedBuild, segmentation: str, segment: str) -> tuple[Quote, ...]:
    """Return the quotes of a segment that a person may choose from, the likeliest first."""
    frame = published.voice_quotes(segmentation)
    return tuple(
        Quote(row["quote_id"], row["text"], row["source"], None if pd.isna(row["said_on"]) else row["said_on"].date())
        for row in frame[frame["segment"] == segment].sort_values("rank").to_dict("records")
    )


def voice_finding(published: PublishedBuild, segmentation: str, segment: str) -> str:
    """Return what a segment speaks of and how it sounds, against the others.

    A mood is compared only where its 95% interval and that of the rest do not overlap.
    """
    names = published.segments(segmentation).set_index("segment")["name"]
    name = called(str(names[segment]))
    row = _row(published.voices(segmentation), segment)
    if row is None:
        return f"{name}: there are no comments to hear"
    if row["suppressed"]:
        return f"{name}: too few customers said anything"
    words = _words(published.voice_words(segmentation), segment)[:_IN_A_SENTENCE]
    spoke = f"{name} spoke of {formats.listed(words)}" if words else f"{name} spoke of nothing more than others did"
    mood = _compared(row)
    return f"{spoke}; {mood}" if mood else spoke


def mood_sentence(row: Mapping[str, Any]) -> str:
    """Return how the comments of a segment sound; empty where that is hidden or cannot be told.

    Parameters
    ----------
    row : mapping
        A row of `PublishedBuild.voices`.
    """
    if row["mood_suppressed"] or pd.isna(row["unhappy"]):
        return ""
    compared = _compared(row)
    if compared:
        return f"{formats.sentence_case(compared)}."
    shares = (
        f"{formats.share(row['glad'])} of the comments in English were glad, {formats.share(row['unhappy'])} unhappy"
    )
    return f"{shares}."


def _compared(row: Mapping[str, Any]) -> str:
    """Return the mood that tells the segment from the rest, the unhappy first; empty where none does."""
    for mood in ("unhappy", "glad"):
        own, rest = row[mood], row[f"{mood}_rest"]
        if row[f"{mood}_differs"] and formats.share(own) != formats.share(rest):
            return (
                f"{formats.share(own)} of their comments in English were {mood}, {formats.share(rest)} of the others’"
            )
    return ""


def _row(frame: pd.DataFrame, segment: str) -> dict[str, Any] | None:
    if frame.empty:
        return None
    rows = frame[frame["segment"] == segment].to_dict("records")
    return {str(name): value for name, value in rows[0].items()} if rows else None


def _words(frame: pd.DataFrame, segment: str) -> tuple[str, ...]:
    return tuple(frame[frame["segment"] == segment].sort_values("rank")["word"])


def _themes(frame: pd.DataFrame, segment: str) -> tuple[str, ...]:
    """Return what the segment speaks of more than the rest, the commonest first."""
    if frame.empty:
        return ()
    above = frame[(frame["segment"] == segment) & frame["is_above"]]
    # a hidden share is that of nearly everybody
    order = above.assign(share=above["share"].fillna(1.0)).sort_values(["share", "label"], ascending=[False, True])
    return tuple(order["label"])
