"""Bring your own file: upload, confirm the guessed mapping, watch it being built, land on its Home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import uploads
from app.parts.text import plain
from segmodel import formats
from segmodel.errors import SegmodelError
from segmodel.sources import TABLES, Candidate, SourceDraft

_NOT_USED = "not used"
_REQUIRED = ("customer_id", "ordered_at", "amount")
_MORE = ("order_id", "margin", "quantity", "channel", "category", "promotion")
_SETTINGS = {
    "exclude": ("Lines that are no sales", "A condition over the file's columns, such as UnitPrice <= 0."),
    "cancelled": ("Lines that were cancelled", "A condition over the file's columns, such as InvoiceNo LIKE 'C%'."),
    "date_format": ("Date format", "Such as %d/%m/%Y for 31/12/2026; leave empty to have it found."),
    "decimal": ("Decimal sign", "A point or a comma; leave empty to have it found."),
}
_CONDITIONS = {
    "exclude": "Leave out lines that are no sales; they are counted in quarantine",
    "cancelled": "Count some lines as cancelled",
}


@dataclass(frozen=True)
class _Form:
    """A file, and where its answers are kept: those given for one file are not taken for the next."""

    number: int
    name: str
    arrival: uploads.Arrival

    def key(self, name: str) -> str:
        return f"{name}_{self.number}"


def upload() -> None:
    """Show the upload, and once there is a file its mapping and the button that builds it."""
    st.caption(
        "One file with a customer, a date and an amount a row is enough: CSV, Excel, Parquet or JSON. "
        "It becomes a workspace of its own beside this one; what is shown now stays as it is."
    )
    try:
        text, workbook = (formats.file_size(uploads.most_unpacked(kind)) for kind in ("csv", "xlsx"))
        limits = f"A file with .gz may hold up to {text} once unpacked, an Excel workbook up to {workbook}."
        file = st.file_uploader("Transactions file", type=list(uploads.FILE_TYPES), key="upload", help=plain(limits))
        if file is None:
            st.session_state.pop("arrival", None)
        else:
            _confirm(_received(file.file_id, file.name, file.getbuffer()))
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")


def _received(file_id: str, name: str, content: memoryview) -> _Form:
    """Receive a file once, however often the page runs; one that was refused stays refused."""
    kept = st.session_state.get("arrival")
    if kept is None or kept[0] != file_id:
        number = st.session_state["arrivals"] = st.session_state.get("arrivals", 0) + 1
        with st.spinner("Reading the file"):
            try:
                kept = (file_id, _Form(number, name, uploads.receive(name, content)), "")
            except SegmodelError as error:
                kept = (file_id, None, str(error))
        st.session_state["arrival"] = kept
    _, form, refusal = kept
    if form is None:
        raise SegmodelError(refusal)
    return form


def _confirm(form: _Form) -> None:
    arrival = form.arrival
    label = f"First rows of {plain(form.name)}"
    with st.expander(label, key=form.key("first_rows"), on_change="rerun", type="compact") as rows:
        if rows.open:
            st.dataframe(arrival.sample.head(10), hide_index=True, alt="First rows of the file as text")
    with st.grid(3, min_column_width=220, gap="small"):
        columns = {name: _column(form, name) for name in _REQUIRED}
    used = {key: _condition(form, key) for key in _CONDITIONS}
    with st.expander("More columns and settings, all optional"), st.grid(3, min_column_width=220, gap="small"):
        columns |= {name: _column(form, name) for name in _MORE}
        settings = {name: _setting(form, name, is_used=used.get(name, True)) for name in _SETTINGS}
    _preview(arrival, columns)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        suggested = uploads.suggested_name(form.name)
        name = st.text_input("Name", suggested, max_chars=80, key=form.key("upload_name"), width=320)
        currency = st.text_input("Currency", "GBP", max_chars=3, key=form.key("upload_currency"), width=100)
        is_complete = all(columns[column] for column in _REQUIRED) and bool(name.strip())
        wanted = st.button("Build", disabled=not is_complete, key="upload_build")
    if wanted:
        _build(arrival, name.strip(), currency.strip().upper(), SourceDraft(columns, settings))


def _build(arrival: uploads.Arrival, name: str, currency: str, source: SourceDraft) -> None:
    bar = st.progress(0.0, "Starting")
    slug = uploads.build(arrival, name, currency, source, lambda text, done: bar.progress(min(done, 1.0), plain(text)))
    st.session_state.pop("arrival", None)
    st.switch_page("views/home.py", query_params={"workspace": slug})


def _column(form: _Form, name: str) -> str:
    """Show the choice for one column of the contract: a column of the file, or an expression typed in."""
    contract = TABLES["transactions"].column(name)
    candidates = form.arrival.guess.candidates.get(name, ())
    options = list(dict.fromkeys([*(one.expression for one in candidates), *map(str, form.arrival.sample.columns)]))
    if name not in _REQUIRED:
        options.insert(1 if candidates else 0, _NOT_USED)
    reason = f" {candidates[0].reason}" if candidates else ""
    chosen = st.selectbox(
        _label(name),
        options,
        index=0 if candidates or name not in _REQUIRED else None,
        accept_new_options=True,
        placeholder="Choose a column, or type an expression such as Quantity * UnitPrice",
        help=plain(f"{contract.description}{reason}"),
        key=form.key(f"column_{name}"),
    )
    return "" if chosen in {None, _NOT_USED} else str(chosen)


def _label(name: str) -> str:
    return formats.sentence_case(name.replace("_", " "))


def _condition(form: _Form, key: str) -> bool:
    """Show a condition that was guessed, in plain words, and return whether it is to be used."""
    guessed: Candidate | None = getattr(form.arrival.guess, key)
    if guessed is None:
        return True
    with st.container(gap=None):
        is_used = st.checkbox(_CONDITIONS[key], value=True, key=form.key(f"use_{key}"))
        st.caption(plain(guessed.reason))
    return is_used


def _setting(form: _Form, name: str, *, is_used: bool) -> str:
    label, help_text = _SETTINGS[name]
    text = st.text_input(
        label,
        form.arrival.settings.get(name, ""),
        help=plain(help_text),
        disabled=not is_used,
        key=form.key(f"setting_{name}"),
    )
    return text.strip() if is_used else ""


def _preview(arrival: uploads.Arrival, columns: Mapping[str, str]) -> None:
    """Show what the chosen columns hold in the first rows; expressions are worked out by the build."""
    sample = arrival.sample.head(5)
    shown = {
        _label(name): sample[expression].astype("string").fillna("") if expression in sample.columns else expression
        for name, expression in columns.items()
        if expression
    }
    if shown:
        preview = pd.DataFrame(shown, index=sample.index).map(plain)
        st.table(preview, border="horizontal", hide_index=True, alt="Preview of the mapping")
