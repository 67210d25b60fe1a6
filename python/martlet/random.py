"""Random numbers that are the same on every device and for any number of threads.

`martlet.numpy.random` gives NumPy's own numbers; these are others.
"""

import math
import operator
import threading

import numpy

from martlet import _devices, _martlet

__all__ = ["CounterGenerator", "generator"]

_WORD = 2**64


def __getattr__(name):
    # Libraries that find Martlet by its arrays look for NumPy's names here.
    if name in ("RandomState", "default_rng"):
        import martlet.numpy.random

        return getattr(martlet.numpy.random, name)
    raise AttributeError(f"module 'martlet.random' has no attribute {name!r}", name=name)


class CounterGenerator:
    """Numbers that are functions of a seed and of their place in the stream.

    Element `i` of a draw is made of block `position + i` of Philox 4x32 alone, whatever its dtype
    and distribution; a draw of n numbers moves the position on by n. `stream` chooses one of 2**64
    streams of the seed that have nothing to do with each other. Arrays are made on `device`, or on
    the current one.
    """

    def __init__(self, seed=None, device=None, *, stream=0):
        self.seed_sequence = (
            seed
            if isinstance(seed, numpy.random.SeedSequence)
            else numpy.random.SeedSequence(None if seed is None else _seed(seed))
        )
        self.stream = operator.index(stream)
        if not 0 <= self.stream < _WORD:
            raise ValueError(f"stream must be from 0 to 2**64 - 1, not {stream}")
        self.device = None if device is None else _device_name(device)
        self._key = int(self.seed_sequence.generate_state(1, numpy.uint64)[0])
        self._position = 0
        self._lock = threading.Lock()

    def __repr__(self):
        place = "" if self.device is None else f", device={self.device!r}"
        entropy = self.seed_sequence.entropy
        return f"CounterGenerator({entropy}{place}, stream={self.stream}) at {self._position}"

    @property
    def position(self):
        """The number of the next block of the stream; setting it moves along."""
        return self._position

    @position.setter
    def position(self, value):
        with self._lock:
            self._position = operator.index(value) % _WORD

    def random(self, size=None, dtype=numpy.float64):
        """Uniform numbers from 0 to below 1, float64 or float32."""
        return self._draw("uniform", size, dtype, 0.0, 1.0)

    def uniform(self, low=0.0, high=1.0, size=None, dtype=numpy.float64):
        """Uniform numbers from `low` to below `high`, which are numbers."""
        low, high = float(low), float(high)
        if not math.isfinite(high - low):
            raise OverflowError("high - low range exceeds valid bounds")
        return self._draw("uniform", size, dtype, low, high - low)

    def standard_normal(self, size=None, dtype=numpy.float64):
        """Normal numbers with mean 0 and deviation 1, float64 or float32."""
        return self._draw("normal", size, dtype, 0.0, 1.0)

    def normal(self, loc=0.0, scale=1.0, size=None, dtype=numpy.float64):
        """Normal numbers with mean `loc` and deviation `scale`, which are numbers."""
        loc, scale = float(loc), float(scale)
        if scale < 0 or math.isnan(scale):
            raise ValueError("scale < 0")
        return self._draw("normal", size, dtype, loc, scale)

    def integers(self, low, high=None, size=None, dtype=numpy.int64, endpoint=False):
        """Integers from `low` to below `high`, or from 0 to below `low`.

        `endpoint` lets `high` come up too. One of n numbers is as likely as another but for a part
        of n/2**64.
        """
        if high is None:
            low, high = 0, low
        low, high = operator.index(low), operator.index(high) + bool(endpoint)
        dtype = numpy.dtype(dtype)
        least, most = (0, 1) if dtype.kind == "b" else _range(dtype)
        if low < least:
            raise ValueError(f"low is out of bounds for {dtype}")
        if high > most + 1:
            raise ValueError(f"high is out of bounds for {dtype}")
        if low >= high:
            raise ValueError("low >= high" if not endpoint else "low > high")
        return self._draw("integers", size, dtype, low, (high - low) % _WORD)

    def _draw(self, kind, size, dtype, first, second):
        shape = _shape(size)
        dtype = numpy.dtype(dtype)
        if kind != "integers" and dtype not in (numpy.float64, numpy.float32):
            raise TypeError(f"there are no {kind} numbers of dtype {dtype}")
        with self._lock:
            place = self._position
            numbers = _martlet.counter_numbers(
                kind, self._key, self.stream, place, shape, dtype, first, second, self.device
            )
            self._position = (place + getattr(numbers, "size", 1)) % _WORD
        return numbers

    def __getstate__(self):
        return self.seed_sequence, self.device, self.stream, self._position

    def __setstate__(self, state):
        seed, device, stream, position = state
        self.__init__(seed, device, stream=stream)
        self._position = position


def _seed(seed):
    if isinstance(seed, _martlet.ndarray):
        return numpy.asarray(seed)
    return seed


def _device_name(device):
    with _devices.device(device):
        return _devices.get_device()


def _shape(size):
    if size is None:
        return ()
    sizes = size if isinstance(size, (tuple, list)) else (size,)
    shape = tuple(operator.index(n) for n in sizes)
    if any(n < 0 for n in shape):
        raise ValueError("negative dimensions are not allowed")
    if len(shape) > 8 or math.prod(shape) > 2**48:
        raise ValueError(f"an array cannot have the shape {shape}")
    return shape


def _range(dtype):
    if dtype.kind not in "iu":
        raise TypeError(f"there are no integers of dtype {dtype}")
    limits = numpy.iinfo(dtype)
    return int(limits.min), int(limits.max)


def generator(seed=None, device=None, *, stream=0):
    """A `CounterGenerator`: the same numbers on every device and for any number of threads."""
    return CounterGenerator(seed, device, stream=stream)
