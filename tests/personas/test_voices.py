"""Voices of a build: what is told by segment, and that nobody who speaks can be told from it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.definition import FILE_NAME
from segmodel.errors import SourceError
from segmodel.personas import read_quotes, read_voice, voice_finding
from segmodel.personas.voices import MOODS, theme_table, voice_table
from segmodel.workspace import Workspace
from tests.personas.planted_identifiers import folded, plant
from tests.support.builds import assert_identical, everything
from tests.support.workspaces import TIERS, make_transactions, write_workspace

SAID = (
    "The queue in the morning is terrible and the till is slow",
    "I waited in the queue and the barista was rude to me",
    "The ribbon on the gift was beautiful and she loved the card",
    "The wrapping of the gift was lovely with a card and a ribbon",
    "We order for the office and the invoice is in order",
)
CUSTOMERS = 120


def made(folder: Path, comments: pd.DataFrame, more: str = "") -> Path:
    """A workspace with these comments."""
    write_workspace(
        folder,
        make_transactions(customers=CUSTOMERS, rich=False),
        settings="minimum_group = 5\nhistory_months = 1\nmax_quarantined = 1.0",
        segmentations=TIERS,
    )
    comments.to_csv(folder / "verbatims.csv", index=False)
    with (folder / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write(f'[sources.verbatims]\npath = "verbatims.csv"\n{more}')
    return folder


def ordinary(count: int = 400) -> pd.DataFrame:
    """Comments of a customer each in turn; the first half of the customers speak of queues, the others of gifts."""
    customers = [f"c{number % CUSTOMERS:04d}" for number in range(count)]
    texts = [SAID[number % 2 if number % CUSTOMERS < CUSTOMERS // 2 else 2 + number % 3] for number in range(count)]
    return pd.DataFrame({"customer_id": customers, "said_at": "2026-01-15", "text": texts, "source": "survey"})


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A built workspace whose customers wrote 1,600 identifiers, and those."""
    folder = tmp_path_factory.mktemp("planted") / "shop"
    secrets = plant(1600, seed=7)
    customers = [f"c{number % CUSTOMERS:04d}" for number in range(len(secrets))]
    # some in rows that go to quarantine, and in the column that says where it was said
    said_at = np.where(np.arange(len(secrets)) % 40 == 0, "2026-02-31", "2026-01-15")
    source = np.where(np.arange(len(secrets)) % 7 == 0, [each.comment for each in secrets], "survey")
    told = pd.DataFrame(
        {"customer_id": customers, "said_at": said_at, "text": [each.comment for each in secrets], "source": source}
    )
    people = pd.DataFrame(
        {
            "customer_id": [f"c{number:04d}" for number in range(CUSTOMERS)],
            "email": [f"quillfeather{number}.brassington@example.com" for number in range(CUSTOMERS)],
            "first_name": "Thorbjorna",
        }
    )
    known = pd.DataFrame(
        {
            "customer_id": [f"c{number:04d}" for number in range(60)],
            "said_at": "2026-01-16",
            "text": [
                f"The queue in the morning is long says thorbjorna, quillfeather{number}.brassington, xxc{number:04d}xx"
                for number in range(60)
            ],
            "source": "review",
        }
    )
    made(folder, pd.concat([ordinary(), told, known]), '[sources.customers]\npath = "customers.csv"\n')
    people.to_csv(folder / "customers.csv", index=False)
    Workspace(folder).build()
    return folder, sorted({secret for each in secrets for secret in each.secrets if len(secret) > 4})


def texts_of(published: object, tables: Sequence[str]) -> str:
    """Return the letters and digits of every text in some tables."""
    engine = published.engine  # type: ignore[attr-defined]
    found = []
    for table in tables:
        frame = engine.frame(f"SELECT * FROM {table}")
        found += [
            folded(str(value)) for name in frame.select_dtypes(["object", "str"]) for value in frame[name].unique()
        ]
    return "\n".join(found)


def test_a_thousand_planted_identifiers_are_in_no_table_of_the_build(planted: tuple[Path, list[str]]) -> None:
    folder, secrets = planted
    assert len(secrets) >= 1000
    with Workspace(folder).open() as published:
        # who somebody is stands in these, whatever anybody wrote; none of them holds a comment
        tables = [table for table in published.engine.tables() if table not in {"transaction_days", "source_ledger"}]
        everywhere = texts_of(published, tables)
        assert not [secret for secret in secrets if secret in everywhere]
        # what the workspace itself knows of its customers is in no table of voices
        voices = texts_of(published, [table for table in tables if table.startswith("voice")])
        assert "queue" in voices
        assert not [known for known in ("thorbjorna", "quillfeather", "brassington", "c0007") if known in voices]
        (rule,) = published.quarantine_reasons().query("table_name == 'verbatims'")["rule"]
        quarantined = published.quarantine_examples("verbatims", rule, limit=100)
        assert len(quarantined) == 40
        assert quarantined["content"].str.contains(r"\[(?:e-mail|name|number|phone|link)\]").any()


def test_no_comment_is_in_any_file_of_the_store(planted: tuple[Path, list[str]]) -> None:
    folder, _ = planted
    with Workspace(folder).open() as published:
        assert "verbatims" not in published.engine.tables()
    assert not list((folder / "store" / "rows").glob("*")) or all(
        "customer_id" in pd.read_parquet(path).columns and "text" not in pd.read_parquet(path).columns
        for path in (folder / "store" / "rows").glob("*.parquet")
    )


def test_a_message_about_comments_quotes_none(tmp_path: Path) -> None:
    comments = ordinary(20).assign(said_at="2026-02-31", text="My name is Thorbjorna")
    with pytest.raises(SourceError, match=r"An example is row 1\.") as caught:
        Workspace(made(tmp_path / "shop", comments)).build()
    assert "Thorbjorna" not in str(caught.value)


def test_quotes_are_masked_short_and_of_many(planted: tuple[Path, list[str]]) -> None:
    folder, _ = planted
    with Workspace(folder).open() as published:
        for segment in published.segments("value")["segment"]:
            for quote in read_quotes(published, "value", segment):
                assert 40 <= len(quote.text) <= 200
                assert quote.source in {"", "survey", "review"}
                assert quote.said_on in {dt.date(2026, 1, 15), dt.date(2026, 1, 16)}


def test_a_build_without_comments_has_no_voices(tmp_path: Path) -> None:
    write_workspace(tmp_path / "shop", segmentations=TIERS, settings="history_months = 0")
    Workspace(tmp_path / "shop").build()
    with Workspace(tmp_path / "shop").open() as published:
        assert published.voice_basis() == {}
        assert published.voices("value").empty
        assert published.voice_quotes("value").empty
        assert read_voice(published, "value", "s1") is None
        assert "no comments" in voice_finding(published, "value", "s1")


@pytest.mark.parametrize(
    "texts",
    [
        ["One"],
        ["x" * 100_000],
        ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "☕☕☕", "قهوة", "咖啡很好", "[name]", "123", "\u200b"],
    ],
)
def test_odd_comments_are_heard_or_left_out(tmp_path: Path, texts: list[str]) -> None:
    # nobody of the transactions, and somebody
    rows = [("nobody", texts[0]), *(("c0001", text) for text in texts)]
    comments = pd.DataFrame(rows, columns=["customer_id", "text"]).assign(said_at=None, source=None)
    made(tmp_path / "shop", comments)
    Workspace(tmp_path / "shop").build()
    with Workspace(tmp_path / "shop").open() as published:
        assert published.voice_basis()["comments_read"] == len(rows)
        table = published.voices("value")
        # one customer is too few to tell anything of
        assert table["suppressed"].all()
        assert table.drop(columns=["segment"]).select_dtypes("number").isna().all(axis=None)
        assert published.voice_quotes("value").empty
        assert published.voice_words("value").empty


def test_a_refresh_hears_what_a_whole_build_would(tmp_path: Path) -> None:
    folder = made(tmp_path / "shop", ordinary(300))
    Workspace(folder).build()
    late = ordinary(360).tail(60).assign(said_at="2025-12-01", text=SAID[2])
    pd.concat([ordinary(300), late]).sample(frac=1, random_state=1).to_csv(folder / "verbatims.csv", index=False)
    report = Workspace(folder).refresh()
    assert report.is_new
    found = everything(folder)
    shutil.rmtree(folder / "store")
    Workspace(folder).build()
    assert_identical(found, everything(folder))
    assert found["voice_basis"]["comments_read"].tolist() == [360]


def moods(counts: dict[str, tuple[int, int, int]]) -> pd.DataFrame:
    """Comments of one customer each, by segment: glad, neutral, unhappy."""
    rows = [
        (f"{segment}{mood}{number}", segment, mood)
        for segment, by_mood in counts.items()
        for mood, count in zip(MOODS, by_mood, strict=True)
        for number in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["customer", "segment", "mood"])
    return frame.assign(customer=frame["customer"].factorize()[0])


def test_shares_of_moods_have_wilson_intervals_and_are_compared() -> None:
    table = voice_table(moods({"a": (40, 20, 40), "b": (70, 20, 10)}), ["a", "b"], 10).set_index("segment")
    row = table.loc["a"]
    assert (row["comments"], row["customers"], row["glad"], row["unhappy"]) == (100, 100, 0.4, 0.4)
    # Wilson's interval of 40 of 100, as published tables have it
    assert (round(row["unhappy_low"], 3), round(row["unhappy_high"], 3)) == (0.309, 0.498)
    assert (row["unhappy_rest"], bool(row["unhappy_differs"]), bool(row["neutral_differs"])) == (0.1, True, False)
    assert table.loc["", "unhappy"] == pytest.approx(0.25)


def test_moods_of_a_few_are_hidden_and_so_is_what_would_tell_them() -> None:
    table = voice_table(moods({"a": (40, 20, 3), "b": (70, 20, 30), "c": (60, 30, 25)}), ["a", "b", "c", "d"], 10)
    table = table.set_index("segment")
    # the smallest of the others is hidden with it, or the total would tell
    assert table["mood_suppressed"].to_dict() == {"": False, "a": True, "b": False, "c": True, "d": True}
    assert table.loc["a", list(MOODS)].isna().all()
    assert bool(table.loc["d", "suppressed"])
    assert table.loc["d", ["comments", "customers"]].isna().all()


def test_themes_of_a_few_are_hidden_and_so_is_the_total_that_would_tell_them() -> None:
    spoke = {"a": (30, 50), "b": (4, 60), "c": (20, 40)}
    rows = [
        (f"{segment}{n}", segment, 0 if n < own else -1) for segment, (own, all_) in spoke.items() for n in range(all_)
    ]
    said = pd.DataFrame(rows, columns=["customer", "segment", "theme"])
    table = theme_table(said, ["a", "b", "c"], ["gift, box, card"], 10).set_index("segment")
    assert table["suppressed"].to_dict() == {"": True, "a": False, "b": True, "c": False}
    assert table.loc["a", "share"] == 0.6
    assert table["share_rest"].isna().all()
    assert table["q"].isna().all()
    assert bool(table.loc["a", "is_above"])
    assert not bool(table.loc["b", "is_above"])
