"""Which pages there are: every file in `views/` that says where it stands; copy one to add one.

A view starts with its place, a plain dictionary so that it can be read without running the page:

    PAGE = {"group": "Know", "title": "Home", "icon": "home", "order": 1, "selection_bar": True}

`icon` is a name of Material Symbols; `order` counts inside the group; `selection_bar` shows the bar that chooses
segmentation, dates and filters. The page that comes first of all is the one the dashboard opens with.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

GROUPS = ("Know", "Choose", "Use", "Prove", "Keep alive", "Council")
"""The questions people come with, in the order of the navigation."""

VIEWS = Path(__file__).with_name("views")


@dataclass(frozen=True)
class View:
    """One page and its place in the navigation."""

    path: Path
    group: str
    title: str
    icon: str
    order: int
    selection_bar: bool = False


@cache
def views(folder: Path = VIEWS) -> tuple[View, ...]:
    """Return the pages in the order of the navigation.

    Raises
    ------
    ValueError
        When a view does not say where it stands, or names an unknown group.
    """
    found = [_read(path) for path in sorted(folder.glob("[!_]*.py"))]
    return tuple(sorted(found, key=lambda view: (GROUPS.index(view.group), view.order, view.title)))


def _read(path: Path) -> View:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PAGE":
            view = View(path, **ast.literal_eval(node.value))
            if view.group not in GROUPS:
                raise ValueError(f"{path.name}: group {view.group!r} is none of {', '.join(GROUPS)}")
            return view
    raise ValueError(f"{path.name}: no PAGE says where the page stands")
