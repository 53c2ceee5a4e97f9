from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from segmodel.engines import Engine
from segmodel.reports import Provenance, write_table

PROVENANCE = Provenance(
    workspace="Café Harbour",
    content="Customers of behaviour, s1",
    segmentation="behaviour",
    version="v003",
    as_of=dt.date(2026, 6, 30),
    build_id="2026-07-01T101500Z",
    person="local user",
    customers=2,
    data_start=dt.date(2026, 1, 3),
)
SAID = {
    "workspace": "Café Harbour",
    "content": "Customers of behaviour, s1",
    "segmentation": "behaviour",
    "version": "v003",
    "as_of": "2026-06-30",
    "customers": "2",
    "note": "window not full: data start 2026-01-03",
    "build": "2026-07-01T101500Z",
    "exported_by": "local user",
    "confidentiality": "Confidential",
}
FRAME = pd.DataFrame({"customer_id": ["a", "=b"], "value": [1.5, -2.0], "orders": [3, 0]})


def test_a_parquet_file_says_where_it_comes_from(tmp_path: Path) -> None:
    write_table(FRAME, tmp_path / "list.parquet", PROVENANCE)
    with Engine.open(None) as engine:  # a reader that had no part in writing it
        rows = engine.rows(
            "SELECT decode(key), decode(value) FROM parquet_kv_metadata($path)",
            {"path": str(tmp_path / "list.parquet")},
        )
    assert SAID.items() <= dict(rows).items()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "list.parquet"), FRAME)


def test_a_parquet_file_without_provenance_holds_the_frame_alone(tmp_path: Path) -> None:
    write_table(FRAME, tmp_path / "list.parquet", for_machines=True)
    keys = {key.decode() for key in pq.read_schema(tmp_path / "list.parquet").metadata}
    assert not keys & set(SAID)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "list.parquet"), FRAME)
