"""What was done with the versions of a segmentation: one line a step in `models/<segmentation>/log.jsonl`."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Literal, get_args

from segmodel.errors import ScorecardError

Action = Literal["fitted", "proposed", "promoted", "rolled back"]

_STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Step:
    """One thing done with a version.

    Attributes
    ----------
    action : str
        `fitted`: a build fitted it and took it into use; `proposed`: it is a challenger; `promoted`: people took it
        into use; `rolled back`: they went back to it.
    version : str
        Such as `v002`.
    who, why : str
        The person or account, and the reason.
    at : datetime
        When, in UTC, to the second.
    fingerprint : str
        Hash of the definition as it stood (`Definition.fingerprint`): while it stands, the version stays in use.
    """

    action: Action
    version: str
    who: str
    why: str
    at: datetime.datetime
    fingerprint: str = ""

    def __post_init__(self) -> None:
        if self.action not in get_args(Action):
            raise ValueError(f"found action {self.action!r}, expected one of {', '.join(get_args(Action))}")
        if not re.fullmatch(r"v[0-9]{3,}", self.version):
            raise ValueError(f"found version {self.version!r}, expected one such as v001")

    @classmethod
    def now(cls, action: Action, version: str, who: str, why: str, fingerprint: str) -> Step:
        """Return a step done at this moment."""
        at = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        return cls(action, version, " ".join(who.split()), " ".join(why.split()), at, fingerprint)

    def to_line(self) -> str:
        """Return the step as a line of the log."""
        return json.dumps(asdict(self) | {"at": self.at.strftime(_STAMP)}, ensure_ascii=False) + "\n"


def read_steps(text: str) -> tuple[Step, ...]:
    """Read a log, oldest first.

    Raises
    ------
    ScorecardError
        When a line is not a step.
    """
    return tuple(_read(line, place) for place, line in enumerate(text.splitlines(), start=1) if line.strip())


def in_use(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps behind what is in use: the last is the champion's, the one before what to go back to.

    Going back takes the latest away, as if it had not been done; the champion's own step then says who went back.

    Examples
    --------
    >>> at = datetime.datetime(2026, 6, 30, tzinfo=datetime.UTC)
    >>> first, second = (Step(action, f"v00{n}", "Ana", "", at) for n, action in ((1, "fitted"), (2, "promoted")))
    >>> [step.version for step in in_use([first, second])]
    ['v001', 'v002']
    >>> [step.version for step in in_use([first, second, Step("rolled back", "v001", "Ana", "", at)])]
    ['v001']
    """
    standing: list[Step] = []
    for step in steps:
        if step.action == "rolled back":
            del standing[-2:]
        if step.action != "proposed":
            standing.append(step)
    return tuple(standing)


def _read(line: str, place: int) -> Step:
    try:
        content = json.loads(line)
        known = {field.name: content[field.name] for field in fields(Step)}
        at = datetime.datetime.strptime(content["at"], _STAMP).replace(tzinfo=datetime.UTC)
        return Step(**known | {"at": at})
    except (KeyError, TypeError, ValueError) as error:
        raise ScorecardError(f"Line {place} is damaged ({type(error).__name__}: {error}). Restore the file.") from None
