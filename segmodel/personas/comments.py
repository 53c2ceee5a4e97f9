"""Comments as they are looked into: read from the checked sources, masked, and taken apart."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from segmodel.engines import Engine
from segmodel.personas.identifiers import read_known
from segmodel.personas.masking import LONGEST, Masker, count_masks, readable, unmasked
from segmodel.personas.sentiment import mood
from segmodel.personas.themes import Themes, find_themes
from segmodel.personas.words import words_of

MOST_COMMENTS = 20_000
"""Comments that are looked into; of more, these are drawn by a hash of who said what: every build draws alike."""

_LONGEST_SOURCE = 40


@dataclass(frozen=True)
class Comments:
    """Comments, masked.

    Attributes
    ----------
    frame : DataFrame
        One row a comment: customer (a number of ours), customer_id, text, words, mood, theme, nearness, source and
        said_on.
    themes : tuple of str
        What they are about.
    masker : Masker
        What masked them.
    n_read, n_cut, n_empty, n_masks : int
        Comments there were; those of which the end was left out, those that say nothing once masked, and the masks.
    """

    frame: pd.DataFrame
    themes: tuple[str, ...]
    masker: Masker
    n_read: int
    n_cut: int
    n_empty: int
    n_masks: int


def read_comments(engine: Engine, minimum_group: int) -> Comments:
    """Read table `verbatims`, mask it, and tell words, moods and themes.

    Parameters
    ----------
    engine : Engine
        Holds the checked sources, `verbatims` among them.
    minimum_group : int
        Words said by fewer customers name no theme.
    """
    raw = engine.frame(
        "SELECT customer_id, said_at, text, coalesce(source, '') AS source FROM verbatims "
        "ORDER BY hash(customer_id, text, said_at), customer_id, said_at, text, source "
        f"LIMIT {MOST_COMMENTS}"
    ).sort_values(["customer_id", "said_at", "text", "source"], ignore_index=True)
    texts = list(zip(raw["customer_id"], raw["text"].map(readable), strict=True))
    masker = Masker(read_known(engine, texts, minimum_group))
    masked = [masker.mask(text) for text in raw["text"]]
    frame = pd.DataFrame(
        {
            "customer": raw["customer_id"].factorize(sort=True)[0],
            "customer_id": raw["customer_id"],
            "text": masked,
            "words": [words_of(text) for text in masked],
            "mood": [mood(text) for text in masked],
            "source": _sources(raw, masker, minimum_group),
            "said_on": raw["said_at"].dt.normalize(),
        }
    )
    is_empty = frame["text"].map(lambda text: not any(map(str.isalpha, unmasked(text)))).astype(bool)
    spoken = frame[~is_empty].reset_index(drop=True)
    themes = _themes(spoken, minimum_group)
    return Comments(
        frame=spoken.assign(theme=themes.of, nearness=themes.nearness),
        themes=themes.labels,
        masker=masker,
        n_read=int(engine.value("SELECT count(*) FROM verbatims")),
        n_cut=int((raw["text"].str.len() > LONGEST).sum()),
        n_empty=int(is_empty.sum()),
        n_masks=sum(map(count_masks, masked)),
    )


def _sources(raw: pd.DataFrame, masker: Masker, minimum_group: int) -> pd.Series:
    """Return where comments were said; nothing where few customers said anything there, or where it names somebody."""
    told = {
        source: source if len(source) <= _LONGEST_SOURCE and masker.mask(source) == source else ""
        for source in raw["source"].unique()
    }
    sources = raw["source"].map(told)
    customers = raw.groupby(sources)["customer_id"].nunique()
    return sources.where(sources.map(customers) >= minimum_group, "")


def _themes(frame: pd.DataFrame, minimum_group: int) -> Themes:
    """Find themes made of words that enough customers said, the commonest first."""
    said = frame[["customer", "words"]].explode("words").dropna().drop_duplicates()
    count = said["words"].value_counts()
    common = count[count >= minimum_group].reset_index().sort_values(["count", "words"], ascending=[False, True])
    return find_themes(frame["words"].tolist(), common["words"].tolist())
