"""The demo's figures, and its report as one HTML page."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import plotting
from .._bound import on
from .._table import size
from ..paths import hamming
from ..report import Figure, Section, Table, write_report
from .results import LEVELS, PLANE

if TYPE_CHECKING:
    from .results import Results


def draw(r: Results, folder: Path) -> dict[str, Path]:
    """Draw the figures as PNG and SVG in ``folder``; return the SVG files by name."""
    import matplotlib.pyplot as plt

    names = [f"{_readable(r.data.feature_names[i])}, in standard deviations" for i in PLANE]
    species = r.data.class_names
    tree, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    plotting.plot_perron_tree(r.tree, ax=left)
    plotting.plot_perron_areas(LEVELS, ax=right)
    drawn: dict[str, Any] = {
        "region_map": plotting.plot_regions(
            r.regions, X=r.plane.X, y=r.plane.y, decision=r.decision, route=r.way,
            feature_names=names, class_names=species,
        ).figure,
        "slice_map": plotting.plot_regions(
            r.slice_regions, decision=r.slice_decision, X=r.corners, y=np.arange(len(r.corners)),
            feature_names=["slice coordinate 1", "slice coordinate 2"],
            class_names=species,
        ).figure,
        "region_graph": plotting.plot_region_graph(
            r.graph, classes=r.plane.net.predict(r.regions.points), route=r.way,
            feature_names=names, class_names=species,
        ).figure,
        "crossings": plotting.plot_crossings(r.events).figure,
        "directions": plotting.plot_directional_complexity(r.complexity).figure,
        "comparison": plotting.plot_comparison(r.comparison),
        "direction_gram": plotting.plot_direction_gram(r.complexity).figure,
        "scree": plotting.plot_scree(r.complexity).figure,
        "perron_tree": tree,
    }  # fmt: skip
    files = {}
    for name, figure in drawn.items():
        files[name] = plotting.save_figure(figure, folder / name)[1]
        plt.close(figure)
    return files


def _readable(name: str) -> str:
    """Turn bill_length_mm into bill length."""
    return " ".join(name.split("_")[:-1])


def write_page(
    results: Results, summary: dict[str, Any], figures: dict[str, Path], file: Path
) -> None:
    """Write the report."""
    sections = [
        _networks(results, summary, figures),
        _graph(results, summary, figures),
        _crossings(results, summary, figures),
        _directions(results, figures),
        _kakeya(results, summary, figures),
        _checks(summary),
    ]
    lead = [
        f"Two ReLU networks trained with Adam on the {summary['data']['name']} "
        f"({summary['data']['rows']} birds, {len(summary['data']['features'])} measurements, "
        f"{len(summary['data']['classes'])} species): every activation region, the graph of "
        "regions, every region crossing of the training run, and the directions that it used, "
        "beside the bounds that apply. Counts are exact unless a line says otherwise.",
        summary["data"]["source"],
    ]
    write_report(file, "relugeom demo", lead, sections)


def _networks(r: Results, summary: dict[str, Any], figures: dict[str, Path]) -> Section:
    rows = []
    for name, what in (("plane", "two features"), ("full", "all features")):
        about = summary["networks"][name]
        rows.append([
            what, "-".join(map(str, about["layers"])), about["parameters"], about["steps"],
            about["loss_last"], f"{about['accuracy_train']:.1%}", f"{about['accuracy_test']:.1%}",
        ])  # fmt: skip
    counts = []
    for name, what in (("plane", "two features"), ("slice", "slice through three birds")):
        about = summary["regions"][name]
        counts.append([
            what, about["regions"], about["linear_regions"], about["engine"],
            about["regions_per_second"], about["volume"], about["domain_volume"],
        ])  # fmt: skip
    return Section(
        "Regions",
        [
            "An activation region is a convex set on which every neuron keeps its state; a linear "
            "region is a maximal connected set on which the network is one affine map, so it may "
            "join several activation regions. The network on two features is cut over the bounding "
            "box of its training data, the network on all four on the affine plane through three "
            "birds, one of each species, within the bounding box."
        ],
        tables=[
            Table(
                "Networks",
                ["input", "layers", "parameters", "steps", "last loss", "accuracy", "held out"],
                rows,
            ),
            Table(
                "Regions",
                ["domain", "activation", "linear", "engine", "per second", "area", "domain's area"],
                counts,
            ),
        ],
        figures=[
            Figure(
                figures["region_map"],
                "Regions of the network on two features, tinted by the predicted species, with the "
                "training data, the decision boundary, and a route of fewest crossings between two "
                "birds of different species.",
            ),
            Figure(
                figures["slice_map"],
                "Regions of the network on four features, on the slice through three birds, "
                "which are marked.",
            ),
        ],
    )


def _graph(r: Results, summary: dict[str, Any], figures: dict[str, Path]) -> Section:
    graph = summary["graph"]
    crossed = [r.graph.crossing(int(i), int(j)) for i, j in pairwise(r.way)]
    steps = [
        [n, int(i), int(j), int(r.plane.net.neuron_layer[k]) + 1, k]
        for n, (i, j, k) in enumerate(zip(r.way[:-1], r.way[1:], crossed, strict=True), start=1)
    ]
    sizes = r.decision.volumes
    parts = [
        [i, r.data.class_names[int(k)], float(sizes[i]), float(sizes[i] / sizes.sum())]
        for i, k in enumerate(r.decision.classes)
    ]
    return Section(
        "Region graph",
        [
            f"Two regions are neighbours when they share a facet: {graph['edges']:,} pairs, "
            f"{graph['mean_degree']:.2f} neighbours a region on average, diameter "
            f"{graph['diameter']}. From a bird of one species to one of another, "
            f"{graph['route_crossings']} facets must be crossed.",
        ],
        tables=[
            Table("The route", ["crossing", "from", "to", "layer", "neuron"], steps),
            Table("Decision regions", ["number", "species", "area", "share"], parts),
        ],
        figures=[Figure(figures["region_graph"], "The graph, drawn at a point of each region.")],
    )


def _crossings(r: Results, summary: dict[str, Any], figures: dict[str, Path]) -> Section:
    events = summary["crossings"]
    ends = hamming(r.full.path, r.full.X).sum(axis=0)
    by_layer = [
        [layer, int(n), int(ends[layer - 1]), int(events["freeze_time"][layer - 1])]
        for layer, n in enumerate(events["crossings_by_layer"], start=1)
    ]
    bounds = [
        [b.name, on(b.quantity, b.layer), b.observed,
         b.value if b.log_value < 20 else size(b.value, b.log_value), b.kind,
         "" if b.holds is None else "yes" if b.holds else "NO", "yes" if b.vacuous else "no"]
        for b in r.bounds.bounds
    ]  # fmt: skip
    return Section(
        "Region crossings of the training run",
        [
            f"Along the {events['steps']} straight steps of Adam, the network on four features: "
            f"every change of sign of every pre-activation at each of the {events['samples']} "
            f"training samples. There are {events['crossings']:,}; {events['undecided']} places "
            "were too close to call.",
            "Bounds marked theorem hold always; heuristic ones under a condition that was not "
            "checked; claimed ones were stated without their constants, so that only their ratio "
            "to the observed number means anything.",
        ],
        tables=[
            Table(
                "By layer",
                ["layer", "crossings", "seen from the ends of steps", "no flips after step"],
                by_layer,
            ),
            Table(
                "Beside the bounds",
                ["bound", "on", "observed", "value", "kind", "holds", "vacuous"],
                bounds,
            ),
        ],
        figures=[Figure(figures["crossings"], "Crossings of each step, by layer.")],
    )


def _directions(r: Results, figures: dict[str, Path]) -> Section:
    nulls = [name for name in r.complexity.nulls if name != "isotropic"]
    rows = [
        [row["quantity"].replace("_", " "), row["value"], *(row[f"{n}_mean"] for n in nulls),
         *(row[f"{n}_z"] for n in nulls), *(row[f"{n}_p"] for n in nulls)]
        for row in r.complexity.rows()
        if not row["centred"]
    ]  # fmt: skip
    return Section(
        "Directional complexity",
        [
            f"The directions of the {r.complexity.n_vectors} updates in "
            f"{r.complexity.dim} dimensions: N(theta) is the size of a theta-separated set of "
            "them, as lines. Each number stands beside its null models: walk, independent "
            "isotropic steps; ema, a moving average of isotropic noise with Adam's momentum; "
            "shuffle, the same updates in random order. All are our operational definitions. "
            "Centred spectra are in summary.json.",
            f"By {r.complexity.crofton.n} random hyperplanes the total turning is "
            f"{r.complexity.crofton.value:.1f} +- {r.complexity.crofton.error:.1f} rad, by the "
            f"angles {r.complexity.turning:.1f}.",
        ],
        tables=[
            Table(
                "Beside the null models (mean, z of the observed value, and two-sided p by rank)",
                [
                    "quantity",
                    "observed",
                    *nulls,
                    *(f"z, {n}" for n in nulls),
                    *(f"p, {n}" for n in nulls),
                ],
                rows,
            )
        ],
        figures=[
            Figure(figures["directions"], "N(theta) of the updates and of the nulls."),
            Figure(figures["direction_gram"], "Which updates share a direction, and the turning."),
            Figure(figures["scree"], "Every effective dimension on one spectrum."),
        ],
    )


def _kakeya(r: Results, summary: dict[str, Any], figures: dict[str, Path]) -> Section:
    table = r.comparison.directions
    pick = np.unique(np.linspace(0, len(table) - 1, 12).astype(int))
    rows = [table.rows()[i] for i in pick]
    names = [
        "theta", "observed", "trivial", "d_eff_lower", "d_eff_upper", "d_eff_isotropic",
        "full_upper", "walk", "regime",
    ]  # fmt: skip
    tubes = [
        [row.rank, row.about.partition(", ")[2], row.quantity, row.value, row.low, row.high,
         row.null_low, row.null_high, row.kind]
        for part in r.comparison.tubes for row in part.long_rows()
        if not row.quantity.endswith("_rho")
    ]  # fmt: skip
    tree = summary["perron_tree"]
    return Section(
        "Beside Kakeya-type bounds",
        [
            f"N(theta) beside packing bounds in ceil(d_eff) dimensions, d_eff = {r.d_eff:.3f} (the "
            "participation ratio of the updates, not centred), and in all of them. The bound in "
            "ceil(d_eff) dimensions is a theorem only for directions that lie in such a subspace; "
            "beside it are as many uniform directions of that many dimensions, and averaged noise.",
            "Tubes are those about the tangents of the path, projected on its main directions.",
            " ".join(r.comparison.verdict),
            f"A Perron tree of {tree['pieces']} triangles has {tree['ratio']:.6f} of the area of "
            f"its triangle: 2/(k + 2) = {tree['bound']:.6f}.",
        ],
        tables=[
            Table(
                "Directions of the run beside the bounds",
                ["theta (rad)", *(name.replace("_", " ") for name in names[1:])],
                [[row[name] for name in names] for row in rows],
            ),
            Table(
                "Tubes of the run, projected, beside those of the null",
                [
                    "dimension",
                    "tubes",
                    "quantity",
                    "value",
                    "low",
                    "high",
                    "null from",
                    "to",
                    "kind",
                ],
                tubes,
            ),
        ],
        figures=[
            Figure(
                figures["comparison"],
                "Directions and tubes of the run beside bounds and null models.",
            ),
            Figure(
                figures["perron_tree"],
                "Left: the tree, coloured by how many triangles lie over a point. Right: the area "
                "of trees of fewer and more triangles.",
            ),
        ],
    )


def _checks(summary: dict[str, Any]) -> Section:
    return Section(
        "Checks",
        ["What was asked again by another way."],
        tables=[
            Table(
                "Checks",
                ["check", "holds", "detail"],
                [
                    [c["check"], "yes" if c["holds"] else "NO", c["detail"]]
                    for c in summary["checks"]
                ],
            )
        ],
    )
