from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.pages import VIEWS, views


def test_pages_stand_in_the_order_of_the_questions() -> None:
    know, choose = ["Home", "Segments", "Personas", "Crosswalk"], ["Priorities", "Value", "Opportunities"]
    keep = ["Drift", "Migration", "Studio", "Data"]
    assert [view.title for view in views()] == [
        *know,
        *choose,
        "Briefs",
        "Typing tool",
        "Activate",
        *keep,
        "Present",
        "Definitions",
    ]


def test_a_page_is_added_by_copying_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "views"
    shutil.copytree(VIEWS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    copied = (folder / "segments.py").read_text().replace('"title": "Segments"', '"title": "Overlaps"')
    (folder / "overlaps.py").write_text(copied.replace('"order": 2', '"order": 5'))
    assert [view.title for view in views(folder)][:5] == ["Home", "Segments", "Personas", "Crosswalk", "Overlaps"]


@pytest.mark.parametrize("text", ["print(1)", 'PAGE = {"group": "No", "title": "A", "icon": "home", "order": 1}'])
def test_a_page_must_say_where_it_stands(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.py").write_text(text)
    with pytest.raises(ValueError, match=r"odd\.py"):
        views(tmp_path)
