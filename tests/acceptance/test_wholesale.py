"""A wholesaler's clients: two groups that a B2B user recognises, found by what they buy."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segmodel.workspace import Workspace
from tests.support.real_data import real_data
from tests.support.workspaces import write_workspace

GOODS = ["Fresh", "Milk", "Grocery", "Frozen", "Detergents_Paper", "Delicassen"]
CLIENTS = f"""
[sources.customers]
path = "clients.csv"
[[segmentation]]
name = "clients"
basis = "demographic"
k = 2
features = {GOODS}
"""


@pytest.mark.real_data
def test_two_groups_of_clients_are_found_and_told(tmp_path: Path) -> None:
    clients = pd.read_csv(real_data("wholesale/wholesale_customers.csv"))
    clients.insert(0, "customer_id", [f"client {place}" for place in range(len(clients))])
    lines = clients[["customer_id"]].assign(ordered_at="2014-12-31", amount=clients[GOODS].sum(axis=1))
    write_workspace(tmp_path, lines, settings="history_months = 0", segmentations=CLIENTS)
    clients[["customer_id", *GOODS]].to_csv(tmp_path / "clients.csv", index=False)
    workspace = Workspace(tmp_path)
    workspace.build()
    with workspace.open() as published:
        found = published.engine.frame("SELECT customer_id, segment FROM assignments").set_index("customer_id")
        names = published.segments("clients").set_index("segment")["name"]
    # the reference: k-means, k = 2, on the logarithms of spend, against the channel of each client
    by_channel = found.loc[clients["customer_id"], "segment"]
    assert adjusted_rand_score(by_channel, clients["Channel"]) >= 0.51
    # channel 2 is retail, which buys groceries, paper and milk; channel 1 hotels, restaurants and cafés
    retail = pd.crosstab(by_channel.to_numpy(), clients["Channel"].to_numpy())[2].idxmax()
    assert "grocery" in names[retail].lower()
    assert names[retail].startswith("High")
    told = workspace.compare_numbers("clients", [2, 3])
    assert told.recommended is None  # one cloud: a division people may ask for, not one to be discovered
    paragraphs = [told.paragraph(2, segment) for segment in (1, 2)]
    (retailers,) = [text for text in paragraphs if text.startswith("High")]
    assert "about 43% of customers" in retailers
    assert "Grocery 5.0 times that of the others" in retailers
