"""``relugeom path``: crossings, cells, bounds and directions of a recorded run."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import folder as made_folder
from .._files import writable
from .._progress import progress_bar
from .._table import SUFFIXES, finite
from ..errors import DomainError, RelugeomError
from .arguments import Commands, add_command, read_data, read_labels, seed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from .._check import FloatArray
    from ..kakeya import Comparison
    from ..paths import (
        CellReport,
        CrossingBounds,
        Crossings,
        DirectionalComplexity,
        LossPlane,
        OptimizerPath,
        ParameterPlane,
    )

_MAX_WALLS = 600  # lines in the picture of a plane


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    path = add_command(commands, "path", run, "crossings, cells, bounds of a recorded run")
    path.add_argument("recording", metavar="RUN", help=".npz, .safetensors or .zarr")
    path.add_argument("--data", required=True, metavar="FILE", help=".npz with X")
    path.add_argument(
        "--of", default="updates", metavar="WHAT",
        help="directions of: updates, raw_updates, secants, gradients, momentum, preconditioned "
        "(%(default)s)",
    )  # fmt: skip
    path.add_argument("--lag", type=int, default=10, metavar="K", help="steps of a secant (10)")
    path.add_argument(
        "--kind", default="all", metavar="NAMES", help="effective dimensions, comma-separated (all)"
    )
    path.add_argument("--nulls", type=int, default=19, metavar="N", help="draws of each null (19)")
    path.add_argument("--held-out", metavar="FILE", help=".npz with other data X, to compare")
    path.add_argument("--seed", type=seed, default=0, help="of the null models (%(default)s)")
    path.add_argument("--plot", metavar="DIR", help="draw pictures (.png) into this folder")
    path.add_argument("--out", metavar="FILE", help="write the crossings: .parquet, .csv, .json")


def run(options: argparse.Namespace) -> int:
    """Print crossings, cells, bounds and directional complexity of a run."""
    from ..kakeya import compare
    from ..kakeya.spectra import effective_dimension, spectrum
    from ..paths import (
        cell_report,
        crossing_bounds,
        crossings,
        directional_complexity,
        load_path,
        neuron_walks,
    )
    from ..paths.steps import momentum_of

    if options.out:
        writable(options.out, SUFFIXES, "--out")
    path = load_path(options.recording)
    X, y = read_labels(options.data)
    held_out = read_data(options.held_out) if options.held_out else None
    folder = made_folder(options.plot) if options.plot else None
    progress = False if options.json else None
    events = crossings(path, X, progress=progress)
    if options.out:
        events.save(options.out)
    others = None if held_out is None else crossings(path, held_out, progress=progress)
    if "interrupted" in (events.status, others.status if others is not None else ""):
        raise KeyboardInterrupt  # the tables below are of all steps
    cells = cell_report(path, events, others)
    kinds = options.kind if options.kind == "all" else options.kind.split(",")
    complexity = directional_complexity(
        path, options.of, kind=kinds, lag=options.lag, n_nulls=options.nulls, rng=options.seed,
        progress=progress,
    )  # fmt: skip
    d_eff = float(np.fmax(effective_dimension(spectrum(path.updates), "participation"), 1.0))
    bounds = crossing_bounds(path, X, events, d_eff=d_eff)
    walks = neuron_walks(path, X, events)
    comparison = compare(path, beta=momentum_of(path) or 0.0, rng=options.seed, progress=progress)
    plots: list[str] = []
    note = ""
    if folder is not None:
        tables = cells, bounds, complexity, comparison
        plots, note = _draw(folder, path, X, y, events, tables, progress)
    undecided = events.undecided + (others.undecided if others is not None else 0)
    if options.json:
        result = {
            "steps": len(path),
            "parameters": path.parameters.shape[1],
            "caveats": list(path.caveats),
            "complete": path.complete,
            "crossings": len(events),
            "crossings_by_layer": events.per_layer.sum(axis=0).tolist(),
            "pattern_changes": events.n_pattern_changes,
            "undecided": undecided,
            "freeze_time": cells.training.freeze_time.tolist(),
            "cells": cells.rows(),
            "neuron_walks": walks.rows(),
            "complexity": complexity.rows(),
            "turning_by_hyperplanes": complexity.crofton._asdict(),
            "exponents": [row._asdict() for row in complexity.exponents],
            "direction_counts": {
                "of": complexity.of,
                "vectors": complexity.n_vectors,
                "dropped": complexity.n_dropped,
                "sample": len(complexity.sample),
                "beta": complexity.beta,
                "gammas": complexity.gammas,
                "theta": complexity.curve.theta.tolist(),
                "n": complexity.curve.count.tolist(),
                "lower": complexity.curve.lower.tolist(),
                "upper": complexity.curve.upper.tolist(),
            },
            "crossing_bounds": bounds.rows(),
            "comparison": comparison.rows(),
            "verdict": list(comparison.verdict),
            "plots": plots,
        }
        print(json.dumps(finite(result)))
    else:
        parts = [f"{path}\n{events}", cells, walks, bounds, complexity, comparison]
        if plots:
            parts.append("\n".join(["pictures: " + " ".join(plots), note]).strip())
        print("\n\n".join(str(part) for part in parts))
    return 1 if undecided else 0


def _draw(
    folder: Path,
    path: OptimizerPath,
    X: FloatArray,
    y: NDArray[Any] | None,
    events: Crossings,
    tables: tuple[CellReport, CrossingBounds, DirectionalComplexity, Comparison],
    progress: bool | None,
) -> tuple[list[str], str]:
    """Draw every picture; return the files and what is not drawn."""
    from matplotlib import pyplot as plt

    from .. import plotting
    from ..paths import wall_turns

    shown, *notes = _plane(path, X, events)
    loss, reason = _loss(path, X, y, events)
    note = "\n".join(text for text in (*notes, reason) if text)
    busiest = int(np.bincount(events.sample, minlength=len(X)).argmax())
    cells, bounds, complexity, comparison = tables

    def pictures() -> Iterator[tuple[str, Axes | Figure]]:
        yield "event_raster", plotting.plot_event_raster(events)
        yield "one_sample", plotting.plot_one_sample(path, X, events, busiest)
        yield "crossings_per_step", plotting.plot_crossings(events)
        yield "cumulative_crossings", plotting.plot_cumulative_crossings(path, X, events)
        yield "freeze_profile", plotting.plot_freeze_profile(cells)
        yield "flip_rate", plotting.plot_flip_rate(cells)
        yield "bounds_on_crossings", plotting.plot_bounds(bounds)
        yield "bounds_on_cells", plotting.plot_bounds(bounds, quantity="cells")
        yield "wall_turns", plotting.plot_wall_turns(wall_turns(path, X))
        yield "directions", plotting.plot_directional_complexity(complexity)
        yield "kakeya_comparison", plotting.plot_comparison(comparison)
        yield "direction_gram", plotting.plot_direction_gram(complexity)
        if len(complexity.angles):
            yield "turning", plotting.plot_turning(complexity)
        yield "tantrix", plotting.plot_tantrix(complexity)
        yield "scree", plotting.plot_scree(complexity)
        if shown is not None:
            yield "parameter_plane", plotting.plot_parameter_plane(shown)
        if loss is not None:
            yield "loss_plane", plotting.plot_loss_plane(loss)

    files = []
    with progress_bar(progress, desc="pictures", unit="picture") as bar:
        for name, ax in pictures():
            files += [str(f) for f in plotting.save_figure(ax, folder / f"{name}.png")]
            plt.close("all")
            bar.update()
    return files, note


def _loss(
    path: OptimizerPath, X: FloatArray, y: NDArray[Any] | None, events: Crossings
) -> tuple[LossPlane | None, str]:
    """Return the loss on the plane nearest to the path, or why there is none to draw."""
    from ..paths import loss_plane

    if y is None:
        return None, "no picture of the loss: the data hold no y"
    try:
        return loss_plane(path, X, y, resolution=41, events=events, progress=False), ""
    except RelugeomError as error:
        return None, f"no picture of the loss: {error}"


def _plane(
    path: OptimizerPath, X: FloatArray, events: Crossings
) -> tuple[ParameterPlane | None, str]:
    """Return the plane through three checkpoints, or why there is none to draw."""
    from ..paths import parameter_plane

    walls = len(X) * len(path.start.rectified[0])
    if walls > _MAX_WALLS:
        return None, f"no picture of a plane: {walls:,} walls are more than {_MAX_WALLS}"
    try:
        return parameter_plane(path, X, events=events, progress=False), ""
    except DomainError as error:
        return None, f"no picture of a plane: {error}"
