"""Findings about migration: sentences computed from flows, true for any data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from segmodel import formats
from segmodel.drift import LOST, Flows
from segmodel.features import months_before
from segmodel.formats import called
from segmodel.metrics.findings import Step

_STEPS = 3
_YEAR = 12
_ENOUGH = 2 / 3
"""Of a series that must not be hidden for it to be drawn."""


def migration_finding(flows: Flows, currency: str) -> str:
    """Return the title of page Migration: the segment that lost most value to another, who stayed and who went where.

    Parameters
    ----------
    flows : Flows
    currency : str
        Code of the definition's currency.
    """
    when = earlier(flows.before, flows.after)
    row = most_taken(flows)
    if row is None:
        return _without_a_move(flows, when)
    who = f"Of {formats.number(row['customers_before'])} {called(str(row['name']))} {when}"
    stayed = "" if pd.isna(row["retained_share"]) else f"{formats.share(row['retained_share'])} stayed; "
    went = _went(flows, str(row["next_segment"]))
    taken = formats.money(row["taken"], currency)
    with_them = f", taking {taken} with them" if row["taken"] > 0 else ""
    return f"{who}, {stayed}{formats.share(row['next_share'])} {went}{with_them}"


def most_taken(flows: Flows) -> pd.Series | None:
    """Return the segment of which one move took most value, with `taken`: None where no move is told."""
    values = flows.cells.set_index(["segment_before", "segment_after"])["value_before"].astype("float64")
    rows = flows.segments[flows.segments["next_segment"] != ""]
    if rows.empty:
        return None
    keys = list(zip(rows["segment"], rows["next_segment"], strict=True))
    taken = rows.assign(taken=[float(values[key]) for key in keys])
    return taken.sort_values(["taken", "next_customers"], ascending=False, kind="stable").iloc[0]


def moved_finding(flows: Flows, currency: str) -> str:
    """Return how many changed segment, what they were worth, and how many came, in a sentence without its stop."""
    totals = flows.totals
    since = f"between {formats.day(flows.before)} and {formats.day(flows.after)}"
    new = "" if not totals["new"] else f"; {formats.number(totals['new'])} were new"
    lost = "" if not totals["lost"] else f"; {formats.number(totals['lost'])} are lost"
    if totals["moved"] is None or totals["customers_before"] is None:
        return f"Too few customers changed segment {since} to say how many{new}{lost}"
    of = f"{formats.number(totals['moved'])} of {formats.counted(round(totals['customers_before']), 'customer')}"
    worth = f", worth {formats.money(totals['value_moved'], currency)} before" if totals["value_moved"] else ""
    return f"{of} changed segment {since}{worth}{new}{lost}"


def net_finding(flows: Flows, currency: str) -> str:
    """Return which segment gained most value net of what it lost, and which lost most."""
    known = flows.segments[flows.segments["net_value"].notna()]
    if known.empty:
        return "What each segment gained and lost is hidden: too few customers"
    top, bottom = known.nlargest(1, "net_value").iloc[0], known.nsmallest(1, "net_value").iloc[0]
    amount = formats.money(abs(top["net_value"]), currency)
    if top["net_value"] <= 0:
        return f"No segment gained value between {formats.day(flows.before)} and {formats.day(flows.after)}"
    found = f"{formats.sentence_case(called(str(top['name'])))} gained most, {amount} of value"
    if bottom["net_value"] < 0:
        found += f"; {called(str(bottom['name']))} lost {formats.money(-bottom['net_value'], currency)}"
    return found


def readable_step(retained: pd.DataFrame) -> int:
    """Return the months between two dates for which most segments can be shown, the fewest of these; 0: for none."""
    shown = {int(months): len(_often_told(retained, int(months))) for months in sorted(set(retained["months"]))}
    most = max(shown.values(), default=0)
    return next((months for months, count in shown.items() if count == most), 0) if most else 0


def _often_told(retained: pd.DataFrame, months: int) -> set[str]:
    """Return the segments that are hidden at few of the dates at which somebody was in them."""
    rows = retained[(retained["months"] == months) & retained["customers"].ne(0)]
    told = rows["retained_share"].notna().groupby(rows["segment"]).mean()
    return set(told.index[told >= _ENOUGH])


def retained_finding(retained: pd.DataFrame, months: int) -> str:
    """Return the range of shares that segments kept over so many months, at the latest date."""
    rows = retained[(retained["months"] == months) & retained["retained_share"].notna()]
    rows = rows[rows["segment"].isin(_often_told(retained, months))]
    latest = rows[rows["after"] == rows["after"].max()]
    span = _span(months)
    if latest.empty:
        return f"Too few customers moved over {span} to show who stayed"
    low, high = latest["retained_share"].min(), latest["retained_share"].max()
    return f"Over {span} segments kept {_one_or_range(low, high)} of their customers"


def kept_finding(flows: Flows) -> str:
    """Return which segment kept the smallest share of its customers, where its interval says that it did."""
    known = flows.segments[flows.segments["retained_share"].notna()]
    if known.empty:
        return "Which segment kept its customers is hidden: too few moved"
    ordered = known.sort_values("retained_share", kind="stable")
    least, others = ordered.iloc[0], ordered.iloc[1:]
    name, share = called(str(least["name"])), formats.share(least["retained_share"])
    when = earlier(flows.before, flows.after)
    if len(others) and least["retained_share_high"] < others["retained_share_low"].min():
        return f"{name} kept fewest: {share} of those of {when}"
    low, high = ordered["retained_share"].min(), ordered["retained_share"].max()
    return f"Segments kept {_one_or_range(low, high)} of their customers of {when}"


def _one_or_range(low: float, high: float) -> str:
    return formats.share(low) if formats.share(low) == formats.share(high) else formats.share_range(low, high)


def retained_rows(retained: pd.DataFrame, segments: pd.DataFrame, months: int) -> pd.DataFrame:
    """Return who stayed, a row a segment and date, as `charts.history` draws it.

    Dates at which a segment is hidden are missing, and so are segments hidden at most dates.
    """
    often = _often_told(retained, months)
    rows = retained[(retained["months"] == months) & retained["segment"].isin(often)].rename(
        columns={"retained_share": "amount", "retained_share_low": "low", "retained_share_high": "high"}
    )
    rows = rows.assign(snapshot=pd.to_datetime(rows["after"]).dt.date).dropna(subset=["amount"])
    kept = rows[["segment", "snapshot", "amount", "low", "high"]]
    return segments[["segment", "name", "colour"]].merge(kept, on="segment")


def expected_rows(past: pd.DataFrame, forecast: pd.DataFrame, segments: pd.DataFrame) -> tuple[pd.DataFrame, dt.date]:
    """Return past shares of customers and those to expect, as `charts.history` draws them, and the date between.

    Parameters
    ----------
    past : DataFrame
        As `facts.over_time` returns it.
    forecast : DataFrame
        As `PublishedBuild.migration_forecast` returns it.
    segments : DataFrame
        `segment`, `name` and `colour`.
    """
    days = pd.to_datetime(forecast["snapshot"]).dt.date
    shares = {"share": "amount", "share_low": "low", "share_high": "high"}
    ahead = forecast.assign(snapshot=days).rename(columns=shares)
    now = days[forecast["months_ahead"] == 0].iloc[0]
    names = ["segment", "snapshot", "months_ahead", "customers", "amount", "low", "high"]
    known = segments[["segment", "name", "colour"]].merge(ahead[ahead["months_ahead"] > 0][names], on="segment")
    before = past[past["snapshot"] <= now].assign(months_ahead=0)
    # what has happened is known: bands begin where it ends
    before = before.assign(low=before["amount"], high=before["amount"])
    return pd.concat([before, known], ignore_index=True).dropna(subset=["amount"]), now


def later(months: int) -> str:
    """Return `a month later`, `3 months later` or `a year later`."""
    return f"{_span(months)} later"


def forecast_finding(forecast: pd.DataFrame, check: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return what sizes to expect under current flows, or why no forecast is drawn."""
    if not check:
        return "What sizes to expect is not known: this build did not look"
    if not check["is_shown"]:
        return "Where flows lead cannot be told from these data"
    now = forecast[forecast["months_ahead"] == 0].set_index("segment")["share"].astype("float64")
    ahead = forecast[forecast["months_ahead"] == forecast["months_ahead"].max()].set_index("segment")
    by = formats.month(pd.Timestamp(ahead["snapshot"].iloc[0]).date())
    clear = ahead[(ahead["share_low"].astype("float64") > now) | (ahead["share_high"].astype("float64") < now)]
    if clear.empty:
        return f"If customers go on moving as now, no segment's share clearly changes by {by}"
    change = (clear["share"].astype("float64") - now[clear.index]).abs()
    top = str(change.idxmax())
    ends = f"{formats.share_step(now[top], clear['share'][top])} of customers"
    return f"If customers go on moving as now, {called(names[top])} would go {ends} by {by}"


def check_sentence(check: Mapping[str, Any]) -> str:
    """Return how the forecast would have done: its mean error in points, against saying that nothing changes."""
    if not check:
        return ""
    if not check["months_tested"]:
        return str(check["reason"])
    error, unchanged = (f"{100 * float(check[name]):.2f}" for name in ("error", "error_unchanged"))
    tested = (
        f"Predicting the last {check['months_tested']} months from flows before them, shares were off by {error} "
        f"points on average; saying that nothing changes was off by {unchanged}."
    )
    if check["is_shown"]:
        return tested
    return f"{tested} No forecast is drawn: these flows do not predict better than no change."


def rules_finding(step: Mapping[str, Any], currency: str) -> str:
    """Return what a change of version did to the same customers at one date; empty where there was none."""
    if not step:
        return ""
    day = formats.day(pd.Timestamp(step["changed_on"]).date())
    versions = f"{step['to_version']} took the place of {step['from_version']} on {day}"
    if step["reason"]:
        return f"{versions}. Whom it moved cannot be told: {step['reason']}"
    if pd.isna(step["moved"]):
        return f"{versions}. It calls too few customers something else to say how many."
    if step["moved"] == 0:
        return f"{versions}. Every customer is in the same segment by both."
    worth = formats.money(step["value_moved"], currency)
    of = f"{formats.number(step['moved'])} of {formats.number(step['customers'])} customers"
    return f"{versions}. The rules alone put {of}, worth {worth}, in another segment: nobody moved."


def apart_sentence(flows: Flows, step: Mapping[str, Any]) -> str:
    """Return people who moved beside those whom new rules moved, where both are known."""
    moved = flows.totals["moved"]
    if not step or moved is None or step["reason"] or pd.isna(step["moved"]):
        return ""
    return (
        f"By today's rules {formats.counted(round(moved), 'customer')} moved since {formats.day(flows.before)}; apart "
        f"from that, today's rules put {formats.number(step['moved'])} elsewhere than {step['from_version']} would."
    )


def quiet_finding(flows: Flows) -> str:
    """Return the segment of which most went quiet: they had ordered in the window before, and not in the one after."""
    known = flows.segments[flows.segments["went_quiet"].gt(0)]
    if known.empty:
        return ""
    row = known.nlargest(1, "quiet_share").iloc[0]
    of = f"{formats.number(row['went_quiet'])} of {formats.number(row['active_before'])} {called(str(row['name']))}"
    return (
        f"{of} who had ordered in the window up to {formats.day(flows.before)} had not in the one up to "
        f"{formats.day(flows.after)}: they went quiet, the largest share of any segment shown."
    )


def next_steps(flows: Flows, step: Mapping[str, Any]) -> tuple[Step, ...]:
    """Return what to do next, three at most, each with its evidence."""
    steps = []
    row = most_taken(flows)
    if row is not None:
        who = called(str(row["name"]))
        text = f"{formats.counted(round(row['next_customers']), 'customer')} {_went(flows, str(row['next_segment']))}."
        steps.append(Step(f"Find out what moves {who}", text, "See who they are", "segments", str(row["segment"])))
    quiet = flows.segments[flows.segments["went_quiet"].gt(0)]
    if not quiet.empty:
        top = quiet.nlargest(1, "went_quiet").iloc[0]
        text = f"{formats.number(top['went_quiet'])} of {called(str(top['name']))} went quiet."
        steps.append(Step("Weigh what may be lost", text, "See value and churn risk", "value"))
    if step:
        text = f"{step['to_version']} took the place of {step['from_version']}: compare them."
        steps.append(Step("Look at the rules", text, "Open the Studio", "studio"))
    if len(steps) < _STEPS:
        steps.append(
            Step(
                "Check what the numbers mean", "How segments and value are defined.", "Open definitions", "definitions"
            )
        )
    return tuple(steps[:_STEPS])


def earlier(before: dt.date, after: dt.date) -> str:
    """Return how much earlier a date was: `a year earlier`, `3 months earlier`, or the date.

    Examples
    --------
    >>> earlier(dt.date(2025, 6, 30), dt.date(2026, 6, 30)), earlier(dt.date(2026, 2, 28), dt.date(2026, 3, 31))
    ('a year earlier', 'a month earlier')
    """
    months = (after.year - before.year) * _YEAR + after.month - before.month
    return (
        f"{_span(months)} earlier" if months and months_before(after, months) == before else f"on {formats.day(before)}"
    )


def _span(months: int) -> str:
    if months == _YEAR:
        return "a year"
    return "a month" if months == 1 else f"{months} months"


def _went(flows: Flows, to: str) -> str:
    names = dict(zip(flows.segments["segment"], flows.segments["name"], strict=True))
    return "were lost" if to == LOST else f"became {called(str(names[to]))}"


def _without_a_move(flows: Flows, when: str) -> str:
    totals = flows.totals
    if totals["moved"] == 0 and totals["customers_before"]:
        return f"Of {formats.counted(round(totals['customers_before']), 'customer')} {when}, nobody changed segment"
    if totals["stayed"] is None or not totals["customers_before"]:
        return f"Too few customers changed segment since {formats.day(flows.before)} to say who"
    share = formats.share(totals["stayed"] / totals["customers_before"])
    return (
        f"Of {formats.counted(round(totals['customers_before']), 'customer')} {when}, {share} are in the same segment"
    )
