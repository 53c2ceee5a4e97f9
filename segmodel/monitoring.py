"""Drift of any table from Python: fit to a reference, calculate for what came later, look at the result."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from segmodel.charts import Footer, chunk_drift, look
from segmodel.drift import DriftThresholds, call_drift
from segmodel.drift.binned import compare_snapshots
from segmodel.engines import Engine
from segmodel.errors import DriftError, did_you_mean

_FIRST = dt.date(2000, 1, 1)
"""Stands for the reference; chunks are the days after it. Any days would do: they only keep the order."""


@dataclass(frozen=True)
class DriftResult:
    """Drift of every feature in every chunk.

    Attributes
    ----------
    frame : DataFrame
        A row a chunk and feature; see `to_frame`.
    ignored : tuple of str
        Columns of the current table that the reference does not have.
    """

    frame: pd.DataFrame
    ignored: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return a row a chunk and feature.

        Returns
        -------
        DataFrame
            chunk, feature, psi, noise_line, p_value, q_value, drifted, js, ks, wasserstein (÷ standard deviation of
            the reference; NaN of categories), mean_reference, mean_current, n_reference, n_current, missing_reference,
            missing_current, bins.
        """
        return self.frame.copy()

    def plot(self) -> Any:
        """Return a Plotly figure of the index of every feature over the chunks, with the noise line."""
        rows = int(self.frame["n_reference"].max()) if len(self.frame) else 0
        style = look("light", Footer("Drift", "", rows, dt.datetime.now(dt.UTC).date()), "GBP")
        return chunk_drift(self.frame, style)


class DriftMonitor:
    """Compares tables with a reference, feature by feature, and calls drift past noise and a size that matters.

    Parameters
    ----------
    thresholds : DriftThresholds, optional
        When drift is called.
    bins : int
        Of the population stability index.

    Attributes
    ----------
    features_ : tuple of str
        Columns of the reference.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> before = pd.DataFrame({"spend": random.normal(50, 10, 2000), "visits": random.poisson(3, 2000)})
    >>> after = pd.DataFrame({"spend": random.normal(58, 10, 2000), "visits": random.poisson(3, 2000)})
    >>> found = DriftMonitor().fit(before).calculate(after).to_frame()
    >>> dict(zip(found["feature"], found["drifted"]))
    {'spend': True, 'visits': False}
    """

    def __init__(self, *, thresholds: DriftThresholds | None = None, bins: int = 10) -> None:
        self.thresholds = thresholds
        self.bins = bins

    def fit(self, reference: pd.DataFrame) -> Self:
        """Keep the reference: one row a customer, one column a feature.

        Raises
        ------
        DriftError
            When it is empty, a name stands twice, or `bins` is below 2.
        """
        if self.bins < 2:
            raise DriftError(f"Drift is measured in two bins or more, found {self.bins}.")
        names = [str(name) for name in reference.columns]
        if not names or reference.empty:
            raise DriftError("The reference has no rows or no columns: there is nothing to compare with.")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DriftError(f"The reference has two columns named '{twice[0]}'. Rename one.")
        self.features_ = tuple(names)
        self._reference = _plain(reference.set_axis(names, axis=1))
        return self

    def calculate(self, current: pd.DataFrame, chunk: int | str | None = None) -> DriftResult:
        """Compare a table with the reference.

        Parameters
        ----------
        current : DataFrame
            The columns of the reference, but for that of the chunk; others are ignored, and named in the result.
        chunk : int or str, optional
            Rows of a chunk, or the column that names it; all rows are one chunk when left out.

        Raises
        ------
        DriftError
            When there is no reference yet, a column is missing, or there are no rows.
        """
        if not hasattr(self, "features_"):
            raise DriftError("There is no reference yet. Call fit with one first.")
        if current.empty:
            raise DriftError("The current table has no rows: there is nothing to compare.")
        columns = [str(name) for name in current.columns]
        features = [name for name in self.features_ if name != chunk]  # what names the chunks is no feature of them
        if not features:
            raise DriftError(f"The reference has no column but '{chunk}', which names the chunks: nothing to compare.")
        for name in features:
            if name not in columns:
                raise DriftError(f"'{name}' of the reference is not in the current table.{did_you_mean(name, columns)}")
        labels = self._chunks(current, chunk)
        order = list(dict.fromkeys(labels))
        days = [_FIRST + dt.timedelta(days=1 + order.index(label)) for label in labels]
        now = _plain(current.set_axis(columns, axis=1)[features]).assign(_chunk=days)
        rows = pd.concat([self._reference[features].assign(_chunk=_FIRST), now], ignore_index=True)
        with Engine.open(None) as engine, engine.loaded("drift_given", rows):
            sql = "SELECT _chunk::DATE AS snapshot, '' AS segment, * EXCLUDE (_chunk) FROM drift_given"
            found = compare_snapshots(engine, sql, _FIRST, bins=self.bins, level=self._limits.noise_level)
        called = [call_drift(part, self._limits) for _, part in found.groupby("snapshot", sort=True)]
        frame = pd.concat(called, ignore_index=True)
        place = (pd.to_datetime(frame["snapshot"]) - pd.Timestamp(_FIRST)).dt.days - 1
        frame.insert(0, "chunk", np.array(order, dtype=object)[place.to_numpy()])
        unknown = tuple(name for name in columns if name not in self.features_ and name != chunk)
        return DriftResult(frame.drop(columns=["snapshot", "segment"]), unknown)

    @property
    def _limits(self) -> DriftThresholds:
        return self.thresholds or DriftThresholds()

    def _chunks(self, current: pd.DataFrame, chunk: int | str | None) -> list[object]:
        if chunk is None:
            return [0] * len(current)
        if isinstance(chunk, int):
            if chunk < 1:
                raise DriftError(f"A chunk has one row or more, found {chunk}.")
            return list(np.arange(len(current)) // chunk)
        if chunk not in current:
            names = [str(name) for name in current.columns]
            raise DriftError(f"There is no column '{chunk}' to chunk by.{did_you_mean(chunk, names)}")
        return list(current[chunk])


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame the engine can hold: words for whatever is neither number nor missing."""
    is_number = [pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind) for kind in frame.dtypes]
    kept = {
        name: column.astype("float64") if numeric else column.astype("str").where(column.notna())
        for (name, column), numeric in zip(frame.items(), is_number, strict=True)
    }
    return pd.DataFrame(kept, index=frame.index)
