"""What the matrix says in words: the finding, reasons for not now, warnings, and what two scorings differ in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmodel.formats import UNKNOWN, count_word, counted, listed, number, sentence_case, share
from segmodel.priorities.criteria import AXES, CRITERIA
from segmodel.priorities.matrix import FEWEST, MOST, Matrix
from segmodel.priorities.scoring import Scoring

HOLDS = 0.7
"""Share of drawn weightings under which a choice is one of weights rather than of segments."""

FOUR = (
    "Four targets is where a choice starts to turn into a list. Each gets a quarter of the attention, and the fourth "
    "usually gets what is left of the money by the autumn. Before you save, try this: the budget is cut by a third "
    "tomorrow. Which one goes? If everybody names the same one, it is not a target today. If nobody can name one, you "
    "have not chosen yet."
)

FIVE = (
    "{count} targets is the whole market with better names. We have watched eight companies do this: eight briefs cut "
    "from one deck, eight campaigns on an eighth of the budget each, every one a little like the others, and eight "
    "mediocre executions that no customer noticed and nobody could measure. A year later the segmentation took the "
    "blame. Choose the two or three you would defend with your own budget. The others are not rejected: not now."
)


def finding(matrix: Matrix) -> str:
    """Return the title of the page: whom to win, and in how many weightings that choice holds."""
    chosen = matrix.rows[matrix.rows["is_chosen"]].sort_values("rank", kind="stable")
    if matrix.rows["score"].isna().all():
        return "Nothing is scored yet, so there is nobody to choose"
    if (matrix.rows["knocked_out"] != "").all():
        return "Every segment is knocked out: there is nobody left to win"
    if chosen.empty:
        return "Nobody is chosen yet"
    whom = f"Win {listed(chosen['name'])}."
    if np.isnan(matrix.holds):
        return whom
    return f"{whom} The choice holds in {share(matrix.holds)} of weightings."


def reasons(matrix: Matrix, scoring: Scoring) -> dict[str, str]:
    """Return why each segment that is no target is not now: what people wrote, else what the scores say."""
    rows = matrix.rows
    chosen = rows[rows["is_chosen"] & rows["score"].notna()]
    found = {}
    for row in rows[~rows["is_chosen"]].to_dict("records"):
        segment = str(row["segment"])
        if row["knocked_out"]:
            found[segment] = f"Knocked out: {row['knocked_out']}"
        elif scoring.not_now.get(segment):
            found[segment] = scoring.not_now[segment]
        else:
            found[segment] = _not_now(row, chosen)
    return found


def _not_now(row: Mapping[object, object], chosen: pd.DataFrame) -> str:
    score = float(str(row["score"]))
    if np.isnan(score):
        return "Not scored on anything that has a weight"
    text = f"Scores {number(score, 1)} of 10"
    if chosen.empty:
        return text
    last = chosen.sort_values("score", kind="stable").iloc[0]
    if score > last["score"]:
        return f"{text}, more than {last['name']} ({number(last['score'], 1)}): people put them off all the same"
    if number(score, 1) == number(last["score"], 1):
        return f"{text}, as much as {last['name']}: the scores alone do not tell them apart"
    behind = f"{text}, behind {last['name']} ({number(last['score'], 1)})"
    lows = {axis: float(str(row[axis])) - float(chosen[axis].mean()) for axis in AXES}
    known = {axis: gap for axis, gap in lows.items() if np.isfinite(gap) and gap < 0}
    if not known:
        return behind
    weak = (
        "they are less attractive to us"
        if min(known, key=known.__getitem__) == "attractiveness"
        else ("we are less attractive to them")
    )
    return f"{behind}: {weak}"


def warnings(matrix: Matrix, scoring: Scoring) -> tuple[str, ...]:
    """Return what a council should hear before it decides, the weightiest first."""
    found = [*_about_number(len(matrix.targets))]
    rows = matrix.rows
    names = dict(zip(rows["segment"], rows["name"], strict=True))
    both = [names[segment] for segment in scoring.targets or () if segment in scoring.knock_outs and segment in names]
    if both:
        found.append(f"{listed(both)}: chosen and knocked out at once, and so not counted as a target.")
    gone = [segment for segment in scoring.targets or () if segment not in names]
    if gone:
        found.append(f"{listed(gone)}: chosen then, but no segment of this version any more.")
    for axis, label in AXES.items():
        here = [name for name, criterion in CRITERIA.items() if criterion.axis == axis]
        if not any(scoring.weight(name) > 0 for name in here):
            found.append(
                f"All weights under “{label}” are nought, so nothing can be ranked by it. Give one of them weight."
            )
        elif rows[axis].isna().all():
            found.append(
                f"Nothing under “{label}” has a score yet. Score it, or the choice rests on the other axis alone."
            )
    unscored = [
        criterion.label
        for name, criterion in CRITERIA.items()
        if scoring.weight(name) > 0 and matrix.scores[name].isna().all()
    ]
    if unscored:
        found.append(f"Nobody has scored {listed(unscored)}: left out of every score, not counted as nought.")
    partly = rows[(rows["missing"] != "") & rows["score"].notna()]
    uneven = [row["name"] for _, row in partly.iterrows() if set(row["missing"].split(", ")) - set(unscored)]
    if uneven:
        found.append(f"{listed(uneven)} lack scores that others have, so they are compared on fewer criteria.")
    overruled = _overruled(scoring, names)
    if overruled:
        found.append(f"Measured scores overruled without a note: {overruled}. Say why, or take the measure.")
    shaky = rows[rows["is_chosen"] & (rows["stays"] < HOLDS)]
    for _, row in shaky.iterrows():
        found.append(
            f"{row['name']} stays among the first {count_word(len(matrix.targets))} in only {share(row['stays'])} of "
            "weightings: here the weights decide, not the segment. Argue about the weights first."
        )
    return tuple(found)


def _overruled(scoring: Scoring, names: Mapping[str, str]) -> str:
    """Return where people put a score in place of a measured one and did not say why."""
    found = [
        f"{CRITERIA[criterion].label} of {names[segment]}"
        for segment, given in scoring.scores.items()
        for criterion in given
        if segment in names and CRITERIA[criterion].is_measured and criterion not in scoring.notes.get(segment, {})
    ]
    return listed(found)


def _about_number(count: int) -> tuple[str, ...]:
    if count > MOST:
        return (FIVE.format(count=sentence_case(count_word(count))),)
    if count == MOST:
        return (FOUR,)
    if count < FEWEST:
        chosen = (
            "One target: that is a bet on one segment, not a plan" if count else "No targets: nothing is decided yet"
        )
        return (f"{chosen}. Choose two to four.",)
    return ()


@dataclass(frozen=True)
class Difference:
    """Where two scorings differ.

    Attributes
    ----------
    rows : DataFrame
        `what` (weight, score, knock-out or target), `segment` (its name, or ''), `criterion` (its label, or ''),
        `before` and `after` as text.
    sentences : tuple of str
        The same for reading: targets first.
    """

    rows: pd.DataFrame
    sentences: tuple[str, ...]


def compare(before: Scoring, after: Scoring, facts: pd.DataFrame, was: Matrix, now: Matrix) -> Difference:
    """Return what two scorings differ in.

    Parameters
    ----------
    before, after : Scoring
    facts : DataFrame
        Of `segment_facts`: names of the segments.
    was, now : Matrix
        Their matrices.
    """
    names = dict(zip(facts["segment"].astype(str), facts["name"].astype(str), strict=True))
    rows = [*_targets(was, now, names), *_knock_outs(before, after, names), *_weights(before, after)]
    rows += _scores(before, after, names)
    frame = pd.DataFrame(rows, columns=["what", "segment", "criterion", "before", "after"])
    return Difference(frame, _sentences(frame))


def _targets(was: Matrix, now: Matrix, names: Mapping[str, str]) -> list[tuple[str, str, str, str, str]]:
    changed = [segment for segment in names if (segment in was.targets) != (segment in now.targets)]
    words = {True: "to win", False: "not now"}
    return [
        ("target", names[segment], "", words[segment in was.targets], words[segment in now.targets])
        for segment in changed
    ]


def _knock_outs(before: Scoring, after: Scoring, names: Mapping[str, str]) -> list[tuple[str, str, str, str, str]]:
    pairs = {name: (before.knock_outs.get(name, ""), after.knock_outs.get(name, "")) for name in names}
    return [
        ("knock-out", names[name], "", old or "in", new or "in") for name, (old, new) in pairs.items() if old != new
    ]


def _weights(before: Scoring, after: Scoring) -> list[tuple[str, str, str, str, str]]:
    pairs = [(criterion, before.weight(name), after.weight(name)) for name, criterion in CRITERIA.items()]
    return [("weight", "", criterion.label, number(old), number(new)) for criterion, old, new in pairs if old != new]


def _scores(before: Scoring, after: Scoring, names: Mapping[str, str]) -> list[tuple[str, str, str, str, str]]:
    found = []
    for segment, label in names.items():
        old, new = before.scores.get(segment, {}), after.scores.get(segment, {})
        found += [
            ("score", label, criterion.label, _judged(old.get(name)), _judged(new.get(name)))
            for name, criterion in CRITERIA.items()
            if old.get(name) != new.get(name)
        ]
    return found


def _judged(score: float | None) -> str:
    return UNKNOWN if score is None else number(score, 1)


def _sentences(rows: pd.DataFrame) -> tuple[str, ...]:
    if rows.empty:
        return ("They agree in everything.",)
    targets = rows[rows["what"] == "target"]
    found = []
    for word, text in (("to win", "Only the second wants to win"), ("not now", "Only the first wants to win")):
        here = targets[targets["after"] == word]
        if len(here):
            found.append(f"{text} {listed(here['segment'])}.")
    if targets.empty:
        found.append("Both want to win the same segments.")
    for what in ("knock-out", "weight", "score"):
        here = rows[rows["what"] == what]
        if len(here):
            about = dict.fromkeys(here["criterion"] if what != "knock-out" else here["segment"])
            found.append(f"They differ in {counted(len(here), what)}: {listed(about)}.")
    return tuple(found)
