"""A shop whose customers have contact data, and what tests know of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from segmodel.activation import Audience, AudienceRequest, People
from segmodel.definition import FILE_NAME
from segmodel.workspace import Workspace
from tests.support.workspaces import make_transactions, write_workspace

SECTION = """
[activation]
consent = "email_consent"
country = "GB"
certain_from = 0.0

[[activation.match_key]]
column = "email"
kind = "email"

[[activation.match_key]]
column = "phone"
kind = "phone"
consent = "sms_consent"

[[activation.audience]]
name = "best"
segmentation = "value"
segments = ["s1", "s2", "s3", "s4", "s5"]
"""

_MARK = "# audiences\n"


def make_customers(transactions: pd.DataFrame) -> pd.DataFrame:
    """Return customers with contact data of every kind of quality; some are unknown, one never bought."""
    random = np.random.default_rng(7)
    ids = sorted(transactions["customer_id"].unique())[5:]  # of five nobody knows anything any more
    ids.append("never-bought")
    count = len(ids)
    emails = np.array([f" Person.{number}@Example.com" for number in range(count)], dtype=object)
    emails[::7] = ""
    emails[3::11] = "no address"
    emails[5::13] = [f"some.{number}+tag@GMAIL.com" for number in range(len(emails[5::13]))]
    phones = np.array([f"07911 {number:06d}" for number in range(count)], dtype=object)
    phones[::3] = ""
    return pd.DataFrame(
        {
            "customer_id": ids,
            "email": emails,
            "phone": phones,
            "email_consent": random.choice(["yes", "no", ""], count, p=[0.7, 0.2, 0.1]),
            "sms_consent": random.choice(["true", "false"], count),
        }
    )


def build_shop(folder: Path) -> Path:
    """Write and build a workspace with contact data."""
    transactions = make_transactions(customers=260, rich=False)
    write_workspace(
        folder,
        transactions,
        settings="history_months = 2",
        segmentations=f'[[segmentation]]\nname = "value"\nbasis = "value"\nmethod = "value_tiers"\n{_MARK}{SECTION}',
    )
    make_customers(transactions).to_csv(folder / "customers.csv", index=False)
    definition = folder / FILE_NAME
    text = definition.read_text().replace(
        "[[segmentation]]", '[sources.customers]\npath = "customers.csv"\n[[segmentation]]'
    )
    definition.write_text(text)
    Workspace(folder).build()
    return folder


def set_activation(folder: Path, section: str) -> None:
    """Replace the part of a definition about audiences."""
    definition = folder / FILE_NAME
    definition.write_text(definition.read_text().partition(_MARK)[0] + _MARK + section)


def everybody(workspace: Workspace, *conditions: str, **more: object) -> AudienceRequest:
    """Return a request for all customers."""
    segments = ("s1", "s2", "s3", "s4", "s5")
    return AudienceRequest.of(workspace.definition.activation, "value", segments, conditions, **more)


def rows_of(workspace: Workspace, request: AudienceRequest) -> pd.DataFrame:
    """Return the rows that are given out, by customer."""
    with workspace.open() as published:
        people = People.load(published, workspace.definition, workspace.folder, platform=request.platform)
    with people, Audience(people, request) as audience:
        rows = people.engine.frame(f"SELECT * FROM ({audience.rows_sql()}) ORDER BY customer_id")
    return rows.reset_index(drop=True)


def members(workspace: Workspace) -> pd.DataFrame:
    """Return who is where in the published build, read on its own way."""
    with workspace.open() as published:
        return published.engine.frame(
            "SELECT customer_id, segment, value::DOUBLE AS value, days_since_last FROM assignments "
            "WHERE segmentation = 'value' AND snapshot = (SELECT max(snapshot) FROM snapshots)"
        )
