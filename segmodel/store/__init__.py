"""Builds on disk: written beside, published by a rename, read by many."""

from __future__ import annotations

from segmodel.store.builds import BuildInfo, Builds, Writing, remove_unfinished, replace_file
from segmodel.store.describe import describe_build, store_table
from segmodel.store.lock import account_name, disk_errors, locked
from segmodel.store.published import PublishedBuild

__all__ = [
    "BuildInfo",
    "Builds",
    "PublishedBuild",
    "Writing",
    "account_name",
    "describe_build",
    "disk_errors",
    "locked",
    "remove_unfinished",
    "replace_file",
    "store_table",
]
