"""Claim: an audience of a million customers, hashed, is a Parquet file within three times DuckDB's COPY of its rows.

Ours asks consent, holds a tenth out of a larger segment, hashes an e-mail address and a phone number of each customer,
writes the rows in order with a manifest, and makes a line in the log. Held against it are DuckDB's COPY of the very
rows that come out, hashed already; and, with the time it takes to normalise all keys added, a COPY that does the
least there is to do itself: lower(trim()) and sha256(). All in one process, in turn, on tables in memory.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import tempfile
import time
from pathlib import Path

import _measure as measure

from segmodel.activation import Audience, AudienceRequest, Origin, People, export_audience
from segmodel.council import ActivationLog
from segmodel.definition import Activation, MatchKey
from segmodel.engines import Engine

CUSTOMERS = 1_112_000
TURNS = 7


def main() -> None:
    activation = Activation(
        consent="agreed",
        country="GB",
        holdout=0.1,
        match_key=(MatchKey(column="email", kind="email"), MatchKey(column="phone", kind="phone")),
    )
    origin = Origin(
        "Shop", "b1", dt.date(2026, 6, 30), "margin", "GBP", 10, {"value": {"s1": "All"}}, {"value": "v001"}
    )
    folder = Path(tempfile.mkdtemp(prefix="segmodel-bench-"))
    os.environ.pop("SEGMODEL_COUNCIL_URL", None)
    people = People(Engine.open(None, spill=folder), origin, activation, "google", folder / "spill")
    with people:
        finding_out = _prepare(people)
        request = AudienceRequest.of(activation, "value", ["s1"])
        ours, copies, hashing, rows = [], [], [], 0
        for turn in range(TURNS + 1):
            start = time.perf_counter()
            with Audience(people, request) as audience:
                rows = export_audience(audience, folder / "ours.parquet", ActivationLog(folder), "bench").rows
            taken = time.perf_counter() - start
            copied = _copy(people.engine, folder)
            hashed = _hash(people.engine, folder)
            if turn:  # the first turn only warms up
                ours.append(taken)
                copies.append(copied)
                hashing.append(hashed)
    ours_seconds, copy_seconds = statistics.median(ours), statistics.median(copies)
    print(
        f"  {rows:,} customers: {ours_seconds:.2f} s, DuckDB's COPY of them {copy_seconds:.2f} s (medians of {TURNS})"
    )
    print(f"  before that: normalising {CUSTOMERS:,} customers and asking consent, {finding_out:.2f} s")
    claims = [
        measure.Claim("time of an audience into Parquet, against COPY", measure.paired_ratio(ours, copies), ("≤", 3))
    ]
    whole = [each + finding_out for each in ours]
    ratio = measure.paired_ratio(whole, hashing)
    claims.append(measure.Claim("with normalising all customers, against COPY that hashes", ratio, ("≤", 3)))
    measure.report(claims)


def _prepare(people: People) -> float:
    """Make customers, and return how long it took to find out who agreed and what their keys are."""
    people.engine.execute(
        f"""
        CREATE TABLE members AS SELECT 'value' AS segmentation, 'c' || lpad(i::VARCHAR, 8, '0') AS customer_id,
            's1' AS segment, 1.0::DOUBLE AS probability, (i % 900)::DOUBLE AS value, i % 300 AS days_since_last,
            NULL::DOUBLE AS churn_risk
        FROM range({CUSTOMERS}) AS t(i)
        """
    )
    people.engine.execute(
        """
        CREATE TABLE customers AS SELECT customer_id, ' Person.' || customer_id || '@Example.com' AS email,
            '07' || right(customer_id, 3) || ' ' || lpad((hash(customer_id) % 1000000)::VARCHAR, 6, '0') AS phone,
            'yes' AS agreed
        FROM members
        """
    )
    people.engine.execute("CREATE TABLE raw AS SELECT * FROM customers")
    start = time.perf_counter()
    people.find_out(with_keys=True)
    return time.perf_counter() - start


def _copy(engine: Engine, folder: Path) -> float:
    """Return how long DuckDB takes to write the rows of the file we made, from a table, in order."""
    engine.execute(f"CREATE OR REPLACE TABLE made AS SELECT * FROM read_parquet('{folder / 'ours.parquet'}')")
    start = time.perf_counter()
    engine.execute(f"COPY (SELECT * FROM made ORDER BY customer_id) TO '{folder / 'copy.parquet'}' (FORMAT parquet)")
    return time.perf_counter() - start


def _hash(engine: Engine, folder: Path) -> float:
    """Return how long DuckDB takes to hash and write as many rows, in order."""
    hashed = "sha256(lower(trim(email))) AS email_sha256, sha256(lower(trim(phone))) AS phone_sha256"
    rows = f"SELECT customer_id, 's1' AS segment, {hashed} FROM (SELECT * FROM raw WHERE customer_id IN (SELECT "
    rows += "customer_id FROM made) ORDER BY customer_id)"
    start = time.perf_counter()
    engine.execute(f"COPY ({rows}) TO '{folder / 'hashed.parquet'}' (FORMAT parquet)")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
