"""What the council is told: what changed, sizes and values, drift, priorities, personas and decisions due."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from segmodel import formats
from segmodel.council import Council, Writings
from segmodel.drift import VERDICT_WORDS
from segmodel.features import months_before
from segmodel.metrics import drift_findings, findings
from segmodel.metrics.facts import all_customers, at_snapshot, customers_shown
from segmodel.reports.drift import drift_document
from segmodel.reports.migration import migration_document
from segmodel.reports.pack.slide import Bars, Pack, Slide, Table
from segmodel.reports.priorities import priorities_document
from segmodel.reports.stories import ToldPersona, told_personas
from segmodel.reports.tables import CONFIDENTIAL
from segmodel.store import PublishedBuild

_YEAR = 12
_CUSTOMERS, _VALUE = "#B9B4AA", "#3C36B2"
"""Context is grey, the subject has the colour."""


def council_pack(
    published: PublishedBuild, council: Council, writings: Writings, who: str, segmentation: str | None = None
) -> Pack:
    """Return the pack of one segmentation.

    Parameters
    ----------
    published : PublishedBuild
    council : Council
        Scorings of priorities.
    writings : Writings
        Stories and quotes.
    who : str
        The person, with their role.
    segmentation : str, optional
        Default: the primary one.

    Raises
    ------
    StoreError
        When there is no such segmentation.
    CouncilError
        When the council's record cannot be read.
    """
    name = segmentation or published.primary_segmentation()
    facts = _Facts(published, name)
    told = told_personas(published, name, writings)
    drift = drift_document(published, name)["segmentations"][name]
    titles = {each.persona.name: each.persona.title for each in told}
    measured = [
        _what_changed(facts, drift),
        _sizes(facts),
        _table_of_sizes(facts),
        _drift(published, name, drift),
        *_migration(published, name, facts),
        _priorities(published, council, name),
    ]
    slides = [
        *(slide.renamed(titles) for slide in measured),
        *(_persona(each) for each in told),
        _decisions(facts, drift, told),
    ]
    info = published.info()
    count = "too few customers to show"
    if facts.customers is not None:
        count = formats.counted(round(facts.customers), "customer")
    footer = (
        f"{CONFIDENTIAL} · {info['name']}, build {published.build_id} · {facts.label} {facts.version} · {count} as of "
        f"{formats.day(facts.as_of)} · {who}"
    )
    subtitle = f"{facts.label}: the segments as of {formats.day(facts.as_of)}"
    return Pack(str(info["name"]), subtitle, footer, tuple(slides))


class _Facts:
    """What most slides need of a build."""

    def __init__(self, published: PublishedBuild, name: str) -> None:
        info = published.info()
        listed = published.segmentations().set_index("name").loc[name]
        metrics, segments = published.segment_metrics(name), published.segments(name)
        self.as_of: datetime.date = info["as_of"]
        self.label, self.version = str(listed["label"]), str(listed["version"])
        self.word, self.currency = str(info["value_basis"]), str(info["currency"])
        self.now = at_snapshot(metrics, segments, self.as_of)
        self.customers = customers_shown(metrics, self.as_of)
        self.total = all_customers(metrics, self.as_of).get("value")
        details = published.snapshot_details()
        full = set(pd.to_datetime(details.loc[details["is_window_complete"].astype(bool), "snapshot"]).dt.date)
        self.before = months_before(self.as_of, _YEAR)
        self.move = None
        self.is_compared = {self.before, self.as_of} <= full
        if self.is_compared:
            self.move = findings.largest_move(self.now, at_snapshot(metrics, segments, self.before))

    @property
    def since(self) -> datetime.date | None:
        """The earlier date, where the two can be compared."""
        return self.before if self.is_compared else None


def _shares(rows: pd.DataFrame, column: str) -> tuple[float | None, ...]:
    return tuple(None if pd.isna(value) else float(value) for value in rows[column])


def _what_changed(facts: _Facts, drift: Mapping[str, Any]) -> Slide:
    first, *more = findings.home_title(facts.now, facts.total, facts.move, facts.since, facts.word, facts.currency)
    return Slide(
        first.rstrip("."),
        lines=(*more, str(drift["sentence"])),
        note="Value is what customers of a segment brought in the window of the definition; refunds subtract.",
    )


def _sizes(facts: _Facts) -> Slide:
    shares = {"of customers": "customer_share", f"of {facts.word}": "value_share"}
    series = tuple((label, _shares(facts.now, column)) for label, column in shares.items())
    bars = Bars(tuple(facts.now["name"]), series, (_CUSTOMERS, _VALUE))
    note = "Shares of all scored customers and of their value. Small groups are hidden, and those that would tell them."
    return Slide(findings.gap_finding(facts.now, facts.word), bars=bars, note=note)


def _table_of_sizes(facts: _Facts) -> Slide:
    money = partial(formats.money, currency=facts.currency)
    rows = [
        (
            str(row["name"]),
            formats.shown(row["customers"], formats.number),
            _with_interval(row),
            formats.shown(row["value"], money),
            formats.shown(row["value_share"], formats.share),
            formats.shown(row["value_index"], formats.number),
            formats.shown(row["value_per_customer"], money),
        )
        for row in facts.now.to_dict("records")
    ]
    word = formats.sentence_case(facts.word)
    headings = ("Segment", "Customers", "Of customers, 95%", word, f"Of {facts.word}", "Index", f"{word} a customer")
    note = "Index: 100 × share of value ÷ share of customers. Intervals of shares are Wilson's (1927)."
    return Slide(findings.segments_finding(facts.now, facts.word), table=Table(headings, tuple(rows)), note=note)


def _with_interval(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["customer_share"]):
        return formats.HIDDEN
    ends = formats.share_range(row["customer_share_low"], row["customer_share_high"])
    return f"{formats.share(row['customer_share'])} ({ends})"


def _drift(published: PublishedBuild, name: str, drift: Mapping[str, Any]) -> Slide:
    verdicts = published.drift_verdicts(name)
    summaries = published.drift_summary().set_index("segmentation")
    summary = {str(key): value for key, value in summaries.loc[name].items()}
    title = drift_findings.drift_title(verdicts, published.drift_reasons(name), summary)
    rows = tuple(
        (
            str(each["name"]),
            drift_findings.verdict_text(each["verdict"], each["since"]),
            str(each["reasons"][0]["text"]) if each["reasons"] else str(each["note"]),
        )
        for each in drift["segments"]
    )
    note = (
        "Each segment is held against the day its version was fitted on. A call needs both: past noise, and past a "
        "size that matters; all calls are corrected for their number."
    )
    return Slide(title, table=Table(("Segment", "Verdict", "Gravest reason"), rows), note=note)


def _migration(published: PublishedBuild, name: str, facts: _Facts) -> list[Slide]:
    if facts.since is None:
        return []
    found = migration_document(published, name, facts.since, facts.as_of)
    money = partial(formats.money, currency=facts.currency)
    rows = tuple(
        (
            str(each["name"]),
            formats.shown(each["customers_before"], formats.number),
            formats.shown(each["retained_share"], formats.share),
            formats.share_range(each["retained_share_low"], each["retained_share_high"]),
            formats.shown(each["net_value"], money),
        )
        for each in found["segments"]
    )
    headings = ("Segment", f"Customers {formats.month(facts.since)}", "Stayed", "95% interval", "Net value")
    note = "All dates are scored by one version: who moved did something else than before."
    return [Slide(str(found["finding"]), table=Table(headings, rows), note=note)]


def _priorities(published: PublishedBuild, council: Council, name: str) -> Slide:
    found = priorities_document(published, council, name)
    ranked = sorted(found["segments"], key=lambda each: each["rank"] or len(found["segments"]) + 1)
    rows = tuple(
        (
            str(each["name"]),
            "win" if each["is_chosen"] else "not now",
            formats.number(each["attractiveness"], 1),
            formats.number(each["ability"], 1),
            _ranks(each),
            str(each["knocked_out"] or each["not_now"]),
        )
        for each in ranked
    )
    headings = ("Segment", "", "Attractive to us", "We to them", "Rank", "Why not now")
    note = "Criteria score 1 to 10; ranks are those under weights up to a fifth larger or smaller."
    lines = (str(found["note"]),) if found["note"] else ()
    return Slide(str(found["finding"]), lines=lines, table=Table(headings, rows), note=note)


def _ranks(each: Mapping[str, Any]) -> str:
    if each["rank"] is None:
        return formats.UNKNOWN
    low, high = each["rank_low"], each["rank_high"]
    return str(each["rank"]) if low == high else f"{each['rank']} ({low} to {high})"


def _persona(each: ToldPersona) -> Slide:
    persona, story = each.persona, each.persona.story
    verdict = {str(name): words for name, words in VERDICT_WORDS.items()}.get(persona.verdict, "Not tested yet")
    size = (
        "too few customers to say more"
        if persona.customers is None
        else f"{formats.share(persona.customer_share)} of customers, {formats.share(persona.value_share)} of "
        f"{persona.value_basis}"
    )
    # the sentence of the model tells of the day it was fitted on: only where nothing newer is known
    lines = [story.essence or ("" if persona.top_traits else persona.description)]
    for heading, items in (("Recognise them", story.cues), ("Do", story.dos), ("Don’t", story.donts)):
        if items:
            lines.append(f"{heading}: {'; '.join(items)}")
    if persona.voice and persona.voice.quotes:
        lines.append(f"“{persona.voice.quotes[0].text}”")
    lines += [*each.changed, f"Owner: {story.owner or 'nobody yet'}. {verdict}."]
    if persona.title != persona.name:
        lines.append(f"Its model calls it {formats.called(persona.name)}.")
    rows = tuple((trait.label, trait.against, f"n = {formats.number(trait.n)}") for trait in persona.top_traits)
    return Slide(
        f"{formats.isolated(persona.title)}: {size}",
        lines=tuple(line for line in lines if line),
        table=Table(("What sets them apart", "", ""), rows) if rows else None,
        note="Traits are differences from all other customers, past noise and of a size that matters.",
        colour=persona.colour,
    )


def _decisions(facts: _Facts, drift: Mapping[str, Any], told: Sequence[ToldPersona]) -> Slide:
    due = pd.Timestamp(drift["review_due"]).date()
    lines = [
        f"The review was due in {formats.month(due)}: keep the segments as they are, or fit them anew?"
        if due < facts.as_of
        else f"The next review is due in {formats.month(due)}."
    ]
    unfit = [each.persona.title for each in told if each.persona.verdict == "unfit"]
    if unfit:
        lines.append(f"{formats.listed(unfit)} no longer {'fits' if len(unfit) == 1 else 'fit'}: compare a challenger?")
    without = [each.persona.title for each in told if not each.persona.story.owner]
    if without:
        lines.append(f"Nobody owns {formats.listed(without)}: who does?")
    stale = [each.persona.title for each in told if each.changed]
    if stale:
        lines.append(f"Facts under the story of {formats.listed(stale)} have changed: rewrite it?")
    asked = len(lines) - (due >= facts.as_of)
    title = f"{formats.sentence_case(formats.counted(asked, 'decision'))} due" if asked else "Nothing to decide today"
    note = "Decisions go into the council's record, with the evidence as it stands."
    return Slide(title, lines=tuple(lines), note=note)
