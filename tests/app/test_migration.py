from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import queries
from app.access import AccessError
from segmodel.drift.migration_rules import CHANGES, STEPS
from segmodel.drift.migration_store import CHECK, FORECAST, RETAINED
from segmodel.engines import Engine
from segmodel.store import append_table
from tests.app import made
from tests.app.test_pages import figures, text, title

Opened = Callable[..., AppTest]
BEFORE, LATEST = dt.date(2025, 6, 30), dt.date(2026, 6, 30)


def add(folder: Path, **frames: pd.DataFrame) -> None:
    """Put tables into the published build, as a build of the whole workspace would."""
    kinds = {"migration_retained": RETAINED, "migration_forecast": FORECAST, "migration_check": CHECK}
    kinds |= {"rule_steps": STEPS, "rule_changes": CHANGES}
    with Engine.open(next((folder / "store").glob("*.duckdb"))) as engine:
        for name, frame in frames.items():
            append_table(engine, name, kinds[name], "behaviour", frame.reindex(columns=list(kinds[name])))


def check(*, is_shown: bool) -> pd.DataFrame:
    row = {"flows": 12, "months_tested": 12, "error": 0.0055 if is_shown else 0.0084, "error_unchanged": 0.0073}
    return pd.DataFrame([row | {"is_shown": is_shown, "reason": "" if is_shown else "No better."}])


def sizes() -> pd.DataFrame:
    rows = [
        {
            "months_ahead": ahead,
            "snapshot": pd.Timestamp(LATEST) + pd.offsets.MonthEnd(ahead),
            "segment": f"s{place}",
            "customers": 100.0,
            "share": 0.2 + 0.01 * ahead * (place == 1),
            "share_low": 0.2 + 0.009 * ahead * (place == 1) - 0.001 * ahead,
            "share_high": 0.2 + 0.011 * ahead * (place == 1) + 0.001 * ahead,
            "suppressed": False,
        }
        for ahead in range(13)
        for place in range(1, 6)
    ]
    return pd.DataFrame(rows)


def test_the_title_says_who_stayed_who_went_where_and_with_what(opened: Opened) -> None:
    page = opened("migration")
    assert not page.exception
    # 1,240 were there: 1,004 stayed, 124 went to gift givers with £10 each
    assert title(page) == (
        "Of 1,240 Fading $ub*scribers a year earlier, 81% stayed; 10% became Gift givers, taking £1,240 with them"
    )
    said = text(page)
    # 20 + 112 + 124 of 2,010; £20 + £11,200 + £1,240
    assert "256 of 2,010 customers changed segment between 30 June 2025 and 30 June 2026, worth £12.5k" in said
    assert "100 were new" in said
    assert "30 of 1,240 Fading $ub*scribers who had ordered in the window up to 30 June 2025 had not" in said
    assert "Fading $ub*scribers kept fewest: 81%" in said


def test_figures_are_named_and_the_tables_behind_have_the_flows(opened: Opened) -> None:
    page = opened("migration")
    assert figures(page)[0]["data"][0]["type"] == "sankey"
    assert all(chart.proto.alt for chart in page.get("plotly_chart"))
    page.session_state["table_Flows"] = page.session_state["table_Matrix of flows"] = True
    page.run()
    flows, matrix = page.table[0].value, page.table[1].value
    row = [str(cell).replace("\\", "") for cell in flows[flows.iloc[:, 2] == "124"].iloc[0]]
    assert row == ["Fading $ub*scribers", "Gift givers", "124", "10%", "£1,240", "£1,240"]
    assert matrix.iloc[-1, 1:6].tolist() == ["240", "150", "472", "224", "1,024"]


def test_any_two_dates_can_be_linked_to(opened: Opened) -> None:
    page = opened("migration", snapshot="2025-12-31", compare_to="2025-06-30")
    assert title(page) == "Of 2,010 customers 6 months earlier, nobody changed segment"


def test_filters_do_not_apply_and_the_page_says_so(opened: Opened) -> None:
    page = opened("migration", filter_main_channel="web")
    assert "the filter Main channel: web does not apply here" in text(page)
    assert "1,240" in title(page)


def test_without_an_earlier_date_the_page_says_what_is_missing(
    opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = opened("migration", compare_to="none")
    assert title(page) == "Who moved cannot be told of one date"
    assert "Choose a date under **Compared with**" in text(page)
    monkeypatch.setattr(made, "SNAPSHOTS", made.SNAPSHOTS[-1:])
    monkeypatch.setattr(made, "COMPLETE", (True,))
    made.write_workspace(tmp_path / "young")
    monkeypatch.setenv("SEGMODEL_WORKSPACE", str(tmp_path / "young"))
    young = opened("migration")
    assert not young.exception
    assert "This build has one date only" in text(young)


def test_a_date_whose_window_is_not_full_is_not_compared(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(made, "COMPLETE", (False, False, False))
    made.write_workspace(tmp_path / "short")
    monkeypatch.setenv("SEGMODEL_WORKSPACE", str(tmp_path / "short"))
    page = opened("migration")
    assert not page.exception
    assert "do not fill the window of 30 June 2026" in text(page)


def test_sizes_to_expect_are_drawn_only_where_flows_predicted_better(folder: Path, opened: Opened) -> None:
    add(folder, migration_check=check(is_shown=True), migration_forecast=sizes())
    page = opened("migration")
    assert not page.exception
    said = text(page)
    assert "Daily regulars would go from 20% to 32% of customers by June 2027" in said
    assert "shares were off by 0.55 points on average; saying that nothing changes was off by 0.73" in said
    dashes = {trace.get("line", {}).get("dash") for trace in figures(page)[-1]["data"]}
    assert "dot" in dashes


def test_a_forecast_that_is_no_better_is_not_drawn(folder: Path, opened: Opened) -> None:
    add(folder, migration_check=check(is_shown=False))
    page = opened("migration")
    assert "Where flows lead cannot be told" in text(page)
    assert "off by 0.84 points" in text(page)
    assert "do not predict better than no change" in text(page)
    assert len(figures(page)) == 2


def test_people_who_moved_are_told_apart_from_new_rules(folder: Path, opened: Opened) -> None:
    step = {"from_version": "v002", "to_version": "v003", "changed_on": pd.Timestamp("2026-06-12"), "reason": ""}
    add(folder, rule_steps=pd.DataFrame([step | {"customers": 2010, "moved": 112, "value_moved": 900.0}]))
    said = text(opened("migration"))
    assert "v003 took the place of v002 on 12 June 2026. The rules alone put 112 of 2,010 customers" in said
    assert "By today's rules 256 customers moved since 30 June 2025; apart from that" in said


def test_rules_that_cannot_be_compared_say_why(folder: Path, opened: Opened) -> None:
    step = {"from_version": "v002", "to_version": "v003", "changed_on": pd.Timestamp("2026-06-12")}
    add(folder, rule_steps=pd.DataFrame([step | {"reason": "v002 needs web_share, which is not computed any more."}]))
    assert "Whom it moved cannot be told: v002 needs web_share" in text(opened("migration"))


def test_who_stayed_is_drawn_over_the_months_that_can_be_shown(folder: Path, opened: Opened) -> None:
    rows = [
        (
            months,
            after,
            f"s{place}",
            100,
            None if months == 1 else 90,
            *([None] * 3 if months == 1 else (0.9, 0.8, 0.95)),
        )
        for months in (1, 12)
        for after in ("2026-05-31", "2026-06-30")
        for place in range(1, 5)
    ]
    names = ["months", "after", "segment", "customers", "stayed"]
    names += ["retained_share", "retained_share_low", "retained_share_high"]
    add(folder, migration_retained=pd.DataFrame(rows, columns=names).assign(before="2025-06-30"))
    said = text(opened("migration"))
    assert "Over a year segments kept 90% of their customers" in said
    assert "Hidden at most dates, as too few moved: Fading $ub*scribers." in said


def test_the_list_of_who_moved_is_for_analysts_and_checked_where_it_is_read(
    folder: Path, opened: Opened, signed_in: Callable[..., None]
) -> None:
    def labels(page: AppTest) -> list[str]:
        return [button.proto.label for button in page.get("download_button")]

    signed_in("zoe@example.com")
    assert labels(opened("migration")) == ["Download as CSV"]
    key = queries.current_build(folder)
    assert key is not None
    with pytest.raises(AccessError, match="analyst"):
        queries.movers(key, "behaviour", BEFORE, LATEST)
    signed_in("ben@example.com")
    assert labels(opened("migration")) == ["Who moved, as CSV", "Download as CSV"]
    found = queries.movers(key, "behaviour", BEFORE, LATEST)
    assert list(found) == ["customer_id", "segment_before", "segment_after", "value_before", "value"]
    assert len(found) == 256 + 100
    assert found["segment_before"].value_counts()["New"] == 100
