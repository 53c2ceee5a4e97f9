"""An empty Streamlit page: what any page costs before it does anything."""

from __future__ import annotations

import streamlit as st

st.set_page_config(page_title="Empty")
