"""A persona: what is measured of a segment, what its customers say and what people wrote, in one frozen value.

Cards, posters, slides and pages are drawn from a `Persona` alone. Everything people wrote or said is optional.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

Kind = Literal["behaviour", "purchase", "contact", "attribute", "answer"]
"""Where a trait comes from: how people buy, what they buy, contacts, columns of customers, or a survey."""

Measure = Literal["share", "mean"]
"""A share of customers (yes or no, one of several words), or a mean."""


@dataclass(frozen=True)
class Trait:
    """One thing that sets a segment apart.

    Attributes
    ----------
    name : str
        The column, and the word of it where it holds words: `region = North`; `not weekday_share` for what is left.
    feature : str
        The column.
    label, against, sentence : str
        In plain words: what (`Share of orders on weekdays`), how it compares (`84%, the rest 61%`), and both.
    kind : str
        Where it comes from; see `Kind`.
    family : str
        Traits of one family say much the same, such as two that follow from each other; a card shows one of them.
    measure : str
        share or mean.
    unit : str
        Unit of `value` and `rest`, as features have it: share, days, money, ….
    value, rest : float
        The share or mean in the segment, and among the others it is compared with.
    index, index_low, index_high : float or None
        100 × share in the segment ÷ share in the rest, with its 95% interval; None for means, and what has no end.
    difference, difference_low, difference_high : float
        In standard deviations, with its 95% interval: standardised difference of means, Cohen's h of shares.
    low, high : float
        95% interval of `value`.
    n, n_rest : int
        Customers of whom this is known: in the segment, and among the others.
    p_value, q_value : float
        Of no difference; `q_value` after Benjamini and Hochberg over everything tested in the segmentation.
    weight : float
        How much a person can see or act on it; ranks beside the difference.
    is_circular : bool
        The segments were found by it, so that they differ in it by construction.
    """

    name: str
    feature: str
    label: str
    against: str
    sentence: str
    kind: Kind
    family: str
    measure: Measure
    unit: str
    value: float
    rest: float
    index: float | None
    index_low: float | None
    index_high: float | None
    difference: float
    difference_low: float
    difference_high: float
    low: float
    high: float
    n: int
    n_rest: int
    p_value: float
    q_value: float
    weight: float = 1.0
    is_circular: bool = False


@dataclass(frozen=True)
class Quote:
    """Something a customer said, with what identifies people masked.

    Attributes
    ----------
    id : str
        Stays the same as long as text and segment do.
    text, source : str
        What was said, masked, and where: survey, review, service.
    said_on : date or None
        When, where that is known.
    """

    id: str
    text: str
    source: str = ""
    said_on: datetime.date | None = None


@dataclass(frozen=True)
class Voice:
    """What the customers of a segment say.

    Attributes
    ----------
    n_comments, n_customers : int
        How many comments of how many customers it rests on.
    words, themes : tuple of str
        What they speak of more than others, and about what.
    sentiment : str
        How they feel, in a sentence; empty where that cannot be told.
    quotes : tuple of Quote
        What a few of them said.
    """

    n_comments: int = 0
    n_customers: int = 0
    words: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    sentiment: str = ""
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True)
class Story:
    """What people wrote about a segment.

    Attributes
    ----------
    name, essence : str
        What they call it, and who it is in one line.
    jobs, needs, dos, donts, cues : tuple of str
        What these customers want done, what they need, what to do and not to do, and how to recognise one.
    owner : str
        Who speaks for the segment.
    image : bytes or None
        PNG or JPEG.
    who, when, version
        Who wrote this version, when, and which one it is; 0 where nobody wrote anything.
    """

    name: str = ""
    essence: str = ""
    jobs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    dos: tuple[str, ...] = ()
    donts: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    owner: str = ""
    image: bytes | None = None
    who: str = ""
    when: datetime.datetime | None = None
    version: int = 0


@dataclass(frozen=True)
class Persona:
    """One segment, as a card tells it.

    Attributes
    ----------
    workspace, segmentation, segmentation_label, segment : str
        Where it belongs, and its id.
    name, colour, description : str
        Its name in the model, its colour (`#3C36B2`) and the sentence of its model.
    as_of, version, build, currency, value_basis
        The snapshot, model version and build the facts are of, what amounts are in, and what value is made of.
    n : int or None
        Customers of the segmentation, the whole the segment is a part of; None where hidden.
    customers : int or None
        Customers of the segment; None, as every fact below, where the group is too small to be shown.
    customer_share, customer_share_low, customer_share_high : float or None
        Its share of customers, with its 95% interval.
    value, value_share, value_index, value_a_customer : float or None
        Value in the window, its share, 100 × share of value ÷ share of customers, and value a customer.
    window : str
        Which months value is of: `last 12 months`; empty where that is not known.
    growth : float or None
        Change of value against `growth_since`, a year before.
    growth_since : date or None
    colour_number : int
        Place of its colour in the palette, for themes other than the light one.
    traits : tuple of Trait
        What sets it apart, the strongest first; `top_traits` are those of a card.
    traits_note : str
        Why there are none, or fewer than a card shows; else empty.
    verdict, verdict_note : str
        Whether it is still what was found (fit, watch or unfit) and why; empty where that was not looked at.
    left_out : tuple of str
        Protected attributes that were not looked at.
    story : Story
    voice : Voice or None
    """

    workspace: str
    segmentation: str
    segmentation_label: str
    segment: str
    name: str
    colour: str
    description: str
    as_of: datetime.date
    version: str
    build: str
    currency: str
    value_basis: str
    n: int | None
    customers: int | None = None
    customer_share: float | None = None
    customer_share_low: float | None = None
    customer_share_high: float | None = None
    value: float | None = None
    value_share: float | None = None
    value_index: float | None = None
    value_a_customer: float | None = None
    window: str = ""
    growth: float | None = None
    growth_since: datetime.date | None = None
    colour_number: int = 0
    traits: tuple[Trait, ...] = ()
    traits_note: str = ""
    verdict: str = ""
    verdict_note: str = ""
    left_out: tuple[str, ...] = ()
    story: Story = Story()
    voice: Voice | None = None

    @property
    def title(self) -> str:
        """What people call the segment, else its name in the model."""
        return self.story.name or self.name

    @property
    def top_traits(self) -> tuple[Trait, ...]:
        """The three traits of a card: the strongest, one a family."""
        return top_traits(self.traits)


CARD_TRAITS = 3
"""Traits a card shows."""


def top_traits(traits: tuple[Trait, ...], most: int = CARD_TRAITS) -> tuple[Trait, ...]:
    """Return the first traits that do not say much the same: one a family."""
    families: dict[str, Trait] = {}
    for trait in traits:
        families.setdefault(trait.family, trait)
    return tuple(families.values())[:most]
