"""An array's memory and what it tells of itself: flags, bases, buffers, NumPy's other protocols."""

import ctypes
import hashlib
import io
import pickle
import subprocess
import sys

import numpy as real
import pytest
from compare import check
from subject import mnp, needs_martlet

ARRAYS = [
    *("np.arange(6.0)", "np.ones((2, 3), 'f4')", "np.zeros(3, 'i4,f8')", "np.array(['ab', 'c'])"),
    *("np.array([b'ab', b'c'])", "np.array([1, 'a'], dtype=object)"),
    *(
        "np.zeros(3, 'M8[D]')",
        "np.zeros(2, 'm8[s]')",
        "np.zeros(2, '>f8')",
        "np.zeros(3, 'i2')[::-1]",
    ),
    *("np.zeros(2, [('a', 'i1'), ('b', 'f8', 2)])", "np.zeros((1,) * 10)", "np.zeros(2, 'V3')"),
    *("np.asfortranarray(np.ones((2, 3)))", "np.ones((4, 4))[::2]", "np.array(1.5)"),
]


@pytest.mark.parametrize("source", ARRAYS)
def test_buffers(source):
    if "V3" in source:
        source = "np.zeros(2, 'S3')"  # Bytes without a type export nothing.

    def call(np):
        a = eval(source)
        view = memoryview(a)
        facts = [view.format, view.itemsize, view.shape, view.strides, view.readonly, view.nbytes]
        return facts, len(bytes(a)), bytes(a) if a.dtype != object else None

    check(call)


@pytest.mark.parametrize("source", ARRAYS)
def test_array_interface(source):
    def call(np):
        a = eval(source)
        told = dict(a.__array_interface__)
        address, readonly = told.pop("data")

        class Other:
            __array_interface__ = a.__array_interface__

        class Struct:
            if a.dtype.kind in "iufc":
                __array_struct__ = a.__array_struct__

        shared = []
        if a.dtype != object:
            shared.append(np.asarray(Other()))
            shared += [np.asarray(Struct())] if a.dtype.kind in "iufc" else []
        return told, readonly, address == a.ctypes.data, [str(x.tolist()) for x in shared]

    check(call)


def test_records_are_written_through_their_buffer():
    def call(np):
        a = np.zeros(3, "i4,f8")
        memoryview(a).cast("B")[0] = 7
        file = io.BytesIO(b"\x05" * a.nbytes)
        read = file.readinto(a)
        return read, a["f0"]

    check(call)


@pytest.mark.parametrize("source", ARRAYS)
def test_numpy_finds_the_same_dtype(source):
    def call(np):
        a = eval(source)
        b = real.asarray(a)
        return str(b.dtype), b.shape, str(b.tolist())

    check(call)


@pytest.mark.parametrize("source", ["np.zeros(3, 'i4,f8')", "np.array(['a', 'b'])", "np.arange(3)"])
def test_resize(source):
    def call(np):
        a = eval(source)
        a.resize(5)
        b = eval(source)
        view = b[1:]
        try:
            b.resize(9)
            refused = False
        except ValueError:
            refused = True
        del view
        return a, refused

    check(call)


# MARK: Flags and bases

FLAGS = [
    *("c_contiguous", "f_contiguous", "contiguous", "fortran", "owndata", "writeable", "aligned"),
    *("writebackifcopy", "fnc", "forc", "behaved", "carray", "farray", "num"),
]


def test_flags():
    def call(np):
        arrays = [np.arange(6.0), np.ones((2, 3)), np.ones((2, 3)).T, np.ones((4, 4))[::2]]
        arrays += [np.array(1), np.frombuffer(b"12345678"), np.zeros((0, 3)), np.array(["a"])]
        facts = [[getattr(a.flags, name) for name in FLAGS] for a in arrays]
        keys = ["C", "F", "O", "W", "A", "X", "CA", "FA", "FNC", "FORC", "B", "CARRAY", "FORTRAN"]
        facts += [[a.flags[key] for key in keys] for a in arrays]
        return facts, [str(a.flags) for a in arrays], arrays[0].flags == arrays[1].flags

    check(call)


def test_setting_flags():
    def call(np):
        a = np.arange(3)
        a.flags.writeable = False
        first = a.flags["W"]
        a.flags["WRITEABLE"] = True
        a.flags.aligned = True
        a.flags.writebackifcopy = False
        return first, a.flags.writeable, a.flags.num

    check(call)
    check(lambda np: setattr(np.arange(3).flags, "c_contiguous", True))
    check(lambda np: np.arange(3).flags["nothing"])
    check(lambda np: setattr(np.arange(3).flags, "writebackifcopy", True))


def test_bases_of_memory_that_came_from_elsewhere():
    def call(np):
        memory = bytearray(16)
        numbers = (ctypes.c_double * 2)()

        class Holder:
            __array_interface__ = {
                "shape": (2,),
                "typestr": "<f8",
                "data": (ctypes.addressof(numbers), False),
                "version": 3,
            }

        holder = Holder()
        a, b, c = np.frombuffer(memory), np.asarray(holder), np.frombuffer(memory)[1:]
        made = np.ones(3), np.array(holder), np.linalg.inv(np.eye(2)), np.asarray([1, 2])
        return (
            *(a.base is memory, b.base is holder, c.base is not None),
            *([x.flags.owndata for x in (a, b, c, *made)], [x.base is None for x in made]),
            memoryview(a).obj is a,
        )

    check(call)


# MARK: Protocols


def test_wrap():
    def call(np):
        a = np.arange(3.0)
        results = [a.__array_wrap__(np.ones(2)), a.__array_wrap__(np.array(1.0), None, True)]
        results += [a.__array_priority__, a.__array_finalize__(None)]
        return results

    check(call)
    check(lambda np: np.ones(2).__array_wrap__(3))


# MARK: Pickles


PICKLED = [
    *("np.arange(6.0).reshape(2, 3)", "np.asfortranarray(np.ones((2, 3)))", "np.arange(8)[::2]"),
    *("np.array(1.5)", "np.zeros((0, 3))", "np.zeros(3, 'i4,f8')", "np.array(['ab', 'c'])"),
    *("np.array([1, None], dtype=object)", "np.ones((2, 3, 4)).transpose(2, 0, 1)"),
    *("np.array([True])", "np.array([1 + 2j])", "np.ones(3, '>i4')"),
]


@pytest.mark.parametrize("source", PICKLED)
@pytest.mark.parametrize("protocol", range(2, 6))
def test_pickles(source, protocol):
    def call(np):
        a = eval(source)
        b = pickle.loads(pickle.dumps(a, protocol))
        return b, b.flags.c_contiguous, b.flags.f_contiguous, b.flags.writeable, a.dtype == b.dtype

    check(call)


@pytest.mark.parametrize("source", PICKLED)
def test_buffers_beside_the_pickle(source):
    def call(np):
        a = eval(source)
        buffers = []
        text = pickle.dumps(a, 5, buffer_callback=buffers.append)
        b = pickle.loads(text, buffers=buffers)
        shares = np.shares_memory(a, b) if a.size and a.dtype != object else None
        return len(buffers), b, shares, b.flags.writeable, b.flags.owndata

    check(call)


@needs_martlet
def test_buffers_beside_the_pickle_are_not_copied():
    a = mnp.zeros(100_000)
    buffers = []
    text = pickle.dumps(a, 5, buffer_callback=buffers.append)
    assert len(text) < 300
    b = pickle.loads(text, buffers=buffers)
    b[5] = 3
    assert a[5] == 3


PROCESS = """
import pickle, sys, copy
made = pickle.loads(sys.stdin.buffer.read())
again = pickle.loads(pickle.dumps(made))
copied = copy.deepcopy(copy.copy(made))
print([x.tolist() if hasattr(x, "tolist") else str(x) for x in copied])
print([(x + x).tolist() if hasattr(x, "tolist") else x for x in again[:2]])
"""


@needs_martlet
def test_a_process_that_only_unpickles():
    arrays = [mnp.arange(3.0), mnp.array([1, 2], dtype=object), mnp.array(["a"])]
    arrays += [mnp.zeros(2, "i4,f8"), mnp.ma.array([1, 2], mask=[0, 1])]
    done = subprocess.run(
        [sys.executable, "-c", PROCESS], input=pickle.dumps(arrays), capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().splitlines() == [
        "[[0.0, 1.0, 2.0], [1, 2], ['a'], [(0, 0.0), (0, 0.0)], [1, None]]",
        "[[0.0, 2.0, 4.0], [2, 4]]",
    ]


def test_more_dimensions_go_out_by_dlpack():
    def call(np):
        a = np.ones((1,) * 10 + (2,))
        return real.from_dlpack(a).shape, a.__dlpack_device__()

    check(call)


@needs_martlet
def test_what_a_buffer_cannot_tell_numpy_is_told_otherwise():
    dtypes = [real.dtype([("n", "i4"), ("o", "O")]), real.dtype("i1,f8", align=True)]
    dtypes += [real.dtype("V3"), real.dtype("M8[ms]")]
    dtypes += [
        real.dtype([(("title", "name"), "i4")]),
        real.dtype({"names": ["a"], "formats": ["O"], "offsets": [8], "itemsize": 24}),
    ]
    for dtype in dtypes:
        a = mnp.zeros(3, dtype)
        assert real.asarray(a).dtype == dtype
        assert real.asarray(a).tolist() == a.tolist()


def test_objects_keep_the_arrays_that_are_put_in():
    def call(np):
        a, b = np.arange(3.0), np.empty(2, dtype=object)
        b[:] = [a, None]
        c = np.empty(1, dtype=object)
        c[0] = a
        return b[0] is a, c[0] is a

    check(call)


def test_bytes_without_a_shape_are_one_row():
    """As `hashlib` asks for them."""
    for shape in [(2, 3), (), (4,), (1, 2, 3)]:
        check(lambda np, shape=shape: hashlib.md5(np.ones(shape)).hexdigest())
