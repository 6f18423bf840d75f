"""What is no family of tubes or set of directions is named as such, everywhere."""

import pytest
from relugeom import kakeya, plotting
from relugeom.errors import InvalidInputError
from relugeom.kakeya import dimension, sticky
from relugeom.paths.streaming import DirectionStream

ROWS = [[1.0, 2.0]]
OF_TUBES = [
    kakeya.wolff_constant, kakeya.frostman_constant, kakeya.slab_constant, kakeya.factor,
    sticky.sticky_exponent, lambda x: sticky.coarse_tubes(x, 0.5),
    lambda x: sticky.heavy_shading(x, 2), plotting.plot_tubes,
    lambda x: plotting.plot_tube_scales(x, 0.5),
]  # fmt: skip
OF_DIRECTIONS = [
    dimension.estimates, dimension.packing_slope, dimension.packing_slopes,
    dimension.correlation_dimension, dimension.levina_bickel, dimension.two_nn,
    dimension.local_growth, lambda x: dimension.block_bootstrap(x, lambda y: 0.0),
]  # fmt: skip


@pytest.mark.parametrize("call", OF_TUBES)
def test_tubes_are_asked_for(call):
    with pytest.raises(InvalidInputError, match="must be a TubeFamily; got list"):
        call(ROWS)


@pytest.mark.parametrize("call", OF_DIRECTIONS)
def test_directions_are_asked_for(call):
    with pytest.raises(InvalidInputError, match="`directions` must be a DirectionSet; got list"):
        call(ROWS)


@pytest.mark.parametrize("call", [plotting.plot_planar_set, plotting.plot_perron_tree])
def test_planar_sets_are_asked_for(call):
    with pytest.raises(InvalidInputError, match="must be a PlanarSet; got list"):
        call(ROWS)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: DirectionStream(10**13), "`size` and `dim` must ask for less than 1 TiB"),
        (lambda: DirectionStream(10**6, max_directions=10**12), "`max_directions` and `sketch"),
        (lambda: kakeya.FrequentDirections(10**9, 10**9), "`size` and `dim`"),
    ],
)
def test_absurd_sizes_are_refused_before_the_work(call, text):
    with pytest.raises(InvalidInputError, match=text):
        call()
