"""The first run of each program in a process of its own, with an empty and with a warm disk cache.

python Benchmarks/bench.py --first [--only TEXT] [--sizes 0,1]
"""

import os
import statistics
import subprocess
import sys
import tempfile

from program import families, load

# Seconds beyond NumPy's: with an empty cache beyond twice NumPy's time.
EMPTY, WARM = 0.100, 0.020

RUN = """
import sys, time, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, {folder!r})
import numpy
from program_rows import arrays_of, martlet_run
from program import load
run, library = martlet_run({family!r}, {name!r}, {module!r})
program = next(p for p in load({family!r}).PROGRAMS if p.name == {name!r})
inputs = arrays_of(library, program.inputs(program.sizes[{size}]))
start = time.perf_counter()
run(**inputs)
print(time.perf_counter() - start)
"""


def seconds(family: str, name: str, size: int, module: str, cache: str) -> float:
    folder = os.path.dirname(os.path.abspath(__file__))
    code = RUN.format(folder=folder, family=family, name=name, size=size, module=module)
    # An installed package has compiled modules, so they may be written.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["XDG_CACHE_HOME"] = cache
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    return float(done.stdout)


def print_first_runs(options) -> list[dict]:
    """The table; returns the results."""
    sizes = [int(size) for size in options.sizes.split(",")]
    results = []
    print(f"{'first run, ms':32}{'NumPy':>9}{'empty':>9}{'warm':>9}")
    for family in families():
        for program in load(family).PROGRAMS:
            if options.only not in f"{family} {program.name}":
                continue
            for size in sizes:
                row = measure(family, program.name, size, options.module)
                results.append(row)
                times = "".join(f"{row[key] * 1e3:9.1f}" for key in ("numpy", "empty", "warm"))
                marks = " ".join(key for key in ("empty", "warm") if row[f"{key}_missed"])
                print(f"{row['name']:24}{program.sizes[size]:8}{times}  {marks}", flush=True)
    for key, limit, base in (("empty", EMPTY, 2), ("warm", WARM, 1)):
        beyond = [row[key] - base * row["numpy"] for row in results]
        missed = sum(row[f"{key}_missed"] for row in results)
        print(
            f"{key}: {missed} of {len(results)} more than {limit * 1e3:g} ms beyond {base} times"
            f" NumPy's; median {statistics.median(beyond) * 1e3:.0f} ms,"
            f" worst {max(beyond) * 1e3:.0f} ms"
        )
    return results


def measure(family: str, name: str, size: int, module: str) -> dict:
    with tempfile.TemporaryDirectory() as cache:
        empty = seconds(family, name, size, module, cache)
        warm = min(seconds(family, name, size, module, cache) for _ in range(2))
        theirs = min(seconds(family, name, size, "numpy", cache) for _ in range(2))
    return {
        "name": name,
        "size": size,
        "numpy": theirs,
        "empty": empty,
        "warm": warm,
        "empty_missed": empty > EMPTY + 2 * theirs,
        "warm_missed": warm > WARM + theirs,
        "same": True,
    }
