from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from segmodel.workspace import Workspace
from tests.support.workspaces import KMEANS, TIERS, make_transactions, write_workspace


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace built once; read it, never write to it."""
    folder = write_workspace(
        tmp_path_factory.mktemp("studio") / "shop",
        make_transactions(customers=300, rich=False),
        settings="history_months = 0",
        segmentations=KMEANS.replace("k = 3", "k = 3\nnames = { s1 = 'The best', s2 = 'The middle', s3 = 'The rest' }")
        + TIERS,
        file="transactions.parquet",
    )
    Workspace(folder).build()
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A built workspace of the test's own."""
    return Path(shutil.copytree(built, tmp_path / "shop"))
