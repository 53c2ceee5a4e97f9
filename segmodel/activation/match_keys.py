"""Match keys as ad platforms want them: normalised, and hashed with SHA-256, in SQL.

Google: https://developers.google.com/data-manager/api/devguides/concepts/formatting
Meta: https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from segmodel.definition import MatchKey
from segmodel.definition_activation import COUNTRIES, Platform
from segmodel.engines import literal

BLANK = r"[\s\v\p{Z}\x{200B}\x{FEFF}]"
"""Any space, those that cannot be seen among them."""

_ADDRESS = r'[^@\s,;:<>()\[\]"\\]+@[^@\s,;:<>()\[\]"\\.]+([.][^@\s,;:<>()\[\]"\\.]+)+'
_LONGEST = 320
_NUMBER = "[1-9][0-9]{7,14}"
_LONG_ENOUGH = 9
"""Digits behind a country's code from which a number that begins with it is taken to be written with it."""


Stage = Callable[[str], str]
"""SQL for the next form of a text, given SQL for the last."""


def key_stages(key: MatchKey, platform: Platform, country: str | None) -> tuple[Stage, ...]:
    """Return the stages that bring a match key into the form a platform wants before hashing; NULL where it is none.

    In stages each form is worked out once: as one expression it would be repeated wherever the next one asks for it.

    Parameters
    ----------
    key : MatchKey
    platform : {"google", "meta"}
        Whose rules count.
    country : str or None
        Of phone numbers written without one.
    """
    if key.kind == "email":
        return email_stages(platform)
    return phone_stages(platform, country) if key.kind == "phone" else (external_id_sql,)


def staged(stages: Sequence[Stage], text: str) -> str:
    """Return SQL for what comes out of the last stage, as a value."""
    sql = f"SELECT {stages[0](text)} AS form"
    for stage in stages[1:]:
        sql = f"SELECT {stage('form')} AS form FROM ({sql})"
    return f"({sql})"


def email_stages(platform: Platform = "google") -> tuple[Stage, ...]:
    """Return the stages of an e-mail address.

    Both platforms: trimmed, lower case. Google: no spaces inside, and of gmail.com and googlemail.com no points before
    the @ and nothing from a + on.
    """

    def is_one(text: str) -> str:
        return (
            f"CASE WHEN regexp_full_match({text}, {literal(_ADDRESS)}) AND length({text}) <= {_LONGEST} THEN {text} END"
        )

    if platform == "meta":
        return (_lower, lambda text: _replaced(text, f"^{BLANK}+|{BLANK}+$", BLANK), is_one)
    return (_lower, lambda text: _replaced(text, BLANK, BLANK), _as_gmail, is_one)


def _as_gmail(text: str) -> str:
    is_gmail = f"contains({text}, '@g') AND regexp_matches({text}, '@(gmail|googlemail)[.]com$')"
    local = f"replace(regexp_replace(split_part({text}, '@', 1), '[+].*$', ''), '.', '')"
    return f"CASE WHEN {is_gmail} THEN {local} || '@' || split_part({text}, '@', 2) ELSE {text} END"


def phone_stages(platform: Platform = "google", country: str | None = None) -> tuple[Stage, ...]:
    """Return the stages of a phone number.

    E.164: a plus, the country's code and the number, digits only; Meta wants it without the plus. Extensions are left
    out. A number without a country's code is one of `country`, and no number where that is not told.
    """
    more = f"^{BLANK}*tel:|[.]0+$|{BLANK}*(;?ext[.=:]?|x|#).*$"
    sign = "'+' || " if platform == "google" else ""
    return (
        _lower,
        lambda text: _replaced(text, more, "[a-z#]|[.]0+$"),
        _as_digits,
        lambda text: _with_country(text, country),
        lambda text: f"CASE WHEN regexp_full_match({text}, '{_NUMBER}') THEN {sign}{text} END",
    )


def _as_digits(text: str) -> str:
    """Return SQL for the digits, with a plus before those that begin with a country's code."""
    abroad = f"regexp_matches({text}, '^[^0-9+]*([+]|00)')"
    with_code = f"regexp_replace(regexp_replace(replace({text}, '(0)', ''), '[^0-9]', '', 'g'), '^00', '')"
    digits = _replaced(f"replace({text}, ' ', '')", "[^0-9]", "[^0-9 ]", text)
    return (
        f"CASE WHEN regexp_matches({text}, '[a-z]') THEN NULL WHEN {abroad} THEN '+' || {with_code} ELSE {digits} END"
    )


def _with_country(text: str, country: str | None) -> str:
    written = f"CASE WHEN starts_with({text}, '+') THEN {text}[2:]"
    if country is None:
        return f"{written} END"
    code, trunk = COUNTRIES[country]
    at_home = f"CASE WHEN starts_with({text}, '{trunk}') THEN {text}[{len(trunk) + 1}:] ELSE {text} END"
    has_code = f"starts_with({text}, '{code}') AND length({text}) >= {len(code) + _LONG_ENOUGH}"
    return f"{written} WHEN {has_code} THEN {text} ELSE '{code}' || {at_home if trunk else text} END"


def _lower(text: str) -> str:
    return f"lower(trim({text}))"


def _replaced(text: str, pattern: str, only_where: str, looked_at: str = "") -> str:
    """Return SQL that takes away what matches; most texts have nothing of it, and looking is quick."""
    asked = f"regexp_matches({looked_at or text}, {literal(only_where)})"
    return f"CASE WHEN {asked} THEN regexp_replace({text}, {literal(pattern)}, '', 'g') ELSE {text} END"


def external_id_sql(text: str) -> str:
    """Return SQL for an id of one's own, trimmed; NULL where it is empty."""
    return f"nullif({_replaced(f'trim({text})', f'^{BLANK}+|{BLANK}+$', BLANK)}, '')"


def given_sql(text: str) -> str:
    """Return SQL for whether anything but blanks is said."""
    return f"coalesce(regexp_matches({text}, {literal(BLANK.replace('[', '[^', 1))}), FALSE)"


def hashed_sql(text: str) -> str:
    """Return SQL for the SHA-256 of a key, as hex in lower case; NULL stays NULL."""
    return f"sha256({text})"
