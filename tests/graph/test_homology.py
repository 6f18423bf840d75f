"""Pairing of faces, against ranks of boundary matrices and the textbook reduction."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.graph.homology import pair_faces

import zoo


def rank(matrix):
    """Rank over the field with two elements, by elimination."""
    rows, result = matrix.copy() % 2, 0
    for column in range(rows.shape[1]):
        pivot = np.flatnonzero(rows[result:, column])
        if len(pivot) == 0:
            continue
        rows[[result, result + pivot[0]]] = rows[[result + pivot[0], result]]
        others = np.flatnonzero(rows[:, column])
        others = others[others != result]
        rows[others] ^= rows[result]
        result += 1
        if result == len(rows):
            break
    return result


def reduced(pairing):
    """The partners, by adding columns from the left until all lowest entries differ."""
    partner, owner, columns = np.full(len(pairing.face), -1), {}, {}
    for j in range(len(partner)):
        column = set(pairing.part[pairing.start[j] : pairing.start[j + 1]].tolist())
        while column and max(column) in owner:
            column ^= columns[owner[max(column)]]
        if column:
            columns[j], owner[max(column)] = column, j
            partner[j], partner[max(column)] = max(column), j
    return partner


@pytest.fixture(scope="module", params=[(1, 8, 1), (2, 6, 5, 1), (3, 5, 3, 1)], ids=str)
def complex_(request):
    net = rg.ReLUNetwork.random(request.param, rng=0)
    return rg.enumerate_regions(net, zoo.cube(net.input_dim, 2.0)).complex


def random_part(polyhedra, rng):
    """A subcomplex: the faces of a random set of cells, and some vertices."""
    chosen = [np.zeros(n, bool) for n in polyhedra.f_vector]
    chosen[-1][:] = rng.random(len(chosen[-1])) < 0.5
    for k in range(polyhedra.dim, 0, -1):
        table = polyhedra.facets[k - 1]
        chosen[k - 1][table.part[chosen[k][table.owner]]] = True
        chosen[k - 1] |= (rng.random(len(chosen[k - 1])) < 0.1) & (k == 1)
    return chosen


def test_betti_numbers_are_differences_of_ranks(complex_):
    rng, d = np.random.default_rng(0), complex_.dim
    for _ in range(5):
        chosen = random_part(complex_, rng)
        levels = rng.permutation(len(complex_.vertices))
        ranks = [0]
        for k in range(1, d + 1):
            matrix = complex_.boundary_matrix(k).toarray()
            ranks.append(rank(matrix[chosen[k - 1]][:, chosen[k]]))
        ranks.append(0)
        expected = [int(chosen[k].sum()) - ranks[k] - ranks[k + 1] for k in range(d + 1)]
        assert pair_faces(complex_, levels, chosen).unpaired(d).tolist() == expected


@pytest.mark.parametrize("within", [False, True])
def test_partners_are_those_of_the_textbook(complex_, within):
    rng = np.random.default_rng(1)
    for chosen in (None, random_part(complex_, rng)):
        levels = rng.integers(0, 9, len(complex_.vertices))
        pairing = pair_faces(complex_, levels, chosen, within_levels=within)
        assert pairing.partner.tolist() == reduced(pairing).tolist()
        assert (np.diff(pairing.level) >= 0).all()
        assert (levels[pairing.vertex] == pairing.level).all()
        if within:
            paired = pairing.partner >= 0
            assert (pairing.level[paired] == pairing.level[pairing.partner[paired]]).all()
