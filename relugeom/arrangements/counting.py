"""Closed-form counts of cells and regions: exact integers where the formula is exact.

Three kinds of numbers, never mixed: counts in general position (exact), upper and lower bounds on
the number of regions of a network (theorems), and bounds in expectation (with a constant that the
caller supplies).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import comb, factorial, log, prod

from .._check import positive_int
from ..errors import InvalidInputError


def zaslavsky(m: int, d: int) -> int:
    """Return the number of regions of m hyperplanes in general position in R^d.

    ``sum_{j<=d} C(m, j)``: the largest number that m hyperplanes can have (Schläfli; Buck 1943;
    Zaslavsky 1975).

    Parameters
    ----------
    m : int
        Number of hyperplanes, at least 0.
    d : int
        Dimension, at least 0.

    Returns
    -------
    int

    Examples
    --------
    >>> zaslavsky(8, 2)
    37
    """
    m, d = positive_int("m", m, minimum=0), positive_int("d", d, minimum=0)
    return sum(comb(m, j) for j in range(min(m, d) + 1))


def bounded(m: int, d: int) -> int:
    """Return the number of bounded regions of m hyperplanes in general position in R^d.

    ``C(m-1, d)`` (Zaslavsky 1975).

    Parameters
    ----------
    m : int
        Number of hyperplanes.
    d : int
        Dimension of the space.

    Returns
    -------
    int

    Examples
    --------
    >>> bounded(8, 2)
    21
    """
    m, d = positive_int("m", m, minimum=0), positive_int("d", d)
    return comb(m - 1, d) if m else 0


def central(m: int, d: int) -> int:
    """Return the number of regions of m hyperplanes through 0 in general position in R^d.

    ``2 sum_{j<d} C(m-1, j)`` (Schläfli; Cover 1965): the number of ways in which a linear
    threshold can label m points.

    Parameters
    ----------
    m : int
        Number of hyperplanes.
    d : int
        Dimension of the space.

    Returns
    -------
    int

    Examples
    --------
    >>> central(6, 3)
    32
    """
    m, d = positive_int("m", m, minimum=0), positive_int("d", d)
    return 2 * sum(comb(m - 1, j) for j in range(min(m, d))) if m else 1


def faces(m: int, d: int, k: int) -> int:
    """Return the number of k-dimensional faces of m hyperplanes in general position in R^d.

    ``C(m, d-k) sum_{j<=k} C(m-d+k, j)`` (Buck 1943); ``k = d`` gives the regions.

    Parameters
    ----------
    m : int
        Number of hyperplanes.
    d : int
        Dimension of the space.
    k : int
        Dimension of the faces.

    Returns
    -------
    int

    Raises
    ------
    InvalidInputError
        If ``k`` exceeds ``d``.

    Examples
    --------
    >>> [faces(3, 2, k) for k in range(3)]
    [3, 9, 7]
    """
    m, d = positive_int("m", m, minimum=0), positive_int("d", d, minimum=0)
    k = positive_int("k", k, minimum=0)
    if k > d:
        raise InvalidInputError(f"`k` must not exceed the dimension {d}; got {k}")
    return comb(m, d - k) * zaslavsky(m - d + k, k) if m >= d - k else 0


def montufar_lower(n0: int, widths: Sequence[int]) -> int:
    """Return a lower bound on the largest number of linear regions of a ReLU network.

    ``prod_{l<L} floor(n_l / n0)^n0 * sum_{j<=n0} C(n_L, j)`` (Montúfar, Pascanu, Cho & Bengio
    2014): some network with these widths has at least so many.

    Parameters
    ----------
    n0 : int
        Input dimension.
    widths : sequence of int
        Widths of the hidden layers, in order.

    Returns
    -------
    int

    Examples
    --------
    >>> montufar_lower(2, (4, 4))
    44
    """
    n0, sizes = _sizes(n0, widths)
    return prod(int((n // n0) ** n0) for n in sizes[:-1]) * zaslavsky(sizes[-1], n0)


def montufar_upper(n0: int, widths: Sequence[int]) -> int:
    """Return an upper bound on the number of activation regions of any ReLU network.

    ``prod_l sum_{j<=d_l} C(n_l, j)`` with ``d_l = min(n0, ..., n_l)`` (Montúfar 2017).

    Parameters
    ----------
    n0 : int
        Input dimension.
    widths : sequence of int
        Widths of the hidden layers, in order.

    Returns
    -------
    int

    Examples
    --------
    >>> montufar_upper(2, (4, 4))
    121
    """
    n0, sizes = _sizes(n0, widths)
    return prod(zaslavsky(n, min(n0, *sizes[: i + 1])) for i, n in enumerate(sizes))


def serra_upper(n0: int, widths: Sequence[int]) -> int:
    """Return the sharper upper bound on the number of activation regions.

    Sum over ``j_1 ... j_L`` of ``prod_l C(n_l, j_l)`` with
    ``j_l <= min(n0, n_1 - j_1, ..., n_{l-1} - j_{l-1}, n_l)`` (Serra, Tjandraatmadja &
    Ramalingam 2018). For ``n0 = 1`` and widths of at least 3 it is attained: ``prod(n_l + 1)``.

    Parameters
    ----------
    n0 : int
        Input dimension.
    widths : sequence of int
        Widths of the hidden layers, in order.

    Returns
    -------
    int

    Examples
    --------
    >>> serra_upper(2, (8, 8, 8))
    50653
    """
    n0, sizes = _sizes(n0, widths)

    @cache
    def below(layer: int, dim: int) -> int:
        if layer == len(sizes):
            return 1
        n = sizes[layer]
        return sum(comb(n, j) * below(layer + 1, min(dim, n - j)) for j in range(min(dim, n) + 1))

    return below(0, n0)


def parameter_cells(n: int, d: int, h: int, bias: bool = True) -> int:
    """Return the number of activation masks that h neurons can have on n points in R^d.

    Points in general position cut the parameter space of one neuron into ``central(n, d + 1)``
    cells with a bias, ``central(n, d)`` without; the neurons of one layer are independent, so the
    count is that to the power h.

    Parameters
    ----------
    n : int
        Number of points.
    d : int
        Dimension of the input space.
    h : int
        Number of neurons.
    bias : bool, default True
        Whether the neurons have biases.

    Returns
    -------
    int

    Examples
    --------
    >>> parameter_cells(4, 1, 2)
    64
    """
    d, h = positive_int("d", d), positive_int("h", h, minimum=0)
    return int(central(n, d + 1 if bias else d) ** h)


def log_warren(m: int, degree: int, w: int) -> float:
    """Return the log of a bound on the sign vectors of m polynomials in w variables.

    The smaller of ``2 (2 e m degree / w)^w`` (Warren 1968; Anthony & Bartlett 1999, theorem 8.3;
    valid for ``m >= w``) and the trivial ``2^m``.

    Parameters
    ----------
    m : int
        Number of polynomials.
    degree : int
        Their largest degree.
    w : int
        Number of variables.

    Returns
    -------
    float
        Natural logarithm of the bound.

    Examples
    --------
    >>> round(log_warren(100, 2, 5), 6)
    27.60328
    """
    m, degree = positive_int("m", m, minimum=0), positive_int("degree", degree)
    w = positive_int("w", w)
    trivial = m * log(2.0)
    if m < w:
        return trivial
    return min(trivial, log(2.0) + w * (1.0 + log(2.0 * m * degree / w)))


def log_growth(n: int, n0: int, widths: Sequence[int]) -> float:
    """Return the log of a bound on the labellings of n points by a ReLU network.

    ``prod_l 2 (2 e n k_l l / W_l)^{W_l}``, with ``W_l`` the weights and biases up to layer l and
    ``k_l`` its width; a factor with ``n k_l < W_l`` is replaced by ``2^{n k_l}`` (Bartlett,
    Harvey, Liaw & Mehrabian 2019).

    Parameters
    ----------
    n : int
        Number of points.
    n0 : int
        Input dimension.
    widths : sequence of int
        Widths of all layers in order, the output layer included.

    Returns
    -------
    float
        Natural logarithm of the bound.

    Examples
    --------
    >>> log_growth(476, 2, (8, 1)) >= 476 * log(2) > log_growth(477, 2, (8, 1)) - log(2)
    True
    """
    n = positive_int("n", n)
    n0, sizes = _sizes(n0, widths)
    total, params, before = 0.0, 0, n0
    for layer, k in enumerate(sizes, start=1):
        params += k * (before + 1)
        total += log_warren(n * k, layer, params)
        before = k
    return total


def log_hanin_rolnick(n_neurons: int, n0: int, constant: float) -> float:
    """Return the log of a bound on the expected number of regions per unit volume.

    ``(T n)^n0 / n0!`` for ``n >= n0`` neurons, else ``2^n``; T = ``constant`` is
    ``2^5 C_grad C_bias`` and depends on the distribution of the weights (Hanin & Rolnick 2019,
    "Deep ReLU networks have surprisingly few activation patterns"). The bound holds for cubes
    that are not too small and for random weights, not for one given network.

    Parameters
    ----------
    n_neurons : int
        Number of hidden neurons.
    n0 : int
        Input dimension.
    constant : float
        T, in inverse units of length of the input space. There is no default: it must be known
        or estimated for the weights in question.

    Returns
    -------
    float
        Natural logarithm of the bound.

    Raises
    ------
    InvalidInputError
        If ``constant`` is not positive and finite.

    Examples
    --------
    >>> from math import exp
    >>> round(exp(log_hanin_rolnick(10, 2, 1.0)), 6)
    50.0
    """
    n, n0 = positive_int("n_neurons", n_neurons), positive_int("n0", n0)
    if not 0.0 < constant < float("inf"):
        raise InvalidInputError(f"`constant` must be positive and finite; got {constant}")
    if n < n0:
        return n * log(2.0)
    return n0 * (log(constant) + log(n)) - log(factorial(n0))


def _sizes(n0: int, widths: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    sizes = tuple(positive_int(f"widths[{i}]", n) for i, n in enumerate(widths))
    if not sizes:
        raise InvalidInputError("`widths` must hold at least one layer; got an empty sequence")
    return positive_int("n0", n0), sizes
