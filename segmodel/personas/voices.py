"""Voices: what a build keeps of what customers say, by segment; masked, and never of a handful of people."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import false_discovery_control, norm

from segmodel.engines import Engine
from segmodel.intervals import wilson
from segmodel.personas.comments import Comments, read_comments
from segmodel.personas.masking import Masker
from segmodel.personas.quotes import choose_quotes, customers_by_token, is_safe
from segmodel.personas.sentiment import MOODS
from segmodel.personas.words import FALSE_DISCOVERIES, customers_by_word, distinctive_words, word_scores
from segmodel.store import append_table, rounded, store_table
from segmodel.suppression import small_cells, small_parts

ALL = ""
"""Stands for all segments."""

_ENDS = ("", "_low", "_high")
VOICES = {
    **dict.fromkeys(("segmentation", "segment"), "VARCHAR"),
    **dict.fromkeys(("comments", "customers", "english"), "BIGINT"),
    **{f"{mood}{end}": "DOUBLE" for mood in MOODS for end in _ENDS},
    **{f"{mood}_rest": "DOUBLE" for mood in MOODS},
    **{f"{mood}_differs": "BOOLEAN" for mood in MOODS},
    "suppressed": "BOOLEAN",
    "mood_suppressed": "BOOLEAN",
}
WORDS = {
    "segmentation": "VARCHAR", "segment": "VARCHAR", "rank": "BIGINT", "word": "VARCHAR", "customers": "BIGINT",
    "share": "DOUBLE", "index": "DOUBLE", "z": "DOUBLE", "q": "DOUBLE",
}  # fmt: skip
THEMES = {
    "segmentation": "VARCHAR", "segment": "VARCHAR", "theme": "BIGINT", "label": "VARCHAR", "customers": "BIGINT",
    "share": "DOUBLE", "share_low": "DOUBLE", "share_high": "DOUBLE", "share_rest": "DOUBLE", "q": "DOUBLE",
    "is_above": "BOOLEAN", "suppressed": "BOOLEAN",
}  # fmt: skip
QUOTES = {
    "segmentation": "VARCHAR", "segment": "VARCHAR", "rank": "BIGINT", "quote_id": "VARCHAR", "text": "VARCHAR",
    "theme": "VARCHAR", "source": "VARCHAR", "said_on": "DATE",
}  # fmt: skip


def store_voices(engine: Engine, segmentations: Sequence[str], minimum_group: int) -> None:
    """Create the tables of voices where there are verbatims; else none of them is made.

    `voices` (a row a segment, `''`: all, with how they sound), `voice_words`, `voice_themes`, `voice_quotes`, and
    `voice_basis`, one row on what all of it rests on. Only masked text gets there, of quotes alone. Rows of verbatims
    in quarantine are masked as well.

    Parameters
    ----------
    engine : Engine
        Holds `assignments`, `snapshots` and the checked sources.
    segmentations : sequence of str
        Names in `assignments`.
    minimum_group : int
        Smaller groups are hidden, with one segment more where the others would tell.
    """
    if "verbatims" not in engine.tables():
        return
    comments = read_comments(engine, minimum_group)
    _mask_quarantine(engine, comments.masker)
    tokens = customers_by_token(comments.frame)
    safe = comments.frame["text"].map(lambda text: is_safe(text, tokens)).astype(bool)
    for segmentation in segmentations:
        said = _with_segments(engine, comments.frame.assign(is_safe=safe), segmentation)
        segments = _segments(engine, segmentation)
        table = voice_table(said, segments, minimum_group)
        append_table(engine, "voices", VOICES, segmentation, _rounded(table))
        told = said[said["segment"].isin(table.loc[~table["suppressed"], "segment"])]
        words, quotes = _words_and_quotes(said, told, segmentation, minimum_group, comments.themes)
        append_table(engine, "voice_words", WORDS, segmentation, _rounded(words))
        append_table(engine, "voice_quotes", QUOTES, segmentation, quotes)
        themes = theme_table(said, segments, comments.themes, minimum_group)
        append_table(engine, "voice_themes", THEMES, segmentation, _rounded(themes))
    store_table(engine, "voice_basis", _basis(comments))


def voice_table(said: pd.DataFrame, segments: Sequence[str], minimum_group: int) -> pd.DataFrame:
    """Count the comments of each segment, and say how those in English sound.

    Shares are of comments; their 95% intervals (Wilson) count customers, as comments of one customer are alike. A mood
    differs from that of the rest where the two intervals do not overlap.

    Parameters
    ----------
    said : DataFrame
        One row a comment: customer, segment, mood (empty: not told to be English).
    segments : sequence of str
        All segments, those nobody of whom said anything too.
    minimum_group : int

    Returns
    -------
    DataFrame
        One row a segment and one for all of them (`''`), see `VOICES`; moods are hidden as a whole where one of them
        was voiced by a small group, or by all but one.
    """
    heard = said.groupby("segment").agg(comments=("customer", "size"), customers=("customer", "nunique"))
    english = said[said["mood"] != ""]
    frame = heard.assign(
        english=english.groupby("segment").size(),
        english_customers=english.groupby("segment")["customer"].nunique(),
        **{mood: english[english["mood"] == mood].groupby("segment").size() for mood in MOODS},
        **{f"of_{mood}": english[english["mood"] == mood].groupby("segment")["customer"].nunique() for mood in MOODS},
    )
    frame = frame.reindex(list(segments)).fillna(0)
    frame = pd.concat([frame.sum().to_frame(ALL).T, frame]).rename_axis("segment").reset_index()
    cells = frame.assign(snapshot=0, filter_1="", filter_2="")
    hidden = small_cells(cells, minimum_group)
    cells = cells.assign(customers=frame["english_customers"])
    cells["suppressed"] = small_cells(cells, minimum_group, hidden)
    hidden_moods = np.logical_or.reduce([small_parts(cells, f"of_{mood}", minimum_group) for mood in MOODS])
    # what one segment hides is told by all of them and the others, unless another is hidden with it
    cells["suppressed"] = small_cells(cells, minimum_group, hidden_moods)
    return _with_moods(frame, hidden, cells["suppressed"].to_numpy(dtype=bool))


def _with_moods(
    frame: pd.DataFrame, hidden: npt.NDArray[np.bool_], hidden_moods: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    n, people = (frame[name].to_numpy(dtype=float) for name in ("english", "english_customers"))
    made = frame[["segment"]].assign(suppressed=hidden, mood_suppressed=hidden_moods)
    for name in ("comments", "customers", "english"):
        made[name] = frame[name].astype("Int64").mask(hidden)
    is_compared = ~hidden_moods & (frame["segment"] != ALL).to_numpy()
    for mood in MOODS:
        count = frame[mood].to_numpy(dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            share, rest = count / n, (count[0] - count) / (n[0] - n)
        own = wilson(share * people, people)
        others = wilson(rest * (people[0] - people), people[0] - people)
        for end, values in zip(_ENDS, (own.value, own.low, own.high), strict=True):
            made[f"{mood}{end}"] = np.where(hidden_moods, np.nan, values)
        made[f"{mood}_rest"] = np.where(is_compared, rest, np.nan)
        made[f"{mood}_differs"] = is_compared & ((own.low > others.high) | (own.high < others.low))
    return made


def theme_table(said: pd.DataFrame, segments: Sequence[str], labels: Sequence[str], minimum_group: int) -> pd.DataFrame:
    """Count the customers of each segment who speak of each theme.

    Parameters
    ----------
    said : DataFrame
        One row a comment: customer, segment, theme (-1: none).
    segments : sequence of str
    labels : sequence of str
        Of the themes.
    minimum_group : int

    Returns
    -------
    DataFrame
        One row a theme and segment (`''`: all), see `THEMES`; shares are of the customers who said anything.
        `is_above` says that the share is above that of the rest, with false discoveries held at 5% over the table, also
        where the share itself is hidden as few did not speak of the theme. Where all segments together would give away
        a hidden one, the total and the shares of the rest are left out.
    """
    heard = said.groupby("segment")["customer"].nunique().reindex(list(segments), fill_value=0)
    spoke = said[said["theme"] >= 0].groupby(["theme", "segment"])["customer"].nunique()
    cells = spoke.reindex(
        pd.MultiIndex.from_product([range(len(labels)), segments], names=["theme", "segment"]), fill_value=0
    )
    frame = cells.rename("spoke").reset_index()
    total = frame.groupby("theme", as_index=False)["spoke"].sum().assign(segment=ALL)
    frame = pd.concat([total, frame], ignore_index=True)
    frame["customers"] = frame["segment"].map({**heard, ALL: heard.sum()}).astype(float)
    count, n = frame["spoke"].to_numpy(dtype=float), frame["customers"].to_numpy(dtype=float)
    hidden = _is_few(count, minimum_group) | _is_few(n - count, minimum_group) | (n < minimum_group)
    is_all = (frame["segment"] == ALL).to_numpy()
    hidden |= is_all & frame["theme"].isin(_untold(frame[~is_all], hidden[~is_all], minimum_group)).to_numpy()
    whole = total.set_index("theme")["spoke"].reindex(frame["theme"]).to_numpy(dtype=float)
    n_rest = heard.sum() - n
    q = _q_values(count, n, whole - count, n_rest, (count >= minimum_group) & ~is_all & (n_rest > 0))
    is_known = ~hidden & ~is_all & (n_rest > 0) & ~frame["theme"].isin(frame["theme"][is_all & hidden]).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = count / n - (whole - count) / n_rest
        rest = np.where(is_known, (whole - count) / n_rest, np.nan)
    own = wilson(count, n)
    made = pd.DataFrame({"segment": frame["segment"], "theme": frame["theme"], "suppressed": hidden})
    made["label"] = [labels[theme] for theme in frame["theme"]]
    made["customers"] = frame["spoke"].astype("Int64").mask(hidden)
    for name, values in {"share": own.value, "share_low": own.low, "share_high": own.high}.items():
        made[name] = np.where(hidden, np.nan, values)
    return made.assign(
        share_rest=rest, q=np.where(is_known, q, np.nan), is_above=(q <= FALSE_DISCOVERIES) & (difference > 0)
    )


def _is_few(count: npt.NDArray[np.float64], minimum_group: int) -> npt.NDArray[np.bool_]:
    return (count > 0) & (count < minimum_group)


def _untold(frame: pd.DataFrame, hidden: npt.NDArray[np.bool_], minimum_group: int) -> list[int]:
    """Return themes of which all segments together, less those that are shown, would tell a small group."""
    few = frame[hidden].groupby("theme")["spoke"].agg(["size", "sum"])
    return few.index[(few["size"] < 2) | (few["sum"] < minimum_group)].tolist()


def _q_values(
    count: npt.NDArray[np.float64],
    n: npt.NDArray[np.float64],
    count_rest: npt.NDArray[np.float64],
    n_rest: npt.NDArray[np.float64],
    where: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Return q-values of two-sided tests that two shares are one, NaN elsewhere."""
    found = np.full(len(count), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        both = (count + count_rest) / (n + n_rest)
        z = (count / n - count_rest / n_rest) / np.sqrt(both * (1 - both) * (1 / n + 1 / n_rest))
    tested = where & np.isfinite(z)
    if tested.any():
        found[tested] = false_discovery_control(2 * norm.sf(np.abs(z[tested])))
    return found


def _words_and_quotes(
    said: pd.DataFrame, told: pd.DataFrame, segmentation: str, minimum_group: int, labels: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    scores = word_scores(customers_by_word(said))
    heard = said.groupby("segment")["customer"].nunique()
    words = distinctive_words(scores[scores["segment"].isin(told["segment"])], heard, minimum_group)
    quotes = choose_quotes(told, scores, segmentation, told["is_safe"])
    return words, quotes.assign(theme=[labels[theme] if theme >= 0 else "" for theme in quotes["theme"]])


def _with_segments(engine: Engine, frame: pd.DataFrame, segmentation: str) -> pd.DataFrame:
    """Return the comments of customers who are in a segment at the latest snapshot."""
    sql = (
        "SELECT customer_id, segment FROM assignments SEMI JOIN verbatims USING (customer_id) "
        "WHERE segmentation = $segmentation AND segment IS NOT NULL "
        "AND snapshot = (SELECT max(snapshot) FROM snapshots)"
    )
    return frame.merge(engine.frame(sql, {"segmentation": segmentation}), on="customer_id")


def _segments(engine: Engine, segmentation: str) -> list[str]:
    sql = (
        "SELECT DISTINCT segment FROM assignments WHERE segmentation = $segmentation AND segment IS NOT NULL "
        "AND snapshot = (SELECT max(snapshot) FROM snapshots) ORDER BY segment"
    )
    return [segment for (segment,) in engine.rows(sql, {"segmentation": segmentation})]


def _basis(comments: Comments) -> pd.DataFrame:
    frame = comments.frame
    row = {
        "comments_read": comments.n_read,
        "comments_used": len(frame),
        "comments_cut": comments.n_cut,
        "comments_empty": comments.n_empty,
        "comments_not_english": int((frame["mood"] == "").sum()),
        "themes": len(comments.themes),
        "masks": comments.n_masks,
    }
    return pd.DataFrame([row]).astype("int64")


def _mask_quarantine(engine: Engine, masker: Masker) -> None:
    """Mask what quarantine quotes of verbatims: a row that broke a rule names people no less."""
    rows = engine.rows("SELECT DISTINCT content FROM quarantine WHERE table_name = 'verbatims' AND content IS NOT NULL")
    if not rows:
        return
    masked = [(content, _masked_json(content, masker)) for (content,) in rows]
    with engine.loaded("masked_rows", pd.DataFrame(masked, columns=["content", "masked"])):
        engine.execute(
            "UPDATE quarantine SET content = masked_rows.masked FROM masked_rows "
            "WHERE quarantine.table_name = 'verbatims' AND quarantine.content = masked_rows.content"
        )


def _masked_json(content: str, masker: Masker) -> str:
    values = {masker.mask(name): value for name, value in json.loads(content).items()}
    masked = {name: None if value is None else masker.mask(str(value)) for name, value in values.items()}
    return json.dumps(masked, ensure_ascii=False)


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{str(name): rounded(frame[name]) for name in frame.select_dtypes("float64")})
