"""Our side of drift_against_evidently: PSI of every column, from Parquet to numbers. Prints the index by column."""

import datetime as dt
import json
import sys

from segmodel.drift.binned import compare_snapshots
from segmodel.engines import Engine

reference, current = sys.argv[1:3]
rows = " UNION ALL BY NAME ".join(
    f"SELECT DATE '{day}' AS snapshot, '' AS segment, * FROM read_parquet('{path}')"
    for day, path in (("2000-01-01", reference), ("2000-01-02", current))
)
with Engine.open(None) as engine:
    found = compare_snapshots(engine, rows, dt.date(2000, 1, 1))
print(json.dumps(dict(zip(found["feature"], found["psi"], strict=True))))
