"""An audience as a file with its manifest: complete under its name, or not there."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmodel.activation.audience import Audience
from segmodel.council import ActivationLog, NewActivation
from segmodel.engines import identifier, literal
from segmodel.errors import ActivationError
from segmodel.reports.files import ENDINGS
from segmodel.reports.tables import CONFIDENTIAL
from segmodel.store import disk_errors, fsync

_FORMULA = r"(?s)^[\s\v\x1c-\x1f\x{85}\p{Z}]*[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}].*"
"""Text that a spreadsheet could run, as `segmodel.reports.neutral` says in Python."""

_TEXTS = ("customer_id", "segment")


@dataclass(frozen=True)
class Manifest:
    """What is told of an audience that was given out.

    Attributes
    ----------
    content : dict
        Ready for JSON: workspace, definition and its hash, version, build, counts, columns, who, when, expiry, and of a
        file its name, rows and SHA-256.
    """

    content: dict[str, Any]

    @property
    def rows(self) -> int:
        """Customers given out."""
        return int(self.content["rows"])

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(self.content, indent=2, ensure_ascii=False) + "\n"


def manifest_of(audience: Audience, who: str, at: dt.datetime, **more: Any) -> Manifest:
    """Return what is told of an audience; `more` is told as well."""
    origin, request = audience.people.origin, audience.request
    expires = at.date() + dt.timedelta(days=audience.people.activation.expires_days)
    return Manifest(
        {
            "workspace": origin.workspace,
            "audience": request.name,
            "definition": request.document() | {"segments": list(audience.segments)},
            "definition_hash": request.fingerprint(),
            "segments": dict(zip(audience.segments, audience.segment_names, strict=True)),
            "segmentation": request.segmentation,
            "version": origin.versions[request.segmentation],
            "build": origin.build_id,
            "as_of": origin.as_of.isoformat(),
            "funnel": audience.funnel.document(),
            "rows": audience.funnel.given,
            "columns": list(audience.columns),
            "who": who,
            "at": at.isoformat(),
            "expires_on": expires.isoformat(),
            "confidentiality": CONFIDENTIAL,
            **more,
        }
    )


def log_entry(manifest: Manifest, kind: str, target: str, activation_id: str) -> NewActivation:
    """Return the line of the log for what a manifest tells."""
    content = manifest.content
    return NewActivation(
        activation_id=activation_id,
        kind="export" if kind == "export" else "sync",
        target=target,
        audience=content["audience"],
        segmentation=content["segmentation"],
        build_id=content["build"],
        model_version=content["version"],
        definition_hash=content["definition_hash"],
        content=content,
        who=content["who"],
        expires_on=dt.date.fromisoformat(content["expires_on"]),
    )


def manifest_path(path: Path) -> Path:
    """Return where the manifest of a file is."""
    return path.with_name(f"{path.name}.manifest.json")


def export_audience(
    audience: Audience, path: Path, log: ActivationLog, who: str, now: dt.datetime | None = None
) -> Manifest:
    """Write an audience as a file, with its manifest beside it, and a line in the log.

    Both are written beside, and put under their names once they are complete and in the log.

    Parameters
    ----------
    audience : Audience
    path : Path
        Ends in .csv, .csv.gz or .parquet. A CSV has no comment lines, as platforms refuse them.
    log : ActivationLog
    who : str
    now : datetime, optional
        The clock, with its zone.

    Raises
    ------
    ActivationError
        When nobody is left to be given out, or the name says nothing of its kind.
    EngineError
        When the disk does not take it; what stood under the name stays.
    """
    name = path.name.lower()
    if not name.endswith(ENDINGS):
        raise ActivationError(f"'{path.name}' says nothing of its kind; end the name with {', '.join(ENDINGS)}.")
    if path.is_dir():
        raise ActivationError(f"'{path}' cannot be written: it is a folder, and expected is a file.")
    refuse_nobody(audience)
    at = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(microsecond=0)
    unfinished, told = path.with_name(f".{path.name}.new"), manifest_path(path).with_name(f".{path.name}.manifest.new")
    try:
        manifest = manifest_of(audience, who, at, file=path.name)
        _write_rows(audience, unfinished, name, manifest)
        with disk_errors("The file"):
            manifest = Manifest({**manifest.content, "sha256": _digest(unfinished)})
            told.write_text(manifest.to_json(), encoding="utf-8")
            fsync(unfinished)
            fsync(told)
        activation_id = uuid.uuid4().hex
        log.start(log_entry(manifest, "export", path.name, activation_id))
        with disk_errors("The file"):
            told.replace(manifest_path(path))
            unfinished.replace(path)
            fsync(path.parent)
        log.finished(activation_id)
    finally:
        unfinished.unlink(missing_ok=True)
        told.unlink(missing_ok=True)
    return manifest


def refuse_nobody(audience: Audience) -> None:
    """Raise ActivationError where nobody is left to be given out."""
    if audience.funnel.given:
        return
    reason, count = audience.funnel.largest_loss
    why = f" Most were lost for this: {reason} ({count:,} of {audience.funnel.in_segment:,})." if count else ""
    raise ActivationError(f"Nobody is left in this audience, so nothing is given out.{why}")


def _write_rows(audience: Audience, path: Path, name: str, manifest: Manifest) -> None:
    """Write the rows, in the order of customers."""
    rows = audience.rows_sql()
    if name.endswith(".parquet"):
        told = {key: manifest.content[key] for key in ("workspace", "segmentation", "version", "build", "as_of")}
        told |= {"exported_by": manifest.content["who"], "expires_on": manifest.content["expires_on"]}
        told |= {"definition_hash": manifest.content["definition_hash"], "confidentiality": CONFIDENTIAL}
        listed = ", ".join(f"{key}: {literal(str(value))}" for key, value in told.items())
        options = f"FORMAT parquet, COMPRESSION snappy, KV_METADATA {{{listed}}}"
    else:
        texts = (*_TEXTS, *(key.column for key in audience.people.activation.keys if key.kind != "phone"))
        safe = [name for name in audience.columns if name in texts]
        replaced = ", ".join(f"{neutral_sql(identifier(each))} AS {identifier(each)}" for each in safe)
        rows = f"SELECT * REPLACE ({replaced}) FROM ({rows})"
        options = f"FORMAT csv, HEADER, COMPRESSION {'gzip' if name.endswith('.gz') else 'none'}"
    audience.people.engine.execute(f"COPY ({rows}) TO {literal(str(path))} ({options})")


def neutral_sql(text: str) -> str:
    """Return SQL for text that no spreadsheet takes for a formula; see `segmodel.reports.neutral`."""
    lines = f"replace(replace({text}, chr(13) || chr(10), chr(10)), chr(13), chr(10))"
    return f"CASE WHEN regexp_full_match({lines}, {literal(_FORMULA)}) THEN '''' || {lines} ELSE {lines} END"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
