"""Keeps what lives as long as the server out of the garbage collection that Streamlit does after every run.

Libraries and what they set up are over 200,000 objects. Looking through all of them took over 100 ms of
each run of a page, during which nobody else was served; what a run itself leaves behind takes about 1 ms.
"""

from __future__ import annotations

import atexit
import gc
from functools import cache

# The end of the process takes everything apart, as if nothing had been set aside; some libraries complain otherwise.
atexit.register(gc.unfreeze)


@cache
def set_aside(page: str) -> None:  # noqa: ARG001 - once for each page
    """Set aside whatever is there once a page has run for the first time: the libraries it uses among it.

    Later collections look only at what came after. What was set aside and is no longer used is freed as always,
    except where its parts refer to each other; that is at most the sessions open at that moment.

    Parameters
    ----------
    page : str
        Title of the page.
    """
    gc.collect()
    gc.freeze()
