"""Which traits say much the same of the same customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.engines import Engine, literal
from segmodel.personas.find import trait_name
from segmodel.personas.known import Known
from segmodel.scorecard import BRIDGE

SAMPLE = 4_000
"""Customers that correlations are measured in at most."""

INSIDE, OVERALL = 0.6, 0.9
"""Correlation inside segments, and over all customers, from which two traits say much the same. What differs between
segments goes together over all customers for that alone."""

_LEAST = 30


@dataclass(frozen=True)
class Sampled:
    """Customers, their segments and what is known of them.

    Attributes
    ----------
    samples : tuple of DataFrame
        Of all customers, and of respondents where there is a survey: `s0`, … by segmentation; `k0`, … as in `known`.
    known : Known
    segmentations : tuple of str
    """

    samples: tuple[pd.DataFrame, ...]
    known: Known
    segmentations: tuple[str, ...]

    def alike(self, segmentation: str, called: pd.DataFrame) -> dict[str, frozenset[str]]:
        """Return which traits of a segmentation say much the same as others, by name.

        Parameters
        ----------
        segmentation : str
        called : DataFrame
            name and level of traits.
        """
        wanted = called[["name", "level"]].drop_duplicates()
        if wanted.empty:
            return {}
        names: list[str] = []
        inside = overall = np.full((len(wanted), len(wanted)), np.nan)
        for sample in self.samples:
            segments = sample[f"s{self.segmentations.index(segmentation)}"]
            indicators = _indicators(sample[segments.notna()], wanted, self.known)
            names = [str(name) for name in indicators]
            means = indicators.groupby(segments[segments.notna()]).transform("mean")
            within = (indicators - means).to_numpy(dtype=np.float64)
            # respondents are few among all customers: what the first sample cannot tell of them, the second can
            inside = np.where(np.isnan(inside), pairwise_correlations(within), inside)
            everybody = pairwise_correlations(indicators.to_numpy(dtype=np.float64))
            overall = np.where(np.isnan(overall), everybody, overall)
        same = (np.abs(np.nan_to_num(inside)) >= INSIDE) | (np.abs(np.nan_to_num(overall)) >= OVERALL)
        return {name: frozenset(np.array(names)[row].tolist()) for name, row in zip(names, same, strict=True)}


def sample_known(engine: Engine, known: Known, segmentations: Sequence[str], names: Sequence[str]) -> Sampled:
    """Read some customers, always the same, with the columns of these names.

    Parameters
    ----------
    engine : Engine
        Holds `assignments` and what the relation reads.
    known : Known
    segmentations, names : sequence of str
    """
    asked = [place for place, column in enumerate(known.columns) if column.name in set(names)]
    listed = "".join(f", k{place}" for place in asked)
    segments = "".join(
        f", any_value(segment) FILTER (WHERE segmentation = {literal(name)}) AS s{place}"
        for place, name in enumerate(segmentations)
    )
    groups = ["TRUE"] + ["has_answered"] * any(known.columns[place].kind == "answer" for place in asked)
    samples = tuple(
        engine.frame(
            f"WITH picked AS (SELECT customer_id{listed} FROM ({known.sql}) WHERE {group} "
            f"ORDER BY hash(customer_id), customer_id LIMIT {SAMPLE}), "
            f"placed AS (SELECT customer_id{segments} FROM assignments "
            f"WHERE snapshot = (SELECT max(snapshot) FROM snapshots) AND assigned_by <> '{BRIDGE}' "
            "AND customer_id IN (SELECT customer_id FROM picked) GROUP BY customer_id) "
            "SELECT * EXCLUDE (customer_id) FROM picked JOIN placed USING (customer_id) ORDER BY customer_id"
        )
        for group in groups
    )
    return Sampled(samples, known, tuple(segmentations))


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
        scale = np.sqrt((filled**2).mean(axis=0))
        filled = np.divide(filled, scale, out=np.zeros_like(filled), where=scale > _NO_SPREAD * np.abs(centre))
        n = mask.T @ mask
        sums = filled.T @ mask  # of one column, over the rows in which the other is known
        squares = (filled**2).T @ mask
        covariance = filled.T @ filled - sums * sums.T / n
        spread = squares - sums**2 / n
        found = covariance / np.sqrt(spread * spread.T)
    enough = (n >= _LEAST) & (spread > _NO_SPREAD) & (spread.T > _NO_SPREAD)
    return np.where(enough, np.clip(found, -1, 1), np.nan)


_NO_SPREAD = 1e-9


def _indicators(sample: pd.DataFrame, wanted: pd.DataFrame, known: Known) -> pd.DataFrame:
    """Return a number a customer and trait: the value, or whether it is so."""
    places = {column.name: place for place, column in enumerate(known.columns)}
    made: dict[str, pd.Series[float]] = {}
    for name, level in wanted.itertuples(index=False):
        values, form = sample[f"k{places[name]}"], known.columns[places[name]].form
        numbers = (values == level).where(values.notna()) if form == "words" else values
        made[trait_name(name, level, form)] = numbers.astype("Float64").astype("float64")
    return pd.DataFrame(made, index=sample.index)
