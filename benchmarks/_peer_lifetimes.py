"""The peer of clv_against_lifetimes: the package lifetimes, in an environment of its own, on the same customers.

Prints one JSON object: for each model the seconds of each fit after a first that is not counted, and the log-likelihood
of its parameters by its own formula.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter

customers = pd.read_csv(sys.argv[1])
repeats = int(sys.argv[2])
again = customers[customers["x"] > 0]
seen = customers["x"], customers["t_x"], customers["T"]
spent = again["x"], again["zbar"]
jobs = {
    "BG/NBD": (BetaGeoFitter, seen),
    "MBG/NBD": (ModifiedBetaGeoFitter, seen),
    "Gamma-Gamma": (GammaGammaFitter, spent),
}
found = {}
for name, (fitter, arguments) in jobs.items():
    took = []
    for _ in range(repeats + 1):
        model = fitter()
        start = time.perf_counter()
        model.fit(*arguments)
        took.append(time.perf_counter() - start)
    logs = np.log(model.params_.to_numpy())
    columns = [column.to_numpy() for column in arguments]
    mean = model._negative_log_likelihood(logs, *columns, np.ones(len(columns[0])), 0.0)  # noqa: SLF001
    found[name] = {"seconds": took[1:], "log_likelihood": -mean * len(columns[0])}
print(json.dumps(found))
