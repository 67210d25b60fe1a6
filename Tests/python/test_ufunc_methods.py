"""The methods of ufuncs for every row of two operands, with every argument they take."""

from dataclasses import replace
from functools import reduce

import numpy as np
import pytest
from compare import check, ulps_of
from hypothesis import given
from hypothesis import strategies as st
from strategies import DTYPES, Sample, axes, dtypes, layouts, samples, seeds
from subject import elementwise_names, mnp, natively

NAMES = elementwise_names()
BINARY = [name for name in NAMES if getattr(np, name).nin == 2 and getattr(np, name).nout == 1]
UNARY = [name for name in NAMES if getattr(np, name).nin == 1 and getattr(np, name).nout == 1]
# With AVX-512, NumPy 2.4 combines each number of a contiguous row with the first one, not with what
# came before, and only the last result stays.
WRONG_IN_NUMPY = {"arctan2", "atan2", "float_power", "ldexp", "pow", "power"}
SHAPES = [(5,), (3, 4), (1,), (0,), (2, 3, 2), (0, 3), (3, 0), (), (2, 1, 3, 2)]


def tolerance(name, *used):
    """Exact for integers; relative to the largest number for what rounds in another order."""
    kinds = {np.dtype(d).kind for d in used if d is not None}
    if kinds.isdisjoint("fc") and ulps_of(name) == 0:
        return None
    return 2e-2 if "float16" in used or kinds.isdisjoint("fc") else 1e-5


def numbers(dtype=dtypes, shape=None):
    """Small ones, so that powers and shifts stay within what C defines."""
    shape = st.sampled_from(SHAPES) if shape is None else shape
    return samples(dtype, shape, special=False, low=0.0, high=4.0)


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_reduce(name, data):
    a = data.draw(numbers())
    options = {"axis": data.draw(axes(len(a.shape))), "keepdims": data.draw(st.booleans())}
    dtype = data.draw(st.one_of(st.none(), st.none(), st.none(), dtypes))
    if dtype is not None:
        options["dtype"] = dtype
    initial = data.draw(st.sampled_from(["missing", "missing", None, 0, 1, 3, 2.5, True]))
    if initial != "missing":
        options["initial"] = initial
    masked = data.draw(st.booleans())
    mask = data.draw(samples("bool", data.draw(st.sampled_from([a.shape, a.shape[-1:]]))))
    if name in WRONG_IN_NUMPY:
        a = replace(a, shape=tuple(min(side, 2) for side in a.shape), low=1.0)

    def call(np, a, mask):
        where = {"where": mask} if masked else {}
        return getattr(np, name).reduce(a, **options, **where)

    check(call, a, mask, relative=tolerance(name, a.dtype, dtype), check_warnings=False)


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_reduce_is_one_step_after_the_other(name, data):
    """The same as applying the ufunc to one slice after the other, where that gives the type."""
    dtype = data.draw(st.sampled_from(["int64", "float32", "float64", "complex128"]))
    a = data.draw(numbers(dtype, st.sampled_from([(5,), (3, 4), (20,), (2, 3, 2), (1,)])))
    axis = data.draw(st.integers(-len(a.shape), len(a.shape) - 1))
    ufunc = getattr(np, name)
    if ufunc.identity is not None:
        return
    made = a.make(np)
    try:
        steps = reduce(ufunc, np.moveaxis(made, axis, 0))
        if steps.dtype != ufunc.reduce(made, axis=axis).dtype:
            return
    except TypeError:
        return

    def call(module, a):
        return steps if module is np else getattr(module, name).reduce(a, axis=axis)

    check(call, a, relative=tolerance(name, a.dtype), check_warnings=False)


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_reduceat(name, data):
    a = data.draw(numbers())
    if name in WRONG_IN_NUMPY:
        a = replace(a, shape=tuple(min(side, 2) for side in a.shape), low=1.0)
    axis = data.draw(st.integers(-len(a.shape) - 1, len(a.shape))) if a.shape else 0
    size = a.shape[axis] if -len(a.shape) <= axis < len(a.shape) else 1
    starts = data.draw(st.lists(st.integers(-1, size), max_size=4))
    starts = data.draw(st.sampled_from([starts, [min(max(i, 0), size - 1) for i in starts]]))
    dtype = data.draw(st.one_of(st.none(), st.none(), dtypes))
    check(
        lambda np, a: getattr(np, name).reduceat(a, starts, axis=axis, dtype=dtype),
        a,
        relative=tolerance(name, a.dtype, dtype),
        check_warnings=False,
    )


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_accumulate(name, data):
    a = data.draw(numbers())
    axis = data.draw(st.integers(-len(a.shape) - 1, len(a.shape)))
    dtype = data.draw(st.one_of(st.none(), st.none(), dtypes))
    check(
        lambda np, a: getattr(np, name).accumulate(a, axis=axis, dtype=dtype),
        a,
        relative=tolerance(name, a.dtype, dtype),
        check_warnings=False,
    )


INDICES = [
    "[0, 0, 1]", "[0, -1, 0]", "[]", "0", "-1", "...", "slice(None)", "slice(None, None, -2)",
    "np.array([[0, 1], [1, 0]])", "np.array([0, 2, 0], np.uint8)", "([0, 0], [1, 1])",
    "(slice(None), [0, 0])", "([0, 1, 0], slice(1, None))", "(0, [1, 1, 0])", "a > 1", "99",
    "(None, [0, 0])", "([[0], [0]], [0, 1, 0])", "[True, False, True]", "'nope'", "[0.5]",
]  # fmt: skip


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_outer(name, data):
    dtype = data.draw(dtypes)
    a, b = (data.draw(numbers(dtype, st.sampled_from([(), (3,), (2, 3), (0,)]))) for _ in "ab")
    check(
        lambda np, a, b: getattr(np, name).outer(a, b),
        a,
        b,
        relative=tolerance(name, dtype),
        check_warnings=False,
    )


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_at(name, data):
    dtype = data.draw(dtypes)
    a = data.draw(numbers(dtype, st.sampled_from([(3,), (3, 4), (2, 3, 2)])))
    b = data.draw(numbers(data.draw(st.sampled_from([dtype, dtype, "float64", "int8"])), (3,)))
    index = data.draw(st.sampled_from(INDICES))
    value = data.draw(st.sampled_from(["b", "b[:1]", "b[0]", "2", "1.5", "np.array(3)"]))
    code = compile(f"np.{name}.at(target, {index}, {value})", "<at>", "exec")
    of_view = data.draw(st.booleans())

    def call(np, a, b):
        root = np.array(a)
        target = root[::-1] if of_view else root
        exec(code, {"np": np, "a": target, "b": b, "target": target})
        return root

    check(call, a, b, relative=tolerance(name, a.dtype, b.dtype), check_warnings=False)


@pytest.mark.parametrize("name", UNARY)
@given(data=st.data())
def test_at_of_one_operand(name, data):
    a = data.draw(samples(shape=st.sampled_from([(3,), (3, 4)]), special=False, low=0.1, high=0.9))
    index = data.draw(st.sampled_from(INDICES))
    code = compile(f"np.{name}.at(a, {index})", "<at>", "exec")

    def call(np, a):
        a = np.array(a)
        exec(code, {"np": np, "a": a})
        return a

    relative = None if ulps_of(name) == 0 and np.dtype(a.dtype).kind != "c" else 2e-2
    whole = np.dtype(a.dtype).kind in "iu" and relative is not None
    if not whole:  # a difference in the last place may cross a whole number
        check(call, a, relative=relative, check_warnings=False)


def test_at_sees_what_it_wrote():
    """In order: each repeated place continues with what the one before left."""

    def call(np):
        a = np.array([3.0, 5.0])
        np.subtract.at(a, [0, 0, 1, 0], [1, 2, 3, 4])
        np.divide.at(a, np.zeros(20, int), 1.5)
        b = np.arange(6)
        np.add.at(b, b[::-1] % 3, b)
        whole = np.zeros(5)
        part = whole[1:]
        np.add.at(part, [0, 0, -1], 1)
        z = np.ones(3, complex)
        np.multiply.at(z.real, [0, 0], 3)
        return a, b, whole, z

    check(call)


def test_at_large():
    def call(np):
        rng = np.random.default_rng(3)
        index = np.array(rng.integers(0, 1000, 50_000))
        total = np.zeros(1000)
        np.add.at(total, index, 0.5)
        low = np.full(1000, np.inf)
        np.minimum.at(low, index, np.sqrt(np.arange(50_000.0)))
        table = np.zeros((10, 100), np.int32)
        np.add.at(table, (index % 10, index // 10), np.arange(50_000))
        return total, low, table

    check(call)


def test_at_changes_nothing_else():
    """Pending work and copies keep what they saw."""

    def call(np):
        a = np.arange(50_000.0)
        later, copy = a * 2, a[10:20].copy()
        np.add.at(a, [0, 0, 15], 1)
        return a[:20], later[:20], copy

    check(call)


@pytest.mark.parametrize("name", ["subtract", "hypot", "logaddexp", "fmod", "divide", "copysign"])
@given(dtype=st.sampled_from(["float32", "float64", "int16"]), layout=layouts, seed=seeds)
def test_large(name, dtype, layout, seed):
    a = Sample(dtype, (67, 41, 29), layout, seed, special=False, low=0.5, high=1.5)
    for axis in range(3):
        check(
            lambda np, a, axis=axis: getattr(np, name).reduce(a, axis=axis),
            a,
            relative=1e-4,
            check_warnings=False,
        )
    starts = [0, 7, 7, 3, 20]
    for axis in range(3):
        check(
            lambda np, a, axis=axis: getattr(np, name).reduceat(a, starts, axis=axis),
            a,
            relative=1e-4,
            check_warnings=False,
        )


def test_reduceat_of_one_long_axis():
    a = Sample("float64", (100_000,), "C", 5, special=False)
    starts = list(range(0, 100_000, 97))
    check(lambda np, a: np.add.reduceat(a, starts), a, relative=1e-12)
    check(lambda np, a: np.maximum.reduceat(a, starts), a)
    check(lambda np, a: np.subtract.reduceat(np.stack([a, a], 1), starts), a, relative=1e-12)


WARNING = [
    "np.divide.reduce([2.0, 0, -1])", "np.divide.reduceat([1.0, 0, 2], [0, 2])",
    "np.subtract.reduce([np.inf, np.inf])", "np.subtract.reduce([1e308, -1e308])",
    "np.floor_divide.reduce([2, 0, -1])", "np.floor_divide.accumulate([2, 0, -1])",
    "np.floor_divide.reduceat([2, 0, -1], [0, 2])", "np.remainder.reduce([2, 0])",
    "np.floor_divide.reduce(np.array([-128, -1], np.int8))", "np.hypot.reduce([1e308, 1e308])",
    "np.floor_divide.accumulate(np.array([-128, -1], np.int8))", "np.hypot.reduce([3.0, 4])",
    "np.power.reduce([1e200, 2])", "np.subtract.reduce(np.array([6e4, -6e4], np.float16))",
    "np.divide.reduce([[1.0, 0], [0, 1]], axis=1, initial=1, where=[True, False])",
    "np.divide.at(np.ones(3), [0, 0], 0)", "np.log.at(np.zeros(3), [0])",
    "np.exp.at(np.ones(3), 0)", "np.power.at(np.full(3, 1e300), [0], 2.0)",
    "np.logaddexp.reduce([1.0, 2, 3])",
]  # fmt: skip


@pytest.mark.parametrize("expression", WARNING)
def test_warnings(expression):
    code = compile(expression, "<method>", "eval")
    check(lambda np: eval(code, {"np": np}), relative=1e-12)


ERRORS = [
    "np.sin.reduce([1.0])", "np.divmod.accumulate([1.0])", "np.divmod.reduceat([1.0], [0])",
    "np.subtract.reduce([])", "np.fmax.reduce(np.zeros((0, 3)))", "np.subtract.reduce(5.0)",
    "np.subtract.reduce(np.zeros((0, 3)), axis=1)",
    "np.subtract.reduce(np.ones((2, 2)), axis=None)",
    "np.subtract.reduce(np.ones((2, 2)), axis=(0, 1))",
    "np.fmax.reduce(np.ones((2, 2)), axis=None)", "np.subtract.reduce(np.ones((2, 2)), axis=())",
    "np.hypot.reduce(-np.ones((2, 2)), axis=())", "np.fmin.reduce([1.0], where=[False])",
    "np.hypot.reduce([1.0], initial=None, where=[True])", "np.subtract.reduce([True])",
    "np.less.reduce([1, 2])", "np.gcd.reduce([1.0])",
    "np.bitwise_and.reduce(np.array([], np.uint8))", "np.bitwise_and.reduce(np.array([], bool))",
    "np.logaddexp.reduce([])", "np.power.reduce([2, -1])", "np.power.accumulate([2, -1])",
    "np.power.reduceat([2, 3, -1], [0, 2])", "np.power.reduceat([2, 3, -1], [0, 1])",
    "np.subtract.accumulate(5.0)", "np.subtract.accumulate(np.ones((1, 1)), axis=None)",
    "np.subtract.accumulate([5.0], axis=None)",
    "np.subtract.reduceat(np.ones((2, 2)), [0], axis=None)",
    "np.subtract.reduceat(np.arange(5.0), [0, 5])", "np.subtract.reduceat(np.arange(5.0), [-1])",
    "np.subtract.reduceat(5.0, [0])", "np.subtract.reduceat(np.arange(5.0), [])",
    "np.add.at([1, 2], 0, 1)", "np.add.at(np.ones(2), 0)", "np.sqrt.at(np.ones(2), 0, 1)",
    "np.divmod.at(np.ones(2), 0, 1)", "np.frexp.at(np.ones(2), 0)", "np.sin.outer([1], [2])",
    "np.power.at(np.ones(3, int), 0, -1)", "np.add.at(np.ones(3), [0, 1], [1, 2, 3])",
    "np.subtract.at(np.ones(3, bool), 0, True)",
    "np.subtract.reduce(np.array([1, 2], np.int8), initial=300)",
    "np.divide.reduce([4], dtype=int)",
]  # fmt: skip


@pytest.mark.parametrize("expression", ERRORS)
def test_errors(expression):
    code = compile(expression, "<method>", "eval")
    check(lambda np: eval(code, {"np": np}))


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("dtype", ["int32", "float64"])
def test_native(name, dtype):
    """None of it is NumPy's."""
    a = mnp.array([[1, 2, 3], [2, 1, 1]], dtype)
    ufunc = getattr(mnp, name)
    ours = {loop[:2] for loop in ufunc.types if loop[0] == loop[1] == loop[-1]}
    if np.dtype(dtype).char * 2 not in ours:
        return  # it has no loop that combines these
    with natively():
        ufunc.reduce(a, axis=1)
        ufunc.reduce(a, axis=0, keepdims=True, initial=2, where=a > 1)
        ufunc.accumulate(a, axis=1)
        ufunc.reduceat(a, [0, 2, 1], axis=1)
        ufunc.outer(a, a[0])
        ufunc.at(a, ([0, 0], [1, 1]), mnp.array([1, 1], dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_out(dtype):
    def call(np):
        a = np.array([[1, 2, 3], [2, 1, 1]]).astype(dtype)
        out = np.zeros(3, np.fmax.reduce(a).dtype)
        assert np.fmax.reduce(a, out=out) is out
        where = np.zeros((2, 2), np.maximum.reduceat(a, [0, 1], axis=1).dtype)
        assert np.maximum.reduceat(a, [0, 1], axis=1, out=where) is where
        wide = np.zeros(3)
        np.fmin.reduce(a.real, out=wide)
        return out, where, wide

    check(call)


@pytest.mark.parametrize("dtype", ["float64", "uint32"])
@pytest.mark.parametrize("wrong", [50, -51, 2**63 - 1, -(2**63)])
def test_positions_out_of_bounds_are_found_wherever_they_stand(dtype, wrong):
    """Among many, in groups and behind them; nothing is written then."""
    many = np.random.default_rng(1).integers(-50, 50, 70_003)
    check(lambda np: _added(np, many, dtype))
    for place in (0, 7, 8, 16_384, 70_002):
        positions = many.copy()
        positions[place] = wrong
        target = mnp.zeros(50, dtype)
        with pytest.raises(IndexError, match=f"index {wrong} is out of bounds"):
            mnp.add.at(target, mnp.array(positions), 1)
        assert not target.any()


def _added(np, positions, dtype):
    target = np.zeros((2, 100), dtype)
    np.add.at(target[1, ::-2], np.array(positions), np.arange(positions.size).astype(dtype))
    np.add.at(target[0, :50], np.array(positions), 2)
    return target
