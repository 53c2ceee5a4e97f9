"""An audience: everybody of some segments, each kept or lost for one reason, and the rows that are given out."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Self

import pandas as pd

from segmodel.activation.funnel import Funnel, funnel_of, losses
from segmodel.activation.match_keys import hashed_sql
from segmodel.activation.people import People
from segmodel.activation.request import AudienceRequest
from segmodel.engines import SCRATCH, identifier
from segmodel.errors import StoreError, did_you_mean


class Audience:
    """Who is in an audience, and who was lost on the way.

    Parameters
    ----------
    people : People
        Whose keys were normalised for the platform of the request, where keys are given.
    request : AudienceRequest

    Raises
    ------
    StoreError
        When a segment is unknown.
    """

    def __init__(self, people: People, request: AudienceRequest) -> None:
        self.people = people
        self.request = request
        self.segments = tuple(_segment_id(people, request.segmentation, each) for each in request.segments)
        self.reasons = losses(request)
        self._table = f"{SCRATCH}.audience_{uuid.uuid4().hex}"
        cases = " ".join(f"WHEN {loss.sql} THEN {place}" for place, loss in enumerate(self.reasons))
        listed = ", ".join(f"$s{place}" for place in range(len(self.segments)))
        people.engine.execute(
            f"""
            CREATE TABLE {self._table} AS
            SELECT m.*, k.* EXCLUDE (customer_id, suppressed, agreed, given, valid, matchable),
                CASE {cases} END AS lost
            FROM members AS m LEFT JOIN known AS k USING (customer_id)
            WHERE m.segmentation = $segmentation AND m.segment IN ({listed})
            """,
            {"segmentation": request.segmentation}
            | {f"s{place}": segment for place, segment in enumerate(self.segments)},
        )

    def close(self) -> None:
        """Forget who is in it."""
        self.people.engine.execute(f"DROP TABLE IF EXISTS {self._table}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def minimum(self) -> int:
        """The smallest audience that is given out."""
        return max(self.request.minimum, self.people.origin.minimum_group)

    @cached_property
    def funnel(self) -> Funnel:
        """What was lost at each step."""
        counts = dict(self.people.engine.rows(f"SELECT lost, count(*) FROM {self._table} GROUP BY ALL"))
        return funnel_of(counts, self.reasons, self.minimum)

    @property
    def segment_names(self) -> tuple[str, ...]:
        """What the segments are called."""
        names = self.people.origin.segments[self.request.segmentation]
        return tuple(names[segment] for segment in self.segments)

    @property
    def key_columns(self) -> dict[str, str]:
        """Names of the columns of match keys in what is given out, and their SQL."""
        if self.request.keys == "none":
            return {}
        hashed = self.request.keys == "hashed"
        named = {}
        for place, key in enumerate(self.people.activation.keys, start=1):
            if key.column == "customer_id" and not hashed:
                continue  # given in any case
            name = f"{key.column}_sha256" if hashed else key.column
            named[name] = hashed_sql(f"key_{place}") if hashed else f"key_{place}"
        return named

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that are given out, in order."""
        return ("customer_id", *self.request.fields, *self.key_columns)

    def rows_sql(self) -> str:
        """Return SQL for the rows that are given out, by customer; nobody where the audience is below the minimum."""
        keys = "".join(f", {sql} AS {identifier(name)}" for name, sql in self.key_columns.items())
        fields = "".join(f", {identifier(name)}" for name in self.request.fields)
        # put in order before they are hashed: hashes are the longest part of a row
        return f"SELECT customer_id{fields}{keys} FROM ({self._kept_sql()})"

    def _kept_sql(self) -> str:
        are_enough = "TRUE" if self.funnel.given else "FALSE"
        return f"SELECT * FROM {self._table} WHERE lost IS NULL AND {are_enough} ORDER BY customer_id"

    def preview(self, rows: int = 20, *, with_keys: bool) -> pd.DataFrame:
        """Return the first rows that are given out; without keys where they are not to be shown.

        People whose keys were not read have none to show.
        """
        columns = self.columns if with_keys else ("customer_id", *self.request.fields)
        listed = ", ".join(identifier(name) for name in columns)
        source = self.rows_sql() if with_keys else self._kept_sql()
        return self.people.engine.frame(f"SELECT {listed} FROM ({source}) ORDER BY customer_id LIMIT {int(rows)}")


def _segment_id(people: People, segmentation: str, segment: str) -> str:
    """Return the id of a segment, given its id or its name."""
    known = people.origin.segments
    if segmentation not in known:
        raise StoreError(
            f"There is no segmentation '{segmentation}' in this build; there are {', '.join(known)}."
            f"{did_you_mean(segmentation, known)}"
        )
    names = known[segmentation]
    if segment in names:
        return segment
    found = next((each for each, name in names.items() if name == segment), None)
    if found is None:
        there = ", ".join(f"{each} ({name})" for each, name in names.items())
        raise StoreError(
            f"There is no segment '{segment}' in {segmentation}; there are {there}."
            f"{did_you_mean(segment, names.values())}"
        )
    return found
