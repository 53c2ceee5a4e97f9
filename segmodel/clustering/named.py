"""The methods that `choose_k` knows by name, as callables that try one number of segments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from segmodel.clustering.methods.latent_class import (
    IndicatorLatentClass,
    as_frame,
    indicators,
    items_of,
    most_classes,
)
from segmodel.clustering.methods.mixture import GaussianMixtureSegmenter
from segmodel.clustering.methods.ward import WardSegmenter
from segmodel.clustering.stability import Fit
from segmodel.errors import ClusteringError
from segmodel.scorecard.preparation import Floats


@dataclass(frozen=True)
class NamedMethod:
    """A method applied to some rows.

    Attributes
    ----------
    rows : ndarray of shape (n, q)
        What it divides: for latent classes one column an answer, 0 or 1, and only zeros where one is missing.
    fit : callable or None
        None for k-means, which `choose_k` brings itself.
    most : int or None
        Segments the data can tell apart at most; None: as many as there are customers.
    """

    rows: Floats
    fit: Fit | None
    most: int | None = None


def _kmeans(rows: Floats) -> NamedMethod:
    return NamedMethod(rows, None)


def _gaussian_mixture(rows: Floats) -> NamedMethod:
    def fit(sample: Floats, k: int, seed: int) -> GaussianMixtureSegmenter:
        return GaussianMixtureSegmenter(k, n_init=1, random_state=seed).fit(sample)

    return NamedMethod(rows, fit)


def _ward(rows: Floats) -> NamedMethod:
    return NamedMethod(rows, lambda sample, k, seed: WardSegmenter(k, random_state=seed).fit(sample))


def _latent_class(rows: Floats) -> NamedMethod:
    frame = as_frame(rows)
    items, dropped = items_of(frame)
    if len(items) < 2:
        raise ClusteringError(
            f"Latent class needs two items or more with different answers, found {len(items)}."
            + "".join(f" {why}" for why in dropped.values())
        )
    sizes = tuple(len(item.levels) for item in items)

    def fit(sample: Floats, k: int, seed: int) -> IndicatorLatentClass:
        return IndicatorLatentClass(k, sizes=sizes, n_init=5, random_state=seed).fit(sample)

    return NamedMethod(indicators(frame, items), fit, most_classes(sizes))


METHODS: Mapping[str, Callable[[Floats], NamedMethod]] = {
    "kmeans": _kmeans,
    "gaussian_mixture": _gaussian_mixture,
    "ward": _ward,
    "latent_class": _latent_class,
}
"""By the names that a definition uses; any other method is given as `fit`."""

TAKES_MISSING = frozenset({"latent_class"})
"""Methods for which NaN may stand for a missing answer."""
