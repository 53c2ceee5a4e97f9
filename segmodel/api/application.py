"""The lookup API as an ASGI application: who asks, how much, from which build, and what is answered."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import math
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from segmodel.api.documents import LARGEST_BODY, LONGEST_ID, ScoreRequest, openapi_document
from segmodel.api.limits import RateLimit
from segmodel.api.served import ServedBuild
from segmodel.council import Token, Tokens
from segmodel.definition import Api
from segmodel.errors import ScorecardError, SegmodelError
from segmodel.workspace import Workspace

PREFIX = "/api/v1"
_LOOK_AGAIN = 1.0
"""Seconds after which the store is asked whether another build is published."""
_TRUSTED = 10.0
"""Seconds a token is believed without being looked up again: as long as a revoked one may still work."""
_MOST_REMEMBERED = 10_000
_JSON = "application/json"


class Problem(Exception):  # noqa: N818  (as RFC 9457 calls it)
    """What is answered instead: an RFC 9457 problem."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class LookupApi:
    """What the routes share: the build that is served, the tokens, the limits.

    Parameters
    ----------
    folder : Path
        The workspace.
    clock : callable
        Seconds, never going back.
    today : callable
        The day in UTC.
    """

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], dt.date] = lambda: dt.datetime.now(dt.UTC).date(),
    ) -> None:
        self._workspace, self._tokens = Workspace(folder), Tokens(folder)
        self._clock, self._today = clock, today
        self._limit: RateLimit | None = None
        self._served: ServedBuild | None = None
        self._looked_at = -math.inf
        self._loading = asyncio.Lock()
        self._known: dict[str, tuple[float, Token | None]] = {}

    async def served(self) -> ServedBuild:
        """Return the published build, read again once another one is."""
        if self._served is not None and self._loading.locked():
            return self._served  # while somebody's request waits for the next build to be read, others do not
        if self._served is None or self._clock() - self._looked_at >= _LOOK_AGAIN:
            async with self._loading:
                if self._served is None or self._clock() - self._looked_at >= _LOOK_AGAIN:
                    await self._look()
        if self._served is None:
            raise Problem(503, "No build is published yet.", Retry_After="60")
        return self._served

    async def _look(self) -> None:
        try:
            current = await run_in_threadpool(self._workspace.current)
            if current is not None and (self._served is None or self._served.build_id != current):
                self._served = await run_in_threadpool(self._read, current)
        except SegmodelError:
            if self._served is None:  # what is served is served on; the reason is for those who look after the store
                raise Problem(503, "The published build cannot be read.", Retry_After="60") from None
        self._looked_at = self._clock()

    def _read(self, build_id: str) -> ServedBuild:
        with self._workspace.open(build_id) as published:
            return ServedBuild(published)

    async def admit(self, request: Request, scope: str) -> None:
        """Raise Problem unless the request has a token with a scope, and some of its limit left."""
        kind, _, plain = request.headers.get("authorization", "").partition(" ")
        plain = plain.strip()
        token = await self._token(plain) if kind.lower() == "bearer" and plain else None
        if token is None:
            raise Problem(401, "Send a token that works as: Authorization: Bearer TOKEN.", WWW_Authenticate="Bearer")
        wait = self._limits().wait(token.token_id)
        if wait:
            raise Problem(429, "Too many requests for this token.", Retry_After=str(math.ceil(wait)))
        if scope not in token.scopes:
            raise Problem(403, f"This token has no scope '{scope}'.")

    def _limits(self) -> RateLimit:
        if self._limit is None:
            try:
                settings = self._workspace.definition.api
            except SegmodelError:
                settings = Api()  # a definition that is being edited stops nobody from looking customers up
            self._limit = RateLimit(settings.requests_per_second, settings.burst, self._clock)
        return self._limit

    async def _token(self, plain: str) -> Token | None:
        """Return a token that works today, looked up again after some seconds."""
        digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
        at, today = self._clock(), self._today()
        looked_at, token = self._known.get(digest, (-math.inf, None))
        if at - looked_at >= _TRUSTED:
            try:
                token = await run_in_threadpool(self._look_up, plain, today)
            except SegmodelError:
                raise Problem(503, "Tokens cannot be looked up.", Retry_After="10") from None
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[digest] = (at, token)
        return token if token is not None and token.is_valid(today) else None

    def _look_up(self, plain: str, today: dt.date) -> Token | None:
        try:
            token = self._tokens.find(plain)
        except UnicodeEncodeError:
            return None
        if token is not None and token.is_valid(today) and token.used_on != today:
            self._tokens.was_used(token.token_id, today)
        return token

    async def customer(self, request: Request) -> Response:
        """Answer where a customer is."""
        await self.admit(request, "lookup")
        served = await self.served()
        customer_id = request.path_params["customer_id"]
        found = served.customer(customer_id) if len(customer_id) <= LONGEST_ID else None
        if found is None:
            raise Problem(404, "No customer with this id has a segment.")
        return _answer(request, served.build_id, _json(found))

    async def score(self, request: Request) -> Response:
        """Answer where customers with some features would be."""
        await self.admit(request, "score")
        wanted = await _body(request)
        served = await self.served()
        customers = [each.model_dump() for each in wanted.customers]
        try:
            found = await run_in_threadpool(served.score, wanted.segmentation, customers, explain=wanted.explain)
        except ScorecardError as error:
            raise Problem(422, str(error)) from None
        return _response(200, _json(found))

    async def segments(self, request: Request) -> Response:
        """Answer which segments there are."""
        await self.admit(request, "segments")
        served = await self.served()
        return _answer(request, served.build_id, served.segments_text)

    async def metrics(self, request: Request) -> Response:
        """Answer what is measured of every segment."""
        await self.admit(request, "metrics")
        asked = request.query_params.getlist("segmentation")
        if len(asked) > 1 or "" in asked:
            raise Problem(422, "segmentation: give the name of one, or leave it out for all.")
        served = await self.served()
        text = served.metrics_text(asked[0] if asked else None)
        if text is None:
            raise Problem(404, "There is no such segmentation.")
        return _answer(request, served.build_id, text)

    async def health(self, _: Request) -> Response:
        """Answer whether a build is served."""
        served = await self.served()
        return _response(200, _json({"status": "ok", "build": served.build_id}))


def create_api(folder: Path, api: LookupApi | None = None) -> Starlette:
    """Return the application; its routes begin with `/api/v1`.

    Parameters
    ----------
    folder : Path
        The workspace.
    api : LookupApi, optional
        With a clock of its own, for tests.
    """
    application = Starlette(routes=api_routes(folder, api), exception_handlers=_HANDLERS)
    application.router.redirect_slashes = False
    return application


def api_routes(folder: Path, api: LookupApi | None = None) -> list[Route]:
    """Return the routes, for another application to serve beside its own."""
    lookups = api or LookupApi(folder)
    document = json.dumps(openapi_document()).encode()

    async def openapi(_: Request) -> Response:
        return _response(200, document)

    told = {
        "/customers/{customer_id:path}/segments": (lookups.customer, "GET"),
        "/score": (lookups.score, "POST"),
        "/segments": (lookups.segments, "GET"),
        "/metrics": (lookups.metrics, "GET"),
        "/health": (lookups.health, "GET"),
        "/openapi.json": (openapi, "GET"),
        "/{rest:path}": (_nothing, "GET"),
    }
    return [Route(PREFIX + path, _told(*each), methods=_METHODS) for path, each in told.items()]


async def _nothing(_: Request) -> Response:
    raise Problem(404, "There is nothing at this address.")


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


def _told(endpoint: Callable[[Request], Any], method: str) -> Callable[[Request], Any]:
    """Return an endpoint that answers problems as problems, and refuses other methods, wherever it is served."""
    allowed = "GET, HEAD" if method == "GET" else method

    async def answer(request: Request) -> Response:
        if request.method not in allowed.split(", "):
            return _problem(405, f"This address takes {allowed}.", {"allow": allowed})
        try:
            response: Response = await endpoint(request)
        except Problem as problem:
            return _problem(problem.status, problem.detail, problem.headers)
        return response

    return answer


async def _body(request: Request) -> ScoreRequest:
    """Read and check a body; never more of it than may be."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise Problem(415, f"Send the body as {_JSON}.")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise Problem(413, f"The body is larger than {LARGEST_BODY:,} bytes. Score fewer customers at once.")
        parts.append(part)
    try:
        return ScoreRequest.model_validate_json(b"".join(parts))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            raise Problem(400, f"The body is no JSON: {first['msg']}.") from None
        where = ".".join(str(part) for part in first["loc"])[:200]
        raise Problem(422, f"{where or 'body'}: {first['msg']}.") from None


def _answer(request: Request, build_id: str, content: bytes) -> Response:
    """Answer with what a build says, or that nothing changed since."""
    asked = f"{build_id} {request.url.path}?{request.url.query}"
    etag = f'"{hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'
    # what is in it is a person's: proxies keep nothing, and browsers ask whether it still holds
    headers = {"etag": etag, "cache-control": "private, no-cache", "vary": "Authorization"}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return _response(200, content, headers)


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")


def _response(status: int, content: bytes, headers: dict[str, str] | None = None, media: str = _JSON) -> Response:
    usual = {"x-content-type-options": "nosniff", "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response(content, status, {**usual, **(headers or {})}, media_type=media)


def _problem(status: int, detail: str, headers: dict[str, str]) -> Response:
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return _response(status, _json(content), headers, "application/problem+json")


async def _refused(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _problem(status, HTTPStatus(status).phrase + ".", {})


_HANDLERS: dict[Any, Any] = {HTTPException: _refused, Exception: _refused}
