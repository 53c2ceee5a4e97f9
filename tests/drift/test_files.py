from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.drift import population_stability_index, psi_of_files
from segmodel.errors import DriftError, EngineError


@pytest.fixture
def files(tmp_path: Path) -> tuple[pd.DataFrame, pd.DataFrame, Path, Path]:
    """Two tables with ties, gaps, infinite values, constants and categories that come and go, and their files."""
    tables = []
    for seed, n in ((0, 1_237), (1, 803)):
        random = np.random.default_rng(seed)
        table = pd.DataFrame(
            {
                "spend": random.lognormal(3 + 0.2 * seed, 0.7, n),
                "orders": random.poisson(3 + seed, n),
                "one": np.full(n, 5.0),
                "a quoted \"name'": random.normal(0, 1, n),
                "channel": random.choice(["web", "store", f"only {seed}"], n),
                "is_new": random.random(n) < 0.3 + 0.1 * seed,
            }
        )
        table.loc[random.random(n) < 0.1, ["spend", "channel"]] = None
        tables.append(table.assign(later=1) if seed else table)
    paths = [tmp_path / "old's.parquet", tmp_path / "new.parquet"]
    for table, path in zip(tables, paths, strict=True):
        table.to_parquet(path)
    return (*tables, *paths)


@pytest.mark.parametrize("bins", [2, 7, 10])
def test_each_column_has_the_index_of_its_values(
    files: tuple[pd.DataFrame, pd.DataFrame, Path, Path], bins: int
) -> None:
    old, new, before, after = files
    found = psi_of_files(before, after, bins)
    expected = {name: population_stability_index(old[name], new[name], bins) for name in old}
    assert found.to_dict() == pytest.approx(expected, rel=1e-12)
    assert found["one"] < 0.001
    assert found["channel"] > 1


def test_infinite_numbers_are_left_out(tmp_path: Path) -> None:
    values = np.arange(100.0)
    pd.DataFrame({"x": np.append(values, [np.inf, -np.inf, np.nan])}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"x": values + 10}).to_parquet(tmp_path / "b.parquet")
    expected = population_stability_index(values, values + 10)
    assert psi_of_files(tmp_path / "a.parquet", tmp_path / "b.parquet")["x"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            {"spend": [1.0]},
            {"spent": [1.0]},
            "'spend' of the reference is not in the current file. Did you mean 'spent'",
        ),
        ({"x": [1.0]}, {"x": ["a"]}, "'x' holds numbers in the reference, words in the current file"),
        ({"x": [1.0]}, {"x": np.array([np.nan])}, "'x' has no value that is known in the current file"),
        ({"x": ["a"][:0]}, {"x": ["a"]}, "'x' has no value that is known in the reference file"),
    ],
)
def test_what_cannot_be_compared_is_named(
    tmp_path: Path, old: dict[str, object], new: dict[str, object], message: str
) -> None:
    for name, columns in (("old", old), ("new", new)):
        frame = pd.DataFrame(columns)
        (frame.astype("str") if frame.empty else frame).to_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(DriftError) as error:
        psi_of_files(tmp_path / "old.parquet", tmp_path / "new.parquet")
    assert message in str(error.value)


def test_one_bin_and_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DriftError, match="two bins or more"):
        psi_of_files(tmp_path / "old.parquet", tmp_path / "new.parquet", 1)
    with pytest.raises(EngineError, match="old"):
        psi_of_files(tmp_path / "old.parquet", tmp_path / "new.parquet")
