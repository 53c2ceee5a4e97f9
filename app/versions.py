"""What people do in the Studio: compare numbers, look inside a segment, propose, compare versions, promote, go back.

Every function checks the role of who asks, whatever the page has drawn.
"""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from app import access
from app.jobs import Jobs, Running, State
from app.queries import BuildKey
from segmodel.clustering import Step
from segmodel.definition import FINDS_K, FOUND_METHODS, Segmentation
from segmodel.errors import StoreError
from segmodel.store import account_name
from segmodel.studio import Comparison, MicroSegments, NumbersCompared, Run, Settings, with_settings
from segmodel.workspace import Workspace

FEWEST, MOST = 2, 10
"""Numbers of segments compared."""


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """Return the jobs of this server, which all visitors share."""
    return Jobs()


def has_number_to_choose(method: str) -> bool:
    """Say whether people can choose how many segments a method makes."""
    return method in FOUND_METHODS and method not in FINDS_K


def asked_of(key: BuildKey, segmentation: str) -> Segmentation:
    """Return a segmentation as the definition has it."""
    return Workspace(Path(key.folder)).definition.segmentation(segmentation)


def start_comparing(key: BuildKey, segmentation: str, settings: Settings) -> None:
    """Start comparing numbers of segments on a build, with settings other than the definition's.

    Raises
    ------
    AccessError
        Below the role analyst.
    SegmodelError
        When another comparison of this segmentation runs, too many run at once, or settings do not fit together.
    """
    access.require(access.Role.ANALYST)
    with_settings(asked_of(key, segmentation), settings)
    numbers = ("--ks", f"{FEWEST}-{MOST}", "--json", "--progress", "json")
    jobs().start(
        _job(key, segmentation, settings),
        (key.folder, segmentation),
        ("studio", key.folder, segmentation, *numbers, *_options(settings)),
        NumbersCompared.from_json,
    )


def comparing(key: BuildKey, segmentation: str, settings: Settings) -> State | None:
    """Return how far the comparison is, or how it ended; None where none was started."""
    return jobs().state(_job(key, segmentation, settings))


def _job(key: BuildKey, segmentation: str, settings: Settings) -> tuple[BuildKey, str, str]:
    return key, segmentation, json.dumps(settings, sort_keys=True)


def _options(settings: Settings) -> list[str]:
    """Return settings as the command line takes them."""
    told = {name: json.dumps(value) if name == "features" else str(value) for name, value in settings.items()}
    return [part for name, value in told.items() for part in (f"--{name}", value)]


def comparing_otherwise(key: BuildKey, segmentation: str) -> tuple[Settings, Running] | None:
    """Return the settings of another comparison of this segmentation that runs now, and how far it is."""
    found = jobs().running((key.folder, segmentation))
    if not isinstance(found, tuple):
        return None
    state = jobs().state(found)
    return (json.loads(found[2]), state) if isinstance(state, Running) and found[0] == key else None


def keep_run(folder: Path, found: NumbersCompared) -> Path:
    """Keep a comparison where the command line can repeat it, and return its file.

    Raises
    ------
    AccessError
        Below the role analyst.
    SegmodelError
        When the folder cannot be written.
    """
    access.require(access.Role.ANALYST)
    return Workspace(folder).keep_run(found, _person())


def kept_runs(folder: Path, segmentation: str) -> tuple[str, ...]:
    """Return the runs that were kept, latest first. Not cached: a listing of one folder."""
    return Workspace(folder).runs.names(segmentation)


def kept_run(folder: Path, segmentation: str, name: str) -> Run:
    """Return a run that was kept.

    Raises
    ------
    StoreError
        When it is gone, damaged, or shows groups that are too small to be shown by now.
    """
    workspace = Workspace(folder)
    run = workspace.runs.load(segmentation, name)
    least = workspace.definition.minimum_group
    if run.found.minimum_group < least:
        raise StoreError(f"This run shows groups under {least} customers, which are hidden by now. Compare again.")
    return run


def run_document(found: NumbersCompared) -> str:
    """Return a comparison as a run of who asks, for a file that the command line can repeat."""
    return json.dumps(Run.now(found, _person()).document(), ensure_ascii=False, indent=1)


def cancel_comparing(key: BuildKey, segmentation: str, settings: Settings) -> None:
    """Stop comparing numbers of segments.

    Raises
    ------
    AccessError
        Below the role analyst.
    """
    access.require(access.Role.ANALYST)
    jobs().cancel(_job(key, segmentation, settings))


def start_looking_inside(key: BuildKey, segmentation: str, segment: str) -> None:
    """Start looking for micro-segments inside a segment of a build.

    Raises
    ------
    AccessError
        Below the role analyst.
    SegmodelError
        When another segment of this segmentation is looked at, or too much runs at once.
    """
    access.require(access.Role.ANALYST)
    jobs().start(
        (key, segmentation, segment),
        (key.folder, segmentation, "inside"),
        ("micro", key.folder, segmentation, segment, "--json", "--progress", "json"),
        MicroSegments.from_json,
    )


def looking_inside(key: BuildKey, segmentation: str, segment: str) -> State | None:
    """Return how far the look inside a segment is, or how it ended; None where none was started."""
    return jobs().state((key, segmentation, segment))


def cancel_looking_inside(key: BuildKey, segmentation: str, segment: str) -> None:
    """Stop looking inside a segment.

    Raises
    ------
    AccessError
        Below the role analyst.
    """
    access.require(access.Role.ANALYST)
    jobs().cancel((key, segmentation, segment))


def steps(folder: Path, segmentation: str) -> tuple[Step, ...]:
    """Return what was done with the versions of a segmentation, oldest first. Not cached: one small file."""
    return Workspace(folder).steps(segmentation)


def propose(folder: Path, segmentation: str, k: int, why: str, settings: Settings) -> str:
    """Fit a challenger with k segments and what was tried, and return its version.

    Raises
    ------
    AccessError
        Below the role analyst.
    SegmodelError
        When it would be a version that is there, or the build is not that of the definition.
    """
    access.require(access.Role.ANALYST)
    return Workspace(folder).propose(segmentation, k, _person(), why, settings=settings).version


@st.cache_data(max_entries=16, ttl=3600, show_spinner=False)
def compare(key: BuildKey, segmentation: str, champion: str, challenger: str) -> Comparison:  # noqa: ARG001
    """Compare a version with the one in use; another champion is another comparison."""
    return Workspace(Path(key.folder)).compare(segmentation, challenger)


def promote(folder: Path, segmentation: str, version: str, why: str) -> Step:
    """Take a version into use; the next build scores with it.

    Raises
    ------
    AccessError
        Below the role steward.
    SegmodelError
        When it is in use already, cannot score these customers, or no reason is given.
    """
    access.require(access.Role.STEWARD)
    return Workspace(folder).promote(segmentation, version, _person(), why)


def go_back(folder: Path, segmentation: str, why: str) -> Step:
    """Take the version that was in use before into use again.

    Raises
    ------
    AccessError
        Below the role steward.
    SegmodelError
        When there was none before, or it cannot score these customers.
    """
    access.require(access.Role.STEWARD)
    return Workspace(folder).go_back(segmentation, _person(), why)


def _person() -> str:
    """Return who does it, as the log is to name them."""
    user = access.current_user()
    return account_name() if user is None or user.is_local else user.name
