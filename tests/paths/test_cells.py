"""The cells that a path visits, against masks taken between all events."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.paths import cell_visits

from runs import masks_along, random_walk, zigzag


def direct_visits(path, events, X, columns=slice(None)):
    """Stays (cell, entered) by comparing masks between events; cells numbered by first visit."""
    numbers, stays = {}, []
    for low, _, on in masks_along(path, events, X):
        cell = numbers.setdefault(on[:, columns].tobytes(), len(numbers))
        if not stays or stays[-1][0] != cell:
            stays.append((cell, low))
    return stays


def test_a_zigzag_goes_to_and_fro_between_two_cells():
    visits = cell_visits(rg.crossings(zigzag([1, -1, 1, -1, 1, -1]), [[2.0]]))
    assert visits.cell.tolist() == [0, 1, 0, 1, 0, 1]
    assert (visits.n_cells, visits.n_moves, visits.n_revisits) == (2, 5, 4)
    assert visits.revisit_ratio == pytest.approx(0.8)
    assert visits.entered.tolist() == [0, 0.5, 1.5, 2.5, 3.5, 4.5]
    assert visits.dwell.tolist() == [0.5, 1, 1, 1, 1, 0.5]
    assert visits.returns.tolist() == [2, 2, 2, 2, -1]
    assert visits.return_times[:-1].tolist() == [1, 1, 1, 1]
    assert np.isnan(visits.return_times[-1])


@pytest.mark.parametrize("widths", [[2, 4, 1], [2, 3, 3, 1], [1, 3, 3, 2, 1]])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_visits_equal_those_seen_between_events(widths, seed):
    path, X = random_walk(widths, seed=seed)
    events = rg.crossings(path, X)
    starts = np.cumsum([0, *widths[1:-1]])
    for layer in (None, *range(len(widths) - 2)):
        columns = slice(None) if layer is None else slice(starts[layer], starts[layer + 1])
        visits = cell_visits(events, layer=layer)
        stays = direct_visits(path, events, X, columns)
        assert visits.cell.tolist() == [cell for cell, _ in stays]
        np.testing.assert_allclose(visits.entered, [when for _, when in stays])
        assert visits.dwell.sum() == pytest.approx(len(path))
    one = cell_visits(events, layer=0, neuron=1)
    assert one.cell.tolist() == [cell for cell, _ in direct_visits(path, events, X, slice(1, 2))]


def test_first_returns_equal_a_search():
    path, X = random_walk([1, 4, 1], steps=80, n=2, seed=5)
    visits = cell_visits(rg.crossings(path, X))
    cells = visits.cell.tolist()
    assert visits.n_revisits > 10
    for i, after in enumerate(visits.returns):
        later = [j for j in range(i + 1, len(cells)) if cells[j] == cells[i]]
        assert after == (later[0] - i if later else -1)
        if later:
            away = visits.entered[later[0]] - visits.entered[i + 1]
            assert visits.return_times[i] == pytest.approx(away)


def test_neurons_that_flip_together_are_one_move():
    net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
    line = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    visits = cell_visits(rg.crossings(line, [[1.0, 0.0], [0.0, 1.0]]))
    assert visits.cell.tolist() == [0, 1]


def test_a_path_that_stands_still_stays_in_one_cell():
    path, X = random_walk([2, 3, 1], steps=3, size=0.0)
    visits = cell_visits(rg.crossings(path, X))
    assert (visits.n_cells, visits.n_moves, visits.revisit_ratio) == (1, 0, 0.0)
    assert visits.dwell.tolist() == [3.0]
    assert visits.returns.shape == visits.return_times.shape == (0,)


def test_bad_input():
    path, X = random_walk([2, 3, 1], steps=2)
    events = rg.crossings(path, X)
    with pytest.raises(InvalidInputError, match="layer"):
        cell_visits(events, layer=1)
    with pytest.raises(InvalidInputError, match="neuron"):
        cell_visits(events, layer=0, neuron=3)
    with pytest.raises(InvalidInputError, match="layer"):
        cell_visits(events, neuron=0)
