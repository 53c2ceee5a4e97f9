from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Emu

from segmodel.council import STORY, Council, Draft, Writings
from segmodel.personas import facts_leaned_on, story_to_json, written
from segmodel.reports import personas
from segmodel.reports.pack import Bars, Pack, Slide, Table, council_pack, pack_pdf, pack_pptx
from segmodel.workspace import Workspace

STRANGE = '#set <b>=1+1</b> \x07\x0b 咖啡 قهوة ☕ & "q"'


def opened(content: bytes) -> Any:
    return Presentation(io.BytesIO(content))


def words(slide: Any) -> str:
    told = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    tables = [shape.table for shape in slide.shapes if shape.has_table]
    told += [cell.text for table in tables for row in table.rows for cell in row.cells]
    return "\n".join(told)


@pytest.fixture
def made() -> Pack:
    bars = Bars(
        ("Regulars", STRANGE), (("of customers", (0.18, None)), ("of margin", (0.41, 0.02))), ("#B9B4AA", "#3C36B2")
    )
    table = Table(("Segment", "Share"), (("Regulars", "18%"), (STRANGE, "hidden")))
    long = "A finding that goes on and on " * 8
    return Pack(
        "Shop",
        "How people buy",
        "Confidential · Shop, build b1 · 6,000 customers as of 30 June 2026 · Ana (steward)",
        (
            Slide("Few bring most", ("One line.", STRANGE), bars, None, "How it was measured."),
            Slide(long, tuple(["A line that is long " * 8] * 3), None, table, colour="#80394E"),
        ),
    )


def test_charts_and_tables_hold_data_that_can_be_edited(made: Pack) -> None:
    deck = opened(pack_pptx(made))
    assert len(deck.slides) == 3
    (chart,) = [shape.chart for shape in deck.slides[1].shapes if shape.has_chart]
    assert [(series.name, tuple(series.values)) for series in chart.plots[0].series] == [
        ("of customers", (0.18, None)),
        ("of margin", (0.41, 0.02)),
    ]
    assert chart.value_axis.minimum_scale == 0
    assert chart.part.chart_workbook.xlsx_part is not None
    (table,) = [shape.table for shape in deck.slides[2].shapes if shape.has_table]
    assert [cell.text for cell in table.rows[1].cells] == ["Regulars", "18%"]
    assert not [
        shape for deck_slide in deck.slides for shape in deck_slide.shapes if shape.shape_type == 13
    ]  # pictures


def _texts(slide: Slide) -> list[str]:
    rows = [text for row in slide.table.rows for text in row] if slide.table else []
    return [slide.title, *slide.lines, *rows, *(slide.bars.categories if slide.bars else ())]


def test_names_are_replaced_all_at_once_and_as_whole_words() -> None:
    slide = Slide("A and B", ("Big A is no A", "AB"), table=Table(("A",), (("B of A",),)))
    swapped = slide.renamed({"A": "B", "B": "A", "C": "Big A"})
    assert (swapped.title, swapped.lines) == ("B and A", ("Big A is no B", "AB"))
    assert swapped.table is not None
    assert (swapped.table.headings, swapped.table.rows) == (("A",), (("A of B",),))


def test_every_slide_says_where_it_comes_from_and_how_it_was_measured(made: Pack) -> None:
    deck = opened(pack_pptx(made))
    for place, slide in enumerate(deck.slides, start=1):
        assert made.footer in words(slide)
        assert str(place) in words(slide).split("\n")
    assert deck.slides[1].notes_slide.notes_text_frame.text.startswith("How it was measured.")


def test_nothing_stands_outside_its_slide(made: Pack) -> None:
    deck = opened(pack_pptx(made))
    for slide in deck.slides:
        for shape in slide.shapes:
            assert min(shape.left, shape.top) >= 0
            assert shape.left + shape.width <= Emu(12_192_000)
            assert shape.top + shape.height <= Emu(6_858_000)


def test_both_files_are_made_of_any_text(made: Pack) -> None:
    assert "咖啡" in words(opened(pack_pptx(made)).slides[1])
    assert pack_pdf(made).startswith(b"%PDF-")


def test_the_pack_of_a_build_tells_what_the_build_measured(built_sample: Path, tmp_path: Path) -> None:
    council, writings = Council(tmp_path), Writings(tmp_path)
    with Workspace(built_sample).open() as published:
        name = published.primary_segmentation()
        facts = personas(published, name)
        draft = Draft(
            STORY, name, facts[0].segment, story_to_json(written(name="The first", owner="Sales")),
            facts_leaned_on(facts[0]), "b", "v",
        )  # fmt: skip
        writings.save(draft, who="Ana", based_on=None)
        pack = council_pack(published, council, writings, "Ana (steward)")
    assert "Confidential" in pack.footer
    (bars,) = [slide.bars for slide in pack.slides if slide.bars is not None]
    assert bars.categories == ("The first", *(each.name for each in facts[1:]))
    # what the model calls it is said once, where who they are is told
    said = [text for slide in pack.slides for text in _texts(slide) if facts[0].name in text]
    assert len(said) == 1
    assert said[0].startswith("Its model calls it ")
    assert dict(bars.series)["of customers"] == tuple(each.customer_share for each in facts)
    titles = [slide.title for slide in pack.slides]
    assert any(title.startswith("The first: ") for title in titles)
    last = pack.slides[-1]
    assert "due" in last.title or "Nothing to decide" in last.title
    assert len(opened(pack_pptx(pack)).slides) == len(pack.slides) + 1


def test_slides_people_add_have_our_theme_and_titles_are_titles(made: Pack) -> None:
    deck = Presentation(io.BytesIO(pack_pptx(made)))
    assert [slide.shapes.title.text_frame.text for slide in deck.slides] == [
        made.title,
        *(slide.title for slide in made.slides),
    ]
    theme = deck.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob.decode()
    assert "3C36B2" in theme
    assert theme.count('<a:latin typeface="Georgia"') == 1
    for layout in deck.slide_layouts:
        for placeholder in layout.placeholders:
            assert placeholder.left + placeholder.width <= deck.slide_width
    assert max(each.left + each.width for each in deck.slide_layouts[1].placeholders) > deck.slide_width * 0.9


@pytest.mark.parametrize("rows", [3, 16])
@pytest.mark.parametrize("lines", [0, 5, 12])
def test_what_is_long_is_set_smaller_and_stays_above_the_footer(rows: int, lines: int) -> None:
    slide = Slide(
        "Many words",
        lines=("Recognise them: asks for the roast of the week and knows the bean by name. " * 4,) * lines,
        table=Table(("What", "How"), (("Orders at weekends", "87%, the rest 17%"),) * rows),
    )
    deck = Presentation(io.BytesIO(pack_pptx(Pack("Shop", "All", "Confidential", (slide,)))))
    shapes = {shape.name: shape for shape in deck.slides[1].shapes}
    footer = max(shape.top for shape in deck.slides[1].shapes)
    table = shapes["Table"]
    assert table.top + sum(row.height for row in table.table.rows) <= footer
    if lines:
        on_slide_and_in_notes = deck.slides[1].notes_slide.notes_text_frame.text + " ".join(
            shape.text for shape in deck.slides[1].shapes if shape.has_text_frame
        )
        assert on_slide_and_in_notes.count("Recognise them") == 4 * lines
        text = next(shape for shape in deck.slides[1].shapes if shape.has_text_frame and "Recognise" in shape.text)
        assert text.top + text.height <= table.top
