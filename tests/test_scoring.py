from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from segmodel.errors import ScorecardError, SourceError, StoreError
from segmodel.scoring import published_model, score_file
from segmodel.workspace import Workspace
from tests.support.agreement import assert_scores_agree
from tests.support.workspaces import KMEANS, TIERS, make_transactions, write_workspace

RFM = '\n[[segmentation]]\nname = "rfm"\nmethod = "rfm"\n'
RULES = """
[[segmentation]]
name = "own"
method = "rules"
[[segmentation.rules]]
segment = "Often & much"
when = { frequency = [5, ""], monetary = [200, ""] }
[[segmentation.rules]]
segment = "Gone"
when = { recency_days = [180, ""] }
"""
NAMES = ("behaviour", "value", "rfm", "own")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("scoring") / "shop"
    settings = "history_months = 5"
    write_workspace(
        folder, make_transactions(seed=4, customers=90), settings=settings, segmentations=KMEANS + TIERS + RFM + RULES
    )
    Workspace(folder).build()
    return Workspace(folder)


@pytest.fixture(scope="module")
def assigned(workspace: Workspace) -> pd.DataFrame:
    """Segments at the latest snapshot: a row a customer, a column a segmentation."""
    with workspace.open() as published:
        rows = published.engine.frame(
            "SELECT segmentation, customer_id, segment FROM assignments WHERE snapshot = $day",
            {"day": published.snapshots()[-1]},
        )
    return rows.pivot_table(index="customer_id", columns="segmentation", values="segment", aggfunc="first").sort_index()


@pytest.mark.parametrize("name", NAMES)
def test_python_sql_and_store_agree_on_every_customer(workspace: Workspace, name: str) -> None:
    assert assert_scores_agree(workspace, name) > 400


@pytest.mark.parametrize("name", NAMES)
def test_the_own_transactions_score_as_the_build_did(workspace: Workspace, assigned: pd.DataFrame, name: str) -> None:
    scored = score_file(workspace, name, workspace.folder / "transactions.csv").customers
    assert list(scored) == ["customer_id", "segment", "probability", "runner_up"]
    assert scored["customer_id"].to_list() == assigned.index.to_list()
    assert scored["segment"].to_list() == assigned[name].to_list()


def test_rules_mean_what_they_say(workspace: Workspace) -> None:
    names = {segment.id: segment.name for segment in published_model(workspace, "own").segments}
    with workspace.open() as published:
        frame = published.engine.frame(
            "SELECT segment, frequency, monetary, recency_days FROM assignments "
            "JOIN customer_features USING (snapshot, customer_id) WHERE segmentation = 'own'"
        )
    much, gone = (frame["frequency"] >= 5) & (frame["monetary"] >= 200), frame["recency_days"] >= 180
    expected = pd.Series("Everyone else", frame.index).mask(gone, "Gone").mask(much, "Often & much")
    assert (frame["segment"].map(names) == expected).all()


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_file_of_features_is_scored_as_it_is(
    workspace: Workspace, assigned: pd.DataFrame, tmp_path: Path, ending: str
) -> None:
    with workspace.open() as published:
        features = published.engine.frame(
            "SELECT customer_id, recency_days, frequency, monetary FROM customer_features WHERE snapshot = $day",
            {"day": published.snapshots()[-1]},
        )
    path = tmp_path / f"features{ending}"
    features.to_parquet(path, index=False) if ending == ".parquet" else features.to_csv(path, index=False)
    scored = score_file(workspace, "behaviour", path).customers
    assert scored["segment"].to_list() == assigned["behaviour"].to_list()


def test_numbers_as_customer_ids_stay_what_they_are(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "features.csv"
    path.write_text("customer_id,recency_days,frequency,monetary\n007,3,9,500\n17850,200,,10\n")
    scored = score_file(workspace, "behaviour", path).customers
    assert scored["customer_id"].to_list() == ["007", "17850"]
    assert scored["segment"].notna().all()


def test_transactions_are_scored_as_of_the_day_asked_for(workspace: Workspace) -> None:
    day = dt.date(2025, 12, 31)
    scored = score_file(workspace, "behaviour", workspace.folder / "transactions.csv", day).customers
    with workspace.open() as published:
        stored = published.engine.frame(
            "SELECT customer_id, segment FROM assignments WHERE segmentation = 'behaviour' AND snapshot = $day "
            "ORDER BY customer_id",
            {"day": day},
        )
    assert scored[["customer_id", "segment"]].to_numpy().tolist() == stored.to_numpy().tolist()


def test_what_cannot_be_scored_is_told(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no segmentation 'behavor'"):
        published_model(workspace, "behavor")
    with pytest.raises(SourceError, match=r"nowhere\.csv"):
        score_file(workspace, "behaviour", tmp_path / "nowhere.csv")
    neither = tmp_path / "odd.csv"
    neither.write_text("name,colour\na,red\n")
    with pytest.raises(SourceError, match="customer_id"):
        score_file(workspace, "behaviour", neither)


def test_a_feature_file_with_words_for_numbers_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "features.csv"
    path.write_text("customer_id,recency_days,frequency,monetary\na,long,9,500\n")
    with pytest.raises(ScorecardError, match="recency_days"):
        score_file(workspace, "behaviour", path)


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        (("a", "", " ", "b"), "has 2 rows without customer_id and 0 that repeat"),
        (("a", "b", "a", "a"), "has 0 rows without customer_id and 2 that repeat"),
    ],
)
def test_a_feature_file_that_does_not_tell_customers_apart_is_refused(
    workspace: Workspace, tmp_path: Path, ids: tuple[str, ...], sentence: str
) -> None:
    path = tmp_path / "features.csv"
    path.write_text("customer_id,recency_days,frequency,monetary\n" + "".join(f"{id_},3,9,500\n" for id_ in ids))
    with pytest.raises(ScorecardError, match=sentence):
        score_file(workspace, "behaviour", path)


def test_what_became_of_every_row_of_transactions_is_told(workspace: Workspace, tmp_path: Path) -> None:
    lines = (workspace.folder / "transactions.csv").read_text().splitlines(keepends=True)
    names = lines[0].strip().split(",")
    broken = lines[1].split(",")
    broken[names.index("ordered_at")] = "no day"
    path = tmp_path / "new.csv"
    path.write_text("".join([*lines, ",".join(broken)]))
    (report,) = score_file(workspace, "behaviour", path).tables
    assert (report.table, report.rows_read, report.rows_quarantined) == ("transactions", len(lines), 1)
