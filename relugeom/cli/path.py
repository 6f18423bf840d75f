"""``relugeom path``: crossings, cells, bounds and directions of a recorded run."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from .._files import folder as made_folder
from .._progress import progress_bar
from ..errors import DomainError
from .arguments import add_command, read_data, seed
from .output import finite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.axes import Axes

    from ..paths import (
        CellReport,
        CrossingBounds,
        Crossings,
        DirectionalComplexity,
        OptimizerPath,
        ParameterPlane,
    )

_MAX_WALLS = 600  # lines in the picture of a plane


def add(commands: Any) -> None:
    """Add the command to the parser."""
    path = add_command(commands, "path", run, "crossings, cells, bounds of a recorded run")
    path.add_argument("recording", metavar="RUN", help=".npz, .safetensors or .zarr")
    path.add_argument("--data", required=True, metavar="FILE", help=".npz with X")
    path.add_argument("--held-out", metavar="FILE", help=".npz with other data X, to compare")
    path.add_argument("--seed", type=seed, default=0, help="of the null models (%(default)s)")
    path.add_argument("--out", metavar="FILE", help="write the crossings as Parquet")
    path.add_argument("--plots", metavar="DIR", help="draw pictures (.png) into this folder")


def run(options: argparse.Namespace) -> int:
    """Print crossings, cells, bounds and directional complexity of a run."""
    from ..kakeya import compare
    from ..paths import (
        cell_report,
        crossing_bounds,
        crossings,
        directional_complexity,
        load_path,
        neuron_walks,
    )

    path = load_path(options.recording)
    X = read_data(options.data)
    held_out = read_data(options.held_out) if options.held_out else None
    folder = made_folder(options.plots) if options.plots else None
    progress = False if options.json else None
    events = crossings(path, X, progress=progress)
    others = None if held_out is None else crossings(path, held_out, progress=progress)
    cells = cell_report(path, events, others)
    complexity = directional_complexity(path, rng=options.seed)
    d_eff = max(complexity.dimensions["participation_raw"], 1.0)
    bounds = crossing_bounds(path, X, events, d_eff=d_eff)
    walks = neuron_walks(path, X, events)
    if options.out:
        events.save(options.out)
    plots: list[str] = []
    note = ""
    if folder is not None:
        plots, note = _draw(folder, path, X, events, cells, bounds, complexity, progress)
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
            "freeze_step": cells.training.freeze_time.tolist(),
            "cells": cells.rows(),
            "neuron_walks": walks.rows(),
            "complexity": complexity.table(),
            "crossing_bounds": bounds.rows(),
            "directions": compare(path.updates, d_eff=d_eff).rows(),
            "plots": plots,
        }
        print(json.dumps(finite(result)))
    else:
        parts = [f"{path}\n{events}", cells, walks, bounds, complexity.summary]
        if plots:
            parts.append("\n".join(["pictures: " + " ".join(plots), note]).strip())
        print("\n\n".join(str(part) for part in parts))
    return 1 if undecided else 0


def _draw(
    folder: Path,
    path: OptimizerPath,
    X: Any,
    events: Crossings,
    cells: CellReport,
    bounds: CrossingBounds,
    complexity: DirectionalComplexity,
    progress: bool | None,
) -> tuple[list[str], str]:
    """Draw every picture; return the files and what is not drawn."""
    from matplotlib import pyplot as plt

    from .. import plotting

    shown, note = _plane(path, X, events)

    def pictures() -> Iterator[tuple[str, Axes]]:
        yield "event_raster", plotting.plot_event_raster(events)
        yield "crossings_per_step", plotting.plot_crossings(events)
        yield "cumulative_crossings", plotting.plot_cumulative_crossings(path, X, events)
        yield "freeze_profile", plotting.plot_freeze_profile(cells)
        yield "flip_rate", plotting.plot_flip_rate(cells)
        yield "bounds_on_crossings", plotting.plot_bounds(bounds)
        yield "bounds_on_cells", plotting.plot_bounds(bounds, "cells")
        yield "directions", plotting.plot_directional_complexity(complexity)
        if shown is not None:
            yield "parameter_plane", plotting.plot_parameter_plane(shown)

    files = []
    with progress_bar(progress, desc="pictures", unit="picture") as bar:
        for name, ax in pictures():
            files += [str(f) for f in plotting.save_figure(ax, folder / f"{name}.png")]
            plt.close("all")
            bar.update()
    return files, note


def _plane(path: OptimizerPath, X: Any, events: Crossings) -> tuple[ParameterPlane | None, str]:
    """Return the plane through three checkpoints, or why there is none to draw."""
    from ..paths import parameter_plane

    walls = len(X) * len(path.template.rectified[0])
    if walls > _MAX_WALLS:
        return None, f"no picture of a plane: {walls:,} walls are more than {_MAX_WALLS}"
    try:
        return parameter_plane(path, X, events=events, progress=False), ""
    except DomainError as error:
        return None, f"no picture of a plane: {error}"
