"""Guesses which column is which from its name and its values, so that a first build needs no editing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from segmodel.engines import Engine, identifier
from segmodel.sources import dates
from segmodel.sources.contracts import TABLES, Column
from segmodel.sources.convert import DATE_KINDS, NUMBER_KINDS
from segmodel.sources.mapping import read_mapping

_PRICES = ("unitprice", "priceperunit", "itemprice", "sellingprice", "saleprice", "price", "rate")
_STATUSES = ("status", "orderstatus", "state", "orderstate")
_NUMBER = re.compile(r"^[(+-]?\s*[^\w\s.,()-]?\s*\d[\d\s.,']*\)?\s*[^\d\s]{0,3}$")
_CREDIT_NOTE = re.compile(r"^[Cc]\d+$")
_SURE, _LIKELY = 0.8, 0.5


@dataclass(frozen=True)
class Candidate:
    """One way to fill a column of the contract.

    Attributes
    ----------
    expression : str
        What `columns` in the definition would say: the name of a column, or an expression.
    reason : str
        Why, in one sentence.
    score : float
        From 0 to 1; for ordering only.
    """

    expression: str
    reason: str
    score: float


@dataclass(frozen=True)
class MappingGuess:
    """What was guessed about a sample of a source.

    Attributes
    ----------
    candidates : mapping
        For each column of the contract its candidates, the best first; empty when nothing fits.
    cancelled : Candidate or None
        The condition that seems to mark cancellations.
    exclude : Candidate or None
        The condition that seems to mark lines that are no sales.
    """

    candidates: Mapping[str, tuple[Candidate, ...]]
    cancelled: Candidate | None = None
    exclude: Candidate | None = None

    @property
    def columns(self) -> dict[str, str]:
        """The best candidate of every column that has one: what a definition would say."""
        return {name: found[0].expression for name, found in self.candidates.items() if found}

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns of transactions that nothing fits."""
        required = [column.name for column in TABLES["transactions"].columns if column.required]
        return tuple(name for name in required if not self.candidates.get(name))


@dataclass(frozen=True)
class _Facts:
    """What the values of one column of the sample look like."""

    name: str
    folded: str
    filled: float
    distinct: float
    dates: float
    numbers: float
    decimals: float
    negatives: float


def guess_mapping(sample: pd.DataFrame) -> MappingGuess:
    """Guess how the columns of a transactions file map to the contract.

    Parameters
    ----------
    sample : DataFrame
        Some rows as text, one column a column of the file; see `read_sample`.

    Returns
    -------
    MappingGuess
        Candidates for every column of transactions, each column of the file used once among the best.
    """
    facts = _facts(sample)
    table = TABLES["transactions"]
    every = {
        column.name: _amounts(facts) if column.name == "amount" else _candidates(column, facts)
        for column in table.columns
    }
    owner = _owners(every)
    # a column that serves one purpose better is no candidate for another; an expression has columns of its own
    found = {
        name: tuple(one for one in candidates if owner.get(one.expression, name) == name)
        for name, candidates in every.items()
    }
    return MappingGuess(found, _cancelled(sample, found, facts), _exclude(found, facts))


def _owners(every: Mapping[str, list[Candidate]]) -> dict[str, str]:
    """Give each column of the file to the purpose it fits best, the surest pairs first."""
    owner: dict[str, str] = {}
    served: set[str] = set()
    pairs = [(one, name) for name, candidates in every.items() for one in candidates]
    for one, name in sorted(pairs, key=lambda pair: -pair[0].score):
        if name not in served and one.expression not in owner:
            owner[one.expression] = name
            served.add(name)
    return owner


def _facts(sample: pd.DataFrame) -> list[_Facts]:
    shares = _date_shares(sample)
    facts = []
    for name in sample.columns:
        text = sample[name].dropna().astype(str).str.strip()
        text = text[text != ""]
        count = max(len(text), 1)
        numeric = text[text.str.match(_NUMBER)]
        facts.append(
            _Facts(
                name=name,
                folded=re.sub(r"[^a-z0-9]", "", name.casefold()),
                filled=len(text) / max(len(sample), 1),
                distinct=text.nunique() / count,
                dates=shares[name],
                numbers=len(numeric) / count,
                decimals=float(numeric.str.contains(r"[.,]\d", regex=True).mean()) if len(numeric) else 0.0,
                negatives=float(numeric.str.match(r"^[-(]").mean()) if len(numeric) else 0.0,
            )
        )
    return facts


def _date_shares(sample: pd.DataFrame) -> dict[str, float]:
    """Share of the values of each column that the best form of dates reads."""
    shares = dict.fromkeys(map(str, sample.columns), 0.0)
    if sample.empty:
        return shares
    texts = sample.head(300).astype("string").astype(object).where(sample.head(300).notna(), None)
    with Engine.open(None) as engine, engine.loaded("sample", texts):
        for name in sample.columns:
            value = f"nullif(trim({identifier(name)}::VARCHAR), '')"
            query = f"SELECT {dates.counts_sql('value', dates.FORMS)} FROM (SELECT {value} AS value FROM sample)"
            (row,) = engine.rows(query)
            shares[name] = max(row[1:]) / row[0] if row[0] else 0.0
    return shares


def _name_score(fact: _Facts, aliases: tuple[str, ...]) -> tuple[float, str]:
    """Score a name against the aliases of a column: the same, or ending in or containing one."""
    for place, alias in enumerate(aliases):
        if fact.folded == alias:
            return 1.0 - place / 200, f"the name '{fact.name}' says so"
    for place, alias in enumerate(aliases):
        if len(alias) > 3 and fact.folded.endswith(alias):
            return 0.8 - place / 200, f"the name '{fact.name}' ends like one"
    for place, alias in enumerate(aliases):
        if len(alias) > 3 and alias in fact.folded:
            return 0.6 - place / 200, f"the name '{fact.name}' contains '{alias}'"
    return 0.0, ""


def _fits(column: Column, fact: _Facts) -> bool:
    """Whether the values could be those of the column at all."""
    if column.kind in DATE_KINDS:
        return fact.dates >= _SURE
    if column.kind in NUMBER_KINDS:
        return fact.numbers >= _SURE and not (fact.dates >= _SURE and fact.decimals == 0)
    if column.name == "customer_id":
        return fact.filled > 0 and not (fact.dates >= _SURE and fact.numbers < _SURE) and fact.decimals < _LIKELY
    return True


def _candidates(column: Column, facts: list[_Facts]) -> list[Candidate]:
    found = []
    for fact in facts:
        score, reason = _name_score(fact, column.aliases)
        if score and _fits(column, fact):
            found.append(Candidate(fact.name, f"{reason[0].upper()}{reason[1:]}{_values(column, fact)}.", score))
    if not found and column.name == "ordered_at":
        found = [Candidate(fact.name, "Its values are dates.", fact.dates / 2) for fact in facts if fact.dates >= _SURE]
    # equal scores keep the order of the file, so that the guess is the same each time
    return sorted(found, key=lambda candidate: -candidate.score)


def _values(column: Column, fact: _Facts) -> str:
    if column.kind in DATE_KINDS:
        return ", and its values are dates"
    if column.kind in NUMBER_KINDS:
        return ", and its values are numbers"
    if column.required and fact.filled < 1:
        return f"; {1 - fact.filled:.0%} of the sample is empty"
    return ""


def _amounts(facts: list[_Facts]) -> list[Candidate]:
    """Prefer a total by name; else quantity times price; else any price; else the first number with decimals."""
    amount = TABLES["transactions"].column("amount")
    found = _candidates(amount, facts)
    prices = _best(facts, _PRICES, lambda fact: fact.numbers >= _SURE)
    pieces = _best(facts, TABLES["transactions"].column("quantity").aliases, lambda fact: fact.numbers >= _SURE)
    if prices and pieces and prices.name != pieces.name:
        text = f"{_operand(pieces.name)} * {_operand(prices.name)}"
        reason = f"'{pieces.name}' times '{prices.name}': there is a quantity and a price of one piece."
        found.append(Candidate(text, reason, 0.7))
    elif prices:
        found.append(Candidate(prices.name, f"'{prices.name}' is a price, and there is no quantity.", 0.4))
    if not found:
        found = [
            Candidate(fact.name, "Its values are numbers with decimals.", 0.2)
            for fact in facts
            if fact.numbers >= _SURE and fact.decimals > 0
        ]
    return sorted(found, key=lambda candidate: -candidate.score)


def _best(facts: list[_Facts], aliases: tuple[str, ...], fits: Callable[[_Facts], bool]) -> _Facts | None:
    scored = [(_name_score(fact, aliases)[0], fact) for fact in facts if fits(fact)]
    score, best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best if score > 0 else None


def _operand(name: str) -> str:
    """Write a column inside an expression: bare where that reads back as the same column."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        expression = read_mapping(f"({name})", {name: "VARCHAR"}, "guess", as_number=False) if _is_bare(name) else None
        if expression is not None:
            return name
    return identifier(name)


def _is_bare(name: str) -> bool:
    return name.casefold() not in {
        "case", "when", "then", "else", "end", "and", "or", "not", "in", "is", "like", "null", "true", "false",
        "between", "cast", "select", "from", "where", "order", "group", "by", "all", "any", "date", "time",
        "timestamp", "interval", "left", "right", "user", "current_date", "values", "table", "column", "desc",
        "asc", "limit", "offset", "union", "distinct", "exists", "having", "on", "using", "with", "default",
    }  # fmt: skip


def _exclude(found: Mapping[str, tuple[Candidate, ...]], facts: list[_Facts]) -> Candidate | None:
    """Leave out lines without a price, where the amount is worked out from one: samples, write-offs, adjustments."""
    prices = _best(facts, _PRICES, lambda fact: fact.numbers >= _SURE)
    if not prices or not found["amount"] or not found["amount"][0].expression.endswith(f"* {_operand(prices.name)}"):
        return None
    reason = f"A line whose '{prices.name}' is nought or less is no sale: a sample, a write-off, an adjustment."
    return Candidate(f"{_operand(prices.name)} <= 0", reason, _LIKELY)


def _cancelled(
    sample: pd.DataFrame, found: Mapping[str, tuple[Candidate, ...]], facts: list[_Facts]
) -> Candidate | None:
    """Look for a letter C before the number of a credit note, or a status that says cancelled."""
    if found["order_id"]:
        name = found["order_id"][0].expression
        text = sample[name].dropna().astype(str).str.strip()
        share = float(text.str.match(_CREDIT_NOTE).mean()) if len(text) else 0.0
        plain = float(text.str.match(r"^\d+$").mean()) if len(text) else 0.0
        if 0 < share < _LIKELY <= plain:
            reason = f"Some values of '{name}' put a C before the number, as credit notes do."
            return Candidate(f"{_operand(name)} LIKE 'C%'", reason, share)
    status = _best(facts, _STATUSES, lambda fact: fact.numbers < _LIKELY)
    if status is not None:
        values = sample[status.name].dropna().astype(str).str.strip().str.casefold()
        words = sorted({"cancelled", "canceled"} & set(values))
        if words:
            listed = ", ".join(f"'{word}'" for word in words)
            reason = f"'{status.name}' has the value {words[0]}."
            return Candidate(f"lower(trim({_operand(status.name)})) IN ({listed})", reason, _SURE)
    return None
