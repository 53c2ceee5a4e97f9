"""The Studio's versions: propose a challenger, compare it with the one in use, promote it or go back, and the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from app import selection, versions
from app.access import Role
from app.parts.finding import section_title
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.clustering import Step, in_use
from segmodel.errors import SegmodelError
from segmodel.studio import Comparison, Settings

_DONE = "studio_done"


def told() -> None:
    """Show what the last button did: the page was drawn anew since."""
    done = st.session_state.pop(_DONE, None)
    if done is not None:
        is_well, sentence = done
        show, icon = (st.success, "check") if is_well else (st.error, "error")
        show(plain(sentence), icon=f":material/{icon}:")


def propose(context: Context, chosen: int, settings: Settings) -> None:
    """Ask for the number of segments and the reason, and fit a challenger with what was tried."""
    section_title("Propose a version")
    if not context.user.may(Role.ANALYST):
        st.caption("Analysts can propose another number of segments here.")
        return
    with st.form("propose", border=True, enter_to_submit=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            options = sorted({*range(versions.FEWEST, versions.MOST + 1), chosen})
            k = st.selectbox("Segments", options, index=options.index(chosen), width=120, key=f"propose_k_{chosen}")
            why = st.text_input("Why", placeholder="For example: fewer to brief", max_chars=200, key="propose_why")
        st.caption("It is fitted on the published build and kept beside the version in use. Nobody uses it yet.")
        wanted = st.form_submit_button("Propose", icon=":material/add:")
    if wanted:
        _do(context, why, lambda folder, name: _proposed(folder, name, k, why, settings))


def _proposed(folder: Path, name: str, k: int, why: str, settings: Settings) -> str:
    with st.spinner("Fitting a challenger"):
        version = versions.propose(folder, name, k, why, settings)
    return f"{version} is proposed, with {k} segments. Compare it with the version in use below."


def compare(context: Context, steps: Sequence[Step]) -> str | None:
    """Compare a version with the one in use, and return the version; None where there is no other."""
    champion = in_use(steps)[-1].version
    others = list(dict.fromkeys(step.version for step in reversed(steps) if step.version != champion))
    section_title(f"Compare with {champion}, which is in use")
    if not others:
        st.caption("There is no other version yet. Propose one, and it can be compared here.")
        return None
    version = selection.settle("version", others, others[0], str)
    selection.of_page("version", version)
    st.selectbox("Version", others, key=selection.widget_key("version", version), width=160)
    name = context.selection.segmentation
    try:
        with st.spinner("Comparing versions"):
            comparison = versions.compare(context.key, name, champion, version)
    except SegmodelError as error:
        st.warning(plain(error), icon=":material/warning:")
        return version
    st.markdown(plain(comparison.finding))
    _table(versions_table(comparison), "Both versions")
    section_title("Which segments stay")
    _table(segments_table(comparison), "Segments of both versions")
    section_title("Who would move")
    _table(moves_table(comparison), "Customers by segment now and then")
    st.caption(
        f"Rows: segments of {champion}; columns: of {version}. Customers to the nearest {comparison.minimum_group}; "
        "smaller groups are hidden."
    )
    return version


def _table(frame: pd.DataFrame, alt: str) -> None:
    st.table(frame.rename(columns=plain).map(plain), border="horizontal", hide_index=True, alt=alt)


def versions_table(comparison: Comparison) -> pd.DataFrame:
    """Return champion and challenger as text."""
    rows = comparison.versions
    return pd.DataFrame(
        {
            "Version": rows["version"],
            "Role": rows["role"].map({"champion": "in use", "challenger": "challenger"}),
            "Segments": rows["k"].map(formats.number),
            "Fitted as of": rows["fitted_as_of"].map(formats.day),
            "Stability": rows["stability"].map(lambda value: formats.number(value, 2)),
            "Of value explained": rows["value_explained"].map(formats.share),
            "Smallest segment": rows["smallest_share"].map(
                lambda value: "hidden" if pd.isna(value) else formats.share(value)
            ),
        }
    )


def segments_table(comparison: Comparison) -> pd.DataFrame:
    """Return the segments of either version as text."""
    rows = comparison.segments
    return pd.DataFrame(
        {
            f"In {comparison.champion}": rows["champion_name"].fillna(""),
            f"In {comparison.challenger}": rows["challenger_name"].fillna(""),
            "Status": rows["status"],
            f"Customers in {comparison.champion}": _counts(rows, "champion", comparison.minimum_group),
            f"Customers in {comparison.challenger}": _counts(rows, "challenger", comparison.minimum_group),
            "Alike": rows["overlap"].map(lambda value: "" if pd.isna(value) else formats.share(value)),
        }
    )


def _counts(rows: pd.DataFrame, role: str, minimum_group: int) -> list[str]:
    return [
        "" if pd.isna(name) else f"under {minimum_group}, or hidden" if pd.isna(count) else formats.number(int(count))
        for name, count in zip(rows[f"{role}_name"], rows[f"{role}_customers"], strict=True)
    ]


def moves_table(comparison: Comparison) -> pd.DataFrame:
    """Return who moves as text: a row a segment in use, a column a segment of the challenger, by name."""
    matrix = comparison.matrix()
    names = {
        role: dict(zip(comparison.segments["segment"], comparison.segments[f"{role}_name"], strict=True))
        for role in ("champion", "challenger")
    }
    told = matrix.rename(columns=lambda one: f"{names['challenger'][one]} ({one})")
    labels = [f"{names['champion'][one]} ({one})" for one in matrix.index]
    return told.reset_index(drop=True).assign(**{"": labels})[["", *told.columns]]


def take_into_use(context: Context, steps: Sequence[Step], version: str | None) -> None:
    """Let stewards promote the version that is compared, or go back, after saying what happens."""
    section_title("Take a version into use")
    if not context.user.may(Role.STEWARD):
        st.caption("Stewards can promote a version or go back to the one before here.")
        return
    standing = in_use(steps)
    champion, before = standing[-1].version, standing[-2].version if len(standing) > 1 else None
    with st.container(horizontal=True):
        if version not in {None, before}:
            _confirm(
                context,
                "promote",
                f"Promote {version}",
                f"{version} takes the place of {champion}: the next build scores every customer with it, and segments "
                "that are retired leave the pages.",
                lambda folder, name, why: versions.promote(folder, name, version, why),
            )
        if before is not None:
            _confirm(
                context,
                "go_back",
                f"Go back to {before}",
                f"{before} is in use again instead of {champion}: the next build scores every customer with it.",
                versions.go_back,
            )
    if version is None and before is None:
        st.caption(f"{champion} is the only version.")
    if context.version != champion:
        st.info(
            plain(f"{champion} is in use from the next build on; pages show {context.version} until then. Build with:"),
            icon=":material/schedule:",
        )
        st.code(f"segmodel build {Path(context.key.folder).name}", language="bash")


def _confirm(context: Context, key: str, label: str, sentence: str, act: Callable[[Path, str, str], Step]) -> None:
    """Show a button that says what would happen before anything does, and asks why."""

    def ask() -> None:
        st.markdown(plain(sentence))
        with st.form(f"{key}_form", border=False):
            why = st.text_input("Why", placeholder="Kept in the log with your name", max_chars=200, key=f"{key}_why")
            is_sure = st.form_submit_button(label, key=f"{key}_sure")
        if is_sure:
            _do(context, why, lambda folder, name: _taken(act(folder, name, why)))

    if st.button(label, icon=":material/swap_horiz:", key=key):
        st.dialog(f"{label}?")(ask)()


def _taken(step: Step) -> str:
    return f"{step.version} is {step.action}: the next build scores with it."


def _do(context: Context, why: str, act: Callable[[Path, str], str]) -> None:
    """Do something with a reason, and draw the page anew with what came of it."""
    if not why.strip():
        st.error("Say why: the reason is kept in the log.", icon=":material/error:")
        return
    try:
        st.session_state[_DONE] = (True, act(Path(context.key.folder), context.selection.segmentation))
    except SegmodelError as error:
        st.session_state[_DONE] = (False, str(error))
    st.rerun()


def log(steps: Sequence[Step]) -> None:
    """Show what was done with the versions, latest first."""
    section_title("What was done, by whom and why")
    _table(steps_table(steps), "Steps with the versions of this segmentation")


def steps_table(steps: Sequence[Step]) -> pd.DataFrame:
    """Return steps as text, latest first."""
    latest_first = tuple(reversed(steps))
    return pd.DataFrame(
        {
            "When (UTC)": [formats.moment(step.at.replace(tzinfo=None)) for step in latest_first],
            "Version": [step.version for step in latest_first],
            "Step": [step.action for step in latest_first],
            "Who": [step.who for step in latest_first],
            "Why": [step.why for step in latest_first],
        }
    )
