"""The import rule of the project holds, and the check that says so can tell when it does not."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.imports import find_imports, find_violations, read_sources
from tests.support.real_data import REPOSITORY


def test_every_module_keeps_the_import_rule() -> None:
    sources = read_sources(REPOSITORY, "segmodel", "app")
    assert {"segmodel.errors", "segmodel.definition"} <= set(sources)
    assert find_violations(sources) == []


def test_everything_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    declared = {_plain(requirement) for requirement in project["dependencies"]}
    # an extra that is not installed here is known by its name alone; py4j comes with pyspark
    extra = {_plain(requirement) for requirement in project["optional-dependencies"]["spark"]} | {"py4j"}
    distributions = packages_distributions()
    imports = find_imports(read_sources(REPOSITORY, "segmodel", "app"))
    undeclared = [
        str(found)
        for found in imports
        if found.top not in {*sys.stdlib_module_names, "segmodel", "app"}
        and not (found.top in extra and found.module == "segmodel.engines.spark")
        and not declared & {_plain(name) for name in distributions.get(found.top, [])}
    ]
    assert undeclared == []


@pytest.mark.parametrize(
    ("module", "source", "objection"),
    [
        ("segmodel.store.read", "import duckdb", "which only segmodel.engines may"),
        ("segmodel.store.read", "import duckdb.experimental.spark", "which only segmodel.engines may"),
        ("segmodel.engineset", "from pyspark.sql import SparkSession", "which only segmodel.engines may"),
        ("segmodel.reports.slides", "from plotly import express", "which only segmodel.charts may"),
        ("app.parts.chart", "import plotly.graph_objects as go", "which only segmodel.charts may"),
        ("app.queries", "import duckdb", "which only segmodel.engines may"),
        ("segmodel.charts.history", "import streamlit as st", "which only app may"),
        ("segmodel.cli", "def app():\n    import streamlit.web.cli", "which only app may"),
        ("segmodel.cli", "import importlib\nimportlib.import_module('streamlit')", "which only app may"),
        ("segmodel.workspace", "from app.queries import current", "but segmodel works without the dashboard"),
        ("segmodel.engines.duckdb", "from segmodel.store import Build", "but engines comes before store"),
        ("segmodel.engines.duckdb", "from segmodel import store", "but engines comes before store"),
        ("segmodel.engines.duckdb", "from ..store import Build", "but engines comes before store"),
        ("segmodel.features.catalogue", "import segmodel.metrics", "but features comes before metrics"),
        ("segmodel.__init__", "from segmodel.cli import main", "but __init__ comes before cli"),
        ("segmodel.errors", "if TYPE_CHECKING:\n    from segmodel.cli import main", "but errors comes before cli"),
        ("segmodel.magic", "import segmodel.errors", "but magic has no place in the layers"),
    ],
)
def test_violation_is_named_with_its_line_and_reason(module: str, source: str, objection: str) -> None:
    sources = {"segmodel.store.__init__": "", "segmodel.errors": "", "before": "", module: f"\n{source}"}
    (violation,) = find_violations(sources)
    line = 2 + source.count("\n")
    assert violation.startswith(f"{module}:{line} imports ")
    assert objection in violation


def test_rule_allows_what_the_layers_allow() -> None:
    sources = {
        "segmodel.__init__": "if TYPE_CHECKING:\n    from segmodel.workspace import Workspace",
        "segmodel.errors": "from __future__ import annotations\nimport json",
        "segmodel.engines.__init__": "from segmodel.engines.duckdb import Engine",
        "segmodel.engines.duckdb": "import duckdb\nfrom segmodel import errors\nfrom . import dialect",
        "segmodel.engines.dialect": "import sqlglot",
        "segmodel.clustering.kmeans": "from segmodel.scorecard import Scorecard",
        "segmodel.charts.history": "import plotly.graph_objects as go",
        "segmodel.workspace": "from segmodel import metrics, store\nimport segmodel.sources",
        "segmodel.metrics.__init__": "",
        "segmodel.store.__init__": "",
        "segmodel.scorecard.__init__": "",
        "app.main": "import streamlit\nimport segmodel.workspace\nfrom app import queries",
        "app.queries": "",
    }
    assert find_violations(sources) == []


def test_parts_of_one_layer_may_not_import_in_a_circle() -> None:
    sources = {
        "segmodel.clustering.fit": "from segmodel.scorecard import Scorecard",
        "segmodel.scorecard.sql": "from segmodel.clustering import KMeans",
    }
    (violation,) = find_violations(sources)
    assert violation.startswith("a circle of imports: ")
    assert {"clustering", "scorecard"} <= set(re.findall(r"\w+", violation))


def test_sources_are_read_by_full_name(tmp_path: Path) -> None:
    (tmp_path / "segmodel" / "charts").mkdir(parents=True)
    (tmp_path / "segmodel" / "charts" / "__init__.py").write_text("import plotly\n")
    assert read_sources(tmp_path, "segmodel") == {"segmodel.charts.__init__": "import plotly\n"}


def _plain(requirement: str) -> str:
    """Return the name of a distribution as indexes compare it: ``SQLAlchemy>=2`` is ``sqlalchemy``."""
    name = re.match(r"[\w.-]+", requirement)
    assert name, f"not a requirement: {requirement}"
    return re.sub(r"[-_.]+", "-", name[0]).lower()
