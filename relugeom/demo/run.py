"""Train two networks on the Palmer penguins and put every part of the package to work on them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import folder as made_folder
from .._files import replacing
from .._progress import progress_bar
from .._status import finished
from ..arrangements.domains import AffineSlice, Box
from ..data import Dataset, penguins
from ..kakeya import compare, perron_tree
from ..networks.network import ReLUNetwork
from ..paths import OptimizerPath, crossing_bounds, crossings, directional_complexity, train
from ..regions.enumerate import enumerate_regions
from .page import draw, write_page
from .results import LEVELS, PLANE, Fit, Results
from .summary import run_checks, summarise

if TYPE_CHECKING:
    from .._check import FloatArray

_HIDDEN = (16, 16)
_STEPS, _RATE = 300, 0.01


def run(
    folder: str | os.PathLike[str], *, seed: int = 0, progress: bool | None = None
) -> dict[str, Any]:
    """Run the demo and write report, tables and figures to a folder.

    Parameters
    ----------
    folder : path
        Made if it does not exist.
    seed : int
        Of all randomness.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    dict
        What ``summary.json`` holds: sizes, counts, rates, checks and files.
    """
    started = time.perf_counter()
    target = made_folder(folder)
    seconds: dict[str, float] = {}
    stage = _stages(progress, seconds)
    with stage("compile"):
        _compile(seed)
    with stage("train"):
        data = penguins()
        plane, full = _fit(data, list(PLANE), seed), _fit(data, [0, 1, 2, 3], seed)
    with stage("regions"):
        regions = finished(enumerate_regions(plane.net, Box.around(plane.X), progress=False))
        birds = _nearest_to_means(full)
        affine_slice = AffineSlice.through(birds)
        section = affine_slice.section(Box.around(full.X))
        inside = full.net.restrict(affine_slice)
        slice_regions = finished(enumerate_regions(inside, section, progress=False))
    with stage("graph"):
        graph = regions.adjacency()
        ends = _nearest_to_means(plane)[[0, -1]]
        way = graph.shortest_path(ends[0], ends[1])
        decision = finished(graph.decision_regions(progress=False))
        slice_decision = finished(slice_regions.adjacency().decision_regions(progress=False))
    with stage("crossings"):
        events = finished(crossings(full.path, full.X, progress=False))
    with stage("directions"):
        complexity = directional_complexity(full.path, rng=seed, progress=False)
        d_eff = max(1.0, complexity.dimensions["participation_raw"])
        bounds = crossing_bounds(full.path, full.X, events, d_eff=d_eff)
        comparison = compare(
            full.path, d_eff=d_eff, ranks=(2, 3), beta=complexity.beta or 0.0, rng=seed,
            progress=False,
        )  # fmt: skip
        tree = perron_tree(LEVELS)
    results = Results(
        seed=seed,
        data=data,
        plane=plane,
        full=full,
        regions=regions,
        slice_regions=slice_regions,
        graph=graph,
        ends=ends,
        way=way,
        decision=decision,
        slice_decision=slice_decision,
        corners=affine_slice.coordinates(birds),
        events=events,
        complexity=complexity,
        d_eff=d_eff,
        bounds=bounds,
        comparison=comparison,
        tree=tree,
    )
    with stage("checks"):
        checks = run_checks(results)
    with stage("figures"):
        figures = draw(results, target)
    with stage("files"):
        regions.save(target / "regions.parquet")
        graph.save(target / "graph.graphml")
        full.path.save(target / "path.npz")
        with replacing(target / "data.npz") as temporary, temporary.open("wb") as stream:
            np.savez(stream, X=full.X, y=full.y, X_test=full.X_test, y_test=full.y_test)
        events.save(target / "crossings.parquet")
        summary = summarise(results, checks)
        write_page(results, summary, figures, target / "report.html")
        summary["files"] = sorted(
            {f.name for f in target.iterdir() if not f.name.startswith(".")} | {"summary.json"}
        )
        summary["folder"] = os.fspath(folder)
    summary["stage_seconds"] = {name: round(value, 3) for name, value in seconds.items()}
    summary["seconds"] = round(time.perf_counter() - started, 3)
    with replacing(target / "summary.json") as temporary:
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
        regions.volumes.sum()
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
    return Fit(X=X[:cut], y=y[:cut], X_test=X[cut:], y_test=y[cut:], path=finished(path))


def _nearest_to_means(fit: Fit) -> FloatArray:
    """Return for each class the rightly classified sample nearest to the class mean."""
    right = fit.net.predict(fit.X) == fit.y
    chosen = []
    for k in np.unique(fit.y):
        own = fit.X[(fit.y == k) & right]
        chosen.append(own[np.argmin(np.linalg.norm(own - own.mean(axis=0), axis=1))])
    return np.array(chosen)
