"""Identifiers of many forms, each made up, and comments that hold them."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Random = np.random.Generator

FIRST = (
    "Jack",
    "Amara",
    "Søren",
    "Zoë",
    "Mohammed",
    "Priya",
    "O’Neill",
    "Anne-Marie",
    "Łukasz",
    "Ngozi",
    "Björn",
    "Xiu",
)
LAST = ("Mensahow", "Okaforde", "Kowalskinski", "Brightwelling", "Vandermeere", "Quistgaard", "Huberthal", "Yamadori")
DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FRAMES = (
    "The ribbon was crushed, {} and the box was late.",
    "{} please, the coffee is lovely.",
    "I order ahead in the app and it is ready: {}",
    "Lovely place for a Saturday morning ({}) and the cakes are a treat.",
    "the staff were kind\n{}\nwe will be back",
)


@dataclass(frozen=True)
class Planted:
    """A comment, and the parts of it that nobody may see: letters and digits alone, in lower case."""

    kind: str
    comment: str
    secrets: tuple[str, ...]


def folded(text: str) -> str:
    """Return the letters and digits of a text, so that spaces, dots and invisible characters hide nothing."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    digits = (str(unicodedata.digit(each)) if unicodedata.digit(each, None) is not None else each for each in plain)
    return re.sub(r"[\W_]+", "", "".join(digits))


def plant(count: int, seed: int) -> list[Planted]:
    """Return comments with an identifier each, all kinds in turn."""
    random = np.random.default_rng(seed)
    kinds = list(KINDS)
    found = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        said, secrets = KINDS[kind](random)
        frame = FRAMES[int(random.integers(len(FRAMES)))]
        frame = (
            FRAMES[0] if kind in {"name", "lower name"} else "The coffee is lovely. {}" if kind == "closing" else frame
        )
        found.append(Planted(kind, frame.format(said), tuple(map(folded, secrets))))
    return found


def _digits(random: Random, count: int) -> str:
    return "".join(str(digit) for digit in random.integers(0, 10, count))


def _letters(random: Random, count: int) -> str:
    return "".join(random.choice(list(string.ascii_lowercase), count))


def _pick(random: Random, choices: tuple[str, ...]) -> str:
    return choices[int(random.integers(len(choices)))]


def _email(random: Random) -> tuple[str, list[str]]:
    local, domain = f"{_letters(random, 5)}.{_letters(random, 6)}", _letters(random, 7)
    form = _pick(
        random,
        (
            "{0}@{1}.com",
            "{0}@{1}.co.uk",
            "mailto:{0}@{1}.com?subject=x",
            "<{0}@{1}.de>",
            "{0} (at) {1} dot com",
            "{0}[at]{1}[dot]org",
            "{0} @ {1}.com",
            "{0} at {1} dot com",
            "{0}＠{1}．com",
            "{0}&#64;{1}.com",
            "{0}@{1}",
            "{0}&commat;{1}&period;com",
            "{0}@\u200b{1}.com",
            "{0}+shop@mail.{1}.io",
            "{0} at {1}.com",
            "{0}{{at}}{1}.net",
            '"{0}"@{1}.com',
            "e-mail={0}@{1}.com;",
            "<b>{0}</b>@{1}.com",
        ),
    )
    said = form.format(local, domain)
    return said.upper() if random.random() < 0.25 and "&" not in said else said, [local, domain]


def _phone(random: Random) -> tuple[str, list[str]]:
    number = _digits(random, 9)
    groups = (number[:3], number[3:6], number[6:])
    form = _pick(
        random,
        (
            "07{0}{1}{2}",
            "07{0} {1} {2}",
            "+44 7{0} {1} {2}",
            "+44 (0) 7{0}-{1}-{2}",
            "0044 7{0}.{1}.{2}",
            "({0}) {1}-{2}",
            "+1 {0}.{1}.{2}1",
            "0{0}/{1}{2}",
            "+49 {0} / {1} - {2}",
            "tel:07{0}{1}{2}",
            "07{0}\u200b{1}\u200b{2}",
            "07{0}\u2013{1}\u2014{2}",
            "07{0}&nbsp;{1}&nbsp;{2}",
            "+33 {0} {1} {2} ext 12",
            "07{0} • {1} • {2}",
        ),
    )
    return form.format(*groups), [number, groups[1] + groups[2]]


def _other_digits(random: Random) -> tuple[str, list[str]]:
    number = _digits(random, 10)
    first = _pick(random, ("٠", "０", "०", "۰", "๐", "𝟎"))
    return "".join(chr(ord(first) + int(digit)) for digit in number), [number, number[2:]]


def _spelt(random: Random) -> tuple[str, list[str]]:
    words = [_pick(random, DIGIT_WORDS) for _ in range(9)]
    return _pick(random, (" ", ", ", "-")).join(words), ["".join(words), "".join(words[:4]), "".join(words[-4:])]


def _card(random: Random) -> tuple[str, list[str]]:
    number = _digits(random, 16)
    groups = [number[place : place + 4] for place in range(0, 16, 4)]
    return _pick(random, (" ", "-", "", ".", "  ")).join(groups), [number, *groups[:1]]


def _iban(random: Random) -> tuple[str, list[str]]:
    number = f"GB{_digits(random, 2)}{_letters(random, 4).upper()}{_digits(random, 14)}"
    spaced = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    return _pick(random, (number, spaced, spaced.lower(), spaced.replace(" ", "-"))), [
        number,
        number[4:8] + number[8:12],
    ]


def _address(random: Random) -> tuple[str, list[str]]:
    name, number = _letters(random, 7), str(random.integers(11, 99))
    code = f"{_letters(random, 2)}{random.integers(1, 9)} {random.integers(1, 9)}{_letters(random, 2)}".upper()
    form = _pick(
        random,
        (
            "{1} {0} Street",
            "{1} {0} road, {2}",
            "{1}b {0} Lane",
            "{0}straße {1}",
            "{0}weg {1}a, 10115 {0}stadt",
            "{2}",
            "{1} {0} Avenue, {0}ville, CA 90{1}5",
            "Flat {1}, {1} {0} Close",
            "{1} rue {0}",
            "12 {0} Hill {2}",
        ),
    )
    secrets = [*([name] if "{0}" in form else []), *([code] if "{2}" in form else [])]
    return form.format(name.capitalize(), number, code), secrets


def _order(random: Random) -> tuple[str, list[str]]:
    number = f"{_letters(random, 2).upper()}{_digits(random, 6)}"
    form = _pick(
        random, ("order {}", "order number {}", "order no. {}", "#{}", "my ref is {}", "Bestellnummer {}", "{}")
    )
    return form.format(number), [number, number[2:]]


def _link(random: Random) -> tuple[str, list[str]]:
    token, host = _letters(random, 12) + _digits(random, 3), _letters(random, 8)
    forms = (
        "https://{1}.example/reset?token={0}",
        "http://{1}.com/{0}",
        "www.{1}.org/a/{0}",
        "{1}.co.uk/track/{0}",
        "hxxps://{1}/{0}",
        "HTTPS://{1}.COM/#{0}",
        "ftp://user:{0}@{1}.net/x",
        "<a href='https://{1}.com/{0}'>https://{1}.com/{0}</a>",
    )
    return _pick(random, forms).format(token, host), [token, host]


def _handle(random: Random) -> tuple[str, list[str]]:
    name = f"{_letters(random, 5)}_{_letters(random, 4)}"
    return _pick(random, ("@{}", "(@{})", "instagram: {}", "twitter is {}", "@ {}", "＠{}")).format(name), [name]


def _ip(random: Random) -> tuple[str, list[str]]:
    parts = [str(part) for part in random.integers(100, 255, 4)]
    if random.random() < 0.3:
        return f"2001:db8:{parts[0]}a:{parts[1]}f::{parts[2]}", [f"{parts[0]}a{parts[1]}f", f"{parts[1]}f{parts[2]}"]
    return _pick(random, (".", " . ", "[.]")).join(parts), ["".join(parts), parts[0] + parts[1]]


def _birth(random: Random) -> tuple[str, list[str]]:
    day, year = str(random.integers(10, 28)), str(random.integers(1931, 2005))
    form = _pick(
        random,
        (
            "{0}/11/{1}",
            "{1}-11-{0}",
            "{0}.11.{1}",
            "{0} November {1}",
            "November {0}th, {1}",
            "{0}. Oktober {1}",
            "{0} nov {1}",
        ),
    )
    return "born " + form.format(day, year), [year]


def _insurance(random: Random) -> tuple[str, list[str]]:
    letters, number = _letters(random, 2).upper(), _digits(random, 6)
    pairs = [number[0:2], number[2:4], number[4:]]
    spaced = f"{letters} {' '.join(pairs)} C"
    social = f"{number[:3]}-{number[3:5]}-{number[5]}{number[:3]}"
    forms = {
        f"{letters}{number}C": [number],
        spaced: [number, letters + pairs[0]],
        spaced.lower(): [number],
        f"{letters}-{'-'.join(pairs)}-C": [number],
        social: [number],
    }
    said = _pick(random, tuple(forms))
    return said, forms[said]


def _name(random: Random) -> tuple[str, list[str]]:
    first, last = _pick(random, FIRST), f"{_pick(random, LAST)}{_letters(random, 3)}"
    form = _pick(
        random,
        (
            "my name is {0} {1}",
            "my name's {0} {1}",
            "I'm {0} {1}",
            "I am {0} {1}",
            "MY NAME IS {0} {1}",
            "this is {0} {1}",
            "ich heiße {0} {1}",
            "please ask for {0} {1}",
            "served by {0} {1}",
            "Mr {1}",
            "Mrs. {1}",
            "Dr {0} {1}",
            "Herr {1}",
            "Ms {0} {1}",
        ),
    )
    return form.format(first, last), [last, *([first + last] if "{0}" in form else [])]


def _lower_name(random: Random) -> tuple[str, list[str]]:
    first, last = _pick(random, FIRST).lower(), f"{_pick(random, LAST)}{_letters(random, 3)}".lower()
    form = _pick(random, ("my name is {0} {1},", "mr {1},", "i'm {0} {1},", "my name's {0} {1},"))
    return form.format(first, last), [last]


def _closing(random: Random) -> tuple[str, list[str]]:
    first, last = _pick(random, FIRST), f"{_pick(random, LAST)}{_letters(random, 3)}"
    form = _pick(
        random,
        (
            "Regards, {0} {1}",
            "Kind regards\n{0} {1}",
            "Best wishes, {1}",
            "Cheers, {0} {1}.",
            "\n- {0} {1}",
            "Yours sincerely,\n{0} {1}",
            "Viele Grüße {0} {1}",
            "Thanks, {1}",
            "regards, {1}",
        ),
    )
    return form.format(first, last), [last]


KINDS: dict[str, Callable[[Random], tuple[str, list[str]]]] = {
    "e-mail": _email,
    "phone": _phone,
    "other digits": _other_digits,
    "spelt digits": _spelt,
    "card": _card,
    "iban": _iban,
    "address": _address,
    "order": _order,
    "link": _link,
    "handle": _handle,
    "ip": _ip,
    "date of birth": _birth,
    "insurance": _insurance,
    "name": _name,
    "lower name": _lower_name,
    "closing": _closing,
}
