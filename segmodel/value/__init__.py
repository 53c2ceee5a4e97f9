"""What customers are worth: repeat purchases, spend, lifetime value, and who holds the value there is."""

from __future__ import annotations

from segmodel.value.beta_geometric import BetaGeoModel, ModifiedBetaGeoModel
from segmodel.value.pareto import ParetoNBDModel
from segmodel.value.purchase_model import PurchaseModel
from segmodel.value.spend import GammaGammaModel

__all__ = [
    "BetaGeoModel",
    "GammaGammaModel",
    "ModifiedBetaGeoModel",
    "ParetoNBDModel",
    "PurchaseModel",
]
