"""The one place where names and the few unavoidable literals become SQL text."""

from __future__ import annotations


def identifier(name: str) -> str:
    """Quote a column or table name.

    Examples
    --------
    >>> identifier('odd "name"; --')
    '"odd ""name""; --"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a string for the places where SQL takes no parameter (views, exported SQL, settings).

    Examples
    --------
    >>> literal("O'Brien")
    "'O''Brien'"
    """
    return "'" + text.replace("'", "''") + "'"
