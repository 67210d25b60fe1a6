"""A GPU for tests where there is none: `Tests/FakeCUDA`, under the names of CUDA's libraries."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
SOURCES = HERE.parent / "FakeCUDA"
# One file under all names, so that the driver and the libraries share their state.
NAMES = (
    *("libcuda.so.1", "libnvrtc.so.12", "libcublas.so.12"),
    *("libcufft.so.11", "libcusolver.so.11"),
)


def build(folder):
    """Puts the fake's libraries into a folder; skips the test where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler")
    target = folder / NAMES[0]
    prelude = f'-DFAKE_PRELUDE="{SOURCES / "kernel.hpp"}"'
    command = [compiler, "-shared", "-fPIC", "-O1", "-w", prelude, *sorted(SOURCES.glob("*.c"))]
    subprocess.run([*command, "-o", target, "-lpthread", "-ldl", "-lm"], check=True)
    for name in NAMES[1:]:
        (folder / name).symlink_to(target)


def environment(folder):
    """The environment of a process that has the fake GPU."""
    return {
        **{name: value for name, value in os.environ.items() if name != "MARTLET_NVRTC"},
        "LD_LIBRARY_PATH": str(folder),
        "MARTLET_DEVICE": "cpu",
        # Its machine code must not meet a real GPU.
        "MARTLET_CACHE_DIR": str(folder / "cache"),
    }


def run_cases(folder, *files, only=""):
    """Runs files of tests in a process with the fake GPU; `only` those that it names."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header"]
    command += ["-k", only]
    outcome = subprocess.run(
        [*command, *(str(HERE / file) for file in files)],
        env=environment(folder), capture_output=True, text=True, cwd=HERE,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
