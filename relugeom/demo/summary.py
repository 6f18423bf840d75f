"""The demo's checks and its summary, for machines and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._table import finite
from .._version import __version__
from ..arrangements.domains import Box
from ..kakeya.perron import perron_bound
from ..paths import freeze_time, hamming
from ..regions.enumerate import enumerate_regions
from ..regions.problem import bounded_domain
from .results import LEVELS

if TYPE_CHECKING:
    from ..regions.table import Regions
    from .results import Results

_SAMPLES = 100_000


def run_checks(results: Results) -> list[dict[str, Any]]:
    """Ask every count again by another way."""
    r = results
    checks = []

    def check(name: str, holds: Any, detail: str) -> None:
        checks.append({"check": name, "holds": bool(holds), "detail": detail})

    for name, table in (("plane", r.regions), ("slice", r.slice_regions)):
        domain = bounded_domain(table.domain, "the demo")
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


def summarise(r: Results, checks: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what ``summary.json`` holds, files and times apart."""
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
            "diameter": str(r.graph.diameter()),
            "route": r.way.tolist(),
            "route_crossings": len(r.way) - 1,
            "decision_regions": len(r.decision),
            "decision_region_classes": [r.data.class_names[k] for k in r.decision.classes],
            "decision_pieces": len(r.decision.pieces),
        },
        "crossings": {
            "steps": r.events.n_steps,
            "samples": r.events.n_samples,
            "crossings": len(r.events),
            "crossings_by_layer": r.events.per_layer.sum(axis=0).tolist(),
            "pattern_changes": r.events.n_pattern_changes,
            "undecided": r.events.undecided,
            "freeze_time": freeze_time(r.events).tolist(),
            "crossing_bounds": finite(r.bounds.rows()),
        },
        "directions": {
            "dim": r.complexity.dim,
            "d_eff": r.d_eff,
            "d_eff_definition": "participation ratio of the updates, not centred",
            "curve_theta": r.complexity.curve.theta.tolist(),
            "curve_count": r.complexity.curve.count.tolist(),
            "complexity": finite(r.complexity.rows()),
            "comparison": finite(r.comparison.rows()),
            "verdict": list(r.comparison.verdict),
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
        "domain_volume": bounded_domain(regions.domain, "the demo").volume,
    }


def summary_text(summary: dict[str, Any]) -> str:
    """Return the summary as a short table to read."""
    networks, regions = summary["networks"], summary["regions"]
    graph, events = summary["graph"], summary["crossings"]
    directions, tree = summary["directions"], summary["perron_tree"]
    layers = ", ".join(
        f"layer {i} {n:,}" for i, n in enumerate(events["crossings_by_layer"], start=1)
    )
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
            f"{graph['route_crossings']} crossings, {graph['decision_regions']} decision regions",
        ),
        (
            "crossings",
            f"{events['crossings']:,} exact ({layers}; {events['undecided']} undecided) in "
            f"{events['steps']} steps x {events['samples']} samples",
        ),
        (
            "directions",
            f"effective dimension {directions['d_eff']:.2f} of {directions['dim']} "
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
