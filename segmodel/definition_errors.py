"""What is wrong with a definition, in sentences that name the key, what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from segmodel.errors import did_you_mean

_PATTERNS = {
    r"^[a-z][a-z0-9_]{0,39}$": "lower case letters, digits and underscores, a letter first, 40 at most",
    r"^[A-Z][A-Z0-9_]*$": "the name of an environment variable in capital letters, such as ALERT_SECRET",
    r"^[+-]?[0-9]+(\.[0-9]+)?%$": "a change in percent, such as -10%",
    r"^[^@\s,;<>]+@[^@\s,;<>]+$": "an e-mail address",
    r"^https?://": "an address that starts with https://",
    r"^[A-Z]{2}$": "two capital letters, such as GB",
    r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$": "the name of a table, with a schema before a point or not",
    r"^[A-Z]{3}$": "three capital letters, such as GBP",
    r"^[0-9]+(\.[0-9]+)?\s?(MB|GB|TB|MiB|GiB|TiB)$": "an amount of memory, such as 2GB",
}
_EXPECTED = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "literal_error": "{expected}",
    "string_too_short": "a text that is not empty",
    "string_too_long": "at most {max_length} characters long",
    "too_short": "at least {min_length}",
    "too_long": "at most {max_length}",
    "string_type": "a text in quotation marks",
    "tuple_type": "a list; tables in one are written [[...]]",
    "dict_type": "a table of keys",
    "model_type": "a table of keys",
}
_EXPECTED_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "date": "a date, as 2026-06-30",
}


def sentences(details: list[ErrorDetails], sections: Mapping[str, type[BaseModel]]) -> list[str]:
    """Write one sentence a key: what was found, what is allowed, the nearest valid name.

    Parameters
    ----------
    details : list of ErrorDetails
        What pydantic found.
    sections : mapping of str to model
        The model behind each section of the file, by its key; that of the whole file under "".
    """
    by_key: dict[str, list[ErrorDetails]] = {}
    for detail in details:
        by_key.setdefault(_key(detail["loc"]), []).append(detail)
    # pydantic drops members that have an error of their own and then finds the list too short
    inside = {key.split(".")[0] for key in by_key if "." in key}
    return [
        _sentence(key, found, sections)
        for key, found in by_key.items()
        if not (found[0]["type"] == "too_short" and key in inside and found[0]["input"])
    ]


def _key(location: tuple[int | str, ...]) -> str:
    """Write a place as people know it: counted from 1, without the member of a union that was tried."""
    shown = [part for part in location if not (isinstance(part, str) and _is_union_tag(part))]
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in shown) or "definition"


def _sentence(key: str, details: list[ErrorDetails], sections: Mapping[str, type[BaseModel]]) -> str:
    detail = details[0]
    found = detail.get("input")
    kind = detail["type"]
    if kind == "extra_forbidden":
        name, allowed = key.rpartition(".")[2], _allowed_keys(detail["loc"][:-1], sections)
        return f"{key}: unknown key; allowed: {', '.join(sorted(allowed))}.{did_you_mean(name, allowed)}"
    if kind == "missing":
        return f"{key}: missing, and it is required."
    if kind == "value_error":
        said = str(detail["ctx"]["error"])
        return f"{key}: {said}{'' if said.endswith('?') else '.'}"
    choices = [choice for one in details for choice in _choices(one)]
    hint = did_you_mean(found, choices) if isinstance(found, str) else ""
    text = repr(found) if len(repr(found)) <= 60 else f"{repr(found)[:57]}..."
    return f"{key}: found {text}, expected {' or '.join(dict.fromkeys(map(_expected, details)))}.{hint}"


def _expected(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"the form {context['pattern']}")
    if kind in _EXPECTED:
        return _EXPECTED[kind].format(**context)
    said = detail["msg"].removeprefix("Input should be ")
    return _EXPECTED_KINDS.get(kind.split("_")[0], said[0].lower() + said[1:])


def _is_union_tag(part: str) -> bool:
    return part in {"int", "str", "constrained-int", "float"} or part.startswith(("literal[", "function-"))


def _choices(detail: ErrorDetails) -> list[str]:
    expected = str(detail.get("ctx", {}).get("expected", ""))
    return expected.replace("'", "").replace(" or ", ", ").split(", ")


def _allowed_keys(location: tuple[int | str, ...], sections: Mapping[str, type[BaseModel]]) -> list[str]:
    named = [part for part in location if isinstance(part, str) and part in sections]
    model = sections[named[-1] if named else ""]
    return [field.alias or name for name, field in model.model_fields.items()]
