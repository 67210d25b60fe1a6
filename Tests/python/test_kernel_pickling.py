"""Decorated functions in other processes: pickled by name, or with their code."""

import multiprocessing
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from martlet import cuda, float64, guvectorize, int64, jit, njit, vectorize


@njit
def plus_one(x):
    return x + 1


@jit(int64(int64))
def whole(x):
    return x


@vectorize(["float64(float64, float64)"])
def declared(x, y):
    return x + 2 * y


@vectorize
def dynamic(x):
    return x + 1


@guvectorize(["float64[:], float64[:]"], "(n)->(n)")
def doubled(x, out):
    for i in range(x.shape[0]):
        out[i] = 2 * x[i]


@cuda.jit(device=True)
def tripled(x):
    return 3 * x


@cuda.jit
def kernel(out):
    out[0] = tripled(2)


EVERY = [plus_one, whole, declared, dynamic, doubled, tripled, kernel]


@pytest.mark.parametrize("function", EVERY, ids=lambda item: item.__name__)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_functions_of_a_module_are_the_same_again(function, protocol):
    assert pickle.loads(pickle.dumps(function, protocol)) is function


def test_functions_inside_of_a_function():
    step = 5

    @njit(int64(int64))
    def jitted(x):
        return x + step

    @njit
    def with_default(x, more=2):
        return x + step + more

    @vectorize(["float64(float64)"])
    def ufunc(x):
        return x + step

    @vectorize
    def open_ufunc(x):
        return x + step

    @guvectorize(["float64[:], float64[:]"], "(n)->(n)", writable_args=("x",))
    def layered(x, out):
        for i in range(x.shape[0]):
            out[i] = x[i]
            x[i] = step

    copy = pickle.loads(pickle.dumps(jitted))
    assert copy is not jitted and copy.signatures == jitted.signatures
    assert copy(1.9) == 1 + step
    assert pickle.loads(pickle.dumps(with_default))(1) == 1 + step + 2
    row = np.arange(3.0)
    for made in (ufunc, open_ufunc):
        again = pickle.loads(pickle.dumps(made))
        np.testing.assert_array_equal(again(row), row + step)
    again = pickle.loads(pickle.dumps(layered))
    np.testing.assert_array_equal(again(row), [0, 1, 2])
    assert row.tolist() == [step] * 3


def test_a_pool_of_processes():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(plus_one, [1, 2.5]) == [2, 3.5]
        np.testing.assert_array_equal(pool.apply(declared, (np.ones(2), 1.0)), [3, 3])


def test_types_in_signatures():
    kinds = float64[:, ::1], int64, float64(float64[:])
    assert pickle.loads(pickle.dumps(kinds)) == kinds


# Random numbers of forked processes


@njit
def seed(n):
    np.random.seed(n)


@njit
def draw():
    return np.random.random(), np.random.standard_normal()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system forks no processes")
def test_forked_processes_draw_other_numbers():
    # In a process of its own, which has no threads that a fork leaves behind.
    program = (
        "import os, sys\n"
        f"sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
        "from test_kernel_pickling import draw, seed\n"
        "seed(1)\n"
        "draw()\n"
        "for _ in range(2):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        os.write(1, (repr(draw()) + '\\n').encode())\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "print(draw())\n"
        "seed(1)\n"
        "draw()\n"
        "print(draw())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    first, second, own, again = done.stdout.splitlines()
    assert len({first, second, own}) == 3 and own == again
