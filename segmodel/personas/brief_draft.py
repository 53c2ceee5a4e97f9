"""A first draft of a brief: what is measured and said of a segment, put where it belongs.

Nothing is made up: a part of which nothing is known stays empty, for people to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from segmodel.formats import counted, listed, share
from segmodel.intervals import detectable_difference
from segmodel.personas.brief import BRIEF_PARTS, Brief, BriefKind, Fact
from segmodel.personas.persona import Persona, top_traits

_HELD_OUT = 0.2
_FEWEST_EACH = 30
_OF_PACE = ("frequency", "mean_gap_days", "recency_days", "days_active")


Known = dict[str, Fact]
"""Facts by their name."""


def drafted_brief(kind: BriefKind, persona: Persona, facts: Sequence[Fact]) -> Brief:
    """Return a first draft.

    Parameters
    ----------
    kind : str
    persona : Persona
        With story and approved quotes.
    facts : sequence of Fact
        Of `brief_facts`.
    """
    known = {fact.name: fact for fact in facts}
    return Brief(kind, {part: tuple(_PARTS[part](persona, known)) for part in BRIEF_PARTS[kind]})


def _who(persona: Persona, known: Known) -> Iterator[str]:
    # the sentence of the model tells of the day it was fitted on, and its figures need not be true today
    yield f"{persona.title}: {persona.story.essence}" if persona.story.essence else persona.title
    sizes = [known[name] for name in ("customer_share", "value_share") if name in known]
    if sizes:
        of = {"customer_share": "customers", "value_share": persona.value_basis}
        yield f"They are {listed(f'{share(fact.value)} of {of[fact.name]}' for fact in sizes)}."
    yield from (f"{trait.sentence}." for trait in persona.top_traits)


def _voice(persona: Persona, known: Known) -> Iterator[str]:
    voice = persona.voice
    if voice is None:
        return
    if voice.words:
        yield f"More than others they speak of {listed(voice.words[:5])}."
    if voice.sentiment:
        yield voice.sentiment
    yield from _quotes(persona, known)


def _beliefs(persona: Persona, known: Known) -> Iterator[str]:
    yield from _voice(persona, known)
    answers = tuple(trait for trait in persona.traits if trait.kind == "answer" and trait.unit == "scale")
    yield from (f"{trait.sentence}." for trait in top_traits(answers, 2))


def _quotes(persona: Persona, known: Known) -> Iterator[str]:  # noqa: ARG001
    if persona.voice is not None:
        yield from (f"“{quote.text}”" for quote in persona.voice.quotes[:2])


def _needs(persona: Persona, known: Known) -> Iterator[str]:
    yield from persona.story.needs
    yield from (fact.sentence for name, fact in known.items() if name.startswith("need:"))


def _reach(persona: Persona, known: Known) -> Iterator[str]:
    yield from (known[name].sentence for name in ("reachable", "consented") if name in known)
    traits = tuple(
        trait for trait in persona.traits if trait.kind == "contact" or "channel" in trait.family or
        trait.family in ("weekday", "hour")
    )  # fmt: skip
    yield from (f"{trait.sentence}." for trait in top_traits(traits, 3))


def _pace(persona: Persona, known: Known) -> Iterator[str]:  # noqa: ARG001
    yield from (f"{trait.sentence}." for trait in persona.traits if trait.feature in _OF_PACE)


def _recognise(persona: Persona, known: Known) -> Iterator[str]:  # noqa: ARG001
    yield from persona.story.cues or (f"{trait.sentence}." for trait in persona.top_traits)


def _worth(persona: Persona, known: Known) -> Iterator[str]:  # noqa: ARG001
    yield from (known[name].sentence for name in ("value_a_customer", "value_index", "lifetime") if name in known)


def _kpi(persona: Persona, known: Known) -> Iterator[str]:  # noqa: ARG001
    name = "value_a_customer" if "value_a_customer" in known else "value_share"
    if name in known:
        yield f"{known[name].sentence.rstrip('.')} today. Aim: …"


def _measured(persona: Persona, known: Known) -> Iterator[str]:  # noqa: ARG001
    """Say what a test of this segment could show: a fifth of those who can be reached held out at random."""
    everybody = known.get("reachable", known.get("customers"))
    if everybody is None:
        return
    count = round(everybody.value)
    held = round(count * _HELD_OUT)
    if held < _FEWEST_EACH:
        yield f"With {counted(count, 'customer')} no test would tell; watch the figure itself, against the rest."
        return
    points = 100 * detectable_difference(count - held, held)
    yield (
        f"Hold out {counted(held, 'customer')} of {count:,} at random and do nothing for them. A difference of "
        f"{points:.1f} points in any yes-or-no outcome, such as whether they bought, would be seen four times in five."
    )


_PARTS: dict[str, Callable[[Persona, Known], Iterable[str]]] = {
    "who": _who,
    "believe_now": _beliefs,
    "voice": _voice,
    "must_believe": lambda persona, _: persona.story.needs,
    "proof": _quotes,
    "reach": _reach,
    "pace": _pace,
    "jobs": lambda persona, _: persona.story.jobs,
    "needs": _needs,
    "recognise": _recognise,
    "worth": _worth,
    "plays": lambda persona, _: persona.story.dos,
    "avoid": lambda persona, _: persona.story.donts,
    "kpi": _kpi,
    "measured": _measured,
}
"""What each part of a brief begins with."""
