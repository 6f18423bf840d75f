"""``relugeom regions``: enumerate the regions of a network."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInputError
from .arguments import (
    Commands,
    add_command,
    add_network,
    allow_negative_lists,
    around,
    read_data,
    read_domain,
    read_network,
    read_slice,
)
from .output import show

if TYPE_CHECKING:
    from ..regions.table import Regions

_VOLUME_DIM = 6  # volumes in higher dimension take long


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    regions = add_command(commands, "regions", run, "enumerate the regions of a network")
    add_network(regions)
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
    regions.add_argument(
        "--engine", default="auto", help="auto, vertex, lp, sweep or incremental (%(default)s)"
    )
    regions.add_argument("--jobs", type=int, default=1, metavar="N", help="threads (%(default)s)")
    regions.add_argument("--max-regions", type=int, metavar="N", help="stop after N regions")
    regions.add_argument(
        "--out", metavar="FILE", help="write the table: .parquet, or .geojson, .gpkg in the plane"
    )
    regions.add_argument(
        "--columns", metavar="NAMES", help="columns to add to it: volume,degree,data_count,..."
    )
    regions.add_argument(
        "--data", metavar="FILE", help=".npz with X, to count in data_count; projected to a slice"
    )
    allow_negative_lists(regions)


def run(options: argparse.Namespace) -> int:
    """Enumerate, save if asked to, and print what was found."""
    from ..regions.enumerate import enumerate_regions
    from ..regions.files import check_save

    columns = options.columns.split(",") if options.columns else []
    data = read_data(options.data) if options.data else None
    if (columns or options.data) and not options.out:
        raise InvalidInputError(
            "`--columns` and `--data` must come with `--out`, which they fill; got none"
        )
    net = read_network(options)
    domain, fixed = read_domain(options, net)
    affine_slice, corners = read_slice(options)
    if fixed is not None and affine_slice is not None:
        raise InvalidInputError("the slice must be that of `--domain`, which fixes inputs; got two")
    if affine_slice is not None and domain is not None:
        domain = affine_slice.section(domain)
    affine_slice = affine_slice or fixed
    if affine_slice is not None:
        net = net.restrict(affine_slice)
    if options.margin is not None:
        domain = around(options.margin, affine_slice, corners)
    if data is not None and affine_slice is not None:
        data = affine_slice.coordinates(data)
    if options.out:
        check_save(options.out, columns, data, domain, net.input_dim)
    regions = enumerate_regions(
        net, domain, engine=options.engine, jobs=options.jobs, max_regions=options.max_regions,
        progress=False if options.json else None,
    )  # fmt: skip
    if options.out:
        regions.save(options.out, columns, data=data)
    show(result_of(regions), options)
    return 0 if regions.complete else 1


def result_of(regions: Regions) -> dict[str, Any]:
    """Return what is printed of the regions."""
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
        "dim": regions.dim,
        "neurons": regions.n_neurons,
        "seconds": regions.seconds,
        "regions_per_second": len(regions) / regions.seconds,
        "volume": float(regions.volumes.sum()) if volumes else None,
        "domain_volume": domain.volume if domain is not None and bounded else None,
    }
