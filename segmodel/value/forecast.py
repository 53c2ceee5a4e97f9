"""What every customer is forecast to be worth, checked against a holdout, and what to say where no forecast holds."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from segmodel.definition import Value
from segmodel.engines import Engine
from segmodel.errors import ValueModelError
from segmodel.value.beta_geometric import ModifiedBetaGeoModel
from segmodel.value.holdout import HoldoutCheck, check_holdout, track_weeks
from segmodel.value.lifetime import Terms, customer_lifetime_value
from segmodel.value.recent import recent_columns
from segmodel.value.spend import GammaGammaModel
from segmodel.value.summary import DAYS_IN, check_period, days_bought, seen_columns, summarise

Basis = Literal["model", "trailing"]

LONGEST_HOLDOUT = 365
"""Days held out at most; of a shorter history the last half."""

SHORTEST_HISTORY = 180
"""Days of purchases under which nothing can be held out that would prove anything."""


@dataclass(frozen=True)
class Holdout:
    """The forecast made from the earlier part of the purchases, against the later part.

    Attributes
    ----------
    check : HoldoutCheck
    weeks : DataFrame
        Of `track_weeks`.
    as_of, until : date
        Last day the model saw, and last day it was held against.
    """

    check: HoldoutCheck
    weeks: pd.DataFrame
    as_of: datetime.date
    until: datetime.date


@dataclass(frozen=True)
class Forecast:
    """Customers with what to expect of each, and how far that can be believed.

    Attributes
    ----------
    customers : DataFrame
        One row a customer who bought: `customer_id`, the columns of `customer_summary` and `recent_columns`, and
        `lifetime_spend`, discounted purchases expected over the horizon before margin, and `churn_risk`. Both are NaN
        where no model holds.
    basis : {"model", "trailing"}
        Whether forecasts of the model are shown, or trailing value and retention instead.
    reason : str
        What speaks for or against the forecast, in a sentence or two.
    model, spend_model
        As fitted to all customers; None where they could not be fitted.
    holdout : Holdout or None
        None where the history is too short for one.
    as_of : date
    margin : float
        Value ÷ purchases, over all customers and the last year.
    terms : Terms
        Horizon and discount.
    history_days : int
        From the first purchase of all to `as_of`.
    """

    customers: pd.DataFrame
    basis: Basis
    reason: str
    model: ModifiedBetaGeoModel | None
    spend_model: GammaGammaModel | None
    holdout: Holdout | None
    as_of: datetime.date
    margin: float
    terms: Terms
    history_days: int

    def set_aside(self, reason: str) -> Forecast:
        """Return it without what the model expects, and with the reason."""
        unknown = self.customers.assign(lifetime_spend=np.nan, churn_risk=np.nan)
        return replace(self, customers=unknown, basis="trailing", reason=reason)


def forecast_customers(engine: Engine, settings: Value, as_of: datetime.date | None = None) -> Forecast:
    """Fit, check against a holdout, and value every customer.

    MBG/NBD for purchases and Gamma-Gamma for spend, fitted once without the last year (or the last half of a shorter
    history) to be held against it, and once on everything for the forecast. Forecasts are left out, and the reason
    told, where the history is too short, a fit collapsed or the holdout error is too large.

    Parameters
    ----------
    engine : Engine
        Holds `transactions`.
    settings : Value
        Horizon, discount, and the largest error.
    as_of : date, optional
        Last day that counts; default: the day of the last purchase.

    Raises
    ------
    ValueModelError
        When nobody bought anything by then.
    """
    end = check_period(engine, as_of, None, "weeks")
    seen_until = _held_out_from(engine, end)
    held_out = {} if seen_until is None else _held_out_columns(seen_until)
    found = summarise(engine, end, more=recent_columns(engine, end, settings.margin) | held_out)
    customers = found.drop(columns=list(held_out))
    spend = float(customers["spend"].sum())
    unknown = Forecast(
        customers=customers.assign(lifetime_spend=np.nan, churn_risk=np.nan),
        basis="trailing",
        reason="",
        model=None,
        spend_model=None,
        holdout=None,
        as_of=end,
        margin=float(customers["value"].sum()) / spend if spend > 0 else (settings.margin or 1.0),
        terms=Terms(settings.horizon_months, settings.discount),
        history_days=(pd.Timestamp(end) - pd.to_datetime(customers["first_on"]).min()).days + 1,
    )
    seen = customers["frequency"], customers["recency"], customers["T"]
    try:
        model = ModifiedBetaGeoModel().fit(*seen)
        spend_model = GammaGammaModel().fit(customers["frequency"], customers["monetary_value"])
    except ValueModelError as error:
        return replace(unknown, reason=str(error))
    holdout = None if seen_until is None else _hold_out(engine, settings, found, seen_until, end)
    fitted = replace(unknown, model=model, spend_model=spend_model, holdout=holdout)
    objection = _objection(model, spend_model, holdout)
    if objection or holdout is None:
        return replace(fitted, reason=objection)
    expected = customer_lifetime_value(
        model,
        spend_model,
        *seen,
        customers["monetary_value"],
        months=fitted.terms.months,
        discount=fitted.terms.discount,
    )
    risk = 1 - model.probability_alive(*seen)
    valued = customers.assign(lifetime_spend=expected, churn_risk=risk)
    return replace(fitted, customers=valued, basis="model", reason=holdout.check.sentence)


def _held_out_from(engine: Engine, end: datetime.date) -> datetime.date | None:
    """Return the last day before a holdout of a year, or half a shorter history; None where that is too short."""
    first, _ = days_bought(engine)
    history = 0 if first is None else (end - first).days + 1
    if history < SHORTEST_HISTORY:
        return None
    return end - datetime.timedelta(days=min(LONGEST_HOLDOUT, history // 2))


def _held_out_columns(seen_until: datetime.date) -> dict[str, str]:
    later = f"count(bought_on) FILTER (WHERE bought_on > DATE '{seen_until}')"
    return seen_columns(seen_until, prefix=_SEEN) | {"later_purchases": later}


_SEEN = "seen_"


def _hold_out(
    engine: Engine, settings: Value, customers: pd.DataFrame, seen_until: datetime.date, end: datetime.date
) -> Holdout | None:
    """Fit without what came after a day, and hold the forecast against it.

    Parameters
    ----------
    engine : Engine
        Holds `transactions`.
    settings : Value
        Says how large an error may be.
    customers : DataFrame
        With `_held_out_columns`, and `first_on`.
    seen_until, end : date
        Last day the model may see, and last day that counts.

    Returns
    -------
    Holdout or None
        None where too few came back to fit anything.
    """
    earlier = customers[customers["first_on"] <= pd.Timestamp(seen_until)]
    seen = earlier[f"{_SEEN}frequency"], earlier[f"{_SEEN}recency"], earlier[f"{_SEEN}T"]
    try:
        model = ModifiedBetaGeoModel().fit(*seen)
    except ValueModelError:
        return None
    ahead = (end - seen_until).days / DAYS_IN["weeks"]
    check = check_holdout(model, *seen, earlier["later_purchases"], ahead=ahead, limit=settings.largest_error)
    return Holdout(check, track_weeks(model, engine, as_of=seen_until, until=end), seen_until, end)


def _objection(model: ModifiedBetaGeoModel, spend_model: GammaGammaModel, holdout: Holdout | None) -> str:
    """Say why the forecast is not to be shown, or nothing."""
    if holdout is None:
        return (
            f"There are fewer than {SHORTEST_HISTORY} days of purchases, or too few customers came back, to hold a "
            "forecast against."
        )
    if not holdout.check.is_trusted:
        return holdout.check.sentence
    return model.warning_ or spend_model.warning_ or ""
