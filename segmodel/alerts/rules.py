"""Which alerts a build gives: segments that no longer fit, reviews that are due, changes people asked for, bad data."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from urllib.parse import urlencode

import pandas as pd

from segmodel.alerts.alert import Alert, Severity
from segmodel.alerts.findings import BUILD_FAILED, Findings
from segmodel.definition import FOUND_METHODS, AlertRule, Alerts, Definition
from segmodel.drift import VERDICT_WORDS
from segmodel.errors import DefinitionError, did_you_mean
from segmodel.features import months_before
from segmodel.formats import called, change, counted, month, quantity, share
from segmodel.metrics import METRICS
from segmodel.store import PublishedBuild


def look_at(published: PublishedBuild, definition: Definition) -> Findings:
    """Look for everything somebody should know of a build.

    A rule of the definition that names what is not there is among the faults, and the others are followed.

    Parameters
    ----------
    published : PublishedBuild
    definition : Definition
        Says where the dashboard is, and which changes people want to be told of.
    """
    rules = _Rules(published, definition)
    alerts = (*rules.drift(), *rules.changes(), *rules.quarantine())
    return Findings(
        alerts,
        frozenset(rules.checked),
        frozenset(rules.unknown),
        rules.segments(),
        tuple(rules.faults),
        published.build_id,
    )


def failed_build(message: str, alerts: Alerts, build_id: str | None) -> Alert:
    """Return the alert of a build or refresh that could not be made; the published build goes on serving.

    Parameters
    ----------
    message : str
        What went wrong.
    alerts : Alerts
        Says where the dashboard is.
    build_id : str or None
        The published build, if there is one.
    """
    # the first paragraph says what is wrong; what follows may list many problems
    evidence = message.strip().split("\n\n", maxsplit=1)[0][:1000]
    return Alert(
        key=BUILD_FAILED,
        severity="error",
        title="The last refresh failed; the build before it is still shown",
        evidence=evidence,
        link=f"{alerts.dashboard.rstrip('/')}/data",
        build_id=build_id or "",
    )


class _Rules:
    """What all alerts of one build share; while they are looked for it notes what was checked and what could not be."""

    def __init__(self, published: PublishedBuild, definition: Definition) -> None:
        self._published = published
        self._definition = definition
        info = published.info()
        self._as_of: dt.date = info["as_of"]
        self._currency = str(info["currency"])
        self._methods = {str(row["name"]): str(row["method"]) for row in published.segmentations().to_dict("records")}
        self._names: dict[str, dict[str, str]] = {
            name: {str(row["segment"]): str(row["name"]) for row in published.segments(name).to_dict("records")}
            for name in self._methods
        }
        self.checked: set[str] = set()
        self.unknown: set[str] = set()
        self.faults: list[str] = []

    def segments(self) -> dict[str, frozenset[str]]:
        """Return the ids of the segments of each segmentation."""
        return {name: frozenset(names) for name, names in self._names.items()}

    def drift(self) -> Iterator[Alert]:
        """Return segments that need a look or no longer fit, segmentations not found again, and reviews due."""
        for row in self._published.drift_summary().to_dict("records"):
            name = str(row["segmentation"])
            yield from self._segments(name)
            if pd.notna(row["refit_now"]):
                self.checked.add(f"refit/{name}")
            elif self._methods.get(name) in FOUND_METHODS:
                self.unknown.add(f"refit/{name}")
            if row["refit_differs"]:
                text = (
                    f"Fits to samples of today’s customers agree by {row['refit_now']:.2f} with the segments in use "
                    f"(adjusted Rand index), those of {month(pd.Timestamp(row['reference']).date())} by "
                    f"{row['refit_then']:.2f}."
                )
                yield self._alert(f"refit/{name}", "unfit", f"{name}: found anew, segments would be others", text, name)
            self.checked.add(f"review/{name}")
            due = pd.Timestamp(row["review_due"]).date()
            if due < self._as_of:
                text = f"It was due in {month(due)}, and the data go on to {month(self._as_of)}."
                yield self._alert(f"review/{name}", "watch", f"{name}: a review is overdue", text, name)

    def changes(self) -> Iterator[Alert]:
        """Return the changes that rules of the definition ask for."""
        for place, rule in enumerate(self._definition.alerts.rule, start=1):
            try:
                yield from self._change(rule)
            except DefinitionError as error:
                self.faults.append(f"alerts.rule.{place}: {error}")

    def quarantine(self) -> Iterator[Alert]:
        """Return tables that lost more rows to quarantine than the definition lets pass."""
        rows = self._published.reconciliation().groupby("table_name")[["rows_read", "rows_quarantined"]].sum()
        for table, row in rows.iterrows():
            read, lost = int(row["rows_read"]), int(row["rows_quarantined"])
            key = f"quarantine/{table}"
            (self.checked if read else self.unknown).add(key)
            if read and lost / read >= self._definition.alerts.quarantined_from:
                text = f"{counted(lost, 'row')} of {read:,} read are in quarantine, each with its reason."
                title = f"{share(lost / read)} of the rows of {table} are left out"
                yield self._alert(key, "watch", title, text, page="data", amount=-lost / read)

    def _segments(self, name: str) -> Iterator[Alert]:
        reasons = self._published.drift_reasons(name).sort_values("place")
        verdicts = {row["segment"]: row["verdict"] for row in self._published.drift_verdicts(name).to_dict("records")}
        for segment, called_by in self._names[name].items():
            verdict = verdicts.get(segment, "untested")
            key = f"drift/{name}/{segment}"
            (self.unknown if verdict == "untested" else self.checked).add(key)
            if verdict in {"watch", "unfit"}:
                evidence = " ".join(reasons.loc[reasons["segment"] == segment, "text"])
                title = f"{called(called_by)}: {VERDICT_WORDS[verdict].lower()}"
                yield self._alert(key, verdict, title, evidence, name, segment)

    def _change(self, rule: AlertRule) -> Iterator[Alert]:
        name = rule.segmentation or self._definition.primary or next(iter(self._names))
        if name not in self._names:
            raise DefinitionError(f"there is no segmentation '{name}'.{did_you_mean(name, self._names)}")
        if rule.metric not in METRICS:
            raise DefinitionError(f"there is no metric '{rule.metric}'.{did_you_mean(rule.metric, METRICS)}")
        names = self._names[name]
        if rule.segment is not None and rule.segment not in names:
            raise DefinitionError(f"there is no segment '{rule.segment}' in {name}; there are {', '.join(names)}.")
        asked = [rule.segment] if rule.segment else list(names)
        against = rule.against.replace(" ", "-")
        keys = {segment: f"change/{name}/{segment}/{rule.metric}/{rule.change}/{against}" for segment in asked}
        self.unknown |= set(keys.values())
        metrics = self._published.segment_metrics(name)
        if rule.metric not in metrics:
            raise DefinitionError(f"the published build does not have the metric '{rule.metric}'; build it anew.")
        days = self._compared(rule)
        if days is None:
            return
        metrics = metrics.assign(snapshot=pd.to_datetime(metrics["snapshot"]).dt.date)
        then, now = (
            {str(row["segment"]): row for row in metrics[metrics["snapshot"] == day].to_dict("records")} for day in days
        )
        for segment, key in keys.items():
            if segment not in now or segment not in then:
                continue
            first, last, base = (
                float(row) if pd.notna(row) else math.nan
                for row in (then[segment][rule.metric], now[segment][rule.metric], then[segment]["customers"])
            )
            # NaN compares as false: what is hidden or not known gives no alert, and ends none
            if not (base >= rule.minimum_base and first > 0 and not math.isnan(last)):
                continue
            self.unknown.discard(key)
            self.checked.add(key)
            if _is_asked_for(rule, last / first - 1):
                yield self._changed(rule, key, name, segment, (first, last, base), days)

    def _changed(
        self,
        rule: AlertRule,
        key: str,
        name: str,
        segment: str,
        amounts: tuple[float, float, float],
        days: tuple[dt.date, dt.date],
    ) -> Alert:
        first, last, base = amounts
        metric = METRICS[rule.metric]
        words = [quantity(amount, metric.unit, self._currency) for amount in (first, last)]
        text = (
            f"{metric.label} went from {words[0]} in {month(days[0])} to {words[1]} in {month(days[1])}; the segment "
            f"had {base:,.0f} customers then. Asked for: {rule.change} against the {rule.against}."
        )
        ratio = last / first - 1
        title = f"{called(self._names[name][segment])}: {metric.label.lower()} {change(ratio)}"
        told_of = f"{days[1]:%Y-%m}" if rule.against == "previous month" else ""
        return self._alert(key, "watch", title, text, name, segment, "segments", ratio, told_of)

    def _compared(self, rule: AlertRule) -> tuple[dt.date, dt.date] | None:
        """Return the two snapshots a rule compares, where both are there and their windows are filled.

        Months are compared at their ends. Between two ends there are only days: the latest, and those on which segments
        were found.
        """
        details = self._published.snapshot_details()
        details = details.assign(day=pd.to_datetime(details["snapshot"]).dt.date)
        filled = set(details.loc[details["is_window_complete"].astype(bool), "day"])
        latest = self._as_of
        if rule.against == "previous month":
            ends = details.loc[details["is_month_end"].astype(bool), "day"]
            if ends.empty:
                return None
            latest = ends.max()
        before = months_before(latest, 1 if rule.against == "previous month" else 12)
        return (before, latest) if before in filled and latest in filled else None

    def _alert(
        self,
        key: str,
        severity: Severity,
        title: str,
        evidence: str,
        segmentation: str = "",
        segment: str = "",
        page: str = "drift",
        amount: float | None = None,
        told_of: str = "",
    ) -> Alert:
        given = {"segmentation": segmentation, "segment": segment}
        query = urlencode({name: value for name, value in given.items() if value})
        address = f"{self._definition.alerts.dashboard.rstrip('/')}/{page}"
        return Alert(
            key=key,
            severity=severity,
            title=title,
            evidence=evidence,
            link=f"{address}?{query}" if query else address,
            segmentation=segmentation,
            segment=segment,
            build_id=self._published.build_id,
            as_of=self._as_of,
            month=told_of,
            change=amount,
        )


def _is_asked_for(rule: AlertRule, ratio: float) -> bool:
    """Say whether a relative change is as large as a rule asks for, and in its direction."""
    is_large = abs(ratio) >= rule.share
    return is_large and (rule.change[0] not in "+-" or (ratio < 0) == (rule.change[0] == "-"))
