"""The command line run in the process of a test, and what its errors must be like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SHORT = "history_months = 2"
"""Setting of workspaces that build quickly."""


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


def refused(result: Result, *words: str) -> None:
    """Insist on exit code 2 and one paragraph on stderr, which has these words."""
    assert result.code == 2
    assert result.out == ""
    assert "Traceback" not in result.err
    assert result.err.startswith("Error: ")
    assert "\n\n" not in result.err.strip()
    for word in words:
        assert word in result.err
