"""What the published build says of itself that a refresh starts from."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

import segmodel
from segmodel.engines import Engine
from segmodel.features import Feature, margin_rate
from segmodel.metrics import Metric, features_in, metrics_in
from segmodel.sources import FUTURE, Entry, read_days, read_ledger
from segmodel.store import PublishedBuild, store_table


@dataclass(frozen=True)
class Earlier:
    """The published build, as far as the next one may rest on it.

    Attributes
    ----------
    build_id : str
    as_of : date
        Its latest snapshot.
    definition : str
        The definition it was built with, as JSON.
    snapshots : mapping of date to bool
        Each with whether its window is full.
    filters : frozenset of (int, str)
        The values each filter offers.
    versions : mapping of str to str
        The version of each segmentation.
    features, metrics : mapping of str to Feature, to Metric
        What it computed, and how.
    ledger : tuple of Entry
        The files and queries it read.
    days : DataFrame
        Its transactions by day; see `sources.read_days`.
    margin_rate : str
        What lines without a margin were taken to bring; empty where no margin is known.
    software : str
        Version of segmodel.
    is_waiting : bool
        Whether transactions were set aside that are in order once their day has come.
    """

    build_id: str
    as_of: datetime.date
    definition: str
    snapshots: Mapping[datetime.date, bool]
    filters: frozenset[tuple[int, str]]
    versions: Mapping[str, str]
    features: Mapping[str, Feature]
    metrics: Mapping[str, Metric]
    ledger: tuple[Entry, ...]
    days: pd.DataFrame
    margin_rate: str
    software: str
    is_waiting: bool


def read_earlier(published: PublishedBuild) -> Earlier:
    """Read what a refresh needs of a published build."""
    engine, info = published.engine, published.info()
    ((software, rate),) = engine.rows("SELECT software, margin_rate FROM refresh_basis")
    return Earlier(
        build_id=published.build_id,
        as_of=info["as_of"],
        definition=info["definition"],
        snapshots=dict(engine.rows("SELECT snapshot, is_window_complete FROM snapshots")),
        filters=frozenset(engine.rows("SELECT position, value FROM filters")),
        versions=dict(engine.rows("SELECT name, version FROM segmentations")),
        features=features_in(published.features()),
        metrics=metrics_in(published.metrics()),
        ledger=read_ledger(engine),
        days=read_days(engine),
        margin_rate=rate,
        software=software,
        is_waiting=bool(
            engine.value(f"SELECT count(*) FROM quarantine WHERE table_name = 'transactions' AND rule = '{FUTURE}'")
        ),
    )


def store_basis(engine: Engine) -> None:
    """Create table `refresh_basis`: what a refresh holds against what it finds, beside the ledger and the days."""
    row = {"software": segmodel.__version__, "margin_rate": rate_text(engine)}
    store_table(engine, "refresh_basis", pd.DataFrame([row]))


def rate_text(engine: Engine) -> str:
    """Return what lines without a margin are taken to bring, as features use it; empty where no margin is known."""
    rate = margin_rate(engine)
    return "" if rate is None else f"{rate:.6f}"
