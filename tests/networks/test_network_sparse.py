"""Sparse weight matrices act as the dense ones do, everywhere."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from scipy import sparse


@pytest.fixture
def pair():
    net = rg.ReLUNetwork.random([2, 12, 10, 3], rng=0)
    rng = np.random.default_rng(1)
    weights = [w * (rng.random(w.shape) < 0.5) for w in net.weights]
    slopes = [np.r_[np.zeros(6), np.full(4, 0.2), np.ones(2)], 0.0]
    dense = rg.ReLUNetwork.from_weights(weights, net.biases, slopes=slopes)
    thin = rg.ReLUNetwork.from_weights(
        [sparse.csc_matrix(w) for w in weights], net.biases, slopes=slopes
    )
    return dense, thin


def test_values_patterns_and_maps(pair):
    dense, thin = pair
    X = np.random.default_rng(2).standard_normal((20, 2))
    np.testing.assert_allclose(thin(X), dense(X), atol=1e-12)
    patterns = dense.activation_pattern(X)
    np.testing.assert_array_equal(thin.activation_pattern(X), patterns)
    for a, b in zip(thin.affine_map(patterns), dense.affine_map(patterns), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    np.testing.assert_array_equal(thin.one_sided_pattern(X, X), dense.one_sided_pattern(X, X))
    np.testing.assert_array_equal(thin.parameters, dense.parameters)
    assert thin.n_parameters == dense.n_parameters == len(dense.parameters)
    moved = thin.with_parameters(thin.parameters)
    np.testing.assert_allclose(moved(X), dense(X), atol=1e-12)


def test_regions_and_decision_regions(pair):
    dense, thin = pair
    box = rg.Box([-2, -2], [2, 2])
    a, b = rg.enumerate_regions(dense, box), rg.enumerate_regions(thin, box)
    np.testing.assert_array_equal(a.words, b.words)
    assert a.n_linear == b.n_linear
    x, y = (r.adjacency().decision_regions() for r in (a, b))
    assert len(x) == len(y)


def test_slices_arrangements_and_files(pair, tmp_path):
    dense, thin = pair
    line = rg.AffineSlice.random(2, 1, rng=0)
    assert rg.count_regions(thin.restrict(line)) == rg.count_regions(dense.restrict(line))
    a, b = (rg.HyperplaneArrangement.from_layer(n, 0) for n in pair)
    np.testing.assert_array_equal(a.normals, b.normals)
    rg.save_network(thin, tmp_path / "net.npz")
    loaded = rg.load_network(tmp_path / "net.npz")
    assert sparse.issparse(loaded.weights[1])
    assert (loaded.weights[1] != thin.weights[1]).nnz == 0
    rg.enumerate_regions(thin, rg.Box([-1, -1], [1, 1])).save(tmp_path / "r.parquet")
    assert sparse.issparse(rg.load_regions(tmp_path / "r.parquet").source.weights[0])


def test_summary_says_how_sparse(pair):
    _, thin = pair
    text = thin.summary()
    assert f"{thin.weights[1].nnz:,} of 120" in text
    assert "0, 0.2" in text
    assert text.splitlines()[1].split()[4:6] == ["10", "2"]


def test_bad_sparse_weights():
    bad = sparse.csr_array(np.array([[1.0, np.nan]]))
    with pytest.raises(InvalidInputError, match=r"`weights\[0\]` must be finite"):
        rg.ReLUNetwork.from_weights([bad, [[1.0]]])


def test_weights_are_read_only(pair):
    for net in pair:
        data = net.weights[0] if isinstance(net.weights[0], np.ndarray) else net.weights[0].data
        with pytest.raises(ValueError, match="read-only"):
            data[0] = 1.0
