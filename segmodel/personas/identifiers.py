"""What a workspace's own tables tell of names, addresses and numbers of its customers, for masking."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from segmodel.engines import Engine, identifier
from segmodel.personas.english import common_words
from segmodel.personas.masking import Known

_NAME_WORDS = {
    "name", "surname", "forename", "firstname", "lastname", "fullname", "givenname", "familyname", "middlename",
    "nickname", "vorname", "nachname", "nom", "prenom", "nombre", "apellido",
}  # fmt: skip
_NOT_OF_PEOPLE = {"product", "brand", "store", "shop", "campaign", "file", "channel", "segment", "plan", "device"}
_OF_FIRMS = {"company", "account", "business", "organisation", "organization", "firm", "employer"}
_PLACE_WORDS = {"address", "street", "strasse", "adresse", "address1", "address2"}
_PARTS = re.compile(r"[^\W\d_]+")
_COLUMN_WORDS = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])|\d+")
_SHORTEST = 2
_SHORTEST_ACCOUNT = 3
_CHUNKS = re.compile(r"[\w.+-]+")


def read_known(engine: Engine, texts: Sequence[tuple[str, str]], minimum_group: int) -> Known:
    """Return the identifiers of customers that the sources tell, as far as they may stand in some comments.

    Parameters
    ----------
    engine : Engine
        Holds the checked sources.
    texts : sequence of (str, str)
        Customer and comment, made readable. A word that customers write in lower case is no name, if enough of them do
        and they are more than are called by it.
    minimum_group : int
        How many are enough.
    """
    chunks = {chunk.strip(".+-") for _, text in texts for chunk in _CHUNKS.findall(text.casefold())}
    said = {part for _, text in texts for part in _PARTS.findall(text.casefold())}
    called: Counter[str] = Counter()
    phrases: set[tuple[str, ...]] = set()
    accounts: set[str] = set()
    for value in _values(engine, "customers", lambda words: bool(words & {"email", "mail", "emailaddress"})):
        local, at, _ = value.strip().partition("@")
        if at and local in chunks and len(local) >= _SHORTEST_ACCOUNT:
            accounts.add(local)
        called.update(part for part in _PARTS.findall(local) if at and len(part) >= _SHORTEST_ACCOUNT and part in said)
    for value in (*_values(engine, "customers", _is_name), *_values(engine, "contacts", _is_name)):
        parts = _PARTS.findall(value)
        called.update(part for part in parts if len(part) >= _SHORTEST and part in said)
        phrases.add(tuple(parts))
    places = (*_values(engine, "accounts", lambda words: "name" in words), *_values(engine, "customers", _is_place))
    phrases.update(tuple(_PARTS.findall(value)) for value in places)
    return Known(
        names=frozenset(called),
        phrases=frozenset(
            each for each in phrases if said.issuperset(each) and (len(each) > 1 or not common_words() >= set(each))
        ),
        accounts=frozenset(accounts),
        ids=frozenset(_ids(engine)),
        words=_words_in_use(texts, called, minimum_group),
    )


def _is_name(words: set[str]) -> bool:
    return bool(words & _NAME_WORDS) and not words & (_NOT_OF_PEOPLE | _OF_FIRMS)


def _is_place(words: set[str]) -> bool:
    return bool(words & _PLACE_WORDS) or bool(words & {"name"} and words & _OF_FIRMS)


def _values(engine: Engine, table: str, is_wanted: Callable[[set[str]], bool]) -> list[str]:
    """Return the values, in lower case, of the columns of a table whose names, word by word, are wanted."""
    if table not in engine.tables():
        return []
    columns = [name for name in engine.columns(table) if is_wanted(_column_words(name))]
    return [
        unicodedata.normalize("NFKC", value).casefold()
        for name in columns
        for (value,) in engine.rows(
            f"SELECT {identifier(name)}::VARCHAR FROM {identifier(table)} WHERE {identifier(name)} IS NOT NULL"
        )
    ]


def _column_words(name: str) -> set[str]:
    """Return the words of a column's name, and all of it as one.

    Examples
    --------
    >>> sorted(_column_words("FirstName")), sorted(_column_words("e-mail"))
    (['first', 'firstname', 'name'], ['e', 'email', 'mail'])
    """
    words = [word.casefold() for word in _COLUMN_WORDS.findall(name)]
    return {*words, "".join(words)}


def _ids(engine: Engine) -> set[str]:
    """Return the numbers of customers, accounts and people at them, but those masked for their digits anyway."""
    asked = {"customers": ("customer_id",), "contacts": ("contact_id", "account_id", "customer_id"),
             "accounts": ("account_id",), "transactions": ("customer_id",), "survey": ("customer_id",),
             "verbatims": ("customer_id",)}  # fmt: skip
    there = set(engine.tables())
    return {
        value.casefold()
        for table, columns in asked.items()
        if table in there
        for name in columns
        for (value,) in engine.rows(
            f"SELECT DISTINCT {name} FROM {identifier(table)} WHERE {name} IS NOT NULL "
            f"AND NOT regexp_full_match({name}, '[A-Za-z]*([0-9][A-Za-z]*){{4,}}')"
        )
    }


def _words_in_use(texts: Iterable[tuple[str, str]], called: Mapping[str, int], minimum_group: int) -> frozenset[str]:
    """Return names that are words: enough customers write them in lower case, more than are called so."""
    lower: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for _, word in {(customer, word) for customer, text in texts for word in _PARTS.findall(text)}:
        counts, key = (lower, word) if word.islower() else (capital, word.casefold())
        counts[key] += 1
    return frozenset(
        word
        for word, count in lower.items()
        if count >= minimum_group and count > max(capital[word], called.get(word, 0))
    )
