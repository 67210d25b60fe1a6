"""Runs of equal values: their lengths, the longest, and the values again from them."""

import numpy as np

SIZES = (1000, 200_000)


def encode(data):
    values = np.zeros(len(data), dtype=data.dtype)
    lengths = np.zeros(len(data), dtype=np.int64)
    runs = 0
    for i in range(len(data)):
        if i > 0 and data[i] == data[i - 1]:
            lengths[runs - 1] += 1
        else:
            values[runs] = data[i]
            lengths[runs] = 1
            runs += 1
    longest = 0
    for r in range(runs):
        if lengths[r] > lengths[longest]:
            longest = r
    return values[:runs], lengths[:runs], longest


def decode(values, lengths, n):
    out = np.zeros(n, dtype=values.dtype)
    at = 0
    for r in range(len(values)):
        for _ in range(lengths[r]):
            out[at] = values[r]
            at += 1
    return out


def there_and_back(data):
    values, lengths, longest = encode(data)
    return values, lengths, longest, decode(values, lengths, len(data))


def prepare(size):
    k = np.arange(size)
    return (k * k // 64 % 5,)


CORES = ["encode", "decode", "there_and_back"]


def run(size):
    return there_and_back(*prepare(size))
