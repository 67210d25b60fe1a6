"""Whole programs, at three sizes each: NumPy's time over Martlet's.

python Benchmarks/bench.py --programs [--only TEXT] [--sizes 0,1] [--markdown] [--no-peers]
"""

import importlib
import importlib.util
import math
import warnings

import clock
import numpy
from program import Program, compiled, families, load

LABELS = ("small", "middle", "large")
# A program below this share of NumPy's speed is a defect.
LEAST = 0.95
# The geometric mean to reach at the smallest and at the largest size.
TARGETS = (2.0, None, 3.0)
PEERS = ("numba", "jax")


class Differs(Exception):
    """The results of a program are not NumPy's."""


def arrays_of(module, inputs: dict) -> dict:
    return {
        name: module.asarray(value.copy()) if isinstance(value, numpy.ndarray) else value
        for name, value in inputs.items()
    }


def parts(result) -> list:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def compare(program: Program, expected, actual) -> None:
    """Raises where the results are not as equal as the program says."""
    expected, actual = parts(expected), parts(actual)
    if len(expected) != len(actual):
        raise Differs(f"{len(actual)} results instead of {len(expected)}")
    for wanted, found in zip(expected, actual, strict=True):
        wanted, found = numpy.asarray(wanted), numpy.asarray(found)
        if wanted.shape != found.shape or wanted.dtype != found.dtype:
            raise Differs(f"{found.dtype}{found.shape} instead of {wanted.dtype}{wanted.shape}")
        if program.exact:
            if wanted.tobytes() != found.tobytes():
                raise Differs("other bits")
            continue
        single = wanted.dtype in (numpy.float32, numpy.complex64)
        rtol = program.single_rtol if single else program.rtol
        scale = float(numpy.abs(wanted).max()) if wanted.size else 0.0
        if not numpy.allclose(found, wanted, rtol=rtol, atol=rtol * scale, equal_nan=True):
            worst = float(numpy.abs(found - wanted).max())
            raise Differs(f"{worst:g} apart, at a scale of {scale:g}")


def martlet_run(family: str, name: str, module: str):
    """What runs the program with Martlet until its results are there."""
    library = importlib.import_module(module)
    function = getattr(load(family, library), name)
    if library is numpy:
        return function, library
    evaluate = importlib.import_module("martlet").evaluate

    def run(**inputs):
        result = function(**inputs)
        for part in parts(result):
            if isinstance(part, library.ndarray):
                evaluate(part)
        return result

    return run, library


def numba_run(family: str, program: Program):
    import numba

    function = getattr(compiled(family, numba.njit), program.name)
    return lambda inputs: lambda: function(**inputs)


def jax_run(family: str, program: Program):
    import jax

    jax.config.update("jax_enable_x64", True)
    function = getattr(load(family, jax.numpy), program.name)

    def prepare(inputs):
        arrays = {k: jax.numpy.asarray(v) for k, v in inputs.items() if numpy.ndim(v)}
        numbers = {k: v for k, v in inputs.items() if not numpy.ndim(v)}
        call = jax.jit(lambda values: function(**values, **numbers))
        return lambda: jax.block_until_ready(call(arrays))

    return prepare


def peer_times(family: str, program: Program, inputs: dict, peers: list[str]) -> dict[str, float]:
    times = {}
    for peer in peers:
        if getattr(program, peer):
            run = (numba_run if peer == "numba" else jax_run)(family, program)(inputs)
            run()  # compiled before it is timed
            times[peer] = clock.best_in_turns([run])[0]
    return times


def measure(family: str, program: Program, size: int, module: str, peers: list[str]) -> dict:
    inputs = program.inputs(size)
    ours, library = martlet_run(family, program.name, module)
    theirs_inputs, ours_inputs = arrays_of(numpy, inputs), arrays_of(library, inputs)
    # Every second run must find what the first one found: inputs are not written.
    expected, problem = program.function(**theirs_inputs), None
    for _ in range(2):
        try:
            compare(program, expected, ours(**ours_inputs))
        except Differs as difference:
            problem = str(difference)
        except Exception as error:
            return {"problem": f"{type(error).__name__}: {error}"}
    calls = [lambda: program.function(**theirs_inputs), lambda: ours(**ours_inputs)]
    theirs, martlet = clock.best_in_turns(calls)
    times = peer_times(family, program, theirs_inputs, peers)
    return {
        "numpy": theirs,
        "martlet": martlet,
        "ratio": theirs / martlet,
        "peers": {name: theirs / spent for name, spent in times.items()},
        "problem": problem,
    }


def geometric_mean(ratios: list[float]) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")


def cell(found: dict | None) -> str:
    if found is None:
        return ""
    return f"{found['ratio']:.2f}" if "ratio" in found else "fails"


def print_markdown(results: list[dict], peers: list[str]) -> None:
    """The table of the README."""
    heads = ["Program", *(f"{label}" for label in LABELS), *(f"{peer}, large" for peer in peers)]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in results:
        largest = row["sizes"][-1] or {}
        columns = [
            *(cell(found) for found in row["sizes"]),
            *(f"{v:.2f}" if (v := largest.get("peers", {}).get(p)) else "" for p in peers),
        ]
        print(f"| {row['name'].replace('_', ' ')} | {' | '.join(columns)} |")
    means = [
        geometric_mean(
            [r["sizes"][i]["ratio"] for r in results if "ratio" in (r["sizes"][i] or {})]
        )
        for i in range(3)
    ]
    blanks = " | " * len(peers)
    print(f"| **geometric mean** | {' | '.join(f'{mean:.2f}' for mean in means)}{blanks} |")


def print_program_rows(options) -> list[dict]:
    """The table, the worst first; returns the results."""
    warnings.simplefilter("ignore")  # Overflow is part of some programs, and no news.
    clock.let_memory_be_kept()
    peers = []
    if not options.no_peers:
        peers = [name for name in PEERS if importlib.util.find_spec(name)]
    sizes = [int(size) for size in options.sizes.split(",")]
    results = []
    for family in families():
        for program in load(family).PROGRAMS:
            if options.only not in f"{family} {program.name}":
                continue
            found = [None] * 3
            for i in sizes:
                found[i] = measure(family, program, program.sizes[i], options.module, peers)
                print(describe(program.name, i, program.sizes[i], found[i]), flush=True)
            same = not any(one and one["problem"] for one in found)
            results.append({"family": family, "name": program.name, "sizes": found, "same": same})

    every = [
        (found["ratio"], row["name"], i)
        for row in results
        for i, found in enumerate(row["sizes"])
        if "ratio" in (found or {})
    ]
    print("\n-- worst first")
    for ratio, name, i in sorted(every)[:30]:
        print(f"{name:24}{LABELS[i]:8}{ratio:8.2f}")
    print()
    for i in sizes:
        ratios = [ratio for ratio, _, size in every if size == i]
        target = f", to reach {TARGETS[i]:g}" if TARGETS[i] else ""
        slower = sum(ratio < LEAST for ratio in ratios)
        print(
            f"{LABELS[i]:8}geometric mean {geometric_mean(ratios):.2f}{target};"
            f" {slower} of {len(ratios)} below {LEAST}"
        )
    if options.markdown:
        print_markdown(results, peers)
    return results


def describe(name: str, label: int, size: int, found: dict) -> str:
    line = f"{name:24}{LABELS[label]:8}{size:>10}"
    if "ratio" in found:
        line += f"{clock.show(found['numpy']):>10}{clock.show(found['martlet']):>10}"
        line += f"{found['ratio']:8.2f}"
        line += "".join(f"  {peer} {ratio:.2f}" for peer, ratio in found["peers"].items())
    return line + (f"  DIFFERS: {found['problem']}" if found["problem"] else "")
