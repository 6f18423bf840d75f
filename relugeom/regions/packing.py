"""Patterns as rows of uint64 words: neuron k is bit ``63 - k % 64`` of word ``k // 64``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ._kernel_sort import order as radix_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import IntArray, SignArray, WordArray

_FEW = 1000  # words that numpy sorts faster


def pack(patterns: SignArray) -> WordArray:
    """Pack patterns, shape (n, n_neurons), into words; a bit is set where the neuron is on."""
    n, n_neurons = patterns.shape
    n_bytes = 8 * ((n_neurons + 63) // 64)
    packed = np.zeros((n, n_bytes), np.uint8)
    packed[:, : (n_neurons + 7) // 8] = np.packbits(patterns > 0, axis=1)
    return packed.view(">u8").astype(np.uint64)


def unpack(words: WordArray, n_neurons: int) -> SignArray:
    """Return the patterns, shape (n, n_neurons): +1 where the bit is set, -1 elsewhere."""
    bits = np.unpackbits(_bytes(words), axis=1, count=n_neurons)
    return (2 * bits.astype(np.int8) - 1).astype(np.int8)


def in_order(words: WordArray) -> tuple[IntArray, WordArray]:
    """Return the permutation that sorts rows of words lexicographically, and the sorted rows."""
    if words.shape[1] == 1 and len(words) >= _FEW:
        order, keys = radix_order(np.ascontiguousarray(words[:, 0]))
        return order, keys[:, None]
    order = np.lexsort(words.T[::-1]) if words.shape[1] > 1 else np.argsort(words[:, 0])
    return order, words[order]


def find(table: WordArray, words: WordArray) -> IntArray:
    """Return the row of the sorted ``table`` equal to each row of ``words``; -1 where none is."""
    if len(table) == 0 or len(words) == 0:
        return np.full(len(words), -1)
    keys, wanted = _keys(table), _keys(words)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, -1)


def flip(words: WordArray, neurons: IntArray) -> WordArray:
    """Return a copy of ``words`` with one neuron's bit turned over in each row."""
    turned = words.copy()
    bit = np.uint64(1) << (63 - neurons % 64).astype(np.uint64)
    turned[np.arange(len(words)), neurons // 64] ^= bit
    return turned


def _bytes(words: WordArray) -> NDArray[np.uint8]:
    return (
        np.ascontiguousarray(words.astype(">u8"))
        .view(np.uint8)
        .reshape(len(words), 8 * words.shape[1])
    )


def _keys(words: WordArray) -> NDArray[np.generic]:
    """One sortable scalar a row: the word itself, or its bytes in order of weight."""
    if words.shape[1] == 1:
        return words[:, 0]
    return _bytes(words).view(f"S{8 * words.shape[1]}")[:, 0]
