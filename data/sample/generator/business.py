"""Campaigns, accounts, older segmentations, the market and its prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from generator.orders import dates, price_index
from generator.people import FIRST_NAMES, SURNAMES
from generator.plan import START, stream
from generator.spending import months
from generator.survey import NEEDS


@dataclass(frozen=True)
class Campaign:
    """One randomised campaign: the chance to convert without it, and how the treatment multiplies that."""

    key: str
    starts: date
    size: int
    treated_share: float
    base: dict[str, float]
    effect: dict[str, float]
    order_value: float


CAMPAIGNS = (
    Campaign(
        "spring_brunch_2024",
        date(2024, 4, 2),
        1300,
        0.5,
        {"weekend_browsers": 0.18, "everyday_regulars": 0.22},
        {"weekend_browsers": 1.6, "everyday_regulars": 1.0},
        21.0,
    ),
    Campaign(
        "christmas_code_2024",
        date(2024, 11, 18),
        1500,
        0.5,
        {"gift_givers": 0.30, "weekend_browsers": 0.10},
        {"gift_givers": 1.05, "weekend_browsers": 1.7},
        41.0,
    ),
    Campaign(
        "trade_sampler_2025",
        date(2025, 3, 3),
        260,
        0.5,
        {"offices_and_cafes": 0.14},
        {"offices_and_cafes": 2.3},
        145.0,
    ),
    Campaign(
        "app_points_2025",
        date(2025, 5, 12),
        1600,
        0.6,
        {"everyday_regulars": 0.27, "weekend_browsers": 0.09},
        {"everyday_regulars": 1.45, "weekend_browsers": 1.0},
        25.0,
    ),
    Campaign(
        "come_back_2025",
        date(2025, 11, 3),
        1400,
        0.5,
        {"fading_subscribers": 0.15, "gift_givers": 0.17},
        {"fading_subscribers": 1.9, "gift_givers": 0.9},
        30.0,
    ),
    Campaign(
        "christmas_code_2025",
        date(2025, 11, 17),
        2000,
        0.5,
        {"gift_givers": 0.31, "weekend_browsers": 0.11, "everyday_regulars": 0.25},
        {"gift_givers": 1.0, "weekend_browsers": 1.6, "everyday_regulars": 1.1},
        43.0,
    ),
    Campaign(
        "smaller_bags_2026",
        date(2026, 3, 9),
        1200,
        0.5,
        {"fading_subscribers": 0.16, "everyday_regulars": 0.20},
        {"fading_subscribers": 1.55, "everyday_regulars": 1.0},
        22.0,
    ),
)

SECTORS = (
    "Professional services",
    "Café or restaurant",
    "Technology",
    "Education",
    "Health",
    "Hotel",
    "Charity",
    "Retail",
)
SIZES = ("1-9", "10-49", "50-249", "250+")
ROLES = ("decider", "buyer", "user", "influencer", "gatekeeper")
PLACES = (
    "Quay",
    "Mill",
    "Station",
    "Castle",
    "Bridge",
    "Orchard",
    "Park",
    "Temple",
    "Dock",
    "Severn",
    "Avon",
    "Clifton",
)
ENDINGS = {
    "Professional services": ("Partners", "Associates", "& Co"),
    "Café or restaurant": ("Café", "Kitchen", "Bakery", "Deli"),
    "Technology": ("Labs", "Systems", "Digital"),
    "Education": ("College", "Academy"),
    "Health": ("Clinic", "Dental"),
    "Hotel": ("Hotel", "Lodge"),
    "Charity": ("Trust", "Foundation"),
    "Retail": ("Books", "Interiors", "Cycles"),
}
LIFE_STAGES = ("Starting out", "Young couples", "Families", "Empty nesters", "Retired")


def campaigns_table(people: pd.DataFrame) -> pd.DataFrame:
    """Return who was in which campaign and arm, and what they did within 30 days."""
    parts = [_one_campaign(people, campaign) for campaign in CAMPAIGNS]
    return pd.concat(parts, ignore_index=True)


def _one_campaign(people: pd.DataFrame, campaign: Campaign) -> pd.DataFrame:
    rng = stream(campaign.key)
    there = people["joined_day"].to_numpy() < (campaign.starts - START).days
    pool = people[there & people["segment"].isin(list(campaign.base)).to_numpy()].reset_index(drop=True)
    chosen = pool.iloc[np.sort(rng.choice(len(pool), min(campaign.size, len(pool)), replace=False))]
    segment = chosen["segment"]
    treated = rng.random(len(chosen)) < campaign.treated_share
    chance = segment.map(campaign.base).to_numpy()
    chance = np.where(treated, chance * segment.map(campaign.effect).to_numpy(), chance)
    converted = rng.random(len(chosen)) < chance
    revenue = campaign.order_value * rng.lognormal(-0.08, 0.4, len(chosen)) * converted
    start = datetime(campaign.starts.year, campaign.starts.month, campaign.starts.day, 9)
    # A customer who did nothing carries the moment of sending.
    delay = np.where(converted, rng.integers(0, 30 * 24 * 60, len(chosen)), 0)
    return pd.DataFrame(
        {
            "campaign": campaign.key,
            "customer_id": chosen["customer_id"].to_numpy(),
            "arm": np.where(treated, "treatment", "control"),
            "converted": converted.astype(int),
            "revenue": [f"{value:.2f}" for value in revenue],
            "at": [(start + timedelta(minutes=int(minutes))).strftime("%Y-%m-%d %H:%M:%S") for minutes in delay],
        }
    )


def context_table() -> pd.DataFrame:
    """Return our price index (July 2023 = 100) and consumer confidence by month."""
    rng = stream("context")
    level = pd.Series(price_index(), index=dates())
    confidence = -30 + np.cumsum(rng.normal(0.35, 1.6, 36))
    rows = []
    for number, month in enumerate(months()):
        rows.append((month.isoformat(), "price_index", f"{100 * level[pd.Timestamp(month)]:.1f}"))
        rows.append((month.isoformat(), "consumer_confidence", f"{confidence[number]:.0f}"))
    return pd.DataFrame(rows, columns=["date", "indicator", "value"])


def market_table() -> pd.DataFrame:
    """Return the market by need (share of buyers who say it decides) and by category (million pounds)."""
    rng = stream("market")
    growth = {"ethics": 0.11, "delivery": 0.08, "freshness": 0.06, "presentation": 0.05, "price": 0.04}
    size = {
        "taste": 96,
        "price": 88,
        "speed": 74,
        "offers": 61,
        "freshness": 55,
        "delivery": 52,
        "ethics": 43,
        "variety": 38,
        "presentation": 31,
        "advice": 17,
    }
    rows = [
        (need, f"{size[need]}", f"{rng.uniform(0.004, 0.021):.4f}", f"{growth.get(need, 0.01):.3f}") for need in NEEDS
    ]
    categories = {
        "beans": (140, 0.0121, 0.05),
        "capsules": (210, 0.0018, 0.02),
        "machines": (95, 0.0006, 0.03),
        "gifts": (60, 0.0032, 0.06),
        "café supplies": (120, 0.0031, 0.04),
        "drinks": (310, 0.0022, 0.03),
    }
    rows += [(name, f"{size}", f"{share:.4f}", f"{rise:.3f}") for name, (size, share, rise) in categories.items()]
    return pd.DataFrame(rows, columns=["need_or_category", "size", "our_share", "growth"])


def account_tables(people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return accounts and their contacts; every office or café customer orders for one account."""
    rng = stream("accounts")
    offices = people.loc[people["segment"] == "offices_and_cafes", "customer_id"].to_list()
    opens_account = rng.random(len(offices)) < 0.8
    opens_account[0] = True
    account_of = np.cumsum(opens_account) - 1
    accounts, contacts = [], []
    for number in range(account_of.max() + 1):
        account_id = f"A{2001 + number}"
        sector = str(rng.choice(SECTORS, p=(0.22, 0.24, 0.14, 0.1, 0.1, 0.07, 0.06, 0.07)))
        name = f"{rng.choice(SURNAMES if rng.random() < 0.4 else PLACES)} {rng.choice(ENDINGS[sector])}"
        size = str(rng.choice(SIZES, p=(0.34, 0.42, 0.18, 0.06)))
        accounts.append((account_id, name, sector if rng.random() > 0.03 else "", size if rng.random() > 0.05 else ""))
        ordering = [offices[row] for row in np.nonzero(account_of == number)[0]]
        others = int(rng.poisson(0.5 + 0.7 * SIZES.index(size)))
        roles = ["buyer"] * len(ordering) + [
            str(role) for role in rng.choice(ROLES, others, p=(0.34, 0.06, 0.3, 0.2, 0.1))
        ]
        for customer_id, role in zip([*ordering, *[""] * others], roles, strict=True):
            person = f"{rng.choice(FIRST_NAMES)} {rng.choice(SURNAMES)}"
            final = "decider" if role == "buyer" and rng.random() < 0.35 else role
            contacts.append((f"C{30001 + len(contacts)}", account_id, customer_id, person, final))
    return (
        pd.DataFrame(accounts, columns=["account_id", "name", "sector", "size"]),
        pd.DataFrame(contacts, columns=["contact_id", "account_id", "customer_id", "name", "role"]),
    )


def memberships_table(customers: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Return two older segmentations: loyalty tier from lifetime spend, life stage from age and household."""
    rng = stream("memberships")
    lifetime = orders.groupby("customer_id")["amount"].sum().clip(lower=0)
    tier = pd.cut(lifetime, [-1, 120, 450, 1500, np.inf], labels=["Bronze", "Silver", "Gold", "Platinum"]).astype(str)
    tiers = tier.rename("segment").reset_index().assign(segmentation="loyalty_tier")
    known = customers[(customers["age_band"] != "") & (customers["is_business"] != "true")]
    stage = [_life_stage(age, home) for age, home in zip(known["age_band"], known["household"], strict=True)]
    noisy = np.where(rng.random(len(stage)) < 0.15, rng.choice(LIFE_STAGES, len(stage)), stage)
    stages = pd.DataFrame({"customer_id": known["customer_id"], "segment": noisy, "segmentation": "life_stage"})
    table = pd.concat([tiers, stages], ignore_index=True)[["customer_id", "segmentation", "segment"]]
    return table[rng.random(len(table)) >= 0.02].reset_index(drop=True)


def _life_stage(age: str, household: str) -> str:
    if age == "65+":
        return "Retired"
    if household == "family":
        return "Families"
    if age in {"45-54", "55-64"}:
        return "Empty nesters"
    return "Young couples" if household == "couple" else "Starting out"
