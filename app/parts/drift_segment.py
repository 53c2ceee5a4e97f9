"""One segment's drift: what speaks against it, month by month and feature by feature."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import queries, selection
from app.parts.chart_card import chart_card
from app.parts.events import events_of
from app.parts.finding import section_title
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.drift import BEHAVIOUR
from segmodel.metrics import drift_findings

_MEASURES = BEHAVIOUR
_LINES = 6
"""Features whose history is drawn at most; the table has all."""


def evidence(verdicts: pd.DataFrame, reasons: pd.DataFrame, segment: str) -> None:
    """Show the verdict on a segment and every reason, the gravest first."""
    row = verdicts[verdicts["segment"] == segment].iloc[0]
    own = reasons[reasons["segment"] == segment].sort_values("place")
    section_title(drift_findings.segment_drift_title(str(row["name"]), str(row["verdict"]), own, str(row["note"])))
    st.markdown(f"**{plain(drift_findings.verdict_text(row['verdict'], row['since']))}**")
    if own.empty:
        st.markdown(plain(str(row["note"])))
        return
    st.markdown("\n".join(f"- {plain(text)}" for text in own["text"]))


def months_card(
    context: Context,
    look: charts.Look,
    verdicts: pd.DataFrame,
    months: pd.DataFrame,
    reasons: pd.DataFrame,
    segment: str,
) -> None:
    """Show what the customers of a segment did each month, against the same month of the year of reference."""
    measure = selection.settle("behaviour", tuple(_MEASURES), "orders")
    selection.of_page("behaviour", measure)
    row = verdicts[verdicts["segment"] == segment].iloc[0]
    rows = months[(months["segment"] == segment) & (months["measure"] == measure)]
    own = reasons[(reasons["segment"] == segment) & (reasons["kind"] == measure)]
    since = own["since"].iloc[0] if len(own) and pd.notna(own["since"].iloc[0]) else None
    finding = drift_findings.months_title(measure, since, int(rows["deviation"].notna().sum()))
    section_title(finding)
    st.segmented_control(
        "Behaviour",
        tuple(_MEASURES),
        key=selection.widget_key("behaviour", measure),
        format_func=_MEASURES.__getitem__,
        required=True,
        label_visibility="collapsed",
    )
    currency = context.about.currency
    write: Callable[[float], str] = lambda level: (  # noqa: E731
        formats.money(level, currency) if measure == "spend_per_order" else formats.number(level, 2)
    )
    figure = charts.against_expected(
        rows,
        look,
        f"{_MEASURES[measure]}, by month; dotted: the same month before",
        colour=int(row["colour"]),
        write=write,
        events=events_of(context),
        since=None if since is None else pd.Timestamp(since).date(),
    )
    chart_card("Behaviour by month", figure, finding, lambda: _months_table(rows, write))


def features_card(
    context: Context, look: charts.Look, verdicts: pd.DataFrame, features: pd.DataFrame, segment: str
) -> None:
    """Show the drift of the features a segment was found by, snapshot by snapshot, with the noise line."""
    known = queries.features(context.key)
    own = features[(features["segment"] == segment) & features["is_used"]].dropna(subset=["psi"])
    drifted = own[(own["snapshot"] == own["snapshot"].max()) & own["drifted"]]
    row = verdicts[verdicts["segment"] == segment].iloc[0]
    labels = [known[name].label for name in drifted["feature"]]
    finding = drift_findings.feature_history_title(labels, str(row["verdict"]))
    section_title(finding)
    st.space("small")
    colour = int(row["colour"])
    lines = drift_findings.feature_lines(own, {name: known[name].label for name in own["feature"].unique()}, _LINES)
    figure = charts.history(
        lines.assign(colour=colour),
        look,
        "Drift inside the segment since it was found (PSI)",
        "ratio",
        tuple(drifted["feature"]) or ("",),
        events=events_of(context),
    )
    chart_card("Drift over time", figure, finding, lambda: _history_table(lines))


def traits_card(context: Context, features: pd.DataFrame, segment: str) -> None:
    """Show which traits moved, of all that are watched: then, now, and whether that is past noise."""
    latest = features[(features["snapshot"] == features["snapshot"].max()) & (features["segment"] == segment)]
    traits = drift_findings.moved_traits(latest, queries.features(context.key), context.about.currency)
    title = f"Traits that moved: {len(traits)} of {len(latest)}"
    with st.expander(plain(title), key="traits", on_change="rerun") as more:
        if more.open:
            st.table(traits.map(plain), border="horizontal", hide_index=True, alt=title)


def outside_card(outside: pd.DataFrame, segment: str) -> None:
    """Show whether the segment moves with indicators from outside, where there are any."""
    own = outside[outside["segment"] == segment]
    if own.empty:
        return
    section_title(drift_findings.outside_title(own))
    st.markdown("\n".join(f"- {plain(text)}" for text in own["text"]))


def _months_table(rows: pd.DataFrame, write: Callable[[float], str]) -> pd.DataFrame:
    latest_first = rows.sort_values("snapshot", ascending=False)
    return pd.DataFrame(
        {
            "Month": latest_first["snapshot"].map(lambda day: formats.month(pd.Timestamp(day).date())),
            "Observed": latest_first["level"].map(write),
            "Expected": latest_first["expected"].map(write),
            "Difference": (latest_first["level"] / latest_first["expected"] - 1).map(formats.change),
        }
    )


def _history_table(lines: pd.DataFrame) -> pd.DataFrame:
    wide = lines.pivot_table(index="snapshot", columns="name", values="amount", sort=False).sort_index(ascending=False)
    table = wide.map(lambda value: formats.number(value, 3)).reset_index(names="As of")
    return table.assign(**{"As of": table["As of"].map(lambda day: formats.day(pd.Timestamp(day).date()))})
