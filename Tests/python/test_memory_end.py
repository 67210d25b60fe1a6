"""Where the process's memory ends there is a MemoryError, and everything is as it was.

Each test limits the address space of a process of its own.
"""

import os
import subprocess
import sys

import pytest
from subject import needs_martlet

PROGRAM = """
import gc, resource, sys
import martlet.numpy as np
from martlet import njit

one, big, square = np.ones(3), np.ones(20_000), np.ones((8, 8))

@njit
def doubled(a):
    return a * 2

def error():
    try:
        return one + np.ones(4)
    except ValueError as error:
        return error

def work(i):
    return WORK

for i in range(3):
    work(i)
(one + 1).sum()  # Its kernels are there by now: to compile takes room.
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
before = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (used + (ROOM << 20), before[1]))
kept, errors = [], 0
for turn in range(3):
    try:
        for i in range(10**7):
            kept.append(work(i))
    except MemoryError:
        errors += 1
    # Whoever goes on, while there is none, gets one after the other.
    for i in range(100):
        try:
            kept.append(work(i))
        except MemoryError:
            errors += 1
    kept.clear()
    gc.collect()
    assert (one + 1).sum() == 6.0
resource.setrlimit(resource.RLIMIT_AS, before)
assert float((big + 1).sum()) == 40_000.0
assert (square @ square)[0, 0] == 8.0
print(errors)
"""

WORK = {
    "small arrays": "np.sin(one + i)",
    "pending arrays": "big + i",
    "chains of pending work": "np.sin(big * 2 + i)",
    "views": "one[1:]",
    "lists": "[np.sin(one + i) for _ in range(5)]",
    "kernels": "doubled(one)",
    "numbers in lists": "np.array([1.0, 2.0, i])",
    "indices": "big[[0, i % 3]]",
    "masks": "big[big > 0]",
    "joined arrays": "np.concatenate([one] * 50)",
    "products": "square @ square",
    "sorted arrays": "np.sort(big)",
    "middling arrays": "np.ones(5_000)",
    "large arrays": "np.ones(200_000)",
    "what NumPy serves": "np.fft.fft(one)",
    "copies": "big.copy()",
}


def is_shared_runtime():
    import martlet.numpy  # noqa: F401

    with open("/proc/self/maps") as maps:
        return "libswiftCore" in maps.read()


def run(program, **environment):
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


@needs_martlet
@pytest.mark.parametrize("room", [3, 20])
@pytest.mark.parametrize("work", WORK)
def test_memory_error(work, room, tmp_path):
    if is_shared_runtime():
        pytest.skip("a build for development shares Swift's runtime, which has no reserve")
    path = tmp_path / "program.py"  # A kernel needs its source.
    path.write_text(PROGRAM.replace("WORK", WORK[work]).replace("ROOM", str(room)))
    done = run(f"import runpy; runpy.run_path({str(path)!r})")
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 100


FIRST = """
import resource, sys
import martlet.numpy as np

used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
before = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (used + (ROOM << 20), before[1]))
def work():
    square = np.ones((200, 200))
    return np.tanh(np.ones(30_000) ** 3.5 - 1).sum() + (square @ square)[0, 0]
try:
    work()
except MemoryError:
    print("MemoryError")
resource.setrlimit(resource.RLIMIT_AS, before)
assert work() == 200.0
print("fine")
"""


@needs_martlet
@pytest.mark.parametrize("room", [10, 60, 120])
def test_first_use(room):
    """Libraries that end the process where memory ends are opened only where there is room, and
    later when there was none."""
    done = run(FIRST.replace("ROOM", str(room)), MARTLET_CACHE="0")
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split()[-1] == "fine"
    assert "interpreted" not in done.stderr


@needs_martlet
def test_sizes_are_honest():
    import martlet.numpy as mnp

    assert sys.getsizeof(mnp.ones(100_000)) >= 800_000
    assert sys.getsizeof(mnp.ones(100_000) + 1) >= 800_000
    assert sys.getsizeof(mnp.ones(100_000)[1:]) < 1000
    assert sys.getsizeof(mnp.array(["text"] * 1000)) >= 16_000
    assert mnp.broadcast_to(mnp.array(1.0), (2**40,)).nbytes == 2**43
    assert sys.getsizeof(mnp.broadcast_to(mnp.array(1.0), (2**40,))) < 1000
