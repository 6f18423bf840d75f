"""``relugeom kakeya tubes|directions|bounds``: families given in files, and what is known."""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from .._files import read_npz
from .._table import finite
from ..errors import FileFormatError, InvalidInputError
from .arguments import Commands, add_command, names_in, seed
from .output import show


def add(commands: Commands) -> None:
    """Add the three commands to those of ``relugeom kakeya``."""
    tubes = add_command(commands, "tubes", run_tubes, "unions and Wolff constants of tubes")
    tubes.add_argument("file", metavar="FILE", help=".npz with directions, centres, delta")
    tubes.add_argument(
        "--samples", type=int, default=20_000, metavar="M", help="points sampled (%(default)s)"
    )
    tubes.add_argument("--seed", type=seed, default=0, help="of the samples (%(default)s)")
    tubes.add_argument("--plot", metavar="FILE", help="draw planar tubes (.png, .svg, .pdf)")
    directions = add_command(
        commands, "directions", run_directions, "N(theta) and dimensions of a set of directions"
    )
    directions.add_argument(
        "file", metavar="FILE", help=".npz with directions, or a recorded run, for its steps"
    )
    directions.add_argument("--vectors", action="store_true", help="tell v and -v apart")
    directions.add_argument("--nulls", type=int, default=1, metavar="K", help="isotropic draws")
    directions.add_argument("--seed", type=seed, default=0, help="of the nulls (%(default)s)")
    directions.add_argument("--plot", metavar="FILE", help="draw N(theta) (.png, .svg, .pdf)")
    bounds = add_command(commands, "bounds", run_bounds, "theorems and open conjectures")
    bounds.add_argument("--dim", type=int, required=True, metavar="D", help="dimension")
    bounds.add_argument(
        "--delta",
        type=float,
        required=True,
        metavar="X",
        help="radius of tubes of length 1, below 1/2",
    )


def run_tubes(options: argparse.Namespace) -> int:
    """Print what is known of the tubes in a file."""
    from ..kakeya import TubeFamily, slab_constant, sticky_exponent, wolff_constant

    arrays = read_npz(options.file, "FILE")
    if not {"directions", "centres", "delta"} <= arrays.keys():
        raise FileFormatError(
            f"{options.file} must hold directions, centres and delta; got {names_in(arrays)}"
        )
    if np.ndim(arrays["delta"]) != 0:
        raise FileFormatError(f"{options.file} must hold one number delta; got an array")
    family = TubeFamily(arrays["directions"], arrays["centres"], float(arrays["delta"]))
    sampling = {"n_samples": options.samples, "rng": options.seed}
    union = family.union_volume(**sampling)
    moments = family.multiplicity_moments(**sampling)
    bush, brush = family.deepest_bush(**sampling), family.hairbrush()
    wolff = wolff_constant(family)
    result: dict[str, Any] = {
        "tubes": len(family),
        "dim": family.dim,
        "delta": family.delta,
        "total_volume": family.total_volume,
        "union_volume": union.value,
        "union_low": union.low,
        "union_high": union.high,
        "union_method": union.method,
        **family.lower_bounds(),
        "mean_multiplicity": moments.mean,
        "rms_multiplicity": moments.rms,
        "deepest_bush": len(bush.tubes),
        "deepest_bush_exact": bush.exact,
        "fattest_tube": brush.stem,
        "hairbrush": len(brush.tubes),
        "katz_tao": wolff.value,
        "katz_tao_upper": wolff.upper,
        "katz_tao_status": wolff.status,
        "frostman": wolff.value / family.total_volume,
    }
    try:
        result["frostman_slabs_at_least"] = slab_constant(family).value
    except InvalidInputError as error:
        result["frostman_slabs_at_least"] = None
        result["frostman_slabs_missing"] = str(error)
    if family.delta < 0.5:
        result["sticky_excess"] = sticky_exponent(family).largest_excess
    result["note"] = family.note
    if options.plot:
        from ..plotting import plot_tubes, save_figure

        save_figure(plot_tubes(family), options.plot)
    show(result, options)
    return 0


def run_directions(options: argparse.Namespace) -> int:
    """Print N(theta) of the directions in a file, and their dimensions beside a null's."""
    from ..kakeya import DirectionSet, compare, dimension, nulls

    rows, dropped, run = _directions(options.file)
    chosen = DirectionSet(rows, projective=not options.vectors)
    table = compare(
        rows if run and not options.vectors else chosen, rng=options.seed,
        progress=False if options.json else None,
    )  # fmt: skip
    found = dimension.estimates(chosen, rng=options.seed)
    growth = dimension.local_growth(chosen, rng=options.seed)
    rng = np.random.default_rng([options.seed, 1])  # not what made the file, if that took the seed
    if options.nulls < 0:
        raise InvalidInputError(f"`--nulls` must be 0 or more; got {options.nulls}")
    draws = [
        DirectionSet(nulls.isotropic(len(chosen), chosen.dim, rng), chosen.projective)
        for _ in range(options.nulls)
    ]
    null_values = [[row.value for row in dimension.estimates(draw, rng=rng)] for draw in draws]
    if options.plot:
        from ..plotting import plot_direction_curve, save_figure

        curves = {
            f"isotropic {i}": d.curve(table.directions.curve.theta)
            for i, d in enumerate(draws, start=1)
        }
        save_figure(plot_direction_curve(chosen.curve(), curves), options.plot)
    dimensions = [
        {**row._asdict(), "isotropic": [values[i] for values in null_values]}
        for i, row in enumerate(found)
    ]
    result = {
        "directions": len(chosen),
        "dropped": dropped,
        "dim": chosen.dim,
        "projective": chosen.projective,
        "doubling": growth.doubling,
        "assouad": growth.assouad,
        "dimensions": dimensions,
        "curve": table.directions.rows(),
        "comparison": table.rows(),
        "verdict": list(table.verdict),
    }
    if options.json:
        print(json.dumps(finite(result)))
        return 0
    show({name: result[name] for name in list(result)[:6]}, options)
    print("\ndimension       value   from angle   to angle   isotropic")
    for row in dimensions:
        null = ", ".join(f"{value:.3g}" for value in row["isotropic"])
        print(
            f"{row['name']:<14}{row['value']:>7.3g}{row['low']:>13.4g}{row['high']:>11.4g}   {null}"
        )
    print(f"\n{table}")
    return 0


def run_bounds(options: argparse.Namespace) -> int:
    """Print theorems and conjectures in a dimension."""
    from ..kakeya import bounds

    table = bounds.table(options.dim, options.delta)
    if options.json:
        about = {"dim": table.dim, "delta": table.delta, "bounds": table.rows()}
        print(json.dumps(finite(about)))
    else:
        print(table)
    return 0


def _directions(file: str) -> tuple[Any, int, bool]:
    """Return the nonzero rows of a file, the number of zero ones, and whether they are of a run."""
    arrays = read_npz(file, "FILE")
    run = "directions" not in arrays
    if "directions" in arrays:
        rows = arrays["directions"]
    elif "parameters" in arrays:
        rows = np.diff(arrays["parameters"], axis=0)
    else:
        raise FileFormatError(
            f"{file} must hold directions, or the parameters of a run; got {names_in(arrays)}"
        )
    if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.number):
        raise FileFormatError(f"{file} must hold directions in rows; got shape {rows.shape}")
    keep = rows.any(axis=1)
    if not keep.any():
        raise InvalidInputError(
            f"`{file}` must hold a nonzero direction; got {len(rows)} zero rows"
        )
    return rows[keep], int(len(rows) - keep.sum()), run
