"""The sieve of Eratosthenes, and the widest gap between primes."""

import numpy as np

SIZES = (2000, 400_000)


def sieve(limit):
    prime = np.ones(limit + 1, dtype=np.bool_)
    prime[0] = prime[1] = False
    p = 2
    while p * p <= limit:
        if prime[p]:
            for multiple in range(p * p, limit + 1, p):
                prime[multiple] = False
        p += 1
    count, widest, last = 0, 0, 2
    for n in range(2, limit + 1):
        if prime[n]:
            count += 1
            if n - last > widest:
                widest = n - last
            last = n
    return count, widest


def prepare(size):
    return (size,)


CORES = ["sieve"]


def run(size):
    return sieve(*prepare(size))
