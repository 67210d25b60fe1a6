"""The Fourier transforms of the Python array API standard; `martlet.numpy.fft` is NumPy's."""

from martlet._array_api import FFT as _FUNCTIONS

globals().update(_FUNCTIONS)
__all__ = sorted(_FUNCTIONS)
