"""The API of the built sample, with tokens for each scope, asked inside the process."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from segmodel.api import LookupApi, create_api
from segmodel.council import SCOPES, Tokens


@dataclass
class Clock:
    """Seconds and a day that stand still until somebody moves them."""

    seconds: float = 1000.0
    day: dt.date = field(default_factory=lambda: dt.datetime.now(dt.UTC).date())

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Asked:
    """A running API: its workspace, clock, tokens by scope (`all`: every one) and a client without a token."""

    folder: Path
    clock: Clock
    tokens: dict[str, str]
    client: TestClient

    def headers(self, scope: str = "all") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[scope]}"}


@pytest.fixture(scope="module")
def api(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("api") / "sample"
    shutil.copytree(built_sample, folder)
    definition = folder / "segmentation.toml"
    limits = "[api]\nrequests_per_second = 100000\nburst = 1000000\n\n[owner]"
    definition.write_text(definition.read_text(encoding="utf-8").replace("[owner]", limits, 1), encoding="utf-8")
    made = Tokens(folder)
    tokens = {scope: made.create(f"System {scope}", [scope], "Ana")[0] for scope in SCOPES}
    tokens["all"] = made.create("Everything", SCOPES, "Ana")[0]
    clock = Clock()
    application = create_api(folder, LookupApi(folder, clock, lambda: clock.day))
    with TestClient(application, raise_server_exceptions=True) as client:
        yield Asked(folder, clock, tokens, client)
