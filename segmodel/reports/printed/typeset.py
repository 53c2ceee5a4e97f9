"""Setting a template of ours with typst: texts are handed over as data and never as markup."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import typst

DOTS_PER_INCH = 110
"""Of PNG."""

_UNBROKEN = re.compile(r"\S{24}(?=\S)")


def breakable(text: str) -> str:
    """Return a text in which words no line could hold may be broken."""
    return _UNBROKEN.sub(lambda found: f"{found.group()}\u200b", text)


def typeset(
    template: str,
    data: Mapping[str, Any],
    output: Literal["pdf", "png"] = "pdf",
    more_files: Mapping[str, bytes] | None = None,
) -> list[bytes]:
    """Return what a template makes of data: one PDF, or a PNG a page.

    Parameters
    ----------
    template : str
        Name of a file in `templates`, without its ending.
    data : mapping
        Becomes `data.json` beside the template.
    output : {"pdf", "png"}
    more_files : mapping of str to bytes, optional
        Pictures that the data name.
    """
    with tempfile.TemporaryDirectory(prefix="segmodel-") as name:
        folder = Path(name)
        (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        for file, content in (more_files or {}).items():
            (folder / file).write_bytes(content)
        source = files("segmodel.reports.printed") / "templates"
        for each in ("parts", template):
            (folder / f"{each}.typ").write_text((source / f"{each}.typ").read_text(encoding="utf-8"), encoding="utf-8")
        made: Any = typst.compile(str(folder / f"{template}.typ"), root=str(folder), format=output, ppi=DOTS_PER_INCH)
    # one page comes as bytes, several as a list; a PDF holds all of them
    return list(made) if isinstance(made, list) else [made]
