"""Which features a build computes, and what to say where one cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segmodel.definition import FILE_NAME, NUMERIC_METHODS, Definition
from segmodel.engines import Engine, identifier
from segmodel.errors import FeatureError, did_you_mean
from segmodel.features.catalogue import CATALOGUE, available_features, unlocked_by
from segmodel.features.feature import Feature
from segmodel.features.survey import centred, items_in

_MANY, _NEARLY_ALL = 100, 0.95
"""From so many known values on, a column is judged, and so many of them must differ for it to tell people apart."""


def wanted_features(
    engine: Engine, definition: Definition, used: Mapping[str, tuple[str, ...]], also: Sequence[str] = ()
) -> dict[str, Feature]:
    """Return the features a build computes: those that segmentations and filters use, and those that describe.

    Parameters
    ----------
    engine : Engine
        Holds the checked sources.
    definition : Definition
        Says what filters, and what describes.
    used : mapping of str to tuple of str
        The features each segmentation needs, by its name.
    also : sequence of str
        More features to compute where they can be: of versions in use that are not fitted as the definition says.

    Raises
    ------
    FeatureError
        When one is unknown, or needs data that were not given; the message says what would unlock it.
    """
    if "transactions" not in engine.tables():
        raise FeatureError(
            "The sources give no transactions, which features are computed from. Add [sources.transactions]; "
            "segments from a survey alone cannot be built yet."
        )
    have = available_features(engine)
    problems = []
    wanted: set[str] = set()
    asked = [(f"filters of {FILE_NAME}", definition.filters)]
    asked += [(f"segmentation {name}", names) for name, names in used.items()]
    asked += [(f"micro_features of {each.name}", each.micro_features) for each in definition.segmentations]
    asked += [
        (f"bridge_features of segmentation {each.name}", each.bridge_features)
        for each in definition.segmentations
        if each.bridge_features != "all"
    ]
    wanted |= set(also) & set(have)
    if definition.features.describe != "all":
        asked.append(("features.describe", definition.features.describe))
    for where, names in asked:
        wanted |= set(names)
        problems += [f"{where}: {_unknown(name, have, engine)}" for name in names if name not in have]
    problems += _misused(definition, used, have)
    if problems:
        raise FeatureError("\n".join(problems) + ".")
    if definition.features.describe == "all":
        items = items_in(have, have)
        attributes = [name for name, feature in have.items() if feature.rows == "customers"]
        # words about a customer (a name, an address) describe nobody but them; they are computed when asked for
        numbers = [name for name in attributes if have[name].is_numeric]
        # a survey is described where a segmentation rests on it; else it would make a build wider for nothing
        scales = [name for name in items if have[name].is_numeric] if wanted & set(items) else []
        computed = set(have) - set(attributes) - set(items)
        wanted |= computed | set(scales) | set(numbers) - identifying_columns(engine, numbers)
    found = {name: feature for name, feature in have.items() if name in wanted}
    return centred(found) if definition.survey.centre else found


def _misused(definition: Definition, used: Mapping[str, tuple[str, ...]], have: Mapping[str, Feature]) -> list[str]:
    """Return what is wrong with features that are there, but not for what they are listed for."""
    problems = []
    for segmentation in definition.segmentations:
        words = [name for name in used[segmentation.name] if name in have and not have[name].is_numeric]
        if words and segmentation.method in NUMERIC_METHODS:
            problems.append(
                f"segmentation {segmentation.name}: {', '.join(words)} holds words, and method {segmentation.method} "
                "needs numbers; use it as a filter instead, or choose method mixed"
            )
        bridged = () if segmentation.bridge_features == "all" else items_in(segmentation.bridge_features, have)
        if bridged:
            problems.append(
                f"bridge_features of segmentation {segmentation.name}: {', '.join(bridged)} is an item of the survey, "
                "which those whom a bridge places did not answer; leave it out"
            )
    return problems


def identifying_columns(engine: Engine, names: Sequence[str]) -> set[str]:
    """Return which columns of `customers` say who somebody is: whole numbers, hardly any of them given twice.

    A telephone number is one, and reads as a number; a build that nobody asked for it does not keep it.
    """
    if not names:
        return set()
    columns = [f"{identifier(name)}::DOUBLE" for name in names]
    tests = ", ".join(
        f"count({column}) >= {_MANY} AND count(DISTINCT {column}) >= {_NEARLY_ALL} * count({column}) "
        f"AND bool_and({column} = floor({column}))"
        for column in columns
    )
    (verdicts,) = engine.rows(f"SELECT {tests} FROM customers")
    return {name for name, verdict in zip(names, verdicts, strict=True) if verdict}


def _unknown(name: str, have: Mapping[str, Feature], engine: Engine) -> str:
    known = CATALOGUE.get(name)
    if known is not None:
        missing = [need for need in known.needs if need in unlocked_by(engine)]
        return f"feature '{name}' needs {' and '.join(missing)}, which the sources do not give"
    return f"there is no feature '{name}'; the data allow {', '.join(sorted(have))}.{did_you_mean(name, have)}"
