"""Sorted values: quantiles, distinct values, and places in sorted arrays."""

import numpy as np

from martlet._kernels._composites.shared import (
    in_place,
    is_complex,
    is_inexact,
    is_number,
    kind,
    rows,
    shaped,
)

# Quantiles


def median(a, axis=None, overwrite_input=False, keepdims=False):
    given, shape, kept = rows(np.asarray(a), axis)
    values = given.copy()
    out = np.empty(values.shape[0], dtype=(values[:1, :1] / 2).dtype)
    for i in range(values.shape[0]):
        out[i] = median_of(values[i])
    return shaped(out, shape, kept, keepdims)


def nanmedian(a, axis=None, overwrite_input=False, keepdims=False):
    values, shape, kept = rows(np.asarray(a), axis)
    out = np.empty(values.shape[0], dtype=(values[:1, :1] / 2).dtype)
    for i in range(values.shape[0]):
        out[i] = median_of(values[i][values[i] == values[i]])
    return shaped(out, shape, kept, keepdims)


def median_of(values):
    """The median of one dimension, whose elements are put in another order."""
    if is_complex(values):
        return middle(np.sort(values))
    if np.any(values != values):
        return np.nan
    part(values, values.size // 2)
    half = values.size // 2
    if values.size % 2 == 0 and half > 0:
        values[half - 1] = np.max(values[:half])
    return middle(values)


def middle(ordered):
    n = ordered.size
    if n == 0:
        return np.nan
    # NaN is last.
    if ordered[n - 1] != ordered[n - 1]:
        return ordered[n - 1] / 2
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def part(values, k):
    """Moves numbers so that none before place `k` is greater than the one there, and none after it
    smaller: C. A. R. Hoare, "Algorithm 65: Find", CACM 4 (1961)."""
    left, right = 0, values.size - 1
    rounds = 0
    while left < right:
        if rounds == 60:
            # Numbers that it is slow for.
            values[left : right + 1].sort()
            break
        a, b, c = values[left], values[(left + right) // 2], values[right]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = left, right
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                kept = values[i]
                values[i] = values[j]
                values[j] = kept
                i += 1
                j -= 1
        if k <= j:
            right = j
        elif k >= i:
            left = i
        else:
            break
        rounds += 1


def quantile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False):
    return quantiles(a, q, 1, axis, method, keepdims, False)


def percentile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False):
    return quantiles(a, q, 100, axis, method, keepdims, False)


def nanquantile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False):
    return quantiles(a, q, 1, axis, method, keepdims, True)


def nanpercentile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False):
    return quantiles(a, q, 100, axis, method, keepdims, True)


def quantiles(a, q, whole, axis, method, keepdims, leaves_nan):
    if method != "linear":
        raise NotImplementedError("a 'method' of quantiles other than 'linear'")
    given, shape, kept = rows(np.asarray(a), axis)
    values = given.copy()
    if is_number(q):
        share = q / whole
        check_share(share, whole)
        if is_inexact(values):
            dtype = values.dtype
        else:
            dtype = np.float64
        out = np.empty(values.shape[0], dtype=dtype)
        for i in range(values.shape[0]):
            row = values[i]
            if leaves_nan:
                row = row[row == row]
            has_nan = np.any(row != row)
            if row.size > 0 and not has_nan:
                low = int(np.floor((row.size - 1) * share))
                part(row, low)
                if low + 1 < row.size:
                    part(row[low + 1 :], 0)
            out[i] = one_quantile(row, share, has_nan, leaves_nan, dtype)
        return shaped(out, shape, kept, keepdims)
    shares = np.asarray(q) / whole
    flat = shares.ravel()
    for share in flat:
        check_share(share, whole)
    out = np.empty((flat.size, values.shape[0]), dtype=(values[:1, :1] / 1 + flat[:1]).dtype)
    for i in range(values.shape[0]):
        row = values[i]
        if leaves_nan:
            row = row[row == row]
        has_nan = np.any(row != row)
        row.sort()
        for j in range(flat.size):
            out[j, i] = one_quantile(row, flat[j], has_nan, leaves_nan, np.float64)
    return out.reshape(shares.shape + (kept if keepdims else shape))


def check_share(share, whole):
    if not (share >= 0 and share <= 1):
        if whole == 1:
            raise ValueError("Quantiles must be in the range [0, 1]")
        else:
            raise ValueError("Percentiles must be in the range [0, 100]")


def one_quantile(ordered, share, has_nan, may_be_empty, dtype):
    """Between two neighbours, computed from the nearer one, as NumPy does."""
    n = ordered.size
    if n == 0:
        if may_be_empty:
            return dtype(np.nan)
        raise IndexError("index -1 is out of bounds for axis 0 with size 0")
    if has_nan:
        return dtype(np.nan)
    place = (n - 1) * share
    low = int(np.floor(place))
    high = min(low + 1, n - 1)
    between = place - low
    step = ordered[high] - ordered[low]
    if between >= 0.5:
        return ordered[high] - step * dtype(1 - between)
    return ordered[low] + step * dtype(between)


# Distinct values


def unique(
    ar, return_index=False, return_inverse=False, return_counts=False, equal_nan=True, sorted=True
):
    if not sorted:
        raise NotImplementedError("'sorted' of unique as False")
    values = np.asarray(ar).ravel()
    if not (return_index or return_inverse or return_counts):
        ordered = np.sort(values)
        return ordered[first_of_each(ordered, equal_nan)]
    order = np.argsort(values)
    ordered = values[order]
    first = first_of_each(ordered, equal_nan)
    results = (ordered[first],)
    if return_index:
        results = results + (order[first],)
    if return_inverse:
        inverse = np.empty(values.size, dtype=np.int64)
        inverse[order] = np.cumsum(first) - 1
        results = results + (inverse.reshape(np.asarray(ar).shape),)
    if return_counts:
        starts = np.flatnonzero(first)
        counts = np.empty(starts.size, dtype=np.int64)
        for i in range(starts.size):
            counts[i] = (starts[i + 1] if i + 1 < starts.size else values.size) - starts[i]
        results = results + (counts,)
    return results


def first_of_each(ordered, equal_nan):
    """Where a sorted array has another value than before; NaN is one value if `equal_nan`."""
    first = np.ones(ordered.size, dtype=np.bool_)
    for i in range(1, ordered.size):
        a, b = ordered[i - 1], ordered[i]
        first[i] = a != b and (not equal_nan or a == a or b == b)
    return first


def union1d(ar1, ar2):
    return np.unique(np.concatenate((np.asarray(ar1).ravel(), np.asarray(ar2).ravel())))


def isin(element, test_elements, assume_unique=False, invert=False, kind=None):
    if kind is not None and kind != "sort":
        raise NotImplementedError("a 'kind' of isin other than 'sort'")
    ordered = np.sort(np.asarray(test_elements).ravel())
    if is_number(element):
        return is_among(ordered, element) != invert
    values = np.asarray(element)
    out = np.empty(values.shape, dtype=np.bool_)
    flat, results = values.ravel(), out.reshape(-1)
    for i in range(flat.size):
        results[i] = is_among(ordered, flat[i]) != invert
    return out


def is_among(ordered, value):
    place = left_of(ordered, value)
    return place < ordered.size and ordered[min(place, max(0, ordered.size - 1))] == value


def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    if return_indices:
        first, places1 = np.unique(ar1, return_index=True)
        second, places2 = np.unique(ar2, return_index=True)
        both = first[np.isin(first, second)]
        values = both * np.ones(1, dtype=ar2.dtype) if ar1.dtype != ar2.dtype else both
        return values, places1[np.isin(first, second)], places2[np.isin(second, first)]
    values = np.sort(np.asarray(ar1).ravel()) if assume_unique else np.unique(ar1)
    both = values[np.isin(values, ar2)]
    return both * np.ones(1, dtype=ar2.dtype) if ar1.dtype != ar2.dtype else both


def setdiff1d(ar1, ar2, assume_unique=False):
    values = np.asarray(ar1).ravel() if assume_unique else np.unique(ar1)
    return values[np.isin(values, ar2, invert=True)]


def setxor1d(ar1, ar2, assume_unique=False):
    first = np.asarray(ar1).ravel() if assume_unique else np.unique(ar1)
    second = np.asarray(ar2).ravel() if assume_unique else np.unique(ar2)
    ordered = np.sort(np.concatenate((first, second)))
    alone = np.ones(ordered.size, dtype=np.bool_)
    for i in range(1, ordered.size):
        if ordered[i - 1] == ordered[i]:
            alone[i - 1] = False
            alone[i] = False
    return ordered[alone]


# Places in sorted arrays


@in_place
def is_before(a, b):
    # NaN is last.
    return a < b or (b != b and a == a)


def left_of(a, v):
    low, high = 0, a.size
    while low < high:
        middle = (low + high) // 2
        if is_before(a[middle], v):
            low = middle + 1
        else:
            high = middle
    return low


def right_of(a, v):
    low, high = 0, a.size
    while low < high:
        middle = (low + high) // 2
        if is_before(v, a[middle]):
            high = middle
        else:
            low = middle + 1
    return low


def searchsorted(a, v, side="left", sorter=None):
    if kind(side) != "text":
        raise NotImplementedError("a 'side' of searchsorted that is no text")
    if side != "left" and side != "right":
        raise ValueError("search side must be 'left' or 'right'")
    if sorter is None:
        return places_in(np.asarray(a), v, side)
    if np.size(sorter) != np.size(a):
        raise ValueError("sorter.size must equal len(a)")
    return places_in(np.asarray(np.take(a, sorter)), v, side)


def places_in(ordered, v, side):
    if is_number(v):
        return left_of(ordered, v) if side == "left" else right_of(ordered, v)
    values = np.asarray(v)
    out = np.empty(values.shape, dtype=np.int64)
    flat, results = values.ravel(), out.reshape(-1)
    for i in range(flat.size):
        if side == "left":
            results[i] = left_of(ordered, flat[i])
        else:
            results[i] = right_of(ordered, flat[i])
    return out


def digitize(x, bins, right=False):
    edges = np.asarray(bins)
    rises, falls = True, True
    for i in range(1, edges.size):
        rises = rises and edges[i - 1] <= edges[i]
        falls = falls and edges[i - 1] >= edges[i]
    if not rises and not falls:
        raise ValueError("bins must be monotonically increasing or decreasing")
    if rises:
        if right:
            return np.searchsorted(edges, x, "left")
        return np.searchsorted(edges, x, "right")
    if right:
        return edges.size - np.searchsorted(edges[::-1], x, "left")
    return edges.size - np.searchsorted(edges[::-1], x, "right")


# Places of values


def argwhere(a):
    a = np.asarray(a)
    places = np.nonzero(a)
    # The positions along each axis lie together, as in NumPy.
    out = np.empty((a.ndim, places[0].size), dtype=np.int64)
    axis = 0
    for along in places:
        out[axis] = along
        axis += 1
    return out.T


# Parts of an order


def partition(a, kth, axis=-1, kind="introselect"):
    check_places(np.asarray(a), kth, axis)
    return np.sort(a, axis)


def argpartition(a, kth, axis=-1, kind="introselect"):
    check_places(np.asarray(a), kth, axis)
    return np.argsort(a, axis)


def check_places(a, kth, axis):
    """A whole order has every number where a part of one would have it."""
    n = np.size(a, axis)
    for k in np.asarray(kth).reshape(-1):
        if k < -n or k >= n:
            raise ValueError("kth out of bounds")


def take_along_axis(arr, indices, axis=-1):
    if axis is None:
        return np.take(np.asarray(arr).ravel(), indices)
    if arr.ndim != indices.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    source, places = np.moveaxis(arr, axis, -1), np.moveaxis(indices, axis, -1)
    shape = np.broadcast_shapes(source.shape[:-1], places.shape[:-1])
    n, m = source.shape[source.ndim - 1], places.shape[places.ndim - 1]
    rows = np.broadcast_to(source, shape + (n,)).reshape(-1, n)
    taken = np.broadcast_to(places, shape + (m,)).reshape(-1, m)
    out = np.empty(taken.shape, dtype=arr.dtype)
    for i in range(taken.shape[0]):
        for j in range(m):
            place = taken[i, j]
            if place < -n or place >= n:
                raise IndexError("index out of bounds")
            out[i, j] = rows[i, place]
    return np.moveaxis(out.reshape(shape + (m,)), -1, axis)
