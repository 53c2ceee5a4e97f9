"""The survey: ten needs and ten attitudes, answered by people of four planted need groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from generator.plan import RESPONDENTS, stream

NEEDS = {
    "taste": "Coffee that tastes outstanding",
    "freshness": "Beans roasted only days ago",
    "variety": "New origins and blends to try",
    "speed": "Getting my coffee quickly, without fuss",
    "delivery": "Delivery that always arrives on the promised day",
    "price": "A low price for what I get",
    "offers": "Offers and rewards worth having",
    "ethics": "Growers paid fairly, and little waste",
    "advice": "Good advice on brewing and equipment",
    "presentation": "Something that looks special when given or served",
}
ATTITUDES = {
    "att_expert": ("I know more about coffee than most people", "craft"),
    "att_ritual": ("Making coffee is a ritual I look forward to", "craft"),
    "att_pay_more": ("I gladly pay more for better coffee", "craft"),
    "att_any_coffee": ("Any hot coffee will do when I am busy", "ease"),
    "att_automatic": ("I would rather have it arrive without ordering", "ease"),
    "att_compare": ("I compare prices before I buy", "value"),
    "att_switch": ("I change shops for a better offer", "value"),
    "att_growers": ("I want to know who grew what I drink", "cause"),
    "att_packaging": ("Wasteful packaging puts me off a brand", "cause"),
    "att_gifts": ("Coffee makes a good gift", ""),
}
DEMOGRAPHICS = {
    "demo_work": ("Where do you mostly work? 1 at home, 2 partly at home, 3 elsewhere, 4 not working", "1-4"),
    "demo_household": ("How many people live in your household? 5 means five or more", "1-5"),
    "demo_cups": ("Cups of coffee on a usual day? 7 means seven or more", "0-7"),
}
GROUPS = {"craft": "Craft seekers", "ease": "Ease first", "value": "Value hunters", "cause": "Cause-minded"}
# Importance on the scale 1 to 7, in the order of NEEDS.
IMPORTANCE = {
    "craft": (6.6, 6.4, 5.8, 3.4, 4.2, 2.7, 2.8, 4.4, 5.4, 4.0),
    "ease": (4.7, 3.8, 2.8, 6.5, 6.4, 4.2, 3.9, 3.1, 2.6, 3.4),
    "value": (4.2, 3.3, 3.6, 4.5, 4.4, 6.6, 6.4, 2.9, 2.7, 4.2),
    "cause": (5.3, 4.8, 4.3, 3.5, 4.0, 3.6, 3.1, 6.7, 3.9, 4.9),
}
# How well Harbour Coffee does today; freshness is good, delivery and offers are where it falls short.
SATISFACTION = {
    "craft": (5.9, 5.7, 4.5, 5.0, 4.3, 4.4, 4.0, 4.8, 4.0, 5.0),
    "ease": (5.4, 5.3, 4.8, 4.1, 3.2, 4.3, 4.0, 4.7, 4.6, 4.8),
    "value": (5.2, 5.1, 4.7, 4.8, 4.2, 3.2, 3.1, 4.6, 4.5, 4.7),
    "cause": (5.6, 5.4, 4.6, 4.8, 4.2, 4.3, 3.9, 3.9, 4.5, 4.7),
}
# Chance of each need group within a behaviour segment: related, far from identical.
OVERLAP = {
    "everyday_regulars": (0.46, 0.28, 0.09, 0.17),
    "offices_and_cafes": (0.26, 0.52, 0.15, 0.07),
    "weekend_browsers": (0.26, 0.15, 0.31, 0.28),
    "gift_givers": (0.11, 0.25, 0.38, 0.26),
    "fading_subscribers": (0.24, 0.44, 0.23, 0.09),
}
# Subscribers whose deliveries slip feel it most.
SEGMENT_SATISFACTION = {
    ("fading_subscribers", "delivery"): -0.9,
    ("fading_subscribers", "price"): -0.6,
    ("everyday_regulars", "taste"): 0.4,
    ("offices_and_cafes", "advice"): -0.8,
}
STRAIGHT_LINERS = 40


def items_table() -> pd.DataFrame:
    """Return the questionnaire: item, text, kind, scale, need."""
    rows = [(f"imp_{need}", f"How important: {text}", "need-importance", "1-7", need) for need, text in NEEDS.items()]
    rows += [
        (f"sat_{need}", f"How satisfied with us: {text}", "need-satisfaction", "1-7", need)
        for need, text in NEEDS.items()
    ]
    rows += [(item, text, "attitude", "1-5", "") for item, (text, _) in ATTITUDES.items()]
    rows += [(item, text, "demographic", scale, "") for item, (text, scale) in DEMOGRAPHICS.items()]
    return pd.DataFrame(rows, columns=["item", "text", "kind", "scale", "need"])


def survey_tables(people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the answers (long) and the planted truth of the respondents."""
    rng = stream("survey")
    # Loyal people answer more often, so the sample is not a mirror of the customers.
    willing = people["segment"].map({"everyday_regulars": 1.5, "gift_givers": 0.75}).fillna(1.0).to_numpy()
    chosen = np.sort(rng.choice(len(people), RESPONDENTS, replace=False, p=willing / willing.sum()))
    respondents = people.iloc[chosen].reset_index(drop=True)
    names = np.asarray(list(GROUPS), dtype=object)
    group = np.asarray([rng.choice(names, p=OVERLAP[segment]) for segment in respondents["segment"]])
    answers = _answers(rng, respondents["segment"].to_numpy(), group)
    straight = np.sort(rng.choice(RESPONDENTS, STRAIGHT_LINERS, replace=False))
    _draw_straight_lines(rng, answers, straight)
    wide = answers.assign(customer_id=respondents["customer_id"])
    table = wide.melt("customer_id", var_name="item", value_name="answer")
    order = {item: number for number, item in enumerate(answers.columns)}
    table = table.assign(position=table["item"].map(order)).sort_values(["customer_id", "position"], kind="stable")
    table = table.drop(columns="position").reset_index(drop=True)
    truth = pd.DataFrame({"customer_id": respondents["customer_id"], "need_group": group})
    truth["straight_liner"] = np.isin(np.arange(RESPONDENTS), straight)
    return _leave_gaps(rng, table), truth


def _answers(rng: np.random.Generator, segment: np.ndarray, group: np.ndarray) -> pd.DataFrame:
    count = len(group)
    style = rng.normal(0.0, 0.35, count)  # some people simply tick higher
    answers: dict[str, np.ndarray] = {}
    for number, need in enumerate(NEEDS):
        mean = np.asarray([IMPORTANCE[name][number] for name in group])
        answers[f"imp_{need}"] = _scale(mean + style + rng.normal(0.0, 1.05, count), 1, 7)
    mood = rng.normal(0.0, 0.45, count)
    for number, need in enumerate(NEEDS):
        mean = np.asarray([SATISFACTION[name][number] for name in group])
        shift = np.asarray([SEGMENT_SATISFACTION.get((name, need), 0.0) for name in segment])
        answers[f"sat_{need}"] = _scale(mean + shift + style + mood + rng.normal(0.0, 0.95, count), 1, 7)
    for item, (_, owner) in ATTITUDES.items():
        typical = np.where(group == owner, 4.1, 2.7)
        if item == "att_gifts":
            typical = np.where(segment == "gift_givers", 4.3, 3.2)
        answers[item] = _scale(typical + style / 2 + rng.normal(0.0, 0.8, count), 1, 5)
    office = segment == "offices_and_cafes"
    answers["demo_work"] = np.where(
        office,
        rng.choice([2, 3], count, p=[0.3, 0.7]),
        rng.choice([1, 2, 3, 4], count, p=[0.22, 0.31, 0.33, 0.14]),
    )
    answers["demo_household"] = rng.choice([1, 2, 3, 4, 5], count, p=[0.24, 0.36, 0.17, 0.16, 0.07])
    cups = np.where(segment == "everyday_regulars", 3.4, np.where(group == "craft", 2.8, 1.9))
    answers["demo_cups"] = np.minimum(rng.poisson(cups), 7)
    return pd.DataFrame(answers)


def _scale(value: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.clip(np.round(value), low, high).astype(int)


def _draw_straight_lines(rng: np.random.Generator, answers: pd.DataFrame, rows: np.ndarray) -> None:
    needs = [item for item in answers.columns if item[:4] in {"imp_", "sat_"}]
    answers.loc[rows, needs] = np.repeat(rng.integers(3, 7, len(rows))[:, None], len(needs), axis=1)
    attitudes = list(ATTITUDES)
    answers.loc[rows, attitudes] = np.repeat(rng.integers(2, 5, len(rows))[:, None], len(attitudes), axis=1)


def _leave_gaps(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Leave out about 1.5% of the answers; of a few, only the value is missing or is not a number."""
    kept = table[rng.random(len(table)) >= 0.015].reset_index(drop=True)
    kept["answer"] = kept["answer"].astype(str)
    broken = rng.choice(len(kept), 120, replace=False)
    kept.loc[broken[:90], "answer"] = ""
    kept.loc[broken[90:], "answer"] = "n/a"
    return kept
