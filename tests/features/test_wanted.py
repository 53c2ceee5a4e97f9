from __future__ import annotations

import pytest

from segmodel.definition import parse_definition
from segmodel.engines import Engine
from segmodel.features import wanted_features

CUSTOMERS = """
    CREATE TABLE customers AS
    SELECT 'c' || n AS customer_id, (447700900000 + n // 2 * 2)::DOUBLE AS household_phone,
        CASE WHEN n > 0 THEN (447700900000 + 7 * n)::DOUBLE END AS phone, 'c' || n || '@example.com' AS email,
        (20 + n % 60)::DOUBLE AS age, n + 0.5 AS distance_km, n::DOUBLE AS points_of_few
    FROM range({customers}) AS made(n)"""


def wanted(customers: int, describe: object = "all", features: tuple[str, ...] = ("frequency",)) -> set[str]:
    definition = parse_definition(
        {
            "name": "x",
            "sources": {"transactions": {"path": "x.csv"}, "customers": {"path": "y.csv"}},
            "features": {"describe": describe},
            "segmentation": [{"name": "behaviour", "features": list(features)}],
        }
    )
    with Engine.open(None) as engine:
        engine.execute(
            "CREATE TABLE transactions AS SELECT 'c1' AS customer_id, TIMESTAMP '2026-06-30 10:00:00' AS ordered_at, "
            "1::DECIMAL(18,4) AS amount, FALSE AS is_cancelled"
        )
        engine.execute(CUSTOMERS.format(customers=customers))
        return set(wanted_features(engine, definition, {"behaviour": features}))


def test_numbers_that_say_who_somebody_is_are_not_kept_unasked() -> None:
    found = wanted(400)
    assert {"age", "distance_km", "household_phone", "frequency", "recency_days"} <= found
    assert not {"phone", "points_of_few", "email"} & found


def test_of_few_customers_no_number_is_taken_for_an_identifier() -> None:
    assert {"phone", "points_of_few"} <= wanted(60)


@pytest.mark.parametrize(("describe", "features"), [(["phone"], ("frequency",)), ("all", ("phone",))])
def test_what_somebody_asks_for_is_computed_whatever_it_holds(describe: object, features: tuple[str, ...]) -> None:
    assert "phone" in wanted(400, describe, features)
