"""The section [activation] of `segmentation.toml`: who may be sent where, and by what they are matched there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, field_validator, model_validator

from segmodel.definition_parts import Section
from segmodel.errors import did_you_mean

Measure = Literal["value", "risk", "certainty", "recency"]
Comparison = Literal[">=", "<=", ">", "<"]
Platform = Literal["google", "meta"]
KeyForm = Literal["hashed", "plain", "none"]
RowField = Literal["segment", "probability", "value", "churn_risk", "days_since_last"]

_NAME = r"^[a-z][a-z0-9_]{0,39}$"
_CONDITION = re.compile(r"\s*([a-z]+)\s*(>=|<=|>|<)\s*(-?[0-9]+(?:\.[0-9]+)?)\s*(%?)\s*", re.IGNORECASE)
_MEASURES: tuple[Measure, ...] = ("value", "risk", "certainty", "recency")

COUNTRIES: dict[str, tuple[str, str]] = {
    "AE": ("971", "0"), "AR": ("54", "0"), "AT": ("43", "0"), "AU": ("61", "0"), "BE": ("32", "0"),
    "BG": ("359", "0"), "BR": ("55", "0"), "CA": ("1", "1"), "CH": ("41", "0"), "CL": ("56", ""),
    "CN": ("86", "0"), "CO": ("57", ""), "CY": ("357", ""), "CZ": ("420", ""), "DE": ("49", "0"),
    "DK": ("45", ""), "EE": ("372", ""), "EG": ("20", "0"), "ES": ("34", ""), "FI": ("358", "0"),
    "FR": ("33", "0"), "GB": ("44", "0"), "GR": ("30", ""), "HK": ("852", ""), "HR": ("385", "0"),
    "HU": ("36", "06"), "ID": ("62", "0"), "IE": ("353", "0"), "IL": ("972", "0"), "IN": ("91", "0"),
    "IS": ("354", ""), "IT": ("39", ""), "JP": ("81", "0"), "KE": ("254", "0"), "KR": ("82", "0"),
    "LT": ("370", "0"), "LU": ("352", ""), "LV": ("371", ""), "MA": ("212", "0"), "MT": ("356", ""),
    "MX": ("52", ""), "MY": ("60", "0"), "NG": ("234", "0"), "NL": ("31", "0"), "NO": ("47", ""),
    "NZ": ("64", "0"), "PE": ("51", "0"), "PH": ("63", "0"), "PK": ("92", "0"), "PL": ("48", ""),
    "PT": ("351", ""), "RO": ("40", "0"), "RS": ("381", "0"), "SA": ("966", "0"), "SE": ("46", "0"),
    "SG": ("65", ""), "SI": ("386", "0"), "SK": ("421", "0"), "TH": ("66", "0"), "TR": ("90", "0"),
    "TW": ("886", "0"), "UA": ("380", "0"), "US": ("1", "1"), "VN": ("84", "0"), "ZA": ("27", "0"),
}  # fmt: skip
"""Calling code, and what is dialled before a number inside the country, by ISO 3166 code (ITU-T E.164, E.129)."""


@dataclass(frozen=True)
class Condition:
    """What customers of an audience must be like.

    Attributes
    ----------
    measure : {"value", "risk", "certainty", "recency"}
        Value of the window, churn risk and probability of the segment (0 to 1), days since the last purchase.
    comparison : {">=", "<=", ">", "<"}
    limit : float
    """

    measure: Measure
    comparison: Comparison
    limit: float

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read a condition as people write it.

        Raises
        ------
        ValueError
            When it is none.

        Examples
        --------
        >>> Condition.parse("risk >= 50%")
        Condition(measure='risk', comparison='>=', limit=0.5)
        """
        found = _CONDITION.fullmatch(text)
        measure = (found[1] if found else text.strip().partition(" ")[0]).lower()
        hint = did_you_mean(measure, _MEASURES) if measure not in _MEASURES else ""
        if found is None or measure not in _MEASURES:
            expected = f"expected one of {', '.join(_MEASURES)}, then >=, <=, > or <, then a number, as in value>=100"
            raise ValueError(f"found the condition '{text}'; {expected}.{hint}")
        limit = float(found[3]) / (100 if found[4] else 1)
        if measure in {"risk", "certainty"} and not 0 <= limit <= 1:
            raise ValueError(f"found the condition '{text}'; {measure} lies between 0 and 1, or 0% and 100%")
        return cls(next(each for each in _MEASURES if each == measure), _comparison(found[2]), limit)

    def __str__(self) -> str:
        return f"{self.measure}{self.comparison}{self.limit:g}"


def _comparison(text: str) -> Comparison:
    known: tuple[Comparison, ...] = (">=", "<=", ">", "<")
    return next(each for each in known if each == text)


class MatchKey(Section):
    """A column of `customers` that people are found by elsewhere."""

    column: str = Field(min_length=1)
    """Column of `customers`; `customer_id` is one."""
    kind: Literal["email", "phone", "external_id"]
    """email, phone or external_id."""
    consent: str | None = None
    """Column that says who agreed to be addressed by this one, such as sms_consent; beside the general one."""


class AudienceSection(Section):
    """An audience with a name, kept in step with targets by `segmodel sync`."""

    name: str = Field(pattern=_NAME)
    """Lower case letters, digits and underscores."""
    segmentation: str
    """Name of a segmentation."""
    segments: tuple[str, ...] = Field(min_length=1)
    """Ids or names of its segments."""
    conditions: tuple[str, ...] = ()
    """What customers must be like, such as `"value>=100"`; measures are value, risk, certainty and recency."""

    @field_validator("conditions")
    @classmethod
    def _are_conditions(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for text in given:
            Condition.parse(text)
        return given


class TargetSection(Section):
    """What every target has."""

    name: str = Field(pattern=_NAME)
    """Lower case letters, digits and underscores."""
    audiences: tuple[str, ...] = Field(min_length=1)
    """Names of the audiences it gets."""
    keys: KeyForm = "hashed"
    """How match keys are given: hashed (SHA-256), plain or none."""
    platform: Platform = "google"
    """Whose rules keys are normalised by: google or meta."""
    fields: tuple[RowField, ...] = ("segment",)
    """What goes with the customer's id: segment, probability, value, churn_risk, days_since_last."""
    minimum: int = Field(default=0, ge=0)
    """Smallest audience it accepts; below that nobody is sent. `minimum_group` holds in any case."""


class DatabaseTarget(TargetSection):
    """A table of a database, such as that of a CRM: rows are added, changed and removed."""

    uri: str = Field(min_length=1)
    """SQLAlchemy URL; `${NAME}` stands for an environment variable."""
    table: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$")
    """Its name, with a schema before a point where needed; made where it is not there."""


class FolderTarget(TargetSection):
    """A folder that files are dropped in: one a sync, with what to add and what to remove."""

    path: str = Field(min_length=1)
    """The folder, relative to the workspace; made where it is not there."""
    format: Literal["csv", "parquet"] = "csv"
    """csv or parquet."""


class EndpointTarget(TargetSection):
    """An address that batches of changes are posted to as JSON, signed."""

    url: str = Field(pattern=r"^https?://")
    """Where to; https, unless it is this machine."""
    secret: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    """Environment variable that holds the secret batches are signed with."""
    batch: int = Field(default=1000, ge=1, le=100_000)
    """Changes in one call at most."""

    @model_validator(mode="after")
    def _is_safe(self) -> EndpointTarget:
        host = self.url.partition("://")[2].partition("/")[0].rpartition("@")[2]
        is_here = host.startswith("[::1]") or host.partition(":")[0] in {"localhost", "127.0.0.1"}
        if self.url.startswith("http://") and not is_here:
            raise ValueError("an address that starts with https://; http is for this machine only")
        return self


Target = DatabaseTarget | FolderTarget | EndpointTarget


class Activation(Section):
    """Who may be sent out, by what they are matched elsewhere, and where audiences go.

    Contact data are read from the source of `customers` when an audience is made, and never kept in builds.
    """

    consent: str | None = None
    """Column of `customers` that says who agreed; without it only keys with a `consent` of their own are used."""
    without_consent: bool = False
    """Give out customers of whom no column says that they agreed, where the law asks for no consent."""
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    """Of phone numbers written without one, such as `"GB"`."""
    certain_from: float = Field(default=0.5, ge=0, le=1)
    """Probability of the segment from which a customer is certain enough."""
    holdout: float = Field(default=0.0, ge=0, lt=1)
    """Share of customers kept out, so that what an audience changes can be measured."""
    holdout_seed: str = Field(default="1", min_length=1, max_length=80)
    """Which customers that are: the same seed always keeps out the same."""
    suppression: tuple[str, ...] = ()
    """Files or globs with who must not be sent: columns customer_id, email, phone, email_sha256 or phone_sha256."""
    expires_days: int = Field(default=30, ge=1, le=3650)
    """Days after which whoever got an audience should have deleted it."""
    match_key: tuple[MatchKey, ...] = ()
    """One section a key; see below. The customer's id where there is none."""
    audience: tuple[AudienceSection, ...] = ()
    """One section an audience; see below."""
    database: tuple[DatabaseTarget, ...] = ()
    """One section a database; see below."""
    folder: tuple[FolderTarget, ...] = ()
    """One section a folder; see below."""
    endpoint: tuple[EndpointTarget, ...] = ()
    """One section an address; see below."""

    @property
    def keys(self) -> tuple[MatchKey, ...]:
        """The match keys; the customer's id where none is named."""
        return self.match_key or (MatchKey(column="customer_id", kind="external_id"),)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Everywhere audiences go."""
        return (*self.database, *self.folder, *self.endpoint)

    @property
    def is_consent_told(self) -> bool:
        """Whether some column says who agreed, or none has to."""
        return self.without_consent or self.consent is not None or any(key.consent for key in self.match_key)

    @field_validator("country")
    @classmethod
    def _is_known(cls, given: str | None) -> str | None:
        if given is not None and given not in COUNTRIES:
            raise ValueError(
                f"found '{given}', expected one of {', '.join(COUNTRIES)}. Write other numbers with + and country code"
            )
        return given

    @model_validator(mode="after")
    def _fits_together(self) -> Activation:
        for what, names in (
            ("targets", [each.name for each in self.targets]),
            ("audiences", [each.name for each in self.audience]),
        ):
            if len(set(names)) != len(names):
                raise ValueError(f"{what} each need a name of their own")
        columns = [key.column for key in self.match_key]
        if len(set(columns)) != len(columns):
            raise ValueError("match_key names a column twice")
        known = [each.name for each in self.audience]
        for target in self.targets:
            for name in target.audiences:
                if name not in known:
                    raise ValueError(
                        f"target {target.name} names audience '{name}', which no [[activation.audience]] defines."
                        f"{did_you_mean(name, known)}"
                    )
        return self
