"""Dates written by people: the form is found by trying each on the whole column, and never guessed between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmodel.engines import literal

_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def _numeric(order: str, year: str) -> tuple[str, ...]:
    parts = {"d": "%d", "m": "%m", "y": year}
    return tuple(mark.join(parts[part] for part in order) + clock for mark in "/-." for clock in _CLOCKS)


@dataclass(frozen=True)
class DateForm:
    """One way to write dates: a name people know, an example, and the `strptime` formats that read it."""

    name: str
    example: str
    formats: tuple[str, ...]
    order: str = ""

    def sql(self, operand: str) -> str:
        """Return SQL that reads the text `operand` as TIMESTAMP, NULL when it is not of this form."""
        if not self.formats:
            return f"TRY_CAST({operand} AS TIMESTAMP)"
        listed = ", ".join(literal(format_) for format_ in self.formats)
        return f"try_strptime({operand}, [{listed}])"


_NAMED = tuple(
    f"{day}{clock}"
    for day in ("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%a %d %b %Y",
                "%d%b%Y")
    for clock in _CLOCKS[:3]
)  # fmt: skip

FORMS: tuple[DateForm, ...] = (
    DateForm("year-month-day", "2026-06-30 or 2026-06-30 17:45", ()),
    DateForm("year-month-day", "2026.06.30", _numeric("ymd", "%Y"), "ymd"),
    DateForm("day/month/year", "30/06/2026", _numeric("dmy", "%Y"), "dmy"),
    DateForm("month/day/year", "06/30/2026", _numeric("mdy", "%Y"), "mdy"),
    DateForm("day/month/year", "30/06/26", _numeric("dmy", "%y"), "dmy"),
    DateForm("month/day/year", "06/30/26", _numeric("mdy", "%y"), "mdy"),
    DateForm("day, name of the month, year", "30 Jun 2026", _NAMED),
    DateForm("digits only", "20260630", ("%Y%m%d", "%Y%m%d%H%M", "%Y%m%d%H%M%S")),
    DateForm("year-month", "2026-06", ("%Y-%m", "%Y/%m", "%Y%m")),
    DateForm("month/year", "06/2026", ("%m/%Y", "%m-%Y", "%b %Y", "%B %Y", "%b-%Y")),
)

EARLIEST, LATEST = "1900-01-01", "2100-01-01"
_IN_RANGE = f"BETWEEN TIMESTAMP '{EARLIEST}' AND TIMESTAMP '{LATEST}'"


def stated_form(date_format: str) -> DateForm:
    """Return the form of the `date_format` of a definition."""
    return DateForm(f"the date_format {date_format}", date_format, (date_format,))


def counts_sql(operand: str, forms: Sequence[DateForm]) -> str:
    """Return SQL of one select list: values there are, then values each form reads into a sensible year."""
    counts = [f"count({operand})"]
    counts += [f"count(*) FILTER ({form.sql(operand)} {_IN_RANGE})" for form in forms]
    return ", ".join(counts)


@dataclass(frozen=True)
class Choice:
    """The form chosen, or the two that cannot be told apart."""

    form: DateForm
    rival: DateForm | None = None


def choose(forms: Sequence[DateForm], counts: Sequence[int], total: int) -> Choice | None:
    """Choose the form that reads the most values; None when none reads any.

    Day/month and month/day are rivals: unless one reads clearly more than the other (beyond one value in a
    hundred), they cannot be told apart, and the choice says so.
    """
    ranked = sorted(zip(counts, range(len(forms)), strict=True), key=lambda pair: (-pair[0], pair[1]))
    if not ranked or ranked[0][0] == 0:
        return None
    best_count, best = ranked[0]
    for count, position in ranked[1:]:
        if {forms[best].order, forms[position].order} == {"dmy", "mdy"} and count:
            # 31/12 among ten thousand dates settles the order; one typing error among them must not
            if best_count == total and count < total:
                continue
            if best_count - count <= total / 100:
                return Choice(forms[best], forms[position])
    return Choice(forms[best])
