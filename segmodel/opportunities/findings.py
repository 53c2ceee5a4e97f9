"""What opportunities come to, in sentences that are true for any data."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from segmodel import formats
from segmodel.formats import called
from segmodel.metrics.findings import Step
from segmodel.opportunities.market import CATEGORY, NEED

Names = Mapping[str, str]
"""Names of segments, by id."""

_PLURALS = {NEED: "needs", CATEGORY: "categories"}
_NAMED = 2
_STEPS = 3


def needs_finding(opportunities: pd.DataFrame, names: Names) -> str:
    """Return the title of the page: which segment most needs what.

    A segment is named only where its score is clearly above the others', the highest of all segments, and the need
    clearly matters to more people than are satisfied.

    Parameters
    ----------
    opportunities : DataFrame
        One segmentation's rows of table `opportunities`; may be empty.
    names : mapping of str to str
        Names of the segments.
    """
    if opportunities.empty:
        return "Which needs are met, and which are not, cannot be told yet"
    told = opportunities[opportunities["opportunity"].notna()]
    if told.empty:
        return "Too few people answered to say which needs are met"
    top = standing_out(told)
    if not top.empty:
        row = top.iloc[0]
        return f"{called(names[row['segment']])} most needed {row['label']}: {_answers(row)}"
    everybody = _wanting(told[told["segment"] == ""])
    if everybody.empty:
        return "No need clearly mattered to more people than were satisfied"
    row = everybody.iloc[0]
    label = formats.sentence_case(str(row["label"]))
    return f"{label}: {_answers(row)}. No segment stood out clearly"


def standing_out(opportunities: pd.DataFrame) -> pd.DataFrame:
    """Return the segment of each need that most lacks it, where it clearly does; the highest score first."""
    if opportunities.empty:
        return opportunities
    segments = opportunities[(opportunities["segment"] != "") & opportunities["opportunity"].notna()]
    highest = segments.groupby("need")["opportunity"].transform("max") == segments["opportunity"]
    return _wanting(segments[highest & segments["is_above"].eq(True)])


def segment_finding(opportunities: pd.DataFrame, segment: str, name: str) -> str:
    """Return the title of the map of a segment: its largest need that is not met."""
    own = opportunities[(opportunities["segment"] == segment) & opportunities["opportunity"].notna()]
    if own.empty:
        return f"{called(name)}: too few answers to show"
    wanting = _wanting(own)
    if wanting.empty:
        return f"{called(name)}: no need clearly mattered to more people than were satisfied"
    row = wanting.iloc[0]
    return f"{called(name)}: {row['label']} mattered to {_share(row, 'importance')}, satisfied {_satisfied(row)}"


def felt_finding(opportunities: pd.DataFrame) -> str:
    """Return the title of the table of scores: how many needs are felt more in some segments."""
    told = opportunities[opportunities["opportunity"].notna()]
    needs, felt = told["need"].nunique(), told.loc[told["is_above"].eq(True), "need"].nunique()
    if felt == 0:
        return "No segment felt any need clearly more than the others"
    if felt == needs:
        return f"Every need was felt clearly more in some segments than in others{_of(needs)}"
    verb = "was" if felt == 1 else "were"
    count = formats.sentence_case(formats.count_word(felt))
    return f"{count} of {formats.counted(needs, 'need')} {verb} felt clearly more in some segments than in others"


def white_space_finding(space: pd.DataFrame, kind: str, names: Names) -> str:
    """Return the title of the picture of one kind of market: where most is unclaimed, and who feels it."""
    rows = space[space["kind"] == kind]
    known = rows[rows["unclaimed"].notna()]
    among = f"Among {_PLURALS[kind]}" if kind in _PLURALS else "Among the others"
    if known.empty:
        return f"{among}, what is unclaimed is not known: our share is not given"
    row = known.iloc[0]
    who = formats.listed(called(names[segment]) for segment in row["felt_by"][:_NAMED])
    verb = "felt most by" if kind == NEED else "bought most by"
    more = f", {verb} {who}" if who else ""
    amounts = f"{formats.significant(row['unclaimed'])} of {formats.significant(row['size'])}"
    return f"{among}, {row['name']} left most unclaimed: {amounts}{more}"


def next_steps(opportunities: pd.DataFrame, space: pd.DataFrame, names: Names) -> tuple[Step, ...]:
    """Return what to do next, three at most: segments that stand out, the fastest growing market felt, and a check."""
    steps = []
    top = standing_out(opportunities)
    for _, row in (top if top.empty else top.drop_duplicates("segment").head(_NAMED)).iterrows():
        title = f"Find out what stops {called(names[row['segment']])}"
        text = (
            f"{formats.sentence_case(str(row['label']))}: {_answers(row)}, of {formats.number(row['n'])} who answered."
        )
        steps.append(Step(title, text, "See who they are", "segments", str(row["segment"])))
    felt = space[space["growth"].gt(0) & space["felt_by"].map(bool)] if not space.empty else space
    if not felt.empty:
        row = felt.sort_values(["growth", "unclaimed"], ascending=False, kind="stable").iloc[0]
        who = formats.listed(called(names[segment]) for segment in row["felt_by"][:_NAMED])
        grew = f"It grows {formats.share(row['growth'])} a year"
        text = f"{grew}, and {who} {'feel it' if row['kind'] == NEED else 'buy it'} more than others."
        steps.append(Step(f"Size an offer in {row['name']}", text, "See that segment", "segments", row["felt_by"][0]))
    if len(steps) < _STEPS:
        text = "How many rows of the survey and of the market were read, and what became of them."
        steps.append(Step("Check what this rests on", text, "Open the data page", "data"))
    return tuple(steps)


def _wanting(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of needs that clearly matter to more people than are satisfied, the highest score first."""
    wanting = rows[rows["importance_low"] > rows["satisfaction_high"]]
    return wanting.sort_values(["opportunity", "need"], ascending=[False, True], kind="stable")


def _answers(row: pd.Series) -> str:
    return f"this mattered to {_share(row, 'importance')}, and {_satisfied(row)} were satisfied"


def _satisfied(row: pd.Series) -> str:
    return _share(row, "satisfaction")


def _share(row: pd.Series, name: str) -> str:
    return formats.share(row[name] / 10)


def _of(needs: int) -> str:
    return "" if needs == 1 else f", all {formats.count_word(needs)}"
