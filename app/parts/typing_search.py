"""Finding questions: start the search, watch it, see what each number of questions is worth, publish one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from app import batteries
from app.access import Role
from app.batteries import Wanted
from app.jobs import Cancelled, Failed, Ready, Running
from app.parts.chart_card import chart_card, latest_look
from app.parts.finding import section_title
from app.parts.number_table import number_table
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.errors import SegmodelError
from segmodel.typing_tool import METHODS, Battery, Found, findings

_EVERY_SECONDS = 1.0
_METHODS = {"lda": "Linear discriminant", "naive_bayes": "Naive Bayes", "logistic": "Logistic regression"}
_DONE = "typing_done"


def find(context: Context, source: str) -> None:
    """Show the search for questions, and what it found."""
    section_title("Find questions")
    method = str(
        st.selectbox("Formula", METHODS, key="typing_method", format_func=lambda name: _METHODS[name], width=260)
    )
    wanted = (source, method)
    state = batteries.state(context.key, context.selection.segmentation, wanted)
    if isinstance(state, Running):
        st.fragment(_watch, run_every=_EVERY_SECONDS)(context, wanted)
        return
    if isinstance(state, Failed):
        st.error(plain(state.message), icon=":material/error:")
    if isinstance(state, Cancelled):
        st.info("The search was cancelled; nothing is kept of it.", icon=":material/cancel:")
    if isinstance(state, Ready):
        _found(context, state.result)
        return
    if not context.user.may(Role.ANALYST):
        st.caption("Analysts can look for questions here.")
        return
    st.button(
        "Look for questions", icon=":material/search:", key="typing_start", on_click=_start, args=(context, wanted)
    )
    st.caption(
        "It reads the answers again, as builds keep none, and tries 3 to 12 questions. It takes a minute or so, beside "
        "the pages: they stay quick, and everybody sees the result."
    )


def published_now() -> None:
    """Show what the last button did: the page was drawn anew since."""
    done = st.session_state.pop(_DONE, None)
    if done is not None:
        st.success(plain(done), icon=":material/check:")


def accuracy(battery: Battery) -> None:
    """Show how well each segment is told."""
    section_title(findings.weakest(battery).removesuffix("."))
    st.markdown(plain(findings.standing(battery)))
    rows = pd.DataFrame(
        {
            "Segment": [battery.name(one.segment) for one in battery.accuracy.segments],
            f"Found: told right, of its {findings.people(battery)}": [
                formats.share(one.recall) for one in battery.accuracy.segments
            ],
            "Right: of those told to be in it": [
                "too few" if one.precision is None else formats.share(one.precision)
                for one in battery.accuracy.segments
            ],
        }
    )
    number_table(rows, "How well each segment is told")
    agreement = formats.number(battery.accuracy.kappa, 2)
    st.caption(
        plain(
            f"Agreement beyond chance (kappa): {agreement}. Each of the {findings.people(battery)} was held out while "
            "questions were chosen and the formula fitted on others, in five folds, several times over."
        )
    )
    for note in battery.notes:
        st.caption(plain(note))


def _start(context: Context, wanted: Wanted) -> None:
    try:
        batteries.start(context.key, context.selection.segmentation, wanted)
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")


def _watch(context: Context, wanted: Wanted) -> None:
    """Show how far it is, again and again until it ends; then the whole page is drawn anew."""
    state = batteries.state(context.key, context.selection.segmentation, wanted)
    if not isinstance(state, Running):
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(state.done, plain(f"{state.sentence} · {formats.share(state.done)}"))
        if context.user.may(Role.ANALYST) and st.button("Cancel", icon=":material/close:", key="typing_cancel"):
            batteries.cancel(context.key, context.selection.segmentation, wanted)
            st.rerun()


def _found(context: Context, found: Found) -> None:
    sizes = sorted(found.batteries)
    size = found.recommended
    if len(sizes) > 1:
        size = int(
            st.select_slider("Questions", sizes, value=found.recommended, key=f"typing_size_{context.key.build_id}")
        )
    battery = found.battery(size)
    best = f"{formats.counted(found.recommended, 'question')} are the fewest that do nearly as well as the best number."
    st.markdown(plain(f"{findings.finding(battery)}. {best}"))
    look = latest_look(context)
    look = replace(look, footer=replace(look.footer, customers=float(battery.accuracy.n)))
    levels = {"largest_share": battery.largest_share, "all_hit_rate": battery.all_hit_rate}
    picture, asked = st.columns([1.3, 1], gap="medium")
    with picture:
        figure = charts.typing_curve(found.curve, look, chosen=size, **levels)
        chart_card("Typing curve", figure, findings.finding(battery), lambda: _table(found))
    with asked:
        rows = pd.DataFrame(
            {
                "Question": [question.wording for question in battery.questions],
                "Chosen": [formats.share(battery.chosen[question.name]) for question in battery.questions],
            }
        )
        number_table(rows, "The questions")
        st.caption(
            "Chosen: in how many of the folds, each looking for itself. Others would do nearly as well where low."
        )
    if not context.user.may(Role.STEWARD):
        st.caption("Stewards can publish these questions.")
        return
    label = f"Publish these {size} questions"
    st.button(
        label,
        icon=":material/publish:",
        key="typing_publish",
        type="primary",
        on_click=_publish,
        args=(context, battery),
    )


def _publish(context: Context, battery: Battery) -> None:
    try:
        kept = batteries.publish(Path(context.key.folder), battery)
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")
        return
    st.session_state[_DONE] = (
        f"Battery {kept.version} is published: {len(kept.questions)} questions, asked from now on."
    )


def _table(found: Found) -> pd.DataFrame:
    curve = found.curve
    intervals = zip(curve["hit_rate_low"], curve["hit_rate_high"], strict=True)
    return pd.DataFrame(
        {
            "Questions": curve["questions"].map(formats.number),
            "Put right": curve["hit_rate"].map(formats.share),
            "95% interval": [formats.share_range(low, high) for low, high in intervals],
            "Mean of segments": curve["balanced"].map(formats.share),
            "Kappa": curve["kappa"].map(lambda kappa: formats.number(kappa, 2)),
            "Unsure": curve["unsure_share"].map(formats.share),
            "Asked": curve["names"],
        }
    )
