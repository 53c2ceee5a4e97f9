"""The only cached reads, and the only file that opens the store.

Caches are keyed on small things: the workspace folder, the build id and names. A new build has a new id,
so it is seen at the next run of the script; nothing has to be cleared or restarted.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from app import access
from segmodel.features import Feature, available_features
from segmodel.metrics.facts import prepared
from segmodel.store import BuildInfo, PublishedBuild
from segmodel.workspace import Workspace

FOLDER_VARIABLE = "SEGMODEL_WORKSPACE"
UPLOADS = "uploads"
_ENTRIES = 64
_HOUR = 3600


@dataclass(frozen=True)
class BuildKey:
    """One published build: what every cached read is keyed on."""

    folder: str
    build_id: str


@dataclass(frozen=True)
class About:
    """What a build says of itself."""

    name: str
    question: str
    currency: str
    value_word: str
    window: str
    as_of: dt.date
    built_at: dt.datetime
    minimum_group: int


def home_folder() -> Path:
    """Return the folder the app serves."""
    return Path(os.environ.get(FOLDER_VARIABLE, "data/sample")).resolve()


def uploaded() -> tuple[str, ...]:
    """Return the names of the workspaces made from uploads; a name from a link must be one of them."""
    folder = home_folder() / UPLOADS
    if not folder.is_dir():
        return ()
    return tuple(sorted(path.parent.name for path in folder.glob("*/segmentation.toml")))


def folder_of(workspace: str) -> Path:
    """Return the folder of a workspace: the served one for an empty name, else one of `uploaded`."""
    return home_folder() / UPLOADS / workspace if workspace in uploaded() else home_folder()


def current_build(folder: Path) -> BuildKey | None:
    """Return the published build of a workspace, or None before the first. Not cached: one small file."""
    build_id = Workspace(folder).current()
    return None if build_id is None else BuildKey(str(folder), build_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def _published(key: BuildKey) -> PublishedBuild:
    return Workspace(Path(key.folder)).open(key.build_id)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def about(key: BuildKey) -> About:
    """Return what the build says of itself."""
    info = _published(key).info()
    window = str(info["window_months"])
    return About(
        name=str(info["name"]),
        question=str(info["question"] or ""),
        currency=str(info["currency"]),
        value_word=str(info["value_basis"]),
        window="all history" if window == "all" else f"last {window} months",
        as_of=pd.Timestamp(info["as_of"]).date(),
        built_at=pd.Timestamp(info["built_at"]).to_pydatetime(),
        minimum_group=int(info["minimum_group"]),
    )


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def segmentations(key: BuildKey) -> pd.DataFrame:
    """Return one row a segmentation, without the fitted model itself."""
    return _published(key).segmentations().drop(columns="model")


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def model_text(key: BuildKey, segmentation: str) -> str:
    """Return the fitted model of a segmentation as JSON."""
    frame = _published(key).segmentations()
    return str(frame.loc[frame["name"] == segmentation, "model"].iloc[0])


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def segments(key: BuildKey, segmentation: str) -> pd.DataFrame:
    """Return the segments of a segmentation in their fixed order."""
    return _published(key).segments(segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def snapshots(key: BuildKey) -> tuple[dt.date, ...]:
    """Return the snapshots, latest first."""
    return tuple(sorted(_published(key).snapshots(), reverse=True))


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def comparable_snapshots(key: BuildKey) -> frozenset[dt.date]:
    """Return the snapshots whose window the data fill: only these can be compared with each other."""
    details = _published(key).snapshot_details()
    return frozenset(pd.to_datetime(details.loc[details["is_window_complete"], "snapshot"]).dt.date)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def filters(key: BuildKey) -> pd.DataFrame:
    """Return the filters and their values."""
    return _published(key).filters()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def segment_metrics(key: BuildKey, segmentation: str, chosen: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return the metrics of every segment at every snapshot, for one choice of filter values."""
    return prepared(_published(key).segment_metrics(segmentation, chosen))


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def profiles(key: BuildKey, segmentation: str) -> pd.DataFrame:
    """Return what sets each segment apart, at the latest snapshot."""
    return _published(key).profiles(segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def features(key: BuildKey) -> dict[str, Feature]:
    """Return the features the data of a build allow, with their definitions."""
    return available_features(_published(key).engine)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def reconciliation(key: BuildKey) -> pd.DataFrame:
    """Return one row a table and source: read, accepted, quarantined."""
    return _published(key).reconciliation()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def quarantine_reasons(key: BuildKey) -> pd.DataFrame:
    """Return how many rows each rule sent to quarantine."""
    return _published(key).quarantine_reasons()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def transaction_totals(key: BuildKey) -> dict[str, object]:
    """Return what the accepted transactions come to."""
    return _published(key).transaction_totals()


def quarantine_examples(key: BuildKey, table_name: str, rule: str) -> pd.DataFrame:
    """Return example rows of a rule, raw as they came; they may name people, so not for everyone.

    Raises
    ------
    AccessError
        Below the role steward.
    """
    access.require(access.Role.STEWARD)
    return _published(key).quarantine_examples(table_name, rule, limit=20)


def builds(key: BuildKey) -> tuple[BuildInfo, ...]:
    """Return the builds kept, newest first. Each is opened to be listed: call only when shown."""
    return Workspace(Path(key.folder)).builds.infos()


def roll_back(key: BuildKey, build_id: str) -> None:
    """Publish an earlier build again.

    Raises
    ------
    AccessError
        Below the role steward.
    """
    access.require(access.Role.STEWARD)
    Workspace(Path(key.folder)).rollback(build_id)
