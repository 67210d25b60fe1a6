"""Reductions, cumulative operations and products against NumPy, with every argument they take."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import DTYPES, Sample, axes, dtypes, layouts, samples, seeds, shapes
from subject import mnp, natively

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


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std"])
@pytest.mark.parametrize("count", range(1, 8))
def test_few_elements_have_numpys_bits(name, count):
    """They are combined one after another, so that short sums print as with NumPy."""
    for seed in range(20):
        sample = Sample("float64", (count,), seed=seed, special=False, low=0.5, high=1.5)
        check(lambda np, a: getattr(a, name)(), sample)
        check(lambda np, a: getattr(np, name)(a, axis=0, keepdims=True), sample)
