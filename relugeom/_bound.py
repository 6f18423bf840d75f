"""`Bound`: a number beside an observed quantity, with what it is worth."""

from __future__ import annotations

from typing import NamedTuple


class Bound(NamedTuple):
    """One row of a table of bounds.

    ``status`` is "measured" (the observed number itself), "theorem" (holds always), "attained" (by
    some object of this kind), "heuristic" (holds under a condition that ``source`` names and that
    was not checked), "not valid" (looks like a bound and is none here: ``source`` says why), or
    "claimed" (stated somewhere without constants: ``ratio``, the observed number over ``value``, is
    the constant that it implies here, and all it can be used for). ``holds`` is None where there is
    nothing to hold; ``vacuous`` tells whether the row is no better than the trivial bound on the
    same quantity. ``log_value`` is the natural logarithm of ``value``, which is inf when too large.
    """

    name: str
    quantity: str
    value: float
    log_value: float
    status: str
    holds: bool | None
    vacuous: bool
    ratio: float
    source: str
