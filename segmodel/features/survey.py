"""What respondents answered, one row a customer and one column an item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from segmodel.definition import Survey
from segmodel.engines import SCRATCH, Engine, identifier, literal
from segmodel.errors import FeatureError
from segmodel.features.feature import Feature
from segmodel.formats import number, share

ROWS = "survey"
"""What the features of a survey have for `Feature.rows`."""

SCALE = 4
"""An item with this many different answers is a scale: the same answer throughout says something of the respondent."""

ENOUGH = 5
"""Fewer scales answered, and the same answer to all of them may well be meant."""

MOSTLY = 0.9
"""An item is a number when this share of its answers are; the rest of them, such as n/a, are then missing."""

STRAIGHT_LINER = "is_straight_liner"

_NUMBER = "CASE WHEN isfinite(TRY_CAST(trim(answer) AS DOUBLE)) THEN TRY_CAST(trim(answer) AS DOUBLE) END"


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


def describe_survey(engine: Engine, features: Mapping[str, Feature], settings: Survey) -> None:
    """Create `survey_notes` and the scratch table `survey_features`, where items are among the features.

    Parameters
    ----------
    engine : Engine
        Holds the checked sources.
    features : mapping of str to Feature
        Those a build computes.
    settings : Survey
        What the definition says of answers.
    """
    items = {name: features[name] for name in items_in(features, features)}
    if items:
        made = survey_features(engine, items, centre=settings.centre)
        notes = pd.DataFrame({"position": range(len(made.notes)), "note": made.notes})
        with engine.loaded("survey_notes_part", notes):
            engine.execute("CREATE OR REPLACE TABLE survey_notes AS SELECT * FROM survey_notes_part")


def survey_notes(engine: Engine) -> tuple[str, ...]:
    """Return what was met in the answers of a build, in plain sentences."""
    if "survey_notes" not in engine.tables():
        return ()
    return tuple(str(note) for (note,) in engine.rows("SELECT note FROM survey_notes ORDER BY position"))


def survey_items(engine: Engine) -> dict[str, Feature]:
    """Return every item that was answered, by name, with words for names and descriptions; none without a survey.

    An item whose answers are numbers, but for one in ten, is a number, another a category.

    Parameters
    ----------
    engine : Engine
        Holds `survey` (customer_id, item, answer) and, where given, `items` (item, text, kind, need).
    """
    if "survey" not in engine.tables():
        return {}
    described = "items" in engine.tables()
    known = engine.columns("items") if described else {}
    text, kind, need = (f"items.{name}" if name in known else "NULL" for name in ("text", "kind", "need"))
    rows = engine.rows(
        f"""
        SELECT survey.item, count(*) FILTER (WHERE {_NUMBER} IS NOT NULL) >= {MOSTLY} * count(*),
            any_value({text}), any_value({kind}), any_value({need})
        FROM survey {"LEFT JOIN items USING (item)" if described else ""} WHERE trim(answer) <> ''
        GROUP BY survey.item ORDER BY survey.item
        """
    )
    return {
        str(item): _feature(str(item), wording, kind or "", need, is_numeric=is_numeric)
        for item, is_numeric, wording, kind, need in rows
    }


def survey_features(engine: Engine, items: Mapping[str, Feature], *, centre: bool = False) -> SurveyFeatures:
    """Create the scratch table `survey_features`: customer_id, is_straight_liner, and a column an item.

    Numbers are DOUBLE, other answers VARCHAR; missing stays NULL. A straight-liner gave one answer to all scales of
    some kind of item; they are marked and kept, so that whoever fits on them decides to. Some people use the upper
    end of every scale and some the lower; `centre` takes each respondent's mean over the scales away (van Vaerenbergh
    & Thomas 2013 on response styles), which leaves what they find more or less important than the rest.

    Parameters
    ----------
    engine : Engine
        Holds `survey` and, where given, `items`.
    items : mapping of str to Feature
        Those to make, of `survey_items`.
    centre : bool
        Whether scales are given as differences from the respondent's mean.

    Raises
    ------
    FeatureError
        When items cannot be columns side by side.
    """
    _check_names(items)
    _collect(engine, items)
    scales = _scales(engine)
    numeric = [name for name, item in items.items() if item.is_numeric]
    columns = "".join(f", {_column(name, numeric, scales if centre else ())}" for name in items)
    engine.execute(
        f"""
        CREATE OR REPLACE TABLE {SCRATCH}.survey_features AS
        WITH by_kind AS (
            SELECT customer_id, kind, count(number) AS answered, count(DISTINCT number) AS different
            FROM survey_given WHERE item IN (SELECT unnest($scales)) GROUP BY customer_id, kind
        ), styled AS (
            SELECT customer_id, bool_or(answered >= {ENOUGH} AND different = 1) AS is_straight FROM by_kind
            GROUP BY customer_id
        ), scaled AS (
            SELECT customer_id, avg(number) AS own_mean FROM survey_given
            WHERE item IN (SELECT unnest($scales)) GROUP BY customer_id
        )
        SELECT customer_id, coalesce(any_value(is_straight), FALSE) AS {STRAIGHT_LINER}{columns}
        FROM survey_given LEFT JOIN styled USING (customer_id) LEFT JOIN scaled USING (customer_id)
        GROUP BY customer_id ORDER BY customer_id
        """,
        {"scales": list(scales)},
    )
    made = _counted(engine, items, numeric, is_centred=centre)
    engine.execute("DROP TABLE survey_given")
    return made


def items_in(names: Iterable[str], features: Mapping[str, Feature]) -> tuple[str, ...]:
    """Return which of these features are items of the survey."""
    return tuple(name for name in names if name in features and features[name].rows == ROWS)


def _collect(engine: Engine, items: Mapping[str, Feature]) -> None:
    """Create the scratch table `survey_given`: a row an answer, as text and, where it is one, as number."""
    kind = "items.kind" if "items" in engine.tables() and "kind" in engine.columns("items") else None
    engine.execute(
        f"""
        CREATE OR REPLACE TABLE {SCRATCH}.survey_given AS
        WITH once AS (
            SELECT customer_id, item,
                CASE WHEN min(trim(answer)) = max(trim(answer)) THEN min(trim(answer)) END AS answer
            FROM survey WHERE item IN (SELECT unnest($items)) AND trim(answer) <> '' GROUP BY customer_id, item
        )
        SELECT customer_id, item, answer AS text, {_NUMBER} AS number, coalesce({kind or "''"}, '') AS kind
        FROM once {"LEFT JOIN items USING (item)" if kind else ""}
        """,
        {"items": list(items)},
    )


def _counted(
    engine: Engine, items: Mapping[str, Feature], numeric: Sequence[str], *, is_centred: bool
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
    missing = 1 - answers / max(respondents * len(items), 1)
    return SurveyFeatures(
        features=items,
        respondents=respondents,
        straight_liners=liners,
        contradicted=contradicted,
        unreadable=unreadable,
        missing_share=missing,
        is_centred=is_centred,
        notes=_notes(respondents, liners, contradicted, unreadable, missing),
    )


def _check_names(items: Mapping[str, Feature]) -> None:
    """Columns differ by more than capital letters, and by name from those that are always there."""
    folded = [name.casefold() for name in items]
    clash = sorted({name for name in folded if folded.count(name) > 1 or name in {"customer_id", STRAIGHT_LINER}})
    if clash:
        raise FeatureError(f"Survey items cannot share the name {', '.join(clash)}; rename them in the survey.")


def _feature(item: str, wording: str | None, kind: str, need: str | None, *, is_numeric: bool) -> Feature:
    high, low = _words(wording or item, kind, (need or item).replace("_", " "))
    return Feature(
        name=item,
        label=wording or item,
        unit="answer" if is_numeric else "category",
        description=f"Answer to survey item {item}, of customers who answered it.",
        rows=ROWS,
        sql="",
        needs=("survey",),
        high=high if is_numeric else "",
        low=low if is_numeric else "",
    )


def _words(wording: str, kind: str, about: str) -> tuple[str, str]:
    """Return the words for a segment that answers high, and low."""
    if kind == "need-importance":
        return f"{about} matters", f"{about} matters little"
    if kind == "need-satisfaction":
        return f"satisfied with {about}", f"less satisfied with {about}"
    if kind == "attitude":
        return f"agree: {wording}", f"disagree: {wording}"
    return f"high on {wording}", f"low on {wording}"


def _scales(engine: Engine) -> tuple[str, ...]:
    """Return the items whose answers are numbers, but for a few, and which take enough of them to be scales."""
    rows = engine.rows(
        "SELECT item FROM survey_given WHERE text IS NOT NULL GROUP BY item "
        f"HAVING count(number) >= {MOSTLY} * count(*) AND count(DISTINCT number) >= {SCALE} ORDER BY item"
    )
    return tuple(item for (item,) in rows)


def _column(name: str, numeric: Sequence[str], centred: Sequence[str]) -> str:
    its = f"FILTER (WHERE item = {literal(name)})"
    if name not in numeric:
        return f"max(text) {its} AS {identifier(name)}"
    difference = " - any_value(own_mean)" if name in centred else ""
    return f"max(number) {its}{difference} AS {identifier(name)}"


def _notes(respondents: int, liners: int, contradicted: int, unreadable: int, missing: float) -> tuple[str, ...]:
    notes = [f"{share(missing)} of the answers to the survey are missing."]
    if liners:
        notes.append(
            f"{share(liners / respondents)} of those who answered gave the same answer to every scale of a kind: "
            "straight-liners, who say little about needs."
        )
    if contradicted:
        notes.append(f"{number(contradicted)} answers were left out: the same person gave two different ones.")
    if unreadable:
        notes.append(f"{number(unreadable)} answers were left out: they are words where the others are numbers.")
    return tuple(notes)
