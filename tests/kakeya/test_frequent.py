"""Frequent Directions: what it promises, on random and adversarial matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.kakeya import FrequentDirections
from relugeom.kakeya.spectra import effective_dimension


def matrices(kind, n, d, rng):
    """Random, of low rank, or made to hurt: equal, growing, alternating, with a late direction."""
    if kind == "random":
        return rng.normal(size=(n, d))
    if kind == "low rank":
        return rng.normal(size=(n, 2)) @ rng.normal(size=(2, d))
    if kind == "orthogonal":  # nothing to compress: every direction as long as every other
        return np.eye(d)[np.arange(n) % d]
    if kind == "growing":
        return np.eye(d)[np.arange(n) % d] * 1.5 ** np.arange(n)[:, None]
    if kind == "late":
        rows = 0.1 * rng.normal(size=(n, d))
        rows[-1] = 10.0
        return rows
    return np.zeros((n, d))


KINDS = ("random", "low rank", "orthogonal", "growing", "late", "zero")


@settings(deadline=None, max_examples=150)
@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 10**6),
    n=st.integers(1, 60),
    d=st.integers(1, 25),
    size=st.integers(2, 9),
    block=st.integers(1, 30),
)
def test_the_guarantee(kind, seed, n, d, size, block):
    rows = matrices(kind, n, d, np.random.default_rng(seed))
    stream = FrequentDirections(size, d)
    for at in range(0, n, block):
        stream.add(rows[at : at + block])
    B = stream.sketch
    assert stream.n_seen == n
    assert len(B) < 2 * size
    total = (rows**2).sum()
    slack = 1e-10 * max(total, 1e-300)
    assert stream.trace == pytest.approx(total)
    gap = np.linalg.eigvalsh(rows.T @ rows - B.T @ B)
    assert gap.min() >= -slack
    assert gap.max() <= stream.delta + slack
    values = np.zeros(max(n, d, size))
    squares = np.linalg.svd(rows, compute_uv=False) ** 2
    values[: len(squares)] = squares
    for k in range(size):
        assert stream.delta <= values[k:].sum() / (size - k) + slack
    held = stream.eigenvalues
    padded = np.zeros(len(values))
    padded[: min(len(held), len(padded))] = held[: len(padded)]
    assert (padded <= values + slack).all()
    assert (values <= padded + stream.delta + slack).all()
    if total:
        brackets = {
            "participation": stream.participation(),
            "stable_rank": stream.stable_rank(),
            "explained_90": stream.explained(0.9),
            "explained_99": stream.explained(0.99),
        }
        for name, (low, high) in brackets.items():
            true = effective_dimension(squares, name)
            assert low <= true * (1 + 1e-9), name
            assert true <= high * (1 + 1e-9), name
            assert 1 <= low <= high <= min(n, d)
    else:
        assert np.isnan(stream.participation()).all()


def test_exact_below_its_rank():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 5)) @ rng.normal(size=(5, 40))
    stream = FrequentDirections(8, 40)
    stream.add(rows)
    assert stream.delta < 1e-12 * stream.trace
    np.testing.assert_allclose(stream.sketch.T @ stream.sketch, rows.T @ rows, atol=1e-9)
    low, high = stream.participation()
    assert high - low < 1e-9
    axes = stream.directions
    assert axes.shape == (5, 40)
    np.testing.assert_allclose(axes @ axes.T, np.eye(5), atol=1e-6)
    np.testing.assert_allclose(rows @ axes.T @ axes, rows, atol=1e-6)


def test_merged_streams_keep_the_guarantee():
    rng = np.random.default_rng(1)
    parts = [rng.normal(size=(80, 20)) * rng.random(20) ** 3 for _ in range(3)]
    whole = FrequentDirections(6, 20)
    for part in parts:
        other = FrequentDirections(6, 20)
        other.add(part)
        whole.merge(other)
    rows = np.vstack(parts)
    assert whole.n_seen == 240
    assert whole.trace == pytest.approx((rows**2).sum())
    gap = np.linalg.eigvalsh(rows.T @ rows - whole.sketch.T @ whole.sketch)
    assert -1e-9 < gap.min() <= gap.max() <= whole.delta * (1 + 1e-9)
    values = np.linalg.svd(rows, compute_uv=False) ** 2
    for k in range(6):
        assert whole.delta <= values[k:].sum() / (6 - k) + 1e-9


@pytest.mark.parametrize(("call", "error"), [
    (lambda: FrequentDirections(1, 3), InvalidInputError),
    (lambda: FrequentDirections(2, 3).add([[1.0, 2.0]]), ShapeError),
    (lambda: FrequentDirections(2, 1).add([[np.inf]]), InvalidInputError),
    (lambda: FrequentDirections(2, 3).merge(FrequentDirections(3, 3)), ShapeError),
    (lambda: FrequentDirections(2, 3).explained(1.0), InvalidInputError),
])  # fmt: skip
def test_bad_input(call, error):
    with pytest.raises(error):
        call()


def test_dimensions_of_equal_eigenvalues():
    """Nothing was shrunk, so the bounds are the numbers: of 4 equal eigenvalues 3 have 3/4."""
    sketch = FrequentDirections(8, 20)
    sketch.add(np.eye(20)[:4])
    assert sketch.delta == 0
    assert sketch.stable_rank() == pytest.approx((4, 4))
    assert sketch.participation() == pytest.approx((4, 4))
    for share, count in ((0.2, 1), (0.25, 1), (0.26, 2), (0.75, 3), (0.76, 4)):
        assert sketch.explained(share) == (count, count)
    sketch.add(np.sqrt(3) * np.eye(20)[:1])  # 4, 1, 1, 1
    assert sketch.stable_rank() == pytest.approx((7 / 4, 7 / 4))
    assert sketch.participation() == pytest.approx((49 / 19, 49 / 19))
