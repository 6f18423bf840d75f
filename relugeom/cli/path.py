"""``relugeom path``: crossings and directions of a recorded run."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .arguments import add_command, read_data
from .output import finite


def add(commands: Any) -> None:
    """Add the command to the parser."""
    path = add_command(commands, "path", run, "crossings and directions of a recorded run")
    path.add_argument("recording", metavar="RUN", help=".npz, .safetensors or .zarr")
    path.add_argument("--data", required=True, metavar="FILE", help=".npz with X")
    path.add_argument("--seed", type=int, default=0, help="of the null models (%(default)s)")
    path.add_argument("--out", metavar="FILE", help="write the crossings as Parquet")


def run(options: argparse.Namespace) -> int:
    """Print crossings, bounds and directional complexity of a run."""
    from ..kakeya.compare import compare
    from ..paths import crossing_bounds, crossings, directional_complexity, freeze_time, load_path

    path = load_path(options.recording)
    X = read_data(options.data)
    progress = False if options.json else None
    events = crossings(path, X, progress=progress)
    complexity = directional_complexity(path, rng=options.seed)
    d_eff = complexity.dimensions["participation_raw"]
    bounds = crossing_bounds(path, X, events, d_eff=max(d_eff, 1.0))
    if options.out:
        events.save(options.out)
    if options.json:
        comparison = compare(path.updates, d_eff=max(d_eff, 1.0))
        result = {
            "steps": len(path),
            "parameters": path.template.n_parameters,
            "complete": path.complete,
            "crossings": len(events),
            "crossings_by_layer": events.per_layer.sum(axis=0).tolist(),
            "pattern_changes": events.n_pattern_changes,
            "undecided": events.undecided,
            "freeze_step": freeze_time(events).tolist(),
            "complexity": complexity.table(),
            "crossing_bounds": bounds.rows(),
            "directions": comparison.rows(),
        }
        print(json.dumps(finite(result)))
        return 0
    print(f"{path}\n{events}\n\n{complexity.summary}\n\n{bounds}")
    return 0
