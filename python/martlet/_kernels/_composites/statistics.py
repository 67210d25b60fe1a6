"""Averages, spreads and the like, of arrays without missing values."""

import numpy as np

from martlet._kernels._composites.shared import is_complex, is_inexact, kind


def count_nonzero(a, axis=None, keepdims=False):
    return np.sum(a != 0, axis, keepdims=keepdims)


def average(a, axis=None, weights=None, returned=False, keepdims=False):
    if kind(axis) == "array":
        raise NotImplementedError("an 'axis' of average that is an array")
    a = np.asarray(a)
    if weights is None:
        mean = np.mean(a, axis, keepdims=keepdims)
        if returned:
            counts = mean.dtype(np.size(a, axis))
            return mean, of_shape(counts, mean)
        return mean
    return weighted_average(a, axis, np.asarray(weights), returned, keepdims)


def weighted_average(a, axis, weights, returned, keepdims):
    if axis is None and a.ndim != weights.ndim:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    w = spread_weights(a, axis, weights)
    if is_inexact(a):
        total = np.sum(w * np.ones(1, dtype=a.dtype), axis, keepdims=keepdims)
        mean = np.sum(a * w, axis, keepdims=keepdims)
    else:
        total = np.sum(w * 1.0, axis, keepdims=keepdims)
        mean = np.sum(a * 1.0 * w, axis, keepdims=keepdims)
    if np.any(total == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    if returned:
        mean = np.divide(mean, total)
        return mean, of_shape(total, mean)
    return np.divide(mean, total)


def spread_weights(a, axis, weights):
    """The weights in the array's shape."""
    if a.ndim == weights.ndim:
        if axis is None:
            if a.shape != weights.shape:
                raise TypeError("Axis must be specified when shapes of a and weights differ.")
        elif a.shape != weights.shape:
            raise ValueError("Shape of weights must be consistent with shape of a along axis.")
        out = np.empty(a.shape, dtype=weights.dtype)
        out[...] = weights
        return out
    if weights.ndim != 1:
        raise NotImplementedError("'weights' of average of more dimensions than one along 'axis'")
    if weights.size != np.size(a, axis):
        raise ValueError("Shape of weights must be consistent with shape of a along axis.")
    out = np.empty(a.shape, dtype=weights.dtype)
    np.moveaxis(out, axis, -1)[...] = weights
    return out


def of_shape(value, model):
    """A number or array, over and over in another's shape."""
    if np.ndim(model) == 0:
        return value
    out = np.empty(model.shape, dtype=value.dtype)
    out[...] = value
    return out


def trapezoid(y, x=None, dx=1.0, axis=-1):
    heights = np.moveaxis(np.asarray(y), axis, -1)
    if x is None:
        return np.sum(dx * (heights[..., 1:] + heights[..., :-1]) / 2.0, -1)
    places = np.asarray(x)
    if places.ndim == 1:
        return np.sum(np.diff(places) * (heights[..., 1:] + heights[..., :-1]) / 2.0, -1)
    widths = np.diff(np.moveaxis(places, axis, -1))
    return np.sum(widths * (heights[..., 1:] + heights[..., :-1]) / 2.0, -1)


trapz = trapezoid


# Elements rounded and kept between two


def round(a, decimals=0):
    if is_complex(a):
        return rounded(a.real, decimals) + 1j * rounded(a.imag, decimals)
    if is_inexact(a):
        return rounded(a, decimals)
    if a.dtype == np.bool_:
        return np.rint(a)
    if decimals < 0:
        return a.dtype(rounded(a * 1.0, decimals))
    return a * a.dtype(1)


def rounded(a, decimals):
    if decimals == 0:
        return np.rint(a)
    if decimals < 0:
        return np.rint(a / a.dtype(10.0 ** (-decimals))) * a.dtype(10.0 ** (-decimals))
    return np.rint(a * a.dtype(10.0**decimals)) / a.dtype(10.0**decimals)


def sinc(x):
    y = np.pi * np.where(x == 0, 1.0e-20, x)
    return np.sin(y) / y


# Together


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, dtype=None):
    freedom = (0 if bias else 1) if ddof is None else ddof
    if fweights is None and aweights is None:
        return plain_cov(m, y, rowvar, freedom, dtype)
    if y is None:
        rows = np.copy(variables(m, rowvar, dtype))
    else:
        rows = np.concatenate((variables(m, rowvar, dtype), variables(y, rowvar, dtype)))
    weights = weights_of(rows.shape[1], fweights, aweights)
    total = np.sum(weights)
    if total == 0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    means = np.sum(rows * weights, 1) / total
    lost = freedom if aweights is None else freedom * np.sum(weights * aweights) / total
    scale = np.divide(1.0, max(0.0, total - lost))
    rows -= means[:, None]
    result = (rows @ conjugate(rows * weights).T) * scale
    return result[0, 0] if m.ndim == 1 and y is None else result


def weights_of(count, fweights, aweights):
    weights = np.ones(count)
    if fweights is not None:
        if np.size(fweights) != count:
            raise RuntimeError("incompatible numbers of samples and fweights")
        if np.any(fweights < 0):
            raise ValueError("fweights cannot be negative")
        if np.any(np.rint(fweights) != fweights):
            raise TypeError("fweights must be integer")
        weights *= fweights
    if aweights is not None:
        if np.size(aweights) != count:
            raise RuntimeError("incompatible numbers of samples and aweights")
        if np.any(aweights < 0):
            raise ValueError("aweights cannot be negative")
        weights *= aweights
    return weights


def plain_cov(m, y, rowvar, freedom, dtype):
    if m.ndim == 1 and y is None:
        values = variables(m, rowvar, dtype)[0]
        own = values - np.mean(values)
        return np.sum(own * conjugate(own)) * own.dtype(np.divide(1.0, max(0, m.size - freedom)))
    if y is None:
        rows = deviations(variables(m, rowvar, dtype))
    else:
        rows = joined(m, y, rowvar, dtype)
    scale = np.divide(1.0, max(0, rows.shape[1] - freedom))
    return (rows @ conjugate(rows).T) * rows.dtype(scale)


def conjugate(a):
    if is_complex(a):
        return np.conj(a)
    return a


def variables(m, rowvar, dtype):
    """An array with a row for each variable, of at least 64 bits unless a type was asked for."""
    if dtype is None:
        if m.ndim == 1:
            return m[None] * 1.0 * np.ones(1)
        return (m if rowvar else m.T) * np.ones(1)
    if m.ndim == 1:
        return np.array(m[None], dtype=dtype)
    return np.array(m if rowvar else m.T, dtype=dtype)


def joined(m, y, rowvar, dtype):
    return deviations(np.concatenate((variables(m, rowvar, dtype), variables(y, rowvar, dtype))))


def deviations(rows):
    means = np.mean(rows, 1)
    return rows - means[:, None]


def corrcoef(x, y=None, rowvar=True, dtype=None):
    if x.ndim == 1 and y is None:
        own = np.cov(x, dtype=dtype)
        return np.divide(own, own)
    c = np.cov(x, y, rowvar, dtype=dtype)
    spread = np.sqrt(np.diag(c))
    c /= spread[:, None]
    c /= spread[None, :]
    return np.minimum(np.maximum(c, -1), 1)


# Angles without jumps


def unwrap(p, discont=None, axis=-1, period=2 * np.pi):
    turned = np.moveaxis(np.asarray(p), axis, -1)
    out = np.array(turned) + 0.0 * period if is_inexact(turned) else np.array(turned)
    rows = out.reshape(-1, out.shape[out.ndim - 1])
    half = period / 2 if is_inexact(rows) else period // 2
    leap = half if discont is None else max(half, discont)
    for i in range(rows.shape[0]):
        shift = rows.dtype(0)
        for j in range(1, rows.shape[1]):
            step = rows[i, j] - (rows[i, j - 1] - shift)
            wrapped = (step + half) % period - half
            if wrapped == -half and step > 0:
                wrapped = half
            if abs(step) >= leap:
                shift += rows.dtype(wrapped - step)
            rows[i, j] += shift
    return np.moveaxis(out, -1, axis)
