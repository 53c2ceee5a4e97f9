"""What people script against is found in `segmodel`, as its contract says."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mypy import api

import segmodel

SEGMENTERS = ("KMeansSegmenter", "GaussianMixtureSegmenter", "LatentClassSegmenter", "WardSegmenter")
RANDOM = np.random.default_rng(3)
CLOUDS = np.vstack([RANDOM.normal(place, 0.3, (40, 2)) for place in (0, 4, 8)])


@pytest.mark.parametrize("name", segmodel.__all__)
def test_every_name_is_found_and_listed(name: str) -> None:
    assert getattr(segmodel, name).__name__ == name
    assert name in dir(segmodel)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'choose_kk'"):
        _ = segmodel.choose_kk


def test_importing_the_package_imports_none_of_its_libraries() -> None:
    code = "import sys, segmodel; print(sorted({'pandas', 'sklearn', 'duckdb'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_type_checkers_see_every_name_where_it_is_imported_from() -> None:
    tree = ast.parse(Path(segmodel.__file__).read_text(encoding="utf-8"))
    (checking,) = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for node in checking.body if isinstance(node, ast.ImportFrom)]
    seen = {alias.name: node.module for node in imports for alias in node.names}
    assert sorted(seen) == sorted(segmodel.__all__)
    for name, module in seen.items():
        assert getattr(importlib.import_module(str(module)), name) is getattr(segmodel, name)


def test_mypy_knows_what_the_functions_return(tmp_path: Path) -> None:
    script = tmp_path / "uses.py"
    script.write_text("import segmodel\nreveal_type(segmodel.choose_k)\nreveal_type(segmodel.Workspace)\n")
    told, wrong, _ = api.run(["--config-file=", "--follow-imports=silent", "--ignore-missing-imports", str(script)])
    assert wrong == ""
    assert "segmodel.clustering.choosing.KChoice" in told
    assert "segmodel.workspace.Workspace" in told


def parameters(name: str) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(getattr(segmodel, name)).parameters)


def test_signatures_are_those_of_the_contract() -> None:
    choosing = parameters("choose_k")
    assert list(choosing)[:2] == ["X", "ks"]
    assert [choosing[name].default for name in ("method", "n_boot", "random_state")] == ["kmeans", 100, None]
    stability = parameters("bootstrap_stability")
    assert list(stability)[:2] == ["X", "k"]
    assert [stability[name].default for name in ("n_boot", "n_init", "random_state")] == [100, 10, None]
    assert list(parameters("segment_stability"))[:2] == ["X", "k"]
    for name in SEGMENTERS:
        first, *_ = parameters(name)
        assert first == "n_segments"
        assert parameters(name)["random_state"].default is None
    assert "n_segments" not in parameters("HDBSCANSegmenter")
    assert "n_init" in parameters("KMeansSegmenter")


def test_models_of_value_have_the_face_of_the_contract() -> None:
    for name in ("BetaGeoModel", "ModifiedBetaGeoModel", "ParetoNBDModel"):
        methods = {
            method: [*inspect.signature(getattr(getattr(segmodel, name), method)).parameters][1:]
            for method in ("fit", "probability_alive", "expected_purchases", "expected_purchases_new")
        }
        assert methods == {
            "fit": ["frequency", "recency", "T"],
            "probability_alive": ["frequency", "recency", "T"],
            "expected_purchases": ["t", "frequency", "recency", "T"],
            "expected_purchases_new": ["t"],
        }
    for method in ("fit", "expected_spend"):
        taken = inspect.signature(getattr(segmodel.GammaGammaModel, method)).parameters
        assert [*taken][1:] == ["frequency", "monetary_value"]


def test_results_have_what_the_contract_names() -> None:
    found = segmodel.choose_k(CLOUDS, range(2, 5), n_boot=5, random_state=0)
    assert found.recommended == 3
    assert found.table["k"].to_list() == [2, 3, 4]
    assert "3 segments" in found.reason
    pairs = segmodel.bootstrap_stability(CLOUDS, 3, n_boot=6, n_init=3, random_state=0)
    assert pairs.adjusted_rand.shape == (6,)
    assert pairs.mean == pytest.approx(1.0)
    again = segmodel.segment_stability(CLOUDS, 3, n_boot=6, random_state=0)
    np.testing.assert_allclose(again.jaccard, [1.0, 1.0, 1.0])
