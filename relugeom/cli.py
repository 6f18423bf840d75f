"""The command line: ``relugeom demo | regions | graph | path | kakeya | convert | completion``."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ._files import read_npz
from ._version import __version__
from .errors import FileFormatError, InvalidInputError, RelugeomError

if TYPE_CHECKING:
    from .arrangements.domains import AffineSlice, Domain
    from .networks.network import ReLUNetwork
    from .regions.table import Regions

_VOLUME_DIM = 6  # volumes in higher dimension take long


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    0 done, 1 the work failed or is not complete, 2 bad usage or bad input (one line on stderr).

    Examples
    --------
    >>> main(["kakeya", "perron", "--levels", "2", "--json"])
    {"levels": 2, "pieces": 4, "triangle_area": 0.5, "area": 0.25, "ratio": 0.5, ...}
    0
    """
    options = _parser().parse_args(arguments)
    with warnings.catch_warnings():
        warnings.showwarning = _say_warning
        try:
            code: int = options.run(options)
            sys.stdout.flush()
        except RelugeomError as error:
            print(f"relugeom: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("relugeom: interrupted", file=sys.stderr)
            return 1
        except BrokenPipeError:  # the reader has seen enough
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            return 1
    return code


def _say_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"relugeom: warning: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="relugeom", description="Exact geometry of ReLU networks and of direction sets."
    )
    parser.add_argument("--version", action="version", version=f"relugeom {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = _command(commands, "demo", _demo, "the main job on real data, with a report")
    demo.add_argument("--out", default="demo", metavar="DIR", help="where to write (%(default)s)")
    demo.add_argument("--seed", type=int, default=0, help="of all randomness (%(default)s)")

    regions = _command(commands, "regions", _regions, "enumerate the regions of a network")
    _add_network(regions)
    where = regions.add_mutually_exclusive_group()
    where.add_argument(
        "--box", nargs=2, metavar=("LO", "HI"), help="numbers, or one a coordinate: -1,0 1,2"
    )
    where.add_argument(
        "--domain", metavar="FILE", help=".npz with lower, upper or A, b; .vnnlib; .nnet"
    )
    where.add_argument(
        "--margin", type=float, metavar="M",
        help="the box around the slice points, wider by M of each side",
    )  # fmt: skip
    through = regions.add_mutually_exclusive_group()
    through.add_argument(
        "--slice", metavar="FILE", help=".npz with origin, basis or points; cuts the domain"
    )
    through.add_argument(
        "--slice-points", metavar="FILE:I,J,K",
        help="the slice through rows I, J, K of the data X in an .npz file",
    )  # fmt: skip
    regions.add_argument("--engine", default="auto", help="auto, vertex or lp (%(default)s)")
    regions.add_argument("--jobs", type=int, default=1, metavar="N", help="threads (%(default)s)")
    regions.add_argument("--max-regions", type=int, metavar="N", help="stop after N regions")
    regions.add_argument(
        "--out", metavar="FILE", help="write the table: .parquet, or .geojson, .gpkg in the plane"
    )
    regions.add_argument(
        "--columns", metavar="NAMES", help="columns to add to it: volume,degree,data_count,..."
    )
    regions.add_argument("--data", metavar="FILE", help=".npz with X, for the column data_count")
    regions._negative_number_matcher = re.compile(r"^-[.\d].*$")  # "-1,-1" is no option

    graph = _command(commands, "graph", _graph, "ask the adjacency graph of stored regions")
    graph.add_argument("table", metavar="FILE", help="regions, as Parquet")
    graph.add_argument("--from", dest="start", metavar="X", help="a region, or a point as 1,2")
    graph.add_argument("--to", dest="end", metavar="Y", help="a region, or a point as 1,2")
    graph.add_argument("--export", metavar="FILE", help="write it: .graphml, .gexf, .json, .npz")
    graph._negative_number_matcher = regions._negative_number_matcher

    path = _command(commands, "path", _path, "crossings and directions of a recorded run")
    path.add_argument("recording", metavar="RUN", help="path file (.npz)")
    path.add_argument("--data", required=True, metavar="FILE", help=".npz with X")
    path.add_argument("--seed", type=int, default=0, help="of the null models (%(default)s)")
    path.add_argument("--out", metavar="FILE", help="write the crossings as Parquet")

    kakeya = commands.add_parser("kakeya", help="Kakeya constructions")
    constructions = kakeya.add_subparsers(required=True, metavar="CONSTRUCTION")
    perron = _command(constructions, "perron", _perron, "a Perron tree and its area")
    perron.add_argument("--levels", type=int, default=8, metavar="K", help="2^K triangles")
    perron.add_argument("--plot", metavar="FILE", help="draw it (.png, .svg, .pdf)")

    convert = _command(commands, "convert", _convert, "a network of any known format to .npz")
    _add_network(convert)
    convert.add_argument("out", metavar="OUT", help="file to write (.npz)")

    completion = commands.add_parser(
        "completion", help="a script for completion in the shell",
        description='Print a script. For bash: eval "$(relugeom completion bash)" in ~/.bashrc.',
    )  # fmt: skip
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    completion.set_defaults(run=_completion)
    return parser


def _add_network(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "net", metavar="NET", help=".npz, .onnx, .nnet, .safetensors, .pt2, .keras or .h5"
    )
    command.add_argument("--widths", metavar="N,N,...", help="of the layers in .safetensors")
    command.add_argument("--input-shape", metavar="N,N,...", help="where .onnx leaves it open")


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    command.add_argument("--json", action="store_true", help="print one JSON object")
    return command


def _show(result: dict[str, Any], options: argparse.Namespace) -> None:
    """Print a result as one JSON object, or as a table a person can read."""
    if options.json:
        print(json.dumps(_finite(result)))
        return
    width = max(len(name) for name in result)
    for name, value in result.items():
        if isinstance(value, float):
            value = f"{value:.6g}"
        elif isinstance(value, int) and not isinstance(value, bool):
            value = f"{value:,}"
        print(f"{name.replace('_', ' '):<{width}}  {value}")


# -- the commands ------------------------------------------------------------------------------


def _demo(options: argparse.Namespace) -> int:
    from .demo import run, summary_text

    summary = run(options.out, seed=options.seed, progress=False if options.json else None)
    print(json.dumps(summary) if options.json else summary_text(summary))
    return 0 if all(check["holds"] for check in summary["checks"]) else 1


def _regions(options: argparse.Namespace) -> int:
    from .regions.enumerate import enumerate_regions

    columns = options.columns.split(",") if options.columns else []
    data = _data(options.data) if options.data else None
    if (columns or options.data) and not options.out:
        raise InvalidInputError("`--columns` and `--data` must come with `--out`, which they fill")
    net = _network(options)
    domain = _domain(options, net)
    affine_slice, corners = _slice(options)
    if affine_slice is not None:
        net = net.restrict(affine_slice)
        domain = affine_slice.section(domain) if domain is not None else None
    if options.margin is not None:
        domain = _around(options.margin, affine_slice, corners)
    if data is not None and affine_slice is not None:
        data = affine_slice.coordinates(data)
    regions = enumerate_regions(
        net, domain, engine=options.engine, jobs=options.jobs, max_regions=options.max_regions,
        progress=False if options.json else None,
    )  # fmt: skip
    if options.out:
        regions.save(options.out, columns, data=data)
    _show(_regions_result(regions), options)
    return 1 if regions.status in ("interrupted", "undecided") else 0


def _regions_result(regions: Regions) -> dict[str, Any]:
    domain = regions.domain
    bounded = domain is not None and domain.bounded
    cheap = regions.complete or regions.engine == "vertex"  # facets are known
    volumes = bounded and cheap and regions.dim <= _VOLUME_DIM
    return {
        "regions": len(regions),
        "linear_regions": regions.n_linear if regions.complete else None,
        "complete": regions.complete,
        "status": regions.status,
        "message": regions.message,
        "engine": regions.engine,
        "engine_reason": regions.engine_reason,
        "dimension": regions.dim,
        "neurons": regions.problem.n_neurons,
        "seconds": regions.seconds,
        "regions_per_second": len(regions) / regions.seconds,
        "volume": float(regions.volumes.sum()) if volumes else None,
        "domain_volume": domain.volume if domain is not None and bounded else None,
    }


def _graph(options: argparse.Namespace) -> int:
    from .regions.files import load_regions

    if (options.start is None) != (options.end is None):
        raise InvalidInputError("`--from` and `--to` must come together; got only one")
    regions = load_regions(options.table)
    graph = regions.adjacency()
    degrees = graph.degrees()
    result: dict[str, Any] = {
        "regions": graph.n_regions,
        "edges": graph.n_edges,
        "complete": regions.complete,
        "unmatched_facets": graph.edges.unmatched,
        "components": int(graph.components(np.ones(graph.n_regions, bool)).max(initial=-1)) + 1,
        "degree_min": int(degrees.min()) if len(degrees) else 0,
        "degree_mean": float(degrees.mean()) if len(degrees) else 0.0,
        "degree_max": int(degrees.max()) if len(degrees) else 0,
    }
    if options.start is not None:
        way = graph.shortest_path(_place(options.start, "--from"), _place(options.end, "--to"))
        result["path"] = way.tolist()
        result["crossings"] = len(way) - 1
        result["neurons_crossed"] = [graph.crossing(int(i), int(j)) for i, j in pairwise(way)]
    if options.export:
        graph.save(options.export)
    _show(result, options)
    return 0


def _path(options: argparse.Namespace) -> int:
    from .kakeya.compare import compare
    from .paths import crossing_bounds, crossings, directional_complexity, freeze_time, load_path

    path = load_path(options.recording)
    X = _data(options.data)
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
        print(json.dumps(_finite(result)))
        return 0
    print(f"{path}\n{events}\n\n{complexity.summary}\n\n{bounds}")
    return 0


def _perron(options: argparse.Namespace) -> int:
    from .kakeya.planar import perron_bound, perron_tree

    tree = perron_tree(options.levels)
    if options.plot:
        from .plotting import plot_perron_tree, save_figure

        save_figure(plot_perron_tree(tree), options.plot)
    result = {
        "levels": options.levels,
        "pieces": len(tree.pieces),
        "triangle_area": tree.triangle_area,
        "area": tree.area,
        "ratio": tree.ratio,
        "bound": float(perron_bound(options.levels)),
        "area_method": tree.area_method,
    }
    _show(result, options)
    return 0


def _convert(options: argparse.Namespace) -> int:
    from .networks.files import digest, network_arrays, save_network

    net = _network(options)
    save_network(net, options.out)
    if not options.json:
        print(net.summary())
        return 0
    result = {
        "inputs": net.input_dim,
        "outputs": net.output_dim,
        "widths": list(net.widths),
        "neurons": net.n_neurons,
        "parameters": net.n_parameters,
        "sha256": digest(network_arrays(net)),
        "out": options.out,
    }
    _show(result, options)
    return 0


def _completion(options: argparse.Namespace) -> int:
    import shtab

    parser = _parser()
    todo = [parser]
    while todo:
        for action in todo.pop()._actions:
            if isinstance(action, argparse._SubParsersAction):
                todo += action.choices.values()
            elif action.metavar in ("NET", "FILE", "RUN", "OUT", "FILE:I,J,K"):
                action.complete = shtab.FILE  # type: ignore[attr-defined]
            elif action.metavar == "DIR":
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    print(shtab.complete(parser, options.shell))
    return 0


# -- arguments ---------------------------------------------------------------------------------


def _network(options: argparse.Namespace) -> ReLUNetwork:
    from .networks.files import load_network

    return load_network(
        options.net,
        widths=_whole_numbers(options.widths, "--widths"),
        input_shape=_whole_numbers(options.input_shape, "--input-shape"),
    )


def _domain(options: argparse.Namespace, net: ReLUNetwork) -> Domain | None:
    from .arrangements.domains import Box, Polytope

    if options.box:
        lower, upper = (_numbers(text, "--box") for text in options.box)
        lower, upper = (np.full(net.input_dim, v[0]) if len(v) == 1 else v for v in (lower, upper))
        return Box(lower, upper)
    if not options.domain:
        return None
    if options.domain.endswith(".vnnlib"):
        from .arrangements.vnnlib import load_vnnlib

        return load_vnnlib(options.domain).domain
    if options.domain.endswith(".nnet"):
        from .networks.nnet import load_nnet

        return load_nnet(options.domain).box
    arrays = read_npz(options.domain, "the domain file")
    if {"lower", "upper"} <= arrays.keys():
        return Box(arrays["lower"], arrays["upper"])
    if {"A", "b"} <= arrays.keys():
        return Polytope(arrays["A"], arrays["b"])
    raise FileFormatError(
        f"{options.domain} must hold lower and upper, or A and b; got {_names(arrays)}"
    )


def _slice(options: argparse.Namespace) -> tuple[AffineSlice | None, Any]:
    """Return the slice asked for, and the points it was laid through, if it was."""
    from .arrangements.domains import AffineSlice

    if options.slice_points:
        file, colon, rows = options.slice_points.rpartition(":")
        if not colon:
            raise InvalidInputError(
                f"`--slice-points` must be a file and rows, as data.npz:0,1,2; got {rows!r}"
            )
        X, index = _data(file), _whole_numbers(rows, "--slice-points")
        if max(index or [0]) >= len(X):
            raise InvalidInputError(
                f"`--slice-points` must be rows of X, 0 to {len(X) - 1}; got {max(index or [0])}"
            )
        return AffineSlice.through(X[index]), X[index]
    if not options.slice:
        return None, None
    arrays = read_npz(options.slice, "the slice file")
    if {"origin", "basis"} <= arrays.keys():
        return AffineSlice(arrays["origin"], arrays["basis"]), None
    if "points" in arrays:
        return AffineSlice.through(arrays["points"]), arrays["points"]
    raise FileFormatError(
        f"{options.slice} must hold origin and basis, or points; got {_names(arrays)}"
    )


def _around(margin: float, affine_slice: AffineSlice | None, corners: Any) -> Domain:
    from .arrangements.domains import Box

    if affine_slice is None or corners is None:
        raise InvalidInputError("`--margin` must come with points: `--slice-points`, or `--slice`")
    return Box.around(affine_slice.coordinates(corners), margin=margin)


def _data(file: str) -> Any:
    """Return the points of a data file, flattened to rows."""
    arrays = read_npz(file, "the data file")
    if "X" not in arrays:
        raise FileFormatError(f"{file} must hold an array X; got {_names(arrays)}")
    X = arrays["X"]
    return X.reshape(len(X), -1) if X.ndim > 2 else X


def _names(arrays: dict[str, Any]) -> str:
    return ", ".join(sorted(arrays)) or "nothing"


def _numbers(text: str, name: str) -> Any:
    try:
        return np.array([float(part) for part in text.split(",")])
    except ValueError as error:
        raise InvalidInputError(
            f"`{name}` must be numbers separated by commas; got {text!r}"
        ) from error


def _whole_numbers(text: str | None, name: str) -> list[int] | None:
    if text is None:
        return None
    parts = text.split(",")
    if not all(part.strip().isdigit() for part in parts):
        raise InvalidInputError(f"`{name}` must be whole numbers separated by commas; got {text!r}")
    return [int(part) for part in parts]


def _place(text: str, name: str) -> Any:
    """Return a region's number, or a point."""
    return int(text) if text.isdigit() else _numbers(text, name)


def _finite(value: Any) -> Any:
    """Replace what JSON cannot say (infinities, NaN) by None, and numpy numbers by Python's."""
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


if __name__ == "__main__":
    sys.exit(main())
