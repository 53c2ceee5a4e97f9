"""Claim: a refresh adding one month to 24 month-end snapshots costs at most a quarter of a build of the same data."""

from __future__ import annotations

import sys
from pathlib import Path

import _measure as measure
import _workspace as workspace
import duckdb

NEW_FROM = "2026-06-01"
SEGMODEL = [sys.executable, "-m", "segmodel"]


def split(data: Path) -> tuple[Path, Path]:
    """Return a folder with the transactions up to the last month, and the file of that month."""
    folder = data / "up-to-the-last-month"
    month = data / "last-month.parquet"
    if not month.is_file():
        folder.mkdir(exist_ok=True)
        *whole, last = sorted((data / "transactions").glob("*.parquet"))
        for path in whole:
            (folder / path.name).unlink(missing_ok=True)
            (folder / path.name).symlink_to(path.resolve())
        with duckdb.connect() as connection:
            for target, rows in ((folder / last.name, "<"), (month, ">=")):
                connection.execute(
                    f"COPY (SELECT * FROM '{last}' WHERE ordered_at {rows} '{NEW_FROM}') TO '{target}' "
                    "(FORMAT parquet, COMPRESSION zstd)"
                )
    return folder, month


def start_again(folder: Path, build_id: str) -> None:
    """Publish the build that does not know the last month, and drop all others."""
    for path in (folder / "store").glob("*.duckdb"):
        if path.stem != build_id:
            path.unlink()
    measure.run([*SEGMODEL, "rollback", folder, build_id])


def main() -> None:
    data = measure.generate()
    before, month = split(data)
    folder = workspace.write_workspace(data, 23, f"../{before.name}/*.parquet")
    added = before / "new.parquet"
    added.unlink(missing_ok=True)
    workspace.forget_builds(folder)
    measure.run([*SEGMODEL, "build", folder])
    without = (folder / "store" / "current").read_text(encoding="ascii").strip()
    added.symlink_to(month.resolve())
    runs = measure.run_in_turn(
        {name: [*SEGMODEL, name, folder, "--json"] for name in ("build", "refresh")},
        before={"refresh": lambda: start_again(folder, without)},
    )
    added.unlink()
    ratio = measure.paired_ratio(measure.seconds(runs["refresh"]), measure.seconds(runs["build"]))
    measure.report([measure.Claim("time of a refresh adding a month to 24, against a build", ratio, ("≤", 0.25))])


if __name__ == "__main__":
    main()
