"""Workspaces over the made data: the definition every benchmark builds, in the folder of that size."""

from __future__ import annotations

import shutil
from pathlib import Path

DEFINITION = """name = "Benchmark"
question = "Which customers, if we won more of them, would bring most?"
history_months = {history_months}

[features]
describe = []

[sources.transactions]
path = "{transactions}"

[[segmentation]]
name = "behaviour"
k = 5
features = ["recency_days", "frequency", "monetary", "mean_gap_days", "web_share"]
"""


def write_workspace(data: Path, history_months: int, transactions: str = "../transactions/*.parquet") -> Path:
    """Return a workspace without builds or models, beside the data; its engine has the default settings."""
    folder = data / f"workspace-{history_months}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    text = DEFINITION.format(history_months=history_months, transactions=transactions)
    (folder / "segmentation.toml").write_text(text, encoding="utf-8")
    return folder


def forget_builds(folder: Path) -> None:
    """Drop what builds left, so that the next one fits its model anew, as the first did."""
    for name in ("store", "models"):
        shutil.rmtree(folder / name, ignore_errors=True)
