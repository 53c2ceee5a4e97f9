"""The command line: thin wrappers around a workspace. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys

from segmodel.cli import (
    activation,
    alerts,
    api,
    briefs,
    commands,
    crosswalk,
    drift,
    migration,
    personas,
    priorities,
    refresh,
    typing_tool,
    value,
    versions,
    warehouse,
)
from segmodel.cli.base import cli, err
from segmodel.errors import SegmodelError

__all__ = [
    "activation",
    "alerts",
    "api",
    "briefs",
    "cli",
    "commands",
    "crosswalk",
    "drift",
    "main",
    "migration",
    "personas",
    "priorities",
    "refresh",
    "typing_tool",
    "value",
    "versions",
    "warehouse",
]


def main() -> None:
    """Run the command line; bad input ends in one clear paragraph and exit code 2."""
    try:
        cli()
    except SegmodelError as error:
        # never broken into lines of our own: whoever reads it may be a script
        err.print(f"Error: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)
    except BrokenPipeError:
        # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("Stopped; the published build is as it was.")
        sys.exit(130)
