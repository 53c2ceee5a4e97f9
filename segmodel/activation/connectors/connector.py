"""What a place that audiences go to has to be able to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd


@dataclass(frozen=True)
class Batch:
    """Changes to an audience at a target.

    Attributes
    ----------
    audience : str
    key : str
        The same whenever the same changes are sent again, so that a receiver can tell a repetition.
    number : int
        From 1, within a sync.
    columns : tuple of str
        Of `added`, the customer's id first.
    added : DataFrame
        Customers to add, or to change where they are there.
    digests : sequence of str
        Of what is given of each of `added`.
    removed : sequence of str
        Ids of customers to remove; one who is not there is removed already.
    about : mapping
        What else is told: workspace, version, build, as_of, expires_on, confidentiality.
    """

    audience: str
    key: str
    number: int
    columns: tuple[str, ...]
    added: pd.DataFrame
    digests: Sequence[str]
    removed: Sequence[str]
    about: Mapping[str, Any]


class Connector(Protocol):
    """Reaches a target. Applying a batch twice must come to the same as applying it once."""

    @property
    def batch_size(self) -> int | None:
        """Changes a batch may hold; None: all of a sync in one."""

    def check(self, columns: Sequence[str]) -> None:
        """Make ready to take rows with these columns; raises ActivationError before anything is sent."""

    def held(self, audience: str, columns: Sequence[str]) -> pd.DataFrame | None:
        """Return the rows the target has of an audience; None where it cannot be asked, and what was sent counts."""

    def apply(self, batch: Batch) -> None:
        """Take a batch whole or not at all; raises SendError, which says whether trying again may help."""

    def close(self) -> None:
        """Let go of the target."""
