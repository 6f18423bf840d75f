"""Cutting tables of faces, against a plain version that keeps every face as a set of vertices."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.regions.cutting import Incidence, cut, upward

import zoo


def vertex_sets(facets, n):
    """The faces of each dimension as sets of vertices."""
    faces = [[frozenset([v]) for v in range(n)]]
    for table in facets:
        rows = np.split(table.part, table.start[1:-1])
        faces.append([frozenset().union(*(faces[-1][i] for i in row)) for row in rows])
    return faces


def plain_cut(faces, sign):
    """Cut sets of vertices; new vertices are named by the edges they lie on."""
    middle = {e: e for e in faces[1] if {sign[v] for v in e} == {-1, 1}}
    sides = {}
    for k, level in enumerate(faces):
        for face in level:
            new = {middle[e] for e in middle if e <= face}
            low, on, high = ({v for v in face if sign[v] == s} for s in (-1, 0, 1))
            if low and high:
                sides.setdefault(k, set()).update(
                    [frozenset(low | on | new), frozenset(high | on | new)]
                )
                wall = frozenset(on | new)
                sides.setdefault(k - 1, set()).add(wall if k > 1 else frozenset(new))
            else:
                sides.setdefault(k, set()).add(face)
    return [sides[k] for k in range(len(faces))]


@pytest.mark.parametrize("seed", range(12))
def test_the_same_faces_as_sets_of_vertices(seed):
    """Through vertices, along edges and across, in the plane, in space and beyond."""
    rng = np.random.default_rng(seed)
    d = 2 + seed % 3
    lines = rg.HyperplaneArrangement(rng.integers(-1, 2, (3, d)) + np.eye(d)[:1], [0.0, 0.5, -0.5])
    polyhedra = rg.enumerate_regions(lines, zoo.cube(d)).complex
    normal = rng.integers(-1, 2, d) if seed % 2 else rng.standard_normal(d)
    value = polyhedra.vertices @ normal + (rng.integers(-2, 3) / 2 if seed % 2 else 0.1)
    sign = np.where(np.abs(value) < 1e-12, 0, np.sign(value)).astype(np.int8)
    done = cut(polyhedra.facets, sign)
    expected = plain_cut(vertex_sets(polyhedra.facets, len(sign)), sign)
    names = [*range(len(sign)), *(frozenset(e) for e in done.ends.tolist())]
    found = vertex_sets(done.facets, len(names))
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        assert len(ours) == len(theirs)
        assert {frozenset(names[v] for v in face) for face in ours} == theirs
    assert (sign[done.ends] == [-1, 1]).all()
    cells = upward(done.facets, np.append(sign, np.zeros(len(done.ends), np.int8)), np.add)[-1]
    assert (np.sign(cells) == done.side).all()
    before = len(polyhedra.region)
    assert (done.side[before:] == 1).all()
    assert (done.side[done.parents] == -1).all()


def test_facets_of_some_faces():
    table = Incidence.join(3, np.array([2, 0, 2, 1]), np.array([5, 6, 7, 8]))
    assert [part.tolist() for part in table] == [[0, 1, 2, 4], [6, 8, 5, 7]]
    assert table.owner.tolist() == [0, 1, 2, 2]
    assert [part.tolist() for part in table.of(np.array([2, 0]))] == [[5, 7, 6], [0, 0, 1]]
