"""What people do with audiences: look at a funnel, see the first rows, take a file, sync a target, read the log.

Every function checks the role of who asks, whatever the page has drawn.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from app import access, queries
from app.queries import BuildKey
from segmodel.activation import (
    Audience,
    AudienceRequest,
    Funnel,
    Manifest,
    People,
    SyncReport,
    export_audience,
    manifest_path,
    sync,
)
from segmodel.council import ActivationEntry, ActivationLog
from segmodel.definition import FILE_NAME, Activation
from segmodel.workspace import Workspace

_TEN_MINUTES = 600


@dataclass(frozen=True)
class Exported:
    """A file that was made for somebody: its name, the file with its manifest as a zip, and what is told of it."""

    name: str
    content: bytes
    manifest: Manifest


def settings(key: BuildKey) -> Activation:
    """Return what the definition says of audiences as it stands now."""
    return Workspace(Path(key.folder)).definition.activation


def funnel(key: BuildKey, request: AudienceRequest) -> tuple[Funnel, tuple[str, ...]]:
    """Return what is lost at each step, and the names of the segments; consent as it was ten minutes ago at most.

    Raises
    ------
    AccessError
        Below the role analyst: conditions could be used to tell small groups apart.
    SegmodelError
        When the sources or the suppression lists cannot be read.
    """
    access.require(access.Role.ANALYST)
    with Audience(_people(key, _changed_at(key)), request) as audience:
        return audience.funnel, audience.segment_names


def preview(key: BuildKey, request: AudienceRequest, rows: int = 20) -> pd.DataFrame:
    """Return the first rows that would be given out; match keys for stewards only. Not cached.

    Raises
    ------
    AccessError
        Below the role analyst.
    """
    access.require(access.Role.ANALYST)
    user = access.current_user()
    if user is None or not user.may(access.Role.STEWARD):
        with Audience(_people(key, _changed_at(key)), request) as audience:
            return audience.preview(rows, with_keys=False)
    with _load(key, request) as people, Audience(people, request) as audience:
        return audience.preview(rows, with_keys=True)


def export(key: BuildKey, request: AudienceRequest, ending: str) -> Exported:
    """Make a file of an audience, with consent and keys as they are now, and write it into the log.

    Raises
    ------
    AccessError
        Below the role steward.
    SegmodelError
        When nobody is left, or something cannot be read or written.
    """
    access.require(access.Role.STEWARD)
    name = f"audience-{request.segmentation}-{'-'.join(request.segments)}.{ending}"
    with tempfile.TemporaryDirectory(prefix="segmodel-") as folder, _load(key, request) as people:
        path = Path(folder) / name
        with Audience(people, request) as audience:
            manifest = export_audience(audience, path, ActivationLog(Path(key.folder)), _who())
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for each in (path, manifest_path(path)):
                archive.write(each, each.name)
    return Exported(name, packed.getvalue(), manifest)


def sync_target(key: BuildKey, target: str) -> tuple[SyncReport, ...]:
    """Bring a target up to date.

    Raises
    ------
    AccessError
        Below the role steward.
    SegmodelError
        When the target does not take what it is sent; it is gone on with from there the next time.
    """
    access.require(access.Role.STEWARD)
    return sync(Workspace(Path(key.folder)), target, _who())


def log(key: BuildKey) -> tuple[ActivationEntry, ...]:
    """Return what went where, newest first.

    Raises
    ------
    AccessError
        Below the role analyst.
    CouncilError
        When the log cannot be reached.
    """
    access.require(access.Role.ANALYST)
    return ActivationLog(Path(key.folder)).entries(50)


@st.cache_resource(max_entries=2, ttl=_TEN_MINUTES, show_spinner="Reading who may be sent")
def _people(key: BuildKey, changed_at: int) -> People:  # noqa: ARG001 - a definition that changed is read again
    """Return everybody with who agreed and who has a key; no contact data stay in memory."""
    workspace = Workspace(Path(key.folder))
    return People.load(queries.published(key), workspace.definition, workspace.folder, with_keys=False)


def _load(key: BuildKey, request: AudienceRequest) -> People:
    workspace = Workspace(Path(key.folder))
    return People.load(
        queries.published(key),
        workspace.definition,
        workspace.folder,
        segmentation=request.segmentation,
        platform=request.platform,
    )


def _changed_at(key: BuildKey) -> int:
    return (Path(key.folder) / FILE_NAME).stat().st_mtime_ns


def _who() -> str:
    user = access.current_user()
    return "nobody" if user is None else user.signature
