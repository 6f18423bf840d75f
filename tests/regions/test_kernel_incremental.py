"""Traces of hyperplanes on one another, against elimination in fractions."""

from fractions import Fraction

import numpy as np
import pytest
from relugeom.regions import _kernel_incremental as kernel


def traces(A, c, k):
    """Traces (normal..., offset) of the rows before k on row k, and the coordinate solved for."""
    rows = [[Fraction(v) for v in (*normal, offset)] for normal, offset in zip(A, c, strict=True)]
    p = int(np.abs(A[k]).argmax())
    on = []
    for row in rows[:k]:
        factor = row[p] / rows[k][p]
        on.append([v - factor * w for v, w in zip(row, rows[k], strict=True)])
        del on[-1][p]
    return on, p


def monic(row):
    """The same hyperplane with first entry 1."""
    lead = next(v for v in row if v)
    return tuple(v / lead for v in row)


def restricted(A, c, error, k):
    """What the kernel makes of it: the traces, their errors, the coordinate, and no doubt."""
    status = np.zeros(1, np.int64)
    B, b, e, p = kernel.restrict(np.ascontiguousarray(A.T), c, error, k, status)
    assert status[0] == 0
    return np.column_stack([B.T, b]), e, p


@pytest.mark.parametrize("largest", [1, 3, 50])
@pytest.mark.parametrize("d", [2, 3, 5])
def test_traces_of_whole_numbers_are_whole_and_exact(d, largest):
    rng = np.random.default_rng([d, largest])
    for _ in range(20):
        A = rng.integers(-largest, largest + 1, (8, d)).astype(float)
        A[~A.any(axis=1), 0] = 1.0
        c = rng.integers(-largest, largest + 1, 8).astype(float)
        # a trace that is there twice; 49 (1 / 49) is not 1 in floats
        A[1], c[1] = A[7] - 49 * A[0], c[7] - 49 * c[0]
        rows, e, p = restricted(A, c, np.zeros(8), 7)
        wanted, at = traces(A, c, 7)
        if any(not any(row) for row in wanted):  # the last is one of those before
            assert (len(rows), p) == (0, -1)
            continue
        cut = [monic(row) for row in wanted if any(row[:-1])]
        found = [monic([Fraction(v) for v in row]) for row in rows]
        assert p == at
        assert set(found) == set(cut)
        assert (rows == np.rint(rows)).all()
        assert not e.any()
        if d > 2:  # on a line, equal ends are dropped when they are sorted
            assert len(found) == len(set(found))


def test_whole_numbers_that_grow_too_large_become_floats():
    rng = np.random.default_rng(0)
    A, c = rng.integers(-(1 << 20), 1 << 20, (6, 4)), rng.integers(-(1 << 20), 1 << 20, 6)
    rows, e, p = restricted(A.astype(float), c.astype(float), np.zeros(6), 5)
    wanted, _ = traces(A, c, 5)
    assert p >= 0
    assert (e > 0).all()
    assert np.abs(rows).max() <= 1.0
    for row, exact in zip(rows, wanted, strict=True):
        size = row[0] / float(exact[0])
        np.testing.assert_allclose(row, [size * float(v) for v in exact], rtol=1e-12)


@pytest.mark.parametrize("d", [2, 3, 6])
def test_errors_of_rows_pass_on_to_their_traces(d):
    """Rows that are off by some error have traces that are off by no more than is said."""
    rng, size = np.random.default_rng(d), 1e-12
    for _ in range(30):
        A, c = rng.uniform(-1, 1, (6, d)), rng.uniform(-1, 1, 6)
        p = int(np.abs(A[5]).argmax())
        A[:5, p] = rng.choice([-1.0, 1.0], 5)  # as far off as any
        A[5, p] = 1.0
        off = size * rng.choice([-1.0, 1.0], A.shape)
        off[:, p] = 0.0
        rows, e, _ = restricted(A + off, c, np.full(6, size), 5)
        for row, bound, exact in zip(rows, e, traces(A, c, 5)[0], strict=True):
            normal = np.array(exact[:-1], float)
            normal *= 2.0 ** np.rint(np.log2(np.abs(row[:-1]).max() / np.abs(normal).max()))
            assert 0.5 <= np.abs(row[:-1]).max() <= 1.0
            assert np.abs(row[:-1] - normal).max() <= bound
