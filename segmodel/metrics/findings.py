"""Findings: sentences computed from metrics, true for any data.

Two rules keep them honest. A comparison ("more than", "rose") is made only where the two 95% intervals
do not overlap; for the same customers at two dates that is on the safe side. And verbs are in the past
tense, since value looks back over the window: it also spares guessing whether a name is singular.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from segmodel import formats
from segmodel.formats import called
from segmodel.metrics.facts import all_customers, at_snapshot

_SHARES = {"value_share": "{value}", "customer_share": "customers"}
_MOST = 0.5


@dataclass(frozen=True)
class Move:
    """A share of one segment that changed beyond its intervals."""

    segment: str
    name: str
    measure: str
    before: float
    now: float

    @property
    def is_fall(self) -> bool:
        """Whether the share fell."""
        return self.now < self.before


@dataclass(frozen=True)
class Step:
    """What to do next: a short title, the evidence, and where to look."""

    title: str
    text: str
    action: str
    page: str
    segment: str = ""


def home_finding(
    metrics: pd.DataFrame,
    segments: pd.DataFrame,
    snapshot: dt.date,
    compare_to: dt.date | None,
    value_word: str,
    currency: str,
) -> str:
    """Return the title of Home: where value sits, and what moved since `compare_to`.

    Parameters
    ----------
    metrics, segments : DataFrame
        Segment metrics of one segmentation, and its segments.
    snapshot : date
        What is shown.
    compare_to : date or None
        An earlier snapshot; None says nothing about change.
    value_word : str
        `margin` or `revenue`.
    currency : str
        Code of the definition's currency.
    """
    now = at_snapshot(metrics, segments, snapshot)
    total = all_customers(metrics, snapshot).get("value")
    move = None if compare_to is None else largest_move(now, at_snapshot(metrics, segments, compare_to))
    return " ".join(home_title(now, total, move, compare_to, value_word, currency))


def home_title(
    now: pd.DataFrame,
    total: float | None,
    move: Move | None,
    since: dt.date | None,
    value_word: str,
    currency: str,
) -> tuple[str, ...]:
    """Return the sentences of the title of Home from what is already at hand; see `home_finding`.

    Parameters
    ----------
    now : DataFrame
        As `facts.at_snapshot` returns it.
    total : float or None
        Value of all customers.
    move : Move or None
        The largest change since `since`.
    since : date or None
        None says nothing about change.
    value_word, currency : str
        As in `home_finding`.
    """
    sentences = [_concentration(now, total, value_word, currency)]
    if since is not None and _known(now).any():
        sentences.append(movement_finding(move, since, value_word))
    return tuple(sentences)


def gap_finding(now: pd.DataFrame, value_word: str) -> str:
    """Return the title of the picture of shares: which segment's value differs most from its number."""
    known = now[_known(now)]
    above, below = _above(known), _apart(known[known["value_share_high"] < known["customer_share_low"]])
    if not above.empty:
        top = _largest(above, "value_index")
        ratio = formats.times(top["value_index"] / 100)
        return f"A customer in {called(top['name'])} was worth {ratio} the average"
    if not below.empty:
        low = _smallest(below, "value_index")
        shares = f"{formats.share(low['customer_share'])} of customers and {formats.share(low['value_share'])}"
        return f"{called(low['name'])}: {shares} of {value_word}"
    if known.empty:
        return f"No share of {value_word} is known here"
    return f"In no segment does the share of {value_word} differ clearly from the share of customers"


def segments_finding(now: pd.DataFrame, value_word: str) -> str:
    """Return the title of Segments: how far apart the segments are in value per customer."""
    known = now.dropna(subset=["value_per_customer", "value_per_customer_low", "value_per_customer_high"])
    count = formats.sentence_case(formats.count_word(len(now)))
    noun = "segment" if len(now) == 1 else "segments"
    everybody = _everybody(now)
    if everybody is not None:
        return f"{count} {noun}: every customer was in {called(everybody)}"
    if len(known) < 2:
        return f"{count} {noun}: too few customers to compare them"
    top = _largest(known, "value_per_customer")
    bottom = _smallest(known, "value_per_customer")
    if top["value_per_customer_low"] <= bottom["value_per_customer_high"]:
        return f"{count} {noun}, none clearly worth more per customer than the others"
    best, least = called(top["name"]), called(bottom["name"])
    if bottom["value_per_customer_low"] <= 0:
        return f"{count} {noun}: {value_word} per customer was highest in {best} and lowest in {least}"
    ratio = formats.times(top["value_per_customer"] / bottom["value_per_customer"])
    return f"{count} {noun}: a customer in {best} was worth {ratio} one in {least}"


def segment_finding(segment: pd.Series, value_word: str) -> str:
    """Return the title of one segment: its size and its value."""
    name = called(str(segment["name"]))
    if pd.isna(segment["customer_share"]):
        return f"{name}: too few customers to show"
    customers = f"{formats.share(segment['customer_share'])} of customers"
    if pd.isna(segment["value_share"]):
        return f"{name}: {customers}"
    return f"{name}: {customers}, {formats.share(segment['value_share'])} of {value_word}"


def lapsed_finding(segment: pd.Series, window: str) -> str:
    """Return that most of a segment has not bought in the window, or an empty text where that is not sure.

    Parameters
    ----------
    segment : Series
        A row as `facts.at_snapshot` returns it.
    window : str
        `last 12 months`; other words than such a span are said as "the window".

    Examples
    --------
    >>> row = pd.Series({"name": "Lapsed", "active_share": 0.08, "active_share_high": 0.1})
    >>> lapsed_finding(row, "last 12 months")
    'Lapsed: 92% have not bought in the last 12 months.'
    """
    share, high = segment.get("active_share"), segment.get("active_share_high")
    if pd.notna(share) and pd.notna(high):
        part = formats.share(1 - share) if high < _MOST else ""
    else:
        # each who bought has an order at least, so this many orders come from no more than half
        orders = segment.get("orders_per_customer")
        part = "more than half" if pd.notna(orders) and orders < _MOST else ""
    if not part:
        return ""
    span = window if window.startswith("last ") else "window"
    return f"{called(str(segment['name']))}: {part} have not bought in the {span}."


def largest_move(now: pd.DataFrame, before: pd.DataFrame, measures: tuple[str, ...] = tuple(_SHARES)) -> Move | None:
    """Return the largest change of a share beyond its intervals, or None when there is none."""
    pairs = now.merge(before, on="segment", suffixes=("", "_before"))
    moves = [
        Move(str(row["segment"]), str(row["name"]), measure, row[f"{measure}_before"], row[measure])
        for measure in measures
        for row in pairs.to_dict("records")
        if row[f"{measure}_low"] > row[f"{measure}_high_before"]
        or row[f"{measure}_high"] < row[f"{measure}_low_before"]
    ]
    shown = [move for move in moves if _shares_apart(move.before, move.now) is not None]
    return max(shown, key=lambda move: abs(move.now - move.before), default=None)


def movement_finding(move: Move | None, since: dt.date, value_word: str) -> str:
    """Return a sentence on the largest change since an earlier snapshot."""
    if move is None:
        return f"No segment’s share changed beyond its interval since {formats.month(since)}."
    shares = _shares_apart(move.before, move.now)
    first, last = shares or (formats.share(move.before, 1), formats.share(move.now, 1))
    verb = "fell" if move.is_fall else "rose"
    whole = _SHARES[move.measure].format(value=value_word)
    return f"{called(move.name)} {verb} from {first} to {last} of {whole} since {formats.month(since)}."


def largest_rise_or_fall(history: pd.DataFrame, measure: str = "value_share") -> Move | None:
    """Return the segment whose share changed most, beyond its intervals, from the first snapshot to the last.

    Parameters
    ----------
    history : DataFrame
        As `facts.over_time` returns it for a share.
    measure : str
        Which share: `value_share` or `customer_share`.
    """
    known = history.dropna(subset=["amount", "low", "high"])
    if known.empty:
        return None
    first, last = known["snapshot"].min(), known["snapshot"].max()
    columns = {"amount": measure, "low": f"{measure}_low", "high": f"{measure}_high"}
    ends = [known[known["snapshot"] == end].rename(columns=columns).drop(columns="snapshot") for end in (last, first)]
    return largest_move(ends[0], ends[1], measures=(measure,))


def history_finding(history: pd.DataFrame, value_word: str) -> str:
    """Return the title of the history of shares of value."""
    known = history.dropna(subset=["amount"])
    if known.empty:
        return f"No share of {value_word} is known here at any date"
    if known["snapshot"].nunique() < 2:
        return f"Share of {value_word}: one snapshot so far, history follows with the next builds"
    return movement_finding(largest_rise_or_fall(history), known["snapshot"].min(), value_word).removesuffix(".")


def segment_history_finding(history: pd.DataFrame, segment: str, measure: str, value_word: str) -> str:
    """Return the title of the history of one measure of one segment; only shares tell a change."""
    if measure not in _SHARES:
        return f"{value_word.capitalize()} by segment over time"
    own = history[history["segment"] == segment].dropna(subset=["amount"])
    whole = _SHARES[measure].format(value=value_word)
    if own.empty:
        return f"Share of {whole}: too few customers to show"
    move, since = largest_rise_or_fall(own, measure), own["snapshot"].min()
    if move is not None:
        return movement_finding(move, since, value_word).removesuffix(".")
    if own["snapshot"].nunique() < 2:
        return f"Share of {whole}: one snapshot so far"
    return f"Share of {whole}: no change beyond the interval since {formats.month(since)}"


def subjects(history: pd.DataFrame) -> tuple[str, ...]:
    """Return the segments a history's title is about; none means that all are shown alike."""
    move = largest_rise_or_fall(history)
    return () if move is None else (move.segment,)


def profile_finding(profile: pd.DataFrame, name: str) -> str:
    """Return what sets a segment apart most: up to three features whose interval excludes no difference."""
    clear = profile[(profile["low"] > 0) | (profile["high"] < 0)].head(3)
    if clear.empty:
        return f"Nothing sets {called(name)} clearly apart from the other customers"
    parts = [
        f"{row['label']} {'higher' if row['difference'] > 0 else 'lower'} ({row['remark']})"
        for row in clear.to_dict("records")
    ]
    return f"{called(name)} against all other customers: {'; '.join(parts)}"


def data_finding(reconciliation: pd.DataFrame) -> str:
    """Return the title of Data: whether every row that was read is accounted for."""
    read, accepted, quarantined = (
        int(reconciliation[name].sum()) for name in ("rows_read", "rows_accepted", "rows_quarantined")
    )
    if read != accepted + quarantined:
        missing = formats.number(read - accepted - quarantined)
        return f"The rows do not add up: {missing} of {formats.number(read)} are unaccounted for"
    if read == 0:
        return "No rows were read"
    if quarantined == 0:
        return f"All {formats.number(read)} rows read were accepted"
    ended = f"{formats.number(accepted)} accepted, {formats.number(quarantined)} in quarantine"
    return f"{formats.number(read)} rows read: {ended}"


def next_steps(
    now: pd.DataFrame, move: Move | None, since: dt.date | None, reconciliation: pd.DataFrame, value_word: str
) -> tuple[Step, ...]:
    """Return up to three things to do next, each with its evidence."""
    steps = []
    above = _above(now[_known(now)])
    if not above.empty:
        top = _largest(above, "value_share")
        low_high = formats.share_range(top["value_share_low"], top["value_share_high"])
        text = (
            f"{formats.share(top['value_share'])} of {value_word} ({low_high}) came from "
            f"{formats.share(top['customer_share'])} of customers."
        )
        steps.append(Step(f"Keep {called(top['name'])}", text, "See who they are", "segments", top["segment"]))
    if move is not None and since is not None:
        title = f"Find out why {called(move.name)} {'fell' if move.is_fall else 'rose'}"
        text = f"{movement_finding(move, since, value_word)} The 95% intervals do not overlap."
        steps.append(Step(title, text, "See the history", "segments", move.segment))
    steps.append(_data_step(reconciliation))
    if len(steps) < 3:
        text = "Every metric and feature has its formula, source and limits written down."
        steps.append(Step("Check what the numbers mean", text, "Open the definitions", "definitions"))
    return tuple(steps)


def _concentration(now: pd.DataFrame, total: float | None, value_word: str, currency: str) -> str:
    known = now[_known(now)]
    if known.empty:
        if total is not None and total <= 0:
            word = formats.sentence_case(value_word)
            return f"{word} was {formats.money(total, currency)} in all, so shares of it say nothing."
        return "There are too few customers to say anything about segments."
    negative = known[known["value_share"] < 0]
    if not negative.empty:
        worst = _smallest(negative, "value_share")
        word = formats.sentence_case(value_word)
        return f"{word} in {called(worst['name'])} was below zero: {formats.money(worst['value'], currency)}."
    everybody = _everybody(known)
    if everybody is not None:
        return f"Every customer was in {called(everybody)}, so there is no other segment to compare it with."
    above = _above(known)
    apart = _shares_apart(above["customer_share"].sum(), above["value_share"].sum())
    if apart is None:
        return f"No segment brought clearly more {value_word} than its share of customers."
    customers, value = apart
    if len(above) == 1:
        subject = called(above["name"].iloc[0])
    else:
        subject = f"{formats.sentence_case(formats.count_word(len(above)))} segments"
    return f"{subject}, {customers} of customers, brought {value} of {value_word}."


def _data_step(reconciliation: pd.DataFrame) -> Step:
    quarantined, read = int(reconciliation["rows_quarantined"].sum()), int(reconciliation["rows_read"].sum())
    if quarantined == 0:
        text = f"All {formats.counted(read, 'row')} read were accepted."
        return Step("See where the data comes from", text, "Open the data page", "data")
    left_out = formats.share(quarantined / read)
    text = f"{left_out} of the rows read are not in these numbers, each with its reason."
    return Step(f"Check {formats.counted(quarantined, 'row')} in quarantine", text, "See the reasons", "data")


def _largest(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame.sort_values(column, kind="stable").iloc[-1]


def _smallest(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame.sort_values(column, kind="stable").iloc[0]


def _known(frame: pd.DataFrame) -> pd.Series:
    """Say which rows have both shares; hidden small groups and totals at or below zero have not."""
    return frame["customer_share"].notna() & frame["value_share"].notna()


def _above(known: pd.DataFrame) -> pd.DataFrame:
    """Return segments whose share of value is clearly above their share of customers, largest first."""
    above = _apart(known[known["value_share_low"] > known["customer_share_high"]])
    return above.sort_values("value_share", ascending=False)


def _apart(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose two shares differ as they are written."""
    return rows[rows["customer_share"].map(formats.share) != rows["value_share"].map(formats.share)]


def _everybody(now: pd.DataFrame) -> str | None:
    """Return the name of the segment that holds every customer, or None."""
    names = now.loc[now["customer_share"] == 1, "name"]
    return None if names.empty else str(names.iloc[0])


def _shares_apart(before: float, now: float) -> tuple[str, str] | None:
    """Return two shares as text with as few decimals as show them apart, or None when one does not."""
    for decimals in (None, 1):
        first, last = formats.share(before, decimals), formats.share(now, decimals)
        if first != last:
            return first, last
    return None
