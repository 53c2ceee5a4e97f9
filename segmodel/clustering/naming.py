"""Plain names and descriptions, from what sets a segment apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from segmodel.clustering.kmeans import Labels
from segmodel.formats import number, quantity, sentence_case, share, significant, times
from segmodel.scorecard.preparation import Floats, as_numbers

if TYPE_CHECKING:
    from segmodel.features import Feature

DISTINCTIVE = 0.4
"""Standardised difference from which a trait is worth naming; between Cohen's small (0.2) and medium (0.5)."""

FAINT = 0.1
"""Differences this small may still tell two segments with the same name apart."""

MOST_TRAITS = 3
MAJORITY = 0.5
AVERAGE = "Close to average"


def standardised_differences(matrix: Floats, labels: Labels, segments: int) -> Floats:
    """Return (segment mean - mean of the rest) / pooled standard deviation: one row a segment.

    Zero where a segment or its rest is empty, or nothing varies.
    """
    found = np.zeros((segments, matrix.shape[1]))
    for segment in range(segments):
        inside, rest = matrix[labels == segment], matrix[labels != segment]
        if not len(inside) or not len(rest):
            continue
        squares = ((inside - inside.mean(axis=0)) ** 2).sum(axis=0) + ((rest - rest.mean(axis=0)) ** 2).sum(axis=0)
        pooled = np.sqrt(squares / max(len(matrix) - 2, 1))
        # nothing varies inside the groups: they differ only by what lies between them
        pooled = np.where(pooled > 1e-9, pooled, np.maximum(matrix.std(axis=0), 1e-9))
        found[segment] = (inside.mean(axis=0) - rest.mean(axis=0)) / pooled
    return found.round(9)


def plain_names(
    differences: Floats, means: Floats, rest: Floats, names: Sequence[str], features: Mapping[str, Feature]
) -> tuple[str, ...]:
    """Return one name a segment, all different.

    Parameters
    ----------
    differences, means, rest : ndarray of shape (segments, features)
        Standardised differences, and plain means of the segment and of all other customers (NaN where unknown).
    names : sequence of str
        The feature of every column.
    features : mapping of str to Feature
        Where the words come from; features without words are skipped.

    Notes
    -----
    The words of the up to three largest differences, largest first; a word counts only where the plain means agree
    with it, for the differences are of clipped and logged values, which a few large ones may contradict. Segments
    that share the same words are told apart by degree: the word in which they differ most becomes "very frequent",
    "frequent", "fairly frequent" by their means. What still clashes is numbered.
    """
    traits = [_traits(*rows, names, features) for rows in zip(differences, means, rest, strict=True)]
    groups: dict[frozenset[str], list[int]] = {}
    for segment, words in enumerate(traits):
        groups.setdefault(frozenset(words), []).append(segment)
    for members in groups.values():
        if len(members) > 1:
            _grade(traits, members, differences, means)
    found: list[str] = []
    for words in traits:
        name = sentence_case(", ".join(words)) if words else AVERAGE
        found.append(name if name not in found else _numbered(name, found))
    return tuple(found)


def describe(
    means: Floats, rest: Floats, differences: Floats, names: Sequence[str], features: Mapping[str, Feature]
) -> tuple[str, ...]:
    """Return one sentence a segment: how it compares with all other customers in its largest differences."""
    found = []
    for own, others, difference in zip(means, rest, differences, strict=True):
        order = [place for place in np.argsort(-np.abs(difference), kind="stable") if abs(difference[place]) >= FAINT]
        clauses = [
            clause
            for place in order
            if (clause := _clause(names[place], float(own[place]), float(others[place]), features))
        ][:MOST_TRAITS]
        if clauses:
            found.append(sentence_case("; ".join(clauses)) + ".")
        else:
            found.append("Differs little from the other customers in what was measured.")
    return tuple(found)


def segment_means(frame: pd.DataFrame, names: Sequence[str], labels: Labels, segments: int) -> tuple[Floats, Floats]:
    """Return the means of the known values: in each segment, and among all others (NaN where none is known)."""
    own = np.full((segments, len(names)), np.nan)
    rest = own.copy()
    for place, name in enumerate(names):
        values = as_numbers(frame[name], name)
        known = ~np.isnan(values)
        for segment in range(segments):
            inside = known & (labels == segment)
            outside = known & (labels != segment)
            if inside.any():
                own[segment, place] = values[inside].mean()
            if outside.any():
                rest[segment, place] = values[outside].mean()
    return own, rest


def _traits(
    difference: Floats, mean: Floats, rest: Floats, names: Sequence[str], features: Mapping[str, Feature]
) -> dict[str, int]:
    """Return the words that set a segment apart, strongest first, each with the column it comes from."""
    found: dict[str, int] = {}
    for place in np.argsort(-np.abs(difference), kind="stable"):
        size = float(difference[place])
        feature = features.get(names[place])
        if feature is None or abs(size) < DISTINCTIVE or len(found) == MOST_TRAITS:
            continue
        # "high" must be true of the plain means people see, not of the prepared values alone
        if not (mean[place] > rest[place] if size > 0 else mean[place] < rest[place]):
            continue
        word = feature.high if size > 0 else feature.low
        if word.startswith("mostly ") and not mean[place] >= MAJORITY:
            # "mostly web" must be true, not just truer than elsewhere
            word = word.replace("mostly ", "more ", 1)
        if word:
            found.setdefault(word, int(place))
    return found


def _grade(traits: list[dict[str, int]], members: Sequence[int], differences: Floats, means: Floats) -> None:
    """Tell segments with the same words apart by how much of one of them they are; changes `traits`."""
    gradable = {word: place for word, place in traits[members[0]].items() if not word.startswith(_NOT_GRADABLE)}
    spreads = {word: float(np.ptp(differences[members, place])) for word, place in gradable.items()}
    if not spreads or len(members) > len(_DEGREES) or max(spreads.values()) < FAINT:
        return
    word = max(spreads, key=lambda candidate: spreads[candidate])
    direction = np.sign(differences[members[0], gradable[word]])
    order = sorted(members, key=lambda segment: -direction * means[segment, gradable[word]])
    for segment, degree in zip(order, _DEGREES, strict=False):
        rest = {other: place for other, place in traits[segment].items() if other != word}
        traits[segment] = {f"{degree}{word}": gradable[word], **rest}


_DEGREES = ("very ", "", "fairly ")
_NOT_GRADABLE = ("mostly ", "more ", "little ")


def _numbered(name: str, taken: Sequence[str]) -> str:
    place = 2
    while f"{name} ({place})" in taken:
        place += 1
    return f"{name} ({place})"


def _clause(name: str, own: float, others: float, features: Mapping[str, Feature]) -> str:
    feature = features.get(name)
    if feature is None or not (np.isfinite(own) and np.isfinite(others)):
        return ""
    idiom = {"frequency": ("buys", "as often", "often"), "monetary": ("spends", "as much", "")}.get(name)
    if idiom and own > 0 and others > 0:
        return _compared(*idiom, own / others)
    if feature.unit in {"scale", "answer", "centred"}:
        ours, theirs = (quantity(value, feature.unit, "") for value in (own, others))
        what = " from their own average" if feature.unit == "centred" else " on average"
        return "" if ours == theirs else f"{feature.label}: {ours}{what}, against {theirs} among the others"
    label = feature.label[:1].lower() + feature.label[1:]
    if feature.unit in {"money", "orders", "number"} and own > 0 and others > 0:
        return _ratio(label, own / others)
    shown = {"share": share, "days": number}.get(feature.unit, significant)
    ours, theirs = shown(own), shown(others)
    if ours == theirs:
        return ""
    unit = " days" if feature.unit == "days" and "days" not in label else ""
    return f"{label} {ours}{unit} on average, against {theirs} among the others"


def _ratio(label: str, ratio: float) -> str:
    if ratio >= 1.05:
        return f"{label} {times(ratio)} that of the others"
    return f"{label} {share(1 - ratio)} below the others" if ratio <= 0.95 else ""


def _compared(verb: str, as_words: str, less_words: str, ratio: float) -> str:
    if ratio >= 1.05:
        return f"{verb} {times(ratio)} {as_words} as the others"
    if ratio <= 0.95:
        return f"{verb} {share(1 - ratio)} less {less_words} than the others".replace("  ", " ")
    return f"{verb} about {as_words} as the others"
