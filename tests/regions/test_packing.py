"""Patterns packed into words: there and back, in order, and found again."""

import numpy as np
import pytest
from relugeom.regions import packing
from relugeom.regions._kernel_sort import scatter


@pytest.mark.parametrize("n_neurons", [1, 20, 64, 65, 200])
def test_packed_patterns_come_back(n_neurons):
    patterns = np.random.default_rng(n_neurons).choice(np.array([-1, 1], np.int8), (50, n_neurons))
    assert (packing.unpack(packing.pack(patterns), n_neurons) == patterns).all()


def test_bits_by_hand():
    """Neuron k is bit 63 - k % 64 of word k // 64, and neurons that vanish are off."""
    pattern = np.zeros((1, 64), np.int8)
    pattern[0, [0, 62, 63]] = 1, -1, 1
    assert packing.pack(pattern).tolist() == [[2**63 + 1]]
    wider = np.append(pattern, np.ones((1, 1), np.int8), axis=1)
    assert packing.pack(wider).tolist() == [[2**63 + 1, 2**63]]


@pytest.mark.parametrize("n", [0, 1, 999, 1000, 5000])
@pytest.mark.parametrize("n_words", [1, 2, 3])
@pytest.mark.parametrize("bits", [2, 33, 64])
def test_order_sorts_like_numpy(n, n_words, bits):
    rng = np.random.default_rng(n + bits)
    words = rng.integers(0, 2**64, (n, n_words), np.uint64, endpoint=False) >> np.uint64(64 - bits)
    order, ordered = packing.in_order(words)
    assert sorted(order.tolist()) == list(range(n))
    assert words[order].tolist() == ordered.tolist() == sorted(words.tolist())


def test_rows_are_put_in_their_places():
    rng = np.random.default_rng(1)
    rows, place = rng.standard_normal((20, 3)), rng.permutation(20)
    out = np.empty((20, 3))
    scatter(rows, place, out)
    assert out[place].tolist() == rows.tolist()


def test_flipped_rows_are_found():
    rng = np.random.default_rng(0)
    patterns = np.unique(rng.choice(np.array([-1, 1], np.int8), (40, 70)), axis=0)
    _, table = packing.in_order(packing.pack(patterns))
    neurons = rng.integers(0, 70, len(table))
    turned = packing.flip(table, neurons)
    assert (packing.find(table, table) == np.arange(len(table))).all()
    assert (packing.find(table, turned) == -1).all()
    assert (packing.flip(turned, neurons) == table).all()
