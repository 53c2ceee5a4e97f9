"""Small cells: what is hidden so that nothing can be said about a handful of people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

_AXES = ("segment", "filter_1", "filter_2")


def small_cells(
    frame: pd.DataFrame, minimum: int, already: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.bool_]:
    """Return which rows to hide: groups below `minimum`, and those that would give one away.

    A total is the sum of its groups, along segments and along each filter. Complementary suppression hides more,
    the smallest first, until no such sum gives anything away:

    - beside a visible total, two groups are hidden or none, and those hidden together reach the minimum;
    - a hidden total has a hidden group along each filter, and no visible segment, whose shares would tell it.

    Parameters
    ----------
    frame : DataFrame
        Columns snapshot, segment, filter_1, filter_2 (empty text: all) and customers.
    minimum : int
        The smallest group that may be shown.
    already : ndarray of bool, optional
        Rows that are hidden for another reason.

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
    return Sums(frame).hide(minimum, np.zeros(len(frame), dtype=bool) if already is None else already)


class Sums:
    """Which rows of a table add up to which; see `small_cells`.

    Parameters
    ----------
    frame : DataFrame
        As `small_cells` takes it.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._customers = frame["customers"].to_numpy(dtype=float)
        self._families = [(axis, *family) for axis in _AXES for family in _families(frame, axis)]

    def hide(self, minimum: int, already: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return which rows to hide, those of `already` among them."""
        customers = self._customers
        hidden: npt.NDArray[np.bool_] = (customers < minimum) | already
        before = -1 if hidden.any() else 0
        while before < hidden.sum():
            before = int(hidden.sum())
            for axis, total, members in self._families:
                hidden[_to_hide(axis, total, members, customers, hidden, minimum)] = True
        return hidden


def small_parts(frame: pd.DataFrame, part: str, minimum: int) -> npt.NDArray[np.bool_]:
    """Return the rows in which `part` of the customers, or the others, are a small group that would be told.

    Nobody is no small group: that all or none of many customers did something says nothing about a few.

    Parameters
    ----------
    frame : DataFrame
        As `small_cells` takes it, with `suppressed` and the column `part`.
    part : str
        Column that counts some of the customers.
    minimum : int
        The smallest group that may be shown.

    Returns
    -------
    ndarray of bool, one a row; suppressed rows are among them

    Examples
    --------
    >>> cells = pd.DataFrame({"snapshot": 1, "segment": ["", "a", "b", "c"], "filter_1": "", "filter_2": "",
    ...                       "customers": [190, 60, 50, 80], "active": [127, 60, 47, 20], "suppressed": False})
    >>> small_parts(cells, "active", 10).tolist()
    [False, False, True, True]
    """
    suppressed = frame["suppressed"].to_numpy(dtype=bool)
    hidden = suppressed.copy()
    for count in (frame[part], frame["customers"] - frame[part]):
        there = (count > 0).to_numpy() | suppressed
        hidden[there] |= small_cells(frame[there].assign(customers=count[there]), minimum, suppressed[there])
    return hidden


def _to_hide(
    axis: str,
    total: int,
    members: npt.NDArray[np.intp],
    customers: npt.NDArray[np.float64],
    hidden: npt.NDArray[np.bool_],
    minimum: int,
) -> npt.NDArray[np.intp]:
    """Return the rows one family asks to hide next."""
    gone, shown = members[hidden[members]], members[~hidden[members]]
    if hidden[total]:
        if axis == "segment":
            return shown
        gives_away = len(gone) == 0
    else:
        gives_away = len(gone) == 1 or (len(gone) > 1 and customers[gone].sum() < minimum)
    if not gives_away:
        return members[:0]
    return shown[[np.argmin(customers[shown])]] if len(shown) else np.array([total])


def _families(frame: pd.DataFrame, axis: str) -> list[tuple[int, npt.NDArray[np.intp]]]:
    """Return each total along an axis with the rows it is the sum of."""
    rest = ["snapshot", *(other for other in _AXES if other != axis)]
    totals: dict[tuple[object, ...], int] = {}
    members: dict[tuple[object, ...], list[int]] = {}
    # plain dictionaries: grouping by three columns costs more than all the rest for the small tables of a build
    keys = zip(*(frame[name].tolist() for name in rest), strict=True)
    for place, (value, key) in enumerate(zip(frame[axis].tolist(), keys, strict=True)):
        if value == "":
            totals.setdefault(key, place)
        else:
            members.setdefault(key, []).append(place)
    known = sorted((key for key in members if key in totals), key=repr)
    return [(totals[key], np.array(members[key], dtype=np.intp)) for key in known]
