from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as some

import app.parts.text
import app.uploads
from app.parts.text import plain
from app.uploads import file_name, slug


@pytest.mark.parametrize("module", [app.parts.text, app.uploads], ids=lambda module: module.__name__)
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    "text",
    [
        "**bold** _it_ ~~x~~ `code`",
        "<script>alert(1)</script>",
        "costs $5 and $6",
        ":red[danger] :material/delete:",
        "[link](http://example.com) ![x](y)",
        "# heading",
        "1. list",
        "a | b",
    ],
)
def test_every_mark_of_markup_is_escaped(text):
    shown = plain(text)
    for place, character in enumerate(shown):
        if character in r"*_`<>[]()#$:|~!.":
            assert shown[place - 1] == "\\"


def test_addresses_and_codes_are_broken_up():
    for text in ("www.example.com", "https://example.com", "a@example.com", ":smile:", ":material/home:", "a -> b"):
        assert "\N{WORD JOINER}" in plain(text)


def test_lines_of_a_name_become_one():
    assert plain("a\n\n- b") == r"a \- b"


@given(some.text(max_size=80))
def test_a_slug_is_safe_in_a_path_and_an_address(text):
    assert set(slug(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 1 <= len(slug(text)) <= 40


@given(some.text(max_size=80))
def test_a_file_name_cannot_leave_its_folder(text):
    name = file_name(text)
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith(".")
    assert ".." not in name
