"""No call from Python, however wrong, ends the interpreter: it succeeds or raises an exception."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("fuzz_calls.py")
CALLS = int(os.environ.get("MARTLET_FUZZ_CALLS", "12000"))
SEEDS = range(int(os.environ.get("MARTLET_FUZZ_SEEDS", "2")))


@pytest.mark.parametrize("seed", SEEDS)
def test_wrong_calls_raise(seed, tmp_path):
    log = tmp_path / "calls"
    command = [sys.executable, "-X", "faulthandler", str(SCRIPT), str(log), str(seed), str(CALLS)]
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=150)
    except subprocess.TimeoutExpired:
        pytest.fail(f"took too long in {log.read_text()}")
    # faulthandler's traceback of a crash is long, and the last call says enough.
    assert done.returncode == 0, f"{log.read_text()}\n{done.stderr[-2000:]}"
    assert log.read_text() == "done\n"
