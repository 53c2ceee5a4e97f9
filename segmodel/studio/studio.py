"""Champion and challenger: the steps people take with the versions of a segmentation, on the published build."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from segmodel.clustering import (
    RULE_MADE,
    KChoice,
    ModelFiles,
    ModelVersion,
    Step,
    carry_identity,
    compare_numbers,
    features_of,
    in_use,
    respondents_of,
    sample_customers,
)
from segmodel.definition import FILE_NAME, Definition, Segmentation
from segmodel.errors import ClusteringError, ScorecardError, StoreError, did_you_mean
from segmodel.metrics import features_in
from segmodel.progress import Progress, part
from segmodel.store import PublishedBuild
from segmodel.studio.comparison import Comparison, compare_versions
from segmodel.studio.micro import MicroSegments, look_inside
from segmodel.studio.numbers import NumbersCompared
from segmodel.studio.settings import Settings, with_settings
from segmodel.studio.versions import Fitting, OpenBuild, with_peoples_names

FEWEST, MOST = 2, 20
"""Numbers of segments that may be asked for, as in the definition."""

Number = int | Literal["auto"]


@dataclass(frozen=True)
class Studio:
    """What people do with the versions of a workspace; nothing here changes a build.

    Attributes
    ----------
    definition : Definition
        As it stands.
    models : ModelFiles
        The versions and the log.
    published : callable
        Opens the published build.
    """

    definition: Definition
    models: ModelFiles
    published: OpenBuild

    def table(self, name: str, ks: Iterable[int], progress: Progress, settings: Settings | None = None) -> KChoice:
        """Compare numbers of segments on the customers of the published build; nothing is kept.

        Parameters
        ----------
        name : str
            The segmentation.
        ks : iterable of int
            The numbers.
        progress : Progress
        settings : mapping, optional
            What to try instead of the definition's; see `with_settings`.

        Raises
        ------
        SegmodelError
            When the method has no number to choose, or the build does not have the features.
        """
        return self._compared(name, ks, progress, settings)[1]

    def compare_numbers(
        self, name: str, ks: Iterable[int], progress: Progress, settings: Settings | None = None
    ) -> NumbersCompared:
        """Compare numbers of segments and return what people may see of it, with small groups hidden; see `table`."""
        segmentation, choice, build = self._compared(name, ks, progress, settings)
        return NumbersCompared.of(segmentation, choice, self.definition.minimum_group, build)

    def _compared(
        self, name: str, ks: Iterable[int], progress: Progress, settings: Settings | None
    ) -> tuple[Segmentation, KChoice, str]:
        segmentation = self._with_k(self._asked(name, settings), "auto")
        wanted = sorted({int(k) for k in ks})
        if not wanted or wanted[0] < FEWEST or wanted[-1] > MOST:
            found = ", ".join(map(str, wanted)) or "none"
            raise ClusteringError(f"Numbers of segments go from {FEWEST} to {MOST}, found {found}.")
        with self._opened(segmentation) as published:
            progress("Reading customers", 0.0)
            features = features_in(published.features())
            # what the segments may differ in beside what they were found on
            numbers = [name for name, feature in features.items() if feature.is_numeric]
            respondents = respondents_of(segmentation, features, self.definition)
            as_of = _as_of(segmentation, published)
            frame = sample_customers(published.engine, segmentation, as_of, numbers, respondents)
            build = published.build_id
        choice = compare_numbers(segmentation, frame, features, wanted, part(progress, 0.05, 1.0))
        shown = _without_small_shares(choice.table, choice.n, self.definition.minimum_group)
        return segmentation, replace(choice, table=shown), build

    def propose(
        self,
        name: str,
        k: Number | None,
        who: str,
        why: str,
        progress: Progress,
        settings: Settings | None = None,
    ) -> ModelVersion:
        """Fit a challenger on the published build and save it as the next version; the champion stays in use.

        Parameters
        ----------
        name : str
            The segmentation.
        k : int, "auto" or None
            Number of segments; None: as the definition says.
        who, why : str
            The person and the reason, for the log.
        progress : Progress
        settings : mapping, optional
            What to fit instead of the definition's; see `with_settings`. Once promoted it stays in use while the
            definition stands, as any other version does.

        Raises
        ------
        SegmodelError
            When it would be a version that is there already, or the build does not have the features.
        """
        asked = k if k is None or k == "auto" else int(k)
        segmentation = self._with_k(self._asked(name, settings), asked)
        with self._opened(segmentation) as published:
            progress("Fitting a challenger", 0.1)
            features = features_in(published.features())
            basis = str(published.info()["value_basis"])
            champion = self._champion(name)
            earlier = self.models.load(name, champion.version)
            as_of = _as_of(segmentation, published)
            fitting = Fitting(published.engine, self.definition, segmentation, features, basis, as_of)
            fitted, labels = fitting.fit(earlier, self.models.next_version(name), self.published)
            diagnostics = {**fitted.diagnostics, "build": published.build_id}
        if isinstance(asked, int):
            diagnostics["reason"] = f"The proposal asks for {asked} segments."
        progress("Saving", 0.9)
        with self.models.changing():
            version = self.models.next_version(name)
            unnamed = replace(fitted, version=version, diagnostics=diagnostics)
            self._check_is_new(unnamed)
            model = carry_identity(unnamed, earlier, self.models.ids(name), labels)
            self.models.save(model, Step.now("proposed", version, who, why, champion.fingerprint))
        progress("Proposed", 1.0)
        return with_peoples_names(model, segmentation, self.models)

    def compare(self, name: str, version: str | None, progress: Progress) -> Comparison:
        """Compare a version, or the newest challenger, with the champion on the customers of the published build."""
        segmentation = self.definition.segmentation(name)
        with self._opened(segmentation) as published:
            progress("Scoring customers with both versions", 0.1)
            champion, challenger = self.models.load(name, self._champion(name).version), self._challenger(name, version)
            self._check_measures(challenger, published)
            named = [with_peoples_names(model, segmentation, self.models) for model in (champion, challenger)]
            found = compare_versions(published, segmentation, named[0], named[1], self.definition.minimum_group)
        progress("Compared", 1.0)
        return found

    def micro(self, name: str, segment: str, features: Sequence[str] | None, progress: Progress) -> MicroSegments:
        """Look for micro-segments inside a segment of the published build; nothing is kept."""
        segmentation = self.definition.segmentation(name)
        with self.published() as published:
            return look_inside(published, segmentation, segment, features, self.definition.minimum_group, progress)

    def promote(self, name: str, version: str | None, who: str, why: str) -> Step:
        """Take a version, or the newest challenger, into use: the next build scores with it.

        Raises
        ------
        SegmodelError
            When it is in use already, rests on features measured otherwise, or no reason is given.
        """
        segmentation = self.definition.segmentation(name)
        with self._opened(segmentation) as published:
            model = self._challenger(name, version)
            self._check_measures(model, published)
            with_peoples_names(model, segmentation, self.models)  # before anything is recorded: names may clash
            return self._take_into_use("promoted", model, who, why)

    def go_back(self, name: str, who: str, why: str) -> Step:
        """Take the version that was in use before into use again.

        Raises
        ------
        SegmodelError
            When there was none before, or its features are measured otherwise by now.
        """
        standing = in_use(self.models.steps(self.definition.segmentation(name).name))
        with self._opened(self.definition.segmentation(name)) as published:
            if len(standing) < 2:
                raise ScorecardError(
                    f"{standing[-1].version} is the first version of {name} in use; there is none to go back to."
                )
            model = self.models.load(name, standing[-2].version)
            self._check_measures(model, published)
            return self._take_into_use("rolled back", model, who, why)

    def steps(self, name: str) -> tuple[Step, ...]:
        """Return what was done with the versions of a segmentation, oldest first."""
        return self.models.steps(self.definition.segmentation(name).name)

    def _take_into_use(
        self, action: Literal["promoted", "rolled back"], model: ModelVersion, who: str, why: str
    ) -> Step:
        name = model.segmentation
        if not why.strip() or not who.strip():
            raise ScorecardError(
                f"Say who takes {model.version} of {name} into use, and why (--why REASON): both are kept in its log."
            )
        with self.models.changing():
            champion = self._champion(name)
            if champion.version == model.version:
                raise ScorecardError(f"{model.version} of {name} is in use already.")
            step = Step.now(action, model.version, who, why, champion.fingerprint)
            self.models.record(name, step)
        return step

    def _asked(self, name: str, settings: Settings | None) -> Segmentation:
        return with_settings(self.definition.segmentation(name), settings or {})

    def _with_k(self, segmentation: Segmentation, k: Number | None) -> Segmentation:
        if k is None:
            return segmentation
        if segmentation.method in RULE_MADE:
            raise ClusteringError(
                f"Segmentation {segmentation.name} is made by method {segmentation.method}, whose rules say how many "
                "segments there are: there is no number to choose."
            )
        if k != "auto" and not FEWEST <= k <= MOST:
            raise ClusteringError(f"A segmentation has {FEWEST} to {MOST} segments, found {k}.")
        return segmentation.model_copy(update={"k": k})

    @contextlib.contextmanager
    def _opened(self, segmentation: Segmentation) -> Iterator[PublishedBuild]:
        """Open the published build, once it is certain that it is what the definition says."""
        with self.published() as published:
            self._check_build(self.definition.segmentation(segmentation.name), published)
            _check_features(segmentation, published)
            yield published

    def _check_build(self, segmentation: Segmentation, published: PublishedBuild) -> None:
        info, name = published.info(), segmentation.name
        stands = self.definition.fingerprint(segmentation, str(info["value_basis"])) == self._champion(name).fingerprint
        # an earlier build may be published again
        if not stands or info["window_months"] != str(self.definition.features.window_months):
            raise StoreError(
                f"{FILE_NAME} says other of {name} than the published build rests on. Build first, so that the version "
                "in use and the features are those of the definition."
            )

    def _check_measures(self, model: ModelVersion, published: PublishedBuild) -> None:
        missing = {*model.deployed.features} - set(published.engine.columns("customer_features"))
        basis = str(published.info()["value_basis"])
        is_alike = model.measured == self.definition.measures(basis) or (
            model.fingerprint == self.definition.fingerprint(self.definition.segmentation(model.segmentation), basis)
        )
        if missing or not is_alike:
            raise ScorecardError(
                f"{model.version} of {model.segmentation} was fitted on features that {FILE_NAME} measures otherwise "
                "today, or not at all, so it cannot score these customers. Propose a new challenger, or change the "
                "definition back and build."
            )

    def _check_is_new(self, model: ModelVersion) -> None:
        in_use_now = self._champion(model.segmentation).version
        for version in reversed(self.models.versions(model.segmentation)):
            other = self.models.load(model.segmentation, version).scorecard
            if (other.prior, other.terms) == (model.scorecard.prior, model.scorecard.terms):
                instead = "which is in use" if version == in_use_now else "a challenger already"
                raise ClusteringError(
                    f"A challenger fitted like this is {version} again, {instead}. Ask for another number of segments, "
                    f"or change {FILE_NAME} and build."
                )

    def _champion(self, name: str) -> Step:
        champion = self.models.champion(name)
        if champion is None:
            raise StoreError(f"No version of {name} is in use yet. Build first.")
        return champion

    def _challenger(self, name: str, version: str | None) -> ModelVersion:
        """Return a version by its name, else the newest, if that is not the champion."""
        if version is not None:
            return self.models.load(name, version)
        newest = self.models.versions(name)[-1]
        if newest == self._champion(name).version:
            raise ScorecardError(
                f"{name} has no challenger: {newest}, the newest version, is in use. Propose one, or name a version."
            )
        return self.models.load(name, newest)


def _check_features(segmentation: Segmentation, published: PublishedBuild) -> None:
    have = features_in(published.features())
    for name in features_of(segmentation):
        if name not in have and name != "value":  # which every customer has
            raise StoreError(
                f"The published build does not have {name}, which {segmentation.name} needs; it has "
                f"{', '.join(sorted(have))}.{did_you_mean(name, have)} Build first, if the definition asks for it."
            )


def _as_of(segmentation: Segmentation, published: PublishedBuild) -> datetime.date:
    return segmentation.fit_as_of or published.snapshots()[-1]


def _without_small_shares(table: pd.DataFrame, customers: int, minimum_group: int) -> pd.DataFrame:
    """Leave out shares of groups too small to be shown, and round the others so that nobody can be counted."""
    if "smallest_share" not in table:
        return table  # too few customers to compare anything
    share = table["smallest_share"]
    return table.assign(smallest_share=share.where(share * customers >= minimum_group).round(2))
