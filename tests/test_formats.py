from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from segmodel import formats

UNKNOWNS = (None, math.nan, math.inf, -math.inf, pd.NA, pd.NaT)


@pytest.mark.parametrize("value", UNKNOWNS)
@pytest.mark.parametrize(
    "write",
    [formats.number, formats.significant, formats.share, formats.points, formats.change, formats.times],
)
def test_unknown_values_never_read_as_numbers(write, value):
    assert write(value) == formats.UNKNOWN


@pytest.mark.parametrize("value", UNKNOWNS)
def test_unknown_money_never_reads_as_a_number(value):
    assert formats.money(value, "GBP") == formats.UNKNOWN
    assert formats.money_exact(value, "GBP") == formats.UNKNOWN


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "£0"),
        (0.004, "£0.00"),
        (-0.004, "£0.00"),
        (99.994, "£99.99"),
        (100, "£100"),
        (9_999.4, "£9,999"),
        (9_999.6, "£10.0k"),
        (99_949, "£99.9k"),
        (99_960, "£100k"),
        (999_499, "£999k"),
        (999_600, "£1.00m"),
        (-1_942_310, "−£1.94m"),
        (2_500_000_000, "£2.50bn"),
    ],
)
def test_money_keeps_three_significant_digits(value, text):
    assert formats.money(value, "GBP") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0%"),
        (0.0004, "<0.1%"),
        (0.0051, "0.5%"),
        (0.0096, "1%"),
        (0.994, "99.4%"),
        (0.9999, ">99.9%"),
        (1, "100%"),
        (-0.07, "−7%"),
        (1.2, "120%"),
    ],
)
def test_a_share_is_a_whole_percent_unless_that_would_mislead(value, text):
    assert formats.share(value) == text


def test_few_never_read_as_none_nor_most_as_all():
    assert formats.share(1e-9) != formats.share(0)
    assert formats.share(1 - 1e-9) != formats.share(1)


def test_no_change_has_no_sign():
    assert formats.points(0.0001) == "no change"
    assert formats.points(-0.0001) == "no change"
    assert formats.change(-0.0001) == "no change"


@given(some.floats(min_value=-1e12, max_value=1e12))
def test_a_number_reads_back_as_itself(value):
    read = float(formats.number(value, 2).replace(",", "").replace(formats.MINUS, "-"))
    assert read == pytest.approx(value, abs=0.00501)


@given(some.floats(min_value=-0.99, max_value=8))
def test_the_sign_of_a_change_is_its_own(value):
    text = formats.change(value)
    assert text == "no change" or text.startswith("+" if value > 0 else formats.MINUS)


def test_dates_do_not_depend_on_the_machines_language():
    assert formats.day(dt.date(2026, 1, 5)) == "5 January 2026"
    assert formats.day(pd.Timestamp("2026-06-30")) == "30 June 2026"
    assert formats.day(pd.NaT) == formats.UNKNOWN
    assert formats.moment(pd.NaT) == formats.UNKNOWN


@pytest.mark.parametrize("unit", ["money", "money_each", "share", "days", "index", "orders", "ratio", "anything"])
def test_every_unit_can_be_written(unit):
    assert formats.quantity(12.34, unit, "GBP") != formats.UNKNOWN
    assert formats.quantity(None, unit, "GBP") == formats.UNKNOWN


def test_one_day_is_singular():
    assert formats.quantity(1.2, "days", "GBP") == "1 day"
    assert formats.quantity(1.6, "days", "GBP") == "2 days"
