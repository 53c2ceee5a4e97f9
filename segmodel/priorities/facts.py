"""What is measured of each segment for a council to score by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segmodel.store import PublishedBuild

MEASURES = ("value_share", "growth", "lifetime_value", "customer_share", "stability", "churn_risk", "reachability")
"""Columns of the facts that criteria are filled from; NaN where not measured or hidden."""


def segment_facts(published: PublishedBuild, segmentation: str) -> pd.DataFrame:
    """Return what is measured of every segment at the latest snapshot, in the order of the segmentation.

    Returns
    -------
    DataFrame
        `segment`, `name`, `colour`; `value_share` and `customer_share` as the metrics have them; `growth` of value in
        a year, less that of all customers; `lifetime_value`, of a customer, against the average customer; `stability`,
        share still in the segment after a year; `churn_risk`; `reachability`, share who consented and
        are expected to be matched.
    """
    segments = published.segments(segmentation)[["segment", "name", "colour"]]
    metrics = published.segment_metrics(segmentation)
    latest = metrics[metrics["snapshot"] == metrics["snapshot"].max()].set_index("segment")
    values = _by_segment(published.segment_value(segmentation), "lifetime_value", "customers", "churn_risk")
    reach = _by_segment(published.segment_reach(segmentation), "expected", "customers")
    stability = _by_segment(published.segment_stability(segmentation), "stayed")
    each = values["lifetime_value"] / values["customers"]
    measured = pd.DataFrame(
        {
            **{name: latest[name] for name in ("value_share", "customer_share")},
            "growth": latest["growth"] - latest["growth"].get("", np.nan),
            # an average of nothing or less is no measure to compare with
            "lifetime_value": each / (each.get("", np.nan) if each.get("", np.nan) > 0 else np.nan),
            "stability": stability["stayed"],
            "churn_risk": values["churn_risk"],
            "reachability": reach["expected"] / reach["customers"],
        }
    )
    found = measured.reindex(segments["segment"])[list(MEASURES)].astype("float64")
    return segments.join(found.reset_index(drop=True))


def _by_segment(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return some columns by segment; no rows of a table that the build does not have."""
    return frame.reindex(columns=["segment", *columns]).set_index("segment").astype("float64")
