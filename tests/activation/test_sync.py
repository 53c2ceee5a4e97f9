from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from segmodel.activation import Batch, SyncReport, sync
from segmodel.alerts import SendError
from segmodel.council import ActivationLog
from segmodel.errors import ActivationError, StoreError
from segmodel.store import locked
from segmodel.workspace import Workspace
from tests.activation.made import SECTION, everybody, rows_of
from tests.support.receivers import webhook

Activate = Callable[..., Workspace]

DATABASE = """
[[activation.database]]
name = "crm"
uri = "{uri}"
table = "audience_members"
audiences = ["best"]
fields = ["segment", "value", "probability", "days_since_last", "churn_risk"]
"""
FOLDER = """
[[activation.folder]]
name = "drop"
path = "dropped"
audiences = ["best"]
"""
ENDPOINT = """
[[activation.endpoint]]
name = "post"
url = "{url}"
secret = "AUDIENCE_SECRET"
audiences = ["best"]
batch = 25
"""


def only(text: str) -> str:
    """The section, its audience restricted by a condition."""
    return SECTION + f'conditions = ["{text}"]\n'


def run(workspace: Workspace, target: str, **more: object) -> SyncReport:
    (report,) = sync(workspace, target, "Ana", sleep=lambda _: None, **more)  # type: ignore[arg-type]
    return report


def counts(report: SyncReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.removed, report.unchanged


def in_table(uri: str, audience: str = "best") -> pd.DataFrame:
    with sa.create_engine(uri, poolclass=sa.NullPool).connect() as connection:
        sql = sa.text("SELECT * FROM audience_members WHERE audience = :audience ORDER BY customer_id")
        rows = connection.execute(sql, {"audience": audience})
        return pd.DataFrame(rows.all(), columns=list(rows.keys())).drop(columns="audience")


def change_table(uri: str, *statements: str) -> None:
    engine = sa.create_engine(uri, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def wanted(workspace: Workspace, *conditions: str) -> pd.DataFrame:
    fields = ("segment", "value", "probability", "days_since_last", "churn_risk")
    return rows_of(workspace, everybody(workspace, *conditions, fields=fields))


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Compare rows by customer; a missing value is one however it is written."""

    def told(frame: pd.DataFrame) -> list[list[object]]:
        ordered = frame[list(expected)].sort_values("customer_id").astype(object)
        return [["" if pd.isna(value) else value for value in row] for row in ordered.to_numpy().tolist()]

    assert told(found) == told(expected)


def test_a_table_gets_what_is_new_and_loses_what_is_gone(activate: Activate, crm: str) -> None:
    workspace = activate(SECTION + DATABASE.format(uri=crm))
    everyone = wanted(workspace)
    assert counts(run(workspace, "crm")) == (len(everyone), 0, 0, 0)
    same(in_table(crm), everyone)
    assert counts(run(workspace, "crm")) == (0, 0, 0, len(everyone))

    workspace = activate(only("value>=30") + DATABASE.format(uri=crm))
    fewer = wanted(workspace, "value>=30")
    assert 0 < len(fewer) < len(everyone)
    assert counts(run(workspace, "crm")) == (0, 0, len(everyone) - len(fewer), len(fewer))
    same(in_table(crm), fewer)


def test_a_table_that_somebody_changed_is_put_right_and_other_rows_are_left(activate: Activate, crm: str) -> None:
    workspace = activate(SECTION + DATABASE.format(uri=crm))
    run(workspace, "crm")
    first, second, *_ = in_table(crm)["customer_id"]
    change_table(
        crm,
        f"DELETE FROM audience_members WHERE customer_id = '{first}'",
        f"UPDATE audience_members SET value = -1 WHERE customer_id = '{second}'",
        "INSERT INTO audience_members (audience, customer_id) VALUES ('best', 'nobody'), ('theirs', 'nobody')",
    )
    report = run(workspace, "crm")
    assert counts(report)[:3] == (1, 1, 1)
    same(in_table(crm), wanted(workspace))
    assert in_table(crm, "theirs")["customer_id"].tolist() == ["nobody"]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("audience VARCHAR(80), customer_id INTEGER, PRIMARY KEY (audience, customer_id)", "customer_id is INTEGER"),
        ("audience VARCHAR(80), customer_id VARCHAR(80)", "is neither its primary key nor unique"),
        (
            "audience VARCHAR(80), customer_id VARCHAR(80), PRIMARY KEY (audience, customer_id)",
            "column segment is missing",
        ),
        ("audience VARCHAR(80), customer_id VARCHAR(80), owner VARCHAR(9) NOT NULL", "column owner must have a value"),
    ],
)
def test_a_table_with_another_schema_is_refused_before_anything_is_sent(
    activate: Activate, crm: str, table: str, problem: str
) -> None:
    workspace = activate(SECTION + DATABASE.format(uri=crm))
    change_table(crm, f"CREATE TABLE audience_members ({table})")
    with pytest.raises(ActivationError, match=problem):
        run(workspace, "crm")
    assert in_table(crm).empty
    assert ActivationLog(workspace.folder).entries() == ()


def test_a_table_made_by_others_is_taken_as_it_is(activate: Activate, crm: str) -> None:
    workspace = activate(SECTION + DATABASE.format(uri=crm))
    change_table(
        crm,
        "CREATE TABLE audience_members (id INTEGER, audience VARCHAR(80) NOT NULL, customer_id VARCHAR(80) NOT NULL, "
        "segment TEXT, value NUMERIC(18,2), probability REAL, days_since_last INTEGER, churn_risk NUMERIC(8,4), "
        "email_sha256 CHAR(64), phone_sha256 CHAR(64), CONSTRAINT once UNIQUE (audience, customer_id))",
    )
    first = run(workspace, "crm")
    assert in_table(crm)["customer_id"].tolist() == wanted(workspace)["customer_id"].tolist()
    assert counts(run(workspace, "crm")) == (0, 0, 0, first.added)


def test_a_database_out_of_reach_is_told_without_its_password(
    activate: Activate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", "s3cret")
    uri = "postgresql+psycopg://crm:${CRM_PASSWORD}@127.0.0.1:1/crm"
    workspace = activate(SECTION + DATABASE.format(uri=uri))
    with pytest.raises(ActivationError, match="cannot be looked at") as caught:
        run(workspace, "crm")
    assert "s3cret" not in str(caught.value)
    workspace = activate(SECTION + DATABASE.format(uri="postgresql+psycopg://crm:${NOT_SET}@127.0.0.1:1/crm"))
    with pytest.raises(ActivationError, match="NOT_SET, which is not set"):
        run(workspace, "crm")


def test_two_syncs_of_one_target_do_not_run_at_once(activate: Activate) -> None:
    workspace = activate(SECTION + FOLDER)
    held = locked(workspace.folder / "store" / "activation-drop.lock", "busy")
    with held, pytest.raises(StoreError, match="Target drop is being synced already"):
        run(workspace, "drop")


def test_an_unknown_target_is_named_with_those_there_are(activate: Activate) -> None:
    with pytest.raises(ActivationError, match=r"There is no target 'dorp'; there are drop\. Did you mean 'drop'"):
        run(activate(SECTION + FOLDER), "dorp")


def test_a_folder_gets_one_file_a_sync_and_none_where_nothing_changed(activate: Activate) -> None:
    workspace = activate(SECTION + FOLDER)
    everyone = run(workspace, "drop").added
    folder = workspace.folder / "dropped"
    (first,) = folder.glob("*.csv")
    rows = pd.read_csv(first)
    assert (len(rows), set(rows["action"])) == (everyone, {"add"})
    assert run(workspace, "drop").batches == 0
    assert list(folder.glob("*.csv")) == [first]
    workspace = activate(only("value>=30") + FOLDER)
    report = run(workspace, "drop")
    (second,) = set(folder.glob("*.csv")) - {first}
    gone = pd.read_csv(second)
    assert (len(gone), set(gone["action"])) == (report.removed, {"remove"})
    told = json.loads((folder / f"{second.name}.manifest.json").read_text())
    assert (told["add"], told["remove"], told["confidentiality"]) == (0, report.removed, "Confidential")


def test_a_dropped_file_holds_no_formula_and_phone_numbers_as_they_are(activate: Activate) -> None:
    workspace = activate(SECTION + FOLDER + 'keys = "plain"\n')
    for name in ("transactions.csv", "customers.csv"):
        frame = pd.read_csv(workspace.folder / name, dtype=str)
        frame["customer_id"] = "=" + frame["customer_id"]
        frame.to_csv(workspace.folder / name, index=False)
    workspace.build()
    run(workspace, "drop")
    (file,) = (workspace.folder / "dropped").glob("*.csv")
    rows = pd.read_csv(file, dtype=str)
    assert rows["customer_id"].str.startswith("'=").all()
    assert rows["phone"].dropna().str.fullmatch(r"[+]44[0-9]{10}").all()


def test_an_address_gets_signed_batches_again_until_it_takes_them(
    activate: Activate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIENCE_SECRET", "key")
    with webhook() as receiver:
        receiver.answers = [(200, {}), (503, {}), (429, {"Retry-After": "1"})]
        workspace = activate(SECTION + ENDPOINT.format(url=receiver.url))
        report = run(workspace, "post")
        bodies = [json.loads(body) for _, body in receiver.taken]
        assert [each["id"] for each in bodies] == list(dict.fromkeys(each["id"] for each in bodies))
        assert len(bodies) == report.batches == -(-report.added // 25)
        again = [headers["Idempotency-Key"] for headers, _ in receiver.refused]
        assert again == [bodies[1]["id"]] * 2
        for headers, body in receiver.taken:
            said = headers["X-Segmodel-Timestamp"].encode() + b"." + body
            expected = hmac.new(b"key", said, hashlib.sha256).hexdigest()
            assert headers["X-Segmodel-Signature"] == f"sha256={expected}"
        sent = pd.DataFrame([row for body in bodies for row in body["add"]])
        same(sent[["customer_id", "segment"]], wanted(workspace)[["customer_id", "segment"]])
        assert run(workspace, "post").batches == 0


def test_a_target_that_refuses_is_gone_on_with_where_it_was(
    activate: Activate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIENCE_SECRET", "key")
    with webhook() as receiver:
        receiver.answers = [(200, {}), (200, {}), (400, {})]
        workspace = activate(SECTION + ENDPOINT.format(url=receiver.url))
        with pytest.raises(ActivationError, match="did not take batch 3 of audience best: it answered 400"):
            run(workspace, "post")
        assert ActivationLog(workspace.folder).entries()[0].state == "failed"
        (refused,) = [headers["Idempotency-Key"] for headers, _ in receiver.refused]
        report = run(workspace, "post")
        keys = [headers["Idempotency-Key"] for headers, _ in receiver.taken]
        # what may have been taken is said again by the same key, and what was taken is not said again
        assert keys[2] == refused
        assert len(keys) == len(set(keys))
        sent = [row["customer_id"] for _, body in receiver.taken for row in json.loads(body)["add"]]
        assert sorted(sent) == sorted(set(sent))
        assert report.unchanged == 50
        assert len(sent) == report.added + report.changed + report.unchanged


class Kept:
    """A target that keeps what it is told and cannot be asked; it may say no after it has taken a batch."""

    batch_size: int | None = 10

    def __init__(self) -> None:
        self.has: dict[str, tuple[object, ...]] = {}
        self.fails_after: list[int] = []
        self.calls = 0

    def check(self, columns: Sequence[str]) -> None:
        pass

    def held(self, audience: str, columns: Sequence[str]) -> pd.DataFrame | None:  # noqa: ARG002
        return None

    def close(self) -> None:
        pass

    def apply(self, batch: Batch) -> None:
        self.calls += 1
        for customer in batch.removed:
            self.has.pop(customer, None)
        for row in batch.added.itertuples(index=False):
            self.has[str(row[0])] = tuple(row)
        if self.calls in self.fails_after:
            raise SendError("it hung up", is_passing=False)


def test_what_may_have_been_taken_is_removed_when_it_is_not_wanted_any_more(activate: Activate) -> None:
    """The target took a batch and its answer was lost; then the audience changed."""
    kept = Kept()
    kept.fails_after = [3]
    workspace = activate(SECTION + FOLDER)
    with pytest.raises(ActivationError, match="it hung up"):
        run(workspace, "drop", connector=kept)
    assert len(kept.has) == 30
    workspace = activate(only("value>=30") + FOLDER)
    kept.fails_after = [5]
    with pytest.raises(ActivationError, match="it hung up"):
        run(workspace, "drop", connector=kept)
    run(workspace, "drop", connector=kept)
    assert sorted(kept.has) == wanted(workspace, "value>=30")["customer_id"].tolist()
    workspace = activate(SECTION + FOLDER)
    run(workspace, "drop", connector=kept)
    assert sorted(kept.has) == wanted(workspace)["customer_id"].tolist()


def test_whoever_withdraws_is_removed_even_where_the_audience_falls_below_the_minimum(activate: Activate) -> None:
    kept = Kept()
    workspace = activate(SECTION + FOLDER)
    run(workspace, "drop", connector=kept)
    customers = workspace.folder / "customers.csv"
    customers.write_text(customers.read_text().replace("yes", "no", 10_000).replace("no,", "no,"))
    report = run(workspace, "drop", connector=kept)
    assert (kept.has, report.added, report.unchanged) == ({}, 0, 0)


def test_the_log_keeps_ids_only(activate: Activate, tmp_path: Path) -> None:
    workspace = activate(SECTION + FOLDER)
    run(workspace, "drop", connector=Kept())
    batches = ActivationLog(workspace.folder).batches("drop", "best")
    assert all(batch.is_taken for batch in batches)
    ids = [customer for batch in batches for customer in batch.added]
    assert sorted(ids) == wanted(workspace)["customer_id"].tolist()
    hashes = wanted(workspace)["email_sha256"].dropna()
    record = b"".join(each.read_bytes() for each in workspace.folder.glob("council.db*"))
    assert not any(each.encode() in record for each in hashes)
    assert b"example.com" not in record.lower()
