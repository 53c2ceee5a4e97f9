"""The population stability index of every column of two Parquet files, a column at a time."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from segmodel.drift.measures import Floats, counts_between, holds_numbers, psi_of_counts, quantile_edges
from segmodel.engines import Engine, identifier, literal
from segmodel.errors import DriftError, did_you_mean

_SIDES = ("reference", "current")
_THREADS = 2
"""Columns read and sorted at once: what one waits for on the disk, another sorts."""


def psi_of_files(reference: Path | str, current: Path | str, bins: int = 10) -> pd.Series:
    """Return `population_stability_index` of each column of the reference, without either file in memory whole.

    Two columns are in memory at a time, as numbers; categories are counted by the engine.

    Parameters
    ----------
    reference, current : Path or str
        Parquet files, or patterns of several (`2026-06-*.parquet`). The current one may hold further columns.
    bins : int
        Bins of numbers.

    Returns
    -------
    Series of float, by column

    Raises
    ------
    DriftError
        When a column of the reference is not in the current file, holds numbers in one of them only, or has no value
        that is known in one of them; and when `bins` is below 2.
    EngineError
        When a file is not there or is not Parquet.
    """
    if bins < 2:
        raise DriftError(f"Drift is measured in two bins or more, found {bins}.")
    with Engine.open(None) as engine:
        for side, path in zip(_SIDES, (reference, current), strict=True):
            engine.execute(f"CREATE VIEW {side} AS SELECT * FROM read_parquet({literal(str(path))})")
        kinds = {side: {name: holds_numbers(kind) for name, kind in engine.columns(side).items()} for side in _SIDES}
        _check(kinds)

        def index(name: str) -> float:
            counts = _numbers(engine, name, bins) if kinds["reference"][name] else _words(engine, name)
            return float(psi_of_counts(*counts))

        with ThreadPoolExecutor(_THREADS) as threads:
            found = dict(zip(kinds["reference"], threads.map(index, kinds["reference"]), strict=True))
    return pd.Series(found, dtype="float64", name="psi").rename_axis("feature")


def _check(kinds: Mapping[str, Mapping[str, bool]]) -> None:
    old, new = (kinds[side] for side in _SIDES)
    for name, numeric in old.items():
        if name not in new:
            raise DriftError(f"'{name}' of the reference is not in the current file.{did_you_mean(name, list(new))}")
        if new[name] != numeric:
            words = {True: "numbers", False: "words"}
            raise DriftError(
                f"'{name}' holds {words[numeric]} in the reference, {words[new[name]]} in the current file."
            )


def _numbers(engine: Engine, name: str, bins: int) -> tuple[Floats, Floats]:
    value = f"{identifier(name)}::DOUBLE"
    old, new = (engine.array(f"SELECT {value} FROM {side} WHERE isfinite({value})") for side in _SIDES)
    for values, side in ((old, "reference"), (new, "current")):
        _ask_for_values(name, side, len(values))
        values.sort()
    edges = quantile_edges(old, bins)
    return counts_between(old, edges), counts_between(new, edges)


def _words(engine: Engine, name: str) -> tuple[Floats, Floats]:
    counted = []
    for side in _SIDES:
        rows = engine.rows(
            f"SELECT {identifier(name)}::VARCHAR AS word, count(*) FROM {side} WHERE word IS NOT NULL GROUP BY 1"
        )
        _ask_for_values(name, side, len(rows))
        counted.append(pd.Series(dict(rows), dtype="float64"))
    aligned = pd.concat(counted, axis=1).fillna(0.0).to_numpy(np.float64)
    return aligned[:, 0], aligned[:, 1]


def _ask_for_values(name: str, side: str, known: int) -> None:
    if not known:
        raise DriftError(f"'{name}' has no value that is known in the {side} file: there is nothing to compare.")
