"""Fourier transforms on devices that have no library of them: made of array operations."""

import numpy as np
import pytest
from subject import mnp, natively, needs_martlet

pytestmark = needs_martlet
# One product, factors of all kinds, large primes, and what is both.
SIZES = [1, 2, 5, 64, 66, 131]


def devices():
    import martlet

    return [str(d) for d in martlet.devices() if str(d) != "cpu"] if mnp is not np else []


def signal(shape, dtype):
    rng = np.random.default_rng(len(shape))
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def close(ours, theirs, device):
    assert ours.device == device
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    bound = 1e-5 if theirs.dtype.itemsize <= 8 and theirs.dtype.kind == "c" else 1e-13
    if theirs.dtype == np.float32:
        bound = 1e-5
    scale = max(1.0, float(np.abs(theirs).max())) if theirs.size else 1.0
    assert np.abs(np.asarray(ours) - theirs).max(initial=0) <= 4 * bound * scale


@pytest.mark.parametrize("device", devices())
@pytest.mark.parametrize("size", SIZES)
def test_one_axis(device, size):
    with natively():
        for dtype in ("complex128", "float32"):
            x = signal((2, size), dtype)
            there = mnp.array(x).to_device(device)
            close(mnp.fft.fft(there), np.fft.fft(x), device)
            close(mnp.fft.ifft(there, norm="ortho"), np.fft.ifft(x, norm="ortho"), device)
            if dtype[0] != "c":
                close(mnp.fft.rfft(there, norm="forward"), np.fft.rfft(x, norm="forward"), device)
            close(mnp.fft.irfft(there, size), np.fft.irfft(x, size), device)
            close(mnp.fft.hfft(there, size), np.fft.hfft(x, size), device)


@pytest.mark.parametrize("device", devices())
def test_several_axes_and_fitted_sizes(device):
    x = signal((3, 4, 6), "complex128")
    there = mnp.array(x).to_device(device)
    with natively():
        close(mnp.fft.fftn(there), np.fft.fftn(x), device)
        close(
            mnp.fft.ifft2(there, (5, 3), axes=(0, 2)), np.fft.ifft2(x, (5, 3), axes=(0, 2)), device
        )
        close(mnp.fft.fft(there[::-1].T, 9, axis=1), np.fft.fft(x[::-1].T, 9, axis=1), device)
        close(mnp.fft.irfftn(there), np.fft.irfftn(x), device)
        real = mnp.array(x.real).to_device(device)
        close(mnp.fft.rfftn(real, axes=(0, 1)), np.fft.rfftn(x.real, axes=(0, 1)), device)
        close(mnp.fft.fft(there[:0]), np.fft.fft(x[:0]), device)


def test_devices_have_the_same_bits():
    x = signal((2, 67 * 2), "complex128")
    found = {np.asarray(mnp.fft.fft(mnp.array(x).to_device(d))).tobytes() for d in devices()}
    assert len(found) == 1
