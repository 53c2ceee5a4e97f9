"""Entries of the catalogues as a list to read and search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import queries
from app.parts import tables
from app.parts.finding import section_title
from app.parts.text import plain
from app.selection import Context
from segmodel.features import Feature


@dataclass(frozen=True)
class Entry:
    """One number and its definition."""

    name: str
    label: str
    description: str
    facts: tuple[tuple[str, str], ...]
    sql: str

    def contains(self, wanted: str) -> bool:
        """Say whether every word searched for is somewhere in the entry."""
        text = " ".join((self.name, self.label, self.description, *(text for _, text in self.facts))).casefold()
        return all(word in text for word in wanted.casefold().split())


def as_table(entries: Sequence[Entry]) -> pd.DataFrame:
    """Return entries as one row each, for a file."""
    rows = [
        {
            "name": entry.name,
            "label": entry.label,
            "description": entry.description,
            **dict(entry.facts),
            "SQL": entry.sql,
        }
        for entry in entries
    ]
    return pd.DataFrame(rows).fillna("")


def metric_entries(context: Context) -> tuple[Entry, ...]:
    """Return the metrics of the build, in the workspace's words."""
    about = queries.about(context.key)
    return tuple(
        Entry(
            name,
            tables.label(name, about),
            metric.description,
            (
                ("Formula", metric.formula),
                ("Source", metric.source),
                ("Limits", metric.limits),
                ("Unit", metric.unit),
            ),
            metric.sql,
        )
        for name, metric in queries.metrics(context.key).items()
        if metric.is_shown
    )


def feature_entries(features: Mapping[str, Feature]) -> tuple[Entry, ...]:
    """Return the features of the build."""
    return tuple(
        Entry(
            feature.name,
            feature.label,
            feature.description,
            (("Unit", feature.unit), ("Needs", ", ".join(feature.needs))),
            feature.sql,
        )
        for feature in features.values()
    )


def definition_list(title: str, entries: Sequence[Entry], *, with_sql: bool) -> None:
    """Show entries one below the other: name on the left, meaning on the right."""
    section_title(title)
    if not entries:
        st.caption("Nothing here matches the search.")
    for entry in entries:
        name, meaning = st.columns([1, 3], gap="medium")
        name.markdown(f"**{plain(entry.label)}**  \n`{entry.name}`")
        facts = [f"{label}: {text}" for label, text in entry.facts if text]
        with meaning.container(gap="xsmall"):
            st.markdown(plain(entry.description))
            st.caption(plain(" · ".join(facts)))
            if with_sql:
                st.code(entry.sql, language="sql", wrap_lines=True)
