"""The monitor: every segment of a build held against the snapshot its champion was fitted on."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from segmodel.clustering import ModelVersion
from segmodel.drift.behaviour import MEASURES, against_reference, behaviour_reason
from segmodel.drift.binned import compare_snapshots
from segmodel.drift.measures import psi_of_counts
from segmodel.drift.noise import psi_noise_line
from segmodel.drift.observed import followed_features_sql, monthly_behaviour, value_by_segment
from segmodel.drift.reasons import (
    Scored,
    beyond_noise,
    certainty_reason,
    missing_reasons,
    profile_reasons,
    size_reason,
    value_reason,
)
from segmodel.drift.refit import RefitTest, refit_test
from segmodel.drift.thresholds import DriftThresholds, call_drift
from segmodel.drift.verdicts import ALL_SEGMENTS as ALL
from segmodel.drift.verdicts import Limits, Reason, SegmentVerdict, Verdict, judge, worst
from segmodel.engines import Engine
from segmodel.features import Feature, months_before
from segmodel.formats import called, counted, day, listed, money, month, number


@dataclass(frozen=True)
class Watched:
    """What became of one segmentation since it was found.

    Attributes
    ----------
    segmentation, version : str
    reference, as_of : date
        The snapshot the champion was fitted on, and the latest.
    verdict : str
        Of the segmentation as a whole.
    sentence : str
        Whether it is still fit for purpose, in a sentence or two.
    review_due : date
    segments : tuple of SegmentVerdict
        In the model's order.
    features : DataFrame
        Of `compare_snapshots` and `call_drift`, a row a snapshot, segment (`''`: all) and feature; with `is_used`.
    months : DataFrame
        A row a month, segment and measure: see `behaviour.against_reference`.
    mix_psi, mix_noise : float
        Drift of the shares of the segments, and what noise reaches.
    refit : RefitTest
    """

    segmentation: str
    version: str
    reference: datetime.date
    as_of: datetime.date
    verdict: Verdict
    sentence: str
    review_due: datetime.date
    segments: tuple[SegmentVerdict, ...]
    features: pd.DataFrame = field(default_factory=pd.DataFrame)
    months: pd.DataFrame = field(default_factory=pd.DataFrame)
    mix_psi: float = float("nan")
    mix_noise: float = float("nan")
    refit: RefitTest = field(default_factory=RefitTest)


@dataclass(frozen=True)
class Monitor:
    """Holds the latest snapshot of a build against the one a champion was fitted on.

    Attributes
    ----------
    features : mapping of str to Feature
        What `customer_features` holds.
    currency : str
    review_every_months : int
    minimum_group : int
        Segments with fewer customers at either date are not tested.
    limits : Limits
    """

    features: Mapping[str, Feature]
    currency: str
    review_every_months: int
    minimum_group: int
    limits: Limits = field(default_factory=Limits)

    def watch(self, engine: Engine, model: ModelVersion) -> Watched:
        """Compare, judge every segment, and say whether the segmentation is still fit for purpose.

        Parameters
        ----------
        engine : Engine
            Holds `assignments`, `customer_features` and `snapshots`; see `follow_customers`.
        model : ModelVersion
            The champion, with people's names.
        """
        as_of = engine.value("SELECT max(snapshot) FROM snapshots")
        due = months_before(model.fitted_as_of, -self.review_every_months)
        obstacle = _obstacle(engine, model.fitted_as_of, as_of)
        if obstacle:
            untested = tuple(SegmentVerdict(each.id, each.name, "untested", note=obstacle) for each in model.segments)
            return Watched(
                model.segmentation, model.version, model.fitted_as_of, as_of, "untested", obstacle, due, untested
            )
        pair = _two_dates(value_by_segment(engine, model.segmentation), model.fitted_as_of, as_of)
        months = monthly_behaviour(engine, model.segmentation)
        followed = {
            measure.name: against_reference(months, model.fitted_as_of, measure).assign(measure=measure.name)
            for measure in MEASURES
        }
        drift = self._feature_drift(engine, model)
        reasons = beyond_noise(self._scored(pair, drift, followed, model), self.limits.level)
        verdicts = []
        for each in model.segments:
            moved = drift[(drift["segment"] == each.id) & drift["is_used"]]
            profile = profile_reasons(
                moved, as_of, self.features, name=each.name, currency=self.currency, limits=self.limits
            )
            verdicts.append(self._verdict(pair, each.id, each.name, [*reasons[each.id], *profile]))
        refit = refit_test(engine, model, self.features, model.fitted_as_of, as_of)
        mix_psi, mix_noise = _mix(pair)
        return Watched(
            segmentation=model.segmentation,
            version=model.version,
            reference=model.fitted_as_of,
            as_of=as_of,
            verdict="unfit" if refit.differs else worst(each.verdict for each in verdicts),
            sentence=_sentence(verdicts, refit, model.fitted_as_of, as_of, due),
            review_due=due,
            segments=tuple(verdicts),
            features=drift,
            months=pd.concat(followed.values(), ignore_index=True),
            mix_psi=mix_psi,
            mix_noise=mix_noise,
            refit=refit,
        )

    def _feature_drift(self, engine: Engine, model: ModelVersion) -> pd.DataFrame:
        """Return drift of every feature that is watched: those of the model, and those that change with time."""
        used = set(model.features)
        watched = [each for each in self.features.values() if each.name in used or each.rows != "survey"]
        found = compare_snapshots(
            engine,
            followed_features_sql(watched),
            model.fitted_as_of,
            {"segmentation": model.segmentation},
        )
        thresholds = DriftThresholds(false_calls=self.limits.level)
        parts = [call_drift(part, thresholds) for _, part in found.groupby("snapshot", sort=True)]
        drift = pd.concat(parts, ignore_index=True) if parts else found.assign(drifted=False, q_value=np.nan)
        return drift.assign(snapshot=pd.to_datetime(drift["snapshot"]), is_used=drift["feature"].isin(used))

    def _scored(
        self,
        pair: pd.DataFrame,
        drift: pd.DataFrame,
        followed: Mapping[str, pd.DataFrame],
        model: ModelVersion,
    ) -> dict[str, list[Scored]]:
        """Return by segment what may speak against it, each with how often noise alone would do that."""
        latest = drift[(drift["snapshot"] == drift["snapshot"].max()) & drift["is_used"]]
        found_in, total = month(model.fitted_as_of), _row_of(pair, ALL)
        found: dict[str, list[Scored]] = {}
        for each in model.segments:
            row = _row_of(pair, each.id)
            own: list[Scored | None] = [
                behaviour_reason(own_months, each.name, measure, found_in, self.limits, self._money)
                for measure, months in zip(MEASURES, followed.values(), strict=True)
                for own_months in [months[months["segment"] == each.id]]
            ]
            if self._is_tested(row):
                own.append(size_reason(row, total, each.name, found_in, self.limits))
                own.append(value_reason(row, total, each.name, found_in, self.limits))
                own.append(certainty_reason(row, each.name, found_in, self.limits))
                own += missing_reasons(latest[latest["segment"] == each.id], self.features, each.name, self.limits)
            found[each.id] = [reason for reason in own if reason is not None]
        return found

    def _money(self, value: float) -> str:
        return money(value, self.currency)

    def _is_tested(self, row: Mapping[str, float]) -> bool:
        return bool(row) and min(row["customers_then"], row["customers_now"]) >= self.minimum_group

    def _verdict(self, pair: pd.DataFrame, segment: str, name: str, reasons: Sequence[Reason]) -> SegmentVerdict:
        if not self._is_tested(_row_of(pair, segment)):
            return SegmentVerdict(segment, name, "untested", note="Too few customers to tell drift from noise.")
        return judge(segment, name, reasons)


def _obstacle(engine: Engine, reference: datetime.date, as_of: datetime.date) -> str:
    """Say why nothing can be compared, or nothing."""
    complete = dict(engine.rows("SELECT snapshot, is_window_complete FROM snapshots"))
    if reference not in complete:
        return (
            f"The segmentation was found on {day(reference)}, of which the data have no snapshot: nothing to "
            "compare with. Give the transactions up to then, or review it."
        )
    if reference >= as_of:
        return f"It was found on {day(reference)}, the latest snapshot: there is nothing later to compare with yet."
    if not (complete[reference] and complete[as_of]):
        return f"The data do not fill the window of features on {day(reference)}, so the dates cannot be compared."
    return ""


def _two_dates(sizes: pd.DataFrame, reference: datetime.date, as_of: datetime.date) -> pd.DataFrame:
    """Return size, mean value and certainty of every segment at both dates, side by side, by segment."""
    frame = sizes.assign(snapshot=pd.to_datetime(sizes["snapshot"]))
    mean = frame["value"] / frame["customers"]
    variance = (frame["value_squares"] / frame["customers"] - mean**2).clip(lower=0)
    frame = frame.assign(mean=mean, relative_error=np.sqrt(variance / frame["customers"]) / mean.abs().where(mean != 0))
    then, now = (frame[frame["snapshot"] == pd.Timestamp(at)].set_index("segment") for at in (reference, as_of))
    pair = then.add_suffix("_then").join(now.add_suffix("_now"), how="outer")
    pair = pair.drop(columns=["snapshot_then", "snapshot_now"])
    return pair.fillna(0.0)


def _row_of(pair: pd.DataFrame, segment: str) -> dict[str, float]:
    """Return what is known of a segment at both dates; nothing where nobody was in it at either."""
    if segment not in pair.index:
        return {}
    return {str(name): float(value) for name, value in zip(pair.columns, pair.loc[segment].to_numpy(), strict=True)}


def _mix(pair: pd.DataFrame) -> tuple[float, float]:
    """Return drift of the shares of segments, and what noise reaches."""
    parts = pair.drop(index=ALL)
    then, now = (parts[f"customers_{at}"].to_numpy(np.float64) for at in ("then", "now"))
    return float(psi_of_counts(then, now)), psi_noise_line(int(then.sum()), int(now.sum()), len(parts))


def _sentence(
    verdicts: Sequence[SegmentVerdict],
    refit: RefitTest,
    reference: datetime.date,
    as_of: datetime.date,
    due: datetime.date,
) -> str:
    unfit, watch = ([called(each.name) for each in verdicts if each.verdict == found] for found in ("unfit", "watch"))
    parts = []
    if unfit:
        parts.append(
            f"{listed(unfit)} {'is' if len(unfit) == 1 else 'are'} no longer what was found in {month(reference)}."
        )
    if watch:
        parts.append(f"{listed(watch)} {'needs' if len(watch) == 1 else 'need'} a look.")
    untested = [called(each.name) for each in verdicts if each.verdict == "untested"]
    tested = len(verdicts) - len(untested)
    if not parts and tested:
        which = f"All {counted(tested, 'segment')}" if tested > 1 else "The one segment"
        which += " that could be tested" if untested else ""
        parts.append(f"{which} {'are' if tested > 1 else 'is'} still what was found in {month(reference)}.")
    if untested:
        parts.append(f"{listed(untested)} could not be tested: too few customers.")
    if refit.differs:
        parts.append(
            f"Found anew today, segments would be others: agreement {number(refit.now, 2)}, where sampling alone gives "
            f"{number(refit.then, 2)}."
        )
    if due < as_of:
        parts.append(f"Its review was due in {month(due)}.")
    return " ".join(parts)
