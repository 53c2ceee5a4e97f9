from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segmodel.council import BRIEF, STORY, Council, Draft, Writing, Writings
from segmodel.errors import ConflictError, CouncilError

STORY_TEXT = '{"essence": "قهوة كل صباح 咖啡 🙂 <script>alert(1)</script>"}'


_DRAFT = Draft(STORY, "behaviour", "s1", STORY_TEXT, "{}", build_id="b1", model_version="v001")


def _save(writings: Writings, based_on: int | None = None, who: str = "Ana", **given: Any) -> Writing:
    flags = {name: given.pop(name) for name in ("is_approved", "even_so") if name in given}
    return writings.save(replace(_DRAFT, **given), who=who, based_on=based_on, **flags)


def test_what_was_written_comes_back_for_whoever_opens_it(folder: Path) -> None:
    saved = _save(Writings(folder), evidence='{"share": 0.18}', is_approved=True)
    found = Writings(folder).newest(STORY, "behaviour")
    assert found == {"s1": saved}
    assert (saved.number, saved.content, saved.evidence, saved.is_approved) == (1, STORY_TEXT, '{"share": 0.18}', True)
    assert saved.saved_at.utcoffset() is not None


def test_every_version_is_kept_and_each_subject_counts_its_own(folder: Path) -> None:
    writings = Writings(folder)
    first = _save(writings)
    second = _save(writings, 1, content="{}", who="Ben")
    other = _save(writings, subject="s2")
    brief = _save(writings, kind=BRIEF, subject="s1/media")
    assert writings.history(STORY, "behaviour", "s1") == (second, first)
    assert writings.newest(STORY, "behaviour") == {"s1": second, "s2": other}
    assert writings.newest(BRIEF, "behaviour") == {"s1/media": brief}
    assert writings.newest(STORY, "needs") == {}


def test_the_later_of_two_who_write_one_story_is_told_and_loses_nothing(folder: Path) -> None:
    ana, ben = Writings(folder), Writings(folder)
    _save(ana)
    _save(ana, 1)
    with pytest.raises(ConflictError, match=r"Ana saved version 2 on .* UTC; you began from version 1") as told:
        _save(ben, 1, who="Ben")
    assert told.value.newest == 2
    kept = _save(ben, 1, who="Ben", even_so=True)
    assert [one.number for one in ana.history(STORY, "behaviour", "s1")] == [3, 2, 1]
    assert kept.based_on == 1


def test_many_who_save_at_once_each_get_a_number_of_their_own(folder: Path) -> None:
    def save(who: int) -> int:
        return _save(Writings(folder), who=f"Person {who}", even_so=True).number

    with ThreadPoolExecutor(6) as people:
        numbers = sorted(people.map(save, range(12)))
    assert numbers == list(range(1, 13))


def test_a_picture_is_kept_once_by_what_is_in_it(folder: Path) -> None:
    writings = Writings(folder)
    picture = bytes(range(256)) * 400
    digest = writings.keep_picture(picture)
    assert writings.keep_picture(picture) == digest
    assert Writings(folder).picture(digest) == picture
    assert writings.picture("0" * 64) is None


def test_reading_makes_no_file(tmp_path: Path) -> None:
    writings = Writings(tmp_path)
    assert writings.newest(STORY, "behaviour") == {}
    assert writings.picture("0" * 64) is None
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_only_had_scorings_takes_stories_too(folder: Path) -> None:
    council = Council(folder)
    council.save_scoring(
        segmentation="behaviour", name="March", who="Ana", content="{}", evidence="{}", build_id="b1",
        model_version="v001", based_on=None,
    )  # fmt: skip
    _save(Writings(folder))
    assert len(council.scorings("behaviour")) == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"who": " \n "}, "Found no name for whoever saves it"),
        ({"content": "x" * 1_000_001}, "Found 1,000,001 characters to save; expected at most 1,000,000"),
        ({"based_on": 7}, "based on version 7, which was never saved"),
    ],
)
def test_what_cannot_be_saved_is_told_in_a_sentence(tmp_path: Path, given: dict[str, Any], told: str) -> None:
    with pytest.raises(CouncilError, match=told):
        _save(Writings(tmp_path), **given)


def test_text_with_a_nul_is_saved_without_it(folder: Path) -> None:
    assert _save(Writings(folder), content="a\0b").content == "ab"
    assert Writings(folder).newest(STORY, "behaviour")["s1"].content == "ab"
