"""Random subspaces, and the dimension that a task needs."""

from dataclasses import replace

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.generalisation import intrinsic_dimension, random_subspace, subspaces

from penguins import penguins

NET = rg.ReLUNetwork.random([2, 8, 3], rng=0)
TRAIN, TEST = penguins()


@pytest.mark.parametrize("kind", subspaces.KINDS)
def test_columns_have_length_one_and_pass_through_the_start(kind):
    inside = random_subspace(NET, 6, kind=kind, rng=0)
    assert inside.drawn == kind
    np.testing.assert_array_equal(inside.origin, NET.parameters)
    np.testing.assert_allclose(np.linalg.norm(inside.basis, axis=0), 1.0)
    if kind == "orthonormal":
        np.testing.assert_allclose(inside.basis.T @ inside.basis, np.eye(6), atol=1e-12)
    if kind == "sparse":
        assert (inside.basis == 0).mean() > 0.6
    again = random_subspace(NET, 6, kind=kind, rng=0)
    np.testing.assert_array_equal(again.basis, inside.basis)
    path = rg.train(NET, *TRAIN, loss="cross_entropy", steps=20, within=inside)
    assert path.settings["within"] == 6
    assert path.settings["drawn"] == kind
    np.testing.assert_array_equal(path.parameters[0], NET.parameters)
    assert np.linalg.matrix_rank(path.updates, tol=1e-10) == 6


def test_directions_are_isotropic():
    share = [random_subspace(NET, 5, rng=seed).basis[:, :] ** 2 for seed in range(200)]
    mean = np.mean([s.sum(axis=1) for s in share], axis=0)
    assert abs(mean - 5 / 51).max() < 4 * np.sqrt(2 * 5 / 51**2 / 200)


def test_paths_outside_of_slices_say_nothing_of_them():
    path = rg.train(NET, *TRAIN, loss="cross_entropy", steps=2)
    assert "within" not in path.settings
    flat = rg.AffineSlice.through(np.eye(51)[:3])
    assert rg.train(NET, *TRAIN, loss="cross_entropy", steps=2, within=flat).settings["drawn"] == ""


def test_intrinsic_dimension_stops_at_the_first_that_is_enough():
    found = intrinsic_dimension(NET, TRAIN, TEST, [1, 2, 20, 40], steps=150, lr=0.1, rng=0)
    assert found.complete
    assert found.dim == found.dims[-1]
    *less, enough = [row["enough"] for row in found.rows()]
    assert enough
    assert not any(less)
    assert found.accuracy[-1] >= 0.9 * found.full > found.accuracy[0]
    assert f"d_int90 = {found.dim}" in str(found)
    none = intrinsic_dimension(NET, TRAIN, TEST, [1], share=0.999, steps=50, lr=0.1)
    assert none.dim is None
    assert "no dimension tried" in str(none)


def test_an_interrupted_search_says_so(monkeypatch):
    train = subspaces.train

    def interrupted(net, X, y, *, within=None, **settings):
        path = train(net, X, y, within=within, **settings)
        stop = within is not None and within.dim == 2
        return replace(path, status="interrupted") if stop else path

    monkeypatch.setattr(subspaces, "train", interrupted)
    found = intrinsic_dimension(NET, TRAIN, TEST, [1, 2, 3], steps=100, lr=0.1)
    assert not found.complete
    assert found.dims == (1,)
    assert "interrupted" in str(found)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: random_subspace(NET, 52), "`dim`"),
        (lambda: random_subspace(NET, 0), "`dim`"),
        (lambda: random_subspace(NET, 2, kind="fastfood"), "`kind`"),
        (lambda: intrinsic_dimension(NET, TRAIN, TEST, []), "`dims`"),
        (lambda: intrinsic_dimension(NET, TRAIN, TEST, [99]), "`dims`"),
        (lambda: intrinsic_dimension(NET, TRAIN, TEST, [2], share=1.5), "`share`"),
        (lambda: intrinsic_dimension(NET, TRAIN, TEST, [2], n_seeds=0), "`n_seeds`"),
    ],
)
def test_errors(call, word):
    with pytest.raises(InvalidInputError, match=word):
        call()
