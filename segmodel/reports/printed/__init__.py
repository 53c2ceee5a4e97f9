"""Printed matter: posters, one-pagers and cards of personas, set by typst as PDF or PNG."""

from __future__ import annotations

from segmodel.reports.printed.emblem import emblem_svg
from segmodel.reports.printed.persona import PRINTS, Imprint, Print, print_personas
from segmodel.reports.printed.picture import checked_picture

__all__ = ["PRINTS", "Imprint", "Print", "checked_picture", "emblem_svg", "print_personas"]
