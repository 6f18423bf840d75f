"""``relugeom generalisation``: the measured gap of a recorded run beside bounds on it."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from .._table import finite
from ..errors import FileFormatError
from .arguments import Commands, add_command, numbers, read_labels, seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import FloatArray
    from ..generalisation import GeneralisationReport


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    command = add_command(
        commands, "generalisation", run, "measured generalisation gap of a run beside bounds on it"
    )
    command.add_argument("recording", metavar="RUN", help=".npz, .safetensors or .zarr")
    command.add_argument(
        "--data", required=True, metavar="FILE", help=".npz with X, y: all training samples"
    )
    command.add_argument("--held-out", required=True, metavar="FILE", help=".npz with other X, y")
    command.add_argument(
        "--input-bound", metavar="X", help="norm that no input exceeds, known before the data"
    )
    command.add_argument("--confidence", default="0.95", metavar="X", help="(%(default)s)")
    command.add_argument("--seed", type=seed, default=0, help="of PAC-Bayes' draws (%(default)s)")
    command.add_argument("--plot", metavar="FILE", help="draw the bounds (.png, .svg or .pdf)")


def run(options: argparse.Namespace) -> int:
    """Print the measured gap and the bounds of a run."""
    from ..generalisation import report
    from ..paths.files import load_path

    bound = options.input_bound
    table = report(
        load_path(options.recording),
        _labelled(options.data),
        _labelled(options.held_out),
        input_bound=None if bound is None else _number(bound, "--input-bound"),
        confidence=_number(options.confidence, "--confidence"),
        rng=options.seed,
        progress=False if options.json else None,
    )
    plots = _draw(table, options.plot) if options.plot else []
    if options.json:
        result = {
            "confidence": table.confidence,
            "symbols": table.symbols,
            "measured": [row._asdict() for row in table.measured],
            "bounds": table.rows(),
            "best": {on: None if (b := table.best(on)) is None else b.name for on in _KINDS},
            "baselines": table.baselines,
            "caveats": list(table.caveats),
            "plots": plots,
        }
        print(json.dumps(finite(result)))
    else:
        print(table)
        if plots:
            print("pictures: " + " ".join(plots))
    return 0


_KINDS = ("network", "Gibbs")


def _number(text: str, name: str) -> float:
    return float(numbers(text, name)[0])


def _labelled(file: str) -> tuple[FloatArray, NDArray[Any]]:
    X, y = read_labels(file)
    if y is None:
        raise FileFormatError(f"{file} must hold labels y; got X alone")
    return X, y


def _draw(table: GeneralisationReport, file: str) -> list[str]:
    from .. import plotting

    return [str(f) for f in plotting.save_figure(plotting.plot_generalisation_bounds(table), file)]
