"""The features once more, customer by customer in plain pandas: slow, obvious, and written apart from the SQL."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools

import numpy as np
import pandas as pd


def step_back(day: dt.date, months: int) -> dt.date:
    """Return the day so many months before; the last of a month goes to the last of a month."""
    month_start = pd.Timestamp(day).to_period("M") - months
    last = calendar.monthrange(month_start.year, month_start.month)[1]
    at_end = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(month_start.year, month_start.month, last if at_end else min(day.day, last))


def plain_features(transactions: pd.DataFrame, day: dt.date, window: int | str = 12) -> pd.DataFrame:
    """Return one row a customer who had bought by `day`, indexed and sorted by customer_id."""
    lines = transactions.copy()
    lines["day"] = lines["ordered_at"].dt.date
    rate = np.nan
    if "margin" in lines:
        known = lines["margin"].notna()
        rate = round(lines.loc[known, "margin"].sum() / lines.loc[known, "amount"].sum(), 6)
    lines = lines[lines["day"] <= day]
    lines["bought"] = (lines["amount"] >= 0) & ~lines.get("is_cancelled", pd.Series(False, lines.index))
    void = ~lines["bought"] & (lines["amount"] > 0)
    lines["net"] = lines["amount"].where(~void, 0.0)
    worth = lines["margin"].fillna(lines["amount"] * rate) if "margin" in lines else lines["amount"]
    lines["worth"] = worth.where(~void, 0.0)
    key = lines["day"].astype(str)
    lines["order_key"] = lines["order_id"].where(lines["order_id"].notna(), key) if "order_id" in lines else key
    start = dt.date(1, 1, 1) if window == "all" else step_back(day, int(window))
    rows = {
        customer: _customer(group, day, start)
        for customer, group in lines.groupby("customer_id")
        if group["bought"].any()
    }
    return pd.DataFrame.from_dict(rows, orient="index").sort_index()


def _customer(lines: pd.DataFrame, day: dt.date, start: dt.date) -> dict[str, object]:
    bought = lines[lines["bought"]]
    placed = bought.groupby("order_key")["ordered_at"].min().sort_values()
    days = sorted(set(placed.dt.date))
    recent = placed[placed.dt.date > start]
    recent_days = [each for each in days if each > start]
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days) if later > start]
    inside = lines[lines["day"] > start]
    sales = inside.loc[inside["bought"], "amount"].sum()
    last_6, previous_6 = step_back(day, 6), step_back(day, 12)
    lately = bought.loc[bought["day"] > last_6, "amount"].sum()
    before = bought.loc[(bought["day"] > previous_6) & (bought["day"] <= last_6), "amount"].sum()
    made: dict[str, object] = {
        "recency_days": (day - days[-1]).days,
        "tenure_days": (day - days[0]).days,
        "frequency": len(recent),
        "monetary": inside["net"].sum(),
        "average_order_value": _over(sales, len(recent)),
        "mean_gap_days": (recent_days[-1] - recent_days[0]).days / (len(recent_days) - 1)
        if len(recent_days) > 1
        else np.nan,
        "gap_regularity": 1 / (1 + np.std(gaps) / np.mean(gaps)) if len(gaps) > 1 else np.nan,
        "days_active": len(recent_days),
        "trend": _over(lately - before, lately + before),
        "refund_share": _over(-inside.loc[inside["amount"] < 0, "amount"].sum(), sales),
        "weekday_share": _over((recent.dt.day_of_week < 5).sum(), len(recent)),
        "evening_share": _over((recent.dt.hour >= 17).sum(), len(recent)),
        "value": inside["worth"].sum(),
        "orders": len(recent),
        "revenue": sales,
        "days_since_last": (day - days[-1]).days,
    }
    if "promotion" in lines:
        promoted = inside["bought"] & inside["promotion"].notna()
        made["discount_share"] = _over(inside.loc[promoted, "amount"].sum(), sales)
    for column in {"channel", "category"} & set(lines):
        made |= _kinds(bought, column, start)
    return made


def _kinds(bought: pd.DataFrame, column: str, start: dt.date) -> dict[str, object]:
    """Orders by channel or category: an order counts on the first day it had a line of that kind."""
    first = bought.groupby([column, "order_key"])["day"].min()
    counts = first[first > start].groupby(column).size()
    total = counts.sum()
    favourite = min(counts.items(), key=lambda item: (-item[1], item[0]))[0] if total else None
    if column == "category":
        known = {"category_count": len(counts), "top_category_share": _over(counts.max() if total else 0, total)}
        return {**(known if total else {}), "favourite_category": favourite}
    shares = {f"{name}_share": _over(counts.get(name, 0), total) for name in ("web", "store", "phone")}
    return {"main_channel": favourite, **shares}


def _over(above: float, below: float) -> float:
    return above / below if below else np.nan
