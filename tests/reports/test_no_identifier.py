"""What customers wrote of themselves stands in no file that people take away, every quote approved."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from pptx import Presentation

from segmodel.council import QUOTES, Council, Draft, Writings
from segmodel.personas import BRIEF_PARTS, approved_to_json
from segmodel.reports import all_voices, personas_document, personas_table, told_personas
from segmodel.reports.briefs import BRIEF_FILES, brief_facts, brief_file, brief_sheet, tell_brief
from segmodel.reports.briefs import files as brief_files
from segmodel.reports.pack import council_pack, pack_pptx
from segmodel.reports.pack import pdf as pack_files
from segmodel.reports.printed import PRINTS, Imprint, print_personas
from segmodel.reports.printed import persona as prints
from segmodel.store import PublishedBuild
from segmodel.workspace import Workspace
from tests.personas.planted_identifiers import folded
from tests.personas.test_voices import planted

__all__ = ["planted"]

IMPRINT = Imprint("Shop, build b1", "Ana (steward)", dt.date(2026, 11, 23))


def strings(data: Any) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for each in data.values():
            yield from strings(each)
    elif isinstance(data, list | tuple):
        for each in data:
            yield from strings(each)


@pytest.fixture
def set_by_typst(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What typst is given to set, instead of the pages it would make: their text is that and no more."""
    given: list[str] = []

    def keep(template: str, data: Any, *more: object) -> list[bytes]:
        given.extend(strings(data))
        return [b""]

    for module in (prints, pack_files, brief_files):
        monkeypatch.setattr(module, "typeset", keep)
    return given


def approve_every_quote(published: PublishedBuild, writings: Writings) -> None:
    for segment, voice in all_voices(published, "value").items():
        draft = Draft(QUOTES, "value", segment, approved_to_json(voice.quotes), "{}", "b", "v001")
        writings.save(draft, who="Ana", based_on=None, is_approved=True)


def texts_of_pack(content: bytes) -> list[str]:
    deck = Presentation(io.BytesIO(content))
    found = []
    for slide in deck.slides:
        found.append(slide.notes_slide.notes_text_frame.text if slide.has_notes_slide else "")
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
    return found


def test_a_thousand_planted_identifiers_are_in_no_file(
    planted: tuple[Path, list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    set_by_typst: list[str],
) -> None:
    monkeypatch.delenv("SEGMODEL_COUNCIL_URL", raising=False)
    folder, secrets = planted
    assert len(secrets) >= 1000
    writings = Writings(tmp_path)
    found = []
    with Workspace(folder).open() as published:
        approve_every_quote(published, writings)
        told = told_personas(published, "value", writings)
        quotes = [quote.text for each in told if each.persona.voice for quote in each.persona.voice.quotes]
        assert quotes
        pack = council_pack(published, Council(tmp_path), writings, "Ana", "value")
        found += [*texts_of_pack(pack_pptx(pack)), *strings(personas_table(told).to_dict("records"))]
        found += strings(personas_document(published, None))
        pack_files.pack_pdf(pack)
        for kind in PRINTS:
            print_personas([each.persona for each in told], IMPRINT, kind)
        for each in told:
            facts = brief_facts(published, each.persona)
            for brief in BRIEF_PARTS:
                sheet = brief_sheet(tell_brief(each, facts, brief, None), IMPRINT)
                made = {kind: brief_file(sheet, kind) for kind in BRIEF_FILES}
                document = Document(io.BytesIO(made["docx"]))
                found += [*made["md"].decode().splitlines(), *(paragraph.text for paragraph in document.paragraphs)]
    # what was looked through does hold what customers said
    for place in (found, set_by_typst):
        assert any(folded(quotes[0]) in folded(text) for text in place)
    everywhere = "\n".join(map(folded, [*found, *set_by_typst]))
    assert not [secret for secret in secrets if secret in everywhere]
    assert not [known for known in ("thorbjorna", "quillfeather", "brassington") if known in everywhere]
