"""Kernels that came with Martlet serve first runs, and are checked like those on disk."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from subject import mnp, needs_martlet, needs_pack

PACKAGE = Path(mnp.__file__).resolve().parent.parent

pytestmark = [needs_martlet, needs_pack]

# Single operations on common types, none of them fused.
PROGRAM = """
import hashlib
import numpy
import martlet.numpy as np
from martlet import _martlet

def results():
    a = np.linspace(0.1, 2.0, 70)
    b = np.arange(70).astype(np.float32)
    grid = np.arange(60.0).reshape(6, 10)
    yield from (a + a, a * 2.0, 1.0 - a, a / a, np.sqrt(a), np.exp(a), np.sin(a), a > 1.0, -a)
    yield from (b + b, b * b, np.maximum(b, 3.0), np.arange(300) * 2, np.arange(300) + 1)
    yield from (a.sum(), a.mean(), a.max(), a.std(), grid.sum(axis=0), grid.sum(axis=1))
    yield from (grid[1:-1, 1:-1] + grid[:-2, 1:-1], grid.T * 2.0, grid - grid[0], grid[:, 1] * 3.0)
    grid[1:-1, 1:-1] += 1.0
    yield from (grid, np.where(a > 1.0, a, 0.0), np.cumsum(a), np.linspace(0, 1, 70))

hash = hashlib.sha256()
for result in results():
    hash.update(numpy.asarray(result).tobytes())
print(hash.hexdigest(), *_martlet.kernel_counts(), "libLLVM" in open("/proc/self/maps").read())
"""


def run(folder, path=None, **settings):
    """What a fresh process computed (its digest), how many kernels it compiled, loaded from disk
    and from the pack, and whether it opened libLLVM."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "MARTLET_PACK"},
        "MARTLET_CACHE": "1",
        "MARTLET_CACHE_DIR": str(folder / "cache"),
        **settings,
    }
    if path is not None:
        environment["PYTHONPATH"] = os.pathsep.join([str(path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    digest, compiled, disk, packed, is_open = done.stdout.split()
    return digest, int(compiled), int(disk), int(packed), is_open == "True"


@pytest.fixture
def copied(tmp_path):
    """A copy of the package, whose packs may be changed."""
    shutil.copytree(
        PACKAGE, tmp_path / "site" / "martlet", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path / "site"


def packs(site):
    return sorted((site / "martlet").glob("_kernels.*.pack"))


def test_a_first_run_compiles_nothing(tmp_path):
    _, compiled, disk, packed, is_open = run(tmp_path)
    assert (compiled, disk, is_open) == (0, 0, False)
    assert packed > 20
    assert not (tmp_path / "cache").exists()


def test_the_bits_are_those_of_compiled_kernels(tmp_path):
    packed, compiled = run(tmp_path), run(tmp_path, MARTLET_PACK="0")
    assert packed[0] == compiled[0]
    assert compiled[1] > 20 and compiled[3] == 0


def test_it_serves_where_there_is_no_llvm(tmp_path):
    digest, compiled, disk, packed, is_open = run(tmp_path, MARTLET_LLVM="/nonexistent/libLLVM.so")
    assert (digest, compiled, disk, is_open) == (run(tmp_path)[0], 0, 0, False)
    assert packed > 20


def test_the_interpreter_takes_nothing_from_it(tmp_path):
    digest, *counts, is_open = run(tmp_path, MARTLET_LLVM="none")
    assert (counts, is_open) == ([0, 0, 0], False)
    assert digest == run(tmp_path)[0]


def test_damaged_kernels_are_compiled(tmp_path, copied):
    expected = run(tmp_path, copied)
    assert expected[1] == 0
    for pack in packs(copied):
        contents = bytearray(pack.read_bytes())
        count = int.from_bytes(contents[16:24])
        for entry in range(56, 56 + 80 * count, 80):
            start, length = (int.from_bytes(contents[entry + n : entry + n + 8]) for n in (32, 40))
            contents[start + entry % length] ^= 0x20
        pack.write_bytes(contents)
    digest, compiled, disk, packed, _ = run(tmp_path, copied)
    assert digest == expected[0]
    assert (compiled, disk, packed) == (expected[3], 0, 0)


def change_build(pack):
    contents = bytearray(pack.read_bytes())
    contents[24] ^= 1
    pack.write_bytes(contents)


def make_link(pack):
    pack.rename(pack.with_suffix(".elsewhere"))
    pack.symlink_to(pack.with_suffix(".elsewhere"))


@pytest.mark.parametrize(
    "spoil",
    [
        change_build,
        make_link,
        lambda pack: pack.write_bytes(pack.read_bytes()[:5000]),
        lambda pack: pack.write_bytes(b""),
        lambda pack: pack.chmod(0o666),
        lambda pack: pack.unlink(),
    ],
    ids=["another build", "a link", "cut off", "empty", "writable by all", "absent"],
)
def test_a_pack_that_may_not_be_trusted_is_not_used(tmp_path, copied, spoil):
    for pack in packs(copied):
        spoil(pack)
    digest, compiled, _, packed, _ = run(tmp_path, copied)
    assert digest == run(tmp_path)[0]
    assert packed == 0 and compiled > 20
