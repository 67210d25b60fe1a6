"""How fast kernels that users write are, against numba's from the same Python functions.

    python Benchmarks/kernels.py [--quick]

Each row alternates the two in one run and reports medians; `ratio` is numba's time over Martlet's.
numba must be installed. The functions are the literature's: nothing in them is for either.
"""

import argparse
import ctypes
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np


def black_scholes(price, strike, years, rate, volatility):
    deviation = volatility * math.sqrt(years)
    d1 = (math.log(price / strike) + (rate + 0.5 * volatility * volatility) * years) / deviation
    d2 = d1 - deviation
    k1 = 1.0 / (1.0 + 0.2316419 * abs(d1))
    k2 = 1.0 / (1.0 + 0.2316419 * abs(d2))
    # The polynomial of Abramowitz and Stegun, 26.2.17.
    inner1 = 1.781477937 + k1 * (-1.821255978 + k1 * 1.330274429)
    inner2 = 1.781477937 + k2 * (-1.821255978 + k2 * 1.330274429)
    sum1 = k1 * (0.31938153 + k1 * (-0.356563782 + k1 * inner1))
    sum2 = k2 * (0.31938153 + k2 * (-0.356563782 + k2 * inner2))
    tail1 = 0.39894228040143267 * math.exp(-0.5 * d1 * d1) * sum1
    tail2 = 0.39894228040143267 * math.exp(-0.5 * d2 * d2) * sum2
    n1 = 1.0 - tail1 if d1 > 0 else tail1
    n2 = 1.0 - tail2 if d2 > 0 else tail2
    return price * n1 - strike * math.exp(-rate * years) * n2


def naive_convolve(f, g, h):
    vmax, wmax = f.shape
    smax, tmax = g.shape
    smid, tmid = smax // 2, tmax // 2
    xmax, ymax = h.shape
    for x in range(xmax):
        for y in range(ymax):
            s_from = max(smid - x, -smid)
            s_to = min((xmax - x) - smid, smid + 1)
            t_from = max(tmid - y, -tmid)
            t_to = min((ymax - y) - tmid, tmid + 1)
            value = 0.0
            for s in range(s_from, s_to):
                for t in range(t_from, t_to):
                    v = x - smid + s
                    w = y - tmid + t
                    value += g[smid - s, tmid - t] * f[v, w]
            h[x, y] = value


def mandelbrot(image, limit):
    height, width = image.shape
    for i in range(height):
        for j in range(width):
            cr = -2.0 + 3.0 * j / width
            ci = -1.5 + 3.0 * i / height
            zr = 0.0
            zi = 0.0
            count = 0
            while count < limit and zr * zr + zi * zi < 4.0:
                zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
                count += 1
            image[i, j] = count


def n_body(positions, masses, forces):
    n = positions.shape[0]
    for i in range(n):
        fx = 0.0
        fy = 0.0
        fz = 0.0
        for j in range(n):
            dx = positions[j, 0] - positions[i, 0]
            dy = positions[j, 1] - positions[i, 1]
            dz = positions[j, 2] - positions[i, 2]
            square = dx * dx + dy * dy + dz * dz + 0.01
            factor = masses[j] / (square * math.sqrt(square))
            fx += dx * factor
            fy += dy * factor
            fz += dz * factor
        forces[i, 0] = fx
        forces[i, 1] = fy
        forces[i, 2] = fz


def k_means(points, centres, labels, sums, counts, steps):
    n, d = points.shape
    k = centres.shape[0]
    for _ in range(steps):
        for c in range(k):
            counts[c] = 0
            for j in range(d):
                sums[c, j] = 0.0
        for i in range(n):
            best = 0
            least = 1e300
            for c in range(k):
                distance = 0.0
                for j in range(d):
                    difference = points[i, j] - centres[c, j]
                    distance += difference * difference
                if distance < least:
                    least = distance
                    best = c
            labels[i] = best
            counts[best] += 1
            for j in range(d):
                sums[best, j] += points[i, j]
        for c in range(k):
            if counts[c] > 0:
                for j in range(d):
                    centres[c, j] = sums[c, j] / counts[c]


def rows(generator):
    """Name, decorator, function and a maker of arguments."""
    n = 1_000_000
    image = generator.random((1000, 1000))
    weights = generator.random((9, 9))
    positions = generator.random((1000, 3))
    masses = generator.random(1000)
    points = generator.random((100_000, 10))

    def option_arguments():
        return (
            50 + 50 * generator.random(n), 50 + 50 * generator.random(n),
            0.1 + generator.random(n), 0.02, 0.3,
        )  # fmt: skip

    return [
        ("vectorize: Black-Scholes, 1e6", "vectorize", black_scholes, option_arguments),
        ("jit: naive_convolve, 1000² with 9²", "jit", naive_convolve,
         lambda: (image, weights, np.zeros((1000, 1000)))),
        ("jit: Mandelbrot, 500², 200 steps", "jit", mandelbrot,
         lambda: (np.zeros((500, 500), np.int64), 200)),
        ("jit: n-body, 1000", "jit", n_body, lambda: (positions, masses, np.zeros((1000, 3)))),
        ("jit: k-means, 1e5 × 10, k = 8, 3 steps", "jit", k_means,
         lambda: (points, points[:8].copy(), np.zeros(100_000, np.int64), np.zeros((8, 10)),
                  np.zeros(8, np.int64), 3)),
    ]  # fmt: skip


def compiled(library, decorator, function):
    if decorator == "vectorize":
        signature = "float64(float64, float64, float64, float64, float64)"
        return library.vectorize([signature])(function)
    return library.njit(function)


def seconds(call, arguments, finish):
    """How long a call takes until its result is there."""
    start = time.perf_counter()
    finish(call(*arguments))
    return time.perf_counter() - start


def compare(numba, martlet, quick):
    from martlet.numpy import ndarray

    def finish(result):
        if type(result) is ndarray:
            martlet.evaluate(result)

    print(f"{'':42} {'numba':>10} {'Martlet':>10} {'ratio':>7}")
    for name, decorator, function, arguments in rows(np.random.default_rng(0)):
        theirs = compiled(numba, decorator, function)
        ours = compiled(martlet, decorator, function)
        given = arguments()
        # What they write must agree before anything is timed.
        second = [np.copy(a) if isinstance(a, np.ndarray) else a for a in given]
        expected = [np.copy(a) if isinstance(a, np.ndarray) else a for a in given]
        ours_result, theirs_result = ours(*second), theirs(*expected)
        if decorator == "vectorize":
            np.testing.assert_allclose(np.asarray(ours_result), theirs_result, rtol=1e-12)
        for a, b in zip(second, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9)
        times = ([], [])
        for _ in range(5 if quick else 15):
            for samples, call in zip(times, (theirs, ours), strict=True):
                samples.append(seconds(call, given, finish))
        slow, fast = (statistics.median(samples) for samples in times)
        print(f"{name:42} {1e3 * slow:8.2f}ms {1e3 * fast:8.2f}ms {slow / fast:7.2f}")


def compare_with_c(martlet, quick):
    """naive_convolve against the same by hand in C, bit for bit."""
    compiler = os.environ.get("CC") or shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        print("\nThere is no C compiler to compare with; CC names one.")
        return
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, "tiled_convolve.so")
        source = os.path.join(os.path.dirname(__file__), "tiled_convolve.c")
        subprocess.run(
            [compiler, "-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC", source,
             "-o", library], check=True,
        )  # fmt: skip
        function = ctypes.CDLL(library).tiled_convolve

    def by_hand(f, g, h):
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (f, g, h)]
        function(*pointers, *map(ctypes.c_long, (*f.shape, *g.shape)))

    ours = martlet.njit(naive_convolve)
    generator = np.random.default_rng(0)
    given = generator.random((1000, 1000)), generator.random((9, 9))
    results = np.zeros((2, 1000, 1000))
    times = ([], [])
    for _ in range(5 if quick else 15):
        for samples, call, result in zip(times, (by_hand, ours), results, strict=True):
            samples.append(seconds(call, (*given, result), lambda result: None))
    assert (results[0] == results[1]).all()
    slow, fast = (statistics.median(samples) for samples in times)
    print(f"\n{'':42} {'C':>10} {'Martlet':>10} {'ratio':>7}")
    title = "jit: naive_convolve, by hand in C"
    print(f"{title:42} {1e3 * slow:8.2f}ms {1e3 * fast:8.2f}ms {slow / fast:7.2f}")


FIRST = """
import sys, time
import numpy as np
start = time.perf_counter()
from {library} import njit
imported = time.perf_counter()
@njit
def f(x):
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i] * x[i]
    return total
x = np.arange(10.0)
begun = time.perf_counter()
f(x)
print(imported - start, time.perf_counter() - begun)
"""


def first_calls():
    """The import, and the first call of a small function: compiled, and from the disk cache."""
    print(f"\n{'':42} {'numba':>10} {'Martlet':>10} {'ratio':>7}")
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "first.py")
        found = {}
        for library in ("numba", "martlet"):
            with open(script, "w", encoding="utf-8") as file:
                file.write(FIRST.format(library=library))
            environment = dict(os.environ)
            # An installed package has compiled modules: the first run writes them.
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
            for attempt in range(-1, 4):
                cache = "compiling" if attempt < 0 else library
                environment["XDG_CACHE_HOME"] = os.path.join(folder, cache)
                text = subprocess.run(
                    [sys.executable, script], env=environment, check=True, capture_output=True,
                    text=True,
                ).stdout  # fmt: skip
                found[library, attempt] = [float(word) for word in text.split()]
    for title, index, attempts in (
        ("import", 0, (1, 2, 3)),
        ("first call, compiled", 1, (0,)),
        ("first call, from the disk cache", 1, (1, 2, 3)),
    ):
        slow, fast = (
            statistics.median(found[library, attempt][index] for attempt in attempts)
            for library in ("numba", "martlet")
        )
        print(f"{title:42} {1e3 * slow:8.2f}ms {1e3 * fast:8.2f}ms {slow / fast:7.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    quick = parser.parse_args().quick
    try:
        import numba
    except ImportError:
        sys.exit("numba is not installed, and every row compares with it: pip install numba")
    import martlet

    compare(numba, martlet, quick)
    compare_with_c(martlet, quick)
    first_calls()


if __name__ == "__main__":
    main()
