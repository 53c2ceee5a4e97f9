"""How one segmentation was found: method, version, choice of the number of segments, and the model itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app import queries
from app.access import Role
from app.parts.text import plain
from app.selection import Context
from segmodel import formats

_METHODS = {
    "kmeans": "k-means on robustly prepared features",
    "gaussian_mixture": "Gaussian mixture with a spread of its own for each segment and feature",
    "ward": "Ward's merging of the closest groups, scored by a formula taught its segments",
    "hdbscan": "HDBSCAN's dense groups, scored by a formula taught its segments",
    "latent_class": "latent classes of people who answer alike",
    "mixed": "k-means on numbers and categories together",
    "rfm": "recency, frequency and monetary scores by fifths, with a complete map of names",
    "value_tiers": "tiers of value per customer",
    "rules": "rules written by people",
}


_MEASURES = {
    "k": ("Segments", 0),
    "stability": ("Stability", 2),
    "weakest_jaccard": ("Weakest segment", 2),
    "prediction_strength": ("Prediction strength", 2),
    "tighter": ("Tighter than one cloud", 2),
    "silhouette": ("Silhouette", 2),
    "smallest_share": ("Smallest share", 2),
}


def _choices(rows: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    """Return the measures behind the number of segments, one row a number that was tried."""
    known = [(name, label, digits) for name, (label, digits) in _MEASURES.items() if name in rows[0]]
    return pd.DataFrame({label: [formats.number(row[name], digits) for row in rows] for name, label, digits in known})


def model_card(context: Context, row: Mapping[Any, Any]) -> None:
    """Show one segmentation; its model is read only when opened.

    Parameters
    ----------
    context : Context
        What is shown.
    row : mapping
        A row of `queries.segmentations`.
    """
    method = _METHODS.get(str(row["method"]), str(row["method"]))
    fitted = f"fitted on {formats.counted(int(row['n_fitted']), 'customer')} as of {formats.day(row['fitted_as_of'])}"
    st.markdown(f"**{plain(row['label'])}** · {plain(row['version'])}")
    st.markdown(plain(f"{formats.sentence_case(method)}; {formats.counted(int(row['k']), 'segment')}, {fitted}."))
    behind = st.expander("Model", key=f"model_{row['name']}", on_change="rerun", type="compact")
    if not behind.open:
        return
    model = json.loads(queries.model_text(context.key, str(row["name"])))
    diagnostics = model.get("diagnostics", {})
    with behind:
        if diagnostics.get("reason"):
            st.markdown(plain(diagnostics["reason"]))
        for note in diagnostics.get("notes", ()):
            st.markdown(f"- {plain(note)}")
        segments = queries.segments(context.key, str(row["name"]))
        named = segments[["segment", "name", "description"]].rename(columns=formats.sentence_case)
        st.table(named.map(plain), border="horizontal", hide_index=True, alt="Segments and their descriptions")
        if diagnostics.get("k_table"):
            st.table(_choices(diagnostics["k_table"]), border="horizontal", hide_index=True, alt="Choice of k")
        if not context.user.may(Role.ANALYST):
            return
        st.download_button(
            "Download the model as JSON",
            lambda: queries.model_file(context.key, str(row["name"])),
            file_name=f"{row['name']}-{row['version']}.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key=f"json_{row['name']}",
        )
