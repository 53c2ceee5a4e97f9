"""Personas as a page needs them: with what people wrote, or without where that cannot be read."""

from __future__ import annotations

import streamlit as st

from app import council, queries
from app.parts.text import plain
from app.selection import Context
from segmodel.errors import CouncilError
from segmodel.reports import ToldPersona, untold


def told(context: Context) -> tuple[ToldPersona, ...]:
    """Return every persona; says so and goes on with the facts alone where the record cannot be read."""
    key, name = context.key, context.selection.segmentation
    try:
        return council.personas(key, name)
    except CouncilError as error:
        st.warning(plain(f"Stories cannot be read: {error}"), icon=":material/cloud_off:")
        return untold(queries.personas(key, name))
