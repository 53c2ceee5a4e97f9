"""Our side of clv_against_lifetimes; prints the same as _peer_lifetimes.py."""

from __future__ import annotations

import json
import sys
import time

import pandas as pd

from segmodel.value import BetaGeoModel, GammaGammaModel, ModifiedBetaGeoModel

customers = pd.read_csv(sys.argv[1])
repeats = int(sys.argv[2])
seen = customers["x"], customers["t_x"], customers["T"]
jobs = {
    "BG/NBD": (BetaGeoModel, seen),
    "MBG/NBD": (ModifiedBetaGeoModel, seen),
    "Gamma-Gamma": (GammaGammaModel, (customers["x"], customers["zbar"])),
}
found = {}
for name, (model, arguments) in jobs.items():
    took = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        fitted = model().fit(*arguments)
        took.append(time.perf_counter() - start)
    found[name] = {"seconds": took[1:], "log_likelihood": fitted.log_likelihood_}
print(json.dumps(found))
