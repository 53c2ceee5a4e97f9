"""How much of the API a token may use: a bucket that fills at a steady rate (token bucket, Turner 1986)."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable


class RateLimit:
    """Buckets by key; not shared between processes, so each worker of a server gives out its own.

    Parameters
    ----------
    per_second : float
        Requests a second over time.
    burst : int
        Requests at once after a pause.
    clock : callable
        Seconds, never going back.
    """

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def wait(self, key: Hashable) -> float:
        """Take one request, and return 0; or, where none is left, the seconds until there is.

        Examples
        --------
        >>> seconds = iter([0.0, 0.0, 0.0, 0.5])
        >>> limit = RateLimit(2, 2, lambda: next(seconds))
        >>> [limit.wait("a") for _ in range(4)]
        [0.0, 0.0, 0.5, 0.0]
        """
        at = self._clock()
        left, before = self._buckets.get(key, (float(self._burst), at))
        left = min(self._burst, left + (at - before) * self._per_second)
        is_taken = left >= 1
        self._buckets[key] = (left - 1 if is_taken else left, at)
        return 0.0 if is_taken else (1 - left) / self._per_second
