"""How computing with Dask grows with the workers: the same work on one, two and so on.

    python Benchmarks/scaling.py [--workers 1,2] [--rows 4000000] [--rounds 5]

Workers are processes of one thread on this machine, so more of them than cores show nothing. Times
are medians of whole computations, chunks made once and kept on the workers. The model is Amdahl's:
`serial + parallel / workers`, through the times of one and of two workers.
"""

import argparse
import statistics
import time

import dask
import dask.array as da
import martlet.dask  # noqa: F401
import numpy
from distributed import Client, LocalCluster, wait


def roll(block):
    return (numpy.roll(block, 1, 0) + block + numpy.roll(block, -1, 0)) / 3


PROGRAMS = {
    "standardise": lambda x: ((x - x.mean(axis=0)) / x.std(axis=0)).sum(),
    "stencil ×3": lambda x: x.map_overlap(roll, depth=(1, 0), boundary="periodic").sum(),
    "functions": lambda x: da.exp(-(x**2)).sum(axis=0),
    "covariance": lambda x: x.T @ x,
    "singular values": lambda x: da.linalg.svd(x)[1],
}


def times(workers, options):
    """Seconds of each program."""
    found = {}
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster),
        dask.config.set({"array.backend": options.backend}),
    ):
        generator = da.random.default_rng(1)
        x = generator.random((options.rows, 8), chunks=(options.rows // 16, 8)).persist()
        wait(x)
        for name, program in PROGRAMS.items():
            samples = []
            for _ in range(options.rounds + 1):
                begin = time.perf_counter()
                program(x).compute()
                samples.append(time.perf_counter() - begin)
            found[name] = statistics.median(samples[1:])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--backend", default="martlet")
    options = parser.parse_args()
    counts = [int(count) for count in options.workers.split(",")]
    rows = {count: times(count, options) for count in counts}
    print(f"{'seconds':18}" + "".join(f"{count:>9}" for count in counts) + "   speed-up  serial")
    for name in PROGRAMS:
        line = "".join(f"{rows[count][name]:9.3f}" for count in counts)
        one, last = rows[counts[0]][name], rows[counts[-1]][name]
        # From t(1) = s + p and t(n) = s + p / n.
        ratio = counts[-1] / counts[0]
        serial = max(0.0, (last * ratio - one) / (ratio - 1)) / one
        print(f"{name:18}{line}{one / last:11.2f}{serial:8.0%}")


if __name__ == "__main__":
    main()
