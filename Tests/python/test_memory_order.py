"""How results lie in memory: `order=` everywhere, what keeps its order, and what is a view."""

import copy
import pickle

import numpy as np
import pytest
from subject import mnp, needs_martlet

SHAPES = {1: (6,), 2: (2, 3), 3: (2, 3, 4), 4: (2, 3, 4, 5)}


def arrangements(module, dtype="f8"):
    """Arrays of up to four axes, each lying in memory in another way, by name."""
    row, table, cube, four = (
        module.arange(np.prod(shape), dtype=dtype).reshape(shape) for shape in SHAPES.values()
    )
    fortran = module.asfortranarray
    return {
        "number": module.array(3, dtype),
        "row": row,
        "every second": module.arange(12, dtype=dtype)[::2],
        "backward": row[::-1],
        "nothing": row[:0],
        "table": table,
        "Fortran": fortran(table),
        "turned": table.T,
        "column": table[:, 1],
        "columns": module.arange(12, dtype=dtype).reshape(3, 4)[:, ::2],
        "backward rows": table[::-1],
        "backward and turned": table[::-1].T,
        "no rows": module.zeros((0, 3), dtype),
        "one row": module.zeros((1, 3), dtype),
        "one column": fortran(module.zeros((3, 1), dtype)),
        "rows alike": module.broadcast_to(module.arange(3, dtype=dtype), (2, 3)),
        "columns alike": module.broadcast_to(module.arange(2, dtype=dtype)[:, None], (2, 3)),
        "cube": cube,
        "Fortran cube": fortran(cube),
        "two axes turned": cube.transpose(1, 0, 2),
        "last first": cube.transpose(2, 0, 1),
        "first last": cube.transpose(1, 2, 0),
        "part": cube[:, ::2],
        "part, turned": cube.transpose(1, 0, 2)[:, :2],
        "backward, turned": cube[::-1].transpose(1, 2, 0),
        "no columns": module.zeros((2, 0, 3), dtype),
        "new axis": cube[:, None, 0],
        "planes alike": module.broadcast_to(table, (2, 2, 3)),
        "four axes": four.transpose(0, 3, 1, 2),
        "Fortran's four": fortran(four),
    }


NAMES = list(arrangements(np))


def described(result):
    """Type, shape, elements and flags of a result; strides where there is a step to take."""
    if isinstance(result, bytes | bool):
        return result
    if isinstance(result, tuple | list):
        return [described(part) for part in result]
    plain = np.asarray(result)
    strides = [s for s, n in zip(result.strides, result.shape, strict=True) if n != 1]
    flags = (result.flags.c_contiguous, result.flags.f_contiguous)
    return plain.dtype, plain.shape, plain.tolist(), strides, flags


def outcome(module, name, call):
    try:
        return described(call(module, arrangements(module)[name]))
    except (TypeError, ValueError, IndexError) as error:
        return type(error)


def check(name, call):
    assert outcome(mnp, name, call) == outcome(np, name, call)


WITH_ORDER = {
    "array": lambda m, a, order: m.array(a, order=order),
    "array of a dtype": lambda m, a, order: m.array(a, dtype="f4", order=order),
    "array of dimensions": lambda m, a, order: m.array(a, ndmin=4, order=order),
    "array if needed": lambda m, a, order: m.array(a, copy=None, order=order),
    "array never": lambda m, a, order: m.array(a, copy=False, order=order),
    "array of a list": lambda m, a, order: m.array(a.tolist(), order=order),
    "asarray": lambda m, a, order: m.asarray(a, order=order),
    "asarray of a dtype": lambda m, a, order: m.asarray(a, dtype="i4", order=order),
    "asanyarray": lambda m, a, order: m.asanyarray(a, order=order),
    "asarray, a copy": lambda m, a, order: m.asarray(a, copy=True, order=order),
    "copy": lambda m, a, order: m.copy(a, order=order),
    "zeros_like": lambda m, a, order: m.zeros_like(a, order=order),
    "ones_like": lambda m, a, order: m.ones_like(a, dtype="i2", order=order),
    "full_like": lambda m, a, order: m.full_like(a, 7, order=order),
    "empty_like": lambda m, a, order: m.empty_like(a, order=order) * 0 == 1,
    "like, another shape": lambda m, a, order: m.zeros_like(a, shape=(3, 4), order=order),
    ".copy": lambda m, a, order: a.copy(order),
    ".flatten": lambda m, a, order: a.flatten(order),
    ".ravel": lambda m, a, order: a.ravel(order),
    ".tobytes": lambda m, a, order: a.tobytes(order),
    ".astype": lambda m, a, order: a.astype("f4", order=order),
    ".astype, no copy": lambda m, a, order: a.astype("f8", order=order, copy=False),
    ".reshape": lambda m, a, order: a.reshape(-1, order=order),
    "ravel": lambda m, a, order: m.ravel(a, order=order),
    "reshape": lambda m, a, order: m.reshape(a, (a.shape + (1,))[::-1], order=order),
    "add": lambda m, a, order: m.add(a, 1, order=order),
    "negative": lambda m, a, order: m.negative(a, order=order),
}


@pytest.mark.parametrize("order", ["C", "F", "A", "K", "c", None, "X", 3])
@pytest.mark.parametrize("function", WITH_ORDER)
def test_functions_that_take_an_order(function, order):
    for name in NAMES:
        check(name, lambda m, a: WITH_ORDER[function](m, a, order))


@pytest.mark.parametrize("order", ["C", "F", "A", "K", None, "X"])
@pytest.mark.parametrize("function", ["zeros", "ones", "empty", "full", "eye"])
def test_new_arrays(function, order):
    for shape in [(), (3,), (2, 3), (0, 3), (2, 0, 3), (3, 1)]:
        if function == "eye":
            check("row", lambda m, _: m.eye(3, 4, 1, order=order))
        elif function == "full":
            check("row", lambda m, _, shape=shape: m.full(shape, 2, order=order))
        elif function == "empty":
            check("row", lambda m, _, shape=shape: m.empty(shape, order=order).fill(1) or [])
            check("row", lambda m, _, shape=shape: m.empty(shape, bool, order) & False)
        else:
            check("row", lambda m, _, shape=shape: getattr(m, function)(shape, order=order))


KEEPING = {
    "array": lambda m, a: m.array(a),
    "copy.copy": lambda m, a: copy.copy(a),
    "copy.deepcopy": lambda m, a: copy.deepcopy(a),
    "pickle 5": lambda m, a: pickle.loads(pickle.dumps(a, 5)),
    "pickle 2": lambda m, a: pickle.loads(pickle.dumps(a, 2)),
    "astype": lambda m, a: a.astype("c16"),
    "operator": lambda m, a: a + 1,
    "comparison": lambda m, a: a > 1,
    "where": lambda m, a: m.where(a > 2, a, 0),
    "concatenate": lambda m, a: m.concatenate([a, a]),
    "concatenate, last": lambda m, a: m.concatenate([a, a], axis=-1),
    "stack": lambda m, a: m.stack([a, a]),
    "stack, last": lambda m, a: m.stack([a, a], axis=-1),
    "stack, second": lambda m, a: m.stack([a, a], axis=min(1, a.ndim)),
    "roll": lambda m, a: m.roll(a, 1, axis=0) if a.ndim else a,
    "pad": lambda m, a: m.pad(a, 1),
    "pad, edge": lambda m, a: m.pad(a, 1, mode="edge"),
    "sum": lambda m, a: a.sum(axis=0) if a.ndim else a,
    "sum, last": lambda m, a: a.sum(axis=-1) if a.ndim else a,
    "sum, all left": lambda m, a: a.sum(axis=-1, keepdims=True) if a.ndim else a,
    "max": lambda m, a: a.max(axis=-1) if a.ndim > 2 else a,
    "mean": lambda m, a: a.mean(axis=0) if a.ndim > 2 and a.size else a,
    "argmax": lambda m, a: a.argmax(axis=0) if a.ndim > 2 and a.size else a,
    "vstack": lambda m, a: m.vstack([a, a]),
    "hstack": lambda m, a: m.hstack([a, a]),
    "tile": lambda m, a: m.tile(a, 1),
    "tile, twice": lambda m, a: m.tile(a, 2),
    "asfortranarray": lambda m, a: m.asfortranarray(a, dtype="f4"),
    "ascontiguousarray": lambda m, a: m.ascontiguousarray(a, dtype="f4"),
    "imag": lambda m, a: a.imag,
}


@pytest.mark.parametrize("function", KEEPING)
def test_functions_that_keep_an_order(function):
    for name in NAMES:
        # Views of memory or new arrays: without elements these two have other strides in NumPy.
        if np.size(arrangements(np)[name]) or not function.startswith(("pickle", "tile, twice")):
            check(name, lambda m, a: KEEPING[function](m, a))


SUBSCRIPTS = {
    "rows": lambda a: a[[0, 0]],
    "columns": lambda a: a[:, [0, 1]],
    "columns of an array": lambda a: a[:, np.array([[0, 1]])],
    "last": lambda a: a[..., [0, 1]],
    "middle": lambda a: a[:, [0, 1], :],
    "pairs": lambda a: a[[0, 1], [0, 1]],
    "apart": lambda a: a[[0, 1], :, [0, 1]],
    "behind a position": lambda a: a[0, :, [0, 1]],
    "truth values": lambda a: a[:, [True, False, True]],
    "nothing": lambda a: a[:, []],
    "backward rows": lambda a: a[::-1, [0, 1]],
    "some rows": lambda a: a[1::2, [0, 1]],
    "some rows, backward": lambda a: a[:0:-1, [0, 1]],
}


@pytest.mark.parametrize("subscript", SUBSCRIPTS)
def test_axes_of_index_arrays_are_outermost(subscript):
    for name in ("table", "cube", "part"):
        check(name, lambda m, a: SUBSCRIPTS[subscript](a) if a.ndim > 2 else a)
        if subscript not in ("middle", "apart", "behind a position"):
            check(name, lambda m, a: SUBSCRIPTS[subscript](a))


def test_two_arrays_agree_on_an_order():
    for first in NAMES:
        for second in NAMES:
            check(first, lambda m, a, second=second: a + arrangements(m, "f4")[second])


SHOWING = {
    "ravel": lambda m, a: a.ravel(),
    "ravel F": lambda m, a: a.ravel("F"),
    "ravel K": lambda m, a: a.ravel("K"),
    "ravel A": lambda m, a: a.ravel("A"),
    "np.ravel": lambda m, a: m.ravel(a),
    "reshape": lambda m, a: a.reshape(-1),
    "reshape F": lambda m, a: a.reshape(-1, order="F"),
    "reshape a copy": lambda m, a: a.reshape(-1, copy=True),
    "flatten": lambda m, a: a.flatten(),
    "asarray": lambda m, a: m.asarray(a),
    "asarray C": lambda m, a: m.asarray(a, order="C"),
    "asarray F": lambda m, a: m.asarray(a, order="F"),
    "array": lambda m, a: m.array(a),
    "array, two": lambda m, a: m.array(a, copy=None, ndmin=2),
    "ascontiguousarray": lambda m, a: m.ascontiguousarray(a),
    "astype": lambda m, a: a.astype("f8", copy=False),
    "astype C": lambda m, a: a.astype("f8", order="C", copy=False),
    "squeeze": lambda m, a: a.squeeze(),
    "squeeze nothing": lambda m, a: a.squeeze(()),
    "reshape None": lambda m, a: a.reshape(None),
}


@pytest.mark.parametrize("function", SHOWING)
def test_views_are_views_and_copies_are_copies(function):
    def seen(module, name):
        base = arrangements(module)[name]
        if not base.flags.writeable:
            return None
        result = SHOWING[function](module, base)
        base[...] = -1
        return np.asarray(result).tolist(), result is base

    for name in NAMES:
        assert seen(mnp, name) == seen(np, name), name


@needs_martlet
def test_writing_through_a_raveled_part_does_not_reach_the_whole():
    whole = mnp.arange(10)
    part = whole[::2].ravel()
    part[0] = 99
    assert whole[0] == 0
    flat = whole.ravel()
    flat[0] = 7
    assert whole[0] == 7
