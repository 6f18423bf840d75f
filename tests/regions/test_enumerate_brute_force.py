"""Small nets against every sign vector put to a linear program (tests/brute_force.py)."""

import json

import numpy as np
import pytest
import relugeom as rg

import brute_force
import zoo

STORED = json.loads((brute_force.DATA / "counts.json").read_text())


def patterns(regions):
    return sorted(map(tuple, regions.patterns.tolist()))


@pytest.mark.parametrize("name", STORED)
def test_brute_force_still_gives_the_stored_counts(name):
    assert brute_force.counts(name) == STORED[name]


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("leak", [0.0, 0.25])
@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_engines_find_the_brute_force_patterns_in_a_box(name, leak, engine):
    weights, biases = brute_force.load(name)
    net = rg.ReLUNetwork.from_weights(weights, biases, slopes=leak)
    box = zoo.cube(net.input_dim)
    found = rg.enumerate_regions(net, box, engine=engine)
    wanted = brute_force.sign_patterns(weights, biases, box.lower, box.upper, leak=leak)
    assert patterns(found) == wanted
    assert len(found) == STORED[name]["box_leaky" if leak else "box"]


@pytest.mark.parametrize("name", STORED)
def test_lp_finds_the_brute_force_patterns_in_all_of_space(name):
    weights, biases = brute_force.load(name)
    found = rg.enumerate_regions(rg.ReLUNetwork.from_weights(weights, biases))
    assert patterns(found) == brute_force.sign_patterns(weights, biases)
    assert len(found) == STORED[name]["space"]


@pytest.mark.parametrize("make", [zoo.integers, zoo.hamming_trap, zoo.narrow])
def test_degenerate_nets(make):
    """Coincident neurons, neurons that vanish on a region, layers of one neuron."""
    net = make()
    half = 20.0 if make is zoo.hamming_trap else 2.0
    box = zoo.cube(net.input_dim, half)
    wanted = brute_force.sign_patterns(net.weights, net.biases, box.lower, box.upper)
    for engine in ("vertex", "lp"):
        assert patterns(rg.enumerate_regions(net, box, engine=engine)) == wanted


def test_brute_force_itself_counts_lines_in_the_plane():
    """Three lines in general position make seven regions, one of them bounded."""
    weights = [np.array([[1, 0], [0, 1], [1, 1]]), np.ones((1, 3))]
    biases = [np.array([0, 0, -1]), np.zeros(1)]
    assert len(brute_force.sign_patterns(weights, biases)) == 7
    assert len(brute_force.sign_patterns(weights, biases, [-0.4] * 2, [0.4] * 2)) == 4
