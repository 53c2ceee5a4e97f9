"""What traits are found in: how many customers of each segment say what, and means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.engines import Engine
from segmodel.personas.known import Known
from segmodel.scorecard import BRIDGE
from segmodel.store import rounded
from segmodel.suppression import small_cells

YES, NO = "yes", ""
"""Levels of what is yes or no; no word is empty."""

SHARES = ("segmentation", "segment", "name", "level", "count", "n")
MEANS = ("segmentation", "segment", "name", "n", "mean", "variance")
_COUNTED = ["segmentation", "segment", "name", "level", "count"]


@dataclass(frozen=True)
class Facts:
    """Counts and moments by segment.

    Attributes
    ----------
    shares : DataFrame
        segmentation, segment, name (of the column), level (`yes`, or a word), count (customers of whom it is so), n
        (customers of whom it is known) and hidden; a row a segment and level.
    means : DataFrame
        segmentation, segment, name, n, mean, variance and hidden.
    """

    shares: pd.DataFrame
    means: pd.DataFrame

    def of(self, segmentation: str) -> Facts:
        """Return the facts of one segmentation, without its name."""
        return Facts(*(_only(frame, segmentation) for frame in (self.shares, self.means)))

    def shown(self) -> Facts:
        """Return what may be told: what is hidden is missing."""
        return Facts(_blanked(self.shares, ["count", "n"]), _blanked(self.means, ["n", "mean", "variance"]))


def count_facts(engine: Engine, known: Known, minimum_group: int) -> Facts:
    """Return the facts of every segmentation at the latest snapshot, from two queries.

    Customers that a bridge placed are left out: they differ by what it placed them by.

    Parameters
    ----------
    engine : Engine
        Holds `assignments` and what the relation reads.
    known : Known
    minimum_group : int
        Smaller groups are marked as hidden, and with them what would give one away: a level beside the others of its
        column, a segment beside the others.
    """
    base = (
        f"SELECT assignments.segmentation, assignments.segment, known.* FROM assignments JOIN ({known.sql}) AS known "
        "USING (customer_id) WHERE assignments.snapshot = (SELECT max(snapshot) FROM snapshots) "
        f"AND assignments.assigned_by <> '{BRIDGE}'"
    )
    return Facts(
        mark_shares(pd.concat([_flags(engine, base, known), _words(engine, base, known)]), minimum_group),
        mark_means(_means(engine, base, known), minimum_group),
    )


def _flags(engine: Engine, base: str, known: Known) -> pd.DataFrame:
    """Return how many say yes, and no."""
    places = [place for place, column in enumerate(known.columns) if column.form == "flag"]
    return _long(engine, base, known, places, {YES: "count_if(k{})", NO: "count_if(NOT k{})"})


def _long(engine: Engine, base: str, known: Known, places: list[int], levels: dict[str, str]) -> pd.DataFrame:
    if not places:
        return pd.DataFrame(columns=_COUNTED)
    asked = ", ".join(
        # of a segment in which nobody is known to say either, the engine counts nothing and not nought
        f"coalesce({sql.format(place)}, 0)::BIGINT AS {level}_{place}"
        for place in places
        for level, sql in levels.items()
    )
    wide = engine.frame(f"SELECT segmentation, segment, {asked} FROM ({base}) GROUP BY ALL ORDER BY ALL")
    keys = wide[["segmentation", "segment"]]
    return pd.concat(
        [
            keys.assign(name=known.columns[place].name, level=level, count=wide[f"{level}_{place}"])
            for place in places
            for level in levels
        ],
        ignore_index=True,
    )


def _words(engine: Engine, base: str, known: Known) -> pd.DataFrame:
    """Return how many say each word, nobody included."""
    places = [place for place, column in enumerate(known.columns) if column.form == "words"]
    if not places:
        return pd.DataFrame(columns=_COUNTED)
    listed = ", ".join(f"k{place}" for place in places)
    counted = engine.frame(
        f"SELECT segmentation, segment, place, level, count(*)::BIGINT AS count FROM ("
        f"UNPIVOT (SELECT segmentation, segment, {listed} FROM ({base})) ON {listed} INTO NAME place VALUE level) "
        "GROUP BY ALL ORDER BY ALL"
    )
    names = {f"k{place}": known.columns[place].name for place in places}
    counted = counted.assign(name=counted["place"].map(names)).drop(columns="place")
    # a segment of which nobody says a word has a row as well: no one of many is a fact
    segments = engine.frame(f"SELECT DISTINCT segmentation, segment FROM ({base}) ORDER BY ALL")
    every = segments.merge(counted[["segmentation", "name", "level"]].drop_duplicates(), on="segmentation")
    filled = every.merge(counted, how="left", on=["segmentation", "segment", "name", "level"])
    return filled.assign(count=filled["count"].fillna(0).astype("int64"))


def _means(engine: Engine, base: str, known: Known) -> pd.DataFrame:
    places = [place for place, column in enumerate(known.columns) if column.form == "number"]
    if not places:
        return pd.DataFrame(columns=list(MEANS))
    # squares about a round number near the mean: those of large numbers would cancel to what the order of rows leaves
    means = engine.rows(f"SELECT {', '.join(f'favg(k{place})' for place in places)} FROM ({base})")[0]
    centres = {place: _round(mean) for place, mean in zip(places, means, strict=True)}
    asked = ", ".join(
        f"count(k{place}) AS n_{place}, favg(k{place} - {centre!r}) AS mean_{place}, "
        f"favg((k{place} - {centre!r}) * (k{place} - {centre!r})) AS square_{place}"
        for place, centre in centres.items()
    )
    wide = engine.frame(f"SELECT segmentation, segment, {asked} FROM ({base}) GROUP BY ALL ORDER BY ALL")
    parts = [
        wide[["segmentation", "segment"]].assign(
            name=known.columns[place].name,
            n=wide[f"n_{place}"],
            mean=rounded(wide[f"mean_{place}"].astype("float64") + centres[place]),
            variance=rounded(_variance(wide[f"n_{place}"], wide[f"mean_{place}"], wide[f"square_{place}"])),
        )
        for place in places
    ]
    return pd.concat(parts, ignore_index=True)[list(MEANS)]


def _round(mean: float | None) -> float:
    """Return a mean to two digits, the same whatever the order of rows; nought where nothing is known."""
    return 0.0 if mean is None or not math.isfinite(mean) else float(f"{mean:.2g}")


def _variance(n: pd.Series[Any], mean: pd.Series[Any], square: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Return variances from means and mean squares; none where they are no more than the rounding of large numbers."""
    count, centre, squares = (each.to_numpy(dtype=np.float64) for each in (n, mean, square))
    spread = squares - centre**2
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(spread > _ROUNDING * squares, spread, np.where(np.isnan(spread), np.nan, 0.0))
        return np.asarray(np.where(count > 1, spread * count / (count - 1), np.nan), dtype=np.float64)


_ROUNDING = 1e-12


def mark_shares(frame: pd.DataFrame, minimum_group: int) -> pd.DataFrame:
    """Return counts with `n` and which of them are hidden: those of few, of all but few, and what gives them away."""
    frame = frame.reset_index(drop=True)
    keys = ["segmentation", "name"]
    made = frame.assign(count=frame["count"].astype("int64"))
    made = made.assign(n=made.groupby([*keys, "segment"])["count"].transform("sum"))
    cells = made.rename(columns={"count": "customers"})
    totals = [cells.groupby([*keys, *by])["customers"].sum().reset_index() for by in (["segment"], ["level"], [])]
    made["hidden"] = _small(pd.concat([cells, *totals], ignore_index=True), minimum_group)[: len(made)]
    # where a word is said by few in all, that nobody of a segment says it tells who does
    said = made.groupby([*keys, "level"])["count"].transform("sum")
    made["hidden"] |= (said > 0) & (said < minimum_group)
    # who says no is all others of whom it is known
    return made.loc[made["level"] != NO, [*SHARES, "hidden"]].sort_values(list(SHARES[:4]), ignore_index=True)


def mark_means(frame: pd.DataFrame, minimum_group: int) -> pd.DataFrame:
    """Return moments with which of them are hidden: those of few customers, and what gives them away."""
    made = frame.reset_index(drop=True)
    cells = made.rename(columns={"n": "customers"})
    totals = cells.groupby(["segmentation", "name"])["customers"].sum().reset_index()
    made["hidden"] = _small(pd.concat([cells, totals], ignore_index=True), minimum_group)[: len(made)]
    return made.sort_values(list(MEANS[:3]), ignore_index=True)


def _small(table: pd.DataFrame, minimum_group: int) -> npt.NDArray[np.bool_]:
    """Return which cells of the tables of segments by levels are hidden; what is missing in a row is a total."""
    cells = pd.DataFrame(
        {
            "snapshot": table["segmentation"] + "\n" + table["name"],
            "segment": table["segment"].fillna(""),
            # a level may be any text, and empty means all
            "filter_1": ("=" + table["level"]).fillna("") if "level" in table else "",
            "filter_2": "",
            "customers": table["customers"],
        }
    )
    hidden = np.zeros(len(cells), dtype=bool)
    there = (cells["customers"] > 0).to_numpy()  # nobody is no small group
    hidden[there] = small_cells(cells[there].reset_index(drop=True), minimum_group)
    return hidden


def _blanked(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    kinds = {name: "Int64" if name in {"count", "n"} else "Float64" for name in columns}
    made = frame.astype(kinds)
    made.loc[frame["hidden"].to_numpy(dtype=bool), columns] = pd.NA
    return made


def _only(frame: pd.DataFrame, segmentation: str) -> pd.DataFrame:
    kept = frame[frame["segmentation"] == segmentation]
    return kept.drop(columns="segmentation").reset_index(drop=True)
