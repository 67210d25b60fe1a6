"""Reductions, cumulative operations and products against NumPy, with every argument they take."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import DTYPES, Sample, axes, dtypes, layouts, samples, seeds, shapes
from subject import DEVICE, IS_NUMPY, mnp, natively, needs_martlet

if not IS_NUMPY:
    from martlet import _martlet

# How far sums and products may be off, relative to the largest result: they add in another order.
RELATIVE = {"float16": 4e-3, "float32": 2e-6, "float64": 1e-14, "complex64": 4e-6}

SUMS = ["sum", "prod", "mean", "var", "std"]
ORDERED = ["min", "max", "ptp", "any", "all", "argmin", "argmax", "count_nonzero"]
NAN_AWARE = ["nansum", "nanprod", "nanmin", "nanmax", "nanmean", "nanvar", "nanargmin"]


def relative(dtype):
    if np.dtype(dtype).kind not in "fc":
        return 1e-13
    return RELATIVE.get(dtype, 2e-14) * 20


@pytest.mark.parametrize("name", SUMS + ORDERED)
@given(data=st.data())
def test_axis_and_keepdims(name, data):
    a = data.draw(samples(special=name in ORDERED and data.draw(st.booleans())))
    axis = data.draw(axes(len(a.shape)))
    keepdims = data.draw(st.booleans())
    check(
        lambda np, a: getattr(np, name)(a, axis=axis, keepdims=keepdims),
        a,
        relative=relative(a.dtype) if name in SUMS else None,
        check_warnings=name not in ("var", "std", "mean", "prod"),
    )


@pytest.mark.parametrize("name", SUMS + [n for n in ORDERED if n not in ("count_nonzero", "ptp")])
@given(data=st.data())
def test_methods(name, data):
    a = data.draw(samples(special=False))
    axis = data.draw(axes(len(a.shape)))
    check(
        lambda np, a: getattr(a, name)(axis=axis),
        a,
        relative=relative(a.dtype) if name in SUMS else None,
        check_warnings=name not in ("var", "std", "prod"),
    )


@pytest.mark.parametrize("name", ["sum", "prod", "min", "max", "mean", "any", "all"])
@given(data=st.data())
def test_where_and_initial(name, data):
    a = data.draw(samples(special=False))
    mask = data.draw(samples("bool", data.draw(st.sampled_from([a.shape, a.shape[-1:]]))))
    axis = data.draw(axes(len(a.shape)))
    initial = data.draw(st.sampled_from([None, 0, 1, 3, 2.5]))
    options = {} if name in ("mean", "any", "all") or initial is None else {"initial": initial}
    check(
        lambda np, a, mask: getattr(np, name)(a, axis=axis, where=mask, **options),
        a,
        mask,
        relative=relative(a.dtype),
        check_warnings=False,
    )


@pytest.mark.parametrize("name", ["mean", "var", "std"])
@given(data=st.data())
def test_averages_of_chosen_elements(name, data):
    a = data.draw(samples(special=False, shape=st.sampled_from([(5,), (3, 4), (2, 3, 4)])))
    mask = data.draw(samples("bool", data.draw(st.sampled_from([a.shape, a.shape[-1:]]))))
    options = {"axis": data.draw(axes(len(a.shape))), "keepdims": data.draw(st.booleans())}
    options["dtype"] = data.draw(st.sampled_from([None, None, "float32", "float64", "complex64"]))
    if name != "mean":
        options["ddof"] = data.draw(st.sampled_from([0, 1, 0.5]))
    check(
        lambda np, a, mask: getattr(np, name)(a, where=mask, **options),
        a,
        mask,
        relative=relative(a.dtype) if a.dtype == "float16" else 1e-4,
        check_warnings=False,
    )


@pytest.mark.parametrize("name", ["var", "std"])
@given(data=st.data())
def test_variance_around_a_mean(name, data):
    a = data.draw(samples(special=False, shape=st.sampled_from([(5,), (3, 4), (2, 3, 4)])))
    axis = data.draw(st.sampled_from([None, 0, -1]))
    masked = data.draw(st.booleans())

    def call(np, a):
        where = {"where": a != a.ravel()[0]} if masked else {}
        mean = np.mean(a, axis=axis, keepdims=True, **where)
        return getattr(np, name)(a, axis=axis, mean=mean, **where)

    check(
        call, a, relative=relative(a.dtype) if a.dtype == "float16" else 1e-4, check_warnings=False
    )


@pytest.mark.parametrize("name", ["mean", "var", "std"])
@pytest.mark.parametrize(
    "dtype", ["bool", "int16", "float32", "float64", "complex64", "complex128"]
)
def test_averages_are_native(name, dtype):
    a = Sample(dtype, (30, 7), special=False).make(mnp)
    function = getattr(mnp, name)
    with natively():
        function(a)
        function(a, axis=1, where=mnp.arange(7) < 5)
        if name != "mean":
            function(a, axis=1, ddof=1.5)
            function(a, axis=1, mean=a.mean(axis=1, keepdims=True), correction=1)


@pytest.mark.parametrize("name", SUMS)
@given(data=st.data())
def test_dtype_and_out(name, data):
    a = data.draw(samples(special=False))
    dtype = data.draw(st.one_of(st.none(), dtypes))
    axis = data.draw(axes(len(a.shape)))
    out_dtype = data.draw(st.one_of(st.none(), dtypes))

    def call(np, a):
        if out_dtype is None:
            return getattr(np, name)(a, axis=axis, dtype=dtype)
        shape = getattr(np, name)(a, axis=axis).shape
        out = np.zeros(shape, out_dtype)
        assert getattr(np, name)(a, axis=axis, dtype=dtype, out=out) is out
        return out

    loose = max(relative(x) for x in (a.dtype, dtype or a.dtype, out_dtype or a.dtype))
    whole = out_dtype is not None and np.dtype(out_dtype).kind in "iub"
    if whole and name in ("var", "std", "mean", "prod"):
        return  # a difference in the last place may cross a whole number
    check(call, a, relative=loose, check_warnings=False)


@pytest.mark.parametrize("name", ["var", "std"])
@given(
    a=samples(special=False, shape=st.sampled_from([(5,), (3, 4), (1,), (2, 3, 4)])),
    ddof=st.sampled_from([0, 1, 2, 0.5]),
)
def test_degrees_of_freedom(name, a, ddof):
    check(
        lambda np, a: getattr(np, name)(a, axis=-1, ddof=ddof),
        a,
        relative=relative(a.dtype) * 10,
        check_warnings=False,
    )


@pytest.mark.parametrize("name", SUMS + ORDERED)
@given(dtype=dtypes, layout=layouts, seed=seeds, axis=st.sampled_from([None, 0, 1, 2, (0, 2)]))
def test_large(name, dtype, layout, seed, axis):
    if isinstance(axis, tuple) and name.startswith("arg"):
        axis = -1
    a = Sample(dtype, (41, 37, 29), layout, seed, special=False)
    tolerance = relative(dtype) * (10 if dtype in ("float16", "float32", "complex64") else 1)
    if name == "prod":
        a = Sample(dtype, (41, 37, 29), layout, seed, special=False, low=0.97, high=1.02)
        tolerance = 0.3 if dtype == "float16" else 1e-3 if dtype in RELATIVE else 1e-10
    check(
        lambda np, a: getattr(np, name)(a, axis=axis),
        a,
        relative=tolerance if name in SUMS else None,
        check_warnings=False,
    )


@given(dtype=st.sampled_from(["float32", "float64"]), seed=seeds)
def test_sum_is_as_accurate_as_pairwise(dtype, seed):
    numbers = Sample(dtype, (100_003,), "C", seed, special=False, low=0.0, high=1.0)
    exact = np.sum(numbers.make(np).astype(np.longdouble))
    for make in (lambda a: a, lambda a: a[::-1]):
        error = abs(np.longdouble(make(numbers.make(mnp)).sum()) - exact) / exact
        assert error <= 8 * np.finfo(dtype).eps


@pytest.mark.parametrize("name", ["sum", "max", "min", "prod"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.0])
@pytest.mark.parametrize("position", [0, 50, 999])
def test_one_special_number(name, value, position):
    def call(np):
        a = np.linspace(0.5, 1.5, 1000)
        a[position] = value
        return getattr(a, name)()

    check(call, relative=1e-12)


@pytest.mark.parametrize("name", NAN_AWARE)
@given(
    a=samples(
        st.sampled_from(["float32", "float64", "int32"]), st.sampled_from([(5,), (3, 4), (2, 3, 4)])
    ),
    axis=st.sampled_from([None, 0, -1]),
)
def test_nan_aware(name, a, axis):
    check(
        lambda np, a: getattr(np, name)(np.where(np.isinf(a), 1, a), axis=axis),
        a,
        relative=1e-5,
        check_warnings=False,
    )


CUMULATIVE = ["cumsum", "cumprod", "diff", "cumulative_sum"]


@pytest.mark.parametrize("name", CUMULATIVE)
@given(data=st.data())
def test_cumulative(name, data):
    a = data.draw(samples(special=False, shape=st.one_of(shapes(maximum=3), st.just((300,)))))
    axis = data.draw(st.sampled_from([None, 0, 1, -1, 3]))
    if name == "diff" and axis is None:
        axis = -1
    check(
        lambda np, a: getattr(np, name)(a, axis=axis),
        a,
        relative=relative(a.dtype),
        check_warnings=False,
    )


@given(dtype=st.sampled_from(["float64", "float32", "int64", "complex128"]), seed=seeds)
def test_cumsum_large(dtype, seed):
    a = Sample(dtype, (100_000,), "C", seed, special=False)
    check(lambda np, a: np.cumsum(a), a, relative=1e-3 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
def test_empty(dtype):
    empty = Sample(dtype, (0, 3))
    for name in SUMS + ORDERED:
        for axis in (None, 0, 1):
            check(lambda np, a, name=name, axis=axis: getattr(np, name)(a, axis=axis), empty)


PRODUCT_SHAPES = [
    ((3, 4), (4, 5)),
    ((4,), (4,)),
    ((3, 4), (4,)),
    ((4,), (4, 5)),
    ((2, 3, 4), (4, 5)),
    ((2, 1, 3, 4), (5, 4, 2)),
    ((3, 4), (5, 6)),
    ((0, 4), (4, 3)),
    ((3, 0), (0, 2)),
    ((), (3,)),
    ((1, 1), (1, 1)),
    ((17, 33), (33, 9)),
    ((64, 64), (64, 64)),
    ((5, 129), (129, 1)),
]


@pytest.mark.parametrize("name", ["matmul", "dot", "inner", "vdot", "outer", "tensordot"])
@given(data=st.data())
def test_products(name, data):
    one, other = data.draw(st.sampled_from(PRODUCT_SHAPES))
    dtype = data.draw(dtypes)
    a = data.draw(samples(dtype, one, special=False))
    b = data.draw(
        samples(data.draw(st.sampled_from([dtype, dtype, "float64"])), other, special=False)
    )
    options = {"axes": 1} if name == "tensordot" else {}
    check(
        lambda np, a, b: getattr(np, name)(a, b, **options),
        a,
        b,
        relative=max(relative(a.dtype), relative(b.dtype)) * 5,
        check_warnings=False,
    )


@pytest.mark.parametrize("expression", ["ij,jk->ik", "ii", "ij->ji", "ij,ij->", "i,j->ij"])
def test_einsum(expression):
    count = expression.split("->")[0].count(",") + 1
    ndims = [len(term) for term in expression.split("->")[0].split(",")]
    arrays = [Sample("float64", (4,) * ndims[i], "C", i, special=False) for i in range(count)]
    check(lambda np, *a: np.einsum(expression, *a), *arrays, relative=1e-12)


# Small enough to be done at once, large enough that an expression of that size waits.
BOTH_WAYS = [
    *[(16_500,), (2, 9000), (9000, 2), (130, 131), (17, 1000), (1000, 17), (3, 5501), (5501, 3)],
    *[(23, 24, 31), (2, 1, 3, 2801), (40, 5, 90), (7, 400, 6), (2, 3, 4, 5, 6, 7, 4)],
]


@needs_martlet
@pytest.mark.parametrize("name", SUMS + [n for n in ORDERED if n != "ptp"])
@given(dtype=dtypes, layout=layouts, seed=seeds, data=st.data())
def test_at_once_and_in_an_expression_have_the_same_bits(name, dtype, layout, seed, data):
    shape = data.draw(st.sampled_from(BOTH_WAYS))
    a = Sample(dtype, shape, layout, seed, special=name in ORDERED, low=0.9, high=1.1).make(mnp)
    single = st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1))
    axis = data.draw(single if name.startswith("arg") else axes(len(shape) - 1))
    options = {"axis": axis, "keepdims": data.draw(st.booleans())}

    def result(array):
        try:
            return np.asarray(getattr(mnp, name)(array, **options))
        except (ValueError, np.exceptions.AxisError) as error:
            return np.asarray(str(error))

    before = result(a)
    after = result(a & True if dtype == "bool" else mnp.positive(a))
    assert before.dtype == after.dtype and before.shape == after.shape
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("blocks", [2, 3, 4, 9, 20])
def test_rows_of_any_number_of_blocks(blocks):
    """The states of a row's blocks are as far from the next row's as there are blocks."""
    numbers = np.arange(2 * blocks * 1000).reshape(2, -1)
    assert int(mnp.asarray(numbers)[::-1].sum()) == int(numbers.sum())
    assert mnp.asarray(numbers * 0.5)[::-1].mean() == (numbers * 0.5).mean()


@needs_martlet
@pytest.mark.parametrize("name", ["sum", "prod", "any", "all"])
@given(dtype=dtypes, layout=layouts, seed=seeds, data=st.data())
def test_masks_at_once_and_in_an_expression(name, dtype, layout, seed, data):
    shape = data.draw(st.sampled_from(BOTH_WAYS))
    a = Sample(dtype, shape, layout, seed, special=False, low=0.9, high=1.1).make(mnp)
    part = data.draw(st.integers(0, len(shape) - 1))
    mask = Sample("bool", shape[part:], data.draw(layouts), seed + 1).make(mnp)
    options = {"axis": data.draw(st.integers(-len(shape), len(shape) - 1)), "where": mask}
    before = getattr(mnp, name)(a, **options)
    after = getattr(mnp, name)(a & True if dtype == "bool" else mnp.positive(a), **options)
    assert np.asarray(before).tobytes() == np.asarray(after).tobytes()


@needs_martlet
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
@given(dtype=dtypes, layout=layouts, seed=seeds, data=st.data())
def test_parts_of_cumulative_results_have_the_same_bits(name, dtype, layout, seed, data):
    """A long result begins with that of fewer columns or rows: each is computed alike."""
    shape = data.draw(st.sampled_from([(40, 1000), (1000, 40), (60, 30, 20), (20, 30, 60)]))
    axis = data.draw(st.integers(0, len(shape) - 1))
    a = Sample(dtype, shape, layout, seed, special=False, low=0.9, high=1.1).make(mnp)
    other = (axis + 1) % len(shape)
    part = tuple(slice(20) if i == other else slice(None) for i in range(len(shape)))
    whole = getattr(mnp, name)(a, axis=axis)
    assert (
        np.asarray(whole[part]).tobytes()
        == np.asarray(getattr(mnp, name)(a[part], axis=axis)).tobytes()
    )


@pytest.mark.parametrize(
    "name",
    [
        *["add", "multiply", "maximum", "minimum", "logical_and", "logical_or", "logical_xor"],
        *["bitwise_and", "bitwise_or", "bitwise_xor"],
    ],
)
@given(data=st.data())
def test_reduce_of_every_row_that_has_a_rule(name, data):
    kinds = st.sampled_from(
        [d for d in DTYPES if not name.startswith("bitwise") or np.dtype(d).kind in "iub"]
    )
    a = data.draw(samples(kinds, special=name not in ("add", "multiply")))
    options = {}
    if data.draw(st.booleans()):
        options["axis"] = data.draw(axes(len(a.shape)))
    if data.draw(st.booleans()):
        options["keepdims"] = data.draw(st.booleans())
    check(
        lambda np, a: getattr(np, name).reduce(a, **options),
        a,
        relative=relative(a.dtype) if name in ("add", "multiply") else None,
        check_warnings=name not in ("add", "multiply"),
    )


@pytest.mark.parametrize("name", ["add", "multiply", "maximum", "subtract", "logical_xor", "hypot"])
@given(data=st.data())
def test_accumulate_along_axes(name, data):
    floats = st.sampled_from(["float32", "float64"])
    a = data.draw(samples(floats if name == "hypot" else dtypes, special=False))
    axis = data.draw(st.integers(-len(a.shape) - 1, len(a.shape)))
    check(
        lambda np, a: getattr(np, name).accumulate(a, axis=axis),
        a,
        relative=relative(a.dtype),
        check_warnings=False,
    )


@pytest.mark.parametrize("name", ["sum", "mean", "max", "all", "std"])
@given(data=st.data())
def test_out_that_is_read_too(name, data):
    dtype = {"all": "bool"}.get(name, "float64")
    side = data.draw(st.sampled_from([1, 3, 8, 40, 130]))
    a = Sample(
        dtype, (side, side), data.draw(st.sampled_from(["C", "F", "reversed"])), special=False
    )
    axis = data.draw(st.sampled_from([0, 1]))
    row = data.draw(st.integers(0, side - 1))

    def call(np, a):
        out = a[row] if data_is_row else a[:, row]
        assert getattr(np, name)(a, axis=axis, out=out) is out
        return a

    data_is_row = data.draw(st.booleans())
    check(call, a, relative=1e-13)


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
@pytest.mark.parametrize("shift", [None, 0, 1])
@given(side=st.sampled_from([1, 3, 8, 40, 130]), axis=st.sampled_from([0, 1]), layout=layouts)
def test_cumulative_out(name, shift, side, axis, layout):
    a = Sample("float64", (side, side), layout, special=False, low=0.9, high=1.1)

    def call(np, a):
        if shift is None:
            out = np.empty_like(a)
            assert getattr(np, name)(a, axis, out=out) is out
            return out
        both = np.zeros((side + 1, side))
        both[:side] = a
        out = both[shift : side + shift]
        assert getattr(np, name)(both[:side], axis, out=out) is out
        return both

    check(call, a, relative=1e-13)


@pytest.mark.parametrize("dtype", DTYPES)
def test_trace_and_average(dtype):
    for shape in [(3, 3), (2, 5), (5, 2), (70, 70), (2, 3, 4), (3, 4, 2, 5), (0, 3)]:
        a = Sample(dtype, shape, special=False)
        tolerance = relative(dtype)
        for offset in (0, 1, -1, 4, -4, 100):
            check(lambda np, a, k=offset: np.trace(a, k), a, relative=tolerance)
        check(lambda np, a: a.trace(axis1=1, axis2=0), a, relative=tolerance)
        check(lambda np, a: np.trace(a, 1, -1, 0, dtype="complex128"), a, relative=tolerance)
        if 0 not in shape:
            for axis in (None, 0, -1, (0, 1)):
                check(lambda np, a, axis=axis: np.average(a, axis=axis), a, relative=tolerance)
            check(lambda np, a: np.average(a, axis=1, keepdims=True), a, relative=tolerance)
    check(lambda np, a: np.trace(a), Sample(dtype, (3,)))
    check(lambda np, a: np.trace(a, 0, 1, 1), Sample(dtype, (3, 3)))
    check(
        lambda np, a: np.average(a, weights=np.arange(4.0), returned=True),
        Sample(dtype, (4,), special=False),
        relative=relative(dtype),
    )


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std"])
@pytest.mark.parametrize("count", range(1, 8))
def test_few_elements_have_numpys_bits(name, count):
    """They are combined one after another, so that short sums print as with NumPy."""
    for seed in range(20):
        sample = Sample("float64", (count,), seed=seed, special=False, low=0.5, high=1.5)
        check(lambda np, a: getattr(a, name)(), sample)
        check(lambda np, a: getattr(np, name)(a, axis=0, keepdims=True), sample)


@needs_martlet
@pytest.mark.skipif(DEVICE != "cpu", reason="only the host has a way without the graph")
@pytest.mark.parametrize(
    "statement",
    [
        *["A.sum()", "A.sum(axis=0)", "A.T.sum(axis=0)", "A.mean(axis=1)", "A.max(axis=(0, 1))"],
        *["A[::2, ::-1].min(axis=1)", "np.add.reduce(v)", "np.maximum.reduce(A, axis=1)"],
        *["v.std(ddof=1)", "np.argmax(A, axis=0)", "np.argmin(v[::2])", "np.count_nonzero(A)"],
        *["np.sum(A, axis=1, where=M)", "np.sum(A, axis=0, out=o)", "np.trace(A)"],
        *["np.sum(A, axis=1, keepdims=True)", "np.cumsum(v)", "np.cumsum(A, axis=0)", "np.diff(v)"],
        *["np.add.accumulate(A)", "np.average(A, axis=0)", "B.sum(axis=1)", "A[0, 0:1].sum()"],
    ],
)
def test_nothing_is_allocated_but_the_result(statement):
    names = {"np": mnp, "A": mnp.ones((70, 70)), "v": mnp.ones(70), "o": mnp.empty(70)}
    names |= {"M": names["A"] > 0, "B": mnp.ones((3, 4, 5), "int16")}
    run = eval(f"lambda: {statement}", names)
    result = run()
    is_new = isinstance(result, mnp.ndarray) and "out=" not in statement
    before = _martlet.counters()
    kept = run()
    after = _martlet.counters()
    assert kept is not None
    done = {name: after[name] - before[name] for name in after}
    assert done["allocations"] == (1 if is_new else 0)
    assert done["programs_built"] == done["nodes"] == done["copied_bytes"] == 0
    assert 1 <= done["launches"] <= 2
