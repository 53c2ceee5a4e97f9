"""A comparison that people kept: what was asked, of which build, and what was found, so that it can be repeated."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmodel import __version__
from segmodel.errors import StoreError, did_you_mean
from segmodel.store import disk_errors, replace_file
from segmodel.studio.numbers import NumbersCompared

FORMAT = "segmodel studio run 1"
_STAMP = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True)
class Run:
    """One comparison of numbers of segments.

    Attributes
    ----------
    found : NumbersCompared
        What was asked and found: segmentation, build, settings, numbers compared and all that is shown.
    product : str
        Version of segmodel that computed it.
    saved_at : datetime
        In UTC, to the second.
    saved_by : str
        Who kept it.
    """

    found: NumbersCompared
    product: str
    saved_at: datetime.datetime
    saved_by: str

    @classmethod
    def now(cls, found: NumbersCompared, who: str) -> Run:
        """Return a run kept at this moment by somebody."""
        return cls(found, __version__, datetime.datetime.now(datetime.UTC).replace(microsecond=0), who)

    @property
    def name(self) -> str:
        """Name of its file, without the ending."""
        return f"{self.found.segmentation}-{self.saved_at:{_STAMP}}"

    @property
    def ks(self) -> tuple[int, ...]:
        """The numbers of segments compared."""
        return tuple(int(k) for k in self.found.table["k"])

    def document(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "format": FORMAT,
            "product": self.product,
            "saved_at": f"{self.saved_at:{_STAMP}}",
            "saved_by": self.saved_by,
            "confidentiality": "Confidential",
            "found": self.found.document(),
        }

    @classmethod
    def from_json(cls, text: str) -> Run:
        """Read what `document` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            When the text is not such a document.
        """
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise ValueError(f"found format {content['format']!r}, expected {FORMAT!r}")
        found = NumbersCompared.from_json(json.dumps(content["found"]))
        if "k" not in found.table or not isinstance(found.settings, dict):
            raise ValueError("its table or its settings are missing")
        saved_at = datetime.datetime.strptime(content["saved_at"], _STAMP).replace(tzinfo=datetime.UTC)
        return cls(
            product=str(content["product"]),
            saved_at=saved_at,
            saved_by=str(content["saved_by"]),
            found=found,
        )

    def repeats(self, found: NumbersCompared) -> bool:
        """Return whether another comparison found the same, to the last digit that is kept; of whichever build."""
        return self.found.document() | {"build": ""} == found.document() | {"build": ""}


class RunFiles:
    """The comparisons that were kept in a workspace.

    Parameters
    ----------
    folder : Path
        The workspace's `studio` folder; made when the first is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self, segmentation: str) -> tuple[str, ...]:
        """Return the runs of a segmentation, latest first."""
        stamp = r"-\d{4}-\d{2}-\d{2}T\d{6}Z"
        found = (path.stem for path in self.folder.glob("*.json"))
        return tuple(
            sorted((name for name in found if re.fullmatch(re.escape(segmentation) + stamp, name)), reverse=True)
        )

    def save(self, run: Run) -> Path:
        """Keep a run.

        Raises
        ------
        EngineError
            When the folder cannot be written.
        """
        path = self.folder / f"{run.name}.json"
        with disk_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(path, json.dumps(run.document(), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
        return path

    def load(self, segmentation: str, name: str) -> Run:
        """Read a run that was kept.

        Raises
        ------
        StoreError
            When there is no such run, or its file is damaged.
        """
        known = self.names(segmentation)
        if name not in known:  # also what a visitor made up never becomes a path
            raise StoreError(
                f"There is no run '{name[:80]}' of {segmentation}; there: {', '.join(known) or 'none'}."
                f"{did_you_mean(name, known)}"
            )
        return read_run(self.folder / f"{name}.json")


def read_run(path: Path) -> Run:
    """Read a run from a file.

    Raises
    ------
    StoreError
        When it cannot be read, or is none.
    """
    try:
        return Run.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"'{path.name}' cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8'}.") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"'{path.name}' is no run of the Studio ({type(error).__name__}: {error}).") from None
