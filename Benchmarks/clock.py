"""Times two or more ways to do the same, in turns, so that a noisy machine disturbs all alike."""

import time
from collections.abc import Callable

import numpy

# One turn runs the same again and again for so many seconds. OpenBLAS's threads spin for some 30 ms
# after a product, and two libraries may bring one each: the end of a turn is free of the other's.
TURN = 0.06
# Long programs are not repeated once so much time has gone, but for a second turn.
ENOUGH = 2.0


def let_memory_be_kept() -> None:
    """Shows NumPy at its best, whatever ran before.

    glibc gives large blocks back to the system at once, until the program has freed one of the same
    size: from then on it keeps blocks up to that size, 32 MiB at most, and NumPy's temporaries cost
    no page faults any more.
    """
    numpy.empty(2**25 - 2**16, numpy.uint8)


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def best_in_turns(calls: list[Callable], turns: int = 4) -> list[float]:
    """The best seconds of each call."""
    best = [float("inf")] * len(calls)
    begin = time.perf_counter()
    for turn in range(turns):
        if turn >= 2 and time.perf_counter() - begin > ENOUGH:
            break
        for i, call in enumerate(calls):
            end = time.perf_counter() + TURN
            while True:
                best[i] = min(best[i], seconds(call))
                if time.perf_counter() > end:
                    break
    return best


def show(seconds: float) -> str:
    for unit, scale in (("ns", 1e9), ("µs", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds:.3g} s"
