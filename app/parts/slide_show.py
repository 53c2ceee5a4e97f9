"""Slides on screen: large enough for the back of a room, moved through by keys."""

from __future__ import annotations

import html

import pandas as pd
import streamlit as st

from app import selection
from app.parts.text import plain
from segmodel import charts
from segmodel.charts import Look
from segmodel.reports.pack import Bars, Pack, Slide, Table

FROM = "presented_from"
"""Where the session keeps the page somebody came from."""

LEFT = "left_slides"
"""Set in the session when somebody leaves, so that the navigation is shown again."""

_LONG_TITLE = 90
"""Characters from which a title is set smaller."""


def begin(page: str) -> None:
    """Offer the slides beside a page, which leaving them leads back to."""
    if st.sidebar.button("Present", icon=":material/slideshow:", shortcut="P", key="present"):
        st.session_state[FROM] = page
        st.switch_page("views/present.py")


def place(count: int) -> int:
    """Return the slide that is shown, from 1; kept in the address."""
    number = selection.settle_number("slide", 1, 1, count)
    selection.of_page("slide", str(number))
    return number


def first(pack: Pack) -> None:
    """Show what the pack is about."""
    _words("h1", pack.title, "clamp(3rem, 6vw, 6rem)", "padding-top: 14vh")
    _words("p", pack.subtitle, "clamp(1.6rem, 2.4vw, 2.6rem)", "opacity: 0.75")


def slide(shown: Slide, look: Look) -> None:
    """Show one finding with what it rests on."""
    if shown.colour:
        colour = look.palette.segment(charts.LIGHT.segments.index(shown.colour))
        st.html(f'<div style="height:10px;border-radius:5px;background:{colour}"></div>')
    size = "clamp(1.9rem, 2.8vw, 3rem)" if len(shown.title) > _LONG_TITLE else "clamp(2.4rem, 3.8vw, 4.2rem)"
    _words("h1", shown.title, size)
    for line in shown.lines:
        _words("p", line, "clamp(1.3rem, 1.8vw, 2rem)")
    if shown.bars:
        _bars(shown.bars, shown.title, look)
    if shown.table:
        _table(shown.table, shown.title)
    if shown.note:
        st.caption(plain(shown.note))


def controls(number: int, count: int) -> None:
    """Show where one is, and move by arrow keys; Esc leads back to the dashboard."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Back", icon=":material/arrow_back:", shortcut="Left", disabled=number == 1, key="slide_back",
            on_click=_go, args=(number - 1,),
        )  # fmt: skip
        st.button(
            "Next", icon=":material/arrow_forward:", shortcut="Right", disabled=number == count, key="slide_next",
            on_click=_go, args=(number + 1,),
        )  # fmt: skip
        st.button("First", shortcut="Home", key="slide_first", on_click=_go, args=(1,))
        st.button("Last", shortcut="End", key="slide_last", on_click=_go, args=(count,))
        if st.button("Leave", icon=":material/close:", shortcut="Esc", key="slide_leave"):
            st.session_state[LEFT] = True
            st.switch_page(f"views/{st.session_state.pop(FROM, 'home')}.py")
        st.markdown(f"{number} of {count}")


def footer(pack: Pack) -> None:
    """Show source, n, date, version and person."""
    st.caption(plain(pack.footer))


def _go(number: int) -> None:
    selection.set_chosen("slide", number)


def _words(tag: str, text: str, size: str, more: str = "") -> None:
    """Show text larger than a theme has it; it is escaped, never markup."""
    font = "font-family:'Source Serif','Source Serif 4',Georgia,serif;font-weight:600;" if tag == "h1" else ""
    style = f"font-size:{size};line-height:1.2;margin:0;padding:0.3em 0 0;overflow-wrap:anywhere;{font}{more}"
    st.html(f'<{tag} dir="auto" style="{style}">{html.escape(text)}</{tag}>')


def _bars(bars: Bars, title: str, look: Look) -> None:
    frame = pd.DataFrame({"name": bars.categories, **dict(bars.series)})
    inks = (look.palette.context, look.palette.segment(0))
    colours = {name: inks[min(index, 1)] for index, (name, _) in enumerate(bars.series)}
    figure = charts.slide_bars(frame, look, colours)
    st.plotly_chart(figure, theme=None, key=f"chart_slide_{title}", config={"displayModeBar": False}, alt=title)


def _table(table: Table, title: str) -> None:
    cell = 'style="padding:0.45em 0.8em 0.45em 0;border-bottom:1px solid rgba(128,128,128,0.35);text-align:start;'
    head = "".join(f'<th scope="col" dir="auto" {cell}">{html.escape(name)}</th>' for name in table.headings)
    rows = "".join(
        "<tr>" + "".join(f'<td dir="auto" {cell}">{html.escape(text)}</td>' for text in row) + "</tr>"
        for row in table.rows
    )
    size = "clamp(1.05rem, 1.45vw, 1.7rem)"
    st.html(
        f'<div style="overflow-x:auto"><table aria-label="{html.escape(title, quote=True)}" '
        f'style="width:100%;border-collapse:collapse;'
        f'font-size:{size};overflow-wrap:break-word"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
