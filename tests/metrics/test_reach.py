"""Reachability: who agreed and can be matched, by columns named or guessed."""

from __future__ import annotations

import pandas as pd
import pytest

from segmodel.definition import parse_definition
from segmodel.engines import Engine
from segmodel.errors import FeatureError
from segmodel.metrics import compute_reach


def reach(customers: pd.DataFrame | None, **settings: object) -> pd.DataFrame:
    """Return the table for 80 customers in two segments."""
    definition = parse_definition(
        {
            "name": "Shop",
            "sources": {"transactions": {"path": "t.csv"}},
            "segmentation": [{"name": "value", "method": "value_tiers"}],
            "reach": settings,
        }
    )
    ids = [f"c{number:02d}" for number in range(80)]
    rows = pd.DataFrame({"customer_id": ids, "segment": ["s1"] * 35 + ["s2"] * 45})
    with Engine.open(None) as engine:
        with engine.loaded("given", rows):
            engine.execute(
                "CREATE TABLE assignments AS SELECT 'value' AS segmentation, DATE '2026-01-31' AS snapshot, "
                "customer_id, segment, TRUE AS is_counted FROM given"
            )
        engine.execute("CREATE TABLE snapshots AS SELECT DATE '2026-01-31' AS snapshot")
        if customers is not None:
            with engine.loaded("given", customers.assign(customer_id=ids)):
                engine.execute("CREATE TABLE customers AS SELECT * FROM given")
        compute_reach(engine, "value", definition)
        return engine.frame("SELECT * FROM segment_reach ORDER BY segment").set_index("segment")


AGREED = ["yes"] * 20 + ["no"] * 15 + ["TRUE"] * 25 + [None] * 20
EMAILS = ["a@example.com"] * 19 + [""] * 16 + ["b@example.com"] * 45


def test_reachable_are_those_who_agreed_and_have_a_key() -> None:
    found = reach(pd.DataFrame({"email_consent": AGREED, "email": EMAILS, "region": "north"}), match_rate=0.5)
    assert found["customers"].to_dict() == {"": 80, "s1": 35, "s2": 45}
    assert found.loc["", ["consented", "reachable", "expected"]].tolist() == [45, 44, 22.0]


def test_few_who_cannot_be_reached_are_not_told() -> None:
    nearly_all = ["yes"] * 32 + ["no"] * 3 + ["yes"] * 45
    found = reach(pd.DataFrame({"email_consent": nearly_all, "email": "a@example.com"}))
    assert found.loc[["", "s1"], "reachable"].isna().all()


def test_columns_may_be_named() -> None:
    found = reach(pd.DataFrame({"ok": AGREED, "address": "1 High Street"}), consent=["ok"], match_keys=["address"])
    assert found.loc["", "reachable"] == 45


def test_without_such_columns_nothing_is_known() -> None:
    for customers in (None, pd.DataFrame({"region": ["north"] * 80})):
        found = reach(customers)
        assert found["reachable"].isna().all()
        assert found.loc["", "customers"] == 80


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(FeatureError, match=r"reach.consent names email_consnt.*Did you mean 'email_consent'"):
        reach(pd.DataFrame({"email_consent": AGREED, "email": EMAILS}), consent=["email_consnt"])


def test_a_column_of_those_who_refused_is_no_consent() -> None:
    refused = dict.fromkeys(("unsubscribed", "no_consent", "consent_withdrawn", "opt_out"), AGREED)
    found = reach(pd.DataFrame({**refused, "email": EMAILS}))
    assert found["consented"].isna().all()
