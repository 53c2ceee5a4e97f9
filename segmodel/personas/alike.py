"""Which traits say much the same of the same customers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.engines import Engine
from segmodel.personas.find import trait_name
from segmodel.personas.known import Known

SAMPLE = 10_000
"""Customers that correlations are measured in at most."""

_LEAST = 30


def correlations(engine: Engine, known: Known, called: pd.DataFrame) -> pd.DataFrame:
    """Return correlations of traits over customers, by name of the trait; 0 where too few are known of both.

    Where respondents of a survey are few among the customers, their own correlations stand for traits from it.

    Parameters
    ----------
    engine : Engine
    known : Known
    called : DataFrame
        name and level of traits.
    """
    wanted = called[["name", "level"]].drop_duplicates().sort_values(["name", "level"])
    if wanted.empty:
        return pd.DataFrame()
    places = {column.name: place for place, column in enumerate(known.columns)}
    asked = sorted({places[name] for name in wanted["name"]})
    listed = ", ".join(f"k{place}" for place in asked)
    groups = ["TRUE"]
    if any(known.columns[place].kind == "answer" for place in asked):
        groups.append("has_answered")
    found = np.full((len(wanted), len(wanted)), np.nan)
    names: list[str] = []
    for group in groups:
        sample = engine.frame(
            f"SELECT {listed} FROM ({known.sql}) WHERE {group} ORDER BY hash(customer_id), customer_id LIMIT {SAMPLE}"
        )
        indicators = _indicators(sample, wanted, known, places)
        names = [str(name) for name in indicators]
        found = np.where(np.isnan(found), pairwise_correlations(indicators.to_numpy(dtype=np.float64)), found)
    return pd.DataFrame(np.nan_to_num(found), index=names, columns=names)


def pairwise_correlations(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return Pearson correlations of columns over the rows in which both are known; NaN where those are few.

    Examples
    --------
    >>> values = np.column_stack([np.arange(40.0), -np.arange(40.0), np.r_[np.arange(20.0), np.full(20, np.nan)]])
    >>> pairwise_correlations(values)[0].round(3).tolist()
    [1.0, -1.0, nan]
    """
    there = ~np.isnan(values)
    mask = there.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(there, values, 0.0).sum(axis=0) / mask.sum(axis=0)
        filled = np.where(there, values - centre, 0.0)
        n = mask.T @ mask
        sums = filled.T @ mask  # of one column, over the rows in which the other is known
        squares = (filled**2).T @ mask
        covariance = filled.T @ filled - sums * sums.T / n
        spread = squares - sums**2 / n
        found = covariance / np.sqrt(spread * spread.T)
    enough = (n >= _LEAST) & (spread > 0) & (spread.T > 0)
    return np.where(enough, np.clip(found, -1, 1), np.nan)


def _indicators(sample: pd.DataFrame, wanted: pd.DataFrame, known: Known, places: Mapping[str, int]) -> pd.DataFrame:
    """Return a number a customer and trait: the value, or whether it is so."""
    made: dict[str, pd.Series[float]] = {}
    for row in wanted.itertuples(index=False):
        place = places[str(row.name)]
        values, form = sample[f"k{place}"], known.columns[place].form
        numbers = (values == row.level).where(values.notna()) if form == "words" else values
        made[trait_name(str(row.name), str(row.level), form)] = numbers.astype("Float64").astype("float64")
    return pd.DataFrame(made, index=sample.index)
