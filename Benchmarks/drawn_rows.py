"""Statements drawn from the tables of operations and functions, not from a list.

    python Benchmarks/bench.py --drawn [--seed N] [--count N] [--only TEXT]
    python Benchmarks/bench.py --all

What the extension serves itself is asked of it: its ufuncs and their methods, its functions and
methods of arrays with their signatures, its attributes. Python's operators and subscripts are the
language's. Each is a row at every size, in every arrangement of its arrays, for every dtype that
NumPy takes there. `recipes.py` makes the statements; here they are drawn, timed and shown.
"""

import importlib
import math
import random
import time
import timeit
import warnings

import clock
import numpy
from recipes import Row, subjects, without_recipe

# No statement may be slower than this share of NumPy's speed.
LEAST = 0.9
# The geometric means to reach, up to 1000 elements and above.
TARGET = 2.0
# One sample runs a statement for about so many seconds, and there are so many in turns.
SAMPLE, SAMPLES = 100e-6, 7
RTOL = {"float16": 1e-2, "float32": 1e-4, "complex64": 1e-4}
# So many rows tell of statements on the whole.
MANY = 20_000
# What a statement binds anew.
GLOBALS = "global x, answer"


class Failed(Exception):
    """Martlet raises where NumPy does not, or its answer is another."""


class NotThere(Exception):
    """NumPy has no such statement: its dtypes or shapes do not go together."""


def prepare(row: Row, module) -> tuple[dict, dict]:
    """The names of the statement for NumPy and for the module, with numbers of its domain.

    The first range of numbers on which NumPy reports no floating-point event is the domain. Where
    there is none, as for a long product, the last range serves.
    """
    for low, high in row.ranges():
        for events in ("raise", "ignore"):
            try:
                with numpy.errstate(all=events):
                    exec(row.run, row.names(numpy, low, high))
                if events == "raise":
                    return row.names(numpy, low, high), row.names(module, low, high)
            except FloatingPointError:
                continue
            except Exception as error:
                raise NotThere from error
    return row.names(numpy, low, high), row.names(module, low, high)


def check(row: Row, expected, found) -> None:
    """Types and shapes must agree, and numbers as far as orders of summing leave them."""
    if isinstance(expected, (tuple, list)):
        if len(expected) != len(found):
            raise Failed(f"{len(found)} results instead of {len(expected)}")
        for one, other in zip(expected, found, strict=True):
            check(row, one, other)
    elif isinstance(expected, (numpy.ndarray, numpy.generic)):
        found = numpy.asarray(found)
        if expected.dtype != found.dtype or expected.shape != found.shape:
            raise Failed(f"{found.dtype}{found.shape}, not {expected.dtype}{expected.shape}")
        if not row.defined or not numpy.isfinite(expected).all():
            return
        if not row.ordered:
            expected, found = numpy.sort(expected), numpy.sort(found)
        rtol = RTOL.get(expected.dtype.name, 1e-9)
        # The inputs are about 1, so what should be 0 is off by as much as 1 would be.
        scale = max(1.0, float(numpy.abs(expected).max())) if expected.size else 1.0
        if not numpy.allclose(found, expected, rtol=rtol, atol=rtol * scale, equal_nan=True):
            raise Failed("other numbers")


def measure(row: Row, module, force) -> tuple[float, float]:
    """The best seconds of NumPy and of the module."""
    theirs, ours = prepare(row, module)
    exec(row.run, theirs)
    try:
        exec(row.run, ours)
        # What is put off is part of the statement.
        later = [name for name, value in ours.items() if getattr(value, "_is_pending", False)]
        check(row, theirs["answer"], ours["answer"])
    except Exception as error:
        raise Failed(f"{type(error).__name__}: {error}") from error
    statement = row.statement
    if later:
        statement = f"{row.run}; " + "; ".join(f"force({name})" for name in later)
    clocks = [
        timeit.Timer(statement, GLOBALS, globals={**theirs, "force": lambda value: value}),
        timeit.Timer(statement, GLOBALS, globals={**ours, "force": force}),
    ]
    best = []
    for each in clocks:
        each.timeit(2)
        best.append(max(each.timeit(3) / 3, 1e-8))
    loops = [max(1, min(5000, round(SAMPLE / seconds))) for seconds in best]
    for _ in range(SAMPLES):
        for i, each in enumerate(clocks):
            best[i] = min(best[i], each.timeit(loops[i]) / loops[i])
    return best[0], best[1]


def drawn(count: int, seed: int, only: str):
    """Endlessly often a subject, each as likely, and one of its rows; none of them twice."""
    generator = random.Random(seed)
    table = [(name, rows) for name, rows in subjects().items() if only in name]
    seen = set()
    for _ in range(1000 * count):
        name, rows = generator.choice(table)
        row = generator.choice(rows)
        if row.name not in seen:
            seen.add(row.name)
            yield row


def geometric_mean(ratios) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")


def print_drawn_rows(options) -> list[dict]:
    """The distribution and the worst; returns the results."""
    module = importlib.import_module(options.module)
    is_numpy = module is numpy
    evaluate = (lambda value: value) if is_numpy else importlib.import_module("martlet").evaluate

    def force(value):
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, module.ndarray):
                evaluate(part)

    seed = random.randrange(10**6) if options.seed is None else options.seed
    if options.all:
        title, wanted = "all statements", math.inf
        rows = (row for name, rows in subjects().items() if options.only in name for row in rows)
    else:
        title, wanted = f"{options.count} statements drawn with --seed {seed}", options.count
        rows = drawn(options.count, seed, options.only)

    warnings.simplefilter("ignore")
    clock.let_memory_be_kept()
    for reason in without_recipe:
        print(f"not drawn: {reason}")
    results, absent, start = [], 0, time.perf_counter()
    for row in rows:
        if len(results) >= wanted:
            break
        found = {
            "name": row.name,
            "statement": row.statement,
            "size": row.size,
            "kind": row.kind,
            "same": True,
        }
        try:
            found["numpy"], found["martlet"] = measure(row, module, force)
            found["ratio"] = found["numpy"] / found["martlet"]
        except NotThere:
            absent += 1
            continue
        except Failed as failure:
            found["same"], found["problem"] = False, str(failure)
        results.append(found)
        if options.all and len(results) % 1000 == 0:
            print(f"   {len(results)} rows", flush=True)
    spent = time.perf_counter() - start
    print(f"\n-- {title}: {len(results)} rows in {spent:.0f} s ({absent} that NumPy does not have)")
    summarise([found for found in results if "ratio" in found])
    for found in results:
        if not found["same"]:
            print(f"DIFFERS {found['name']}: {found['problem'][:160]}")
    return results


def summarise(results: list[dict], worst: int = 30) -> None:
    if not results:
        return
    results = sorted(results, key=lambda found: found["ratio"])

    def line(title, some):
        ratios = [found["ratio"] for found in some]
        if ratios:
            print(
                f"{title:36}{len(ratios):6}{ratios[0]:8.2f}{ratios[len(ratios) // 100]:8.2f}"
                f"{ratios[len(ratios) // 10]:8.2f}{ratios[len(ratios) // 2]:8.2f}"
                f"{geometric_mean(ratios):11.2f}{sum(ratio < LEAST for ratio in ratios):8}"
            )

    print(
        f"{'':36}{'rows':>6}{'worst':>8}{'1 %':>8}{'10 %':>8}{'median':>8}{'geo. mean':>11}"
        f"{'< ' + str(LEAST):>8}"
    )
    line("all", results)
    line("up to 1000 elements", [found for found in results if found["size"] <= 1000])
    line("above", [found for found in results if found["size"] > 1000])
    for key in ("size", "kind"):
        for value in sorted({found[key] for found in results}):
            line(
                f"{value} elements" if key == "size" else value,
                [found for found in results if found[key] == value],
            )
    if len(results) > MANY:
        by_statement: dict[str, list[dict]] = {}
        for found in results:
            by_statement.setdefault(found["statement"], []).append(found)
        means = [
            (geometric_mean([f["ratio"] for f in some]), s) for s, some in by_statement.items()
        ]
        print("-- statements that are slowest on the whole")
        for _, statement in sorted(means)[:worst]:
            line(statement, by_statement[statement])
    print(f"to reach: worst {LEAST}, geometric means {TARGET}\n-- the worst")
    for found in results[:worst]:
        print(
            f"{found['name']:76}{clock.show(found['numpy']):>9}{clock.show(found['martlet']):>9}"
            f"{found['ratio']:7.2f}"
        )
