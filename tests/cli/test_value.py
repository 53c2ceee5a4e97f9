"""The command for lifetime value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import Run
from tests.support.purchases import simulate_lines


def test_clv_of_a_workspace_has_every_segment(run: Run, built: Path) -> None:
    document = json.loads(run("clv", built, "--json").out)
    assert document["model"]["basis"] in {"model", "trailing"}
    assert document["model"]["reason"]
    for content in document["segmentations"].values():
        assert content["all"]["customers"] > 0
        assert all(
            {"id", "name", "lifetime_value", "churn_risk", "may_leave"} <= set(row) for row in content["segments"]
        )
    printed = run("clv", built)
    assert printed.code == 0
    assert "behaviour" in printed.out


def test_clv_of_a_file_needs_no_workspace(run: Run, tmp_path: Path) -> None:
    lines = simulate_lines(600, 2 * 365, seed=4)
    lines.to_csv(tmp_path / "shop.csv", index=False)
    document = json.loads(run("clv", tmp_path / "shop.csv", "--json").out)
    assert document["customers"] == lines["customer_id"].nunique()
    assert document["model"]["basis"] == "model"
    assert document["lifetime_value"] == pytest.approx(document["lifetime_value_a_customer"] * document["customers"])
    assert "purchases forecast" in run("clv", tmp_path / "shop.csv").out
    assert [path.name for path in tmp_path.iterdir()] == ["shop.csv"]


def test_clv_of_nothing_is_refused(run: Run, tmp_path: Path) -> None:
    assert run("clv", tmp_path / "absent").code == 2
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    result = run("clv", tmp_path / "notes.csv")
    assert result.code == 2
    assert "no column looks like" in result.err
