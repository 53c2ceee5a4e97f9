"""What segments are named and described from: numbers as they are, categories as shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from segmodel.clustering.kmeans import Labels
from segmodel.clustering.methods.latent_class import Item
from segmodel.clustering.methods.mixed import as_text
from segmodel.scorecard import Preparation
from segmodel.scorecard.preparation import Floats, as_numbers

if TYPE_CHECKING:
    from segmodel.features import Feature


@dataclass(frozen=True)
class Traits:
    """Columns that tell segments apart.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a customer and one numeric column a trait, as people know it; NaN where unknown.
    matrix : ndarray of shape (n, traits)
        The same, prepared: complete, and without extremes.
    features : mapping of str to Feature
        Labels, units and words, by column.
    """

    frame: pd.DataFrame
    matrix: Floats
    features: Mapping[str, Feature]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(str(name) for name in self.frame.columns)

    def of(self, rows: Labels) -> Traits:
        """Return the traits of some of the customers, by their places."""
        return Traits(self.frame.iloc[rows], self.matrix[rows], self.features)

    def __add__(self, other: Traits) -> Traits:
        return Traits(
            pd.concat([self.frame, other.frame], axis=1),
            np.hstack([self.matrix, other.matrix]),
            {**self.features, **other.features},
        )


def number_traits(
    frame: pd.DataFrame, preparations: Mapping[str, Preparation], features: Mapping[str, Feature]
) -> Traits:
    """Return the traits of numeric features."""
    columns = [used.apply(frame[name], name) for name, used in preparations.items()]
    matrix = np.column_stack(columns) if columns else np.empty((len(frame), 0))
    return Traits(frame[list(preparations)], matrix, features)


def category_traits(
    frame: pd.DataFrame, levels: Mapping[str, Sequence[str]], features: Mapping[str, Feature]
) -> Traits:
    """Return one trait a category: whether the customer has it; unknown where the category is missing."""
    columns: dict[str, pd.Series[Any]] = {}
    words: dict[str, Feature] = {}
    for name, known in levels.items():
        text = as_text(frame[name])
        for level in known:
            trait = f"{name} = {level}"
            columns[trait] = (text == level).astype(float).where(text.notna())
            feature = features.get(name)
            if feature is not None:
                label = f"{feature.label} {level}"
                words[trait] = replace(feature, name=trait, label=label, unit="share", high=f"mostly {level}", low="")
    made = pd.DataFrame(columns, index=frame.index, dtype=np.float64)
    return Traits(made, made.fillna(made.mean()).to_numpy(dtype=np.float64), words)


def item_traits(frame: pd.DataFrame, items: Sequence[Item], features: Mapping[str, Feature]) -> Traits:
    """Return the traits of survey items: the answer where it is a number, one a category otherwise."""
    asked = {item.name: as_numbers(frame[item.name], item.name) for item in items if item.is_numeric}
    numbers = pd.DataFrame(asked, index=frame.index, dtype=np.float64)
    traits = Traits(numbers, numbers.fillna(numbers.mean()).to_numpy(dtype=np.float64), features)
    words = {item.name: tuple(map(str, item.levels)) for item in items if not item.is_numeric}
    return traits + category_traits(frame, words, features) if words else traits
