"""What a build says of its models: tables `segmentations` and `segments`."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from segmodel.clustering.version import ModelVersion, shown_model
from segmodel.definition import Definition
from segmodel.engines import Engine
from segmodel.store import store_table


def describe_segmentations(engine: Engine, definition: Definition, models: Sequence[ModelVersion]) -> None:
    """Create tables `segmentations` and `segments`."""
    rows, segments = [], []
    for position, (segmentation, model) in enumerate(zip(definition.segmentations, models, strict=True)):
        rows.append(
            {
                "name": model.segmentation,
                "label": segmentation.title,
                "basis": model.basis,
                "method": model.method,
                "version": model.version,
                "k": model.k,
                "fitted_as_of": model.fitted_as_of,
                "n_fitted": model.n_fitted,
                "model": shown_model(model.to_json(), definition.minimum_group),
                "caution": model.diagnostics.get("caution", ""),
                "is_primary": model.segmentation == definition.primary_segmentation.name,
                "position": position,
            }
        )
        segments += [
            {
                "segmentation": model.segmentation,
                "segment": segment.id,
                "name": segment.name,
                "description": segment.description,
                "position": place,
                "colour": segment.colour,
            }
            for place, segment in enumerate(model.segments)
        ]
    store_table(engine, "segmentations", pd.DataFrame(rows).astype({"fitted_as_of": "datetime64[s]"}))
    store_table(engine, "segments", pd.DataFrame(segments))
