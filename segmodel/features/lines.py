"""What one line of the transactions means: a purchase, a refund, an order, a margin."""

from __future__ import annotations

from collections.abc import Iterable

from segmodel.engines import Engine

BOUGHT = "(amount >= 0 AND NOT is_cancelled)"
"""Which lines are purchases; something given away for nothing was ordered all the same."""


def lines_sql(columns: Iterable[str], margin_rate: float | None) -> str:
    """Return the transactions in the terms of the measures, one row a line; `worth` only where margin is known.

    A cancelled line counts neither as an order nor as money, unless it takes money back: then it is a refund.

    Parameters
    ----------
    columns : iterable of str
        Columns of the transactions table.
    margin_rate : float or None
        Margin per unit of amount, for lines that do not state theirs; None: no margin is known at all.
    """
    have = set(columns)
    margin = margin_column(have)
    worth = ""
    if margin_rate is not None:
        stated = f"coalesce({margin}, amount * {margin_rate:.6f})"
        worth = f", CASE WHEN is_cancelled AND amount > 0 THEN 0 ELSE {stated} END::DECIMAL(18,4) AS worth"
    promoted = f"CASE WHEN {BOUGHT} AND promotion IS NOT NULL THEN amount END" if "promotion" in have else "NULL"
    extra = "".join(f", {name}" for name in ("channel", "category") if name in have)
    return (
        f"SELECT customer_id, {_order_key(have)} AS order_key, ordered_at, ordered_at::DATE AS day, "
        # sums skip NULL, which costs less than adding noughts
        f"{BOUGHT} AS bought, CASE WHEN {BOUGHT} THEN amount END::DECIMAL(18,4) AS purchases, "
        f"CASE WHEN amount < 0 THEN -amount END::DECIMAL(18,4) AS refunds, "
        f"({promoted})::DECIMAL(18,4) AS promoted{worth}{extra} FROM transactions"
    )


def _order_key(columns: set[str]) -> str:
    """Return the SQL that tells a customer's orders apart: the order id, else the day.

    As a 64-bit hash, which groups faster than text; two orders are taken for one only if both are of one customer.
    """
    return "hash(coalesce(order_id, ordered_at::DATE::VARCHAR))" if "order_id" in columns else "hash(ordered_at::DATE)"


def margin_column(columns: Iterable[str]) -> str | None:
    """Return the SQL of a line's margin, or None when the transactions do not tell."""
    have = set(columns)
    if "margin" in have:
        return "margin"
    return "(amount - cost)" if "cost" in have else None


def value_basis(engine: Engine) -> str:
    """Return what value is made of: `margin` where the transactions tell it, else `revenue`."""
    return "margin" if margin_rate(engine) is not None else "revenue"


def margin_rate(engine: Engine) -> float | None:
    """Return margin ÷ amount over the lines that state a margin; None when none does."""
    margin = margin_column(engine.columns("transactions"))
    if margin is None:
        return None
    (rate,) = engine.totals(
        f"SELECT sum({margin})::DOUBLE / nullif(sum(amount), 0)::DOUBLE AS rate FROM transactions "
        f"WHERE {margin} IS NOT NULL"
    )
    return None if rate is None else float(rate)
