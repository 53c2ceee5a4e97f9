from __future__ import annotations

from typing import Any

import pytest

from segmodel.definition import Rule, Segmentation
from segmodel.errors import ClusteringError
from segmodel.studio import settings_of, with_settings

GIVEN = Segmentation(name="behaviour", features=("frequency", "monetary"), weights={"monetary": 0.5}, seed=3)


def test_what_is_not_set_stays_as_the_definition_has_it() -> None:
    assert with_settings(GIVEN, {}) == GIVEN
    assert with_settings(GIVEN, settings_of(GIVEN)) == GIVEN


def test_weights_go_with_their_features() -> None:
    found = with_settings(GIVEN, {"features": ("frequency", "recency_days")})
    assert (found.features, found.weights) == (("frequency", "recency_days"), {})
    assert with_settings(GIVEN, {"method": "gaussian_mixture"}).weights == {}
    assert with_settings(GIVEN, {"features": ["monetary"], "seed": 9}).weights == {"monetary": 0.5}


def test_rules_and_factors_go_with_their_method() -> None:
    rules = Segmentation(name="own", method="rules", rules=(Rule(segment="Big", when={"monetary": (10, "")}),))
    assert with_settings(rules, {"method": "kmeans", "features": ["monetary"]}).rules == ()
    factors = Segmentation(name="needs", features=("a", "b", "c"), factors=2)
    assert with_settings(factors, {"method": "ward"}).factors is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"colour": "red"}, "no setting 'colour'"),
        ({"method": "kmean"}, r"found 'kmean'\. Did you mean 'kmeans'"),
        ({"method": "rfm"}, "Rules are written in the definition"),
        ({"features": []}, "needs a list of features"),
        ({"features": ["a", "a"]}, "listed twice"),
        ({"factors": 2}, "2 factors of 2 features"),
        ({"seed": -1}, "greater than or equal to 0"),
    ],
)
def test_what_does_not_fit_together_is_told(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ClusteringError, match=message):
        with_settings(GIVEN, settings)
