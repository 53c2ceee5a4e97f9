"""Makes the data every benchmark reads: the transactions of an invented retailer, as Parquet, the same every time.

Sizes come from SEGMODEL_BENCH_CUSTOMERS and SEGMODEL_BENCH_TRANSACTIONS; what was made once is kept in
`benchmarks/.cache`. Every value is a function of the row's number, so that neither threads nor chunks matter.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

CACHE = Path(__file__).with_name(".cache")
FILES = 12
FIRST_DAY, DAYS = "2023-07-01", 1096
LAST_DAY = "2026-06-30"


@dataclass(frozen=True)
class Size:
    """How much data: lines of transactions, two an order on average, and the customers they belong to."""

    customers: int = int(os.environ.get("SEGMODEL_BENCH_CUSTOMERS", "1000000"))
    transactions: int = int(os.environ.get("SEGMODEL_BENCH_TRANSACTIONS", "20000000"))

    @property
    def folder(self) -> Path:
        """Where data of this size is kept."""
        return CACHE / f"{self.customers}-{self.transactions}"


# Lines come in order of time, as a till writes them. Ten lines are five orders, of 1, 1, 2, 1 and 5 lines.
# Every so many orders the next customer in a fixed shuffle has a turn, so that each has at least one; of all other
# orders a tenth of the customers place half.
_LINES = """
WITH numbered AS (
    SELECT line, (line // 10) * 5 + [0, 1, 2, 2, 3, 4, 4, 4, 4, 4][(line % 10) + 1] AS number
    FROM range($first, $last) AS lines(line)
), ordered AS (
    SELECT line, number,
        CASE WHEN number % $every = 0 AND number // $every < $customers
            THEN (number // $every) * 7919 % $customers
            ELSE least(floor($customers / 100 * (pow(101, uniform(number, 1)) - 1))::BIGINT, $customers - 1)
        END AS customer,
        -- a growing business: more orders a day towards the end
        floor($days * pow((number + uniform(number, 2)) / ($orders + 1), 0.85))::INTEGER AS day,
        (8 + 13 * uniform(number, 3)) * 3600 AS second
    FROM numbered
)
SELECT
    printf('C%07d', customer) AS customer_id,
    date_trunc('second', $first_day::TIMESTAMP + to_days(day) + to_seconds(second)) AS ordered_at,
    -- about one order in fifty is a return
    round(CASE WHEN uniform(number, 4) < 0.02 THEN -1 ELSE 1 END
        * exp(2.6 + 0.8 * normal(line, 5) + 0.5 * normal(customer, 6)), 2) AS amount,
    printf('O%08d', number) AS order_id,
    ['web', 'store', 'app', 'phone'][1 + CASE WHEN uniform(number, 7) < 0.75
        THEN floor(2.6 * uniform(customer, 8))::INTEGER ELSE floor(4 * uniform(number, 9))::INTEGER END] AS channel
FROM ordered
"""

_MACROS = """
CREATE MACRO uniform(seed, stream) AS (hash(seed * 1024 + stream) >> 11)::DOUBLE / 9007199254740992;
CREATE MACRO normal(seed, stream) AS
    sqrt(-2 * ln(uniform(seed, stream * 100 + 1) + 1e-12)) * cos(2 * pi() * uniform(seed, stream * 100 + 2));
"""


def generate(size: Size) -> None:
    """Write the transactions of `size`, one file after the other, unless they are there already."""
    target = size.folder / "transactions"
    if target.is_dir():
        return
    orders = size.transactions // 2
    if orders < size.customers:
        raise SystemExit("The benchmark needs at least two transactions a customer.")
    unfinished = target.with_name("unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    settings = {
        "orders": orders,
        "customers": size.customers,
        "every": orders // size.customers,
        "days": DAYS,
        "first_day": FIRST_DAY,
    }
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute(_MACROS)
        for place in range(FILES):
            first, last = (size.transactions * edge // FILES for edge in (place, place + 1))
            path = unfinished / f"part-{place + 1:02d}.parquet"
            connection.execute(
                f"COPY ({_LINES}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)",
                {**settings, "first": first, "last": last},
            )
    unfinished.rename(target)


if __name__ == "__main__":
    generate(Size())
    print(Size().folder)
