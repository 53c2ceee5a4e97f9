"""Purchases until drop-out when each purchase may be the last: an expectation the BG/NBD family shares.

With p ~ Beta(a, c) the probability of leaving after a purchase, and purchases at a Gamma(s)-distributed rate,

    E = E_p[ (1 − (1 + p·u)^−s) ÷ p ] = (a + c − 1)/(a − 1) · [1 − ₂F₁(s, a − 1; a + c − 1; −u)]

which is the form of Fader, Hardie & Lee (2005) after a Pfaff transformation: no power of a large number is left in it.
"""

from __future__ import annotations

import numpy as np
from scipy.special import hyp2f1

from segmodel.value.repeat import Floats

NODES = 48
NEAR_ONE = 1e-4
"""How near a comes to 1, where the closed form is 0 ÷ 0, before the integral is taken instead."""


def purchases_until_dropout(s: Floats, u: Floats, a: float, c: Floats) -> Floats:
    """Return the expected purchases of a customer who is there.

    Parameters
    ----------
    s, u, c : ndarray of shape (n,)
        Shape of the purchase rate; the horizon over the rate's scale; second parameter of the Beta distribution.
    a : float
        First parameter of the Beta distribution.

    Notes
    -----
    The integrand is convex and falling in p, so the result lies between its value at the mean of p and s·u; what the
    closed form puts outside (rounding, no convergence) is integrated.
    """
    lowest, highest = _left_after(s, u, a / (a + c)), s * u
    closed = np.full(s.shape, np.nan)
    if abs(a - 1) > NEAR_ONE:
        with np.errstate(all="ignore"):
            closed = (a + c - 1) / (a - 1) * (1 - hyp2f1(s, a - 1, a + c - 1, -u))
    slack = 1e-9 * highest
    safe = (closed >= lowest - slack) & (closed <= highest + slack) & (highest > 1e-6)
    result: Floats = np.where(safe, closed, 0.0)
    if not safe.all():
        result[~safe] = integrated_until_dropout(s[~safe], u[~safe], a, c[~safe])
    return result


def integrated_until_dropout(s: Floats, u: Floats, a: float, c: Floats) -> Floats:
    """Return the same expectation by Gauss-Jacobi quadrature; nodes are found once for each distinct `c`."""
    result = np.empty(s.shape)
    distinct, which = np.unique(c, return_inverse=True)
    for index, second in enumerate(distinct):
        rows = which == index
        nodes, weights = _beta_nodes(a, float(second))
        result[rows] = _left_after(s[rows, None], u[rows, None], nodes) @ weights
    return result


def _left_after(s: Floats, u: Floats, p: Floats) -> Floats:
    """Return (1 − (1 + p·u)^−s) ÷ p, and its limit s·u where p is nil."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = -np.expm1(-s * np.log1p(p * u)) / p
    return np.where(p > 1e-300, value, s * u)


def _beta_nodes(a: float, c: float) -> tuple[Floats, Floats]:
    """Return nodes and weights that integrate over Beta(a, c) (Golub & Welsch 1969), weights adding up to one."""
    n = np.arange(NODES, dtype=np.float64)
    # Jacobi polynomials for (1 − y)^(c − 1)·(1 + y)^(a − 1) on −1 to 1
    left, right = c - 1, a - 1
    total = left + right
    with np.errstate(divide="ignore", invalid="ignore"):
        diagonal = (right**2 - left**2) / ((2 * n + total) * (2 * n + total + 2))
    diagonal[0] = (right - left) / (total + 2)
    m = n[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        beside = 4 * m * (m + left) * (m + right) * (m + total)
        beside = beside / ((2 * m + total) ** 2 * ((2 * m + total) ** 2 - 1))
    beside[0] = 4 * (1 + left) * (1 + right) / ((2 + total) ** 2 * (3 + total))
    matrix = np.diag(diagonal) + np.diag(np.sqrt(beside), 1) + np.diag(np.sqrt(beside), -1)
    places, vectors = np.linalg.eigh(matrix)
    return np.clip((1 + places) / 2, 0.0, 1.0), vectors[0] ** 2
