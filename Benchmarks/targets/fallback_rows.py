"""What a step down to NumPy costs beside NumPy's own work, for arrays of eight elements.

python Benchmarks/targets/fallback_rows.py [--quick]
"""

import argparse
import importlib
import statistics
import timeit

import numpy

# Microseconds over NumPy's own call.
TARGET = 2.0
LOOPS = 100

PROGRAMS = [
    "np.linalg.norm(a)",
    "np.nanmax(a)",
    "np.nanargmax(a)",
    "np.interp(a, a, a)",
    "np.convolve(a, a)",
    "np.linalg.det(m)",
    "np.linalg.inv(m)",
    "np.linalg.solve(m, v)",
    "np.fft.fft(a)",
    "np.einsum('i,i->i', a, a)",
    "np.putmask(a, b, 0.0)",
    "np.unique(a)",
    "a.byteswap()",
    "m.trace()",
    "r.normal(size=8)",
    "s == 'a'",
]


def inputs(np) -> dict:
    return {
        "np": np,
        "a": np.arange(8.0) + 1,
        "b": np.zeros(8, bool),
        "m": np.array([[2.0, 1.0], [1.0, 3.0]]),
        "v": np.array([1.0, 2.0]),
        "s": np.array(["a", "b"]),
        "r": np.random.default_rng(1),
    }


def measure(program: str, modules: list, samples: int) -> list[float]:
    """The median microseconds per call of each module, sampled in turns."""
    clocks = [timeit.Timer(program, globals=inputs(module)) for module in modules]
    times: list[list[float]] = [[] for _ in clocks]
    for _ in range(samples):
        for clock, found in zip(clocks, times, strict=True):
            found.append(clock.timeit(LOOPS) / LOOPS * 1e6)
    return [statistics.median(found) for found in times]


def print_fallback_rows(module: str, quick: bool) -> None:
    """The table, in the form of the other rows."""
    modules = [numpy, importlib.import_module(module)]
    print(f"-- fallback, 8 elements: µs over NumPy's own call, at most {TARGET:g}")
    for program in PROGRAMS:
        theirs, ours = measure(program, modules, 100 if quick else 1000)
        mark = "ok  " if ours - theirs <= TARGET else "MISS"
        print(f"{program:26}{theirs:7.2f} µs{ours:7.2f} µs{ours - theirs:8.2f}{TARGET:8g}  {mark}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    print_fallback_rows("martlet.numpy", parser.parse_args().quick)
