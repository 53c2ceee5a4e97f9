"""The one place where numbers, money, dates and shares become text.

Everything returns plain text. Unknown values (None, NaN, infinity) come back as `UNKNOWN`, never as
a number. Minus is the real minus sign, so that columns of figures line up.
"""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import SupportsFloat

UNKNOWN = "–"
HIDDEN = "hidden"
"""Stands for a number that is kept back because few customers are behind it."""
MINUS = "−"

_SYMBOLS = {
    "GBP": "£",
    "USD": "$",
    "EUR": "€",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "AUD": "A$",
    "CAD": "C$",
    "NZD": "NZ$",
    "HKD": "HK$",
    "SGD": "S$",
}
_WHOLE_CURRENCIES = {"JPY", "KRW"}
_DAYS_A_MONTH = 365.25 / 12
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

Value = SupportsFloat | None


def _known(value: Value) -> float | None:
    """Return a finite float, or None for anything that is not one (None, NaN, NA, infinity)."""
    if value is None:
        return None
    try:
        plain = float(value)
    except (TypeError, ValueError):  # pandas.NA refuses, and so does text
        return None
    return plain if math.isfinite(plain) else None


def _grouped(value: float, decimals: int) -> str:
    text = f"{abs(value):,.{decimals}f}"
    is_zero = not text.strip("0.,")
    return text if value >= 0 or is_zero else MINUS + text


def _signed(text: str, value: float) -> str:
    return f"+{text}" if value > 0 and text.strip("0.,%") else text


def number(value: Value, decimals: int = 0) -> str:
    """Return a number with thousands separated.

    Examples
    --------
    >>> number(6012), number(-3.14159, 1), number(None)
    ('6,012', '−3.1', '–')
    """
    known = _known(value)
    return UNKNOWN if known is None else _grouped(known, decimals)


def significant(value: Value, digits: int = 3) -> str:
    """Return a number with `digits` significant digits, whole numbers from there on.

    Examples
    --------
    >>> significant(0.012345), significant(3.14159, 2), significant(12345.6)
    ('0.0123', '3.1', '12,346')
    """
    known = _known(value)
    if known is None:
        return UNKNOWN
    if known == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(known))))
    return _grouped(known, min(decimals, 12))


def symbol(currency: str) -> str:
    """Return the sign put before an amount: `£`, or the code and a space where there is no sign.

    Examples
    --------
    >>> symbol("GBP"), symbol("CHF")
    ('£', 'CHF ')
    """
    return _SYMBOLS.get(currency, f"{currency} ")


def money(value: Value, currency: str) -> str:
    """Return money as people say it: three significant digits, `k`, `m` and `bn` from 10,000 on.

    Examples
    --------
    >>> money(1_942_310, "GBP"), money(38_449, "GBP"), money(1234.5, "EUR"), money(-21.4, "USD")
    ('£1.94m', '£38.4k', '€1,234', '−$21.40')
    """
    known = _known(value)
    if known is None:
        return UNKNOWN
    sign, size = (MINUS if known < 0 else ""), abs(known)
    if size < 100:
        decimals = 0 if currency in _WHOLE_CURRENCIES or size == 0 else 2
        text = _grouped(size, decimals)
        return (sign if text.strip("0.,") else "") + symbol(currency) + text
    if size < 9_999.5:
        return f"{sign}{symbol(currency)}{_grouped(size, 0)}"
    divisor, suffix = (1e3, "k") if size < 999_500 else (1e6, "m") if size < 999_500_000 else (1e9, "bn")
    scaled = size / divisor
    decimals = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
    return f"{sign}{symbol(currency)}{_grouped(scaled, decimals)}{suffix}"


def money_exact(value: Value, currency: str) -> str:
    """Return money to the penny, for reconciliations.

    Examples
    --------
    >>> money_exact(8911407.904, "GBP"), money_exact(-5, "JPY")
    ('£8,911,407.90', '−¥5')
    """
    known = _known(value)
    if known is None:
        return UNKNOWN
    text = _grouped(abs(known), 0 if currency in _WHOLE_CURRENCIES else 2)
    sign = MINUS if known < 0 and text.strip("0.,") else ""
    return f"{sign}{symbol(currency)}{text}"


def window_words(months: str) -> str:
    """Return which months value and orders are of.

    Parameters
    ----------
    months : str
        A number of months, or `all`.

    Examples
    --------
    >>> window_words("12"), window_words("1"), window_words("all")
    ('last 12 months', 'last month', 'all history')
    """
    return {"all": "all history", "1": "last month"}.get(months, f"last {months} months")


def months_filled(days: int, window: int) -> str:
    """Return how much of a window of months so many days of data fill, where they do not fill it.

    Examples
    --------
    >>> months_filled(88, 12), months_filled(10, 12), months_filled(364, 12)
    ('3 of 12 months', 'under 1 of 12 months', '11 of 12 months')
    """
    months = min(round(days / _DAYS_A_MONTH), window - 1)
    return f"{months or 'under 1'} of {window} months"


def window_not_full(data_start: str) -> str:
    """Return what is said of numbers whose window the data do not fill.

    Examples
    --------
    >>> window_not_full("2024-01-03")
    'window not full: data start 2024-01-03'
    """
    return f"window not full: data start {data_start}"


def share(value: Value, decimals: int | None = None) -> str:
    """Return a share as a whole percent, with one decimal where a whole percent would mislead.

    Below 1% and between 99% and 100% a decimal is shown; what rounds to nothing is called less than
    0.1%, so that a few customers never read as none.

    Examples
    --------
    >>> share(0.182), share(0.004), share(0.0001), share(0.996), share(1), share(0)
    ('18%', '0.4%', '<0.1%', '99.6%', '100%', '0%')
    """
    known = _known(value)
    if known is None:
        return UNKNOWN
    percent = known * 100
    if decimals is not None:
        return f"{_grouped(percent, decimals)}%"
    if 0 < percent < 0.05:
        return "<0.1%"
    if 99.95 <= percent < 100:
        return ">99.9%"
    needs_decimal = 0 < abs(percent) < 0.95 or 99 < percent < 100
    return f"{_grouped(percent, 1 if needs_decimal else 0)}%"


def risk(value: Value) -> str:
    """Return a risk as a whole percent; nobody's is nil, and nobody's is certain.

    Examples
    --------
    >>> risk(0.182), risk(0.0), risk(0.999)
    ('18%', 'under 1%', 'over 99%')
    """
    known = _known(value)
    if known is None:
        return UNKNOWN
    if known < 0.01:
        return "under 1%"
    return "over 99%" if known > 0.99 else f"{_grouped(known * 100, 0)}%"


def share_range(low: Value, high: Value) -> str:
    """Return an interval of shares.

    Examples
    --------
    >>> share_range(0.171, 0.194), share_range(0.052, 0.068), share_range(0.95, 0.994), share_range(None, 0.1)
    ('17% to 19%', '5.2% to 6.8%', '95.0% to 99.4%', '–')
    """
    lower, upper = _known(low), _known(high)
    if lower is None or upper is None:
        return UNKNOWN
    decimals = 1 if upper - lower < 0.02 or 0.99 < upper < 1 else 0
    return f"{share(lower, decimals)} to {share(upper, decimals)}"


def share_step(before: Value, after: Value) -> str:
    """Return from which share to which, with a decimal where the difference would not be seen otherwise.

    Examples
    --------
    >>> share_step(0.18, 0.24), share_step(0.181, 0.184)
    ('from 18% to 24%', 'from 18.1% to 18.4%')
    """
    decimals = 1 if share(before) == share(after) else None
    return f"from {share(before, decimals)} to {share(after, decimals)}"


def shown(value: Value, write: Callable[[Value], str]) -> str:
    """Return an amount as `write` writes it, or that it is hidden where it is missing.

    Examples
    --------
    >>> shown(12, number), shown(None, number)
    ('12', 'hidden')
    """
    return HIDDEN if _known(value) is None else write(value)


def points(value: Value) -> str:
    """Return a difference of two shares in percentage points.

    Examples
    --------
    >>> points(0.03), points(-0.01), points(0.004), points(0)
    ('+3 points', '−1 point', '+0.4 points', 'no change')
    """
    known = _known(value)
    if known is None:
        return UNKNOWN
    size = known * 100
    text = _grouped(size, 1 if abs(size) < 0.95 else 0)
    if not text.strip("0.,"):
        return "no change"
    return f"{_signed(text, size)} {'point' if text.strip(MINUS) == '1' else 'points'}"


def change(value: Value) -> str:
    """Return a relative change; from ten times on as a multiple.

    Examples
    --------
    >>> change(0.063), change(-0.22), change(0), change(14.2), change(None)
    ('+6.3%', '−22%', 'no change', '15 times', '–')
    """
    known = _known(value)
    if known is None:
        return UNKNOWN
    if known >= 9:
        return f"{_grouped(known + 1, 0)} times"
    size = known * 100
    text = _grouped(size, 1 if abs(size) < 9.95 else 0).removesuffix(".0")
    if not text.strip("0.,"):
        return "no change"
    return f"{_signed(text, size)}%"


def times(value: Value) -> str:
    """Return a ratio as a multiple.

    Examples
    --------
    >>> times(3.14), times(12.2), times(1)
    ('3.1 times', '12 times', '1.0 times')
    """
    known = _known(value)
    return UNKNOWN if known is None else f"{_grouped(known, 0 if abs(known) >= 9.95 else 1)} times"


def day(date: dt.date | None) -> str:
    """Return a date as `30 June 2026`.

    Examples
    --------
    >>> day(dt.date(2026, 6, 30)), day(None)
    ('30 June 2026', '–')
    """
    return UNKNOWN if date is None or date != date else f"{date.day} {month(date)}"  # noqa: PLR0124


def day_short(date: dt.date) -> str:
    """Return a date as `30 Jun 2026`, for tables.

    Examples
    --------
    >>> day_short(dt.date(2026, 6, 30))
    '30 Jun 2026'
    """
    return f"{date.day} {month_short(date)}"


def moment(at: dt.datetime | None) -> str:
    """Return a date and a time as `30 June 2026, 10:15`.

    Examples
    --------
    >>> moment(dt.datetime(2026, 6, 30, 10, 15))
    '30 June 2026, 10:15'
    """
    return UNKNOWN if at is None or at != at else f"{day(at)}, {at:%H:%M}"  # noqa: PLR0124


_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def month(date: dt.date) -> str:
    """Return a month as `June 2026`, whatever the locale of the machine.

    Examples
    --------
    >>> month(dt.date(2026, 6, 30))
    'June 2026'
    """
    return f"{_MONTHS[date.month - 1]} {date.year}"


def month_short(date: dt.date) -> str:
    """Return a month as `Jun 2026`, for axes.

    Examples
    --------
    >>> month_short(dt.date(2026, 6, 30))
    'Jun 2026'
    """
    return f"{_MONTHS[date.month - 1][:3]} {date.year}"


def file_size(size_bytes: int) -> str:
    """Return a file size.

    Examples
    --------
    >>> file_size(812), file_size(20_700), file_size(3_400_000)
    ('812 bytes', '21 kB', '3.4 MB')
    """
    if size_bytes < 1_000:
        return f"{size_bytes} bytes"
    divisor, unit = (1e3, "kB") if size_bytes < 999_500 else (1e6, "MB") if size_bytes < 999_500_000 else (1e9, "GB")
    scaled = size_bytes / divisor
    return f"{_grouped(scaled, 1 if scaled < 9.95 else 0)} {unit}"


def count_word(count: int) -> str:
    """Return `two` for 2, up to ten; digits from there on.

    Examples
    --------
    >>> count_word(2), count_word(12)
    ('two', '12')
    """
    return _WORDS[count] if 0 <= count < len(_WORDS) else number(count)


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "customer"), counted(6012, "customer"), counted(2, "query", "queries")
    ('1 customer', '6,012 customers', '2 queries')
    """
    return f"{number(count)} {singular if count == 1 else plural or singular + 's'}"


def listed(names: Iterable[str]) -> str:
    """Return names as a list in a sentence.

    Examples
    --------
    >>> listed(["A"]), listed(["A", "B"]), listed(["A", "B", "C"])
    ('A', 'A and B', 'A, B and C')
    """
    every: Sequence[str] = tuple(names)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} and {every[-1]}" if every else ""


def sentence_case(text: str) -> str:
    """Return `text` with its first letter in upper case and the rest as it is.

    Examples
    --------
    >>> sentence_case("two segments of VIPs")
    'Two segments of VIPs'
    """
    return text[:1].upper() + text[1:]


def quantity(value: Value, unit: str, currency: str) -> str:
    """Return a value in its unit: the units of the feature and metric catalogues.

    Parameters
    ----------
    value : float or None
        The value.
    unit : str
        `money`, `money_each`, `share`, `days`, `index`, `customers`, `orders`, `scale`, `answer`,
        `centred`, `number`, `change`; anything else is written with three significant digits.
    currency : str
        Code of the definition's currency; only money needs it.

    Examples
    --------
    >>> quantity(0.4, "share", "GBP"), quantity(12.34, "days", "GBP"), quantity(228.4, "index", "GBP")
    ('40%', '12 days', '228')
    """
    if _known(value) is None:
        return UNKNOWN
    if unit in {"money", "money_each"}:
        return money(value, currency)
    if unit == "days":
        return f"{number(value)} {'day' if number(value) == '1' else 'days'}"
    if unit in {"orders", "scale", "answer"}:
        return number(value, 1)
    if unit == "centred":
        return f"{'+' if (_known(value) or 0) >= 0.05 else ''}{number(value, 1)}"
    plain = {"share": share, "change": change, "index": number, "customers": number, "number": number}
    return plain.get(unit, significant)(value)


def called(name: str) -> str:
    """Return a name as it stands in a sentence: in quotes when it holds punctuation of its own.

    Examples
    --------
    >>> called("Gift givers"), called("Frequent, mostly web")
    ('Gift givers', '“Frequent, mostly web”')
    """
    return f"“{name}”" if any(mark in name for mark in ",.;:!?") else name


def isolated(name: str) -> str:
    """Return a name that, written from right to left, does not turn round the numbers beside it.

    Examples
    --------
    >>> isolated("Gift givers"), len(isolated("\u0645\u0627\u0621"))
    ('Gift givers', 5)
    """
    is_turned = any(unicodedata.bidirectional(character) in ("R", "AL") for character in name)
    return f"\u2068{name}\u2069" if is_turned else name
