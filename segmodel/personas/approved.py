"""Which quotes may be shown: a person says so of each, and the record keeps who."""

from __future__ import annotations

import json
from collections.abc import Iterable

from segmodel.personas.persona import Quote


def approved_to_json(quotes: Iterable[Quote]) -> str:
    """Return the quotes that were approved as JSON, with what they said then."""
    return json.dumps({"approved": {quote.id: quote.text for quote in quotes}}, ensure_ascii=False)


def approved_from_json(text: str) -> frozenset[str]:
    """Return the ids of the quotes that were approved; none where that cannot be read.

    Examples
    --------
    >>> sorted(approved_from_json('{"approved": {"q2": "Same bag, more pounds.", "q1": "It just arrives."}}'))
    ['q1', 'q2']
    """
    try:
        return frozenset(map(str, json.loads(text)["approved"]))
    except (ValueError, KeyError, TypeError):
        return frozenset()
