"""Other libraries on the rows they can run as written, when they are installed."""

import importlib.util
import timeit

from targets.rows import Row

NAMES = ["numexpr", "numba", "jax"]


def installed() -> list[str]:
    return [name for name in NAMES if importlib.util.find_spec(name)]


def clocks(row: Row, inputs: dict) -> dict[str, timeit.Timer]:
    """A timer for each installed peer that can run the row, compiled before it is timed."""
    makers = {"numexpr": numexpr_call, "numba": numba_call, "jax": jax_call}
    timers = {}
    for name in installed():
        if name in row.peers:
            call = makers[name](row, inputs)
            call()
            timers[name] = timeit.Timer("call()", globals={"call": call})
    return timers


def numexpr_call(row: Row, inputs: dict):
    import numexpr

    expression = row.program.replace("np.", "")
    return lambda: numexpr.evaluate(expression, local_dict=inputs)


def numba_call(row: Row, inputs: dict):
    import numba
    import numpy

    names = {"np": numpy}
    function = eval(f"lambda {', '.join(inputs)}: {row.program}", names)
    compiled = numba.njit(parallel=True)(function)
    values = list(inputs.values())
    return lambda: compiled(*values)


def jax_call(row: Row, inputs: dict):
    import jax

    jax.config.update("jax_enable_x64", True)
    run = row.function()
    compiled = jax.jit(lambda values: run(jax.numpy, **values))
    values = {name: jax.numpy.asarray(value) for name, value in inputs.items()}
    return lambda: compiled(values).block_until_ready()
