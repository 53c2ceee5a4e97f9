from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.drift import DriftThresholds, call_drift
from segmodel.workspace import Workspace
from tests.support.drift_calls import SHIFTED, customers_of, false_calls, shifts_found

REPEATS = 12
"""benchmarks/drift_calls.py does the same 200 times a size, to 100,000 customers."""


@pytest.fixture(scope="module")
def customers(built_sample: Path) -> pd.DataFrame:
    workspace = Workspace(built_sample)
    return customers_of(workspace.builds.path(str(workspace.current())))


@pytest.mark.parametrize("n", [100, 1_000, 3_000])
def test_permuted_halves_are_hardly_ever_called_drifted(customers: pd.DataFrame, n: int) -> None:
    called, made = false_calls(customers, n, REPEATS, seed=n)
    assert made > 1_000
    assert called / made <= 0.005  # 2% is allowed; 200 repeats came to less than 0.05%


def test_a_shift_of_a_third_of_a_standard_deviation_is_found_among_twelve_features(customers: pd.DataFrame) -> None:
    assert shifts_found(customers, 1_000, REPEATS, seed=1) == REPEATS
    random = np.random.default_rng(0)
    normal = pd.DataFrame(random.normal(size=(20_000, 12)), columns=[SHIFTED, *(f"other_{n}" for n in range(11))])
    # 298 of 300 were found: fewer than 18 of 20 would come about less than once in 10,000
    assert shifts_found(normal, 1_000, 20, seed=2) >= 18


def _compared(psi: float, wasserstein: float, p_value: float, line: float = 0.02) -> pd.DataFrame:
    return pd.DataFrame([{"psi": psi, "wasserstein": wasserstein, "p_value": p_value, "noise_line": line}])


@pytest.mark.parametrize(
    ("row", "drifted"),
    [
        (_compared(0.5, 0.4, 1e-9), True),
        (_compared(0.01, 0.4, 0.3), False),  # noise
        (_compared(0.5, 0.1, 1e-9), False),  # sure, and too small to matter
        (_compared(0.05, np.nan, 1e-9), True),  # categories: w = 0.22
        (_compared(0.03, np.nan, 1e-9), False),
        (_compared(np.nan, np.nan, np.nan, np.nan), False),
    ],
)
def test_a_call_needs_noise_to_be_passed_and_a_size_that_matters(row: pd.DataFrame, *, drifted: bool) -> None:
    assert call_drift(row)["drifted"].to_list() == [drifted]


def test_thresholds_are_ones_own_to_set() -> None:
    assert call_drift(_compared(0.5, 0.1, 1e-9), DriftThresholds(shift=0.05))["drifted"].all()
