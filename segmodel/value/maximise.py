"""Maximum likelihood over positive parameters, from several starts, and never silently without an optimum."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from segmodel.value.repeat import Floats

LOWEST, HIGHEST = 1e-5, 1e5
"""Where parameters are searched, in times of the mean age or the mean amount."""

ROUGH_GROUPS = 5_000
"""Distinct customers on which the starts are compared; the best is then carried on with all of them."""

ROUGH_TOLERANCE = 1e-2
"""Gradient at which a start is known well enough to be compared with others; only the best is carried on."""

Likelihood = Callable[[Floats], tuple[float, Floats]]
"""From parameters to the mean log-likelihood a customer and its gradient."""


@dataclass(frozen=True)
class Optimum:
    """The best parameters found.

    Attributes
    ----------
    parameters : ndarray of shape (n_parameters,)
    mean_log_likelihood : float
    converged : bool
        Whether the optimiser stopped because there was nothing left to gain.
    at_bound : tuple of bool
        For each parameter, whether it ran to the end of the range searched.
    """

    parameters: Floats
    mean_log_likelihood: float
    converged: bool
    at_bound: tuple[bool, ...]


def maximise(
    likelihood: Likelihood, starts: Sequence[Sequence[float]], *, rough: Likelihood, max_iter: int, tol: float
) -> Optimum:
    """Maximise a likelihood over the logarithms of its parameters with L-BFGS-B.

    Parameters
    ----------
    likelihood : callable
        Of all customers.
    starts : sequence of sequences of float
        Parameters to start from.
    rough : callable
        The likelihood of fewer customers, which tells which start leads to the best optimum.
    max_iter : int
        Iterations from each start.
    tol : float
        Largest gradient of the mean log-likelihood, by the logarithm of a parameter, at which to stop.

    Notes
    -----
    Starts are compared once they are near an optimum, roughly; the best is then carried on to `tol` with everybody.
    """
    bounds = (np.log(LOWEST), np.log(HIGHEST))

    def climb(target: Likelihood, start: Floats, gradient_at_end: float) -> tuple[Floats, float, Floats]:
        def loss(logs: Floats) -> tuple[float, Floats]:
            parameters = np.exp(logs)
            value, gradient = target(parameters)
            return -value, -gradient * parameters

        options = {"maxiter": max_iter, "maxfun": 4 * max_iter, "gtol": gradient_at_end, "ftol": 1e-15, "maxcor": 20}
        with _threads().limit(limits=1):  # vectors of four: threads would cost far more than they save
            found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[bounds] * len(start), options=options)
        return found.x, float(-found.fun), -found.jac

    logs = [np.log(np.asarray(start, dtype=np.float64)) for start in starts]
    if len(logs) > 1 or likelihood is not rough:
        tried = [climb(rough, start, max(tol, ROUGH_TOLERANCE)) for start in logs]
        logs = [max(tried, key=lambda result: result[1])[0]]
    found, value, gradient = climb(likelihood, logs[0], tol)
    near = 1e-3
    at_bound = tuple(bool(log < bounds[0] + near or log > bounds[1] - near) for log in found)
    return Optimum(np.exp(found), value, _is_flat(found, gradient, bounds, tol), at_bound)


@functools.cache
def _threads() -> ThreadpoolController:
    """Return what limits threads: it looks at every loaded library, which takes longer than some fits, so once."""
    return ThreadpoolController()


def spread_starts(centre: Sequence[float], n_starts: int) -> list[list[float]]:
    """Return the centre and points around it, a factor of four away, in a fixed order."""
    corners = itertools.product((0.25, 4.0), repeat=len(centre))
    around = ([c * factor for c, factor in zip(centre, corner, strict=True)] for corner in corners)
    return [list(centre), *itertools.islice(around, max(0, n_starts - 1))]


def _is_flat(logs: Floats, gradient: Floats, bounds: tuple[float, float], tol: float) -> bool:
    """Whether nothing is left to gain: the gradient is nil, but for what points out of the range searched."""
    held = ((logs <= bounds[0]) & (gradient < 0)) | ((logs >= bounds[1]) & (gradient > 0))
    # rounding in sums of many customers keeps the gradient from being smaller than this
    return bool(np.abs(np.where(held, 0.0, gradient)).max() <= max(100 * tol, 1e-5))
