"""A small workspace of the tests' own, served: tests may build, upload and roll back in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from segmodel.definition import FILE_NAME
from segmodel.workspace import Workspace
from tests.support.browser import serve_workspace
from tests.support.workspaces import TIERS, make_transactions, write_workspace

HARD_NAME = "Père & Söhne <i>Ltd</i> **$5$** 🛒"
HARD_NAMES = {
    "s1": "Households that buy for the whole month at once and seldom return before the end",
    "s2": "عملاء يشترون كل يوم 3 مرات",
    "s3": "<b>Bold</b> <img src=x onerror=alert(1)> &amp; co",
    "s4": "**Gift** _givers_ $x^2$ to $y$ [a](http://a.example) :red[hot]",
    "s5": "☕ Café 👩‍👩‍👧 лучшие 顧客 :coffee:",
    "s6": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
}
"""Names of segments as a definition may hold them: the longest it allows, and what pages could take for markup."""

_HARD_SEGMENTATION = """
[[segmentation]]
name = "behaviour"
k = 6
features = ["recency_days", "frequency", "monetary"]
"""


@dataclass(frozen=True)
class Shop:
    """A served workspace: its folder and its address; `hard_names` is one of its uploads."""

    folder: Path
    url: str


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Serve a small workspace, with another beside it whose names are hard to show."""
    folder = write_workspace(tmp_path_factory.mktemp("served") / "corner-shop")
    Workspace(folder).build()
    write_hard_names(folder / "uploads" / "hard-names")
    with serve_workspace(folder, folder.parent / "app.log") as served:
        yield Shop(folder, served.url)


def write_hard_names(folder: Path) -> None:
    """Build a workspace whose name and segments hold long, right-to-left, emoji, HTML, Markdown and formula text."""
    names = ", ".join(f"{segment} = {json.dumps(name, ensure_ascii=False)}" for segment, name in HARD_NAMES.items())
    write_workspace(
        folder,
        make_transactions(seed=3, customers=240, rich=False),
        settings="minimum_group = 5",
        segmentations=f"{_HARD_SEGMENTATION}names = {{ {names} }}\n{TIERS}",
    )
    definition = folder / FILE_NAME
    text = definition.read_text(encoding="utf-8").replace('"Corner shop"', json.dumps(HARD_NAME, ensure_ascii=False))
    definition.write_text(text, encoding="utf-8")
    Workspace(folder).build()
