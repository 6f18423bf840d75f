"""Linear programs in boxes and nearest points, against scipy and cvxpy."""

import numpy as np
import pytest
from relugeom.analysis import _kernel_simplex as kernel
from relugeom.analysis.norms import DOUBT, FOUND, NONE, NORMS, length, minimum, nearest_point
from scipy.optimize import linprog

KINDS = ("generic", "rounded", "sparse cost", "no cost")


def program(kind, d, m, rng):
    G = rng.standard_normal((m, d))
    G /= np.linalg.norm(G, axis=1, keepdims=True)
    h, cost = rng.uniform(-0.3, 1.0, m) / np.sqrt(d), rng.standard_normal(d)
    if kind == "rounded":  # many ties
        G, h = np.round(3 * G) / 3, np.round(3 * h) / 3
    if kind == "sparse cost":
        cost[1:] = 0.0
    if kind == "no cost":
        cost[:] = 0.0
    return cost, G, h


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("d", "m"), [(1, 3), (2, 9), (5, 40), (60, 30)])
def test_linear_programs_equal_scipy(kind, d, m):
    rng = np.random.default_rng([d, KINDS.index(kind)])
    box = -np.ones(d), np.ones(d)
    solved = 0
    for _ in range(60 if d < 10 else 10):
        cost, G, h = program(kind, d, m, rng)
        x, _, status = minimum(cost, G, h, *box)
        wanted = linprog(cost, G, h, bounds=np.column_stack(box), method="highs")
        assert status == {0: kernel.OPTIMAL, 2: kernel.INFEASIBLE}[wanted.status]
        if status == kernel.OPTIMAL:
            solved += 1
            assert cost @ x == pytest.approx(wanted.fun, abs=1e-8)
            assert (G @ x <= h + 1e-11).all()
            assert (np.abs(x) <= 1 + 1e-11).all()
    assert solved > 0


def test_a_program_is_cut_off_when_it_cannot_be_low_enough():
    rng = np.random.default_rng(0)
    for _ in range(30):
        cost, G, h = program("generic", 4, 12, rng)
        _, _, status = minimum(cost, G, h, -np.ones(4), np.ones(4))
        if status != kernel.OPTIMAL:
            continue
        x, _, _ = minimum(cost, G, h, -np.ones(4), np.ones(4))
        for cutoff, wanted in ((cost @ x - 1e-6, kernel.CUT), (cost @ x + 1e-6, kernel.OPTIMAL)):
            assert minimum(cost, G, h, -np.ones(4), np.ones(4), cutoff)[2] == wanted


def test_programs_within_rounding_of_infeasible_are_never_called_infeasible_wrongly():
    """x <= 0 and -x <= e: feasible for e >= 0, whatever else is asked."""
    for gap in (1e-3, 1e-9, 1e-12, 0.0):
        G, h = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([0.0, gap])
        assert minimum(np.ones(2), G, h, -np.ones(2), np.ones(2))[2] == kernel.OPTIMAL
        status = minimum(np.ones(2), G, h - [0, 2 * gap], -np.ones(2), np.ones(2))[2]
        assert status == (kernel.INFEASIBLE if gap > 1e-10 else kernel.OPTIMAL)


def test_contracting_gives_the_bounding_box():
    rng = np.random.default_rng(3)
    for d, m in ((1, 2), (2, 5), (4, 9)):
        _, G, h = program("generic", d, m, rng)
        h = np.abs(h)
        lower, upper = -np.ones(d), np.ones(d)
        args = (np.ascontiguousarray(G.T), h, m, lower, upper, 1e-12, *kernel.workspace(d, m))
        assert kernel.contract(*args)
        for j in range(d):
            for side, bound in ((1.0, lower[j]), (-1.0, -upper[j])):
                wanted = linprog(side * np.eye(d)[j], G, h, bounds=(-1, 1)).fun
                assert bound == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("d", "boxed"), [(1, True), (2, False), (2, True), (5, True), (40, True)])
def test_nearest_points_equal_cvxpy(norm, d, boxed):
    import cvxpy as cp

    rng = np.random.default_rng(d)
    order = {"l1": 1, "l2": 2, "linf": "inf"}[norm]
    statuses = set()
    for trial in range(12):
        m = 3 * min(d, 10)
        G = rng.standard_normal((m, d))
        G /= np.linalg.norm(G, axis=1, keepdims=True)
        inside = rng.standard_normal(d)
        lower, upper = np.full(d, -np.inf), np.full(d, np.inf)
        if boxed:
            inside = np.clip(inside, -0.9, 0.9)
            lower, upper = -np.ones(d), np.ones(d)
            lower[0] = min(0.2, inside[0]) if trial % 2 else -1.0  # the origin may be outside
        h = G @ inside + rng.uniform(0.0, 0.3, m) - (0.5 if trial % 4 == 3 else 0.0)
        found = nearest_point(G, h, lower, upper, norm)
        x = cp.Variable(d)
        asked = [G @ x <= h, *([x >= lower, x <= upper] if boxed else [])]
        problem = cp.Problem(cp.Minimize(cp.norm(x, order)), asked)
        problem.solve(solver="CLARABEL")
        statuses.add(found.status)
        if found.status == NONE:
            assert problem.status in ("infeasible", "infeasible_inaccurate")
            continue
        assert found.status == FOUND
        assert found.distance == pytest.approx(problem.value, abs=1e-6)
        assert length(norm, found.point) == pytest.approx(found.distance, abs=1e-9)
        assert (G @ found.point <= h + 1e-9).all()
        assert (found.point >= lower - 1e-9).all()
        assert (found.point <= upper + 1e-9).all()
        assert nearest_point(G, h, lower, upper, norm, found.distance * 0.99).status == NONE
        assert nearest_point(G, h, lower, upper, norm, found.distance * 1.01).status == FOUND
    assert FOUND in statuses
    assert DOUBT not in statuses


@pytest.mark.parametrize("norm", NORMS)
def test_nearest_point_when_the_origin_is_inside_or_a_row_is_zero(norm):
    free = np.full(2, np.inf)
    rows = np.array([[1.0, 0.0], [0.0, 0.0]])
    found = nearest_point(rows, np.array([1.0, 0.5]), -free, free, norm)
    assert (found.status, found.distance) == (FOUND, 0.0)
    assert nearest_point(rows, np.array([-1.0, -0.5]), -free, free, norm).status == NONE
