"""Calls that NumPy refuses, or takes although they look wrong: the same here."""

import operator
import warnings

import numpy as np
import pytest
from compare import check
from subject import mnp, needs_martlet


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Raising:
    def __index__(self):
        raise ZeroDivisionError("no index")


def read_only(module):
    array = module.zeros(3)
    array.flags.writeable = False
    return array


def changed(array, name, value):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of strides, by NumPy
        setattr(array, name, value)
    return array


CALLS = {
    # Attributes
    "dtype of half the size": lambda m: changed(m.arange(4), "dtype", "i4"),
    "dtype of a table": lambda m: changed(m.arange(8).reshape(2, 4), "dtype", np.int16),
    "dtype of twice the size": lambda m: changed(m.arange(4.0), "dtype", complex),
    "dtype of the same size": lambda m: changed(m.arange(4.0)[::2], "dtype", "i8"),
    "dtype of a part": lambda m: changed(m.arange(4.0)[::2], "dtype", "i4"),
    "dtype of a number": lambda m: changed(m.array(4.0), "dtype", "i4"),
    "dtype of three": lambda m: changed(m.arange(3.0), "dtype", complex),
    "strides": lambda m: changed(m.arange(4.0), "strides", (0,)),
    "strides turned": lambda m: changed(m.arange(8.0).reshape(2, 4), "strides", (8, 16)),
    "strides beyond": lambda m: changed(m.arange(4.0), "strides", (16,)),
    "strides before": lambda m: changed(m.arange(4.0), "strides", (-8,)),
    "strides of two": lambda m: changed(m.arange(4.0), "strides", (8, 8)),
    "strides huge": lambda m: changed(m.arange(4.0), "strides", (2**62,)),
    # Products in place
    "@= wider": lambda m: operator.imatmul(m.ones((2, 3)), m.ones((3, 1))),
    "@= square": lambda m: operator.imatmul(m.ones((2, 3)), m.ones((3, 3))),
    "@= stack": lambda m: operator.imatmul(m.ones((2, 3, 3)), m.ones((3, 3))),
    "@= into a smaller stack": lambda m: operator.imatmul(m.ones((3, 3)), m.ones((2, 3, 3))),
    "@= narrower": lambda m: operator.imatmul(m.ones((3, 3), "f4"), m.full((3, 3), 2.0)),
    "@= integers": lambda m: operator.imatmul(m.ones((3, 3), "i8"), m.ones((3, 3))),
    "@= complex": lambda m: operator.imatmul(m.ones((3, 3)), m.ones((3, 3), "c16")),
    "@= vector": lambda m: operator.imatmul(m.ones((2, 2)), m.ones(2)),
    "@= one column": lambda m: operator.imatmul(m.ones((3, 1)), m.ones((1, 1))),
    "dot into Fortran": lambda m: m.dot(m.ones((2, 2)), m.ones((2, 2)), out=m.ones((2, 2)).T),
    "dot into a part": lambda m: m.ones((2, 2)).dot(m.ones((2, 2)), m.ones((4, 4))[::2, ::2]),
    "dot into f4": lambda m: m.dot(m.ones((2, 2)), m.ones((2, 2)), out=m.ones((2, 2), "f4")),
    "dot into a shape": lambda m: m.dot(m.ones((2, 2)), m.ones((2, 2)), out=m.ones((2, 3))),
    "dot": lambda m: m.dot(m.ones((2, 2)), m.ones((2, 2)), out=m.ones((2, 2))),
    "matmul into Fortran": lambda m: m.matmul(m.ones((2, 2)), m.ones((2, 2)), out=m.ones((2, 2)).T),
    # Types come before shapes, and the target before both
    "-= complex of a shape": lambda m: operator.isub(m.zeros(5), m.ones((2, 3), complex)),
    "+= float of a shape": lambda m: operator.iadd(m.zeros(5, "i8"), m.ones((2, 3))),
    "+= of a shape": lambda m: operator.iadd(m.zeros(5), m.ones((2, 3))),
    "+= read-only": lambda m: operator.iadd(read_only(m), 1j),
    "element, read-only": lambda m: read_only(m).__setitem__(5, 1),
    "positions and shape": lambda m: m.arange(3).__setitem__([0, 5], [1, 2, 3]),
    "positions": lambda m: m.arange(3).__setitem__([0, 5], [1, 2]),
    "table, positions and shape": lambda m: m.zeros((2, 3)).__setitem__([0, 5], m.ones((4, 4))),
    "element += row": lambda m: (lambda a: a.__setitem__(0, a[0] + a[None]))(m.ones(1)),
    # Arguments
    "clip": lambda m: m.clip(m.arange(6), 3),
    "clip below": lambda m: m.clip(m.arange(6), a_max=3),
    "clip both": lambda m: m.clip(m.arange(6), 1, None),
    "clip none": lambda m: m.clip(m.arange(6)),
    "clip named": lambda m: m.clip(m.arange(6), min=3),
    "clip twice": lambda m: m.clip(m.arange(6), 1, 2, min=3),
    "clip casting": lambda m: m.arange(6).clip(0, 2, casting="unsafe"),
    "clip where": lambda m: m.clip(m.arange(6), 1, 2, where=m.arange(6) > 2, out=m.zeros(6, int)),
    "clip unknown": lambda m: m.arange(6).clip(1, 2, foo=3),
    "arange stop": lambda m: m.arange(stop=3),
    "arange start, stop": lambda m: m.arange(start=1, stop=3),
    "arange start": lambda m: m.arange(start=3),
    "arange none": lambda m: m.arange(),
    "arange stop, step": lambda m: m.arange(stop=5, step=2),
    "arange of an array": lambda m: m.arange(m.array(3)),
    "arange below": lambda m: m.arange(-1, 3, dtype="u1"),
    "arange beyond": lambda m: m.arange(130, dtype="i1"),
    "divmod out": lambda m: m.divmod(7, 2, out=...),
    "add out": lambda m: m.add(1, 2, out=...),
    "outer out": lambda m: m.multiply.outer(m.arange(3), m.arange(3), out=m.zeros((3, 3), int)),
    "roll by an array": lambda m: m.roll(m.arange(5), m.array(2)),
    "take of a number": lambda m: m.array(5).take([0], axis=0),
    "take of a number, beyond": lambda m: m.array(5).take([1], axis=0),
    "reshape None": lambda m: m.array([1, 2]).reshape(None),
    "reshape 'K'": lambda m: m.array([1, 2]).reshape(1, 2, order="K"),
    "reshape, unknown": lambda m: m.array([1, 2]).reshape(2, foo=1),
    "reshape, no copy": lambda m: m.arange(6).reshape(2, 3).T.reshape(6, copy=False),
    "zeros of an array": lambda m: m.zeros(m.array(3)),
    "zeros of arrays": lambda m: m.zeros(m.array([2, 3])),
    "zeros of a table": lambda m: m.zeros(m.array([[2]])),
    "zeros of a float": lambda m: m.zeros(3.0),
    "squeeze": lambda m: (lambda a: a.squeeze(()) is a)(m.zeros(3)),
    "sum from None": lambda m: m.sum(m.zeros(0), initial=None),
    "sum of none": lambda m: m.sum(m.arange(3), initial=None),
    "at of objects": lambda m: (lambda a: m.add.at(a, [0], 3) or a.tolist())(
        m.array([1, 2], dtype=object)
    ),
    "at of a list": lambda m: m.add.at([1, 2], [0], 3),
    # Subscripts
    "index": lambda m: m.arange(3)[Index(1)],
    "index beyond": lambda m: m.arange(3)[Index(3)],
    "index huge": lambda m: m.arange(3)[Index(2**70)],
    "index raises": lambda m: m.arange(3)[Raising()],
    "index of two raises": lambda m: m.zeros((2, 2))[0, Raising()],
    "store raises": lambda m: m.arange(3).__setitem__(Raising(), 1),
    "slice raises": lambda m: m.arange(3)[Raising() :],
    "mask of nothing": lambda m: m.zeros((2, 3, 4))[m.zeros((0,), bool)],
    "mask of no rows": lambda m: m.zeros((2, 3))[m.zeros((0, 3), bool)],
    "mask of no columns": lambda m: m.zeros((2, 3, 4))[m.zeros((2, 0), bool)],
    "mask too long": lambda m: m.zeros((2, 3))[m.zeros((3,), bool)],
    "mask of nothing, stored": lambda m: m.zeros((2, 3)).__setitem__(m.zeros(0, bool), 1),
    # Numbers among arrays
    "join": lambda m: m.concatenate([np.float32(1), 1.0], axis=None),
    "join bytes": lambda m: m.concatenate([m.zeros(1, "i1"), 300], axis=None),
    "join unsigned": lambda m: m.concatenate((m.zeros(1, "u1"), -1), axis=None),
    "join complex": lambda m: m.concatenate([m.zeros(1, "f4"), 1j], axis=None),
    "join truth": lambda m: m.concatenate([True, m.zeros(1, "i1")], axis=None),
    "join numbers": lambda m: m.concatenate([1, 2.0], axis=None),
    # Zeros
    "sum from -0.0": lambda m: m.sum(m.array([-0.0]), initial=-0.0),
    "reduce from -0.0": lambda m: m.add.reduce(m.array([-0.0]), initial=-0.0),
    "sum of -0.0": lambda m: m.sum(m.array([-0.0])),
    "prod from -0.0": lambda m: m.prod(m.array([1.0]), initial=-0.0),
}


def outcome(module, call):
    try:
        result = call(module)
    except Exception as error:
        return next(k for k in type(error).__mro__ if k.__module__ == "builtins").__name__
    parts = result if isinstance(result, tuple) else (result,)
    return [(np.asarray(part).dtype, repr(np.asarray(part).tolist())) for part in parts]


@pytest.mark.parametrize("call", CALLS)
def test_as_numpy(call):
    assert outcome(mnp, CALLS[call]) == outcome(np, CALLS[call])


@pytest.mark.parametrize(
    "call",
    [
        *[
            "np.zeros((True, 2))",
            "np.reshape(np.ones(2), [True, -1])",
            "np.ones(2).reshape((True, 2))",
        ],
        *["np.ndarray[()]", "np.ndarray[int, float, str]"],
    ],
)
def test_truth_values_are_no_sizes_and_arrays_have_two_parameters(call):
    check(lambda np: eval(call, {"np": np}))


def test_what_a_value_does_not_fit_is_told_as_numpy_does():
    def call(np):
        with pytest.raises(ValueError) as told:
            np.zeros((3, 4))[np.array([0, 1])] = np.ones((5, 6))
        return str(told.value)

    check(call)


def test_an_output_by_position_of_extremes_is_warned_of():
    def call(np):
        with pytest.warns(DeprecationWarning, match="positional"):
            return np.maximum(np.ones(2), np.zeros(2), np.empty(2))

    check(call)


@needs_martlet
def test_attributes_are_shown_of_a_dict_alone():
    from martlet import _martlet

    with pytest.raises(TypeError, match="takes a dict of names, not 'int'"):
        _martlet.show_attributes(3)
    assert mnp.ndarray.__name__ == "ndarray"
