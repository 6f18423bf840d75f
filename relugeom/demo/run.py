"""Train two networks on the Palmer penguins and put every part of the package to work on them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import replacing
from .._progress import progress_bar
from .._version import __version__
from ..arrangements.domains import AffineSlice, Box
from ..data import Dataset, penguins
from ..kakeya import Comparison, PlanarSet, compare, perron_tree
from ..kakeya.planar import perron_bound
from ..networks.network import ReLUNetwork
from ..paths import (
    CrossingBounds,
    Crossings,
    DirectionalComplexity,
    OptimizerPath,
    crossing_bounds,
    crossings,
    directional_complexity,
    freeze_time,
    hamming,
    train,
)
from ..regions.enumerate import enumerate_regions
from .page import LEVELS, PLANE, draw, write_page

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..graph.adjacency import RegionGraph
    from ..graph.decision import DecisionRegions
    from ..regions.table import Regions

_HIDDEN = (16, 16)
_STEPS, _RATE = 300, 0.01
_SAMPLES = 100_000


@dataclass(frozen=True, eq=False)
class Fit:
    """A trained network: its data (standardised), its path, and how well it does."""

    X: FloatArray
    y: IntArray
    X_test: FloatArray
    y_test: IntArray
    path: OptimizerPath

    @property
    def net(self) -> ReLUNetwork:
        """The network after the last step."""
        return self.path.network(-1)

    def about(self) -> dict[str, Any]:
        """Sizes, losses and accuracies."""
        net, loss = self.net, self.path.loss
        assert loss is not None
        return {
            "layers": [net.input_dim, *net.widths, net.output_dim],
            "parameters": net.n_parameters,
            "steps": len(self.path),
            "loss_first": float(loss[0]),
            "loss_last": float(loss[-1]),
            "accuracy_train": float((net.predict(self.X) == self.y).mean()),
            "accuracy_test": float((net.predict(self.X_test) == self.y_test).mean()),
        }


@dataclass(frozen=True, eq=False)
class Results:
    """Everything that the demo computes."""

    seed: int
    data: Dataset
    plane: Fit
    full: Fit
    regions: Regions
    slice_regions: Regions
    graph: RegionGraph
    ends: FloatArray
    way: IntArray
    decision: DecisionRegions
    slice_decision: DecisionRegions
    corners: FloatArray
    events: Crossings
    complexity: DirectionalComplexity
    d_eff: float
    bounds: CrossingBounds
    comparison: Comparison
    tree: PlanarSet


def run(
    out: str | os.PathLike[str], *, seed: int = 0, progress: bool | None = None
) -> dict[str, Any]:
    """Run the demo and write report, tables and figures to the folder ``out``.

    Parameters
    ----------
    out : path
        Made if it does not exist.
    seed : int
        Of all randomness.
    progress : bool, optional
        Show the stages; by default on a terminal only.

    Returns
    -------
    dict
        What ``summary.json`` holds: sizes, counts, rates, checks and files.
    """
    started = time.perf_counter()
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    stage = _stages(progress, seconds)
    with stage("compile"):
        _compile(seed)
    with stage("train"):
        data = penguins()
        plane, full = _fit(data, list(PLANE), seed), _fit(data, [0, 1, 2, 3], seed)
    with stage("regions"):
        regions = enumerate_regions(plane.net, Box.around(plane.X), progress=False)
        birds = _nearest_to_means(full)
        affine_slice = AffineSlice.through(birds)
        section = affine_slice.section(Box.around(full.X))
        slice_regions = enumerate_regions(full.net.restrict(affine_slice), section, progress=False)
    with stage("graph"):
        graph = regions.adjacency()
        ends = _nearest_to_means(plane)[[0, -1]]
        way = graph.shortest_path(ends[0], ends[1])
        decision = graph.decision_regions()
        slice_decision = slice_regions.adjacency().decision_regions()
    with stage("crossings"):
        events = crossings(full.path, full.X, progress=False)
    with stage("directions"):
        complexity = directional_complexity(full.path, rng=seed)
        d_eff = max(1.0, complexity.dimensions["participation_raw"])
        bounds = crossing_bounds(full.path, full.X, events, d_eff)
        comparison = compare(full.path.updates, d_eff=d_eff)
        tree = perron_tree(LEVELS)
    results = Results(
        seed, data, plane, full, regions, slice_regions, graph, ends, way, decision,
        slice_decision, affine_slice.coordinates(birds), events, complexity, d_eff, bounds,
        comparison, tree,
    )  # fmt: skip
    with stage("checks"):
        checks = _checks(results)
    with stage("figures"):
        figures = draw(results, folder)
    with stage("files"):
        regions.save(folder / "regions.parquet")
        graph.save(folder / "graph.graphml")
        full.path.save(folder / "path.npz")
        with replacing(folder / "data.npz") as temporary, temporary.open("wb") as stream:
            np.savez(stream, X=full.X, y=full.y, X_test=full.X_test, y_test=full.y_test)
        events.save(folder / "crossings.parquet")
        summary = _summary(results, checks)
        write_page(results, summary, figures, folder / "report.html")
        summary["files"] = sorted(
            {f.name for f in folder.iterdir() if not f.name.startswith(".")} | {"summary.json"}
        )
        summary["folder"] = os.fspath(out)
    summary["stage_seconds"] = {name: round(value, 3) for name, value in seconds.items()}
    summary["seconds"] = round(time.perf_counter() - started, 3)
    with replacing(folder / "summary.json") as temporary:
        temporary.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return summary


def _stages(progress: bool | None, seconds: dict[str, float]) -> Callable[[str], Any]:
    """Return a context manager that times a stage and moves the progress bar."""
    bar = progress_bar(progress, total=9, desc="demo", unit="stage")

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        bar.set_description(name)
        begun = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - begun
        bar.update()
        if bar.n == bar.total:
            bar.close()

    return stage


def _compile(seed: int) -> None:
    """Run every kernel once on something small, so that the rates below are those of the work."""
    net = ReLUNetwork.random([2, 3, 3, 2], rng=seed)
    for engine in ("vertex", "lp"):
        regions = enumerate_regions(net, Box([-1, -1], [1, 1]), engine=engine, progress=False)
        assert regions.volumes.sum() > 0
    path = OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    crossings(path, [[0.5, 0.5]], progress=False)


def _fit(data: Dataset, features: list[int], seed: int) -> Fit:
    """Train on three quarters of the data, standardised."""
    X = data.X[:, features]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    order = np.random.default_rng(seed).permutation(len(X))
    cut = 3 * len(X) // 4
    X, y = X[order], data.y[order]
    net = ReLUNetwork.random([len(features), *_HIDDEN, len(data.class_names)], rng=seed)
    path = train(
        net, X[:cut], y[:cut], optimizer="adam", loss="cross_entropy", steps=_STEPS, lr=_RATE,
        rng=seed, progress=False,
    )  # fmt: skip
    return Fit(X[:cut], y[:cut], X[cut:], y[cut:], path)


def _nearest_to_means(fit: Fit) -> FloatArray:
    """Return for each class the rightly classified sample nearest to the class mean."""
    right = fit.net.predict(fit.X) == fit.y
    chosen = []
    for k in np.unique(fit.y):
        own = fit.X[(fit.y == k) & right]
        chosen.append(own[np.argmin(np.linalg.norm(own - own.mean(axis=0), axis=1))])
    return np.array(chosen)


def _checks(results: Results) -> list[dict[str, Any]]:
    """Ask every count again by another way."""
    r = results
    checks = []

    def check(name: str, holds: Any, detail: str) -> None:
        checks.append({"check": name, "holds": bool(holds), "detail": detail})

    for name, table in (("plane", r.regions), ("slice", r.slice_regions)):
        domain = table.domain
        assert domain is not None
        error = abs(float(table.volumes.sum()) / domain.volume - 1)
        check(f"{name}: areas add up to the domain", error < 1e-9, f"relative error {error:.1e}")
        other = enumerate_regions(table.source, domain, engine="lp", progress=False)
        same = np.array_equal(table.words, other.words)
        check(f"{name}: both engines list the same patterns", same, f"{len(other)} by lp")
    points = Box.around(r.plane.X).sample(_SAMPLES, rng=r.seed)
    missed = int((r.regions.locate(points) < 0).sum())
    check(
        "plane: no random point has an unlisted pattern", missed == 0,
        f"{missed} of {len(points):,} points",
    )  # fmt: skip
    unmatched = r.graph.edges.unmatched
    check("graph: every facet joins two regions", unmatched == 0, f"{unmatched} unmatched")
    ends = hamming(r.full.path, r.full.X)
    per_layer = r.events.per_layer
    check(
        "crossings: layer 1 equals the Hamming distance of the ends",
        (per_layer[:, 0] == ends[:, 0]).all(), f"{per_layer[:, 0].sum():,} crossings",
    )  # fmt: skip
    check(
        "crossings: deeper layers at least that, of equal parity",
        ((per_layer >= ends) & ((per_layer - ends) % 2 == 0)).all(),
        f"{(per_layer - ends).sum():,} more than the ends show",
    )
    check("crossings: none undecided", r.events.undecided == 0, f"{r.events.undecided} undecided")
    bound = float(perron_bound(LEVELS))
    check(
        "Perron tree: area over that of the triangle is 2/(k + 2)",
        abs(r.tree.ratio - bound) < 1e-9, f"{r.tree.ratio:.6f} and {bound:.6f}",
    )  # fmt: skip
    return checks


def _summary(r: Results, checks: list[dict[str, Any]]) -> dict[str, Any]:
    degrees = r.graph.degrees()
    return {
        "version": __version__,
        "seed": r.seed,
        "data": {
            "name": "Palmer penguins",
            "rows": len(r.data),
            "features": list(r.data.feature_names),
            "classes": list(r.data.class_names),
            "source": r.data.source,
        },
        "networks": {"plane": r.plane.about(), "full": r.full.about()},
        "regions": {"plane": _about_regions(r.regions), "slice": _about_regions(r.slice_regions)},
        "graph": {
            "regions": r.graph.n_regions,
            "edges": r.graph.n_edges,
            "mean_degree": float(degrees.mean()),
            "diameter": r.graph.diameter(),
            "path": r.way.tolist(),
            "path_crossings": len(r.way) - 1,
            "decision_regions": len(r.decision),
            "decision_region_classes": [r.data.class_names[k] for k in r.decision.classes],
            "decision_pieces": len(r.decision.pieces),
        },
        "crossings": {
            "steps": r.events.n_steps,
            "samples": r.events.n_samples,
            "crossings": len(r.events),
            "by_layer": r.events.per_layer.sum(axis=0).tolist(),
            "pattern_changes": r.events.n_pattern_changes,
            "undecided": r.events.undecided,
            "freeze_step": freeze_time(r.events).tolist(),
            "bounds": _plain(r.bounds.rows()),
        },
        "directions": {
            "dimension": r.complexity.dim,
            "d_eff": r.d_eff,
            "d_eff_definition": "participation ratio of the updates, not centred",
            "curve_theta": r.complexity.curve.theta.tolist(),
            "curve_count": r.complexity.curve.count.tolist(),
            "table": _plain(r.complexity.table()),
            "kakeya": _plain(r.comparison.rows()),
        },
        "perron_tree": {
            "levels": LEVELS,
            "pieces": len(r.tree.pieces),
            "triangle_area": r.tree.triangle_area,
            "area": r.tree.area,
            "ratio": r.tree.ratio,
            "bound": float(perron_bound(LEVELS)),
        },
        "checks": checks,
    }


def _about_regions(regions: Regions) -> dict[str, Any]:
    assert regions.domain is not None
    return {
        "regions": len(regions),
        "linear_regions": regions.n_linear,
        "complete": regions.complete,
        "status": regions.status,
        "engine": regions.engine,
        "engine_reason": regions.engine_reason,
        "seconds": regions.seconds,
        "regions_per_second": len(regions) / regions.seconds,
        "volume": float(regions.volumes.sum()),
        "domain_volume": regions.domain.volume,
    }


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Replace infinities and NaN, which JSON has not, by None."""
    return [
        {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()}
        for row in rows
    ]


def summary_text(summary: dict[str, Any]) -> str:
    """Return the summary as a short table to read."""
    networks, regions = summary["networks"], summary["regions"]
    graph, events = summary["graph"], summary["crossings"]
    directions, tree = summary["directions"], summary["perron_tree"]
    layers = ", ".join(f"layer {i} {n:,}" for i, n in enumerate(events["by_layer"], start=1))
    bad = [c["check"] for c in summary["checks"] if not c["holds"]]
    rows = [
        ("data", f"{summary['data']['name']}, {summary['data']['rows']} rows"),
    ]
    for name, what in (("plane", "two features"), ("full", "all features")):
        about = networks[name]
        sizes = "-".join(map(str, about["layers"]))
        rows.append(
            (
                f"network, {what}",
                f"{sizes}, {about['steps']} Adam steps, accuracy {about['accuracy_train']:.1%} "
                f"(held out {about['accuracy_test']:.1%})",
            )
        )
    for name, what in (("plane", "two features"), ("slice", "slice of four")):
        about = regions[name]
        rows.append(
            (
                f"regions, {what}",
                f"{about['regions']:,} activation, {about['linear_regions']:,} linear; "
                f"{about['regions_per_second']:,.0f}/s by {about['engine']}; "
                f"area {about['volume']:.6f} of {about['domain_volume']:.6f}",
            )
        )
    rows += [
        (
            "graph",
            f"{graph['edges']:,} edges, diameter {graph['diameter']}, class to class "
            f"{graph['path_crossings']} crossings, {graph['decision_regions']} decision regions",
        ),
        (
            "crossings",
            f"{events['crossings']:,} exact ({layers}; {events['undecided']} undecided) in "
            f"{events['steps']} steps x {events['samples']} samples",
        ),
        (
            "directions",
            f"effective dimension {directions['d_eff']:.2f} of {directions['dimension']} "
            "(participation ratio)",
        ),
        ("Perron tree", f"{tree['pieces']} triangles, area ratio {tree['ratio']:.4f} = 2/(k+2)"),
        (
            "checks",
            f"all {len(summary['checks'])} hold" if not bad else "FAILED: " + "; ".join(bad),
        ),
        ("files", f"{summary['folder']}: open report.html ({len(summary['files'])} files)"),
        (
            "time",
            f"{summary['seconds']:.1f} s, "
            f"{summary['stage_seconds']['compile']:.1f} s of it to compile",
        ),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)
