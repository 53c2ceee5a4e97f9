"""What a workspace's own tables tell of names, addresses and numbers of its customers, for masking."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from segmodel.engines import Engine, identifier
from segmodel.personas.english import common_words
from segmodel.personas.masking import Known, readable

_NAME_WORDS = {
    "name", "surname", "forename", "firstname", "lastname", "fullname", "givenname", "familyname", "middlename",
    "nickname", "vorname", "nachname", "nom", "prenom", "nombre", "apellido", "contact", "salutation",
}  # fmt: skip
_NOT_OF_PEOPLE = {"product", "brand", "store", "shop", "campaign", "file", "channel", "segment", "plan", "device"}
_PLACE_WORDS = {"address", "street", "strasse", "adresse", "address1", "address2"}
_PARTS = re.compile(r"[^\W\d_]+")
_COLUMN_WORDS = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])|\d+")
_SHORTEST = 2
_SHORTEST_ACCOUNT = 3


def read_known(engine: Engine, texts: Iterable[tuple[str, str]], minimum_group: int) -> Known:
    """Return the identifiers of customers that the sources tell.

    Parameters
    ----------
    engine : Engine
        Holds the checked sources.
    texts : iterable of (str, str)
        Customer and comment: words that customers write in lower case are told from names by them.
    minimum_group : int
        Customers who have to write a word in lower case for it to be no name.
    """
    names: set[str] = set()
    phrases: set[tuple[str, ...]] = set()
    accounts: set[str] = set()
    for value in _values(engine, "customers", lambda words: bool(words & {"email", "mail", "emailaddress"})):
        local, at, _ = value.casefold().strip().partition("@")
        if at and len(local) >= _SHORTEST_ACCOUNT:
            accounts.add(local)
            names.update(_parts(local, shortest=_SHORTEST_ACCOUNT))
    people = (
        *_values(engine, "customers", lambda words: bool(words & _NAME_WORDS) and not words & _NOT_OF_PEOPLE),
        *_values(engine, "contacts", lambda words: "name" in words),
    )
    for value in people:
        names.update(_parts(value))
        phrases.add(tuple(_parts(value, shortest=1)))
    for value in (
        *_values(engine, "accounts", lambda words: "name" in words),
        *_values(engine, "customers", lambda words: bool(words & _PLACE_WORDS)),
    ):
        phrases.add(tuple(_parts(value, shortest=1)))
    return Known(
        names=frozenset(names),
        phrases=frozenset(each for each in phrases if len(each) > 1 or not set(each) <= common_words() | {""}),
        accounts=frozenset(accounts),
        ids=frozenset(_ids(engine)),
        words=_words_in_use(texts, minimum_group),
    )


def _parts(text: str, shortest: int = _SHORTEST) -> Sequence[str]:
    return [part for part in _PARTS.findall(readable(text).casefold()) if len(part) >= shortest]


def _values(engine: Engine, table: str, is_wanted: Callable[[set[str]], bool]) -> list[str]:
    """Return the different values of the columns of a table whose names, word by word, are wanted."""
    if table not in engine.tables():
        return []
    columns = [name for name in engine.columns(table) if is_wanted(_column_words(name))]
    return [
        value
        for name in columns
        for (value,) in engine.rows(
            f"SELECT DISTINCT {identifier(name)}::VARCHAR FROM {identifier(table)} WHERE {identifier(name)} IS NOT NULL"
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
    """Return every customer's number, with those of accounts and people at them."""
    asked = {"customers": ("customer_id",), "contacts": ("contact_id", "account_id", "customer_id"),
             "accounts": ("account_id",), "transactions": ("customer_id",), "survey": ("customer_id",),
             "verbatims": ("customer_id",)}  # fmt: skip
    there = set(engine.tables())
    return {
        value.casefold()
        for table, columns in asked.items()
        if table in there
        for name in columns
        for (value,) in engine.rows(f"SELECT DISTINCT {name} FROM {identifier(table)} WHERE {name} IS NOT NULL")
    }


def _words_in_use(texts: Iterable[tuple[str, str]], minimum_group: int) -> frozenset[str]:
    """Return words that enough customers write in lower case, and not mostly with a capital."""
    lower: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    said = {(customer, word) for customer, text in texts for word in _PARTS.findall(text)}
    for _, word in said:
        if word.islower():
            lower[word] += 1
        else:
            capital[word.casefold()] += 1
    return frozenset(word for word, count in lower.items() if count >= minimum_group and count > capital[word])
