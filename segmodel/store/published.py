"""What a published build tells: small frames, never the customers unless a list is asked for."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, Self

import pandas as pd

from segmodel.engines import Engine, identifier
from segmodel.errors import StoreError, did_you_mean
from segmodel.store.describe import FORMAT

FilterChoice = tuple[tuple[str, str], ...]
"""Pairs of a filter's name and the chosen value; filters not named are not restricted."""


class PublishedBuild:
    """A complete build, open for reading; safe to share between threads.

    Parameters
    ----------
    build_id : str
    engine : Engine
        Opened read-only on the build's file.

    Raises
    ------
    StoreError
        When the build was made by a version of the product that lays it out differently.
    """

    def __init__(self, build_id: str, engine: Engine) -> None:
        self.build_id = build_id
        self.engine = engine
        made_as = engine.value("SELECT format FROM build") if "format" in self._columns("build") else None
        if made_as != FORMAT:
            engine.close()
            raise StoreError(f"Build {build_id} was made by another version of segmodel. Build the workspace again.")

    def close(self) -> None:
        """Close the file."""
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def info(self) -> dict[str, Any]:
        """Return the row of table `build`: name, question, currency, as_of, built_at, value_basis and more."""
        row = self._only_row("build")
        return row | {"as_of": row["as_of"].date()}

    def primary_segmentation(self) -> str:
        """Return the name of the segmentation that is shown first."""
        known = self.segmentations()
        return str(known.sort_values("is_primary", ascending=False, kind="stable")["name"].iloc[0])

    def segmentations(self) -> pd.DataFrame:
        """Return one row a segmentation: name, label, basis, method, version, k, fitted_as_of, n_fitted and more."""
        return self.engine.frame("SELECT * FROM segmentations ORDER BY position")

    def segments(self, segmentation: str) -> pd.DataFrame:
        """Return one row a segment, in their fixed order: segment, name, description, position, colour."""
        return self.engine.frame(
            "SELECT segment, name, description, position, colour FROM segments "
            "WHERE segmentation = $segmentation ORDER BY position",
            {"segmentation": self._known(segmentation)},
        )

    def snapshots(self) -> list[datetime.date]:
        """Return the dates of history, oldest first."""
        return [day for (day,) in self.engine.rows("SELECT snapshot FROM snapshots ORDER BY snapshot")]

    def snapshot_details(self) -> pd.DataFrame:
        """Return one row a snapshot: snapshot, is_month_end, is_window_complete."""
        return self.engine.frame("SELECT * FROM snapshots ORDER BY snapshot")

    def data_start(self, snapshot: datetime.date) -> datetime.date | None:
        """Return the day the data start where they do not fill the window of a snapshot, else None."""
        details = self.snapshot_details()
        unfilled = details.loc[~details["is_window_complete"].astype(bool), "snapshot"]
        if pd.Timestamp(snapshot) not in set(pd.to_datetime(unfilled)):
            return None
        first: datetime.date = pd.Timestamp(self.transaction_totals()["first_at"]).date()
        return first

    def filters(self) -> pd.DataFrame:
        """Return one row a value of a filter: filter, label, value, rank (1: most customers) and position."""
        return self.engine.frame("SELECT * FROM filters ORDER BY position, rank")

    def segment_metrics(self, segmentation: str, filters: FilterChoice = ()) -> pd.DataFrame:
        """Return every metric of every segment (`''`: all of them) at every snapshot, for one choice of filters.

        Raises
        ------
        StoreError
            When the segmentation or a filter is unknown.
        """
        chosen = {"filter_1": "", "filter_2": ""}
        positions = dict(self.engine.rows("SELECT DISTINCT filter, position FROM filters"))
        for name, value in filters:
            if name not in positions:
                raise StoreError(f"There is no filter '{name}'.{did_you_mean(name, positions)}")
            chosen[f"filter_{positions[name]}"] = value
        return self.engine.frame(
            "SELECT * EXCLUDE (segmentation, filter_1, filter_2) FROM segment_metrics "
            "WHERE segmentation = $segmentation AND filter_1 = $filter_1 AND filter_2 = $filter_2 "
            "ORDER BY snapshot, segment",
            {"segmentation": self._known(segmentation), **chosen},
        )

    def metrics(self) -> pd.DataFrame:
        """Return one row a metric of this build, in their order: name, label, unit, formula, sql and more."""
        return self.engine.frame("SELECT * EXCLUDE (position) FROM metrics ORDER BY position")

    def features(self) -> pd.DataFrame:
        """Return one row a feature computed in this build, in their order: name, label, unit, needs, sql and more."""
        return self.engine.frame("SELECT * EXCLUDE (position) FROM features ORDER BY position")

    def profiles(self, segmentation: str) -> pd.DataFrame:
        """Return how each segment differs from the rest, a row a segment and feature, at the latest snapshot."""
        return self.engine.frame(
            "SELECT * EXCLUDE (segmentation) FROM profiles WHERE segmentation = $segmentation "
            "ORDER BY segment, abs(difference) DESC NULLS LAST, feature",
            {"segmentation": self._known(segmentation)},
        )

    def value_model(self) -> dict[str, Any]:
        """Return how lifetime value was forecast, how the forecast did in a holdout, and whether it is shown."""
        return self._only_row("value_model")

    def value_holdout(self) -> pd.DataFrame:
        """Return forecast and actual purchases in the holdout, a row a frequency."""
        return self.engine.frame("SELECT * FROM value_holdout ORDER BY frequency")

    def value_weeks(self) -> pd.DataFrame:
        """Return expected and actual repeat purchases, a row a week."""
        return self.engine.frame("SELECT * FROM value_weeks ORDER BY week")

    def value_concentration(self) -> dict[str, Any]:
        """Return Gini coefficient, share of the top tenth, and how many customers lose money and how much."""
        return self._only_row("value_concentration")

    def value_curve(self) -> pd.DataFrame:
        """Return what share of value the most valuable customers hold: customer_share, value_share."""
        return self.engine.frame("SELECT * FROM value_curve ORDER BY customer_share")

    def value_deciles(self) -> pd.DataFrame:
        """Return value by tenth of the customers, the most valuable first."""
        return self.engine.frame("SELECT * FROM value_deciles ORDER BY decile")

    def churn_check(self) -> tuple[dict[str, Any], pd.DataFrame]:
        """Return how well churn risk was learnt from a label, and its calibration; empty without a label."""
        if "churn_check" not in self.engine.tables():
            return {}, pd.DataFrame()
        has_bins = "churn_calibration" in self.engine.tables()
        bins = self.engine.frame("SELECT * FROM churn_calibration ORDER BY bin") if has_bins else pd.DataFrame()
        return self._only_row("churn_check"), bins

    def segment_value(self, segmentation: str) -> pd.DataFrame:
        """Return lifetime value and churn risk with intervals, and who may leave, a row a segment (`''`: all)."""
        return self._of_segmentation("segment_value", segmentation)

    def segment_reach(self, segmentation: str) -> pd.DataFrame:
        """Return how many customers of each segment (`''`: all) consented and can be matched."""
        return self._of_segmentation("segment_reach", segmentation)

    def segment_stability(self, segmentation: str) -> pd.DataFrame:
        """Return which share of each segment's customers is still in it a year later."""
        return self._of_segmentation("segment_stability", segmentation)

    def value_separation(self, segmentation: str) -> dict[str, Any]:
        """Return how much of the variance of value lies between the segments, against chance and against deciles."""
        frame = self._of_segmentation("value_separation", segmentation)
        return {str(name): frame[name].iloc[0] for name in frame}

    def segment_spend(self, segmentation: str) -> pd.DataFrame:
        """Return what was spent on each segment by month; no rows where there is no table `spend`."""
        return self._of_segmentation("segment_spend", segmentation, "segment, month, spend")

    def segment_months(self, segmentation: str) -> pd.DataFrame:
        """Return what each segment of today (`''`: all) brought in by month; no rows without the table `spend`."""
        columns = "segment, month, customers, value, revenue, is_whole, suppressed"
        return self._of_segmentation("segment_months", segmentation, columns)

    def spend_notes(self, segmentation: str) -> pd.DataFrame:
        """Return spend that names no segment of this segmentation, and why."""
        columns = "reason, name, amount, months, first_month, last_month, is_counted"
        return self._of_segmentation("spend_notes", segmentation, columns)

    def opportunities(self, segmentation: str) -> pd.DataFrame:
        """Return how important each need is and how satisfied people are, by segment; empty where that is not told."""
        return self._of_segmentation("opportunities", segmentation)

    def market(self, segmentation: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the market, and by segment who buys its categories; each empty where that is not told."""
        market = self.engine.frame("SELECT * FROM market ORDER BY ALL") if self._columns("market") else pd.DataFrame()
        return market, self._of_segmentation("segment_categories", segmentation)

    def voices(self, segmentation: str) -> pd.DataFrame:
        """Return how many comments each segment (`''`: all) made and how they sound; empty without verbatims."""
        return self._of_segmentation("voices", segmentation)

    def voice_words(self, segmentation: str) -> pd.DataFrame:
        """Return the words that set each segment's comments apart, the clearest first (`rank`)."""
        return self._of_segmentation("voice_words", segmentation, "segment, rank, word, customers, share, index, z, q")

    def voice_themes(self, segmentation: str) -> pd.DataFrame:
        """Return how many customers of each segment (`''`: all) speak of each theme."""
        return self._of_segmentation("voice_themes", segmentation)

    def voice_quotes(self, segmentation: str) -> pd.DataFrame:
        """Return quotes a person may choose from, masked; `quote_id` stays the same as long as text and segment do."""
        columns = "segment, rank, quote_id, text, theme, source, said_on"
        return self._of_segmentation("voice_quotes", segmentation, columns)

    def voice_basis(self) -> dict[str, Any]:
        """Return what voices rest on: comments read, used and not told to be English; empty without verbatims."""
        return self._only_row("voice_basis") if self._columns("voice_basis") else {}

    def events(self) -> pd.DataFrame:
        """Return what the definition says happened: happened_on, label."""
        return self.engine.frame("SELECT * FROM events ORDER BY happened_on, label")

    def drift_summary(self) -> pd.DataFrame:
        """Return a row a segmentation: verdict, sentence, reference, review_due, mix_psi, refit_now and more."""
        return self.engine.frame("SELECT * FROM drift_summary")

    def drift_verdicts(self, segmentation: str) -> pd.DataFrame:
        """Return whether each segment is still what was found: segment, verdict, since, note."""
        return self._of_segmentation("drift_verdicts", segmentation)

    def drift_reasons(self, segmentation: str) -> pd.DataFrame:
        """Return what speaks against each segment, the gravest first: kind, verdict, text, change, since, feature."""
        return self._of_segmentation("drift_reasons", segmentation)

    def drift_features(self, segmentation: str) -> pd.DataFrame:
        """Return drift of every feature, a row a snapshot, segment (`''`: all) and feature."""
        return self._of_segmentation("drift_features", segmentation)

    def drift_months(self, segmentation: str) -> pd.DataFrame:
        """Return what customers did a month against what was expected, a row a measure, segment and month."""
        return self._of_segmentation("drift_months", segmentation)

    def drift_outside(self, segmentation: str) -> pd.DataFrame:
        """Return whether segments move with indicators from outside, and how sure that is."""
        return self._of_segmentation("drift_outside", segmentation)

    def migration_flows(self, segmentation: str) -> pd.DataFrame:
        """Return month-to-month flows with totals, a row a pair of month ends and cell; small cells are hidden."""
        return self._of_segmentation("migration_flows", segmentation)

    def migration_retained(self, segmentation: str) -> pd.DataFrame:
        """Return who stayed in each segment over 1, 3 and 12 months (`months`), with intervals; missing: hidden."""
        columns = (
            "months, before, after, segment, customers, stayed, retained_share, retained_share_low, retained_share_high"
        )
        return self._of_segmentation("migration_retained", segmentation, columns)

    def migration_forecast(self, segmentation: str) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return sizes to expect under current flows, and how they would have done before.

        No sizes where flows would not have predicted better than saying that nothing changes; neither in a build that
        did not look.
        """
        check = self._of_segmentation("migration_check", segmentation)
        return self._of_segmentation("migration_forecast", segmentation), {
            str(name): check[name].iloc[0] for name in check if len(check)
        }

    def rule_changes(self, segmentation: str) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return who is called what by the version before and by this one, and what that comes to in all.

        Neither where no other version was in use before; no rows but a `reason` where it cannot be told.
        """
        step = self._of_segmentation("rule_steps", segmentation)
        return self._of_segmentation("rule_changes", segmentation), {
            str(name): step[name].iloc[0] for name in step if len(step)
        }

    def traits(self, segmentation: str) -> pd.DataFrame:
        """Return what sets each segment apart, a row a segment and trait, the strongest first; see `Trait`."""
        return self._of_segmentation("traits", segmentation, "segment, place, feature, is_circular").sort_values(
            ["segment", "place"], ignore_index=True
        )

    def trait_facts(self, segmentation: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return what traits are found in: counts by word, and means, by segment; missing where hidden."""
        shares = self._of_segmentation("trait_shares", segmentation, "segment, name, level, count, n")
        return shares, self._of_segmentation("trait_means", segmentation, "segment, name, n, mean, variance")

    def trait_columns(self) -> pd.DataFrame:
        """Return one row a thing known of customers that traits were looked for in; none in a build of before."""
        known = self._columns("trait_columns")
        return self.engine.frame("SELECT * FROM trait_columns ORDER BY position") if known else pd.DataFrame()

    def trait_associations(self, segmentation: str) -> pd.DataFrame:
        """Return how strongly each thing known of customers goes with the segments: test, statistic, effect and n."""
        return self._of_segmentation("trait_associations", segmentation)

    def left_out(self) -> tuple[str, ...]:
        """Return the protected columns and items that no trait is told from."""
        if not self._columns("traits_left_out"):
            return ()
        return tuple(str(name) for (name,) in self.engine.rows("SELECT name FROM traits_left_out ORDER BY name"))

    def reconciliation(self) -> pd.DataFrame:
        """Return one row a table and file: rows read, accepted, quarantined, duplicates, dates."""
        return self.engine.frame("SELECT * FROM reconciliation ORDER BY table_name, source")

    def quarantine_reasons(self) -> pd.DataFrame:
        """Return how many rows each rule sent to quarantine: table_name, rule, reason, rows."""
        return self.engine.frame(
            "SELECT table_name, rule, min(reason) AS reason, count(*)::BIGINT AS rows FROM quarantine "
            "GROUP BY table_name, rule ORDER BY rows DESC, table_name, rule"
        )

    def quarantine_examples(self, table_name: str, rule: str, limit: int = 20) -> pd.DataFrame:
        """Return the first rows a rule sent to quarantine: source, row_number, reason, content (JSON)."""
        return self.engine.frame(
            "SELECT source, row_number, reason, content FROM quarantine "
            "WHERE table_name = $table_name AND rule = $rule ORDER BY source, row_number LIMIT $limit",
            {"table_name": table_name, "rule": rule, "limit": limit},
        )

    def transaction_totals(self) -> dict[str, Any]:
        """Return what the accepted transactions come to: customers, orders, purchases, refunds, net, dates."""
        return self._only_row("transaction_totals")

    def segment_customers(self, segmentation: str, segment: str, snapshot: datetime.date | None = None) -> pd.DataFrame:
        """Return the customers of a segment, most valuable first: customer_id, value, probability, runner_up and more.

        Where a segmentation rests on a survey, `assigned_by` tells whose answers were scored (survey) and who was
        placed by what else is known of them (bridge).

        Raises
        ------
        StoreError
            When the segmentation or the segment is unknown.
        """
        wanted = self.segment_id(segmentation, segment)
        return self.engine.frame(
            "SELECT customer_id, segment, probability, runner_up, assigned_by, value::DOUBLE AS value, orders, "
            "days_since_last FROM assignments "
            "WHERE segmentation = $segmentation AND segment = $segment AND snapshot = $snapshot "
            "ORDER BY value DESC, customer_id",
            {"segmentation": segmentation, "segment": wanted, "snapshot": snapshot or self.snapshots()[-1]},
        )

    def segment_id(self, segmentation: str, segment: str) -> str:
        """Return the id of a segment, given its id or its name.

        Raises
        ------
        StoreError
            When the segmentation or the segment is unknown.
        """
        segments = self.segments(segmentation)
        names = dict(zip(segments["name"], segments["segment"], strict=True))
        wanted: str | None = segment if segment in set(segments["segment"]) else names.get(segment)
        if wanted is None:
            known = ", ".join(f"{row.segment} ({row.name})" for row in segments.itertuples(index=False))
            raise StoreError(
                f"There is no segment '{segment}' in {segmentation}; there are {known}.{did_you_mean(segment, names)}"
            )
        return wanted

    def _columns(self, table: str) -> set[str]:
        return set(self.engine.columns(table)) if table in self.engine.tables() else set()

    def _of_segmentation(self, table: str, segmentation: str, columns: str = "") -> pd.DataFrame:
        """Return one segmentation's rows of a table; none, with these columns, where a build does not have it."""
        known = self._known(segmentation)
        if not self._columns(table):
            return pd.DataFrame(columns=columns.split(", ") if columns else [])
        sql = (
            f"SELECT * EXCLUDE (segmentation) FROM {identifier(table)} WHERE segmentation = $segmentation ORDER BY ALL"
        )
        return self.engine.frame(sql, {"segmentation": known})

    def _only_row(self, table: str) -> dict[str, Any]:
        frame = self.engine.frame(f"SELECT * FROM {identifier(table)}")
        return {str(name): frame[name].iloc[0] for name in frame}

    def _known(self, segmentation: str) -> str:
        names: Sequence[str] = [name for (name,) in self.engine.rows("SELECT name FROM segmentations")]
        if segmentation not in names:
            raise StoreError(
                f"There is no segmentation '{segmentation}' in this build; there are {', '.join(names)}."
                f"{did_you_mean(segmentation, names)}"
            )
        return segmentation
