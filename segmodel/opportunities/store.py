"""The small tables a build keeps of opportunities: scores of needs, and who buys the categories of the market."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.definition import Survey
from segmodel.engines import Engine
from segmodel.features import Snapshot
from segmodel.intervals import Interval, wilson
from segmodel.opportunities.answers import Need, count_answers, needs_asked
from segmodel.opportunities.categories import count_buyers
from segmodel.opportunities.scores import Answers, Estimate, clearly_above, difference, opportunity
from segmodel.store import append_table
from segmodel.suppression import small_cells, small_parts

ALL = ""
"""Stands for all segments."""

_COUNTS = ["n", "important", "satisfied", "both"]
_SCORED = ("importance", "satisfaction", "opportunity", "difference")
NUMBERS = ["n", *(f"{name}{end}" for name in _SCORED for end in ("", "_low", "_high"))]
"""Columns of `opportunities` that are empty where a group is hidden."""

OPPORTUNITIES = {
    **dict.fromkeys(("segmentation", "segment", "need", "label", "wording"), "VARCHAR"),
    "n": "BIGINT",
    **dict.fromkeys(NUMBERS[1:], "DOUBLE"),
    "is_above": "BOOLEAN",
    "suppressed": "BOOLEAN",
    "caveat": "VARCHAR",
}
CATEGORIES = {
    **dict.fromkeys(("segmentation", "segment", "category"), "VARCHAR"),
    **dict.fromkeys(("customers", "buyers"), "BIGINT"),
    **dict.fromkeys(("share", "share_low", "share_high", "difference", "difference_low", "difference_high"), "DOUBLE"),
    "is_above": "BOOLEAN",
    "suppressed": "BOOLEAN",
}


def store_opportunities(
    engine: Engine, segmentation: str, minimum_group: int, survey: Survey, latest: Snapshot
) -> None:
    """Add one segmentation's rows to `opportunities` and `segment_categories`, as far as the sources tell.

    Without items that pair importance with satisfaction there are no opportunities; without a market whose categories
    are among the transactions' there are no categories. Neither table is made then.

    Parameters
    ----------
    engine : Engine
        Holds `assignments` and the checked sources.
    segmentation : str
        The name in `assignments`.
    minimum_group : int
        Smaller groups are hidden, with one segment more where the others would tell.
    survey : Survey
        What the definition says of answers.
    latest : Snapshot
        The snapshot whose segments people are told by, with the window in which purchases count.
    """
    needs = needs_asked(engine)
    if needs:
        told = [need for need in needs if not need.caveat]
        counts = count_answers(engine, segmentation, told, survey, latest)
        append_table(engine, "opportunities", OPPORTUNITIES, segmentation, need_table(needs, counts, minimum_group))
    buyers = count_buyers(engine, segmentation, latest)
    if not buyers.empty:
        table = category_table(buyers, minimum_group)
        append_table(engine, "segment_categories", CATEGORIES, segmentation, table)


def need_table(needs: Sequence[Need], counts: pd.DataFrame, minimum_group: int) -> pd.DataFrame:
    """Score every need in every segment, and in all of them (`''`).

    Parameters
    ----------
    needs : sequence of Need
        All that were asked about; those of which nothing can be told come back with a caveat.
    counts : DataFrame
        As `count_answers` returns it.
    minimum_group : int
        The smallest number of respondents that may be shown.

    Returns
    -------
    DataFrame
        One row a need and segment, see `OPPORTUNITIES`. Importance and satisfaction are 0 to 10, opportunity 0 to 20,
        each with a 95% interval; `difference` is the score less that of the respondents in all other segments, and
        `is_above` says that it is clearly above them.
    """
    totals = counts.groupby("need", as_index=False)[_COUNTS].sum().assign(segment=ALL)
    frame = pd.concat([totals, counts], ignore_index=True)
    own = _answers(frame)
    rest = _answers(totals.set_index("need").reindex(frame["need"])).less(own)
    made = frame[["segment", "need"]].assign(n=frame["n"].astype("Int64"))
    for name, count in (("importance", own.important), ("satisfaction", own.satisfied)):
        made = _with(made, name, wilson(count, own.n), 10)
    made = _with(made, "opportunity", opportunity(own))
    made["suppressed"] = _small(frame.rename(columns={"need": "snapshot", "n": "customers"}), minimum_group)
    compared = ~made["suppressed"].to_numpy() & (made["segment"] != ALL).to_numpy() & (rest.n > 0)
    made = _compared(made, lambda z: opportunity(own, z), lambda z: opportunity(rest, z), compared)
    made.loc[made["suppressed"], NUMBERS] = None
    untold = [need for need in needs if need.need not in set(counts["need"])]
    silent = pd.DataFrame({"segment": ALL, "need": [need.need for need in untold]})
    table = made if silent.empty else pd.concat([made, silent.reindex(columns=made.columns)], ignore_index=True)
    said = {need.need: (need.label, need.wording, need.caveat or _unanswered(need, untold)) for need in needs}
    for place, column in enumerate(("label", "wording", "caveat")):
        table[column] = [said[need][place] for need in table["need"]]
    return table.assign(**{name: table[name].eq(True) for name in ("is_above", "suppressed")})


def category_table(buyers: pd.DataFrame, minimum_group: int) -> pd.DataFrame:
    """Say of every category and segment which share of the customers bought it, and whether more than of the others.

    Parameters
    ----------
    buyers : DataFrame
        As `count_buyers` returns it: category, segment, customers, buyers.
    minimum_group : int
        Segments, and groups of buyers or of others in them, below it are hidden.

    Returns
    -------
    DataFrame
        One row a category and segment (`''`: all), see `CATEGORIES`; shares are 0 to 1.
    """
    totals = buyers.groupby("category", as_index=False)[["customers", "buyers"]].sum().assign(segment=ALL)
    frame = pd.concat([totals, buyers], ignore_index=True)
    cells = frame.rename(columns={"category": "snapshot"}).assign(filter_1="", filter_2="")
    cells["suppressed"] = small_cells(cells, minimum_group)
    hidden = small_parts(cells, "buyers", minimum_group)
    whole = totals.set_index("category").reindex(frame["category"])
    count, n = (frame[name].to_numpy(dtype=float) for name in ("buyers", "customers"))
    count_rest, n_rest = (
        whole[name].to_numpy(dtype=float) - own for name, own in (("buyers", count), ("customers", n))
    )
    made = frame[["segment", "category"]].assign(
        **{name: frame[name].astype("Int64") for name in ("customers", "buyers")}, suppressed=hidden
    )
    made = _with(made, "share", wilson(count, n))
    compared = ~hidden & (frame["segment"] != ALL).to_numpy() & (n_rest > 0)
    made = _compared(made, lambda z: wilson(count, n, z), lambda z: wilson(count_rest, n_rest, z), compared)
    made.loc[hidden, [name for name, kind in CATEGORIES.items() if kind in {"BIGINT", "DOUBLE"}]] = None
    return made


def _unanswered(need: Need, untold: Sequence[Need]) -> str:
    return "nobody in a segment answered both of its items." if need in untold else ""


def _answers(frame: pd.DataFrame) -> Answers:
    return Answers(*(frame[name].to_numpy(dtype=float) for name in _COUNTS))


def _with(frame: pd.DataFrame, name: str, found: Interval, times: float = 1.0) -> pd.DataFrame:
    return frame.assign(
        **{name: times * found.value, f"{name}_low": times * found.low, f"{name}_high": times * found.high}
    )


def _compared(frame: pd.DataFrame, own: Estimate, rest: Estimate, where: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Add how far each row that may be told is above the rest, and whether clearly."""

    def only(estimate: Estimate) -> Estimate:
        def known(z: npt.NDArray[np.float64] | float) -> Interval:
            found = estimate(z)
            return Interval(*(np.where(where, part, np.nan) for part in (found.value, found.low, found.high)))

        return known

    told, others = only(own), only(rest)
    return _with(frame, "difference", difference(told, others)).assign(is_above=clearly_above(told, others))


def _small(frame: pd.DataFrame, minimum_group: int) -> npt.NDArray[np.bool_]:
    return small_cells(frame.assign(filter_1="", filter_2=""), minimum_group)
