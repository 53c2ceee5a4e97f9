"""Batteries: told alike everywhere, explained, kept as they were."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlglot

from segmodel.engines import DIALECTS, Engine
from segmodel.errors import TypingToolError
from segmodel.reports import platform_document
from segmodel.typing_tool import Battery, BatteryFiles, findings, questionnaire
from tests.support.warehouse import Accepted, load_into_postgres, run_in_postgres
from tests.typing_tool.made import battery, respondents


@pytest.fixture(scope="module")
def found() -> Battery:
    return battery()


METHODS_TOLD = ("lda", "naive_bayes", "logistic")


def awkward(rows: int, seed: int) -> pd.DataFrame:
    """Return answers as files hold them: text, with some missing, blank, padded, not offered or no number at all."""
    random = np.random.default_rng(seed)
    known = respondents(rows, seed=8, missing=0.05).answers
    text = known.astype(object).map(lambda value: None if pd.isna(value) else str(value))
    for column in text:
        for odd in ("99", "", "often", " 1 ", "-3", "1e1", None, "nan", "2.5"):
            text.loc[random.random(rows) < 0.04, column] = odd
    text.loc[random.random(rows) < 0.1] = None
    return text.assign(customer_id=[f"p{place:03d}" for place in range(rows)])


@pytest.mark.parametrize("method", METHODS_TOLD)
@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_python_and_database_tell_every_row_alike(
    method: str, dialect: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    made = battery(5, method)
    frame = awkward(400, seed=3)
    expected = made.predict(frame).set_index(frame["customer_id"])
    names = [question.name for question in made.questions]
    if method == "lda":  # in a database it takes all answers
        expected.loc[expected["answered"] < len(names), ["segment", "probability", "runner_up"]] = None
    if dialect == "duckdb":
        with Engine.open(None) as engine, engine.loaded("given", frame):
            engine.execute("CREATE TABLE answers AS SELECT * FROM given")
            told = engine.frame(made.to_sql())
    else:
        accepted = Accepted(tmp_path, {"answers": dict.fromkeys(frame, "VARCHAR")})
        frame.to_csv(accepted.file("answers", "csv"), index=False, header=False)
        url = request.getfixturevalue("postgres_url")
        load_into_postgres(accepted, url)
        told = run_in_postgres(url, made.to_sql(dialect="postgres"))
    told = told.set_index("customer_id").sort_index()
    assert len(told) == 400
    assert 30 < expected["segment"].isna().sum() < 370
    for column in ("segment", "runner_up"):
        assert told[column].fillna("").tolist() == expected[column].fillna("").tolist()
    np.testing.assert_allclose(told["probability"].astype(float), expected["probability"].astype(float), rtol=1e-9)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("method", METHODS_TOLD)
def test_the_battery_reads_back_in_every_dialect(method: str, dialect: str) -> None:
    (statement,) = sqlglot.parse(battery(5, method).to_sql(dialect=dialect), read=dialect)
    assert statement.named_selects[-3:] == ["segment", "probability", "runner_up"]


def test_one_person_is_told_as_a_row_of_a_file(found: Battery) -> None:
    answers = respondents(30, seed=3, missing=0.1).answers
    rows = found.predict(answers)
    for place in range(30):
        if rows["problem"].iloc[place]:
            continue
        told = found.tell(answers.iloc[place].to_dict())
        assert (told.segment, told.runner_up) == (rows["segment"].iloc[place], rows["runner_up"].iloc[place])
        assert told.probability == pytest.approx(rows["probability"].iloc[place])
        assert sum(told.probabilities.values()) == pytest.approx(1)
        assert told.is_unsure == (told.probability < 0.6) == rows["is_unsure"].iloc[place]


@pytest.mark.parametrize("method", ["lda", "naive_bayes", "logistic"])
def test_reasons_add_up_to_the_lead_over_the_runner_up(method: str) -> None:
    made = battery(4, method)
    answers = {question.name: question.options[0] for question in made.questions}
    told = made.tell(answers)
    card = made.scorecard
    first, second = (card.segments.index(segment) for segment in (told.segment, told.runner_up))
    lead = np.log(told.probability / told.runner_up_probability)
    weights = sum(reason.weight for reason in (*told.reasons, *told.against))
    assert weights + card.prior[first] - card.prior[second] == pytest.approx(lead)
    assert all(reason.weight > 0 for reason in told.reasons)
    assert all(reason.weight < 0 for reason in told.against)


def test_reasons_are_told_in_the_words_of_questions_and_answers(found: Battery) -> None:
    told = found.tell({"taste": 7, "price": 1, "speed": 4, "gifts": 4})
    assert findings.answer(found, told).startswith("Tasters, ")
    first = findings.reasons(found, told)[0]
    assert first.startswith("For Tasters rather than ")
    assert "“How important is taste?”: 7" in first


def test_an_answer_between_two_segments_is_called_unsure(found: Battery) -> None:
    told = found.tell({"taste": 4, "price": 4, "gifts": 4, "speed": 4})
    nearly = replace(found, accuracy=replace(found.accuracy, unsure_below=min(0.99, told.probability + 0.005)))
    assert nearly.tell({"taste": 4, "price": 4, "gifts": 4, "speed": 4}).is_unsure
    assert findings.answer(nearly, replace(told, is_unsure=True)).startswith("Unsure: ")


def test_too_few_answers_and_unreadable_ones_are_refused_in_a_sentence(found: Battery) -> None:
    with pytest.raises(TypingToolError, match="1 of 4 questions answered, 2 needed"):
        found.tell({"taste": 4})
    with pytest.raises(TypingToolError, match="taste is 'lots', expected 1, 2, 3, 4, 5, 6 and 7"):
        found.tell({"taste": "lots", "price": 3, "speed": 2, "gifts": 1})


def test_json_reads_back_and_a_changed_file_is_noticed(found: Battery) -> None:
    text = found.to_json()
    again = Battery.from_json(text)
    assert again.to_json() == text
    frame = respondents(40, seed=5, missing=0.1).answers
    pd.testing.assert_frame_equal(again.predict(frame), found.predict(frame))
    record = json.loads(text)
    record["rule"]["prior"][0] += 0.01
    with pytest.raises(TypingToolError, match="changed after it was published"):
        Battery.from_json(json.dumps(record))
    with pytest.raises(TypingToolError, match="not valid JSON"):
        Battery.from_json("{")
    with pytest.raises(TypingToolError, match="damaged"):
        Battery.from_json("{}")


def test_batteries_are_numbered_and_never_replaced(tmp_path: Path, found: Battery) -> None:
    files = BatteryFiles(tmp_path)
    with pytest.raises(TypingToolError, match="No battery of needs from survey is published yet"):
        files.load("needs")
    at = datetime.datetime(2026, 7, 1, 9, tzinfo=datetime.UTC)
    first = files.publish(found, "ana", at)
    text = (tmp_path / "typing" / "needs" / "v001.json").read_text()
    files.publish(replace(found, source="cues"), "ben", at)
    assert files.versions("needs") == ("v001", "v002")
    assert (tmp_path / "typing" / "needs" / "v001.json").read_text() == text
    assert files.load("needs") == files.load("needs", "v001") == Battery.from_json(first.to_json())
    assert files.load("needs", source="cues").version == "v002"
    assert (first.published_by, first.published_at) == ("ana", "2026-07-01T09:00:00Z")
    with pytest.raises(TypingToolError, match="no battery v009 of needs; there: v001, v002"):
        files.load("needs", "v009")
    (tmp_path / "typing" / "needs" / "v003.json").write_text(text)
    with pytest.raises(TypingToolError, match=r"'typing/needs/v003\.json' holds needs v001"):
        files.load("needs", "v003")


@pytest.mark.parametrize("method", ["lda", "naive_bayes"])
def test_points_added_by_hand_tell_what_the_scorecard_tells(method: str) -> None:
    made = battery(4, method)
    sheet = questionnaire(made)
    answers = respondents(300, seed=11).answers
    told = made.predict(answers)["segment"]
    by_hand = []
    for row in answers.to_dict("records"):
        sums = np.array(sheet.start)
        for question in sheet.questions:
            sums = sums + np.array(sheet.points[question.name][question.options.index(row[question.name])])
        by_hand.append(sheet.segments[int(sums.argmax())])
    assert (told == by_hand).mean() > 0.95
    assert sheet.agreement > 0.95
    for points in sheet.points.values():
        assert all(min(row) == 0 and max(row) <= 60 for row in points)


def test_questionnaire_prints_every_answer_and_nothing_people_wrote_is_formatting(found: Battery) -> None:
    sly = replace(found.questions[0], wording="<b>*How*</b>\n# important | is it?")
    text = questionnaire(replace(found, rule=replace(found.rule, questions=(sly, *found.rule.questions[1:])))).markdown(
        "T"
    )
    assert r"\<b\>\*How\*\</b\> \# important \| is it?" in text
    assert text.count("- [ ]") == sum(len(question.options) for question in found.questions)


def test_survey_platforms_get_numbers_that_give_the_same_probabilities(found: Battery) -> None:
    document = platform_document(found)
    answers = {"taste": 7.0, "price": 2.0, "speed": 5.0, "gifts": 3.0}
    sums = {one["id"]: one["start"] for one in document["segments"]}
    for question in document["questions"]:
        (option,) = [one for one in question["options"] if one["value"] == answers.get(question["name"])]
        for segment, score in option["scores"].items():
            sums[segment] += score
    powers = np.exp(np.array(list(sums.values())))
    expected = found.tell(answers).probabilities
    np.testing.assert_allclose(powers / powers.sum(), [expected[segment] for segment in sums], rtol=1e-9)


def test_findings_say_when_questions_do_no_better_than_guessing(found: Battery) -> None:
    assert findings.finding(found).startswith("Four questions tell the segment of ")
    poor = replace(found, largest_share=0.99)
    assert findings.finding(poor) == "Four questions do no better than always guessing the largest segment"
