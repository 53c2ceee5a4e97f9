"""The smaller sections of `segmentation.toml` as frozen, checked models; `definition` puts them together."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Section(BaseModel):
    """A section: unknown keys are refused, nothing is changed after it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)


class Owner(Section):
    """Who answers for the segmentation, and how often it is reviewed."""

    name: str = ""
    """Who answers for it."""
    team: str = ""
    """Their team."""
    review_every_months: int = Field(default=3, ge=1, le=60)
    """How often the council looks whether it still holds."""


class Source(Section):
    """Where one contract table comes from: files (`path`) or a database (`uri` and `query`).

    `columns` maps contract columns to a column of the source or to a SQL expression over its columns.
    `exclude` is a condition over source columns; the rows it names go to quarantine as excluded.
    """

    path: str | None = None
    """File or glob, relative to the workspace: csv, csv.gz, parquet, json or xlsx."""
    uri: str | None = None
    """Database as a SQLAlchemy URL; instead of `path`."""
    query: str | None = None
    """SELECT that returns the rows; with `uri`."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Contract column = column of the source, or an SQL expression over its columns."""
    exclude: str | None = None
    """Condition over source columns; the rows it names go to quarantine as excluded."""
    cancelled: str | None = None
    """Condition over source columns; the lines it names were cancelled."""
    duplicates: Literal["keep", "drop"] = "keep"
    """Rows that repeat an earlier one in every value: keep or drop. Counted either way."""
    encoding: Literal["utf-8", "utf-8-sig", "cp1252"] | None = None
    """utf-8, utf-8-sig or cp1252; detected when left out."""
    separator: str | None = Field(default=None, min_length=1, max_length=1)
    """One character between the values of a csv; detected when left out."""
    decimal: Literal[".", ","] | None = None
    """Decimal mark of numbers in text, a point or a comma; detected when left out."""
    date_format: str | None = None
    """How dates are written, as in `%d/%m/%Y`; detected when left out, and asked for when ambiguous."""
    sheet: str | None = None
    """Sheet of a workbook; the first when left out."""

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if (self.path is None) == (self.uri is None):
            raise ValueError("state either path (files) or uri and query (a database)")
        if (self.uri is None) != (self.query is None):
            raise ValueError("uri and query go together")
        return self


class Features(Section):
    """Settings shared by the features.

    `window_months` is a number of months, or `"all"` for all history. `describe` lists the features computed for
    describing segments beside those a segmentation uses; `"all"` computes every one the data allow, but for columns of
    `customers` that hold words, or numbers that say who somebody is.
    """

    window_months: int | Literal["all"] = 12
    """How far back features and value look: months, or `"all"`."""
    describe: tuple[str, ...] | Literal["all"] = "all"
    """Features computed beside those used by a segmentation: a list, or `"all"`."""

    @field_validator("window_months")
    @classmethod
    def _positive(cls, value: int | str) -> int | str:
        if isinstance(value, int) and not 1 <= value <= 120:
            raise ValueError('a number of months from 1 to 120, or "all"')
        return value


class Survey(Section):
    """How survey answers are read, where a segmentation uses items of the survey as features."""

    centre: bool = False
    """Whether scales are read as differences from the respondent's own mean: some tick high throughout, some low."""
    straight_liners: Literal["leave out", "keep"] = "leave out"
    """Respondents who gave one answer throughout: leave out, so that they count as not having answered, or keep."""


class Value(Section):
    """How far ahead value is forecast, and what counts as a customer who may leave."""

    horizon_months: int = Field(default=12, ge=1, le=60)
    """Months ahead that lifetime value counts."""
    discount: float = Field(default=0.1, ge=0, le=1)
    """A year: 0.1 makes an amount in a year worth 1/1.1 of it today."""
    margin: float | None = Field(default=None, gt=0, le=1)
    """Share of revenue that stays, for lifetime value where the transactions tell no margin."""
    largest_error: float = Field(default=0.2, gt=0, le=1)
    """Holdout error past which the forecast is no longer shown."""
    may_leave_from: float = Field(default=0.5, gt=0, lt=1)
    """Churn risk from which a customer counts as one who may leave."""
    churn_label: str | None = None
    """Column of `customers` that says who has left: yes or no, true or false, 1 or 0."""


class Reach(Section):
    """Which columns of `customers` say whether somebody may be, and can be, reached."""

    consent: tuple[str, ...] | Literal["guess"] = "guess"
    """Columns that say who agreed: one yes is enough; `"guess"` takes those whose name says so."""
    match_keys: tuple[str, ...] | Literal["guess"] = "guess"
    """Columns that platforms match by, such as an e-mail address: one is enough; `"guess"` likewise."""
    match_rate: float = Field(default=1.0, gt=0, le=1)
    """Share of the keys sent that a platform is expected to find."""


class Personas(Section):
    """What a segment may not be told by.

    What people are born with or keep to themselves, such as age, gender or health, makes a stereotype of a segment;
    columns of `customers` and items of the survey whose names say so are left out.
    """

    protected: tuple[str, ...] = ()
    """Further columns and items that are left out, or words in their names."""
    allow: tuple[str, ...] = ()
    """Columns and items that are not left out, whatever they are called."""


class Event(Section):
    """Something dated that a reader of a chart over time should know of, such as a price rise or a launch."""

    at: datetime.date
    """The day."""
    label: str = Field(min_length=1, max_length=40)
    """A few words, as they stand in charts."""


class EngineSettings(Section):
    """Where a build computes, and how much of the machine it may use; `engine = "spark"` is short for its `name`."""

    name: Literal["duckdb", "spark"] = "duckdb"
    """duckdb, in this process, or spark: tables of a row a customer or more are made by Apache Spark."""
    master: str = Field(default="local[*]", min_length=1)
    """The Spark to run on, such as `spark://host:7077`, `k8s://…` or `yarn`; this machine when left out."""
    options: dict[str, str] = Field(default_factory=dict)
    """Settings of Spark by name, such as `"spark.executor.memory" = "8g"`."""
    memory_limit: str | None = Field(default=None, pattern=r"^[0-9]+(\.[0-9]+)?\s?(MB|GB|TB|MiB|GiB|TiB)$")
    """Memory a build may use, such as `2GB`; more spills to disk. 550 MB a thread when left out."""
    threads: int | None = Field(default=None, ge=1, le=256)
    """Threads a build may use; all of the machine when left out."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given


class Api(Section):
    """How much other systems may ask of the lookup API."""

    requests_per_second: float = Field(default=50, gt=0, le=100_000)
    """Requests a second each token may make, over time."""
    burst: int = Field(default=100, ge=1, le=1_000_000)
    """Requests a token may make at once after a pause."""


class AlertRule(Section):
    """A change of a metric of a segment that somebody wants to be told of."""

    metric: str
    """Metric of the catalogue, such as `customers`."""
    change: str = Field(pattern=r"^[+-]?[0-9]+(\.[0-9]+)?%$")
    """`-10%`: a fall by that much or more; `+10%`: a rise; `10%`: either."""
    against: Literal["previous month", "year before"] = "previous month"
    """previous month or year before."""
    minimum_base: int = Field(ge=1)
    """Customers the segment must have had before: a tenth of a handful is chance."""
    segmentation: str | None = None
    """Name of a segmentation; the primary one when left out."""
    segment: str | None = None
    """Id of a segment; every one when left out."""

    @property
    def share(self) -> float:
        """The change as a share, without its sign."""
        return abs(float(self.change.rstrip("%"))) / 100


class Webhook(Section):
    """An address that alerts are posted to as JSON, signed."""

    name: str = Field(min_length=1, max_length=40)
    """What it is called in messages."""
    url: str = Field(pattern=r"^https?://")
    """Where to; https, unless it is this machine."""
    secret: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    """Environment variable that holds the secret alerts are signed with."""

    @model_validator(mode="after")
    def _is_safe(self) -> Webhook:
        host = self.url.partition("://")[2].partition("/")[0].rpartition("@")[2]
        is_here = host.startswith("[::1]") or host.partition(":")[0] in {"localhost", "127.0.0.1"}
        if self.url.startswith("http://") and not is_here:
            raise ValueError("an address that starts with https://; http is for this machine only")
        return self


class Mailbox(Section):
    """People who get alerts by e-mail."""

    name: str = Field(min_length=1, max_length=40)
    """What it is called in messages."""
    to: tuple[Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")], ...] = Field(min_length=1)
    """Addresses."""
    sender: str = Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")
    """Address they come from."""
    host: str
    """SMTP server."""
    port: int = Field(default=587, ge=1, le=65535)
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """starttls, tls or none; none is for a server on this machine."""
    user: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    """Environment variable that holds the user."""
    password: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    """Environment variable that holds the password."""


class Alerts(Section):
    """Who is told when something needs a look, and of what."""

    dashboard: str = ""
    """Address of the dashboard, for links."""
    quarantined_from: float = Field(default=0.05, gt=0, le=1)
    """Share of a table's rows in quarantine from which somebody is told."""
    webhook: tuple[Webhook, ...] = ()
    """One section a webhook; see below."""
    mailbox: tuple[Mailbox, ...] = ()
    """One section a mailbox; see below."""
    rule: tuple[AlertRule, ...] = ()
    """One section a rule; see below."""

    @property
    def receivers(self) -> tuple[Webhook | Mailbox, ...]:
        """Everybody who is told."""
        return (*self.webhook, *self.mailbox)

    @model_validator(mode="after")
    def _names_differ(self) -> Alerts:
        names = [each.name for each in self.receivers]
        if len(set(names)) != len(names):
            raise ValueError("webhooks and mailboxes each need a name of their own")
        return self
