"""The workspace: a folder with a definition, its data, its models and its builds. `Workspace.build` is the product."""

from __future__ import annotations

import dataclasses
import datetime
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from segmodel.clustering import (
    ModelFiles,
    ModelVersion,
    describe_segmentations,
    features_of,
    fit_segmentation,
    sample_customers,
)
from segmodel.definition import Definition, Segmentation, load_definition
from segmodel.engines import Engine
from segmodel.errors import StoreError
from segmodel.features import (
    Feature,
    Snapshot,
    compute_features,
    describe_transactions,
    plan_snapshots,
    value_basis,
    wanted_features,
)
from segmodel.metrics import compute_metrics, compute_profiles, store_definitions
from segmodel.progress import Progress, part, quiet
from segmodel.scorecard import assign, prepare_scoring
from segmodel.sources import TABLES, TableReport, load_sources
from segmodel.store import Builds, PublishedBuild, describe_build


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Attributes
    ----------
    build_id : str
        Its id.
    as_of : datetime.date
        Its latest snapshot.
    tables : tuple of TableReport
        What became of the rows of every table.
    models : tuple of ModelVersion
        The version behind each segmentation, with people's names.
    fitted_anew : mapping of str to str
        The segmentations this build fitted, each with the reason.
    """

    build_id: str
    as_of: datetime.date
    tables: tuple[TableReport, ...]
    models: tuple[ModelVersion, ...]
    fitted_anew: Mapping[str, str]


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
        named: list[ModelVersion] = []
        fitted_anew: dict[str, str] = {}
        with self.builds.writing(
            definition.engine, definition.keep_builds, before_publishing=lambda: self._save(models)
        ) as writing:
            engine = writing.engine
            tables = load_sources(engine, definition, self.folder, part(progress, 0.0, 0.5))

            progress("Computing features", 0.5)
            features = self._features(engine)
            snapshots = plan_snapshots(engine, definition, as_of)
            compute_features(engine, features, snapshots)
            describe_transactions(engine)
            prepare_scoring(engine, [(name, features[name].label) for name in definition.filters])

            for place, segmentation in enumerate(definition.segmentations):
                progress(f"Segmenting: {segmentation.title}", 0.65 + 0.3 * place / len(definition.segmentations))
                model, why_anew = self._model(engine, segmentation, features, snapshots)
                models.append(model)
                # here, because names of segments that do not exist need not wait for the long part
                named.append(model.with_names(segmentation.names))
                fitted_anew |= {model.segmentation: why_anew} if why_anew else {}
                assign(engine, model.segmentation, model.scorecard)
                compute_metrics(engine, model.segmentation, definition, snapshots)
                compute_profiles(engine, model.segmentation, features, snapshots[-1].day, definition.minimum_group)

            progress("Publishing", 0.97)
            store_definitions(engine, features)
            describe_build(engine, writing.build_id, definition, snapshots[-1].day, value_basis(engine))
            describe_segmentations(engine, definition, named)
        progress("Published", 1.0)
        return BuildReport(writing.build_id, snapshots[-1].day, tables, tuple(named), fitted_anew)

    def check(self, progress: Progress = quiet) -> tuple[TableReport, ...]:
        """Read and check every source, and what the segmentations need of them; build and keep nothing."""
        definition = self.definition
        with tempfile.TemporaryDirectory(prefix="segmodel-") as folder:
            spill = Path(folder)
            with Engine.open(spill / "check.duckdb", definition.engine, spill) as engine:
                tables = load_sources(engine, definition, self.folder, progress)
                self._features(engine)
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

    def _features(self, engine: Engine) -> dict[str, Feature]:
        """Return the features a build computes; raises FeatureError where one cannot be."""
        segmentations = self.definition.segmentations
        return wanted_features(engine, self.definition, {each.name: features_of(each) for each in segmentations})

    def _model(
        self,
        engine: Engine,
        segmentation: Segmentation,
        features: Mapping[str, Feature],
        snapshots: Sequence[Snapshot],
    ) -> tuple[ModelVersion, str]:
        """Return the version in use and no reason, or one fitted anew and why."""
        basis = value_basis(engine)
        fingerprint = self.definition.fingerprint(segmentation, basis)
        model = self.models.champion(segmentation.name, fingerprint)
        if model is not None:
            return model, ""
        as_of = segmentation.fit_as_of or snapshots[-1].day
        frame = sample_customers(engine, segmentation, as_of)
        version = self.models.next_version(segmentation.name)
        fitted = fit_segmentation(segmentation, frame, features, as_of, version)
        return dataclasses.replace(fitted, fingerprint=fingerprint), self._why_anew(segmentation, basis)

    def _why_anew(self, segmentation: Segmentation, basis: str) -> str:
        if not self.models.versions(segmentation.name):
            return "no model yet"
        other = "revenue" if basis == "margin" else "margin"
        if self.models.champion(segmentation.name, self.definition.fingerprint(segmentation, other)) is not None:
            return f"value is now {basis}, not {other}"
        return "the definition changed"

    def _save(self, models: Sequence[ModelVersion]) -> None:
        for model in models:
            self.models.save(model)
