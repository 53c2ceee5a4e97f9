"""Which alerts a build gives: segments that no longer fit, reviews that are due, changes people asked for, bad data."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from urllib.parse import urlencode

import pandas as pd

from segmodel.alerts.alert import Alert, Severity
from segmodel.definition import AlertRule, Definition
from segmodel.drift import VERDICT_WORDS, worst
from segmodel.errors import DefinitionError, did_you_mean
from segmodel.features import months_before
from segmodel.formats import called, change, counted, month, quantity, share
from segmodel.metrics import METRICS
from segmodel.store import PublishedBuild

BUILD_FAILED = "build/failed"


def alerts_of(published: PublishedBuild, definition: Definition) -> tuple[Alert, ...]:
    """Return everything somebody should know of a build.

    Parameters
    ----------
    published : PublishedBuild
    definition : Definition
        Says where the dashboard is, and which changes people want to be told of.

    Raises
    ------
    DefinitionError
        When a rule names a metric, a segmentation or a segment that is not there.
    """
    rules = _Rules(published, definition)
    return (*rules.drift(), *rules.changes(), *rules.quarantine())


def failed_build(message: str, definition: Definition | None) -> Alert:
    """Return the alert of a build or refresh that could not be made; the published build goes on serving."""
    base = definition.alerts.dashboard.rstrip("/") if definition else ""
    # the first paragraph says what is wrong; what follows may list many problems
    evidence = message.strip().split("\n\n", maxsplit=1)[0][:1000]
    return Alert(
        key=BUILD_FAILED,
        severity="error",
        title="The last refresh failed; the build before it is still shown",
        evidence=evidence,
        link=f"{base}/data",
    )


class _Rules:
    """What all alerts of one build share."""

    def __init__(self, published: PublishedBuild, definition: Definition) -> None:
        self._published = published
        self._definition = definition
        info = published.info()
        self._as_of: dt.date = info["as_of"]
        self._currency = str(info["currency"])
        self._names = [str(name) for name in published.segmentations()["name"]]

    def drift(self) -> Iterator[Alert]:
        """Return segments that need a look or no longer fit, segmentations not found again, and reviews due."""
        for row in self._published.drift_summary().to_dict("records"):
            name = str(row["segmentation"])
            yield from self._segments(name)
            if row["refit_differs"]:
                text = (
                    f"Fits to samples of today’s customers agree by {row['refit_now']:.2f} with the segments in use "
                    f"(adjusted Rand index), those of {month(pd.Timestamp(row['reference']).date())} by "
                    f"{row['refit_then']:.2f}."
                )
                yield self._alert(f"refit/{name}", "unfit", f"{name}: found anew, segments would be others", text, name)
            due = pd.Timestamp(row["review_due"]).date()
            if due < self._as_of:
                text = f"It was due in {month(due)}, and the data go on to {month(self._as_of)}."
                yield self._alert(f"review/{name}", "watch", f"{name}: a review is overdue", text, name)

    def changes(self) -> Iterator[Alert]:
        """Return the changes that rules of the definition ask for."""
        for place, rule in enumerate(self._definition.alerts.rule, start=1):
            yield from self._change(rule, f"alerts.rule.{place}")

    def quarantine(self) -> Iterator[Alert]:
        """Return tables that lost more rows to quarantine than the definition lets pass."""
        rows = self._published.reconciliation().groupby("table_name")[["rows_read", "rows_quarantined"]].sum()
        for table, row in rows.iterrows():
            read, lost = int(row["rows_read"]), int(row["rows_quarantined"])
            if read and lost / read >= self._definition.alerts.quarantined_from:
                text = f"{counted(lost, 'row')} of {read:,} read are in quarantine, each with its reason."
                title = f"{share(lost / read)} of the rows of {table} are left out"
                yield self._alert(f"quarantine/{table}", "watch", title, text, page="data")

    def _segments(self, name: str) -> Iterator[Alert]:
        names = self._published.segments(name).set_index("segment")["name"]
        reasons = self._published.drift_reasons(name).sort_values("place")
        for row in self._published.drift_verdicts(name).to_dict("records"):
            if worst([row["verdict"]]) not in {"watch", "unfit"}:
                continue
            segment = str(row["segment"])
            evidence = " ".join(reasons.loc[reasons["segment"] == segment, "text"])
            title = f"{called(str(names[segment]))}: {VERDICT_WORDS[row['verdict']].lower()}"
            yield self._alert(f"drift/{name}/{segment}", row["verdict"], title, evidence, name, segment, "drift")

    def _change(self, rule: AlertRule, where: str) -> Iterator[Alert]:
        name = rule.segmentation or self._definition.primary or self._names[0]
        if name not in self._names:
            raise DefinitionError(f"{where}: there is no segmentation '{name}'.{did_you_mean(name, self._names)}")
        if rule.metric not in METRICS:
            raise DefinitionError(f"{where}: there is no metric '{rule.metric}'.{did_you_mean(rule.metric, METRICS)}")
        names = {str(row["segment"]): str(row["name"]) for row in self._published.segments(name).to_dict("records")}
        if rule.segment is not None and rule.segment not in names:
            raise DefinitionError(
                f"{where}: there is no segment '{rule.segment}' in {name}; there are {', '.join(names)}."
            )
        metrics = self._published.segment_metrics(name)
        metrics = metrics.assign(snapshot=pd.to_datetime(metrics["snapshot"]))
        before = self._snapshot_before(rule, metrics)
        if before is None:
            return
        now, then = (
            {str(row["segment"]): row for row in metrics[metrics["snapshot"] == day].to_dict("records")}
            for day in (metrics["snapshot"].max(), before)
        )
        for segment in [rule.segment] if rule.segment else names:
            if segment not in now or segment not in then:
                continue
            first, last, base = (
                float(row) if pd.notna(row) else math.nan
                for row in (then[segment][rule.metric], now[segment][rule.metric], then[segment]["customers"])
            )
            # NaN compares as false: what is hidden or not known gives no alert
            if base >= rule.minimum_base and first > 0 and _is_asked_for(rule, last / first - 1):
                yield self._changed(rule, name, segment, names[segment], (first, last, base), before)

    def _changed(
        self,
        rule: AlertRule,
        name: str,
        segment: str,
        called_by: str,
        amounts: tuple[float, float, float],
        before: pd.Timestamp,
    ) -> Alert:
        first, last, base = amounts
        metric = METRICS[rule.metric]
        words = [quantity(amount, metric.unit, self._currency) for amount in (first, last)]
        text = (
            f"{metric.label} went from {words[0]} in {month(before.date())} to {words[1]}; the segment had "
            f"{base:,.0f} customers then. Asked for: {rule.change} against the {rule.against}."
        )
        title = f"{called(called_by)}: {metric.label.lower()} {change(last / first - 1)}"
        key = f"change/{name}/{segment}/{rule.metric}/{rule.change}/{rule.against.replace(' ', '-')}"
        return self._alert(key, "watch", title, text, name, segment, "segments")

    def _snapshot_before(self, rule: AlertRule, metrics: pd.DataFrame) -> pd.Timestamp | None:
        """Return the snapshot a rule compares with, where there is one whose window is filled."""
        details = self._published.snapshot_details()
        filled = set(pd.to_datetime(details.loc[details["is_window_complete"].astype(bool), "snapshot"]))
        days = sorted(day for day in metrics["snapshot"].unique() if pd.Timestamp(day) in filled)
        earlier = [pd.Timestamp(day) for day in days if pd.Timestamp(day) < metrics["snapshot"].max()]
        if rule.against == "previous month":
            return earlier[-1] if earlier else None
        year_ago = pd.Timestamp(months_before(self._as_of, 12))
        return year_ago if year_ago in earlier else None

    def _alert(
        self,
        key: str,
        severity: Severity,
        title: str,
        evidence: str,
        segmentation: str = "",
        segment: str = "",
        page: str = "drift",
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
        )


def _is_asked_for(rule: AlertRule, ratio: float) -> bool:
    """Say whether a relative change is as large as a rule asks for, and in its direction."""
    is_large = abs(ratio) >= rule.share
    return is_large and (rule.change[0] not in "+-" or (ratio < 0) == (rule.change[0] == "-"))
