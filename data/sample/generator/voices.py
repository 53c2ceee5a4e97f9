"""What customers say (verbatims) and what happens between them and us (interactions)."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from generator.plan import CHANGE_FROM, DAYS, START, stream

VERBATIMS = 1200
SOURCES = ("survey", "review", "call", "chat", "store card")
# Opening, middle and close; each list is what people of that segment talk about.
WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "everyday_regulars": (
        (
            "I stop by every morning on the way to work",
            "My flat white is part of the day",
            "I order ahead in the app",
            "Been coming most days for {years} years",
            "The team at the {place} shop know my order",
        ),
        (
            "and the coffee is always spot on",
            "and it is ready when I get there",
            "the {roast} roast is the best in town",
            "though the queue at half past eight is getting long",
            "and the barista remembers my name",
            "but the app forgot my loyalty points {times}",
            "and I pick up a bag of beans on Fridays",
        ),
        (
            "Please never change it.",
            "Could you open at half six?",
            "Worth every penny.",
            "More points for regulars, please.",
            "I tell everyone at work.",
            "Wish there were oat milk at no extra cost.",
        ),
    ),
    "offices_and_cafes": (
        (
            "We order for an office of {staff}",
            "As a small café we rely on the Tuesday delivery",
            "Our account manager has been helpful",
            "We run {machines} of your machines",
            "Our finance team needs one monthly invoice",
        ),
        (
            "and the pallet came a day late {times}",
            "and staff noticed the better beans at once",
            "but the invoice did not match the order",
            "and the grinder needed servicing",
            "and we need terms of thirty days",
            "the trade price is fair for the volume",
            "and cups ran out before Friday",
        ),
        (
            "Could someone call us about a service contract?",
            "A standing order would save us time.",
            "Reliability matters more than price.",
            "We would buy syrups and cups from you too.",
            "Nobody has visited us since last year.",
        ),
    ),
    "weekend_browsers": (
        (
            "Lovely place for a Saturday morning",
            "We come in with the children on Sundays",
            "Popped in after the market",
            "I like to sit by the window in the {place} shop",
            "Tried the {origin} because it smelled so good",
        ),
        (
            "and the cakes are a treat",
            "but it was hard to find a table",
            "and I enjoy trying a new origin",
            "though four pounds for a cappuccino is a lot",
            "and the atmosphere is relaxed",
            "the staff explained the tasting notes",
            "and the music was a bit loud",
        ),
        (
            "We will be back.",
            "A brunch offer would tempt us more often.",
            "More seats, please.",
            "Only a weekend thing for us.",
            "Nice views over the water.",
            "Dogs are welcome, which we love.",
        ),
    ),
    "gift_givers": (
        (
            "Bought a hamper for my {relative}",
            "Ordered the tasting box as a present",
            "Christmas present for my {relative}",
            "Sent a gift box to a friend in {town}",
            "I don't drink coffee myself",
        ),
        (
            "and the wrapping was beautiful",
            "but it arrived two days after the birthday",
            "and she loved the card",
            "the discount code made the choice easy",
            "but I could not add a message",
            "and the box looked expensive",
            "but the ribbon was crushed in the post",
        ),
        (
            "Remind me next year and I will buy again.",
            "More gift ideas under thirty pounds, please.",
            "Delivery before Christmas is what counts.",
            "Gift wrapping should be free.",
            "A gift voucher would be handy.",
        ),
    ),
    "fading_subscribers": (
        (
            "My subscription used to come every four weeks",
            "I have paused my subscription",
            "Since the price went up",
            "The bags are piling up in the cupboard",
            "I have subscribed for {years} years",
        ),
        (
            "I stretch each bag a bit longer",
            "and I now buy every other one at the supermarket",
            "but the last delivery was late {times}",
            "and skipping a month is hard to find on the website",
            "I found a cheaper one online",
            "nobody told me about the increase",
            "and I would like smaller bags",
        ),
        (
            "Thinking of cancelling.",
            "Let me choose my own interval.",
            "A loyal customer deserves a better price.",
            "Still good coffee, just too dear.",
            "Please make it easier to skip.",
        ),
    ),
}
SLOTS: dict[str, tuple[str, ...]] = {
    "years": ("two", "three", "four", "six"),
    "place": ("harbour", "station", "market", "arcade"),
    "roast": ("light", "medium", "dark"),
    "times": ("twice", "again", "three times", "last month"),
    "staff": ("twelve", "thirty", "forty-five", "a hundred"),
    "machines": ("two", "three", "four"),
    "origin": ("Ethiopian", "Colombian", "Guatemalan", "Sumatran"),
    "relative": ("mother", "father", "sister", "boss", "brother-in-law", "daughter"),
    "town": ("Leeds", "Cardiff", "Exeter", "Glasgow"),
}
# Nobody complains about the price rise before it happens.
AFTER_THE_RISE = ("price went up", "about the increase", "too dear", "found a cheaper")
KINDS = {
    "email open": (("none",), (1.0,)),
    "email click": (("visited", "bought", "none"), (0.55, 0.12, 0.33)),
    "call": (("resolved", "unresolved", "callback"), (0.68, 0.14, 0.18)),
    "chat": (("resolved", "unresolved"), (0.8, 0.2)),
    "complaint": (("resolved", "refunded", "unresolved"), (0.5, 0.28, 0.22)),
    "sales visit": (("order", "trial", "none"), (0.3, 0.25, 0.45)),
    "unsubscribe": (("opted out",), (1.0,)),
}
# How often a customer of each segment has each kind of contact, a year, in the order of KINDS.
RATES = {
    "everyday_regulars": (1.2, 0.42, 0.02, 0.06, 0.05, 0.0, 0.02),
    "offices_and_cafes": (0.7, 0.20, 0.80, 0.20, 0.22, 0.55, 0.01),
    "weekend_browsers": (0.45, 0.11, 0.01, 0.03, 0.02, 0.0, 0.05),
    "gift_givers": (0.5, 0.16, 0.05, 0.09, 0.06, 0.0, 0.09),
    "fading_subscribers": (0.7, 0.12, 0.08, 0.13, 0.12, 0.0, 0.10),
}


def verbatims_table(people: pd.DataFrame) -> pd.DataFrame:
    """Return what customers wrote or said; some of it holds e-mail addresses and phone numbers."""
    rng = stream("verbatims")
    weight = people["segment"].map({"offices_and_cafes": 2.2, "fading_subscribers": 1.3}).fillna(1.0).to_numpy()
    chosen = rng.choice(len(people), VERBATIMS, p=weight / weight.sum())
    speakers = people.iloc[chosen]
    rows = []
    for number, (customer_id, segment, joined_day) in enumerate(
        zip(speakers["customer_id"], speakers["segment"], speakers["joined_day"], strict=True)
    ):
        said_at = _moment(rng, joined_day)
        text = _sentence(rng, segment)
        while said_at < CHANGE_FROM.isoformat() and any(words in text for words in AFTER_THE_RISE):
            text = _sentence(rng, segment)
        if number % 48 == 5:
            text += f" Write to me at {customer_id.lower()}.{segment[:4]}@example.com."
        if number % 60 == 9:
            text += f" Call me on 07700 900{rng.integers(0, 1000):03d}."
        if number % 300 == 11:
            text += f" Or the office on +44 20 7946 0{rng.integers(0, 1000):03d}."
        if number % 400 == 17:
            text = ""
        rows.append((customer_id, said_at, text, rng.choice(SOURCES, p=(0.4, 0.25, 0.1, 0.15, 0.1))))
    table = pd.DataFrame(rows, columns=["customer_id", "said_at", "text", "source"])
    return table.sort_values(["said_at", "customer_id"], kind="stable").reset_index(drop=True)


def _sentence(rng: np.random.Generator, segment: str) -> str:
    opening, middle, close = (str(rng.choice(part)) for part in WORDS[segment])
    shape = rng.random()
    if shape < 0.62:
        text = f"{opening}, {middle}. {close}"
    elif shape < 0.82:
        text = f"{opening}. {close}"
    else:
        text = f"{close} {opening}, {middle}."
    for slot, values in SLOTS.items():
        text = text.replace("{" + slot + "}", str(rng.choice(values)))
    return text


def _moment(rng: np.random.Generator, joined_day: int) -> str:
    first = max(int(joined_day), 0)
    day = int(rng.integers(first, DAYS))
    minute = int(rng.integers(7 * 60, 22 * 60))
    moment = datetime(START.year, START.month, START.day) + timedelta(days=day, minutes=minute)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def interactions_table(people: pd.DataFrame) -> pd.DataFrame:
    """Return contacts with customers; five rows have a date that does not exist."""
    rng = stream("interactions")
    joined = people["joined_day"].to_numpy()
    years = (DAYS - np.maximum(joined, 0)) / 365.25
    parts = []
    for number, (kind, (outcomes, chances)) in enumerate(KINDS.items()):
        rate = people["segment"].map({key: rates[number] for key, rates in RATES.items()}).to_numpy()
        owner = np.repeat(np.arange(len(people)), rng.poisson(rate * years))
        outcome = rng.choice(outcomes, len(owner), p=chances)
        moments = [_moment(rng, joined[row]) for row in owner]
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": people["customer_id"].to_numpy()[owner],
                    "at": moments,
                    "kind": kind,
                    "outcome": outcome,
                }
            )
        )
    table = pd.concat(parts, ignore_index=True).sort_values(["at", "customer_id", "kind"], kind="stable")
    table = table.reset_index(drop=True)
    table.loc[np.sort(rng.choice(len(table), 5, replace=False)), "at"] = "2025-02-31 10:00:00"
    return table
