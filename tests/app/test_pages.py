from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import MAIN
from tests.app.made import CAUTION, COVERAGE, write_workspace

PAGES = (
    "home",
    "segments",
    "priorities",
    "value",
    "opportunities",
    "drift",
    "migration",
    "studio",
    "data",
    "definitions",
)


def text(page: AppTest) -> str:
    """Return everything a page writes, without the backslashes that keep it from being markup."""
    parts = [*page.title, *page.subheader, *page.markdown, *page.caption, *page.info, *page.error]
    return " ".join(str(part.value) for part in parts).replace("\\", "")


def title(page: AppTest) -> str:
    return str(page.title[0].value).replace("\\", "")


def figures(page: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


def tiles(page: AppTest) -> dict[str, str]:
    return {metric.label.replace("\\", ""): metric.value.replace("\\", "") for metric in page.metric}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_runs_without_an_exception(opened, name):
    page = opened(name)
    assert not page.exception
    assert not page.error
    assert len(page.title) == 1


@pytest.mark.parametrize("name", PAGES)
def test_no_page_writes_html_of_its_own(opened, name):
    assert not any(part.allow_html for part in opened(name).markdown)


def test_home_says_what_is_looked_at_and_what_was_found(opened):
    home = opened()
    assert title(home) == (
        "Two segments, 24% of customers, brought 61% of margin. "
        "Fading $ub*scribers fell from 16% to 8% of margin since June 2025."
    )
    assert "Harbour Coffee · Behaviour v003 · 6,000 customers · as of 30 June 2026" in text(home)


def test_home_shows_the_numbers_of_all_customers_with_their_definitions(opened):
    home = opened()
    assert tiles(home)["Customers"] == "6,000"
    assert tiles(home)["Margin, last 12 months"] == "£1.94m"
    assert all(metric.help for metric in home.metric)


def test_every_chart_has_a_name_our_template_and_a_footer(opened):
    for name in ("home", "segments"):
        page = opened(name)
        charts = page.get("plotly_chart")
        assert len(charts) >= 2
        for chart, figure in zip(charts, figures(page), strict=True):
            assert chart.proto.alt
            assert figure["layout"]["template"]["layout"]["paper_bgcolor"] == "#FFFFFF"
            footers = [note["text"] for note in figure["layout"]["annotations"] if "Confidential" in note["text"]]
            assert len(footers) == 1
            assert "n = 6,000 customers" in footers[0]


def test_tables_behind_charts_are_made_only_when_opened(opened):
    home = opened()
    assert not home.table
    home.session_state["table_Share gap"] = True
    home.run()
    assert len(home.table) == 1
    assert home.table[0].value.iloc[0, 1] == "18%"


def test_a_filter_changes_every_number(opened):
    home = opened()
    home.selectbox(key="choice_filter_main_channel").select("web").run()
    assert tiles(home)["Customers"] == "3,000"
    assert "Main channel: web · 3,000 customers" in text(home)


def test_a_group_too_small_to_show_is_hidden_everywhere(opened):
    home = opened(filter_main_channel="wholesale")
    assert not home.exception
    assert tiles(home)["Customers"] == "hidden"
    assert "9 customers" not in text(home)
    assert all("n = hidden" in json.dumps(figure, ensure_ascii=False) for figure in figures(home))
    segments = opened("segments", filter_main_channel="wholesale")
    assert "fewer than 10 customers" in text(segments)
    assert not segments.exception


def test_another_segmentation_has_its_own_segments(opened):
    segments = opened("segments")
    segments.selectbox(key="choice_segmentation").select("value").run()
    assert "Top half" in title(segments)
    assert not segments.exception


def test_an_earlier_snapshot_is_compared_only_with_earlier_ones(opened):
    home = opened()
    home.selectbox(key="choice_snapshot").select("2025-12-31").run()
    assert home.selectbox(key="choice_compare_to").options == ["30 June 2025", "Nothing"]
    home.selectbox(key="choice_snapshot").select("2025-06-30").run()
    assert home.selectbox(key="choice_compare_to").options == ["Nothing"]
    assert "since" not in title(home)
    assert not home.exception


def test_the_segment_is_chosen_in_the_address(opened):
    page = opened()
    page.switch_page("views/segments.py")
    page.query_params["segment"] = "s4"
    page.run()
    assert "Gift givers: 23% of customers, 10% of margin" in text(page)
    assert page.query_params["segment"] == "s4"


def test_the_segment_table_has_a_definition_for_every_number(opened):
    table = opened("segments").dataframe[0]
    config = json.loads(table.proto.columns)
    assert {"Segment", "95% interval"} < set(config)
    for heading, settings in config.items():
        if heading not in {"Segment", "_index", "95% interval"}:
            assert settings.get("help"), heading


def test_descriptions_written_by_people_are_not_markup(opened):
    written = [str(part.value) for part in opened("segments").markdown]
    assert r"Buys like \*Daily regulars\* do\." in written


def test_data_shows_that_rows_add_up(opened):
    data = opened("data")
    assert title(data) == "156,100 rows read: 155,950 accepted, 150 in quarantine"
    totals = data.table[0].value.iloc[-1]
    assert totals["Rows read"] == totals["Accepted"] + totals["Quarantined"]
    assert set(data.table[1].value["Rows"]) == {140, 10}
    told = [str(caption.value) for caption in data.caption]
    assert "lines.csv: Holds the same as lines (1).csv, so its rows count once." in [
        text.replace("\\", "") for text in told
    ]


def test_example_rows_of_quarantine_are_read_when_asked_for(opened):
    data = opened("data")
    assert not data.dataframe
    data.session_state["quarantine_examples"] = True
    data.run()
    assert not data.exception
    assert len(data.dataframe[0].value) == 20
    assert data.dataframe[0].value["amount"].iloc[0] == "<b>5</b>"


def test_a_new_build_is_picked_up_without_a_restart(opened, folder: Path):
    home = opened()
    write_workspace(folder, "Renamed Coffee")
    home.run()
    assert "Renamed Coffee" in text(home)


def test_an_earlier_build_can_be_published_again(opened, folder: Path):
    first = (folder / "store" / "current").read_text().strip()
    write_workspace(folder, "Renamed Coffee")
    data = opened("data")
    assert "Renamed Coffee" in text(data)
    data.session_state["builds"] = True
    data.run()
    data.button(key=f"rollback_{first}").click().run()
    assert "Harbour Coffee" in text(data)
    assert (folder / "store" / "current").read_text().strip() == first


def test_definitions_hold_every_metric_and_can_be_searched(opened):
    from segmodel.metrics import METRICS

    page = opened("definitions")
    for metric in METRICS.values():
        if metric.is_shown:
            assert f"`{metric.name}`" in text(page)
            assert metric.formula in text(page)
    page.text_input(key="choice_search").input("wilson").run()
    assert "`customer_share`" in text(page)
    assert "`recency_median`" not in text(page)


def test_definitions_show_the_sql_when_asked(opened):
    page = opened("definitions")
    assert not page.code
    page.toggle(key="with_sql").set_value(True).run()
    assert "value / customers" in [code.value for code in page.code]


def test_a_model_is_shown_when_opened(opened):
    page = opened("definitions")
    page.session_state["model_behaviour"] = True
    page.run()
    assert not page.exception
    assert "Five is stable." in text(page)
    assert page.table[1].value.iloc[0].to_dict() == {"Segments": "5", "Stability": "0.90"}


def test_local_use_is_marked(opened):
    assert "Local use by one person, without sign-in" in text(opened())


def test_a_workspace_without_a_build_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SEGMODEL_WORKSPACE", str(tmp_path))
    page = AppTest.from_file(str(MAIN), default_timeout=30).run()
    assert not page.exception
    assert title(page) == "There is nothing to show yet"
    assert "segmodel init" in page.code[0].value


def test_a_damaged_store_is_one_clear_sentence(opened, folder: Path):
    (folder / "store" / "current").write_text("2020-01-01T000000Z\n")
    page = opened()
    assert not page.exception
    assert "which is not there" in page.error[0].value.replace("\\", "")


@pytest.mark.parametrize(
    ("name", "parameter", "value"), [("segments", "measure", "value"), ("definitions", "search", "refund")]
)
def test_a_link_restores_what_only_one_page_has(opened, name, parameter, value):
    page = opened(name)
    page.query_params[parameter] = value
    page.run()
    assert page.session_state[f"choice_{parameter}"] == value
    assert page.query_params[parameter] in (value, [value])


@pytest.mark.parametrize("name", PAGES)
def test_a_metric_added_after_the_build_breaks_no_page(opened, monkeypatch, name):
    from segmodel.metrics import METRICS

    monkeypatch.setitem(METRICS, "worth", replace(METRICS["value_per_customer"], name="worth", label="Worth"))
    page = opened(name)
    assert not page.exception
    assert not page.error
    assert "`worth`" not in text(page)


def test_definitions_are_those_of_the_build(opened, monkeypatch):
    from segmodel.metrics import METRICS

    then = METRICS["orders"].description
    monkeypatch.setitem(METRICS, "orders", replace(METRICS["orders"], description="Something else by now."))
    page = opened("definitions")
    assert then in text(page)
    assert "Something else by now." not in text(page)
    shown = [str(part.value) for part in page.markdown if "`tenure_days`" in str(part.value)]
    assert len(shown) == 1
    assert "`discount_share`" not in text(page)


def test_growth_says_how_many_customers_it_rests_on(opened):
    assert "Growth rests on the customers of a year before: Daily regulars 1,080, " in text(opened("segments"))


def test_a_window_the_data_do_not_fill_is_never_called_full(opened, folder: Path, monkeypatch):
    monkeypatch.setattr("tests.app.made.COMPLETE", (False, True, True))
    monkeypatch.setattr("tests.app.made.FIRST_AT", "2025-04-02")
    write_workspace(folder)
    page = opened(snapshot="2025-06-30")
    assert page.selectbox(key="choice_snapshot").options == [
        "30 June 2026",
        "31 December 2025",
        "30 June 2025 (3 of 12 months)",
    ]
    assert "as of 30 June 2025 · data for 3 of 12 months" in text(page)
    assert "Margin, 3 of 12 months" in tiles(page)
    assert not any("last 12 months" in label for label in tiles(page))
    full = opened()
    assert "data for" not in text(full)
    assert "Margin, last 12 months" in tiles(full)


@pytest.mark.parametrize("page", ["home", "segments"])
def test_a_division_without_segments_worth_acting_on_says_so_at_the_top(opened, page: str):
    (warning,) = opened(page, segmentation="value").warning
    assert warning.value.replace("\\", "") == CAUTION
    assert not opened(page, segmentation="behaviour").warning


@pytest.mark.parametrize("page", ["home", "segments"])
def test_whose_segment_is_told_from_what_is_said_at_the_top(opened, page: str):
    (said,) = opened(page, segmentation="value").info
    assert said.value.replace("\\", "") == COVERAGE
    assert not opened(page, segmentation="behaviour").info


def test_what_sets_segments_apart_is_about_those_who_answered(opened):
    headings = [heading.value.replace("\\", "") for heading in opened("segments", segmentation="value").subheader]
    assert any(heading.startswith("What sets them apart: those who answered") for heading in headings)
