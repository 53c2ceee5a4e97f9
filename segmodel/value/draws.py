"""Forecasts as they would have come out had chance been another: what intervals of any grouping are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmodel.value.forecast import Forecast
from segmodel.value.lifetime import customer_lifetime_value, refitted
from segmodel.value.repeat import Floats

DRAWS = 60
"""Parametric bootstrap samples of a build: enough for a standard deviation to within a tenth."""

VALUED = 2_000
"""Customers valued in every draw, at random where there are more: parameters move all customers of a group alike."""


@dataclass(frozen=True)
class Draws:
    """Lifetime spend and churn risk of some customers, in every draw and as found.

    Attributes
    ----------
    customer_id : ndarray of shape (n_valued,)
    spend, risk : ndarray of shape (n_draws, n_valued)
    found_spend, found_risk : ndarray of shape (n_valued,)
    """

    customer_id: np.ndarray
    spend: Floats
    risk: Floats
    found_spend: Floats
    found_risk: Floats


def draw_forecasts(forecast: Forecast, *, n_draws: int = DRAWS, random_state: int = 0) -> Draws | None:
    """Return draws of the forecast by parametric bootstrap; None where there is no forecast.

    Customers are simulated from the fitted models and the models fitted to them (`lifetime.refitted`); real customers
    are then valued with what was found.
    """
    if forecast.basis != "model" or forecast.model is None or forecast.spend_model is None:
        return None
    random = np.random.default_rng(random_state)
    customers = forecast.customers
    age = customers["T"].to_numpy(np.float64)
    if len(customers) > VALUED:
        chosen = np.sort(random.choice(len(customers), VALUED, replace=False))
        customers = customers.iloc[chosen]
    x, last, seen = (customers[name].to_numpy(np.float64) for name in ("frequency", "recency", "T"))
    amounts = customers["monetary_value"].to_numpy(np.float64)
    terms = forecast.terms
    spend, risk = np.empty((n_draws, len(customers))), np.empty((n_draws, len(customers)))
    for draw in range(n_draws):
        model, spend_model = refitted(forecast.model, forecast.spend_model, age, random)
        spend[draw] = customer_lifetime_value(
            model, spend_model, x, last, seen, amounts, months=terms.months, discount=terms.discount
        )
        risk[draw] = 1 - model.probability_alive(x, last, seen)
    return Draws(
        customer_id=customers["customer_id"].to_numpy(),
        spend=spend,
        risk=risk,
        found_spend=customers["lifetime_spend"].to_numpy(np.float64),
        found_risk=customers["churn_risk"].to_numpy(np.float64),
    )


def group_draws(draws: Draws, segment: pd.Series) -> dict[str, tuple[Floats, Floats]]:
    """Return how much each draw changes a group: the ratio of its lifetime spend, and the change of its mean risk.

    Parameters
    ----------
    draws : Draws
    segment : Series
        Segment by customer id; customers not in it belong to no group.

    Returns
    -------
    dict
        By group, and `''` for all customers that have one: arrays of shape (n_draws,).
    """
    groups = segment.reindex(draws.customer_id)
    masks = {"": groups.notna().to_numpy()}
    masks |= {str(name): (groups == name).to_numpy() for name in sorted(groups.dropna().unique())}
    found = {}
    for name, mask in masks.items():
        before = draws.found_spend[mask].sum()
        ratio = draws.spend[:, mask].sum(axis=1) / before if before > 0 else np.ones(len(draws.spend))
        found[name] = ratio, draws.risk[:, mask].mean(axis=1) - draws.found_risk[mask].mean()
    return found
