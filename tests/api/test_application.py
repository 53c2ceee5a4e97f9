from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from segmodel.api import LARGEST_BODY, LookupApi, create_api
from segmodel.council import SCOPES, Tokens
from segmodel.reports import metrics_document
from segmodel.workspace import Workspace
from tests.api.conftest import Asked, Clock
from tests.support.workspaces import make_transactions, write_workspace

SCORE = {"segmentation": "behaviour", "customers": [{"customer_id": "x", "features": {"frequency": 3}}]}
REQUESTS: Mapping[str, tuple[str, str, dict[str, object]]] = {
    "lookup": ("GET", "/api/v1/customers/H10523/segments", {}),
    "score": ("POST", "/api/v1/score", {"json": SCORE}),
    "segments": ("GET", "/api/v1/segments", {}),
    "metrics": ("GET", "/api/v1/metrics", {}),
}


def ask(api: Asked, scope: str, token: str | None = None) -> object:
    method, address, more = REQUESTS[scope]
    return api.client.request(method, address, headers=api.headers(token) if token else {}, **more)


def test_a_customer_is_where_the_build_says(api: Asked) -> None:
    with Workspace(api.folder).open() as published:
        rows = published.engine.frame(
            "SELECT * FROM assignments WHERE snapshot = (SELECT max(snapshot) FROM snapshots) "
            "AND customer_id IN (SELECT customer_id FROM assignments USING SAMPLE 30 ROWS (reservoir, 1))"
        )
    for customer_id, own in rows.groupby("customer_id"):
        found = api.client.get(f"/api/v1/customers/{customer_id}/segments", headers=api.headers("lookup")).json()
        told = {each["segmentation"]: each for each in found["segments"]}
        assert set(told) == set(own["segmentation"])
        for row in own.itertuples(index=False):
            each = told[row.segmentation]
            assert each["segment"] == row.segment
            assert each["runner_up"] == (None if pd.isna(row.runner_up) else row.runner_up)
            assert each["probability"] == pytest.approx(row.probability, abs=1e-6)
            assert each["assigned_by"] == row.assigned_by


def test_scoring_is_the_scorecards(api: Asked) -> None:
    with Workspace(api.folder).open() as published:
        features = published.engine.frame(
            "SELECT customer_id, frequency, average_order_value, web_share, weekday_share, discount_share "
            "FROM customer_features WHERE snapshot = (SELECT max(snapshot) FROM snapshots) "
            "ORDER BY customer_id LIMIT 50"
        )
    customers = [
        {
            "customer_id": row.pop("customer_id"),
            "features": {name: None if pd.isna(value) else value for name, value in row.items()},
        }
        for row in features.to_dict("records")
    ]
    body = {"segmentation": "behaviour", "customers": customers, "explain": True}
    scored = api.client.post("/api/v1/score", json=body, headers=api.headers("score")).json()["customers"]
    for each in scored:
        placed = api.client.get(f"/api/v1/customers/{each['customer_id']}/segments", headers=api.headers()).json()
        own = next(one for one in placed["segments"] if one["segmentation"] == "behaviour")
        assert (each["segment"], each["probability"], each["name"]) == (own["segment"], own["probability"], own["name"])
        sums = pd.DataFrame([term["adds"] for term in each["terms"]]).sum()
        assert sums.idxmax() == each["segment"]
    assert scored[0]["missing"] == [name for name, value in customers[0]["features"].items() if value is None]


def test_metrics_are_those_of_the_command(api: Asked) -> None:
    with Workspace(api.folder).open() as published:
        expected = metrics_document(published, "value")
    found = api.client.get("/api/v1/metrics?segmentation=value", headers=api.headers("metrics"))
    assert found.json() == expected


@pytest.mark.parametrize("asked", SCOPES)
@pytest.mark.parametrize("given_scope", SCOPES)
def test_a_token_does_what_its_scope_says_and_nothing_else(api: Asked, asked: str, given_scope: str) -> None:
    answer = ask(api, asked, given_scope)
    assert answer.status_code == (200 if asked == given_scope else 403)
    if asked != given_scope:
        assert answer.json()["detail"] == f"This token has no scope '{asked}'."


@pytest.mark.parametrize("asked", SCOPES)
@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic abc", "Bearer \N{SNOWMAN}".encode(), b"Bearer \xff\xfe"],
)
def test_without_a_token_that_works_nothing_is_told(api: Asked, asked: str, header: str | bytes | None) -> None:
    method, address, more = REQUESTS[asked]
    headers = {} if header is None else {"Authorization": header}
    answer = api.client.request(method, address, headers=headers, **more)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def test_revoked_and_expired_tokens_stop_working_and_are_told_like_wrong_ones(api: Asked) -> None:
    tokens = Tokens(api.folder)
    plain, token = tokens.create("Old screen", ["segments"], "Ana")
    until, _ = tokens.create("Campaign", ["segments"], "Ana", api.clock.day + dt.timedelta(days=1))
    get = lambda plain: api.client.get("/api/v1/segments", headers={"Authorization": f"Bearer {plain}"})  # noqa: E731
    assert get(plain).status_code == get(until).status_code == 200
    tokens.revoke(token.token_id, "Ana")
    api.clock.seconds += 11
    assert get(plain).json() == get("lsk_never_made").json()
    api.clock.day += dt.timedelta(days=2)
    assert get(until).status_code == 401
    api.clock.day -= dt.timedelta(days=2)


def test_tokens_are_kept_as_digests_alone(api: Asked) -> None:
    connection = sqlite3.connect(api.folder / "council.db")
    kept = str(connection.execute("SELECT * FROM api_tokens").fetchall())
    connection.close()
    assert not [plain for plain in api.tokens.values() if plain in kept or plain[4:] in kept]
    assert api.clock.day.isoformat() in kept  # the last day one was used is


def test_the_limit_is_of_each_token_and_says_how_long_to_wait(api: Asked) -> None:
    clock = Clock()
    text = (api.folder / "segmentation.toml").read_text(encoding="utf-8")
    limited = text.replace("requests_per_second = 100000", "requests_per_second = 0.5").replace(
        "burst = 1000000", "burst = 3"
    )
    (api.folder / "segmentation.toml").write_text(limited, encoding="utf-8")
    with TestClient(create_api(api.folder, LookupApi(api.folder, clock, lambda: clock.day))) as client:
        statuses = [client.get("/api/v1/segments", headers=api.headers()).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        refused = client.get("/api/v1/segments", headers=api.headers())
        assert refused.headers["Retry-After"] == "2"
        assert client.get("/api/v1/segments", headers=api.headers("segments")).status_code == 200
        clock.seconds += 2
        assert client.get("/api/v1/segments", headers=api.headers()).status_code == 200
    (api.folder / "segmentation.toml").write_text(text, encoding="utf-8")


def test_an_answer_that_did_not_change_is_not_sent_again(api: Asked) -> None:
    address = "/api/v1/customers/H10523/segments"
    first = api.client.get(address, headers=api.headers())
    assert first.headers["cache-control"] == "private, no-cache"
    again = api.client.get(address, headers=api.headers() | {"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    other = api.client.get("/api/v1/customers/H11852/segments", headers=api.headers())
    assert other.headers["etag"] != first.headers["etag"]
    refused = api.client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert refused.status_code == 401


def test_another_build_is_served_once_it_is_published(tmp_path: Path) -> None:
    folder = write_workspace(tmp_path / "shop", make_transactions(customers=60, rich=False))
    first = Workspace(folder).build()
    headers = {"Authorization": f"Bearer {Tokens(folder).create('Screen', ['segments'], 'Ana')[0]}"}
    clock = Clock()
    with TestClient(create_api(folder, LookupApi(folder, clock))) as client:
        before = client.get("/api/v1/segments", headers=headers)
        assert before.json()["build"] == first.build_id
        second = Workspace(folder).build()
        clock.seconds += 2
        after = client.get("/api/v1/segments", headers=headers | {"If-None-Match": before.headers["etag"]})
        assert (after.status_code, after.json()["build"]) == (200, second.build_id)


def test_without_a_build_or_with_a_damaged_one_it_says_to_come_back(api: Asked) -> None:
    current = api.folder / "store" / "current"
    kept = current.read_text(encoding="ascii")
    try:
        for content in (None, "2020-01-01T000000Z\n"):
            current.unlink()
            if content:
                current.write_text(content, encoding="ascii")
            with TestClient(create_api(api.folder, LookupApi(api.folder, Clock()))) as client:
                answer = client.get("/api/v1/segments", headers=api.headers())
                assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
                assert str(api.folder) not in answer.text
            current.touch()
    finally:
        current.write_text(kept, encoding="ascii")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "no JSON"),
        (b"\xff\xfe", 400, "no JSON"),
        (b"[" * 5000, 400, "no JSON"),
        (b'{"segmentation": "behaviour", "customers": []}', 422, "customers"),
        (b'{"segmentation": "behavior", "customers": [{"features": {}}]}', 422, "Did you mean 'behaviour'"),
        (b'{"segmentation": "behaviour", "customers": [{"features": {"freqency": 1}}]}', 422, "mean 'frequency'"),
        (b'{"segmentation": "behaviour", "customers": [{"features": {"frequency": "many"}}]}', 422, "is a number"),
        (b'{"segmentation": "behaviour", "customers": [{"features": {"frequency": 1e999}}]}', 422, "finite"),
        (b'{"segmentation": "behaviour", "customers": [{"features": {"frequency": [1]}}]}', 422, "customers.0"),
        (b'{"segmentation": "behaviour", "customers": [{"features": {}, "extra": 1}]}', 422, "extra"),
        (b'{"a": "' + b"x" * LARGEST_BODY + b'"}', 413, "larger than"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_scored_is_told_why(api: Asked, body: bytes, status: int, words: str) -> None:
    headers = api.headers("score") | {"Content-Type": "application/json"}
    answer = api.client.post("/api/v1/score", content=body, headers=headers)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_only_json_and_only_the_method_it_takes(api: Asked) -> None:
    plain = api.client.post("/api/v1/score", content=b"{}", headers=api.headers() | {"Content-Type": "text/plain"})
    assert plain.status_code == 415
    other = api.client.delete("/api/v1/segments", headers=api.headers())
    assert (other.status_code, other.headers["Allow"]) == (405, "GET, HEAD")


def test_more_customers_than_a_request_may_have(api: Asked) -> None:
    many = {"segmentation": "behaviour", "customers": [{"features": {}}] * 1001}
    assert api.client.post("/api/v1/score", json=many, headers=api.headers()).status_code == 422


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=300))
def test_no_id_breaks_a_lookup(api: Asked, customer_id: str) -> None:
    encoded = quote(customer_id.encode("utf-8", "surrogatepass"), safe="")
    answer = api.client.get(f"/api/v1/customers/{encoded}/segments", headers=api.headers())
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_id_is_text_whatever_it_looks_like(api: Asked) -> None:
    body = {"segmentation": "behaviour", "customers": [{"customer_id": 17850, "features": {}}]}
    (scored,) = api.client.post("/api/v1/score", json=body, headers=api.headers()).json()["customers"]
    assert scored["customer_id"] == 17850
    assert scored["missing"][0] == "frequency"
