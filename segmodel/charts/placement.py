"""Labels beside marks of a plane, placed so that they cover neither marks nor each other, however wide the figure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

WIDTHS = (455, 520, 620, 740, 900, 1200)
"""Pixels of the whole figure at which labels are kept apart: a page decides the width after we have drawn."""

_GAPS = (5, 14, 26, 42, 62, 86, 114, 146)
"""Pixels between a mark and its label, from the nearest on."""
_DIRECTIONS = ((0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1))
"""Right and up, in the order of preference: below, above, beside, then across."""
_SLIDES = (0.0, -0.25, 0.25, -0.5, 0.5)
"""Shares of its width by which a label above or below may stand off the middle, such as at the edge of the plot."""
_ROUNDS = 4
_APART = 3
"""Pixels between two labels."""
_BAD = 60.0
"""Cost of a label from which on another place is sought at the expense of others."""
_STEPS, _SKIP = 7, 2
"""Points of a leader that are looked at, at every second of the widths: it takes most of the time."""
_FORBIDDEN, _ON_LINE, _CROSSED = 1e3, 0.3, 55.0
"""Costs of a pixel on a label or a mark, of one on a line, and of a leader's point on a label or a mark."""

Anchor = Literal["left", "center", "right"]
Boxes = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Mark:
    """A round mark: where it is, across as a share of the plot and up in pixels, with its label's size in pixels.

    `reach` is how far lines go from its middle, to the left, right, down and up, as `x` and `y` are measured.
    """

    x: float
    y: float
    radius: float
    label_width: float
    label_height: float
    reach: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Place:
    """Where a label stands: pixels right and up from its mark to the label's anchor and middle.

    `leader` is the line to draw from the mark, as pixels right and up from its middle: start and end.
    """

    right: float
    up: float
    anchor: Anchor
    leader: tuple[tuple[float, float], tuple[float, float]] | None


@dataclass(frozen=True)
class Placement:
    """Places of all labels, in the order of the marks, and how good they are.

    `cost` is about 20 for each label one step away from its mark. `is_clear` is False where a label found no place of
    its own.
    """

    places: tuple[Place, ...]
    cost: float
    is_clear: bool


@lru_cache(maxsize=64)  # a page is drawn again when nothing here has changed
def place_labels(marks: tuple[Mark, ...], height: float, beside: float) -> Placement:
    """Place the label of each mark.

    Parameters
    ----------
    marks : tuple of Mark
        In any order; the largest are served first.
    height : float
        Pixels of the plot.
    beside : float
        Pixels of the figure that are left and right of the plot.

    Returns
    -------
    Placement
        The best that was found, at all of `WIDTHS` together.
    """
    if not marks:
        return Placement((), 0.0, is_clear=True)
    widths = np.array(WIDTHS, dtype=float) - beside
    labels = [_label(mark, widths) for mark in marks]
    solid = np.array([_bubble(mark, widths) for mark in marks])
    lines = np.concatenate([_lines(mark, widths) for mark in marks])
    fixed = [_fixed_cost(label, widths, height, solid) for label in labels]
    costs = [
        cost
        + _ON_LINE * _overlap(label.boxes, lines).sum(axis=1)
        + _CROSSED * _hits(label.leaders, np.delete(solid, place, axis=0))
        + [one.cost for one in label.candidates]
        for place, (cost, label) in enumerate(zip(fixed, labels, strict=True))
    ]
    cost, chosen = _choose(marks, labels, costs)
    is_clear = all(_is_clear(place, chosen, labels, fixed) for place in range(len(marks)))
    places = tuple(_place(label.candidates[index]) for label, index in zip(labels, chosen, strict=True))
    return Placement(places, cost, is_clear)


@dataclass(frozen=True)
class _Candidate:
    """A box around a mark: left, bottom, right and top in pixels from its middle; `leader` as in `Place`."""

    box: tuple[float, float, float, float]
    anchor: Anchor
    cost: float
    leader: tuple[tuple[float, float], tuple[float, float]] | None


@dataclass(frozen=True)
class _Label:
    """Where the label of a mark may stand: candidates × widths × (left, bottom, right, top).

    `leaders` are points of the leaders: candidates × widths × points × (x, y), far away where there is none.
    """

    candidates: list[_Candidate]
    boxes: Boxes
    leaders: Boxes


def _label(mark: Mark, widths: Boxes) -> _Label:
    candidates = _candidates(mark)
    middle = np.stack([mark.x * widths, np.full_like(widths, mark.y)], axis=1)
    along = np.linspace(0.05, 0.95, _STEPS)[:, None]
    nowhere = np.full((_STEPS, 2), -1e6)
    points = [
        nowhere if one.leader is None else np.array(one.leader[0]) * (1 - along) + np.array(one.leader[1]) * along
        for one in candidates
    ]
    boxes = np.array([one.box for one in candidates])[:, None, :] + np.tile(middle, 2)[None]
    return _Label(candidates, boxes, np.array(points)[:, None] + middle[None, ::_SKIP, None])


def _fixed_cost(label: _Label, widths: Boxes, height: float, obstacles: Boxes) -> Boxes:
    outside = _outside(label.boxes, widths, height)
    return np.asarray(_FORBIDDEN * (outside + _overlap(label.boxes, obstacles).sum(axis=1)))


def _candidates(mark: Mark) -> list[_Candidate]:
    found = []
    for (rank, gap), (place, (right, up)) in itertools.product(enumerate(_GAPS), enumerate(_DIRECTIONS)):
        off = (mark.radius + gap) * (0.75 if right and up else 1.0)
        for slide in _SLIDES if not right else (0.0,):
            middle = right * (off + mark.label_width / 2) + slide * mark.label_width
            centre = up * (off + mark.label_height / 2)
            box = (
                middle - mark.label_width / 2,
                centre - mark.label_height / 2,
                middle + mark.label_width / 2,
                centre + mark.label_height / 2,
            )
            anchor: Anchor = "left" if right > 0 else "right" if right < 0 else "center"
            cost = 20 * rank + 2 * place + 8 * abs(slide)
            found.append(_Candidate(box, anchor, cost, _leader(box, mark.radius) if rank > 1 else None))
    return found


def _leader(box: tuple[float, float, float, float], radius: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the line from the edge of a mark to the nearest point of a box."""
    left, bottom, right, top = box
    x, y = min(max(0.0, left), right), min(max(0.0, bottom), top)
    length = math.hypot(x, y)
    return (x * radius / length, y * radius / length), (x, y)


def _bubble(mark: Mark, widths: Boxes) -> Boxes:
    size = mark.radius + 2
    x = mark.x * widths
    return np.stack([x - size, np.full_like(x, mark.y - size), x + size, np.full_like(x, mark.y + size)], axis=1)


def _lines(mark: Mark, widths: Boxes) -> Boxes:
    """Return the two lines through a mark as thin boxes."""
    left, right, down, up = mark.reach
    x, y = mark.x * widths, np.full_like(widths, mark.y)
    level = np.stack([x - left * widths, y - 1, x + right * widths, y + 1], axis=1)
    return np.stack([level, np.stack([x - 1, y - down, x + 1, y + up], axis=1)])


def _overlap(boxes: Boxes, others: Boxes) -> Boxes:
    """Return the area, in pixels over all widths, that each box shares with each of the others."""
    low = np.maximum(boxes[:, None, :, :2], others[None, :, :, :2])
    high = np.minimum(boxes[:, None, :, 2:], others[None, :, :, 2:])
    size = np.maximum(high - low, 0.0)
    return np.asarray((size[..., 0] * size[..., 1]).sum(axis=-1))


def _outside(boxes: Boxes, widths: Boxes, height: float) -> Boxes:
    """Return the pixels by which each box leaves the plot, over all widths."""
    left, bottom, right, top = (boxes[..., side] for side in range(4))
    over = (-left, -bottom, right - widths[None], top - height)
    return np.asarray(sum(np.maximum(part, 0.0).sum(axis=-1) for part in over), dtype=float)


def _hits(points: Boxes, boxes: Boxes) -> Boxes:
    """Return how many points of each leader, over all widths, lie in any of the boxes."""
    x, y = points[:, None, ..., 0], points[:, None, ..., 1]
    left, bottom, right, top = (boxes[None, :, ::_SKIP, None, side] for side in range(4))
    inside = (x > left) & (x < right) & (y > bottom) & (y < top)
    return np.asarray(inside.sum(axis=(1, 2, 3)), dtype=float)


def _choose(marks: Sequence[Mark], labels: Sequence[_Label], costs: Sequence[Boxes]) -> tuple[float, list[int]]:
    """Serve labels one after the other, in a few orders; let those badly off in the best outcome push others away."""
    every = range(len(marks))
    orders = (
        sorted(every, key=lambda place: -marks[place].radius),
        sorted(every, key=lambda place: marks[place].x),
        sorted(every, key=lambda place: -marks[place].y),
        sorted(every, key=lambda place: marks[place].y),
    )
    outcomes = [_serve(order, labels, costs) for order in orders]
    best = min(outcomes, key=lambda chosen: sum(_each_cost(chosen, labels, costs)))
    chosen = _push(best, labels, costs)
    return sum(_each_cost(chosen, labels, costs)), [chosen[place] for place in every]


def _serve(order: Sequence[int], labels: Sequence[_Label], costs: Sequence[Boxes]) -> dict[int, int]:
    """Place labels in this order, then let each move again while the others stand."""
    chosen: dict[int, int] = {}
    for _ in range(_ROUNDS):
        before = dict(chosen)
        for place in order:
            chosen[place] = _best(place, chosen, labels, costs)
        if chosen == before:
            break
    return chosen


def _push(chosen: dict[int, int], labels: Sequence[_Label], costs: Sequence[Boxes]) -> dict[int, int]:
    """Let each label that stands badly choose before each of the others, and keep what is better for all."""
    each = _each_cost(chosen, labels, costs)
    total = sum(each)
    for place in sorted(chosen, key=lambda place: -each[place]):
        if each[place] < _BAD:
            break
        for other in [other for other in chosen if other != place]:
            trial = {key: index for key, index in chosen.items() if key not in (place, other)}
            for moved in (place, other):
                trial[moved] = _best(moved, trial, labels, costs)
            cost = sum(_each_cost(trial, labels, costs))
            if cost < total - 1:
                chosen, total = trial, cost
    return chosen


def _best(place: int, chosen: Mapping[int, int], labels: Sequence[_Label], costs: Sequence[Boxes]) -> int:
    others = [(labels[other], index) for other, index in chosen.items() if other != place]
    return int(np.argmin(costs[place] + _cost_beside(labels[place].boxes, labels[place].leaders, others)))


def _each_cost(chosen: Mapping[int, int], labels: Sequence[_Label], costs: Sequence[Boxes]) -> list[float]:
    """Return the cost of each label where it stands."""
    found = []
    for place in range(len(labels)):
        index, label = chosen[place], labels[place]
        others = [(labels[other], where) for other, where in chosen.items() if other != place]
        beside = _cost_beside(label.boxes[[index]], label.leaders[[index]], others)
        found.append(float(np.sum(costs[place][index] + beside)))
    return found


def _cost_beside(own: Boxes, own_leaders: Boxes, others: Sequence[tuple[_Label, int]]) -> Boxes:
    """Return the cost of each of these places beside other labels that have theirs."""
    if not others:
        return np.zeros(len(own))
    apart = np.array([-_APART, -_APART, _APART, _APART])
    boxes = np.array([other.boxes[index] for other, index in others]) + apart
    leaders = np.array([other.leaders[index] for other, index in others])
    crossed = _hits(own_leaders, boxes) + _crossed(own, leaders)
    return np.asarray(_FORBIDDEN * _overlap(own, boxes).sum(axis=1) + _CROSSED * crossed)


def _crossed(boxes: Boxes, leaders: Boxes) -> Boxes:
    """Return how many points of the leaders, over all widths, lie in each box."""
    x, y = leaders[None, ..., 0], leaders[None, ..., 1]
    left, bottom, right, top = (boxes[:, None, ::_SKIP, None, side] for side in range(4))
    inside = (x > left) & (x < right) & (y > bottom) & (y < top)
    return np.asarray(inside.sum(axis=(1, 2, 3)), dtype=float)


def _is_clear(place: int, chosen: Sequence[int], labels: Sequence[_Label], fixed: Sequence[Boxes]) -> bool:
    index = chosen[place]
    others = [labels[other].boxes[choice] for other, choice in enumerate(chosen) if other != place]
    meets = _overlap(labels[place].boxes[[index]], np.array(others)).sum() if others else 0.0
    return bool(fixed[place][index] < _FORBIDDEN and meets == 0)


def _place(candidate: _Candidate) -> Place:
    left, bottom, right, top = candidate.box
    across = {"left": left, "center": (left + right) / 2, "right": right}[candidate.anchor]
    return Place(across, (bottom + top) / 2, candidate.anchor, candidate.leader)
