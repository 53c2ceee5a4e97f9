"""The pack as PowerPoint: charts and tables are native, so that whoever presents can edit them."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Pt

from segmodel.reports.pack.master import GREY, INK, RULE, SANS, SERIF, new_deck
from segmodel.reports.pack.slide import Bars, Pack, Slide, Table

_LEFT, _WIDE = Emu(640_000), Emu(10_912_000)
_TITLE_TOP, _TITLE_HIGH = Emu(420_000), Emu(1_150_000)
_BODY_TOP, _BODY_HIGH = Emu(1_720_000), Emu(4_350_000)
_FOOTER_TOP = Emu(6_430_000)
_TEXT = 16
"""Points of the text under a title, where there is room."""
_LINE_HIGH, _LINE_LONG = 330_000, 105
"""A line of such text: its height, with the space to the next, and its letters."""
_GAP, _CELL_MARGIN, _LEAST_BARS = 120_000, 30_000, 1_500_000
_UNFIT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def pack_pptx(pack: Pack) -> bytes:
    """Return the pack as a .pptx file.

    Examples
    --------
    >>> made = pack_pptx(Pack("Shop", "How people buy", "Confidential", (Slide("Few bring most"),)))
    >>> made[:2]
    b'PK'
    """
    deck, layout = new_deck((_LEFT, _TITLE_TOP, _WIDE, _TITLE_HIGH))
    deck.core_properties.title = _text(f"{pack.title}: {pack.subtitle}")
    deck.core_properties.author = ""
    first = deck.slides.add_slide(layout)
    _title(first, pack.title, 44)
    name = first.shapes.title
    name.left, name.top, name.width, name.height = _LEFT, Emu(2_100_000), _WIDE, _TITLE_HIGH
    _write(first, pack.subtitle, _LEFT, Emu(3_250_000), _WIDE, Emu(600_000), size=22, colour=GREY)
    _footer(first, pack.footer, 1)
    for place, slide in enumerate(pack.slides, start=2):
        _slide(deck.slides.add_slide(layout), slide, pack.footer, place)
    kept = io.BytesIO()
    deck.save(kept)
    return kept.getvalue()


def _slide(made: Any, slide: Slide, footer: str, place: int) -> None:
    if slide.colour:
        bar = made.shapes.add_shape(1, _LEFT, Emu(300_000), _WIDE, Emu(70_000))
        bar.fill.solid()
        bar.fill.fore_color.rgb = _colour(slide.colour)
        bar.line.fill.background()
    size = 28 if len(slide.title) <= 90 else 22 if len(slide.title) <= 160 else 18
    _title(made, slide.title, size)
    top, high = _BODY_TOP, _BODY_HIGH
    factor, count = _fitted(slide)
    lines, more = slide.lines[:count], slide.lines[count:]
    if lines:
        needed = Emu(_lines_high(lines, factor))
        _write(made, "\n".join(lines), _LEFT, top, _WIDE, needed, size=round(_TEXT * factor))
        top, high = Emu(top + needed + _GAP), Emu(high - needed - _GAP)
    if slide.bars is not None:
        _bars(made, slide.bars, top, high)
    if slide.table is not None:
        _table(made, slide.table, top, factor)
    _footer(made, footer, place)
    made.notes_slide.notes_text_frame.text = _text("\n\n".join(filter(None, (*more, slide.note, footer))))


def _fitted(slide: Slide) -> tuple[float, int]:
    """Return by which factor texts are set, from 1 to half, and how many lines then stand above the footer."""
    for factor in np.arange(1.0, 0.49, -0.05):
        room = _BODY_HIGH - _GAP - (_LEAST_BARS if slide.bars else 0)
        room -= sum(_row_highs(slide.table, factor)) if slide.table else 0
        if _lines_high(slide.lines, factor) <= room:
            return float(factor), len(slide.lines)
    highs = np.cumsum([_lines_high([line], factor) for line in slide.lines])
    return float(factor), int(np.sum(highs <= room))


def _lines_high(lines: Sequence[str], factor: float) -> int:
    return sum(round(_LINE_HIGH * factor) * (1 + int(len(line) * factor / _LINE_LONG)) for line in lines)


def _row_highs(table: Table, factor: float) -> list[int]:
    """Return how high each row is, the headings first: as many lines as its longest text takes."""
    size = _table_size(table) * factor
    letters = [_LINE_LONG * _TEXT / size * each / sum(table.widths) for each in table.widths]
    lines = (
        max(1 + int(len(text) / most) for text, most in zip(row, letters, strict=True))
        for row in (table.headings, *table.rows)
    )
    return [max(round(each * size * 1.2 * Pt(1)) + 2 * _CELL_MARGIN, round(_LINE_HIGH * factor)) for each in lines]


def _table_size(table: Table) -> int:
    return 14 if len(table.rows) <= 8 else 11


def _title(slide: Any, text: str, size: int) -> None:
    frame = slide.shapes.title.text_frame
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _fill(frame, text, size=size, colour=INK, font=SERIF)
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT


def _bars(slide: Any, bars: Bars, top: Emu, high: Emu) -> None:
    data = CategoryChartData(number_format="0%")  # type: ignore[no-untyped-call]
    data.categories = [_text(name) for name in bars.categories]
    for name, values in bars.series:
        data.add_series(_text(name), values)  # type: ignore[no-untyped-call]
    framed = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, _LEFT, top, _WIDE, high, data)
    framed.name = "Shares"
    chart = framed.chart
    chart.has_title = False
    chart.font.size, chart.font.name = Pt(14), SANS
    chart.has_legend = len(bars.series) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    chart.category_axis.reverse_order = True
    chart.category_axis.format.line.color.rgb = _colour(RULE)
    chart.value_axis.minimum_scale, chart.value_axis.visible = 0, False
    chart.value_axis.has_major_gridlines = False
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 60, -5
    plot.has_data_labels = True
    plot.data_labels.number_format, plot.data_labels.number_format_is_linked = "0%", False
    plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
    for series, colour in zip(plot.series, bars.colours, strict=False):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = _colour(colour)


def _table(slide: Any, table: Table, top: Emu, factor: float) -> None:
    widths = [Emu(int(_WIDE * each / sum(table.widths))) for each in table.widths]
    size = round(_table_size(table) * factor)
    rows = len(table.rows) + 1
    highs = _row_highs(table, factor)
    framed = slide.shapes.add_table(rows, len(table.headings), _LEFT, top, _WIDE, Emu(sum(highs)))
    framed.name = "Table"
    made = framed.table
    # the style without bands and fills, so that the theme's colours stay out
    made.horz_banding = False
    for place, width in enumerate(widths):
        made.columns[place].width = width
    for line, texts in enumerate((table.headings, *table.rows)):
        made.rows[line].height = Emu(highs[line])
        for place, text in enumerate(texts):
            cell = made.cell(line, place)
            cell.fill.background()
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            cell.margin_top = cell.margin_bottom = Emu(_CELL_MARGIN)
            colour = GREY if line == 0 else INK
            _fill(cell.text_frame, text, size=size, colour=colour, is_bold=place == 0 and line > 0)


def _footer(slide: Any, footer: str, place: int) -> None:
    _write(slide, footer, _LEFT, _FOOTER_TOP, Emu(_WIDE - 600_000), Emu(300_000), size=9, colour=GREY)
    right = Emu(_LEFT + _WIDE - 500_000)
    _write(slide, str(place), right, _FOOTER_TOP, Emu(500_000), Emu(300_000), size=9, colour=GREY)


def _write(
    slide: Any,
    text: str,
    left: Emu,
    top: Emu,
    width: Emu,
    height: Emu,
    *,
    size: int,
    colour: str = INK,
) -> None:
    box = slide.shapes.add_textbox(left, top, width, height)
    box.text_frame.word_wrap = True
    box.text_frame.vertical_anchor = MSO_ANCHOR.TOP
    _fill(box.text_frame, text, size=size, colour=colour)


def _fill(frame: Any, text: str, *, size: int, colour: str, font: str = SANS, is_bold: bool = False) -> None:
    frame.word_wrap = True
    for place, line in enumerate(_text(text).split("\n")):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(size * 0.4)
        run = paragraph.add_run()
        run.text = line
        run.font.size, run.font.name, run.font.bold = Pt(size), font, is_bold
        run.font.color.rgb = _colour(colour)


def _text(text: str) -> str:
    """Return text without the characters that XML refuses."""
    return _UNFIT_FOR_XML.sub(" ", text)


def _colour(colour: str) -> Any:
    digits = colour.lstrip("#")
    return RGBColor(*(int(digits[place : place + 2], 16) for place in (0, 2, 4)))  # type: ignore[no-untyped-call]
