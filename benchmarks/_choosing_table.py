"""One full table for choosing k, as the Studio computes it, of customers in a database file: made first, then measured.

`_choosing_table.py make FILE CUSTOMERS` or `_choosing_table.py table FILE SEED`; the second prints one JSON object.
"""

from __future__ import annotations

import datetime
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import compare_numbers, sample_customers
from segmodel.definition import Segmentation
from segmodel.engines import Engine
from segmodel.features import CATALOGUE
from segmodel.progress import quiet

SNAPSHOT = datetime.date(2026, 6, 30)
NUMBERS = range(2, 11)
GROUPS, APART = 5, 6.0
FEATURES = tuple(name for name, feature in CATALOGUE.items() if feature.is_numeric)[:12]
CHUNK = 100_000


def make(path: Path, customers: int) -> None:
    """Write customers of five groups of unequal size, round but for a common factor, as a build keeps them."""
    random = np.random.default_rng(customers)
    # the same groups whatever the number of customers
    centres = np.random.default_rng(1).normal(size=(GROUPS, len(FEATURES)))
    distances = np.sqrt(((centres[:, np.newaxis] - centres) ** 2).sum(axis=2))
    centres *= APART / distances[np.triu_indices(GROUPS, 1)].min()
    columns = ", ".join(f"{name} DOUBLE" for name in FEATURES)
    path.unlink(missing_ok=True)
    with Engine.open(path) as engine:
        engine.execute(
            "CREATE TABLE customer_features "
            f"(customer_id VARCHAR, snapshot DATE, planted INTEGER, value DOUBLE, {columns})"
        )
        for first in range(0, customers, CHUNK):
            n = min(CHUNK, customers - first)
            groups = random.choice(GROUPS, size=n, p=[0.3, 0.25, 0.2, 0.15, 0.1])
            rows = centres[groups] + random.normal(size=(n, len(FEATURES))) + 0.5 * random.normal(size=(n, 1))
            frame = pd.DataFrame(rows + 20, columns=list(FEATURES))
            frame.insert(0, "value", np.exp(3 + 0.3 * rows[:, 0]))
            frame.insert(0, "planted", groups)
            frame.insert(0, "snapshot", SNAPSHOT)
            frame.insert(0, "customer_id", [f"C{first + place:07d}" for place in range(n)])
            with engine.loaded("chunk", frame):
                engine.execute("INSERT INTO customer_features SELECT * FROM chunk")


def table(path: Path, seed: int) -> None:
    segmentation = Segmentation(name="behaviour", k="auto", features=FEATURES, seed=seed)
    with Engine.open(path, read_only=True) as engine:
        start = time.perf_counter()
        frame = sample_customers(engine, segmentation, SNAPSHOT)
        read = time.perf_counter() - start
        choice = compare_numbers(segmentation, frame, CATALOGUE, NUMBERS, quiet)
        took = time.perf_counter() - start
        planted = engine.frame("SELECT customer_id, planted FROM customer_features").set_index("customer_id")["planted"]
    agreement = adjusted_rand_score(
        planted.loc[frame["customer_id"].iloc[choice.rows]], choice.segments[choice.k].labels
    )
    said = {"seconds": took, "reading": read, "sampled": len(frame), "customers": choice.n, "agreement": agreement}
    columns = ["k", "silhouette", "prediction_strength", "stability", "smallest_share", "tighter"]
    print(json.dumps({**said, "recommended": choice.recommended, "table": choice.table[columns].to_dict("records")}))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        table(Path(sys.argv[2]), int(sys.argv[3]))
