"""What leaves the typing tool: accuracy and curve as tables, the battery for survey platforms."""

from __future__ import annotations

from typing import Any

import pandas as pd

from segmodel.scorecard import NumericTerm
from segmodel.store import PublishedBuild
from segmodel.typing_tool import Battery, Quotas, quotas

PLATFORM_FORMAT = "segmodel typing tool for survey platforms 1"


def accuracy_table(battery: Battery) -> pd.DataFrame:
    """Return a row a segment: segment, name, recall, precision."""
    return pd.DataFrame(
        [
            {
                "segment": one.segment,
                "name": battery.name(one.segment),
                "recall": one.recall,
                "precision": float("nan") if one.precision is None else one.precision,
            }
            for one in battery.accuracy.segments
        ]
    )


def platform_document(battery: Battery) -> dict[str, Any]:
    """Return a battery as a survey platform needs it: questions with options, and numbers to add up.

    Returns
    -------
    dict
        `segments`: id, name and `start`; `questions`: name, text, type (`single choice` or `number`), and for each
        option `value`, `label` and `scores` by segment, for a number `scores_per_unit` by segment of the answer, kept
        within `low` and `high`, less `centre`. The highest sum of start and scores names the segment; the exponential
        of a sum, over that of all of them, is its probability; below `unsure_below` it is unsure.
    """
    card = battery.scorecard
    return {
        "format": PLATFORM_FORMAT,
        "confidentiality": "Confidential",
        "segmentation": battery.segmentation,
        "model": battery.model,
        "version": battery.version,
        "as_of": battery.as_of,
        "respondents": battery.accuracy.n,
        "hit_rate": round(battery.accuracy.hit_rate, 3),
        "unsure_below": battery.accuracy.unsure_below,
        "needs_all_answers": battery.rule.method == "lda",
        "segments": [
            {"id": segment, "name": battery.name(segment), "start": start}
            for segment, start in zip(card.segments, card.prior, strict=True)
        ],
        "questions": [_question(battery, place) for place in range(len(battery.questions))],
    }


def _question(battery: Battery, place: int) -> dict[str, Any]:
    question, term = battery.questions[place], battery.scorecard.terms[place]
    about: dict[str, Any] = {"name": question.name, "text": question.wording, "kind": question.kind}
    segments = battery.scorecard.segments
    if not question.options and isinstance(term, NumericTerm):
        return about | {
            "type": "number",
            "low": question.low,
            "high": question.high,
            "centre": term.preparation.centre,
            "scores_per_unit": dict(zip(segments, term.linear, strict=True)),
        }
    column = pd.Series(list(question.options), dtype="float64" if question.is_number else object)
    added = term.contributions(pd.DataFrame({question.name: column}))
    return about | {
        "type": "single choice",
        "options": [
            {
                "value": option,
                "label": question.label(option),
                "scores": dict(zip(segments, map(float, row), strict=True)),
            }
            for option, row in zip(question.options, added, strict=True)
        ],
    }


def segment_quotas(published: PublishedBuild, segmentation: str, n: int, minimum: int) -> Quotas:
    """Return how many of each segment to interview, by their shares of customers at the latest snapshot.

    Raises
    ------
    TypingToolError
        When the share of a segment is hidden, or the interviews do not suffice.
    """
    metrics = published.segment_metrics(segmentation)
    latest = metrics[metrics["snapshot"] == metrics["snapshot"].max()].set_index("segment")
    named = published.segments(segmentation).set_index("segment")["name"]
    shares = latest["customer_share"].reindex(named.index).fillna(0.0)
    found = quotas({str(segment): float(value) for segment, value in shares.items()}, n, minimum)
    table = found.table.copy()
    table.insert(1, "name", table["segment"].map(named))
    return Quotas(table, found.n, found.minimum, found.design_effect)
