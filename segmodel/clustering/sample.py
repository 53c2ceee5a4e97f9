"""The customers a segmentation is fitted on."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping

import pandas as pd

from segmodel.clustering.fit import features_of
from segmodel.definition import Definition, Segmentation
from segmodel.engines import Engine, identifier
from segmodel.errors import FeatureError
from segmodel.features import Feature, items_in, straight_liner_column
from segmodel.scorecard import Respondents


def respondents_of(
    segmentation: Segmentation, features: Mapping[str, Feature], definition: Definition
) -> Respondents | None:
    """Return whom a segmentation is found in where it rests on a survey; None where it is every customer."""
    items = items_in(features_of(segmentation), features)
    if not items:
        return None
    keeps = definition.survey.straight_liners == "keep"
    marks = () if keeps else tuple(sorted({straight_liner_column(features[item].kind) for item in items}))
    return Respondents(items, marks)


def sample_customers(
    engine: Engine,
    segmentation: Segmentation,
    as_of: datetime.date,
    also: Collection[str] = (),
    respondents: Respondents | None = None,
) -> pd.DataFrame:
    """Return the customers a segmentation is fitted on: all, or a seeded sample, sorted by customer_id.

    Parameters
    ----------
    engine : Engine
        Holds `customer_features`.
    segmentation : Segmentation
        Names the features, the seed and the size of the sample.
    as_of : date
        The snapshot.
    also : collection of str
        More features to return.
    respondents : Respondents, optional
        Only those, where a segmentation rests on a survey.

    Raises
    ------
    FeatureError
        When no customer had bought by `as_of`, or none of them answered.
    """
    names = [name for name in dict.fromkeys((*features_of(segmentation), *also)) if name != "value"]
    columns = ", ".join(["customer_id", "value::DOUBLE AS value", *map(identifier, names)])
    who = "" if respondents is None else f"AND {respondents.condition()} "
    frame = engine.summary(
        f"SELECT {columns} FROM customer_features WHERE snapshot = $as_of {who}"
        # the order of a hash is a random order that repeats; ties cannot happen, ids are unique
        "ORDER BY md5(customer_id || $seed), customer_id LIMIT $sample",
        {"as_of": as_of, "seed": f"/{segmentation.seed}", "sample": segmentation.sample},
    )
    if frame.empty and respondents is not None:
        raise FeatureError(
            f"Segmentation {segmentation.name} cannot be fitted as of {as_of}: nobody who had bought by then answered "
            "half of its survey items."
        )
    if frame.empty:
        raise FeatureError(
            f"Segmentation {segmentation.name} cannot be fitted as of {as_of}: nobody had bought by then."
        )
    return frame.sort_values("customer_id", ignore_index=True)
