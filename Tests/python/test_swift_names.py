"""The page of NumPy's names in Swift, and the lines that compile, are what the script writes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_names_in_swift_are_up_to_date():
    command = [sys.executable, ROOT / "Tools" / "numpy_to_swift.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
