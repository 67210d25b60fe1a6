"""How NumPy takes odd arguments: what it refuses, warns of and gives where little is said of it."""

import mmap
import warnings

import numpy as np
import pytest
from compare import check
from subject import POSITIONS_TELL, mnp, needs_martlet

CALLS = [
    # Joining into an output has the output's dtype.
    "np.concatenate([[1], [2]], out=np.zeros(2), dtype='f4')",
    "np.stack([[1], [2]], out=np.zeros((2, 1)), dtype='f8', casting='unsafe')",
    "np.concatenate([np.zeros(2), np.zeros((2, 2))])",
    # Plain numbers take the type of what they meet.
    "np.choose([0], [np.array([1], np.uint8), 2])",
    "np.choose([1, 0], [np.float32(3), 2.0])",
    "np.array([1, 0]).choose([1, 2], [3, 4], [5, 6])",
    "np.array([1, 0]).choose([1, 2], [3, 4], out=np.zeros(2, int))",
    "np.array([1, 0]).choose()",
    "np.isclose(np.array([1.0], 'f4'), 2, atol=0, rtol=np.nextafter(np.float32(1), 0) / 2)",
    "np.isclose(np.float32(1), 2, atol=0, rtol=float(np.nextafter(0.5, 0)))",
    # Lengths of ranges whose step is long or whose numbers are tiny.
    "np.arange(0, 1, np.inf)",
    "np.arange(0, 1, -np.inf)",
    "np.arange(0, -1, -np.inf)",
    "np.arange(0, 5e-324, 2)",
    "np.arange(1, 1, np.inf)",
    "np.roll(np.arange(4), np.uint64(2**63 + 2))",
    # Warnings of averages.
    "np.var(np.ones((2, 3)), axis=1, ddof=3)",
    "np.std(np.ones((2, 3)), axis=1, ddof=4)",
    "np.ones((2, 1)).var(axis=0, ddof=1)",
    "np.ones((3, 3)).std(ddof=2)",
    # Where the elements lie.
    "np.round(np.arange(12).reshape(3, 4).T).flags.f_contiguous",
    "np.zeros(12, np.int32)[::2].reshape(3, 2, 1, 1).strides",
    "np.zeros(12, np.int32)[::2].reshape(3, 1, 2, 1, order='F').strides",
    "np.zeros(6)[::2].reshape(1, 3, 1).strides",
    # Modes and axes.
    "np.correlate([1, 2], [3], mode=None)",
    "np.convolve([1, 2], [3], mode=None)",
    "np.moveaxis(np.ones((1, 2, 3)), 3, 0)",
    "np.moveaxis(np.ones((1, 2, 3)), 0, [0, -7])",
    "np.cross(0, [1, 2, 3])",
    "np.vecdot([1, 2], [3, 4], keepdims=True)",
    "np.matvec([[1, 2]], [3, 4], axes=[(0, 1), 0, 0])",
    "np.fft.fftn(np.ones((2, 3)), s=(2, None), axes=(0, 1))",
    "np.eye(3).resize(refcheck='hi')",
    "np.arange(3).astype(float, copy=np._CopyMode.NEVER)",
    "np.arange(3).__array__(dtype='f4', copy=None).tolist()",
    # Casting rules hold for plain numbers too.
    "np.add(3.0, 4.0, dtype=int, casting='safe')",
    "np.add(3.0, 4.0, dtype='f4', casting='equiv')",
    "np.add(3.0, 4.0, casting='equiv')",
    "np.add(np.float32(3), 4.0, casting='safe')",
    # Where nothing is selected, positions are not looked at.
    "np.zeros((3, 0, 2))[np.zeros((3, 0), int), [[1], [2], [0]]]",
    "np.zeros((3, 2))[[7], np.zeros(0, int)]",
    "np.ravel_multi_index((np.array(-1), np.zeros((0, 1), int)), (3, 0))",
    "np.ravel_multi_index(np.zeros((2, 1), int), (2, 0), mode='clip')",
    "np.ravel_multi_index(np.zeros((2, 1), int), (2, 0), mode='wrap')",
    "np.ravel_multi_index(np.zeros((2, 0), int), (2, 0), mode='wrap')",
    "np.hypot(1)",
    # Reductions of nothing.
    "np.subtract.reduce(np.zeros((0, 0, 5)), axis=1)",
    "np.subtract.reduce(np.zeros((5, 0)), axis=0)",
    "np.true_divide.reduce(np.zeros((0, 0)), axis=0, initial=1)",
    # Loops and conversions.
    "np.ldexp(1.0, np.uint64(3), casting='unsafe', dtype='d')",
    "np.ldexp(np.float32(1), np.int64(2), dtype='d')",
    "np.equal(1, 2, dtype=int)",
    "np.add(np.array([np.nan, 1.0]), 1.0, dtype=int, casting='unsafe')[1]",
    "np.astype([1], float)",
    "np.searchsorted([5, 2, 1, 3, 4], 0, sorter=[-1, 0, 1, 2, 3])",
    "(lambda a: (np.diff(a, n=0) is a, np.diff(a, 0) is a))(np.arange(3.0))",
    "(lambda a: np.diff(a, 0, axis=7) is a)([1, 2])",
    # Arrays that stay NumPy's, in lists.
    "np.array([np.array('a'), 'bc']).tolist()",
    "np.array([np.array('2001-01-01', 'M8[D]')] * 2).astype(str).tolist()",
    "np.array([[np.array(b'ab')]], dtype='S').tolist()",
    "np.array([np.array('a'), [1, 2]])",
    # Seeds.
    "np.random.Generator(np.random.PCG64(np.arange(3))).integers(9, size=4)",
    "np.random.SeedSequence(np.arange(3)).generate_state(2).tolist()",
    "isinstance(np.random.default_rng(1).bit_generator, np.random.PCG64)",
    "isinstance(np.random.MT19937(np.arange(2)), np.random.BitGenerator)",
    "np.matrix[int, float].__origin__ is np.matrix",
]


@pytest.mark.parametrize("text", CALLS)
def test_calls(text):
    check(lambda np: eval(text, {"np": np}))


def test_what_is_lost_is_told_of():
    def call(np, index):
        a = np.arange(10)
        a[index(np)] = np.array(np.nan)
        return a[3:]

    indices = [lambda np: np.arange(10) < 3, lambda np: slice(2)]
    if POSITIONS_TELL:
        indices.append(lambda np: [0, 1])
    for index in indices:
        check(lambda np, index=index: call(np, index))


def test_the_same_memory():
    def call(np):
        a = np.arange(3)
        same = np.astype(a, a.dtype, copy=False)
        shared = [
            np.shares_memory(a, x) for x in (same, a.round(), a.round(2), np.astype(a, a.dtype))
        ]
        return shared, np.arange(6.0).reshape(3, 2).T.flat.__array__().flags.writeable

    check(call)


def test_fields_of_records_are_computed_natively():
    def call(np):
        records = np.zeros(7, [("s", "S1"), ("x", "c8"), ("n", "i2"), ("y", ">f4")])
        records["x"] = np.arange(7) + 0.5
        return np.exp2(records["x"]), np.add(records["n"], 1), np.sqrt(records["y"])

    check(call, relative=1e-5)


@needs_martlet
def test_an_element_does_not_depend_on_how_it_lies():
    records = mnp.zeros((6, 6), [("s", "S1"), ("x", "c8")])
    records["x"] = mnp.arange(1, 37).reshape(6, 6)
    for name in ("exp2", "tan", "tanh", "arcsinh", "log10", "sinh"):
        ufunc = getattr(mnp, name)
        plain = ufunc(mnp.arange(1, 37).reshape(6, 6).astype("c8"))
        assert np.array_equal(np.asarray(ufunc(records["x"])), np.asarray(plain)), name


class Giving:
    """An object whose `__array__` gives an array of the module it was made with."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array if dtype is None else self.array.astype(dtype)


def test_objects_that_give_arrays_among_objects():
    def call(np):
        one, row = Giving(np.array(0.0)), Giving(np.arange(4).reshape(2, 2))
        facts = [np.array([one], dtype=object)[0] is one]
        ragged = np.array([row, [row]], dtype=object)
        facts += [ragged.shape, ragged[0] is row, type(ragged[1]) is list, ragged[1][0] is row]
        target = np.zeros(1, dtype=object)
        target[:] = [one]
        facts += [target[0] is one, np.array(one, dtype=object).shape]
        return facts, np.array(row, dtype=object).tolist(), np.array([row, row], "O").shape

    check(call)


def test_lists_that_contain_each_other():
    def call(np):
        one, two = [], []
        one += [two, 3]
        two.append(one)
        target = np.zeros(1, dtype=object)
        target[0] = one
        return target[0] is one, np.array(two, dtype=object).shape

    check(call)


def test_objects_that_give_arrays_as_indices():
    def call(np):
        a = np.arange(12.0).reshape(3, 4)
        zero, some = Giving(np.array(0)), Giving(np.array([2, 0]))
        return a[zero], a[0, some], a[some], type(a[zero, 1]).__name__

    check(call)


def test_memory_of_files_is_let_go_at_once(tmp_path):
    def call(np):
        (tmp_path / "bytes").write_bytes(b"asdf")
        with open(tmp_path / "bytes", "rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            array = np.frombuffer(memory, np.uint8)
            try:
                memory.close()
            except BufferError:
                total = int(array.sum())
            del array
            memory.close()
        return total, memory.closed

    check(call)


def test_names_that_numpy_warns_of():
    def call(np):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = [np.chararray.__name__, np.chararray.__name__]
        return found, len(caught)

    check(call)


def test_masked_results_of_callbacks():
    def call(np):
        rows = np.arange(6.0).reshape(2, 3)
        made = np.apply_along_axis(lambda row: np.ma.masked_greater(row, 2), 1, rows)
        m = np.ma.array([1, 2, 3], mask=[1, 0, 0])
        joined = np.ma.mr_[m, 0, m]
        return type(made).__name__, made.tolist(), type(joined).__name__, joined.tolist()

    check(call)


def test_records_with_masks():
    def call(np):
        dtype = [("a", int), ("b", float)]
        records = np.ma.array([(1, 2.0), (3, 4.0)], mask=[(0, 1), (0, 0)], dtype=dtype)
        first = records[0]
        same = (first == records).tolist(), (records != first).tolist(), bool(first == records[0])
        first["a"] = 9
        facts = (
            type(first).__name__,
            isinstance(first, np.ma.MaskedArray),
            len(first),
            list(map(str, first)),
        )
        return same, facts, records.tolist(), [record.tolist() for record in records]

    check(call)


def test_a_mask_with_rules_of_its_own_is_asked():
    def call(np):
        class Own(np.ndarray):
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                plain = [np.array(x) if isinstance(x, Own) else x for x in inputs]
                return super().__array_ufunc__(ufunc, method, *plain, **kwargs)

        a, mask = np.arange(3.0), np.array([True, False, True])
        with pytest.raises(TypeError, match="returned NotImplemented"):
            np.add(a.view(Own), a, where=mask.view(Own), out=np.zeros(3))
        return np.add(a.view(Own), a, where=mask, out=np.zeros(3))

    check(call)


def test_iterators_of_a_broadcast_know_their_arrays():
    def call(np):
        arrays = np.ones((3, 1)), np.arange(3.0)
        iterators = np.broadcast(*arrays).iters
        same = [it.base is array for it, array in zip(iterators, arrays, strict=True)]
        return same, next(iterators[1]), next(iterators[1]), iterators[1].index

    check(call)


def test_calls_of_many_arrays():
    """Each is looked for among the others, which must not take longer for each that there are."""

    def call(np):
        a, others = np.arange(3.0), [np.ones(3) for _ in range(20_000)]
        operands = np.nditer([a, *others, a]).operands
        return len(operands), operands[0] is a, operands[-1] is a, operands[5000] is others[4999]

    check(call)
