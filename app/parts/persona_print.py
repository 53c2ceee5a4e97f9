"""Personas on paper: what can be printed of them, set when it is asked for."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from app import selection
from app.parts.download_bar import imprint
from app.selection import Context
from segmodel.personas import Persona
from segmodel.reports import ToldPersona
from segmodel.reports.printed import PRINTS, Imprint, Print, print_personas


def print_bar(context: Context, found: tuple[ToldPersona, ...], chosen: ToldPersona) -> None:
    """Offer posters, one-pagers and cards: of all segments as PDF, of the chosen one as PDF and PNG."""
    kinds: list[Print] = list(PRINTS)
    kind = selection.settle("print", kinds, "poster", lambda one: PRINTS[one])  # type: ignore[index]
    selection.of_page("print", kind)
    origin = imprint(context)
    everybody, one = [each.persona for each in found], [chosen.persona]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = selection.widget_key("print", kind)
        st.selectbox("On paper", kinds, key=key, format_func=PRINTS.__getitem__, width=360)
        _download("All segments as PDF", everybody, origin, kind, "pdf", f"{kind}.pdf")
        if kind in ("poster", "one-pager"):
            for ending in ("pdf", "png"):
                name = f"{kind}-{chosen.persona.segment}.{ending}"
                _download(f"This segment as {ending.upper()}", one, origin, kind, ending, name)  # type: ignore[arg-type]


def _download(
    label: str, personas: list[Persona], origin: Imprint, kind: str, ending: Literal["pdf", "png"], name: str
) -> None:
    st.download_button(
        label,
        data=lambda: print_personas(personas, origin, kind, ending)[0],  # type: ignore[arg-type]
        file_name=name,
        mime="application/pdf" if ending == "pdf" else "image/png",
        icon=":material/print:",
        on_click="ignore",
        key=f"print_{label}",
    )
