"""What respondents answered, one row a customer and one column an item."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from segmodel.definition import Survey
from segmodel.engines import SCRATCH, Engine, identifier, literal
from segmodel.errors import FeatureError
from segmodel.features.feature import Feature
from segmodel.formats import number, share

ROWS = "survey"
"""What the features of a survey have for `Feature.rows`."""

SCALE = (4, 11)
"""A number that takes so many different values, from fewest to most, is a scale; more of them count or measure."""

FACTS = "demographic"
"""Kind of items that state what people are: no scale of theirs shows how somebody answers."""

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
        Respondents who gave the same answer to every scale of a kind, of five or more they answered.
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
            count(DISTINCT {_NUMBER}), any_value({text}), any_value({kind}), any_value({need})
        FROM survey {"LEFT JOIN items USING (item)" if described else ""} WHERE trim(answer) <> ''
        GROUP BY survey.item ORDER BY survey.item
        """
    )
    found = {}
    for item, is_numeric, different, wording, given_kind, about in rows:
        is_scale = is_numeric and SCALE[0] <= different <= SCALE[1] and given_kind != FACTS
        unit = "scale" if is_scale else "answer" if is_numeric else "category"
        found[str(item)] = _feature(str(item), wording, given_kind or "", about, unit)
    return found


def straight_liner_column(kind: str) -> str:
    """Return the column that marks those who gave one answer to all scales of a kind of item.

    Examples
    --------
    >>> straight_liner_column("need-importance"), straight_liner_column("")
    ('is_straight_liner_need_importance', 'is_straight_liner')
    """
    slug = re.sub(r"[^a-z0-9]+", "_", kind.casefold()).strip("_")
    return f"{STRAIGHT_LINER}_{slug}" if slug else STRAIGHT_LINER


def centred(features: Mapping[str, Feature]) -> dict[str, Feature]:
    """Return features whose scales are read as differences from the respondent's own mean."""
    words = "less the mean of the respondent's own answers of this kind"
    return {
        name: replace(feature, unit="centred", description=f"{feature.description[:-1]}, {words}.")
        if feature.unit == "scale"
        else feature
        for name, feature in features.items()
    }


def survey_features(engine: Engine, items: Mapping[str, Feature], *, centre: bool = False) -> SurveyFeatures:
    """Create the scratch table `survey_features`: customer_id, who is a straight-liner, and a column an item.

    Numbers are DOUBLE, other answers VARCHAR; missing stays NULL. A straight-liner gave one answer to all scales of a
    kind of item, five or more (`straight_liner_column`); they are marked and kept, so that whoever fits on them decides
    to. Some people use the upper end of every scale and some the lower: `centre` takes each respondent's mean over all
    scales of the kind away (van Vaerenbergh & Thomas 2013 on response styles), which leaves what they find more or less
    important than the rest. Both look at every item of the kind in the survey, whichever are asked for.

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
    kinds = sorted({item.kind for item in items.values()})
    _check_names(items, kinds)
    every = {name: item for name, item in survey_items(engine).items() if item.kind in kinds}
    collect_answers(engine, every)
    scales = [name for name, item in every.items() if item.unit == "scale"]
    columns = "".join(f", {_column(name, item, is_centred=centre)}" for name, item in items.items())
    marks = [straight_liner_column(kind) for kind in kinds]
    marked = "".join(f", coalesce(any_value({column}), FALSE) AS {column}" for column in marks)
    engine.execute(
        f"""
        CREATE OR REPLACE TABLE {SCRATCH}.survey_features AS
        WITH {style_ctes(kinds)}
        SELECT customer_id{marked}{columns}
        FROM survey_given LEFT JOIN by_kind USING (customer_id, kind) LEFT JOIN styled USING (customer_id)
        GROUP BY customer_id ORDER BY customer_id
        """,
        {"scales": scales},
    )
    made = _counted(engine, items, " OR ".join(marks), is_centred=centre)
    engine.execute("DROP TABLE survey_given")
    return made


def items_in(names: Iterable[str], features: Mapping[str, Feature]) -> tuple[str, ...]:
    """Return which of these features are items of the survey."""
    return tuple(name for name in names if name in features and features[name].rows == ROWS)


def style_ctes(kinds: Iterable[str]) -> str:
    """Return the CTEs that say how people answer, from `survey_given` and the parameter `$scales`, names of items.

    `by_kind` has a respondent's own mean over the scales of a kind; `styled` has a row a respondent, and a column a
    kind that marks straight-liners, see `straight_liner_column`.
    """
    judged = "".join(
        f", bool_or(kind = {literal(kind)} AND answered >= {ENOUGH} AND different = 1) AS {straight_liner_column(kind)}"
        for kind in kinds
    )
    return f"""by_kind AS (
            SELECT customer_id, kind, count(number) AS answered, count(DISTINCT number) AS different,
                avg(number) AS own_mean
            FROM survey_given WHERE item IN (SELECT unnest($scales)) GROUP BY customer_id, kind
        ), styled AS (
            SELECT customer_id{judged} FROM by_kind GROUP BY customer_id
        )"""


def collect_answers(engine: Engine, items: Mapping[str, Feature]) -> None:
    """Create the scratch table `survey_given`: customer_id, item, answer as text and, where it is one, number, kind.

    Whoever gave two different answers to an item gave none.
    """
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


def _counted(engine: Engine, items: Mapping[str, Feature], is_straight: str, *, is_centred: bool) -> SurveyFeatures:
    respondents, liners = engine.rows(f"SELECT count(*), count_if({is_straight}) FROM survey_features")[0]
    answers, contradicted, unreadable = engine.rows(
        """
        SELECT count(text) FILTER (WHERE number IS NOT NULL OR NOT is_numeric), count_if(text IS NULL),
            count_if(text IS NOT NULL AND number IS NULL AND is_numeric)
        FROM (
            SELECT *, item IN (SELECT unnest($numeric)) AS is_numeric FROM survey_given
            WHERE item IN (SELECT unnest($items))
        )
        """,
        {"numeric": [name for name, item in items.items() if item.is_numeric], "items": list(items)},
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
        notes=_notes(respondents, liners, contradicted, unreadable, missing, is_centred=is_centred),
    )


def _check_names(items: Mapping[str, Feature], kinds: Sequence[str]) -> None:
    """Columns differ by more than capital letters, and by name from those that are always there."""
    folded = [name.casefold() for name in items]
    taken = {"customer_id", *map(straight_liner_column, kinds)}
    clash = sorted({name for name in folded if folded.count(name) > 1 or name in taken})
    if clash:
        raise FeatureError(f"Survey items cannot share the name {', '.join(clash)}; rename them in the survey.")


def _feature(item: str, wording: str | None, kind: str, need: str | None, unit: str) -> Feature:
    high, low = _words(wording or item, kind, (need or item).replace("_", " "))
    return Feature(
        name=item,
        label=wording or item,
        unit=unit,
        description=f"Answer to survey item {item}, of customers who answered it.",
        rows=ROWS,
        sql="",
        needs=("survey",),
        high="" if unit == "category" else high,
        low="" if unit == "category" else low,
        kind=kind,
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


def _column(name: str, item: Feature, *, is_centred: bool) -> str:
    its = f"FILTER (WHERE item = {literal(name)})"
    if not item.is_numeric:
        return f"max(text) {its} AS {identifier(name)}"
    is_scale = item.unit in {"scale", "centred"}
    difference = " - own_mean" if is_centred and is_scale else ""
    return f"max(number{difference}) {its} AS {identifier(name)}"


def _notes(
    respondents: int, liners: int, contradicted: int, unreadable: int, missing: float, *, is_centred: bool
) -> tuple[str, ...]:
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
    if is_centred:
        notes.append("Scales are read as differences from each respondent's own mean over the scales of their kind.")
    return tuple(notes)
