"""What a build keeps of the forecast: the model and its checks, who holds the value, what segmentations separate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from segmodel.definition import Definition, Value
from segmodel.engines import Engine
from segmodel.errors import ValueModelError
from segmodel.features import value_basis
from segmodel.store import store_table
from segmodel.value.by_segment import store_customer_value, store_segment_value
from segmodel.value.churn_label import learn_from_label
from segmodel.value.concentration import concentration, whale_curve
from segmodel.value.draws import Draws, draw_forecasts
from segmodel.value.forecast import Forecast, forecast_customers
from segmodel.value.separation import value_separation
from segmodel.value.summary import describe_days


def describe_value(engine: Engine, definition: Definition, segmentations: Sequence[str]) -> None:
    """Forecast what customers are worth, and create every table of value of a build.

    `value_model` (one row), `value_holdout`, `value_weeks`, `value_curve`, `value_deciles`, `value_concentration`,
    `customer_value`, `segment_value` and `value_separation`; where the definition names a churn label also
    `churn_check` and `churn_calibration`.

    Parameters
    ----------
    engine : Engine
        Holds `transactions`, `assignments` and `snapshots`.
    definition : Definition
    segmentations : sequence of str
        Names in `assignments`.
    """
    settings = definition.value
    as_of = engine.value("SELECT max(snapshot) FROM snapshots")
    describe_days(engine)
    forecast, draws = _with_draws(forecast_customers(engine, settings, as_of))
    store_customer_value(engine, forecast)
    _store_forecast(engine, forecast, settings, definition.minimum_group)
    _store_concentration(engine, forecast, definition.minimum_group)
    risks = _store_label(engine, settings)
    for segmentation in segmentations:
        store_segment_value(engine, segmentation, forecast, draws, settings, definition.minimum_group, risks)
    separated = [{"segmentation": name, **asdict(value_separation(engine, name))} for name in segmentations]
    store_table(engine, "value_separation", pd.DataFrame(separated))


def _with_draws(forecast: Forecast) -> tuple[Forecast, Draws | None]:
    """Return the forecast with its draws; without a forecast where no interval can be drawn for it."""
    try:
        return forecast, draw_forecasts(forecast)
    except ValueModelError as error:
        return forecast.set_aside(f"Lifetime value has no interval, as a few amounts decide it: {error}"), None


def describe_forecast(forecast: Forecast, settings: Value, value_word: str) -> dict[str, Any]:
    """Return the row of table `value_model`: what the forecast rests on, and how it did in the holdout.

    Parameters
    ----------
    forecast : Forecast
    settings : Value
    value_word : str
        What value is: margin or revenue.
    """
    holdout, model = forecast.holdout, forecast.model
    return {
        "basis": forecast.basis,
        "reason": forecast.reason,
        "word": "margin" if settings.margin is not None else value_word,
        "horizon_months": forecast.terms.months,
        "discount": forecast.terms.discount,
        "margin": forecast.margin,
        "history_days": forecast.history_days,
        "may_leave_from": settings.may_leave_from,
        "largest_error": settings.largest_error,
        "customers": len(forecast.customers),
        "bought_once": int((forecast.customers["frequency"] == 0).sum()),
        "parameters": json.dumps(_parameters(forecast)),
        "is_collapsed": model is not None and model.collapsed_,
        "warning": (model.warning_ if model is not None else None) or "",
        "holdout_from": holdout.as_of if holdout else None,
        "holdout_until": holdout.until if holdout else None,
        "predicted": holdout.check.predicted if holdout else None,
        "actual": holdout.check.actual if holdout else None,
        "holdout_sentence": holdout.check.sentence if holdout else "",
    }


def _merged(by_frequency: pd.DataFrame, minimum_group: int) -> pd.DataFrame:
    """Return the rows with neighbours put together until each is of enough customers; none where all are too few."""
    parts: list[pd.DataFrame] = []
    for _, row in by_frequency[::-1].iterrows():
        if parts and parts[-1]["customers"].sum() < minimum_group:
            parts[-1] = pd.concat([parts[-1], row.to_frame().T])
        else:
            parts.append(row.to_frame().T)
    if len(parts) > 1 and parts[-1]["customers"].sum() < minimum_group:
        last = parts.pop()
        parts[-1] = pd.concat([parts[-1], last])
    rows = [
        {
            "frequency": part["frequency"].min(),
            "customers": part["customers"].sum(),
            **{name: np.average(part[name], weights=part["customers"]) for name in ("predicted", "actual")},
        }
        for part in parts[::-1]
        if part["customers"].sum() >= minimum_group
    ]
    return pd.DataFrame(rows, columns=by_frequency.columns, dtype="float64")


def _store_forecast(engine: Engine, forecast: Forecast, settings: Value, minimum_group: int) -> None:
    row = pd.DataFrame([describe_forecast(forecast, settings, value_basis(engine))])
    dates = {"holdout_from": "datetime64[s]", "holdout_until": "datetime64[s]"}
    store_table(engine, "value_model", row.astype({**dates, "predicted": "float64", "actual": "float64"}))
    holdout = forecast.holdout
    frequencies = _merged(holdout.check.by_frequency, minimum_group) if holdout else _NO_FREQUENCIES
    store_table(engine, "value_holdout", frequencies)
    store_table(engine, "value_weeks", holdout.weeks if holdout else _NO_WEEKS)


def _parameters(forecast: Forecast) -> dict[str, float]:
    fitted = [vars(model) for model in (forecast.model, forecast.spend_model) if model is not None]
    return {name: float(model[f"{name}_"]) for model in fitted for name in _PARAMETERS if f"{name}_" in model}


_PARAMETERS = ("r", "alpha", "a", "b", "p", "q", "v")
_NO_FREQUENCIES = pd.DataFrame({"frequency": [], "customers": [], "predicted": [], "actual": []}, dtype="float64")
_NO_WEEKS = pd.DataFrame(
    {name: pd.Series(dtype="float64") for name in ("week", "expected", "actual", "expected_so_far", "actual_so_far")}
    | {"ends_on": pd.Series(dtype="datetime64[s]"), "in_holdout": pd.Series(dtype="bool")}
)


def _store_label(engine: Engine, settings: Value) -> pd.DataFrame | None:
    """Store how well a churn label could be learnt from, and return the risks it taught; None without a label."""
    if settings.churn_label is None:
        return None
    learnt = learn_from_label(engine, settings.churn_label)
    check = learnt.check
    row = {"label": settings.churn_label, "sentence": learnt.sentence, "is_trusted": len(learnt.risks) > 0}
    row |= {name: getattr(check, name) for name in _CHECKED} if check else dict.fromkeys(_CHECKED)
    store_table(engine, "churn_check", pd.DataFrame([row]).astype(dict.fromkeys(_CHECKED, "float64")))
    if check is not None:
        store_table(engine, "churn_calibration", check.calibration)
    return learnt.risks


_CHECKED = ("n_customers", "n_left", "auc", "auc_low", "auc_high", "brier", "brier_base", "top_decile_lift")


def _store_concentration(engine: Engine, forecast: Forecast, minimum_group: int) -> None:
    """Store who holds the value of the last year, among those who bought in it; no step is of a small group."""
    bought = forecast.customers["bought"].to_numpy(bool)
    values = forecast.customers.loc[bought, "value"] if bought.any() else forecast.customers["value"]
    found = concentration(values)
    curve = whale_curve(values).rename(columns={"margin_share": "value_share"})
    losing = values[values < 0]
    is_told = len(losing) == 0 or len(losing) >= minimum_group
    step = -(-minimum_group * (len(curve) - 1) // len(values))
    is_shown = len(values) >= 10 * minimum_group
    store_table(engine, "value_curve", curve.iloc[:: max(step, 1)] if is_shown else curve.iloc[:0])
    deciles = found.deciles.drop(columns=["lowest_value", "highest_value"])
    store_table(engine, "value_deciles", deciles if is_shown else deciles.iloc[:0])
    store_table(
        engine,
        "value_concentration",
        pd.DataFrame(
            [
                {
                    "customers": found.n_customers,
                    "gini": found.gini if is_shown else np.nan,
                    "top_decile_share": found.top_decile_share if is_shown else np.nan,
                    "floored": found.n_floored if is_told else np.nan,
                    "lost": float(losing.sum()) if is_told else np.nan,
                }
            ]
        ),
    )
