"""The API answers a fuzzer driven by its own OpenAPI document: nothing breaks, nothing crosses scopes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from segmodel.api import PREFIX, LookupApi, create_api, openapi_document
from segmodel.council import SCOPES
from tests.api.conftest import Asked

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
TRIES = {"all": 60}
"""Requests an operation and way of making them up; fewer for tokens that are refused most of them."""
OPEN = "health"


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("scope", ["all", *SCOPES])
def test_fuzzed(api: Asked, scope: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_asgi(f"{PREFIX}/openapi.json", create_api(api.folder, LookupApi(api.folder)))
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {operation.path for operation in operations} == set(openapi_document()["paths"])
    answered: Counter[tuple[str, int]] = Counter()
    for operation in operations:
        name = operation.definition.raw["operationId"]
        if mode is GenerationMode.NEGATIVE and name == OPEN:
            continue  # nothing in it can be wrong
        statuses: list[int] = []
        fuzz(operation, mode, api.headers(scope), TRIES.get(scope, 12), statuses.append)
        answered.update((name, status) for status in statuses)
    # what is wrong on purpose may be the token, the address or the method
    refused = {403} if mode is GenerationMode.POSITIVE else {401, 403, 404, 405}
    assert {status for (name, status) in answered if name not in {OPEN, scope} and scope != "all"} <= refused
    own = {status for (name, status) in answered if scope in {name, "all"}}
    assert own - {403}
    assert max(own) < 500


def fuzz(
    operation: schemathesis.APIOperation,
    mode: GenerationMode,
    headers: dict[str, str],
    tries: int,
    count: Callable[[int], None],
) -> None:
    """Ask one operation with made-up requests, and hold every answer against the document."""

    @settings(
        max_examples=tries,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        response = case.call(headers=headers)
        count(response.status_code)
        case.validate_response(response, checks=CHECKS)

    ask()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=400))
def test_no_body_breaks_scoring(api: Asked, body: bytes) -> None:
    answer = api.client.post(
        "/api/v1/score", content=body, headers=api.headers("score") | {"Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}
