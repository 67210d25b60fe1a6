"""Exchange with others: buffers, NumPy's protocols, DLPack, pickling, copying."""

import copy
import ctypes
import pickle

import numpy as np
import pytest
from compare import check
from hypothesis import given
from strategies import Sample, samples, shapes
from subject import LAZY_COUNT, mnp, needs_martlet


@given(a=samples(shape=shapes(maximum=4)))
def test_asarray_both_ways(a):
    ours = a.make(mnp)
    theirs = np.asarray(ours)
    assert type(theirs) is np.ndarray
    assert theirs.dtype == a.dtype
    assert theirs.shape == a.shape
    check(lambda np, a: a, a)
    back = mnp.asarray(theirs)
    assert isinstance(back, mnp.ndarray)
    assert back.dtype == a.dtype


@needs_martlet
def test_zero_copy_to_numpy():
    ours = mnp.zeros(10)
    theirs = np.asarray(ours)
    theirs[3] = 7
    assert ours[3] == 7
    ours[4] = 8
    assert theirs[4] == 8


@needs_martlet
def test_zero_copy_from_numpy():
    theirs = np.zeros(10)
    ours = mnp.asarray(theirs)
    theirs[3] = 7
    assert ours[3] == 7
    ours[4] = 8
    assert theirs[4] == 8


@needs_martlet
@pytest.mark.parametrize("count", [10, LAZY_COUNT])
def test_foreign_memory_is_not_captured_lazily(count):
    theirs = np.ones(count)
    result = mnp.asarray(theirs) * 2
    theirs[:] = 100
    assert np.all(np.asarray(result) == 2)


@needs_martlet
def test_lifetimes():
    theirs = np.asarray(mnp.arange(1000.0) + 1)
    junk = [mnp.zeros(1000) for _ in range(50)]
    assert theirs[-1] == 1000
    ours = mnp.asarray(np.arange(1000.0))
    del junk
    assert ours[-1] == 999


@given(a=samples(shape=shapes(minimum=0, maximum=3)))
def test_buffer(a):
    if a.dtype in ("complex64", "complex128", "float16"):
        return  # memoryview itself cannot list these
    if a.layout == "broadcast":
        return
    check(lambda np, a: memoryview(a).tolist(), a)
    check(lambda np, a: (memoryview(a).format, memoryview(a).shape, memoryview(a).itemsize), a)


def test_buffer_is_shared():
    a = mnp.zeros(4, "int32")
    view = memoryview(a)
    view[2] = 5
    assert a[2] == 5
    assert bytes(mnp.arange(3, dtype="uint8")) == b"\x00\x01\x02"


@given(a=samples(shape=shapes(maximum=3)))
def test_array_interface(a):
    ours = a.make(mnp)
    interface = ours.__array_interface__
    assert interface["shape"] == a.shape
    assert interface["typestr"] == np.dtype(a.dtype).str
    if 0 in a.shape:
        return

    class Holder:
        __array_interface__ = interface

    np.testing.assert_array_equal(np.asarray(Holder()), np.asarray(ours))


def test_from_array_interface():
    memory = (ctypes.c_double * 4)(1, 2, 3, 4)

    class Holder:
        __array_interface__ = {
            "shape": (4,),
            "typestr": "<f8",
            "data": (ctypes.addressof(memory), False),
            "version": 3,
        }

    check(lambda np: np.asarray(Holder()) + 1)


@pytest.mark.parametrize("dtype", ["int8", "uint64", "float32", "float64", "complex128", "bool"])
def test_dlpack(dtype):
    theirs = np.from_dlpack(mnp.ones((2, 3), dtype))
    assert theirs.dtype == dtype
    assert np.all(theirs == 1)
    ours = mnp.from_dlpack(np.arange(6).astype(dtype).reshape(2, 3))
    assert isinstance(ours, mnp.ndarray)
    np.testing.assert_array_equal(np.asarray(ours), np.arange(6).astype(dtype).reshape(2, 3))
    assert mnp.ones(3).__dlpack_device__() == (1, 0)
    shared = mnp.zeros(3)
    np.asarray(mnp.from_dlpack(shared))
    view = np.from_dlpack(mnp.arange(10.0)[::2])
    np.testing.assert_array_equal(view, [0, 2, 4, 6, 8])


@given(a=samples(shape=shapes(maximum=4)))
def test_pickle_and_copy(a):
    for protocol in (2, 4, 5):
        check(lambda np, a, protocol=protocol: pickle.loads(pickle.dumps(a, protocol)), a)
    check(lambda np, a: copy.copy(a), a)
    check(lambda np, a: copy.deepcopy([a]), a)
    check(lambda np, a: a.tobytes(), a)
    check(lambda np, a: a.tobytes("F"), a)


@needs_martlet
def test_numpy_functions_take_martlet_arrays():
    ours = mnp.arange(6.0).reshape(2, 3)
    result = np.sin(ours)
    assert isinstance(result, mnp.ndarray)
    np.testing.assert_array_equal(np.asarray(result), np.asarray(mnp.sin(ours)))
    assert isinstance(np.add(np.ones(3), ours), mnp.ndarray)
    assert isinstance(np.ones(3) + ours, mnp.ndarray)
    assert isinstance(np.float64(2) * ours, mnp.ndarray)
    assert isinstance(ours * np.ones(3), mnp.ndarray)
    assert np.add.reduce(ours).shape == (3,)
    out = mnp.zeros((2, 3))
    assert np.multiply(ours, 2, out=out) is out
    np.testing.assert_array_equal(np.asarray(out), np.asarray(ours) * 2)


def test_array_ufunc_of_others_is_respected():
    class Other:
        __array_ufunc__ = None

        def __radd__(self, other):
            return "other"

    check(lambda np: np.ones(2) + Other())

    class Handler:
        def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
            return method

    check(lambda np: np.ones(2) + Handler())


def test_array_method_and_copy_argument():
    a = mnp.ones(3)
    assert type(a.__array__()) is np.ndarray
    assert a.__array__(np.dtype("float32")).dtype == np.float32
    assert np.array(a, copy=True).base is None


def test_other_libraries():
    from PIL import Image

    grey = (mnp.arange(12, dtype="uint8") * 3).reshape(3, 4)
    picture = Image.fromarray(grey)
    np.testing.assert_array_equal(np.asarray(picture), np.asarray(grey))
    back = mnp.asarray(picture)
    assert isinstance(back, mnp.ndarray)
    assert back.shape == (3, 4)


def test_subclass_and_attributes():
    for attribute in (
        "ndim",
        "shape",
        "size",
        "nbytes",
        "itemsize",
        "strides",
        "T",
        "real",
        "imag",
    ):
        check(lambda np, a, attribute=attribute: getattr(a, attribute), Sample("float64", (2, 3)))
    check(lambda np, a: a.nope, Sample("float64", (2, 3)))
    check(lambda np, a: isinstance(a.flags.writeable, bool), Sample("float64", (2, 3)))
    check(lambda np, a: bool(a.shape.__len__()), Sample("float64", (2, 3)))


def test_setting_attributes():
    def reshape(np):
        a = np.arange(6)
        a.shape = (2, 3)
        return a

    def real(np):
        a = np.zeros(3, "complex128")
        a.real = 1
        a.imag[1] = 5
        return a

    check(reshape)
    check(real)
