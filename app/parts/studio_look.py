"""A closer look at one number of segments: a map, what sets segments apart, each in words, and the run to keep."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from app import queries, selection, versions
from app.access import Role
from app.parts.chart_card import chart_card
from app.parts.finding import section_title
from app.parts.studio_settings import told
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.charts import Look
from segmodel.errors import SegmodelError
from segmodel.studio import NumbersCompared

_MOST_FEATURES = 12


def look_closer(found: NumbersCompared, k: int, look: Look) -> None:
    """Show the division into k segments.

    Parameters
    ----------
    found : NumbersCompared
        What the comparison found.
    k : int
        The number of segments to look at.
    look : Look
        Of the figures.
    """
    if (found.profiles["k"] == k).sum() == 0:
        st.caption("Groups of this number are too small to be described.")
        return
    names = found.names(k)
    with st.grid(2, min_column_width=620, gap="medium"):
        with st.container():
            section_title("What sets each segment apart?")
            profile = profile_rows(found, k, look.currency)
            figure = charts.profile_heat(profile, look)
            chart_card("Profile of segments", figure, found.profile_finding(k), lambda: profile_table(profile))
        with st.container():
            section_title("How far apart do they lie?")
            dots = found.dots[["x", "y"]].assign(segment=found.dots[f"k{k}"])
            figure = charts.segment_map(dots, names, look, found.axes, found.shown)
            alt = f"Customers by segment in the plane in which they differ most, {k} segments"
            chart_card("Map of segments", figure, alt, lambda: axes_table(found))
            st.caption("Colours and numbers are those of this comparison; segments in use keep theirs on other pages.")
    _describe(found, k)


def profile_rows(found: NumbersCompared, k: int, currency: str) -> pd.DataFrame:
    """Return the profile as the chart draws it: the features that differ most, with both means in words."""
    own = found.profiles[found.profiles["k"] == k]
    kept = list(dict.fromkeys(own["feature"]))[:_MOST_FEATURES]
    rows = own[own["feature"].isin(kept)].copy()
    rows["name"] = rows["segment"].map(dict(enumerate(found.names(k), start=1)))
    rows["remark"] = [
        f"{formats.quantity(mean, unit, currency)} against {formats.quantity(rest, unit, currency)}"
        for mean, rest, unit in zip(rows["mean"], rows["rest_mean"], rows["unit"], strict=True)
    ]
    return rows


def profile_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the profile as text: a row a segment and feature."""
    return pd.DataFrame(
        {
            "Segment": [f"{segment} {name}" for segment, name in zip(rows["segment"], rows["name"], strict=True)],
            "Feature": rows["label"],
            "Difference": rows["difference"].map(lambda value: formats.number(value, 1)),
            "Mean, against the others": rows["remark"],
        }
    )


def axes_table(found: NumbersCompared) -> pd.DataFrame:
    """Return what the directions of the map tell."""
    words = [axis or "no single feature" for axis in found.axes]
    return pd.DataFrame({"Direction": ["To the right", "Up"], "What customers there have": words})


def _describe(found: NumbersCompared, k: int) -> None:
    names = found.names(k)
    options = [str(place) for place in range(1, k + 1)]
    chosen = selection.settle("described", options, "1")
    selection.of_page("described", chosen)
    section_title("Describe this segment")
    st.pills(
        "Segment",
        options,
        key=selection.widget_key("described", chosen),
        format_func=lambda one: plain(f"{one} {names[int(one) - 1]}"),
        required=True,
        label_visibility="collapsed",
    )
    st.markdown(plain(found.paragraph(k, int(chosen))))


def keep(context: Context, found: NumbersCompared, *, is_kept: bool) -> None:
    """Let the run be downloaded whole, and analysts keep it where the command line can repeat it."""
    name, folder = context.selection.segmentation, Path(context.key.folder)
    section_title("Keep this run")
    st.caption(
        "A run is kept with its settings, its seed and its build, so that anybody can repeat it to the last digit."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download the run as JSON",
            lambda: versions.run_document(found),
            file_name=f"studio-{name}-{found.build}.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="run_json",
        )
        if (
            not is_kept
            and context.user.may(Role.ANALYST)
            and st.button("Save this run", icon=":material/save:", key="save_run")
        ):
            try:
                path = versions.keep_run(folder, found)
            except SegmodelError as error:
                st.error(plain(error), icon=":material/error:")
            else:
                st.success(plain(f"Kept as {path.name}. It can be repeated with:"), icon=":material/check:")
                st.code(f"segmodel studio {folder.name} {name} --run {folder.name}/studio/{path.name}", language="bash")


def kept_runs(context: Context) -> NumbersCompared | None:
    """Offer the runs that were kept, and return the one that is opened; None for none."""
    name, folder = context.selection.segmentation, Path(context.key.folder)
    names = versions.kept_runs(folder, name)
    if not names:
        return None
    chosen = selection.settle("run", ["", *names], "", lambda one: one or "none")
    selection.of_page("run", chosen)
    st.selectbox(
        "Runs that were kept",
        ["", *names],
        key=selection.widget_key("run", chosen),
        format_func=lambda one: _when(one) if one else "None: compare now",
        width=320,
    )
    if not chosen:
        return None
    try:
        run = versions.kept_run(folder, name, chosen)
    except SegmodelError as error:
        st.warning(plain(error), icon=":material/warning:")
        return None
    when = formats.moment(run.saved_at.replace(tzinfo=None))
    other = "" if run.found.build == context.key.build_id else " Pages show another build by now."
    tried = told(queries.features(context.key), run.found.settings)
    st.info(
        plain(
            f"Kept by {run.saved_by} on {when} (UTC), of build {run.found.build}.{other} Compared: {tried}. What is "
            "proposed is fitted with these settings, on the build that is published now."
        )
    )
    return run.found


def _when(name: str) -> str:
    stamp = name[-18:]
    return f"{stamp[:10]} {stamp[11:13]}:{stamp[13:15]} UTC"
