"""Counting into bins, and values between those of a table."""

import builtins

import numpy as np

from martlet._kernels._composites.missing import of_parts
from martlet._kernels._composites.shared import is_complex, is_inexact, is_number, kind

# Counting


def bincount(x, weights=None, minlength=0):
    x = np.asarray(x)
    if is_inexact(x):
        raise TypeError("Cannot cast array data to dtype('int64') according to the rule 'safe'")
    if minlength < 0:
        raise ValueError("'minlength' must not be negative")
    size = minlength
    for value in x:
        if value < 0:
            raise ValueError("'list' argument must have no negative elements")
        size = max(size, value + 1)
    if weights is None:
        counts = np.zeros(size, dtype=np.int64)
        for value in x:
            counts[value] += 1
        return counts
    weights = np.asarray(weights)
    if weights.size != x.size:
        raise ValueError("The weights and list don't have the same length.")
    sums = np.zeros(size, dtype=np.float64)
    for i in range(x.size):
        sums[x[i]] += weights[i]
    return sums


def histogram(a, bins=10, range=None, density=None, weights=None):
    if kind(bins) == "text":
        raise NotImplementedError("a text as 'bins' of histogram")
    if is_number(bins):
        if bins < 1:
            raise ValueError("`bins` must be positive, when an integer")
    values = np.asarray(a).ravel()
    edges = bin_edges(values, bins, range)
    if weights is None:
        if is_number(bins):
            counts = histogram_of_equal_bins(values, edges)
        else:
            counts = histogram_of_bins(values, edges)
    else:
        if np.shape(weights) != np.shape(a):
            raise ValueError("weights should have the same shape as a.")
        counts = weighted_histogram(values, edges, np.asarray(weights).ravel(), is_number(bins))
    if density:
        return counts / np.diff(edges) / np.sum(counts), edges
    return counts, edges


def bin_edges(values, bins, range):
    if not is_number(bins):
        edges = np.asarray(bins)
        for i in builtins.range(1, edges.size):
            if edges[i - 1] > edges[i]:
                raise ValueError("`bins` must increase monotonically, when an array")
        return edges
    first, last = ends(values, range)
    dtype = values.dtype if is_inexact(values) else np.float64
    if range is None and values.size > 0:
        return equal_edges(dtype(first), dtype(last), bins, dtype)
    return dtype(equal_edges(first, last, bins, np.float64))


def weighted_histogram(values, edges, weights, is_equal):
    bins = edges.size - 1
    sums = np.zeros(max(0, bins), dtype=weights.dtype)
    for i in range(values.size):
        value = values[i]
        if bins > 0 and value >= edges[0] and value <= edges[bins]:
            if is_equal:
                place = bin_by_edges(value, edges)
            else:
                place = min(np.searchsorted(edges, value, "right"), bins) - 1
            sums[place] += weights[i]
    return sums


def ends(values, given):
    """The first and the last edge, apart."""
    low, high = 0.0, 1.0
    if given is None:
        if values.size > 0:
            low, high = np.min(values), np.max(values)
    else:
        low, high = given
        if low > high:
            raise ValueError("max must be larger than min in range parameter.")
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError("the range of the histogram is not finite")
    if low == high:
        low -= 0.5
        high += 0.5
    return np.float64(low), np.float64(high)


def equal_edges(first, last, bins, dtype):
    edges = np.empty(bins + 1, dtype=dtype)
    step = (last - first) / dtype(bins)
    for i in range(bins):
        edges[i] = dtype(i) * step + first
    edges[bins] = last
    return edges


def histogram_of_equal_bins(values, edges):
    """Block by block: most values are so far from the edges that a product tells their bins, which
    are found many at a time and counted then. Of the others the edges decide."""
    bins = edges.size - 1
    first, last = edges[0], edges[bins]
    scale = np.divide(bins, last - first)
    margin = uncertainty(edges, scale)
    places = np.empty(256, dtype=np.uint32)
    # One more for what is in no bin.
    counts = np.zeros(bins + 1, dtype=np.int64)
    for start in range(0, values.size, 256):
        length = min(256, values.size - start)
        sure = 0
        if margin < 0.25:
            for i in range(length):
                value = values[start + i]
                distance = (value - first) * scale
                place = np.uint32(distance)
                is_inside = (value >= first) & (value <= last)
                is_sure = (np.abs(distance - place - 0.5) < 0.5 - margin) & (distance < bins)
                places[i] = place if is_inside else bins
                sure += is_sure | (not is_inside)
        if sure == length:
            for i in range(length):
                counts[places[i]] += 1
        else:
            for i in range(length):
                counts[bin_by_edges(values[start + i], edges)] += 1
    return counts[:bins]


def uncertainty(edges, scale):
    """By how many bins a value's place may be off, for all roundings."""
    bins = edges.size - 1
    if edges.dtype == np.float64:
        unit = 2.0**-49
    elif edges.dtype == np.float32:
        unit = 2.0**-20
    else:
        unit = 1.0
    size = max(np.abs(np.float64(edges[0])), np.abs(np.float64(edges[bins])))
    if bins >= 2**31 or not np.isfinite(scale):
        return 1.0
    return unit * (bins + size * scale)


def bin_by_edges(value, edges):
    """The bin of a value, as NumPy finds it; one more than the last for what is in none."""
    bins = edges.size - 1
    first, last = edges[0], edges[bins]
    if not (value >= first and value <= last):
        return bins
    place = min(int(np.divide(value - first, last - first) * bins), bins - 1)
    # The division is not exact, the edges decide.
    if value < edges[place]:
        place -= 1
    if value >= edges[place + 1] and place != bins - 1:
        place += 1
    return place


def histogram_of_bins(values, edges):
    bins = edges.size - 1
    counts = np.zeros(bins, dtype=np.int64)
    if bins > 0:
        for value in values:
            if value >= edges[0] and value <= edges[bins]:
                # The last bin has both its edges.
                place = min(np.searchsorted(edges, value, "right"), bins) - 1
                counts[place] += 1
    return counts


# Between the values of a table


def interp(x, xp, fp, left=None, right=None, period=None):
    places, values = np.asarray(xp), np.asarray(fp)
    if is_complex(values):
        real = interp_of_real(x, places, values.real, real_part(left), real_part(right), period)
        imaginary = interp_of_real(
            x, places, values.imag, imaginary_part(left), imaginary_part(right), period
        )
        return of_parts(real, imaginary)
    return interp_of_real(x, places, values, left, right, period)


def real_part(value):
    return None if value is None else value.real


def imaginary_part(value):
    return None if value is None else value.imag


def interp_of_real(x, xp, fp, left, right, period):
    if period is None:
        return interp_on_line(x, np.asarray(xp), np.asarray(fp), left, right)
    if period == 0:
        raise ValueError("period must be a non-zero value")
    length = abs(period * 1.0)
    if np.ndim(xp) != 1 or np.ndim(fp) != 1:
        raise ValueError("Data points must be 1-D sequences")
    if xp.size != fp.size:
        raise ValueError("fp and xp are not of the same length")
    wrapped = np.mod(xp * 1.0, length)
    order = np.argsort(wrapped)
    places, values = wrapped[order], fp[order]
    places = np.concatenate((places[-1:] - length, places, places[:1] + length))
    values = np.concatenate((values[-1:], values, values[:1]))
    return interp_on_line(np.mod(x * 1.0, length), places, values, None, None)


def interp_on_line(x, places, values, left, right):
    if places.size == 0:
        raise ValueError("array of sample points is empty")
    if places.size != values.size:
        raise ValueError("fp and xp are not of the same length.")
    below = values[0] if left is None else left
    above = values[values.size - 1] if right is None else right
    if is_number(x):
        return interpolated(np.float64(x), places, values, below, above)
    points = np.asarray(x)
    out = np.empty(points.shape)
    flat, results = points.ravel(), out.reshape(-1)
    for i in range(flat.size):
        results[i] = interpolated(np.float64(flat[i]), places, values, below, above)
    return out


def interpolated(x, places, values, below, above):
    last = places.size - 1
    if x != x and last > 0:
        return x
    if x < places[0]:
        return np.float64(below)
    if x > places[last]:
        return np.float64(above)
    j = min(max(0, np.searchsorted(places, x, "right") - 1), last)
    y = np.float64(values[j])
    if j == last or places[j] == x:
        return y
    before, after = np.float64(places[j]), np.float64(places[j + 1])
    next = np.float64(values[j + 1])
    slope = np.divide(next - y, after - before)
    result = slope * (x - before) + y
    if result != result:
        # An infinite slope has a side where it is finite.
        result = slope * (x - after) + next
        if result != result and y == next:
            result = y
    return result


def polyval(p, x):
    factors = np.asarray(p)
    if is_number(x):
        # From zero, as NumPy does: it matters where x is infinite.
        result = x.dtype(0) * factors.dtype(0)
        for factor in factors:
            result = result * x + factor
        return result
    points = np.asarray(x)
    out = np.zeros(points.shape, dtype=(points.ravel()[:1] * factors[:1, None]).dtype)
    for factor in factors:
        out[:] = out * points + factor
    return out
