"""Which survey items ask about a need, and how many of each segment gave one of their two highest answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import pandas as pd

from segmodel.definition import Survey
from segmodel.engines import Engine
from segmodel.features import Snapshot, collect_answers, straight_liner_column, style_ctes, survey_items
from segmodel.features.survey import SCALE

IMPORTANCE, SATISFACTION = "need-importance", "need-satisfaction"
TOP = 2
"""How many of the highest answers count as important, or satisfied."""

_SCALE = re.compile(r"\s*([+-]?\d+)\s*(?:-|–|to|\.\.)\s*([+-]?\d+)\s*", re.IGNORECASE)
_LEAST_WORDS = 2


@dataclass(frozen=True)
class Item:
    """One item about a need.

    Attributes
    ----------
    item, text : str
        Its name and its wording.
    lowest, highest : float
        The ends of its scale as they were written or, where they were not, answered; NaN without any answer.
    """

    item: str
    text: str
    lowest: float
    highest: float

    @property
    def is_scale(self) -> bool:
        """Whether it has so many answers that two of them are the highest."""
        return SCALE[0] <= abs(self.highest - self.lowest) + 1 <= SCALE[1]


@dataclass(frozen=True)
class Need:
    """A need with the items that ask about it.

    Attributes
    ----------
    need : str
        As the items name it.
    importance, satisfaction : tuple of Item
        Those that ask how important it is, and how satisfied people are; one each, or it cannot be told.
    """

    need: str
    importance: tuple[Item, ...]
    satisfaction: tuple[Item, ...]

    @property
    def label(self) -> str:
        """What it is called."""
        return " ".join(self.need.replace("_", " ").split())

    @property
    def wording(self) -> str:
        """What both items have in common, from a word's start to their end; else the wording about importance."""
        texts = [item.text for item in (*self.importance, *self.satisfaction)]
        if not self.is_told:
            return texts[0]
        one, other = (reversed(text.split()) for text in texts)
        ending = [mine for mine, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))]
        return " ".join(ending[::-1]) if len(ending) >= _LEAST_WORDS else texts[0]

    @property
    def is_told(self) -> bool:
        """Whether one item asks about each side."""
        return len(self.importance) == len(self.satisfaction) == 1

    @property
    def caveat(self) -> str:
        """Why nothing can be told of it; empty where something can."""
        for items, kind in ((self.importance, IMPORTANCE), (self.satisfaction, SATISFACTION)):
            if len(items) != 1:
                found = "no item" if not items else f"{len(items)} items"
                return f"{found} of kind {kind} name it: give it one."
            if not items[0].is_scale:
                return f"{items[0].item} is no scale of {SCALE[0]} to {SCALE[1]} whole numbers."
        return ""


def read_scale(text: str) -> tuple[float, float] | None:
    """Return the lowest and the highest answer of a scale, or None where the text does not tell.

    Examples
    --------
    >>> read_scale("1-7"), read_scale("7 to 1"), read_scale("-2..2"), read_scale("agree")
    ((1.0, 7.0), (7.0, 1.0), (-2.0, 2.0), None)
    """
    found = _SCALE.fullmatch(text)
    return None if found is None else (float(found[1]), float(found[2]))


def needs_asked(engine: Engine) -> tuple[Need, ...]:
    """Return every need that an item names, sorted; none without `survey` and `items` that name needs."""
    given = set(engine.tables())
    if not {"survey", "items"} <= given or not {"kind", "need"} <= set(engine.columns("items")):
        return ()
    scale = "scale" if "scale" in engine.columns("items") else "NULL"
    number = "TRY_CAST(trim(answer) AS DOUBLE)"
    rows = engine.rows(
        f"""
        SELECT trim(need), kind, item, text, {scale}, lowest, highest FROM items LEFT JOIN (
            SELECT item, min({number}) AS lowest, max({number}) AS highest
            FROM survey WHERE isfinite({number}) GROUP BY item
        ) USING (item)
        WHERE kind IN ($importance, $satisfaction) AND trim(need) <> '' ORDER BY ALL
        """,
        {"importance": IMPORTANCE, "satisfaction": SATISFACTION},
    )
    found: dict[str, dict[str, list[Item]]] = {}
    for need, kind, item, text, written, lowest, highest in rows:
        observed = (float("nan"), float("nan")) if lowest is None else (lowest, highest)
        ends = read_scale(written or "") or observed
        found.setdefault(need, {}).setdefault(kind, []).append(Item(item, text, *ends))
    return tuple(
        Need(need, tuple(kinds.get(IMPORTANCE, ())), tuple(kinds.get(SATISFACTION, ())))
        for need, kinds in found.items()
    )


def count_answers(
    engine: Engine, segmentation: str, needs: Sequence[Need], survey: Survey, latest: Snapshot
) -> pd.DataFrame:
    """Count who finds each need important and who is satisfied, by the segment people are in at a snapshot.

    Answers off the scale, such as 99, are none. Straight-liners are left out unless the definition keeps them.

    Parameters
    ----------
    engine : Engine
        Holds `survey`, `items` and `assignments`.
    segmentation : str
        The name in `assignments`; customers that are not counted are left out.
    needs : sequence of Need
        Those with one scale each for importance and satisfaction.
    survey : Survey
        What the definition says of answers.
    latest : Snapshot

    Returns
    -------
    DataFrame
        One row a need and segment with respondents: need, segment, n (who answered both items), important,
        satisfied, both.
    """
    kinds = (IMPORTANCE, SATISFACTION)
    items = {name: item for name, item in survey_items(engine).items() if item.kind in kinds}
    scales = [name for name, item in items.items() if item.unit == "scale"]
    liners = " OR ".join(f"coalesce({straight_liner_column(kind)}, FALSE)" for kind in kinds)
    keeps = "TRUE" if survey.straight_liners == "keep" else f"NOT ({liners})"
    collect_answers(engine, items)
    with engine.loaded("need_items", _thresholds(needs)):
        frame = engine.frame(
            f"""
            WITH {style_ctes(kinds)}, given AS (
                SELECT customer_id, need,
                    bool_or(number * direction >= least) FILTER (WHERE kind = $importance) AS is_important,
                    bool_or(number * direction >= least) FILTER (WHERE kind = $satisfaction) AS is_satisfied
                FROM survey_given JOIN need_items USING (item) LEFT JOIN styled USING (customer_id)
                WHERE number BETWEEN smallest AND largest AND {keeps} GROUP BY customer_id, need
            )
            SELECT need, segment, count(*) AS n, count_if(is_important) AS important,
                count_if(is_satisfied) AS satisfied, count_if(is_important AND is_satisfied) AS both
            FROM given JOIN assignments USING (customer_id)
            WHERE segmentation = $segmentation AND snapshot = $day AND is_counted
                AND is_important IS NOT NULL AND is_satisfied IS NOT NULL
            GROUP BY need, segment ORDER BY need, segment
            """,
            {"scales": scales, "importance": IMPORTANCE, "satisfaction": SATISFACTION}
            | {"segmentation": segmentation, "day": latest.day},
        )
    engine.execute("DROP TABLE survey_given")
    return frame


def _thresholds(needs: Sequence[Need]) -> pd.DataFrame:
    """Return a row an item: its need, the ends of its scale, and from where on an answer is among the highest."""
    rows = [
        (need.need, item.item, min(item.lowest, item.highest), max(item.lowest, item.highest), direction,
         direction * item.highest - (TOP - 1))
        for need in needs
        for item in (*need.importance, *need.satisfaction)
        for direction in (1 if item.highest > item.lowest else -1,)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["need", "item", "smallest", "largest", "direction", "least"])
