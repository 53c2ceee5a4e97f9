"""From respondents to batteries: the best questions of each size, with what choosing like this is worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from segmodel.errors import TypingToolError
from segmodel.formats import counted
from segmodel.progress import Progress, part
from segmodel.typing_tool.accuracy import REPEATS, UNSURE_BELOW, judge, largest_share
from segmodel.typing_tool.answers import Source, read_answers, read_cues
from segmodel.typing_tool.battery import SOURCES, Battery
from segmodel.typing_tool.battery import Source as Kind
from segmodel.typing_tool.discriminant import Moments
from segmodel.typing_tool.questions import Design, Respondents
from segmodel.typing_tool.rules import METHODS, Method, fit_rule
from segmodel.typing_tool.search import EXHAUSTIVE_UP_TO, best_sets

SIZES = range(3, 13)
"""Numbers of questions that are compared."""

_NEARLY = 0.95
"""Share of the best hit rate that the recommended number of questions reaches."""


@dataclass(frozen=True)
class Settings:
    """How questions are looked for.

    Attributes
    ----------
    method : str
        lda, naive_bayes or logistic.
    source : str
        survey or cues.
    kinds, without : tuple of str
        Only items of these kinds; items never asked.
    repeats : int
        Of cross-validation.
    exhaustive_up_to : int
        Where a size has no more sets of questions, each is tried.
    unsure_below : float
        Probability under which an answer is called unsure.
    seed : int
        Of the folds.
    """

    method: Method = "lda"
    source: Kind = "survey"
    kinds: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    repeats: int = REPEATS
    exhaustive_up_to: int = EXHAUSTIVE_UP_TO
    unsure_below: float = UNSURE_BELOW
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise TypingToolError(f"There is no method '{self.method}'; there are {', '.join(METHODS)}.")
        if self.source not in SOURCES:
            raise TypingToolError(f"Questions come from {' or '.join(SOURCES)}, found '{self.source}'.")
        if not 0 < self.unsure_below < 1:
            raise TypingToolError(f"The unsure threshold lies between 0 and 1, found {self.unsure_below}.")
        if not 1 <= self.repeats <= 50:
            raise TypingToolError(f"Cross-validation is repeated 1 to 50 times, found {self.repeats}.")


@dataclass(frozen=True)
class Found:
    """The best battery of each number of questions.

    Attributes
    ----------
    batteries : mapping of int to Battery
        By number of questions.
    recommended : int
        The fewest questions that put nearly as many right as the best of them.
    """

    batteries: Mapping[int, Battery]
    recommended: int

    @property
    def curve(self) -> pd.DataFrame:
        """A row a number of questions: questions, hit_rate, hit_rate_low, hit_rate_high, balanced, kappa and more."""
        return pd.DataFrame(
            [
                {
                    "questions": size,
                    "hit_rate": battery.accuracy.hit_rate,
                    "hit_rate_low": battery.accuracy.hit_rate_low,
                    "hit_rate_high": battery.accuracy.hit_rate_high,
                    "balanced": battery.accuracy.balanced,
                    "kappa": battery.accuracy.kappa,
                    "unsure_share": battery.accuracy.unsure_share,
                    "sure_hit_rate": battery.accuracy.sure_hit_rate,
                    "names": ", ".join(question.name for question in battery.questions),
                }
                for size, battery in sorted(self.batteries.items())
            ]
        )

    def battery(self, questions: int) -> Battery:
        """Return the battery of so many questions.

        Raises
        ------
        TypingToolError
            When there is none.
        """
        if questions not in self.batteries:
            known = sorted(self.batteries)
            raise TypingToolError(
                f"Batteries have {known[0]} to {known[-1]} questions here, found {questions}: "
                f"{counted(next(iter(self.batteries.values())).all_questions, 'question')} can be asked."
            )
        return self.batteries[questions]

    def document(self, questions: int | None = None) -> dict[str, Any]:
        """Return plain values for JSON: the curve, and the battery of so many questions or (None) all of them."""
        first = next(iter(self.batteries.values()))
        chosen = self.recommended if questions is None else questions
        record: dict[str, Any] = {
            "segmentation": first.segmentation,
            "model": first.model,
            "build": first.build,
            "as_of": first.as_of,
            "confidentiality": "Confidential",
            "respondents": first.accuracy.n,
            "recommended": self.recommended,
            "largest_share": round(first.largest_share, 3),
            "all_hit_rate": None if first.all_hit_rate is None else round(first.all_hit_rate, 3),
            "curve": [
                {"questions": size, "asked": [q.name for q in battery.questions], **battery.accuracy.to_record()}
                for size, battery in sorted(self.batteries.items())
            ],
            "questions": chosen,
            "battery": self.battery(chosen).to_record(),
        }
        if questions is None:
            record["batteries"] = [battery.to_record() for _, battery in sorted(self.batteries.items())]
        return record

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Found:
        """Read what `document` returned for all numbers of questions; KeyError where it is something else."""
        batteries = [Battery.from_record(record) for record in document["batteries"]]
        return cls({len(battery.questions): battery for battery in batteries}, int(document["recommended"]))


def find_batteries(source: Source, settings: Settings, progress: Progress, sizes: Iterable[int] = SIZES) -> Found:
    """Return the best battery of each number of questions, on the respondents of the published build.

    Raises
    ------
    SegmodelError
        When there is too little to learn from; see `read_answers` and `read_cues`.
    """
    progress("Reading answers", 0.0)
    if settings.source == "survey":
        respondents = read_answers(source, settings.kinds, settings.without)
    else:
        respondents = read_cues(source, settings.without)
    info = source.published.info()
    version = source.published.segmentations().set_index("name")["version"][source.segmentation]
    about = (source.segmentation, str(version), source.published.build_id, str(info["as_of"]))
    return batteries_of(respondents, about, settings, part(progress, 0.05, 1.0), sizes, source.definition.minimum_group)


def batteries_of(
    respondents: Respondents,
    about: tuple[str, str, str, str],
    settings: Settings,
    progress: Progress,
    sizes: Iterable[int] = SIZES,
    minimum_group: int = 10,
) -> Found:
    """Return the best battery of each number of questions.

    Parameters
    ----------
    respondents : Respondents
    about : tuple of str
        Segmentation, its version, the build and its day.
    settings, progress
    sizes : iterable of int
        Numbers of questions; those beyond what can be asked are left out.
    minimum_group : int
        The smallest group of which anything is said.
    """
    most = len(respondents.questions)
    wanted = [size for size in sorted(set(sizes)) if 1 <= size <= most] or [most]
    judged, every = judge(
        respondents,
        wanted,
        method=settings.method,
        repeats=settings.repeats,
        exhaustive_up_to=settings.exhaustive_up_to,
        unsure_below=settings.unsure_below,
        minimum_group=minimum_group,
        seed=settings.seed,
        progress=part(progress, 0.0, 0.95),
    )
    progress("Choosing questions", 0.95)
    design = Design.of(respondents.questions, respondents.answers)
    moments = Moments.of(design.filled(), respondents.labels, len(respondents.segments))
    segmentation, model, build, as_of = about
    batteries = {}
    for size, chosen in best_sets(moments, design.columns, wanted, settings.exhaustive_up_to).items():
        batteries[size] = Battery(
            segmentation=segmentation,
            model=model,
            build=build,
            as_of=as_of,
            source=settings.source,
            rule=fit_rule(settings.method, respondents.asked(chosen)),
            names=dict(respondents.names),
            accuracy=judged[size].accuracy,
            chosen={respondents.questions[place].name: judged[size].chosen.get(place, 0.0) for place in chosen},
            largest_share=largest_share(respondents),
            all_hit_rate=None if every is None else every.hit_rate,
            all_questions=most,
            notes=respondents.notes,
        )
    return Found(batteries, _recommended(batteries))


def _recommended(batteries: Mapping[int, Battery]) -> int:
    best = max(battery.accuracy.hit_rate for battery in batteries.values())
    return min(size for size, battery in batteries.items() if battery.accuracy.hit_rate >= _NEARLY * best)
