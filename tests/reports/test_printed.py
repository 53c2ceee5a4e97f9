from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from segmodel.errors import StoryError
from segmodel.personas import Persona, Quote, Voice, trait_certainty, written
from segmodel.reports.printed import PRINTS, Imprint, Print, checked_picture, emblem_svg, print_personas
from segmodel.reports.printed import persona as printed
from tests.personas.test_story import PERSONA

IMPRINT = Imprint("Shop, build b1", "Ana (steward)", dt.date(2026, 11, 23))
MILLIMETRES = {"poster": (297, 420), "one-pager": (210, 297), "flip-cards": (420, 297), "cue-card": (297, 210)}
LONG = replace(
    PERSONA,
    segment="s2",
    story=written(
        name="Donaudampfschifffahrtsgesellschaftskapitäne im Ruhestand und so"[:60],
        essence="x" * 160,
        **{part: ["Wort " * 30] * 6 for part in ("jobs", "needs", "dos", "donts", "cues")},
    ),
    voice=Voice(quotes=(Quote("q", "sehr lang " * 400),)),
)
STRANGE = replace(
    PERSONA,
    segment="s3",
    story=written(
        name="#set text(red) $x$ *b* <script>",
        essence="عشاق القهوة في الصباح 咖啡爱好者 ☕ =HYPERLINK(1)",
        cues=["#import \"x.typ\"", "@someone [link] \\ _under_", "`code` ~ --- //"],
    ),
)  # fmt: skip


@pytest.mark.parametrize("kind", list(PRINTS))
def test_every_print_has_its_size_and_a_page_each(kind: Print) -> None:
    people = [PERSONA, LONG, STRANGE]
    pages = print_personas(people, IMPRINT, kind, "png")
    assert len(pages) == (3 if kind in {"poster", "one-pager"} else 1)
    for page in pages:
        with Image.open(io.BytesIO(page)) as opened:
            pixels = tuple(round(side / 25.4 * 110) for side in MILLIMETRES[kind])
            assert opened.size == pytest.approx(pixels, abs=2)
    (document,) = print_personas(people, IMPRINT, kind)
    assert document.startswith(b"%PDF-")


def _ink(page: bytes, top: float, bottom: float) -> float:
    """Return how much of a band of a page, from top (0) to bottom (1), is not white."""
    with Image.open(io.BytesIO(page)) as opened:
        grey = opened.convert("L")
        band = grey.crop((0, round(grey.height * top), grey.width, round(grey.height * bottom)))
        histogram = band.histogram()
        return 1 - histogram[255] / sum(histogram)


@pytest.mark.parametrize("kind", ["poster", "one-pager"])
def test_the_longest_story_stays_clear_of_the_footer(kind: Print) -> None:
    short, long = (print_personas([each], IMPRINT, kind, "png")[0] for each in (PERSONA, LONG))
    assert _ink(long, 0.5, 0.85) > _ink(short, 0.5, 0.85) + 0.02
    assert _ink(long, 0.925, 0.935) == 0
    assert _ink(long, 0.94, 1) > 0  # who, when, and that it is confidential


def test_what_people_wrote_is_set_as_it_stands() -> None:
    plain = replace(PERSONA, story=written(name="x"))
    marked = replace(PERSONA, story=written(name="#pagebreak()"))
    assert len(print_personas([plain, marked], IMPRINT, "poster", "png")) == 2


def test_the_same_persona_is_printed_the_same() -> None:
    assert print_personas([STRANGE], IMPRINT, "one-pager", "png") == print_personas(
        [STRANGE], IMPRINT, "one-pager", "png"
    )


def test_what_cannot_be_printed_is_told() -> None:
    with pytest.raises(StoryError, match="There is no print 'mug'"):
        print_personas([PERSONA], IMPRINT, "mug")  # type: ignore[arg-type]
    with pytest.raises(StoryError, match="no persona to print"):
        print_personas([], IMPRINT, "poster")


def test_emblems_tell_segments_apart() -> None:
    assert len({emblem_svg(f"behaviour s{place}", "#3C36B2") for place in range(8)}) == 8


def _picture(size: tuple[int, int], kind: str = "PNG") -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, "#3C36B2").save(kept, kind)
    return kept.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_kept_as_png_no_larger_than_it_is_shown(kind: str) -> None:
    with Image.open(io.BytesIO(checked_picture(_picture((3000, 1500), kind)))) as kept:
        assert (kept.format, kept.size) == ("PNG", (1200, 600))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cannot be read"),
        (b"<svg onload=alert(1)>", "cannot be read"),
        (b"GIF89a" + b"\0" * 100, "cannot be read"),
        (_picture((10, 10))[:40], "cannot be read"),
        (b"x" * 8_000_001, "8.0 MB"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(content: bytes, told: str) -> None:
    with pytest.raises(StoryError, match=told):
        checked_picture(content)


def test_a_picture_that_unpacks_to_more_than_there_is_room_for_is_refused() -> None:
    kept = io.BytesIO()
    Image.new("1", (9000, 9000)).save(kept, "PNG")
    assert len(kept.getvalue()) < 100_000
    with pytest.raises(StoryError, match="9,000 × 9,000 pixels"):
        checked_picture(kept.getvalue())


def drawn(monkeypatch: pytest.MonkeyPatch, persona: Persona) -> dict[str, Any]:
    """Return what is handed over to be set."""
    handed: list[dict[str, Any]] = []
    monkeypatch.setattr(printed, "typeset", lambda _, data, *__: handed.append(data["personas"][0]) or [b""])
    print_personas([persona], IMPRINT, "one-pager")
    return handed[0]


def test_a_card_shows_a_trait_beside_the_rest_in_its_own_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    (share,) = drawn(monkeypatch, PERSONA)["traits"]
    assert share["bars"] == [0.49, 0.06]
    assert share["sure"] == (
        "95% interval 46% to 52%, known of 1,000 of 1,080 customers (the others ordered too little to tell)"
    )
    trait = replace(PERSONA.traits[0], measure="mean", unit="money", value=20.0, rest=80.0, low=19.0, high=21.0)
    (money,) = drawn(monkeypatch, replace(PERSONA, traits=(trait,)))["traits"]
    assert money["bars"] == [0.25, 1.0]
    assert money["sure"].startswith("95% interval £19.00 to £21.00, known of ")
    (below,) = drawn(monkeypatch, replace(PERSONA, traits=(replace(trait, value=-20.0),)))["traits"]
    assert below["bars"] == []


def test_a_card_says_first_that_a_segment_no_longer_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, PERSONA)["is_sound"]
    unfit = drawn(monkeypatch, replace(PERSONA, verdict="unfit", verdict_note="They buy 28% less often."))
    assert not unfit["is_sound"]
    assert unfit["warning"] == "They buy 28% less often. All figures here are of 30 June 2026, after this change."


def test_a_card_holds_the_value_of_a_customer_against_the_average(monkeypatch: pytest.MonkeyPatch) -> None:
    told = drawn(monkeypatch, replace(PERSONA, value_a_customer=50.0, value_index=200.0, window="last 12 months"))
    assert told["figures"][1] == ["41%", "of all margin, last 12 months"]
    assert told["figures"][3] == ["£50.00", "margin a customer, last 12 months; all customers: £25.00"]


def test_an_interval_is_as_precise_as_its_share_and_holds_it() -> None:
    def sure(low: float, value: float, high: float) -> str:
        return trait_certainty(replace(PERSONA.traits[0], low=low, value=value, high=high, kind="contact"), "GBP", 2000)

    assert sure(0.050, 0.0545, 0.059) == "95% interval 5% to 6%, known of 1,000 of 2,000 customers"
    assert sure(0.0541, 0.0545, 0.0549).startswith("95% interval 5.4% to 5.5% around 5.5%, known of")
