"""Smith and Waterman's local alignment of two sequences, with gaps."""

import numpy as np

SIZES = (50, 600)


def align(a, b, match, mismatch, gap):
    score = np.zeros((len(a) + 1, len(b) + 1))
    best, best_i, best_j = 0.0, 0, 0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            s = match if a[i - 1] == b[j - 1] else mismatch
            diagonal = score[i - 1, j - 1] + s
            up = score[i - 1, j] + gap
            left = score[i, j - 1] + gap
            score[i, j] = max(0.0, diagonal, up, left)
            if score[i, j] > best:
                best = score[i, j]
                best_i, best_j = i, j
    return score, best, best_i, best_j


def prepare(size):
    k = np.arange(size)
    return k * k % 11 % 4, (k * 5 + k // 7) % 13 % 4, 2.0, -1.0, -1.5


CORES = ["align"]


def run(size):
    return align(*prepare(size))
