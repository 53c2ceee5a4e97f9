"""How long steps tell what they are doing."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with a sentence and the share of the whole that is done, 0 to 1."""


def quiet(sentence: str, done: float) -> None:
    """Say nothing."""


def part(progress: Progress, start: float, stop: float) -> Progress:
    """Return a progress whose 0 to 1 is `start` to `stop` of `progress`.

    Examples
    --------
    >>> part(lambda sentence, done: print(sentence, done), 0.5, 1.0)("Reading", 0.5)
    Reading 0.75
    """

    def report(sentence: str, done: float) -> None:
        progress(sentence, start + (stop - start) * done)

    return report
