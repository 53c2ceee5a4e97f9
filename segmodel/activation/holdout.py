"""Who is held out of an audience: told from a seed and the customer's id alone, so the same everywhere and always."""

from __future__ import annotations

import hashlib

from segmodel.engines import literal

_DIGITS = 13
"""Of the hash, in hex: 52 bits, as many as a float tells apart."""

_BETWEEN = "\x1f"


def is_held_out(seed: str, customer_id: str, share: float) -> bool:
    """Say whether a customer is held out.

    Parameters
    ----------
    seed : str
        Another one holds out others, independently.
    customer_id : str
    share : float
        Of all customers, 0 to below 1; a larger one holds out the same customers and more.

    Examples
    --------
    >>> is_held_out("1", "c0001", 0.0), is_held_out("1", "c0001", 0.999999)
    (False, True)
    """
    text = f"{seed}{_BETWEEN}{customer_id}"
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS] < _limit(share)


def held_out_sql(seed: str, customer_id: str, share: float) -> str:
    """Return SQL for the same, of a column of ids."""
    said = literal(seed + _BETWEEN)
    return f"left(sha256({said} || {customer_id}), {_DIGITS}) < {literal(_limit(share))}"


def _limit(share: float) -> str:
    """Return the hash below which customers are held out."""
    return f"{int(share * 16**_DIGITS):0{_DIGITS}x}"
