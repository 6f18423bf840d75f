"""`Row`: one number of a comparison, with what it is worth and what a null gives."""

from __future__ import annotations

from typing import NamedTuple

from .._table import brief


@brief
class Row(NamedTuple):
    """One number of `relugeom.kakeya.compare`.

    Attributes
    ----------
    about : str
        "directions"; "tubes, all steps"; or "tubes, separated": one for each direction of a net.
    rank : int or None
        Dimension that the tubes were projected to.
    scale : float
        Angle theta (radians), radius delta or radius rho.
    quantity : str
    value, low, high : float
        The number and its interval: equal if it is exact. That of N(theta), which is exact itself,
        holds the covering and the packing number.
    kind : str
        "exact"; "theorem" (a bound that always holds); "estimate" (with a 95 % interval);
        "lower bound" (certified); "heuristic"; or "null" (what random directions give).
    null_low, null_high : float
        Least and largest value in the draws of the null with the same step lengths; NaN
        where none was drawn.
    note : str
    """

    about: str
    rank: int | None
    scale: float
    quantity: str
    value: float
    low: float
    high: float
    kind: str
    null_low: float
    null_high: float
    note: str
