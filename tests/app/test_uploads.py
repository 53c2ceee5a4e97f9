from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app import uploads
from segmodel.errors import SegmodelError, SourceError
from tests.app.test_pages import text, title


def lines(customers: int = 120) -> bytes:
    """Return a shop's lines: a third of the customers buys a lot, a third now and then, a third once."""
    random = np.random.default_rng(7)
    rows = ["Customer No;Order Date;Quantity;Unit Price"]
    for customer in range(customers):
        for _ in range((12, 4, 1)[customer % 3]):
            day = np.datetime64("2025-01-01") + int(random.integers(0, 360))
            rows.append(f"C{customer:03d};{day};{random.integers(1, 5)};{random.uniform(5, 50):.2f}")
    return "\n".join(rows).encode()


def test_a_file_becomes_a_workspace_and_its_home(opened, folder: Path):
    data = opened("data")
    data.file_uploader[0].set_value(("../My shop.csv", lines(), "text/csv")).run()
    assert not data.error
    assert data.selectbox(key="column_customer_id").value == "Customer No"
    assert data.selectbox(key="column_ordered_at").value == "Order Date"
    assert data.selectbox(key="column_amount").value == 'Quantity * "Unit Price"'
    assert data.text_input(key="upload_name").value == "My shop"
    data.text_input(key="upload_name").input("Ma <b>boutique</b>").run()
    data.button(key="upload_build").click().run(timeout=120)
    assert not data.exception
    assert not data.error
    assert (folder / "uploads" / "ma-b-boutique-b" / "store" / "current").is_file()
    assert data.query_params["workspace"] == "ma-b-boutique-b"
    assert "Ma <b>boutique</b> · Behaviour v001 · 120 customers" in text(data)
    assert "of revenue" in title(data)
    assert not list((folder / "uploads" / ".incoming").iterdir())


def test_a_file_that_cannot_be_built_leaves_nothing_behind(opened, folder: Path):
    data = opened("data")
    data.file_uploader[0].set_value(("shop.csv", lines(), "text/csv")).run()
    data.selectbox(key="column_amount").select("Customer No").run()
    data.button(key="upload_build").click().run(timeout=120)
    assert not data.exception
    assert "amount" in data.error[0].value
    assert uploads.queries.uploaded() == ()
    assert title(data).startswith("156,100 rows read")


@pytest.mark.parametrize("content", [b"", b"a,b,c\n", b"\x00\x01\x02\x03", b"just one line of text"])
def test_a_file_that_is_no_table_is_one_clear_sentence(opened, content):
    data = opened("data")
    data.file_uploader[0].set_value(("shop.csv", content, "text/csv")).run()
    assert not data.exception
    assert len(data.error) <= 1
    assert data.error or data.button(key="upload_build").disabled


def test_two_uploads_of_one_name_are_two_workspaces(folder: Path):
    source = {"columns": {"customer_id": "Customer No", "ordered_at": "Order Date", "amount": '"Unit Price"'}}
    slugs = []
    for _ in range(2):
        arrival = uploads.receive("shop.csv", memoryview(lines(30)))
        slugs.append(uploads.build(arrival, "Shop", "GBP", source, lambda *_: None))
    assert slugs == ["shop", "shop-2"]


def test_a_folder_that_somebody_else_is_making_is_left_alone(folder: Path):
    theirs = folder / "uploads" / "shop"
    (theirs / "data").mkdir(parents=True)  # reserved, not yet defined
    arrival = uploads.receive("shop.csv", memoryview(lines(30)))
    columns = {"customer_id": "Customer No", "ordered_at": "Order Date", "amount": '"Order Date"'}
    with pytest.raises(SegmodelError):
        uploads.build(arrival, "Shop", "GBP", {"columns": columns}, lambda *_: None)
    assert (theirs / "data").is_dir()
    assert not (folder / "uploads" / "shop-2").exists()
    source = {"columns": columns | {"amount": '"Unit Price"'}}
    assert uploads.build(arrival, "Shop", "GBP", source, lambda *_: None) == "shop-2"


def test_a_folder_is_reserved_by_one_of_many_at_once(folder: Path):
    with ThreadPoolExecutor(8) as pool:
        reserved = list(pool.map(lambda _: uploads._reserved("shop"), range(24)))
    assert {path.name for path in reserved} == {"shop", *(f"shop-{number}" for number in range(2, 25))}


def test_the_suggested_name_keeps_its_letters(opened):
    data = opened("data")
    data.file_uploader[0].set_value(("Ka\u0308ufe 2025.csv", lines(30), "text/csv")).run()
    assert data.text_input(key="upload_name").value == "K\u00e4ufe 2025"


def test_a_bad_expression_cannot_reach_files(folder: Path):
    arrival = uploads.receive("shop.csv", memoryview(lines(30)))
    evil = "(SELECT count(*) FROM read_csv('/etc/passwd'))"
    source = {"columns": {"customer_id": "Customer No", "ordered_at": "Order Date", "amount": evil}}
    with pytest.raises(SegmodelError):
        uploads.build(arrival, "Shop", "GBP", source, lambda *_: None)
    assert uploads.queries.uploaded() == ()


def test_a_file_that_was_cleared_away_says_so(folder: Path):
    arrival = uploads.receive("shop.csv", memoryview(lines(30)))
    arrival.path.unlink()
    with pytest.raises(SourceError, match="Upload it again"):
        uploads.build(arrival, "Shop", "GBP", {"columns": {}}, lambda *_: None)
