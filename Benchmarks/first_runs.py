"""The first run of each program in a process of its own, with an empty and with a warm disk cache.

    python Benchmarks/bench.py --first [--only TEXT] [--sizes 0,1]

Times are of whole processes, imports included, since that is what somebody waits for who tries a
program once. The programs are those of `first_programs.py`, small ones as people write them, and
those of `programs/`. NumPy, an empty cache and a warm one take turns, and the medians are shown.
Modules are compiled beforehand, as those of an installed package are.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

from first_programs import PROGRAMS
from program import families, load

# Seconds beyond NumPy's: with an empty cache beyond twice NumPy's time.
EMPTY, WARM = 0.100, 0.020
ROUNDS = 5

SMALL = """
import {module} as np
import first_programs
print(repr(float(first_programs.{name}(np))))
"""

SIZED = """
import warnings
warnings.simplefilter("ignore")
from program_rows import arrays_of, martlet_run
from program import load
run, library = martlet_run({family!r}, {name!r}, {module!r})
program = next(p for p in load({family!r}).PROGRAMS if p.name == {name!r})
run(**arrays_of(library, program.inputs(program.sizes[{size}])))
"""


def seconds(code: str, cache: str) -> tuple[float, str]:
    """How long a process with this code took, and what it printed."""
    # An installed package has compiled modules, so they may be written.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["XDG_CACHE_HOME"] = cache
    folder = os.path.dirname(os.path.abspath(__file__))
    environment["PYTHONPATH"] = os.pathsep.join([folder, environment.get("PYTHONPATH", "")])
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    return time.perf_counter() - start, done.stdout


def rows(options):
    """Name, size and code (with the module left open) of every program."""
    for program in PROGRAMS:
        yield program.__name__, "", SMALL.replace("{name}", program.__name__)
    for family in families():
        for program in load(family).PROGRAMS:
            for size in (int(size) for size in options.sizes.split(",")):
                places = {"family": repr(family), "name": repr(program.name), "size": str(size)}
                code = SIZED
                for place, value in places.items():
                    code = code.replace(f"{{{place}!r}}", value).replace(f"{{{place}}}", value)
                yield f"{family} {program.name}", program.sizes[size], code


def print_first_runs(options) -> list[dict]:
    """The table; returns the results."""
    results = []
    print(f"{'first run, ms':40}{'NumPy':>9}{'empty':>9}{'warm':>9}")
    for name, size, code in rows(options):
        if options.only not in name:
            continue
        row = measure(name, size, code, options.module, 2 if options.quick else ROUNDS)
        results.append(row)
        times = "".join(f"{row[key] * 1e3:9.1f}" for key in ("numpy", "empty", "warm"))
        marks = [key for key in ("empty", "warm") if row[f"{key}_missed"]]
        marks += [] if row["same"] else ["WRONG"]
        print(f"{name:32}{size:8}{times}  {' '.join(marks)}", flush=True)
    for key, limit, base in (("empty", EMPTY, 2), ("warm", WARM, 1)) if results else ():
        beyond = [row[key] - base * row["numpy"] for row in results]
        missed = sum(row[f"{key}_missed"] for row in results)
        print(
            f"{key}: {missed} of {len(results)} more than {limit * 1e3:g} ms beyond {base} times"
            f" NumPy's; median {statistics.median(beyond) * 1e3:.0f} ms,"
            f" worst {max(beyond) * 1e3:.0f} ms"
        )
    return results


def measure(name: str, size, code: str, module: str, rounds: int) -> dict:
    times = {"numpy": [], "empty": [], "warm": []}
    answers = set()
    theirs, ours = (
        code.replace("{module!r}", repr(one)).replace("{module}", one) for one in ("numpy", module)
    )
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            for key, text in (("numpy", theirs), ("empty", ours), ("warm", ours)):
                time_taken, shown = seconds(text, cache)
                times[key].append(time_taken)
                answers.update(float(word) for word in shown.split())
    median = {key: statistics.median(values) for key, values in times.items()}
    spread = max(answers) - min(answers) if answers else 0.0
    return {
        "name": name,
        "size": size,
        **median,
        "empty_missed": median["empty"] > EMPTY + 2 * median["numpy"],
        "warm_missed": median["warm"] > WARM + median["numpy"],
        "same": spread <= 1e-6 * max(map(abs, answers), default=1.0),
    }
