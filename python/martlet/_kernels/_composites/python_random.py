"""Python's `random`, with a state of its own that all kernels of the process share.

The same seed gives the numbers of `random.Random`.
"""

import numpy as np

from martlet._kernels._composites.mersenne_twister import double, new_state, seed_by_words, word

state_of_random, place_of_random = new_state()


def seed(a):
    low = np.int64(abs(a) & 0xFFFFFFFF)
    high = np.int64((abs(a) >> 32) & 0xFFFFFFFF)
    seed_by_words(state_of_random, place_of_random, low, high, 2 if high > 0 else 1)


def random():
    return double(state_of_random, place_of_random)


def uniform(a, b):
    return a + (b - a) * random()


def getrandbits(k):
    if k < 0:
        raise ValueError("number of bits must be non-negative")
    if k > 64:
        raise OverflowError("getrandbits gives up to 64 bits in kernels")
    value = np.uint64(0)
    if k > 32:
        value = np.uint64(word(state_of_random, place_of_random))
        value |= np.uint64(word(state_of_random, place_of_random) >> (64 - k)) << 32
    elif k > 0:
        value = np.uint64(word(state_of_random, place_of_random) >> (32 - k))
    return value


def below(n):
    """The next integer from 0 to below `n`, of as many bits: what is greater is thrown away."""
    bits = 0
    rest = n
    while rest > 0:
        bits += 1
        rest >>= 1
    value = getrandbits(bits)
    while value >= np.uint64(n):
        value = getrandbits(bits)
    return np.int64(value)


def randrange(start, stop=None):
    if stop is None:
        if start <= 0:
            raise ValueError("empty range for randrange()")
        return below(start)
    if stop <= start:
        raise ValueError("empty range for randrange()")
    return start + below(stop - start)


def randint(a, b):
    if b < a:
        raise ValueError("empty range for randrange()")
    return a + below(b - a + 1)


def shuffle(x):
    for i in range(x.shape[0] - 1, 0, -1):
        j = below(i + 1)
        if x.ndim == 1:
            x[i], x[j] = x[j], x[i]
        else:
            row = np.copy(x[i])
            x[i] = x[j]
            x[j] = row
