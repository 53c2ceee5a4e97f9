"""What a build starts from: nothing, or the published one."""

from __future__ import annotations

from collections.abc import Callable

from segmodel.refresh.earlier import Earlier
from segmodel.refresh.standing import WholeBuildError
from segmodel.sources import Keeping
from segmodel.store import RowFiles


class Start:
    """What a build starts from.

    Parameters
    ----------
    find : callable, optional
        Returns the published build to start from, or raises why there is none; asked once nobody else may build.
        Left out: everything is made from the ground up.

    Attributes
    ----------
    earlier : Earlier or None
        The build found.
    """

    def __init__(self, find: Callable[[], Earlier] | None = None) -> None:
        self._find = find
        self.earlier: Earlier | None = None

    def build_id(self) -> str | None:
        """Find the build to start from, and return its id; None for the ground up."""
        if self._find is None:
            return None
        self.earlier = self._find()
        return self.earlier.build_id

    def refuse(self, why_new: str) -> None:
        """Raise WholeBuildError where a build that starts from another would fit a version anew."""
        if self.earlier is not None and why_new:
            raise WholeBuildError(f"A segmentation has to be fitted anew: {why_new}.")

    def keeping(self, rows: RowFiles) -> Keeping:
        """Return what the sources are read with: from the ground up, every file is read from itself."""
        if self.earlier is None:
            return Keeping(rows)
        return Keeping(rows, is_reused=True, known=self.earlier.ledger)
