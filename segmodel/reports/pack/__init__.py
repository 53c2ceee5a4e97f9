"""The council pack: one finding a slide, as PowerPoint people can edit and as PDF."""

from __future__ import annotations

from segmodel.reports.pack.content import council_pack
from segmodel.reports.pack.pdf import pack_pdf
from segmodel.reports.pack.slide import Bars, Pack, Slide, Table
from segmodel.reports.pack.slides import pack_pptx

__all__ = ["Bars", "Pack", "Slide", "Table", "council_pack", "pack_pdf", "pack_pptx"]
