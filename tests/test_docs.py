"""What the documentation and the set-up files say is so."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.imports import LAYERS
from tests.support.real_data import REPOSITORY

NOT_OURS = {".venv", "node_modules", "build", "dist"}
PAGES = sorted(
    path
    for path in REPOSITORY.rglob("*.md")
    if not any(part in NOT_OURS or part.startswith(".") for part in path.relative_to(REPOSITORY).parts)
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PIN = re.compile(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+")


def _name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text()) if "://" not in target]
    files = [target.partition("#")[0] for target in targets if not target.startswith(("#", "mailto:"))]
    assert [target for target in files if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_code_in_pages_can_be_read(page: Path) -> None:
    readers = {"python": ast.parse, "toml": tomllib.loads}
    for language, code in FENCE.findall(page.read_text()):
        if language in readers:
            readers[language](code)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_make_targets_named_in_pages_exist(page: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z]+)", page.read_text()))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_segmodel_commands_named_in_pages_exist(page: Path) -> None:
    from typer.main import get_command

    from segmodel.cli import cli

    commands = set(getattr(get_command(cli), "commands", {}))
    named = set(re.findall(r"(?:`|^ *(?:\$ )?|/)segmodel ([a-z]+)\b", page.read_text(), re.MULTILINE))
    assert named <= commands


def test_contributing_names_files_and_folders_that_exist() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text()
    paths = re.findall(r"`((?:segmodel|app|tests|docs|data)/[\w./-]*|[\w.-]+\.(?:txt|toml))`", text)
    workspace_files = {"segmentation.toml"}  # in every workspace, not in the repository
    assert {"segmodel/features/sql/", "app/views/", "constraints.txt"} <= set(paths)
    assert [path for path in paths if path not in workspace_files and not (REPOSITORY / path).exists()] == []


def test_contributing_shows_the_import_rule_that_is_checked() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text()
    shown = re.findall(r"^ {4}([a-z_]+(?:, [a-z_]+)*)$", text, re.MULTILINE)
    checked = [{unit for unit in layer if not unit.startswith("__")} for layer in LAYERS]
    assert [set(line.split(", ")) for line in shown] == checked


def test_constraints_are_names_and_exact_versions_only() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    names = [canonicalize_name(line.partition("==")[0]) for line in lines]
    assert len(names) == len(set(names))


def test_every_dependency_is_pinned_within_its_declared_range() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    declared = [Requirement(text) for group in (project["dependencies"], *extras) for text in group]
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pinned = {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}
    wrong = [
        str(requirement)
        for requirement in declared
        if requirement.name != project["name"]
        and not requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), "0"))
    ]
    assert wrong == []


def test_dependencies_are_explained() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    explained = (REPOSITORY / "docs" / "decisions" / "0002-dependencies.md").read_text()
    names = [Requirement(text).name for text in project["dependencies"]]
    assert [name for name in names if name not in explained] == []


def test_ci_script_runs_the_test_command_and_can_be_run() -> None:
    script = REPOSITORY / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().rstrip().endswith("make test")
    subprocess.run(["bash", "-n", script], check=True)


def test_reference_pages_say_what_the_catalogues_say() -> None:
    pages = runpy.run_path(str(REPOSITORY / "docs" / "generate.py"))["PAGES"]
    written = {name: (REPOSITORY / "docs" / name).read_text() for name in pages}
    assert {name: page() for name, page in pages.items()} == written, "run python docs/generate.py"
