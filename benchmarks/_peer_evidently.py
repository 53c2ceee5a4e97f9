"""The peer of drift_against_evidently: PSI of every column by Evidently, from Parquet to numbers.

Prints one JSON object: seconds, and the index by column.
"""

import json
import sys
import time

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

start = time.perf_counter()
reference, current = (pd.read_parquet(path) for path in sys.argv[1:3])
found = Report([DataDriftPreset(method="psi")]).run(current, reference).dict()
names = list(reference.columns)
values = {
    metric["config"]["column"]: float(metric["value"])
    for metric in found["metrics"]
    if metric.get("config", {}).get("column") in names
}
print(json.dumps({"seconds": time.perf_counter() - start, "psi": values}))
