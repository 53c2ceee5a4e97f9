"""Files of answers, and quotas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.errors import TypingToolError
from segmodel.typing_tool import Battery, quotas, score_answers
from tests.typing_tool.made import battery, respondents


@pytest.fixture(scope="module")
def found() -> Battery:
    return battery()


def test_no_line_of_a_file_is_lost_and_each_problem_is_said(tmp_path: Path, found: Battery) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("id,Taste,price,speed,gifts,note\na,7,1,4,4,=1+1\nb,,2,,,\nc,x,2,4,5,\nbroken\ne,7,1,4,4,\n")
    scored = score_answers(found, path)
    assert scored.rows["id"].tolist() == ["a", "b", "c", "broken", "e"]
    assert scored.rows["segment"].notna().tolist() == [True, False, True, False, True]
    assert (scored.told, scored.untold) == (3, 2)
    problems = scored.rows["problem"].tolist()
    assert problems[0] == ""
    assert problems[1] == "1 of 4 questions answered, 2 needed"
    assert problems[2].startswith("taste is 'x', expected")
    assert problems[3].startswith("Line is no row: ")
    assert scored.unknown == ("id", "note")
    assert "3 of 5 rows told" in scored.notes[0]


def test_workbook_and_text_tell_the_same(tmp_path: Path, found: Battery) -> None:
    answers = respondents(25, seed=6).answers
    answers.to_excel(tmp_path / "answers.xlsx", index=False)
    answers.to_csv(tmp_path / "answers.csv", index=False)
    one, two = (score_answers(found, tmp_path / f"answers.{kind}").rows for kind in ("xlsx", "csv"))
    assert one["segment"].tolist() == two["segment"].tolist() == found.predict(answers)["segment"].tolist()


def test_columns_of_our_names_are_kept_under_another(tmp_path: Path, found: Battery) -> None:
    respondents(5).answers.assign(segment="mine").to_csv(tmp_path / "a.csv", index=False)
    rows = score_answers(found, tmp_path / "a.csv").rows
    assert rows["given_segment"].tolist() == ["mine"] * 5
    assert set(rows["segment"]) <= {"s1", "s2", "s3"}


def test_a_file_without_the_questions_is_refused_with_a_hint(tmp_path: Path, found: Battery) -> None:
    (tmp_path / "a.csv").write_text("tastes,prize,spede,gifts\n1,2,3,4\n")
    with pytest.raises(TypingToolError, match=r"lacks columns taste, .*Did you mean 'tastes'"):
        score_answers(found, tmp_path / "a.csv")


@pytest.mark.parametrize("n", [100, 101, 397, 1_000])
def test_quotas_add_up_keep_the_minimum_and_follow_shares(n: int) -> None:
    shares = {"s1": 0.5, "s2": 0.3, "s3": 0.17, "s4": 0.03}
    found = quotas(shares, n, 20)
    table = found.table.set_index("segment")
    assert table["quota"].sum() == n
    assert table["quota"].min() >= 20
    # weights make the sample stand for all customers again
    np.testing.assert_allclose(table["quota"] * table["weight"] / n, pd.Series(shares), rtol=1e-12)
    weights = np.repeat(table["weight"].to_numpy(), table["quota"])
    assert found.design_effect == pytest.approx(n * (weights**2).sum() / weights.sum() ** 2)


def test_quotas_without_a_minimum_are_proportional() -> None:
    found = quotas({"a": 0.25, "b": 0.75}, 400, 0)
    assert found.table["quota"].tolist() == [100, 300]
    assert found.design_effect == pytest.approx(1)


@pytest.mark.parametrize(
    ("shares", "n", "minimum", "words"),
    [
        ({"a": 0.5, "b": 0.5}, 50, 30, "50 interviews are too few for 2 segments with 30 each"),
        ({"a": 0.5, "b": float("nan")}, 500, 30, "one is hidden"),
        ({"a": 0.5, "b": 0.5}, 0, 0, "go from 1"),
    ],
)
def test_impossible_quotas_are_refused(shares: dict[str, float], n: int, minimum: int, words: str) -> None:
    with pytest.raises(TypingToolError, match=words):
        quotas(shares, n, minimum)
