"""Products: every arrangement, the BLAS that computes them, its threads, and the bits."""

import itertools
import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from subject import mnp, needs_martlet

rng = np.random.default_rng(7)

TYPES = ["?", "i1", "u2", "i4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
SIZES = [
    (1, 1, 1),
    (2, 3, 4),
    (1, 5, 3),
    (5, 1, 2),
    (3, 4, 1),
    (9, 70, 2),
    (30, 30, 30),
    (70, 9, 70),
]


def whole(shape, dtype):
    """Small whole numbers, so that every order of additions gives the same."""
    values = rng.integers(-3, 4, shape)
    if np.dtype(dtype).kind == "c":
        return (values + 1j * rng.integers(-3, 4, shape)).astype(dtype)
    return (values > 0) if dtype == "?" else values.astype(dtype)


def arrangements(values):
    """The same elements as they lie in memory in many ways."""
    yield mnp.array(values)
    if values.ndim == 1:
        spread = np.zeros(3 * values.size + 1, values.dtype)
        spread[1::3] = values
        yield mnp.array(spread)[1::3]
        yield mnp.array(values[::-1].copy())[::-1]
        return
    yield mnp.array(values.T.copy()).T
    yield mnp.array(values[::-1, ::-1].copy())[::-1, ::-1]
    inside = np.zeros((values.shape[0] + 3, values.shape[1] + 4), values.dtype)
    inside[1:-2, 2:-2] = values
    yield mnp.array(inside)[1:-2, 2:-2]
    spread = np.zeros((2 * values.shape[0] + 1, 3 * values.shape[1] + 2), values.dtype)
    spread[1::2, 2::3] = values
    yield mnp.array(spread)[1::2, 2::3]


def same(expected, actual):
    if not isinstance(expected, np.ndarray):
        assert type(actual) is type(expected)
    actual = np.asarray(actual)
    assert actual.dtype == np.asarray(expected).dtype
    assert actual.shape == np.shape(expected)
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("sizes", SIZES)
def test_products_of_all_arrangements(sizes, dtype):
    rows, depth, columns = sizes
    a, b = whole((rows, depth), dtype), whole((depth, columns), dtype)
    v, w = whole(depth, dtype), whole(rows, dtype)
    for x, y in itertools.product(arrangements(a), arrangements(b)):
        same(a @ b, x @ y)
        same(a @ b, mnp.dot(x, y))
        same(np.inner(a, b.T), mnp.inner(x, y.T))
        target = mnp.ones((columns, rows), dtype).T
        assert mnp.matmul(x, y, out=target) is target
        same(a @ b, target)
        around = mnp.ones((rows + 2, 2 * columns + 2), dtype)
        mnp.matmul(x, y, out=around[1:-1, 1:-1:2])
        same(a @ b, around[1:-1, 1:-1:2])
        assert np.asarray(around)[0].all() and np.asarray(around)[:, 2::2].all()
    for x, y in itertools.product(arrangements(a), arrangements(v)):
        same(a @ v, x @ y)
        same(np.inner(v, a), mnp.inner(y, x))
        target = mnp.ones(2 * rows, dtype)
        mnp.matmul(x, y, out=target[::2])
        same(a @ v, target[::2])
    for x, y in itertools.product(arrangements(w), arrangements(a)):
        same(w @ a, x @ y)
    for x, y in itertools.product(arrangements(v), arrangements(v)):
        same(v @ v, x @ y)
        same(np.vdot(v, v), mnp.vdot(x, y))
        same(np.outer(v, v), mnp.outer(x, y))
    for x, y in itertools.product(arrangements(a), arrangements(a)):
        same(np.vdot(a, a), mnp.vdot(x, y))
        same(np.outer(a, a), mnp.outer(x, y))
        same(a @ a.T, x @ y.T)


@pytest.mark.parametrize("dtype", ["i8", "f4", "f8", "c16"])
def test_products_in_place(dtype):
    a, square = whole((6, 4), dtype), whole((4, 4), dtype)
    for place, y in itertools.product(range(5), arrangements(square)):
        x = list(arrangements(a))[place]
        before = x
        view = x[1:, ::2]
        x @= y
        assert x is before
        same(a @ square, x)
        same((a @ square)[1:, ::2], view)
    x = mnp.array(square)
    x @= x
    same(square @ square, x)


def test_outputs_that_are_operands():
    a = whole((5, 5), "f8")
    x = mnp.array(a)
    mnp.matmul(x, x, out=x)
    same(a @ a, x)
    x = mnp.array(a)
    mnp.matmul(x[:3, :3], x[:3, 2:], out=x[2:, 2:][:3, :3])
    expected = a.copy()
    expected[2:, 2:] = a[:3, :3] @ a[:3, 2:]
    same(expected, x)
    x = mnp.array(a)
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        mnp.matmul(mnp.array(a), mnp.array(a), out=x)


@needs_martlet
@pytest.mark.parametrize("size", [2, 30, 200])
def test_products_warn_as_elements_do(size):
    huge = mnp.full((size, size), 1e200)
    with pytest.warns(RuntimeWarning, match="overflow encountered in matmul"):
        huge @ huge
    endless = mnp.full(size, np.inf)
    endless[0] = -np.inf
    with pytest.warns(RuntimeWarning, match="invalid value encountered in matmul"):
        assert np.isnan(endless @ mnp.ones(size))


# MARK: The library and its threads, in processes of their own


def run(*programs, **environment):
    code = "import os, sys, threading, time\nimport numpy, martlet, martlet.numpy as np\n"
    outcome = subprocess.run(
        [sys.executable, "-c", code + "\n".join(map(textwrap.dedent, programs))],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


LIBRARIES = """
def loaded():
    lines = open("/proc/self/maps").read().split("\\n")
    return {line.split()[-1] for line in lines if "blas" in line.rpartition("/")[2]}
"""

# Sizes on both sides of each way to cut a product.
PRODUCTS = """
import hashlib
random = numpy.random.default_rng(11)
def products():
    digest = hashlib.sha256()
    for dtype in ("f4", "f8", "c8", "c16"):
        for rows, depth, columns in (
            (40, 50, 60), (170, 160, 150), (401, 300, 299), (500, 333, 96), (64, 5400, 64),
            (5400, 64, 6), (97, 20000, 3), (1, 40000, 1), (1, 700, 900), (3000, 300, 1),
            (200000, 3, 1), (2, 100000, 1), (40000, 17, 1), (1, 100, 20000),
        ):
            a = random.standard_normal((rows, depth)) + 0j
            b = random.standard_normal((depth, columns)) + 0j
            if dtype[0] == "c":
                a, b = a * (1 + 0.5j), b * (0.25 - 1j)
            else:
                a, b = a.real, b.real
            for x in (a.astype(dtype), numpy.asfortranarray(a, dtype)):
                for y in (b.astype(dtype), numpy.asfortranarray(b, dtype)):
                    result = np.array(x) @ np.array(y) if x.flags.c_contiguous else (
                        np.array(x.T.copy()).T @ np.array(y.T.copy()).T)
                    limit = 1e-3 if dtype in ("f4", "c8") else 1e-11
                    assert numpy.allclose(result, x @ y, rtol=limit, atol=limit * depth**0.5)
                    digest.update(numpy.asarray(result).tobytes())
        for rows, depth in ((64, 5400), (70, 30), (300, 200), (700, 100), (1100, 64)):
            x = random.standard_normal((rows, depth)).astype(dtype)
            m = np.array(x)
            result = numpy.asarray(m @ m.T)
            assert (result == result.T).all()
            assert numpy.allclose(result, x @ x.T, rtol=1e-3, atol=1e-3)
            digest.update(result.tobytes())
    stack = np.array(random.standard_normal((7, 90, 90)))
    digest.update(numpy.asarray(stack @ stack).tobytes())
    return digest.hexdigest()
"""


@needs_martlet
def test_the_bits_depend_on_no_number_of_threads():
    digests = {run(PRODUCTS, "print(products())", MARTLET_THREADS=str(n)) for n in (1, 2, 3, 8)}
    assert len(digests) == 1


# Sizes at which tiles end in the middle of something, and what NumPy computes with its BLAS.
ODD_PRODUCTS = """
import hashlib
def digests():
    random = numpy.random.default_rng(3)
    found = {}
    def note(name, *results):
        for result in results:
            digest = hashlib.sha256(numpy.asarray(result).tobytes()).hexdigest()[:8]
            found[name] = found.get(name, "") + digest
    for n in (97, 130, 193, 241, 255, 257, 263, 289, 350, 513):
        m = np.array(random.standard_normal((n, n + n % 7)))
        note(f"product {n}", m.T @ m, m @ m.T, m[:, :n] @ m, m[0] @ m.T, m @ m[0])
        c = m.astype("F") + 1j
        note(f"other types {n}", m.astype("f").T @ c, c @ c.T)
    for n in (70, 257, 512):
        m = np.array(random.standard_normal((n, n)))
        s = m @ m.T + n * np.eye(n)
        note(f"cholesky {n}", np.linalg.cholesky(s))
        note(f"LU {n}", np.linalg.inv(m), np.linalg.det(m / n), np.linalg.solve(m, s))
        note(f"QR {n}", *np.linalg.qr(m), np.linalg.lstsq(m[:, :20], m[0])[0])
        note(f"eigenvalues {n}", *np.linalg.eigh(s), *np.linalg.svd(m))
        note(f"by NumPy {n}", np.cov(m), np.inner(m, s), np.linalg.matrix_power(m, 3))
        note(f"norms {n}", np.linalg.norm(m, 2), np.linalg.norm(m), np.linalg.pinv(m))
    v = np.array(random.standard_normal(65537))
    note("vectors", v @ v, np.vdot(v, v), np.inner(v, v), np.linalg.norm(v), np.sum(v))
    return found
"""


@needs_martlet
def test_the_bits_at_edges_and_of_factorisations_depend_on_no_number_of_threads():
    program = "import json; print(json.dumps(digests()))"
    one, *others = (
        json.loads(run(ODD_PRODUCTS, program, MARTLET_THREADS=str(n))) for n in (1, 2, 3, 8)
    )
    for other in others:
        assert other == one


@needs_martlet
def test_the_library_is_numpys():
    out = run(
        LIBRARIES,
        "before = loaded()\na = np.ones((300, 300))\nassert (a @ a)[0, 0] == 300\n"
        "print(len(before), loaded() == before)",
    )
    count, is_same = out.split()
    if count == "0":
        pytest.skip("this NumPy has another BLAS than OpenBLAS")
    assert is_same == "True"


@needs_martlet
def test_another_library_may_be_named():
    path = run(
        LIBRARIES,
        """
        import ctypes
        before = loaded()
        try:
            ctypes.CDLL("libopenblas.so.0")
        except OSError:
            pass
        print(*(loaded() - before))
        """,
    ).strip()
    if not path:
        pytest.skip("the system has no OpenBLAS")
    # It counts in 32 bits, NumPy's in 64.
    run(LIBRARIES, PRODUCTS, f"products()\nassert {path!r} in loaded()", MARTLET_BLAS=path)


@needs_martlet
def test_without_a_library_there_are_products():
    program = (
        "a = np.arange(90000.0).reshape(300, 300) % 7\nb = numpy.asarray(a)\n"
        "assert (numpy.asarray(a @ a) == b @ b).all() and a[0] @ a[1] == b[0] @ b[1]"
    )
    run(program, MARTLET_BLAS="/nowhere/libblas.so")


THREADS = """
def spent():
    times = {}
    for thread in os.listdir("/proc/self/task"):
        name = open(f"/proc/self/task/{thread}/comm").read().strip()
        nanoseconds = int(open(f"/proc/self/task/{thread}/schedstat").read().split()[0])
        ours = name.startswith("martlet-") or int(thread) == os.getpid()
        times[thread] = (ours, nanoseconds)
    return times

def foreign(before):
    return sum(t - before.get(k, (0, 0))[1] for k, (ours, t) in spent().items() if not ours)

time.sleep(0.3)  # OpenBLAS's own threads go to sleep
a = numpy.random.default_rng(0).standard_normal((600, 600))
s = a @ a.T
"""


@needs_martlet
def test_whoever_computes_there_is_one_set_of_threads():
    run(
        THREADS,
        """
        before = spent()
        m = np.array(a)
        for _ in range(3):
            numpy.asarray(m @ m)
            values, vectors = np.linalg.eigh(m @ m.T)
            assert numpy.allclose(vectors @ np.diag(values) @ vectors.T, s, atol=1e-8)
            a @ a
        ours = sum(t - before.get(k, (0, 0))[1] for k, (own, t) in spent().items() if own)
        assert ours > 50e6
        assert foreign(before) < ours / 100, (foreign(before), ours)
        assert len(spent()) <= 3
        """,
        MARTLET_THREADS="2",
        OPENBLAS_NUM_THREADS="2",
    )


@needs_martlet
def test_several_threads_may_call_openblas():
    run(
        THREADS,
        """
        m = np.array(a)
        product = numpy.asarray(m @ m)
        big = np.array(numpy.arange(400000.0))
        wrong = []
        def work(kind):
            for _ in range(10):
                if kind == 0 and not (numpy.asarray(m @ m) == product).all():
                    wrong.append("product")
                if kind == 1 and not numpy.allclose(a @ a, product):
                    wrong.append("NumPy's product")
                if kind == 2 and not numpy.allclose(numpy.linalg.eigvalsh(s[:150, :150]).sum(),
                                                    numpy.trace(s[:150, :150])):
                    wrong.append("eigenvalues")
                if kind == 3 and float((big * 2 + 1).sum()) != 160000000000.0:
                    wrong.append("sum")
        workers = [threading.Thread(target=work, args=(i % 4,)) for i in range(8)]
        for worker in workers: worker.start()
        for worker in workers: worker.join()
        assert not wrong, wrong
        """,
        MARTLET_THREADS="2",
        OPENBLAS_NUM_THREADS="2",
    )


@needs_martlet
def test_more_tasks_than_workers():
    # Whoever raises OpenBLAS's number afterwards gets threads for the call.
    run(
        THREADS,
        """
        import ctypes
        lines = open("/proc/self/maps").read().split("\\n")
        path = next((line.split()[-1] for line in lines if "scipy_openblas64_" in line), None)
        if path:
            ctypes.CDLL(path).scipy_openblas_set_num_threads64_(3)
            assert numpy.allclose(a @ a, numpy.asarray(np.array(a) @ np.array(a)))
            assert numpy.allclose(numpy.linalg.eigvalsh(s).sum(), numpy.trace(s))
        """,
        MARTLET_THREADS="2",
    )


@needs_martlet
def test_a_forked_child_has_threads_of_its_own():
    run(
        THREADS,
        """
        m = np.array(a)
        product = numpy.asarray(m @ m)
        a @ a
        child = os.fork()
        if child == 0:
            isRight = (numpy.asarray(m @ m) == product).all() and numpy.allclose(a @ a, product)
            numpy.linalg.eigh(s)
            os._exit(0 if isRight and sum(ours for ours, _ in spent().values()) == 2 else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert (numpy.asarray(m @ m) == product).all()
        numpy.linalg.eigh(s)
        """,
        MARTLET_THREADS="2",
    )
