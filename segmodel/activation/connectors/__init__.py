"""Where audiences go: a table of a database, a folder, an address; and what another place has to be able to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from segmodel.activation.connectors.connector import Batch, Connector
from segmodel.activation.connectors.database import DatabaseConnector
from segmodel.activation.connectors.endpoint import EndpointConnector
from segmodel.activation.connectors.folder import FolderConnector
from segmodel.definition import DatabaseTarget, EndpointTarget, FolderTarget, Target

__all__ = [
    "CONNECTORS",
    "Batch",
    "Connector",
    "DatabaseConnector",
    "EndpointConnector",
    "FolderConnector",
    "connector_of",
]

CONNECTORS: dict[type[Any], Callable[[Any, Path], Connector]] = {
    DatabaseTarget: DatabaseConnector,
    FolderTarget: FolderConnector,
    EndpointTarget: EndpointConnector,
}
"""By kind of target, what makes its connector from the target's section and the folder of the workspace."""


def connector_of(target: Target, folder: Path) -> Connector:
    """Return what reaches a target.

    Raises
    ------
    ActivationError
        When a secret or an address is missing.
    """
    return CONNECTORS[type(target)](target, folder)
