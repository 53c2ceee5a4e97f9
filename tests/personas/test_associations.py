"""Tests and effect sizes of the descriptors of 1,000 Australian tourists, against figures of R."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from segmodel.personas.associations import associations
from segmodel.personas.contrasts import TraitThresholds
from segmodel.personas.facts import Facts
from segmodel.personas.find import against_rest, call
from tests.support.real_data import real_data

WORDS = ["Gender", "Income2", "Relationship.Status", "Occupation", "State", "Obligation2"]
NUMBERS = ["Age", "Education", "Obligation", "NEP", "Vacation.Behaviour"]


def facts_of(frame: pd.DataFrame, segment: pd.Series, words: list[str], numbers: list[str]) -> Facts:
    """Count what is known of customers with pandas."""
    shares = []
    for name in words:
        table = pd.crosstab(segment, frame[name])
        known = table.sum(axis=1)
        long = table.rename_axis("segment").reset_index().melt("segment", var_name="level", value_name="count")
        shares.append(long.assign(name=name, n=long["segment"].map(known)))
    means = []
    for name in numbers:
        moments = frame[name].groupby(segment).agg(n="count", mean="mean", variance="var")
        means.append(moments.rename_axis("segment").reset_index().assign(name=name))
    nothing = [pd.DataFrame(columns=["segment", "name", "level", "count", "n"])]
    return Facts(
        pd.concat(shares or nothing, ignore_index=True).assign(hidden=False),
        pd.concat(means or [pd.DataFrame(columns=["segment", "name", "n", "mean", "variance"])]).assign(hidden=False),
    )


@pytest.fixture(scope="module")
def tourists() -> pd.DataFrame:
    return pd.read_csv(real_data("vacmot/vacmot_descriptors_and_published6.csv"))


@pytest.fixture(scope="module")
def reference() -> dict[str, dict]:
    text = real_data("vacmot/reference_profiling.json").read_text(encoding="utf-8")
    return json.loads(text)["published_vacmot6"]


def test_descriptors_of_tourists_agree_with_r(tourists: pd.DataFrame, reference: dict[str, dict]) -> None:
    facts = facts_of(tourists, tourists["published_segment6"].astype(str), WORDS, NUMBERS)
    found = associations(facts.shares, facts.means).set_index("name")
    for name, expected in reference["chisq"].items():
        row = found.loc[name]
        assert (row["statistic"], row["effect"]) == (
            pytest.approx(expected["X2"], abs=1e-7),
            pytest.approx(expected["cramers_v"], abs=1e-7),
        )
        assert (row["freedom"], row["n"], row["test"]) == (expected["df"], expected["n"], "chi-squared")
        assert row["p_value"] == pytest.approx(expected["p"], rel=1e-5)
    for name, expected in reference["anova"].items():
        row = found.loc[name]
        assert (row["statistic"], row["effect"]) == (
            pytest.approx(expected["F"], rel=1e-7),
            pytest.approx(expected["eta2"], abs=1e-7),
        )
        assert (row["freedom"], row["freedom_within"]) == (expected["df1"], expected["df2"])
        assert row["p_value"] == pytest.approx(expected["p"], rel=1e-5)


def test_the_three_tests_that_were_corrected_in_r_come_to_the_same(
    tourists: pd.DataFrame, reference: dict[str, dict]
) -> None:
    facts = facts_of(tourists, tourists["published_segment6"].astype(str), list(reference["bh"]), [])
    found = associations(facts.shares, facts.means).set_index("name")
    for name, expected in reference["bh"].items():
        assert found.loc[name, "q_value"] == pytest.approx(expected, rel=1e-5)


def test_two_segments_give_the_test_of_one_against_the_rest(tourists: pd.DataFrame) -> None:
    segment = tourists["published_segment6"].astype(str).where(tourists["published_segment6"] == 6, "other")
    facts = facts_of(tourists, segment, ["Gender"], ["Age"])
    overall = associations(facts.shares, facts.means).set_index("name")
    pairs = against_rest(facts).set_index(["segment", "name", "level"])
    assert pairs.loc[("6", "Gender", "Female"), "p_value"] == pytest.approx(overall.loc["Gender", "p_value"])
    # Cohen's d and eta squared of two groups: d² = F (1/n₁ + 1/n₂)
    row = pairs.loc[("6", "Age", "")]
    assert row["difference"] ** 2 == pytest.approx(overall.loc["Age", "statistic"] * (1 / row["n"] + 1 / row["n_rest"]))


def test_tourists_who_feel_obliged_are_told_apart_by_age_and_not_by_gender(tourists: pd.DataFrame) -> None:
    facts = facts_of(tourists, tourists["published_segment6"].astype(str), WORDS, NUMBERS)
    traits = call(against_rest(facts)).set_index("segment")
    assert "Gender" not in set(traits["name"])
    assert {"Age", "Obligation", "NEP"} <= set(traits.loc["6", "name"])


def test_shuffled_segments_have_no_traits() -> None:
    random = np.random.default_rng(8)
    n, runs = 900, 120
    frame = pd.DataFrame(
        {
            "spend": random.lognormal(3, 1, n),
            "visits": random.poisson(6, n).astype(float),
            "share": random.beta(2, 5, n),
            "region": random.choice(list("abcdefgh"), n),
            "card": random.choice(["yes", "no"], n, p=[0.3, 0.7]),
            "answer": np.where(random.random(n) < 0.4, random.integers(1, 8, n), np.nan),
        }
    )
    segment = pd.Series(random.choice(["s1", "s2", "s3", "s4"], n, p=[0.1, 0.2, 0.3, 0.4]))
    found, past_noise = 0, 0
    for _ in range(runs):
        shuffled = pd.Series(random.permutation(segment.to_numpy()))
        compared = against_rest(facts_of(frame, shuffled, ["region", "card"], ["spend", "visits", "share", "answer"]))
        found += len(call(compared)) > 0
        past_noise += len(call(compared, thresholds=TraitThresholds(difference=0.0, points=0.0))) > 0
    assert found <= 0.05 * runs
    # without the size asked for, Benjamini and Hochberg allow something in 5% of runs: 12 of 120 is 2.5 errors above
    assert past_noise <= 12
