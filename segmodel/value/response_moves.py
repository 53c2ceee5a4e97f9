"""What if money moved between segments: the change in value to expect, how sure it is, and the best move."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from segmodel.errors import ValueModelError, did_you_mean
from segmodel.formats import listed, money, share
from segmodel.value.repeat import Floats
from segmodel.value.response import ResponseCurve

BEYOND = 1.5
"""How many times beyond the range of monthly spend ever seen a curve is still believed."""

LARGEST_SHIFT = 0.3
"""Share of a segment's spend that `best_move` adds or takes away at most."""

N_DRAWS = 4_000

MONTHS_A_YEAR = 12

LEAST_MONEY = 0.005
"""Half a hundredth: less is no money, but what fractions of numbers leave over."""


@dataclass(frozen=True)
class WhatIf:
    """What a change of the budget is expected to bring in a year.

    Attributes
    ----------
    rows : DataFrame
        One row a segment that has spend, value or a move: `segment`, `name`, `spend` and `value` a year today, `move`,
        `spend_after`, `change` in value with `low` and `high` (NaN where the response is not known), `is_known`, and
        the `reason` where it is not.
    change, low, high : float
        Change in value a year, of all segments whose response is known.
    chance : float
        Share of the draws in which value changes by more than spend does; where spend stays the same in all, in which
        value rises.
    spend_change : float
        Change in spend of all segments together; 0 where money only moves.
    level : float
        Of the intervals.
    warnings : tuple of str
        Each a sentence: what the figures leave out, and where they reach beyond what was seen.
    sentence : str
        The outcome in words.
    """

    rows: pd.DataFrame
    change: float
    low: float
    high: float
    chance: float
    spend_change: float
    level: float
    warnings: tuple[str, ...]
    sentence: str

    @property
    def moves(self) -> dict[str, float]:
        """Money a year by segment, those that change."""
        moved = self.rows[self.rows["move"] != 0]
        return dict(zip(moved["segment"], moved["move"].astype(float), strict=True))


def what_if(
    curves: Mapping[str, ResponseCurve],
    spend: Mapping[str, float],
    value: Mapping[str, float],
    moves: Mapping[str, float],
    *,
    level: float = 0.9,
    currency: str = "GBP",
    value_word: str = "value",
    n_draws: int = N_DRAWS,
    random_state: int = 0,
) -> WhatIf:
    """Say what moving money between segments is expected to bring.

    A segment's value is multiplied by (spend after ÷ spend before) ^ elasticity. The interval comes from elasticities
    drawn as the data make them likely; it holds that they are estimated, not that next year may be another year.

    Parameters
    ----------
    curves : mapping of str to ResponseCurve
        By segment; a segment without one, or whose curve is not enough, is named and not counted.
    spend, value : mapping of str to float
        Money a year by segment today. A segment that is not in them has none.
    moves : mapping of str to float
        Change of spend a year by segment. Where they do not add up to nothing, `spend_change` says by how much.
    level : float
        Of the intervals.
    currency, value_word : str
        For sentences; `value_word` is margin or revenue.
    n_draws : int
        Elasticities drawn for each segment.
    random_state : int
        Of the draws: the same question has the same answer.

    Raises
    ------
    ValueModelError
        When a move names an unknown segment, is no number, takes more than is spent, or reaches more than `BEYOND`
        times beyond the monthly spend ever seen.
    """
    if not 0 < level < 1:
        raise ValueModelError(f"Found level {level}; expected a share, as 0.9.")
    lines = _lines(curves, spend, value, moves)
    for line in lines:
        _check(line, currency)
    random = np.random.default_rng(random_state)
    # every known segment draws, moved or not, so that a move does not change the luck of the others
    drawn = [line.draws(n_draws, random) for line in lines]
    together = np.zeros(n_draws) + sum(each for each in drawn if each is not None)
    rows = _frame(lines, drawn, level)
    spend_change = sum(line.move for line in lines)
    # money that only moves adds up to nothing, whatever its fractions are
    spend_change = 0.0 if math.isclose(spend_change, 0, abs_tol=LEAST_MONEY) else spend_change
    # what cannot be counted neither gains nor loses, so its spend does not count against the rest either
    cost = sum(line.move for line in lines if line.is_known) if spend_change else 0.0
    chance = float((together > cost).mean()) if any(line.move for line in lines) else float("nan")
    found = WhatIf(
        rows,
        float(rows["change"].sum()),
        *_ends(together, level),
        chance,
        spend_change,
        level,
        _warnings(lines, spend_change, currency),
        "",
    )
    return replace(found, sentence=_sentence(lines, found, currency, value_word))


def best_move(
    curves: Mapping[str, ResponseCurve],
    spend: Mapping[str, float],
    value: Mapping[str, float],
    *,
    largest_shift: float = LARGEST_SHIFT,
    level: float = 0.9,
    currency: str = "GBP",
    value_word: str = "value",
    n_draws: int = N_DRAWS,
    random_state: int = 0,
) -> WhatIf:
    """Return the move of money between segments that promises most, the total staying as it is.

    Only segments whose response is known take part. Value rises most where the last pound brings the same in each of
    them, or the largest shift is reached (the Dorfman-Steiner condition; Hanssens, Parsons & Schultz 2001, chapter 9).
    It is picked because it looks best, so expect somewhat less than it says, and test it.

    Parameters
    ----------
    curves, spend, value, level, currency, value_word, n_draws, random_state
        As `what_if` takes them.
    largest_shift : float
        Share of a segment's spend that may be added or taken away.

    Returns
    -------
    WhatIf
        Without moves where fewer than two responses are known; the sentence says so.

    Raises
    ------
    ValueModelError
        When `largest_shift` is not between 0 and 1.
    """
    if not 0 < largest_shift < 1:
        raise ValueModelError(f"Found a largest shift of {largest_shift}; expected a share between 0 and 1, as 0.3.")
    known = [line for line in _lines(curves, spend, value, {}) if line.is_known]
    moves: dict[str, float] = {}
    if len(known) > 1 and any(line.curve.elasticity > 0 for line in known if line.curve):
        moves = _best_moves(known, largest_shift)
    found = what_if(
        curves,
        spend,
        value,
        moves,
        level=level,
        currency=currency,
        value_word=value_word,
        n_draws=n_draws,
        random_state=random_state,
    )
    if moves:
        return found
    why = (
        "where it is known, none responds to spend"
        if len(known) > 1
        else f"how value responds to spend is known only of {known[0].name}"
        if known
        else "how value responds to spend is known of no segment"
    )
    return replace(found, sentence=f"No move can be suggested: {why}.")


@dataclass(frozen=True)
class _Line:
    """One segment as it enters the sum."""

    segment: str
    spend: float
    value: float
    move: float
    curve: ResponseCurve | None

    @property
    def name(self) -> str:
        return self.curve.name if self.curve and self.curve.name else self.segment

    @property
    def after(self) -> float:
        return self.spend + self.move

    @property
    def monthly(self) -> float:
        return self.after / MONTHS_A_YEAR

    @property
    def reason(self) -> str:
        """Why the response cannot be counted; empty where it can."""
        if self.curve is None:
            return "Its response to spend was not looked at."
        if not self.curve.is_enough:
            return self.curve.reason
        if not self.spend > 0:
            return "Nothing is spent on it today, and a curve of constant elasticity cannot start from nothing."
        return "" if self.value > 0 else "It has no value above zero today that could be multiplied."

    @property
    def is_known(self) -> bool:
        return not self.reason

    def change(self, elasticity: Floats | float) -> Floats:
        return np.asarray(self.value * ((self.after / self.spend) ** np.asarray(elasticity) - 1))

    def draws(self, n_draws: int, random: np.random.Generator) -> Floats | None:
        """Return changes of value as likely as the data make them; None where the response is not known."""
        return self.change(self.curve.draws(n_draws, random)) if self.curve and self.is_known else None


def _lines(
    curves: Mapping[str, ResponseCurve],
    spend: Mapping[str, float],
    value: Mapping[str, float],
    moves: Mapping[str, float],
) -> list[_Line]:
    segments = list(dict.fromkeys([*spend, *value, *curves]))
    for segment, move in moves.items():
        if segment not in segments:
            raise ValueModelError(f"There is no segment '{segment}' to move money to.{did_you_mean(segment, segments)}")
        if not math.isfinite(move):
            raise ValueModelError(f"Found {move} to move for '{segment}'; expected an amount of money.")
    return [
        _Line(
            segment,
            float(spend.get(segment, 0.0)),
            float(value.get(segment, np.nan)),
            float(moves.get(segment, 0.0)),
            curves.get(segment),
        )
        for segment in segments
    ]


def _check(line: _Line, currency: str) -> None:
    """Refuse what cannot be done, and what nothing seen so far can speak of."""
    if line.move < 0 and line.after < -LEAST_MONEY:
        raise ValueModelError(
            f"{money(-line.move, currency)} a year cannot be taken from {line.name}, "
            f"on which {money(max(line.spend, 0), currency)} is spent."
        )
    if line.move == 0 or not line.is_known or line.curve is None:
        return
    least, most = line.curve.least_spend, line.curve.most_spend
    if not least / BEYOND <= line.monthly <= most * BEYOND:
        raise ValueModelError(
            f"{line.name} would be given {money(line.monthly, currency)} a month; {money(least, currency)} to "
            f"{money(most, currency)} was seen, and a curve is not believed more than {BEYOND} times beyond that. "
            "Move less."
        )


def _frame(lines: Sequence[_Line], drawn: Sequence[Floats | None], level: float) -> pd.DataFrame:
    """Return the rows of the result."""
    rows = []
    for line, draws in zip(lines, drawn, strict=True):
        change = float(line.change(line.curve.elasticity)) if line.curve and line.is_known else np.nan
        low, high = (np.nan, np.nan) if draws is None else _ends(draws, level)
        about = (line.segment, line.name, line.spend, line.value, line.move, line.after)
        rows.append((*about, change, low, high, line.is_known, line.reason))
    names = "segment name spend value move spend_after change low high is_known reason"
    return pd.DataFrame(rows, columns=names.split())


def _ends(drawn: Floats, level: float) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _warnings(lines: Sequence[_Line], spend_change: float, currency: str) -> tuple[str, ...]:
    said = []
    if spend_change:
        more = "more" if spend_change > 0 else "less"
        said.append(f"In all {money(abs(spend_change), currency)} a year {more} is spent than today.")
    for line in lines:
        if not line.move:
            continue
        if not line.is_known or line.curve is None:
            verb = "is given to" if line.move > 0 else "is taken from"
            said.append(f"{money(abs(line.move), currency)} {verb} {line.name}, and not counted: {line.reason}")
        elif not line.curve.least_spend <= line.monthly <= line.curve.most_spend:
            said.append(
                f"{line.name} would be given {money(line.monthly, currency)} a month, outside what was seen "
                f"({money(line.curve.least_spend, currency)} to {money(line.curve.most_spend, currency)}): "
                "read with care."
            )
    return tuple(said)


def _sentence(lines: Sequence[_Line], found: WhatIf, currency: str, value_word: str) -> str:
    taken = [line for line in lines if line.move <= -LEAST_MONEY]
    given = [line for line in lines if line.move >= LEAST_MONEY]
    if not taken and not given:
        return "No money is moved."
    into, out = (money(abs(sum(line.move for line in some)), currency) for some in (given, taken))
    targets, sources = listed(line.name for line in given), listed(line.name for line in taken)
    if taken and given:
        moving = f"Moving {into} a year from {sources} to {targets}"
        what = f"Giving {into} a year to {targets} and taking {out} from {sources}" if found.spend_change else moving
    else:
        what = f"Giving {into} a year more to {targets}" if given else f"Taking {out} a year from {sources}"
    known = [line.is_known for line in (*taken, *given)]
    if not any(known):
        return f"{what}: not enough evidence to say what it would bring."
    rise = "add" if found.change >= 0 else "cost"
    part = "" if all(known) else ", as far as responses are known,"
    return (
        f"{what} is expected{part} to {rise} {money(abs(found.change), currency)} of {value_word} a year "
        f"({share(found.level)} interval {money(found.low, currency)} to {money(found.high, currency)})."
    )


def _best_moves(known: Sequence[_Line], largest_shift: float) -> dict[str, float]:
    elasticity = np.array([line.curve.elasticity if line.curve else 0.0 for line in known])
    now = np.array([line.spend for line in known])
    after = _best_spend(elasticity, now, np.array([line.value for line in known]), largest_shift)
    return {line.segment: float(move) for line, move in zip(known, after - now, strict=True)}


def _best_spend(elasticity: Floats, spend: Floats, value: Floats, largest_shift: float) -> Floats:
    """Return the spend of each segment at which value is most, the total unchanged: bisection on what a pound brings.

    With ratio r of spend after to before, the last pound brings elasticity · value ÷ spend · r^(elasticity − 1).
    """
    # at the ends a response is flat or straight, and the ratio at which a pound brings so much has no single answer
    bent = np.clip(elasticity, 1e-6, 1 - 1e-6)
    first = np.log(bent * value / spend)

    def ratio(log_worth: float) -> Floats:
        wanted = np.clip((first - log_worth) / (1 - bent), np.log1p(-largest_shift), np.log1p(largest_shift))
        return np.asarray(np.exp(wanted))

    low, high = float(first.min()) - 1, float(first.max()) + 1
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if float(ratio(middle) @ spend) > spend.sum() else (low, middle)
    after = ratio(high) * spend
    # a straight response jumps from one end to the other: what is left over goes where there is room
    left = float(spend.sum() - after.sum())
    room = np.maximum(ratio(low) * spend - after, 0)
    return np.asarray(after + (room * left / room.sum() if room.sum() > 0 else 0.0))
