"""The real data sets, which are not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
VARIABLE = "SEGMODEL_REAL_DATA"


def real_data_folder() -> Path:
    """Return the folder named by SEGMODEL_REAL_DATA, which need not exist."""
    return REPOSITORY / os.environ.get(VARIABLE, "../shared/data")


def real_data(relative: str) -> Path:
    """Return the path of one real file, as ``cdnow/reference.json``; skip the test where it is absent."""
    path = real_data_folder() / relative
    if not path.exists():
        pytest.skip(f"real data not found: {relative} (set {VARIABLE} to the folder that holds it)")
    return path
