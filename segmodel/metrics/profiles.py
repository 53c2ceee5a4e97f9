"""How each segment differs from the other customers, feature by feature."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.engines import Engine, identifier
from segmodel.features import Feature
from segmodel.scorecard import BRIDGE
from segmodel.store import rounded
from segmodel.suppression import small_cells

_Z95 = 1.959964
_LEAST_SPREAD = 1e-12


def compute_profiles(
    engine: Engine,
    segmentation: str,
    features: Mapping[str, Feature],
    snapshot: datetime.date,
    minimum_group: int,
) -> pd.DataFrame:
    """Return one row a segment and feature, and add the rows to table `profiles`.

    Parameters
    ----------
    engine : Engine
        Holds `assignments` and `customer_features`.
    segmentation : str
        The name in `assignments`.
    features : mapping of str to Feature
        What `customer_features` holds; categories are left out.
    snapshot : date
    minimum_group : int
        Features known of fewer customers are hidden, with one segment more where the others would tell.

    Returns
    -------
    DataFrame
        segmentation, segment, feature, mean, rest_mean, median, pooled_sd, difference (mean − mean of the rest, in
        pooled standard deviations; Cohen 1988), low and high (its 95% interval; Hedges & Olkin 1985), n, n_rest
        (customers with a known value).
    """
    numeric = [name for name, feature in features.items() if feature.is_numeric]
    moments = _moments(engine, segmentation, numeric, snapshot)
    parts = [_differences(moments[name]).assign(feature=name)[_COLUMNS] for name in numeric]
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.astype({"n": "Int64", "n_rest": "Int64"})
    frame.loc[_hidden(frame, minimum_group), _TELLING] = None
    frame.insert(0, "segmentation", segmentation)
    with engine.loaded("profiles_part", frame):
        verb = "INSERT INTO profiles" if "profiles" in engine.tables() else "CREATE TABLE profiles AS"
        engine.execute(f"{verb} SELECT * FROM profiles_part")
    return frame


def _hidden(frame: pd.DataFrame, minimum_group: int) -> npt.NDArray[np.bool_]:
    """Return which rows tell of too few customers, by the rule that metrics are hidden by."""
    cells = frame.rename(columns={"feature": "snapshot", "n": "customers"})[["snapshot", "segment", "customers"]]
    totals = cells.groupby("snapshot", as_index=False)["customers"].sum().assign(segment="")
    everything = pd.concat([cells, totals], ignore_index=True).assign(filter_1="", filter_2="")
    there = everything["customers"] > 0  # nobody is no small group
    everything.loc[there, "hidden"] = small_cells(everything[there], minimum_group)
    hidden: npt.NDArray[np.bool_] = everything["hidden"].eq(True).to_numpy()[: len(frame)]
    return hidden


def _moments(
    engine: Engine, segmentation: str, features: Sequence[str], snapshot: datetime.date
) -> dict[str, pd.DataFrame]:
    """Return count, mean, variance and median of every feature by segment, from one query."""
    measured = ", ".join(
        # money as a binary number, or the middle of two amounts would be cut to the digits of an amount
        f"{function}(customer_features.{identifier(name)}::DOUBLE) AS {statistic}_{place}"
        for place, name in enumerate(features)
        for statistic, function in _STATISTICS.items()
    )
    wide = engine.summary(
        f"SELECT assignments.segment, {measured} "
        "FROM assignments JOIN customer_features USING (snapshot, customer_id) "
        # whom a bridge placed differ by what it placed them by
        f"WHERE segmentation = $segmentation AND snapshot = $snapshot AND assigned_by <> '{BRIDGE}' "
        "GROUP BY ALL ORDER BY ALL",
        {"segmentation": segmentation, "snapshot": snapshot},
    )
    return {
        name: wide[["segment", *(f"{statistic}_{place}" for statistic in _STATISTICS)]].set_axis(
            ["segment", *_STATISTICS], axis=1
        )
        for place, name in enumerate(features)
    }


_TELLING = ["mean", "rest_mean", "median", "pooled_sd", "difference", "low", "high", "n", "n_rest"]
# sums that do not depend on the order of rows: an amount in the middle between two roundings would go either way
_STATISTICS = {"n": "count", "mean": "favg", "variance": "var_samp", "median": "median"}
_COLUMNS = [
    "segment", "feature", "mean", "rest_mean", "median", "pooled_sd", "difference", "low", "high", "n", "n_rest",
]  # fmt: skip


def _differences(moments: pd.DataFrame) -> pd.DataFrame:
    """Compare each segment with all others, from counts, means and variances alone."""
    n = moments["n"].to_numpy(dtype=float)
    mean = moments["mean"].to_numpy(dtype=float, na_value=0.0)
    squares = moments["variance"].to_numpy(dtype=float, na_value=0.0) * np.maximum(n - 1, 0)
    n_rest = n.sum() - n
    with np.errstate(divide="ignore", invalid="ignore"):
        overall = float((n * mean).sum() / n.sum())
        centred = mean - overall  # squares of large means would cancel to noise
        rest_centred = -n * centred / n_rest
        # the rest is several segments: spread inside them plus spread between their means
        between = (n * centred**2).sum() - n * centred**2 - n_rest * rest_centred**2
        rest_squares = squares.sum() - squares + np.maximum(between, 0)
        pooled_sd = np.sqrt((squares + rest_squares) / (n + n_rest - 2))
        # a spread this small is the rounding of a mean: there is no difference in units of it
        spread = np.where(pooled_sd > _LEAST_SPREAD * abs(overall), pooled_sd, np.nan)
        difference = (centred - rest_centred) / spread
        error = np.sqrt((n + n_rest) / (n * n_rest) + difference**2 / (2 * (n + n_rest)))
    made = {
        "mean": np.where(n > 0, mean, np.nan),
        "rest_mean": overall + rest_centred,
        "pooled_sd": pooled_sd,
        "difference": difference,
        "low": difference - _Z95 * error,
        "high": difference + _Z95 * error,
    }
    kept = {name: rounded(np.where(np.isfinite(values), values, np.nan)) for name, values in made.items()}
    return moments.assign(**kept, n_rest=n_rest.astype("int64"))
