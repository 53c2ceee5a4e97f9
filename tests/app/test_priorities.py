from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from segmodel.council import Council, SavedScoring
from segmodel.priorities import Scoring
from tests.app.made import write_workspace
from tests.app.made_value import change
from tests.app.test_pages import figures, text, title
from tests.support.ports import free_port

Opened = Callable[..., AppTest]

SAVE = "FormSubmitter:save_scoring-Save as a version"


def link(opened: Opened, **parameters: str) -> AppTest:
    """Open the page by a link, as a new visitor."""
    page = opened("priorities")
    for name, value in parameters.items():
        page.query_params[name] = value
    return page.run()


def parameter(page: AppTest, name: str) -> str:
    """Return a part of the page's address."""
    found = page.query_params[name]
    return found if isinstance(found, str) else found[0]


def weigh(page: AppTest, **weights: int) -> AppTest:
    for name, weight in weights.items():
        page.slider(key=f"weight_{name}").set_value(weight).run()
    return page


def choose(page: AppTest, *segments: str) -> AppTest:
    return page.button_group(key="targets").set_value(list(segments)).run()


def knock_out(page: AppTest, segment: str, reason: str) -> AppTest:
    page.session_state["knock_out"] = True
    page.run()
    return page.selectbox(key=f"out_{segment}").set_value(reason).run()


def save(page: AppTest, name: str, who: str = "") -> AppTest:
    page.text_input(key="scoring_name").input(name)
    if who:
        page.text_input(key="scoring_who").input(who)
    return page.button(key=SAVE).click().run()


def said(parts: object) -> list[str]:
    return [str(part.value).replace("\\", "") for part in parts]  # type: ignore[attr-defined]


def in_matrix(page: AppTest) -> str:
    """Return what is written in the matrix, on one line; what was escaped stays escaped."""
    notes = " ".join(note["text"] for note in figures(page)[0]["layout"]["annotations"]).replace("<br>", " ")
    return re.sub("[\u2066-\u2069]", "", notes)


def kept(folder: Path, scoring: Scoring, name: str = "June", who: str = "Ana", based_on: int | None = None) -> None:
    council = Council(folder)
    council.save_scoring(
        segmentation="behaviour",
        name=name,
        who=who,
        content=scoring.to_json(),
        evidence="{}",
        build_id="b",
        model_version="v003",
        based_on=based_on,
    )


def versions(folder: Path) -> tuple[SavedScoring, ...]:
    return Council(folder).scorings("behaviour")


def test_the_title_says_whom_to_win_and_how_far_that_rests_on_weights(opened: Opened) -> None:
    page = opened("priorities")
    assert title(page) == "Win Daily regulars and Office & café buyers. The choice holds in 100% of weightings."
    assert not page.warning
    assert page.button_group(key="targets").value == ["s1", "s2"]
    assert "Suggested by the scores. Choose to decide otherwise." in text(page)
    assert "Nobody has scored Fit with our strategy, Little competition" in text(page)
    assert "Crosses: how far a segment moves when every weight changes by a fifth." in text(page)
    assert "stays in 100% of weightings" in in_matrix(page)


def test_a_weight_moves_the_title_and_the_matrix(opened: Opened) -> None:
    page = opened("priorities")
    before = in_matrix(page)
    places = figures(page)[0]["data"]
    weigh(page, size=100, value_share=0, lifetime_value=0, stability=0, growth=0)
    assert title(page).startswith("Win Weekend browsers and Daily regulars.")
    assert in_matrix(page) != before
    assert figures(page)[0]["data"] != places
    assert page.slider(key="weight_size").label.replace("\\", "") == "Size · 77%"  # of 100 and 30 of what is judged
    assert "Changed and not saved yet." in text(page)


def test_a_knocked_out_segment_leaves_and_comes_back(opened: Opened) -> None:
    page = knock_out(opened("priorities"), "s1", "not a fit with our strengths")
    assert "Daily regulars" not in title(page)
    assert "s1" not in page.button_group(key="targets").value
    assert page.text_input(key="not_now_s1").disabled
    assert page.text_input(key="not_now_s1").placeholder == "Knocked out: not a fit with our strengths"
    knock_out(page, "s1", "")
    assert "Daily regulars" in title(page)


def test_every_segment_knocked_out_leaves_nobody_to_win(opened: Opened) -> None:
    page = opened("priorities")
    for place in range(5):
        knock_out(page, f"s{place + 1}", "too small")
    assert not page.exception
    assert title(page) == "Every segment is knocked out: there is nobody left to win"


@pytest.mark.parametrize(
    ("count", "begins"),
    [(4, "Four targets is where a choice starts to turn into a list."), (5, "Five targets is the whole market")],
)
def test_four_or_five_targets_are_warned_about(opened: Opened, count: int, begins: str) -> None:
    page = choose(opened("priorities"), *(f"s{place + 1}" for place in range(count)))
    assert not page.exception
    (warning,) = said(page.warning)
    assert warning.startswith(begins)
    assert ("eight mediocre executions" in warning) is (count == 5)


def test_three_targets_are_not_warned_about_and_one_is_said_to_be_a_bet(opened: Opened) -> None:
    page = choose(opened("priorities"), "s1", "s2", "s4")
    assert not page.warning
    assert title(page).startswith("Win Daily regulars, Office & café buyers and Gift givers.")
    choose(page, "s1")
    assert "One target: that is a bet on one segment, not a plan. Choose two to four." in text(page)
    page.button(key="follow_scores").click().run()
    assert page.button_group(key="targets").value == ["s1", "s2"]


def test_the_rest_are_not_now_with_a_reason_that_people_may_word(opened: Opened) -> None:
    page = opened("priorities")
    assert page.text_input(key="not_now_s4").placeholder.startswith("Scores ")
    page.text_input(key="not_now_s4").input("After the new shop").run()
    assert page.text_input(key="not_now_s4").value == "After the new shop"
    assert "Changed and not saved yet." in text(page)


def test_a_judgement_fills_what_nobody_had_scored(opened: Opened) -> None:
    page = opened("priorities")
    page.session_state["judge"] = True
    page.run()
    page.number_input(key="score_s1_brand").set_value(9.0).run()
    page.text_input(key="note_s1_brand").input("tops *our* survey").run()
    page.session_state["scores_by_criterion"] = True
    page.run()
    assert not page.exception
    table = page.table[0].value.map(lambda cell: str(cell).replace("\\", "")).set_index("Criterion")
    assert table.loc["Our brand"].tolist() == ["9.0", "–", "–", "–", "–"]
    # 41%, 20%, 21%, 10% and 8% of value, from 1 at none to 10 at 40% or more
    assert table.loc["Value share"].tolist() == ["10.0", "5.5", "5.7", "3.2", "2.8"]
    page.selectbox(key="choice_judged").select("s2").run()
    assert page.number_input(key="score_s2_brand").value is None
    page.selectbox(key="choice_judged").select("s1").run()
    assert page.number_input(key="score_s1_brand").value == 9.0
    assert page.text_input(key="note_s1_brand").value == "tops *our* survey"


def test_a_measure_that_people_overrule_and_give_back_is_measured_again(opened: Opened) -> None:
    page = opened("priorities")
    page.session_state["judge"] = True
    page.run()
    assert page.number_input(key="score_s1_loyalty").placeholder == "measured: 9.1"  # a risk of 5%; 10 at none
    page.number_input(key="score_s1_loyalty").set_value(2.0).run()
    assert title(page).startswith("Win Office & café buyers and Daily regulars.")
    page.number_input(key="score_s1_loyalty").set_value(None).run()
    assert page.number_input(key="score_s1_loyalty").placeholder == "measured: 9.1"
    assert title(page) == title(opened("priorities"))


def test_weights_that_are_all_nought_are_told_of(opened: Opened) -> None:
    page = weigh(opened("priorities"), loyalty=0, reachability=0, offer=0, brand=0, capability=0)
    assert not page.exception
    assert "are nought, so nothing can be ranked by it" in text(page)


def test_a_segmentation_of_which_little_is_measured_can_be_scored(opened: Opened) -> None:
    page = opened("priorities", segmentation="value")
    assert not page.exception
    assert "Top half" in title(page)


def test_a_link_with_changes_restores_them_for_somebody_else(opened: Opened) -> None:
    page = choose(weigh(opened("priorities"), growth=70), "s1", "s3", "s5")
    page.text_input(key="not_now_s4").input("my *private* reason").run()
    other = link(opened, draft=parameter(page, "draft"))
    assert not other.exception
    assert title(other) == title(page)
    assert other.slider(key="weight_growth").value == 70
    assert other.button_group(key="targets").value == ["s1", "s3", "s5"]
    assert "Changed and not saved yet." in text(other)
    assert other.text_input(key="not_now_s4").value == ""  # what people wrote stays out of links
    weigh(other, growth=10)
    assert other.slider(key="weight_growth").value == 10


@pytest.mark.parametrize("draft", ["nonsense", "%%%", "é", "eNqrVkrLz1eyUkpKLFKqBQAdegQ0", "A" * 9000, "eJw"])
def test_a_damaged_link_is_ignored(opened: Opened, draft: str) -> None:
    page = link(opened, draft=draft)
    assert not page.exception
    assert not page.error
    assert title(page) == "Win Daily regulars and Office & café buyers. The choice holds in 100% of weightings."


def test_a_link_cannot_bring_a_text_that_fills_the_memory(opened: Opened) -> None:
    import base64
    import zlib

    packed = zlib.compress(json.dumps({"not_now": {"s1": "x" * 50_000_000}}).encode(), 9)
    page = link(opened, draft=base64.urlsafe_b64encode(packed).decode()[:8000])
    assert not page.exception
    assert not page.error


def test_a_viewer_changes_but_cannot_save(signed_in: Callable[..., None], opened: Opened) -> None:
    signed_in("zoe@example.com")
    page = weigh(opened("priorities"), growth=90)
    assert "Changed and not saved yet." in text(page)
    assert "A steward saves a scoring for the council." in text(page)
    assert SAVE not in [button.key for button in page.button]
    assert "scoring_name" not in [box.key for box in page.text_input]


def test_saving_is_checked_again_where_it_is_done(signed_in: Callable[..., None], opened: Opened, folder: Path) -> None:
    signed_in("ana@example.com")
    page = opened("priorities")
    signed_in("zoe@example.com")
    page.text_input(key="scoring_name").input("Mine")
    page.button(key=SAVE).click().run()
    assert versions(folder) == ()


def test_a_steward_saves_a_version_under_their_own_name(
    signed_in: Callable[..., None], opened: Opened, folder: Path
) -> None:
    signed_in("ana@example.com")
    page = choose(weigh(opened("priorities"), growth=40), "s1", "s2", "s3")
    assert "scoring_who" not in [box.key for box in page.text_input]
    save(page, "Council of June")
    assert not page.exception
    assert said(page.success) == ["Saved as version 1, Council of June, by Somebody."]
    assert page.selectbox(key="choice_scoring").options[0].startswith("1: Council of June, Somebody, ")
    assert parameter(page, "scoring") == "1"
    assert "Changed and not saved yet." not in text(page)
    (one,) = versions(folder)
    assert (one.number, one.name, one.who, one.based_on, one.model_version) == (
        1,
        "Council of June",
        "Somebody",
        None,
        "v003",
    )
    assert Scoring.from_json(one.content) == Scoring().weighing("growth", 40).choosing(("s1", "s2", "s3"))
    evidence = json.loads(one.evidence)["matrix"]
    assert [row["name"] for row in evidence if row["is_chosen"]] == [
        "Daily regulars",
        "Office & café buyers",
        "Weekend browsers",
    ]


def test_versions_are_saved_one_after_the_other_and_opened_again(opened: Opened, folder: Path) -> None:
    page = save(weigh(opened("priorities"), growth=40), "June", "Ana")
    save(weigh(page, growth=60), "July", "Ben")
    assert not page.exception
    assert said(page.success) == ["Saved as version 2, July, by Ben."]
    assert [(one.number, one.based_on) for one in versions(folder)] == [(2, 1), (1, None)]
    assert page.slider(key="weight_growth").value == 60
    page.selectbox(key="choice_scoring").select("1").run()
    assert page.slider(key="weight_growth").value == 40
    assert "You started from version 1; the newest is version 2." in text(page)
    page.selectbox(key="choice_scoring").select("new").run()
    assert page.slider(key="weight_growth").value == 20
    newcomer = opened("priorities")
    assert newcomer.slider(key="weight_growth").value == 60
    assert link(opened, scoring="1").slider(key="weight_growth").value == 40


def test_a_version_needs_a_name(opened: Opened, folder: Path) -> None:
    page = save(opened("priorities"), "  ")
    assert said(page.error) == ["Give it a name by which the council will know it."]
    assert versions(folder) == ()


def test_whoever_saves_later_is_told_and_loses_nothing(opened: Opened, folder: Path) -> None:
    mine, theirs = weigh(opened("priorities"), growth=70), weigh(opened("priorities"), growth=5)
    save(theirs, "Theirs", "Ben")
    save(mine, "Mine", "Ana")
    (told,) = said(mine.error)
    assert told.startswith("Ben saved version 1, Theirs, on ")
    assert told.endswith("you began from a fresh one. Yours is still here, as you left it.")
    assert len(versions(folder)) == 1
    assert mine.slider(key="weight_growth").value == 70
    mine.button(key="save_even_so").click().run()
    assert not mine.exception
    assert said(mine.success) == ["Saved as version 2, Mine, by Ana."]
    assert "save_even_so" not in [button.key for button in mine.button]
    assert [(one.number, one.name, one.who) for one in versions(folder)] == [(2, "Mine", "Ana"), (1, "Theirs", "Ben")]
    assert mine.slider(key="weight_growth").value == 70


def test_whoever_saves_later_than_a_version_both_began_from_may_save_all_the_same(opened: Opened, folder: Path) -> None:
    kept(folder, Scoring())
    mine, theirs = weigh(opened("priorities"), growth=70), weigh(opened("priorities"), growth=5)
    save(theirs, "Theirs", "Ben")
    save(mine, "Mine", "Ana")
    assert said(mine.error)[0].startswith("Ben saved version 2")
    mine.button(key="save_even_so").click().run()
    assert not mine.exception
    assert [(one.number, one.name, one.based_on) for one in versions(folder)][:2] == [(3, "Mine", 1), (2, "Theirs", 1)]
    assert parameter(mine, "scoring") == "3"


def test_saving_what_nobody_changed_saves_what_was_on_screen(opened: Opened, folder: Path) -> None:
    page = opened("priorities")
    kept(folder, Scoring().weighing("growth", 90))
    save(page, "As measured", "Ana")
    assert said(page.error)[0].startswith("Ana saved version 1, June")
    assert page.slider(key="weight_growth").value == 20
    assert "You started from a fresh scoring; the newest is version 1." in text(page)
    page.button(key="save_even_so").click().run()
    kept_one = Scoring.from_json(versions(folder)[0].content)
    assert kept_one.weights == Scoring().weights
    assert kept_one.targets == ("s1", "s2")  # as the scores suggested then


def test_two_versions_are_compared(opened: Opened, folder: Path) -> None:
    kept(folder, Scoring().weighing("growth", 10).choosing(("s1", "s2")), "June")
    kept(folder, Scoring().weighing("growth", 60).choosing(("s1", "s3")), "July", "Ben", based_on=1)
    page = opened("priorities")
    page.selectbox(key="choice_against").select("1").run()
    assert not page.exception
    found = text(page)
    assert "Only the second wants to win Weekend browsers." in found
    assert "Only the first wants to win Office & café buyers." in found
    assert "They differ in 1 weight: Growth." in found
    table = page.table[0].value.map(lambda cell: str(cell).replace("\\", ""))
    assert table[table["What"] == "weight"][["Criterion", "First", "Second"]].to_numpy().tolist() == [
        ["Growth", "10", "60"]
    ]
    linked = link(opened, scoring="2", against="1")
    assert "Only the second wants to win Weekend browsers." in text(linked)


def test_what_was_changed_is_compared_with_the_version_it_began_from(opened: Opened, folder: Path) -> None:
    kept(folder, Scoring())
    page = opened("priorities")
    assert "choice_against" not in [box.key for box in page.selectbox]
    weigh(page, growth=90)
    page.selectbox(key="choice_against").select("1").run()
    assert "They differ in 1 weight: Growth." in text(page)


def test_a_saved_scoring_that_is_damaged_is_said_and_the_page_reads_on(opened: Opened, folder: Path) -> None:
    council = Council(folder)
    for content in ("{}", '{"weights": {"growth": "a lot"}}'):
        council.save_scoring(
            segmentation="behaviour",
            name="Odd",
            who="Ana",
            content=content,
            evidence="{}",
            build_id="b",
            model_version="v003",
            based_on=None,
            even_so=True,
        )
    page = opened("priorities")
    assert not page.exception
    assert len(page.title) == 1
    (warning,) = said(page.warning)
    assert warning.startswith("Version 2, Odd, cannot be read: This is no scoring: weights.growth")
    assert page.slider(key="weight_growth").value == 20
    page.selectbox(key="choice_scoring").select("1").run()
    assert not page.warning
    page.selectbox(key="choice_against").select("2").run()
    assert not page.exception
    assert len(page.warning) == 1


def test_targets_of_an_earlier_version_that_are_no_segments_any_more_are_told_of(opened: Opened, folder: Path) -> None:
    kept(folder, Scoring().choosing(("s1", "s2", "s9")).knocking_out("s8", "too small"))
    page = opened("priorities")
    assert not page.exception
    assert "s9: chosen then, but no segment of this version any more." in text(page)


def test_an_unreachable_database_leaves_the_page_readable_and_says_why_nothing_is_saved(
    opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql+psycopg://ana:secret@127.0.0.1:{free_port()}/council"
    monkeypatch.setenv("SEGMODEL_COUNCIL_URL", url)
    page = opened("priorities")
    assert not page.exception
    assert title(page).startswith("Win Daily regulars and Office & café buyers.")
    (warning,) = said(page.warning)
    assert warning.startswith(
        "Saved scorings cannot be read: The council's record (postgresql: council) cannot be read"
    )
    assert "secret" not in warning
    weigh(page, growth=70)
    save(page, "June", "Ana")
    (error,) = said(page.error)
    assert error.startswith("Not saved: The council's record (postgresql: council) cannot be ")
    assert error.endswith("What you scored is still here.")
    assert "secret" not in error
    assert page.slider(key="weight_growth").value == 70


def test_a_damaged_file_leaves_the_page_readable(opened: Opened, folder: Path) -> None:
    (folder / "council.db").write_bytes(b"not a database" * 1000)
    page = opened("priorities")
    assert not page.exception
    assert said(page.warning)[0].startswith(
        "Saved scorings cannot be read: The council's record (council.db) cannot be read"
    )


def test_names_with_markup_are_shown_as_text(opened: Opened, folder: Path) -> None:
    change(folder, "UPDATE segments SET name = '<b>Bold</b> *regulars* $5$' WHERE name = 'Daily regulars'")
    kept(folder, Scoring(), "<i>June</i> $1$", "**Ana**")
    page = opened("priorities")
    assert not page.exception
    assert title(page).startswith("Win <b>Bold</b> *regulars* $5$ and ")
    assert r"\<b\>Bold" in page.title[0].value
    assert page.button_group(key="targets").options[0].startswith(r"\<b\>Bold")
    assert "<b>Bold" not in in_matrix(page)
    weigh(page, growth=70)
    choose(page, "s2", "s3")
    page.text_input(key="scoring_who").input("_Ben_")
    save(page, "*July*", "_Ben_")
    assert page.success[0].value == r"Saved as version 2, \*July\*, by \_Ben\_\."
    page.selectbox(key="choice_against").select("1").run()
    written = [str(part.value) for part in page.markdown]
    assert any(r"Only the first wants to win \<b\>Bold" in one for one in written)
    assert not any(part.allow_html for part in page.markdown)


def test_a_small_segment_is_hidden_from_the_council(opened: Opened, folder: Path) -> None:
    hidden = "value_share = NULL, customer_share = NULL, growth = NULL, customers = NULL, value = NULL"
    change(folder, f"UPDATE segment_metrics SET {hidden}, suppressed = true WHERE segment = 's5'")
    change(
        folder,
        "UPDATE segment_value SET lifetime_value = NULL, customers = NULL, churn_risk = NULL WHERE segment = 's5'",
    )
    change(folder, "UPDATE segment_stability SET stayed = NULL WHERE segment = 's5'")
    page = opened("priorities")
    assert not page.exception
    assert page.text_input(key="not_now_s5").placeholder == "Not scored on anything that has a weight"
    assert "Not scored: Fading &#36;ub*scribers" in in_matrix(page)


def test_scorings_belong_to_a_segmentation(opened: Opened, folder: Path) -> None:
    kept(folder, Scoring().choosing(("s1", "s5")))
    page = opened("priorities")
    assert page.button_group(key="targets").value == ["s1", "s5"]
    page.selectbox(key="choice_segmentation").select("value").run()
    assert not page.exception
    assert "choice_scoring" not in [box.key for box in page.selectbox]
    weigh(page, growth=3)
    page.selectbox(key="choice_segmentation").select("behaviour").run()
    assert page.button_group(key="targets").value == ["s1", "s5"]
    page.selectbox(key="choice_segmentation").select("value").run()
    assert page.slider(key="weight_growth").value == 3


def test_a_new_build_keeps_what_was_being_changed(opened: Opened, folder: Path) -> None:
    page = weigh(opened("priorities"), growth=70)
    write_workspace(folder)
    page.run()
    assert page.slider(key="weight_growth").value == 70


def test_the_table_behind_the_matrix_has_ranks_and_choices(opened: Opened) -> None:
    page = knock_out(opened("priorities"), "s5", "too small")
    page.session_state["table_Priorities"] = True
    page.run()
    table = page.table[0].value.map(lambda cell: str(cell).replace("\\", "")).set_index("Segment")
    assert table.loc["Daily regulars", ["Rank", "Choice"]].tolist() == ["1", "to win"]
    assert table.loc["Gift givers", "Choice"] == "not now"
    assert table.loc["Fading $ub*scribers", "Choice"] == "out: too small"
