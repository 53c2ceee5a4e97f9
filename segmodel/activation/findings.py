"""What a funnel says, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from segmodel.activation.funnel import Funnel
from segmodel.formats import listed, number


def funnel_finding(funnel: Funnel, segments: Sequence[str]) -> str:
    """Return how many customers can be sent, and what most of the others are lost for.

    Parameters
    ----------
    funnel : Funnel
    segments : sequence of str
        Their names.

    Examples
    --------
    >>> from segmodel.activation.funnel import Step
    >>> steps = (Step("segment", "In the segment", 90, 90), Step("consented", "", 90, 60, (("did not agree", 30),)))
    >>> funnel_finding(Funnel(steps), ["Gift givers"])
    '60 of 90 customers in Gift givers can be sent; the largest loss: 30 did not agree'
    """
    who = f"customers in {listed(segments)}"
    if not funnel.in_segment:
        return f"There are no {who}"
    begun = f"{number(funnel.given)} of {number(funnel.in_segment)} {who} can be sent"
    reason, count = funnel.largest_loss
    return f"{begun}; the largest loss: {number(count)} {reason}" if count else begun
