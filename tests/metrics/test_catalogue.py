from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlglot

from segmodel.engines import read_catalogue
from segmodel.metrics import METRICS, Metric, catalogue

FOLDER = Path(catalogue.__file__).with_name("sql")
UNITS = {"customers", "share", "money", "number", "ratio", "index", "change", "days"}
CUSTOMER = {"value", "revenue", "orders", "days_since_last"}


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_metric_is_fully_described(metric: Metric) -> None:
    assert metric.unit in UNITS
    assert metric.better in {"", "up", "down"}
    assert metric.label[0].isupper()
    for sentence in (metric.description, metric.source):
        assert sentence.endswith(".") or (sentence == metric.source and sentence[-1].isdigit())
    assert not metric.limits or metric.limits.endswith(".")
    assert metric.formula
    assert not metric.formula.endswith(".")
    assert metric.of in {"", *METRICS}
    columns = {column.name for column in sqlglot.parse_one(metric.sql, read="duckdb").find_all(sqlglot.exp.Column)}
    if metric.level == "aggregate":
        assert columns <= CUSTOMER
    else:
        assert metric.level == "derived"
        assert {name.removeprefix("total_").removeprefix("prior_") for name in columns} <= set(METRICS)


def test_a_metric_comes_after_those_it_is_made_of() -> None:
    order = list(METRICS)
    for name, metric in METRICS.items():
        if metric.level == "derived":
            assert all(order.index(other) < order.index(name) for other in catalogue.mentioned(metric.sql) & set(order))


def test_metrics_that_need_each_other_are_refused() -> None:
    first, second = (
        Metric(name, name, "ratio", "derived", "", "", "", sql) for name, sql in (("a", "b + 1"), ("b", "a - 1"))
    )
    with pytest.raises(ValueError, match=r"need each other: \['a', 'b'\]"):
        catalogue._in_order({"a": first, "b": second})


def test_intervals_come_in_pairs() -> None:
    ends = [name for name, metric in METRICS.items() if metric.of]
    assert {name.rsplit("_", 1)[0] for name in ends} == {metric.of for metric in METRICS.values() if metric.of}
    assert len(ends) == 8


def test_a_copied_file_is_a_new_metric(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "value_per_customer.sql", tmp_path / "worth.sql")
    (file,) = read_catalogue(
        tmp_path,
        required=("label", "unit", "level", "formula", "description", "source"),
        optional=("better", "limits", "of", "show"),
    )
    metric = catalogue._metric(file)
    assert metric.name == "worth"
    assert (metric.sql, metric.better) == (METRICS["value_per_customer"].sql, "up")
    assert metric.is_shown
