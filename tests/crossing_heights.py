"""The area of a union of trapezoids the slow way: between all heights where edges cross."""

from fractions import Fraction as F
from itertools import combinations, pairwise


def sweep_area(pieces):
    """Area by the trapezoid rule between all heights where two edges cross: exact, slow."""
    edges = [(p[0], p[1], *ends) for p in pieces for ends in ((p[2], p[4]), (p[3], p[5]))]

    def at(edge, y):
        y0, y1, x0, x1 = edge
        return x0 + (x1 - x0) * (y - y0) / (y1 - y0)

    heights = {e[0] for e in edges} | {e[1] for e in edges}
    for a, b in combinations(edges, 2):
        low, high = max(a[0], b[0]), min(a[1], b[1])
        if low < high:
            d0, d1 = at(a, low) - at(b, low), at(a, high) - at(b, high)
            if d0 * d1 < 0:
                heights.add(low + (high - low) * d0 / (d0 - d1))
    heights = sorted(heights)
    total = F(0)
    for low, high in pairwise(heights):
        mid = (low + high) / 2  # the length is affine between: the midpoint rule is exact too
        spans = sorted(
            (at((p[0], p[1], p[2], p[4]), mid), at((p[0], p[1], p[3], p[5]), mid))
            for p in pieces
            if p[0] <= low and high <= p[1]
        )
        length, reached = F(0), None
        for left, right in spans:
            if reached is None or left > reached:
                length, reached = length + right - left, right
            elif right > reached:
                length, reached = length + right - reached, right
        total += length * (high - low)
    return total
