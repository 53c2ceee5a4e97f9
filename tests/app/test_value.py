from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.made_value import change
from tests.app.test_pages import figures, text, title

Opened = Callable[..., AppTest]

COLLAPSED = (
    "UPDATE value_model SET basis = 'trailing', is_collapsed = true, reason = 'The fit collapsed.', "
    "predicted = 60000, actual = 57000"
)
FAR_OFF = (
    "UPDATE value_model SET basis = 'trailing', predicted = 90000, actual = 60000, reason = 'It was 50% too high.'"
)
SMALL = (
    "UPDATE segment_value SET suppressed = true, customers = NULL, lifetime_value = NULL, lifetime_value_low = NULL, "
    "lifetime_value_high = NULL, lifetime_value_share = NULL, lifetime_value_share_low = NULL, "
    "lifetime_value_share_high = NULL, churn_risk = NULL, may_leave = NULL, value_at_risk = NULL "
    "WHERE segmentation = 'behaviour' AND segment IN ('s4', 's5')"
)
SPEND_TABLES = ("segment_spend", "segment_months", "spend_notes")


def opened_table(page: AppTest, name: str) -> list[list[str]]:
    """Open the table behind a chart and return its cells as they are read."""
    page.session_state[f"table_{name}"] = True
    page.run()
    assert not page.exception
    return page.table[0].value.map(lambda cell: str(cell).replace("\\", "")).to_numpy().tolist()


def beside(page: AppTest) -> str:
    """Return what is written beside lifetime value in its chart, on one line."""
    notes = " ".join(note["text"] for note in figures(page)[0]["layout"]["annotations"])
    return re.sub("[\u2066-\u2069]", "", notes.replace("<br>", " "))


def test_the_title_says_who_holds_what_is_to_come_and_what_is_spent_on_them(opened: Opened) -> None:
    page = opened("value")
    assert title(page) == "50% of the margin to come lies with Daily regulars, but only 20% of the budget goes there"
    assert not page.warning
    said = text(page)
    assert "£4.00m of margin to come in 12 months (£3.60m to £4.40m); 1,200 customers may leave" in said
    assert "Tested on the last 12 months, the forecast was 5% too high" in said
    assert "We under-invest in Daily regulars by £50.4k a year" in said  # (41% - 20%) of £240,000
    assert "A tenth of the buyers brought 38% of the margin; 12 customers cost more than they brought" in said
    assert "£36.0k of spend names no segment but only a channel (television)" in said


def test_the_title_follows_the_data(folder: Path, opened: Opened) -> None:
    change(folder, "UPDATE segment_value SET lifetime_value_share = 0.7 WHERE segment = 's4'")
    assert title(opened("value")).startswith("70% of the margin to come lies with Gift givers")


def test_a_forecast_that_collapsed_is_named_and_so_is_what_stands_instead(folder: Path, opened: Opened) -> None:
    change(folder, COLLAPSED)
    page = opened("value")
    (warning,) = page.warning
    said = warning.value.replace("\\", "")
    assert "No forecast is shown, as its fit collapsed" in said
    assert "it expected 60,000 purchases where 57,000 were made" in said
    assert "Shown instead: what each segment brought in over the last twelve months" in said


def test_a_forecast_that_was_far_off_is_named(folder: Path, opened: Opened) -> None:
    change(folder, FAR_OFF)
    page = opened("value")
    assert "No forecast is shown. It was 50% too high." in page.warning[0].value.replace("\\", "")
    assert "the forecast was 50% too high: too far off to be shown" in text(page)


def test_without_a_holdout_the_reason_is_given(folder: Path, opened: Opened) -> None:
    change(folder, "DELETE FROM value_holdout")
    change(folder, "DELETE FROM value_weeks")
    change(
        folder,
        "UPDATE value_model SET basis = 'trailing', predicted = NULL, actual = NULL, holdout_from = NULL, "
        "holdout_until = NULL, reason = 'The history is shorter than a year.'",
    )
    page = opened("value")
    assert not page.exception
    assert page.subheader[1].value == "There was nothing to hold a forecast against"
    assert "The history is shorter than a year." in text(page)


def test_small_groups_are_hidden_in_words_figures_and_tables(folder: Path, opened: Opened) -> None:
    change(folder, SMALL)
    page = opened("value")
    assert not page.exception
    rows = {row[0]: row[1:] for row in opened_table(page, "Lifetime value")}
    assert rows["Daily regulars"][:2] == ["1,080", "£2.00m"]
    for name in ("Gift givers", "Fading $ub*scribers"):
        assert not any(character.isdigit() for cell in rows[name] for character in cell)
    assert beside(page).count("churn risk") == 3


def test_fewer_than_ten_who_may_leave_are_not_counted_out(opened: Opened) -> None:
    page = opened("value")
    notes = beside(page)
    assert "few may leave" in notes
    assert "60 customers may leave" in notes
    few = next(row for row in opened_table(page, "Lifetime value") if row[0] == "Office & café buyers")
    assert few[-2:] == ["–", "–"]


def test_churn_risk_is_never_nought(folder: Path, opened: Opened) -> None:
    change(folder, "UPDATE segment_value SET churn_risk = 0 WHERE segment = 's1'")
    page = opened("value")
    notes = beside(page)
    assert notes.count("churn risk under 1%") == 2
    assert "churn risk 0%" not in notes
    assert [row[5] for row in opened_table(page, "Lifetime value")][:2] == ["under 1%", "under 1%"]


@pytest.mark.parametrize(("measure", "amount"), [("customer", "£1,852"), ("segment", "£2.00m")])
def test_value_is_shown_by_customer_or_by_segment_and_linked_to(opened: Opened, measure: str, amount: str) -> None:
    page = opened("value")
    page.query_params["lifetime"] = measure
    page.run()
    assert amount in str(figures(page)[0])


def test_spend_that_names_no_segment_is_told_and_what_would_unlock_the_budget(opened: Opened) -> None:
    page = opened("value", segmentation="value")
    assert not page.exception
    assert title(page) == "80% of the margin to come lies with Top half"
    said = text(page)
    assert "Where the budget goes is not known for these segments" in said
    assert "of spend names what is no segment here (Weekend browsers: £216k, " in said
    assert "Add a table spend (month, segment, amount) that names the segments of this segmentation" in said
    assert "no more than a random split would" in said
    assert not page.slider


def test_without_a_table_of_spend_the_page_says_what_it_unlocks(folder: Path, opened: Opened) -> None:
    for table in SPEND_TABLES:
        change(folder, f"DROP TABLE {table}")
    page = opened("value")
    assert not page.exception
    assert title(page) == "50% of the margin to come lies with Daily regulars"
    assert "it unlocks budget share against value share, and what moving money would bring" in text(page)


def test_a_slider_says_what_moving_money_would_bring(opened: Opened) -> None:
    page = opened("value")
    assert "What if money moved? Move the sliders" in text(page)
    assert "No move can be suggested: how value responds to spend is known only of Daily regulars." in text(page)
    assert "Gift givers: not enough evidence. Spend hardly moves by itself" in text(page)
    page.slider(key="move_behaviour_s1").set_value(20).run()
    assert not page.exception
    said = text(page)
    assert "Move the sliders" not in said
    assert "£9,600" in said  # a fifth of £48,000
    page.slider(key="move_behaviour_s4").set_value(-25).run()
    assert "Gift givers" in text(page)
    assert not page.exception


def test_where_no_response_is_known_there_is_nothing_to_slide(folder: Path, opened: Opened) -> None:
    change(folder, "UPDATE segment_spend SET spend = 4000")
    page = opened("value")
    assert "What moving money would bring cannot be told: there is not enough evidence" in text(page)
    assert not page.slider


def test_the_best_move_sets_the_sliders(folder: Path, opened: Opened) -> None:
    change(
        folder,
        "UPDATE segment_spend SET spend = other.spend * 2 FROM segment_spend other "
        "WHERE segment_spend.segment = 's3' AND other.segment = 's1' AND other.month = segment_spend.month",
    )
    change(
        folder,
        "UPDATE segment_months SET value = segment_months.value * power(other.spend, 0.02) FROM segment_spend other "
        "WHERE segment_months.segment = 's3' AND other.segment = 's3' AND other.month = segment_months.month",
    )
    page = opened("value")
    page.button(key="best_move").click().run()
    assert not page.exception
    assert page.slider(key="move_behaviour_s1").value > 0
    assert page.slider(key="move_behaviour_s3").value < 0


def test_tables_behind_the_figures_have_the_numbers(opened: Opened) -> None:
    assert opened_table(opened("value"), "Budget gap")[0][:6] == [
        "Daily regulars",
        "£48.0k",
        "20%",
        "41%",
        "50%",
        "£50.4k",
    ]
    assert opened_table(opened("value"), "Concentration")[0] == ["most valuable", "590", "£737k", "38%"]
    weeks = opened_table(opened("value"), "Forecast by week")
    assert (weeks[0][3], weeks[-1]) == ("seen by the model", ["30 June 2026", "1,253.0", "1,203", "yes"])


@pytest.mark.parametrize("name", ["holdout_frequency", "budget_over_time"])
def test_what_is_folded_away_opens(opened: Opened, name: str) -> None:
    page = opened("value")
    before = len(figures(page))
    page.session_state[name] = True
    page.run()
    assert not page.exception
    assert len(figures(page)) == before + 1


def test_names_with_markup_are_shown_as_text(folder: Path, opened: Opened) -> None:
    change(folder, "UPDATE segments SET name = '<b>Bold</b> *regulars* $5$' WHERE name = 'Daily regulars'")
    page = opened("value")
    assert not page.exception
    assert "lies with <b>Bold</b> *regulars* $5$" in title(page)
    assert r"\<b\>Bold" in page.title[0].value
    assert not any("<b>Bold" in note["text"] for figure in figures(page) for note in figure["layout"]["annotations"])
    assert page.slider(key="move_behaviour_s1").label.startswith(r"\<b\>Bold")


def test_next_steps_lead_on(opened: Opened) -> None:
    said = text(opened("value"))
    assert "Move money towards Daily regulars" in said
    assert "60 customers may leave, who brought £60.0k in the last twelve months." in said
    assert "Decide whom to win" in said
