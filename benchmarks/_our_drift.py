"""Our side of drift_against_evidently: PSI of every column, from Parquet to numbers; prints seconds and indices."""

import json
import sys
import time

from segmodel.drift import psi_of_files

start = time.perf_counter()
found = psi_of_files(*sys.argv[1:3])
print(json.dumps({"seconds": time.perf_counter() - start, "psi": found.to_dict()}))
