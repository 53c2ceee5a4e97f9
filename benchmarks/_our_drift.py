"""Our side of drift_against_evidently: PSI of every column, from Parquet to numbers; prints seconds and indices."""

import datetime as dt
import json
import sys
import time

from segmodel.drift.binned import compare_snapshots
from segmodel.engines import Engine

reference, current = sys.argv[1:3]
rows = " UNION ALL BY NAME ".join(
    f"SELECT DATE '{day}' AS snapshot, '' AS segment, * FROM read_parquet('{path}')"
    for day, path in (("2000-01-01", reference), ("2000-01-02", current))
)
start = time.perf_counter()
with Engine.open(None) as engine:
    found = compare_snapshots(engine, rows, dt.date(2000, 1, 1))
    found = found[found["segment"] == ""]
values = dict(zip(found["feature"], found["psi"], strict=True))
print(json.dumps({"seconds": time.perf_counter() - start, "psi": values}))
