"""What is said where the tables that tell of opportunities are not there, and how to add them."""

from __future__ import annotations

import streamlit as st

from app import queries
from app.selection import Context

_SURVEY = """[sources.survey]
path = "survey.csv"    # customer_id, item, answer

[sources.items]
path = "items.csv"     # item, text, kind, scale, need
"""
_MARKET = """[sources.market]
path = "market.csv"    # need_or_category, size, our_share, growth
"""
_PAIRS = (
    "Each need takes two items with the same name in column `need`: one of kind `need-importance` and one of kind "
    "`need-satisfaction`."
)


def needs_missing(context: Context) -> None:
    """Say which tables unlock needs by segment."""
    given = set(queries.reconciliation(context.key)["table_name"])
    missing = [name for name in ("survey", "items") if name not in given]
    if missing:
        tables = " and ".join(f"**{name}**" for name in missing)
        st.info(
            f"Importance against satisfaction needs the {'tables' if len(missing) > 1 else 'table'} {tables}. {_PAIRS} "
            "Add to `segmentation.toml`, and build again:"
        )
        st.code(_SURVEY, language="toml")
    else:
        st.info(f"The items of the survey do not pair importance with satisfaction. {_PAIRS}")


def market_missing() -> None:
    """Say which table unlocks market white space."""
    st.info(
        "What of the market is unclaimed needs the table **market**: a row a need or category with its size and, where "
        "they are known, our share (0 to 1) and its growth a year. Add to `segmentation.toml`, and build again:"
    )
    st.code(_MARKET, language="toml")
