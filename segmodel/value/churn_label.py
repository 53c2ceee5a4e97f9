"""Churn risk from a column of `customers` that says who has left."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from segmodel.engines import Engine, identifier
from segmodel.errors import FeatureError, ValueModelError, did_you_mean
from segmodel.value.churn import ChurnModel, evaluate_churn
from segmodel.value.churn_check import ChurnCheck
from segmodel.value.churn_columns import read_label


@dataclass(frozen=True)
class LabelledChurn:
    """What a churn label taught.

    Attributes
    ----------
    risks : DataFrame
        `customer_id` and `churn_risk` of customers who have not left; no rows where the risks are not to be trusted.
    check : ChurnCheck or None
        How good risks like these were on customers the model had not seen; None where nothing could be learnt.
    sentence : str
        The outcome in words.
    """

    risks: pd.DataFrame
    check: ChurnCheck | None
    sentence: str


def learn_from_label(engine: Engine, column: str) -> LabelledChurn:
    """Learn churn risk from who has left, by what else is known of customers.

    Only columns of `customers` are used: what people bought says too much of whether they have left already.

    Parameters
    ----------
    engine : Engine
        Holds `customers`.
    column : str
        The label; customers without one are left out.

    Raises
    ------
    FeatureError
        When there is no such column.
    """
    columns = list(engine.columns("customers")) if "customers" in engine.tables() else []
    if column not in columns:
        raise FeatureError(
            f"value.churn_label is '{column}', which customers does not have.{did_you_mean(column, columns)}"
        )
    known = engine.frame(
        f"SELECT * FROM customers WHERE {identifier(column)} IS NOT NULL AND trim({identifier(column)}::VARCHAR) <> '' "
        "ORDER BY customer_id"
    )
    told = known.drop(columns=["customer_id", column])
    nobody = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "churn_risk": pd.Series(dtype="float64")})
    try:
        left = read_label(known[column], len(known))
        check = evaluate_churn(told, left, random_state=0)
        model = ChurnModel(random_state=0).fit(told, left)
    except ValueModelError as error:
        return LabelledChurn(nobody, None, f"Nothing could be learnt from {column}: {error}")
    if not check.is_trusted:
        return LabelledChurn(nobody, check, check.sentence)
    here = ~left
    risks = pd.DataFrame({"customer_id": known.loc[here, "customer_id"], "churn_risk": model.churn_risk(told[here])})
    return LabelledChurn(risks, check, check.sentence)
