"""Numbers written by people: decimal commas, thousands separators, currency signs, brackets for minus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from segmodel.engines import identifier

Decimal = Literal[".", ","]

NUMERIC_TYPES = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL",
)  # fmt: skip

BLANKS = "('', 'na', 'n/a', '#n/a', 'nan', 'null', 'none', '<na>', '-')"
"""What exports write for a missing number or date, in lower case."""

INSIDE = "DOUBLE"
"""The type of a number inside an expression, whose result is rounded to the type of the contract.

The engine's decimals overflow at 18 digits in a product, so that 6 x 2.55 fits and 1,200 x 999.99 does not.
"""

# one optional sign, digits in threes or not, the decimals; after signs, spaces and currency were taken off
_POINT = r"^[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?$"
_COMMA = r"^[+-]?(\d{1,3}([.]\d{3})+|\d+)?(,\d*)?$"
# currency signs and codes, blanks of all kinds, and the apostrophe the Swiss write between thousands
_DECORATION = r"(?i)[\s\x{00a0}\x{202f}'’£$€¥₹]|gbp|usd|eur|chf"


def is_numeric(sql_type: str) -> bool:
    """Say whether a column of this SQL type holds numbers already."""
    return sql_type.split("(", maxsplit=1)[0] in NUMERIC_TYPES


def number_sql(operand: str, decimal: Decimal, sql_type: str) -> str:
    """Return SQL that reads the text `operand` as a number of `sql_type`, NULL when it is none.

    Plainly written numbers take the first, fast branch; only what fails there is looked at more closely.
    """
    if decimal == ".":
        plain = f"TRY_CAST({operand} AS {sql_type})"
        return f"coalesce({_finite(plain, sql_type)}, {_cleaned(operand, ',', _POINT, sql_type)})"
    whole = f"CASE WHEN NOT contains({operand}, '.') THEN TRY_CAST({operand} AS {sql_type}) END"
    return f"coalesce({whole}, {_cleaned(operand, '.', _COMMA, sql_type)})"


def _finite(value: str, sql_type: str) -> str:
    return f"CASE WHEN isfinite({value}) THEN {value} END" if sql_type == "DOUBLE" else value


def _cleaned(operand: str, thousands: str, pattern: str, sql_type: str) -> str:
    bare = f"regexp_replace({operand}, '{_DECORATION.replace(chr(39), chr(39) * 2)}', '', 'g')"
    # accountants write (12.50) or 12.50- for minus 12.50
    signed = f"regexp_replace(regexp_replace({bare}, '^\\((.+)\\)$', '-\\1'), '^([^-].*)-$', '-\\1')"
    digits = f"replace(replace({signed}, '{thousands}', ''), ',', '.')"
    return f"CASE WHEN regexp_matches({signed}, '{pattern}') THEN TRY_CAST({digits} AS {sql_type}) END"


def finite_sql(operand: str, sql_type: str) -> str:
    """Return SQL that converts a numeric `operand` to `sql_type`; NULL for NaN, infinity and what does not fit."""
    converted = f"TRY_CAST({operand} AS {sql_type})"
    return f"CASE WHEN isfinite({converted}) THEN {converted} END" if sql_type == "DOUBLE" else converted


def evidence_sql(column: str) -> tuple[str, str]:
    """Return two SQL counts over a text column: values only a decimal comma explains, and only a point."""
    text = f"trim({identifier(column)})"
    comma = r"^[^\d]*(\d+|\d{1,3}(\.\d{3})+),(\d{1,2}|\d{4,})[^\d,.]*$|^[^\d]*\d{1,3}(\.\d{3})+,\d+[^\d]*$"
    point = r"^[^\d]*(\d+|\d{1,3}(,\d{3})+)\.(\d{1,2}|\d{4,})[^\d,.]*$|^[^\d]*\d{1,3}(,\d{3})+\.\d+[^\d]*$"
    return (
        f"count(*) FILTER (regexp_matches({text}, '{comma}'))",
        f"count(*) FILTER (regexp_matches({text}, '{point}'))",
    )


def decimal_of(counts: Sequence[tuple[str, int, int]]) -> Decimal | None:
    """Decide on the decimal mark of a source from (column, comma evidence, point evidence).

    None when both marks are in use, so that 1.234 could be read two ways; a stray one in a hundred does not
    count as use.
    """
    commas = sum(comma for _, comma, _ in counts)
    points = sum(point for _, _, point in counts)
    if points * 100 > commas and commas * 100 > points:
        return None
    return "," if commas > points else "."
