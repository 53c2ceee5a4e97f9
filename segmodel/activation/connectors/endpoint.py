"""Batches of changes posted to an address as JSON, signed, each with a key that tells a repetition."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from segmodel.activation.connectors.connector import Batch
from segmodel.alerts import post_signed, variable
from segmodel.definition import EndpointTarget
from segmodel.errors import ActivationError, AlertError


class EndpointConnector:
    """Posts batches; see docs/activation.md for what a receiver gets.

    Parameters
    ----------
    target : EndpointTarget
    folder : Path
        The workspace.

    Raises
    ------
    ActivationError
        When the environment variable of the secret is not set.
    """

    def __init__(self, target: EndpointTarget, folder: Path) -> None:  # noqa: ARG002 - as all connectors
        self._url = target.url
        self.batch_size = target.batch
        try:
            self._secret = variable(target.secret).encode()
        except AlertError as error:
            raise ActivationError(f"Target {target.name} cannot be reached: {error}.") from None

    def check(self, columns: Sequence[str]) -> None:
        """Do nothing: a receiver says with its first answer whether it is there."""

    def held(self, audience: str, columns: Sequence[str]) -> pd.DataFrame | None:  # noqa: ARG002 - as all connectors
        """Return nothing: what was sent is what counts."""
        return None

    def apply(self, batch: Batch) -> None:
        """Post a batch."""
        rows = batch.added.astype(object).where(batch.added.notna(), None)
        document = {
            "id": batch.key,
            "audience": batch.audience,
            "batch": batch.number,
            "add": rows.to_dict("records"),
            "remove": list(batch.removed),
            "about": dict(batch.about),
        }
        body = json.dumps(document, ensure_ascii=False).encode()
        post_signed(self._url, self._secret, body, batch.key, dt.datetime.now(dt.UTC))

    def close(self) -> None:
        """Do nothing: nothing is kept open."""
