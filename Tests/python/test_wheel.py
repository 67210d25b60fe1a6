"""`pip install .` makes a wheel that works on its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from subject import mnp, needs_martlet

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    needs_martlet,
    pytest.mark.skipif(
        not Path(mnp.__file__).is_relative_to(ROOT / "python"),
        reason="the extension under test is not this checkout's own build",
    ),
]


# It may have to build the extension from its sources.
@pytest.mark.timeout(1200)
def test_wheel(tmp_path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*pip, "wheel", *options, "--wheel-dir", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert "-cp311-abi3-linux" in wheel.name
    target = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", target, wheel], check=True)
    code = "import martlet, martlet.numpy as np; print(martlet.__file__, np.ones(3).sum())"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(target)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert shown.split() == [str(target / "martlet" / "__init__.py"), "3.0"]
