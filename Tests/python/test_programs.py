"""Everyday NumPy programs, unchanged: they print with Martlet what they print with NumPy."""

import subprocess
import sys
from pathlib import Path

import pytest
from subject import needs_martlet

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))


def output(*command: str) -> str:
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_martlet
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_prints_the_same(path):
    expected = output(str(path))
    assert output("-m", "martlet", str(path)).splitlines() == expected.splitlines()


def test_there_are_programs():
    assert len(PROGRAMS) >= 20
