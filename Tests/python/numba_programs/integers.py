"""Whole numbers, bits, cellular automata and generators of random numbers."""

import numpy as np
from martlet import njit


@njit
def life_step(board):
    rows, cols = board.shape
    new = np.zeros_like(board)
    for r in range(rows):
        for c in range(cols):
            n = 0
            for dr in (-1, 0, 1):
                for dc in (-1, 0, 1):
                    if dr == 0 and dc == 0:
                        continue
                    n += board[(r + dr) % rows, (c + dc) % cols]
            new[r, c] = 1 if n == 3 or (board[r, c] and n == 2) else 0
    return new


@njit
def rule110(width, steps):
    out = np.zeros((steps, width), np.uint8)
    out[0, -1] = 1
    for s in range(1, steps):
        for i in range(width):
            left = out[s - 1, i - 1] if i > 0 else 0
            here = out[s - 1, i]
            right = out[s - 1, i + 1] if i + 1 < width else 0
            out[s, i] = (110 >> (left * 4 + here * 2 + right)) & 1
    return out


@njit
def collatz_longest(n):
    best, where = 0, 0
    for i in range(1, n):
        x, steps = i, 1
        while x != 1:
            x = x // 2 if x % 2 == 0 else 3 * x + 1
            steps += 1
        if steps > best:
            best, where = steps, i
    return where, best


@njit
def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


@njit
def coprime_count(n):
    c = 0
    for i in range(1, n):
        for j in range(1, n):
            if gcd(i, j) == 1:
                c += 1
    return c


@njit
def nqueens(n):
    cols = np.full(n, -1, np.int64)
    row = 0
    count = 0
    while row >= 0:
        cols[row] += 1
        while cols[row] < n:
            for r in range(row):
                if cols[r] == cols[row] or abs(cols[r] - cols[row]) == row - r:
                    break
            else:
                break
            cols[row] += 1
        if cols[row] == n:
            cols[row] = -1
            row -= 1
        elif row == n - 1:
            count += 1
        else:
            row += 1
    return count


@njit
def popcount(n):
    c = 0
    while n:
        n &= n - 1
        c += 1
    return c


@njit
def crc32(data):
    crc = np.uint32(0xFFFFFFFF)
    for b in data:
        crc ^= b
        for _ in range(8):
            if crc & 1:
                crc = np.uint32(crc >> 1) ^ np.uint32(0xEDB88320)
            else:
                crc = np.uint32(crc >> 1)
    return crc ^ np.uint32(0xFFFFFFFF)


@njit
def fnv1a(data):
    h = np.uint64(14695981039346656037)
    for i in range(data.size):
        h ^= np.uint64(data[i])
        h *= np.uint64(1099511628211)
    return h


def arr(s):
    return np.frombuffer(s.encode(), dtype=np.uint8)


@njit
def lcg(seed):
    return (1103515245 * seed + 12345) % 2147483648


@njit
def mc_pi(n, seed):
    inside = 0
    for _ in range(n):
        seed = lcg(seed)
        x = seed / 2147483648
        seed = lcg(seed)
        y = seed / 2147483648
        if x * x + y * y <= 1:
            inside += 1
    return 4.0 * inside / n


@njit
def shuffle_fisher_yates(a, seed):
    for i in range(len(a) - 1, 0, -1):
        seed = lcg(seed)
        j = seed % (i + 1)
        a[i], a[j] = a[j], a[i]


R = np.random.default_rng(3)
r = np.random.default_rng(9)
x = np.sin(np.linspace(0, 20, 64)) + 0.1 * r.random(64)

# What a program is, its function, and what gives its arguments.
CASES = [
    ("life_step", life_step, lambda: (np.random.default_rng(3).integers(0, 2, (8, 9)),)),
    ("rule110", rule110, lambda: (20, 10)),
    ("collatz_longest", collatz_longest, lambda: (30,)),
    ("coprime_count", coprime_count, lambda: (30,)),
    ("nqueens_for_else", nqueens, lambda: (6,)),
    ("popcount", popcount, lambda: (123456789,)),
    ("crc32", crc32, lambda: (arr("hello world"),)),
    ("fnv1a", fnv1a, lambda: (arr("hello world"),)),
    ("mc_pi_lcg", mc_pi, lambda: (500, 1)),
    ("shuffle_lcg", shuffle_fisher_yates, lambda: (np.arange(20), 7)),
]
