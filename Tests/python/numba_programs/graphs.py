"""Graphs as matrices, as lists of edges and as compressed rows."""

import numpy as np
from martlet import njit, prange


@njit
def floyd_warshall(dist):
    n = dist.shape[0]
    d = dist.copy()
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if d[i, k] + d[k, j] < d[i, j]:
                    d[i, j] = d[i, k] + d[k, j]
    return d


@njit
def find(parent, x):
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


@njit
def union(parent, rank, a, b):
    ra, rb = find(parent, a), find(parent, b)
    if ra == rb:
        return False
    if rank[ra] < rank[rb]:
        ra, rb = rb, ra
    parent[rb] = ra
    if rank[ra] == rank[rb]:
        rank[ra] += 1
    return True


@njit
def components_indexed(n, edges):
    parent = np.arange(n)
    rank = np.zeros(n, np.int8)
    count = n
    for e in range(edges.shape[0]):
        if union(parent, rank, edges[e, 0], edges[e, 1]):
            count -= 1
    return count, parent


@njit
def bfs(indptr, indices, source):
    n = indptr.size - 1
    dist = np.full(n, -1, np.int32)
    queue = np.empty(n, np.int32)
    head, tail = 0, 1
    queue[0] = source
    dist[source] = 0
    while head < tail:
        u = queue[head]
        head += 1
        for v in indices[indptr[u] : indptr[u + 1]]:
            if dist[v] < 0:
                dist[v] = dist[u] + 1
                queue[tail] = v
                tail += 1
    return dist


@njit
def dijkstra(w, source):
    n = w.shape[0]
    dist = np.full(n, np.inf)
    done = np.zeros(n, dtype=np.bool_)
    dist[source] = 0
    for _ in range(n):
        u = -1
        best = np.inf
        for i in range(n):
            if not done[i] and dist[i] < best:
                best = dist[i]
                u = i
        if u < 0:
            break
        done[u] = True
        for v in range(n):
            if w[u, v] > 0 and dist[u] + w[u, v] < dist[v]:
                dist[v] = dist[u] + w[u, v]
    return dist


@njit
def pagerank(indptr, indices, damping=0.85, tol=1e-10):
    n = len(indptr) - 1
    rank = np.ones(n) / n
    for _ in range(200):
        new = np.full(n, (1 - damping) / n)
        for u in range(n):
            deg = indptr[u + 1] - indptr[u]
            if deg == 0:
                new += damping * rank[u] / n
            else:
                share = damping * rank[u] / deg
                for k in range(indptr[u], indptr[u + 1]):
                    new[indices[k]] += share
        delta = np.abs(new - rank).sum()
        rank = new
        if delta < tol:
            break
    return rank


def graph(n, d):
    r = np.random.default_rng(4)
    deg = r.integers(0, d, n)
    indptr = np.concatenate([[0], np.cumsum(deg)])
    return indptr, r.integers(0, n, indptr[-1])


@njit
def csr_matvec(data, indices, indptr, x):
    y = np.zeros(len(indptr) - 1)
    for i in range(y.size):
        for k in range(indptr[i], indptr[i + 1]):
            y[i] += data[k] * x[indices[k]]
    return y


@njit(parallel=True)
def csr_matvec_parallel(data, indices, indptr, x):
    n = indptr.shape[0] - 1
    y = np.empty(n, dtype=x.dtype)
    for i in prange(n):
        s = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            s += data[k] * x[indices[k]]
        y[i] = s
    return y


def csr(n, d):
    r = np.random.default_rng(0)
    deg = r.integers(1, d, n)
    indptr = np.concatenate([[0], np.cumsum(deg)]).astype(np.int32)
    return r.random(indptr[-1]), r.integers(0, n, indptr[-1]).astype(np.int32), indptr, r.random(n)


R = np.random.default_rng(3)
dist = R.random((7, 7))
edges = R.integers(0, 20, (15, 2))
r = np.random.default_rng(9)
x = np.sin(np.linspace(0, 20, 64)) + 0.1 * r.random(64)

# What a program is, its function, and what gives its arguments.
CASES = [
    ("floyd_warshall", floyd_warshall, lambda: (dist,)),
    ("union_find_indexed", components_indexed, lambda: (20, edges)),
    ("bfs", bfs, lambda: graph(20, 4) + (0,)),
    ("dijkstra", dijkstra, lambda: (dist, 2)),
    ("pagerank", pagerank, lambda: graph(20, 4)),
    ("csr_matvec", csr_matvec, lambda: csr(20, 5)),
    ("csr_matvec_parallel", csr_matvec_parallel, lambda: csr(20, 5)),
]
