"""Segmentations side by side in sentences: what each tells of the others, and which one leads for which decision."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmodel import formats
from segmodel.crosswalk import FORMER, OWN, Crosswalk, Pair
from segmodel.formats import called
from segmodel.metrics.findings import Step

_MANY = 0.8
"""Share of customers a segmentation must place to lead where everybody is meant."""
_ABOVE_ALL = 0.05
"""How much more of the value's variance must lie between segments for one to lead and not two."""
_LEVEL = 0.01
"""Shares closer than this are called alike: they are told to whole percents."""
_STRONG = 1.5
"""Index from which a segment is where most of another's customers are more often than not."""


def title_finding(crosswalk: Crosswalk) -> str:
    """Return the title of the page: the pair that says most of each other, or that none does."""
    pairs = [each for each in crosswalk.pairs() if FORMER not in {each.one["kind"], each.other["kind"]}]
    told = [each for each in pairs if each.is_told]
    if not pairs:
        return "There is one segmentation only, so nothing to lay beside it"
    if not told:
        return "No segmentation tells anything of another beyond chance"
    best = max(told, key=lambda each: max(each.tells, each.told_by))
    one, other, told_share = _stronger(best)
    return f"Knowing {one} tells {formats.share(told_share)} of {other}, more than any other pair"


def _stronger(pair: Pair) -> tuple[str, str, float]:
    one, other = _quoted(pair.one), _quoted(pair.other)
    return (one, other, pair.tells) if pair.tells >= pair.told_by else (other, one, pair.told_by)


def pair_finding(pair: Pair) -> str:
    """Return what two segmentations say of each other, in a sentence."""
    one, other = _quoted(pair.one), _quoted(pair.other)
    if pair.customers == 0:
        return f"No customer is in both {one} and {other}"
    if not pair.is_told:
        count = "" if pair.customers is None else f" ({formats.counted(pair.customers, 'customer')} in both)"
        return f"{one} and {other} tell nothing of each other beyond chance{count}"
    return (
        f"Knowing {one} tells {formats.share(pair.tells)} of {other}; "
        f"knowing {other} tells {formats.share(pair.told_by)} of {one}"
    )


def use_sentence(pair: Pair) -> str:
    """Return what a list from the one to the other would be good for."""
    if not pair.is_told:
        return ""
    one, other = _quoted(pair.one), _quoted(pair.other)
    said = (
        f"A list that gives each segment of {one} its most frequent segment of {other} is right for "
        f"{formats.share(pair.right)} of customers; naming the largest for everybody is right for "
        f"{formats.share(pair.base)}."
    )
    if pair.is_derivable:
        return f"{said} {other} could be derived from {one}: keeping both up is work twice."
    return f"{said} {other} cannot be derived from {one}."


def segment_sentences(pair: Pair) -> list[str]:
    """Return where the customers of each segment of the one are in the other, where that is clearly somewhere."""
    if not pair.is_told:
        return []
    found = []
    for _, rows in pair.placed().groupby("name", sort=False):
        cells = rows[rows["share"].notna()].sort_values("share", ascending=False, kind="stable").to_dict("records")
        if cells and cells[0]["index"] >= _STRONG:
            most = cells[0]
            found.append(
                f"{formats.share(most['share'])} of {called(str(most['name']))} are {called(str(most['other_name']))}, "
                f"{formats.times(most['index'])} as often as among all."
            )
    return found


def contradictions_finding(pair: Pair) -> str:
    """Return how many customers are where the two usually do not go together."""
    rare = pair.contradictions()
    one, other = _quoted(pair.one), _quoted(pair.other)
    if not pair.is_told:
        return f"{one} and {other} cannot contradict each other: they have nothing to do with each other"
    if rare.empty:
        return f"Nowhere do {one} and {other} plainly contradict each other"
    count = int(rare["customers"].sum())
    return (
        f"{formats.counted(count, 'customer')} are in segments of {one} and {other} that go together less than half "
        "as often as chance would have it"
    )


def contradiction_sentences(pair: Pair, most: int = 5) -> list[str]:
    """Return the largest groups of customers whom the two place in segments that seldom go together."""
    return [
        f"{formats.counted(int(row['customers']), 'customer')} of {called(str(row['name']))} are "
        f"{called(str(row['other_name']))}: {formats.times(row['index'])} as often as among all."
        for row in pair.contradictions().head(most).to_dict("records")
    ]


@dataclass(frozen=True)
class Lead:
    """Which segmentation leads for one kind of decision.

    Attributes
    ----------
    decision : str
        In words.
    key, label : str
        Of the segmentation; empty where none leads.
    reason : str
        A sentence with the evidence.
    """

    decision: str
    key: str
    label: str
    reason: str


def architecture(crosswalk: Crosswalk) -> list[Lead]:
    """Suggest which segmentation leads for which decision; former versions lead nowhere."""
    known = crosswalk.segmentations
    current = known[(known["left_out"] == "") & (known["kind"] != FORMER)]
    rows = [{str(name): value for name, value in row.items()} for row in current.to_dict("records")]
    return [_for_money(rows), _for_words(rows), _for_reach(rows), _for_reports(rows)]


def next_steps(crosswalk: Crosswalk, pair: Pair) -> tuple[Step, ...]:
    """Return what to do next: what to stop keeping up, what to look into, and what to decide."""
    steps = []
    derivable = [
        each
        for one in crosswalk.compared
        for other in crosswalk.compared
        if one != other and FORMER not in {(each := crosswalk.pair(one, other)).one["kind"], each.other["kind"]}
        and each.is_derivable
    ]  # fmt: skip
    if derivable:
        first = derivable[0]
        steps.append(
            Step(
                f"Stop keeping up {_quoted(first.other)}",
                f"A list from {_quoted(first.one)} is right for {formats.share(first.right)} of customers.",
                "See its segments",
                "segments",
            )
        )
    rare = pair.contradictions()
    if not rare.empty:
        row = rare.iloc[0]
        steps.append(
            Step(
                f"Look at {called(str(row['name']))} who are {called(str(row['other_name']))}",
                f"{formats.counted(int(row['customers']), 'customer')}: one of the two knows something the other "
                "does not, or is out of date.",
                "See who is who",
                "personas",
            )
        )
    leads = [lead for lead in architecture(crosswalk) if lead.key]
    if leads:
        said = "; ".join(f"{lead.decision}: “{lead.label}”" for lead in leads)
        steps.append(Step("Agree which one leads for what", f"{said}.", "See what has changed", "home"))
    if not steps:
        text = "Which files the segmentations came from, and what became of their rows."
        steps.append(Step("Check what this rests on", text, "Open the data page", "data"))
    return tuple(steps)


def _for_money(rows: Sequence[dict[str, object]]) -> Lead:
    decision = "Where to put money"
    able = [
        row for row in rows if _number(row["coverage"]) >= _MANY and not math.isnan(_number(row["value_explained"]))
    ]
    able.sort(key=lambda row: _number(row["value_explained"]), reverse=True)
    if not able or _number(able[0]["value_explained"]) < _ABOVE_ALL:
        return Lead(decision, "", "", "None separates what customers are worth, among those that place four in five.")
    first = able[0]
    said = f"{formats.share(_number(first['value_explained']))} of the differences in value lie between its segments"
    if len(able) > 1:
        second = able[1]
        said += f", {formats.share(_number(second['value_explained']))} for {_quoted(second)}"
    if first["basis"] == "value":
        said += "; it is cut from value itself, so it says who, and not why"
    return Lead(decision, str(first["key"]), str(first["label"]), f"{said}.")


def _for_words(rows: Sequence[dict[str, object]]) -> Lead:
    decision = "What to say and offer"
    needs = [row for row in rows if row["basis"] == "needs"]
    if not needs:
        return Lead(decision, "", "", "None rests on what customers say they need: a survey would make one.")
    first = max(needs, key=lambda row: _number(row["coverage"]))
    covered = formats.share(_number(first["coverage"]))
    return Lead(
        decision,
        str(first["key"]),
        str(first["label"]),
        f"It rests on what customers say they need, and places {covered} of them; a typing tool could place others.",
    )


def _for_reach(rows: Sequence[dict[str, object]]) -> Lead:
    decision = "Whom to contact"
    # behaviour is known of everybody who bought, and anew with each build
    able = [row for row in rows if row["basis"] == "behaviour"] or [row for row in rows if row["kind"] == OWN]
    if not able:
        return Lead(decision, "", "", "None of ours places customers.")
    first = max(able, key=lambda row: _number(row["coverage"]))
    covered = formats.share(_number(first["coverage"]))
    return Lead(
        decision,
        str(first["key"]),
        str(first["label"]),
        f"It rests on what customers do, places {covered} of them and is worked out again with each build.",
    )


def _for_reports(rows: Sequence[dict[str, object]]) -> Lead:
    decision = "How to report to everybody"
    if len(rows) < 2:
        return Lead(decision, "", "", "There is one segmentation only.")
    means = {str(row["key"]): _number(row["tells_others"]) for row in rows}
    means = {key: mean for key, mean in means.items() if not math.isnan(mean)}
    if not means or max(means.values()) < _ABOVE_ALL:
        return Lead(decision, "", "", "None tells more than a twentieth of the others on average: report them apart.")
    level = [one for one in means if means[one] > max(means.values()) - _LEVEL]
    labels = {str(row["key"]): str(row["label"]) for row in rows}
    said = f"It tells {formats.share(means[level[0]])} of the others on average"
    beside = formats.listed(f"“{labels[one]}”" for one in level[1:])
    said += f"; {beside} about as much, and it comes first in the definition." if beside else ", more than any other."
    return Lead(decision, level[0], labels[level[0]], said)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _quoted(described: Mapping[str, object]) -> str:
    """Return what a segmentation is called; in quotes, as some are called like half a sentence."""
    return f"“{formats.isolated(str(described['label']))}”"
