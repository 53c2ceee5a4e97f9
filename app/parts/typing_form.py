"""The form: questions answered with the keyboard alone, and beside them what the answers tell."""

from __future__ import annotations

import streamlit as st

from app.parts.text import plain
from segmodel import formats
from segmodel.errors import TypingToolError
from segmodel.typing_tool import Battery, Question, findings

_TURN = "typing_turn"


def form(battery: Battery) -> None:
    """Show the questions and, once enough of them are answered, the segment, how sure that is, and why."""
    turn = st.session_state.get(_TURN, 0)
    questions, answer = st.columns([1.5, 1], gap="large")
    with questions:
        st.caption("Tab goes from question to question, the arrow keys choose an answer.")
        given = {
            question.name: _ask(question, place, f"typing_{battery.segmentation}_{battery.version}_{turn}")
            for place, question in enumerate(battery.questions, start=1)
        }
        st.button("Clear the answers", icon=":material/restart_alt:", key="typing_clear", on_click=_clear)
    with answer, st.container(border=True, key="typing_answer"):
        _tell(battery, {name: value for name, value in given.items() if value is not None})


def _ask(question: Question, place: int, key: str) -> object:
    label = f"{place}\\. {plain(question.wording)}"
    name = f"{key}_{question.name}"
    if not question.options:
        return st.number_input(label, value=None, key=name, width=220, placeholder="A number")
    return st.radio(
        label,
        question.options,
        index=None,
        format_func=lambda option: plain(question.label(option)),
        horizontal=True,
        key=name,
    )


def _tell(battery: Battery, given: dict[str, object]) -> None:
    missing = battery.least_answered - len(given)
    if missing > 0:
        st.markdown("**The segment stands here**")
        st.caption(plain(f"as soon as {formats.counted(missing, 'more question')} {_is_or_are(missing)} answered."))
        return
    try:
        told = battery.tell(given)
    except TypingToolError as error:
        st.error(plain(error), icon=":material/error:")
        return
    first, second = battery.name(told.segment), battery.name(told.runner_up)
    st.caption("Unsure" if told.is_unsure else "Most probably")
    st.subheader(plain(f"{first} or {second}" if told.is_unsure else first), anchor=False)
    if not told.is_unsure:
        st.markdown(plain(findings.answer(battery, told)))
    for segment, probability in sorted(told.probabilities.items(), key=lambda pair: -pair[1]):
        st.progress(probability, plain(f"{battery.name(segment)} · {formats.risk(probability)}"))
    if told.is_unsure:
        limit = formats.share(battery.accuracy.unsure_below)
        st.warning(plain(f"No segment is {limit} probable. Ask the questions left out, or treat the answer as open."))
    for sentence in findings.reasons(battery, told):
        st.caption(plain(sentence))


def _is_or_are(count: int) -> str:
    return "is" if count == 1 else "are"


def _clear() -> None:
    """Begin anew: questions under another key have no answer."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
