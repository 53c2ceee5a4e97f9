"""What the generator planted in the sample's survey and shops is told by the build's opportunities."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from segmodel.opportunities import findings, white_space
from segmodel.store import PublishedBuild
from segmodel.workspace import Workspace
from tests.support.real_data import REPOSITORY

SAMPLE = REPOSITORY / "data" / "sample"


@pytest.fixture
def published(request: pytest.FixtureRequest) -> Iterator[PublishedBuild]:
    if not (SAMPLE / "data").is_dir():
        pytest.skip("the sample is not there: data/sample/generate.py makes it")
    with Workspace(request.getfixturevalue("built_sample")).open() as opened:
        yield opened


def named(published: PublishedBuild, segmentation: str) -> pd.DataFrame:
    segments = published.segments(segmentation)
    names = dict(zip(segments["segment"], segments["name"], strict=True))
    return published.opportunities(segmentation).assign(segment=lambda rows: rows["segment"].map(names).fillna(""))


def above(rows: pd.DataFrame, need: str) -> set[str]:
    return set(rows.loc[(rows["need"] == need) & rows["is_above"], "segment"])


def test_scores_are_those_of_the_raw_answers(published: PublishedBuild) -> None:
    given = pd.read_csv(SAMPLE / "data" / "survey.csv.gz", dtype=str)
    given = given.assign(answer=pd.to_numeric(given["answer"], errors="coerce"))
    wide = given.pivot_table(index="customer_id", columns="item", values="answer")
    truth = pd.read_csv(SAMPLE / "truth" / "needs.csv.gz", dtype={"customer_id": str}).set_index("customer_id")
    counted = published.engine.frame(
        "SELECT customer_id FROM assignments WHERE segmentation = 'behaviour' AND is_counted "
        "AND snapshot = (SELECT max(snapshot) FROM snapshots)"
    )["customer_id"]
    straight = truth.index[truth["straight_liner"]]
    wide = wide[wide.index.isin(counted) & ~wide.index.isin(straight)]
    overall = named(published, "behaviour").query("segment == ''").set_index("need")
    assert len(overall) == 10
    for need, row in overall.iterrows():
        pairs = wide[[f"imp_{need}", f"sat_{need}"]].dropna() >= 6
        assert row["n"] == len(pairs)
        important, satisfied = 10 * pairs.mean()
        assert row["opportunity"] == pytest.approx(important + max(important - satisfied, 0))


def test_the_planted_needs_stand_out_in_their_groups(published: PublishedBuild) -> None:
    rows = named(published, "needs")
    assert above(rows, "delivery") == above(rows, "speed") == {"Ease first"}
    assert above(rows, "price") == above(rows, "offers") == {"Value hunters"}
    assert above(rows, "ethics") == {"Cause-minded"}
    assert above(rows, "freshness") == {"Craft seekers"}
    top = findings.standing_out(rows)
    assert set(top["segment"]) == {"Ease first", "Value hunters", "Cause-minded", "Craft seekers"}
    # freshness matters most to craft seekers, and is what the shops do best: it is no lack of theirs
    craft = rows[(rows["segment"] == "Craft seekers") & (rows["need"] == "advice")].iloc[0]
    assert craft["importance_low"] > craft["satisfaction_high"]


def test_subscribers_feel_that_deliveries_slip(published: PublishedBuild) -> None:
    rows = named(published, "behaviour")
    assert "Fading subscribers" in above(rows, "delivery")
    satisfied = rows[rows["need"] == "delivery"].set_index("segment")["satisfaction"].drop("")
    assert satisfied.idxmin() == "Fading subscribers"


def test_who_buys_what_is_told_of_the_market(published: PublishedBuild) -> None:
    market, categories = published.market("behaviour")
    segments = published.segments("behaviour")
    names = dict(zip(segments["segment"], segments["name"], strict=True))
    space = white_space(market, published.opportunities("behaviour"), categories).set_index("name")
    assert space["kind"].value_counts().to_dict() == {"need": 10, "category": 6}
    felt = {name: [names[segment] for segment in row["felt_by"]] for name, row in space.iterrows()}
    assert felt["gifts"] == ["Gift givers"]
    assert felt["café supplies"][0] == "Offices and cafés"
    assert space.loc["drinks", "unclaimed"] == pytest.approx(310 * (1 - 0.0022))
    assert (space["caveat"] == "").all()


def test_nothing_is_told_of_fewer_than_the_smallest_group(published: PublishedBuild) -> None:
    for name in published.segmentations()["name"]:
        rows = published.opportunities(name)
        assert rows.loc[~rows["suppressed"], "n"].min() >= 10
        assert rows.loc[rows["suppressed"], ["n", "importance", "opportunity"]].isna().all(axis=None)
        _, categories = published.market(name)
        told = categories.dropna(subset=["buyers"])
        others = told["customers"] - told["buyers"]
        assert ((told["buyers"] == 0) | (told["buyers"] >= 10)).all()
        assert ((others == 0) | (others >= 10)).all()
