"""The version a build scores with: the champion, or one fitted anew where the definition asks for another."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from segmodel.clustering import (
    ModelFiles,
    ModelVersion,
    Step,
    bridge_inputs,
    carry_identity,
    features_of,
    fit_segmentation,
    respondents_of,
    sample_customers,
    with_bridge,
)
from segmodel.definition import Definition, Segmentation
from segmodel.engines import Engine
from segmodel.errors import EngineError, StoreError
from segmodel.features import Feature, survey_notes, value_basis
from segmodel.formats import listed
from segmodel.scorecard import Respondents
from segmodel.store import PublishedBuild, account_name

OpenBuild = Callable[[], PublishedBuild]
Labels = tuple[Sequence[str], Sequence[str]]


@dataclass(frozen=True)
class Chosen:
    """The version a build uses.

    Attributes
    ----------
    model, named : ModelVersion
        As it is kept, and with people's names.
    step : Step or None
        What is to be recorded when the build is done; None where nothing is new.
    is_new : bool
        Whether this build fitted it, so that it is still to be saved.
    """

    model: ModelVersion
    named: ModelVersion
    step: Step | None = None
    is_new: bool = False

    @property
    def why_new(self) -> str:
        """Why this build fitted it; empty where it did not."""
        return self.step.why if self.step is not None and self.is_new else ""

    def save(self, models: ModelFiles) -> None:
        """Write what is new of it."""
        if self.step is not None:
            with models.changing():
                if self.is_new:
                    models.save(self.model, self.step)
                elif models.champion(self.model.segmentation) is None:
                    models.record(self.model.segmentation, self.step)


@dataclass(frozen=True)
class Fitting:
    """Where and what a version is fitted on.

    Attributes
    ----------
    engine : Engine
        Holds `customer_features`.
    definition : Definition
    segmentation : Segmentation
        What to fit; a proposal may ask for another number of segments than the definition.
    features : mapping of str to Feature
        The features the engine has.
    basis : str
        What value is made of: margin or revenue.
    as_of : date
        The snapshot.
    """

    engine: Engine
    definition: Definition
    segmentation: Segmentation
    features: Mapping[str, Feature]
    basis: str
    as_of: datetime.date

    def fit(
        self, earlier: ModelVersion | None, version: str, published: OpenBuild
    ) -> tuple[ModelVersion, Labels | None]:
        """Return a fitted version, its segments not yet named after the earlier ones, and what tells who is who.

        That is the earlier and the new segment of the same customers: by the earlier scorecard where its features
        still mean the same, else as the published build has them; None where neither can be had.
        """
        measured = self.definition.measures(self.basis)
        scorable = earlier
        if earlier is not None and (
            earlier.measured != measured or not {*earlier.deployed.features} <= {"value", *self.features}
        ):
            scorable = None
        respondents = respondents_of(self.segmentation, self.features, self.definition)
        also = [] if scorable is None else _columns_of(scorable)
        frame = self._sample(also, respondents)
        fitted = fit_segmentation(self.segmentation, frame, self.features, self.as_of, version)
        if respondents is not None:
            fitted = self._for_everyone(fitted, frame, respondents)
        asked = self.definition.segmentation(self.segmentation.name)
        settings = self.segmentation.model_dump(mode="json", exclude={"names", "label"})
        model = replace(
            fitted,
            fingerprint=self.definition.fingerprint(asked, self.basis),
            measured=measured,
            diagnostics={**fitted.diagnostics, "settings": settings},
        )
        if scorable is not None:
            return model, _both_told(_segments(scorable, frame), _segments(model, frame))
        if earlier is not None:
            return model, _labels_of_build(published, earlier, model, frame, self.as_of)
        return model, None

    def _sample(self, also: Sequence[str], respondents: Respondents | None) -> pd.DataFrame:
        if respondents is not None:
            also = [*also, *respondents.straight_liner_columns, *bridge_inputs(self.segmentation, self.features)]
        return sample_customers(self.engine, self.segmentation, self.as_of, also, respondents)

    def _for_everyone(self, fitted: ModelVersion, frame: pd.DataFrame, respondents: Respondents) -> ModelVersion:
        """Return a version found in a survey with what tells the segment of customers who gave no answers."""
        notes = [*survey_notes(self.engine), *fitted.diagnostics["notes"]]
        answered = replace(fitted, respondents=respondents, diagnostics={**fitted.diagnostics, "notes": notes})
        return with_bridge(answered, self.segmentation, frame, self.features)


def choose_version(
    engine: Engine,
    definition: Definition,
    segmentation: Segmentation,
    features: Mapping[str, Feature],
    latest: datetime.date,
    models: ModelFiles,
    published: OpenBuild,
) -> Chosen:
    """Return the version a build uses: the one in use while the definition stands, else one fitted anew.

    Parameters
    ----------
    engine : Engine
        The build being made, with its features.
    definition, segmentation, features
        What is asked for, and the features computed.
    latest : date
        The latest snapshot; a `fit_as_of` of the segmentation goes before it.
    models : ModelFiles
        The versions there are.
    published : callable
        Opens the build that is published so far; asked only where the features no longer mean the same.
    """
    basis = value_basis(engine)
    fingerprint = definition.fingerprint(segmentation, basis)
    champion = models.champion(segmentation.name) or _unrecorded(models, segmentation.name)
    earlier = None if champion is None else models.load(segmentation.name, champion.version)
    missing = () if earlier is None else tuple(sorted({*earlier.deployed.features} - {"value", *features}))
    if champion is not None and earlier is not None and champion.fingerprint == fingerprint and not missing:
        is_recorded = models.champion(segmentation.name) is not None
        return Chosen(earlier, with_peoples_names(earlier, segmentation, models), None if is_recorded else champion)
    fitting = Fitting(engine, definition, segmentation, features, basis, segmentation.fit_as_of or latest)
    model, labels = fitting.fit(earlier, models.next_version(segmentation.name), published)
    if earlier is not None:
        model = carry_identity(model, earlier, models.ids(segmentation.name), labels)
    why = _why_anew(champion, definition, segmentation, basis, missing)
    step = Step.now("fitted", model.version, account_name(), why, fingerprint)
    return Chosen(model, with_peoples_names(model, segmentation, models), step, is_new=True)


def features_in_use(engine: Engine, definition: Definition, models: ModelFiles) -> tuple[str, ...]:
    """Return the features that versions in use need beyond the definition: people may have promoted others.

    Parameters
    ----------
    engine : Engine
        Holds the checked sources.
    definition : Definition
    models : ModelFiles
    """
    found: list[str] = []
    for segmentation in definition.segmentations:
        champion = models.champion(segmentation.name)
        if champion is None:
            continue
        inputs = models.load(segmentation.name, champion.version).deployed.features
        extra = [name for name in inputs if name not in features_of(segmentation)]
        # a version of another definition is about to be replaced
        if extra and champion.fingerprint == definition.fingerprint(segmentation, value_basis(engine)):
            found += extra
    return tuple(dict.fromkeys(found))


def with_peoples_names(model: ModelVersion, segmentation: Segmentation, models: ModelFiles) -> ModelVersion:
    """Return a version with the names of the definition; names of other versions' segments wait for these.

    Raises
    ------
    DefinitionError
        When the definition names a segment that no version has.
    """
    own = {segment.id for segment in model.segments}
    elsewhere = models.ids(model.segmentation) if set(segmentation.names) - own else ()
    return model.with_names(segmentation.names, elsewhere)


def _unrecorded(models: ModelFiles, segmentation: str) -> Step | None:
    """Return the newest version as the one in use, where versions are there but no log says so."""
    versions = models.versions(segmentation)
    if not versions:
        return None
    newest = models.load(segmentation, versions[-1])
    return Step.now("fitted", newest.version, account_name(), "in use when the log was begun", newest.fingerprint)


def _why_anew(
    champion: Step | None, definition: Definition, segmentation: Segmentation, basis: str, missing: Sequence[str]
) -> str:
    if champion is None:
        return "no model yet"
    if missing and champion.fingerprint == definition.fingerprint(segmentation, basis):
        return f"{listed(missing)} {'is' if len(missing) == 1 else 'are'} no longer given"
    other = "revenue" if basis == "margin" else "margin"
    if champion.fingerprint == definition.fingerprint(segmentation, other):
        return f"value is now {basis}, not {other}"
    return "the definition changed"


def _columns_of(model: ModelVersion) -> list[str]:
    marks = () if model.respondents is None else model.respondents.straight_liner_columns
    return [*model.deployed.features, *marks]


def _segments(model: ModelVersion, frame: pd.DataFrame) -> list[str | None]:
    return model.deployed.predict(frame)["segment"].to_list()


def _both_told(earlier: Sequence[str | None], now: Sequence[str | None]) -> Labels:
    """Return the segments of those whom both versions can tell."""
    pairs = [(before, after) for before, after in zip(earlier, now, strict=True) if before and after]
    return [before for before, _ in pairs], [after for _, after in pairs]


def _labels_of_build(
    published: OpenBuild, earlier: ModelVersion, model: ModelVersion, frame: pd.DataFrame, as_of: datetime.date
) -> Labels | None:
    """Return who was where in the published build and is where now; None where it cannot tell.

    Whichever version scored the build: an id means the same people in all of them.
    """
    try:
        with published() as build:
            known = build.engine.frame(
                "SELECT customer_id, segment AS earlier FROM assignments WHERE segmentation = $segmentation "
                "AND snapshot = (SELECT max(snapshot) FROM snapshots WHERE snapshot <= $as_of)",
                {"segmentation": earlier.segmentation, "as_of": as_of},
            )
    except (StoreError, EngineError):
        return None  # nothing is published, or it cannot be read: a build mends that and must not stop here
    now = pd.Series(_segments(model, frame), index=frame.index, dtype=object)
    both = frame[["customer_id"]].assign(now=now).merge(known, on="customer_id")
    return None if both.empty else _both_told(both["earlier"].to_list(), both["now"].to_list())
