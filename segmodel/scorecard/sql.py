"""A scorecard as SQL people can read: prepare, score, rank, name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmodel.engines import identifier, literal, render
from segmodel.scorecard.preparation import sql_number
from segmodel.scorecard.terms import CellTerm

if TYPE_CHECKING:
    from segmodel.scorecard.terms import Term

VANISHED = -700.0
"""Scores this far below the best have no probability left; exp of less fails in some databases."""

_BELOW_ALL = -1e305


def scoring_sql(
    segments: tuple[str, ...],
    prior: tuple[float, ...],
    terms: tuple[Term, ...],
    relation: str,
    keys: tuple[str, ...],
    dialect: str,
) -> str:
    """Return the SELECT; see `Scorecard.to_sql`.

    Only arithmetic on columns, so that a million rows are nothing. Nothing is NULL when compared: every feature
    has a value for missing.
    """
    kept = "".join(f"        {identifier(key)},\n" for key in keys)
    if len(terms) == 1 and isinstance(terms[0], CellTerm) and len(set(prior)) == 1:
        text = _rules_sql(segments, terms[0], relation, keys)
        return render(text, dialect) + "\n"
    text = "\n".join(
        (
            f"-- {len(segments)} segments from {_comment(', '.join(f for term in terms for f in term.inputs))}.",
            "-- The highest score names the segment; on a tie, the first.",
            "WITH prepared AS (",
            f"    SELECT\n{kept}{_prepared(terms)}",
            f"    FROM {identifier(relation)}",
            "),",
            "scored AS (",
            f"    SELECT\n{kept}{_scores(segments, prior, terms)}",
            "    FROM prepared",
            "),",
            "ranked AS (",
            f"    SELECT *, greatest({', '.join(map(_score, segments))}) AS best_score FROM scored",
            "),",
            "named AS (",
            f"    SELECT *, {_first_with_best(segments)} AS place FROM ranked",
            "),",
            "compared AS (",
            f"    SELECT *, greatest({_unless_first(segments)}) AS second_score FROM named",
            ")",
            _final(segments, keys),
        )
    )
    return render(text, dialect) + "\n"


def _rules_sql(segments: tuple[str, ...], term: CellTerm, relation: str, keys: tuple[str, ...]) -> str:
    """Return the SELECT of a pure rule map: what adding and comparing comes to when one segment owns each cell."""
    inner = "".join(f"        {identifier(key)},\n" for key in keys)
    kept = "".join(f"    {identifier(key)},\n" for key in keys)
    cases = "\n".join(
        f"        WHEN {term.owned(place)} THEN {literal(segment)}" for place, segment in enumerate(segments)
    )
    return (
        f"-- {len(segments)} segments by rules on {_comment(', '.join(term.inputs))}; every cell has one owner.\n"
        f"WITH prepared AS (\n    SELECT\n{inner}{_prepared((term,))}\n    FROM {identifier(relation)}\n)\n"
        f"SELECT\n{kept}    CASE\n{cases}\n    END AS segment,\n"
        "    CAST(1.0 AS DOUBLE) AS probability,\n"
        "    CAST(NULL AS VARCHAR) AS runner_up\n"
        "FROM prepared"
    )


def _score(segment: str) -> str:
    return f"score_{segment}"


def _comment(text: str) -> str:
    # a feature is named by people: it must not be able to end the comment it is written in
    return " ".join(text.replace("*/", "* /").replace("/*", "/ *").split())


def _prepared(terms: tuple[Term, ...]) -> str:
    return ",\n".join(
        f"        -- {_comment(column.comment)}\n        {column.expression} AS {identifier(column.name)}"
        for term in terms
        for column in term.prepared()
    )


def _scores(segments: tuple[str, ...], prior: tuple[float, ...], terms: tuple[Term, ...]) -> str:
    lines = []
    for place, segment in enumerate(segments):
        added = "".join(f"\n            {term.addend(place)}" for term in terms)
        # a sum must be binary from its first number on, or a database may add in decimals
        lines.append(f"        CAST({sql_number(prior[place])} AS DOUBLE){added} AS {_score(segment)}")
    return ",\n".join(lines)


def _first_with_best(segments: tuple[str, ...]) -> str:
    # a number while it is compared, a name only at the end: numbers compare faster
    cases = " ".join(
        f"WHEN {_score(segment)} = best_score THEN {place}" for place, segment in enumerate(segments[:-1], start=1)
    )
    return f"CASE {cases} ELSE {len(segments)} END"


def _unless_first(segments: tuple[str, ...]) -> str:
    return ", ".join(
        f"CASE WHEN place = {place} THEN {_BELOW_ALL:.0e} ELSE {_score(segment)} END"
        for place, segment in enumerate(segments, start=1)
    )


def _final(segments: tuple[str, ...], keys: tuple[str, ...]) -> str:
    kept = "".join(f"    {identifier(key)},\n" for key in keys)
    summed = "\n        + ".join(
        f"exp(greatest({_score(segment)} - best_score, {VANISHED:.1f}))" for segment in segments
    )
    names = " ".join(f"WHEN {place} THEN {literal(segment)}" for place, segment in enumerate(segments, start=1))
    runners = "\n".join(
        f"        WHEN {_score(segment)} = second_score AND place <> {place} THEN {literal(segment)}"
        for place, segment in enumerate(segments, start=1)
    )
    return (
        f"SELECT\n{kept}    CASE place {names} END AS segment,\n"
        f"    -- softmax of the scores, taken from the best so that nothing overflows\n"
        f"    1.0 / (\n        {summed}\n    ) AS probability,\n"
        f"    -- none where its probability vanishes\n"
        f"    CASE\n        WHEN second_score - best_score < {VANISHED:.1f} THEN NULL\n{runners}\n"
        "    END AS runner_up\n"
        "FROM compared"
    )
