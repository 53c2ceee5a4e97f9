"""One thing known of a customer at a snapshot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """One thing known of a customer at a snapshot.

    Attributes
    ----------
    name, label, unit, description : str
        `unit` is days, orders, money, share, ratio, number, category; of survey items scale (a number that takes a
        few values, as in 1 to 7), centred (a scale less the respondent's own mean) or answer (another number).
    rows : str
        What the SQL aggregates: activity, channel, category or customers; `survey` for an item of the survey.
    sql : str
        One SQL expression.
    needs : tuple of str
        `table` or `table.column` that must have been loaded.
    high, low : str
        Words for a segment far above or below the others; may be empty.
    for_each : str
        The column whose values repeat the feature, or empty.
    kind : str
        Of a survey item, what it asks about, such as need-importance; else empty.
    """

    name: str
    label: str
    unit: str
    description: str
    rows: str
    sql: str
    needs: tuple[str, ...] = ("transactions",)
    high: str = ""
    low: str = ""
    for_each: str = ""
    kind: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether the feature is a number, so that methods working on distances can use it."""
        return self.unit != "category"
