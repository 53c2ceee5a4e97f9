"""What people may try in the Studio without changing the definition: other features, another method, another seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from segmodel.definition import FINDS_K, FOUND_METHODS, UNWEIGHTED, Segmentation
from segmodel.errors import ClusteringError, did_you_mean

SETTABLE = ("basis", "method", "features", "factors", "seed", "sample")
"""What may be set; the rest is the definition's."""

Settings = Mapping[str, Any]


def with_settings(segmentation: Segmentation, settings: Settings) -> Segmentation:
    """Return a segmentation with other settings, checked as the definition's are.

    Parameters
    ----------
    segmentation : Segmentation
        As the definition has it.
    settings : mapping of str to object
        Of `SETTABLE`; weights of features that are left out, or that the method does not use, go with them.

    Raises
    ------
    ClusteringError
        When a setting is unknown, or they do not fit together.
    """
    for name in settings:
        if name not in SETTABLE:
            raise ClusteringError(
                f"The Studio has no setting '{name}'; it has {', '.join(SETTABLE)}.{did_you_mean(name, SETTABLE)}"
            )
    changes = {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
    made = segmentation.model_dump(mode="json") | changes
    if made["method"] != segmentation.method and made["method"] not in FOUND_METHODS:
        raise ClusteringError(
            f"The Studio tries methods that find segments: {', '.join(FOUND_METHODS)}; found '{made['method']}'."
            f"{did_you_mean(str(made['method']), FOUND_METHODS)} Rules are written in the definition."
        )
    if made["method"] != segmentation.method:
        made["rules"] = []
    if made["method"] in FINDS_K:
        made["k"] = "auto"
    kept = {} if made["method"] in UNWEIGHTED else made["weights"]
    made["weights"] = {name: weight for name, weight in kept.items() if name in made["features"]}
    if made["method"] != "kmeans" and "factors" not in settings:
        made["factors"] = None
    try:
        return Segmentation.model_validate(made)
    except ValidationError as error:
        told = [str(detail["msg"]).removeprefix("Value error, ") for detail in error.errors()]
        raise ClusteringError(f"These settings do not fit together: {'; '.join(told)}.") from None


def settings_of(segmentation: Segmentation) -> dict[str, Any]:
    """Return the settings a segmentation stands for, as plain values."""
    return segmentation.model_dump(mode="json", include=set(SETTABLE))
