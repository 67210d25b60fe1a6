"""Arrays on a GPU, a fake one where there is none; its own tests are in `cuda_device_cases.py`."""

import os
import subprocess
import sys

import fake_cuda
import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fake_cuda")
    fake_cuda.build(folder)
    return folder


def test_the_cases_of_cuda(folder):
    fake_cuda.run_cases(folder, "cuda_device_cases.py")


def test_the_cases_of_every_device(folder):
    fake_cuda.run_cases(folder, "test_devices.py")


def test_kernels_for_grids(folder):
    fake_cuda.run_cases(folder, "test_cuda.py", "test_cuda_warps.py", only="cuda:0")


def test_a_gpu_is_the_default_device(folder):
    environment = fake_cuda.environment(folder)
    del environment["MARTLET_DEVICE"]
    code = "import martlet.numpy as np; print(np.zeros(3).device)"
    outcome = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert outcome.stdout.strip() == "cuda:0"


def test_wheels_are_found_beside_the_interpreter(tmp_path):
    """An environment that was never activated has no VIRTUAL_ENV."""
    fake_cuda.build(tmp_path)
    prefix = tmp_path / "prefix"
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    libraries = prefix / "lib" / version / "site-packages" / "nvidia" / "cuda_nvrtc" / "lib"
    libraries.mkdir(parents=True)
    (tmp_path / "libnvrtc.so.12").rename(libraries / "libnvrtc.so.12")
    code = f"import sys; sys.prefix = {str(prefix)!r}\nimport martlet; print(martlet.devices())"
    environment = fake_cuda.environment(tmp_path)
    environment.pop("VIRTUAL_ENV", None)
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    outcome = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert "cuda:0" in outcome.stdout
