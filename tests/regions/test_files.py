"""Tables to Parquet and back, and files that are no tables."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import relugeom as rg
from relugeom.errors import FileFormatError

import zoo

COLUMNS = ("words", "zeros", "points", "facet_start", "facets", "coincident")
FACTS = ("status", "message", "engine", "engine_reason", "undecided", "seconds", "tolerances")

SOURCES = {
    "leaky": zoo.leaky,
    "skips": zoo.skips,
    "zeros": zoo.integers,
    "many": zoo.many_neurons,
    "arrangement": lambda: rg.HyperplaneArrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1]),
}
DOMAINS = {
    "space": lambda d: None,
    "box": zoo.cube,
    "polytope": lambda d: zoo.random_polytope(d, 1),
}


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("source", SOURCES)
def test_there_and_back(source, domain, tmp_path):
    what = SOURCES[source]()
    d = what.dim if isinstance(what, rg.HyperplaneArrangement) else what.input_dim
    regions = rg.enumerate_regions(what, DOMAINS[domain](d))
    regions.save(tmp_path / "regions.parquet")
    again = rg.load_regions(tmp_path / "regions.parquet")
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(again, name), getattr(regions, name))
        assert getattr(again, name).dtype == getattr(regions, name).dtype
    for name in FACTS:
        assert getattr(again, name) == getattr(regions, name)
    assert type(again.source) is type(regions.source)
    assert type(again.domain) is type(regions.domain)
    np.testing.assert_array_equal(again.patterns, regions.patterns)
    X = np.random.default_rng(0).uniform(-2, 2, (2000, d))
    np.testing.assert_array_equal(again.locate(X), regions.locate(X))
    np.testing.assert_array_equal(again.neighbours.neuron, regions.neighbours.neuron)
    if domain != "space":
        np.testing.assert_array_equal(again.volumes, regions.volumes)
    if isinstance(what, rg.ReLUNetwork):
        np.testing.assert_array_equal(again.source(X), what(X))
        assert again.n_linear == regions.n_linear


def test_a_capped_table_stays_capped(tmp_path):
    net = rg.ReLUNetwork.random([2, 8, 1], rng=0)
    rg.enumerate_regions(net, max_regions=3).save(tmp_path / "part.parquet")
    again = rg.load_regions(tmp_path / "part.parquet")
    assert (len(again), again.complete, again.status) == (3, False, "capped")


def test_other_tools_can_read_the_columns(tmp_path):
    regions = rg.enumerate_regions(zoo.leaky(), zoo.cube(2))
    regions.save(tmp_path / "regions.parquet")
    table = pq.read_table(tmp_path / "regions.parquet")
    assert table.column_names == ["words", "zeros", "point", "facets", "coincident"]
    assert len(table) == len(regions)
    row = table.slice(5, 1).to_pylist()[0]
    assert row["point"] == regions.points[5].tolist()
    assert row["facets"] == regions[5].facets.tolist()
    bits = np.array([(row["words"][0] >> (63 - k)) & 1 for k in range(13)])
    assert (2 * bits - 1).tolist() == regions.patterns[5].tolist()


def saved(path, seed=0):
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([2, 8, 1], rng=seed), zoo.cube(2))
    regions.save(path)
    return regions


def test_broken_files(tmp_path):
    path = tmp_path / "regions.parquet"
    saved(path)
    whole = path.read_bytes()
    for broken in (b"", b"PAR1", b"hello", whole[: len(whole) // 2], whole[:-5], whole[7:]):
        path.write_bytes(broken)
        with pytest.raises(FileFormatError, match=r"regions\.parquet"):
            rg.load_regions(path)
    with pytest.raises(FileFormatError, match="existing file"):
        rg.load_regions(tmp_path / "none.parquet")


def test_damaged_numbers_are_noticed(tmp_path):
    """Pages carry checksums, and the weights their SHA-256: no table differs silently."""
    path = tmp_path / "regions.parquet"
    regions = saved(path)
    whole = path.read_bytes()
    places = np.random.default_rng(0).integers(0, len(whole), 100)
    noticed = 0
    for place in places.tolist():
        data = bytearray(whole)
        data[place] ^= 0x55
        path.write_bytes(data)
        try:
            loaded = rg.load_regions(path)
        except FileFormatError as error:
            noticed += "\n" not in str(error)
            continue
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(loaded, name), getattr(regions, name))
        np.testing.assert_array_equal(loaded.source.parameters, regions.source.parameters)
    assert noticed > 50


def test_weights_that_differ_from_their_hash(tmp_path):
    saved(tmp_path / "a.parquet", seed=0), saved(tmp_path / "b.parquet", seed=1)
    a, b = (pq.read_table(tmp_path / f"{name}.parquet") for name in "ab")
    source = {b"relugeom.source": b.schema.metadata[b"relugeom.source"]}
    pq.write_table(a.replace_schema_metadata(a.schema.metadata | source), tmp_path / "c.parquet")
    with pytest.raises(FileFormatError, match="SHA-256"):
        rg.load_regions(tmp_path / "c.parquet")


def test_a_folder_of_that_name(tmp_path):
    (tmp_path / "regions.parquet").mkdir()
    with pytest.raises(FileFormatError, match="must be a file; got the folder"):
        saved(tmp_path / "regions.parquet")


@pytest.mark.parametrize("part", ["relugeom.format", "relugeom.about", "relugeom.source"])
@pytest.mark.parametrize("value", [None, b"nonsense", b"{}"])
def test_wrong_metadata(part, value, tmp_path):
    path = tmp_path / "regions.parquet"
    saved(path)
    table = pq.read_table(path)
    metadata = {k.decode(): v for k, v in table.schema.metadata.items()}
    metadata = {k: v for k, v in {**metadata, part: value}.items() if v is not None}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    with pytest.raises(FileFormatError, match=r"regions\.parquet"):
        rg.load_regions(path)


@pytest.mark.parametrize("column", ["words", "zeros", "point", "facets", "coincident"])
def test_a_missing_or_wrong_column(column, tmp_path):
    path = tmp_path / "regions.parquet"
    saved(path)
    table = pq.read_table(path)
    pq.write_table(table.drop_columns([column]), path)
    with pytest.raises(FileFormatError, match=r"regions\.parquet"):
        rg.load_regions(path)
    at = table.column_names.index(column)
    pq.write_table(table.set_column(at, column, pa.array(["x"] * len(table))), path)
    with pytest.raises(FileFormatError, match=r"regions\.parquet"):
        rg.load_regions(path)


def test_a_foreign_table(tmp_path):
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "a.parquet")
    with pytest.raises(FileFormatError, match="must have the format 'relugeom regions"):
        rg.load_regions(tmp_path / "a.parquet")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupted_save_leaves_the_old_file(error, tmp_path, monkeypatch):
    path = tmp_path / "regions.parquet"
    old = saved(path)

    def stopped(table, where, **options):
        where.write_bytes(b"half")
        raise error

    monkeypatch.setattr(pq, "write_table", stopped)
    with pytest.raises(error):
        saved(path, seed=1)
    np.testing.assert_array_equal(rg.load_regions(path).words, old.words)
    assert [p.name for p in tmp_path.iterdir()] == ["regions.parquet"]
