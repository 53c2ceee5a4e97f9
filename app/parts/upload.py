"""Bring your own file: upload, confirm the guessed mapping, watch it being built, land on its Home."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app import uploads
from app.parts.text import plain
from segmodel import formats
from segmodel.errors import SegmodelError
from segmodel.sources import TABLES

_NOT_USED = "not used"
_REQUIRED = ("customer_id", "ordered_at", "amount")
_MORE = ("order_id", "margin", "quantity", "channel", "category", "promotion")
_SETTINGS = {
    "cancelled": ("Rows that are cancellations", "A condition over the file's columns, such as InvoiceNo LIKE 'C%'."),
    "date_format": ("Date format", "Such as %d/%m/%Y for 31/12/2026; leave empty to have it found."),
    "decimal": ("Decimal sign", "A point or a comma; leave empty to have it found."),
}


def upload() -> None:
    """Show the upload, and once there is a file its mapping and the button that builds it."""
    st.caption(
        "One file with a customer, a date and an amount a row is enough: CSV, Excel, Parquet or JSON. "
        "It becomes a workspace of its own beside this one; what is shown now stays as it is."
    )
    file = st.file_uploader("Transactions file", type=list(uploads.FILE_TYPES), key="upload")
    if file is None:
        st.session_state.pop("arrival", None)
        return
    try:
        arrival = _arrival(file.file_id, file.name, file.getbuffer())
        _confirm(arrival, file.name)
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")


def _arrival(file_id: str, name: str, content: memoryview) -> uploads.Arrival:
    """Receive a file once, however often the page runs."""
    kept = st.session_state.get("arrival")
    if kept is None or kept[0] != file_id:
        with st.spinner("Reading the first rows"):
            kept = (file_id, uploads.receive(name, content))
        st.session_state["arrival"] = kept
    return kept[1]


def _confirm(arrival: uploads.Arrival, file_name: str) -> None:
    with st.expander(f"First rows of {plain(file_name)}", key="first_rows", on_change="rerun", type="compact") as rows:
        if rows.open:
            st.dataframe(arrival.sample.head(10), hide_index=True, alt="First rows of the file as text")
    columns = {name: _column(arrival, name) for name in _REQUIRED}
    with st.expander("More columns and settings, all optional"):
        columns |= {name: _column(arrival, name) for name in _MORE}
        settings = {name: _setting(arrival, name) for name in _SETTINGS}
    _preview(arrival, columns)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", uploads.suggested_name(file_name), max_chars=80, key="upload_name", width=320)
        currency = st.text_input("Currency", "GBP", max_chars=3, key="upload_currency", width=100)
        is_complete = all(columns[column] for column in _REQUIRED) and bool(name.strip())
        wanted = st.button("Build", disabled=not is_complete, key="upload_build")
    if wanted:
        used = {column: expression for column, expression in columns.items() if expression}
        _build(arrival, name.strip(), currency.strip().upper(), {**arrival.settings, **settings, "columns": used})


def _build(arrival: uploads.Arrival, name: str, currency: str, source: Mapping[str, object]) -> None:
    bar = st.progress(0.0, "Starting")
    slug = uploads.build(arrival, name, currency, source, lambda text, done: bar.progress(min(done, 1.0), plain(text)))
    st.session_state.pop("arrival", None)
    st.switch_page("views/home.py", query_params={"workspace": slug})


def _column(arrival: uploads.Arrival, name: str) -> str:
    """Show the choice for one column of the contract: a column of the file, or an expression typed in."""
    contract = TABLES["transactions"].column(name)
    candidates = arrival.guess.candidates.get(name, ())
    options = list(dict.fromkeys([*(one.expression for one in candidates), *map(str, arrival.sample.columns)]))
    label = formats.sentence_case(name.replace("_", " "))
    if name not in _REQUIRED:
        options.insert(1 if candidates else 0, _NOT_USED)
    reason = f" {candidates[0].reason}" if candidates else ""
    chosen = st.selectbox(
        label,
        options,
        index=0 if candidates or name not in _REQUIRED else None,
        accept_new_options=True,
        placeholder="Choose a column, or type an expression such as Quantity * UnitPrice",
        help=plain(f"{contract.description}{reason}"),
        key=f"column_{name}",
    )
    return "" if chosen in {None, _NOT_USED} else str(chosen)


def _setting(arrival: uploads.Arrival, name: str) -> str:
    label, help_text = _SETTINGS[name]
    return st.text_input(label, arrival.settings.get(name, ""), help=plain(help_text), key=f"setting_{name}").strip()


def _preview(arrival: uploads.Arrival, columns: Mapping[str, str]) -> None:
    """Show what the chosen columns hold in the first rows; expressions are worked out by the build."""
    sample = arrival.sample.head(5)
    shown = {
        name: sample[expression].astype("string").fillna("") if expression in sample.columns else expression
        for name, expression in columns.items()
        if expression
    }
    if shown:
        preview = pd.DataFrame(shown, index=sample.index).map(plain)
        st.table(preview.rename(columns=plain), border="horizontal", hide_index=True, alt="Preview of the mapping")
