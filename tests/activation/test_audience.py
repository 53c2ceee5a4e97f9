from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable

import pandas as pd
import pytest

from segmodel.activation import Audience, AudienceRequest, Funnel, People, is_held_out
from segmodel.errors import ActivationError, SegmodelError, StoreError
from segmodel.workspace import Workspace
from tests.activation.made import SECTION, everybody, members, rows_of

Activate = Callable[..., Workspace]


def funnel_of(workspace: Workspace, request: AudienceRequest) -> Funnel:
    with workspace.open() as published:
        people = People.load(published, workspace.definition, workspace.folder, with_keys=False)
    with people, Audience(people, request) as audience:
        return audience.funnel


def reconciles(funnel: Funnel) -> bool:
    steps = funnel.steps
    inside = all(step.entered == step.kept + sum(count for _, count in step.lost) for step in steps)
    return inside and all(before.kept == after.entered for before, after in itertools.pairwise(steps))


def expected_rows(workspace: Workspace, request: AudienceRequest) -> pd.DataFrame:
    """Who is given out, told by plain pandas and hashlib."""
    known = pd.read_csv(workspace.folder / "customers.csv", dtype=str, keep_default_na=False)
    frame = members(workspace).merge(known, on="customer_id")
    email = frame["email"].str.strip().str.lower()
    is_address = email.str.fullmatch(r"[^@ ]+@[^@ .]+(\.[^@ .]+)+")
    gmail = email.str.endswith("@gmail.com")
    local = email.str.split("@").str[0].str.split("+").str[0].str.replace(".", "")
    email = email.where(~gmail, local + "@gmail.com")
    phone = "+44" + frame["phone"].str.replace(" ", "").str.removeprefix("0")
    agreed = frame["email_consent"] == "yes"
    hashed = {
        "email_sha256": email.where(agreed & is_address),
        "phone_sha256": phone.where(agreed & (frame["sms_consent"] == "true") & (frame["phone"] != "")),
    }
    for name, key in hashed.items():
        frame[name] = [None if pd.isna(each) else hashlib.sha256(each.encode()).hexdigest() for each in key]
    kept = frame["email_sha256"].notna() | frame["phone_sha256"].notna()
    kept &= ~frame["customer_id"].map(lambda each: is_held_out(request.holdout_seed, each, request.holdout))
    columns = ["customer_id", "segment", "email_sha256", "phone_sha256"]
    return frame.loc[kept, columns].sort_values("customer_id", ignore_index=True)


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert list(found) == list(expected)
    assert found.fillna("").to_numpy().tolist() == expected.fillna("").to_numpy().tolist()


@pytest.mark.parametrize("holdout", [0.0, 0.25])
def test_rows_are_those_that_plain_python_finds(activate: Activate, holdout: float) -> None:
    workspace = activate()
    request = everybody(workspace, holdout=holdout)
    expected = expected_rows(workspace, request)
    assert len(expected) > 50
    same(rows_of(workspace, request), expected)
    assert funnel_of(workspace, request).given == len(expected)


def test_every_customer_is_kept_or_lost_for_one_reason(activate: Activate) -> None:
    workspace = activate()
    request = everybody(workspace, "value>=20", "recency <= 300", "risk < 90%", holdout=0.1)
    funnel = funnel_of(workspace, request)
    assert reconciles(funnel)
    everyone = members(workspace)
    assert funnel.in_segment == len(everyone)
    by_step = {step.key: step for step in funnel.steps}
    value = dict(by_step["conditions"].lost)["value below 20"]
    assert value == (everyone["value"].round(2) < 20).sum()
    reasons = dict(by_step["consented"].lost)
    assert set(reasons) <= {"not among the customers any more", "did not agree"}
    assert [step.key for step in funnel.steps] == [
        "segment", "conditions", "certain", "consented", "allowed", "matchable", "not_held_out", "above_minimum",
    ]  # fmt: skip


def test_unknown_customers_and_what_nobody_said_count_as_not_agreed(activate: Activate) -> None:
    workspace = activate()
    lost = dict(next(step for step in funnel_of(workspace, everybody(workspace)).steps if step.key == "consented").lost)
    known = pd.read_csv(workspace.folder / "customers.csv", dtype=str, keep_default_na=False).set_index("customer_id")
    ids = members(workspace)["customer_id"]
    assert lost["not among the customers any more"] == (~ids.isin(known.index)).sum() == 5
    said = known.loc[ids[ids.isin(known.index)], "email_consent"]
    assert lost["did not agree"] == (said != "yes").sum()


def test_ids_that_are_numbers_in_one_place_and_text_in_another_are_the_same(activate: Activate) -> None:
    workspace = activate()
    folder = workspace.folder
    orders = pd.read_csv(folder / "transactions.csv")
    orders["customer_id"] = orders["customer_id"].str[1:].astype(int) + 17_000
    orders.to_csv(folder / "transactions.csv", index=False)
    known = pd.read_csv(folder / "customers.csv").iloc[:-1]
    known["customer_id"] = known["customer_id"].str[1:].astype(float) + 17_000
    known.to_parquet(folder / "customers.parquet", index=False)
    blocked = known["customer_id"].iloc[:40]
    blocked.to_frame().to_csv(folder / "blocked.csv", index=False)
    definition = folder / "segmentation.toml"
    definition.write_text(definition.read_text().replace("customers.csv", "customers.parquet"))
    workspace = Workspace(folder)
    workspace.build()
    before = rows_of(workspace, everybody(workspace))
    assert len(before) > 50
    definition.write_text(
        definition.read_text().replace('country = "GB"', 'country = "GB"\nsuppression = ["blocked.csv"]')
    )
    after = rows_of(Workspace(folder), everybody(workspace))
    gone = set(before["customer_id"]) - set(after["customer_id"])
    assert gone == set(before["customer_id"]) & {str(int(each)) for each in blocked}
    assert gone


@pytest.mark.parametrize("kind", ["email", "phone", "email_sha256", "customer_id"])
def test_whoever_is_on_a_suppression_list_is_not_given_out(activate: Activate, kind: str) -> None:
    workspace = activate()
    before = rows_of(workspace, everybody(workspace))
    known = pd.read_csv(workspace.folder / "customers.csv", dtype=str, keep_default_na=False).set_index("customer_id")
    has_both = before.dropna()["customer_id"].iloc[:5]
    listed = {
        "email": known.loc[has_both, "email"].str.upper(),
        "phone": "+44 " + known.loc[has_both, "phone"].str[1:],
        "email_sha256": before.set_index("customer_id").loc[has_both, "email_sha256"].str.upper(),
        "customer_id": has_both,
    }
    rows = [*listed[kind], "", "unknown@example.com"]
    pd.DataFrame({kind: rows}).to_csv(workspace.folder / "stop.csv", index=False)
    activate(SECTION.replace('country = "GB"', 'country = "GB"\nsuppression = ["st*.csv"]'))
    after = rows_of(Workspace(workspace.folder), everybody(workspace))
    assert set(before["customer_id"]) - set(after["customer_id"]) == set(has_both)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ('consent = "email_consent"', 'consent = "mail_consent"'),
            "mail_consent, which customers does not have.*Did you mean",
        ),
        (('column = "email"', 'column = "emial"'), "emial, which customers does not have.*Did you mean 'email'"),
        (('country = "GB"', 'suppression = ["gone.csv"]'), r"activation\.suppression:.*gone\.csv"),
        (
            ('country = "GB"', 'suppression = ["customers.csv", "odd.csv"]'),
            r"'odd\.csv' has the columns fruit; expected",
        ),
        (('consent = "email_consent"\n', ""), "agreed, but not for"),
    ],
)
def test_what_is_wrong_is_named_and_nobody_is_let_through(
    activate: Activate, change: tuple[str, str], message: str
) -> None:
    workspace = activate(SECTION.replace(*change))
    (workspace.folder / "odd.csv").write_text("fruit\napple\n")
    if "agreed" in message:  # without a general column only keys with one of their own are used
        rows = rows_of(workspace, everybody(workspace))
        assert rows["email_sha256"].isna().all()
        assert len(rows) > 20
        return
    with pytest.raises(SegmodelError) as caught:
        rows_of(workspace, everybody(workspace))
    assert re.search(message, str(caught.value)), str(caught.value)


def test_nobody_is_given_out_where_no_column_says_who_agreed(activate: Activate) -> None:
    workspace = activate("[activation]\n")
    with pytest.raises(ActivationError, match=r"does not say who agreed.*without_consent = true"):
        rows_of(workspace, everybody(workspace))
    workspace = activate("[activation]\nwithout_consent = true\n")
    rows = rows_of(workspace, everybody(workspace, keys="plain"))
    assert list(rows.columns) == ["customer_id", "segment"]
    assert len(rows) == len(members(workspace)) - 5


def test_an_audience_below_the_minimum_is_given_to_nobody(activate: Activate) -> None:
    workspace = activate()
    count = funnel_of(workspace, everybody(workspace)).given
    assert funnel_of(workspace, everybody(workspace, minimum=count)).given == count
    funnel = funnel_of(workspace, everybody(workspace, minimum=count + 1))
    assert (funnel.given, reconciles(funnel)) == (0, True)
    assert rows_of(workspace, everybody(workspace, minimum=count + 1)).empty
    few = everybody(workspace, holdout=1 - 5 / count)
    assert 0 < next(step for step in funnel_of(workspace, few).steps if step.key == "not_held_out").kept < 10
    assert funnel_of(workspace, few).given == 0  # the workspace's smallest group


def test_segments_are_known_by_id_and_by_name_and_no_other(activate: Activate) -> None:
    workspace = activate()
    activation = workspace.definition.activation
    with workspace.open() as published:
        names = published.segments("value")["name"].tolist()
    by_name = AudienceRequest.of(activation, "value", names)
    assert funnel_of(workspace, by_name).given == funnel_of(workspace, everybody(workspace)).given
    with pytest.raises(StoreError, match="There is no segment 's77'"):
        funnel_of(workspace, AudienceRequest.of(activation, "value", ["s77"]))
    with pytest.raises(StoreError, match="Did you mean 'value'"):
        funnel_of(workspace, AudienceRequest.of(activation, "values", ["s1"]))


def test_a_preview_shows_no_keys_to_those_who_may_not_have_them(activate: Activate) -> None:
    workspace = activate()
    with workspace.open() as published:
        people = People.load(published, workspace.definition, workspace.folder)
    with people, Audience(people, everybody(workspace)) as audience:
        assert list(audience.preview(5, with_keys=False)) == ["customer_id", "segment"]
        shown = audience.preview(5, with_keys=True)
        assert len(shown) == 5
        assert shown["email_sha256"].dropna().str.fullmatch("[0-9a-f]{64}").all()
    with workspace.open() as published:
        flags = People.load(published, workspace.definition, workspace.folder, with_keys=False)
    with flags:
        assert not [name for name in flags.engine.columns("known") if name.startswith("key")]
        assert not {"customers", "suppressed_email"} & set(flags.engine.tables())


@pytest.mark.parametrize("text", ["value", "value>=", "price>3", "risk>50", "value=>3", ""])
def test_a_condition_that_cannot_be_read_says_what_can(activate: Activate, text: str) -> None:
    with pytest.raises(ActivationError, match=r"condition|lies between"):
        everybody(activate(), text)
