"""Methods of ufuncs, NumPy's and users': `function` is the ufunc."""

import numpy as np

from martlet._kernels._composites.shared import in_place, is_number, rows, shaped


@in_place
def result_type(function, a, b):
    return function(a.dtype(1), b.dtype(1)).dtype


def reduce(function, array, axis=0, dtype=None, out=None, keepdims=False, initial=None):
    if dtype is not None or out is not None:
        raise NotImplementedError("'dtype' and 'out' of this 'reduce'")
    given, shape, kept = rows(np.asarray(array), axis)
    results = np.empty(given.shape[0], dtype=result_type(function, given, given))
    for i in range(given.shape[0]):
        if initial is None:
            if given.shape[1] == 0:
                raise ValueError("zero-size array to reduction operation which has no identity")
            total = results.dtype(given[i, 0])
            for j in range(1, given.shape[1]):
                total = results.dtype(function(total, given[i, j]))
            results[i] = total
        else:
            total = results.dtype(initial)
            for j in range(given.shape[1]):
                total = results.dtype(function(total, given[i, j]))
            results[i] = total
    return shaped(results, shape, kept, keepdims)


def accumulate(function, array, axis=0, dtype=None, out=None):
    if dtype is not None or out is not None:
        raise NotImplementedError("'dtype' and 'out' of this 'accumulate'")
    turned = np.moveaxis(np.asarray(array), axis, -1)
    n = turned.shape[turned.ndim - 1]
    given = turned.reshape(-1, n)
    results = np.empty(given.shape, dtype=result_type(function, given, given))
    for i in range(given.shape[0]):
        if n > 0:
            results[i, 0] = given[i, 0]
        for j in range(1, n):
            results[i, j] = function(results[i, j - 1], given[i, j])
    return np.moveaxis(results.reshape(turned.shape), -1, axis)


def reduceat(function, array, indices, axis=0, dtype=None, out=None):
    if dtype is not None or out is not None:
        raise NotImplementedError("'dtype' and 'out' of 'reduceat'")
    turned = np.moveaxis(np.asarray(array), axis, -1)
    n = turned.shape[turned.ndim - 1]
    given, places = turned.reshape(-1, n), np.asarray(indices)
    results = np.empty(
        (given.shape[0], places.size),
        dtype=result_type(function, given, given),
    )
    for k in range(places.size):
        if places[k] < 0 or places[k] >= n:
            raise IndexError("index out-of-bounds in reduceat")
    for i in range(given.shape[0]):
        for k in range(places.size):
            start = places[k]
            stop = places[k + 1] if k + 1 < places.size else n
            total = results.dtype(given[i, start])
            for j in range(start + 1, stop):
                total = results.dtype(function(total, given[i, j]))
            results[i, k] = total
    return np.moveaxis(results.reshape(turned.shape[:-1] + (places.size,)), -1, axis)


def outer(function, A, B):
    if is_number(A) and is_number(B):
        return function(A, B)
    first, second = np.asarray(A).ravel(), np.asarray(B).ravel()
    results = np.empty((first.size, second.size), dtype=result_type(function, first, second))
    for i in range(first.size):
        for j in range(second.size):
            results[i, j] = function(first[i], second[j])
    return results.reshape(np.shape(A) + np.shape(B))


def at(function, a, indices, b=None):
    if is_number(indices):
        if b is None:
            a[indices] = function(a[indices])
        else:
            a[indices] = function(a[indices], b)
        return
    places = np.asarray(indices)
    if places.ndim != 1 or a.ndim != 1:
        raise NotImplementedError("'at' of more than one dimension")
    for i in range(places.size):
        if places[i] < -a.size or places[i] >= a.size:
            raise IndexError("index is out of bounds")
    if b is None:
        for i in range(places.size):
            a[places[i]] = function(a[places[i]])
    elif is_number(b):
        for i in range(places.size):
            a[places[i]] = function(a[places[i]], b)
    else:
        values = np.broadcast_to(b, places.shape)
        for i in range(places.size):
            a[places[i]] = function(a[places[i]], values[i])
