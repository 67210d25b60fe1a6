"""What this machine can do at most, measured: memory bandwidth by level of cache, and FLOP/s.

NumPy is only the means here. A level's bandwidth is the best of reading (the maximum), copying and
adding two arrays into a third, on all cores at once (over threads, since NumPy releases the
interpreter's lock), with a working set of half the level's size. So it bounds any mixture of reads
and writes of what lies there. Each call walks the same short arrays many times, through a stride of
0, so that the calls themselves cost nothing. The FLOP/s are those of OpenBLAS's products.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import as_strided

# Bytes of each level for one core, where the system does not say.
USUAL = {"L1": 2**15, "L2": 2**20, "L3": 2**25}
MEMORY = 2**29
ROUNDS = 3
# What one call walks over, at least.
WALK = 2**25


@dataclass
class Machine:
    threads: int
    capacity: dict[str, float]  # level -> bytes that all cores together have there
    bandwidth: dict[str, float]  # level -> bytes per second
    flops: dict[str, float]  # dtype name -> floating-point operations per second

    def best_seconds(self, touched: float, flops: float, dtype: str) -> float:
        """No program that touches so much memory and computes so much can take less here.

        Each level can serve as many of the bytes as it holds, and no more.
        """
        seconds, served = 0.0, 0.0
        for name, speed in self.bandwidth.items():
            part = max(0.0, min(touched, self.capacity.get(name, touched)) - served)
            seconds += part / speed
            served += part
        return max(seconds, flops / self.flops[dtype])

    def describe(self) -> str:
        speeds = ", ".join(
            f"{name} {speed / 1e9:.0f} GB/s" for name, speed in self.bandwidth.items()
        )
        peak = ", ".join(f"{name} {rate / 1e9:.0f} GFLOP/s" for name, rate in self.flops.items())
        return f"{self.threads} threads; {speeds}; {peak}"


def cache_sizes(threads: int) -> dict[str, float]:
    """Bytes of each level of cache that so many threads on different cores have together."""
    found = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            level, kind, size = (
                (folder / f).read_text().strip() for f in ("level", "type", "size")
            )
            shared = (folder / "shared_cpu_list").read_text().strip()
        except OSError:
            continue
        if kind != "Instruction" and size.endswith("K"):
            own = int(size[:-1]) * 1024
            found[f"L{level}"] = own if "-" in shared or "," in shared else own * threads
    usual = {name: size * (1 if name == "L3" else threads) for name, size in USUAL.items()}
    return found or usual


def together(work: Callable[[int], None], threads: int) -> float:
    """The seconds that the threads take for their parts of the work."""
    workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start


def repeated(array: np.ndarray, times: int) -> np.ndarray:
    return as_strided(array, (times, array.size), (0, array.itemsize))


def measure_bandwidth(working_set: int, threads: int) -> float:
    """The best bytes per second of the three kinds of traffic."""
    best = 0.0
    for arrays in (1, 2, 3):
        count = max(64, working_set // (8 * arrays * threads))
        times = max(1, WALK // (8 * count))
        parts = [[np.ones(count) for _ in range(arrays)] for _ in range(threads)]
        calls = max(1, 2**28 // (8 * arrays * count * times * threads))

        def read(part, times=times):
            repeated(part[0], times).max(axis=1)

        def copy(part, times=times):
            np.copyto(repeated(part[0], times), repeated(part[1], times))

        def add(part, times=times):
            first, second, third = (repeated(array, times) for array in part)
            np.add(first, second, out=third)

        def work(i, run=(read, copy, add)[arrays - 1], parts=parts, calls=calls):
            for _ in range(calls):
                run(parts[i])

        together(work, threads)
        seconds = min(together(work, threads) for _ in range(3))
        best = max(best, 8 * arrays * count * times * calls * threads / seconds)
    return best


def measure_flops(dtype: str) -> float:
    best = 0.0
    for n in (512, 1024, 1536):
        a = np.ones((n, n), dtype)
        a @ a
        for _ in range(4):
            start = time.perf_counter()
            a @ a
            best = max(best, 2 * n**3 / (time.perf_counter() - start))
    return best


def measure() -> Machine:
    """The best of several rounds, so that a moment's noise lowers no limit."""
    threads = int(os.environ.get("MARTLET_THREADS") or len(os.sched_getaffinity(0)))
    capacity = cache_sizes(threads)
    sets = {**{name: int(size) // 2 for name, size in capacity.items()}, "memory": MEMORY}
    speeds, flops = dict.fromkeys(sets, 0.0), dict.fromkeys(("float64", "float32"), 0.0)
    for _ in range(ROUNDS):
        for name, size in sets.items():
            speeds[name] = max(speeds[name], measure_bandwidth(size, threads))
        for name in flops:
            flops[name] = max(flops[name], measure_flops(name))
    # What is nearer is no slower, though short arrays show less of it.
    slowest = 0.0
    for name in reversed(speeds):
        speeds[name] = slowest = max(slowest, speeds[name])
    return Machine(threads, capacity, speeds, flops)


if __name__ == "__main__":
    print(measure().describe())
