from __future__ import annotations

import json
import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from segmodel.definition import parse_definition
from segmodel.errors import SourceError
from segmodel.sources import SourceDraft, definition_text, guess_definition, initial
from segmodel.sources.initial import toml_string
from segmodel.sources.readers import read_source
from segmodel.sources.staging import Raw, Staging

TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=40)
FILLED = some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(name=TEXT, path=TEXT, expression=FILLED, condition=FILLED, remark=TEXT, currency=TEXT)
def test_whatever_is_written_is_read_back_as_it_was(name, path, expression, condition, remark, currency) -> None:
    columns = {"customer_id": "c", "amount": expression}
    remarks = {"amount": remark, "exclude": remark}
    text = definition_text(name, path, SourceDraft(columns, {"exclude": condition}, remarks), currency)
    content = tomllib.loads(text)
    assert (content["name"], content["currency"]) == (name, currency)
    assert content["sources"] == {
        "transactions": {"path": path, "duplicates": "keep", "exclude": condition, "columns": columns}
    }
    assert [one["name"] for one in content["segmentation"]] == ["behaviour", "value"]


def test_what_is_not_said_is_not_written() -> None:
    source = SourceDraft({"customer_id": "c", "ordered_at": "d", "amount": "a", "margin": ""}, {"decimal": ""})
    definition = parse_definition(tomllib.loads(definition_text("Shop", "a.csv", source)))
    assert "margin" not in definition.sources["transactions"].columns
    assert definition.sources["transactions"].decimal is None


def test_a_header_with_a_line_end_cannot_add_to_the_definition(tmp_path: Path) -> None:
    header = 'customer,date,qty,"price\nprimary = ""evil"""\n'
    (tmp_path / "orders.csv").write_text(header + "A,2024-03-01,2,1.50\nB,2024-03-02,1,2.50\n")
    text = guess_definition(tmp_path / "orders.csv", "Shop", tmp_path)
    assert "is nought or less is no sale" in text
    assert tomllib.loads(text)["primary"] == "behaviour"


def test_names_in_an_older_encoding_are_refused_by_name(tmp_path: Path) -> None:
    name = os.fsdecode(b"K\xe4ufe")
    for file in (f"{name}.csv", "Sales.csv"):
        (tmp_path / file).write_text("customer,date,amount\nA,2024-03-01,1\n")
    with pytest.raises(SourceError, match=r"K\\udce4ufe\.csv' is not UTF-8"):
        guess_definition(tmp_path / f"{name}.csv", "Shop", tmp_path)
    with pytest.raises(SourceError, match=r"cannot be called 'K\\udce4ufe', which is not UTF-8"):
        guess_definition(tmp_path / "Sales.csv", name, tmp_path)


@pytest.mark.parametrize("name", ["orders.csv", "orders.json"])
def test_what_does_not_fit_in_memory_waits_in_a_folder_that_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    rows = [f"c{number},2024-03-01,1.50" for number in range(9)]
    lines = {
        "orders.csv": ["customer,date,amount", *rows],
        "orders.json": [
            json.dumps(dict(zip(("customer", "date", "amount"), row.split(","), strict=True))) for row in rows
        ],
    }
    (tmp_path / name).write_text("\n".join(lines[name]))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    folders = []

    def watched_read(scratch: Staging, *arguments: Any) -> tuple[Raw, ...]:
        folder = Path(scratch.engine.value("SELECT current_setting('temp_directory')"))
        assert folder.is_dir()
        folders.append(folder)
        return read_source(scratch, *arguments)

    monkeypatch.setattr(initial, "read_source", watched_read)
    guess_definition(tmp_path / name, "Shop", tmp_path)
    assert len(folders) == (2 if name == "orders.json" else 1)  # the first lines of text are read without the engine
    assert {folder.parent for folder in folders} == {tmp_path / "temporary"}
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("text", ["plain", 'a "b" \\ c', "tab\tand\nline", "\x7f\x01", "😀 שלום <b>", "'''", ""])
def test_toml_strings_come_back(text: str) -> None:
    assert tomllib.loads(f"x = {toml_string(text)}")["x"] == text
