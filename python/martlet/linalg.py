"""The linear algebra of the Python array API standard; `martlet.numpy.linalg` is NumPy's."""

from martlet._array_api import LINALG as _FUNCTIONS

globals().update(_FUNCTIONS)
__all__ = sorted(_FUNCTIONS)
