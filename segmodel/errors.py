"""One family of errors: every message says what was found, what was expected and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SegmodelError(Exception):
    """Base of every error a user can cause; the command line prints it and exits with 2."""


class DefinitionError(SegmodelError):
    """`segmentation.toml` cannot be used; the message lists every problem at once."""


class SourceError(SegmodelError):
    """A file or database cannot be read, or loses more rows than the definition allows."""


class FeatureError(SegmodelError):
    """A feature is unknown or cannot be computed from the tables that were loaded."""


class ClusteringError(SegmodelError):
    """A segmentation cannot be fitted on the customers there are."""


class StoppedError(SegmodelError):
    """Somebody asked for a long computation to stop."""


class ScorecardError(SegmodelError):
    """A scorecard file is damaged or does not match the data it is asked to score."""


class ValueModelError(SegmodelError):
    """Purchases or amounts cannot be modelled: they contradict each other, or there is nothing to learn from."""


class DriftError(SegmodelError):
    """Drift cannot be measured: nothing to compare, or a feature that is not there."""


class AlertError(SegmodelError):
    """Alerts cannot be sent: a secret that is not there, or options that contradict each other."""


class ActivationError(SegmodelError):
    """An audience cannot be made or sent: a column is not there, nobody is left, or a target does not take it."""


class PrioritiesError(SegmodelError):
    """A scoring cannot be used: a score or a weight is out of range, or it is no scoring at all."""


class CouncilError(SegmodelError):
    """What people wrote cannot be read or kept: the database is missing, locked, damaged or out of reach."""


class StoryError(SegmodelError):
    """What somebody wrote about a segment cannot be kept: it is too long, or no story at all."""


class ConflictError(CouncilError):
    """Somebody saved another version in between; `newest` is its number."""

    def __init__(self, message: str, newest: int) -> None:
        super().__init__(message)
        self.newest = newest


class TypingToolError(SegmodelError):
    """No questions tell segments, answers cannot be read, or a battery of questions is damaged."""


class StoreError(SegmodelError):
    """A store, a build or the `current` pointer is missing, damaged or locked."""


class EngineError(SegmodelError):
    """The engine that runs SQL could not do so (memory, disk, damaged file)."""


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name closest to `name`, ignoring case, or None when nothing is close.

    Examples
    --------
    >>> nearest("custmer_id", ["customer_id", "amount"])
    'customer_id'
    >>> nearest("zzz", ["customer_id"]) is None
    True
    """
    by_folded = {candidate.casefold(): candidate for candidate in allowed}
    found = difflib.get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?`, or an empty string when nothing is close.

    Examples
    --------
    >>> did_you_mean("kmean", ["kmeans", "rfm"])
    " Did you mean 'kmeans'?"
    """
    found = nearest(name, allowed)
    return f" Did you mean '{found}'?" if found else ""
