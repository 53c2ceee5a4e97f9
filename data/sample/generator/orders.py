"""When people buy, how much, where and what: the clean transactions."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from generator.plan import (
    CATEGORIES,
    CHANGE_FACTOR,
    CHANGE_FROM,
    CHANNELS,
    DAYS,
    MARGIN_RATE,
    PRICE_RISE,
    SEGMENTS,
    START,
    UNIT_PRICE,
    Segment,
    stream,
)
from generator.spending import response

CODES = {
    "everyday_regulars": ("LOYAL10", "APP5"),
    "offices_and_cafes": ("TRADE5", "TRADE5"),
    "weekend_browsers": ("SUNNY10", "BRUNCH2"),
    "gift_givers": ("GIFT15", "XMAS20"),
    "fading_subscribers": ("COMEBACK", "SUB10"),
}
DISCOUNT = {
    "LOYAL10": 0.10,
    "APP5": 0.05,
    "TRADE5": 0.05,
    "SUNNY10": 0.10,
    "BRUNCH2": 0.12,
    "GIFT15": 0.15,
    "XMAS20": 0.20,
    "COMEBACK": 0.15,
    "SUB10": 0.10,
}


def dates() -> pd.DatetimeIndex:
    """Return every day of the period."""
    return pd.date_range(START, periods=DAYS, freq="D")


def months_since_start() -> np.ndarray:
    """Return the number of the month, from 0, by day."""
    days = dates()
    return np.asarray((days.year - START.year) * 12 + days.month - START.month)


def price_index() -> np.ndarray:
    """Return the price level by day, 1 at the start: slow drift, and a rise in September 2025."""
    level = 1.0015 ** months_since_start().astype(float)
    return level * np.where(dates() >= pd.Timestamp(CHANGE_FROM), 1 + PRICE_RISE, 1.0)


def intensity(segment: Segment) -> np.ndarray:
    """Return the relative buying rate by day: seasons, feast days, marketing spend, and the planted change."""
    days = dates()
    rate = np.asarray(segment.season, dtype=float)[days.month.to_numpy() - 1]
    rate = rate / np.mean(segment.season) * response(segment)[months_since_start()]
    if segment.key == "gift_givers":
        # Gifts stop being ordered when they can no longer arrive in time.
        late_december = (days.month == 12) & (days.day > 21)
        before_fathers_day = (days.month == 6) & (days.day >= 8) & (days.day <= 20)
        rate = rate * np.where(late_december, 0.25, 1.0) * np.where(before_fathers_day, 1.9, 1.0)
    if segment.key == "fading_subscribers":
        rate = rate * np.where(days >= pd.Timestamp(CHANGE_FROM), CHANGE_FACTOR, 1.0)
    return rate


def draw_orders(people: pd.DataFrame) -> pd.DataFrame:
    """Return one row a line of an order, in order of time, without dirt."""
    rng = stream("orders")
    prices = price_index()
    parts = [_draw_segment(rng, segment, people[people["segment"] == segment.key], prices) for segment in SEGMENTS]
    orders = pd.concat(parts, ignore_index=True).sort_values(["ordered_at", "customer_id"], kind="stable")
    orders = orders.reset_index(drop=True)
    orders["order_id"] = [f"O{500000 + number}" for number in range(len(orders))]
    lines = _second_lines(rng, orders)
    refunds = _refunds(rng, orders)
    table = pd.concat([orders, lines, refunds], ignore_index=True)
    return table.sort_values(["ordered_at", "order_id", "amount"], kind="stable").reset_index(drop=True)


def _draw_segment(rng: np.random.Generator, segment: Segment, people: pd.DataFrame, prices: np.ndarray) -> pd.DataFrame:
    owner, day = _order_days(rng, segment, people["joined_day"].to_numpy(), people["leaves_day"].to_numpy())
    day = _move_in_week(rng, segment, owner, day, people["joined_day"].to_numpy())
    count = len(people)
    basket = segment.basket * rng.lognormal(0.0, segment.basket_spread, count)
    channel = _draw_preferred(rng, segment.channels, 16.0, owner, count)
    category = _draw_categories(rng, segment, owner, count)
    promotion_chance = rng.beta(segment.promotion_share * 24, (1 - segment.promotion_share) * 24, count)
    promoted = rng.random(len(owner)) < promotion_chance[owner]
    amount = basket[owner] * rng.lognormal(0.0, segment.order_noise, len(owner)) * prices[day]
    amount *= np.where(rng.random(len(owner)) < 0.008, rng.uniform(2.5, 6.0, len(owner)), 1.0)
    amount *= np.where(category == CATEGORIES.index("drinks"), 0.5, 1.25)
    machine = UNIT_PRICE["machines"] * rng.uniform(0.7, 1.6, len(owner)) * prices[day]
    amount = np.where(category == CATEGORIES.index("machines"), np.maximum(amount, machine), amount)
    first, second = CODES[segment.key]
    month = dates()[day].month.to_numpy()
    code = np.where((rng.random(len(owner)) < 0.6) | ((second == "XMAS20") & (month != 12)), first, second)
    code = np.where(promoted, code, "")
    cut = pd.Series(code).map(DISCOUNT).fillna(0.0).to_numpy()
    frame = pd.DataFrame(
        {
            "customer_id": people["customer_id"].to_numpy()[owner],
            "ordered_at": _moment(rng, segment, day),
            "amount": np.round(amount * (1 - cut) * 20) / 20,  # prices end in 0 or 5
            "channel": np.asarray(CHANNELS, dtype=object)[channel],
            "category": np.asarray(CATEGORIES, dtype=object)[category],
            "promotion": code,
        }
    )
    return _with_margin(rng, frame, cut)


def _order_days(
    rng: np.random.Generator, segment: Segment, joined_day: np.ndarray, leaves_day: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draw order days as a renewal process in 'season time', then turn that clock back into days.

    Everybody buys at least once, or would be no customer; who leaves buys nothing later.
    """
    clock = np.concatenate([[0.0], np.cumsum(intensity(segment))])
    count = len(joined_day)
    spread = rng.lognormal(0.0, segment.orders_spread, count)
    mean_gap = 365.25 / (segment.orders_a_year * spread)
    draws = int(np.ceil(clock[-1] / mean_gap.min() * 1.3 + 30))
    gaps = rng.gamma(segment.regularity, 1 / segment.regularity, (count, draws)) * mean_gap[:, None]
    # Whoever joined within the period bought on that day; founding customers are met in mid gap.
    gaps[:, 0] *= np.where(joined_day >= 0, 0.0, rng.random(count))
    start = np.interp(np.maximum(joined_day, 0), np.arange(DAYS + 1), clock)
    moments = start[:, None] + np.cumsum(gaps, axis=1)
    owner, position = np.nonzero(moments < clock[-1])
    day = np.floor(np.interp(moments[owner, position], clock, np.arange(DAYS + 1))).astype(int)
    day = np.minimum(day, DAYS - 1)
    kept = (day < leaves_day[owner]) | (position == 0)
    return owner[kept], day[kept]


def _move_in_week(
    rng: np.random.Generator, segment: Segment, owner: np.ndarray, day: np.ndarray, joined_day: np.ndarray
) -> np.ndarray:
    """Put each order on a weekday or a weekend day of its week, as its customer likes it.

    An order stays in its month, whose season and spend it answers to: one that would leave it moves by a week.
    """
    chance = rng.beta(segment.weekday_share * 18, (1 - segment.weekday_share) * 18, len(joined_day))
    weekday = rng.random(len(day)) < chance[owner]
    monday = day - (START.weekday() + day) % 7
    moved = monday + np.where(weekday, rng.integers(0, 5, len(day)), rng.integers(5, 7, len(day)))
    moved = np.where(moved >= DAYS, moved - 7, moved)
    month = months_since_start()
    moved += 7 * np.sign(month[day] - month[np.maximum(moved, 0)])
    first = np.maximum(joined_day, 0)[owner]
    moved = np.where(moved < first, moved + 7, moved)
    return np.where(moved >= DAYS, day, moved)


def _draw_preferred(
    rng: np.random.Generator, mix: tuple[float, ...], concentration: float, owner: np.ndarray, count: int
) -> np.ndarray:
    """Draw one choice an order from each customer's own taste around the mix of the segment."""
    weights = np.asarray(mix)
    taste = rng.gamma(np.maximum(weights, 1e-9) * concentration, 1.0, (count, len(mix))) + weights * 1e-6
    reach = np.cumsum(taste / taste.sum(axis=1, keepdims=True), axis=1)
    chosen = (rng.random(len(owner))[:, None] > reach[owner]).sum(axis=1)
    return np.minimum(chosen, len(mix) - 1)


def _draw_categories(rng: np.random.Generator, segment: Segment, owner: np.ndarray, count: int) -> np.ndarray:
    machines = CATEGORIES.index("machines")
    taste = list(segment.categories)
    machine_chance, taste[machines] = taste[machines], 0.0
    category = _draw_preferred(rng, tuple(taste), 5.0, owner, count)
    # Nobody has a habit of buying machines: any order may be one.
    return np.where(rng.random(len(owner)) < machine_chance, machines, category)


def _moment(rng: np.random.Generator, segment: Segment, day: np.ndarray) -> np.ndarray:
    # Shops open at six and the web shop is quiet after eleven: what falls outside is folded back in.
    hour = 6.0 + np.abs(rng.normal(segment.hour, 2.1, len(day)) - 6.0)
    hour = np.minimum(22.98 - np.abs(22.98 - hour), 22.98)
    return dates().to_numpy()[day] + (hour * 60).astype("timedelta64[m]")


def _with_margin(rng: np.random.Generator, frame: pd.DataFrame, cut: np.ndarray) -> pd.DataFrame:
    """Add quantity and margin; a discount comes out of our margin, wholesale has less of it."""
    unit = frame["category"].map(UNIT_PRICE).to_numpy()
    rate = frame["category"].map(MARGIN_RATE).to_numpy() * rng.normal(1.0, 0.05, len(frame))
    rate = np.where(frame["channel"] == "wholesale", rate * 0.80, rate)
    full_price = frame["amount"].to_numpy() / (1 - cut)
    frame["quantity"] = np.maximum(np.round(full_price / unit), 1).astype(int)
    frame["margin"] = np.round(frame["amount"].to_numpy() - full_price * (1 - rate), 2)
    return frame


def _second_lines(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    """About one order in twenty has a small second line of another category."""
    lines = orders[rng.random(len(orders)) < 0.05].copy()
    position = lines["category"].map({name: number for number, name in enumerate(CATEGORIES)}).to_numpy()
    moved = (position + rng.integers(1, len(CATEGORIES), len(lines))) % len(CATEGORIES)
    names = np.asarray(CATEGORIES, dtype=object)[moved]
    lines["category"] = np.where(names == "machines", np.where(lines["category"] == "beans", "gifts", "beans"), names)
    lines["amount"] = np.round(lines["amount"] * rng.uniform(0.1, 0.4, len(lines)) * 20) / 20 + 0.05
    cut = lines["promotion"].map(DISCOUNT).fillna(0.0).to_numpy()
    return _with_margin(rng, lines, cut)


def _refunds(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    """About one order in ninety is sent back, whole or half, under its own order number."""
    returned = orders[rng.random(len(orders)) < 0.011].copy()
    part = np.where(rng.random(len(returned)) < 0.7, 1.0, 0.5)
    delay = [timedelta(days=int(days)) for days in rng.integers(2, 15, len(returned))]
    returned["ordered_at"] = (returned["ordered_at"] + pd.Series(delay, index=returned.index)).astype(
        orders["ordered_at"].dtype
    )
    returned["amount"] = -np.round(returned["amount"] * part, 2)
    returned["margin"] = -np.round(returned["margin"] * part, 2)
    returned["quantity"] = -np.maximum(np.floor(returned["quantity"] * part), 1).astype(int)
    return returned[returned["ordered_at"] < pd.Timestamp(START) + timedelta(days=DAYS)]
