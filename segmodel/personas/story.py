"""What people write about a segment: cleaned, kept as JSON, and held against the facts it leaned on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from segmodel.errors import StoryError
from segmodel.formats import share
from segmodel.personas.persona import Persona, Story, Trait

LINES = ("jobs", "needs", "dos", "donts", "cues")
"""Parts of a story that are lists of short lines."""

MOST_LINES = 6
LONGEST = {"name": 60, "essence": 160, "owner": 80} | dict.fromkeys(LINES, 160)
"""Characters of each part, of each line of a list."""

_PARTS = {
    "name": "the name", "essence": "the essence", "owner": "the owner", "jobs": "what they want done",
    "needs": "what they need", "dos": "do", "donts": "don't", "cues": "recognise them by",
}  # fmt: skip
_NOT = "not "
_CLEARLY = 0.03
"""Share of value by which a fact has changed: it has no interval of its own here."""

_VERDICTS = {"fit": "still what was found", "watch": "in need of a look", "unfit": "no longer what was found"}


def written(**given: str | Iterable[str]) -> Story:
    r"""Return a story from what was typed, without breaks in lines, empty lines and characters nobody sees.

    Parameters
    ----------
    **given
        Attributes of `Story`: text, or lines.

    Raises
    ------
    StoryError
        When a part is too long or has too many lines; all of them are told at once.

    Examples
    --------
    >>> written(essence="Coffee is the first\n habit", cues=["", "Knows the bean by name"])
    Story(name='', essence='Coffee is the first habit', jobs=(), ..., cues=('Knows the bean by name',), ...)
    """
    clean: dict[str, Any] = {}
    wrong = []
    for part, text in given.items():
        lines = [plain_line(line) for line in ([text] if isinstance(text, str) else text)]
        lines = [line for line in lines if line]
        longest = max(map(len, lines), default=0)
        if longest > LONGEST[part]:
            wrong.append(f"{_PARTS[part]} has {longest:,} characters, expected at most {LONGEST[part]}")
        if len(lines) > MOST_LINES:
            wrong.append(f"{_PARTS[part]} has {len(lines)} lines, expected at most {MOST_LINES}")
        clean[part] = tuple(lines) if part in LINES else "".join(lines)
    if wrong:
        raise StoryError(f"The story cannot be kept as it is: {'; '.join(wrong)}. Shorten it.")
    return Story(**clean)


def plain_line(text: str) -> str:
    """Return a text on one line, without characters nobody sees."""
    # joiners hold letters of Arabic and Indic scripts and parts of emoji together
    kept = (mark if mark.isprintable() or mark in "\u200c\u200d" else " " for mark in text)
    return " ".join("".join(kept).split())


def story_to_json(story: Story, picture: str = "") -> str:
    """Return what people wrote as JSON; a picture is kept elsewhere, here is its digest."""
    parts = {name: value for name, value in asdict(story).items() if name in LONGEST}
    return json.dumps(parts | {"picture": picture}, ensure_ascii=False)


def story_from_json(text: str) -> tuple[Story, str]:
    """Return what people wrote, and the digest of its picture.

    Raises
    ------
    StoryError
        When it is no story.
    """
    try:
        kept: dict[str, Any] = json.loads(text)
        parts: dict[str, Any] = {
            name: tuple(map(str, kept.get(name, ()))) if name in LINES else str(kept.get(name, "")) for name in LONGEST
        }
        return Story(**parts), str(kept.get("picture", ""))
    except (ValueError, TypeError, AttributeError):
        raise StoryError("A story in the council's record is damaged; save it again.") from None


def facts_leaned_on(persona: Persona) -> str:
    """Return the facts a story is written on, as JSON: size, share of value, verdict and the traits of the card."""
    return json.dumps(
        {
            "as_of": str(persona.as_of),
            "customer_share": [persona.customer_share, persona.customer_share_low, persona.customer_share_high],
            "value_share": persona.value_share,
            "verdict": persona.verdict,
            "traits": {trait.name: [trait.label, trait.difference] for trait in persona.top_traits},
        },
        ensure_ascii=False,
    )


def _changed_traits(then: Mapping[str, tuple[str, float]], now: Mapping[str, Trait]) -> list[str]:
    """Return what became of the traits of a card that are no longer as they were."""
    found = []
    for name, (label, difference) in then.items():
        opposite = now.get(name.removeprefix(_NOT) if name.startswith(_NOT) else f"{_NOT}{name}")
        if name in now and now[name].difference * difference < 0:
            found.append(f"“{label}” is the other way round now: {now[name].against}.")
        elif name not in now and opposite is not None and opposite.difference * difference > 0:
            found.append(f"“{label}” is the other way round now: “{opposite.label}”, {opposite.against}.")
        elif name not in now:
            found.append(f"“{label}” set them apart then, and does no longer.")
    return found


def changed_facts(evidence: str, persona: Persona) -> tuple[str, ...]:
    """Return what is no longer as it was when a story was written, in sentences.

    The share of customers has changed where the 95% intervals of then and now do not overlap; the share of value, by
    three points; a trait of the card, where it sets the segment apart no longer or the other way round; and whether
    the segment still fits, where it is worse. What is hidden now, as too few customers are left, tells no change.

    Parameters
    ----------
    evidence : str
        Of `facts_leaned_on`, as it was kept.
    persona : Persona
        As the facts are now.
    """
    try:
        then: Mapping[str, Any] = json.loads(evidence)
    except ValueError:
        return ()
    found = []
    size = then.get("customer_share") or [None, None, None]
    now = (persona.customer_share, persona.customer_share_low, persona.customer_share_high)
    if None not in (*size, *now) and (size[1] > now[2] or now[1] > size[2]):
        found.append(f"Written when they were {share(size[0])} of customers; now they are {share(now[0])}.")
    value = then.get("value_share")
    if value is not None and persona.value_share is not None and abs(value - persona.value_share) >= _CLEARLY:
        found.append(f"Written when they brought {share(value)} of value; now {share(persona.value_share)}.")
    if persona.customers is not None:
        found += _changed_traits(then.get("traits") or {}, {trait.name: trait for trait in persona.traits})
    verdict = str(then.get("verdict", ""))
    order = list(_VERDICTS)
    if verdict in order and persona.verdict in order and order.index(persona.verdict) > order.index(verdict):
        found.append(f"The segment was {_VERDICTS[verdict]} then; now it is {_VERDICTS[persona.verdict]}.")
    return tuple(found)
