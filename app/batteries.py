"""What people do with the typing tool: find questions, publish them, and have a file of answers told.

Every function checks the role of who asks, whatever the page has drawn.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from app import access, versions
from app.jobs import State
from app.queries import BuildKey
from app.uploads import file_name, most_unpacked
from segmodel.errors import SourceError, TypingToolError
from segmodel.formats import file_size
from segmodel.sources import kind_of, unpacked_size
from segmodel.typing_tool import Battery, BatteryFiles, Found, ScoredFile, score_answers

Wanted = tuple[str, str]
"""Where questions come from, and the method: survey or cues; lda, naive_bayes or logistic."""


def in_use(folder: Path, segmentation: str, source: str) -> Battery | None:
    """Return the published battery of survey items, or of cues; None before the first."""
    return BatteryFiles(folder).latest(segmentation, source)


def start(key: BuildKey, segmentation: str, wanted: Wanted) -> None:
    """Start looking for questions on a build.

    Raises
    ------
    AccessError
        Below the role analyst.
    SegmodelError
        When another search runs, or too much runs at once.
    """
    access.require(access.Role.ANALYST)
    source, method = wanted
    versions.jobs().start(
        (key, segmentation, wanted),
        (key.folder, segmentation, "typing"),
        ("typing", key.folder, segmentation, "--from", source, "--method", method, "--json", "--progress", "json"),
        _read,
    )


def state(key: BuildKey, segmentation: str, wanted: Wanted) -> State | None:
    """Return how far the search is, or how it ended; None where none was started."""
    return versions.jobs().state((key, segmentation, wanted))


def cancel(key: BuildKey, segmentation: str, wanted: Wanted) -> None:
    """Stop a search.

    Raises
    ------
    AccessError
        Below the role analyst.
    """
    access.require(access.Role.ANALYST)
    versions.jobs().cancel((key, segmentation, wanted))


def publish(folder: Path, battery: Battery) -> Battery:
    """Keep a battery, to be asked from now on.

    Raises
    ------
    AccessError
        Below the role steward.
    SegmodelError
        When it cannot be written.
    """
    access.require(access.Role.STEWARD)
    user = access.current_user()
    return BatteryFiles(folder).publish(battery, "" if user is None else user.name)


def score(battery: Battery, name: str, content: memoryview) -> ScoredFile:
    """Tell the segment of each row of an uploaded file; nothing of it is kept.

    Raises
    ------
    AccessError
        Below the role analyst.
    SegmodelError
        When the file cannot be read.
    """
    access.require(access.Role.ANALYST)
    with tempfile.TemporaryDirectory(prefix="segmodel-") as folder:
        path = Path(folder) / file_name(name)
        path.write_bytes(content)
        most = most_unpacked(kind_of(path))
        if unpacked_size(path, most) > most:
            raise SourceError(f"'{path.name}' holds more than {file_size(most)} once unpacked. Upload a smaller one.")
        return score_answers(battery, path)


def _read(text: str) -> Found:
    try:
        return Found.from_document(json.loads(text))
    except TypingToolError as error:  # jobs know what cannot be read by the errors of reading
        raise ValueError(str(error)) from error
