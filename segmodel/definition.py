"""`segmentation.toml` as frozen, checked models: all problems are reported at once."""

from __future__ import annotations

import datetime
import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from segmodel.definition_activation import (
    Activation,
    AudienceSection,
    Condition,
    DatabaseTarget,
    EndpointTarget,
    FolderTarget,
    MatchKey,
    Target,
)
from segmodel.definition_errors import sentences
from segmodel.definition_parts import (
    AlertRule,
    Alerts,
    Api,
    EngineSettings,
    Event,
    Features,
    Mailbox,
    Owner,
    Personas,
    Reach,
    Section,
    Source,
    Survey,
    Value,
    Webhook,
)
from segmodel.errors import DefinitionError, did_you_mean

__all__ = [
    "FILE_NAME",
    "FINDS_K",
    "FOUND_METHODS",
    "NUMERIC_METHODS",
    "UNWEIGHTED",
    "Activation",
    "AlertRule",
    "Alerts",
    "Api",
    "AudienceSection",
    "Condition",
    "DatabaseTarget",
    "Definition",
    "EndpointTarget",
    "EngineSettings",
    "Event",
    "Features",
    "FolderTarget",
    "Identifier",
    "Mailbox",
    "MatchKey",
    "Owner",
    "Personas",
    "Reach",
    "Rule",
    "Segmentation",
    "Source",
    "Survey",
    "Target",
    "Value",
    "Webhook",
    "load_definition",
    "parse_definition",
]

FILE_NAME = "segmentation.toml"

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""Names that end up in file names, URLs and SQL: lower case letters, digits and underscores."""

NUMERIC_METHODS = ("kmeans", "gaussian_mixture", "ward", "hdbscan")
"""Methods that find segments in numbers."""

FOUND_METHODS = (*NUMERIC_METHODS, "latent_class", "mixed")
"""Methods that find segments in a list of features; the others apply rules."""

FINDS_K = ("hdbscan",)
"""Methods that find the number of segments as well."""

UNWEIGHTED = ("gaussian_mixture", "latent_class")
"""Methods whose segments do not depend on how features are scaled against each other."""


class Rule(Section):
    """One line of a `rules` segmentation: the first rule whose conditions all hold names the segment.

    `when` holds, for each feature, a half-open range: `{ monetary = [100, 500] }` is 100 <= monetary < 500;
    an empty string leaves an end open.
    """

    segment: str = Field(min_length=1, max_length=80)
    """Name of the segment."""
    when: dict[str, tuple[float | Literal[""], float | Literal[""]]] = Field(default_factory=dict)
    """Feature = [from, to): both ends optional (`""`)."""


class Segmentation(Section):
    """One way to divide the customers."""

    name: Identifier
    """Lower case letters, digits and underscores; names its files and links."""
    label: str = ""
    """What people read; made from the name when left out."""
    basis: Literal["demographic", "behaviour", "needs", "value", "imported"] = "behaviour"
    """demographic, behaviour, needs, value or imported."""
    method: Literal[
        "kmeans",
        "gaussian_mixture",
        "ward",
        "hdbscan",
        "latent_class",
        "mixed",
        "rfm",
        "value_tiers",
        "rules",
    ] = "kmeans"
    """kmeans, gaussian_mixture, ward, hdbscan, latent_class, mixed, rfm, value_tiers or rules."""
    k: Annotated[int, Field(ge=2, le=20)] | Literal["auto"] = "auto"
    """Number of segments, or `"auto"`."""
    features: tuple[str, ...] = ()
    """What the method looks at; see the page of features."""
    micro_features: tuple[str, ...] = ()
    """What groups inside a segment may be found by; those of the segmentation when left out."""
    weights: dict[str, Annotated[float, Field(gt=0, le=10)]] = Field(default_factory=dict)
    """How much a feature counts; 1 when left out."""
    rules: tuple[Rule, ...] = ()
    """Cut points for method rules, in order."""
    factors: int | None = Field(default=None, ge=1, le=20)
    """Find segments in so many factor scores of the features instead of in the features; for method kmeans."""
    bridge_features: tuple[str, ...] | Literal["all"] = "all"
    """What customers without a survey are told from: a list, `"all"` that is no survey item, or `[]` for not at all."""
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    """Makes sampling and restarts repeatable."""
    sample: int = Field(default=100_000, ge=100)
    """Customers a model is fitted on at most; all are scored."""
    fit_as_of: datetime.date | None = None
    """Snapshot the model is fitted on; the latest when left out."""
    names: dict[str, Annotated[str, Field(min_length=1, max_length=80)]] = Field(default_factory=dict)
    """Your names, by segment id."""

    @model_validator(mode="after")
    def _complete(self) -> Segmentation:
        if self.method in FOUND_METHODS and not self.features:
            raise ValueError(f"method {self.method} needs a list of features")
        if self.method in FINDS_K and self.k != "auto":
            raise ValueError(f"method {self.method} finds the number of segments itself; leave k out")
        if self.method in UNWEIGHTED and self.weights:
            raise ValueError(f"weights change nothing for method {self.method}; leave them out")
        if self.method == "rules" and not self.rules:
            raise ValueError("method rules needs at least one [[segmentation.rules]]")
        if self.method != "rules" and self.rules:
            raise ValueError(f"rules are for method rules, not for {self.method}")
        if len(set(self.features)) != len(self.features):
            raise ValueError("a feature is listed twice")
        if len(set(self.micro_features)) != len(self.micro_features):
            raise ValueError("a feature of micro_features is listed twice")
        if "value" in self.micro_features:
            raise ValueError("micro_features names value, which micro-segments are compared by; leave it out")
        unknown = sorted(set(self.weights) - set(self.features))
        if unknown:
            raise ValueError(f"weights name {', '.join(unknown)}, which features does not list")
        return self

    @model_validator(mode="after")
    def _factors_fit(self) -> Segmentation:
        if self.factors is not None and self.method != "kmeans":
            raise ValueError(f"factors are for method kmeans, not for {self.method}")
        if self.factors is not None and self.factors >= len(self.features):
            raise ValueError(f"{self.factors} factors of {len(self.features)} features; ask for fewer factors")
        return self

    @property
    def title(self) -> str:
        """The label, or the name in sentence case."""
        return self.label or self.name.replace("_", " ").capitalize()

    def fingerprint(self) -> str:
        """Hash of everything that changes the fitted model; names, labels and micro-segments do not."""
        settings = self.model_dump(mode="json", exclude={"names", "label", "basis", "micro_features"})
        # settings added later count only where they are used, so that models of before stay in use
        settings = {name: value for name, value in settings.items() if _LATER.get(name, ...) != value}
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


_LATER: dict[str, Any] = {"factors": None, "bridge_features": "all"}


class Definition(Section):
    """What `segmentation.toml` says."""

    name: str = Field(min_length=1, max_length=120)
    """Name of the workspace."""
    question: str = ""
    """The commercial question the segmentation answers."""
    currency: str = Field(default="GBP", pattern=r"^[A-Z]{3}$")
    """Three letters; labels amounts, converts nothing."""
    primary: str | None = None
    """Segmentation the pages open with; the first when left out."""
    as_of: datetime.date | None = None
    """Latest snapshot; the day of the last purchase when left out."""
    history_months: int = Field(default=24, ge=0, le=120)
    """Month ends of history that are scored."""
    minimum_group: int = Field(default=10, ge=5, le=1000)
    """Smaller groups of customers are hidden."""
    max_quarantined: float = Field(default=0.5, ge=0, le=1)
    """A build stops when a table loses more than this share of its rows."""
    keep_builds: int = Field(default=5, ge=1, le=100)
    """Builds kept for rollback."""
    filters: tuple[str, ...] = Field(default=(), max_length=2)
    """Up to two features that hold words, such as main_channel or a column of customers."""
    owner: Owner = Owner()
    """See below."""
    features: Features = Features()
    """See below."""
    survey: Survey = Survey()
    """See below."""
    value: Value = Value()
    """See below."""
    reach: Reach = Reach()
    """See below."""
    personas: Personas = Personas()
    """See below."""
    engine: EngineSettings = EngineSettings()
    """See below."""
    api: Api = Api()
    """See below."""
    alerts: Alerts = Alerts()
    """See below."""
    activation: Activation = Activation()
    """See below."""
    events: tuple[Event, ...] = Field(default=(), alias="event", max_length=50)
    """One section an event; see below."""
    sources: dict[str, Source]
    """One section a table; see below."""
    segmentations: tuple[Segmentation, ...] = Field(alias="segmentation", min_length=1)
    """One section a segmentation; see below."""

    @model_validator(mode="after")
    def _consistent(self) -> Definition:
        names = [segmentation.name for segmentation in self.segmentations]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two segmentations are named {', '.join(twice)}; each needs its own name")
        if self.primary is not None and self.primary not in names:
            hint = did_you_mean(self.primary, names)
            raise ValueError(f"primary is '{self.primary}', expected one of {', '.join(names)}.{hint}")
        for audience in self.activation.audience:
            if audience.segmentation not in names:
                hint = did_you_mean(audience.segmentation, names)
                raise ValueError(
                    f"activation.audience {audience.name} names segmentation '{audience.segmentation}', expected one "
                    f"of {', '.join(names)}.{hint}"
                )
        if "transactions" not in self.sources and "survey" not in self.sources:
            raise ValueError("sources needs transactions or survey; all other tables are optional")
        return self

    def fingerprint(self, segmentation: Segmentation, value_basis: str) -> str:
        """Hash of everything that changes the fitted model of `segmentation`, or what its features mean.

        Parameters
        ----------
        segmentation : Segmentation
            One of this definition's.
        value_basis : str
            What value is made of: margin or revenue. The data decide that, not the definition.
        """
        text = f"{segmentation.fingerprint()} {self._measuring(value_basis)}"
        return hashlib.sha256(text.encode()).hexdigest()

    def measures(self, value_basis: str) -> str:
        """Hash of everything that changes what the features of a customer mean; see `fingerprint`."""
        return hashlib.sha256(self._measuring(value_basis).encode()).hexdigest()

    def _measuring(self, value_basis: str) -> str:
        source = self.sources.get("transactions")
        # where the rows come from may change; which of them count, and for how much, may not
        money = {
            **{name: source.columns.get(name) for name in ("amount", "margin", "cost") if source},
            "cancelled": source.cancelled if source else None,
            "exclude": source.exclude if source else None,
            "value": value_basis,
        }
        answers = "" if self.survey == Survey() else f" survey={self.survey.model_dump_json()}"
        return f"window={self.features.window_months} {json.dumps(money, sort_keys=True)}{answers}"

    @property
    def primary_segmentation(self) -> Segmentation:
        """The segmentation named by `primary`, else the first."""
        return self.segmentation(self.primary or self.segmentations[0].name)

    def segmentation(self, name: str) -> Segmentation:
        """Return the segmentation called `name`.

        Raises
        ------
        DefinitionError
            When there is none; the message lists those there are.
        """
        for segmentation in self.segmentations:
            if segmentation.name == name:
                return segmentation
        names = [segmentation.name for segmentation in self.segmentations]
        raise DefinitionError(
            f"There is no segmentation '{name}'; this workspace has {', '.join(names)}.{did_you_mean(name, names)}"
        )


_SECTIONS: dict[str, type[BaseModel]] = {
    "": Definition,
    "owner": Owner,
    "features": Features,
    "survey": Survey,
    "value": Value,
    "reach": Reach,
    "personas": Personas,
    "engine": EngineSettings,
    "event": Event,
    "api": Api,
    "alerts": Alerts,
    "webhook": Webhook,
    "mailbox": Mailbox,
    "rule": AlertRule,
    "activation": Activation,
    "match_key": MatchKey,
    "audience": AudienceSection,
    "database": DatabaseTarget,
    "folder": FolderTarget,
    "endpoint": EndpointTarget,
    "sources": Source,
    "segmentation": Segmentation,
    "rules": Rule,
}


def load_definition(folder: Path, table_names: tuple[str, ...] = ()) -> Definition:
    """Read and check `segmentation.toml` in `folder`.

    Parameters
    ----------
    folder : Path
        The workspace.
    table_names : tuple of str
        Names of the contract tables; sources with other names are reported. Empty: not checked.

    Raises
    ------
    DefinitionError
        When the file is missing, is not TOML, or breaks a rule: one paragraph a problem.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DefinitionError(
            f"No {FILE_NAME} in '{folder}'. Start one with: segmodel init {folder} --transactions FILE"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"'{path}' cannot be read as UTF-8 text: {error}") from None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"'{path}' is not valid TOML: {error}.") from None
    return parse_definition(content, table_names)


def parse_definition(content: dict[str, Any], table_names: tuple[str, ...] = ()) -> Definition:
    """Check the content of a definition; see `load_definition`."""
    problems: list[str] = []
    sources = content.get("sources")
    if table_names and isinstance(sources, dict):
        problems += [
            f"sources.{name}: unknown table; allowed: {', '.join(table_names)}.{did_you_mean(name, table_names)}"
            for name in sources
            if name not in table_names
        ]
    try:
        definition = Definition.model_validate(content)
    except ValidationError as error:
        problems += sentences(error.errors(), _SECTIONS)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise DefinitionError(f"{FILE_NAME} has {count}:\n" + "\n".join(f"- {problem}" for problem in problems))
    return definition
