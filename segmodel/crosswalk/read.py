"""What a build says of segmentations side by side, for pages, the command line and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pandas as pd

from segmodel.crosswalk.store import FORMER, GIVEN, NO_COLOUR, OWN
from segmodel.drift import ALL, LOST, NEW
from segmodel.errors import StoreError, did_you_mean
from segmodel.store import PublishedBuild

NOT_PLACED = "not placed"
"""Stands for customers who are in no segment of one of the two."""

RARE = 0.5
"""Index up to which customers in both segments contradict what the two segmentations usually say together."""

_TABLE = "crosswalk_segmentations"


@dataclass(frozen=True)
class Pair:
    """Two segmentations of the same customers, seen from the first.

    Attributes
    ----------
    one, other : dict
        Rows of `segmentations`: key, label, kind, basis, segments, customers, coverage, value_explained.
    customers : int or None
        In both; None where that would tell of a small group.
    tells, told_by : float
        The share of the other that knowing the one tells (Theil's U), and the other way round.
    chance_tells, chance_told_by : float
        What they would come to for segmentations that have nothing to do with each other.
    mutual_information, rand, cramers_v : float
        AMI, ARI and Cramér's V.
    right, base : float
        Customers placed right in the other by a list from the one's segments, and by naming the largest for everybody.
    is_told : bool
        Whether the two are told from segmentations that have nothing to do with each other.
    rows, columns : DataFrame
        segment, name, colour (`NO_COLOUR`: none) and customers of the one and of the other, in order; who is not
        placed comes last.
    cells : DataFrame
        segment, other, customers, share (of the row's segment), index (share ÷ the other segment's share of all) and
        suppressed; numbers are NaN where they are hidden.
    """

    one: dict[str, Any]
    other: dict[str, Any]
    customers: int | None
    tells: float
    told_by: float
    chance_tells: float
    chance_told_by: float
    mutual_information: float
    rand: float
    cramers_v: float
    right: float
    base: float
    is_told: bool
    rows: pd.DataFrame
    columns: pd.DataFrame
    cells: pd.DataFrame

    @property
    def is_derivable(self) -> bool:
        """Whether the other could be derived from the one: a list is right for 95 in 100, and halves the errors."""
        return self.right >= DERIVED and (1 - self.right) <= (1 - self.base) / 2

    def placed(self) -> pd.DataFrame:
        """Return the cells of customers whom both place, with the names of both segments."""
        inside = self.cells[(self.cells["segment"] != NOT_PLACED) & (self.cells["other"] != NOT_PLACED)]
        named = inside.merge(self.rows[["segment", "name"]], on="segment")
        others = self.columns[["segment", "name"]].rename(columns={"segment": "other", "name": "other_name"})
        return named.merge(others, on="other")

    def contradictions(self) -> pd.DataFrame:
        """Return the cells where at most half as many are as chance would put there, the most customers first."""
        if not self.is_told:
            return self.placed().head(0)
        cells = self.placed()
        rare = cells[(cells["index"] <= RARE) & (cells["customers"] > 0)]
        return rare.sort_values(["customers", "segment", "other"], ascending=[False, True, True], ignore_index=True)


DERIVED = 0.95
"""Share of customers a list must place right for one segmentation to count as derivable from another."""


@dataclass(frozen=True)
class Crosswalk:
    """Every segmentation of a build beside every other.

    Attributes
    ----------
    segmentations : DataFrame
        One row each, in order: key, label, kind (`OWN`, `GIVEN` or `FORMER`), basis, segments, customers, coverage,
        value_explained, tells_others (their mean share it tells), left_out (why it is not compared; empty where it is).
    segments, cells, measures : DataFrame
        As the build keeps them; see `store_crosswalk`.
    """

    segmentations: pd.DataFrame
    segments: pd.DataFrame
    cells: pd.DataFrame
    measures: pd.DataFrame

    @classmethod
    def of(cls, published: PublishedBuild) -> Crosswalk:
        """Read what a build says.

        Raises
        ------
        StoreError
            When the build is older than this.
        """
        engine = published.engine
        if _TABLE not in engine.tables():
            raise StoreError(
                f"Build {published.build_id} does not compare segmentations yet. Build the workspace again."
            )
        return cls(
            engine.frame(f"FROM {_TABLE} ORDER BY position"),
            engine.frame("FROM crosswalk_segments ORDER BY key, position"),
            engine.frame("FROM crosswalk_cells"),
            engine.frame("FROM crosswalk_measures"),
        )

    @property
    def compared(self) -> list[str]:
        """Keys of the segmentations that are compared, in order."""
        return list(self.segmentations.loc[self.segmentations["left_out"] == "", "key"])

    def pairs(self) -> Iterator[Pair]:
        """Yield every pair once."""
        for one, other in combinations(self.compared, 2):
            yield self.pair(one, other)

    def pair(self, one: str, other: str) -> Pair:
        """Return two segmentations, seen from the first.

        Raises
        ------
        StoreError
            When one of them is not compared, or both are the same.
        """
        for key in (one, other):
            if key not in self.compared:
                raise StoreError(
                    f"There is no segmentation '{key}' to compare; there: {', '.join(self.compared) or 'none'}."
                    f"{did_you_mean(key, self.compared)}"
                )
        if one == other:
            raise StoreError(f"'{one}' beside itself says nothing. Choose two.")
        is_turned = self.compared.index(one) > self.compared.index(other)
        a, b = (other, one) if is_turned else (one, other)
        measured = self.measures[(self.measures["a"] == a) & (self.measures["b"] == b)].iloc[0].to_dict()
        first, second = ("b", "a") if is_turned else ("a", "b")
        rows, columns = self._named(one), self._named(other)
        return Pair(
            one=self._described(one),
            other=self._described(other),
            customers=None if pd.isna(measured["customers"]) else int(measured["customers"]),
            tells=float(measured[f"tells_{second}"]),
            told_by=float(measured[f"tells_{first}"]),
            chance_tells=float(measured[f"chance_{second}"]),
            chance_told_by=float(measured[f"chance_{first}"]),
            mutual_information=float(measured["mutual_information"]),
            rand=float(measured["rand"]),
            cramers_v=float(measured["cramers_v"]),
            right=float(measured[f"right_{second}"]),
            base=float(measured[f"base_{second}"]),
            is_told=bool(measured["is_told"]),
            rows=rows,
            columns=columns,
            cells=self._oriented(a, b, rows, columns, is_turned=is_turned),
        )

    def _described(self, key: str) -> dict[str, Any]:
        row = self.segmentations.set_index("key").loc[key]
        return {"key": key, **{str(name): value for name, value in row.items() if name not in {"position", "left_out"}}}

    def _named(self, key: str) -> pd.DataFrame:
        own = self.segments[self.segments["key"] == key]
        last = pd.DataFrame({"segment": [NOT_PLACED], "name": ["Not placed"], "colour": [NO_COLOUR]})
        return pd.concat([own[["segment", "name", "colour", "customers"]], last], ignore_index=True)

    def _oriented(self, a: str, b: str, rows: pd.DataFrame, columns: pd.DataFrame, *, is_turned: bool) -> pd.DataFrame:
        """Return a row for every cell, also where nobody is, with shares of what is shown only."""
        own, other = ("segment_b", "segment_a") if is_turned else ("segment_a", "segment_b")
        found = self.cells[(self.cells["a"] == a) & (self.cells["b"] == b)]
        told = found.assign(
            segment=found[own].replace({NEW: NOT_PLACED, LOST: NOT_PLACED}),
            other=found[other].replace({NEW: NOT_PLACED, LOST: NOT_PLACED}),
        )[["segment", "other", "customers", "suppressed"]]
        every = pd.MultiIndex.from_product(
            [[*rows["segment"], ALL], [*columns["segment"], ALL]], names=["segment", "other"]
        ).to_frame(index=False)
        whole = every.merge(told, on=["segment", "other"], how="left")
        # where the build has no row, nobody is: that is shown, as it says nothing about a few
        nobody = whole["suppressed"].isna()
        whole["suppressed"] = whole["suppressed"].eq(True)
        whole.loc[nobody, "customers"] = 0.0
        totals = whole.set_index(["segment", "other"])["customers"]
        cells = whole[(whole["segment"] != ALL) & (whole["other"] != ALL)].reset_index(drop=True)
        of_row = cells["segment"].map(totals.xs(ALL, level="other"))
        of_column = cells["other"].map(totals.xs(ALL, level="segment"))
        share = cells["customers"] / of_row.where(of_row > 0)
        expected = of_column / totals[ALL, ALL]
        return cells.assign(share=share, index=share / expected.where(expected > 0))


def disagreeing(published: PublishedBuild, pair: Pair) -> pd.DataFrame:
    """Return the customers who are where `contradictions` says: customer_id and both segments; a list of people.

    Raises
    ------
    StoreError
        When one of the two is a former version: builds do not keep who was where by those.
    """
    if FORMER in {pair.one["kind"], pair.other["kind"]}:
        raise StoreError("Who would be where by a former version is counted, and not kept customer by customer.")
    names = [str(one["label"]) for one in (pair.one, pair.other)]
    cells = pair.contradictions()
    listed = published.engine.frame(
        f"SELECT customer_id, one.segment AS segment, other.segment AS other FROM ({_placing(pair.one, 'one')}) AS one "
        f"JOIN ({_placing(pair.other, 'other')}) AS other USING (customer_id) ORDER BY customer_id",
        {f"{side}_name": _source(described) for side, described in (("one", pair.one), ("other", pair.other))},
    )
    wanted = cells[["segment", "other", "name", "other_name"]]
    found = listed.merge(wanted, on=["segment", "other"])[["customer_id", "name", "other_name"]]
    return found.rename(columns={"name": names[0], "other_name": names[1]})


def _placing(described: dict[str, Any], side: str) -> str:
    if described["kind"] == OWN:
        return (
            f"SELECT customer_id, segment FROM assignments WHERE segmentation = ${side}_name AND is_counted "
            "AND snapshot = (SELECT max(snapshot) FROM snapshots)"
        )
    return f"SELECT customer_id, segment FROM memberships WHERE segmentation = ${side}_name"


def _source(described: dict[str, Any]) -> str:
    return str(described["key"]).removesuffix(" (given)") if described["kind"] == GIVEN else str(described["key"])
