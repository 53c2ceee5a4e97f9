"""Who answered what: survey answers read again from their source, and what staff can see or ask of customers.

Builds keep no answers but those a segmentation rests on, and no attributes of customers: people gave them for a
purpose. A battery is found by reading them once more; what is kept of it are averages.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segmodel.definition import Definition
from segmodel.engines import Engine, identifier
from segmodel.errors import TypingToolError
from segmodel.features import CATALOGUE, Feature, straight_liner_column, survey_features, survey_items
from segmodel.features.survey import FACTS, SCALE
from segmodel.formats import counted, listed, number, share
from segmodel.personas.protected import is_protected
from segmodel.progress import quiet
from segmodel.scorecard import BRIDGE
from segmodel.sources import load_sources
from segmodel.store import PublishedBuild
from segmodel.typing_tool.questions import Question, Respondents

MOST_MISSING = 0.2
"""A question that more respondents left out is not asked."""

_MOST_DECIMALS = 6

LEAST_RESPONDENTS = 30
"""Fewer respondents teach nothing that would hold for others."""

SAMPLE = 2_000
"""Customers that cues are found on, at most: a seeded sample."""

_MOST_OPTIONS = 12
_BANDS = 4
_BEHAVIOURS = (
    "frequency", "recency_days", "tenure_days", "main_channel", "favourite_category", "category_count",
    "weekday_share", "evening_share", "discount_share",
)  # fmt: skip
"""What of somebody's buying can be asked, or seen on their record at a till."""

_UNSEEN = re.compile(
    r"(^|_)(id|email|e_mail|mail|phone|mobile|name|surname|address|postcode|zip|consent|opt_?in|permission|subscribed)($|_)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """Where respondents come from.

    Attributes
    ----------
    published : PublishedBuild
        Says who is in which segment.
    definition : Definition
    folder : Path
        The workspace.
    segmentation : str
    """

    published: PublishedBuild
    definition: Definition
    folder: Path
    segmentation: str

    def labels(self) -> pd.DataFrame:
        """Return customer_id and segment at the latest snapshot, of those not placed by what else is known of them."""
        return self.published.engine.frame(
            "SELECT customer_id, segment FROM assignments WHERE segmentation = $segmentation "
            "AND snapshot = (SELECT max(snapshot) FROM snapshots) AND segment IS NOT NULL "
            f"AND assigned_by <> '{BRIDGE}' ORDER BY customer_id",
            {"segmentation": self.segmentation},
        )

    def names(self) -> dict[str, str]:
        """Return what segments are called, by id, in their order."""
        segments = self.published.segments(self.segmentation)
        return dict(zip(segments["segment"].astype(str), segments["name"].astype(str), strict=True))


def read_answers(source: Source, kinds: Collection[str] = (), without: Collection[str] = ()) -> Respondents:
    """Return the survey's respondents whose segment is known, and what they answered.

    For a segmentation found in the survey those it counts; for another one everybody who answered and is in it.

    Parameters
    ----------
    source : Source
    kinds : collection of str
        Only items of these kinds, such as attitude; none named: all.
    without : collection of str
        Names of items that are not to be asked.

    Raises
    ------
    TypingToolError
        When there is no survey, or too little was answered to learn from.
    SegmodelError
        When the survey cannot be read.
    """
    if "survey" not in source.definition.sources:
        raise TypingToolError(
            "Questions are chosen from a survey, and the sources give none. Add [sources.survey], or look for cues "
            "that staff can see or ask: --from cues."
        )
    with _reread(source, ("survey", "items")) as engine:
        items = survey_items(engine)
        survey_features(engine, items)
        frame = engine.frame("SELECT * FROM survey_features")
        scales = _scales(engine)
    labels = source.labels()
    marks = sorted({straight_liner_column(item.kind) for item in items.values()} & set(frame.columns))
    notes = []
    if source.definition.survey.straight_liners == "leave out" and marks:
        liners = frame[marks].any(axis=1)
        if liners.any():
            is_told = source.definition.minimum_group <= liners.sum()
            who = f"{share(liners.mean())} of respondents, who" if is_told else "respondents who"
            notes.append(f"Left out: {who} gave one answer throughout.")
        frame = frame[~liners]
    unknown = sorted(set(kinds) - {item.kind for item in items.values()})
    if unknown:
        known = sorted({item.kind for item in items.values() if item.kind})
        raise TypingToolError(f"No item is of kind {listed(unknown)}; there are {listed(known) or 'no kinds'}.")
    wanted = {
        name: item for name, item in items.items() if (not kinds or item.kind in kinds) and name not in set(without)
    }
    settings = source.definition.personas
    # what an opinion is worded like says nothing of who somebody is; what a fact is worded like does
    barred = [
        name for name, item in wanted.items() if is_protected(name, settings, item.label if item.kind == FACTS else "")
    ]
    if barred:
        notes.append(f"Not asked: {listed(barred)}, protected unless the definition allows it.")
    questions = [
        _of_item(item, frame[name], scales.get(name, ""), source.definition.minimum_group)
        for name, item in wanted.items()
        if name not in barred
    ]
    return _respondents(source, frame, labels, questions, notes)


def read_cues(source: Source, without: Collection[str] = ()) -> Respondents:
    """Return customers, and what staff can see or ask of them: attributes, and simple behaviours in bands.

    Customers of a segmentation found in a survey are those who answered it; of the others the segment is itself told
    from what cues are made of.

    Raises
    ------
    TypingToolError
        When there is too little to learn from.
    """
    labels = source.labels()
    if len(labels) > SAMPLE:
        seed = source.definition.segmentation(source.segmentation).seed
        labels = labels.sample(SAMPLE, random_state=seed).sort_values("customer_id", ignore_index=True)
    frame, features = _behaviours(source.published)
    if "customers" in source.definition.sources:
        with _reread(source, ("customers",)) as engine:
            attributes = engine.frame("SELECT * FROM customers")
        new = [str(name) for name in attributes if name == "customer_id" or name not in frame.columns]
        frame = frame.merge(attributes[new], on="customer_id", how="left")
        features |= {name: (name.replace("_", " ").capitalize(), "attribute") for name in new if name != "customer_id"}
    barred = [name for name in features if is_protected(name, source.definition.personas)]
    notes = [f"Not asked: {listed(barred)}, protected unless the definition allows it."] if barred else []
    questions, answers = [], frame[["customer_id"]].copy()
    for name, (wording, kind) in features.items():
        if name in barred or name in set(without) or _UNSEEN.search(name):
            continue
        options, column = _banded(frame[name], source.definition.minimum_group)
        if options:
            questions.append(Question(name, wording, options, is_linear=False, kind=kind))
            answers[name] = column
    return _respondents(source, answers, labels, questions, notes)


@contextmanager
def _reread(source: Source, tables: Sequence[str]) -> Iterator[Engine]:
    """Read some tables of the definition again, into a database that is thrown away."""
    definition = source.definition
    sources = {name: definition.sources[name] for name in tables if name in definition.sources}
    with tempfile.TemporaryDirectory(prefix="segmodel-") as folder:
        spill = Path(folder)
        with Engine.open(spill / "answers.duckdb", definition.engine, spill) as engine:
            load_sources(engine, definition.model_copy(update={"sources": sources}), source.folder, quiet)
            yield engine


def _scales(engine: Engine) -> dict[str, str]:
    if "items" not in engine.tables() or "scale" not in engine.columns("items"):
        return {}
    return {str(item): str(scale) for item, scale in engine.rows("SELECT item, scale FROM items WHERE scale <> ''")}


def _of_item(item: Feature, answers: pd.Series[Any], scale: str, least: int) -> Question:
    """Return an item of the survey as a question."""
    values = answers.dropna()
    if not item.is_numeric:
        return Question(item.name, item.label, _common(values, least), is_linear=False, kind=item.kind)
    different = sorted(float(value) for value in values.unique())
    if len(different) <= SCALE[1]:
        if item.kind == FACTS and len(different) > 2:  # codes: 3 is no more than 1
            return Question(item.name, item.label, _common(values, least), is_linear=False, kind=item.kind)
        options = _steps(scale, different)
        return (
            Question(item.name, item.label, options, True, options[0], options[-1], item.kind)
            if options
            else (Question(item.name, item.label, (), True, 0.0, 0.0, item.kind))
        )
    ordered = np.sort(values.to_numpy(dtype=np.float64))
    # ends that so many reach or pass, so that neither is what one person said
    place = min(least, len(ordered)) - 1
    return Question(item.name, item.label, (), True, float(ordered[place]), float(ordered[-1 - place]), item.kind)


def _steps(scale: str, different: Sequence[float]) -> tuple[float, ...]:
    """Return the answers of a scale: all from end to end where the items or the answers say so."""
    stated = re.fullmatch(r"\s*(\d+)\s*(?:-|–|to)\s*(\d+)\s*", scale)
    low, high = (
        (float(stated[1]), float(stated[2])) if stated else (different[0], different[-1]) if different else (0, 0)
    )
    is_whole = all(value.is_integer() and low <= value <= high for value in different)
    if different and is_whole and high - low < SCALE[1]:
        return tuple(float(value) for value in range(int(low), int(high) + 1))
    return tuple(different)


def _common(values: pd.Series[Any], least: int) -> tuple[str | float, ...]:
    """Return the answers that enough people gave; numbers by size, words by how many gave them."""
    counts = values.value_counts()
    kept = counts[counts >= least].index[:_MOST_OPTIONS]
    if pd.api.types.is_numeric_dtype(values):
        return tuple(sorted(float(value) for value in kept))
    return tuple(sorted((str(value) for value in kept), key=lambda value: (-counts[value], value)))


def _behaviours(published: PublishedBuild) -> tuple[pd.DataFrame, dict[str, tuple[str, str]]]:
    known = published.engine.columns("customer_features")
    names = [name for name in _BEHAVIOURS if name in known]
    columns = "".join(f", {identifier(name)}" for name in names)
    frame = published.engine.frame(
        f"SELECT customer_id{columns} FROM customer_features "
        "WHERE snapshot = (SELECT max(snapshot) FROM snapshots) ORDER BY customer_id"
    )
    return frame, {name: (CATALOGUE[name].label, "behaviour") for name in names}


def _banded(values: pd.Series[Any], least: int) -> tuple[tuple[str, ...], pd.Series[Any]]:
    """Return an attribute's options and answers as words: its common values, or bands of a number."""
    if pd.api.types.is_bool_dtype(values.dropna().infer_objects()):
        values = values.map({True: "Yes", False: "No"})
    if not pd.api.types.is_numeric_dtype(values):
        text = values.astype("string").str.strip().astype(object).where(values.notna(), None)
        counts = text.value_counts()
        if len(counts) > 3 * _MOST_OPTIONS:  # says who somebody is rather than what they are like
            return (), text
        options = tuple(str(option) for option in _common(text, least))
        return (options if len(options) > 1 else ()), text.where(text.isin(options), None)
    numbers = values.astype("float64")
    cuts = np.unique([_round(cut) for cut in numbers.quantile(np.arange(1, _BANDS) / _BANDS).dropna()])
    cuts = cuts[(cuts > numbers.min()) & (cuts <= numbers.max())]
    if not len(cuts):
        return (), values
    names = _band_names([float(cut) for cut in cuts], is_share=bool(numbers.max() <= 1))
    places = np.searchsorted(cuts, numbers.to_numpy(), side="right")
    words = pd.Series(np.array(names, dtype=object)[places], index=values.index, dtype=object)
    return tuple(names), words.where(numbers.notna(), None)


def _band_names(cuts: Sequence[float], *, is_share: bool) -> list[str]:
    """Name bands by where they begin, as precisely as it takes to tell them apart.

    Examples
    --------
    >>> _band_names([3.0, 10.0], is_share=False)
    ['under 3', '3 to under 10', '10 or more']
    >>> _band_names([0.021, 0.024], is_share=False)
    ['under 0.021', '0.021 to under 0.024', '0.024 or more']
    """
    told = [share(cut) if is_share else number(cut, 0 if abs(cut) >= 10 or cut.is_integer() else 1) for cut in cuts]
    for decimals in range(1, _MOST_DECIMALS + 1):
        if len(set(told)) == len(told):
            break
        told = [share(cut, decimals) if is_share else number(cut, decimals) for cut in cuts]
    if len(set(told)) < len(told):
        told = [f"{cut:.2g}" for cut in cuts]
    between = [f"{low} to under {high}" for low, high in pairwise(told)]
    return [f"under {told[0]}", *between, f"{told[-1]} or more"]


def _round(value: float) -> float:
    """Round a cut to two significant digits, as people would say it."""
    return float(f"{value:.2g}")


def _respondents(
    source: Source, frame: pd.DataFrame, labels: pd.DataFrame, questions: Sequence[Question], notes: Sequence[str]
) -> Respondents:
    """Return whoever is in a segment that enough are of, and the questions that can tell them apart."""
    least = max(source.definition.minimum_group, 5)
    both = labels.merge(frame, on="customer_id").sort_values("customer_id", ignore_index=True)
    told = list(notes)
    names = source.names()
    counts = both["segment"].value_counts()
    segments = tuple(segment for segment in names if counts.get(segment, 0) >= least)
    few = [names[segment] for segment in names if segment not in segments]
    if few:
        told.append(f"Cannot be told, as fewer than {least} respondents are of it: {listed(few)}.")
    both = both[both["segment"].isin(segments)]
    kept, answers = [], {}
    for question in questions:
        column, _ = question.read(both[question.name])
        why = _why_not(question, column)
        if why:
            told.append(f"Not asked: {question.name}, {why}.")
        else:
            kept.append(question)
            answers[question.name] = column.reset_index(drop=True)
    found = Respondents(
        tuple(kept),
        pd.DataFrame(answers, index=range(len(both))),
        pd.Index(segments).get_indexer(pd.Index(both["segment"])).astype(np.intp),
        segments,
        {segment: names[segment] for segment in segments},
        tuple(told),
    )
    _check(found, least)
    return found


def _why_not(question: Question, column: pd.Series[Any]) -> str:
    """Return why a question cannot be asked; empty where it can."""
    if not question.is_linear and len(question.options) < 2:
        return "as fewer than two answers were given by enough people"
    if column.dropna().nunique() < 2:
        return "as everybody gave one answer"
    if column.isna().mean() > MOST_MISSING:
        return f"as more than {share(MOST_MISSING)} left it out"
    return ""


def _check(found: Respondents, least: int) -> None:
    """Raise TypingToolError where there is too little to learn from."""
    why = " ".join(found.notes)
    if len(found.segments) < 2:
        raise TypingToolError(
            f"Fewer than two segments have {least} respondents or more, so that no questions can tell them apart. {why}"
        )
    if len(found) < LEAST_RESPONDENTS:
        raise TypingToolError(
            f"Only {counted(len(found), 'respondent')} answered and are in a segment; {LEAST_RESPONDENTS} are needed."
        )
    if not found.questions:
        raise TypingToolError(f"There is no question left to ask. {why}")
