"""The lookup API: a customer's segments, scoring and numbers for other systems, over HTTP."""

from __future__ import annotations

from segmodel.api.application import PREFIX, LookupApi, api_routes, create_api
from segmodel.api.documents import LARGEST_BODY, MOST_CUSTOMERS, openapi_document

__all__ = ["LARGEST_BODY", "MOST_CUSTOMERS", "PREFIX", "LookupApi", "api_routes", "create_api", "openapi_document"]
