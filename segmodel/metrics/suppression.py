"""Small cells: what is hidden so that nothing can be said about a handful of people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

_AXES = ("segment", "filter_1", "filter_2")


def small_cells(frame: pd.DataFrame, minimum: int) -> npt.NDArray[np.bool_]:
    """Return which rows to hide: groups below `minimum`, and those that totals would give away.

    A hidden group could be had back by subtracting its neighbours from their total, so where exactly one of the
    groups that make up a visible total is hidden, the smallest of the others is hidden with it (complementary
    suppression), along segments and along each filter, until nothing more follows.

    Parameters
    ----------
    frame : DataFrame
        Columns snapshot, segment, filter_1, filter_2 (empty text: all) and customers.
    minimum : int
        The smallest group that may be shown.

    Returns
    -------
    ndarray of bool, one a row

    Examples
    --------
    >>> cells = pd.DataFrame({"snapshot": 1, "segment": ["", "a", "b", "c"], "filter_1": "", "filter_2": "",
    ...                       "customers": [115, 5, 30, 80]})
    >>> small_cells(cells, 10).tolist()
    [False, True, True, False]
    """
    keyed = frame.reset_index(drop=True)
    customers = keyed["customers"].to_numpy(dtype=float)
    hidden = customers < minimum
    groups = [group for axis in _AXES for group in _families(keyed, axis)]
    changed = True
    while changed:
        changed = False
        for total, members in groups:
            shown = members[~hidden[members]]
            # one hidden member beside a visible total is a subtraction away
            if not hidden[total] and len(members) - len(shown) == 1 and len(shown):
                hidden[shown[np.argmin(customers[shown])]] = True
                changed = True
    return hidden


def _families(frame: pd.DataFrame, axis: str) -> list[tuple[int, npt.NDArray[np.intp]]]:
    """Return each total along an axis with the rows it is the sum of."""
    rest = ["snapshot", *(other for other in _AXES if other != axis)]
    is_total = (frame[axis] == "").to_numpy()
    totals = {key: int(rows[0]) for key, rows in frame[is_total].groupby(rest).groups.items()}
    members = frame[~is_total].groupby(rest).groups
    return [(totals[key], rows.to_numpy()) for key, rows in members.items() if key in totals]
