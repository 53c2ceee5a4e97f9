"""The customers a segmentation is fitted on."""

from __future__ import annotations

import datetime
from collections.abc import Collection

import pandas as pd

from segmodel.clustering.fit import features_of
from segmodel.definition import Segmentation
from segmodel.engines import Engine, identifier
from segmodel.errors import FeatureError


def sample_customers(
    engine: Engine, segmentation: Segmentation, as_of: datetime.date, also: Collection[str] = ()
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

    Raises
    ------
    FeatureError
        When no customer had bought by `as_of`.
    """
    names = [name for name in dict.fromkeys((*features_of(segmentation), *also)) if name != "value"]
    columns = ", ".join(["customer_id", "value::DOUBLE AS value", *map(identifier, names)])
    frame = engine.frame(
        f"SELECT {columns} FROM customer_features WHERE snapshot = $as_of "
        # the order of a hash is a random order that repeats; ties cannot happen, ids are unique
        "ORDER BY md5(customer_id || $seed), customer_id LIMIT $sample",
        {"as_of": as_of, "seed": f"/{segmentation.seed}", "sample": segmentation.sample},
    )
    if frame.empty:
        raise FeatureError(
            f"Segmentation {segmentation.name} cannot be fitted as of {as_of}: nobody had bought by then."
        )
    return frame.sort_values("customer_id", ignore_index=True)
