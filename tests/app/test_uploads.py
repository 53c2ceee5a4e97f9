from __future__ import annotations

import gzip
import io
import tomllib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app import uploads
from segmodel.errors import SegmodelError, SourceError, StoreError
from segmodel.sources import SourceDraft, guess_definition
from segmodel.workspace import Workspace
from tests.app.made import write_workspace
from tests.app.test_pages import text, title

COLUMNS = {"customer_id": "Customer No", "ordered_at": "Order Date", "amount": '"Unit Price"'}


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
    assert data.selectbox(key="column_customer_id_1").value == "Customer No"
    assert data.selectbox(key="column_ordered_at_1").value == "Order Date"
    assert data.selectbox(key="column_amount_1").value == 'Quantity * "Unit Price"'
    assert data.text_input(key="upload_name_1").value == "My shop"
    data.text_input(key="upload_name_1").input("Ma <b>boutique</b>").run()
    data.button(key="upload_build").click().run(timeout=120)
    assert not data.exception
    assert not data.error
    assert (folder / "uploads" / "ma-b-boutique-b" / "store" / "current").is_file()
    assert data.query_params["workspace"] == "ma-b-boutique-b"
    assert "Ma <b>boutique</b> · Behaviour v001 · 120 customers" in text(data)
    assert "revenue" in title(data)
    assert not list((folder / "uploads" / ".incoming").iterdir())


def test_a_file_that_cannot_be_built_leaves_nothing_behind(opened, folder: Path):
    data = opened("data")
    data.file_uploader[0].set_value(("shop.csv", lines(), "text/csv")).run()
    data.selectbox(key="column_amount_1").select("Customer No").run()
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
    source = SourceDraft(COLUMNS)
    slugs = []
    for _ in range(2):
        arrival = uploads.receive("shop.csv", memoryview(lines(30)))
        slugs.append(uploads.build(arrival, "Shop", "GBP", source, lambda *_: None))
    assert slugs == ["shop", "shop-2"]


def test_a_folder_that_somebody_else_is_making_is_left_alone(folder: Path):
    theirs = folder / "uploads" / "shop"
    (theirs / "data").mkdir(parents=True)  # reserved, not yet defined
    arrival = uploads.receive("shop.csv", memoryview(lines(30)))
    with pytest.raises(SegmodelError):
        uploads.build(arrival, "Shop", "GBP", SourceDraft(COLUMNS | {"amount": '"Order Date"'}), lambda *_: None)
    assert (theirs / "data").is_dir()
    assert not (folder / "uploads" / "shop-2").exists()
    assert uploads.build(arrival, "Shop", "GBP", SourceDraft(COLUMNS), lambda *_: None) == "shop-2"


def test_a_folder_is_reserved_by_one_of_many_at_once(folder: Path):
    with ThreadPoolExecutor(8) as pool:
        reserved = list(pool.map(lambda _: uploads._reserved("shop"), range(24)))
    assert {path.name for path in reserved} == {"shop", *(f"shop-{number}" for number in range(2, 25))}


def test_the_suggested_name_keeps_its_letters(opened):
    data = opened("data")
    data.file_uploader[0].set_value(("Ka\u0308ufe 2025.csv", lines(30), "text/csv")).run()
    assert data.text_input(key="upload_name_1").value == "K\u00e4ufe 2025"


def test_a_bad_expression_cannot_reach_files(folder: Path):
    arrival = uploads.receive("shop.csv", memoryview(lines(30)))
    evil = "(SELECT count(*) FROM read_csv('/etc/passwd'))"
    source = SourceDraft(COLUMNS | {"amount": evil})
    with pytest.raises(SegmodelError):
        uploads.build(arrival, "Shop", "GBP", source, lambda *_: None)
    assert uploads.queries.uploaded() == ()


def test_a_file_that_was_cleared_away_says_so(folder: Path):
    arrival = uploads.receive("shop.csv", memoryview(lines(30)))
    arrival.path.unlink()
    with pytest.raises(SourceError, match="Upload it again"):
        uploads.build(arrival, "Shop", "GBP", SourceDraft({}), lambda *_: None)


def incoming(folder: Path) -> list[Path]:
    return list((folder / "uploads" / ".incoming").glob("*"))


def test_answers_for_one_file_are_not_taken_for_the_next(opened):
    data = opened("data")
    data.file_uploader[0].set_value(("first.csv", lines(30), "text/csv")).run()
    data.text_input(key="upload_name_1").input("My own name").run()
    data.selectbox(key="column_channel_1").select("Customer No").run()
    data.text_input(key="setting_cancelled_1").input("Quantity < 0").run()
    second = b"client,day,total\n" + b"".join(b"c%d,2025-01-%02d,1.5\n" % (i, i % 28 + 1) for i in range(50))
    data.file_uploader[0].set_value(("second.csv", second, "text/csv")).run()
    assert data.text_input(key="upload_name_2").value == "Second"
    assert data.selectbox(key="column_channel_2").value == "not used"
    assert data.text_input(key="setting_cancelled_2").value == ""


def retail() -> bytes:
    """Return lines as a retailer keeps them: 40 customers of 6 orders, 9 credit notes, 5 free samples."""
    rows = ["InvoiceNo,Quantity,InvoiceDate,UnitPrice,CustomerID"]
    rows += [f"5{number:04d},2,2025-{number % 12 + 1:02d}-11,{number % 7 + 1},{number % 40}" for number in range(240)]
    rows += [f"C6{number:04d},-1,2025-12-20,1.5,{number}" for number in range(9)]
    rows += [f"7{number:04d},1,2025-12-21,0,{number}" for number in range(5)]
    return "\n".join(rows).encode()


@pytest.mark.parametrize(("switched_off", "read"), [((), (5, 240, True)), (("exclude", "cancelled"), (0, 245, False))])
def test_guessed_conditions_are_told_in_words_and_can_be_switched_off(opened, folder: Path, switched_off, read):
    data = opened("data")
    data.file_uploader[0].set_value(("retail.csv", retail(), "text/csv")).run()
    assert "whose 'UnitPrice' is nought or less is no sale" in text(data)
    assert "put a C before the number, as credit notes do" in text(data)
    for key in switched_off:
        data.checkbox(key=f"use_{key}_1").uncheck().run()
        assert data.text_input(key=f"setting_{key}_1").disabled
    data.button(key="upload_build").click().run(timeout=120)
    assert not data.error
    workspace = Workspace(folder / "uploads" / "retail")
    with workspace.open() as build:
        excluded = build.engine.value("SELECT count(*) FROM quarantine WHERE rule = 'excluded'")
        orders = build.transaction_totals()["orders"]
    assert (excluded, orders, workspace.definition.sources["transactions"].cancelled is not None) == read


def test_an_upload_says_what_init_says(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Workspace, "build", lambda *_, **__: None)
    (tmp_path / "retail.csv").write_bytes(retail())
    arrival = uploads.receive("retail.csv", memoryview(retail()))
    source = SourceDraft(arrival.guess.columns, arrival.settings)
    slug = uploads.build(arrival, "Retail", "GBP", source, lambda *_: None)
    ours = tomllib.loads((folder / "uploads" / slug / "segmentation.toml").read_text())
    theirs = tomllib.loads(guess_definition(tmp_path / "retail.csv", "Retail", tmp_path))
    assert ours["sources"]["transactions"].pop("path") == "data/retail.csv"
    assert theirs["sources"]["transactions"].pop("path") == "retail.csv"
    assert ours == theirs


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "pack", "limit"),
    [("bomb.csv", gzip.compress, "20 MB"), ("bomb.json.gz", gzip.compress, "20 MB"), ("bomb.xlsx", zipped, "5.0 MB")],
)
def test_a_file_that_unpacks_to_too_much_is_refused_in_one_sentence_and_not_kept(
    opened, folder: Path, monkeypatch: pytest.MonkeyPatch, name, pack, limit
):
    monkeypatch.setenv("SEGMODEL_UPLOAD_UNPACKED_MB", "20")
    content = pack(b"a,b,c\n" + b"0" * 30_000_000)
    assert len(content) < 50_000
    data = opened("data")
    data.file_uploader[0].set_value((name, content, "")).run()
    assert not data.exception
    (said,) = [error.value.replace("\\", "") for error in data.error]
    assert said.startswith(
        f"'{name}' unpacks to more than {limit}, the most an upload may hold. Bring a shorter period"
    )
    assert incoming(folder) == []


def test_a_refused_file_is_not_read_again_at_every_click(opened, monkeypatch: pytest.MonkeyPatch):
    data = opened("data")
    data.file_uploader[0].set_value(("shop.csv", b"a,b\n", "text/csv")).run()
    said = data.error[0].value
    monkeypatch.setattr(uploads, "receive", lambda *_: pytest.fail("the file was read again"))
    data.run()
    assert [error.value for error in data.error] == [said]


@pytest.mark.parametrize("limit", ["lots", "0", "-5", "1e3", "²"])
def test_a_limit_that_is_no_number_is_one_clear_sentence(opened, monkeypatch: pytest.MonkeyPatch, limit):
    monkeypatch.setenv("SEGMODEL_UPLOAD_UNPACKED_MB", limit)
    data = opened("data")
    assert not data.exception
    assert "expected a whole number of megabytes" in data.error[0].value.replace("\\", "")


def test_a_workspace_made_from_an_upload_is_removed_after_a_confirmation(opened, folder: Path):
    write_workspace(folder / "uploads" / "shop", "Shop <b>one</b>")
    write_workspace(folder / "uploads" / "other", "Other")
    data = opened("data", workspace="shop")
    assert "Shop <b>one</b> goes for everybody" in text(data).replace("**", "")
    data.button(key="remove_workspace").click().run()
    assert not data.exception
    assert not data.error
    assert "Harbour Coffee" in text(data)
    assert uploads.queries.uploaded() == ("other",)
    assert incoming(folder) == []
    assert (folder / "store" / "current").is_file()


def test_the_room_of_a_removed_workspace_is_given_back(opened, folder: Path):
    write_workspace(folder / "uploads" / "shop", "Shop")
    data = opened("data", workspace="shop")
    held = lambda: [link for link in Path("/proc/self/fd").iterdir() if "/uploads/" in target(link)]  # noqa: E731
    assert held()
    data.button(key="remove_workspace").click().run()
    assert not held()


def target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # closed since it was listed
        return ""


def test_the_served_workspace_is_never_removed(opened, folder: Path):
    (folder / "uploads").mkdir()
    (folder / "uploads" / "link").symlink_to(folder)
    for name in ("", ".", "..", "../..", "brand", "link", str(folder)):
        with pytest.raises(StoreError, match="Only workspaces made from an upload"):
            uploads.remove(name)
    assert "remove_workspace" not in [button.key for button in opened("data").button]
    assert (folder / "store" / "current").is_file()


def test_a_workspace_that_is_being_built_is_not_removed(folder: Path):
    write_workspace(folder / "uploads" / "shop", "Shop")
    with (
        Workspace(folder / "uploads" / "shop").builds.locked(),
        pytest.raises(StoreError, match="Another build is running"),
    ):
        uploads.remove("shop")
    assert uploads.queries.uploaded() == ("shop",)


def test_a_broken_upload_can_be_removed_too(opened, folder: Path):
    (folder / "uploads" / "shop").mkdir(parents=True)
    (folder / "uploads" / "shop" / "segmentation.toml").write_text("never built")
    data = opened("data", workspace="shop")
    data.button(key="remove_workspace").click().run()
    assert not data.exception
    assert uploads.queries.uploaded() == ()
