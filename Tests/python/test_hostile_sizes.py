"""Sizes, strides and bytes that no machine has: NumPy's answer, or its error, and never a trap."""

import ctypes
import resource

import numpy as np
import pytest
from subject import mnp, needs_martlet

strided = np.lib.stride_tricks.as_strided

# Each in terms of `np`, `one` and `byte` (arrays of one number) and `wide` (broadcast_to).
CALLS = [
    # The product wraps at 2**64, or is more bytes than 63 bits count.
    "wide(one, (2**32, 2**32))", "wide(one, (2**60,))", "wide(one, (2**40, 2**40)).sum()",
    "wide(one, (2**62, 2))", "wide(one, (2**63,))", "np.zeros((2**32, 2**32))", "np.zeros(2**60)",
    "np.zeros(2**63)", "np.zeros(2**64)", "np.empty((2**62, 2**62))", "np.ones((2**31, 2**31, 4))",
    "np.full((2**32, 2**32), 1)", "np.zeros((2**40, 2**40, 0))", "np.zeros((0, 2**40, 2**40))",
    "np.zeros(0).reshape(0, 2**40, 2**40)", "np.zeros(0).reshape(2**40, 2**40, 0)",
    "np.empty_like(one, shape=(2**32, 2**32))", "np.eye(2**32)", "np.arange(2**62)",
    "np.linspace(0, 1, 2**62)", "np.ones(6).reshape(2**33, 2**33)", "np.ones(6).reshape(2**62, 4)",
    "np.ones(6).reshape(-(2**62))",
    "np.zeros(3).resize((2**32, 2**32))", "np.zeros(3).resize(2**61)", "np.ndarray((2**32, 2**32))",
    "np.diag(np.ones(1), 2**62)", "np.tri(2**33)", "np.identity(2**33)",
    "np.indices((2**31, 2**31))",
    # There is no memory for them.
    "np.zeros(2**46)", "np.zeros((2**40, 2**10))", "wide(one, (2**46,)).copy()",
    "np.eye(2**23) + 0", "wide(byte, (2**47,)).astype('c16')", "wide(one, (2**46,)) + 1",
    "np.repeat(np.ones(3), 2**45)", "np.concatenate([wide(byte, (2**46,))] * 9)",
    "np.stack(np.zeros((2**40, 0), 'i1'))", "np.vstack(np.zeros((2**40, 0), 'i1'))",
    "np.ones(3)[wide(np.array(0), (2**46,))]", "np.ones(3).take(wide(np.array(0), (2**46,)))",
    "np.sort(wide(one, (2**46,)))", "np.add.outer(wide(one, (2**23,)), wide(one, (2**23,)))",
    "np.tile(np.ones(3), 2**45)",
    # Sums and products of sizes that are each possible.
    "wide(one, (2**60,)).copy()", "wide(byte, (2**62,)).astype('c16')",
    "wide(byte, (2**62,)) + 1.0", "wide(one, (2**31, 1)) * wide(one, (1, 2**32))",
    "np.broadcast_shapes((2**32, 1), (1, 2**32))", "np.concatenate([wide(byte, (2**62,))] * 2)",
    "np.stack([wide(byte, (2**62,))] * 4)",
    "np.hstack([wide(byte, (2**62,))] * 2)",
    "np.add.outer(wide(one, (2**31,)), wide(one, (2**32,)))", "np.tile(np.ones(3), 2**62)",
    "wide(one, (2**31, 1)) @ wide(one, (1, 2**32))",
    "np.ones((3, 2**10))[wide(np.array(0), 2**52)]",
    "np.multiply(wide(byte, (2**31, 1)), wide(byte, (1, 2**31)))", "np.repeat(np.ones(3), 2**62)",
    "np.where(wide(np.array(True), (2**31, 1)), wide(one, (1, 2**32)), 0)",
    "np.meshgrid(wide(one, (2**31,)), wide(one, (2**31,)))", "np.bincount([1], minlength=2**62)",
    "np.lib.stride_tricks.sliding_window_view(wide(one, (2**40,)), 2**39)",
    # What is repeated is looked at once, and no list is made of so many.
    "np.zeros(0).__setitem__(wide(np.array(0), (2**40,)), 1)", "np.zeros(wide(np.array(1), 2**40))",
    "np.zeros(3).__setitem__(wide(np.array(7), (2**40,)), 1)",
    "np.ones(3)[np.array(2**64 - 1, 'uint64')]",
    # Numbers that are no sizes.
    "np.zeros(-1)", "np.zeros((3, -2**63))", "np.ones(3)[2**64]", "np.ones(3)[-2**63]",
    "np.ones(3)[2**63 - 1:2**63]", "np.ones(3)[::2**63]", "np.roll(np.ones(3), 2**63)",
    "np.roll(np.ones(3), -2**63)",         "np.zeros((1,) * 65)",
    # They are possible, since nothing is made for each element.
    "wide(byte, (2**62,)).shape", "wide(one, (2**40,))[2**39:].shape", "wide(one, (2**59,)).nbytes",
    "wide(byte, (2**62,)).strides", "np.zeros((2**40, 0)).T.shape", "wide(byte, (2**62,))[5]",
    "(np.zeros((2**40, 0)) + 1).shape", "wide(one, (2**30, 2**28))[3, 4]", "wide(byte, 2**62).size",
    "strided(np.arange(3.0), (1,), (2**62,)).sum()",
    "strided(np.arange(3.0), (0,), (2**62,)).shape", "np.zeros((2**40, 0)).sum(axis=0)",
    # Truth values and None among indices add axes.
    "np.ones((1,) * 8)[True].shape", "np.ones((1,) * 8)[False].shape",
    "np.ones(3)[True, True].shape", "np.ones((1,) * 8)[np.True_].shape",
    "np.ones((1,) * 8)[True, None].shape", "np.ones((2,) * 7)[True, ..., None].shape",
    "np.ones((1,) * 64)[True]", "np.ones(3)[(None,) * 70]", "np.ones(3)[(True,) * 70]",
    "np.ones((1,) * 8)[None].shape", "np.ones(3)[(None,) * 8].shape",
    "np.ones((1,) * 8).__setitem__(True, 2)", "np.ones((1,) * 8).__setitem__((True, None), 2)",
    "np.ones((2,) * 8).__setitem__(False, 2)", "np.ones(())[True].shape",
    "np.ones((2,) * 8)[True, 0].shape", "np.ones((1,) * 8)[[[0]], True].shape",
    "np.ones((1,) * 7)[None, None, True].shape",
]  # fmt: skip

# NumPy is asked for memory without bounds, and has other words for it.
SAME_BUT_MEMORY = (MemoryError, ValueError)


@pytest.fixture(autouse=True)
def limited():
    """What is asked for beyond 4 GiB fails, instead of filling a machine that has it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (4 << 30), hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def outcome(module, call):
    names = {"np": module, "one": module.array(1.0), "byte": module.array(1, "int8")}
    names["wide"] = module.broadcast_to
    names["strided"] = lambda a, *rest: module.asarray(strided(np.asarray(a), *rest))
    try:
        return eval(call, names)
    except Exception as error:
        return error


@pytest.mark.parametrize("call", CALLS)
def test_numpys_answer(call):
    expected, found = outcome(np, call), outcome(mnp, call)
    if isinstance(expected, Exception):
        assert isinstance(found, Exception), f"{expected!r} was expected, not {found!r}"
        assert isinstance(found, type(expected).__mro__[-5:][0]) or (
            isinstance(expected, SAME_BUT_MEMORY) and isinstance(found, SAME_BUT_MEMORY)
        ), f"{expected!r} was expected, not {found!r}"
    else:
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


@pytest.mark.parametrize(
    "shape", [2**63, 2**64, (2**62, 4), (2**32, 2**32), (2**63 - 1, 2), (-1, 2**64), (6, 2**62), -3]
)
def test_shapes_that_are_set(shape):
    expected, found = np.arange(6.0), mnp.arange(6.0)
    try:
        expected.shape = shape
    except Exception as error:
        with pytest.raises(type(error)):
            found.shape = shape
    else:
        found.shape = shape
    assert found.shape == expected.shape


@needs_martlet
def test_beyond_numpy():
    """NumPy takes no offset of more than 31 bits, and adds up sizes without a look at overflow."""
    square = mnp.ones((3, 3))
    for offset in (2**63 - 1, -(2**63), 2**40, -(2**31)):
        assert mnp.diagonal(square, offset).shape == (0,)
        assert mnp.trace(square, offset) == 0
    quarter = mnp.broadcast_to(mnp.array(1, "int8"), (2**62,))
    for join in (mnp.concatenate, mnp.hstack):
        with pytest.raises(ValueError, match="too big"):
            join([quarter] * 4)
        with pytest.raises(ValueError, match="too big"):
            join([quarter] * 5 + [mnp.ones(3)])


@pytest.mark.parametrize("stride", [2**62, -(2**63), 2**63 - 8, 2**59, -(2**60)])
@pytest.mark.parametrize("shape", [(3,), (2, 2), (1, 3)])
def test_foreign_strides(stride, shape):
    """NumPy makes such arrays, whose elements nobody has; to look at their shape is all right."""
    foreign = strided(np.arange(3.0), shape, (stride,) * len(shape))
    assert mnp.asarray(foreign).shape == shape
    assert mnp.asarray(foreign)[:0].shape == foreign[:0].shape
    assert mnp.asarray(foreign).strides == foreign.strides


@needs_martlet
@pytest.mark.parametrize("stride", [2**62, -(2**63), 2**63 - 8])
def test_foreign_strides_in_kernels(stride):
    from martlet import KernelError, njit

    @njit
    def size(a):
        return a.size

    @njit
    def write(a):
        if a.size > 7:
            a[0] = 1
        return a.size

    for kernel in (size, write):
        assert kernel(np.arange(3.0)) == 3
        # Not among the test's variables: what fails is shown with these, and cannot be.
        with pytest.raises(KernelError, match="strides"):
            kernel(strided(np.arange(3.0), (3,), (stride,)))


class Tensor(ctypes.Structure):
    """DLPack's structure, with its manager."""

    _fields_ = (
        ("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64),
        ("manager", ctypes.c_void_p), ("deleter", ctypes.c_void_p),
    )  # fmt: skip


class Producer:
    def __init__(self, sizes, strides, data=True, rank=None):
        rank = len(sizes) if rank is None else rank
        self.memory = (ctypes.c_double * 8)()
        self.sizes = (ctypes.c_int64 * max(len(sizes), 1))(*sizes)
        self.strides = (ctypes.c_int64 * max(len(sizes), 1))(*strides)
        address = ctypes.addressof(self.memory) if data else None
        self.tensor = Tensor(address, 1, 0, rank, 2, 64, 1, self.sizes, self.strides, 0, None, None)

    def __dlpack__(self, **keywords):
        make = ctypes.pythonapi.PyCapsule_New
        make.restype = ctypes.py_object
        make.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return make(ctypes.addressof(self.tensor), b"dltensor", None)

    def __dlpack_device__(self):
        return (1, 0)


@pytest.mark.parametrize(
    ("sizes", "strides"),
    [
        ((-1,), (1,)), ((-2, -2), (1, 1)), ((2**62,), (1,)), ((2**32, 2**32), (1, 1)),
        ((-(2**63), 2), (1, 1)), ((0, 2**62, 2**62), (1, 1, 1)),
    ],
)  # fmt: skip
def test_capsules_that_lie(sizes, strides):
    with pytest.raises((ValueError, BufferError, RuntimeError)):
        mnp.from_dlpack(Producer(sizes, strides))


@pytest.mark.parametrize("stride", [2**59, 2**60, 2**62, -(2**62), -(2**63)])
def test_strides_of_capsules(stride):
    """One element has no neighbours, so its stride may be anything."""
    assert mnp.from_dlpack(Producer((1,), (stride,))).shape == (1,)
    assert mnp.from_dlpack(Producer((3,), (stride,))).shape == (3,)


def test_capsules_without_memory():
    assert mnp.from_dlpack(Producer((0,), (1,), data=False)).shape == (0,)
    nothing = mnp.from_dlpack(Producer((3,), (1,), data=False))
    assert nothing.shape == (3,)


@pytest.mark.parametrize("rank", [-1, 65, 2**31 - 1])
def test_ranks_of_capsules(rank):
    if rank > 64:
        with pytest.raises((ValueError, BufferError, RuntimeError)):
            mnp.from_dlpack(Producer((1,) * 70, (1,) * 70, rank=rank))
