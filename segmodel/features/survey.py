"""What respondents answered, one row a customer and one column an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmodel.engines import Engine, identifier, literal
from segmodel.errors import FeatureError
from segmodel.features.catalogue import Feature
from segmodel.formats import number, share

NEEDS = ("need-importance",)
"""The kinds of item that segments by needs are found in."""

SCALE = 4
"""An item with this many different answers is a scale: the same answer throughout says something of the respondent."""

ENOUGH = 5
"""Fewer scales answered, and the same answer to all of them may well be meant."""

MOSTLY = 0.9
"""An item is a number when this share of its answers are; the rest of them, such as n/a, are then missing."""

STRAIGHT_LINER = "is_straight_liner"


@dataclass(frozen=True)
class SurveyFeatures:
    """What `survey_features` made, and what it met.

    Attributes
    ----------
    features : mapping of str to Feature
        The items, by name, with words for names and descriptions.
    respondents : int
        Rows of the relation.
    straight_liners : int
        Respondents who gave the same answer to every scale, of five or more they answered.
    contradicted : int
        Answers left out because a respondent gave two different ones to the same item.
    unreadable : int
        Answers left out because they are no number where nearly all others are, such as n/a.
    missing_share : float
        Share of answers that are missing.
    is_centred : bool
        Whether scales are differences from the respondent's own mean.
    notes : tuple of str
        The same in plain sentences.
    """

    features: Mapping[str, Feature]
    respondents: int
    straight_liners: int
    contradicted: int
    unreadable: int
    missing_share: float
    is_centred: bool
    notes: tuple[str, ...]


def survey_features(engine: Engine, *, kinds: Sequence[str] = NEEDS, centre: bool = False) -> SurveyFeatures:
    """Create table `survey_features`: customer_id, is_straight_liner, and a column an item.

    An item whose answers are numbers, but for one in ten, becomes DOUBLE, another VARCHAR; missing stays NULL.
    Straight-liners are marked and kept, so that whoever fits on them decides to. Some people use the upper end of
    every scale and some the lower; `centre` takes each respondent's mean over the scales away (van Vaerenbergh &
    Thomas 2013 on response styles), which leaves what they find more or less important than the rest.

    Parameters
    ----------
    engine : Engine
        Holds `survey` (customer_id, item, answer) and, where given, `items` (item, text, kind, need).
    kinds : sequence of str
        Kinds of item to use, as table `items` has them; without that table, all items are used.
    centre : bool
        Whether scales are given as differences from the respondent's mean.

    Raises
    ------
    FeatureError
        When there is no survey, or no item of these kinds was answered.
    """
    if "survey" not in engine.tables():
        raise FeatureError("The sources give no survey, which needs are found in. Add [sources.survey].")
    chosen = _items(engine, kinds)
    _collect(engine, chosen)
    numeric, scales = _kinds_of_answers(engine)
    columns = ", ".join(_column(name, numeric, scales if centre else ()) for name in chosen)
    engine.execute(
        f"""
        CREATE OR REPLACE TABLE survey_features AS
        WITH scaled AS (
            SELECT customer_id, count(number) AS answered, count(DISTINCT number) AS different, avg(number) AS own_mean
            FROM survey_given WHERE item IN (SELECT unnest($scales)) GROUP BY customer_id
        )
        SELECT customer_id, coalesce(any_value(answered >= {ENOUGH} AND different = 1), FALSE) AS {STRAIGHT_LINER},
            {columns}
        FROM survey_given LEFT JOIN scaled USING (customer_id) GROUP BY customer_id ORDER BY customer_id
        """,
        {"scales": list(scales)},
    )
    made = _counted(engine, chosen, numeric, is_centred=centre)
    engine.execute("DROP TABLE survey_given")
    return made


def _collect(engine: Engine, chosen: Mapping[str, Feature]) -> None:
    """Create table `survey_given`: one row a customer and item, the answer as text and, where it is one, as number."""
    engine.execute(
        """
        CREATE OR REPLACE TABLE survey_given AS
        WITH once AS (
            SELECT customer_id, item, CASE WHEN min(trim(answer)) = max(trim(answer)) THEN min(trim(answer)) END AS text
            FROM survey WHERE item IN (SELECT unnest($items)) AND trim(answer) <> '' GROUP BY customer_id, item
        )
        SELECT *, CASE WHEN isfinite(TRY_CAST(text AS DOUBLE)) THEN TRY_CAST(text AS DOUBLE) END AS number FROM once
        """,
        {"items": list(chosen)},
    )


def _counted(
    engine: Engine, chosen: Mapping[str, Feature], numeric: Sequence[str], *, is_centred: bool
) -> SurveyFeatures:
    respondents, liners = engine.rows(f"SELECT count(*), count_if({STRAIGHT_LINER}) FROM survey_features")[0]
    answers, contradicted, unreadable = engine.rows(
        """
        SELECT count(text) FILTER (WHERE number IS NOT NULL OR NOT is_numeric), count_if(text IS NULL),
            count_if(text IS NOT NULL AND number IS NULL AND is_numeric)
        FROM (SELECT *, item IN (SELECT unnest($numeric)) AS is_numeric FROM survey_given)
        """,
        {"numeric": list(numeric)},
    )[0]
    missing = 1 - answers / max(respondents * len(chosen), 1)
    return SurveyFeatures(
        features=chosen,
        respondents=respondents,
        straight_liners=liners,
        contradicted=contradicted,
        unreadable=unreadable,
        missing_share=missing,
        is_centred=is_centred,
        notes=_notes(respondents, liners, contradicted, unreadable, missing),
    )


def _items(engine: Engine, kinds: Sequence[str]) -> dict[str, Feature]:
    """Return the items that were answered, of these kinds, by name."""
    described = "items" in engine.tables()
    known = engine.columns("items") if described else {}
    text, need = (f"items.{name}" if name in known else "NULL" for name in ("text", "need"))
    rows = engine.rows(
        "SELECT DISTINCT survey.item, "
        + (f"{text}, {need} FROM survey JOIN items USING (item)" if described else "NULL, NULL FROM survey")
        + (" WHERE items.kind IN (SELECT unnest($kinds))" if "kind" in known else "")
        + " ORDER BY survey.item",
        {"kinds": list(kinds)} if "kind" in known else None,
    )
    if not rows:
        raise FeatureError(
            f"The survey has no answers to items of kind {', '.join(kinds)}. Say in table items what kind each item is."
        )
    folded = [str(row[0]).casefold() for row in rows]
    taken = {"customer_id", STRAIGHT_LINER}
    clash = sorted({name for name in folded if folded.count(name) > 1 or name in taken})
    if clash:
        raise FeatureError(f"Survey items cannot share the name {', '.join(clash)}; rename them in the survey.")
    return {str(item): _feature(str(item), wording, need) for item, wording, need in rows}


def _feature(item: str, wording: str | None, need: str | None) -> Feature:
    about = (need or item).replace("_", " ")
    return Feature(
        name=item,
        label=wording or item,
        unit="number",
        description=f"Answer to survey item {item}.",
        rows="survey",
        sql="",
        needs=("survey",),
        high=f"{about} matters",
        low=f"{about} matters little",
    )


def _kinds_of_answers(engine: Engine) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the items whose answers are numbers, but for a few, and of these the ones that are scales."""
    rows = engine.rows(
        "SELECT item, count(DISTINCT number) FROM survey_given WHERE text IS NOT NULL GROUP BY item "
        f"HAVING count(number) >= {MOSTLY} * count(*) ORDER BY item"
    )
    return tuple(item for item, _ in rows), tuple(item for item, different in rows if different >= SCALE)


def _column(name: str, numeric: Sequence[str], centred: Sequence[str]) -> str:
    its = f"FILTER (WHERE item = {literal(name)})"
    if name not in numeric:
        return f"max(text) {its} AS {identifier(name)}"
    difference = " - any_value(own_mean)" if name in centred else ""
    return f"max(number) {its}{difference} AS {identifier(name)}"


def _notes(respondents: int, liners: int, contradicted: int, unreadable: int, missing: float) -> tuple[str, ...]:
    notes = [f"{number(respondents)} customers answered; {share(missing)} of the answers are missing."]
    if liners:
        notes.append(
            f"{share(liners / respondents)} of them gave the same answer to every scale: straight-liners, who say "
            "little about needs."
        )
    if contradicted:
        notes.append(f"{number(contradicted)} answers were left out: the same person gave two different ones.")
    if unreadable:
        notes.append(f"{number(unreadable)} answers were left out: they are words where the others are numbers.")
    return tuple(notes)
