"""Least Kakeya and Nikodym sets as an integer program, solved by HiGHS through scipy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidInputError

if TYPE_CHECKING:
    from .._check import BoolArray, IntArray

_MAX_ROWS = 2_000_000


def least_set(lines: IntArray, kind: str, time_limit: float) -> tuple[BoolArray, float, str]:
    """Return a mask of points, the solver's lower bound on their number, and its words.

    ``lines`` are those of the space by direction, shape (directions, parallels, q), as numbers of
    points.
    """
    from scipy import optimize, sparse

    n_directions, parallels, q = lines.shape
    n_points = parallels * q
    flat = lines.reshape(-1, q)
    if kind == "kakeya":
        chosen = flat
        group = np.repeat(np.arange(n_directions), parallels)
    else:  # a choice is a point and a line through it
        group = flat.ravel()
        others = ~np.eye(q, dtype=bool)
        chosen = np.stack([flat[:, others[i]] for i in range(q)], axis=1).reshape(-1, q - 1)
    n_choices, taken = chosen.shape
    if chosen.size > _MAX_ROWS:
        raise InvalidInputError(
            f"`q` and `n` must leave a program of at most {_MAX_ROWS} rows; got {chosen.size}"
        )
    # variables: points (0 or 1 by themselves, as the choices are), then choices
    row = np.arange(n_choices * taken)
    cover = sparse.csr_array(
        (
            np.concatenate([np.ones(len(row)), -np.ones(len(row))]),
            (
                np.concatenate([row, row]),
                np.concatenate([chosen.ravel(), n_points + np.repeat(np.arange(n_choices), taken)]),
            ),
        ),
        shape=(len(row), n_points + n_choices),
    )
    pick = sparse.csr_array(
        (np.ones(n_choices), (group, n_points + np.arange(n_choices))),
        shape=(int(group.max()) + 1, n_points + n_choices),
    )
    cost = np.concatenate([np.ones(n_points), np.zeros(n_choices)])
    constraints = [
        optimize.LinearConstraint(cover, 0.0, np.inf),
        optimize.LinearConstraint(pick, 1.0, np.inf),
    ]
    low = np.zeros(n_points + n_choices)
    if kind == "kakeya":
        # by translation, the lines of one direction (in the plane, of two) are those through 0
        for i in range(2 if parallels == q else 1):
            low[n_points + i * parallels] = 1.0
            low[lines[i, 0]] = 1.0
    found = optimize.milp(
        cost,
        integrality=np.ones(len(cost), dtype=np.int64),
        bounds=optimize.Bounds(low, 1.0),
        constraints=constraints,
        options={"time_limit": float(time_limit)},
    )
    if found.x is None:
        raise InvalidInputError(
            f"`time_limit` must be long enough for a first set; got {time_limit} ({found.message})"
        )
    return found.x[:n_points] > 0.5, float(found.mip_dual_bound), str(found.message)
