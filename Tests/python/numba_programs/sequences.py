"""Sorting, searching and comparing sequences."""

import numpy as np
from martlet import njit


@njit
def levenshtein(a, b):
    n, m = len(a), len(b)
    prev = np.arange(m + 1)
    cur = np.zeros(m + 1, dtype=np.int64)
    for i in range(1, n + 1):
        cur[0] = i
        for j in range(1, m + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            cur[j] = min(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + cost)
        prev[:] = cur
    return prev[m]


@njit
def levenshtein_swap(a, b):
    prev = np.arange(len(b) + 1)
    for i in range(len(a)):
        cur = np.zeros(len(b) + 1, dtype=np.int64)
        cur[0] = i + 1
        for j in range(len(b)):
            cur[j + 1] = min(prev[j + 1] + 1, cur[j] + 1, prev[j] + (a[i] != b[j]))
        prev = cur
    return prev[-1]


@njit
def partition(a, lo, hi):
    pivot = a[(lo + hi) // 2]
    i = lo - 1
    j = hi + 1
    while True:
        i += 1
        while a[i] < pivot:
            i += 1
        j -= 1
        while a[j] > pivot:
            j -= 1
        if i >= j:
            return j
        a[i], a[j] = a[j], a[i]


@njit
def quicksort(a):
    stack = np.empty((64, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, len(a) - 1
    top = 1
    while top:
        top -= 1
        lo, hi = stack[top, 0], stack[top, 1]
        if lo < hi:
            p = partition(a, lo, hi)
            stack[top, 0] = lo
            stack[top, 1] = p
            stack[top + 1, 0] = p + 1
            stack[top + 1, 1] = hi
            top += 2


@njit
def bubble_sort(a):
    n = len(a)
    for i in range(n):
        swapped = False
        for j in range(n - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
                swapped = True
        if not swapped:
            break
    return a


@njit
def binary_search(a, x):
    lo, hi = 0, len(a)
    while lo < hi:
        mid = (lo + hi) >> 1
        if a[mid] < x:
            lo = mid + 1
        else:
            hi = mid
    return lo if lo < len(a) and a[lo] == x else -1


@njit
def knapsack(weights, values, capacity):
    dp = np.zeros(capacity + 1, dtype=np.int64)
    for w, v in zip(weights, values):  # noqa: B905 (as numba has it)
        for c in range(capacity, w - 1, -1):
            dp[c] = max(dp[c], dp[c - w] + v)
    return dp[capacity]


@njit
def lcs(a, b):
    t = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int32)
    for i in range(len(a) - 1, -1, -1):
        for j in reversed(range(len(b))):
            if a[i] == b[j]:
                t[i, j] = t[i + 1, j + 1] + 1
            else:
                t[i, j] = max(t[i + 1, j], t[i, j + 1])
    return t[0, 0]


@njit
def permutations_heap(a):
    n = a.size
    c = np.zeros(n, np.int64)
    total = 0
    i = 0
    while i < n:
        if c[i] < i:
            k = 0 if i % 2 == 0 else c[i]
            a[k], a[i] = a[i], a[k]
            total += a[0] * a[-1]
            c[i] += 1
            i = 0
        else:
            c[i] = 0
            i += 1
    return total


@njit
def topk_heap(x, k):
    heap = x[:k].copy()
    for i in range(k // 2 - 1, -1, -1):
        sift(heap, i)
    for v in x[k:]:
        if v > heap[0]:
            heap[0] = v
            sift(heap, 0)
    return heap


@njit
def sift(heap, i):
    n = len(heap)
    while True:
        left = 2 * i + 1
        if left >= n:
            return
        small = left
        if left + 1 < n and heap[left + 1] < heap[left]:
            small = left + 1
        if heap[i] <= heap[small]:
            return
        heap[i], heap[small] = heap[small], heap[i]
        i = small


@njit
def mergesort(a):
    n = len(a)
    src = a.copy()
    dst = np.empty_like(a)
    width = 1
    while width < n:
        for start in range(0, n, 2 * width):
            mid = min(start + width, n)
            end = min(start + 2 * width, n)
            i, j = start, mid
            for k in range(start, end):
                if i < mid and (j >= end or src[i] <= src[j]):
                    dst[k] = src[i]
                    i += 1
                else:
                    dst[k] = src[j]
                    j += 1
        src, dst = dst, src
        width *= 2
    return src


def arr(s):
    return np.frombuffer(s.encode(), dtype=np.uint8)


@njit
def prefix_sums(a):
    out = np.empty(len(a) + 1, a.dtype)
    out[0] = 0
    for i in range(len(a)):
        out[i + 1] = out[i] + a[i]
    return out


@njit
def kadane(a):
    best = cur = a[0]
    start = end = s = 0
    for i in range(1, len(a)):
        if cur < 0:
            cur = a[i]
            s = i
        else:
            cur += a[i]
        if cur > best:
            best, start, end = cur, s, i
    return best, start, end


@njit
def run_length(a):
    values = np.empty_like(a)
    counts = np.empty(a.size, np.int64)
    n = 0
    i = 0
    while i < a.size:
        j = i
        while j < a.size and a[j] == a[i]:
            j += 1
        values[n], counts[n] = a[i], j - i
        n += 1
        i = j
    return values[:n], counts[:n]


@njit
def viterbi(obs, start, trans, emit):
    n, t = trans.shape[0], len(obs)
    v = np.zeros((t, n))
    back = np.zeros((t, n), np.int64)
    v[0] = np.log(start) + np.log(emit[:, obs[0]])
    for i in range(1, t):
        for s in range(n):
            scores = v[i - 1] + np.log(trans[:, s])
            back[i, s] = np.argmax(scores)
            v[i, s] = np.max(scores) + np.log(emit[s, obs[i]])
    path = np.zeros(t, np.int64)
    path[-1] = np.argmax(v[-1])
    for i in range(t - 2, -1, -1):
        path[i] = back[i + 1, path[i + 1]]
    return path


@njit
def needleman(a, b, match=1, mismatch=-1, gap=-2):
    n, m = a.size, b.size
    f = np.zeros((n + 1, m + 1), np.int32)
    f[:, 0] = gap * np.arange(n + 1)
    f[0, :] = gap * np.arange(m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            s = match if a[i - 1] == b[j - 1] else mismatch
            f[i, j] = max(f[i - 1, j - 1] + s, f[i - 1, j] + gap, f[i, j - 1] + gap)
    return f[n, m]


@njit
def dtw(a, b):
    n, m = len(a), len(b)
    d = np.full((n + 1, m + 1), np.inf)
    d[0, 0] = 0.0
    for i in range(n):
        for j in range(m):
            cost = abs(a[i] - b[j])
            d[i + 1, j + 1] = cost + min(d[i, j + 1], d[i + 1, j], d[i, j])
    return d[n, m]


R = np.random.default_rng(3)
ints = R.integers(0, 100, 40)
r = np.random.default_rng(9)
x = np.sin(np.linspace(0, 20, 64)) + 0.1 * r.random(64)
k5 = r.integers(0, 5, 64)

# What a program is, its function, and what gives its arguments.
CASES = [
    ("levenshtein", levenshtein, lambda: (arr("kitten on the mat"), arr("sitting in a hat"))),
    (
        "levenshtein_swap",
        levenshtein_swap,
        lambda: (arr("kitten on the mat"), arr("sitting in a hat")),
    ),
    ("quicksort", quicksort, lambda: (ints.copy(),)),
    ("bubble_sort", bubble_sort, lambda: (ints.copy(),)),
    ("binary_search", binary_search, lambda: (np.sort(ints), 50)),
    ("knapsack", knapsack, lambda: (np.array([3, 4, 5, 9]), np.array([3, 4, 4, 10]), 11)),
    ("lcs", lcs, lambda: (arr("kitten on the mat"), arr("sitting in a hat"))),
    ("permutations_heap", permutations_heap, lambda: (np.arange(5),)),
    ("topk_heap", topk_heap, lambda: (np.random.default_rng(3).random(40), 5)),
    ("mergesort", mergesort, lambda: (ints.copy(),)),
    ("prefix_sums", prefix_sums, lambda: (x,)),
    ("kadane", kadane, lambda: (x - 0.1,)),
    ("run_length", run_length, lambda: (k5,)),
    (
        "viterbi",
        viterbi,
        lambda: (
            np.array([0, 1, 2, 1]),
            np.array([0.6, 0.4]),
            np.array([[0.7, 0.3], [0.4, 0.6]]),
            np.array([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]]),
        ),
    ),
    ("needleman", needleman, lambda: (k5, k5[::-1])),
    ("dtw", dtw, lambda: (x[:20], x[10:40])),
]
