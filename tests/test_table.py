"""What functions return: tables with rows, on one line in a console, in full when printed."""

import json
from dataclasses import is_dataclass
from importlib import import_module

import numpy as np
import pytest
import relugeom as rg
from relugeom._table import Table, aligned, finite
from relugeom.analysis.vnnlib import Case

BOX = rg.Box([-1, -1], [1, 1])
PACKAGES = ("analysis", "arrangements", "data", "generalisation", "graph", "kakeya", "networks",
            "paths", "regions")  # fmt: skip
PLAIN = (int, float, str, bool, list, type(None))


def of_regions():
    net = rg.ReLUNetwork.random([2, 8, 6, 2], rng=0)
    regions = rg.enumerate_regions(net, BOX)
    graph, one = regions.adjacency(), rg.enumerate_regions(net, BOX, max_regions=3)
    X = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    case = Case(BOX, np.array([[1.0, -1.0]]), np.zeros(1), None)
    prop = rg.analysis.Property(2, 2, (case,))
    topology = rg.graph.topology
    yield from (net, regions, one, regions[0], regions.geometry, regions.facet_table)
    yield from (regions.neighbours, regions.problem, regions.complex, graph, graph.diameter())
    yield from (graph.betweenness(), graph.min_cut([0], [len(regions) - 1]), graph.fiedler())
    yield from (graph.zone(0), graph.occupancy(X, X[:, 0] > 0), graph.decision_regions())
    yield from (topology.critical_points(regions), topology.persistence(regions))
    yield from (rg.expressivity(regions, n_samples=50, rng=0), rg.extremes(regions))
    yield from (rg.integral(regions), rg.lipschitz(regions), rg.level_set(regions, 0.1, [1, -1]))
    yield from (rg.nearest_regions(net, [0, 0], max_regions=5), rg.margin(net, [0.1, 0.2]))
    yield from (prop, rg.check(net, prop), rg.crossings_on_segment(net, [-1, -1], [1, 1]))
    yield from (rg.walk(net, [-1, -1], [1, 1]), BOX, rg.Polytope(-np.eye(2), [1, 1]))
    yield from (rg.AffineSlice.random(40, 2, rng=0), rg.HyperplaneArrangement.from_data(X))
    space = rg.enumerate_regions(rg.ReLUNetwork.random([3, 4, 1], rng=0), rg.Box([-1] * 3, [1] * 3))
    yield from (space.mesh(), rg.networks.NNet(net, BOX, np.zeros(2), np.ones(2), 0.0, 1.0))


def of_paths():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(30, 2)), rng.normal(size=(10, 2))
    net = rg.ReLUNetwork.random([2, 8, 6, 1], rng=0)
    path = rg.train(net, X, np.sin(X[:, 0]), steps=60, lr=0.02, rng=0)
    events = rg.crossings(path, X)
    paths = rg.paths
    yield from (path, path.parameters, events, events.times, paths.cell_visits(events))
    yield rg.cell_report(path, events, rg.crossings(path, Y))
    yield from (rg.crossing_bounds(path, X, events, d_eff=2.0), paths.neuron_walks(path, X, events))
    yield from (rg.directional_complexity(path, n_nulls=2, n_boot=0), paths.wall_turns(path, X))
    stream = paths.DirectionStream(path.parameters.shape[1])
    stream.add(path.updates)
    yield from (stream, stream.result(n_nulls=2), paths.freeze_order(net, events))
    study = rg.growth_study(
        X, X[:, 0], steps=[5, 10], width=[4, 8], depth=[1], lr=[0.05], n_seeds=2
    )
    yield from (study, study.fit("width", d_eff="participation", n_boot=5))
    plane = rg.parameter_plane(path, X)
    yield from (plane, paths.plane_cover(net, X[:5], plane.plane, rg.Box([-1, -1], [1, 1])))
    yield rg.loss_plane(path, X, np.sin(X[:, 0]), resolution=5)


def of_kakeya():
    kakeya = rg.kakeya
    rng = np.random.default_rng(0)
    lines = kakeya.DirectionSet(rng.normal(size=(80, 4)))
    family = kakeya.TubeFamily.random(12, 3, 0.1, rng=0)
    yield from (kakeya.compare(rng.normal(size=(120, 20)), n_nulls=2, ranks=2), lines)
    yield from (lines.curve(), *kakeya.dimension.estimates(lines), kakeya.bounds.table(4, 0.01))
    yield from (family, kakeya.wolff_constant(family), kakeya.wolff.slab_constant(family))
    yield from (family.union_volume(), kakeya.wolff.factor(family))
    yield from (kakeya.sticky.sticky_exponent(family), kakeya.perron.perron_tree(3))
    yield from kakeya.theorems.dimension_bounds(4)
    yield from kakeya.finite_field.lower_bounds(3, 2)


def of_generalisation():
    data = rg.data.penguins()
    X = (data.X - data.X.mean(axis=0)) / data.X.std(axis=0)
    part, rest = (X[::2], data.y[::2]), (X[1::2], data.y[1::2])
    net = rg.ReLUNetwork.random([4, 6, 3], rng=0)
    path = rg.train(net, *part, loss="cross_entropy", steps=30, lr=0.05, rng=0)
    yield from (data, rg.generalisation.report(path, part, rest, n_draws=20))
    study = rg.generalisation.gap_study(
        part, rest, d_eff="participation", n_samples=[20, 80], optimizers=["adam"], lr=[0.05],
        n_seeds=2, steps=20,
    )  # fmt: skip
    yield from (study, study.fit(n_boot=5))
    yield rg.generalisation.intrinsic_dimension(net, part, rest, [1, 2], steps=10)
    yield rg.generalisation.gibbs_bound(path.network(-1), net, *part, n_draws=20)


@pytest.fixture(scope="module")
def results():
    """Every result, and every result that it holds."""
    found = []

    def add(value):
        ours = type(value).__module__.startswith("relugeom.")
        if ours:
            found.append(value)
        if isinstance(value, tuple | list):
            for part in value[:50]:
                add(part)
        elif ours and hasattr(value, "__dict__"):
            for part in vars(value).values():
                add(part)

    for made in (of_regions(), of_paths(), of_kakeya(), of_generalisation()):
        for value in made:
            add(value)
    return found


@pytest.fixture(scope="module")
def tables(results):
    return list({type(value): value for value in results if isinstance(value, Table)}.values())


def test_no_result_class_is_left_out(results):
    packages = [import_module(f"relugeom.{name}") for name in PACKAGES]
    values = [getattr(package, name) for package in packages for name in package.__all__]
    public = {
        value
        for value in values
        if isinstance(value, type) and (is_dataclass(value) or issubclass(value, Table | tuple))
    }
    assert len(public) > 40
    assert not public - {type(value) for value in results}


def test_every_result_is_one_line_in_a_console(results):
    assert len({type(value) for value in results}) > 60
    for value in results:
        text = repr(value)
        assert "\n" not in text, type(value)
        assert len(text) < 300, type(value)


def test_rows_are_plain_and_alike(tables):
    assert len(tables) > 15
    for table in tables:
        rows = table.rows()
        assert len(rows) == len(table) > 0, table
        for row in rows:
            assert list(row) == list(rows[0]), table
            assert {type(value) for value in row.values()} <= set(PLAIN), table
            assert row.get("layer") is None or row["layer"] >= 0


def test_the_same_rows_everywhere(tables, tmp_path):
    pandas = pytest.importorskip("pandas")
    parquet = pytest.importorskip("pyarrow.parquet")
    for table in tables:
        rows = table.rows()
        assert finite(table.to_arrow().to_pylist()) == finite(rows)
        frame = table.to_pandas()
        assert len(frame) == len(rows)
        for suffix in (".parquet", ".csv", ".json"):
            table.save(tmp_path / f"table{suffix}")
        assert finite(parquet.read_table(tmp_path / "table.parquet").to_pylist()) == finite(rows)
        assert json.loads((tmp_path / "table.json").read_text()) == finite(rows)
        again = pandas.read_csv(tmp_path / "table.csv", keep_default_na=False, na_values=["nan"])
        assert list(again) == list(frame)
        for name in frame.select_dtypes("number"):
            values = pandas.to_numeric(again[name], errors="coerce")
            np.testing.assert_allclose(values, frame[name].astype(float), err_msg=name)
        assert {file.suffix for file in tmp_path.iterdir()} == {".parquet", ".csv", ".json"}


def test_a_table_is_saved_by_its_suffix_or_not_at_all(tables, tmp_path):
    with pytest.raises(rg.errors.UnsupportedError, match=r"`file` must end in .parquet, .csv or"):
        tables[0].save(tmp_path / "table.xlsx")
    assert not list(tmp_path.iterdir())


def test_text_of_a_table(tables):
    for table in tables:
        text = str(table)
        assert "array(" not in text
        assert "dtype" not in text
        assert table._repr_html_().startswith("<pre>")


class Squares(Table):
    _COLUMNS = ("number", "square")

    def __init__(self, n):
        self.number = np.arange(n)
        self.square = self.number**2


def test_a_class_of_columns_states_their_names():
    assert Squares(3).rows()[2] == {"number": 2, "square": 4}
    assert repr(Squares(3)) == "Squares(3 rows)"
    assert str(Squares(2)) == "Squares(2 rows)\nnumber  square\n     0       0\n     1       1"
    assert str(Squares(2000)).endswith("\n... and 1,961 more")
    assert Squares(0).rows() == []
    assert Squares(0).to_arrow().column_names == ["number", "square"]


def test_layers_count_from_0_in_rows_and_from_1_in_print():
    net = rg.ReLUNetwork.random([1, 2, 1], rng=0)
    path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    order = rg.paths.freeze_order(net, rg.crossings(path, [[1.0]]))
    assert [row["layer"] for row in order.rows()] == [0, 0]
    assert [line.split()[0] for line in str(order).splitlines()[1:]] == ["layer", "1", "1"]


def test_numbers_to_the_right_and_text_to_the_left():
    text = aligned([["a", "name"], [None, "x"], [1234567, "long"], [0.25, ""]])
    assert text.splitlines() == ["        a  name", "           x", "1,234,567  long", "     0.25"]


def test_a_result_on_one_line_never_grows():
    many = rg.analysis.Property(3, 1, tuple(range(1000)))
    assert repr(many) == "Property(n_inputs=3, n_outputs=1, cases=1000 parts)"
