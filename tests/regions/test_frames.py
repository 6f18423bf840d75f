"""Tables of regions in other libraries, and in files that other tools open."""

import json
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
import relugeom as rg
from relugeom.errors import MissingExtraError, UnboundedError, UnsupportedError

NET = rg.ReLUNetwork.random([2, 8, 6, 1], rng=0)
BOX = rg.Box([-1, -1], [1, 1])
ASKED = ["volume", "degree", "gradient", "data_count", "signs"]
DATA = BOX.sample(50, rng=0)


@pytest.fixture(scope="module")
def regions():
    return rg.enumerate_regions(NET, BOX)


@pytest.fixture
def file(regions, tmp_path):
    regions.save(tmp_path / "regions.parquet", ASKED, data=DATA)
    return tmp_path / "regions.parquet"


def test_parquet_keeps_the_asked_columns_and_loads_back(regions, file):
    table = pq.read_table(file)
    assert table.column_names[-len(ASKED) :] == ASKED
    np.testing.assert_array_equal(table["volume"].to_numpy(), regions.volumes)
    assert table["gradient"].type.list_size == 2
    loaded = rg.load_regions(file)
    for name in ("words", "points", "zeros", "facets", "facet_start", "volumes"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(regions, name))
    assert loaded.to_arrow().equals(regions.to_arrow())


def test_metadata_say_what_how_and_by_whom(regions, file):
    about = json.loads(pq.read_schema(file).metadata[b"relugeom.about"])
    assert about["engine"] == regions.engine
    assert about["version"] == rg.__version__
    assert about["domain"] == {"lower": [-1.0, -1.0], "upper": [1.0, 1.0]}
    assert about["tolerances"]["on"] == regions.tolerances.on
    assert about["status"] == "complete"
    assert about["source"]["kind"] == "ReLUNetwork"
    assert len(about["source"]["sha256"]) == 64


def test_the_hash_is_that_of_the_weights():
    def hashed(net):
        metadata = rg.enumerate_regions(net, BOX).to_arrow().schema.metadata
        return json.loads(metadata[b"relugeom.about"])["source"]["sha256"]

    twin = rg.ReLUNetwork.from_weights(NET.weights, NET.biases)
    other = rg.ReLUNetwork.from_weights(NET.weights, [b + 1e-15 for b in NET.biases])
    assert hashed(NET) == hashed(twin) != hashed(other)


def test_duckdb_opens_the_file_as_it_is(regions, file):
    duckdb = pytest.importorskip("duckdb")
    (row,) = duckdb.sql(
        f"select count(*), sum(volume), max(degree), sum(data_count), count(distinct signs), "
        f"sum(bit_count(words[1])), min(point[1]) from '{file}'"
    ).fetchall()
    graph = regions.adjacency()
    on = int((regions.patterns > 0).sum())
    assert row[0] == len(regions) == row[4]
    assert row[1] == pytest.approx(4)
    assert (row[2], row[3], row[5]) == (graph.degrees().max(), 50, on)
    assert row[6] == regions.points[:, 0].min()


def test_polars_opens_the_file_as_it_is(regions, file):
    polars = pytest.importorskip("polars")
    frame = polars.read_parquet(file)
    assert frame["volume"].sum() == pytest.approx(4)
    assert frame.equals(regions.to_polars(ASKED, data=DATA))
    np.testing.assert_array_equal(frame["point"].to_numpy(), regions.points)


def test_pandas_has_plain_columns(regions):
    pytest.importorskip("pandas")
    frame = regions.to_pandas(["volume", "gradient"])
    assert list(frame.columns) == [
        "signs", "point_0", "point_1", "volume", "gradient_0", "gradient_1",
    ]  # fmt: skip
    np.testing.assert_array_equal(frame[["point_0", "point_1"]], regions.points)
    assert len(regions.to_pandas(["signs"]).columns) == 3


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_polygons_in_geographic_files(regions, suffix, tmp_path):
    geopandas = pytest.importorskip("geopandas")
    file = tmp_path / f"regions{suffix}"
    for _ in range(2):  # the second writes over the first
        regions.save(file, ["volume", "n_on"])
    frame = geopandas.read_file(file).set_crs(None, allow_override=True)  # GeoJSON is of the globe
    assert len(frame) == len(regions)
    np.testing.assert_allclose(frame.geometry.area, frame["volume"], rtol=1e-9, atol=1e-12)
    assert set(frame["signs"]) == set(regions.to_pandas()["signs"])


def test_arrangements_and_all_of_space(tmp_path):
    arrangement = rg.arrangements.families.braid(4)
    regions = rg.enumerate_regions(arrangement)
    regions.save(tmp_path / "r.parquet", ["n_on", "inradius"])
    loaded = rg.load_regions(tmp_path / "r.parquet")
    np.testing.assert_array_equal(loaded.source.normals, arrangement.normals)
    with pytest.raises(UnboundedError):
        regions.to_arrow(["volume"])


def test_bad_suffix_and_bad_dimension(regions, tmp_path):
    with pytest.raises(UnsupportedError, match=r"\.parquet, \.geojson or \.gpkg"):
        regions.save(tmp_path / "regions.csv")
    pytest.importorskip("geopandas")
    solid = rg.enumerate_regions(rg.ReLUNetwork.random([3, 4, 1], rng=0), rg.Box([0] * 3, [1] * 3))
    with pytest.raises(UnsupportedError, match="must lie in the plane"):
        solid.save(tmp_path / "solid.geojson")


@pytest.mark.parametrize(
    ("package", "method"),
    [("pandas", "to_pandas"), ("polars", "to_polars"), ("geopandas", "to_geopandas")],
)
def test_missing_packages_are_named_with_their_extra(regions, package, method, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"{package}.*relugeom\[frames\]"):
        getattr(regions, method)()


def test_halfspaces_and_vertices_as_arrays(regions):
    start, G, h = regions.h_representation()
    first, vertices = regions.v_representation()
    for i in range(len(regions)):
        rows = slice(start[i], start[i + 1])
        for mine, theirs in zip((G[rows], h[rows]), regions[i].halfspaces, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-12)
        corners = vertices[first[i] : first[i + 1]]
        assert (corners @ G[rows].T <= h[rows] + 1e-9).all()
        assert len(corners) == rows.stop - rows.start  # a polygon has as many of both


def test_halfspaces_are_what_the_package_polytope_takes(regions):
    with np.printoptions():  # the package changes how numpy prints
        polytope = pytest.importorskip("polytope")
    for i in range(0, len(regions), 10):
        region = regions[i]
        corners = polytope.extreme(polytope.Polytope(*region.halfspaces))
        assert len(corners) == len(region.vertices)
        gap = np.linalg.norm(corners[:, None] - region.vertices[None], axis=2).min(axis=1)
        assert gap.max() < 1e-7
