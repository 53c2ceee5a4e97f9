"""The import rule: who may import whom, checked by reading the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

# Each layer may import from the layers above it and from itself, but not in a circle, and never from below.
LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(layer.split())
    for layer in (
        (
            "__init__ errors definition definition_activation definition_errors definition_parts "
            "formats intervals progress suppression"
        ),
        "engines",
        "store council",
        "sources",
        "features",
        "clustering scorecard",
        "value drift crosswalk priorities typing_tool personas impact",
        "metrics opportunities",
        "charts reports alerts",
        "studio refresh",
        "workspace",
        "scoring forecasting alerting monitoring warehouse activation api",
        "cli __main__",
    )
)
RANKS: Mapping[str, int] = {unit: rank for rank, layer in enumerate(LAYERS) for unit in layer}

# It imports what it gives out when that is asked for, and says its types to type checkers only.
FACE = "segmodel.__init__"

# The one package that may import each of these.
HOMES: Mapping[str, str] = {
    "duckdb": "segmodel.engines",
    "pyspark": "segmodel.engines",
    "plotly": "segmodel.charts",
    "streamlit": "app",
}


@dataclass(frozen=True)
class Import:
    """One import: in which module and line it stands, and the full name it asks for."""

    module: str
    line: int
    name: str

    @property
    def top(self) -> str:
        """First part of the name: the distribution's package, or ours."""
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.name}"


def read_sources(root: Path, *packages: str) -> dict[str, str]:
    """Return the source of each module of some packages by full name; a package's own is ``.__init__``."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts): path.read_text(encoding="utf-8")
        for package in packages
        for path in sorted((root / package).rglob("*.py"))
    }


def find_imports(sources: Mapping[str, str]) -> list[Import]:
    """Return every import of these modules, those inside functions and ``import_module("…")`` too."""
    return [
        Import(module, line, name)
        for module, source in sources.items()
        for line, name in _imported_names(module, ast.parse(source), frozenset(sources))
    ]


def find_violations(sources: Mapping[str, str]) -> list[str]:
    """Return one sentence for each import that breaks the rule."""
    imports = find_imports(sources)
    return [f"{found}, {reason}" for found in imports if (reason := _objection(found))] + _circles(imports)


def _imported_names(module: str, tree: ast.AST, modules: frozenset[str]) -> Iterator[tuple[int, str]]:
    package = module.rpartition(".")[0]
    for node in _read_at_run_time(tree) if module == FACE else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module
            for alias in node.names:
                # `from package import module` asks for a module, `from module import name` for that module.
                longer = f"{origin}.{alias.name}"
                is_module = longer in modules or f"{longer}.__init__" in modules
                yield node.lineno, longer if is_module else str(origin)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def _read_at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a module without what only type checkers read."""
    yield tree
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from _read_at_run_time(node)


def _unit(name: str) -> str:
    """Return the part of segmodel that a module belongs to, as the layers name it."""
    return [*name.split("."), "__init__"][1]


def _objection(found: Import) -> str | None:
    """Say why an import is not allowed, or return None."""
    home = HOMES.get(found.top)
    if home:
        return None if f"{found.module}.".startswith(f"{home}.") else f"which only {home} may"
    if found.module.startswith("app."):
        return None
    if found.top == "app":
        return "but segmodel works without the dashboard"
    return _layer_objection(found) if found.top == "segmodel" else None


def _layer_objection(found: Import) -> str | None:
    """Say why one part of segmodel may not import another, or return None."""
    importing, imported = _unit(found.module), _unit(found.name)
    unknown = {importing, imported} - set(RANKS)
    if unknown:
        return f"but {min(unknown)} has no place in the layers of tests/support/imports.py: give it one"
    if RANKS[imported] > RANKS[importing]:
        return f"but {importing} comes before {imported}"
    return None


def _circles(imports: list[Import]) -> list[str]:
    """Say which parts of segmodel import each other in a circle."""
    graph: dict[str, set[str]] = {}
    for found in imports:
        if found.module.startswith("segmodel.") and found.top == "segmodel":
            importing, imported = _unit(found.module), _unit(found.name)
            if importing != imported:
                graph.setdefault(importing, set()).add(imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ["a circle of imports: " + " → ".join(reversed(error.args[1]))]
    return []
