"""Who is who: the segments of a new version take the ids of those whose people they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from segmodel.clustering.version import COLOURS, ModelVersion
from segmodel.formats import listed

MINIMUM_OVERLAP = 0.5
"""Jaccard overlap that must be passed to be the same segment.

Above it more than half of all who are in either segment are in both, so no other segment can claim the same
people; at or below it a segment has dissolved (Hennig 2008, "Dissolution point and isolation robustness").
"""

RULE_MADE = frozenset({"rules", "rfm", "value_tiers"})
"""Methods whose segments are made and named by rules, which also say how many there are."""


@dataclass(frozen=True)
class Match:
    """Which new segments are which old ones.

    Attributes
    ----------
    same : mapping of str to str
        New segment to the old one it continues; those not named are new.
    overlap : mapping of str to float
        Jaccard overlap of each of these pairs, 0 to 1; not given for segments recognised by their name.
    retired : tuple of str
        Old segments that none continues, in their order.
    """

    same: Mapping[str, str]
    overlap: Mapping[str, float] = field(default_factory=dict)
    retired: tuple[str, ...] = ()


def overlaps(
    old: Sequence[str], new: Sequence[str], old_labels: Iterable[str], new_labels: Iterable[str]
) -> pd.DataFrame:
    """Return the Jaccard overlap of every old segment (rows) with every new one (columns).

    ``|A and B| / |A or B|`` over the same customers; 0 where both are empty.

    Examples
    --------
    >>> overlaps(["s1", "s2"], ["s1", "s2"], ["s1", "s1", "s2"], ["s2", "s2", "s2"]).loc["s1", "s2"].round(3)
    np.float64(0.667)
    """
    labels = pd.DataFrame({"old": list(old_labels), "new": list(new_labels)})
    counts = pd.crosstab(labels["old"], labels["new"])
    both = counts.to_numpy(dtype=float)
    shared = both / (both.sum(axis=1)[:, np.newaxis] + both.sum(axis=0) - both)
    # people may be in segments not asked for: they count where somebody else has them
    return pd.DataFrame(shared, counts.index, counts.columns).reindex(
        index=list(old), columns=list(new), fill_value=0.0
    )


def match_segments(shared: pd.DataFrame, minimum_overlap: float = MINIMUM_OVERLAP) -> Match:
    """Match new segments to old ones so that the overlaps add up to the most (optimal assignment; Kuhn 1955).

    Parameters
    ----------
    shared : DataFrame
        Overlap of every old segment (rows) with every new one (columns); see `overlaps`.
    minimum_overlap : float
        Pairs at or below it are not the same segment.

    Examples
    --------
    >>> match_segments(pd.DataFrame([[0.1, 0.9], [0.4, 0.0]], index=["s1", "s2"], columns=["s1", "s2"])).same
    {'s2': 's1'}
    """
    values = shared.to_numpy(dtype=float)
    rows, columns = linear_sum_assignment(values, maximize=True)
    kept = [(row, column) for row, column in zip(rows, columns, strict=True) if values[row, column] > minimum_overlap]
    same = {
        str(shared.columns[column]): str(shared.index[row]) for row, column in sorted(kept, key=lambda pair: pair[1])
    }
    overlap = {str(shared.columns[column]): float(values[row, column]) for row, column in kept}
    retired = tuple(str(segment) for segment in shared.index if segment not in same.values())
    return Match(same, overlap, retired)


def carry_identity(
    model: ModelVersion,
    earlier: ModelVersion,
    used: Iterable[str],
    labels: tuple[Sequence[str], Sequence[str]] | None,
) -> ModelVersion:
    """Return a new version whose segments have the ids and colours of the earlier ones they continue.

    A segment is continued by the one that holds its people (`match_segments`); what rules make and the people do
    not tell, by the rule of the same name. All others get ids above every id ever used, and colours of their own.
    Names that people gave stand in the definition by id, so they follow.

    Parameters
    ----------
    model : ModelVersion
        As fitted: ids s1, s2, ….
    earlier : ModelVersion
        The version it would replace.
    used : iterable of str
        Every id of every version of the segmentation: none is given out again.
    labels : tuple of two sequences of str, or None
        Earlier and new segment of the same customers; None where nobody can tell.
    """
    match = Match({}, {}, tuple(segment.id for segment in earlier.segments))
    if labels is not None:
        shared = overlaps(earlier.scorecard.segments, model.scorecard.segments, *labels)
        match = match_segments(shared)
    match = _with_rules_of_one_name(match, earlier, model)
    numbers = count(max((int(segment[1:]) for segment in (*used, *earlier.scorecard.segments)), default=0) + 1)
    ids = {segment.id: match.same.get(segment.id) or f"s{next(numbers)}" for segment in model.segments}
    colours = _colours(ids, match, earlier)
    segments = tuple(replace(segment, id=ids[segment.id], colour=colours[segment.id]) for segment in model.segments)
    named = tuple(segment.id for segment in segments)
    return replace(
        model,
        scorecard=replace(model.scorecard, segments=named),
        bridge=None if model.bridge is None else replace(model.bridge, segments=named),
        segments=segments,
        diagnostics=_told(model, earlier, match, ids, is_compared=labels is not None),
    )


def _with_rules_of_one_name(match: Match, earlier: ModelVersion, model: ModelVersion) -> Match:
    """Recognise by its name what a rule makes and the people do not tell: a tier may be empty, or wider than before."""
    if earlier.method != model.method or model.method not in RULE_MADE:
        return match
    named = {segment.name: segment.id for segment in earlier.segments if segment.id in match.retired}
    found = {
        segment.id: named[segment.name]
        for segment in model.segments
        if segment.id not in match.same and segment.name in named
    }
    retired = tuple(segment for segment in match.retired if segment not in found.values())
    return Match({**match.same, **found}, match.overlap, retired)


def _colours(ids: Mapping[str, str], match: Match, earlier: ModelVersion) -> dict[str, int]:
    """Return a colour a segment: its own where it is continued, else the first that reminds of no other."""
    worn = {segment.id: segment.colour for segment in earlier.segments}
    kept = {segment: worn[old] for segment, old in match.same.items()}
    gone = {worn[segment] for segment in match.retired}
    fresh = [colour for colour in range(COLOURS) if colour not in {*kept.values(), *gone}]
    # a palette has an end: then the colours of the retired, then those beyond it
    second_choice = sorted(gone - set(kept.values()))
    free = chain(fresh, second_choice, count(max([*worn.values(), COLOURS - 1]) + 1))
    return {segment: kept[segment] if segment in kept else next(free) for segment in ids}


def _told(
    model: ModelVersion, earlier: ModelVersion, match: Match, ids: Mapping[str, str], *, is_compared: bool
) -> dict[str, object]:
    """Return the diagnostics with what became of each segment; overlaps too coarse to count a few customers from."""
    new = [ids[segment.id] for segment in model.segments if segment.id not in match.same]
    sentences = []
    if not is_compared:
        sentences.append(f"Who was in which segment of {earlier.version} could not be told when this was fitted.")
    if new or match.retired:
        parts = [f"{listed(new)} new" if new else "", f"{listed(match.retired)} retired" if match.retired else ""]
        sentences.append(f"Compared with {earlier.version}: {'; '.join(filter(None, parts))}.")
    return {
        **model.diagnostics,
        "notes": [*model.diagnostics.get("notes", ()), *sentences],
        "identity": {
            "earlier": earlier.version,
            "minimum_overlap": MINIMUM_OVERLAP,
            "overlap": {ids[segment]: round(value, 1) for segment, value in match.overlap.items()},
            "new": new,
            "retired": list(match.retired),
        },
    }
