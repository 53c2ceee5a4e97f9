from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document

from segmodel.council import Writing, Writings
from segmodel.personas import BRIEF_PARTS, BriefKind, Flag, written_brief
from segmodel.reports import ToldPersona, told_personas
from segmodel.reports.briefs import (
    BRIEF_FILES,
    ToldBrief,
    brief_facts,
    brief_file,
    brief_sheet,
    brief_title,
    tell_brief,
)
from segmodel.reports.printed import Imprint
from segmodel.workspace import Workspace
from tests.personas.test_story import PERSONA

IMPRINT = Imprint("Shop, build b1", "Ana (steward)", dt.date(2026, 11, 23))
STRANGE = {
    "who": ["<script>alert(1)</script>", "#set text(red) $x$ *b* [a](javascript:b)", "=HYPERLINK(1)", "# no heading"],
    "proof": ["عشاق القهوة في الصباح", "咖啡爱好者 ☕", "x" * 400],
}


def sheet_of(parts: dict[str, list[str]]) -> ToldBrief:
    return ToldBrief(replace(PERSONA, name="A <b> & \x0b"), written_brief("positioning", parts), (), ())


@pytest.mark.parametrize("kind", list(BRIEF_PARTS))
def test_what_is_drafted_for_each_team_agrees_with_the_data(built_sample: Path, kind: BriefKind) -> None:
    with Workspace(built_sample).open() as published:
        for name in published.segmentations()["name"]:
            for told in told_personas(published, name, Writings(built_sample)):
                found = tell_brief(told, brief_facts(published, told.persona), kind, None)
                assert {flag.kind for flag in found.flags} <= {"empty", "unfit"}, told.persona.name
                if told.persona.customers is not None:
                    assert found.brief.parts["who"]
                    assert found.brief.parts["kpi"]


def test_a_damaged_brief_is_never_shown_as_approved() -> None:
    kept = Writing(
        kind="brief", segmentation="behaviour", subject="s1/crm", number=3, content="{", evidence="", build_id="b1",
        model_version="v001", based_on=None, who="Ana", saved_at=dt.datetime(2026, 11, 20), is_approved=True,
    )  # fmt: skip
    told = tell_brief(ToldPersona(PERSONA), (), "crm", kept)
    assert not told.is_approved
    assert told.status.startswith("Version 3, saved by Ana on 20 November 2026, is damaged and cannot be read")
    assert "cannot be shown" in brief_title(told)
    assert "is damaged" in brief_sheet(told, IMPRINT).status


def test_while_the_record_cannot_be_reached_nobody_is_said_not_to_have_briefed() -> None:
    told = tell_brief(ToldPersona(PERSONA), (), "crm", None, is_reached=False)
    assert "cannot be shown" in brief_title(told)
    assert "nobody" not in told.status.casefold()


def test_what_a_customer_is_expected_to_bring_says_of_which_months_and_how_sure(built_sample: Path) -> None:
    with Workspace(built_sample).open() as published:
        told = told_personas(published, "behaviour", Writings(built_sample))[0]
        (fact,) = [fact for fact in brief_facts(published, told.persona) if fact.name == "lifetime"]
    assert " in the next 12 months: £" in fact.sentence
    assert fact.low is not None
    assert fact.high is not None
    assert fact.low < fact.value < fact.high


def test_nothing_is_told_of_a_segment_too_small_to_be_shown(built_sample: Path) -> None:
    with Workspace(built_sample).open() as published:
        hidden = replace(PERSONA, customers=None, customer_share=None, value_share=None)
        assert brief_facts(published, hidden) == ()


def test_a_document_holds_every_part_as_it_was_written() -> None:
    made = Document(io.BytesIO(brief_file(brief_sheet(sheet_of(STRANGE), IMPRINT), "docx")))
    lines = [paragraph.text for paragraph in made.paragraphs]
    for text in (*STRANGE["who"], *STRANGE["proof"]):
        assert text in lines
    assert lines.count("To be written.") == len(BRIEF_PARTS["positioning"]) - len(STRANGE)
    footer = made.sections[0].footer.paragraphs[0].text
    for needed in ("Confidential", "Shop, build b1", "Ana (steward)", "as of"):
        assert needed in footer


def test_markdown_shows_what_was_written_and_runs_none_of_it() -> None:
    text = brief_file(brief_sheet(sheet_of(STRANGE), IMPRINT), "md").decode()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "[a](" not in text
    assert "\n- # no heading" not in text
    assert "Confidential" in text


@pytest.mark.parametrize("kind", list(BRIEF_FILES))
def test_every_file_can_be_made_of_strange_and_long_texts(kind: str) -> None:
    parts = {name: ["Wort " * 70, "y" * 400] * 6 for name in BRIEF_PARTS["positioning"]}
    start = {"docx": b"PK", "pdf": b"%PDF-", "md": b"# "}
    for given in (STRANGE, parts, {}):
        made = brief_file(brief_sheet(sheet_of(given), IMPRINT), kind)  # type: ignore[arg-type]
        assert made.startswith(start[kind])


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), "is approved and agrees with the data"),
        ((Flag("empty", "“Proof” is not written yet."),), "is approved and agrees with the data"),
        ((Flag("changed", "Written when they were 30%."),), "is approved, and worth another look"),
        ((Flag("no fact", "It names no fact."),), "is approved, and worth another look"),
        ((Flag("contradicts", "“99%” is not what is measured."),), "says what the data do not: 1 place"),
    ],
)
def test_the_title_of_an_approved_brief_says_agreement_only_where_nothing_is_doubtful(
    flags: tuple[Flag, ...], told: str
) -> None:
    saved = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    kept = Writing("brief", "behaviour", "s1/crm", "", "{}", "b", "v001", 1, "Ana", saved, None, is_approved=True)
    found = ToldBrief(PERSONA, written_brief("crm", {}), (), flags, kept)
    assert told in brief_title(found)
