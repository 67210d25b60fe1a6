"""What MARTLET_DEBUG shows, and how Martlet runs without libLLVM."""

import os
import subprocess
import sys

import pytest
from subject import needs_martlet, needs_pack

pytestmark = needs_martlet

PROGRAM = """
import numpy
import martlet.numpy as np
a = numpy.linspace(0.0, 2.0, 30_000)
x, y = np.array(a), np.array(a[::-1].copy())
assert numpy.allclose(((x - y) ** 2).sum(), ((a - a[::-1]) ** 2).sum(), rtol=1e-14)
assert numpy.allclose(np.exp(x) + y, numpy.exp(a) + a[::-1], rtol=1e-14)
assert (np.arange(5) * 2).tolist() == [0, 2, 4, 6, 8]
assert (np.array([True, False]) | np.array([False, False])).tolist() == [True, False]
"""


def standard_error(**variables: str) -> str:
    """What the program prints there. All of its kernels are new: those that came with Martlet are
    left out unless asked for."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "MARTLET_PACK": "0", **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_nothing_is_shown_unasked():
    assert standard_error(MARTLET_DEBUG="") == ""


def test_level_1_shows_what_was_fused(tmp_path):
    variables = {"MARTLET_DEBUG": "1", "MARTLET_CACHE_DIR": str(tmp_path / "cache")}
    lines = standard_error(**variables).splitlines()
    assert all(line.startswith("martlet: ") for line in lines)
    fused = [line for line in lines if "→ sum (30000,) float64, float64 → float64" in line]
    assert len(fused) == 1
    assert "subtract" in fused[0] and "GB/s" in fused[0] and "new, compiled in" in fused[0]
    # The second process finds the kernels of the first.
    lines = standard_error(**variables).splitlines()
    assert any("new, loaded from disk in" in line for line in lines)
    assert not any("new, compiled in" in line for line in lines)


@needs_pack
def test_level_1_shows_what_came_with_martlet(tmp_path):
    lines = standard_error(MARTLET_DEBUG="1", MARTLET_PACK="1").splitlines()
    assert any("new, came with Martlet, loaded in" in line for line in lines)


@pytest.mark.parametrize(
    ("level", "shown", "hidden"),
    [("2", "kernel martlet_", "define "), ("3", "define ", ".text"), ("9", ".text", None)],
)
def test_higher_levels_show_the_kernels(level, shown, hidden):
    text = standard_error(MARTLET_DEBUG=level)
    assert shown in text
    assert hidden is None or hidden not in text


def test_the_interpreter_serves_when_asked_for():
    assert standard_error(MARTLET_LLVM="none") == ""
    assert "new, interpreted" in standard_error(MARTLET_LLVM="none", MARTLET_DEBUG="4")


def test_one_notice_says_what_to_install():
    lines = standard_error(MARTLET_LLVM="/nowhere/libLLVM.so").splitlines()
    assert len(lines) == 1
    assert "libllvm19" in lines[0] and "/nowhere/libLLVM.so" in lines[0]
