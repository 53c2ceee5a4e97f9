from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from segmodel.alerts import Alert, failed_build, look_at
from segmodel.definition import Definition, parse_definition
from segmodel.errors import DefinitionError, SourceError
from segmodel.store import PublishedBuild
from segmodel.workspace import Workspace
from tests.app.made import write_workspace
from tests.app.made_value import change


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_workspace(tmp_path / "brand")
    return tmp_path / "brand"


@pytest.fixture
def published(folder: Path) -> Iterator[PublishedBuild]:
    with Workspace(folder).open() as published:
        yield published


def defined(**alerts: object) -> Definition:
    return parse_definition(
        {
            "name": "Harbour",
            "sources": {"transactions": {"path": "none.csv"}},
            "segmentation": [{"name": "behaviour", "features": ["frequency"]}],
            "alerts": alerts,
        }
    )


def rule(**settings: object) -> Definition:
    return defined(rule=[{"metric": "customers", "change": "10%", "minimum_base": 30, **settings}])


def alerts_in(published: PublishedBuild, definition: Definition) -> tuple[Alert, ...]:
    return look_at(published, definition).alerts


def test_segments_that_need_a_look_and_reviews_that_are_due_are_told(published: PublishedBuild) -> None:
    found = {alert.key: alert for alert in alerts_in(published, defined(dashboard="https://segments.example/"))}
    assert set(found) == {
        "drift/behaviour/s2", "drift/behaviour/s5", "review/behaviour", "review/value"
    }  # fmt: skip
    unfit = found["drift/behaviour/s5"]
    assert unfit.severity == "unfit"
    assert unfit.title.endswith("no longer fits")
    assert "28% less often" in unfit.evidence
    assert unfit.link == "https://segments.example/drift?segmentation=behaviour&segment=s5"
    assert found["drift/behaviour/s2"].severity == "watch"
    assert found["review/behaviour"].evidence == "It was due in September 2025, and the data go on to June 2026."


def test_segments_that_would_not_be_found_again_are_told(folder: Path) -> None:
    change(folder, "UPDATE drift_summary SET refit_differs = (segmentation = 'behaviour')")
    with Workspace(folder).open() as published:
        found = {alert.key for alert in alerts_in(published, defined())}
    assert "refit/behaviour" in found
    assert "refit/value" not in found


def test_rows_left_out_are_told_from_the_share_the_definition_says(published: PublishedBuild) -> None:
    keys = {alert.key for alert in alerts_in(published, defined(quarantined_from=0.001))}
    assert "quarantine/transactions" in keys  # 150 of 150,000
    assert "quarantine/customers" not in keys
    assert not any(alert.key.startswith("quarantine/") for alert in alerts_in(published, defined()))


def test_changes_asked_for_are_told_with_their_base(published: PublishedBuild) -> None:
    metrics = published.segment_metrics("behaviour")
    first, last = (
        metrics[metrics["snapshot"] == day].set_index("segment")["value_share"]
        for day in (metrics["snapshot"].min(), metrics["snapshot"].max())
    )
    fell = {name for name in first.index if name and last[name] / first[name] - 1 <= -0.4}
    assert fell == {"s5"}
    found = alerts_in(published, rule(metric="value_share", change="-40%", against="year before"))
    changes = [alert for alert in found if alert.key.startswith("change/")]
    assert [alert.segment for alert in changes] == ["s5"]
    assert "16% in June 2025 to 8%" in changes[0].evidence
    assert "customers then" in changes[0].evidence


def test_a_change_in_the_other_direction_or_from_too_small_a_base_is_not_told(published: PublishedBuild) -> None:
    for settings in ({"change": "+40%"}, {"change": "-90%"}, {"change": "-40%", "minimum_base": 5_000}):
        found = alerts_in(published, rule(metric="value_share", against="year before", **settings))
        assert not any(alert.segment == "s5" for alert in found if alert.key.startswith("change/"))


@pytest.mark.parametrize(
    ("alerts", "words"),
    [
        ({"rule": [{"metric": "customers", "change": "-10%"}]}, "minimum_base: missing"),
        ({"rule": [{"metric": "customers", "change": "ten", "minimum_base": 5}]}, "a change in percent"),
        ({"webhook": [{"name": "a", "url": "http://example.com", "secret": "S"}]}, "https://"),
        ({"webhook": [{"name": "a", "url": "https://example.com", "secret": "my secret"}]}, "environment variable"),
        ({"mailbox": [{"name": "a", "to": ["x"], "sender": "a@b", "host": "h"}]}, "an e-mail address"),
    ],
)
def test_what_an_alert_cannot_do_without_is_asked_for(alerts: dict[str, object], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        defined(**alerts)


def test_a_failed_refresh_says_that_the_build_before_serves() -> None:
    alert = failed_build(
        str(SourceError("sources.transactions: the file is empty.")), defined().alerts, "2026-07-01T060012Z"
    )
    assert (alert.severity, alert.link, alert.build_id) == ("error", "/data", "2026-07-01T060012Z")
    assert "still shown" in alert.title
    assert alert.evidence == "sources.transactions: the file is empty."
