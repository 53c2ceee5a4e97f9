"""What is known of every customer at every snapshot: a catalogue of SQL expressions, computed in one pass."""

from __future__ import annotations

from segmodel.features.catalogue import CATALOGUE, available_features, unlocked_by
from segmodel.features.chain import TODAY, Query, chain
from segmodel.features.compute import compute_features, customer_columns_sql
from segmodel.features.contract import Tables, store_contract
from segmodel.features.feature import Feature
from segmodel.features.history import Snapshot, months_before, plan_snapshots
from segmodel.features.lines import margin_rate, value_basis
from segmodel.features.survey import (
    SurveyFeatures,
    collect_answers,
    describe_survey,
    items_in,
    straight_liner_column,
    style_ctes,
    survey_features,
    survey_items,
    survey_notes,
)
from segmodel.features.totals import describe_transactions
from segmodel.features.wanted import identifying_columns, wanted_features

__all__ = [
    "CATALOGUE",
    "TODAY",
    "Feature",
    "Query",
    "Snapshot",
    "SurveyFeatures",
    "Tables",
    "available_features",
    "chain",
    "collect_answers",
    "compute_features",
    "customer_columns_sql",
    "describe_survey",
    "describe_transactions",
    "identifying_columns",
    "items_in",
    "margin_rate",
    "months_before",
    "plan_snapshots",
    "store_contract",
    "straight_liner_column",
    "style_ctes",
    "survey_features",
    "survey_items",
    "survey_notes",
    "unlocked_by",
    "value_basis",
    "wanted_features",
]
