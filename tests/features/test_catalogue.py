from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlglot

from segmodel.engines import Engine, read_catalogue
from segmodel.features import CATALOGUE, Feature, available_features, catalogue, unlocked_by
from segmodel.features.activity import MEASURES
from segmodel.features.catalogue import RESERVED
from tests.support.workspaces import load_transactions, make_transactions

FOLDER = Path(catalogue.__file__).with_name("sql")
UNITS = {"days", "orders", "money", "share", "ratio", "number", "category"}
REQUIRED = ("label", "unit", "from", "description")
OPTIONAL = ("needs", "high", "low", "for_each")


@pytest.mark.parametrize("feature", CATALOGUE.values(), ids=list(CATALOGUE))
def test_feature_is_fully_described(feature: Feature) -> None:
    assert feature.label[0].isupper()
    assert not feature.label.endswith(".")
    assert feature.description.endswith(".")
    assert feature.unit in UNITS
    assert feature.rows in {"activity", "channel", "category"}
    assert feature.name not in RESERVED
    # a plain name needs a word for the high end of anything a segment can be high in
    assert feature.high or not feature.is_numeric
    sql = feature.sql.replace("{literal}", "'web'")
    assert "{" not in sql
    columns = {column.name for column in sqlglot.parse_one(sql, read="duckdb").find_all(sqlglot.exp.Column)}
    flags = {"in_window", "in_last_6", "in_previous_6", "snapshot"}
    assert columns <= ({*MEASURES, *flags} if feature.rows == "activity" else {feature.rows, "orders", "place"})


def test_a_copied_file_is_a_new_feature(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "frequency.sql", tmp_path / "visits.sql")
    (file,) = read_catalogue(tmp_path, required=REQUIRED, optional=OPTIONAL)
    feature = catalogue._feature(file)
    assert feature.name == "visits"
    assert (feature.label, feature.sql) == (CATALOGUE["frequency"].label, CATALOGUE["frequency"].sql)


@pytest.mark.parametrize(
    ("line", "word"), [("-- colour: red\n", "colour"), ("", "description")], ids=["unknown key", "missing key"]
)
def test_a_wrong_header_is_refused(tmp_path: Path, line: str, word: str) -> None:
    described = "-- description: Something.\n" if line else ""
    (tmp_path / "odd.sql").write_text(f"-- label: Odd\n-- unit: days\n-- from: activity\n{described}{line}count(*)")
    with pytest.raises(ValueError, match=word):
        read_catalogue(tmp_path, required=REQUIRED, optional=OPTIONAL)


def test_what_is_not_given_is_named_with_what_it_would_unlock() -> None:
    with Engine.open(None) as engine:
        load_transactions(engine, make_transactions(customers=5, rich=False).assign(channel="web"))
        have, locked = available_features(engine), unlocked_by(engine)
    assert "main_channel" in have
    assert "web_share" in have
    assert "discount_share" not in have
    assert locked["transactions.promotion"] == (CATALOGUE["discount_share"].label,)
    assert CATALOGUE["category_count"].label in locked["transactions.category"]
    assert "transactions.channel" not in locked


def test_hours_of_day_say_nothing_where_no_time_is_recorded() -> None:
    transactions = make_transactions(customers=5, rich=False)
    with Engine.open(None) as engine:
        load_transactions(engine, transactions.assign(ordered_at=transactions["ordered_at"].dt.normalize()))
        assert "evening_share" not in available_features(engine)
        load_transactions(engine, transactions)
        assert "evening_share" in available_features(engine)
