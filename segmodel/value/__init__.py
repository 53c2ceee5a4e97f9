"""What customers are worth: repeat purchases, spend, lifetime value, and who holds the value there is."""

from __future__ import annotations

from segmodel.value.beta_geometric import BetaGeoModel, ModifiedBetaGeoModel
from segmodel.value.budget import store_budget
from segmodel.value.budget_shares import BudgetShares, budget_over_time, budget_shares, spend_sentences
from segmodel.value.churn import ChurnModel, evaluate_churn
from segmodel.value.churn_check import ChurnCheck, check_churn_risk
from segmodel.value.churn_segments import segment_churn
from segmodel.value.concentration import Concentration, concentration, gini, whale_curve
from segmodel.value.forecast import Forecast, forecast_customers
from segmodel.value.holdout import HoldoutCheck, check_holdout, track_weeks
from segmodel.value.lifetime import Terms, customer_lifetime_value, lifetime_value_intervals, trailing_value
from segmodel.value.pareto import ParetoNBDModel
from segmodel.value.purchase_model import PurchaseModel
from segmodel.value.response import ResponseCurve, fit_response, fit_responses
from segmodel.value.response_moves import WhatIf, best_move, what_if
from segmodel.value.separation import Separation, value_separation
from segmodel.value.spend import GammaGammaModel
from segmodel.value.stored import describe_forecast, describe_value
from segmodel.value.summary import customer_summary, weekly_repeat_purchases

__all__ = [
    "BetaGeoModel",
    "BudgetShares",
    "ChurnCheck",
    "ChurnModel",
    "Concentration",
    "Forecast",
    "GammaGammaModel",
    "HoldoutCheck",
    "ModifiedBetaGeoModel",
    "ParetoNBDModel",
    "PurchaseModel",
    "ResponseCurve",
    "Separation",
    "Terms",
    "WhatIf",
    "best_move",
    "budget_over_time",
    "budget_shares",
    "check_churn_risk",
    "check_holdout",
    "concentration",
    "customer_lifetime_value",
    "customer_summary",
    "describe_forecast",
    "describe_value",
    "evaluate_churn",
    "fit_response",
    "fit_responses",
    "forecast_customers",
    "gini",
    "lifetime_value_intervals",
    "segment_churn",
    "spend_sentences",
    "store_budget",
    "track_weeks",
    "trailing_value",
    "value_separation",
    "weekly_repeat_purchases",
    "whale_curve",
    "what_if",
]
