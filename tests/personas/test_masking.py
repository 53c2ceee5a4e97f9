"""Nothing that says who somebody is gets past masking, and what says nothing of the kind stays."""

from __future__ import annotations

import html
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmodel.personas.masking import LONGEST, Known, Masker, count_masks, readable, unmasked
from tests.personas.planted_identifiers import KINDS, folded, plant

MASKER = Masker()
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e"


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_hundred_identifiers_of_each_kind_are_gone(kind: str) -> None:
    planted = [each for each in plant(100 * len(KINDS), seed=20260630) if each.kind == kind]
    assert len(planted) == 100
    left = [
        (each.comment, masked)
        for each in planted
        for masked in [MASKER.mask(each.comment)]
        if any(secret in folded(masked) for secret in each.secrets)
    ]
    assert not left
    # what stands between < and > is taken for markup, and is gone as a whole
    assert all(count_masks(MASKER.mask(each.comment)) or "<" in each.comment for each in planted)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    disguise=st.sampled_from(["invisible", "entities", "wide", "bold", "capitals"]),
    before=st.text(st.characters(categories=("L", "P", "Zs", "So")), max_size=30),
)
def test_disguised_identifiers_are_gone(seed: int, disguise: str, before: str) -> None:
    random = np.random.default_rng(seed)
    for each in plant(len(KINDS), seed):
        if each.kind in {"name", "lower name", "closing", "address"} and disguise == "capitals":
            continue  # in capitals alone, a word may be anything
        comment = f"{before} \n {disguised(each.comment, disguise, random)}"
        assert not [secret for secret in each.secrets if secret in folded(MASKER.mask(comment))], comment


def disguised(text: str, how: str, random: np.random.Generator) -> str:
    """Return a text that a person still reads as the same."""
    if how == "invisible":
        return "".join(each + (random.choice(list(INVISIBLE)) if random.random() < 0.3 else "") for each in text)
    if how == "entities":
        return "".join(f"&#{ord(each)};" if each.isalnum() and random.random() < 0.3 else each for each in text)
    if how == "wide":
        return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" and each not in "<>&;" else each for each in text)
    if how == "bold":
        return f"<p><b>{text}</b></p>"
    return html.unescape(text).upper()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to JACK.MENSAH@EXAMPLE.COM.", "Write to [e-mail]."),
        ("Call me on 07700 900 963, please", "Call me on [phone], please"),
        ("my name is jack smith and I love it", "my name is [name] and I love it"),
        ("I live at 12 Baker Street, SO1 2AB", "I live at [address]"),
        ("born 12 March 1985, NI QQ 12 34 56 C", "born [date], NI [number]"),
        ("see https://example.com/a?token=1", "see [link]"),
        ("?@ \n jack.m[at]example[dot]org please", "[e-mail] please"),
        ("@jack is me, from 192.168.10.1", "[handle] is me, from [number]"),
        ("Lovely coffee. Regards, Jack", "Lovely coffee. Regards, [name]"),
    ],
)
def test_a_mask_says_what_stood_there(text: str, masked: str) -> None:
    assert MASKER.mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "I'm happy with it, and I am not leaving. It's lovely!",
        "My flat white is part of the day, £4.50 is a lot for 250g.",
        "The queue at half past eight is getting long. Could you open at half six?",
        "We order for an office of forty-five; thirty pounds, 3 machines, the 2nd bag and 10am are fine.",
        "Thanks, great coffee. Delivery before Christmas is what counts.",
        "We met at the market. I work at home, look at the price.",
        "Der Kaffee ist gut, aber zu teuer.",
        "القهوة رائعة والخدمة سريعة",
        "咖啡很好喝,服务也很快",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert MASKER.mask(text) == readable(text)


def test_what_the_workspace_knows_of_its_customers_is_gone() -> None:
    known = Known(
        names=frozenset({"mensah", "grace", "brown"}),
        phrases=frozenset({("mill", "café"), ("grace", "brown")}),
        accounts=frozenset({"sunny.side"}),
        ids=frozenset({"h10001", "ab-cd-ef", "k7"}),
    )
    masker = Masker(known)
    for text in ("mensah was kind", "the Mill Café", "sunny.side is me", "xxAB-CD-EFyy", "no H10001x", "k7 here",
                 "GRACE BROWN", "grace brown", "I met Grace there", "Grace Mensah"):  # fmt: skip
        assert count_masks(masker.mask(text)), text
    # names that are words as well are names only where they are written as names
    assert (
        masker.mask("brown sugar with grace. Grace is what you have")
        == "brown sugar with grace. Grace is what you have"
    )


def test_words_that_many_customers_write_are_no_names() -> None:
    known = Known(names=frozenset({"hamper"}), words=frozenset({"hamper"}))
    assert Masker(known).mask("a hamper of beans") == "a hamper of beans"
    assert Masker(known).mask("ask Hamper about it") == "ask [name] about it"


@pytest.mark.parametrize(
    "unit",
    ["a", "1", "1 ", "@", "a.", "<", "one ", "A b ", "mr ", "&amp;", "I'm ", "a@", "www.", "1/", "12 a ", "x-", "a:",
     "﷽",
     "\u200b", "order ", "my name is ", '"', "(at)", "Jack ", "12 Baker ", "straße ", "咖", "regards, "],
)  # fmt: skip
def test_a_text_of_100_000_characters_is_cut_and_done(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    # an expansion of one character to many aside, what is left is no longer than what is read
    assert len(MASKER.mask(text)) <= 2 * LONGEST


def test_an_identifier_at_the_cut_is_not_torn_in_two() -> None:
    for shift in range(40):
        text = "coffee " * ((LONGEST - shift) // 7) + "jackmensahow (at) exampleshop dot com and more " * 3
        assert "mensahow" not in MASKER.mask(text)
        assert "exampleshop" not in MASKER.mask(text)


def test_markup_scripts_and_formulas_are_no_words() -> None:
    assert readable("<script>alert('x')</script>Good <b>coffee</b>").split() == ["Good", "coffee"]
    assert unmasked("[name] said") == " |  said"
    assert "\x00" not in MASKER.mask("a\x00b")


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text_can_be_masked_and_masks_stay(text: str) -> None:
    once = MASKER.mask(text)
    assert once == " ".join(once.split())
    assert not any(unicodedata.category(each) in {"Cf", "Cc"} for each in once)
    assert count_masks(MASKER.mask(f"{once} [name]")) >= 1
