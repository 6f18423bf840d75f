"""One pass in bounded memory against everything in memory."""

import tracemalloc

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.kakeya import DirectionSet, nulls
from relugeom.paths import DirectionStream, streaming_complexity


@pytest.fixture(scope="module")
def path():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(20, 2))
    net = rg.ReLUNetwork.random([2, 16, 1], rng=0)
    return rg.train(net, X, X[:, 0], steps=200, lr=0.01, batch_size=5, rng=0)


@pytest.mark.parametrize("of", ["updates", "gradients", "secants"])
def test_brackets_hold_what_is_computed_in_memory(path, of):
    whole = rg.directional_complexity(path, of, n_nulls=0, n_boot=0)
    found = streaming_complexity(path, of, rank=12)
    assert (found.n_vectors, found.n_dropped, found.dim) == (
        whole.n_vectors, whole.n_dropped, whole.dim
    )  # fmt: skip
    assert found.turning == pytest.approx(whole.turning)
    assert found.tortuosity == pytest.approx(whole.tortuosity)
    assert abs(found.crofton.value - whole.turning) < 5 * found.crofton.error
    for name, (low, high) in found.brackets.items():
        assert low * (1 - 1e-9) <= whole.dimensions[name] <= high * (1 + 1e-9), name
    assert found.brackets["participation_raw"][1] < 20
    # no projection was needed, and every direction is in the sample
    assert found.epsilon == 0.0
    assert found.angles(0.3) == (0.3, 0.3)
    assert found.sample.tolist() == list(range(whole.n_vectors))
    expected = DirectionSet(path.updates).curve(found.curve.theta)
    own = {row.name: row for row in whole.exponents}
    for row in found.exponents:
        assert row.value == pytest.approx(own[row.name].value, rel=1e-3, nan_ok=True)
        assert row.reason == own[row.name].reason
    if of == "updates":
        assert np.abs(found.curve.count - expected.count).max() <= 1  # kept in float32


def test_blocks_do_not_matter(path):
    one = streaming_complexity([path.updates], n_nulls=0)
    many = streaming_complexity((path.updates[at : at + 7] for at in range(0, 200, 7)), n_nulls=0)
    assert one.turning == pytest.approx(many.turning)
    assert one.traces == pytest.approx(many.traces)
    np.testing.assert_array_equal(one.sample, many.sample)
    np.testing.assert_array_equal(one.curve.count, many.curve.count)


def test_files_are_read_in_blocks(path, tmp_path):
    pytest.importorskip("zarr")
    path.save(tmp_path / "run.zarr")
    found = streaming_complexity(tmp_path / "run.zarr")
    assert found.turning == pytest.approx(streaming_complexity(path).turning)
    assert found.beta == 0.9
    assert set(found.nulls) == {"walk", "isotropic", "ema"}


def test_the_sample_is_uniform():
    counts = np.zeros(60)
    for seed in range(400):
        stream = DirectionStream(3, rank=2, max_directions=10, n_normals=0, rng=seed)
        stream.add(np.eye(3)[np.arange(60) % 3])
        counts[stream.result(n_nulls=0).sample] += 1
    assert counts.sum() == 4000
    # each count is binomial, mean 400 / 6
    assert np.abs(counts - 400 / 6).max() < 4.5 * np.sqrt(400 * 5 / 36)


def test_projected_directions_bracket_the_counts():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(3, 6000))
    steps = rng.normal(size=(150, 3)) @ base
    found = streaming_complexity([steps], sketch_dim=1500, rank=4, n_nulls=0)
    assert 0 < found.epsilon < 0.4
    exact = DirectionSet(steps)
    for i in range(0, len(found.curve.theta), 8):
        theta = float(found.curve.theta[i])
        low, high = found.angles(theta)
        # Cov(high) <= N <= A(low), and the farthest-point net is between Cov and A
        if 2 * high < np.pi / 2:
            assert found.curve.count[i] >= len(exact.packing(2 * high))
        if low > 0:
            assert found.curve.count[i] <= len(exact.packing(low / 2))
    low, high = found.brackets["participation_unit"]
    assert high - low < 1e-6  # of rank 3, below that of the sketch


def test_expected_participation_of_nulls_is_that_of_draws():
    lengths, dim, beta = np.linspace(1, 2, 120), 400, 0.8
    rows = nulls.ema(lengths, dim, beta, rng=0)
    found = streaming_complexity([np.pad(rows, ((0, 0), (0, 280)))], n_nulls=3, beta=beta, rank=3)
    from relugeom.kakeya.spectra import effective_dimension, spectrum

    for null, momentum in (("walk", 0.0), ("ema", beta)):
        for name in ("raw", "unit"):
            draws = [
                effective_dimension(
                    spectrum(nulls.ema(lengths, dim, momentum, rng=s), name), "participation"
                )
                for s in range(1, 12)
            ]
            expected = found.expected[null][f"participation_{name}"]
            assert expected == pytest.approx(np.mean(draws), rel=0.03)
    rows_of = {row["quantity"]: row for row in found.rows()}
    assert abs(rows_of["turning"]["ema_z"]) < 8
    assert rows_of["participation_raw"]["walk_mean"] == found.expected["walk"]["participation_raw"]
    assert "participation_unit" in str(found)
    pandas = pytest.importorskip("pandas")
    pandas.testing.assert_frame_equal(found.to_pandas(), pandas.DataFrame(found.rows()))


def test_memory_does_not_grow_with_the_number_of_steps():
    def peak(n):
        rng = np.random.default_rng(0)
        tracemalloc.start()
        blocks = (rng.normal(size=(10, 20_000)) for _ in range(n // 10))
        streaming_complexity(
            blocks, rank=4, max_directions=20, n_normals=8, n_nulls=0, sketch_dim=50
        )
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(20)
    short, long = peak(100), peak(400)
    assert long < 1.1 * short
    assert short < 400 * 20_000 * 8 / 2


def test_a_stream_may_go_on_after_a_result(path):
    stream = DirectionStream(path.updates.shape[1])
    stream.add(path.updates[:80])
    first = stream.result(n_nulls=0)
    stream.add(path.updates[80:])
    assert first.n_vectors == 80
    assert stream.result(n_nulls=0).turning == pytest.approx(streaming_complexity(path).turning)


def test_bad_input(path):
    with pytest.raises(InvalidInputError, match="block of steps"):
        streaming_complexity([])
    with pytest.raises(InvalidInputError, match="nonzero"):
        streaming_complexity([np.zeros((3, 4))])
    with pytest.raises(ShapeError):
        streaming_complexity([np.ones((3, 4)), np.ones((3, 5))])
    with pytest.raises(InvalidInputError, match="finite"):
        streaming_complexity([np.full((3, 4), np.nan)])
