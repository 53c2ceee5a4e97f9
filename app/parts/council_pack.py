"""The council pack: shown live, and taken away as slides to edit or as PDF."""

from __future__ import annotations

import streamlit as st

from app import queries
from app.selection import Context

_PACKS = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
}


def council_pack_bar(context: Context) -> None:
    """Offer the pack: on screen, as slides and as PDF."""
    key, name, person = context.key, context.selection.segmentation, context.user.signature
    with st.container(horizontal=True, vertical_alignment="center"):
        for ending, kind in _PACKS.items():
            st.download_button(
                f"Council pack as {ending.upper()}",
                data=lambda ending=ending: queries.council_pack_file(key, name, person, ending),  # type: ignore[misc]
                file_name=f"council-pack-{context.selection.snapshot}.{ending}",
                mime=kind,
                icon=":material/co_present:",
                on_click="ignore",
                key=f"pack_{ending}",
            )
        st.page_link(
            "views/present.py",
            label="Present",
            icon=":material/slideshow:",
            query_params=context.selection.parameters(),
        )
