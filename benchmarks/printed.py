"""Claim: the council pack (12 slides or more, .pptx and .pdf) and posters of six segments take under 10 s together.

The sample is built in a folder of its own, with six segments. Each repeat opens the build, reads what is told of the
segments and writes all three files; the slowest counts.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import time
from pathlib import Path

import _measure as measure

from segmodel.council import Council, Writings
from segmodel.reports import told_personas
from segmodel.reports.pack import council_pack, pack_pdf, pack_pptx
from segmodel.reports.printed import Imprint, print_personas
from segmodel.workspace import Workspace

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
SEGMENTS = 6
MOST_SECONDS = 10


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="segmodel-") as name:
        folder = Path(name) / "sample"
        shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("store", "models", "council.db*"))
        definition = folder / "segmentation.toml"
        text = definition.read_text(encoding="utf-8")
        definition.write_text(text.replace('k = "auto"', f"k = {SEGMENTS}", 1), encoding="utf-8")
        workspace = Workspace(folder)
        workspace.build()
        taken = [_written(workspace) for _ in range(measure.REPEATS)]
    slides, posters = taken[0][1:]
    print(f"  {slides} slides and {posters} posters: {', '.join(f'{each[0]:.1f} s' for each in taken)}")
    worst = max(each[0] for each in taken)
    claim = "seconds of the pack (.pptx and .pdf) and all posters, the slowest repeat"
    measure.report([measure.Claim(claim, worst, ("≤", MOST_SECONDS), " s")])


def _written(workspace: Workspace) -> tuple[float, int, int]:
    """Return how long all files took, and how many slides and posters there were."""
    start = time.perf_counter()
    with workspace.open() as published:
        name, writings = published.primary_segmentation(), Writings(workspace.folder)
        pack = council_pack(published, Council(workspace.folder), writings, "Benchmark", name)
        told = [each.persona for each in told_personas(published, name, writings)]
    pack_pptx(pack)
    pack_pdf(pack)
    print_personas(told, Imprint("Sample", "Benchmark", dt.date(2026, 6, 30)), "poster")
    return time.perf_counter() - start, len(pack.slides) + 1, len(told)


if __name__ == "__main__":
    main()
