"""What is planted: period, segments, need groups and the change at month 27."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np

SEED = 20230701
START = date(2023, 7, 1)
END = date(2026, 6, 30)
DAYS = (END - START).days + 1
MONTHS = 36
CUSTOMERS = 6000
PROSPECTS = 120
RESPONDENTS = 1600
CHANGE_FROM = date(2025, 9, 1)
CHANGE_MONTH = 27
CHANGE_FACTOR = 0.78
PRICE_RISE = 0.07
CHANNELS = ("web", "app", "store", "wholesale")
CATEGORIES = ("beans", "capsules", "machines", "gifts", "café supplies", "drinks")
UNIT_PRICE = {
    "beans": 11.5,
    "capsules": 6.5,
    "machines": 95.0,
    "gifts": 19.0,
    "café supplies": 14.0,
    "drinks": 3.6,
}
MARGIN_RATE = {
    "beans": 0.46,
    "capsules": 0.42,
    "machines": 0.24,
    "gifts": 0.40,
    "café supplies": 0.25,
    "drinks": 0.62,
}


@dataclass(frozen=True)
class Segment:
    """One planted behaviour segment; rates are for one customer and a full year."""

    key: str
    label: str
    share: float
    orders_a_year: float
    orders_spread: float  # sd of the log rate between customers
    regularity: float  # gamma shape of the gaps: 1 is random, large is like clockwork
    basket: float  # median order amount in pounds at the prices of July 2023
    basket_spread: float  # sd of the log basket between customers
    order_noise: float  # sd of the log amount between orders of one customer
    channels: tuple[float, float, float, float]
    categories: tuple[float, float, float, float, float, float]
    weekday_share: float
    promotion_share: float
    hour: float
    founding_share: float  # share of customers who were there before the first month
    latest_join: date
    leaving_a_year: float  # rate at which customers leave for good, the same on any day
    spend_elasticity: float  # percent more orders in a month for 1% more marketing spend in it
    tests_budget: bool  # whether spend was varied on purpose
    season: tuple[float, ...]  # January to December


SEGMENTS = (
    Segment(
        key="everyday_regulars",
        label="Everyday regulars",
        share=0.18,
        orders_a_year=30,
        orders_spread=0.3,
        regularity=1.5,
        basket=24.5,
        basket_spread=0.16,
        order_noise=0.45,
        channels=(0.12, 0.5, 0.38, 0.0),
        categories=(0.46, 0.12, 0.004, 0.02, 0.02, 0.376),
        weekday_share=0.8,
        promotion_share=0.05,
        hour=8.6,
        founding_share=0.33,
        latest_join=date(2026, 5, 10),
        leaving_a_year=0.017,
        spend_elasticity=0.12,
        tests_budget=True,
        season=(1.05, 1.02, 1.0, 1.0, 1.0, 0.98, 0.94, 0.88, 1.02, 1.04, 1.05, 1.02),
    ),
    Segment(
        key="offices_and_cafes",
        label="Offices and cafés",
        share=0.065,
        orders_a_year=17,
        orders_spread=0.3,
        regularity=3.0,
        basket=78.0,
        basket_spread=0.34,
        order_noise=0.38,
        channels=(0.1, 0.0, 0.02, 0.88),
        categories=(0.41, 0.16, 0.012, 0.01, 0.388, 0.02),
        weekday_share=0.96,
        promotion_share=0.02,
        hour=10.8,
        founding_share=0.36,
        latest_join=date(2026, 4, 25),
        leaving_a_year=0.012,
        spend_elasticity=0.0,
        tests_budget=False,
        season=(1.06, 1.05, 1.05, 1.0, 1.04, 1.04, 0.96, 0.74, 1.08, 1.08, 1.06, 0.84),
    ),
    Segment(
        key="weekend_browsers",
        label="Weekend browsers",
        share=0.305,
        orders_a_year=9.8,
        orders_spread=0.18,
        regularity=3.0,
        basket=16.5,
        basket_spread=0.15,
        order_noise=0.4,
        channels=(0.14, 0.1, 0.76, 0.0),
        categories=(0.35, 0.14, 0.004, 0.086, 0.03, 0.39),
        weekday_share=0.14,
        promotion_share=0.2,
        hour=12.6,
        founding_share=0.32,
        latest_join=date(2026, 5, 10),
        leaving_a_year=0.025,
        spend_elasticity=0.2,
        tests_budget=True,
        season=(0.8, 0.86, 0.96, 1.0, 1.06, 1.02, 1.0, 0.96, 0.96, 1.02, 1.08, 1.28),
    ),
    Segment(
        key="gift_givers",
        label="Gift givers",
        share=0.24,
        orders_a_year=4.3,
        orders_spread=0.2,
        regularity=3.5,
        basket=39.0,
        basket_spread=0.25,
        order_noise=0.36,
        channels=(0.94, 0.02, 0.04, 0.0),
        categories=(0.12, 0.06, 0.008, 0.76, 0.042, 0.01),
        weekday_share=0.87,
        promotion_share=0.88,
        hour=19.4,
        founding_share=0.30,
        latest_join=date(2026, 4, 25),
        leaving_a_year=0.045,
        spend_elasticity=0.03,
        tests_budget=True,
        season=(0.35, 0.75, 1.0, 0.6, 0.7, 1.25, 0.5, 0.45, 0.6, 0.8, 1.6, 3.4),
    ),
    Segment(
        key="fading_subscribers",
        label="Fading subscribers",
        share=0.21,
        orders_a_year=11.8,
        orders_spread=0.18,
        regularity=7.0,
        basket=20.5,
        basket_spread=0.27,
        order_noise=0.32,
        channels=(0.92, 0.05, 0.03, 0.0),
        categories=(0.55, 0.39, 0.006, 0.034, 0.01, 0.01),
        weekday_share=0.78,
        promotion_share=0.06,
        hour=18.2,
        founding_share=0.46,
        latest_join=date(2025, 4, 30),
        leaving_a_year=0.05,
        spend_elasticity=0.0,
        tests_budget=False,
        season=(1.02, 1.02, 1.0, 1.0, 0.99, 0.97, 0.96, 0.93, 1.0, 1.03, 1.04, 1.04),
    ),
)

SEGMENT_KEYS = tuple(segment.key for segment in SEGMENTS)


def stream(name: str) -> np.random.Generator:
    """Give each part its own random stream, so that changing one part leaves the others as they were."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])
