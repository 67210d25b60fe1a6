"""Other orders and shapes of arrays, and arrays put together."""

import numpy as np

from martlet._kernels._composites.shared import (
    folded,
    in_place,
    is_number,
    unfolded,
)

# Other orders: views


def flip(m, axis=None):
    if axis is None:
        if m.ndim == 1:
            return m[::-1]
        if m.ndim == 2:
            return m[::-1, ::-1]
        if m.ndim == 3:
            return m[::-1, ::-1, ::-1]
        if m.ndim == 4:
            return m[::-1, ::-1, ::-1, ::-1]
        raise NotImplementedError("flip of more than 4 dimensions")
    np.any(m, axis)
    if axis % m.ndim == 0:
        return m[::-1]
    if axis % m.ndim == 1:
        return m[:, ::-1]
    if axis % m.ndim == 2:
        return m[:, :, ::-1]
    if axis % m.ndim == 3:
        return m[:, :, :, ::-1]
    raise NotImplementedError("flip along the fifth axis or a later one")


def flipud(m):
    return m[::-1]


def fliplr(m):
    return m[:, ::-1]


def rot90(m, k=1):
    if m.ndim != 2:
        raise NotImplementedError("rot90 of other than 2 dimensions")
    if k % 4 == 0:
        return m[:]
    if k % 4 == 1:
        return m.T[::-1]
    if k % 4 == 2:
        return m[::-1, ::-1]
    return m.T[:, ::-1]


def expand_dims(a, axis):
    np.any(a[None], axis)
    if axis % (a.ndim + 1) == 0:
        return a[None]
    if axis % (a.ndim + 1) == 1:
        return a[:, None]
    if axis % (a.ndim + 1) == 2:
        return a[:, :, None]
    if axis % (a.ndim + 1) == 3:
        return a[:, :, :, None]
    if axis % (a.ndim + 1) == 4:
        return a[:, :, :, :, None]
    raise NotImplementedError("expand_dims at the sixth axis or a later one")


def atleast_1d(ary):
    if is_number(ary):
        return np.array((ary,))
    return ary


def atleast_2d(ary):
    if is_number(ary):
        return np.array((ary,))[None]
    return ary[None] if ary.ndim == 1 else ary


def atleast_3d(ary):
    if is_number(ary):
        return np.array((ary,))[None, None]
    if ary.ndim == 1:
        return ary[None, :, None]
    return ary[:, :, None] if ary.ndim == 2 else ary


# Elements in other places: copies


def roll(a, shift, axis=None):
    a = np.asarray(a)
    if axis is None:
        return rolled(a.reshape(1, -1, 1), shift).reshape(a.shape)
    return rolled(folded(a, axis), shift).reshape(a.shape)


def rolled(a, shift):
    out = np.empty(a.shape, dtype=a.dtype)
    n = a.shape[1]
    if n > 0:
        first = shift % n
        out[:, first:] = a[:, : n - first]
        out[:, :first] = a[:, n - first :]
    return out


def repeat(a, repeats, axis=None):
    if is_number(a):
        return repeated(np.array((a,)).reshape(1, -1, 1), repeats).ravel()
    if axis is None:
        return repeated(np.asarray(a).reshape(1, -1, 1), repeats).ravel()
    out = repeated(folded(np.asarray(a), axis), repeats)
    return out.reshape(unfolded(out, a.shape, axis))


def repeated(a, repeats):
    if is_number(repeats):
        out = np.empty((a.shape[0], a.shape[1], repeats, a.shape[2]), dtype=a.dtype)
        out[:] = a[:, :, None]
        return out.reshape(a.shape[0], a.shape[1] * repeats, a.shape[2])
    times = np.asarray(repeats)
    if times.size != a.shape[1] and times.size != 1:
        raise ValueError("operands could not be broadcast together: repeats has another size")
    for number in times:
        if number < 0:
            raise ValueError("repeats may not contain negative values.")
    total = np.sum(times) if times.size == a.shape[1] else times[0] * a.shape[1]
    result = np.empty((a.shape[0], total, a.shape[2]), dtype=a.dtype)
    end = 0
    for i in range(a.shape[1]):
        start = end
        end += times[i] if times.size > 1 else times[0]
        result[:, start:end] = a[:, i : i + 1]
    return result


def tile(A, reps):
    # A number is a shape as the tuple of it is.
    times = np.empty(reps, dtype=np.int8).shape
    a = np.asarray(A)
    if len(times) < a.ndim:
        return tiled(a, (1,) * (a.ndim - len(times)) + times, a.shape)
    return tiled(a, times, (1,) * (len(times) - a.ndim) + a.shape)


def tiled(a, times, shape):
    # Each axis is one of repetitions before one of elements.
    wide = ()
    narrow = ()
    final = ()
    for number, size in zip(times, shape, strict=True):
        wide = wide + (number, size)
        narrow = narrow + (1, size)
        final = final + (number * size,)
    out = np.empty(final, dtype=a.dtype)
    out.reshape(wide)[:] = a.reshape(narrow)
    return out


def take(a, indices, axis=None):
    a = np.asarray(a)
    if axis is None:
        return taken(a.reshape(1, -1, 1), indices, (), ())
    np.any(a, axis)
    before, after = a.shape[: axis % a.ndim], a.shape[axis % a.ndim + 1 :]
    return taken(folded(a, axis), indices, before, after)


def taken(a, indices, before, after):
    if indices.dtype == np.bool_:
        raise NotImplementedError("take by truth values")
    if is_number(indices):
        check_position(indices, a.shape[1])
        if len(before + after) == 0:
            return a[0, indices, 0]
        return np.copy(a[:, indices]).reshape(before + after)
    places = np.asarray(indices)
    for place in places.ravel():
        check_position(place, a.shape[1])
    return a[:, places].reshape(before + places.shape + after)


def check_position(place, size):
    if place < -size or place >= size:
        raise IndexError("an index is out of bounds")


# Parts together


@in_place
def same_shapes(tup):
    return check_shapes(tup, tup[0].shape)


def check_shapes(arrays, shape):
    for a in arrays:
        if a.shape != shape:
            raise ValueError("all input arrays must have the same shape")


def stack(arrays, axis=0):
    same_shapes(arrays)
    np.any(arrays[0][None], axis)
    if arrays[0].ndim > 3:
        raise NotImplementedError("stack of more than 3 dimensions")
    return np.concatenate(with_axis(arrays, axis % (arrays[0].ndim + 1)), axis)


def with_axis(arrays, axis):
    parts = ()
    for a in arrays:
        if axis == 0:
            parts = parts + (a[None],)
        elif axis == 1:
            parts = parts + (a[:, None],)
        elif axis == 2:
            parts = parts + (a[:, :, None],)
        else:
            parts = parts + (a[:, :, :, None],)
    return parts


def vstack(tup):
    rows = ()
    for a in tup:
        rows = rows + ((a[None] if a.ndim == 1 else a),)
    return np.concatenate(rows)


def hstack(tup):
    return np.concatenate(tup, 0 if tup[0].ndim == 1 else 1)


def column_stack(tup):
    columns = ()
    for a in tup:
        columns = columns + ((a[:, None] if a.ndim == 1 else a),)
    return np.concatenate(columns, 1)


def dstack(tup):
    layers = ()
    for a in tup:
        layer = a[None, :, None] if a.ndim == 1 else a[:, :, None] if a.ndim == 2 else a
        layers = layers + (layer,)
    return np.concatenate(layers, 2)


def append(arr, values, axis=None):
    if axis is None:
        return np.concatenate((flat(arr), flat(values)))
    return np.concatenate((arr, values), axis)


def flat(a):
    if is_number(a):
        return np.array((a,))
    return a.ravel()


def delete(arr, obj):
    a = np.asarray(arr).ravel()
    keep = np.ones(a.size, dtype=np.bool_)
    if obj.dtype == np.bool_:
        raise NotImplementedError("delete by truth values")
    if is_number(obj):
        check_position(obj, a.size)
        keep[obj] = False
    else:
        for place in obj:
            check_position(place, a.size)
            keep[place] = False
    return a[keep]


# Elements chosen by conditions


def select(condlist, choicelist, default=0):
    if len(condlist) == 1:
        return np.where(condlist[0], choicelist[0], default)
    if len(condlist) == 2:
        rest = np.where(condlist[1], choicelist[1], default)
        return np.where(condlist[0], choicelist[0], rest)
    if len(condlist) == 3:
        rest = np.where(condlist[2], choicelist[2], default)
        rest = np.where(condlist[1], choicelist[1], rest)
        return np.where(condlist[0], choicelist[0], rest)
    if len(condlist) > 4:
        raise NotImplementedError("select of more than 4 conditions")
    rest = np.where(condlist[3], choicelist[3], default)
    rest = np.where(condlist[2], choicelist[2], rest)
    rest = np.where(condlist[1], choicelist[1], rest)
    return np.where(condlist[0], choicelist[0], rest)


def extract(condition, arr):
    return np.asarray(arr).ravel()[condition.ravel() != 0]
