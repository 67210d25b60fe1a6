"""What this machine can do at most, measured: memory bandwidth by working set, and FLOP/s.

NumPy is only the means here. The bandwidth is that of `add` with `out=` on all cores at once (two
reads and a write per element, over threads, since NumPy releases the interpreter's lock), and the
FLOP/s are those of OpenBLAS on a large matrix product, some 90 % of what the units can do.
"""

import os
import threading
import time
from dataclasses import dataclass

import numpy as np

# Bytes touched in all; between these the bandwidth is taken from the nearest.
WORKING_SETS = [2**20, 2**23, 2**25, 2**28]


@dataclass
class Machine:
    threads: int
    bandwidth: dict[int, float]  # bytes touched -> bytes per second
    flops: dict[str, float]  # dtype name -> floating-point operations per second

    def best_seconds(self, touched: float, flops: float, dtype: str) -> float:
        """No program that touches so much memory and computes so much can take less here."""
        nearest = min(self.bandwidth, key=lambda size: abs(np.log(size / max(touched, 1))))
        return max(touched / self.bandwidth[nearest], flops / self.flops[dtype])

    def describe(self) -> str:
        speeds = ", ".join(
            f"{size / 2**20:g} MiB {speed / 1e9:.0f} GB/s" for size, speed in self.bandwidth.items()
        )
        peak = ", ".join(f"{name} {rate / 1e9:.0f} GFLOP/s" for name, rate in self.flops.items())
        return f"{self.threads} threads; memory: {speeds}; arithmetic: {peak}"


def measure_bandwidth(touched: int, threads: int) -> float:
    count = touched // (3 * 8 * threads)
    parts = [[np.ones(count) for _ in range(3)] for _ in range(threads)]
    repeats = max(3, int(2**28 // touched))

    def work(part):
        for _ in range(repeats):
            np.add(part[0], part[1], out=part[2])

    def run() -> float:
        workers = [threading.Thread(target=work, args=(part,)) for part in parts]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return time.perf_counter() - start

    run()
    return count * 24 * threads * repeats / min(run() for _ in range(3))


def measure_flops(dtype: str) -> float:
    n = 1536
    a = np.ones((n, n), dtype)
    a @ a
    best = float("inf")
    for _ in range(4):
        start = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - start)
    return 2 * n**3 / best


def measure() -> Machine:
    threads = int(os.environ.get("MARTLET_THREADS") or len(os.sched_getaffinity(0)))
    return Machine(
        threads,
        {size: measure_bandwidth(size, threads) for size in WORKING_SETS},
        {name: measure_flops(name) for name in ("float64", "float32")},
    )
