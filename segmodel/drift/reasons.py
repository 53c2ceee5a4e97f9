"""What speaks against a segment: size, value, certainty, what is no longer known, and traits that moved."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from segmodel import formats
from segmodel.drift.behaviour import since_when
from segmodel.drift.verdicts import Limits, Reason, Size
from segmodel.features import Feature
from segmodel.formats import called, listed, month, number, quantity, share

Scored = tuple[Reason, float]
"""What speaks against a segment, whatever its size, and how often noise alone would do that."""

_SURE = 1e-4
_FAR = 3
_NEVER = Size(np.inf, np.inf)


def size_reason(
    row: Mapping[str, float], total: Mapping[str, float], name: str, found_in: str, limits: Limits
) -> Scored:
    """Return what became of the share of customers.

    Parameters
    ----------
    row, total : mapping
        Of the segment and of all customers: customers_then and customers_now.
    name : str
        The segment's.
    found_in : str
        When the segments were found: `June 2025`.
    limits : Limits
    """
    then, now = (row[f"customers_{at}"] / total[f"customers_{at}"] for at in ("then", "now"))
    error = np.sqrt((1 - then) / row["customers_then"] + (1 - now) / row["customers_now"])
    text = f"{called(name)} went {formats.share_step(then, now)} of customers since {found_in}"
    z = float(np.log(now / then) / error) if error > 0 else 0.0
    return _scored("share", limits.share, now / then - 1, z, text, text)


def value_reason(
    row: Mapping[str, float], total: Mapping[str, float], name: str, found_in: str, limits: Limits
) -> Scored | None:
    """Return what became of value per customer against that of all customers; None where any is not above zero.

    Parameters
    ----------
    row, total : mapping
        As `size_reason`; also mean_then, mean_now (value per customer) and relative_error_then, relative_error_now.
    """
    if min(each[f"mean_{at}"] for each in (row, total) for at in ("then", "now")) <= 0:
        return None
    then, now = (row[f"mean_{at}"] / total[f"mean_{at}"] for at in ("then", "now"))
    error = np.sqrt(sum(each[f"relative_error_{at}"] ** 2 for each in (row, total) for at in ("then", "now")))
    ratio = now / then
    words = f"{share(abs(ratio - 1))} {'less' if ratio < 1 else 'more'}"
    headline = f"A customer in {called(name)} is worth {words} than in {found_in}, measured by the average customer"
    text = f"{headline}: index {number(100 * then)} then, {number(100 * now)} now"
    z = float(np.log(ratio) / error) if error > 0 else 0.0
    return _scored("value", limits.value, ratio - 1, z, text, headline)


def certainty_reason(row: Mapping[str, float], name: str, found_in: str, limits: Limits) -> Scored:
    """Return whether it has become less sure who belongs to a segment.

    Parameters
    ----------
    row : mapping
        As `size_reason`; also certainty_then, certainty_now and certainty_sd_then, certainty_sd_now.
    """
    then, now = row["certainty_then"], row["certainty_now"]
    error = float(np.hypot(*(row[f"certainty_sd_{at}"] / np.sqrt(row[f"customers_{at}"]) for at in ("then", "now"))))
    headline = f"Who belongs to {called(name)} is less sure since {found_in}"
    text = f"{headline}: on average {share(then)} then, {share(now)} now"
    size = limits.certainty if now < then else _NEVER
    return _scored("certainty", size, now - then, (now - then) / error if error else 0.0, text, headline)


def missing_reasons(latest: pd.DataFrame, features: Mapping[str, Feature], name: str, limits: Limits) -> list[Scored]:
    """Return which features are no longer known of more customers than before.

    Features missing of the same numbers of customers are one reason: they are missing of the same customers.

    Parameters
    ----------
    latest : DataFrame
        Rows of `compare_snapshots` for one segment at one snapshot.
    features : mapping of str to Feature
    name : str
        The segment's.
    limits : Limits
    """
    keys = ["n_reference", "missing_reference", "n_current", "missing_current"]
    found = []
    for _, rows in latest.groupby(keys, sort=True):
        known_then, lost_then, known_now, lost_now = (float(count) for count in rows[keys].to_numpy()[0])
        people = known_then + lost_then, known_now + lost_now
        if not all(people):
            continue
        then, now = lost_then / people[0], lost_now / people[1]
        if now <= then:
            continue
        error = float(np.sqrt(then * (1 - then) / people[0] + now * (1 - now) / people[1]))
        names = list(rows["feature"])
        labels = formats.sentence_case(listed([features[name].label.lower() for name in names]))
        verb = "is" if len(names) == 1 else "are"
        headline = f"{labels} {verb} not known of {share(now)} of {called(name)}"
        z = (now - then) / error if error > 0 else np.inf
        text = f"{headline}, against {share(then)} before"
        reason, p_value = _scored("missing", limits.missing, now - then, z, text, headline)
        found.append((replace(reason, feature=", ".join(names)), p_value))
    return found


def profile_reasons(
    own: pd.DataFrame,
    as_of: datetime.date,
    features: Mapping[str, Feature],
    *,
    name: str,
    currency: str,
    limits: Limits,
) -> list[Reason]:
    """Return which features moved within a segment, past noise and by a size that matters.

    Parameters
    ----------
    own : DataFrame
        One segment's rows of `call_drift`, at all snapshots.
    as_of : date
        The latest.
    features : mapping of str to Feature
    name : str
        The segment's.
    currency : str
    limits : Limits
    """
    found = []
    for row in own[(own["snapshot"] == pd.Timestamp(as_of)) & own["drifted"]].to_dict("records"):
        history = own[own["feature"] == row["feature"]].set_index("snapshot")["drifted"].to_dict()
        feature = features[row["feature"]]
        shift, size = float(row["wasserstein"]), limits.profile
        if np.isnan(shift):
            shift, size = float(row["ks"]), limits.spread
        since = since_when({pd.Timestamp(str(at)): bool(is_so) for at, is_so in history.items()})
        moved = _moved(row, feature, currency)
        text = f"{moved} ({_size(row)}); {_psi_words(row)}" + (f"; since {month(since)}." if since else ".")
        headline = f"In {called(name)}, {moved[:1].lower()}{moved[1:]}"
        found.append(Reason("profile", size.verdict(shift), text, shift, since, feature.name, headline))
    return [reason for reason in found if reason.verdict != "fit"]


def beyond_noise(scored: Mapping[str, Sequence[Scored]], level: float) -> dict[str, list[Reason]]:
    """Return the reasons of each segment that are past noise and of a size that matters.

    All these calls of a segmentation are corrected together (Benjamini & Hochberg 1995), those of no size too.
    """
    p_values = np.array([p_value for reasons in scored.values() for _, p_value in reasons])
    kept = iter(stats.false_discovery_control(p_values) <= level if len(p_values) else [])
    return {
        segment: [
            reason
            for reason, is_past in [(reason, next(kept)) for reason, _ in reasons]
            if is_past and reason.verdict != "fit"
        ]
        for segment, reasons in scored.items()
    }


def _scored(kind: str, size: Size, change: float, z: float, text: str, headline: str) -> Scored:
    p_value = float(2 * stats.norm.sf(abs(z)))
    noise = "far outside noise" if p_value <= _SURE else "outside noise"
    return Reason(kind, size.verdict(change), f"{text}; {noise}.", float(change), headline=headline), p_value


def _moved(row: Mapping[Any, Any], feature: Feature, currency: str) -> str:
    if not feature.is_numeric:
        return f"{feature.label} is spread differently"
    then, now = float(row["mean_reference"]), float(row["mean_current"])
    words = [quantity(value, feature.unit, currency) for value in (then, now)]
    if words[0] == words[1]:
        return f"{feature.label} is spread differently around {words[0]}"
    return f"{feature.label} {'rose' if now > then else 'fell'} from {words[0]} to {words[1]}"


def _size(row: Mapping[Any, Any]) -> str:
    if np.isnan(float(row["wasserstein"])):
        return f"{share(float(row['ks']))} of customers are elsewhere than before"
    return f"{number(float(row['wasserstein']), 1)} standard deviations"


def _psi_words(row: Mapping[Any, Any]) -> str:
    psi, line = float(row["psi"]), float(row["noise_line"])
    words = "far outside noise" if psi > _FAR * line else "outside noise"
    return f"{words} (PSI {number(psi, 2)}, where noise reaches {number(line, 3)})"
