"""Write the Harbour Coffee sample: `python data/sample/generate.py [FOLDER]`.

Without FOLDER the files beside this script are rewritten, byte for byte the same each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from generator.outputs import write_sample

if __name__ == "__main__":
    write_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
