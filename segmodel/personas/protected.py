"""Protected attributes: what a segment may not be told by, unless the definition allows it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from segmodel.definition import Personas

PROTECTED = (
    "age", "ages", "agegroup", "ageband", "how old", "birth", "dateofbirth", "birthday",
    "birthdate", "birthyear", "born", "dob", "yob", "generation",
    "gender", "sex", "female", "male", "salutation", "pronoun", "pronouns",
    "ethnicity", "ethnic", "race", "racial", "ancestry", "caste", "nationality", "citizenship", "immigrant",
    "religion", "religious", "faith", "belief", "beliefs", "political", "politics", "union",
    "disability", "disabled", "impairment", "health", "medical", "illness", "pregnancy", "pregnant", "maternity",
    "sexuality", "orientation", "transgender",
    "marital", "maritalstatus", "married", "relationship", "divorced", "household", "children", "kids", "parent",
    "parents", "child", "childcount", "childless", "gravid", "veteran", "tribe", "creed",
    "geschlecht", "alter", "geburtsdatum", "geburtstag", "geburtsjahr", "anrede", "familienstand", "konfession",
    "staatsangehörigkeit", "kinder", "sexe", "naissance", "sexo", "genero", "género", "edad", "nacimiento",
)  # fmt: skip
"""Words that make the name of a column or an item one of a protected attribute: those of the Equality Act 2010 and of
article 9 of the General Data Protection Regulation, and households, which tell of them."""

_WHOLE = frozenset(("title", "prefix", "mr", "mrs"))
"""Names that tell somebody's gender where they are the whole name: a job title or a book's does not."""

_PEOPLE = ("customer", "client", "user", "member", "person", "respondent", "shopper", "buyer", "kunden")
"""What stands before such a word where both are written as one: customerage."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, in lower case.

    Examples
    --------
    >>> words_of("age_band"), words_of("customerAge"), words_of("Average spend"), words_of("DOB")
    (('age', 'band'), ('customer', 'age'), ('average', 'spend'), ('dob',))
    """
    return tuple(word.casefold() for word in _WORD.findall(name))


def is_protected(name: str, settings: Personas, wording: str = "") -> bool:
    """Return whether a column or an item is left out.

    Parameters
    ----------
    name : str
        Its name; whole words of it count, so that `average_price` is none.
    settings : Personas
        What the definition adds and allows.
    wording : str
        Of an item that asks who somebody is, its text, which counts as the name does.

    Examples
    --------
    >>> is_protected("age_band", Personas()), is_protected("average_price", Personas())
    (True, False)
    >>> is_protected("age_band", Personas(allow=("age_band",))), is_protected("roast", Personas(protected=("roast",)))
    (False, True)
    """
    if name.casefold() in {allowed.casefold() for allowed in settings.allow}:
        return False
    if words_of(name) in {(word,) for word in _WHOLE} | {(person, word) for person in _PEOPLE for word in _WHOLE}:
        return True
    return any(_says(text, [*PROTECTED, *settings.protected]) for text in (name, wording))


def _says(text: str, phrases: Iterable[str]) -> bool:
    """Return whether one of the phrases stands in a text as whole words."""
    known = [found for found in map(words_of, phrases) if found]
    words = [_apart(word, {found[0] for found in known if len(found) == 1}) for word in words_of(text)]
    spaced = f" {' '.join(words)} "
    singular = f" {' '.join(map(_singular, words))} "
    return any(f" {' '.join(found)} " in each for found in known for each in (spaced, singular))


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _apart(word: str, known: Collection[str]) -> str:
    """Return two words that are written as one apart, where the second is one of those known: `customer age`."""
    for person in _PEOPLE:
        if word.startswith(person) and word[len(person) :] in known:
            return f"{person} {word[len(person) :]}"
    return word
