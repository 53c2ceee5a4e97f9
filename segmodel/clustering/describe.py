"""What a build says of its models: tables `segmentations` and `segments`."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from segmodel.clustering.version import ModelVersion, shown_model
from segmodel.definition import Definition
from segmodel.engines import Engine
from segmodel.formats import day, number, sentence_case, share
from segmodel.scorecard import SURVEY
from segmodel.store import PublishedBuild, store_table


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
                "coverage": _coverage(engine, definition.minimum_group, model),
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


def _coverage(engine: Engine, minimum_group: int, model: ModelVersion) -> str:
    """Return whose segment is told from what, where a segmentation rests on a survey; else nothing."""
    if model.respondents is None:
        return ""
    latest = "snapshot = (SELECT max(snapshot) FROM snapshots)"
    everybody = int(engine.value(f"SELECT count(*) FROM customer_features WHERE {latest}"))
    answered = int(
        engine.value(
            f"SELECT count(*) FROM assignments WHERE segmentation = $name AND assigned_by = '{SURVEY}' AND {latest}",
            {"name": model.segmentation},
        )
    )
    is_shown = answered >= minimum_group and (everybody - answered >= minimum_group or everybody == answered)
    counted = f"{number(answered)} of all {number(everybody)} customers" if is_shown else "some of the customers"
    latest_day = engine.value("SELECT max(snapshot) FROM snapshots")
    return coverage_sentence(f"{counted} on {day(latest_day)}" if is_shown else counted, model)


def coverage_sentence(answered: str, model: ModelVersion) -> str:
    """Return whose segment is told from what.

    Parameters
    ----------
    answered : str
        Who answered, in the middle of a sentence, such as `1,200 of all 4,000 customers on 30 June 2026`.
    model : ModelVersion
        Found in a survey.
    """
    bridge = model.diagnostics.get("bridge", {})
    figures = ""
    if "accuracy" in bridge:
        figures = (
            f"right for {share(bridge['accuracy'])} of respondents it had not seen, where always guessing the largest "
            f"segment is right for {share(bridge['guessing'])}"
        )
    if model.bridge is None:
        why = f" (a model of what else is known was {figures})" if figures else ""
        return f"Shown are those whom their answers to a survey place, {answered}: the others cannot be told{why}."
    if not model.counts_bridged:
        return (
            f"Shown are those whom their answers to a survey place, {answered}. Others are placed for lists and "
            f"look-ups only, by what else is known of them: {figures}. That is too weak a guide to size or value "
            "segments by."
        )
    return (
        f"{sentence_case(answered)} are placed by their answers to a survey, the others by what else is known of them: "
        f"{figures}."
    )


def read_model(published: PublishedBuild, segmentation: str) -> ModelVersion:
    """Return the model version behind a segmentation of a build.

    Raises
    ------
    StoreError
        When there is no such segmentation.
    """
    published.segments(segmentation)
    return ModelVersion.from_json(str(published.segmentations().set_index("name")["model"][segmentation]))
