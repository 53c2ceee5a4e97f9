"""Who the customers are: segment, joining date and the attributes a shop would know."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from generator.plan import CUSTOMERS, END, PROSPECTS, SEGMENTS, START, Segment, stream

FIRST_NAMES = (
    "Aisha", "Alan", "Amelia", "Amir", "Anna", "Arjun", "Ben", "Beth", "Callum", "Carys", "Charlotte",
    "Chloe", "Daniel", "David", "Dylan", "Ella", "Emily", "Emma", "Eva", "Fatima", "Fiona", "Finn",
    "George", "Grace", "Hannah", "Harry", "Holly", "Ibrahim", "Imogen", "Isla", "Jack", "James",
    "Jasmine", "Joe", "Josie", "Kate", "Kwame", "Laura", "Leah", "Liam", "Lucy", "Maja", "Maria",
    "Megan", "Mohammed", "Nadia", "Naomi", "Nia", "Noah", "Olivia", "Owen", "Priya", "Rachel", "Rhys",
    "Rosa", "Ruth", "Sam", "Sofia", "Tom", "Wei", "Zara",
)  # fmt: skip
SURNAMES = (
    "Adams", "Ahmed", "Bailey", "Baker", "Begum", "Bennett", "Brown", "Campbell", "Carter", "Chen",
    "Clarke", "Collins", "Cooper", "Cox", "Davies", "Edwards", "Evans", "Fletcher", "Foster", "Gill",
    "Graham", "Green", "Griffiths", "Hall", "Harris", "Hughes", "Hussain", "Jackson", "James",
    "Jenkins", "Jones", "Kaur", "Kelly", "Khan", "King", "Kowalska", "Lee", "Lewis", "Lloyd",
    "Marshall", "Martin", "Mensah", "Mitchell", "Moore", "Morgan", "Morris", "Murphy", "Nowak",
    "O'Brien", "Okafor", "Palmer", "Parker", "Patel", "Phillips", "Powell", "Price", "Reid", "Roberts",
    "Robinson", "Rogers", "Scott", "Shah", "Singh", "Smith", "Stewart", "Taylor", "Thomas", "Thompson",
    "Walker", "Ward", "Watson", "White", "Williams", "Wilson", "Wood", "Wright", "Young",
)  # fmt: skip
REGIONS = {
    "South West": (("BS", "BA", "EX", "PL", "TR", "GL"), 0.38),
    "London": (("E", "N", "SE", "SW", "W"), 0.19),
    "South East": (("BN", "SO", "RG", "OX"), 0.16),
    "Wales": (("CF", "SA", "NP"), 0.10),
    "Midlands": (("B", "NG", "LE"), 0.08),
    "North": (("M", "L", "LS", "NE"), 0.06),
    "Scotland": (("EH", "G"), 0.03),
}
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
AGE_MIX = {
    "everyday_regulars": (0.06, 0.27, 0.29, 0.20, 0.12, 0.06),
    "offices_and_cafes": (0.02, 0.20, 0.33, 0.28, 0.14, 0.03),
    "weekend_browsers": (0.18, 0.29, 0.20, 0.14, 0.11, 0.08),
    "gift_givers": (0.04, 0.13, 0.20, 0.24, 0.22, 0.17),
    "fading_subscribers": (0.05, 0.25, 0.30, 0.21, 0.13, 0.06),
}
HOUSEHOLDS = ("single", "couple", "family", "shared")
HOUSEHOLD_MIX = {
    "18-24": (0.22, 0.13, 0.05, 0.60),
    "25-34": (0.25, 0.38, 0.20, 0.17),
    "35-44": (0.15, 0.22, 0.58, 0.05),
    "45-54": (0.16, 0.28, 0.53, 0.03),
    "55-64": (0.20, 0.56, 0.22, 0.02),
    "65+": (0.34, 0.60, 0.05, 0.01),
}
JOINED_VIA = ("store", "search", "friend", "social advert", "gift received", "event", "sales call")
JOINED_MIX = {
    "everyday_regulars": (0.48, 0.16, 0.21, 0.06, 0.03, 0.06, 0.0),
    "offices_and_cafes": (0.08, 0.20, 0.12, 0.02, 0.0, 0.16, 0.42),
    "weekend_browsers": (0.50, 0.12, 0.12, 0.15, 0.04, 0.07, 0.0),
    "gift_givers": (0.07, 0.33, 0.09, 0.29, 0.19, 0.03, 0.0),
    "fading_subscribers": (0.10, 0.31, 0.14, 0.33, 0.09, 0.03, 0.0),
}
CONSENT = {
    "everyday_regulars": 0.71,
    "offices_and_cafes": 0.83,
    "weekend_browsers": 0.52,
    "gift_givers": 0.46,
    "fading_subscribers": 0.63,
}


def draw_people() -> pd.DataFrame:
    """Return the buyers: customer_id, segment, and the days they join and leave, numbered from the first of the period.

    Who leaves after the last day is still there.
    """
    rng = stream("people")
    counts = [round(CUSTOMERS * segment.share) for segment in SEGMENTS]
    parts = [_draw_segment(rng, segment, count) for segment, count in zip(SEGMENTS, counts, strict=True)]
    people = pd.concat(parts, ignore_index=True)
    # Numbers run in order of joining, as they do in a shop; ties are broken at random.
    order = np.lexsort((rng.random(len(people)), people["joined_day"].to_numpy()))
    people = people.iloc[order].reset_index(drop=True)
    people["leaves_day"] = _leaving_days(people)
    people.insert(0, "customer_id", [f"H{10001 + 3 * number}" for number in range(len(people))])
    return people


def _draw_segment(rng: np.random.Generator, segment: Segment, count: int) -> pd.DataFrame:
    founding = rng.random(count) < segment.founding_share
    last = (segment.latest_join - START).days
    # A power below 1 puts more of the joiners near the end: a growing business.
    joined_day = np.floor(last * rng.random(count) ** 0.68).astype(int)
    before = -np.ceil(rng.gamma(1.4, 320, count)).astype(int)
    return pd.DataFrame(
        {"segment": segment.key, "joined_day": np.where(founding, np.maximum(before, -2400), joined_day)}
    )


def _leaving_days(people: pd.DataFrame) -> np.ndarray:
    yearly = people["segment"].map({segment.key: segment.leaving_a_year for segment in SEGMENTS}).to_numpy()
    # Founding customers are those still there when the period begins.
    since = np.maximum(people["joined_day"].to_numpy(), 0)
    return since + np.ceil(stream("leaving").exponential(365.25 / yearly)).astype(int)


def customer_table(people: pd.DataFrame) -> pd.DataFrame:
    """Return the customers table, with prospects who never bought and values nobody filled in."""
    rng = stream("customers")
    prospects = pd.DataFrame(
        {
            "customer_id": [f"H{90001 + 3 * number}" for number in range(PROSPECTS)],
            "segment": rng.choice(["weekend_browsers", "gift_givers"], PROSPECTS),
            "joined_day": rng.integers(600, (END - START).days, PROSPECTS),
        }
    )
    frame = pd.concat([people, prospects], ignore_index=True)
    count = len(frame)
    office = (frame["segment"] == "offices_and_cafes").to_numpy()
    region = rng.choice(list(REGIONS), count, p=[weight for _, weight in REGIONS.values()])
    age = _by_group(rng, frame["segment"], AGE_MIX, AGE_BANDS)
    first, last = rng.choice(FIRST_NAMES, count), rng.choice(SURNAMES, count)
    business = np.where(rng.random(count) < np.where(office, 0.98, 0.015), "true", "false")
    consent_chance = frame["segment"].map(CONSENT).to_numpy()
    table = pd.DataFrame(
        {
            "customer_id": frame["customer_id"],
            "email": [
                f"{a}.{b.replace(chr(39), '')}{number}@example.com".lower()
                for a, b, number in zip(first, last, rng.integers(1, 999, count), strict=True)
            ],
            "joined_on": [(START + timedelta(days=int(day))).isoformat() for day in frame["joined_day"]],
            "joined_via": _by_group(rng, frame["segment"], JOINED_MIX, JOINED_VIA),
            "region": region,
            "postcode_area": [rng.choice(REGIONS[name][0]) for name in region],
            "age_band": age,
            "household": _by_group(rng, pd.Series(age), HOUSEHOLD_MIX, HOUSEHOLDS),
            "is_business": business,
            "email_consent": np.where(rng.random(count) < consent_chance, "true", "false"),
            "sms_consent": np.where(rng.random(count) < consent_chance * 0.45, "true", "false"),
            "loyalty_card": np.where(rng.random(count) < _card_chance(frame["segment"]), "true", "false"),
            "roast": rng.choice(["light", "medium", "dark", "decaf"], count, p=[0.24, 0.42, 0.28, 0.06]),
            "shop_distance_km": np.round(_distance(rng, frame["segment"]), 1),
        }
    )
    table.loc[office, ["household"]] = ""
    gaps = {
        "email": 0.03,
        "region": 0.035,
        "age_band": 0.09,
        "household": 0.12,
        "joined_via": 0.05,
        "is_business": 0.02,
        "roast": 0.31,
        "shop_distance_km": 0.06,
    }
    table["shop_distance_km"] = table["shop_distance_km"].map("{:.1f}".format)
    for column, share in gaps.items():
        table.loc[rng.random(count) < share, column] = ""
    table.loc[table["region"] == "", "postcode_area"] = ""
    return table


def _by_group(
    rng: np.random.Generator, groups: pd.Series, mix: dict[str, tuple[float, ...]], values: tuple[str, ...]
) -> np.ndarray:
    drawn = np.empty(len(groups), dtype=object)
    for key, weights in mix.items():
        rows = (groups == key).to_numpy()
        drawn[rows] = rng.choice(values, rows.sum(), p=weights)
    return drawn


def _card_chance(segment: pd.Series) -> np.ndarray:
    chance = {
        "everyday_regulars": 0.82,
        "offices_and_cafes": 0.12,
        "weekend_browsers": 0.44,
        "gift_givers": 0.09,
    }
    return segment.map(chance).fillna(0.28).to_numpy()


def _distance(rng: np.random.Generator, segment: pd.Series) -> np.ndarray:
    typical = {
        "everyday_regulars": 1.8,
        "offices_and_cafes": 7.0,
        "weekend_browsers": 4.5,
        "gift_givers": 38.0,
    }
    return segment.map(typical).fillna(24.0).to_numpy() * rng.lognormal(0.0, 0.8, len(segment))
