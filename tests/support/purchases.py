"""Customers simulated from the stories the models of repeat purchases tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Simulated:
    """What was seen of each customer until `age`, and how often they bought in the time `ahead` after it."""

    frequency: Floats
    recency: Floats
    age: Floats
    later: Floats
    is_alive: npt.NDArray[np.bool_]


def simulate(model: str, parameters: tuple[float, ...], n: int, age: Floats, ahead: float, seed: int) -> Simulated:
    """Draw customers of a model, "bgnbd", "mbgnbd" or "pnbd", from its story and none of its formulas."""
    random = np.random.default_rng(seed)
    r, alpha, second, third = parameters
    rate = random.gamma(r, 1 / alpha, n)
    would, would_later = random.poisson(rate * age), random.poisson(rate * ahead)
    if model == "pnbd":
        lifetime = random.exponential(1 / np.maximum(random.gamma(second, 1 / third, n), 1e-300))
        lived = np.minimum(lifetime, age)
        frequency = random.poisson(rate * lived)
        last = lived * np.where(frequency > 0, random.beta(np.maximum(frequency, 1), 1), 0.0)
        later = random.poisson(rate * np.clip(lifetime - age, 0, ahead))
        return Simulated(frequency.astype(float), last, age, later.astype(float), lifetime > age)
    dropout = np.clip(random.beta(second, third, n), 1e-15, 1.0)
    stays = random.geometric(dropout) - (1 if model == "mbgnbd" else 0)
    frequency = np.minimum(would, stays)
    share = np.where(frequency > 0, random.beta(np.maximum(frequency, 1), would - frequency + 1), 0.0)
    # BG/NBD: gone once the last of the purchases a customer has in them was made
    left = stays - frequency
    later = np.minimum(would_later, left)
    return Simulated(frequency.astype(float), share * age, age, later.astype(float), left > 0)


def simulate_lines(n: int, days: int, seed: int, *, leave: float = 0.06, mean_gap: float = 40.0) -> pd.DataFrame:
    """Draw purchases day by day: each customer buys at random and leaves after a purchase with a chance of their own.

    Columns are customer_id, ordered_at (days from 1 January 2024) and amount. People come over the first year.
    """
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(n):
        day, gap = random.uniform(0, 365), mean_gap * random.gamma(3, 1 / 3)
        dropout, basket = random.beta(leave * 5, (1 - leave) * 5), 30 * np.exp(random.normal(0, 0.4))
        while day < days:
            rows.append((f"c{customer:05d}", day, basket * np.exp(random.normal(0, 0.3))))
            if random.random() < dropout:
                break
            day += random.exponential(gap)
    lines = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    moments = pd.Timestamp("2024-01-01") + pd.to_timedelta(lines["day"].astype(int), unit="D")
    return pd.DataFrame(
        {"customer_id": lines["customer_id"], "ordered_at": moments, "amount": lines["amount"].round(2)}
    )
