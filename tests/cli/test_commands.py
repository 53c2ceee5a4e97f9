from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from segmodel.definition import FILE_NAME
from segmodel.metrics import METRICS
from segmodel.workspace import Workspace
from tests.support.command_line import SHORT, Result, Run, refused
from tests.support.real_data import real_data
from tests.support.workspaces import make_transactions, write_workspace


def test_build_prints_its_contract_as_json(run: Run, folder: Path) -> None:
    result = run("build", folder, "--json")
    assert result.code == 0
    document = json.loads(result.out)
    assert list(document) == ["build", "as_of", "tables", "segmentations"]
    assert document["build"] == Workspace(folder).current()
    assert document["as_of"] == "2026-03-31"
    rows = len(pd.read_csv(folder / "transactions.csv"))
    assert document["tables"] == {"transactions": {"rows_read": rows, "rows_accepted": rows, "rows_quarantined": 0}}
    with Workspace(folder).open() as published:
        tiers = len(published.segments("value"))
    assert document["segmentations"] == {
        "behaviour": {"version": "v001", "k": 3},
        "value": {"version": "v001", "k": tiers},
    }


def test_build_prints_a_reconciliation_that_adds_up(run: Run, folder: Path) -> None:
    result = run("build", folder, "--as-of", "2025-12-31")
    assert result.code == 0
    assert "transactions: " in result.out
    assert "rows read" in result.out
    assert "behaviour: version v001, 3 segments, fitted anew: no model yet\n" in result.out
    assert f"Published build {Workspace(folder).current()}, as of 2025-12-31." in result.out
    again = run("build", folder, "--as-of", "2025-12-31").out
    assert "behaviour: version v001, 3 segments\n" in again
    path = folder / FILE_NAME
    path.write_text(path.read_text().replace("k = 3", "k = 3\nseed = 5"))
    changed = run("build", folder, "--as-of", "2025-12-31").out
    assert "behaviour: version v002, 3 segments, fitted anew: the definition changed\n" in changed
    assert "value: version v001" in changed


def test_metrics_print_their_contract_as_json(run: Run, built: Path) -> None:
    result = run("metrics", built, "--json")
    assert result.code == 0
    document = json.loads(result.out)
    assert {"build", "as_of", "segmentations"} <= set(document)
    assert document["build"] == Workspace(built).current()
    assert (document["value_basis"], document["window_months"]) == ("margin", 12)
    assert list(document["segmentations"]) == ["behaviour", "value"]
    shown = {name for name, metric in METRICS.items() if metric.is_shown or metric.of}
    for content in document["segmentations"].values():
        assert content["version"] == "v001"
        for segment in content["segments"]:
            assert set(segment) == {"id", "name", *shown}
    with Workspace(built).open() as published:
        metrics = published.segment_metrics("behaviour")
    latest = metrics[metrics["snapshot"] == metrics["snapshot"].max()].set_index("segment")
    for segment in document["segmentations"]["behaviour"]["segments"]:
        for name in ("customers", "customer_share", "value", "value_share", "value_index"):
            expected = latest.loc[segment["id"], name]
            assert segment[name] == (None if pd.isna(expected) else pytest.approx(expected))


def test_metrics_of_one_segmentation(run: Run, built: Path) -> None:
    assert list(json.loads(run("metrics", built, "--segmentation", "value", "--json").out)["segmentations"]) == [
        "value"
    ]
    text = run("metrics", built, "--segmentation", "value")
    assert text.code == 0
    assert "value v001, as of 2026-03-31" in text.out
    assert all(heading in text.out for heading in ("of customers", "of value"))


def test_check_prints_rows_and_builds_nothing(run: Run, folder: Path) -> None:
    result = run("check", folder, "--json")
    assert result.code == 0
    assert set(json.loads(result.out)["tables"]["transactions"]) == {"rows_read", "rows_accepted", "rows_quarantined"}
    assert "rows read = " in run("check", folder).out
    assert not (folder / "store").exists()


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
def test_score_writes_its_contract(run: Run, built: Path, tmp_path: Path, ending: str) -> None:
    output = tmp_path / f"scored{ending}"
    result = run("score", built, "behaviour", "--input", built / "transactions.csv", "--output", output)
    assert (result.code, result.out) == (0, "")
    scored = pd.read_parquet(output) if ending == ".parquet" else pd.read_csv(output)
    assert list(scored) == ["customer_id", "segment", "probability", "runner_up"]
    with Workspace(built).open() as published:
        assert len(scored) == published.transaction_totals()["customers"]
    rows = len(pd.read_csv(built / "transactions.csv"))
    assert f"transactions: {rows:,} rows read = {rows:,} accepted + 0 quarantined" in result.err


def test_scored_ids_stay_what_they_are(run: Run, built: Path, tmp_path: Path) -> None:
    ids = ["+44", "-1", "=A1"]
    features = tmp_path / "features.csv"
    pd.DataFrame({"customer_id": ids, "recency_days": 3, "frequency": 9, "monetary": 500}).to_csv(features, index=False)
    output = tmp_path / "scored.csv"
    assert run("score", built, "behaviour", "--input", features, "--output", output).code == 0
    assert pd.read_csv(output, dtype=str)["customer_id"].to_list() == ids


def test_sql_goes_to_the_screen_or_to_a_file(run: Run, built: Path, tmp_path: Path) -> None:
    printed = run("sql", built, "behaviour", "--from", "features").out.rstrip()
    features = ("--from", "features", "--dialect", "duckdb", "--output", tmp_path / "x.sql")
    assert run("sql", built, "behaviour", *features).out == ""
    assert (tmp_path / "x.sql").read_text().rstrip() == printed
    assert "FROM transactions" in run("sql", built, "behaviour", "--as-of", "today", "--view", "now").out
    for wrong in (("--as-of", "yesterday"), ("--from", "features", "--view", "x"), ("--dialect", "cobol")):
        told = run("sql", built, "behaviour", *wrong)
        assert (told.code, "Traceback" in told.err) == (2, False)
    with Workspace(built).open() as published:
        assert published.engine.frame(printed)["segment"].notna().all()


def test_export_lists_a_segment_and_says_what_it_is(run: Run, built: Path, tmp_path: Path) -> None:
    with Workspace(built).open() as published:
        segment = published.segments("value").iloc[1]
        expected = published.segment_customers("value", "s2")["customer_id"].to_list()
    for place, word in enumerate((segment["segment"], segment["name"])):
        output = tmp_path / f"{place}.csv"
        assert run("export", built, "value", word, "--output", output).code == 0
        assert pd.read_csv(output, comment="#")["customer_id"].to_list() == expected
        text = output.read_text(encoding="utf-8-sig")
        assert "# Confidential" in text.splitlines()
        assert "# Workspace: Corner shop" in text


def test_rollback_lists_and_goes_back(run: Run, folder: Path) -> None:
    first, second = Workspace(folder).build().build_id, Workspace(folder).build().build_id
    assert run("rollback", folder).out.splitlines() == [
        f"{second}  as of 2026-03-31  published",
        f"{first}  as of 2026-03-31",
    ]
    assert f"{first}  as of 2026-03-31  published" in run("rollback", folder, first).out
    assert Workspace(folder).current() == first


@pytest.mark.parametrize("file", ["online_retail/lines.csv.gz", "cdnow/transactions_sample.csv.gz"])
@pytest.mark.real_data
def test_init_then_build_need_no_editing(run: Run, tmp_path: Path, file: str) -> None:
    assert run("init", tmp_path / "new shop", "--transactions", real_data(file)).code == 0
    if "cdnow" in file:  # the other is built by tests/acceptance/test_agreement.py
        document = json.loads(run("build", tmp_path / "new shop", "--json").out)
        table = document["tables"]["transactions"]
        assert table["rows_read"] == table["rows_accepted"] + table["rows_quarantined"] == 6_919
        assert len(document["segmentations"]) == 2


def test_init_leaves_a_definition_that_is_there(run: Run, folder: Path) -> None:
    before = (folder / FILE_NAME).read_bytes()
    refused(run("init", folder, "--transactions", folder / "transactions.csv"), FILE_NAME, "left as it is")
    assert (folder / FILE_NAME).read_bytes() == before


def test_init_says_which_file_it_needs(run: Run, tmp_path: Path) -> None:
    refused(run("init", tmp_path / "new"), "--transactions")
    refused(run("init", tmp_path / "new", "--transactions", tmp_path / "none.csv"), "none.csv")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", [["build"], ["check"], ["metrics"], ["rollback", "2026-01-01T000000Z"]])
def test_an_unknown_folder_is_refused(run: Run, tmp_path: Path, command: list[str]) -> None:
    name, *rest = command
    refused(run(name, tmp_path / "nowhere", *rest))
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_without_definition_is_refused(run: Run, tmp_path: Path) -> None:
    refused(run("build", tmp_path), FILE_NAME, "segmodel init")
    assert list(tmp_path.iterdir()) == []


def test_every_problem_of_a_definition_is_told_at_once(run: Run, folder: Path) -> None:
    path = folder / FILE_NAME
    path.write_text(path.read_text().replace("history_months = 2", 'history_months = -1\ncurency = "GBP"'))
    refused(run("build", folder), "2 problems", "history_months", "Did you mean 'currency'?")


def test_dates_before_any_purchase_are_refused(run: Run, folder: Path) -> None:
    refused(run("build", folder, "--as-of", "1999-12-31"), "Nothing was bought up to 1999-12-31")


@pytest.mark.parametrize(
    "arguments",
    [
        ["metrics", "{built}", "--segmentation", "behavior"],
        ["sql", "{built}", "behavior"],
        ["score", "{built}", "behavior", "--input", "{built}/transactions.csv", "--output", "x.csv"],
        ["export", "{built}", "behavior", "s1", "--output", "x.csv"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_unknown_segmentation_is_refused(run: Run, built: Path, arguments: list[str]) -> None:
    refused(run(*(text.replace("{built}", str(built)) for text in arguments)), "Did you mean 'behaviour'?")


def test_an_unknown_segment_is_refused(run: Run, built: Path, tmp_path: Path) -> None:
    refused(run("export", built, "value", "Best", "--output", tmp_path / "x.csv"), "no segment 'Best'", "s1 (")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_dialect_is_refused(run: Run, built: Path) -> None:
    refused(run("sql", built, "value", "--dialect", "oracle"), "'oracle'", "duckdb")


def test_a_damaged_model_file_is_refused(run: Run, folder: Path) -> None:
    Workspace(folder).build()
    model = folder / "models" / "value" / "v001.json"
    model.write_text(model.read_text()[:200])
    refused(run("build", folder), "v001.json", "damaged")


def test_a_damaged_store_is_refused(run: Run, folder: Path) -> None:
    build_id = Workspace(folder).build().build_id
    (folder / "store" / f"{build_id}.duckdb").write_bytes(b"not a database" * 1000)
    refused(run("metrics", folder), build_id, "damaged")
    assert "unknown (damaged)" in run("rollback", folder).out


@pytest.mark.parametrize("output", ["no/such/folder/x.csv", "x.doc"], ids=["no folder", "unknown ending"])
def test_where_nothing_can_be_written_is_refused(run: Run, built: Path, tmp_path: Path, output: str) -> None:
    refused(run("export", built, "value", "s1", "--output", tmp_path / output), Path(output).name)
    refused(
        run("score", built, "value", "--input", built / "transactions.csv", "--output", tmp_path / output),
        Path(output).name,
    )
    refused(run("sql", built, "value", "--output", tmp_path / "no" / "x.sql"), "x.sql")
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_refused(run: Run, built: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(run("app", built, "--port", port), f"Port {port} is taken", f"--port {port + 1}")


def test_no_dashboard_for_a_folder_that_is_not_there(run: Run, tmp_path: Path) -> None:
    refused(run("app", tmp_path / "nowhere"), "There is no folder", "segmodel init")


@pytest.mark.parametrize(
    "arguments",
    [
        ["build"],
        ["biuld", "x"],
        ["build", "x", "--as-of", "31/12/2025"],
        ["build", "x", "--as-of", "2025-02-30"],
        ["build", "x", "--jsn"],
        ["app", "x", "--port", "0"],
        ["score", "x", "y", "--output", "z.csv"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_and_ends_with_2(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.code, result.out) == (2, "")
    assert "Usage:" in result.err
    assert "Traceback" not in result.err


def test_awkward_names_are_only_names(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "a 'b' [red]; é ☕ --"
    write_workspace(folder, make_transactions(customers=20, rich=False), settings=SHORT, file="x ;'☕'.csv")
    assert run("build", folder).code == 0
    assert run("metrics", folder, "--json").code == 0
    shutil.rmtree(folder / "store")
    refused(run("metrics", folder), "[red]; é ☕ --")


def test_the_program_can_be_run_as_a_module(built: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "segmodel"]
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run([*command, "metrics", built, "--json"], capture_output=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["build"] == Workspace(built).current()
    refused_run = subprocess.run([*command, "metrics", tmp_path], capture_output=True, text=True, check=False)
    refused(Result(refused_run.returncode, refused_run.stdout, refused_run.stderr), "Nothing is published")
