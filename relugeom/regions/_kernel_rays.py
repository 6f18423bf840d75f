"""What a point tells of the hyperplanes: its signs, and how far it is to the next one each way."""

from __future__ import annotations

import numpy as np

from .._check import FloatArray, IntArray, WordArray
from .._jit import float_of_bits, inlined

_HALF = int(np.array(0.5).view(np.int64)[()])
_MINUS = np.iinfo(np.int64).min  # the sign bit


@inlined
def reciprocal_step(rate: FloatArray, value: FloatArray) -> float:
    """Return the reciprocal of the step ahead to the next hyperplane, at least 1/2.

    ``value`` are the heights of the point over the hyperplanes, none zero, ``rate`` how fast they
    grow; ``rate`` is overwritten by their ratios, which `reciprocal_steps` looks at on both sides.
    """
    for j in range(len(rate)):
        rate[j] = rate[j] / value[j]
    return _largest(rate, _MINUS)


@inlined
def reciprocal_steps(rate: FloatArray, value: FloatArray) -> tuple[float, float]:
    """Return the reciprocals of the steps ahead and back, as `reciprocal_step` does."""
    return reciprocal_step(rate, value), _largest(rate, 0)


@inlined
def _largest(ratio: FloatArray, turned: int) -> float:
    """Return the largest of 1/2 and the ratios, with signs turned round if ``turned`` is the bit.

    Positive floats are ordered as their bits are, read as whole numbers, whose maximum vectorises;
    negative floats are negative as such.
    """
    bits, most = ratio.view(np.int64), _HALF
    for j in range(len(bits)):
        most = max(most, bits[j] ^ turned)
    return float_of_bits(most)


@inlined
def write_signs(
    value: FloatArray, word_start: IntArray, shift: WordArray, words: WordArray
) -> None:
    """Write the signs of numbers, none zero, to words: those from ``word_start[w]`` on to word w.

    Number i has its bit at ``shift[i]``, set if it is positive.
    """
    bits = value.view(np.uint64)
    for w in range(len(words)):
        own, place = bits[word_start[w] : word_start[w + 1]], shift[word_start[w] :]
        word = np.uint64(0)
        for i in range(len(own)):
            word |= ((own[i] >> np.uint64(63)) ^ np.uint64(1)) << place[i]
        words[w] = word
