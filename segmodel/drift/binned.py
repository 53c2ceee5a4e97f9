"""Drift of every feature, in every segment and at every snapshot, from counts that one pass over the rows makes."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.drift.measures import (
    Floats,
    holds_numbers,
    js_of_counts,
    ks_of_counts,
    psi_of_counts,
    total_variation_of_counts,
    with_constant,
)
from segmodel.drift.noise import noise_lines, psi_p_values
from segmodel.engines import SCRATCH, Engine, identifier
from segmodel.errors import DriftError

ALL = ""
"""Stands for all segments."""

FINE = tuple(share / 100 for share in range(1, 100))
"""Quantiles of the reference between which distances other than the index are told: to a hundredth."""

_TIED = 0.011

LEAST_SPREAD = 0.25
"""Share of the standard deviation of all customers that a distance inside a segment is measured by at least.

In a segment found by a feature everybody may have nearly the same value: any change would be many standard deviations,
though nobody would notice it."""

_COLUMNS = (
    "snapshot", "segment", "feature", "n_reference", "n_current", "missing_reference", "missing_current", "bins",
    "psi", "noise_line", "p_value", "js", "ks", "wasserstein", "mean_reference", "mean_current",
)  # fmt: skip


def compare_snapshots(
    engine: Engine,
    relation: str,
    reference: datetime.date,
    parameters: Mapping[str, Any] | None = None,
    *,
    bins: int = 10,
    level: float = 0.99,
) -> pd.DataFrame:
    """Compare every snapshot with a reference, feature by feature, overall and inside each segment.

    Bins lie between the quantiles of the reference: of the segment inside it, of all customers overall. One pass
    counts values between all edges of a feature at once; the bins of each comparison are sums of these.

    Parameters
    ----------
    engine : Engine
    relation : str
        SQL of the rows: snapshot, segment, and features; numbers are compared as numbers, all else as categories.
    reference : date
        Its rows are the reference, and left out of the result.
    parameters : mapping, optional
        Of the SQL.
    bins : int
        Of the index.
    level : float
        Of the noise line.

    Returns
    -------
    DataFrame
        A row a snapshot, segment (`''`: all) and feature: n_reference, n_current (customers whose value is known),
        missing_reference, missing_current, bins, psi, noise_line, p_value, js, ks, wasserstein (÷ standard deviation
        of the reference, see `LEAST_SPREAD`, between its 1st and 99th percentile; NaN of categories and where all
        customers had the same value), mean_reference, mean_current.
        Measures are NaN where one of the two has no known value.

    Raises
    ------
    DriftError
        When there are no rows of the reference.
    """
    table = f"{SCRATCH}.drift_rows"
    engine.execute(f"CREATE OR REPLACE TABLE {table} AS {relation}", parameters)
    try:
        kinds = {
            name: kind for name, kind in engine.columns("drift_rows").items() if name not in {"snapshot", "segment"}
        }
        numeric = [name for name, kind in kinds.items() if holds_numbers(kind)]
        categories = [name for name in kinds if name not in numeric]
        if not engine.value("SELECT count(*) FROM drift_rows WHERE snapshot = $day", {"day": reference}):
            raise DriftError(f"There are no rows of {reference}, the reference: there is nothing to compare with.")
        edges = _edges(engine, numeric, reference, bins)
        counted = _counted(engine, numeric, categories, edges)
    finally:
        engine.execute(f"DROP TABLE IF EXISTS {table}")
    rows = [
        row
        for name in kinds
        for row in _of_feature(counted, name, edges.get(name), reference, is_number=name in numeric)
    ]
    frame = pd.DataFrame(rows, columns=[name for name in _COLUMNS if name not in {"noise_line", "p_value"}])
    frame["psi"] = frame["psi"].astype("float64")
    n, m, used = (frame[name].to_numpy(np.float64) for name in ("n_reference", "n_current", "bins"))
    frame["noise_line"] = noise_lines(n, m, used, level)
    frame["p_value"] = psi_p_values(frame["psi"].to_numpy(), n, m, used)
    return frame[list(_COLUMNS)].sort_values(["snapshot", "segment", "feature"], ignore_index=True)


class _Edges:
    """The upper edges of one feature: all of them, and which of these bound the bins of each segment."""

    def __init__(self, coarse: Mapping[str, Floats], fine: Floats) -> None:
        self.fine = fine
        self.all = np.unique(np.concatenate([fine, *coarse.values()]))
        self._coarse = coarse

    def bins_of(self, segment: str) -> np.ndarray:
        """Return the bin of the segment that each stretch between two edges belongs to."""
        own = self._coarse.get(segment, self.fine[:0])
        # the stretch after the last edge has no upper bound
        return np.searchsorted(own, np.append(self.all, np.inf))


def _finite(name: str) -> str:
    number = f"{identifier(name)}::DOUBLE"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _edges(engine: Engine, numeric: Sequence[str], reference: datetime.date, bins: int) -> dict[str, _Edges]:
    if not numeric:
        return {}
    shares = sorted({*FINE, *(place / bins for place in range(1, bins))})
    asked = ", ".join(f"quantile_disc({_finite(name)}, {shares}), max({_finite(name)})" for name in numeric)
    rows = engine.rows(
        f"SELECT coalesce(segment, '{ALL}'), {asked} FROM drift_rows WHERE snapshot = $day "
        "GROUP BY GROUPING SETS ((segment), ())",
        {"day": reference},
    )
    wanted = [shares.index(place / bins) for place in range(1, bins)]
    found = {}
    for place, name in enumerate(numeric):
        quantiles = {row[0]: (row[1 + 2 * place], row[2 + 2 * place]) for row in rows}
        known = {segment: (np.array(at, dtype=float), float(top)) for segment, (at, top) in quantiles.items() if at}
        coarse = {segment: with_constant(np.unique(at[wanted]), top) for segment, (at, top) in known.items()}
        fine = np.unique(np.concatenate([at for at, _ in known.values()])) if known else np.array([])
        found[name] = _Edges(coarse, fine)
    return found


def _counted(
    engine: Engine, numeric: Sequence[str], categories: Sequence[str], edges: Mapping[str, _Edges]
) -> dict[tuple[Any, str], dict[str, Any]]:
    """Return rows, counts between edges and moments by snapshot and segment, those of all segments too."""
    parts = ["count(*)::BIGINT AS rows"]
    for name in numeric:
        value, listed = _finite(name), ", ".join(repr(float(edge)) for edge in edges[name].all)
        histogram = f"histogram({value}, [{listed}]::DOUBLE[])" if listed else "NULL"
        # a mean that does not depend on the order of rows; squares about it, which do not cancel
        parts += [f"{histogram}", f"coalesce(favg({value}), 0)", f"coalesce(var_pop({value}), 0)"]
    parts += [f"histogram({identifier(name)}::VARCHAR)" for name in categories]
    found: dict[tuple[Any, str], dict[str, Any]] = {}
    for row in engine.rows(f"SELECT snapshot, segment, {', '.join(parts)} FROM drift_rows GROUP BY ALL ORDER BY ALL"):
        day, segment, rows, *values = row
        own: dict[str, Any] = {"rows": rows}
        for place, name in enumerate(numeric):
            counts, mean, variance = values[3 * place : 3 * place + 3]
            given = counts or {}
            stretches = np.array([given.get(edge, 0) for edge in (*edges[name].all.tolist(), np.inf)], dtype=float)
            own[name] = stretches, np.array([mean, variance], dtype=float)
        for place, name in enumerate(categories, start=3 * len(numeric)):
            own[name] = pd.Series(values[place] or {}, dtype=float)
        for key in ((day, segment), (day, ALL)):
            found[key] = _added(found[key], own) if key in found else dict(own)
    return found


def _added(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for name, value in left.items():
        other = right[name]
        if isinstance(value, pd.Series):
            total[name] = value.add(other, fill_value=0.0)
        elif isinstance(value, tuple):
            total[name] = _pooled(value, other)
        else:
            total[name] = value + other
    return total


def _pooled(left: tuple[Floats, Floats], right: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Return counts, and mean and variance, of two groups together (Chan, Golub & LeVeque 1983)."""
    sizes = [float(counts.sum()) for counts, _ in (left, right)]
    together = sum(sizes)
    if not together:
        return left
    (mean, variance), (other_mean, other_variance) = left[1], right[1]
    apart = other_mean - mean
    pooled = mean + apart * sizes[1] / together
    spread = (sizes[0] * variance + sizes[1] * other_variance) / together + apart**2 * sizes[0] * sizes[1] / together**2
    return left[0] + right[0], np.array([pooled, spread])


def _of_feature(
    counted: Mapping[tuple[Any, str], Mapping[str, Any]],
    name: str,
    edges: _Edges | None,
    reference: datetime.date,
    *,
    is_number: bool,
) -> list[dict[str, Any]]:
    """Return the comparisons of one feature, without noise."""
    rows = []
    for (day, segment), own in counted.items():
        before = counted.get((reference, segment))
        if day == reference or before is None:
            continue
        pair = [before[name], own[name]]
        compared = (
            _numbers(pair, edges, segment, counted[(reference, ALL)][name])
            if is_number and edges is not None
            else _categories(pair)
        )
        known = [compared.pop("known_reference"), compared.pop("known_current")]
        rows.append(
            {
                "snapshot": day,
                "segment": segment,
                "feature": name,
                "n_reference": int(known[0]),
                "n_current": int(known[1]),
                "missing_reference": before["rows"] - int(known[0]),
                "missing_current": own["rows"] - int(known[1]),
                **(compared if all(known) else dict.fromkeys(compared, np.nan) | {"bins": 0}),
            }
        )
    return rows


def _spread(counted: tuple[Floats, Floats]) -> float:
    """Return the standard deviation of a feature; none where it is the rounding of a mean."""
    mean, variance = counted[1]
    spread = float(np.sqrt(variance))
    return spread if spread > 1e-9 * abs(mean) else 0.0


def _numbers(
    pair: Sequence[tuple[Floats, Floats]], edges: _Edges, segment: str, everybody: tuple[Floats, Floats]
) -> dict[str, float]:
    counts = np.array([stretches for stretches, _ in pair])
    known = counts.sum(axis=1)
    place = edges.bins_of(segment)
    coarse = np.array([np.bincount(place, weights=part) for part in counts])
    means = [moments[0] if n else np.nan for (_, moments), n in zip(pair, known, strict=True)]
    spread = max(_spread(pair[0]), LEAST_SPREAD * _spread(everybody))
    # of a stretch that holds much more than its share of quantiles, most have the value it ends with
    at_the_end = everybody[0][1:-1] > _TIED * everybody[0].sum()
    return {
        "known_reference": known[0],
        "known_current": known[1],
        "bins": coarse.shape[1],
        "psi": float(psi_of_counts(coarse[0], coarse[1])),
        "js": float(js_of_counts(coarse[0], coarse[1])),
        "ks": float(ks_of_counts(counts[0], counts[1])),
        "wasserstein": _moved(counts, known, edges.all, at_the_end, spread),
        "mean_reference": float(means[0]),
        "mean_current": float(means[1]),
    }


def _moved(counts: Floats, known: Floats, edges: Floats, at_the_end: npt.NDArray[np.bool_], spread: float) -> float:
    """Return the area between two cumulative distributions, in standard deviations of the first."""
    if not known.all():
        return float("nan")
    apart = np.abs(np.diff(np.cumsum(counts, axis=1) / known[:, None], axis=0))[0, :-1]
    # values between two edges lie anywhere between them: the mean of what the two edges say
    between = np.where(at_the_end, apart[:-1], (apart[1:] + apart[:-1]) / 2)
    area = float((np.diff(edges) * between).sum())
    if spread == 0:
        # everybody had the same value: there is no unit to say in how far others are from it
        return 0.0 if apart.max(initial=0.0) == 0 else float("nan")
    return area / spread


def _categories(pair: Sequence[pd.Series]) -> dict[str, float]:
    levels = sorted(set(pair[0].index) | set(pair[1].index))
    counts = [part.reindex(levels, fill_value=0.0).to_numpy(np.float64) for part in pair]
    return {
        "known_reference": float(counts[0].sum()),
        "known_current": float(counts[1].sum()),
        "bins": len(levels),
        "psi": float(psi_of_counts(*counts)) if levels else np.nan,
        "js": float(js_of_counts(*counts)) if levels else np.nan,
        "ks": float(total_variation_of_counts(*counts)) if levels else np.nan,
        "wasserstein": np.nan,
        "mean_reference": np.nan,
        "mean_current": np.nan,
    }
