"""A process that finds its kernels in the disk cache does without libLLVM."""

import os
import platform
import subprocess
import sys

import pytest
from subject import needs_martlet

pytestmark = [
    needs_martlet,
    pytest.mark.skipif(
        platform.machine() != "x86_64", reason="only there objects are loaded without LLVM"
    ),
    pytest.mark.skipif(
        os.environ.get("MARTLET_LLVM") == "none", reason="nothing is compiled without libLLVM"
    ),
]

JIT = """
import math
import numpy
from martlet import njit, vectorize

@njit
def norm(x):
    if x.shape[0] == 0:
        raise ValueError("no elements")
    squares = numpy.zeros(x.shape[0])
    total = 0.0
    for i in range(x.shape[0]):
        squares[i] = x[i] * x[i]
        total += math.exp(math.sin(squares[i]))
    return total, squares

@vectorize(["float64(float64, float64)"])
def saturate(x, gain):
    y = x * gain
    return 1.0 if y > 1.0 else y

x = numpy.linspace(0.0, 1.0, 10)
total, squares = norm(x)
assert numpy.allclose(total, numpy.exp(numpy.sin(x * x)).sum(), rtol=1e-14)
assert numpy.array_equal(squares, x * x)
try:
    norm(x[:0])
except ValueError as error:
    assert str(error) == "no elements"
else:
    raise AssertionError("nothing was raised")
assert numpy.allclose(saturate(x, 2.0), numpy.minimum(2 * x, 1.0))
"""

ARRAYS = """
import numpy
import martlet.numpy as np
a = numpy.linspace(0.1, 2.0, 30_000)
x, y = np.array(a), np.array(a[::-1].copy())
assert numpy.allclose(((x - y) ** 2).sum(), ((a - a[::-1]) ** 2).sum(), rtol=1e-14)
assert numpy.allclose(np.exp(x[:5]) % y[:5], numpy.exp(a[:5]) % a[::-1][:5], rtol=1e-14)
assert np.argmax(x) == 29_999 and float(np.sort(y)[0]) == a[0]
"""

SHOW = """
print("libLLVM" in open("/proc/self/maps").read())
"""


def opens_llvm(program, folder):
    """Whether a fresh process opened libLLVM for a program."""
    script = folder / "program.py"
    script.write_text(program + SHOW)
    environment = {
        **os.environ,
        "MARTLET_CACHE_DIR": str(folder / "cache"),
        "MARTLET_CACHE": "1",
        "MARTLET_PACK": "0",
    }
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.split()[-1] == "True"


@pytest.mark.parametrize("program", [JIT, ARRAYS], ids=["jit", "arrays"])
def test_the_second_process_does_not_open_llvm(tmp_path, program):
    assert opens_llvm(program, tmp_path)
    assert not opens_llvm(program, tmp_path)


def test_a_new_kernel_opens_it_and_old_ones_are_still_found(tmp_path):
    assert opens_llvm(ARRAYS, tmp_path)
    assert opens_llvm(JIT, tmp_path)
    assert not opens_llvm(JIT + ARRAYS, tmp_path)


def test_damaged_entries_are_written_again(tmp_path):
    assert opens_llvm(JIT, tmp_path)
    for number, entry in enumerate(sorted((tmp_path / "cache").iterdir())):
        contents = bytearray(entry.read_bytes())
        contents[(number * 37) % len(contents)] ^= 0x10
        entry.write_bytes(contents)
    assert opens_llvm(JIT, tmp_path)
    assert not opens_llvm(JIT, tmp_path)
