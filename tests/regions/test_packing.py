"""Patterns packed into words: there and back, in order, and found again."""

import numpy as np
import pytest
from relugeom.regions import packing


@pytest.mark.parametrize("n_neurons", [1, 20, 64, 65, 200])
def test_packed_patterns_come_back(n_neurons):
    patterns = np.random.default_rng(n_neurons).choice(np.array([-1, 1], np.int8), (50, n_neurons))
    assert (packing.unpack(packing.pack(patterns), n_neurons) == patterns).all()


@pytest.mark.parametrize("n", [0, 1, 999, 1000, 5000])
@pytest.mark.parametrize("n_words", [1, 3])
@pytest.mark.parametrize("bits", [2, 33, 64])
def test_order_sorts_like_numpy(n, n_words, bits):
    rng = np.random.default_rng(n + bits)
    words = rng.integers(0, 2**64, (n, n_words), np.uint64, endpoint=False) >> np.uint64(64 - bits)
    order, ordered = packing.in_order(words)
    assert sorted(order.tolist()) == list(range(n))
    assert words[order].tolist() == ordered.tolist() == sorted(words.tolist())


def test_flipped_rows_are_found():
    rng = np.random.default_rng(0)
    patterns = np.unique(rng.choice(np.array([-1, 1], np.int8), (40, 70)), axis=0)
    _, table = packing.in_order(packing.pack(patterns))
    neurons = rng.integers(0, 70, len(table))
    turned = packing.flip(table, neurons)
    assert (packing.find(table, table) == np.arange(len(table))).all()
    assert (packing.find(table, turned) == -1).all()
    assert (packing.flip(turned, neurons) == table).all()
