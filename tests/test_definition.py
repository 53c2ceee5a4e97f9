from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segmodel.definition import FILE_NAME, Definition, load_definition, parse_definition
from segmodel.errors import DefinitionError
from segmodel.sources import TABLES
from segmodel.store import built_from

VALUE = {"name": "value", "basis": "value", "method": "value_tiers"}
BEHAVIOUR = {"name": "behaviour", "features": ["recency_days", "frequency"]}


def content(**changes: Any) -> dict[str, Any]:
    """A valid definition, with some keys changed."""
    return {
        "name": "Test",
        "sources": {"transactions": {"path": "orders.csv"}},
        "segmentation": [VALUE],
    } | changes


def parse(**changes: Any) -> Definition:
    return parse_definition(content(**changes), tuple(TABLES))


def problems(**changes: Any) -> list[str]:
    """The problems of a definition, one a line."""
    with pytest.raises(DefinitionError) as caught:
        parse(**changes)
    first, *lines = str(caught.value).splitlines()
    assert first.startswith(f"{FILE_NAME} has {len(lines)} problem")
    return [line.removeprefix("- ") for line in lines]


def test_every_problem_is_reported_at_once() -> None:
    found = problems(name="", currncy="GBP", currency="pounds", minimum_group=1, max_quarantined=2)
    assert [line.split(":")[0] for line in found] == ["name", "currency", "minimum_group", "max_quarantined", "currncy"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"currency": "pounds"}, "currency: found 'pounds', expected three capital letters, such as GBP."),
        ({"name": ""}, "name: found '', expected a text that is not empty."),
        ({"minimum_group": 1}, "minimum_group: found 1, expected at least 5."),
        ({"as_of": "yesterday"}, "as_of: found 'yesterday', expected a date, as 2026-06-30."),
        ({"filters": ["a", "b", "c"]}, "filters: found ['a', 'b', 'c'], expected at most 2."),
        ({"segmentation": []}, "segmentation: found [], expected at least 1."),
        ({"segmentation": VALUE | {"k": "x" * 99}}, "segmentation: found {'name': 'value', 'basis': 'value', "),
        ({"sources": {"transactions": "orders.csv"}}, "sources.transactions: found 'orders.csv', expected a table"),
        ({"engine": {"memory_limit": "lots"}}, "engine.memory_limit: found 'lots', expected an amount of memory"),
        ({"features": {"window_months": 0}}, 'features.window_months: a number of months from 1 to 120, or "all".'),
        ({"primary": "valeu"}, "primary is 'valeu', expected one of value. Did you mean 'value'?"),
        ({"segmentation": [VALUE, VALUE]}, "two segmentations are named value"),
        ({"sources": {}}, "sources needs transactions or survey"),
        ({"segmentation": [BEHAVIOUR | {"k": 1}]}, "segmentation.1.k: found 1, expected at least 2 or 'auto'."),
        ({"segmentation": [BEHAVIOUR | {"k": "atuo"}]}, "expected a whole number or 'auto'. Did you mean 'auto'?"),
        ({"segmentation": [BEHAVIOUR | {"features": []}]}, "segmentation.1: method kmeans needs a list of features."),
        ({"segmentation": [BEHAVIOUR | {"weights": {"x": 1}}]}, "weights name x, which features does not list"),
        (
            {"segmentation": [VALUE | {"name": "Bad name"}]},
            "segmentation.1.name: found 'Bad name', expected lower case",
        ),
        ({"segmentation": [BEHAVIOUR | {"method": "ward", "features": []}]}, "method ward needs a list of features."),
        ({"segmentation": [BEHAVIOUR | {"method": "hdbscan", "k": 4}]}, "hdbscan finds the number of segments itself"),
        (
            {"segmentation": [BEHAVIOUR | {"method": "latent_class", "k": 3, "weights": {"recency_days": 2}}]},
            "weights change nothing for method latent_class",
        ),
        ({"segmentation": [BEHAVIOUR | {"method": "latentclass"}]}, "Did you mean 'latent_class'?"),
        ({"segmentation": [VALUE | {"method": "kmean"}]}, "or 'rules'. Did you mean 'kmeans'?"),
        ({"segmentation": [VALUE | {"method": "rules"}]}, "needs at least one [[segmentation.rules]]"),
    ],
)
def test_a_problem_says_what_was_found_and_what_is_expected(changes: dict[str, Any], sentence: str) -> None:
    (line,) = problems(**changes)
    assert sentence in line
    assert len(line) < 200


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ({"path": "x", "uri": "y"}, "sources.transactions: state either path (files) or uri and query (a database)."),
        ({}, "sources.transactions: state either path"),
        ({"uri": "sqlite://"}, "sources.transactions: uri and query go together."),
        ({"path": "x", "duplicates": "dorp"}, "found 'dorp', expected 'keep' or 'drop'. Did you mean 'drop'?"),
        ({"path": "x", "separator": ";;"}, "separator: found ';;', expected at most 1 characters long."),
        ({"path": "x", "columns": {"amount": 5}}, "columns.amount: found 5, expected a text in quotation marks."),
    ],
)
def test_sources_are_checked(source: dict[str, Any], sentence: str) -> None:
    (line,) = problems(sources={"transactions": source})
    assert sentence in line


def test_unknown_names_come_with_the_nearest_valid_one() -> None:
    (key,) = problems(sources={"transactions": {"path": "x", "pth": "y"}})
    assert "sources.transactions.pth: unknown key; allowed: " in key
    assert key.endswith("Did you mean 'path'?")
    (table, _) = problems(sources={"transacions": {"path": "x"}})
    assert table.startswith("sources.transacions: unknown table; allowed: customers, transactions,")
    assert table.endswith("Did you mean 'transactions'?")


def test_what_only_names_or_describes_does_not_change_the_fingerprint() -> None:
    def fingerprint(**changes: Any) -> str:
        return parse(segmentation=[BEHAVIOUR | changes]).segmentations[0].fingerprint()

    same = {fingerprint(), fingerprint(label="Buying"), fingerprint(names={"s1": "Loyal"}), fingerprint(basis="needs")}
    assert len(same) == 1
    changed = {fingerprint(k=4), fingerprint(seed=1), fingerprint(features=["frequency"]), fingerprint(sample=500)}
    assert len(changed | same) == 5


def test_what_changes_the_meaning_of_features_changes_the_fingerprint_and_the_place_of_the_file_does_not() -> None:
    def fingerprint(basis: str = "revenue", **source: Any) -> str:
        definition = parse(sources={"transactions": {"path": "x.csv"} | source})
        return definition.fingerprint(definition.segmentations[0], basis)

    assert fingerprint() == fingerprint(path="elsewhere/*.parquet") == fingerprint(columns={"channel": "shop"})
    changed = [
        fingerprint("margin"),
        fingerprint(columns={"amount": "net"}),
        fingerprint(columns={"margin": "net"}),
        fingerprint(columns={"cost": "net"}),
        fingerprint(cancelled="state = 'x'"),
        fingerprint(exclude="state = 'x'"),
    ]
    assert len({fingerprint(), *changed}) == 7


def test_the_primary_segmentation_is_the_first_unless_named() -> None:
    assert parse(segmentation=[VALUE, BEHAVIOUR]).primary_segmentation.name == "value"
    assert parse(segmentation=[VALUE, BEHAVIOUR], primary="behaviour").primary_segmentation.name == "behaviour"
    with pytest.raises(DefinitionError, match=r"no segmentation 'valu'.*Did you mean 'value'"):
        parse().segmentation("valu")


def test_definitions_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse().name = "Other"  # type: ignore[misc]


def test_a_definition_is_read_from_its_folder_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    text = (
        'name = "Café שלום"\n[sources.transactions]\npath = "x.csv"\n'
        '[[segmentation]]\nname = "value"\nmethod = "value_tiers"\n'
    )
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / FILE_NAME).write_text(text, encoding=encoding)
        assert load_definition(tmp_path).name == "Café שלום"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"name = ", "is not valid TOML"),
        (b'name = "a"\nname = "b"', "is not valid TOML"),
        (b'name = "\xe9"', "cannot be read as UTF-8"),
    ],
)
def test_a_file_that_is_no_definition_is_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    (tmp_path / FILE_NAME).write_bytes(data)
    with pytest.raises(DefinitionError, match=sentence):
        load_definition(tmp_path)


def test_a_missing_definition_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="Start one with: segmodel init"):
        load_definition(tmp_path)


AUDIENCE = {"name": "best", "segmentation": "value", "segments": ["s1"]}
FOLDER = {"name": "drop", "path": "dropped", "audiences": ["best"]}


@pytest.mark.parametrize(
    ("activation", "sentence"),
    [
        ({"consnt": "x"}, "activation.consnt: unknown key; allowed: audience, "),
        ({"country": "gb"}, "activation.country: found 'gb', expected two capital letters, such as GB."),
        ({"country": "XX"}, "activation.country: found 'XX', expected one of AE, "),
        ({"holdout": 1}, "activation.holdout: found 1, expected less than 1"),
        ({"match_key": [{"column": "email", "kind": "mail"}]}, "activation.match_key.1.kind: found 'mail', expected "),
        ({"match_key": [{"column": "a", "kind": "email", "sort": 1}]}, "unknown key; allowed: column, consent, kind."),
        ({"match_key": [{"column": "a", "kind": "email"}] * 2}, "activation: match_key names a column twice."),
        (
            {"audience": [AUDIENCE | {"conditions": ["worth>3"]}]},
            "found the condition 'worth>3'; expected one of value",
        ),
        (
            {"audience": [AUDIENCE | {"segmentation": "valu"}]},
            "names segmentation 'valu', expected one of value. Did you",
        ),
        ({"audience": [AUDIENCE, AUDIENCE]}, "activation: audiences each need a name of their own."),
        ({"audience": [AUDIENCE], "folder": [FOLDER, FOLDER]}, "activation: targets each need a name of their own."),
        ({"folder": [FOLDER]}, "target drop names audience 'best', which no [[activation.audience]] defines."),
        (
            {"audience": [AUDIENCE], "endpoint": [FOLDER | {"url": "http://a.example", "secret": "S"}]},
            "activation.endpoint.1.path: unknown key; allowed: audiences, batch, ",
        ),
    ],
)
def test_problems_of_activation_name_the_key_and_the_remedy(activation: dict[str, Any], sentence: str) -> None:
    assert any(sentence in problem for problem in problems(activation=activation)), problems(activation=activation)


def test_where_audiences_go_is_no_part_of_what_a_build_rests_on() -> None:
    targets = {"database": [{"name": "crm", "uri": "postgresql://a:secret@b/c", "table": "t", "audiences": ["best"]}]}
    with_targets = parse(activation={"audience": [AUDIENCE], **targets})
    assert built_from(with_targets) == built_from(parse())
