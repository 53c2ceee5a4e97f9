from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering.methods.recipes import recipe_for
from segmodel.definition import FOUND_METHODS, Segmentation
from segmodel.features import CATALOGUE


def customers(rows: int = 240) -> tuple[pd.DataFrame, np.ndarray]:
    """Three groups, in numbers and in answers."""
    generator = np.random.default_rng(2)
    truth = np.arange(rows) % 3
    answers = generator.random((6, rows)) < np.array([0.05, 0.5, 0.95])[truth]
    answers[3:] = generator.random((3, rows)) < np.array([0.05, 0.95, 0.05])[truth]
    frame = pd.DataFrame({f"q{place}": column * 1.0 for place, column in enumerate(answers)})
    frame["frequency"] = np.array([5.0, 20.0, 60.0])[truth] + generator.normal(size=rows)
    frame["monetary"] = np.array([90.0, 20.0, 50.0])[truth] + generator.normal(size=rows)
    return frame, truth


WITH_A_QUICK_FORM = ("gaussian_mixture", "ward", "latent_class")


@pytest.mark.parametrize(
    ("method", "name"),
    [*((method, "fit") for method in FOUND_METHODS), *((method, "try_fit") for method in WITH_A_QUICK_FORM)],
)
def test_every_method_can_be_tried_on_some_customers_and_applied_to_all(method: str, name: str) -> None:
    frame, truth = customers()
    wanted = tuple(f"q{place}" for place in range(6)) if method == "latent_class" else ("frequency", "monetary")
    recipe = recipe_for(Segmentation(name="x", method=method, features=wanted), frame, wanted, CATALOGUE)
    drawn = np.random.default_rng(0).integers(len(frame), size=len(frame))
    found = getattr(recipe, name)(recipe.rows[drawn], 3, 1)
    assert len(found.labels_) == len(drawn)
    assert adjusted_rand_score(truth, found.predict(recipe.rows)) > (0.7 if method == "latent_class" else 0.99)
