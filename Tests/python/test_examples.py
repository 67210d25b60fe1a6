"""The Python programs in examples/ run, and come to what they are about."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from subject import needs_martlet

pytestmark = needs_martlet
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.skipif(importlib.util.find_spec("sklearn") is None, reason="needs scikit-learn's data")
def test_digits(tmp_path):
    command = [sys.executable, str(EXAMPLES / "digits" / "train.py"), "--epochs", "5"]
    done = subprocess.run(
        [*command, "--output", str(tmp_path)], capture_output=True, text=True, check=True
    )
    share = float(done.stdout.split("% of")[0].split()[-1])
    assert share > 90
    assert (tmp_path / "digits-loss.png").stat().st_size > 500


def test_fluid(tmp_path):
    fluid = module(EXAMPLES / "fluid" / "fluid.py")
    wind, losses = fluid.search(8, report=lambda line: None)
    assert losses[-1] < 0.5 * losses[0]
    fluid.draw(wind, tmp_path / "fluid.png")
    assert (tmp_path / "fluid.png").stat().st_size > 500


def test_fluid_on_another_device():
    import martlet

    if not any(name.startswith("opencl") for name in map(str, martlet.devices())):
        pytest.skip("there is no OpenCL here")
    fluid = module(EXAMPLES / "fluid" / "fluid.py")
    _, expected = fluid.search(2, report=lambda line: None)
    with martlet.device("opencl"):
        _, losses = fluid.search(2, report=lambda line: None)
    assert losses == pytest.approx(expected, rel=1e-9)
