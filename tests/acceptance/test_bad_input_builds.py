"""Bad input: one clear sentence and exit 2, or quarantine; never a traceback, never a lost published build."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.cli import main
from segmodel.definition import FILE_NAME
from segmodel.errors import SegmodelError
from segmodel.workspace import Workspace
from tests.support.workspaces import KMEANS, make_transactions, write_workspace

GOOD = make_transactions(customers=30, rich=False)
SETTINGS = "history_months = 1"
Content = str | bytes


def csv(frame: pd.DataFrame, separator: str = ",") -> str:
    return frame.to_csv(index=False, sep=separator)


def repeated(name: str, values: list[object]) -> pd.DataFrame:
    """Return the good transactions with a column made of `values` over and over."""
    return GOOD.assign(**{name: [values[place % len(values)] for place in range(len(GOOD))]})


def one_day() -> pd.DataFrame:
    """Return customers who did all the same: one order of one price on one day."""
    return pd.DataFrame({"customer_id": [f"c{n}" for n in range(30)], "ordered_at": "2026-01-05", "amount": 10.0})


STOPS: dict[str, tuple[Content | None, str]] = {
    "missing file": (None, "transactions.csv"),
    "empty file": ("", "transactions.csv"),
    "header only": ("customer_id,ordered_at,amount\n", "transactions.csv"),
    "column missing": (csv(GOOD.rename(columns={"customer_id": "custmer_id"})), "custmer_id"),
    "unparsable dates": (csv(repeated("ordered_at", ["soon"])), "ordered_at"),
    "text in amounts": (csv(repeated("amount", ["many"])), "amount"),
    "null ids": (csv(repeated("customer_id", [None])), "customer_id"),
    "ambiguous dates": (csv(repeated("ordered_at", ["01/02/2026", "03/04/2026"])), "date_format"),
    "duplicated column names": ("customer_id,ordered_at,amount,amount\na,2026-01-01,1,2\n", "amount"),
    "one customer": (csv(GOOD.assign(customer_id="a")), "two customers"),
    "fewer customers than segments": (csv(GOOD[GOOD["customer_id"].isin(["c0000", "c0001"])]), "3 segments"),
    "constant features": (csv(one_day()), "No feature tells the customers apart"),
    "refunds only": (csv(GOOD.assign(amount=-1)), "No purchase was found"),
    "not text": (bytes(range(256)) * 40, "transactions.csv"),
    "a page instead of data": ("<!DOCTYPE html><html><body>Sign in</body></html>\n" * 30, "transactions.csv"),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_workspace(tmp_path_factory.mktemp("bad") / "shop", GOOD, settings=SETTINGS, segmentations=KMEANS)
    Workspace(folder).build()
    return folder


@pytest.fixture
def build(
    published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[], tuple[int, str]]]:
    """Build by the command line: exit code and stderr. What was published before is what serves after."""
    definition, current = (published / FILE_NAME).read_text(), Workspace(published).current()
    models, aside = published / "models", published / "models-aside"
    models.rename(aside)  # a model there would spare the fit, and its errors

    def call() -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["segmodel", "build", str(published)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().err

    yield call
    (published / FILE_NAME).write_text(definition)
    shutil.rmtree(models, ignore_errors=True)
    aside.rename(models)
    if Workspace(published).current() != current:
        Workspace(published).rollback(str(current))


@pytest.mark.parametrize("name", STOPS)
def test_a_build_stops_with_one_sentence(published: Path, build: Callable[[], tuple[int, str]], name: str) -> None:
    content, word = STOPS[name]
    path = published / "transactions.csv"
    current = Workspace(published).current()
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    code, told = build()
    assert code == 2, told
    assert told.startswith("Error: ")
    assert "Traceback" not in told
    assert "\n\n" not in told.strip()
    assert len(told) < 1500
    assert word in told
    assert Workspace(published).current() == current
    with Workspace(published).open() as opened:
        assert len(opened.segments("behaviour")) == 3
    assert not [entry.name for entry in (published / "store").iterdir() if entry.name.startswith(".")]


@pytest.mark.parametrize(
    ("changed", "bad"),
    [
        ({"customer_id": None}, 5),
        ({"customer_id": "  "}, 5),
        ({"ordered_at": "soon"}, 5),
        ({"ordered_at": "1899-12-30 10:00:00"}, 5),
        ({"amount": "many"}, 5),
        ({"amount": "inf"}, 5),
        ({"amount": None}, 5),
        ({"amount": "-1"}, 0),
        ({"amount": "0"}, 0),
    ],
    ids=str,
)
def test_some_bad_rows_end_in_quarantine(tmp_path: Path, changed: dict[str, object], bad: int) -> None:
    frame = GOOD.astype(object)
    for name, value in changed.items():
        frame.loc[frame.index[10:15], name] = value
    folder = write_workspace(tmp_path / "shop", frame, settings=SETTINGS, segmentations=KMEANS)
    (table,) = Workspace(folder).build().tables
    assert (table.rows_read, table.rows_quarantined) == (len(GOOD), bad)
    assert table.rows_accepted == len(GOOD) - bad


@pytest.mark.parametrize("separator", [";", "\t", "|"], ids=["semicolon", "tab", "bar"])
def test_other_separators_are_read(tmp_path: Path, separator: str) -> None:
    folder = write_workspace(tmp_path / "shop", GOOD, settings=SETTINGS, segmentations=KMEANS)
    (folder / "transactions.csv").write_text(csv(GOOD, separator))
    assert Workspace(folder).build().tables[0].rows_accepted == len(GOOD)


NAMES = [
    "O'Brien",
    'say "hi"',
    "a; DROP TABLE transactions; --",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "☕🎁",
    "\u202egnirts",
    "مرحبا",
    "=HYPERLINK(1)",
    "a,b",
    "{literal}",
    "$name",
]


def test_awkward_names_are_data(tmp_path: Path) -> None:
    customers = np.array([f"{name} {place}" for place in range(3) for name in NAMES])
    frame = GOOD.assign(
        customer_id=customers[np.arange(len(GOOD)) % len(customers)],
        channel=np.array(NAMES)[np.arange(len(GOOD)) % len(NAMES)],
    )
    filters = f'{SETTINGS}\nfilters = ["main_channel"]\nminimum_group = 5'
    folder = write_workspace(tmp_path / "shop", frame, settings=filters, segmentations=KMEANS)
    Workspace(folder).build()
    with Workspace(folder).open() as opened:
        ids = {row for (row,) in opened.engine.rows("SELECT DISTINCT customer_id FROM customer_features")}
        assert ids == set(customers)
        values = set(opened.filters()["value"])
        assert values - {"Other"} <= set(NAMES)
        for value in values:
            assert len(opened.segment_metrics("behaviour", (("main_channel", value),))) > 0


def test_names_of_a_definition_cannot_leave_the_folder(tmp_path: Path) -> None:
    sly = KMEANS.replace('"behaviour"', '"../../outside"')
    folder = write_workspace(tmp_path / "shop", GOOD, segmentations=sly)
    with pytest.raises(SegmodelError, match="segmentation"):
        Workspace(folder).build()
    assert {path.name for path in tmp_path.iterdir()} == {"shop"}


def test_a_feature_nobody_has_is_left_out_with_a_note(tmp_path: Path) -> None:
    # nobody has two gaps between purchases, so regularity is known of no one
    frame = GOOD.groupby("customer_id").head(2)
    segmentations = KMEANS.replace('"frequency"', '"gap_regularity"')
    folder = write_workspace(tmp_path / "shop", frame, settings=SETTINGS, segmentations=segmentations)
    (model,) = Workspace(folder).build().models
    assert "gap_regularity" in model.diagnostics["features_dropped"]
    assert "gap_regularity" not in model.features


def _limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))


def test_no_room_on_the_disk(published: Path) -> None:
    """A limit on the size of files stands for a small disk: it needs no right to mount one."""
    GOOD.to_csv(published / "transactions.csv", index=False)
    before = sorted(path.name for path in (published / "store").iterdir())
    command = [sys.executable, "-m", "segmodel", "build", published]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=_limit_files)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "disk is full" in done.stderr
    assert sorted(path.name for path in (published / "store").iterdir()) == before
    Workspace(published).build()
    stray = [path.name for path in (published / "store").iterdir() if path.suffix != ".duckdb"]
    assert sorted(stray) == ["current", "lock", "models.lock", "rows"]
