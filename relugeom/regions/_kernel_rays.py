"""How far it is along a line to the next hyperplane on either side."""

import numpy as np

from .._jit import jit

_HALF = np.array(0.5).view(np.int64)[()]
_MINUS = np.iinfo(np.int64).min  # the sign bit


@jit
def reciprocal_steps(rate, value):
    """Return the reciprocals of the steps ahead and back to the next hyperplane, at least 1/2.

    ``value`` are the heights of the point over the hyperplanes, none zero, ``rate`` how fast they
    grow; ``rate`` is overwritten. Positive floats are ordered as their bits are, read as whole
    numbers, whose maximum vectorises; negative floats are negative as such.
    """
    n, bits, found = len(rate), rate.view(np.int64), np.empty(2)
    for j in range(n):
        rate[j] = rate[j] / value[j]
    ahead, back = _HALF, _HALF
    for j in range(n):
        ahead = max(ahead, bits[j] ^ _MINUS)
        back = max(back, bits[j])
    found.view(np.int64)[0], found.view(np.int64)[1] = ahead, back
    return found[0], found[1]
