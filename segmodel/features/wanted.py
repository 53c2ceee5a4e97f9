"""Which features a build computes, and what to say where one cannot be."""

from __future__ import annotations

from collections.abc import Mapping

from segmodel.definition import FILE_NAME, NUMERIC_METHODS, Definition
from segmodel.engines import Engine
from segmodel.errors import FeatureError, did_you_mean
from segmodel.features.catalogue import CATALOGUE, Feature, available_features, unlocked_by


def wanted_features(engine: Engine, definition: Definition, used: Mapping[str, tuple[str, ...]]) -> dict[str, Feature]:
    """Return the features a build computes: those segmentations and filters use, and those that describe.

    Parameters
    ----------
    engine : Engine
        Holds the checked sources.
    definition : Definition
        Says what filters, and what describes.
    used : mapping of str to tuple of str
        The features each segmentation needs, by its name.

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
    if definition.features.describe != "all":
        asked.append(("features.describe", definition.features.describe))
    for where, names in asked:
        wanted |= set(names)
        problems += [f"{where}: {_unknown(name, have, engine)}" for name in names if name not in have]
    for segmentation in definition.segmentations:
        words = [name for name in used[segmentation.name] if name in have and not have[name].is_numeric]
        if words and segmentation.method in NUMERIC_METHODS:
            problems.append(
                f"segmentation {segmentation.name}: {', '.join(words)} holds words, and method {segmentation.method} "
                "needs numbers; use it as a filter instead, or choose method mixed"
            )
    if problems:
        raise FeatureError("\n".join(problems) + ".")
    if definition.features.describe == "all":
        # words about a customer (a name, an address) describe nobody but them; they are computed when asked for
        wanted |= {name for name, feature in have.items() if feature.rows != "customers" or feature.is_numeric}
    return {name: feature for name, feature in have.items() if name in wanted}


def _unknown(name: str, have: Mapping[str, Feature], engine: Engine) -> str:
    known = CATALOGUE.get(name)
    if known is not None:
        missing = [need for need in known.needs if need in unlocked_by(engine)]
        return f"feature '{name}' needs {' and '.join(missing)}, which the sources do not give"
    return f"there is no feature '{name}'; the data allow {', '.join(sorted(have))}.{did_you_mean(name, have)}"
