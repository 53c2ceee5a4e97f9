"""The workspace: a folder with a definition, its data, its models and its builds. `Workspace.build` is the product."""

from __future__ import annotations

import dataclasses
import datetime
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from segmodel.clustering import ModelFiles, ModelVersion, features_of, fit_segmentation
from segmodel.definition import FILE_NAME, Definition, Segmentation, load_definition
from segmodel.engines import Engine, identifier
from segmodel.errors import FeatureError, StoreError, did_you_mean
from segmodel.features import (
    CATALOGUE,
    Feature,
    Snapshot,
    available_features,
    compute_features,
    describe_transactions,
    plan_snapshots,
    unlocked_by,
    value_basis,
)
from segmodel.metrics import compute_metrics, compute_profiles
from segmodel.progress import Progress, part, quiet
from segmodel.scorecard import assign, prepare_scoring
from segmodel.sources import TABLES, TableReport, load_sources
from segmodel.store import Builds, PublishedBuild, describe_build, store_table


@dataclass(frozen=True)
class BuildReport:
    """What a build did: its id and date, rows by table, and the model version behind each segmentation."""

    build_id: str
    as_of: datetime.date
    tables: tuple[TableReport, ...]
    models: tuple[ModelVersion, ...]


class Workspace:
    """A folder holding `segmentation.toml`, its data, its models and its store.

    Parameters
    ----------
    folder : Path or str

    Examples
    --------
    >>> Workspace("nowhere").current() is None
    True
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.builds = Builds(self.folder / "store")
        self.models = ModelFiles(self.folder / "models")

    @cached_property
    def definition(self) -> Definition:
        """What `segmentation.toml` says; raises DefinitionError."""
        return load_definition(self.folder, tuple(TABLES))

    def build(self, as_of: datetime.date | None = None, progress: Progress = quiet) -> BuildReport:
        """Read, check, describe, segment, measure and publish; a failure leaves the published build as it was.

        Parameters
        ----------
        as_of : date, optional
            The latest snapshot; default: the definition's, else the day of the last purchase.
        progress : Progress
            Told of each step.

        Raises
        ------
        SegmodelError
            With a sentence saying what was found, what was expected and the remedy.
        """
        definition = self.definition
        models: list[ModelVersion] = []
        with self.builds.writing(
            definition.engine, definition.keep_builds, before_publishing=lambda: self._save(models)
        ) as writing:
            engine = writing.engine
            tables = load_sources(engine, definition, self.folder, part(progress, 0.0, 0.5))

            progress("Computing features", 0.5)
            features = wanted_features(definition, engine)
            snapshots = plan_snapshots(engine, definition, as_of)
            compute_features(engine, features, snapshots)
            describe_transactions(engine)
            prepare_scoring(engine, [(name, features[name].label) for name in definition.filters])

            for place, segmentation in enumerate(definition.segmentations):
                progress(f"Segmenting: {segmentation.title}", 0.65 + 0.3 * place / len(definition.segmentations))
                model = self._model(engine, segmentation, features, snapshots)
                models.append(model)
                assign(engine, model.segmentation, model.scorecard)
                compute_metrics(engine, model.segmentation, definition, snapshots)
                compute_profiles(engine, model.segmentation, features, snapshots[-1].day, definition.minimum_group)

            progress("Publishing", 0.97)
            describe_build(engine, writing.build_id, definition, snapshots[-1].day, value_basis(engine))
            named = [model.with_names(definition.segmentation(model.segmentation).names) for model in models]
            describe_segmentations(engine, definition, named)
        progress("Published", 1.0)
        return BuildReport(writing.build_id, snapshots[-1].day, tables, tuple(named))

    def check(self, progress: Progress = quiet) -> tuple[TableReport, ...]:
        """Read and check every source, and what the segmentations need of them; build and keep nothing."""
        definition = self.definition
        with tempfile.TemporaryDirectory(prefix="segmodel-") as folder:
            spill = Path(folder)
            with Engine.open(spill / "check.duckdb", definition.engine, spill) as engine:
                tables = load_sources(engine, definition, self.folder, progress)
                wanted_features(definition, engine)
                plan_snapshots(engine, definition)
        return tables

    def current(self) -> str | None:
        """Return the id of the published build, or None before the first."""
        return self.builds.current()

    def open(self, build_id: str | None = None) -> PublishedBuild:
        """Open a build for reading; default: the published one.

        Raises
        ------
        StoreError
            When nothing was published yet, or the file is damaged.
        """
        wanted = build_id or self.current()
        if wanted is None:
            raise StoreError(
                f"Nothing is published in '{self.folder}' yet. Build it with: segmodel build {self.folder}"
            )
        return PublishedBuild(wanted, self.builds.open(wanted))

    def rollback(self, build_id: str) -> None:
        """Publish an earlier build again; later ones stay."""
        self.builds.rollback(build_id)

    def _model(
        self,
        engine: Engine,
        segmentation: Segmentation,
        features: Mapping[str, Feature],
        snapshots: Sequence[Snapshot],
    ) -> ModelVersion:
        """Return the version in use, or fit one when there is none or the definition has changed."""
        fingerprint = self.definition.fingerprint(segmentation)
        model = self.models.champion(segmentation.name, fingerprint)
        if model is None:
            as_of = segmentation.fit_as_of or snapshots[-1].day
            frame = sample_customers(engine, segmentation, as_of)
            version = self.models.next_version(segmentation.name)
            fitted = fit_segmentation(segmentation, frame, features, as_of, version)
            model = dataclasses.replace(fitted, fingerprint=fingerprint)
        return model

    def _save(self, models: Sequence[ModelVersion]) -> None:
        for model in models:
            self.models.save(model)


def wanted_features(definition: Definition, engine: Engine) -> dict[str, Feature]:
    """Return the features a build computes: those segmentations and filters use, and those that describe.

    Raises
    ------
    FeatureError
        When one is unknown, or needs data that were not given; the message says what would unlock it.
    """
    if "transactions" not in engine.tables():
        raise FeatureError(
            "The sources give no transactions, which features are computed from. Add [sources.transactions]; "
            "segments from a survey alone cannot be built yet."
        )
    have = available_features(engine)
    problems = []
    wanted: set[str] = set()
    asked = [(f"filters of {FILE_NAME}", definition.filters)]
    asked += [(f"segmentation {s.name}", features_of(s)) for s in definition.segmentations]
    if definition.features.describe != "all":
        asked.append(("features.describe", definition.features.describe))
    for where, names in asked:
        wanted |= set(names)
        problems += [f"{where}: {_unknown(name, have, engine)}" for name in names if name not in have]
    for segmentation in definition.segmentations:
        words = [name for name in features_of(segmentation) if name in have and not have[name].is_numeric]
        if words and segmentation.method == "kmeans":
            problems.append(
                f"segmentation {segmentation.name}: {', '.join(words)} holds words, and method kmeans needs numbers; "
                "use it as a filter instead"
            )
    if problems:
        raise FeatureError("\n".join(problems) + ".")
    if definition.features.describe == "all":
        # words about a customer (a name, an address) describe nobody but them; they are computed when asked for
        wanted |= {name for name, feature in have.items() if feature.rows != "customers" or feature.is_numeric}
    return {name: feature for name, feature in have.items() if name in wanted}


def _unknown(name: str, have: Mapping[str, Feature], engine: Engine) -> str:
    known = CATALOGUE.get(name)
    if known is not None:
        missing = [need for need in known.needs if need in unlocked_by(engine)]
        return f"feature '{name}' needs {' and '.join(missing)}, which the sources do not give"
    return f"there is no feature '{name}'; the data allow {', '.join(sorted(have))}.{did_you_mean(name, have)}"


def sample_customers(engine: Engine, segmentation: Segmentation, as_of: datetime.date) -> pd.DataFrame:
    """Return the customers a segmentation is fitted on: all, or a seeded sample, sorted by customer_id.

    Raises
    ------
    FeatureError
        When no customer had bought by `as_of`.
    """
    names = [name for name in features_of(segmentation) if name != "value"]
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
                "model": model.to_json(),
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
