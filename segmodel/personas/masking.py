"""Takes out of a text what says who somebody is, and puts a mask such as [e-mail] or [name] in its place.

Rather too much than too little: what may be an identifier is one. Words, themes and quotes are made of the text that is
left, so that no identifier becomes a word of a theme.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from segmodel.personas.english import common_words, function_words, plain_words
from segmodel.personas.masking_patterns import (
    AFTER_CALLED,
    AFTER_HAN,
    AFTER_MAYBE,
    AFTER_TITLE,
    CLOSING,
    HANDLE,
    MASKS,
    NAME,
    NUMBER,
    PATTERNS,
    SIGNATURE,
)

LONGEST = 4_000
"""Characters of a comment that are read; what follows is left out, and how many comments that is gets counted."""

_Span = tuple[int, int, str]

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_WORDS = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]+")
_CHUNKS = re.compile(r"[\w.+-]+")
_TAG = re.compile(r"<[^<>]{0,400}>")
_HIDDEN = re.compile(r"<(script|style)\b[^<>]{0,400}>[^<]{0,4000}</\1\s{0,3}>", re.IGNORECASE)
_MARKS = re.compile("|".join(map(re.escape, MASKS)))
_REPEATED = re.compile(rf"({_MARKS.pattern})(?:[\s,.;:()-]{{0,3}}\1)+")
_MEASURED = re.compile(
    r"\d{1,3}(?:st|nd|rd|th|am|pm|g|kg|ml|l|cl|oz|lb|min|mins|h|hr|hrs|x|k|p|mm|cm|km|er)", re.IGNORECASE
)
_MOST_DIGITS = 3
_LONG_ID = 5
_UNESCAPED = 3
_LONGEST_NAME = 3
_TORN = 300
_NOT_NAMED = re.compile(r".{3,}(?:ing|ful|ous|able)")


@dataclass(frozen=True)
class Known:
    """Identifiers of a workspace's own customers, in lower case.

    Attributes
    ----------
    names : frozenset of str
        Words of people's names.
    phrases : frozenset of tuple of str
        Names and addresses of several words, word by word.
    accounts : frozenset of str
        What stands before the @ of their addresses.
    ids : frozenset of str
        Their numbers.
    words : frozenset of str
        Words that customers write in lower case often enough to be no names, whatever they are elsewhere.
    """

    names: frozenset[str] = frozenset()
    phrases: frozenset[tuple[str, ...]] = frozenset()
    accounts: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Masker:
    """Masks texts; see the module.

    Parameters
    ----------
    known : Known
        What is known of the customers.

    Examples
    --------
    >>> Masker().mask("Write to jack.mensah@example.com or call 07700 900 963, my name is Jack")
    'Write to [e-mail] or call [phone], my name is [name]'
    """

    known: Known = Known()
    _long_ids: frozenset[str] = field(init=False, repr=False)
    _phrases: dict[str, tuple[tuple[str, ...], ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # what has four digits in one piece goes anyway, so only the others have to be looked for
        hard = (each for each in self.known.ids if len(each) >= _LONG_ID and not _has_many_digits(each))
        object.__setattr__(self, "_long_ids", frozenset(hard))
        begun: dict[str, list[tuple[str, ...]]] = {}
        for phrase in self.known.phrases:
            begun.setdefault(phrase[0], []).append(phrase)
        object.__setattr__(self, "_phrases", {first: tuple(sorted(each)) for first, each in begun.items()})

    def mask(self, text: str) -> str:
        """Return a text on one line, at most `LONGEST` characters of it, with masks for what identifies somebody."""
        plain = readable(text)
        tried = plain.translate(_DASHES)
        # the longest of those that begin together first, then in the order of the patterns
        spans = sorted(self._spans(tried), key=lambda span: (span[0], -span[1]))
        # what is cut in two may not be known for what it is: the end of a text that was cut is left out as well
        is_cut = len(text) > LONGEST or len(plain) >= 2 * LONGEST
        limit = max(len(plain) - _TORN, 0) if is_cut else len(plain)
        parts, end = [], 0
        for start, stop, mask in _merged(spans):
            if start >= limit:
                break
            parts += [plain[end:start], mask]
            end = stop
        masked = " ".join("".join([*parts, plain[end:limit]]).split())
        return _REPEATED.sub(r"\1", masked)

    def _spans(self, text: str) -> Iterator[_Span]:
        wanted = [each for needed, patterns in PATTERNS if needed.search(text) for each in patterns]
        for mask, pattern in wanted:
            yield from ((found.start(), found.end(), mask) for found in pattern.finditer(text))
        yield from _with_at(text)
        yield from self._numbers(text)
        yield from _said_names(text)
        yield from self._names(text)

    def _numbers(self, text: str) -> Iterator[_Span]:
        for found in _WORDS.finditer(text):
            if _is_number(found[0]) or (found[0].casefold() in self.known.ids and not self._is_word(found[0])):
                yield found.start(), found.end(), NUMBER
        lowered = text.lower()
        for length in sorted({len(each) for each in self._long_ids}) if len(lowered) == len(text) else ():
            for start in range(len(text) - length + 1):
                if lowered[start : start + length] in self._long_ids:
                    yield *_whole_words(text, start, start + length), NUMBER

    def _names(self, text: str) -> Iterator[_Span]:
        for found in _CHUNKS.finditer(text):
            chunk = found[0].strip(".+-").casefold()
            if chunk in self.known.accounts and not self._is_word(chunk):
                yield found.start(), found.end(), NAME
        words = list(_LETTERS.finditer(text))
        lowered = [word[0].casefold() for word in words]
        for place, word in enumerate(words):
            for phrase in self._phrases.get(lowered[place], ()):
                is_there = tuple(lowered[place : place + len(phrase)]) == phrase
                if is_there and (len(phrase) > 1 or self._is_name(text, words, place)):
                    yield word.start(), words[place + len(phrase) - 1].end(), NAME
            if lowered[place] in self.known.names and self._is_name(text, words, place):
                yield *_whole_words(text, word.start(), word.end()), NAME

    def _is_name(self, text: str, words: list[re.Match[str]], place: int) -> bool:
        """Say whether a word that a customer is called by is meant as a name: always, unless it is a word as well."""
        word = words[place]
        if not self._is_word(word[0]):
            return True
        if not word[0][0].isupper() or text.isupper():
            return False
        beside = [words[other] for other in (place - 1, place + 1) if 0 <= other < len(words)]
        if any(abs(other.start() - word.end()) == 1 or abs(word.start() - other.end()) == 1 for other in beside
               if other[0][0].isupper() and other[0] != "I"):  # fmt: skip
            return True
        return text[: word.start()].rstrip(" \"'“‘(*-")[-1:] not in {"", ".", "!", "?", "\n", ":"}

    def _is_word(self, word: str) -> bool:
        return word.casefold() in common_words() or word.casefold() in self.known.words


def readable(text: str) -> str:
    """Return what a person would read in a text: no markup, nothing invisible, digits as 0 to 9; see `LONGEST`.

    Examples
    --------
    >>> readable("jack&#64;ex\u200bample.com <b>٠٧٧</b>")
    'jack@example.com  077 '
    """
    cut = _folded(text[:LONGEST])
    for _ in range(_UNESCAPED):
        cut, before = html.unescape(cut), cut
        if cut == before:
            break
    return _folded(_TAG.sub(" ", _HIDDEN.sub(" ", cut)))


def _folded(text: str) -> str:
    """Return a text without what nobody sees and with one form of each character; a few of them are long ones."""
    return "".join(map(_plain, unicodedata.normalize("NFKC", text)[: 2 * LONGEST]))


def unmasked(text: str) -> str:
    """Return a masked text without its masks, for counting words."""
    return _MARKS.sub(" | ", text)


def count_masks(text: str) -> int:
    """Return how many masks a text has."""
    return len(_MARKS.findall(text))


def _plain(character: str) -> str:
    """Return a character as it is compared: a space for any space, nothing for what nobody sees, 0 to 9 for digits."""
    if character.isascii():
        return character if character.isprintable() or character == "\n" else " "
    kind = unicodedata.category(character)
    if kind in {"Cf", "Cn", "Co", "Cs", "Cc"} or character in "\ufe0f\u034f\u115f\u1160\u3164":
        return ""
    if kind in {"Zs", "Zl", "Zp"}:
        return " "
    digit = unicodedata.digit(character, None)
    return character if digit is None else str(digit)


def _merged(spans: list[_Span]) -> Iterator[_Span]:
    """Join spans that overlap, under the mask of the longest."""
    held: _Span | None = None
    longest = 0
    for start, stop, mask in spans:
        if held is None or start >= held[1]:
            if held is not None:
                yield held
            held, longest = (start, stop, mask), stop - start
        else:
            held = (held[0], max(stop, held[1]), mask if stop - start > longest else held[2])
            longest = max(longest, stop - start)
    if held is not None:
        yield held


def _with_at(text: str) -> Iterator[_Span]:
    """Find whatever is written with an @, however odd."""
    for found in re.finditer("@", text):
        start = max(text.rfind(" ", 0, found.start()), text.rfind("\n", 0, found.start())) + 1
        ends = [end for end in (text.find(" ", found.end()), text.find("\n", found.end())) if end >= 0]
        stop = min(ends, default=len(text))
        yield start, max(start + len(text[start:stop].rstrip(".,;:!?)")), found.end()), HANDLE


def _is_number(word: str) -> bool:
    """Say whether a word of letters and digits is more than a small number or a measured one."""
    digits = sum(character.isdigit() for character in word)
    if not digits:
        return False
    return digits > _MOST_DIGITS or (not word.isdigit() and not _MEASURED.fullmatch(word))


def _has_many_digits(text: str) -> bool:
    return text.isalnum() and sum(character.isdigit() for character in text) > _MOST_DIGITS


def _whole_words(text: str, start: int, stop: int) -> tuple[int, int]:
    """Widen a span to where its words begin and end."""
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while stop < len(text) and (text[stop].isalnum() or text[stop] == "_"):
        stop += 1
    return start, stop


def _said_names(text: str) -> Iterator[_Span]:
    """Find names by what stands before them: a title, "my name is", "I'm", a closing."""
    for pattern in (AFTER_TITLE, AFTER_CALLED):
        for found in _overlapping(pattern, text):
            yield from _leading(text, found, is_sure=True)
    for found in _overlapping(AFTER_MAYBE, text):
        yield from _leading(text, found, is_sure=False)
    for found in _overlapping(CLOSING, text):
        words = set(found["names"].casefold().strip(".").split())
        is_plain = found["names"].islower() and words & plain_words()
        if not words & function_words() and not is_plain:
            yield *found.span("names"), NAME
    for pattern in (SIGNATURE, AFTER_HAN):
        for found in pattern.finditer(text):
            said = found["names"].strip(".").split()
            is_named = not any(word.islower() for word in said)
            if is_named and not {word.casefold() for word in said} <= common_words():
                yield *found.span("names"), NAME


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Find a pattern also inside what it took for names before."""
    found = pattern.search(text)
    while found:
        yield found
        found = pattern.search(text, found.start("names"))


def _leading(text: str, found: re.Match[str], *, is_sure: bool) -> Iterator[_Span]:
    """Return the span of the words at the start of what follows that look like a name.

    Where it is sure that a name follows, the first word is one whatever it is; else words that begin with a capital,
    and after "I'm" also others that do not look like what people say of themselves.
    """
    start, end = found.span("names")
    is_shouted = text.isupper()
    is_self = found[0].casefold().startswith(("i'm", "i’m", "im ", "i am", "ich bin", "je suis", "soy"))
    for place, word in enumerate(_LETTERS.finditer(text, start, end)):
        lowered = word[0].casefold()
        is_common = lowered in common_words()
        is_capital = word[0][0].isupper() and not is_shouted
        if is_sure and place == 0:
            takes = lowered not in function_words()
        elif is_sure or place > 0:
            takes = lowered not in function_words() and (is_capital or lowered not in plain_words())
        else:
            says_of_self = is_common or bool(_NOT_NAMED.fullmatch(lowered))
            takes = lowered not in function_words() and (is_capital or (is_self and not says_of_self))
        if not takes or place >= _LONGEST_NAME:
            break
        yield word.start(), word.end(), NAME
