"""Other orders and shapes of arrays, and arrays put together."""

import numpy as np

from martlet._kernels._composites.shared import (
    folded,
    in_place,
    is_number,
    kind,
    unfolded,
)

# Other orders: views


def flipud(m):
    return m[::-1]


def fliplr(m):
    return m[:, ::-1]


def rot90(m, k=1, axes=(0, 1)):
    if len(axes) != 2:
        raise NotImplementedError("'axes' of rot90 other than two")
    first, second = axes[0], axes[1]
    if first == second or abs(first - second) == m.ndim:
        raise ValueError("Axes must be different.")
    if k % 4 == 0:
        return m[...]
    if k % 4 == 1:
        return np.flip(np.swapaxes(m, axes[0], axes[1]), axes[0])
    if k % 4 == 2:
        return np.flip(np.flip(m, axes[0]), axes[1])
    return np.swapaxes(np.flip(m, axes[0]), axes[0], axes[1])


def expand_dims(a, axis):
    if kind(axis) != "constant":
        raise NotImplementedError("an 'axis' of expand_dims that is not known when compiling")
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


def atleast_1d(arys):
    if len(arys) == 1:
        return with_one_axis(arys[0])
    results = ()
    for a in arys:
        results = results + (with_one_axis(a),)
    return results


def with_one_axis(a):
    return np.asarray(a).reshape(1) if is_number(a) else np.asarray(a)


def atleast_2d(arys):
    if len(arys) == 1:
        return with_two_axes(arys[0])
    results = ()
    for a in arys:
        results = results + (with_two_axes(a),)
    return results


def with_two_axes(a):
    a = with_one_axis(a)
    return a[None] if a.ndim == 1 else a


def atleast_3d(arys):
    if len(arys) == 1:
        return with_three_axes(arys[0])
    results = ()
    for a in arys:
        results = results + (with_three_axes(a),)
    return results


def with_three_axes(a):
    a = with_one_axis(a)
    if a.ndim == 1:
        return a[None, :, None]
    return a[:, :, None] if a.ndim == 2 else a


# Elements in other places: copies


def roll(a, shift, axis=None):
    a = np.asarray(a)
    if kind(axis) == "tuple":
        for along in axis:
            if kind(shift) == "tuple":
                raise NotImplementedError("a 'shift' of roll for each 'axis'")
            a = np.copy(roll_along(a, shift, along))
        return a
    if kind(axis) == "number":
        return roll_along(a, shift, axis)
    if axis is None:
        return rolled(a.reshape(1, -1, 1), shift).reshape(a.shape)
    return rolled(folded(a, axis), shift).reshape(a.shape)


def roll_along(a, shift, axis):
    """Along an axis that may be known at run time only."""
    turned = np.moveaxis(a, axis, -1)
    return np.moveaxis(rolled(folded(turned, -1), shift).reshape(turned.shape), -1, axis)


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
    if kind(axis) == "number":
        turned = np.moveaxis(a, axis, -1)
        longer = repeated(folded(turned, -1), repeats)
        return np.moveaxis(longer.reshape(unfolded(longer, turned.shape, -1)), -1, axis)
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


def take(a, indices, axis=None, mode="raise"):
    if mode != "raise" and mode != "wrap" and mode != "clip":
        raise NotImplementedError("a 'mode' of take other than 'raise', 'wrap' and 'clip'")
    a = np.asarray(a)
    if kind(indices) == "tuple":
        places = np.asarray(indices)
        return taken(a, places, axis, mode)
    return taken(a, indices, axis, mode)


def taken(a, indices, axis, mode):
    if kind(axis) == "number":
        turned = np.moveaxis(a, axis, -1)
        before = turned.shape[: turned.ndim - 1]
        along_end = taken_of(folded(turned, -1), indices, before, (), mode)
        if np.ndim(indices) == 0:
            return along_end
        if np.ndim(indices) > 1:
            raise NotImplementedError("an 'axis' of take that is not known when compiling")
        return np.moveaxis(along_end, -1, axis)
    if axis is None:
        return taken_of(a.reshape(1, -1, 1), indices, (), (), mode)
    np.any(a, axis)
    before, after = a.shape[: axis % a.ndim], a.shape[axis % a.ndim + 1 :]
    return taken_of(folded(a, axis), indices, before, after, mode)


def taken_of(a, indices, before, after, mode):
    if indices.dtype == np.bool_:
        raise NotImplementedError("take with truth values as 'indices'")
    if is_number(indices):
        place = placed(indices, a.shape[1], mode)
        if len(before + after) == 0:
            return a[0, place, 0]
        return np.copy(a[:, place]).reshape(before + after)
    if mode == "raise":
        places = np.asarray(indices)
        for place in places.ravel():
            check_position(place, a.shape[1])
    else:
        places = np.empty(indices.shape, dtype=np.int64)
        flat, given = places.reshape(-1), np.asarray(indices).ravel()
        for i in range(flat.size):
            flat[i] = placed(given[i], a.shape[1], mode)
    return a[:, places].reshape(before + places.shape + after)


def placed(place, size, mode):
    """A position as the mode has it."""
    if mode == "raise":
        check_position(place, size)
        return place
    if size == 0:
        raise IndexError("cannot do a non-empty take from an empty axes.")
    if mode == "wrap":
        return place % max(1, size)
    return min(max(0, place), size - 1)


def check_position(place, size):
    if place < -size or place >= size:
        raise IndexError("an index is out of bounds")


def compress(condition, a, axis=None):
    a = np.asarray(a)
    if np.ndim(condition) != 1:
        raise ValueError("condition must be a 1-d array")
    return np.take(a, np.flatnonzero(condition), axis)


def resize(a, new_shape):
    values = np.asarray(a).ravel()
    out = np.zeros(new_shape, dtype=values.dtype)
    flat = out.reshape(-1)
    if values.size > 0:
        for i in range(flat.size):
            flat[i] = values[i % values.size]
    return out


# Parts together


@in_place
def same_shapes(tup):
    return check_shapes(tup, tup[0].shape)


def check_shapes(arrays, shape):
    for a in arrays:
        if a.shape != shape:
            raise ValueError("all input arrays must have the same shape")


def stack(arrays, axis=0, dtype=None, casting="same_kind"):
    same_shapes(arrays)
    if kind(axis) != "constant":
        raise NotImplementedError("an 'axis' of stack that is not known when compiling")
    np.any(arrays[0][None], axis)
    if arrays[0].ndim > 3:
        raise NotImplementedError("stack of more than 3 dimensions")
    parts = with_axis(arrays, axis % (arrays[0].ndim + 1))
    return np.concatenate(parts, axis, dtype=dtype, casting=casting)


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


def vstack(tup, dtype=None, casting="same_kind"):
    rows = ()
    for a in tup:
        rows = rows + ((a[None] if a.ndim == 1 else a),)
    return np.concatenate(rows, dtype=dtype, casting=casting)


def hstack(tup, dtype=None, casting="same_kind"):
    axis = 0 if tup[0].ndim == 1 else 1
    return np.concatenate(tup, axis, dtype=dtype, casting=casting)


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


def delete(arr, obj, axis=None):
    a = np.asarray(arr)
    if axis is None:
        return without(a.ravel(), obj, 0)
    return without(a, obj, axis)


def without(a, obj, axis):
    keep = np.ones(np.size(a, axis), dtype=np.bool_)
    if is_number(obj):
        if obj.dtype == np.bool_:
            raise NotImplementedError("delete with a truth value as 'obj'")
        check_position(obj, keep.size)
        keep[obj] = False
    else:
        places = np.asarray(obj)
        if places.dtype == np.bool_:
            if places.size != keep.size:
                raise ValueError("boolean array argument obj to delete must be one dimensional")
            keep = np.logical_not(places)
        else:
            for place in places.ravel():
                check_position(place, keep.size)
                keep[place] = False
    return np.take(a, np.flatnonzero(keep), axis)


def trim_zeros(filt, trim="fb", axis=None):
    if np.ndim(filt) != 1:
        raise NotImplementedError("trim_zeros of a 'filt' of other than 1 dimension")
    if axis is not None:
        raise NotImplementedError("'axis' of trim_zeros")
    first, last = 0, filt.size
    if trim == "f" or trim == "fb" or trim == "bf" or trim == "F" or trim == "FB":
        while first < last and filt[first] == 0:
            first += 1
    if trim == "b" or trim == "fb" or trim == "bf" or trim == "B" or trim == "FB":
        while last > first and filt[last - 1] == 0:
            last -= 1
    return filt[first:last]


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


def insert(arr, obj, values, axis=None):
    if axis is not None:
        raise NotImplementedError("an 'axis' of insert")
    flat = np.asarray(arr).ravel()
    own = flat.dtype(np.asarray(values).ravel())
    if is_number(obj):
        return inserted(flat, obj, own)
    places = np.array(obj).ravel()
    if places.size == 1:
        return inserted(flat, places[0], own)
    return inserted_each(flat, places, own)


def inserted(flat, place, values):
    n = flat.size
    if place < -n or place > n:
        raise IndexError("index is out of bounds")
    place = place + n if place < 0 else place
    return np.concatenate((flat[:place], values, flat[place:]))


def inserted_each(flat, places, own):
    """The places are those of the array without the values."""
    n = flat.size
    for i in range(places.size):
        if places[i] < -n or places[i] > n:
            raise IndexError("index is out of bounds")
        if places[i] < 0:
            places[i] += n
    if own.size != 1 and own.size != places.size:
        raise ValueError("shape mismatch: values and places to insert")
    order = np.argsort(places)
    out = np.empty(n + places.size, dtype=flat.dtype)
    start, written = 0, 0
    for i in range(places.size):
        stop = places[order[i]]
        out[written : written + stop - start] = flat[start:stop]
        written += stop - start
        out[written] = own[0 if own.size == 1 else order[i]]
        written += 1
        start = stop
    out[written:] = flat[start:]
    return out


# Parts of arrays: views


def array_split(ary, indices_or_sections, axis=0):
    turned = np.moveaxis(np.asarray(ary), axis, 0)
    n = turned.shape[0]
    parts = [np.moveaxis(turned[:0], 0, axis)]
    parts.pop()
    if is_number(indices_or_sections):
        if indices_or_sections < 1:
            raise ValueError("number sections must be larger than 0.")
        each, more = n // indices_or_sections, n % indices_or_sections
        start = 0
        for i in range(indices_or_sections):
            stop = start + each + (1 if i < more else 0)
            parts.append(np.moveaxis(turned[start:stop], 0, axis))
            start = stop
        return parts
    start = 0
    for place in indices_or_sections:
        parts.append(np.moveaxis(turned[start:place], 0, axis))
        start = place
    parts.append(np.moveaxis(turned[start:], 0, axis))
    return parts


def split(ary, indices_or_sections, axis=0):
    if is_number(indices_or_sections) and np.size(ary, axis) % indices_or_sections != 0:
        raise ValueError("array split does not result in an equal division")
    return np.array_split(ary, indices_or_sections, axis)


def vsplit(ary, indices_or_sections):
    if np.ndim(ary) < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return np.split(ary, indices_or_sections, 0)


def hsplit(ary, indices_or_sections):
    if np.ndim(ary) == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    if np.ndim(ary) > 1:
        return np.split(ary, indices_or_sections, 1)
    return np.split(ary, indices_or_sections, 0)


def dsplit(ary, indices_or_sections):
    if np.ndim(ary) < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return np.split(ary, indices_or_sections, 2)
