"""Facets in space: areas, volumes by the divergence theorem, Euler characteristic, files."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import UnboundedError, UnsupportedError

CUBE = rg.Box([-1, -1, -1], [1, 1, 1])
NETS = {
    "deep": rg.ReLUNetwork.random([3, 8, 6, 2], rng=0),
    "degenerate": rg.ReLUNetwork.from_weights(
        [[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [1, -1, 0], [2, -2, 0]], [[1] * 6]]
    ),
}


@pytest.fixture(scope="module", params=NETS)
def regions(request):
    return rg.enumerate_regions(NETS[request.param], CUBE)


def moments(mesh):
    """A third of position times outward normal times area, of each polygon."""
    triangles, polygon = mesh.triangles
    a, b, c = (mesh.vertices[triangles[:, i]] for i in range(3))
    value = np.einsum("td,td->t", a, np.cross(b, c)) / 6
    return np.bincount(polygon, value, minlength=len(mesh))


def test_volumes_by_the_divergence_theorem(regions):
    mesh = regions.mesh()
    volume = np.bincount(mesh.region, moments(mesh), minlength=len(regions))
    inner = mesh.other >= 0
    volume -= np.bincount(mesh.other[inner], moments(mesh)[inner], minlength=len(regions))
    np.testing.assert_allclose(volume, regions.volumes, atol=1e-9)


def test_each_facet_once_and_the_surface_of_the_cube(regions):
    mesh = regions.mesh()
    inner = mesh.other >= 0
    assert inner.sum() == regions.adjacency().n_edges
    assert mesh.areas[~inner].sum() == pytest.approx(24)
    assert (mesh.facet[inner] >= 0).all()
    assert (mesh.facet[~inner] < 0).all()
    assert (np.diff(mesh.start) >= 3).all()


def test_euler_characteristic_of_a_subdivided_ball(regions):
    """Vertices - edges + polygons - regions = 1."""
    mesh = regions.mesh()
    ends = np.concatenate([np.delete(np.arange(len(mesh.corners)), mesh.start[:-1]),
                           mesh.start[:-1]])  # fmt: skip
    after = np.arange(1, len(mesh.corners) + 1)
    after[mesh.start[1:] - 1] = mesh.start[:-1]
    assert sorted(ends) == list(range(len(mesh.corners)))
    pairs = np.sort(np.column_stack([mesh.corners, mesh.corners[after]]), axis=1)
    edges = np.unique(pairs, axis=0)
    assert (edges[:, 0] != edges[:, 1]).all()
    assert len(mesh.vertices) - len(edges) + len(mesh) - len(regions) == 1


def test_decision_surface_is_where_the_two_outputs_are_equal():
    net = NETS["deep"]
    decision = rg.enumerate_regions(net, CUBE).adjacency().decision_regions()
    surface = decision.surface()
    assert len(surface) > 0
    values = net(surface.vertices)
    assert np.abs(values[:, 0] - values[:, 1]).max() < 1e-9
    classes = decision.piece_class
    assert (classes[surface.region] != classes[surface.other]).all()


def test_pyvista(regions):
    pytest.importorskip("pyvista")
    mesh = regions.mesh()
    drawn = mesh.to_pyvista()
    assert (drawn.n_points, drawn.n_cells) == (len(mesh.vertices), len(mesh))
    assert drawn.area == pytest.approx(mesh.areas.sum())
    assert drawn.cell_data["region"].tolist() == mesh.region.tolist()


def test_trimesh(regions):
    pytest.importorskip("trimesh")
    mesh = regions.mesh()
    drawn = mesh.to_trimesh()
    assert drawn.area == pytest.approx(mesh.areas.sum())
    assert len(drawn.face_attributes["facet"]) == len(mesh.triangles[0])


def test_obj_and_ply_are_read_by_others(regions, tmp_path):
    trimesh = pytest.importorskip("trimesh")
    mesh = regions.mesh()
    for suffix in (".obj", ".ply"):
        mesh.save(tmp_path / f"mesh{suffix}")
        loaded = trimesh.load_mesh(tmp_path / f"mesh{suffix}", process=False)
        assert loaded.area == pytest.approx(mesh.areas.sum(), rel=1e-6)
    lines = (tmp_path / "mesh.obj").read_text().splitlines()
    assert sum(line.startswith("f ") for line in lines) == len(mesh)
    assert sum(line.startswith("v ") for line in lines) == len(mesh.vertices)


def test_vtp_keeps_the_labels(regions, tmp_path):
    pyvista = pytest.importorskip("pyvista")
    mesh = regions.mesh()
    mesh.save(tmp_path / "mesh.vtp")
    assert pyvista.read(tmp_path / "mesh.vtp").cell_data["facet"].tolist() == mesh.facet.tolist()


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".vtp"])
def test_a_boundary_that_is_empty(suffix, tmp_path):
    always = rg.ReLUNetwork.from_weights([[[1, 0, 0]], [[1]]], [[5], [1]])
    surface = rg.enumerate_regions(always, rg.Box([-1] * 3, [1] * 3)).adjacency()
    surface = surface.decision_regions().surface()
    if suffix == ".vtp":
        pytest.importorskip("pyvista")
    surface.save(tmp_path / f"none{suffix}")
    assert len(surface) == 0
    assert (tmp_path / f"none{suffix}").stat().st_size > 0


def test_what_has_no_mesh(regions, tmp_path):
    plane = rg.enumerate_regions(rg.ReLUNetwork.random([2, 4, 1], rng=0), rg.Box([0, 0], [1, 1]))
    with pytest.raises(UnsupportedError, match=r"must lie in R\^3; got regions in R\^2"):
        plane.mesh()
    with pytest.raises(UnboundedError):
        rg.enumerate_regions(NETS["deep"]).mesh()
    with pytest.raises(UnsupportedError, match=r"\.obj, \.ply or \.vtp"):
        regions.mesh().save(tmp_path / "mesh.stl")
