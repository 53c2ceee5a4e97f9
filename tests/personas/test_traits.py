from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.errors import StoreError
from segmodel.personas import Trait, difference_of, read_traits
from segmodel.personas.facts import NO, YES, mark_shares
from segmodel.reports import persona, personas
from segmodel.workspace import Workspace
from tests.support.workspaces import write_workspace

RULES = """
[[segmentation]]
name = "pace"
method = "rules"
[[segmentation.rules]]
segment = "Often"
when = { frequency = [10, ""] }
[[segmentation.rules]]
segment = "Seldom"
"""
ATTRIBUTES = '[sources.customers]\npath = "customers.csv"\n'
CUSTOMERS = 300


def shop(folder: Path, *, often: float = 0.4, segmentations: str = RULES) -> Path:
    """Write customers of whom some buy often; club membership goes with it, region and shoe size do not."""
    random = np.random.default_rng(6)
    number = np.arange(CUSTOMERS)
    is_often = number < often * CUSTOMERS
    orders = np.where(is_often, 14, 4)
    of = np.repeat(number, orders)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{one:04d}" for one in of],
            "ordered_at": pd.Timestamp("2025-01-05") + pd.to_timedelta(random.integers(0, 360, len(of)), "D"),
            "amount": random.lognormal(3, 0.4, len(of)).round(2),
        }
    )
    folder.mkdir(parents=True)
    pd.DataFrame(
        {
            "customer_id": [f"c{one:04d}" for one in number],
            "has_club_card": np.where(random.random(CUSTOMERS) < np.where(is_often, 0.8, 0.3), "yes", "no"),
            "region": random.choice(["North", "South", "West"], CUSTOMERS),
            "shoe_size": random.integers(36, 47, CUSTOMERS),
            "allergy": np.where(number < 6, "nuts", np.where(number % 2, "none", "unknown")),
            "gender": np.where(is_often, "f", "m"),
            "frequency": random.integers(0, 9, CUSTOMERS),  # means something else already
            "odd \"name\"; --": np.where(random.random(CUSTOMERS) < 0.5, "<b>it's</b>", "=1+1"),
            "name": [f"Person {one}" for one in number],
            "phone": random.permutation(900_000) [:CUSTOMERS] + 7_700_000_000,
        }
    ).to_csv(folder / "customers.csv", index=False)  # fmt: skip
    return write_workspace(folder, frame, settings="history_months = 0", segmentations=ATTRIBUTES + segmentations)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shop(tmp_path_factory.mktemp("traits") / "shop")
    Workspace(folder).build()
    return folder


def told(folder: Path, segmentation: str = "pace") -> dict[str, dict[str, Trait]]:
    with Workspace(folder).open() as published:
        names = published.segments(segmentation).set_index("segment")["name"]
        found = read_traits(published, segmentation)
    return {names[segment]: {trait.name: trait for trait in traits} for segment, traits in found.items()}


def test_what_goes_with_a_segment_is_told_with_its_index(built: Path) -> None:
    often = told(built)["Often"]
    people = pd.read_csv(built / "customers.csv", dtype=str)
    own, rest = people["has_club_card"][:120].eq("yes"), people["has_club_card"][120:].eq("yes")
    card = often["has_club_card"]
    assert (card.n, card.n_rest, card.value) == (120, 180, pytest.approx(own.mean()))
    assert card.index == pytest.approx(100 * own.mean() / rest.mean())
    assert (card.label, card.kind) == ("Club card: yes", "attribute")
    assert card.against == f"{own.mean():.0%}, {own.mean() / rest.mean():.1f}× the rest"
    assert often["frequency"].is_circular


def test_what_does_not_go_with_it_is_not(built: Path) -> None:
    names = {name.partition(" = ")[0] for traits in told(built).values() for name in traits}
    assert names & {"region", "shoe_size", "gender", "name", "phone", "allergy"} == set()


def test_who_somebody_is_is_not_looked_at(built: Path) -> None:
    with Workspace(built).open() as published:
        assert set(published.trait_columns()["name"]) & {"gender", "name", "phone"} == set()
        assert published.trait_columns()["name"].is_unique
        assert 'odd "name"; --' in set(published.trait_columns()["name"])
        assert published.left_out() == ("gender",)


def test_a_definition_may_allow_a_protected_attribute(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop", segmentations='[personas]\nallow = ["gender"]\n' + RULES)
    Workspace(folder).build()
    assert told(folder)["Often"]["gender = f"].value == 1.0
    with Workspace(folder).open() as published:
        assert published.left_out() == ()


def test_a_word_of_a_few_is_not_kept(built: Path) -> None:
    with Workspace(built).open() as published:
        shares, _ = published.trait_facts("pace")
        stored = published.engine.frame("SELECT * FROM traits")
    allergy = shares[shares["name"] == "allergy"]
    nuts = allergy[allergy["level"] == "nuts"]
    assert len(nuts) == 2
    assert nuts["count"].isna().all()
    # nor can they be told from the words beside theirs
    hidden = allergy[allergy["segment"] == "s1"]
    assert hidden["count"].isna().sum() >= 2
    assert not stored["name"].str.contains("nuts").any()


def test_those_who_are_few_are_hidden_with_the_cell_that_tells_them() -> None:
    rows = [
        ("s1", "card", YES, 3), ("s1", "card", NO, 60), ("s2", "card", YES, 40), ("s2", "card", NO, 80),
        ("s1", "region", "a", 4), ("s1", "region", "b", 29), ("s1", "region", "c", 30),
        ("s2", "region", "a", 60), ("s2", "region", "b", 30), ("s2", "region", "c", 30),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["segment", "name", "level", "count"]).assign(segmentation="made")
    found = mark_shares(frame, 10).set_index(["segment", "name", "level"])["hidden"]
    assert found[("s1", "card", YES)]
    assert found[("s2", "card", YES)]  # the total less these would tell those
    assert found[("s1", "region", "a")]
    assert found[("s1", "region", "b")]
    assert not found[("s1", "region", "c")]
    assert not found[("s2", "region", "c")]


def test_transactions_alone_are_enough(tmp_path: Path) -> None:
    folder = write_workspace(tmp_path / "shop", settings="history_months = 0")
    Workspace(folder).build()
    with Workspace(folder).open() as published:
        found = personas(published, "value")
        assert any(each.traits for each in found)
        assert published.left_out() == ()


def test_a_segment_without_traits_says_so(tmp_path: Path) -> None:
    everybody = '[[segmentation]]\nname = "all"\nmethod = "rules"\n[[segmentation.rules]]\nsegment = "All"\n'
    everybody += 'when = { frequency = ["", 1000] }\n'
    folder = shop(tmp_path / "shop", segmentations=everybody)
    Workspace(folder).build()
    with Workspace(folder).open() as published:
        only, nobody = personas(published, "all")
    assert (only.traits, only.top_traits) == ((), ())
    assert only.traits_note.startswith("Nothing that is known of customers sets All apart from the rest")
    assert only.customers == CUSTOMERS
    assert (nobody.name, nobody.customers, nobody.traits) == ("Everyone else", None, ())
    assert nobody.traits_note == "Nobody is in Everyone else now, or too few to be told of."


def test_a_persona_is_found_by_name_and_unknown_ones_are_refused(built: Path) -> None:
    with Workspace(built).open() as published:
        assert persona(published, "pace", "Often").customers == 120
        with pytest.raises(StoreError, match="There is no segment 'Oftn'"):
            persona(published, "pace", "Oftn")
        with pytest.raises(StoreError, match="There is no segment 'Oftn'"):
            difference_of(published, "pace", "Often", "Oftn")


def test_two_segments_differ_as_one_does_from_the_rest_where_there_are_two(built: Path) -> None:
    with Workspace(built).open() as published:
        pair = {trait.name: trait for trait in difference_of(published, "pace", "Often", "Seldom")}
    rest = told(built)["Often"]
    assert pair["has_club_card"].index == pytest.approx(rest["has_club_card"].index)
    assert pair["mean_gap_days"].sentence.endswith(
        ", Seldom every " + pair["mean_gap_days"].sentence.rpartition("every ")[2]
    )
