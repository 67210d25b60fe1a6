"""The longest common subsequence, and the way back through its table."""

import numpy as np

SIZES = (60, 700)


def longest(a, b):
    n, m = a.shape[0], b.shape[0]
    length = np.zeros((n + 1, m + 1), dtype=np.int32)
    for i in range(n):
        for j in range(m):
            if a[i] == b[j]:
                length[i + 1, j + 1] = length[i, j] + 1
            elif length[i, j + 1] >= length[i + 1, j]:
                length[i + 1, j + 1] = length[i, j + 1]
            else:
                length[i + 1, j + 1] = length[i + 1, j]
    found = np.zeros(length[n, m], dtype=a.dtype)
    i, j, at = n, m, length[n, m] - 1
    while i > 0 and j > 0:
        if a[i - 1] == b[j - 1]:
            found[at] = a[i - 1]
            at -= 1
            i -= 1
            j -= 1
        elif length[i - 1, j] >= length[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return found


def prepare(size):
    k = np.arange(size)
    return k * k * 7 % 31 % 6, (k * 5 + k // 3) % 29 % 6


CORES = ["longest"]


def run(size):
    return longest(*prepare(size))
