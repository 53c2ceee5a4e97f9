"""Respondents with planted segments, and a workspace whose survey tells them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from segmodel.progress import quiet
from segmodel.typing_tool import Battery, Question, Respondents, Settings, batteries_of
from segmodel.workspace import Workspace
from tests.support.workspaces import write_workspace

ABOUT = ("needs", "v001", "2026-06-30T000000Z", "2026-06-30")


def respondents(n: int = 240, *, seed: int = 1, missing: float = 0.0, noise: int = 2) -> Respondents:
    """Return people of three segments who answered four scales, a yes-no item, a category and an item of noise."""
    random = np.random.default_rng(seed)
    labels = np.sort(np.arange(n) % 3)
    scales = np.array([[6, 2, 4, 4], [2, 6, 4, 4], [4, 4, 2, 6]])[labels]
    answers = pd.DataFrame(
        np.clip(scales + random.integers(-noise, noise + 1, scales.shape), 1, 7).astype(float),
        columns=["taste", "price", "speed", "gifts"],
    )
    answers["owns"] = (random.random(n) < np.array([0.8, 0.3, 0.5])[labels]).astype(float)
    channels = np.array(["shop", "web", "phone"], dtype=object)
    answers["channel"] = channels[np.where(random.random(n) < 0.6, labels, random.integers(0, 3, n))]
    answers["noise"] = random.integers(1, 8, n).astype(float)
    answers = answers.mask(random.random(answers.shape) < missing)
    answers["channel"] = answers["channel"].astype(object).where(answers["channel"].notna(), None)
    sevens = tuple(float(step) for step in range(1, 8))
    questions = (
        *(
            Question(name, f"How important is {name}?", sevens, True, 1, 7)
            for name in ("taste", "price", "speed", "gifts")
        ),
        Question("owns", "Do you own a grinder?", (0.0, 1.0), True, 0, 1),
        Question("channel", "Where do you buy?", ("shop", "web", "phone"), False),
        Question("noise", "Pick a number", sevens, True, 1, 7),
    )
    names = {"s1": "Tasters", "s2": "Savers", "s3": "Hosts"}
    return Respondents(questions, answers, labels.astype(np.intp), ("s1", "s2", "s3"), names)


def battery(questions: int = 4, method: str = "lda", **more: object) -> Battery:
    """Return a battery found among these respondents."""
    settings = Settings(method=method, repeats=1)  # type: ignore[arg-type]
    return batteries_of(respondents(**more), ABOUT, settings, quiet, [questions]).battery(questions)  # type: ignore[arg-type]


def write_survey_workspace(folder: Path, *, people: int = 150) -> Path:
    """Write a workspace of three kinds of customers, whose answers tell the kind; not built yet.

    One customer alone is of a fourth kind; 150 answer: items that tell, one that everybody answers alike, one that few
    answer, one in words, and their age.
    """
    random = np.random.default_rng(3)
    kind = np.append(np.arange(people) % 3, 3)
    name = [f"c{place:04d}" for place in range(len(kind))]
    orders = np.array([2, 6, 20, 1])[kind]
    lines = pd.DataFrame(
        {
            "customer_id": np.repeat(name, orders),
            "ordered_at": pd.Timestamp("2025-08-01") + pd.to_timedelta(random.integers(0, 300, orders.sum()), "D"),
            "amount": np.repeat(np.array([60.0, 150.0, 200.0, 9000.0])[kind], orders),
            "channel": random.choice(["web", "store"], orders.sum()),
        }
    )
    write_workspace(folder, lines, settings="history_months = 2", segmentations=SEGMENTS)
    middle = np.array([[6, 2, 4], [2, 6, 4], [4, 4, 7], [1, 1, 1]])[kind]
    answers = pd.DataFrame(np.clip(middle + random.integers(-1, 2, middle.shape), 1, 7), columns=["q1", "q2", "q3"])
    answers["same"] = 4
    answers["rare"] = np.where(np.arange(len(kind)) < 20, 1.0, np.nan)
    answers["roast"] = np.array(["dark", "light", "any", "any"], dtype=object)[kind]
    answers["age"] = random.integers(18, 80, len(kind))
    answers["noise"] = random.integers(1, 8, len(kind))
    answers.insert(0, "customer_id", name)
    answers.to_csv(folder / "survey.csv", index=False)
    wide = pd.DataFrame({"item": ["q1", "q2", "q3", "same", "rare", "roast", "age", "noise"]})
    wide["text"] = "About " + wide["item"]
    wide["kind"] = ["attitude"] * 6 + ["demographic", "attitude"]
    wide["scale"] = ["1-7"] * 3 + [""] * 5
    wide.to_csv(folder / "items.csv", index=False)
    pd.DataFrame(
        {
            "customer_id": name,
            "email": [f"{one}@example.com" for one in name],
            "region": np.array(["North", "South", "West", "East"])[kind],
            "gender": random.choice(["f", "m"], len(kind)),
        }
    ).to_csv(folder / "customers.csv", index=False)
    return folder


SEGMENTS = """
[sources.customers]
path = "customers.csv"
[sources.survey]
path = "survey.csv"
[sources.items]
path = "items.csv"
[[segmentation]]
name = "kinds"
basis = "behaviour"
method = "rules"
rules = [
    { segment = "Whales", when = { monetary = [8000, ""] } },
    { segment = "Often", when = { frequency = [15, ""] } },
    { segment = "Now and then", when = { frequency = [4, ""] } },
    { segment = "Rarely" },
]
"""


def build_survey_workspace(folder: Path, **more: int) -> Workspace:
    """Write and build such a workspace."""
    workspace = Workspace(write_survey_workspace(folder, **more))
    workspace.build()
    return workspace
