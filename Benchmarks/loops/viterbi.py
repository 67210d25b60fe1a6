"""The likeliest states of a hidden Markov model, by Viterbi's algorithm."""

import numpy as np

SIZES = (60, 3000)


def viterbi(observed, start, change, emit):
    steps, states = len(observed), len(start)
    score = np.zeros((steps, states))
    back = np.zeros((steps, states), dtype=np.int64)
    for s in range(states):
        score[0, s] = start[s] + emit[s, observed[0]]
    for t in range(1, steps):
        for s in range(states):
            best = -np.inf
            for r in range(states):
                value = score[t - 1, r] + change[r, s]
                if value > best:
                    best = value
                    back[t, s] = r
            score[t, s] = best + emit[s, observed[t]]
    path = np.zeros(steps, dtype=np.int64)
    for s in range(states):
        if score[steps - 1, s] > score[steps - 1, path[steps - 1]]:
            path[steps - 1] = s
    for t in range(steps - 2, -1, -1):
        path[t] = back[t + 1, path[t + 1]]
    return path, score[steps - 1]


def prepare(size):
    k = np.arange(36).reshape(6, 6)
    change = -1.0 - (k * 7919 % 101) / 25
    emit = -0.5 - (np.arange(24).reshape(6, 4) * 104729 % 103) / 25
    return np.arange(size) * 7 % 11 % 4, np.full(6, -2.0), change, emit


CORES = ["viterbi"]


def run(size):
    return viterbi(*prepare(size))
