"""Whole programs, at three sizes each: NumPy's time over Martlet's.

python Benchmarks/bench.py --programs [--only TEXT] [--sizes 0,1] [--markdown] [--no-peers]
"""

import importlib
import importlib.util
import math
import warnings
from dataclasses import replace

import clock
import numpy
from program import Program, compiled, families, load

LABELS = ("small", "middle", "large")
# A program below this share of NumPy's speed is a defect.
LEAST = 0.95
# The geometric mean to reach at the smallest and at the largest size.
TARGETS = (2.0, None, 3.0)
# Under `jit`, against numba.
JIT_LEAST, JIT_TARGET = 0.8, 1.3


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


def jit_run(family: str, program: Program, inputs: dict):
    from martlet import njit

    function = getattr(compiled(family, njit), program.name)
    return lambda: function(**inputs)


def numba_run(family: str, program: Program, inputs: dict):
    from numba import njit

    function = getattr(compiled(family, njit), program.name)
    return lambda: function(**inputs)


def jax_run(family: str, program: Program, inputs: dict):
    import jax

    jax.config.update("jax_enable_x64", True)
    function = getattr(load(family, jax.numpy), program.name)
    arrays = {k: jax.numpy.asarray(v) for k, v in inputs.items() if numpy.ndim(v)}
    numbers = {k: v for k, v in inputs.items() if not numpy.ndim(v)}
    call = jax.jit(lambda values: function(**values, **numbers))
    return lambda: jax.block_until_ready(call(arrays))


# What else can run a program as it is: the functions compiled, by Martlet and by others.
PEERS = {"jit": jit_run, "numba": numba_run, "jax": jax_run}


def installed_peers() -> list[str]:
    return ["jit", *(name for name in ("numba", "jax") if importlib.util.find_spec(name))]


def peer_times(family: str, program: Program, inputs: dict, peers: list[str], expected):
    """The seconds of each peer that can compile the program and finds the same."""
    times = {}
    for peer in peers:
        try:
            run = PEERS[peer](family, program, inputs)
            compare(replace(program, exact=False), expected, run())  # compiled before it is timed
        except Exception:
            continue  # its language has not all that the program uses: no figure
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
    times = peer_times(family, program, theirs_inputs, peers, expected)
    return {
        "numpy": theirs,
        "martlet": martlet,
        "ratio": theirs / martlet,
        "peers": {name: theirs / spent for name, spent in times.items()},
        "problem": problem,
    }


def geometric_mean(ratios: list[float]) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")


def figures(results: list[dict], size: int) -> list[dict]:
    """What was measured at this size, each with its program's name."""
    return [
        {"name": row["name"], "size": size, **row["sizes"][size]}
        for row in results
        if "ratio" in (row["sizes"][size] or {})
    ]


def print_markdown(results: list[dict], peers: list[str]) -> None:
    """The table of the README, the programs with most to gain first."""
    heads = ["Program", "1 ms", "30 ms", "1 s", *(f"`{peer}`, 1 s" for peer in peers)]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")

    def line(title, sizes, others):
        cells = [f"{ratio:.2f}" if ratio else "" for ratio in (*sizes, *others)]
        print(f"| {title} | {' | '.join(cells)} |")

    found = [{figure["name"]: figure for figure in figures(results, size)} for size in range(3)]
    order = {name: figure["ratio"] for name, figure in found[2].items()}
    for row in sorted(results, key=lambda row: -order.get(row["name"], 0)):
        name = row["name"]
        largest = found[2].get(name, {}).get("peers", {})
        ratios = [some.get(name, {}).get("ratio") for some in found]
        line(name.replace("_", " "), ratios, [largest.get(peer) for peer in peers])
    means = [geometric_mean([f["ratio"] for f in some.values()]) for some in found if some]
    line("**geometric mean**", means, [None] * len(peers))


def summarise(results: list[dict], worst: int = 30) -> None:
    print("\n-- worst first")
    every = [figure for size in range(3) for figure in figures(results, size)]
    for figure in sorted(every, key=lambda figure: figure["ratio"])[:worst]:
        print(f"{figure['name']:24}{LABELS[figure['size']]:8}{figure['ratio']:8.2f}")
    print()
    for size, target in enumerate(TARGETS):
        found = figures(results, size)
        if not found:
            continue
        ratios = [figure["ratio"] for figure in found]
        wanted = f", to reach {target:g}" if target else ""
        print(
            f"{LABELS[size]:8}geometric mean {geometric_mean(ratios):.2f}{wanted};"
            f" {sum(ratio < LEAST for ratio in ratios)} of {len(ratios)} below {LEAST}"
        )
        both = {
            figure["name"]: figure["peers"]["jit"] / figure["peers"]["numba"]
            for figure in found
            if {"jit", "numba"} <= set(figure["peers"])
        }
        if both:
            slower = sorted((ratio, name) for name, ratio in both.items() if ratio < JIT_LEAST)
            print(
                f"{'':8}under jit, numba's time over Martlet's: geometric mean"
                f" {geometric_mean(list(both.values())):.2f}, to reach {JIT_TARGET};"
                f" {len(slower)} of {len(both)} below {JIT_LEAST}"
                + "".join(f"; {name} {ratio:.2f}" for ratio, name in slower)
            )


def print_program_rows(options) -> list[dict]:
    """The table, then the worst first; returns the results."""
    warnings.simplefilter("ignore")  # Overflow is part of some programs, and no news.
    clock.let_memory_be_kept()
    peers = [] if options.no_peers else installed_peers()
    results = []
    for family in families():
        for program in load(family).PROGRAMS:
            if options.only not in f"{family} {program.name}":
                continue
            found = [None] * 3
            for i in map(int, options.sizes.split(",")):
                found[i] = measure(family, program, program.sizes[i], options.module, peers)
                print(describe(program.name, i, program.sizes[i], found[i]), flush=True)
            same = not any(one and one["problem"] for one in found)
            results.append({"family": family, "name": program.name, "sizes": found, "same": same})
    summarise(results)
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
