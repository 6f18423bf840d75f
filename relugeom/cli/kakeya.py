"""``relugeom kakeya``: Kakeya constructions."""

from __future__ import annotations

import argparse
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInputError
from . import kakeya_sets
from .arguments import Commands, add_command
from .output import show

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def add(commands: Commands) -> None:
    """Add the command and its constructions to the parser."""
    kakeya = commands.add_parser("kakeya", help="Kakeya sets, directions, tubes, and their bounds")
    constructions = kakeya.add_subparsers(required=True, metavar="WHAT")
    perron = add_command(constructions, "perron", run_perron, "a Perron tree and its area")
    perron.add_argument(
        "--levels", type=int, default=8, metavar="K", help="2^K triangles (%(default)s)"
    )
    perron.add_argument(
        "--alpha",
        metavar="A[,A,...]",
        help="alpha of every stage, or one a stage, the finest first; in (1/2, 1]",
    )
    sprout = add_command(constructions, "sprout", run_sprout, "a tree by sprouting and its area")
    sprout.add_argument(
        "--sproutings",
        type=int,
        default=6,
        metavar="K",
        help="to the heights 1 + ... + 1/(K+1) (%(default)s)",
    )
    sprout.add_argument("--heights", metavar="H,H,...", help="other heights, increasing")
    field = add_command(
        constructions, "finite-field", run_finite_field, "Kakeya sets over a finite field"
    )
    field.add_argument(
        "--q", type=int, default=5, metavar="Q", help="order, a prime power (%(default)s)"
    )
    field.add_argument("--n", type=int, default=2, metavar="N", help="dimension (%(default)s)")
    field.add_argument(
        "--minimum", action="store_true", help="find a least set by integer programming"
    )
    field.add_argument(
        "--time-limit",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="for --minimum (%(default)s)",
    )
    for command in (perron, sprout, field):
        command.add_argument("--plot", metavar="FILE", help="draw it (.png, .svg, .pdf)")
    kakeya_sets.add(constructions)


def run_perron(options: argparse.Namespace) -> int:
    """Print the area of a Perron tree, and draw it if asked to."""
    from ..kakeya.perron import perron_bound, perron_lower, perron_tree

    schedule: Any = fractions(options.alpha, "--alpha") if options.alpha else None
    if schedule and len(schedule) == 1:
        schedule = schedule[0]
    tree = perron_tree(options.levels, schedule)
    if options.plot:
        from ..plotting import plot_perron_tree

        save(plot_perron_tree(tree), options)
    result = {
        "levels": options.levels,
        "pieces": len(tree.pieces),
        "triangle_area": tree.triangle_area,
        "area": tree.area,
        "ratio": tree.ratio,
        "default_schedule_ratio": float(perron_bound(options.levels)),
        "lower_bound": perron_lower(options.levels),
        "exact_area": None if tree.exact_area is None else str(tree.exact_area),
        "area_method": tree.area_method,
    }
    show(result, options)
    return 0


def run_sprout(options: argparse.Namespace) -> int:
    """Print the area of a tree by sprouting, and draw it if asked to."""
    from ..kakeya.sprouting import harmonic_heights, sprouted_tree

    if options.heights:
        heights = fractions(options.heights, "--heights")
    else:
        heights = list(harmonic_heights(options.sproutings))
    tree = sprouted_tree(heights)
    if options.plot:
        from ..plotting import plot_planar_set

        save(plot_planar_set(tree, needles=2 * len(tree.pieces)), options)
    result = {
        "sproutings": len(heights) - 1,
        "pieces": len(tree.pieces),
        "needle": tree.needle,
        "area": tree.area,
        "area_for_a_unit_needle": tree.area / tree.needle**2,
        "closed_form": tree.closed_form,
        "exact_area": None if tree.exact_area is None else str(tree.exact_area),
        "area_method": tree.area_method,
    }
    show(result, options)
    return 0


def run_finite_field(options: argparse.Namespace) -> int:
    """Print bounds on Kakeya sets over a finite field, and least sets if asked for.

    The exit code is 1 where the time was too short to find a least set.
    """
    from ..kakeya import finite_field as ff

    q, n = options.q, options.n
    bounds = ff.lower_bounds(q, n)
    points = ff.construction(q, n)
    result: dict[str, Any] = {"q": q, "n": n, "points_of_the_space": q**n}
    result |= {f"lower_bound {row.name}".replace(" ", "_"): row.points for row in bounds}
    result["construction"] = len(points)
    result["construction_is_kakeya"] = ff.is_kakeya(points, q)
    complete, least = True, {}
    if options.minimum:
        found = ff.minimum(q, n, time_limit=options.time_limit)
        complete, points = found.complete, found.points
        if found.complete:
            least[q, n] = found.size
        result |= {
            "minimum": found.size,
            "minimum_lower_bound": found.lower,
            "complete": found.complete,
            "status": found.status,
            "solver": found.solver,
        }
    if options.plot:
        from ..plotting import plot_finite_field_bounds, plot_finite_field_set

        plane = n == 2 and ff.prime_and_power(q)[1] == 1
        save(
            plot_finite_field_set(q, points)
            if plane
            else plot_finite_field_bounds([(q, n)], least=least),
            options,
        )
    show(result, options)
    return 0 if complete else 1


def save(ax: Axes, options: argparse.Namespace) -> None:
    """Save the picture to the file named."""
    from ..plotting import save_figure

    save_figure(ax, options.plot)


def fractions(text: str, name: str) -> list[Fraction]:
    """Return the numbers of a list like ``0.7,3/4``, exactly."""
    try:
        return [Fraction(part.strip()) for part in text.split(",")]
    except (ValueError, ZeroDivisionError) as error:
        raise InvalidInputError(
            f"`{name}` must be numbers separated by commas; got {text!r}"
        ) from error
