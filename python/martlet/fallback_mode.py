"""`from martlet.fallback_mode import numpy`: another door to the same namespace."""

from martlet import numpy

__all__ = ["numpy"]
