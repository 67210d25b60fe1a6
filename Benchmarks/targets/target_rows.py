"""Rows with a target each, and how far they are from what the machine can do.

Every row alternates NumPy and Martlet in one run, so that a noisy machine disturbs both alike, and
reports medians. Results are computed in full before the clock stops. `ratio` is NumPy's time over
Martlet's; `limit` is the share of the machine's measured limit that Martlet reaches; other
libraries' columns appear when they are installed, as NumPy's time over theirs.
"""

import importlib
import statistics
import time
import timeit
import warnings

import clock
import machine
import numpy

from targets import peers
from targets.fallback_rows import print_fallback_rows
from targets.process_rows import print_process_rows
from targets.rows import Row, rows


def load(name: str):
    """The module under test, and the call that makes sure a lazy result is computed."""
    module = importlib.import_module(name)
    if name == "numpy":
        return module, lambda result: result
    martlet = importlib.import_module("martlet")
    # NumPy's scalars, and what fell back, are there already.
    return module, lambda r: martlet.evaluate(r) if isinstance(r, module.ndarray) else r


def timer(row: Row, module, force, inputs: dict) -> timeit.Timer:
    """Times one run of the row. Eight elements are computed at once, so need no forcing."""
    names = {"np": module, "force": force, **inputs}
    if isinstance(row.program, str):
        statement = row.program if row.small else f"force({row.program})"
        return timeit.Timer(statement, globals=names)
    names["program"] = row.program
    arguments = ", ".join(["np", *(f"{name}={name}" for name in inputs)])
    return timeit.Timer(f"force(program({arguments}))", globals=names)


def convert(module, inputs: dict) -> dict:
    """The row's inputs as arrays of the module, each owning its memory."""
    return {
        name: module.array(value) if isinstance(value, numpy.ndarray) else value
        for name, value in inputs.items()
    }


def loops_for(timer: timeit.Timer, seconds: float) -> int:
    """How many loops make one sample of about so many seconds."""
    count = 1
    while (spent := timer.timeit(count)) < seconds / 4 and count < 2**24:
        count *= 4
    return max(1, round(count * seconds / max(spent, 1e-9)))


# OpenBLAS's threads keep spinning for a while after a product, and two libraries bring one each:
# without a pause one library's products are timed while the other's threads hold the cores.
PAUSES = {"matmul": 0.1}


def alternate(timers: list[timeit.Timer], quick: bool, pause: float) -> list[float]:
    """The median seconds per loop of each clock, sampled in turns with a pause between them."""
    loops = [loops_for(timer, 2e-3 if quick else 1e-2) for timer in timers]
    samples: list[list[float]] = [[] for _ in timers]
    budget = 0.4 if quick else 2.0
    start = time.perf_counter()
    while len(samples[0]) < 3 or (
        time.perf_counter() - start < budget and len(samples[0]) < (9 if quick else 31)
    ):
        for timer, count, times in zip(timers, loops, samples, strict=True):
            time.sleep(pause)
            times.append(timer.timeit(count) / count)
    return [statistics.median(times) for times in samples]


def agrees(row: Row, expected, actual) -> bool:
    expected, actual = numpy.asarray(expected), numpy.asarray(actual)
    if expected.shape != actual.shape or expected.dtype != actual.dtype:
        return False
    tolerance = 1e-9 if expected.dtype.itemsize >= 8 else 1e-3
    return numpy.allclose(actual, expected, rtol=tolerance, atol=tolerance, equal_nan=True)


def measure(row: Row, subject, force, limits, quick: bool, use_peers: bool) -> dict:
    inputs = row.inputs()
    arguments = [convert(numpy, inputs), convert(subject, inputs)]
    run = row.function()
    same = agrees(row, run(numpy, **arguments[0]), run(subject, **arguments[1]))
    clocks = [
        timer(row, numpy, lambda result: result, arguments[0]),
        timer(row, subject, force, arguments[1]),
    ]
    theirs, ours = alternate(clocks, quick, PAUSES.get(row.group, 0.0))
    result = {
        "group": row.group,
        "name": row.name,
        "numpy": theirs,
        "martlet": ours,
        "ratio": theirs / ours,
        "target": row.target,
        "same": same,
        "limit": None,
        "peers": {},
    }
    if row.touched or row.flops:
        result["limit"] = limits.best_seconds(row.touched, row.flops, row.dtype) / ours
    if use_peers:
        for name, clock in peers.clocks(row, inputs).items():
            result["peers"][name] = theirs / alternate([clock], quick, 0.0)[0]
    return result


def show(result: dict, columns: list[str]) -> str:
    mark = "ok  " if result["ratio"] >= result["target"] else "MISS"
    limit = "" if result["limit"] is None else f"{result['limit']:.0%}"
    line = (
        f"{result['name']:26}{clock.show(result['numpy']):>10}{clock.show(result['martlet']):>10}"
        f"{result['ratio']:8.2f}{result['target']:8g}  {mark}{limit:>7}"
    )
    for name in columns:
        ratio = result["peers"].get(name)
        line += f"{'' if ratio is None else f'{ratio:.2f}':>9}"
    return line + ("" if result["same"] else "  DIFFERS")


def print_target_rows(options) -> list[dict]:
    """The table; returns the results."""
    subject, force = load(options.module)
    limits = machine.measure()
    columns = [] if options.no_peers else peers.installed()
    print(f"NumPy {numpy.__version__}; {limits.describe()}\n")
    print(
        f"{'row':26}{'NumPy':>10}{'Martlet':>10}{'ratio':>8}{'target':>8}      {'limit':>7}"
        + "".join(f"{name:>9}" for name in columns)
    )
    results, group = [], None
    # Overflow and invalid values are part of some programs, and no news.
    warnings.simplefilter("ignore", RuntimeWarning)
    for row in rows():
        if options.only not in f"{row.group} {row.name}":
            continue
        if row.group != group:
            group = row.group
            print(f"-- {group}")
        result = measure(row, subject, force, limits, options.quick, bool(columns))
        results.append(result)
        print(show(result, columns), flush=True)

    missed = [r for r in results if r["ratio"] < r["target"]]
    differing = [r for r in results if not r["same"]]
    print(f"\n{len(results)} rows, {len(missed)} below their target, {len(differing)} differing")
    if not options.only:
        print_fallback_rows(options.module, options.quick)
        print_process_rows(options.module, options.quick)
    return results
