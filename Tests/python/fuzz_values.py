"""Values that a fuzzed call is given: arrays of every kind, extremes, and objects that lie.

Everything is made anew for each call, by functions that draw from the call's own generator, so that
a call can be made again.
"""

import ctypes
import gc

import numpy
from subject import mnp

WORDS = [2**31, 2**32, 2**40, 2**59, 2**60, 2**61, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64]
HUGE = [*WORDS, *[-w for w in WORDS], 2**63 - 2, -(2**63) - 1, 2**100, 10**30]
# Of these a size is possible in memory, but not here.
SIZES = [-(2**63), -(2**62), -2, -1, 0, 1, 2, 3, 7, 2**20, 2**31, 2**32, 2**40, *WORDS[3:]]
DTYPES = ["bool", "int8", "uint64", "int64", "float16", "float32", "float64", "complex64"]


def arrays() -> list:
    """Arrays of all dtypes, odd shapes and layouts, of Martlet's, NumPy's and the host's."""
    found = []
    for dtype in DTYPES:
        found += [mnp.ones((2, 3), dtype), mnp.zeros((), dtype), mnp.zeros((0,), dtype)]
    base = mnp.arange(24.0).reshape(2, 3, 4)
    found += [base, base[::-1], base.T, base[:, ::2], base[..., None], base[:0], base[:, 1:2]]
    found += [mnp.ones((1,) * 20), mnp.ones((1,) * 8), mnp.arange(5), mnp.array([True, False])]
    found += [mnp.arange(20_000.0), mnp.arange(50_000.0) + 1, mnp.asfortranarray(mnp.ones((3, 4)))]
    found += [mnp.array(["text", "more"]), mnp.array([None, {}], dtype=object), numpy.ones(3)]
    found += [mnp.array(numpy.nan), mnp.array([numpy.inf, -1.0]), mnp.ones((3, 0, 2))]
    frozen = mnp.arange(6)
    frozen.flags.writeable = False
    found += [
        frozen,
        mnp.zeros(3, "f4,i4"),
        mnp.array(["2001-01-01"], "M8[D]"),
        numpy.arange(6)[::2],
    ]
    return found


def huge_arrays() -> list:
    """Arrays without memory for each of their elements, and of huge sizes without elements."""
    one, byte = mnp.array(1.0), mnp.array(1, "int8")
    found = [mnp.zeros((2**40, 0)), mnp.zeros((0, 2**40), "int8"), mnp.zeros((0,))]
    shapes = [(2**31,), (2**40,), (2**47,), (2**20, 2**20), (2**31, 1, 2**16), (1, 2**31)]
    found += [mnp.broadcast_to(one, s) for s in [*shapes, (2**59,), (2**30, 2**29)]]
    found += [mnp.broadcast_to(byte, s) for s in [*shapes, (2**62,), (2**63 - 1,), (2**31, 2**31)]]
    # An axis of one element, or none, may have any stride.
    strided = numpy.lib.stride_tricks.as_strided
    found += [strided(numpy.ones(3), (1,), (s,)) for s in (2**62, -(2**63), 2**63 - 8)]
    found += [strided(numpy.ones(3), (0,), (2**62,)), strided(numpy.ones(3), (2**40,), (0,))]
    found += [mnp.asarray(strided(numpy.ones(3), (1, 2), (2**62, 8)))]
    return found


class Strange:
    """An object whose every conversion raises."""

    def __array__(self, *arguments, **keywords):
        raise RuntimeError("no array")

    def __index__(self):
        raise ValueError("no index")

    def __len__(self):
        raise OSError("no length")

    def __float__(self):
        raise KeyError("no float")

    def __bool__(self):
        raise MemoryError("no truth")

    def __iter__(self):
        raise StopIteration


class Liar(list):
    """A sequence that claims another length than it has."""

    def __init__(self, items, length):
        super().__init__(items)
        self.length = length

    def __len__(self):
        return self.length


class Actor:
    """An object that does something to the call's arrays whenever it is looked at."""

    def __init__(self, generator, answer):
        self.generator, self.answer, self.victims = generator, answer, []

    def act(self):
        draw = self.generator.random()
        for victim in self.victims:
            try:
                if draw < 0.35:
                    victim.resize((1,), refcheck=False)
                elif draw < 0.55:
                    victim.resize((100_000,), refcheck=False)
                elif draw < 0.7:
                    victim.shape = (-1,)
                elif draw < 0.8:
                    victim[...] = 0
                elif draw < 0.9:
                    victim.shape = (1, *victim.shape)
                else:
                    gc.collect()
            except Exception as error:
                str(error)
        return self.answer

    def __index__(self):
        self.act()
        return self.answer if isinstance(self.answer, int) else 1

    def __len__(self):
        self.act()
        return 2

    def __bool__(self):
        self.act()
        return True

    def __float__(self):
        self.act()
        return 1.5

    def __complex__(self):
        self.act()
        return 1j

    def __getitem__(self, key):
        self.act()
        if isinstance(key, int) and key > 2:
            raise IndexError
        return 1

    def __iter__(self):
        self.act()
        return iter((0, 1))

    def __array__(self, dtype=None, copy=None):
        self.act()
        return numpy.ones(2)


class Interface:
    """An object with an `__array_interface__`, which may lie, about memory that is there."""

    def __init__(self, generator):
        self.memory = ctypes.create_string_buffer(64)
        draw = generator.choice
        described = {
            "version": draw([3, 3, 3, 2, -1, 2**70]),
            "typestr": draw(["<f8", "<f8", "|i1", "<c16", "|b1", ">i4", "|O8", "nope", "", 3]),
            "shape": draw([(2,), (2, 2), (), (0,), (-1,), (2**62,), (2**32, 2**32), (1,) * 70, 3]),
            "data": draw(
                [(ctypes.addressof(self.memory), False), (0, False), None, self.memory, b"ab", 7]
            ),
        }
        if draw([True, False]):
            steps = [(8,), (8, 8), (0,), (-8,), (2**62,), (2**63 - 1,), (1,), (), ("a",), None]
            described["strides"] = draw(steps)
        if described["shape"] in [(2**62,), (2**32, 2**32)] and not isinstance(
            described["data"], bytes
        ):
            # NumPy believes a pointer, so what is read there must not be asked for.
            described["data"] = b"ab"
        if described.get("strides") in [(2**62,), (2**63 - 1,), (8,), (-8,)]:
            described["shape"] = draw([(0,), (1,)])
        setattr(self, draw(["__array_interface__"] * 3 + ["__cuda_array_interface__"]), described)


class DLTensor(ctypes.Structure):
    _fields_ = [  # noqa: RUF012
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
        ("manager", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
    ]


class Tensor:
    """A producer of DLPack whose capsule may lie about sizes, strides, memory, and itself."""

    kept = []  # noqa: RUF012

    def __init__(self, generator):
        draw = generator.choice
        rank = draw([0, 1, 1, 2, 3])
        sizes = [draw([0, 1, 2, -1, -(2**62), 2**31, 2**62, 2**63 - 1]) for _ in range(rank)]
        self.memory = (ctypes.c_double * 64)()
        self.sizes = (ctypes.c_int64 * max(rank, 1))(*sizes)
        steps = [draw([1, 0, -1, 2**31, 2**59, 2**60, 2**62, -(2**63)]) for _ in range(rank)]
        if any(s > 1 for s in sizes):
            # What is believed must be true: only one element lies in the memory.
            steps = [0] * rank
        self.steps = (ctypes.c_int64 * max(rank, 1))(*steps)
        self.tensor = DLTensor(
            draw([ctypes.addressof(self.memory)] * 3 + [0]),
            draw([1, 1, 1, 2, 4, 13, -1]),
            draw([0, 0, 7, -1]),
            draw([rank] * 8 + [-1, 9, 2**31 - 1]) if rank < 3 else rank,
            *draw([(2, 64, 1)] * 5 + [(0, 8, 1), (1, 64, 1), (5, 128, 1), (2, 3, 9), (9, 0, 0)]),
            self.sizes,
            draw([self.steps, self.steps, None]),
            0,
            None,
            None,
        )
        if self.tensor.ndim > rank:
            self.tensor.ndim = rank
        self.device = draw([(1, 0)] * 4 + [(2, 0), (2, 2**70), (1,), None, (-1, -1), (13, 0)])
        self.name = draw([b"dltensor"] * 4 + [b"dltensor_versioned_", b"used_dltensor"])
        Tensor.kept.append(self)

    def __dlpack__(self, **keywords):
        make = ctypes.pythonapi.PyCapsule_New
        make.restype = ctypes.py_object
        make.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return make(ctypes.addressof(self.tensor), self.name, None)

    def __dlpack_device__(self):
        return self.device


def others(generator) -> list:
    """Everything but arrays."""
    return [
        *[None, True, 0, 1, -1, 2, 7, -7, 1.5, -0.0, float("nan"), float("inf"), 1j, *HUGE],
        *["", "text", b"bytes", "C", "float64", "raise", "K", "nope", [], (), {}, set(), [1, 2]],
        *[(0,), (-1,), (0, 0), (0, 1), (5,), (2**31, 2**31), (2**62, 2**62), (-5, 2), (1,) * 70],
        *[(2**32, 2**32), (2**63 - 1,), (0, 2**62, 2**62), (2**40, 2**20, 2**4), [2**64]],
        *[[[1], [1, 2]], [1, "a"], ["x"], [None], (1.5,), (None, 2), [[], []], [True, False]],
        *[slice(None), slice(None, None, 0), slice(2**70), slice(-5, 5, -1), ..., slice("a")],
        *[int, float, object, "U5", "M8[s]", "bfloat16", numpy.dtype("f8"), ">f8", "f4,i4", "V8"],
        *[numpy.float32(2), numpy.int8(-1), numpy.uint64(2**64 - 1), numpy.longdouble(1), len],
        *[Strange(), Liar([1], 5), Liar([1, 2, 3], 0), Liar([1], 2**40), range(3), iter([1, 2])],
        *[memoryview(b"ab"), lambda *a, **k: 1, bytearray(8), memoryview(bytearray(16)).cast("d")],
        *[Interface(generator), Interface(generator), Tensor(generator), Tensor(generator)],
        *[Actor(generator, 1), Actor(generator, 90_000), Actor(generator, -(2**62))],
        *[type("Sub", (mnp.ndarray,), {}), range(2**62), [mnp.ones(2)] * 3, (mnp.zeros(0),)],
    ]


def index(generator):
    """Something between brackets."""
    part = [0, 1, -1, 2, 7, None, ..., True, False, numpy.True_, *HUGE, 1.5, "a", slice(None)]
    part += [slice(a, b, c) for a, b, c in [(1, None, 2), (None, None, -1), (5, 2, 1)]]
    part += [slice(HUGE[0], HUGE[4], HUGE[2]), slice(2**63, -(2**64), -(2**63)), slice(0, 9, 2**62)]
    part += [slice(Actor(generator, 90_000)), Actor(generator, 3), Liar([0, 1], 7), Strange()]
    part += [[0, 1], [True, False], [], [2**62], [[0], [1]], mnp.array([0, 1]), mnp.array(1)]
    part += [mnp.array([True, False]), mnp.ones((2, 3), bool), mnp.array(True), numpy.array([1, 0])]
    part += [mnp.array([2**62, -(2**63)]), mnp.zeros((0,), int), mnp.array([2**64 - 1], "uint64")]
    part += [mnp.broadcast_to(mnp.array(0), (2**40,)), mnp.zeros((2**40, 0), int), ()]
    draw = generator.random()
    if draw < 0.35:
        return generator.choice(part)
    if draw < 0.45:
        return (generator.choice([None, True, False, 0, ..., slice(None)]),) * generator.choice(
            [2, 8, 9, 16, 17, 18, 33, 64, 65, 70, 1000]
        )
    return tuple(generator.choice(part) for _ in range(generator.choice([1, 2, 2, 3, 4, 9])))
