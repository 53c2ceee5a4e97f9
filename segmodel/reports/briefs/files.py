"""Briefs as files: Markdown, a Word document and PDF."""

from __future__ import annotations

import html
import io
import re
from typing import Any, Literal

from docx import Document
from docx.shared import Pt, RGBColor

from segmodel.reports.briefs.told import BriefSheet
from segmodel.reports.printed.typeset import breakable, typeset

BriefFile = Literal["docx", "pdf", "md"]

BRIEF_FILES: dict[BriefFile, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "md": "text/markdown",
}
"""What a brief can be written as, and its MIME type."""

_MARKDOWN = re.compile(r"([\\`*_\[\]|~$]|^[#+\-])")
_UNFIT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_MEASURED = "What is measured of them"
_INK = RGBColor(0x1F, 0x1D, 0x1A)
_GREY = RGBColor(0x5F, 0x5B, 0x54)


def brief_file(sheet: BriefSheet, kind: BriefFile) -> bytes:
    """Return a brief as a file.

    Parameters
    ----------
    sheet : BriefSheet
    kind : {"docx", "pdf", "md"}

    Examples
    --------
    >>> sheet = BriefSheet("Regulars", "Draft", "#3C36B2", (("Who", ("Few <b>",)),), (), (), "Confidential")
    >>> print(brief_file(sheet, "md").decode().splitlines()[4:7])
    ['## Who', '', '- Few &lt;b&gt;']
    """
    if kind == "md":
        return _markdown(sheet).encode()
    return _docx(sheet) if kind == "docx" else _pdf(sheet)


def _markdown(sheet: BriefSheet) -> str:
    lines = [f"# {_plain(sheet.title)}", "", f"*{_plain(sheet.status)}*", ""]
    for heading, texts in _sections(sheet):
        lines += [f"## {_plain(heading)}", "", *(f"- {_plain(text)}" for text in texts), ""]
    return "\n".join([*lines, "---", "", _plain(sheet.footer), ""])


def _plain(text: str) -> str:
    """Return text that Markdown and what is made of it show as it stands."""
    return _MARKDOWN.sub(r"\\\1", html.escape(_UNFIT_FOR_XML.sub("", text), quote=False))


def _sections(sheet: BriefSheet) -> list[tuple[str, tuple[str, ...]]]:
    doubtful = [("To be looked at again", sheet.flags)] if sheet.flags else []
    measured = [(_MEASURED, sheet.facts)] if sheet.facts else []
    return [*doubtful, *sheet.parts, *measured]


def _docx(sheet: BriefSheet) -> bytes:
    document: Any = Document()
    document.core_properties.title = _UNFIT_FOR_XML.sub("", sheet.title)
    document.core_properties.author = ""
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    for name in ("Title", "Heading 2"):
        document.styles[name].font.color.rgb = _INK
    document.add_heading(_UNFIT_FOR_XML.sub("", sheet.title), 0)
    _grey(document.add_paragraph(), sheet.status)
    for heading, texts in _sections(sheet):
        document.add_heading(_UNFIT_FOR_XML.sub("", heading), 2)
        for text in texts:
            document.add_paragraph(_UNFIT_FOR_XML.sub("", text), style="List Bullet")
    _grey(document.sections[0].footer.paragraphs[0], sheet.footer, 8)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def _grey(paragraph: Any, text: str, size: int = 10) -> None:
    run = paragraph.add_run(_UNFIT_FOR_XML.sub("", text))
    run.font.color.rgb, run.font.size = _GREY, Pt(size)


def _pdf(sheet: BriefSheet) -> bytes:
    data = {
        "title": breakable(sheet.title),
        "status": breakable(sheet.status),
        "colour": sheet.colour,
        "footer": sheet.footer,
        "measured": _MEASURED,
        "sections": [[breakable(heading), [breakable(text) for text in texts]] for heading, texts in _sections(sheet)],
    }
    return typeset("brief", data)[0]
