from __future__ import annotations

import gzip
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from segmodel.errors import SourceError
from segmodel.sources import unpacked_size

PLENTY = 10**12
TEXT = b"customer,date,amount\n" + b"A,2024-03-01,1.50\n" * 1_000


def workbook(path: Path, *members: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for number, content in enumerate(members):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", content)
    return path


def test_every_kind_is_as_large_as_what_was_packed(tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_bytes(TEXT)
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(TEXT))
    (tmp_path / "unsaid.csv").write_bytes(gzip.compress(TEXT))
    (tmp_path / "in two parts.csv.gz").write_bytes(gzip.compress(TEXT[:5_000]) + gzip.compress(TEXT[5_000:]))
    for file in tmp_path.iterdir():
        assert unpacked_size(file, PLENTY) == len(TEXT)
    assert unpacked_size(workbook(tmp_path / "w.xlsx", TEXT, TEXT, b""), PLENTY) == 2 * len(TEXT)


@pytest.mark.parametrize("name", ["bomb.csv.gz", "bomb.xlsx"])
def test_counting_stops_once_it_is_enough_and_keeps_nothing(tmp_path: Path, name: str) -> None:
    content = bytes(80_000_000)
    if name.endswith("gz"):
        (tmp_path / name).write_bytes(gzip.compress(content))
    else:
        workbook(tmp_path / name, content)
    tracemalloc.start()
    try:
        size = unpacked_size(tmp_path / name, 40_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 40_000_000 < size <= 40_000_000 + (1 << 20)
    assert peak < 8_000_000
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "liar.xlsx", bytes(5_000_000))
    packed = path.read_bytes()
    true, false = struct.pack("<L", 5_000_000), struct.pack("<L", 100)
    assert packed.count(true) == 2  # before the member, and in the list at the end
    path.write_bytes(packed.replace(true, false))
    with pytest.raises(SourceError, match=r"^'liar.xlsx' is not a readable Excel workbook"):
        unpacked_size(path, PLENTY)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_workbook_packed_as_none_is_packed_is_refused(tmp_path: Path, method: int) -> None:
    with pytest.raises(SourceError, match="is not a readable Excel workbook"):
        unpacked_size(workbook(tmp_path / "odd.xlsx", TEXT, method=method), PLENTY)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("cut.csv.gz", gzip.compress(TEXT)[:-9], "'cut.csv.gz' is not a complete gzip file"),
        ("gzip.xlsx", gzip.compress(TEXT), "'gzip.xlsx' is not a readable Excel workbook"),
        ("lines.doc", TEXT, "'lines.doc' is not of a kind that can be read; expected .csv, .tsv, .txt, .parquet"),
    ],
)
def test_what_cannot_be_unpacked_is_named(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError) as caught:
        unpacked_size(tmp_path / name, PLENTY)
    assert str(caught.value).startswith(sentence)
