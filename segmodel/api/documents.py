"""What the API says of itself: bodies it takes, as checked models, and its OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from segmodel import __version__

MOST_CUSTOMERS = 1000
"""Customers that are scored in one request."""
LARGEST_BODY = 1_000_000
"""Bytes of a body; more is refused while it is read."""
LONGEST_ID = 200

FeatureValue = Annotated[float, Field(allow_inf_nan=False)] | bool | Annotated[str, Field(max_length=500)] | None


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CustomerFeatures(_Body):
    """A customer by what is known of them; what is left out counts as missing, as the scorecard treats it."""

    customer_id: Annotated[str, Field(max_length=LONGEST_ID)] | int | None = None
    features: dict[Annotated[str, Field(max_length=200)], FeatureValue] = Field(max_length=1000)


class ScoreRequest(_Body):
    """Customers to be scored by one segmentation."""

    segmentation: str = Field(min_length=1, max_length=100)
    customers: list[CustomerFeatures] = Field(min_length=1, max_length=MOST_CUSTOMERS)
    explain: bool = False


_TEXT = {"type": "string"}
_PERHAPS = {"type": ["string", "null"]}
_SHARE = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_COUNT = {"type": ["integer", "number", "null"]}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_PLACING = _object(
    segmentation=_TEXT, label=_TEXT, version=_TEXT, segment=_TEXT, name=_TEXT, probability=_SHARE, runner_up=_PERHAPS,
    runner_up_name=_PERHAPS, assigned_by=_TEXT,
)  # fmt: skip
_SEGMENT = _object(id=_TEXT, name=_TEXT, description=_PERHAPS, customers=_COUNT)
_SCORED = _object(
    customer_id={"type": ["string", "integer", "null"]}, segment=_PERHAPS, name=_PERHAPS, probability=_SHARE,
    runner_up=_PERHAPS, missing=_array(_TEXT),
)  # fmt: skip
_PROBLEM = _object(type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT)
_SCHEMAS = {
    "Customer": _object(customer_id=_TEXT, build=_TEXT, as_of=_TEXT, segments=_array(_PLACING)),
    "Segments": _object(
        build=_TEXT,
        as_of=_TEXT,
        segmentations=_array(
            _object(
                segmentation=_TEXT, label=_TEXT, basis=_TEXT, version=_TEXT, features=_array(_TEXT),
                segments=_array(_SEGMENT),
            )
        ),
    ),
    "Metrics": _object(build=_TEXT, as_of=_TEXT, segmentations={"type": "object"}),
    "Scored": _object(build=_TEXT, segmentation=_TEXT, version=_TEXT, customers=_array(_SCORED)),
    "Health": _object(status=_TEXT, build=_PERHAPS),
    "Problem": _PROBLEM,
}  # fmt: skip

_REASONS = {
    "304": "Nothing changed since the ETag that was sent.",
    "400": "The body is no JSON.",
    "401": "No token, or none that works.",
    "403": "The token has not the scope this takes.",
    "404": "There is no such customer, segmentation or address.",
    "405": "The address does not take this method.",
    "413": "The body is too large.",
    "415": "The body is not said to be JSON.",
    "422": "The body, or a parameter, is not what was expected.",
    "429": "Too many requests: wait as Retry-After says.",
    "503": "No build is published, or it cannot be read: try again later.",
}


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the API."""
    body = ScoreRequest.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = {**_SCHEMAS, **body.pop("$defs", {}), "ScoreRequest": body}
    customer = {
        "name": "customer_id", "in": "path", "required": True, "description": "As it is in the transactions.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
    }  # fmt: skip
    segmentation = {
        "name": "segmentation", "in": "query", "required": False, "description": "Only this one.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 100},
    }  # fmt: skip
    etag = {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}}
    score = _operation("score", "The segment of customers by their features", "Scored", ("400", "413", "415", "422"))
    score["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ScoreRequest"}}},
    }
    reads = ("304",)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Living Segments lookup API", "version": __version__},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": {
            "/customers/{customer_id}/segments": {
                "get": _operation("lookup", "The segments of a customer", "Customer", (*reads, "404"))
                | {"parameters": [customer, etag]}
            },
            "/score": {"post": score},
            "/segments": {
                "get": _operation("segments", "Every segmentation and its segments", "Segments", reads)
                | {"parameters": [etag]}
            },
            "/metrics": {
                "get": _operation("metrics", "Every metric of every segment", "Metrics", (*reads, "404", "422"))
                | {"parameters": [segmentation, etag]}
            },
            "/health": {
                "get": {
                    "operationId": "health",
                    "summary": "Whether a build is served",
                    "security": [],
                    "responses": _responses("Health", ("503",)),
                }
            },
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


def _operation(scope: str, summary: str, schema: str, also: tuple[str, ...]) -> dict[str, Any]:
    return {
        "operationId": scope,
        "summary": summary,
        "description": f"Takes a token with scope `{scope}`.",
        "responses": _responses(schema, (*also, "401", "403", "429", "503")),
    }


def _responses(schema: str, also: tuple[str, ...]) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told: dict[str, Any] = {
        "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
        }
    }
    for status in sorted(also):
        told[status] = {"description": _REASONS[status]} | ({} if status == "304" else {"content": problem})
    return told
