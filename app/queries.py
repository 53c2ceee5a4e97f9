"""The only cached reads, and the only file that opens the store.

Caches are keyed on small things: the workspace folder, the build id and names. A new build has a new id,
so it is seen at the next run of the script; nothing has to be cleared or restarted.
"""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from app import access
from segmodel import formats, priorities, warehouse
from segmodel.charts import Event
from segmodel.clustering import shown_model
from segmodel.council import Council, Writings
from segmodel.crosswalk import Crosswalk, Pair
from segmodel.crosswalk import disagreeing as _disagreeing
from segmodel.definition import FILE_NAME
from segmodel.drift import Flows, flows_between
from segmodel.drift import movers as _movers
from segmodel.features import Feature
from segmodel.metrics import METRICS, Metric, features_in, metrics_in
from segmodel.metrics.facts import prepared
from segmodel.personas import Fact, Persona, Trait
from segmodel.personas import difference_of as _difference_of
from segmodel.reports import all_voices, segment_quotas
from segmodel.reports import personas as _personas
from segmodel.reports.briefs import brief_facts as _brief_facts
from segmodel.reports.pack import Pack, pack_pdf, pack_pptx
from segmodel.reports.pack import council_pack as _council_pack
from segmodel.store import BuildInfo, PublishedBuild
from segmodel.typing_tool import Quotas
from segmodel.value import ResponseCurve, fit_responses
from segmodel.workspace import Workspace

FOLDER_VARIABLE = "SEGMODEL_WORKSPACE"
UPLOADS = "uploads"
_ENTRIES = 64
_HOUR = 3600
_MINUTE = 60
LEVEL = 0.95
"""Of every interval on a page."""


@dataclass(frozen=True)
class BuildKey:
    """One published build: what every cached read is keyed on."""

    folder: str
    build_id: str


@dataclass(frozen=True)
class About:
    """What a build says of itself."""

    name: str
    question: str
    currency: str
    value_word: str
    window: str
    as_of: dt.date
    built_at: dt.datetime
    minimum_group: int
    metrics: Mapping[str, Metric]


def home_folder() -> Path:
    """Return the folder the app serves."""
    return Path(os.environ.get(FOLDER_VARIABLE, "data/sample")).resolve()


def uploaded() -> tuple[str, ...]:
    """Return the names of the workspaces made from uploads; a name from a link must be one of them."""
    folder = home_folder() / UPLOADS
    if not folder.is_dir():
        return ()
    return tuple(sorted(path.parent.name for path in folder.glob("*/segmentation.toml")))


def workspace_titles() -> dict[str, str]:
    """Return what each workspace is called, by its name in links; the served one has an empty name.

    Two that are called the same are told apart by their folders.
    """
    folders = {"": home_folder(), **{slug: home_folder() / UPLOADS / slug for slug in uploaded()}}
    titles = {slug: _title(folder) for slug, folder in folders.items()}
    often = {title for title, count in Counter(titles.values()).items() if count > 1}
    return {slug: f"{title} ({folders[slug].name})" if title in often else title for slug, title in titles.items()}


def _title(folder: Path) -> str:
    try:
        changed_at = (folder / FILE_NAME).stat().st_mtime_ns
    except OSError:
        return folder.name
    return _defined_name(str(folder), changed_at) or folder.name


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def _defined_name(folder: str, changed_at: int) -> str:  # noqa: ARG001 - a definition that changed is read again
    try:
        name = tomllib.loads((Path(folder) / FILE_NAME).read_text(encoding="utf-8")).get("name")
    except (OSError, ValueError):
        return ""
    return " ".join(name.split()) if isinstance(name, str) else ""


def folder_of(workspace: str) -> Path:
    """Return the folder of a workspace: the served one for an empty name, else one of `uploaded`."""
    return home_folder() / UPLOADS / workspace if workspace in uploaded() else home_folder()


def current_build(folder: Path) -> BuildKey | None:
    """Return the published build of a workspace, or None before the first. Not cached: one small file."""
    build_id = Workspace(folder).current()
    return None if build_id is None else BuildKey(str(folder), build_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def _published(key: BuildKey) -> PublishedBuild:
    return Workspace(Path(key.folder)).open(key.build_id)


def published(key: BuildKey) -> PublishedBuild:
    """Return the open build, for what is not kept in a cache.

    Raises
    ------
    AccessError
        Below the role analyst.
    """
    access.require(access.Role.ANALYST)
    return _published(key)


def close_builds() -> None:
    """Let go of the open builds, so that the disk gets back the room of removed ones; the others open again."""
    _published.clear()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def about(key: BuildKey) -> About:
    """Return what the build says of itself."""
    info = _published(key).info()
    return About(
        name=str(info["name"]),
        question=str(info["question"] or ""),
        currency=str(info["currency"]),
        value_word=str(info["value_basis"]),
        window=formats.window_words(str(info["window_months"])),
        as_of=pd.Timestamp(info["as_of"]).date(),
        built_at=pd.Timestamp(info["built_at"]).to_pydatetime(),
        minimum_group=int(info["minimum_group"]),
        # pages know metrics the build may be too old for: those are shown as not known
        metrics=METRICS | metrics(key),
    )


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def segmentations(key: BuildKey) -> pd.DataFrame:
    """Return one row a segmentation, without the fitted model itself."""
    return _published(key).segmentations().drop(columns="model")


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def model_text(key: BuildKey, segmentation: str) -> str:
    """Return the fitted model of a segmentation as JSON, for a page to tell of; see `model_file`."""
    frame = _published(key).segmentations()
    # builds made by earlier versions hold the model with all it says
    return shown_model(str(frame.loc[frame["name"] == segmentation, "model"].iloc[0]), about(key).minimum_group)


def model_file(key: BuildKey, segmentation: str) -> str:
    """Return the fitted model of a segmentation as JSON, to be taken away.

    Raises
    ------
    AccessError
        Below the role analyst.
    """
    access.require(access.Role.ANALYST)
    return model_text(key, segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def segments(key: BuildKey, segmentation: str) -> pd.DataFrame:
    """Return the segments of a segmentation in their fixed order."""
    return _published(key).segments(segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def snapshots(key: BuildKey) -> tuple[dt.date, ...]:
    """Return the snapshots, latest first."""
    return tuple(sorted(_published(key).snapshots(), reverse=True))


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def unfilled_windows(key: BuildKey) -> dict[dt.date, str]:
    """Return the snapshots whose window the data do not fill, each with what they fill: `3 of 12 months`."""
    published = _published(key)
    details = published.snapshot_details()
    first = pd.Timestamp(published.transaction_totals()["first_at"])
    window = str(published.info()["window_months"])
    days = pd.to_datetime(details.loc[~details["is_window_complete"].astype(bool), "snapshot"])
    return {day.date(): formats.months_filled((day - first).days, int(window)) for day in days}


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def data_start(key: BuildKey, snapshot: dt.date) -> dt.date | None:
    """Return the day the data start where they do not fill the window of a snapshot, else None."""
    return _published(key).data_start(snapshot)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def comparable_snapshots(key: BuildKey) -> frozenset[dt.date]:
    """Return the snapshots whose window the data fill: only these can be compared with each other."""
    details = _published(key).snapshot_details()
    return frozenset(pd.to_datetime(details.loc[details["is_window_complete"], "snapshot"]).dt.date)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def filters(key: BuildKey) -> pd.DataFrame:
    """Return the filters and their values."""
    return _published(key).filters()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def segment_metrics(key: BuildKey, segmentation: str, chosen: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return the metrics of every segment at every snapshot, for one choice of filter values."""
    found = prepared(_published(key).segment_metrics(segmentation, chosen))
    return found.reindex(columns=[*found.columns, *(name for name in METRICS if name not in found.columns)])


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def profiles(key: BuildKey, segmentation: str) -> pd.DataFrame:
    """Return what sets each segment apart, at the latest snapshot."""
    return _published(key).profiles(segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def personas(key: BuildKey, segmentation: str) -> tuple[Persona, ...]:
    """Return what is measured of every segment and said by its customers, with every quote there is to choose from."""
    published = _published(key)
    return _personas(published, segmentation, voices=all_voices(published, segmentation))


@st.cache_data(max_entries=_ENTRIES, ttl=_MINUTE, show_spinner=False)
def council_pack(key: BuildKey, segmentation: str, who: str) -> Pack:
    """Return the council pack; kept for a minute, as people write meanwhile.

    Raises
    ------
    CouncilError
        When the council's record cannot be read.
    """
    folder = Path(key.folder)
    return _council_pack(_published(key), Council(folder), Writings(folder), who, segmentation)


def council_pack_file(key: BuildKey, segmentation: str, who: str, kind: str) -> bytes:
    """Return the council pack as a file, `pptx` or `pdf`, as of now."""
    council_pack.clear(key, segmentation, who)
    pack = council_pack(key, segmentation, who)
    return pack_pptx(pack) if kind == "pptx" else pack_pdf(pack)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def difference_of(key: BuildKey, segmentation: str, segment: str, other: str) -> tuple[Trait, ...]:
    """Return what sets one segment apart from another, the strongest first."""
    return _difference_of(_published(key), segmentation, segment, other)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def opportunities(key: BuildKey, segmentation: str) -> pd.DataFrame:
    """Return how important each need is and how satisfied people are, by segment; empty where that is not told."""
    return _published(key).opportunities(segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def market(key: BuildKey, segmentation: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the market, and by segment who buys its categories; each empty where that is not told."""
    return _published(key).market(segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def features(key: BuildKey) -> dict[str, Feature]:
    """Return the features computed in a build, as they were defined then."""
    return features_in(_published(key).features())


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def metrics(key: BuildKey) -> dict[str, Metric]:
    """Return the metrics of a build, as they were defined then."""
    return metrics_in(_published(key).metrics())


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def value_model(key: BuildKey) -> dict[str, Any]:
    """Return how lifetime value was forecast, how the forecast did in a holdout, and whether it is shown."""
    return _published(key).value_model()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def value_holdout(key: BuildKey) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return forecast and actual purchases in the holdout, by frequency and by week."""
    return _published(key).value_holdout(), _published(key).value_weeks()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def value_spread(key: BuildKey) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """Return who holds the value: the figures, the curve and the deciles."""
    published = _published(key)
    return published.value_concentration(), published.value_curve(), published.value_deciles()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def segment_value(key: BuildKey, segmentation: str) -> pd.DataFrame:
    """Return lifetime value, churn risk and who may leave, a row a segment (`''`: all)."""
    return _published(key).segment_value(segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def segment_reach(key: BuildKey, segmentation: str) -> pd.DataFrame:
    """Return how many customers of each segment (`''`: all) consented and can be matched; small groups hidden."""
    return _published(key).segment_reach(segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def churn_check(key: BuildKey) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return how well churn risk was learnt from a label, and its calibration; empty without a label."""
    return _published(key).churn_check()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def value_separation(key: BuildKey, segmentation: str) -> dict[str, Any]:
    """Return how much of the variance of value lies between the segments."""
    return _published(key).value_separation(segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def budget(key: BuildKey, segmentation: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return spend by segment and month, what segments brought in by month, and spend that names none of them."""
    published = _published(key)
    return (
        published.segment_spend(segmentation),
        published.segment_months(segmentation),
        published.spend_notes(segmentation),
    )


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def responses(key: BuildKey, segmentation: str) -> dict[str, ResponseCurve]:
    """Return how the value of each segment answers to spend, or why nobody can tell."""
    spend, months, _ = budget(key, segmentation)
    if spend.empty:
        return {}
    known = segments(key, segmentation)
    return fit_responses(spend, months, zip(known["segment"], known["name"], strict=True), level=LEVEL)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def migration(key: BuildKey, segmentation: str, before: dt.date, after: dt.date) -> Flows:
    """Return who went where between two snapshots, small groups hidden."""
    return flows_between(_published(key), segmentation, before, after)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def migration_history(
    key: BuildKey, segmentation: str
) -> tuple[pd.DataFrame, tuple[pd.DataFrame, dict[str, Any]], dict[str, Any]]:
    """Return who stayed from date to date, sizes to expect with their check, and what a change of version did."""
    published = _published(key)
    forecast = published.migration_forecast(segmentation)
    return published.migration_retained(segmentation), forecast, published.rule_changes(segmentation)[1]


def movers(key: BuildKey, segmentation: str, before: dt.date, after: dt.date) -> pd.DataFrame:
    """Return the customers who changed segment between two snapshots, came or went: a list of people, not cached.

    Raises
    ------
    AccessError
        Below the role analyst.
    """
    access.require(access.Role.ANALYST)
    return _movers(_published(key), segmentation, before, after)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def crosswalk(key: BuildKey) -> Crosswalk:
    """Return every segmentation of a build beside every other.

    Raises
    ------
    StoreError
        When the build is older than the comparison.
    """
    return Crosswalk.of(_published(key))


def disagreeing(key: BuildKey, pair: Pair) -> pd.DataFrame:
    """Return who is in segments of two segmentations that seldom go together: a list of people, not cached.

    Raises
    ------
    AccessError
        Below the role analyst.
    """
    access.require(access.Role.ANALYST)
    return _disagreeing(_published(key), pair)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def brief_facts(key: BuildKey, segmentation: str) -> dict[str, tuple[Fact, ...]]:
    """Return what a brief of each segment can lean on."""
    return {each.segment: _brief_facts(_published(key), each) for each in personas(key, segmentation)}


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def segment_facts(key: BuildKey, segmentation: str) -> pd.DataFrame:
    """Return what is measured of each segment for a council to score by."""
    return priorities.segment_facts(_published(key), segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def interview_quotas(key: BuildKey, segmentation: str, n: int, minimum: int) -> Quotas:
    """Return how many of each segment to interview."""
    return segment_quotas(_published(key), segmentation, n, minimum)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def events(key: BuildKey) -> tuple[Event, ...]:
    """Return what happened, as charts over time mark it."""
    rows = _published(key).events().to_dict("records")
    return tuple(Event(pd.Timestamp(row["happened_on"]).date(), str(row["label"])) for row in rows)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def drift(key: BuildKey, segmentation: str) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """Return whether a segmentation is still true: the summary, a row a segment with its name, a row a reason."""
    published = _published(key)
    summary = published.drift_summary().set_index("segmentation").loc[segmentation].to_dict()
    verdicts = segments(key, segmentation).merge(published.drift_verdicts(segmentation), on="segment")
    return summary, verdicts, published.drift_reasons(segmentation)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def drift_details(key: BuildKey, segmentation: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return drift by snapshot, segment and feature; months against what was expected; and indicators from outside."""
    published = _published(key)
    return (
        published.drift_features(segmentation),
        published.drift_months(segmentation),
        published.drift_outside(segmentation),
    )


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def reconciliation(key: BuildKey) -> pd.DataFrame:
    """Return one row a table and source: read, accepted, quarantined."""
    return _published(key).reconciliation()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def quarantine_reasons(key: BuildKey) -> pd.DataFrame:
    """Return how many rows each rule sent to quarantine."""
    return _published(key).quarantine_reasons()


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def transaction_totals(key: BuildKey) -> dict[str, object]:
    """Return what the accepted transactions come to."""
    return _published(key).transaction_totals()


def quarantine_examples(key: BuildKey, table_name: str, rule: str) -> pd.DataFrame:
    """Return example rows of a rule, raw as they came; they may name people, so not for everyone.

    Raises
    ------
    AccessError
        Below the role steward.
    """
    access.require(access.Role.STEWARD)
    return _published(key).quarantine_examples(table_name, rule, limit=20)


def builds(folder: Path) -> tuple[BuildInfo, ...]:
    """Return the builds kept, newest first. Each is opened to be listed: call only when shown.

    Raises
    ------
    AccessError
        Below the role steward.
    """
    access.require(access.Role.STEWARD)
    return Workspace(folder).builds.infos()


def roll_back(folder: Path, build_id: str) -> None:
    """Publish an earlier build again.

    Raises
    ------
    AccessError
        Below the role steward.
    StoreError
        When that build cannot be opened; the published one stays.
    """
    access.require(access.Role.STEWARD)
    Workspace(folder).rollback(build_id)


@st.cache_data(max_entries=_ENTRIES, ttl=_HOUR, show_spinner=False)
def warehouse_sql(key: BuildKey, segmentation: str, dialect: str) -> str:
    """Return a segmentation as SQL for a warehouse."""
    return warehouse.warehouse_sql(_published(key), segmentation, dialect)
