"""Builds on disk: written beside, published by a rename, read by many."""

from __future__ import annotations

from segmodel.store.builds import BuildInfo, Builds, Writing
from segmodel.store.carrying import PER_SNAPSHOT, carry_over, keep_snapshots, listed_days
from segmodel.store.describe import append_table, built_from, describe_build, rounded, store_table
from segmodel.store.files import fsync, remove_unfinished, replace_file
from segmodel.store.lock import account_name, disk_errors, locked
from segmodel.store.published import PublishedBuild
from segmodel.store.rows import RowFiles

__all__ = [
    "PER_SNAPSHOT",
    "BuildInfo",
    "Builds",
    "PublishedBuild",
    "RowFiles",
    "Writing",
    "account_name",
    "append_table",
    "built_from",
    "carry_over",
    "describe_build",
    "disk_errors",
    "fsync",
    "keep_snapshots",
    "listed_days",
    "locked",
    "remove_unfinished",
    "replace_file",
    "rounded",
    "store_table",
]
