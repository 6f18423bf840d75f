"""How far it is along a line to the next hyperplane on either side."""

from .._jit import jit


@jit
def reciprocal_steps(rate, value):
    """Return the reciprocals of the steps ahead and back to the next hyperplane, at least 1/2.

    ``value`` are the heights of the point over the hyperplanes, none zero, ``rate`` how fast they
    grow; ``rate`` is overwritten. Divisions vectorise, and so do four chains of comparisons.
    """
    n = len(rate)
    for j in range(n):
        rate[j] = rate[j] / value[j]
    a, b, c, e = -0.5, -0.5, -0.5, -0.5
    u, v, w, x = 0.5, 0.5, 0.5, 0.5
    full = n - n % 4
    for j in range(0, full, 4):
        a = rate[j] if rate[j] < a else a
        b = rate[j + 1] if rate[j + 1] < b else b
        c = rate[j + 2] if rate[j + 2] < c else c
        e = rate[j + 3] if rate[j + 3] < e else e
        u = rate[j] if rate[j] > u else u
        v = rate[j + 1] if rate[j + 1] > v else v
        w = rate[j + 2] if rate[j + 2] > w else w
        x = rate[j + 3] if rate[j + 3] > x else x
    for j in range(full, n):
        a = rate[j] if rate[j] < a else a
        u = rate[j] if rate[j] > u else u
    return -min(min(a, b), min(c, e)), max(max(u, v), max(w, x))
