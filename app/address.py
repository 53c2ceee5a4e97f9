"""The address of a view: what it asks for, told from what a browser merely sends back late.

Every run writes the whole view into the address, and the browser sends the address it has with whatever is done next.
Who is quicker than the answer sends the address before last: taken for a link, it would undo what was just chosen.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

LATE_FOR_SECONDS = 15
"""How long after an address was replaced a browser may still send it: as long as a slow run takes."""


@dataclass
class Address:
    """The address of one visitor.

    Attributes
    ----------
    written : dict of str to str
        The parameters written last.
    page : str
        The page they were written on.
    replaced : list of (float, dict)
        What was written on this page before, and when it was replaced (seconds of a clock that only goes forward).
    """

    written: dict[str, str] = field(default_factory=dict)
    page: str = ""
    replaced: list[tuple[float, dict[str, str]]] = field(default_factory=list)

    def asked(self, page: str) -> dict[str, str]:
        """Return the parameters a link asks for: those that are not what was written last, nor sent back late."""
        incoming = st.query_params.to_dict()
        if page != self.page:
            self.page, self.replaced = page, []
        if _is_history():
            # a view of before as a whole: what its address leaves out was not chosen then
            incoming = {**dict.fromkeys(self.written, ""), **incoming}
        elif self._was_just_replaced(incoming):
            return {}
        return {name: value for name, value in incoming.items() if self.written.get(name) != value}

    def write(self, parameters: dict[str, str]) -> None:
        """Write the whole view into the address."""
        if parameters != self.written:
            self.replaced = [*self._still_late(), (time.monotonic(), self.written)]
            self.written = parameters
        if st.query_params.to_dict() != parameters:
            st.query_params.from_dict(parameters)

    def _was_just_replaced(self, incoming: dict[str, str]) -> bool:
        return incoming != self.written and any(incoming == one for _, one in self._still_late())

    def _still_late(self) -> list[tuple[float, dict[str, str]]]:
        now = time.monotonic()
        return [(when, one) for when, one in self.replaced if now - when < LATE_FOR_SECONDS]


def _is_history() -> bool:
    """Say whether the visitor went back or forward, and so means an address of before."""
    run = get_script_run_ctx()
    return run is not None and run.is_history_navigation
