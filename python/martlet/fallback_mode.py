"""`from martlet.fallback_mode import numpy`: NumPy's namespace, on Martlet where it can.

Attribute paths of any depth lead to Martlet's function where it has one, else to NumPy's, served by
the fallback. Constants, dtypes and scalar types are NumPy's very objects. It is the namespace of
`martlet.numpy`, and shows both sides when printed:

    >>> from martlet.fallback_mode import numpy
    >>> numpy.nanmedian
    <numpy = <function nanmedian at 0x...>, martlet = None>

What happens at a step down is `numpy.seterr(fallback_mode=...)`'s matter, or `numpy.errstate`'s:
"ignore", "print", "warn" (a `FallbackWarning`) or "raise" (a `FallbackError`).
"""

from martlet._fallback import FallbackError, FallbackWarning
from martlet._proxy import door

__all__ = ["FallbackError", "FallbackWarning", "numpy"]

numpy = door()
