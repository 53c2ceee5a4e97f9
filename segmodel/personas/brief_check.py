"""Holding a brief against the facts of its segment: it must lean on at least one, and contradict none.

What is found is told to whoever writes; nothing is changed. Only claims in English whose subject is plain are held
against a figure, so that what is flagged can be trusted to be worth a look: a brief without flags may still be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segmodel.personas.brief import BRIEF_PARTS, Brief, Fact, Flag
from segmodel.personas.persona import Persona

_SENTENCE = re.compile(r"(?<=[.!?;…])\s+")
_NUMBER = re.compile(
    r"(?P<sign>[£$€]\s?)?(?<![\w.,])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<scale>\s?(?:k|m|bn)\b)?(?P<percent>\s?(?:%|percent\b|per cent\b))?"
)
_FRACTION = re.compile(
    r"\b(?:(?P<half>half)|(?:an?|one)\s(?P<part>third|quarter|fifth|tenth)|(?P<two>two\sthirds)|"
    r"(?P<three>three\squarters)|one\sin\s(?P<one_in>two|three|four|five|six|ten))\b",
    re.IGNORECASE,
)
_PARTS = {"third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1}
_ONE_IN = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_SCALES = {"k": 1e3, "m": 1e6, "bn": 1e9}
_ROUGHLY = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|some|over|under|more than|less than)\s*$", re.IGNORECASE
)
_AIM = re.compile(
    r"\b(?:to|by|towards|target|goal|aim|until|grow|raise|increase|win|from|another|further|extra|off)\s*(?:of\s*)?"
    r"(?:about\s*)?[£$€]?$",
    re.IGNORECASE,
)
_ROUGH_POINTS = 0.05
_WORD = re.compile(r"[^\W\d_]+")

_OF_CUSTOMERS = re.compile(
    r"^\s*(?:of\s)?(?:all\s|our\s|the\s)*(?:customers?|clients|shoppers|buyers)\b", re.IGNORECASE
)
_A_CUSTOMER = re.compile(r"^\s*(?:of\s\w+\s)?(?:a|per|each|every|for each)\s(?:customer|head|person)\b", re.IGNORECASE)
_END = re.compile(r"^\s*(?:$|[.,;:!?)…–—]|and\b|but\b|bring|brings\b)", re.IGNORECASE)
"""What may follow so that a share is of all customers; a verb would say what they do: `84% of customers order …`."""
_END_OF_MONEY = re.compile(
    r"^\s*(?:$|[.,;:!?)…–—]|and\b|but\b|(?:a|per|each|every)\s(?:year|annum)\s*(?:$|[.,;:!?)…–—]))", re.IGNORECASE
)
_THEY_ARE = re.compile(
    r"\b(?:they\sare|they\smake\sup|they\srepresent|who\sare|segment\sis|that\sis)\s(?:only\s|just\s)?"
    r"(?:about\s|around\s|roughly\s|nearly\s|almost\s|over\s|under\s)?$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:()–—]|\bbut\b|\band\b|\bor\b|\brather than\b|\binstead of\b", re.IGNORECASE)
_INDEX = re.compile(r"\bindex\s(?:of\s|is\s)?$", re.IGNORECASE)

_NEVER = frozenset(("never", "rarely", "seldom", "hardly", "barely", "no", "not", "don", "nobody"))
_ALWAYS = frozenset(("always", "mostly", "usually", "often", "most", "all", "typically", "everybody"))
_FILLER = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "by", "do", "does", "for", "from", "have", "how", "important"),
        *("in", "is", "it", "its", "main", "months", "of", "on", "or", "our", "satisfied", "share", "than", "the"),
        *("their", "them", "they", "to", "up", "us", "via", "we", "what", "when", "with", "within", "would", "yes"),
        *("you", "your"),
    )
)
_CUSTOMERS = frozenset(("customer", "client", "cliente", "clienti", "kunde", "kunden", "klanten", "buyer"))
"""Stems of the word in some languages, so that a size told in one of them is known as one."""

_COMMON = frozenset(("order", "buy", "spend", "orders", "customer", "channel", "category", "favourite", "joined"))


@dataclass(frozen=True)
class _Claim:
    """A number in a text, with what stands before and after it."""

    text: str
    value: float
    step: float
    is_share: bool
    is_money: bool
    is_rough: bool
    is_aim: bool
    before: str
    after: str


def check_brief(brief: Brief, facts: Sequence[Fact], persona: Persona, changed: Sequence[str] = ()) -> tuple[Flag, ...]:
    """Return what is doubtful about a brief, the gravest first.

    Parameters
    ----------
    brief : Brief
    facts : sequence of Fact
        All there is of its segment.
    persona : Persona
        The segment.
    changed : sequence of str
        Sentences on facts that changed since it was written.
    """
    headings = {name: part.heading for name, part in BRIEF_PARTS[brief.kind].items()}
    wrong: list[Flag] = []
    turned: list[Flag] = []
    for name, part in BRIEF_PARTS[brief.kind].items():
        for sentence in _sentences(brief.parts.get(name, ())):
            if part.is_claim:
                wrong += [Flag("contradicts", text, name) for text in _contradictions(sentence, facts, persona)]
                turned += [Flag("turned round", text, name) for text in _turned(sentence, facts)]
    found = [Flag("changed", sentence) for sentence in changed]
    if persona.verdict == "unfit":
        found.append(Flag("unfit", f"{persona.title} is no longer what was found; who it is may be about to change."))
    text = [line for lines in brief.parts.values() for line in lines]
    if text and not any(_names(sentence, fact, persona) for sentence in _sentences(text) for fact in facts):
        found.insert(0, Flag("no fact", "It names no fact of the segment; anybody could be meant."))
    empty = [headings[name] for name in headings if not brief.parts.get(name)]
    found += [Flag("empty", f"“{heading}” is not written yet.") for heading in empty]
    return (*wrong, *turned, *found)


def _sentences(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield from _SENTENCE.split(line)


def _claims(sentence: str) -> Iterator[_Claim]:
    for match in _NUMBER.finditer(sentence):
        digits = match["digits"].replace(",", "")
        scale = _SCALES.get((match["scale"] or "").strip().casefold(), 1.0)
        is_share = match["percent"] is not None
        unit = 0.01 if is_share else scale
        step = unit * 10.0 ** -len(digits.partition(".")[2])
        before, after = sentence[: match.start()], sentence[match.end() :]
        yield _Claim(
            match.group().strip(),
            float(digits) * unit,
            step,
            is_share,
            match["sign"] is not None,
            bool(_ROUGHLY.search(before)),
            bool(_AIM.search(before)),
            before,
            after,
        )
    for match in _FRACTION.finditer(sentence):
        value = (
            0.5 if match["half"]
            else 2 / 3 if match["two"]
            else 0.75 if match["three"]
            else 1 / _ONE_IN[match["one_in"].casefold()] if match["one_in"]
            else _PARTS[match["part"].casefold()]
        )  # fmt: skip
        before, after = sentence[: match.start()], sentence[match.end() :]
        yield _Claim(match.group(), value, 0.0, True, False, True, bool(_AIM.search(before)), before, after)


def _agrees(claim: _Claim, value: float, low: float | None, high: float | None) -> bool:
    """Say whether a figure is the one that was written, as precisely as it was written."""
    if abs(claim.value - value) <= claim.step * 0.5 + 1e-9:
        return True
    # amounts are shown with three significant digits
    if not claim.is_share and value and abs(claim.value / value - 1) <= 0.005:
        return True
    if low is not None and high is not None and low <= claim.value <= high:
        return True
    if not claim.is_rough:
        return False
    return abs(claim.value - value) <= (_ROUGH_POINTS if claim.is_share else 0.1 * abs(value))


def _contradictions(sentence: str, facts: Sequence[Fact], persona: Persona) -> Iterator[str]:
    known = {fact.name: fact for fact in facts}
    of_value = re.compile(
        rf"^\s*of\s(?:all\s|our\s|the\s|total\s)*(?:value|margin|revenue|sales|{re.escape(persona.value_basis)})\b",
        re.IGNORECASE,
    )
    for claim in _claims(sentence):
        if claim.is_aim:
            continue
        about = _subject(claim, known, of_value)
        if about:
            if not any(_agrees(claim, fact.value, fact.low, fact.high) for fact in about):
                yield f"“{claim.text}” is not what is measured. {about[0].sentence}"
            continue
        if not (claim.is_share or claim.is_money):
            continue
        unit = "share" if claim.is_share else "money"
        traits = [fact for fact in facts if fact.is_trait and fact.unit == unit and _speaks_of(sentence, fact.label)]
        told = [figure for fact in traits for figure in ((fact.value, fact.low, fact.high), (fact.also, None, None))]
        if traits and not any(_agrees(claim, value, low, high) for value, low, high in told if value is not None):
            yield f"“{claim.text}” is not what is measured. {traits[0].sentence}."


def _subject(claim: _Claim, known: dict[str, Fact], of_value: re.Pattern[str]) -> list[Fact]:
    """Return the facts a claim is about by the words around it; of several, any may be meant."""
    wanted: list[str] = []
    of_customers, a_customer = _OF_CUSTOMERS.match(claim.after), _A_CUSTOMER.match(claim.after)
    if claim.is_share and of_customers:
        is_size = _END.match(claim.after[of_customers.end() :]) or _THEY_ARE.search(claim.before)
        wanted = ["customer_share"] if is_size else []
    elif claim.is_share and of_value.match(claim.after):
        wanted = ["value_share"]
    elif claim.is_money and a_customer and _END_OF_MONEY.match(claim.after[a_customer.end() :]):
        wanted = [name for name, fact in known.items() if fact.unit == "money"]
        wanted.sort(key=lambda name: name != "value_a_customer")
    elif _INDEX.search(claim.before) and "value" in claim.before.casefold():
        wanted = ["value_index"]
    elif not (claim.is_share or claim.is_money) and of_customers:
        wanted = ["customers", "consented", "reachable"]
    return [known[name] for name in wanted if name in known]


def _turned(sentence: str, facts: Sequence[Fact]) -> Iterator[str]:
    """Return where words such as never and always say the opposite of a share."""
    for fact in facts:
        if not (fact.is_trait and fact.unit == "share" and fact.also is not None):
            continue
        is_high = fact.value > max(fact.also, 0.5)
        is_low = fact.value < min(fact.also, 0.5)
        for clause in _CLAUSE.split(sentence):
            words = _words_before(clause, fact.label)
            if (is_high and words & _NEVER and "only" not in words) or (
                is_low and words & _ALWAYS and not words & _NEVER
            ):
                yield f"“{sentence.strip()}” may say the opposite of what is measured. {fact.sentence}."
                break


def _words_before(clause: str, label: str) -> frozenset[str]:
    """Return the words of a clause before it names what a label is about; none where it does not."""
    if not _speaks_of(clause, label):
        return frozenset()
    about = _stems(label) - _COMMON
    words = [word.casefold() for word in _WORD.findall(clause)]
    named = max(place for place, word in enumerate(words) if _stem(word) in about)
    return frozenset(words[:named])


def _names(sentence: str, fact: Fact, persona: Persona) -> bool:
    """Say whether a sentence tells a fact: its figure beside a word for it, or for a trait, all words of its label."""
    if fact.is_trait and _speaks_of(sentence, fact.label):
        return True
    words = _stems(sentence)
    if fact.is_trait:
        about = _stems(fact.label) - _COMMON
    else:
        about = _stems(f"{fact.label} {persona.value_basis}") | _CUSTOMERS
    return bool(words & about) and any(
        _agrees(claim, fact.value, fact.low, fact.high)
        for claim in _claims(sentence)
        if claim.is_share == (fact.unit == "share")
    )


def _speaks_of(sentence: str, label: str) -> bool:
    about = _stems(label)
    return bool(about - _COMMON) and about <= _stems(sentence)


def _stems(text: str) -> frozenset[str]:
    words = (word.casefold() for word in _WORD.findall(text))
    return frozenset(_stem(word) for word in words if word not in _FILLER and len(word) > 1)


def _stem(word: str) -> str:
    for ending in ("ies", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word
