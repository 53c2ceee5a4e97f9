"""The customers of one segment as micro-segments are looked for among them: features, value and response."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.clustering import features_of
from segmodel.clustering.micro import LEAST_CUSTOMERS
from segmodel.definition import FILE_NAME, Segmentation
from segmodel.engines import identifier
from segmodel.errors import ClusteringError, did_you_mean
from segmodel.features import Feature
from segmodel.scorecard import BRIDGE
from segmodel.store import PublishedBuild

ROWS = 10_000
"""Customers of a segment that are looked at, at most: a seeded sample."""


@dataclass(frozen=True)
class Inside:
    """The customers that are looked at, and what they are compared by.

    Attributes
    ----------
    frame : DataFrame
        One row a customer: customer_id, value, orders and the features.
    outcomes : mapping of str to ndarray
        What groups are compared by; NaN where not known.
    total : int
        Customers of the segment.
    minimum : int
        The smallest group that may be shown.
    is_hidden : bool
        Whether the segment is hidden, because it or what it leaves of a total is a small group.
    """

    frame: pd.DataFrame
    outcomes: Mapping[str, npt.NDArray[np.float64]]
    total: int
    minimum: int
    is_hidden: bool

    def about(self, count: int) -> int | None:
        """Round a count of the customers looked at to what may be told of the segment."""
        return self.rounded(count, self.total / max(len(self.frame), 1))

    def rounded(self, count: int, times: float = 1.0) -> int | None:
        """Return a multiple of a count as a multiple of the smallest group shown; None where that may not be told."""
        if self.is_hidden or count < self.minimum:
            return None
        return self.minimum * round(count * times / self.minimum)

    @property
    def least(self) -> int:
        """Customers a group needs to be judged."""
        return max(LEAST_CUSTOMERS, self.minimum)

    @property
    def has_enough(self) -> bool:
        """Whether there can be a group to judge, and as many customers beside it."""
        return not self.is_hidden and len(self.frame) >= 2 * self.least


def allowed_features(
    segmentation: Segmentation, known: Mapping[str, Feature], asked: Sequence[str] | None
) -> tuple[str, ...]:
    """Return the features groups may be found by."""
    name, allowed = segmentation.name, segmentation.micro_features
    own = tuple(feature for feature in features_of(segmentation) if feature != "value")
    wanted = tuple(dict.fromkeys(asked or allowed or own))
    if not wanted:
        raise ClusteringError(
            f"Segmentation {name} rests on value alone, which micro-segments are compared by. Say what else they may "
            f"be found by: micro_features in {FILE_NAME}, or --features."
        )
    for feature in wanted:
        if feature == "value":
            raise ClusteringError("Micro-segments are compared by value, so they cannot be found by it. Leave it out.")
        if allowed and feature not in allowed:
            raise ClusteringError(
                f"The definition lets micro-segments of {name} be found by {', '.join(allowed)}; found '{feature}'."
                f"{did_you_mean(feature, allowed)}"
            )
        if feature not in known:
            others = [other for other in known if other != "value"]
            raise ClusteringError(
                f"The published build has no feature '{feature}'; it has {', '.join(others)}."
                f"{did_you_mean(feature, others)} Build again where the definition has changed."
            )
    return wanted


def read_segment(
    published: PublishedBuild,
    segmentation: Segmentation,
    segment: str,
    wanted: Sequence[str],
    as_of: datetime.date,
    minimum: int,
) -> Inside:
    """Read the customers of one segment: all, or a seeded sample, sorted by customer_id."""
    chosen = {"segmentation": segmentation.name, "segment": segment, "as_of": as_of}
    of_segment = "segmentation = $segmentation AND segment = $segment AND snapshot = $as_of"
    # whom a bridge placed differ by what it placed them by
    placed = f"{of_segment} AND assigned_by <> '{BRIDGE}'"
    total = int(published.engine.value(f"SELECT count(*) FROM assignments WHERE {placed}", chosen))
    is_hidden = published.engine.value(
        "SELECT coalesce(bool_or(suppressed), FALSE) FROM segment_metrics "
        f"WHERE {of_segment} AND filter_1 = '' AND filter_2 = ''",
        chosen,
    )
    columns = ", ".join(f"customer_features.{identifier(name)}" for name in wanted)
    frame = published.engine.frame(
        f"SELECT customer_id, customer_features.value::DOUBLE AS value, customer_features.orders, {columns} "
        f"FROM assignments JOIN customer_features USING (snapshot, customer_id) WHERE {placed} "
        # the order of a hash is a random order that repeats; ties cannot happen, ids are unique
        "ORDER BY md5(customer_id || $seed), customer_id LIMIT $rows",
        {**chosen, "seed": f"/{segmentation.seed}", "rows": min(ROWS, segmentation.sample)},
    ).sort_values("customer_id", ignore_index=True)
    outcomes = {"value": frame["value"].to_numpy(dtype=np.float64)}
    response = _response(published, frame["customer_id"], as_of)
    # of as few as this nothing could be said
    if (~np.isnan(response)).sum() >= 2 * LEAST_CUSTOMERS and np.nanstd(response) > 0:
        outcomes["response"] = response
    return Inside(frame, outcomes, total, minimum, bool(is_hidden))


def _response(published: PublishedBuild, customers: pd.Series[str], as_of: datetime.date) -> npt.NDArray[np.float64]:
    """Return the share of campaigns each customer was sent that they responded to; NaN where none was sent."""
    engine = published.engine
    if "campaigns" not in engine.tables() or "converted" not in engine.columns("campaigns"):
        return np.full(len(customers), np.nan)
    sent_before = (
        f"AND coalesce({identifier('at')}::DATE <= $as_of, TRUE)" if "at" in engine.columns("campaigns") else ""
    )
    rates = engine.frame(
        "SELECT customer_id, avg(converted::INTEGER) AS rate FROM campaigns "
        f"WHERE lower(trim(arm)) <> 'control' {sent_before} GROUP BY customer_id",
        {"as_of": as_of} if sent_before else {},
    )
    return customers.map(rates.set_index("customer_id")["rate"]).to_numpy(dtype=np.float64)
