"""When drift is called: past noise, and past a size that matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats


@dataclass(frozen=True)
class DriftThresholds:
    """What a call needs.

    Attributes
    ----------
    noise_level : float
        Share of comparisons without drift that stay under the noise line.
    false_calls : float
        False calls allowed among those of one comparison of many features (Benjamini & Hochberg 1995).
    shift : float
        Wasserstein distance of a number, in standard deviations of the reference: 0.2 is a small shift (Cohen 1988).
    effect : float
        Cohen's w of categories, √PSI near enough for small ones: 0.2 lies between a small (0.1) and a medium effect
        (0.3; Cohen 1988), and is what a shift of 0.2 standard deviations comes to.
    """

    noise_level: float = 0.99
    false_calls: float = 0.05
    shift: float = 0.2
    effect: float = 0.2


def call_drift(found: pd.DataFrame, thresholds: DriftThresholds | None = None) -> pd.DataFrame:
    """Return the rows of one comparison with `q_value` and `drifted`.

    Parameters
    ----------
    found : DataFrame
        Of `compare_snapshots`, at one snapshot: psi, noise_line, p_value, wasserstein (NaN of categories).
    thresholds : DriftThresholds, optional
    """
    limits = thresholds or DriftThresholds()
    known = found["p_value"].notna().to_numpy()
    q_value = np.full(len(found), np.nan)
    if known.any():
        q_value[known] = stats.false_discovery_control(found.loc[known, "p_value"].clip(0, 1))
    is_noise = ~((found["psi"] > found["noise_line"]).to_numpy() & (q_value <= limits.false_calls))
    is_number = found["wasserstein"].notna()
    effect = np.sqrt(found["psi"].clip(lower=0))
    matters = (found["wasserstein"] >= limits.shift).where(is_number, effect >= limits.effect)
    return found.assign(q_value=q_value, drifted=~is_noise & matters.to_numpy(bool))
