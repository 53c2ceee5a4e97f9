"""What if money moved between segments: the change in value to expect, how sure it is, and the move that promises most."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

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
    rows = _rows(curves, spend, value, moves)
    for row in rows.itertuples(index=False):
        _check(row.segment, row.name, row.spend, row.move, curves, currency)
    random = np.random.default_rng(random_state)
    drawn = np.zeros(n_draws)
    results = []
    for row in rows.itertuples(index=False):
        if not row.is_known:
            results.append((np.nan, np.nan, np.nan))
            continue
        curve, ratio = curves[row.segment], row.spend_after / row.spend
        # every known segment draws, moved or not, so that a move does not change the luck of the others
        changes = row.value * (ratio ** curve.draws(n_draws, random) - 1)
        drawn += changes
        results.append((row.value * (ratio**curve.elasticity - 1), *_ends(changes, level)))
    rows[["change", "low", "high"]] = np.array(results, dtype=np.float64).reshape(-1, 3)
    spend_change = float(rows["move"].sum())
    # money that only moves adds up to nothing, whatever its fractions are
    spend_change = 0.0 if math.isclose(spend_change, 0, abs_tol=0.005) else spend_change
    change, (low, high) = float(rows["change"].sum()), _ends(drawn, level)
    # what cannot be counted neither gains nor loses, so its spend does not count against the rest either
    counted_spend = float(rows.loc[rows["is_known"], "move"].sum()) if spend_change else 0.0
    chance = float((drawn > counted_spend).mean()) if rows["move"].any() else float("nan")
    found = (change, low, high, level)
    return WhatIf(
        rows,
        change,
        low,
        high,
        chance,
        spend_change,
        level,
        _warnings(rows, curves, spend_change, currency),
        _sentence(rows, found, spend_change, currency, value_word),
    )


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
    rows = _rows(curves, spend, value, {})
    known = rows[rows["is_known"]]
    moves: dict[str, float] = {}
    if len(known) > 1:
        elasticity = np.array([curves[segment].elasticity for segment in known["segment"]])
        now = known["spend"].to_numpy(np.float64)
        after = _best_spend(elasticity, now, known["value"].to_numpy(np.float64), largest_shift)
        moves = dict(zip(known["segment"], (after - now).tolist(), strict=True))
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
    if len(known) > 1:
        return found
    only = f"only of {known['name'].iloc[0]}" if len(known) else "of no segment"
    told = f"No move can be suggested: how value responds to spend is known {only}."
    return WhatIf(**{**found.__dict__, "sentence": told})


def _rows(
    curves: Mapping[str, ResponseCurve],
    spend: Mapping[str, float],
    value: Mapping[str, float],
    moves: Mapping[str, float],
) -> pd.DataFrame:
    """Return one row a segment, whose response is known or not and why."""
    segments = list(dict.fromkeys([*spend, *value, *curves]))
    for segment, move in moves.items():
        if segment not in segments:
            raise ValueModelError(f"There is no segment '{segment}' to move money to.{did_you_mean(segment, segments)}")
        if not math.isfinite(move):
            raise ValueModelError(f"Found {move} to move for '{segment}'; expected an amount of money.")
    rows = []
    for segment in segments:
        curve = curves.get(segment)
        now, worth = float(spend.get(segment, 0.0)), float(value.get(segment, np.nan))
        move = float(moves.get(segment, 0.0))
        reason = _unknown(curve, now, worth)
        name = curve.name if curve and curve.name else segment
        rows.append((segment, name, now, worth, move, now + move, not reason, reason))
    columns = ["segment", "name", "spend", "value", "move", "spend_after", "is_known", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _unknown(curve: ResponseCurve | None, spend: float, value: float) -> str:
    """Say why the response of a segment cannot be counted, or return nothing."""
    if curve is None:
        return "Its response to spend was not looked at."
    if not curve.is_enough:
        return curve.reason
    if not spend > 0:
        return "Nothing is spent on it today, and a curve of constant elasticity cannot start from nothing."
    return "" if value > 0 else "It has no value above zero today that could be multiplied."


def _check(
    segment: str, name: str, spend: float, move: float, curves: Mapping[str, ResponseCurve], currency: str
) -> None:
    """Refuse what cannot be done, and what nothing seen so far can speak of."""
    after = spend + move
    if move < 0 and after < -1e-9 * abs(spend):
        raise ValueModelError(
            f"{money(-move, currency)} a year cannot be taken from {name}: {money(max(spend, 0), currency)} is spent."
        )
    curve = curves.get(segment)
    if move == 0 or curve is None or not curve.is_enough or not spend > 0:
        return
    monthly = after / MONTHS_A_YEAR
    if not curve.least_spend / BEYOND <= monthly <= curve.most_spend * BEYOND:
        raise ValueModelError(
            f"{name} would be given {money(monthly, currency)} a month; between {money(curve.least_spend, currency)} "
            f"and {money(curve.most_spend, currency)} was seen, and a curve is not believed more than {BEYOND} times "
            "beyond that. Move less."
        )


def _ends(drawn: Floats, level: float) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _warnings(
    rows: pd.DataFrame, curves: Mapping[str, ResponseCurve], spend_change: float, currency: str
) -> tuple[str, ...]:
    said = []
    if spend_change:
        more = "more" if spend_change > 0 else "less"
        said.append(f"In all {money(abs(spend_change), currency)} a year {more} is spent than today.")
    for row in rows[rows["move"] != 0].itertuples(index=False):
        if not row.is_known:
            verb = "is given to" if row.move > 0 else "is taken from"
            said.append(f"{money(abs(row.move), currency)} {verb} {row.name}, and not counted: {row.reason}")
            continue
        curve, monthly = curves[row.segment], row.spend_after / MONTHS_A_YEAR
        if not curve.least_spend <= monthly <= curve.most_spend:
            said.append(
                f"{row.name} would be given {money(monthly, currency)} a month, outside what was seen "
                f"({money(curve.least_spend, currency)} to {money(curve.most_spend, currency)}): read with care."
            )
    return tuple(said)


def _sentence(
    rows: pd.DataFrame,
    found: tuple[float, float, float, float],
    spend_change: float,
    currency: str,
    value_word: str,
) -> str:
    moved = rows[rows["move"].abs() >= 0.005]
    if moved.empty:
        return "No money is moved."
    taken, given = moved[moved["move"] < 0], moved[moved["move"] > 0]
    amount = money(max(given["move"].sum(), -taken["move"].sum()), currency)
    source = f" from {listed(taken['name'])}" if len(taken) else ""
    target = f" to {listed(given['name'])}" if len(given) else ""
    verb = "Moving" if not spend_change else "Giving" if len(given) else "Taking"
    what = f"{verb} {amount} a year{source}{target}"
    if not moved["is_known"].any():
        return f"{what}: not enough evidence to say what it would bring."
    change, low, high, level = found
    rise = "add" if change >= 0 else "cost"
    part = "" if moved["is_known"].all() else ", as far as responses are known,"
    return (
        f"{what} is expected{part} to {rise} {money(abs(change), currency)} of {value_word} a year "
        f"({share(level)} interval {money(low, currency)} to {money(high, currency)})."
    )


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
