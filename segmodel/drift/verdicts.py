"""Whether a segment is still what it was when it was found: reasons with size and noise, and what follows from them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["fit", "watch", "unfit", "untested"]

ALL_SEGMENTS = ""
"""Stands for all customers."""

ORDER: tuple[Verdict, ...] = ("untested", "fit", "watch", "unfit")
"""From the best to the worst; what could not be tested counts for nothing."""

VERDICT_WORDS: dict[Verdict, str] = {
    "fit": "Still fits",
    "watch": "Needs a look",
    "unfit": "No longer fits",
    "untested": "Not tested yet",
}


@dataclass(frozen=True)
class Size:
    """How large a change must be to be looked at, and from where on the segment is no longer what it was."""

    watch: float
    unfit: float

    def verdict(self, change: float) -> Verdict:
        """Return what a change of this size means, whatever its sign.

        Examples
        --------
        >>> Size(0.1, 0.2).verdict(-0.15)
        'watch'
        """
        amount = abs(change)
        return "unfit" if amount >= self.unfit else "watch" if amount >= self.watch else "fit"


@dataclass(frozen=True)
class Limits:
    """What sizes matter, and how sure a change must be; every call needs both.

    Attributes
    ----------
    orders : Size
        Orders a customer and month, against the same month of the year of reference: relative change.
    spend_per_order : Size
        The same for spend an order; wider, because prices move it in all segments alike.
    share : Size
        Share of customers: relative change.
    value : Size
        Value per customer against that of all customers: relative change of the ratio.
    certainty : Size
        Mean probability of the segment: fall.
    missing : Size
        Share of customers of whom a feature of the segmentation is not known: rise.
    profile : Size
        Wasserstein distance ÷ standard deviation of a feature of the segmentation within the segment; 0.2 is a small
        and 0.5 a medium shift (Cohen 1988).
    spread : Size
        Of a feature that is a category, or a number all customers had the same value of: share of customers who would
        have to be elsewhere for nothing to have changed (total variation distance). A number that shifts by 0.2 and 0.5
        standard deviations comes to 0.08 and 0.2.
    level : float
        False calls allowed (Benjamini & Hochberg 1995) among the calls of one segmentation: of what segments do, are
        worth and consist of; and again of their features.
    """

    orders: Size = Size(0.1, 0.2)
    spend_per_order: Size = Size(0.15, 0.3)
    share: Size = Size(0.25, 0.5)
    value: Size = Size(0.15, 0.3)
    certainty: Size = Size(0.05, 0.1)
    missing: Size = Size(0.05, 0.15)
    profile: Size = Size(0.2, 0.5)
    spread: Size = Size(0.1, 0.2)
    level: float = 0.01


@dataclass(frozen=True)
class Reason:
    """One thing that speaks against a segment as it was defined.

    Attributes
    ----------
    kind : str
        orders, spend_per_order, share, value, certainty, missing or profile.
    verdict : {"watch", "unfit"}
    text : str
        What changed, by how much, how that compares with noise and since when, in a sentence.
    change : float
        Its size, in the unit of `Limits`.
    since : date or None
        The first month or snapshot that shows it.
    feature : str
        Of a profile or of missing values; else empty.
    headline : str
        The same without figures of noise, naming the segment, for titles.
    """

    kind: str
    verdict: Verdict
    text: str
    change: float
    since: datetime.date | None = None
    feature: str = ""
    headline: str = ""


@dataclass(frozen=True)
class SegmentVerdict:
    """What became of one segment.

    Attributes
    ----------
    segment, name : str
    verdict : str
    reasons : tuple of Reason
        The gravest first.
    note : str
        Why it could not be tested, or that nothing speaks against it.
    """

    segment: str
    name: str
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    note: str = ""

    @property
    def since(self) -> datetime.date | None:
        """The earliest month of the reasons behind the verdict."""
        known = [reason.since for reason in self.reasons if reason.verdict == self.verdict and reason.since]
        return min(known, default=None)


def judge(segment: str, name: str, reasons: Sequence[Reason]) -> SegmentVerdict:
    """Return the verdict that follows from the reasons: the gravest of theirs, or fit where there is none."""
    ordered = tuple(sorted(reasons, key=_gravity))
    verdict = worst(reason.verdict for reason in ordered) if ordered else "fit"
    note = "" if ordered else "Nothing moved further than noise and by more than a size that matters."
    return SegmentVerdict(segment, name, verdict, ordered, note)


def _gravity(reason: Reason) -> tuple[int, int, float]:
    return -ORDER.index(reason.verdict), _KINDS.index(reason.kind), -abs(reason.change)


_KINDS = ("orders", "value", "share", "profile", "spend_per_order", "certainty", "missing")


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the gravest of some verdicts; untested where there is none.

    Examples
    --------
    >>> worst(["fit", "untested", "watch"])
    'watch'
    """
    return max(verdicts, key=ORDER.index, default="untested")
