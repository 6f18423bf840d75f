"""How little area does a needle need? Perron trees, a set in which it turns, and finite fields."""

from fractions import Fraction

import relugeom as rg
from relugeom import kakeya
from relugeom.kakeya import finite_field
from relugeom.kakeya.perron import perron_lower

for k in (2, 5, 8):
    tree = kakeya.perron_tree(k)
    print(
        f"{2**k:4} triangles: {2 * tree.exact_area} of the triangle's area, "
        f"and no arrangement of them has less than {perron_lower(k):.3f}"
    )

check = kakeya.perron_tree(5).contains_segments(0.01)
angle, length = check.worst
print(f"a unit segment in each of {len(check.angles)} directions: {check.contained}, exactly")

needle_set = kakeya.needle_set(4, reach=100)
routes = needle_set.areas(rng=0)
print(f"{needle_set.name}: area {routes.exact:.4f}, deltoid {kakeya.deltoid().area:.4f}")
print(f"  GEOS {routes.geos:.4f}, sampled {routes.monte_carlo:.3f} +- {routes.half_width:.3f}")

lacunary = [Fraction(1, 2**j) for j in range(1, 65)]
uniform = [Fraction(j, 64) for j in range(64)]
for name, slopes in (("2^-j", lacunary), ("j/64", uniform)):
    print(f"64 slopes {name}: splitting number {kakeya.splitting_number(slopes)}")

least = finite_field.minimum(5, 2)
print(f"least Kakeya set in the plane over F_5: {least.size} of 25 points, {least.status}")
print({row.name: row.points for row in finite_field.lower_bounds(5, 2)})
ax = rg.plotting.plot_finite_field_set(5, least.points)
