"""Times two or more ways to do the same, in turns, so that a noisy machine disturbs all alike."""

import time
from collections.abc import Callable


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def best_in_turns(calls: list[Callable], budget: float, least: int = 3, most: int = 50):
    """The best seconds of each call, run in turns until the budget of seconds is spent."""
    best = [float("inf")] * len(calls)
    end = time.perf_counter() + budget
    for turn in range(most):
        if turn >= least and time.perf_counter() > end:
            break
        for i, call in enumerate(calls):
            best[i] = min(best[i], seconds(call))
    return best


def show(seconds: float) -> str:
    for unit, scale in (("ns", 1e9), ("µs", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds:.3g} s"
