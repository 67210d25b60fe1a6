"""The generator of NumPy's legacy functions and of Python's `random`: MT19937.

M. Matsumoto and T. Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform
pseudo-random number generator", ACM TOMACS 8 (1998).
"""

import os

import numpy as np


def new_state(*others):
    """A state from the system's randomness: 624 words, and where the next one is.

    A process that is forked starts with another one, and with `others` set to 0.
    """
    words, place = np.empty(624, np.uint32), np.empty(1, np.int64)

    def fill():
        words[:] = np.frombuffer(os.urandom(words.nbytes), np.uint32)
        place[0] = 624
        for array in others:
            array[:] = 0

    fill()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=fill)
    return words, place


def word(words, place):
    """The next 32 bits."""
    i = place[0]
    if i >= 624:
        twist(words)
        i = 0
    place[0] = i + 1
    y = np.int64(words[i])
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C5680
    y ^= (y << 15) & 0xEFC60000
    return y ^ (y >> 18)


def twist(words):
    # In three parts, so that no index has to be wrapped.
    for i in range(227):
        y = (words[i] & 0x80000000) | (words[i + 1] & 0x7FFFFFFF)
        words[i] = words[i + 397] ^ (y >> 1) ^ (y & 1) * 0x9908B0DF
    for i in range(227, 623):
        y = (words[i] & 0x80000000) | (words[i + 1] & 0x7FFFFFFF)
        words[i] = words[i - 227] ^ (y >> 1) ^ (y & 1) * 0x9908B0DF
    y = (words[623] & 0x80000000) | (words[0] & 0x7FFFFFFF)
    words[623] = words[396] ^ (y >> 1) ^ (y & 1) * 0x9908B0DF


# A loop for what is drawn twice keeps the code for a new state from being there twice.


def two_words(words, place):
    """The next 64 bits, the first word above."""
    value = 0
    for _ in range(2):
        value = (value << 32) | word(words, place)
    return value


def double(words, place):
    """The next number from 0 to below 1, of 53 bits."""
    bits = two_words(words, place)
    high = (bits >> 37) & 0x7FFFFFF
    low = (bits >> 6) & 0x3FFFFFF
    return (high * 67108864.0 + low) / 9007199254740992.0


def below(words, place, last):
    """The next integer from 0 to `last`, which is unsigned: what is greater is thrown away."""
    mask = last
    mask |= mask >> 1
    mask |= mask >> 2
    mask |= mask >> 4
    mask |= mask >> 8
    mask |= mask >> 16
    mask |= mask >> 32
    value = np.uint64(0)
    is_drawn = last == 0
    while not is_drawn:
        value = np.uint64(0)
        for _ in range(2 if mask > 0xFFFFFFFF else 1):
            value = (value << 32) | np.uint64(word(words, place))
        value &= mask
        is_drawn = value <= last
    return value


def seed_by_number(words, place, seed):
    value = np.int64(seed & 0xFFFFFFFF)
    for i in range(624):
        words[i] = value
        value = (1812433253 * (value ^ (value >> 30)) + i + 1) & 0xFFFFFFFF
    place[0] = 624


def seed_by_words(words, place, low, high, length):
    """Seeds with one or two words of 32 bits."""
    seed_by_number(words, place, 19650218)
    i, j = 1, 0
    for _ in range(624):
        before = np.int64(words[i - 1])
        mixed = np.int64(words[i]) ^ (((before ^ (before >> 30)) * 1664525) & 0xFFFFFFFF)
        words[i] = (mixed + (high if j == 1 else low) + j) & 0xFFFFFFFF
        i += 1
        j = (j + 1) % length
        if i >= 624:
            words[0] = words[623]
            i = 1
    for _ in range(623):
        before = np.int64(words[i - 1])
        mixed = np.int64(words[i]) ^ (((before ^ (before >> 30)) * 1566083941) & 0xFFFFFFFF)
        words[i] = (mixed - i) & 0xFFFFFFFF
        i += 1
        if i >= 624:
            words[0] = words[623]
            i = 1
    words[0] = 0x80000000
