"""Claims: scoring by SQL takes less than twice the time of writing the rows, and no longer than `predict` in Python.

Of `predict`, reading the table into pandas is counted, as it is what would have to be done without SQL.

All on the published build, in one process, in turn; the scores are those the build stored.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

import _measure as measure
import _workspace as workspace

from segmodel.clustering import ModelVersion
from segmodel.engines import Engine
from segmodel.workspace import Workspace

KEYS = ("snapshot", "customer_id")
PYTHON_TURNS = 7
TURNS = 41  # a turn takes half a second, and seven of them were seen to mislead on a busy machine


def main() -> None:
    folder = workspace.write_workspace(measure.generate(), history_months=0)
    subprocess.run([sys.executable, "-m", "segmodel", "build", folder, "--json"], check=True, capture_output=True)
    with Workspace(folder).open() as published:
        scorecard = ModelVersion.from_json(published.segmentations()["model"].iloc[0]).scorecard
        customers = published.engine.value("SELECT count(*) FROM customer_features")
        path = Path(published.engine.value("SELECT path FROM duckdb_databases() WHERE NOT internal"))
    copy = folder / "scoring.duckdb"
    copy.unlink(missing_ok=True)
    scoring, writing, predicting = [], [], []
    columns = ", ".join(("customer_id", *scorecard.features))
    with Engine.open(copy) as engine:
        engine.execute(f"ATTACH '{path}' AS build (READ_ONLY)")
        engine.execute("CREATE TABLE customer_features AS SELECT * FROM build.customer_features")
        engine.execute("DETACH build")
        sql = scorecard.to_sql("customer_features", KEYS)
        for turn in range(TURNS + 1):
            scored = _timed(engine, f"CREATE OR REPLACE TABLE scored AS {sql}")
            written = _timed(engine, "CREATE OR REPLACE TABLE written AS SELECT * FROM scored")
            if turn:  # the first turn only warms up
                scoring.append(scored)
                writing.append(written)
            if turn and turn <= PYTHON_TURNS:
                start = time.perf_counter()
                scorecard.predict(engine.frame(f"SELECT {columns} FROM customer_features"))
                predicting.append(time.perf_counter() - start)
    copy.unlink()
    print(f"  {customers:,} customers: scored and written in {statistics.median(scoring):.2f} s, ", end="")
    print(f"written alone in {statistics.median(writing):.2f} s (medians of {TURNS})")
    ratio = measure.paired_ratio(scoring, writing)
    tenths = statistics.quantiles((one / other for one, other in zip(scoring, writing, strict=True)), n=10)
    print(f"  the middle eight tenths of the ratios lie between {tenths[0]:.2f} and {tenths[-1]:.2f}")
    print(f"  read into pandas and scored by predict in {statistics.median(predicting):.2f} s")
    against = statistics.median(scoring) / statistics.median(predicting)
    measure.report(
        [
            measure.Claim("time of scoring into a table, against writing the scored rows", ratio, ("≤", 2)),
            measure.Claim("time of scoring into a table, against reading into pandas and predict", against, ("≤", 1)),
        ]
    )


def _timed(engine: Engine, sql: str) -> float:
    start = time.perf_counter()
    engine.execute(sql)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
