"""How strongly each thing known of customers goes with their segment, over all segments at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from segmodel.store import rounded

ASSOCIATION = ("name", "test", "statistic", "freedom", "freedom_within", "p_value", "q_value", "effect", "n")


def associations(shares: pd.DataFrame, means: pd.DataFrame) -> pd.DataFrame:
    """Return one row a column: whether segments differ in it at all.

    Parameters
    ----------
    shares : DataFrame
        segment, name, level, count and n, as `Facts` has them; a row a segment and level, nobody included.
    means : DataFrame
        segment, name, n, mean and variance.

    Returns
    -------
    DataFrame
        name; test: `chi-squared` (Pearson's of the table of segments by levels) or `F` (one-way analysis of variance);
        statistic, freedom, freedom_within (of F); p_value, q_value (Benjamini & Hochberg 1995 over all columns);
        effect: Cramér's V, or eta squared; n.
    """
    rows = [_chi_squared(str(name), part) for name, part in shares.groupby("name")]
    rows += [_analysis_of_variance(str(name), part) for name, part in means.groupby("name")]
    found = pd.DataFrame(rows, columns=[name for name in ASSOCIATION if name != "q_value"])
    for name in ("statistic", "p_value", "effect"):  # sums and tails of distributions differ in their last digit
        found[name] = rounded(found[name])
    q_value = np.full(len(found), np.nan)
    tested = found["p_value"].notna().to_numpy()
    if tested.any():
        q_value[tested] = rounded(stats.false_discovery_control(found.loc[tested, "p_value"].to_numpy(dtype=float)))
    return found.assign(q_value=q_value)[list(ASSOCIATION)]


def _chi_squared(name: str, part: pd.DataFrame) -> dict[str, object]:
    ordered = part.sort_values(["segment", "level"])
    shape = (ordered["segment"].nunique(), -1)
    table, known = (ordered[column].to_numpy(dtype=float).reshape(shape) for column in ("count", "n"))
    # of yes and no, only yes is counted
    counts = np.column_stack([table, known[:, 0] - table.sum(axis=1)])
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    n = counts.sum()
    if min(counts.shape) < 2:
        return {"name": name, "test": "chi-squared", "n": n}
    result = stats.chi2_contingency(counts, correction=False)
    effect = np.sqrt(result.statistic / (n * (min(counts.shape) - 1)))
    return {"name": name, "test": "chi-squared", "statistic": result.statistic, "freedom": result.dof,
            "p_value": result.pvalue, "effect": effect, "n": n}  # fmt: skip


def _analysis_of_variance(name: str, part: pd.DataFrame) -> dict[str, object]:
    there = part[part["n"].astype(float) > 1]
    n, mean, variance = (there[column].to_numpy(dtype=float) for column in ("n", "mean", "variance"))
    groups, total = len(n), n.sum()
    within = ((n - 1) * variance).sum()
    if groups < 2 or not within > 0:
        return {"name": name, "test": "F", "n": total}
    between = (n * (mean - (n * mean).sum() / total) ** 2).sum()
    statistic = (between / (groups - 1)) / (within / (total - groups))
    return {"name": name, "test": "F", "statistic": statistic, "freedom": groups - 1, "freedom_within": total - groups,
            "p_value": stats.f.sf(statistic, groups - 1, total - groups),
            "effect": between / (between + within), "n": total}  # fmt: skip
