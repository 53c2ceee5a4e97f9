"""What each segment is worth over the horizon, how sure that is, and who in it may leave: table `segment_value`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from segmodel.definition import Value
from segmodel.engines import Engine
from segmodel.features.history import YEAR_BEFORE
from segmodel.intervals import wilson
from segmodel.suppression import small_cells, small_parts
from segmodel.value.churn_segments import segment_churn
from segmodel.value.draws import Draws, group_draws
from segmodel.value.forecast import Forecast
from segmodel.value.lifetime import trailing_value

LEVEL = 0.95
"""Of all intervals, as those of the metrics."""

YEAR = 365
"""Days."""

SIMULATIONS = 4_000
"""Draws of retention and value where no model holds: they cost next to nothing."""

_HIDDEN_WITH = (
    "customers", "lifetime_value", "lifetime_value_low", "lifetime_value_high", "lifetime_value_share",
    "lifetime_value_share_low", "lifetime_value_share_high", "churn_risk", "churn_risk_low", "churn_risk_high",
    "may_leave", "value_at_risk",
)  # fmt: skip


def store_customer_value(engine: Engine, forecast: Forecast) -> None:
    """Create table `customer_value`: a row a customer who bought, as exact numbers so that sums do not depend on order.

    customer_id; lifetime_spend and churn_risk, NULL where no forecast holds; value and spend of the last year; and
    whether they bought in it, and in the two spans over which retention is measured.
    """
    kept = ["customer_id", "lifetime_spend", "churn_risk", "value", "spend", "bought", "came", "came_back"]
    with engine.loaded("customer_value_part", forecast.customers[kept]):
        engine.execute(
            """
            CREATE TABLE customer_value AS
            SELECT customer_id,
                CASE WHEN isfinite(lifetime_spend) THEN lifetime_spend::DECIMAL(18,4) END AS lifetime_spend,
                CASE WHEN isfinite(churn_risk) THEN churn_risk::DECIMAL(9,8) END AS churn_risk,
                value::DECIMAL(18,4) AS value, spend::DECIMAL(18,4) AS spend, bought, came, came_back
            FROM customer_value_part ORDER BY customer_id
            """
        )


def store_segment_value(
    engine: Engine,
    segmentation: str,
    forecast: Forecast,
    draws: Draws | None,
    settings: Value,
    minimum_group: int,
    labelled: pd.DataFrame | None = None,
) -> None:
    """Add one segmentation's rows to `segment_value`: one a segment, and one (`''`) for all customers counted.

    Lifetime value is what the forecast expects × the segment's own margin of the last year; where no forecast holds,
    trailing value thinned by retention. Intervals are at 95%.

    Parameters
    ----------
    engine : Engine
        Holds `assignments`, `snapshots` and, from `store_customer_value`, `customer_value`.
    segmentation : str
    forecast : Forecast
    draws : Draws or None
        Of the forecast.
    settings : Value
    minimum_group : int
        Smaller groups are hidden, and those that would give one away.
    labelled : DataFrame, optional
        `customer_id` and `churn_risk` learnt from a churn label, of customers who have not left: shown instead of the
        forecast's.
    """
    rows = _with_total(_members(engine, segmentation, settings.may_leave_from))
    if draws is not None:
        found = _modelled(rows, forecast, group_draws(draws, _segment_of(engine, segmentation, draws)))
    else:
        found = _trailing(rows, _retention(engine, segmentation), forecast, minimum_group)
    found = found.assign(basis=forecast.basis, churn_basis=forecast.basis)
    if labelled is not None and len(labelled):
        known = _labelled(engine, segmentation, labelled)
        found = _with_label(found, known, settings.may_leave_from, minimum_group)
    found = _hidden(found, minimum_group)
    found.insert(0, "segmentation", segmentation)
    with engine.loaded("segment_value_part", found):
        verb = "INSERT INTO segment_value" if "segment_value" in engine.tables() else "CREATE TABLE segment_value AS"
        engine.execute(f"{verb} SELECT * FROM segment_value_part")


_LATEST = "segmentation = $segmentation AND is_counted AND snapshot = (SELECT max(snapshot) FROM snapshots)"


def _labelled(engine: Engine, segmentation: str, labelled: pd.DataFrame) -> pd.DataFrame:
    """Return segment, value of the last year and risk of the customers whose risk was learnt from a label."""
    with engine.loaded("labelled_risks", labelled):
        return engine.frame(
            f"""
            SELECT segment, coalesce(customer_value.value, 0)::DOUBLE AS value, labelled_risks.churn_risk AS risk
            FROM assignments JOIN labelled_risks USING (customer_id) LEFT JOIN customer_value USING (customer_id)
            WHERE {_LATEST} ORDER BY customer_id
            """,
            {"segmentation": segmentation},
        )


def _with_label(found: pd.DataFrame, known: pd.DataFrame, threshold: float, minimum_group: int) -> pd.DataFrame:
    """Return the rows with what a churn label taught of risk, in the segments of which enough customers have one."""
    columns = ["churn_risk", "churn_risk_low", "churn_risk_high", "may_leave", "value_at_risk"]
    learnt = segment_churn(known["risk"], known["segment"], known["value"], threshold=threshold, level=LEVEL)
    learnt = learnt.set_index("segment")
    high = known[known["risk"] >= threshold]
    learnt["may_leave"] = high.groupby("segment").size().reindex(learnt.index, fill_value=0).astype("float64")
    learnt["value_at_risk"] = high.groupby("segment")["value"].sum().reindex(learnt.index, fill_value=0.0)
    learnt.loc["", ["may_leave", "value_at_risk"]] = [len(high), high["value"].sum()]
    learnt = learnt.reindex(found["segment"])
    is_told = (learnt["customers"] >= minimum_group).to_numpy()
    changed = found.astype(dict.fromkeys(columns, "float64"))
    changed.loc[is_told, columns] = learnt.loc[is_told, columns].to_numpy(np.float64)
    return changed.assign(churn_basis=np.where(is_told, "label", changed["churn_basis"]))


def _members(engine: Engine, segmentation: str, threshold: float) -> pd.DataFrame:
    """Return one row a segment with sums over its customers now."""
    return engine.frame(
        f"""
        SELECT
            segment,
            count(*)::BIGINT AS customers,
            coalesce(sum(customer_value.value), 0)::DOUBLE AS value,
            coalesce(sum(customer_value.value::DECIMAL(20,2) * customer_value.value::DECIMAL(18,2)), 0)::DOUBLE
                AS value_squares,
            coalesce(sum(spend), 0)::DOUBLE AS spend,
            coalesce(sum(lifetime_spend), 0)::DOUBLE AS lifetime_spend,
            coalesce(sum(churn_risk), 0)::DOUBLE AS risk,
            count(*) FILTER (WHERE bought)::BIGINT AS buyers,
            count(*) FILTER (WHERE bought AND churn_risk >= $threshold)::BIGINT AS may_leave,
            coalesce(sum(customer_value.value) FILTER (WHERE bought AND churn_risk >= $threshold), 0)::DOUBLE
                AS value_at_risk
        FROM assignments LEFT JOIN customer_value USING (customer_id) WHERE {_LATEST}
        GROUP BY segment ORDER BY segment
        """,
        {"segmentation": segmentation, "threshold": threshold},
    )


def _with_total(rows: pd.DataFrame) -> pd.DataFrame:
    total = rows.drop(columns="segment").sum().to_frame().T.assign(segment="")
    return pd.concat([total, rows], ignore_index=True).astype({"customers": "int64", "may_leave": "int64"})


def _segment_of(engine: Engine, segmentation: str, draws: Draws) -> pd.Series:
    """Return the segments of the customers that were valued in the draws."""
    with engine.loaded("valued_customers", pd.DataFrame({"customer_id": draws.customer_id})):
        found = engine.frame(
            f"SELECT customer_id, segment FROM assignments JOIN valued_customers USING (customer_id) WHERE {_LATEST}",
            {"segmentation": segmentation},
        )
    return found.set_index("customer_id")["segment"]


def _modelled(rows: pd.DataFrame, forecast: Forecast, drawn: dict[str, tuple[np.ndarray, np.ndarray]]) -> pd.DataFrame:
    """Return lifetime value and churn risk as forecast, with intervals from the draws."""
    margin = (rows["value"] / rows["spend"].where(rows["spend"] > 0)).fillna(forecast.margin)
    amount = (rows["lifetime_spend"] * margin).to_numpy(copy=True)
    amount[0] = amount[1:].sum()
    risk = (rows["risk"] / rows["customers"]).to_numpy()
    everybody = drawn[""]
    # a segment nobody of which was valued in the draws moves as all customers do
    ratios = np.column_stack([drawn.get(name, everybody)[0] for name in rows["segment"]])
    moves = np.column_stack([drawn.get(name, everybody)[1] for name in rows["segment"]])
    amounts = ratios * amount
    amounts[:, 0] = amounts[:, 1:].sum(axis=1)
    return pd.DataFrame(
        {"segment": rows["segment"], "customers": rows["customers"]}
        | _interval("lifetime_value", amount, amounts)
        | _shares(amount, amounts)
        | _interval("churn_risk", risk, risk + moves, 0.0, 1.0)
        | {"may_leave": rows["may_leave"], "value_at_risk": rows["value_at_risk"]}
    )


def _shares(amount: np.ndarray, amounts: np.ndarray) -> dict[str, np.ndarray]:
    """Return shares of lifetime value; NaN where a part is below zero, as shares of a whole then say nothing."""
    found, drawn = amount, amounts
    if (np.isfinite(amount).all() and (amount < 0).any()) or not amount[0] > 0:
        found, drawn = np.full_like(amount, np.nan), np.full_like(amounts, np.nan)
    return _interval("lifetime_value_share", found / found[0], drawn / drawn[:, :1], 0.0, 1.0)


def _interval(
    name: str, found: np.ndarray, drawn: np.ndarray, least: float = -np.inf, most: float = np.inf
) -> dict[str, np.ndarray]:
    """Return an estimate with an interval from the spread of its draws, which near enough is that of a normal."""
    reach = stats.norm.ppf((1 + LEVEL) / 2) * drawn.std(axis=0, ddof=1)
    return {
        name: found,
        f"{name}_low": np.clip(found - reach, least, most),
        f"{name}_high": np.clip(found + reach, least, most),
    }


def _retention(engine: Engine, segmentation: str) -> dict[str, tuple[int, int]]:
    """Return how many bought in the year before and how many of them stayed, by the segments of a year before.

    Those of today are partly made of who stayed.
    """
    # one join: a CTE read by several parts of one statement can stall the engine for good once it spills
    rows = engine.rows(
        f"""
        SELECT segment, count(*) FILTER (WHERE came)::BIGINT AS before,
            count(*) FILTER (WHERE came AND came_back)::BIGINT AS stayed
        FROM customer_value LEFT JOIN (
            SELECT customer_id, segment FROM assignments
            WHERE segmentation = $segmentation AND is_counted AND snapshot = {YEAR_BEFORE}
        ) AS earlier USING (customer_id)
        GROUP BY segment ORDER BY segment
        """,
        {"segmentation": segmentation},
    )
    placed = {segment: (before, stayed) for segment, before, stayed in rows if segment is not None}
    # without a snapshot of a year before, everybody stands for the total
    counted = list(placed.values()) or [(before, stayed) for _, before, stayed in rows]
    return placed | {"": (sum(before for before, _ in counted), sum(stayed for _, stayed in counted))}


def _of(retention: Mapping[str, tuple[int, int]], segment: str, minimum_group: int) -> tuple[int, int]:
    """Return the retention of a segment; that of all customers where few of the segment were there a year before."""
    found, of_all = retention.get(segment, (0, 0)), retention.get("", (0, 0))
    if found[0] >= minimum_group:
        return found
    return of_all if of_all[0] >= minimum_group else (0, 0)


def _trailing(
    rows: pd.DataFrame, retention: Mapping[str, tuple[int, int]], forecast: Forecast, minimum_group: int
) -> pd.DataFrame:
    """Return trailing value thinned by retention, with intervals from what is not known of either."""
    random = np.random.default_rng(0)
    n = rows["customers"].to_numpy(np.float64)
    value = rows["value"].to_numpy()
    spread = np.sqrt(np.maximum(rows["value_squares"].to_numpy() - value**2 / n, 0))
    before, stayed = np.array([_of(retention, name, minimum_group) for name in rows["segment"]], dtype=np.float64).T
    # nobody to learn retention from: nothing is known, and nothing is shown
    # a shorter history is scaled to a year; retention is not, as who did not come back in so little time may yet
    scale = max(YEAR / forecast.history_days, 1.0)
    value, spread = value * scale, spread * scale
    share = np.divide(stayed, before, out=np.full(len(rows), np.nan), where=before > 0)
    terms = forecast.terms
    amount = np.full(len(rows), np.nan)
    known = np.isfinite(share)
    amount[known] = trailing_value(value[known], share[known], months=terms.months, discount=terms.discount)
    stays = random.beta(stayed + 0.5, before - stayed + 0.5, size=(SIMULATIONS, len(rows)))
    values = random.normal(value, spread, size=(SIMULATIONS, len(rows)))
    amounts = trailing_value(values, stays, months=terms.months, discount=terms.discount)
    amounts[:, 0] = amounts[:, 1:].sum(axis=1)
    if known.all():
        amount[0] = amount[1:].sum()
    leave = np.round(rows["buyers"].to_numpy() * (1 - share))
    at_risk = value * (1 - share)
    leave[0], at_risk[0] = leave[1:].sum(), at_risk[1:].sum()
    retained = wilson(stayed, before)
    kept = np.array([retained.low, retained.high])
    # a share of few who left, or of few who stayed, would count them
    left = before - stayed
    is_few = ((left > 0) & (left < minimum_group)) | ((stayed > 0) & (stayed < minimum_group))
    shown = np.where(is_few, np.nan, share)
    kept = np.where(is_few, np.nan, kept)
    return pd.DataFrame(
        {"segment": rows["segment"], "customers": rows["customers"]}
        | _interval("lifetime_value", amount, amounts)
        | _shares(amount, amounts)
        | {"churn_risk": 1 - shown, "churn_risk_low": 1 - kept[1], "churn_risk_high": 1 - kept[0]}
        | {"may_leave": leave, "value_at_risk": at_risk}
    )


def _hidden(found: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Hide small groups, and small numbers of customers who may leave, with what would give them away."""
    keyed = found.assign(snapshot=0, filter_1="", filter_2="")
    suppressed = small_cells(keyed, minimum)
    few = small_parts(keyed.assign(suppressed=suppressed), "may_leave", minimum)
    shown = found.assign(suppressed=suppressed, few_may_leave=few & ~suppressed)
    shown = shown.astype(dict.fromkeys(_HIDDEN_WITH, "float64"))
    shown.loc[suppressed, list(_HIDDEN_WITH)] = np.nan
    shown.loc[few, ["may_leave", "value_at_risk"]] = np.nan
    return shown
