"""What is being looked at: built once a run from the selection bar, and kept whole in the address.

Streamlit can bind a widget to the address, but it leaves out values that equal the default and writes
labels, so a link to the latest snapshot would show another month next month. Here every value is written
out by its name, a link restores exactly the view it was copied from, and a value that is no longer there
falls back with a note.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlencode

import streamlit as st

from app import queries
from app.access import User
from app.address import Address
from app.parts.text import plain
from segmodel import formats

NO_COMPARISON = "none"
ALL_VALUES = ""
_STATE = "selection"
_A_CHANGE_TAKES_DAYS = 80


@dataclass(frozen=True)
class Selection:
    """What a page shows."""

    workspace: str
    segmentation: str
    snapshot: dt.date
    compare_to: dt.date | None
    filters: tuple[tuple[str, str], ...] = ()

    def parameters(self, **more: str) -> dict[str, str]:
        """Return the address parameters that restore this selection."""
        compared = self.compare_to.isoformat() if self.compare_to else NO_COMPARISON
        chosen = {
            "workspace": self.workspace,
            "segmentation": self.segmentation,
            "snapshot": self.snapshot.isoformat(),
            "compare_to": compared,
            **{f"filter_{name}": value for name, value in self.filters},
            **more,
        }
        return {name: value for name, value in chosen.items() if value}

    def link(self, **more: str) -> str:
        """Return the part of a link after the page's own address."""
        return "?" + urlencode(self.parameters(**more))


@dataclass(frozen=True)
class Context:
    """Everything a view needs to know: what to show, from which build, to whom, and how it looks."""

    selection: Selection
    key: queries.BuildKey
    about: queries.About
    title: str
    version: str
    user: User
    filter_text: str = ""
    """The filters in words."""
    unfilled: str = ""
    """How much of the window the data fill at the snapshot, where they do not fill it: `3 of 12 months`."""
    caution: str = ""
    """What to know before acting on these segments."""
    coverage: str = ""
    """Whose segment is told from what, where that is not the same for everybody."""


def context() -> Context:
    """Return the context of this run, as the router left it."""
    found: Context = st.session_state["context"]
    return found


def of_latest(found: Context) -> Context:
    """Return the context of a page that shows all customers at the latest snapshot, whatever is selected."""
    latest = queries.snapshots(found.key)[0]
    chosen = replace(found.selection, snapshot=latest, filters=())
    return context_of(chosen, found.key, found.user)


def of_everybody(found: Context) -> Context:
    """Return the context of a page that shows all customers at the chosen dates, whatever the filters."""
    return context_of(replace(found.selection, filters=()), found.key, found.user)


def start_run(page: str, *, is_shown: bool) -> None:
    """Compare the address with what was last written to it: what differs was asked for by a link.

    `is_shown` says whether the page shows the selection bar; the selection is kept either way.
    """
    state = st.session_state.setdefault(_STATE, {"address": Address(), "chosen": {}, "defaults": {}})
    state["asked"] = state["address"].asked(page)
    state["notes"], state["page"], state["is_shown"] = [], {}, is_shown


def context_of(chosen: Selection, key: queries.BuildKey, user: User) -> Context:
    """Put together what views need to know about a selection."""
    known = queries.segmentations(key).set_index("name")
    row = known.loc[chosen.segmentation]
    unfilled = queries.unfilled_windows(key).get(chosen.snapshot, "")
    about = queries.about(key)
    if unfilled:
        about = replace(about, window=unfilled)
    title, version = str(row["label"]), str(row["version"])
    said = {name: str(row[name]) for name in ("caution", "coverage")}
    return Context(chosen, key, about, title, version, user, _filter_text(chosen, key), unfilled, **said)


def _filter_text(chosen: Selection, key: queries.BuildKey) -> str:
    if not chosen.filters:
        return ""
    known = queries.filters(key)
    labels = dict(zip(known["filter"], known["label"], strict=True))
    return " · ".join(f"{labels[name]}: {value}" for name, value in chosen.filters)


def finish_run(chosen: Selection) -> None:
    """Write the whole view into the address: the shared selection, and what the page added."""
    state = st.session_state[_STATE]
    state["address"].write(chosen.parameters(**state["page"]))


def notes() -> tuple[str, ...]:
    """Return what is to be said about parts of the link that were not followed."""
    return tuple(st.session_state[_STATE]["notes"])


def settle(name: str, options: Sequence[str], default: str, describe: Callable[[str], str] = str) -> str:
    """Return the value of a parameter: what a link asks for, else what was chosen, else the default.

    Parameters
    ----------
    name : str
        Name of the address parameter.
    options : sequence of str
        What may be chosen.
    default : str
        Taken when nothing else is valid.
    describe : callable
        How an option is shown, for the note.
    """
    state, key = st.session_state[_STATE], f"choice_{name}"
    asked, chosen = state["asked"].pop(name, None), state["chosen"].get(name)
    if key in st.session_state:
        chosen = st.session_state[key]
    # Somebody who looks at the latest month keeps looking at the latest when a new build comes.
    if chosen == state["defaults"].get(name) or chosen not in options:
        chosen = default
    if asked is not None and asked in options:
        chosen = asked
    elif asked == "":
        chosen = default
    elif asked:
        label = name.removeprefix("filter_").replace("_", " ")
        state["notes"].append(
            f"The link asked for {label} “{plain(asked)}”, which is not there. "
            f"Shown instead: {plain(describe(chosen))}."
        )
    state["defaults"][name], state["chosen"][name] = default, chosen
    return chosen


def start_choices(name: str, subject: str, parameters: Sequence[str]) -> None:
    """Forget what was chosen for another subject: choices of one segmentation say nothing about the next."""
    state = st.session_state[_STATE]
    before = state.setdefault("subjects", {}).get(name)
    state["subjects"][name] = subject
    if before is not None and before != subject:
        for parameter in parameters:
            st.session_state.pop(f"choice_{parameter}", None)
            state["chosen"].pop(parameter, None)


def settle_number(name: str, default: int, least: int, most: int) -> int:
    """Return a whole number of one page: what a link asks for, else what was chosen, else the default."""
    state = st.session_state[_STATE]
    asked = state["asked"].pop(name, None)
    chosen = st.session_state.get(f"choice_{name}", state["chosen"].get(name, default))
    if asked and asked.isascii() and asked.isdecimal() and len(asked) < 20 and least <= int(asked) <= most:
        chosen = int(asked)
    elif state["defaults"].get(name, default) != default:
        chosen = default
    state["defaults"][name], state["chosen"][name] = default, chosen
    return int(chosen)


def settle_list(name: str, options: Sequence[str], default: Sequence[str]) -> list[str]:
    """Return a choice of several of one page: what a link asks for, else what was chosen, else the default.

    Where the default changes, it is taken: the choice was made for another thing. Parts of a link that are not there
    are left out, and said.
    """
    state = st.session_state[_STATE]
    asked = state["asked"].pop(name, None)
    chosen = list(st.session_state.get(f"choice_{name}", state["chosen"].get(name, default)))
    if asked:
        wanted = [unquote(part) for part in asked.split(",")]
        chosen = [one for one in wanted if one in options]
        missing = [one for one in wanted if one not in options]
        if missing:
            state["notes"].append(f"The link asked for {plain(', '.join(missing))}, which is not there.")
    elif state["defaults"].get(name, list(default)) != list(default):
        chosen = list(default)
    state["defaults"][name] = list(default)
    state["chosen"][name] = [one for one in chosen if one in options]
    return list(state["chosen"][name])


def as_list(values: Sequence[str]) -> str:
    """Return several values as a parameter of a link: with commas between, those inside written otherwise.

    Examples
    --------
    >>> as_list(["price", "speed, or ease"])
    'price,speed%2C or ease'
    """
    return ",".join(value.replace("%", "%25").replace(",", "%2C") for value in values)


def settle_text(name: str, longest: int = 80) -> str:
    """Return a text that only one page has: what a link asks for, else what was typed; it is kept in the address."""
    asked = st.session_state[_STATE]["asked"].pop(name, None)
    text = str(asked if asked is not None else st.session_state.get(f"choice_{name}", ""))[:longest]
    of_page(name, text)
    return text


def of_page(name: str, value: str) -> None:
    """Add a choice that only one page has to the address, while that page is shown."""
    st.session_state[_STATE]["page"][name] = value


def set_chosen(name: str, value: object) -> None:
    """Choose another value of a parameter that has no widget of its own; for callbacks."""
    st.session_state[_STATE]["chosen"][name] = value


def widget_key(name: str, value: object) -> str:
    """Return the key of the widget of a parameter, set to `value`."""
    st.session_state[f"choice_{name}"] = value
    return f"choice_{name}"


def choose(name: str, label: str, options: Sequence[str], default: str, describe: Callable[[str], str]) -> str:
    """Show a select box kept in the address, and return what is chosen."""
    value = settle(name, options, default, describe)
    if st.session_state[_STATE]["is_shown"]:
        width = _box_width(options, describe)
        st.selectbox(label, options, key=widget_key(name, value), format_func=describe, width=width)
    return value


def workspace_choice() -> str:
    """Return the workspace to show; the picker appears once there is more than one."""
    options = ("", *queries.uploaded())
    if len(options) == 1 and "workspace" not in st.session_state[_STATE]["asked"]:
        return ""
    titles = queries.workspace_titles()
    value = settle("workspace", options, "", lambda name: titles.get(name, name))
    with st.sidebar:
        st.selectbox(
            "Workspace",
            options,
            key=widget_key("workspace", value),
            format_func=lambda name: titles.get(name, name),
        )
    return value


def selection_bar(workspace: str, key: queries.BuildKey) -> Selection:
    """Show segmentation, date, comparison and filters in one row, and return the selection."""
    known = queries.segmentations(key)
    titles = dict(zip(known["name"], known["label"], strict=True))
    primary = known.sort_values("is_primary", ascending=False, kind="stable")["name"].iloc[0]
    with st.container(horizontal=True, vertical_alignment="bottom", key="selection_bar"):
        segmentation = choose("segmentation", "Segmentation", list(titles), primary, lambda name: titles[name])
        dates = queries.snapshots(key)
        unfilled = queries.unfilled_windows(key)
        days = {date.isoformat(): formats.day(date) + _in_brackets(unfilled.get(date, "")) for date in dates}
        snapshot = dt.date.fromisoformat(
            choose("snapshot", "As of", list(days), dates[0].isoformat(), lambda text: days[text])
        )
        # Where the data fill only part of the window, a change would be one of the data, not of customers.
        comparable = queries.comparable_snapshots(key)
        earlier = [date for date in dates if {date, snapshot} <= comparable and date < snapshot]
        options = [*(date.isoformat() for date in earlier), NO_COMPARISON]
        usual = _a_year_before(snapshot, earlier)
        compared = choose("compare_to", "Compared with", options, usual, _day)
        compare_to = None if compared == NO_COMPARISON else dt.date.fromisoformat(compared)
        filters = _filters(key)
    return Selection(workspace, segmentation, snapshot, compare_to, filters)


def _day(text: str) -> str:
    return "Nothing" if text == NO_COMPARISON else formats.day(dt.date.fromisoformat(text))


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def _a_year_before(snapshot: dt.date, earlier: Sequence[dt.date]) -> str:
    """Return the snapshot nearest to one year before, for seasons to cancel out; a few weeks say nothing."""
    far = [date for date in earlier if (snapshot - date).days >= _A_CHANGE_TAKES_DAYS]
    if not far:
        return NO_COMPARISON
    return min(far, key=lambda date: abs((snapshot - date).days - 365)).isoformat()


def _filters(key: queries.BuildKey) -> tuple[tuple[str, str], ...]:
    chosen = []
    for name, values in queries.filters(key).groupby("filter", sort=False):
        options = [ALL_VALUES, *values["value"].astype(str)]
        label = str(values["label"].iloc[0])
        value = choose(f"filter_{name}", label, options, ALL_VALUES, lambda text: text or "All")
        if value != ALL_VALUES:
            chosen.append((str(name), value))
    return tuple(chosen)


def _box_width(options: Sequence[str], describe: Callable[[str], str]) -> int:
    """Return pixels that hold the longest option, within reason."""
    longest = max((len(describe(option)) for option in options), default=10)
    return min(max(round(7.6 * longest) + 44, 110), 320)
