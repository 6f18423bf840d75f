"""Stream ten million regions to Parquet and query them with DuckDB, in bounded memory.

Takes about half a minute; ``python examples/query_regions_sql.py 60`` does 36,051 regions.
"""

import sys
import tempfile
from pathlib import Path

import relugeom as rg

m = int(sys.argv[1]) if len(sys.argv) > 1 else 392
planes = rg.arrangements.families.generic(m, 3, rng=0)
with tempfile.TemporaryDirectory() as folder:
    for i, part in enumerate(rg.iter_regions(planes, chunk=1_000_000)):
        part.save(Path(folder) / f"part-{i:03}.parquet", ["n_on"])

    try:
        import duckdb
    except ImportError:
        sys.exit("this example needs duckdb: pip install duckdb")
    table = f"from '{folder}/*.parquet'"
    ((count,),) = duckdb.sql(f"select count(*) {table}").fetchall()
    print(f"{count:,} regions of {m} planes in space; Zaslavsky's formula says "
          f"{rg.arrangements.counting.zaslavsky(m, 3):,}")  # fmt: skip
    print("regions by the distance r of their point from the origin, and planes they lie above:")
    query = f"""
        select floor(log2(1 + list_dot_product(point, point)) / 2) as octave,
               count(*) as regions, avg(n_on) as above
        {table} group by octave order by octave"""
    for octave, regions, above in duckdb.sql(query).fetchall():
        print(f"  1 + r^2 >= 4^{int(octave):<3} {regions:>12,} {above:8.1f}")
