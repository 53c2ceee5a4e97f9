"""Keeping a target in step with an audience: what to add, what to remove, and nothing else.

A batch is written down before it is sent, and again once it was taken. A sync that was broken off is gone on with by
doing it again: what is known to be taken is not sent again, and whatever may have been taken counts as perhaps there,
so that it is sent again or removed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from segmodel.activation.audience import Audience
from segmodel.activation.connectors import Batch, Connector, connector_of
from segmodel.activation.files import Manifest, log_entry, manifest_of
from segmodel.activation.people import People
from segmodel.activation.request import AudienceRequest, target_named
from segmodel.alerts import SendError, with_back_off
from segmodel.council import ActivationLog, SentBatch
from segmodel.definition import Definition, Target
from segmodel.engines import SCRATCH, Engine, identifier
from segmodel.errors import ActivationError
from segmodel.progress import Progress, quiet
from segmodel.store import locked
from segmodel.workspace import Workspace


@dataclass(frozen=True)
class SyncReport:
    """What a sync of one audience did.

    Attributes
    ----------
    target, audience : str
    added, changed, removed, unchanged : int
        Customers.
    batches : int
        Sent.
    manifest : Manifest
    """

    target: str
    audience: str
    added: int
    changed: int
    removed: int
    unchanged: int
    batches: int
    manifest: Manifest

    def document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        counts = ("target", "audience", "added", "changed", "removed", "unchanged", "batches")
        return {name: getattr(self, name) for name in counts} | {"manifest": self.manifest.content}


def sync(
    workspace: Workspace,
    target: str,
    who: str,
    progress: Progress = quiet,
    sleep: Callable[[float], None] = time.sleep,
    connector: Connector | None = None,
) -> tuple[SyncReport, ...]:
    """Bring a target up to date with its audiences.

    Parameters
    ----------
    workspace : Workspace
    target : str
        Its name in the definition.
    who : str
    progress : Progress
        Told of each batch.
    sleep : callable
        How to wait before trying again.
    connector : Connector, optional
        What reaches the target, where the definition does not say.

    Raises
    ------
    SegmodelError
        When something cannot be read, or the target does not take a batch: what it took before stays, and the next sync
        goes on from there.
    """
    definition = workspace.definition
    found = target_named(definition, target)
    lock = workspace.folder / "store" / f"activation-{target}.lock"
    reached = closing(connector or connector_of(found, workspace.folder))
    with locked(lock, f"Target {target} is being synced already"), reached as reachable:
        return tuple(
            _sync_audience(workspace, definition, found, name, reachable, who, progress, sleep)
            for name in found.audiences
        )


def _sync_audience(
    workspace: Workspace,
    definition: Definition,
    target: Target,
    name: str,
    connector: Connector,
    who: str,
    progress: Progress,
    sleep: Callable[[float], None],
) -> SyncReport:
    request = AudienceRequest.for_target(definition, target, name)
    log = ActivationLog(workspace.folder)
    with workspace.open() as published:
        people = People.load(
            published,
            definition,
            workspace.folder,
            segmentation=request.segmentation,
            platform=request.platform,
            with_keys=request.keys != "none",
        )
    with people, Audience(people, request) as audience:
        progress(f"Comparing with {target.name}: {name}", 0.1)
        connector.check(audience.columns)
        sent = log.batches(target.name, name)
        with _Changes(audience, connector.held(name, audience.columns), sent) as changes:
            counts = changes.counts()
            manifest = manifest_of(audience, who, dt.datetime.now(dt.UTC).replace(microsecond=0), **counts)
            activation_id = uuid.uuid4().hex
            log.start(log_entry(manifest, "sync", target.name, activation_id))
            base = sum(batch.is_taken for batch in sent)
            to_do = counts["added"] + counts["changed"] + counts["removed"]
            done = batches = 0
            for batch in changes.batches(manifest, base, connector.batch_size, target.name):
                _send(log, activation_id, connector, batch, sleep, target.name)
                batches += 1
                done += len(batch.added) + len(batch.removed)
                progress(f"Sending to {target.name}: {name}", 0.1 + 0.9 * done / max(to_do, 1))
            log.finished(activation_id)
    return SyncReport(target.name, name, **counts, batches=batches, manifest=manifest)


def _send(
    log: ActivationLog,
    activation_id: str,
    connector: Connector,
    batch: Batch,
    sleep: Callable[[float], None],
    target: str,
) -> None:
    """Send a batch, written down before and after."""
    added = dict(zip(batch.added["customer_id"], batch.digests, strict=True))
    log.begin(activation_id, batch.number, added, batch.removed)
    try:
        with_back_off(lambda: connector.apply(batch), sleep)
    except SendError as error:
        log.failed(activation_id, str(error))
        raise ActivationError(
            f"Target {target} did not take batch {batch.number} of audience {batch.audience}: {error}. What it took "
            f"before stays; run the sync again to go on."
        ) from error
    log.taken(activation_id, batch.number)


class _Changes:
    """The difference between an audience and what its target has, as a table.

    Parameters
    ----------
    audience : Audience
    held : DataFrame or None
        The target's rows; None where only what was sent is known.
    sent : tuple of SentBatch
        Everything that was sent of it.
    """

    def __init__(self, audience: Audience, held: pd.DataFrame | None, sent: tuple[SentBatch, ...]) -> None:
        self._audience = audience
        self._engine: Engine = audience.people.engine
        suffix = uuid.uuid4().hex
        self._wanted, self._table = f"{SCRATCH}.wanted_{suffix}", f"{SCRATCH}.changes_{suffix}"
        columns = audience.columns
        self._engine.execute(
            f"CREATE TABLE {self._wanted} AS SELECT *, {_digest_sql(columns)} AS _digest FROM ({audience.rows_sql()})"
        )
        known = _told_from(sent) if held is None else held
        digest = "digest" if held is None else _digest_sql(columns)
        with self._engine.loaded("held_rows", known):
            self._engine.execute(
                f"""
                CREATE TABLE {self._table} AS
                WITH held AS (SELECT customer_id::VARCHAR AS customer_id, {digest} AS digest FROM held_rows)
                SELECT coalesce(w.customer_id, h.customer_id) AS customer_id,
                    CASE WHEN h.customer_id IS NULL THEN 'added' WHEN w.customer_id IS NULL THEN 'removed'
                        WHEN h.digest IS DISTINCT FROM w._digest THEN 'changed' ELSE 'unchanged' END AS what
                FROM {self._wanted} AS w FULL JOIN held AS h USING (customer_id)
                """
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for table in (self._wanted, self._table):
            self._engine.execute(f"DROP TABLE IF EXISTS {table}")

    def counts(self) -> dict[str, int]:
        """Return how many customers are added, changed, removed and unchanged."""
        found = dict(self._engine.rows(f"SELECT what, count(*) FROM {self._table} GROUP BY ALL"))
        return {what: int(found.get(what, 0)) for what in ("added", "changed", "removed", "unchanged")}

    def batches(self, manifest: Manifest, base: int, size: int | None, target: str) -> Iterator[Batch]:
        """Yield the changes, removals first: whoever must go goes even where the rest fails.

        Parameters
        ----------
        manifest : Manifest
        base : int
            Batches taken so far, which tells one sync's batches from those of another.
        size : int or None
            Changes a batch may hold.
        target : str
        """
        about = {name: manifest.content[name] for name in _ABOUT}
        columns = self._audience.columns
        self._engine.execute(
            f"CREATE OR REPLACE TABLE {self._table}_ordered AS SELECT customer_id, what, "
            "row_number() OVER (ORDER BY what = 'removed' DESC, customer_id) AS place "
            f"FROM {self._table} WHERE what <> 'unchanged'"
        )
        total = int(self._engine.value(f"SELECT count(*) FROM {self._table}_ordered"))
        step = size or max(total, 1)
        for number, start in enumerate(range(0, total, step), start=1):
            span = {"first": start + 1, "last": start + step}
            part = f"SELECT * FROM {self._table}_ordered WHERE place BETWEEN $first AND $last"
            removed = self._engine.rows(
                f"SELECT customer_id FROM ({part}) WHERE what = 'removed' ORDER BY customer_id", span
            )
            listed = ", ".join(f"w.{identifier(name)}" for name in (*columns, "_digest"))
            added = self._engine.frame(
                f"SELECT {listed} FROM {self._wanted} AS w JOIN ({part}) AS p USING (customer_id) "
                "WHERE p.what <> 'removed' ORDER BY customer_id",
                span,
            )
            ids = [customer for (customer,) in removed]
            digests = added.pop("_digest").tolist()
            name = self._audience.request.name
            said = [about["workspace"], target, name, base + number, ids, added["customer_id"].tolist(), digests]
            key = hashlib.sha256(json.dumps(said).encode()).hexdigest()
            yield Batch(name, key, number, columns, added, digests, ids, about)
        self._engine.execute(f"DROP TABLE {self._table}_ordered")


_ABOUT = ("workspace", "segmentation", "version", "build", "as_of", "definition_hash", "expires_on", "confidentiality")

_NUMBERS = ("probability", "value", "churn_risk", "days_since_last")


def _digest_sql(columns: tuple[str, ...]) -> str:
    """Return SQL for a digest of what is given of a customer; alike for rows that come back from a database."""
    said = (
        f"round({identifier(name)}::DOUBLE, 4)::VARCHAR" if name in _NUMBERS else f"{identifier(name)}::VARCHAR"
        for name in columns
    )
    return f"md5(concat_ws(chr(31), {', '.join(f'coalesce({each}, chr(30))' for each in said)}))"


def _told_from(sent: tuple[SentBatch, ...]) -> pd.DataFrame:
    """Return who is at a target as far as what was sent tells: customer_id, and digest where that is sure."""
    held: dict[str, str | None] = {}
    for batch in sent:
        for customer in batch.removed:
            if batch.is_taken:
                held.pop(customer, None)
            elif customer in held:
                held[customer] = None
        for customer, digest in batch.added.items():
            held[customer] = digest if batch.is_taken else None
    return pd.DataFrame({"customer_id": list(held), "digest": list(held.values())}, dtype="string")
