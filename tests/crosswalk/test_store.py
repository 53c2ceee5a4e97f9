"""What a build keeps of segmentations side by side, against the customers themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, homogeneity_score

from segmodel.crosswalk import NOT_PLACED, Crosswalk, Pair, disagreeing
from segmodel.errors import StoreError
from segmodel.metrics import crosswalk_findings as findings
from segmodel.reports import crosswalk_document
from segmodel.store import PublishedBuild
from segmodel.workspace import Workspace
from tests.support.workspaces import make_transactions, write_workspace


@pytest.fixture(scope="module")
def sample(built_sample: Path) -> Iterator[PublishedBuild]:
    with Workspace(built_sample).open() as published:
        yield published


@pytest.fixture(scope="module")
def placings(sample: PublishedBuild) -> dict[str, pd.Series]:
    """Return the segment of each customer by segmentation, read without the code that is tested."""
    own = sample.engine.frame(
        "SELECT segmentation, customer_id, segment FROM assignments "
        "WHERE is_counted AND snapshot = (SELECT max(snapshot) FROM snapshots)"
    )
    bought = set(sample.engine.frame("SELECT DISTINCT customer_id FROM customer_features")["customer_id"])
    given = sample.engine.frame("SELECT segmentation, customer_id, segment FROM memberships")
    both = pd.concat([own, given[given["customer_id"].isin(bought)]])
    return {str(name): rows.set_index("customer_id")["segment"] for name, rows in both.groupby("segmentation")}


def as_told(value: float) -> float:
    """Return a measure as coarse as builds keep it."""
    return round(value, 2 if abs(value) >= 0.0095 else 3)


def test_measures_are_scikit_learns_on_the_customers(sample: PublishedBuild, placings: dict[str, pd.Series]) -> None:
    crosswalk = Crosswalk.of(sample)
    assert set(crosswalk.compared) == set(placings) == {"behaviour", "value", "needs", "life_stage", "loyalty_tier"}
    for pair in crosswalk.pairs():
        both = pd.concat([placings[pair.one["key"]], placings[pair.other["key"]]], axis=1, join="inner")
        one, other = both.iloc[:, 0], both.iloc[:, 1]
        assert pair.customers == len(both)
        assert pair.tells == as_told(homogeneity_score(other, one))
        assert pair.told_by == as_told(homogeneity_score(one, other))
        assert pair.mutual_information == as_told(adjusted_mutual_info_score(one, other))
        assert pair.rand == as_told(adjusted_rand_score(one, other))


def test_cells_that_are_shown_are_the_customers_and_none_below_ten_is(
    sample: PublishedBuild, placings: dict[str, pd.Series]
) -> None:
    pair = Crosswalk.of(sample).pair("loyalty_tier", "behaviour")
    joined = pd.concat([placings["loyalty_tier"], placings["behaviour"]], axis=1).fillna(NOT_PLACED)
    counted = pd.crosstab(joined.iloc[:, 0], joined.iloc[:, 1])
    shown = pair.cells[~pair.cells["suppressed"]]
    for row in shown.itertuples(index=False):
        known = row.segment in counted.index and row.other in counted.columns
        assert row.customers == (counted.loc[row.segment, row.other] if known else 0)
        assert row.customers == 0 or row.customers >= 10
    small = [(one, other) for one, row in counted.iterrows() for other, n in row.items() if 0 < n < 10]
    assert small
    hidden = pair.cells[pair.cells["suppressed"]].set_index(["segment", "other"])
    assert set(small) <= set(hidden.index)
    assert hidden["share"].isna().all()
    assert hidden["index"].isna().all()


def test_index_is_the_share_against_that_among_all(sample: PublishedBuild) -> None:
    pair = Crosswalk.of(sample).pair("loyalty_tier", "behaviour")
    cell = pair.cells.set_index(["segment", "other"]).loc[("Platinum", "s2")]
    sizes = pair.columns.set_index("segment")["customers"]
    assert cell["share"] == pytest.approx(cell["customers"] / 877)
    assert cell["index"] == pytest.approx(cell["share"] / (sizes["s2"] / 6000))


def test_turned_round_it_is_the_same_pair(sample: PublishedBuild) -> None:
    crosswalk = Crosswalk.of(sample)
    pair, turned = crosswalk.pair("behaviour", "loyalty_tier"), crosswalk.pair("loyalty_tier", "behaviour")
    assert (pair.tells, pair.told_by) == (turned.told_by, turned.tells)
    one, other = (
        each.cells.set_index(list(keys))["customers"].sort_index()
        for each, keys in ((pair, ("segment", "other")), (turned, ("other", "segment")))
    )
    np.testing.assert_array_equal(one.to_numpy(), other.to_numpy())


def test_the_samples_older_segmentations_in_sentences(sample: PublishedBuild) -> None:
    crosswalk = Crosswalk.of(sample)
    loyalty = crosswalk.pair("loyalty_tier", "behaviour")
    assert findings.pair_finding(loyalty) == (
        "Knowing “Loyalty tier” tells 18% of “How people buy”; knowing “How people buy” tells 22% of “Loyalty tier”"
    )
    assert "59% of Platinum are Everyday regulars, 3.3 times as often as among all." in findings.segment_sentences(
        loyalty
    )
    assert findings.contradiction_sentences(loyalty)[0] == (
        "143 customers of Silver are Everyday regulars: 0.4 times as often as among all."
    )
    stage = crosswalk.pair("life_stage", "loyalty_tier")
    assert findings.pair_finding(stage) == (
        "“Life stage” and “Loyalty tier” tell nothing of each other beyond chance (4,855 customers in both)"
    )
    assert findings.segment_sentences(stage) == []
    leads = {lead.decision: lead.key for lead in findings.architecture(crosswalk)}
    assert leads == {
        "Where to put money": "value",
        "What to say and offer": "needs",
        "Whom to contact": "behaviour",
        "How to report to everybody": "behaviour",
    }
    assert findings.architecture(crosswalk)[-1].reason == (
        "It tells 17% of the others on average; “Value tiers” about as much, and it comes first in the definition."
    )


def test_who_disagrees_are_those_customers(sample: PublishedBuild, placings: dict[str, pd.Series]) -> None:
    pair = Crosswalk.of(sample).pair("loyalty_tier", "behaviour")
    listed = disagreeing(sample, pair)
    assert len(listed) == pair.contradictions()["customers"].sum() == 231
    names = dict(zip(pair.columns["segment"], pair.columns["name"], strict=True))
    for row in listed.head(20).itertuples(index=False):
        assert placings["loyalty_tier"][row[0]] == row[1]
        assert names[placings["behaviour"][row[0]]] == row[2]


def test_document_is_plain_and_hides_what_is_hidden(sample: PublishedBuild) -> None:
    document = crosswalk_document(sample)
    assert len(document["pairs"]) == 10
    numbers = [cell["customers"] for pair in document["pairs"] for cell in pair["cells"]]
    assert None in numbers
    assert all(number is None or number == 0 or number >= 10 for number in numbers)


def test_a_pair_that_is_not_there_is_named(sample: PublishedBuild) -> None:
    crosswalk = Crosswalk.of(sample)
    with pytest.raises(StoreError, match=r"no segmentation 'loyalty'.*Did you mean 'loyalty_tier'"):
        crosswalk.pair("loyalty", "behaviour")
    with pytest.raises(StoreError, match="Choose two"):
        crosswalk.pair("value", "value")


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Crosswalk:
    """A workspace with given segmentations: one derivable, one with a small group, one of too many segments."""
    folder = write_workspace(
        tmp_path_factory.mktemp("given") / "shop",
        make_transactions(customers=200, rich=False),
        settings="history_months = 0",
    )
    Workspace(folder).build()
    with Workspace(folder).open() as published:
        name = published.primary_segmentation()
        placed = published.engine.frame(
            "SELECT customer_id, segment FROM assignments WHERE segmentation = $name "
            "AND snapshot = (SELECT max(snapshot) FROM snapshots) ORDER BY customer_id",
            {"name": name},
        )
    copy = placed.assign(segmentation="copy", segment="Copy of " + placed["segment"].astype(str))
    few = placed.assign(segmentation="few", segment=np.where(placed.index < 4, "Four", "Others"))
    many = placed.assign(segmentation="postcode", segment=placed.index.astype(str))
    clash = placed.assign(segmentation=name)
    stranger = pd.DataFrame({"customer_id": ["nobody"], "segmentation": ["copy"], "segment": ["Copy of nobody"]})
    missing = placed.iloc[4:].assign(segmentation="missing", segment=np.where(placed.index[4:] % 2, "Odd", "Even"))
    others = pd.DataFrame({"customer_id": ["x1", "x2"], "segmentation": "elsewhere", "segment": ["a", "b"]})
    pd.concat([copy, few, many, clash, stranger, missing, others]).to_csv(folder / "memberships.csv", index=False)
    definition = folder / "segmentation.toml"
    text = definition.read_text(encoding="utf-8")
    definition.write_text(text + '\n[sources.memberships]\npath = "memberships.csv"\n', encoding="utf-8")
    Workspace(folder).build()
    with Workspace(folder).open() as published:
        return Crosswalk.of(published)


def test_a_renamed_copy_is_derivable_and_worth_stopping(given: Crosswalk) -> None:
    own = given.compared[0]
    pair = given.pair(own, "copy")
    assert (pair.tells, pair.rand, pair.right) == (1.0, 1.0, 1.0)
    assert pair.is_derivable
    assert "could be derived from" in findings.use_sentence(pair)
    assert findings.next_steps(given, pair)[0].title.startswith("Stop keeping up")


def test_names_that_clash_and_customers_nobody_knows_are_kept_apart(given: Crosswalk) -> None:
    own = given.compared[0]
    assert f"{own} (given)" in given.compared
    assert "Copy of nobody" not in set(given.segments["segment"])


def test_too_many_segments_are_left_out_with_the_reason(given: Crosswalk) -> None:
    row = given.segmentations.set_index("key").loc["postcode"]
    assert row["left_out"] == "It has 200 segments; up to 30 are laid beside others."
    assert "postcode" not in given.compared


def test_a_small_given_group_is_hidden_everywhere(given: Crosswalk) -> None:
    few = given.segments[given.segments["key"] == "few"]
    assert few["suppressed"].all()  # of two groups, the other would tell
    for pair in _pairs_with(given, "few"):
        assert pair.cells.loc[pair.cells["segment"] == "Four", "customers"].isna().any()
        assert not pair.cells["customers"].between(1, 9).any()


def test_how_few_are_not_placed_follows_from_no_number(given: Crosswalk) -> None:
    row = given.segmentations.set_index("key").loc["missing"]
    assert np.isnan(row["customers"])
    assert row["coverage"] == 0.98
    for pair in _pairs_with(given, "missing"):
        assert pair.customers is None
        assert "in both" not in findings.pair_finding(pair)
        outside = pair.cells[(pair.cells["segment"] == NOT_PLACED) & (pair.cells["customers"] > 0)]
        assert outside.empty


def test_one_of_whom_nobody_has_bought_is_left_out(given: Crosswalk) -> None:
    row = given.segmentations.set_index("key").loc["elsewhere"]
    assert row["left_out"].startswith("None of its customers has bought")


def test_a_version_that_was_replaced_is_beside_the_one_now(tmp_path: Path) -> None:
    folder = write_workspace(tmp_path / "shop", make_transactions(customers=200, rich=False))
    Workspace(folder).build()
    definition = folder / "segmentation.toml"
    text = definition.read_text(encoding="utf-8")
    definition.write_text(text.replace("k = 3", "k = 2"), encoding="utf-8")
    Workspace(folder).build()
    with Workspace(folder).open() as published:
        crosswalk = Crosswalk.of(published)
        name = crosswalk.compared[0]
        pair = crosswalk.pair(f"{name} v001", name)
        assert (pair.one["kind"], pair.customers) == ("former", 200)
        assert pair.tells > pair.told_by  # three segments tell more of two than two of three
        with pytest.raises(StoreError, match="former version"):
            disagreeing(published, pair)
    assert f"{name} v001" not in {lead.key for lead in findings.architecture(crosswalk)}


def _pairs_with(crosswalk: Crosswalk, key: str) -> list[Pair]:
    return [crosswalk.pair(key, other) for other in crosswalk.compared if other != key]
