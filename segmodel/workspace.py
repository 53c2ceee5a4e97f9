"""The workspace: a folder with a definition, its data, its models and its builds. `Workspace.build` is the product."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from segmodel.clustering import KChoice, ModelFiles, ModelVersion, Step, describe_segmentations, features_of
from segmodel.crosswalk import store_crosswalk
from segmodel.definition import Definition, load_definition
from segmodel.drift import Former, former_version, store_drift, store_migration, store_rule_changes
from segmodel.engines import Engine
from segmodel.errors import EngineError, StoreError
from segmodel.features import (
    Feature,
    Snapshot,
    compute_features,
    describe_survey,
    describe_transactions,
    plan_snapshots,
    store_contract,
    value_basis,
    wanted_features,
)
from segmodel.metrics import compute_metrics, compute_profiles, compute_reach, compute_stability, store_definitions
from segmodel.opportunities import store_opportunities
from segmodel.personas import store_traits, store_voices
from segmodel.progress import Progress, part, quiet
from segmodel.refresh import (
    Earlier,
    News,
    NothingNewError,
    RefreshReport,
    Standing,
    Start,
    WholeBuildError,
    find_standing,
    is_settled,
    read_earlier,
    refuse_other_versions,
    store_basis,
)
from segmodel.scorecard import assign, prepare_scoring
from segmodel.sources import TABLES, TableReport, load_sources, store_days
from segmodel.store import Builds, PublishedBuild, carry_over, describe_build, keep_snapshots
from segmodel.studio import (
    Chosen,
    Comparison,
    MicroSegments,
    Number,
    NumbersCompared,
    Run,
    RunFiles,
    Settings,
    Studio,
    choose_version,
    features_in_use,
)
from segmodel.value import describe_value, store_budget


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
    computed, taken_over : tuple of date
        The snapshots computed, and those taken over from the build before; oldest first.
    news : News or None
        What was new; None where the build does not rest on an earlier one.
    """

    build_id: str
    as_of: datetime.date
    tables: tuple[TableReport, ...]
    models: tuple[ModelVersion, ...]
    fitted_anew: Mapping[str, str]
    computed: tuple[datetime.date, ...] = ()
    taken_over: tuple[datetime.date, ...] = ()
    news: News | None = None


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
        self.runs = RunFiles(self.folder / "studio")
        self.models = ModelFiles(self.folder / "models", lock=self.folder / "store" / "models.lock")

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
        return self._make(Start(), progress, as_of)

    def refresh(self, progress: Progress = quiet, now: datetime.datetime | None = None) -> RefreshReport:
        """Publish what `build` would, computing only what changed since the published build.

        Snapshots before the first day of which the transactions say something else are taken over. Where that cannot
        be done, or nothing is published yet, everything is built, and the report says why.

        Parameters
        ----------
        progress : Progress
            Told of each step.
        now : datetime, optional
            The clock, with its zone; the computer's when left out.

        Raises
        ------
        SegmodelError
            With a sentence saying what was found, what was expected and the remedy.
        """
        start = Start(self._start)
        progress("Looking for what is new", 0.0)
        why_whole = ""
        try:
            made = self._make(start, progress, now=now)
        except NothingNewError:
            return RefreshReport.nothing_new(self.current() or "", self._as_of())
        except WholeBuildError as why:
            why_whole = str(why)
            made = self._make(Start(), progress, now=now)
        return RefreshReport(
            build_id=made.build_id,
            as_of=made.as_of,
            is_new=True,
            why_whole=why_whole,
            news=made.news or News(),
            computed=made.computed,
            taken_over=made.taken_over,
            tables=made.tables,
            models=made.models,
            fitted_anew=made.fitted_anew,
        )

    def _as_of(self) -> datetime.date:
        with self.open() as published:
            as_of: datetime.date = published.info()["as_of"]
        return as_of

    def _start(self) -> Earlier:
        """Return the published build to start from, or raise why everything, or nothing, is to be made."""
        if self.current() is None:
            raise WholeBuildError("Nothing was published yet.")
        try:
            with self.open() as published:
                earlier = read_earlier(published)
        except (StoreError, EngineError) as error:
            raise WholeBuildError(f"The published build cannot be started from: {error}") from error
        refuse_other_versions(earlier, self.definition, self.models)
        if not earlier.is_waiting and is_settled(self.definition, self.folder, earlier.ledger):
            raise NothingNewError
        if self.definition.engine.name == "spark":
            raise WholeBuildError("With Spark, every build computes everything.")
        return earlier

    def _make(
        self,
        start: Start,
        progress: Progress,
        as_of: datetime.date | None = None,
        now: datetime.datetime | None = None,
    ) -> BuildReport:
        """Make and publish a build: the pipeline, from the sources to what pages show."""
        definition = self.definition
        chosen: list[Chosen] = []
        formers: dict[str, Former | None] = {}
        with self.builds.writing(
            definition.engine, definition.keep_builds, lambda: self._save(chosen), start.build_id
        ) as writing:
            engine = writing.engine
            carry_over(engine)
            keeping = start.keeping(self.builds.rows)
            tables = load_sources(engine, definition, self.folder, part(progress, 0.0, 0.5), keeping, now)

            progress("Computing features", 0.5)
            features = self._features(engine)
            snapshots = plan_snapshots(engine, definition, as_of, self._fitted_on())
            describe_survey(engine, features, definition.survey)
            store_days(engine)
            standing = find_standing(engine, start.earlier, features, snapshots)
            for table in ("customer_features", "orders_until"):
                keep_snapshots(engine, table, standing.described)
            compute_features(engine, features, snapshots, standing.described)
            describe_transactions(engine)
            standing = self._prepare_scoring(engine, features, standing)

            for place, segmentation in enumerate(definition.segmentations):
                progress(f"Segmenting: {segmentation.title}", 0.65 + 0.25 * place / len(definition.segmentations))
                version = choose_version(
                    engine, definition, segmentation, features, snapshots[-1].day, self.models, self.open
                )
                start.refuse(version.why_new)
                chosen.append(version)
                assign(engine, segmentation.name, version.model.deployed, counts_bridged=version.model.counts_bridged)
                self._measure(engine, version.named, features, snapshots, standing)
                formers[segmentation.name] = former_version(self.models, version.model, version.step)
                store_rule_changes(engine, version.model, formers[segmentation.name], definition.minimum_group)

            named = tuple(version.named for version in chosen)
            progress("Comparing segmentations", 0.87)
            store_crosswalk(engine, definition, named, formers)

            progress("Looking for drift", 0.88)
            store_drift(engine, named, features, definition)

            progress("Valuing customers", 0.92)
            describe_value(engine, definition, [segmentation.name for segmentation in definition.segmentations])

            progress("Looking for traits", 0.95)
            store_traits(engine, named, features, definition, snapshots[-1])
            progress("Hearing what customers say", 0.95)
            store_voices(engine, [each.name for each in definition.segmentations], definition.minimum_group)

            progress("Publishing", 0.97)
            store_definitions(engine, features)
            store_basis(engine)
            store_contract(engine)
            describe_build(engine, writing.build_id, definition, snapshots[-1].day, value_basis(engine))
            describe_segmentations(engine, definition, named)
        progress("Published", 1.0)
        return BuildReport(
            build_id=writing.build_id,
            as_of=snapshots[-1].day,
            tables=tables,
            models=named,
            fitted_anew={version.model.segmentation: version.why_new for version in chosen if version.why_new},
            computed=tuple(each.day for each in snapshots if each.day not in standing.described),
            taken_over=tuple(sorted(standing.described)),
            news=standing.news,
        )

    def _prepare_scoring(self, engine: Engine, features: Mapping[str, Feature], standing: Standing) -> Standing:
        """Make ready for assigning customers, and return what stands now that it is known what filters offer."""
        filters = [(name, features[name].label) for name in self.definition.filters]
        assigned = prepare_scoring(engine, filters, standing.described, standing.filters)
        measured = standing.measured & assigned
        for table, days in {"assignments": assigned, "flow_counts": assigned, "segment_metrics": measured}.items():
            keep_snapshots(engine, table, days)
        return replace(standing, measured=measured)

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

    def studio(
        self,
        name: str,
        ks: Iterable[int] = range(2, 11),
        progress: Progress = quiet,
        settings: Settings | None = None,
    ) -> KChoice:
        """Return the table for choosing the number of segments, with a recommendation; keeps nothing.

        `settings` try another basis, method, features, factors, seed or sample than the definition's.
        """
        return self._studio.table(name, ks, progress, settings)

    def compare_numbers(
        self,
        name: str,
        ks: Iterable[int] = range(2, 11),
        progress: Progress = quiet,
        settings: Settings | None = None,
    ) -> NumbersCompared:
        """Return the same as people may see it: small groups hidden, with a map, profiles and words."""
        return self._studio.compare_numbers(name, ks, progress, settings)

    def keep_run(self, found: NumbersCompared, who: str) -> Path:
        """Keep a comparison of numbers of segments in folder `studio`, to be repeated or opened again."""
        return self.runs.save(Run.now(found, who))

    def propose(
        self,
        name: str,
        k: Number | None,
        who: str,
        why: str = "",
        progress: Progress = quiet,
        settings: Settings | None = None,
    ) -> ModelVersion:
        """Fit a challenger on the published build and keep it as the next version, not in use; see `studio`."""
        return self._studio.propose(name, k, who, why, progress, settings)

    def compare(self, name: str, version: str | None = None, progress: Progress = quiet) -> Comparison:
        """Compare a version (default: the newest challenger) with the champion, on the published build."""
        return self._studio.compare(name, version, progress)

    def micro(
        self, name: str, segment: str, features: Sequence[str] | None = None, progress: Progress = quiet
    ) -> MicroSegments:
        """Look for micro-segments inside a segment (id or name) of the published build; keeps nothing."""
        return self._studio.micro(name, segment, features, progress)

    def promote(self, name: str, version: str | None, who: str, why: str) -> Step:
        """Take a version (None: the newest challenger) into use; the next build scores with it."""
        return self._studio.promote(name, version, who, why)

    def go_back(self, name: str, who: str, why: str) -> Step:
        """Take the version that was in use before into use again; the next build scores with it."""
        return self._studio.go_back(name, who, why)

    def steps(self, name: str) -> tuple[Step, ...]:
        """Return what was done with the versions of a segmentation, oldest first: who, when and why."""
        return self._studio.steps(name)

    @property
    def _studio(self) -> Studio:
        return Studio(self.definition, self.models, self.open)

    def _features(self, engine: Engine) -> dict[str, Feature]:
        """Return the features a build computes; raises FeatureError where one cannot be."""
        segmentations = self.definition.segmentations
        used = {each.name: features_of(each) for each in segmentations}
        promoted = features_in_use(engine, self.definition, self.models) if "transactions" in engine.tables() else ()
        return wanted_features(engine, self.definition, used, promoted)

    def _fitted_on(self) -> set[datetime.date]:
        """Return the days on which the versions in use were fitted."""
        champions = ((each.name, self.models.champion(each.name)) for each in self.definition.segmentations)
        return {self.models.load(name, step.version).fitted_as_of for name, step in champions if step is not None}

    def _measure(
        self,
        engine: Engine,
        model: ModelVersion,
        features: Mapping[str, Feature],
        snapshots: Sequence[Snapshot],
        standing: Standing,
    ) -> None:
        """Measure the segments of one segmentation: what they are worth, how they differ, and who can be reached."""
        definition, name, latest = self.definition, model.segmentation, snapshots[-1]
        least = definition.minimum_group
        compute_metrics(engine, name, definition, snapshots, standing.measured)
        compute_profiles(engine, name, features, latest.day, least)
        compute_reach(engine, name, definition)
        compute_stability(engine, name, least)
        store_budget(engine, name, [(segment.id, segment.name) for segment in model.segments], least)
        store_opportunities(engine, name, least, definition.survey, latest)
        store_migration(engine, name, [segment.id for segment in model.segments], least, snapshots)

    def _save(self, chosen: Iterable[Chosen]) -> None:
        for version in chosen:
            version.save(self.models)
