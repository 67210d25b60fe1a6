"""What the property tests draw: dtypes, shapes, layouts, and the numbers in the arrays.

A drawn array is a `Sample`: a recipe that makes the same array, in the same layout, in any module.
Numbers come from a seeded generator rather than from hypothesis one by one, which is much faster.
"""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

BOOL = ["bool"]
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
INTEGERS = SIGNED + UNSIGNED
FLOATS = ["float16", "float32", "float64"]
COMPLEX = ["complex64", "complex128"]
DTYPES = BOOL + INTEGERS + FLOATS + COMPLEX

LAYOUTS = ["C", "F", "reversed", "strided", "broadcast", "transposed"]


@dataclass(frozen=True)
class Sample:
    """How to make an array: its dtype, shape and layout, and the seed of its numbers."""

    dtype: str
    shape: tuple[int, ...]
    layout: str = "C"
    seed: int = 0
    special: bool = True  # infinities, nans, extremes and zeros among the numbers
    low: float = -10.0
    high: float = 10.0

    def numbers(self, shape) -> np.ndarray:
        return draw_numbers(np.dtype(self.dtype), shape, self)

    def make(self, module):
        """The array, owned by `module` and laid out as the recipe says."""
        shape = self.shape
        if self.layout == "F" or not shape:
            return module.array(self.numbers(shape), order="F")
        if self.layout == "reversed":
            return module.array(self.numbers(shape))[::-1]
        if self.layout == "strided":
            wide = (*shape[:-1], shape[-1] * 2)
            return module.array(self.numbers(wide))[..., ::2]
        if self.layout == "broadcast":
            narrow = (1, *shape[1:]) if shape[0] else shape
            return module.broadcast_to(module.array(self.numbers(narrow)), shape)
        if self.layout == "transposed":
            return module.array(self.numbers(shape[::-1])).transpose()
        return module.array(self.numbers(shape))


def special_numbers(dtype: np.dtype) -> list:
    if dtype.kind == "b":
        return [False, True]
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return [0, 1, 2, limits.max, limits.min, limits.max - 1, limits.max // 2]
    limits = np.finfo(dtype)
    reals = [0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan]
    reals += [limits.max, limits.min, limits.tiny, limits.smallest_subnormal, limits.eps]
    return reals


def draw_numbers(dtype: np.dtype, shape, sample: Sample) -> np.ndarray:
    generator = np.random.default_rng(sample.seed)
    low, high = sample.low, sample.high
    if dtype.kind == "b":
        return generator.integers(0, 2, shape).astype(bool)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        first, last = max(int(low), limits.min), min(int(high), limits.max)
        numbers = generator.integers(first, last, shape, dtype=dtype, endpoint=True)
    elif dtype.kind == "c":
        numbers = generator.uniform(low, high, shape) + 1j * generator.uniform(low, high, shape)
    else:
        numbers = generator.uniform(low, high, shape)
    numbers = np.asarray(numbers).astype(dtype)
    if sample.special and numbers.size:
        with np.errstate(all="ignore"):
            specials = np.array(special_numbers(dtype), dtype)
        numbers = np.where(
            generator.random(shape) < 0.3, generator.choice(specials, shape), numbers
        ).astype(dtype)
    return numbers


def shapes(minimum: int = 0, maximum: int = 5):
    """Shapes from 0-d to 5-d, with empty and 1-sized axes among them."""
    sides = st.sampled_from([0, 1, 1, 2, 3, 3, 4, 5])
    long = st.sampled_from([(7,), (17,), (33,), (64,), (100,), (129,), (9, 17), (2, 65)])
    short = st.lists(sides, min_size=minimum, max_size=maximum).map(tuple)
    if minimum > 1:
        return short
    return st.one_of(short, long.filter(lambda shape: len(shape) <= maximum))


seeds = st.integers(0, 2**32 - 1)
dtypes = st.sampled_from(DTYPES)
layouts = st.sampled_from(LAYOUTS)


@st.composite
def samples(draw, dtype=dtypes, shape=None, special=None, low=-10.0, high=10.0):
    """An array of any dtype, shape and layout, unless told."""
    return Sample(
        dtype if isinstance(dtype, str) else draw(dtype),
        draw(shapes())
        if shape is None
        else (draw(shape) if not isinstance(shape, tuple) else shape),
        draw(layouts),
        draw(seeds),
        draw(st.booleans()) if special is None else special,
        low,
        high,
    )


@st.composite
def broadcastable(draw, count: int, same_dtype: bool | None = None, special=None):
    """Arrays whose shapes broadcast together, mostly of one dtype."""
    shape = draw(shapes())
    same = draw(st.booleans()) if same_dtype is None else same_dtype
    dtype = draw(dtypes)
    result = []
    for _ in range(count):
        own = draw(st.integers(0, len(shape)))
        reduced = tuple(
            1 if draw(st.integers(0, 4)) == 0 else side for side in shape[len(shape) - own :]
        )
        reduced = draw(st.sampled_from([shape, shape, reduced]))
        result.append(draw(samples(dtype if same else draw(dtypes), reduced, special=special)))
    return result


def python_numbers():
    """Python's own numbers, which promote weakly."""
    return st.one_of(
        st.booleans(),
        st.integers(-3, 130),
        st.sampled_from([0.0, -1.5, 2.0, 0.1, float("inf"), float("nan")]),
        st.sampled_from([1j, 2 - 0.5j]),
    )


def axes(ndim: int):
    """None, an axis, a tuple of axes, and now and then one that is out of range."""
    single = st.integers(-ndim - 1, ndim) if ndim else st.integers(-1, 0)
    several = (
        st.lists(st.integers(-ndim, ndim - 1), max_size=ndim).map(tuple) if ndim else st.just(())
    )
    return st.one_of(st.none(), single, single, several)
