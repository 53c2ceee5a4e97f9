"""The Studio's comparison of numbers of segments: start it, watch it, cancel it, and see what it found."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from app import selection, versions
from app.access import Role
from app.jobs import Cancelled, Failed, Ready, Running
from app.parts.chart_card import chart_card, latest_look
from app.parts.finding import section_title
from app.parts.studio_look import keep, look_closer
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.errors import SegmodelError
from segmodel.studio import NumbersCompared, Settings

_EVERY_SECONDS = 1.0
_VERDICT = "Verdict"
_SHARES = frozenset({"smallest_share", "value_explained", "tighter"})
_COLUMNS = {
    "k": ("Segments", 0, "How many segments."),
    "stability": (
        "Stability",
        2,
        (
            "Agreement of two divisions, each of customers sampled again: mean adjusted Rand index of 100 pairs. "
            "1 is the same, 0 is chance; 0.80 is asked."
        ),
    ),
    "stability_error": ("Its error", 3, "Standard error of the stability, from the number of pairs."),
    "weakest_jaccard": (
        "Weakest",
        2,
        "Of the least stable segment: customers shared with its closest match in a sample, out of all in either.",
    ),
    "prediction_strength": (
        "Prediction",
        2,
        (
            "Of pairs of customers in one segment of one half of the data, how many the other half would put together; "
            "of the worst segment. 0.80 says that groups are clearly apart."
        ),
    ),
    "tighter": (
        "Tighter",
        0,
        "How much tighter groups are than groups cut from one cloud of customers; 5% is asked (2% of yes-no items).",
    ),
    "cloud_p_value": ("By chance", 3, "How often one cloud of customers would give groups as tight."),
    "smallest_share": (
        "Smallest",
        0,
        "Share of customers in the smallest segment; 5% is asked. Empty: a small group.",
    ),
    "value_explained": ("Of value", 0, "Share of the differences in value that lies between segments."),
    "silhouette": ("Silhouette", 2, "How much nearer customers are to their own segment than to the next; -1 to 1."),
    "calinski_harabasz": ("Calinski-Harabasz", 0, "Variance between segments against within; compares rows only."),
    "gap": ("Gap", 2, "Gap statistic: log of the tightness against evenly spread customers; higher is tighter."),
    "gap_error": ("Gap error", 3, "Standard error of the gap statistic."),
    "bic": ("BIC", 0, "Bayesian information criterion of the method; compares rows only."),
    "within_ss": ("Within", 0, "Sum of squared distances to the middle of the segment; it always falls."),
    "beyond_one_cloud": ("Beyond one cloud", 0, "Tighter than one cloud, by what is asked and beyond chance."),
    "stable": ("Stable", 0, "Stability 0.80 or more, and no segment under 5%."),
    "clear": ("Clear", 0, "Stable, and prediction strength 0.80 or more."),
}
_FIRST = ("k", "stability", "weakest_jaccard", "prediction_strength", "tighter", "smallest_share", "value_explained")
"""Measures that stand side by side at 1280 pixels; the others are behind."""

_WIDTH = 84
"""Pixels of a measure's column."""

_INKS = {"highly stable": "green", "stable": "green", "a pattern": "orange", "not to be trusted": "red"}
"""Colours of the words, which say the same without them."""

_MARKS = {"highly stable": "●", "stable": "○", "a pattern": "◆", "not to be trusted": "✕"}


def comparing(context: Context, settings: Settings) -> NumbersCompared | None:
    """Show how far the comparison is, or the button that starts it, and return what it found."""
    state = versions.comparing(context.key, context.selection.segmentation, settings)
    if isinstance(state, Running):
        st.fragment(_watch, run_every=_EVERY_SECONDS)(context, settings)
        return None
    if isinstance(state, Failed):
        st.error(plain(state.message), icon=":material/error:")
    if isinstance(state, Cancelled):
        st.info("The comparison was cancelled; nothing is kept of it.", icon=":material/cancel:")
    if isinstance(state, Ready):
        found: NumbersCompared = state.result
        return found
    if not context.user.may(Role.ANALYST):
        st.caption("Nobody has compared numbers of segments like this on this build yet. Analysts can start it here.")
        return None
    other = versions.comparing_otherwise(context.key, context.selection.segmentation)
    if other is not None:
        st.caption("Other settings are being compared; one comparison of a segmentation runs at a time.")
        st.fragment(_watch, run_every=_EVERY_SECONDS)(context, other[0])
        return None
    label = f"Compare {versions.FEWEST} to {versions.MOST} segments"
    st.button(label, icon=":material/play_arrow:", key="compare_numbers", on_click=_start, args=(context, settings))
    st.caption("It takes a minute or less, beside the pages: they stay quick, and everybody sees the result.")
    return None


def _start(context: Context, settings: Settings) -> None:
    try:
        versions.start_comparing(context.key, context.selection.segmentation, settings)
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")


def _watch(context: Context, settings: Settings) -> None:
    """Show how far it is, again and again until it ends; then the whole page is drawn anew."""
    state = versions.comparing(context.key, context.selection.segmentation, settings)
    if not isinstance(state, Running):
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(state.done, plain(f"{state.sentence} · {formats.share(state.done)}"))
        if context.user.may(Role.ANALYST) and st.button("Cancel", icon=":material/close:", key="cancel_numbers"):
            versions.cancel_comparing(context.key, context.selection.segmentation, settings)
            st.rerun()


def numbers_found(context: Context, found: NumbersCompared, in_use: int, *, is_kept: bool) -> int:
    """Show the two pictures, the warnings about one number of segments and the table; return that number.

    Parameters
    ----------
    context : Context
        What is shown.
    found : NumbersCompared
        What the comparison found.
    in_use : int
        Number of segments of the version in use.
    is_kept : bool
        Whether it is a run that was kept, of a build that may be another by now.
    """
    if found.because:
        st.markdown(plain(found.because))
    sampled = formats.counted(found.customers, "customer")
    who = " whose answers to a survey place them" if context.coverage else ""
    st.caption(f"Compared on {sampled}{who}, drawn at random where there are more.")
    look = latest_look(context)
    source = (
        look.footer.source if found.build == context.key.build_id else f"{look.footer.source} (build {found.build})"
    )
    look = replace(look, footer=replace(look.footer, customers=found.customers, source=source))
    chosen = _chosen(found)
    with st.grid(2, min_column_width=480, gap="medium"):
        with st.container():
            section_title("How stable is each number of segments?")
            figure = charts.numbers(found.table, found.segments, look, _marked(found, in_use))
            chart_card("Numbers of segments", figure, found.finding, lambda: stability_table(found.segments))
        with st.container():
            section_title("Who splits from whom?")
            figure = charts.splits(found.segments, found.flows, look, chosen)
            alt = f"Segments of {found.table['k'].min()} to {found.table['k'].max()} and the customers they share"
            chart_card("Splits", figure, alt, lambda: splits_table(found.flows))
    _picker(found, chosen)
    _warnings(found, chosen)
    look_closer(found, chosen, look)
    _measures(found)
    keep(context, found, is_kept=is_kept)
    return chosen


def _measures(found: NumbersCompared) -> None:
    section_title("The measures behind it")
    table = numbers_table(found)
    first = [_COLUMNS[name][0] for name in _FIRST if name in found.table]
    config = {
        title: st.column_config.Column(help=text, width=_WIDTH)
        for title, _, text in _COLUMNS.values()
        if title in first
    }
    config[_VERDICT] = st.column_config.Column(width=110)
    shown = table[[*first, _VERDICT]]
    st.dataframe(
        shown, hide_index=True, column_config=config, alt="Measures of each number of segments", key="measures"
    )
    behind = st.expander("Every measure, and what it says", key="every_measure", on_change="rerun", type="compact")
    if behind.open:
        with behind:
            every = table.drop(columns=_VERDICT).set_index(_COLUMNS["k"][0]).T
            texts = {title: text for title, _, text in _COLUMNS.values()}
            told = every.assign(**{"What it says": [texts[title] for title in every.index]}).reset_index(
                names="Measure"
            )
            st.table(told.map(plain), border="horizontal", hide_index=True, alt="Every measure by number of segments")


def _marked(found: NumbersCompared, in_use: int) -> dict[int, str]:
    word = "recommended" if found.recommended is not None else "nearest"
    if in_use == found.nearest:
        return {in_use: f"{word}, in use"}
    return {found.nearest: word, in_use: "in use"}


def _chosen(found: NumbersCompared) -> int:
    options = [str(k) for k in found.table["k"]]
    value = selection.settle("k", options, str(found.nearest), str)
    selection.of_page("k", value)
    return int(value)


def _picker(found: NumbersCompared, chosen: int) -> None:
    options = [str(k) for k in found.table["k"]]
    key = selection.widget_key("k", str(chosen))
    st.pills("Look closer at", options, key=key, format_func=lambda k: f"{k} segments", required=True)


def _warnings(found: NumbersCompared, chosen: int) -> None:
    """Show the segments of a number and what to beware of, in words."""
    about = [warning for warning in found.warnings if warning.k == chosen]
    segments = found.segments[found.segments["k"] == chosen]
    count = formats.counted(len(about), "warning") if about else "no warning"
    section_title(f"{formats.sentence_case(formats.count_word(chosen))} segments: {count}")
    table = segments_table(segments).map(plain)
    bands = segments.sort_values(["share", "segment"], ascending=[False, True])["band"]
    table["Stability"] = [f":{_INKS[word]}[{text}]" for word, text in zip(bands, table["Stability"], strict=True)]
    st.table(table, border="horizontal", hide_index=True, alt="Segments of this number")
    for warning in about:
        who = "" if warning.segment is None else f"Segment {warning.segment}. "
        st.warning(plain(who + warning.sentence), icon=":material/warning:")


def segments_table(segments: pd.DataFrame) -> pd.DataFrame:
    """Return the segments of one number as text, largest share first."""
    ordered = segments.sort_values(["share", "segment"], ascending=[False, True])
    return pd.DataFrame(
        {
            "Segment": [str(segment) for segment in ordered["segment"]],
            "Who": ordered["name"],
            "Of customers": ordered["share"].map(lambda share: "hidden" if pd.isna(share) else formats.share(share)),
            "Found again": ordered["jaccard"].map(formats.share),
            "Stability": [f"{_MARKS[word]} {word}" for word in ordered["band"]],
        }
    )


def stability_table(segments: pd.DataFrame) -> pd.DataFrame:
    """Return every segment of every number as text."""
    each = [segments_table(rows).assign(Segments=str(k)) for k, rows in segments.groupby("k")]
    table = pd.concat(each, ignore_index=True)
    return table[["Segments", *(column for column in table if column != "Segments")]]


def splits_table(flows: pd.DataFrame) -> pd.DataFrame:
    """Return who splits from whom as text."""
    return pd.DataFrame(
        {
            "From": [f"{k} segments: {one}" for k, one in zip(flows["k"], flows["segment"], strict=True)],
            "To": [f"{k} segments: {one}" for k, one in zip(flows["next_k"], flows["next_segment"], strict=True)],
            "Of all customers": flows["share"].map(formats.share),
        }
    )


def numbers_table(found: NumbersCompared) -> pd.DataFrame:
    """Return all measures as text, under plain headings; the nearest number is marked in words."""
    columns = {}
    for name, (title, digits, _) in _COLUMNS.items():
        if name not in found.table:
            continue
        values = found.table[name]
        if pd.api.types.is_bool_dtype(values):
            columns[title] = ["yes" if value else "no" for value in values]
        elif name in _SHARES:
            columns[title] = ["" if pd.isna(value) else formats.share(value) for value in values]
        else:
            columns[title] = [_number(value, digits) for value in values]
    word = "recommended" if found.recommended is not None else "nearest"
    columns[_VERDICT] = [word if k == found.nearest else "" for k in found.table["k"]]
    return pd.DataFrame(columns)


def _number(value: float, digits: int) -> str:
    """Return a number, or below what its digits can show, that it is below."""
    if pd.isna(value):
        return ""
    least = 10.0**-digits
    return f"under {formats.number(least, digits)}" if 0 < value < least / 2 else formats.number(value, digits)
