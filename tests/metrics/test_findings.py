from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from segmodel.metrics import facts, findings

NOW, BEFORE = dt.date(2026, 6, 30), dt.date(2025, 6, 30)
NAMES = ("Daily regulars", "Office buyers", "Weekend browsers", "Gift givers", "Fading subscribers")


def segments(names=NAMES) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment": [f"s{place + 1}" for place in range(len(names))],
            "name": list(names),
            "description": "",
            "position": range(len(names)),
            "colour": range(len(names)),
        }
    )


def metrics(customers, values, snapshot=NOW, half=0.01, total=1000.0) -> pd.DataFrame:
    """Return segment metrics with intervals of `half` either side; None is a hidden segment."""
    rows = [{"snapshot": snapshot, "segment": "", "customers": 1000, "value": total}]
    for place, (customer_share, value_share) in enumerate(zip(customers, values, strict=True)):
        row: dict[str, object] = {"snapshot": snapshot, "segment": f"s{place + 1}"}
        if customer_share is not None:
            row |= {"customers": 1000 * customer_share, "customer_share": customer_share}
            row |= {"customer_share_low": customer_share - half, "customer_share_high": customer_share + half}
        if customer_share is not None and value_share is not None:
            each = total * value_share / max(customer_share, 1e-9)
            row |= {"value": total * value_share, "value_share": value_share}
            row |= {"value_share_low": value_share - half, "value_share_high": value_share + half}
            row |= {"value_index": 100 * value_share / max(customer_share, 1e-9), "value_per_customer": each}
            row |= {"value_per_customer_low": each - 10, "value_per_customer_high": each + 10}
        rows.append(row)
    columns = [
        "customers",
        "value",
        "customer_share",
        "customer_share_low",
        "customer_share_high",
        "value_share",
        "value_share_low",
        "value_share_high",
        "value_index",
        "value_per_customer",
        "value_per_customer_low",
        "value_per_customer_high",
    ]
    return pd.DataFrame(rows).reindex(columns=["snapshot", "segment", *columns])


def home(frame, names=NAMES, compare_to=None) -> str:
    return findings.home_finding(frame, segments(names), NOW, compare_to, "margin", "GBP")


CUSTOMERS, VALUES = (0.18, 0.06, 0.34, 0.23, 0.19), (0.41, 0.20, 0.21, 0.10, 0.08)


def test_home_says_where_value_sits_and_what_moved():
    then = metrics(CUSTOMERS, (0.35, 0.18, 0.21, 0.10, 0.16), BEFORE)
    assert home(pd.concat([metrics(CUSTOMERS, VALUES), then]), compare_to=BEFORE) == (
        "Two segments, 24% of customers, brought 61% of margin. "
        "Fading subscribers fell from 16% to 8% of margin since June 2025."
    )


def test_home_claims_no_change_within_the_intervals():
    then = metrics(CUSTOMERS, (0.41, 0.19, 0.21, 0.10, 0.09), BEFORE)
    sentence = home(pd.concat([metrics(CUSTOMERS, VALUES), then]), compare_to=BEFORE)
    assert sentence.endswith("No segment’s share changed beyond its interval since June 2025.")


def test_home_names_a_single_segment():
    assert home(metrics((0.3, 0.7), (0.8, 0.2)), NAMES[:2]) == (
        "Daily regulars, 30% of customers, brought 80% of margin."
    )


def test_home_puts_names_with_commas_in_quotes():
    assert home(metrics((0.3, 0.7), (0.8, 0.2)), ("Frequent, mostly web", "Rest")).startswith("“Frequent, mostly web”,")


def test_home_of_equal_segments_claims_nothing():
    assert home(metrics((0.5, 0.5), (0.5, 0.5)), NAMES[:2]) == (
        "No segment brought clearly more margin than its share of customers."
    )


def test_home_does_not_call_a_gap_within_the_intervals_a_gap():
    assert home(metrics((0.5, 0.5), (0.55, 0.45), half=0.04), NAMES[:2]).startswith("No segment brought clearly more")


def test_home_with_all_segments_hidden_says_so():
    frame = metrics((None, None), (None, None))
    assert home(frame, NAMES[:2]) == "There are too few customers to say anything about segments."


def test_home_with_hidden_segments_says_nothing_about_change():
    frame = pd.concat([metrics((None,), (None,)), metrics((None,), (None,), BEFORE)])
    assert home(frame, NAMES[:1], BEFORE) == "There are too few customers to say anything about segments."


@pytest.mark.parametrize("names", [NAMES[:1], NAMES[:3]])
def test_home_says_when_one_segment_holds_everybody(names):
    frame = metrics((1.0,), (1.0,), half=0)
    frame.loc[1, "customer_share_high"] = 1 - 7e-10
    sentence = "Every customer was in Daily regulars, so there is no other segment to compare it with."
    assert home(frame, names) == sentence
    now = facts.at_snapshot(frame, segments(names), NOW)
    assert findings.segments_finding(now, "margin").endswith(": every customer was in Daily regulars")


def test_a_difference_that_does_not_show_is_none():
    frame = metrics((0.5002, 0.4998), (0.5004, 0.4996), half=0)
    assert home(frame, NAMES[:2]) == "No segment brought clearly more margin than its share of customers."
    now = facts.at_snapshot(frame, segments(NAMES[:2]), NOW)
    assert findings.gap_finding(now, "margin").startswith("In no segment")
    assert [step.page for step in findings.next_steps(now, None, None, reconciliation(5, 5, 0), "margin")] == [
        "data",
        "definitions",
    ]


def test_home_with_value_at_or_below_zero_speaks_of_no_shares():
    frame = metrics((0.4, 0.6), (None, None), total=-1234.0)
    assert home(frame, NAMES[:2]) == "Margin was −£1,234 in all, so shares of it say nothing."


def test_home_says_when_a_segment_is_below_zero():
    assert home(metrics((0.4, 0.6), (1.2, -0.2)), NAMES[:2]) == "Margin in Office buyers was below zero: −£200."


def test_home_without_the_snapshot_says_nothing_wrong():
    assert home(metrics((0.4, 0.6), (0.9, 0.1), dt.date(2020, 1, 31)), NAMES[:2]) == (
        "There are too few customers to say anything about segments."
    )


@settings(max_examples=60, deadline=None)
@given(
    some.lists(some.tuples(some.integers(1, 100), some.integers(0, 100)), min_size=1, max_size=8),
    some.floats(0, 0.2),
)
def test_home_never_claims_beyond_the_intervals(pairs, half):
    customers = [pair[0] / sum(pair[0] for pair in pairs) for pair in pairs]
    total = sum(pair[1] for pair in pairs) or 1
    values = [pair[1] / total for pair in pairs]
    sentence = home(metrics(customers, values, half=half), [f"Segment {place}" for place in range(len(pairs))])
    written = findings.formats.share
    clearly = [
        place
        for place in range(len(pairs))
        if values[place] - half > customers[place] + half + 1e-12
        and written(values[place]) != written(customers[place])
    ]
    if len(pairs) == 1:
        assert sentence.startswith("Every customer was in")
    elif not clearly:
        assert sentence.startswith("No segment brought clearly more")
    elif not sentence.startswith("No segment"):
        parts = [sum(shares[place] for place in clearly) for shares in (customers, values)]
        known = [(written(parts[0], digits), written(parts[1], digits)) for digits in (None, 1)]
        first, last = next(pair for pair in known if pair[0] != pair[1])
        assert f", {first} of customers, brought {last} of margin" in sentence


def test_a_move_is_beyond_both_intervals():
    now = facts.at_snapshot(metrics((0.5, 0.5), (0.5, 0.5)), segments(NAMES[:2]), NOW)
    close = facts.at_snapshot(metrics((0.5, 0.5), (0.519, 0.481), BEFORE), segments(NAMES[:2]), BEFORE)
    apart = facts.at_snapshot(metrics((0.5, 0.5), (0.53, 0.47), BEFORE), segments(NAMES[:2]), BEFORE)
    assert findings.largest_move(now, close) is None
    move = findings.largest_move(now, apart)
    assert move is not None
    assert (move.segment, move.is_fall) == ("s1", True)


def test_a_move_too_small_to_write_is_none():
    now = facts.at_snapshot(metrics((0.5,), (0.50010,), half=0), segments(NAMES[:1]), NOW)
    before = facts.at_snapshot(metrics((0.5,), (0.50012,), BEFORE, half=0), segments(NAMES[:1]), BEFORE)
    assert findings.largest_move(now, before) is None


def test_the_gap_title_names_the_largest_index():
    now = facts.at_snapshot(metrics(CUSTOMERS, VALUES), segments(), NOW)
    assert findings.gap_finding(now, "margin") == "A customer in Office buyers was worth 3.3 times the average"


def test_the_gap_title_claims_nothing_when_shares_are_close():
    now = facts.at_snapshot(metrics((0.5, 0.5), (0.51, 0.49)), segments(NAMES[:2]), NOW)
    assert findings.gap_finding(now, "margin").startswith("In no segment")


def test_the_segments_title_compares_only_what_is_apart():
    apart = facts.at_snapshot(metrics((0.5, 0.5), (0.8, 0.2)), segments(NAMES[:2]), NOW)
    close = facts.at_snapshot(metrics((0.5, 0.5), (0.502, 0.498)), segments(NAMES[:2]), NOW)
    assert findings.segments_finding(apart, "margin") == (
        "Two segments: a customer in Daily regulars was worth 4.0 times one in Office buyers"
    )
    assert "none clearly worth more" in findings.segments_finding(close, "margin")


def test_the_segments_title_makes_no_ratio_of_a_value_that_may_be_zero():
    now = facts.at_snapshot(metrics((0.5, 0.5), (1.0, 0.0)), segments(NAMES[:2]), NOW)
    assert findings.segments_finding(now, "margin") == (
        "Two segments: margin per customer was highest in Daily regulars and lowest in Office buyers"
    )


def test_a_hidden_segment_has_no_numbers_in_its_title():
    now = facts.at_snapshot(metrics((None, 1.0), (None, 1.0)), segments(NAMES[:2]), NOW)
    assert findings.segment_finding(now.iloc[0], "margin") == "Daily regulars: too few customers to show"


def test_a_history_of_one_snapshot_claims_no_change():
    history = facts.over_time(metrics(CUSTOMERS, VALUES), segments(), "value_share")
    assert "one snapshot so far" in findings.history_finding(history, "margin")
    assert findings.subjects(history) == ()


def test_a_history_compares_its_first_and_last_snapshot():
    both = pd.concat([metrics(CUSTOMERS, VALUES), metrics(CUSTOMERS, (0.35, 0.18, 0.21, 0.10, 0.16), BEFORE)])
    history = facts.over_time(both, segments(), "value_share")
    assert findings.history_finding(history, "margin") == (
        "Fading subscribers fell from 16% to 8% of margin since June 2025"
    )
    assert findings.subjects(history) == ("s5",)


def reconciliation(read, accepted, quarantined) -> pd.DataFrame:
    return pd.DataFrame({"rows_read": [read], "rows_accepted": [accepted], "rows_quarantined": [quarantined]})


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((541_909, 406_829, 135_080), "541,909 rows read: 406,829 accepted, 135,080 in quarantine"),
        ((6_919, 6_919, 0), "All 6,919 rows read were accepted"),
        ((10, 8, 1), "The rows do not add up: 1 of 10 are unaccounted for"),
        ((0, 0, 0), "No rows were read"),
    ],
)
def test_the_data_title_says_whether_rows_add_up(rows, sentence):
    assert findings.data_finding(reconciliation(*rows)) == sentence


def test_next_steps_are_three_with_evidence_and_a_way_there():
    now = facts.at_snapshot(metrics(CUSTOMERS, VALUES), segments(), NOW)
    move = findings.Move("s5", "Fading subscribers", "value_share", 0.16, 0.08)
    steps = findings.next_steps(now, move, BEFORE, reconciliation(100, 75, 25), "margin")
    assert [step.page for step in steps] == ["segments", "segments", "data"]
    assert [step.segment for step in steps] == ["s1", "s5", ""]
    assert "41% of margin (40% to 42%)" in steps[0].text
    assert "25% of the rows" in steps[2].text


def test_next_steps_without_any_finding_still_lead_somewhere():
    nothing = facts.at_snapshot(metrics((None,), (None,)), segments(NAMES[:1]), NOW)
    steps = findings.next_steps(nothing, None, None, reconciliation(5, 5, 0), "margin")
    assert [step.page for step in steps] == ["data", "definitions"]


def test_the_order_of_segments_is_that_of_the_segmentation():
    shuffled = metrics(CUSTOMERS, VALUES).sample(frac=1, random_state=1)
    assert facts.at_snapshot(shuffled, segments().iloc[::-1], NOW)["name"].tolist() == list(NAMES)


def test_the_profile_title_names_only_clear_differences():
    rows = pd.DataFrame(
        {
            "label": ["Orders", "Spend"],
            "difference": [1.1, 0.02],
            "low": [1.0, -0.1],
            "high": [1.2, 0.1],
            "remark": ["22 against 7", "£8 against £8"],
        }
    )
    assert findings.profile_finding(rows, "Gift givers") == (
        "Gift givers against all other customers: Orders higher (22 against 7)"
    )
    assert "Nothing sets Gift givers clearly apart" in findings.profile_finding(rows.tail(1), "Gift givers")


def test_titles_of_nothing_known_do_not_say_why():
    nothing = metrics((0.4, 0.6), (None, None), total=0.0)
    now = facts.at_snapshot(nothing, segments(NAMES[:2]), NOW)
    history = facts.over_time(nothing, segments(NAMES[:2]), "value_share")
    assert findings.gap_finding(now, "margin") == "No share of margin is known here"
    assert findings.history_finding(history, "margin") == "No share of margin is known here at any date"


def bought(share, half=0.02, orders=5.0) -> pd.Series:
    return pd.Series(
        {
            "name": "Lapsed",
            "active_share": share,
            "active_share_high": None if share is None else share + half,
            "orders_per_customer": orders,
        }
    )


def test_a_segment_most_of_which_has_not_bought_is_named():
    assert findings.lapsed_finding(bought(0.08), "last 12 months") == (
        "Lapsed: 92% have not bought in the last 12 months."
    )
    assert findings.lapsed_finding(bought(0.0), "all history") == "Lapsed: 100% have not bought in the window."


def test_a_segment_of_buyers_or_of_about_half_is_not_called_lapsed():
    for share in (0.49, 0.5, 0.93, 1.0):
        assert findings.lapsed_finding(bought(share), "last 12 months") == ""


def test_where_the_share_is_hidden_the_orders_tell_that_most_have_not_bought():
    said = "Lapsed: more than half have not bought in the last 12 months."
    assert findings.lapsed_finding(bought(None, orders=0.2), "last 12 months") == said
    for orders in (0.5, 3.0, None):
        assert findings.lapsed_finding(bought(None, orders=orders), "last 12 months") == ""
