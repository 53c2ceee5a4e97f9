"""Quotes: typical, of different people and themes, and never of somebody who can be told by them."""

from __future__ import annotations

import pandas as pd
import pytest

from segmodel.personas.quotes import choose_quotes, customers_by_token, is_safe, quote_id

COMMON = dict.fromkeys(("lovely", "place", "saturday", "morning", "cakes", "treat"), 12)


@pytest.mark.parametrize(
    "text",
    [
        "Lovely place for a Saturday morning and the cakes are a treat.",
        "Lovely place for a Saturday morning, 2 cakes are £4.50 a treat.",
        "[name] the cakes are a treat, lovely place for a Saturday morning.",
    ],
)
def test_what_many_say_may_be_shown(text: str) -> None:
    assert is_safe(text, COMMON)


@pytest.mark.parametrize(
    "text",
    [
        "Lovely place.",  # too short
        "Lovely place for a Saturday morning and the cakes are a treat. " * 5,
        "Lovely place for a Saturday morning and Smithson bakes the cakes.",
        "Smithson, lovely place for a Saturday morning and the cakes.",
        "lovely place for a saturday morning and smithson bakes cakes",
        "LOVELY PLACE FOR A SATURDAY MORNING AND SMITHSON BAKES",
        "Lovely place for a Saturday morning, ring 077 for the cakes.",
        "Lovely place for a Saturday morning, ring 0 7 7 for the cakes.",
        "Lovely place for a Saturday morning, jack@ has the cakes are.",
        "Lovely place for a Saturday morning, see www. the cakes are.",
        "=Lovely place for a Saturday morning and the cakes are a treat.",
        "[name] [e-mail] [phone] the cakes are a treat, lovely place for a morning.",
        "[name] [e-mail] [name], [e-mail], [name], [e-mail], [name] and",
        "咖啡很好喝服务也很快我们明天还会再来因为这里的蛋糕非常好吃而且价格也不贵大家都很喜欢这家店的气氛和音乐",
        "القهوة رائعة والخدمة سريعة جدا وسوف نعود قريبا إن شاء الله",
    ],
)
def test_what_may_name_somebody_is_not_shown(text: str) -> None:
    assert not is_safe(text, COMMON)


def comments() -> pd.DataFrame:
    rows = [
        (1, "a", "gift box", ["gift", "box"], 0, 0.9),
        (1, "a", "gift wrap", ["gift", "wrap"], 1, 0.95),
        (2, "a", "box gift", ["box", "gift"], 0, 0.8),
        (3, "a", "wrap gift paper", ["wrap", "gift", "paper"], 1, 0.5),
        (4, "a", "queue", ["queue"], 0, 1.0),
        (5, "a", "hidden", ["gift", "x"], 0, 1.0),
        (6, "b", "queue long", ["queue", "long"], 0, 0.3),
    ]
    frame = pd.DataFrame(rows, columns=["customer", "segment", "text", "words", "theme", "nearness"])
    return frame.assign(source="survey", said_on=pd.Timestamp("2026-01-31"))


def test_quotes_are_typical_of_different_customers_and_take_turns_of_theme() -> None:
    scores = pd.DataFrame(
        {
            "segment": ["a"] * 5 + ["b"] * 2,
            "word": ["gift", "box", "wrap", "paper", "queue", "queue", "long"],
            "z": [4.0, 3.0, 3.0, 0.0, -4.0, 4.0, 1.0],
        }
    )
    said = comments()
    found = choose_quotes(said, scores, "needs", said["text"] != "hidden")
    # of customer 1 the better one, of the same words in another order one, none that is typical of the others
    assert found[["segment", "rank", "text", "theme"]].to_numpy().tolist() == [
        ["a", 1, "gift wrap", 1],
        ["a", 2, "box gift", 0],
        ["a", 3, "wrap gift paper", 1],
        ["b", 1, "queue long", 0],
    ]
    assert found["quote_id"].tolist() == [quote_id("needs", row.segment, row.text) for row in found.itertuples()]
    assert found["quote_id"].is_unique


def test_ids_tell_segments_and_segmentations_apart() -> None:
    assert (
        len({quote_id("a", "s1", "x"), quote_id("a", "s2", "x"), quote_id("b", "s1", "x"), quote_id("a", "s1", "y")})
        == 4
    )


def test_tokens_are_counted_by_customer_and_masks_are_none() -> None:
    said = pd.DataFrame({"customer": [1, 1, 2], "text": ["Tea [name] tea", "tea", "the TEA"]})
    assert customers_by_token(said) == {"tea": 2, "the": 1}
