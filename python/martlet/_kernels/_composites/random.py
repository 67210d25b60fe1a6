"""`numpy.random`'s functions, with a state of their own that all kernels of the process share.

The same seed gives the numbers of `numpy.random.RandomState`. Threads that call kernels at the same
time draw from the one state without order.
"""

import numpy as np

from martlet._kernels._composites.mersenne_twister import below, double, new_state, seed_by_number
from martlet._kernels._composites.shared import is_number

# Normal numbers come in pairs: whether there is a second one, and it.
second_of_np_random = np.zeros(2)
state_of_np_random, place_of_np_random = new_state(second_of_np_random)


def seed(seed):
    if seed < 0 or seed > 4294967295:
        raise ValueError("Seed must be between 0 and 2**32 - 1")
    else:
        seed_by_number(state_of_np_random, place_of_np_random, seed)
        second_of_np_random[0] = 0


def next_double():
    return double(state_of_np_random, place_of_np_random)


def next_below(last):
    return below(state_of_np_random, place_of_np_random, np.uint64(last))


def drawn(size, dtype, one, *parameters):
    """What one call of `one` gives, or an array of what so many calls give."""
    if size is None:
        return one(*parameters)
    out = np.empty(size, dtype=dtype)
    flat = out.reshape(-1)
    for i in range(flat.size):
        flat[i] = one(*parameters)
    return out


# Uniform numbers


def random(size=None):
    return drawn(size, np.float64, next_double)


random_sample = ranf = sample = random


def rand(d0=None, d1=None, d2=None, d3=None):
    if d0 is None:
        return next_double()
    if d1 is None:
        return random((d0,))
    if d2 is None:
        return random((d0, d1))
    if d3 is None:
        return random((d0, d1, d2))
    return random((d0, d1, d2, d3))


def next_uniform(low, high):
    return low + (high - low) * next_double()


def uniform(low=0.0, high=1.0, size=None):
    if not np.isfinite(high - low):
        raise OverflowError("Range exceeds valid bounds")
    return drawn(size, np.float64, next_uniform, low, high)


def randint(low, high=None, size=None):
    if high is None:
        return integers(0, low, size)
    return integers(low, high, size)


def random_integers(low, high=None, size=None):
    if high is None:
        return integers(1, low + 1, size)
    return integers(low, high + 1, size)


def integers(low, end, size):
    if low >= end:
        if low == 0:
            raise ValueError("high <= 0")
        raise ValueError("low >= high")
    # The distance has 64 bits, without a sign.
    return drawn(size, np.int64, next_integer, low, np.int64(end) - 1 - np.int64(low))


def next_integer(low, last):
    return np.int64(low) + np.int64(next_below(last))


# Normal and exponential numbers


def next_normal():
    """By the polar method, which gives two at a time."""
    if second_of_np_random[0] != 0:
        second_of_np_random[0] = 0
        return second_of_np_random[1]
    x = 0.0
    y = 0.0
    square = 0.0
    while square >= 1 or square == 0:
        for _ in range(2):
            x, y = y, 2 * next_double() - 1
        square = x * x + y * y
    factor = np.sqrt(-2 * np.log(square) / square)
    second_of_np_random[0] = 1
    second_of_np_random[1] = factor * x
    return factor * y


def standard_normal(size=None):
    return drawn(size, np.float64, next_normal)


def randn(d0=None, d1=None, d2=None, d3=None):
    if d0 is None:
        return next_normal()
    if d1 is None:
        return standard_normal((d0,))
    if d2 is None:
        return standard_normal((d0, d1))
    if d3 is None:
        return standard_normal((d0, d1, d2))
    return standard_normal((d0, d1, d2, d3))


def normal(loc=0.0, scale=1.0, size=None):
    if scale < 0:
        raise ValueError("scale < 0")
    if size is None:
        return loc + scale * next_normal()
    return loc + scale * standard_normal(size)


def standard_exponential(size=None):
    if size is None:
        return -np.log(1 - next_double())
    return -np.log(1 - random(size))


def exponential(scale=1.0, size=None):
    if scale < 0:
        raise ValueError("scale < 0")
    return scale * standard_exponential(size)


# Arrays in another order, and parts of them


def shuffle(x):
    for i in range(x.shape[0] - 1, 0, -1):
        j = int(next_below(i))
        if x.ndim == 1:
            x[i], x[j] = x[j], x[i]
        else:
            row = np.copy(x[i])
            x[i] = x[j]
            x[j] = row


def permutation(x):
    if is_number(x):
        out = np.arange(x)
        shuffle(out)
        return out
    if x.ndim == 1:
        out = np.copy(x)
        shuffle(out)
        return out
    order = np.arange(x.shape[0])
    shuffle(order)
    return x[order]


def choice(a, size=None, replace=True):
    if is_number(a):
        if a <= 0:
            raise ValueError("a must be greater than 0 unless no samples are taken")
        return places_among(a, size, replace)
    values = np.asarray(a)
    if values.size == 0:
        raise ValueError("'a' cannot be empty unless no samples are taken")
    return values[places_among(values.shape[0], size, replace)]


def places_among(n, size, replace):
    if size is None:
        return integers(0, n, None)
    if replace:
        return integers(0, n, size)
    out = np.empty(size, dtype=np.int64)
    if out.size > n:
        raise ValueError("Cannot take a larger sample than population when 'replace=False'")
    out.reshape(-1)[:] = permutation(n)[: out.size]
    return out
