"""Strings, objects, dates, records, and NumPy's own classes of arrays: they live on the host."""

import copy
import pickle

import numpy as np
import pytest
from compare import check
from subject import mnp, needs_martlet

HOST = {
    "strings": "np.array(['b', 'a', 'c'])",
    "bytes": "np.array([b'b', b'a', b'c'])",
    "objects": "np.array([3, None, 'x'], dtype=object)",
    "dates": "np.array(['2020-02-01', '2019-01-31', '2021-12-24'], dtype='M8[D]')",
    "durations": "np.array([3, 1, 2], dtype='m8[s]')",
    "records": "np.array([(2, 2.5, 'x'), (1, 1.5, 'y'), (3, 0.5, 'z')], dtype='i8, f8, U2')",
    "variable strings": "np.array(['b', 'a', 'c'], dtype=np.dtypes.StringDType())",
}

EVERYWHERE = [
    "x.shape, x.ndim, x.size, x.dtype.kind, x.itemsize, len(x)",
    "x[1]",
    "x[-1:]",
    "x[::-1]",
    "x[[0, 2]]",
    "x[np.array([2, 0])]",
    "x[np.array([True, False, True])]",
    "x[...]",
    "x[None].shape",
    "x.reshape(3, 1)",
    "x.reshape(1, 3).T",
    "list(x)",
    "[row[0] for row in x.reshape(3, 1)]",
    "x.tolist()",
    "x.copy()",
    "x.astype(object)",
    "x == x",
    "x != x[::-1]",
    "x[1] in x",
    "np.concatenate([x, x])",
    "np.stack([x, x]).shape",
    "np.tile(x, 2)",
    "np.repeat(x, 2)",
    "np.asarray(x) is x",
    "np.array(x)",
    "np.take(x, [0, 1])",
    "x.take([2])",
    "np.where([True, False, True], x, x[::-1])",
    "np.empty_like(x).shape",
    "np.zeros_like(x)",
    "repr(x)",
    "str(x)",
    "f'{x}'",
    "np.shape(x), np.ndim(x), np.size(x)",
    "np.array_equal(x, x)",
    "isinstance(x, np.ndarray)",
    "np.unique([1, 2]) if x.dtype.kind in 'OV' else np.unique(x)",
    "x.base is None",
    "x[1:].base is x",
    "x.reshape(3, 1).base is x",
    "x.T.base is x",
    "hash(x)",
    "x.nope",
    "x[7]",
    "x + [1, 2]",
]


@pytest.mark.parametrize("kind", HOST)
@pytest.mark.parametrize("expression", EVERYWHERE)
def test_as_numpys(kind, expression):
    def call(np):
        return eval(expression, {"np": np, "x": eval(HOST[kind])})

    check(call)


@needs_martlet
@pytest.mark.parametrize("kind", HOST)
def test_behind_the_wrapper(kind):
    x = eval(HOST[kind], {"np": mnp})
    assert isinstance(x, mnp.ndarray)
    assert isinstance(x, martlet_ndarray())
    assert type(x[1:]) is type(x)
    assert type(x.copy()) is type(x)
    assert type(x == x) is mnp.ndarray
    assert np.shares_memory(np.asarray(x), np.asarray(x))
    assert type(np.asarray(x)) is np.ndarray
    assert copy.copy(x).tolist() == x.tolist() == copy.deepcopy(x).tolist()
    again = pickle.loads(pickle.dumps(x))
    assert type(again) is type(x)
    assert again.tolist() == x.tolist()


def martlet_ndarray():
    import martlet

    return martlet.ndarray


@pytest.mark.parametrize("kind", HOST)
def test_writing_through_views(kind):
    def call(np):
        x = eval(HOST[kind], {"np": np})
        view = x[1:]
        view[0] = x[2]
        x.reshape(3, 1)[0] = x[1]
        return x, view, view.base is x

    check(call)


@pytest.mark.parametrize(
    "expression",
    [
        "s + '!'",
        "'<' + s",
        "s == 'a'",
        "s < 'b'",
        "np.char.upper(s)",
        "np.strings.str_len(s)",
        "np.sort(s)",
        "np.argsort(s)",
        "s.argsort()",
        "np.isin(s, ['a'])",
        "np.array([1.5, 2, 3])[s == 'a']",
        "np.where(s == 'a', 1, 0)",
        "s.astype('U3')",
        "np.array(['1', '2']).astype(float)",
        "np.arange(3).astype(str)",
        "np.char.add(s, s)",
        "s.view('int32')[:2].dtype",
        "np.searchsorted(np.sort(s), 'b')",
        "max(s)",
    ],
)
def test_strings(expression):
    check(lambda np: eval(expression, {"np": np, "s": np.array(["b", "a", "c"])}))


@pytest.mark.parametrize(
    "expression",
    [
        "d + 1",
        "d - d[0]",
        "d[0] - d",
        "np.diff(d)",
        "(d - d[0]) / np.timedelta64(1, 'D')",
        "d.astype('M8[M]').astype(int) % 12 + 1",
        "d > np.datetime64('2020-01-01')",
        "np.sort(d)",
        "d.min()",
        "d.argmax()",
        "np.arange('2020-01', '2020-04', dtype='M8[M]')",
        "np.isnat(d)",
        "d.view('int64')",
        "np.datetime_as_string(d)",
        "np.is_busday(d)",
        "np.ones(3) * (d - d[0])",
        "np.arange(3) + d",
        "abs(d[0] - d)",
        "-(d - d[0])",
        "divmod(d - d[0], np.timedelta64(7, 'D'))",
    ],
)
def test_dates(expression):
    days = ["2020-02-01", "2019-01-31", "2021-12-24"]
    check(lambda np: eval(expression, {"np": np, "d": np.array(days, dtype="M8[D]")}))


def test_dates_in_place():
    def call(np):
        d = np.array(["2020-02-01", "2019-01-31"], dtype="M8[D]")
        same = d
        d += 1
        d -= np.arange(2)
        np.add(d, 1, out=d)
        d.sort()
        return d, same is d

    check(call)


def test_fields_of_records_are_views():
    def call(np):
        r = np.zeros(3, dtype=[("id", "i4"), ("x", "f8"), ("name", "U3"), ("at", "f4", (2,))])
        x = r["x"]
        x[:] = np.array([1.5, 2.5, 3.5])
        r["name"] = ["a", "b", "c"]
        r["at"][1, 0] = 7
        r[["id", "x"]]
        r["id"] += 1
        r[2] = (9, 9.5, "z", (1, 2))
        return (
            *(x, x.base is r, r, x * 2, x.sum(), r["name"], r["at"].base is r, r.dtype.names),
            *(np.sort(r, order="name")["x"], r[r["x"] > 2]["id"], r[0]["name"], r["at"][:, 0]),
        )

    check(call)


def test_fields_in_martlets_layout_stay_views():
    def call(np):
        r = np.zeros(3, dtype=[("x", "f8"), ("y", "f8")])
        x = r["x"]
        x += np.arange(3.0)
        np.add(x, 1, out=x)
        r["y"] = x * 2
        return x.base is r, r, np.mean(x), x.max()

    check(call)


def test_objects():
    def call(np):
        inner = [1, 2]
        o = np.array([None, inner, "x"], dtype=object)
        o[1].append(3)
        held = {}
        o[0] = held
        o[0]["key"] = 1
        return o[1] is inner, inner, o[0] is held, held, o == "x", o.astype(str)[2]

    check(call)


def test_objects_that_are_arrays_stay_themselves():
    def call(np):
        a, b = np.arange(3.0), np.arange(4.0)
        o = np.array([a, b], dtype=object)
        p = np.empty(2, dtype=object)
        p[0] = a
        p[1] = "text"
        a[0] = 9
        return o[0] is a, o[1] is b, p[0] is a, o[0], p[0], o.shape

    check(call)


def test_objects_compute():
    from fractions import Fraction

    def call(np):
        o = np.array([Fraction(1, 2), Fraction(1, 3)], dtype=object)
        return (o + o).tolist(), o.sum(), (o * np.array([2, 3])).tolist(), np.dot(o, o), o[::-1] > o

    check(call)


def test_matrices():
    def call(np):
        m = np.matrix([[1, 2], [3, 4]])
        a = np.ones((2, 2))
        product = m * m
        return (
            *(type(product).__name__, product.tolist(), (m * a).tolist(), m.I.tolist()),
            *(m.T.tolist(), m.A1.tolist(), isinstance(m, np.ndarray), m[0].shape),
            *(np.asmatrix(a).shape, type(m + 1).__name__, np.asarray(m).tolist()),
        )

    check(call)


def test_matrices_share_memory():
    def call(np):
        a = np.zeros((2, 2))
        m = np.asmatrix(a)
        m[0, 0] = 5
        a[1, 1] = 7
        return a, m.tolist()

    check(call)


def test_masked_arrays():
    def call(np):
        a = np.arange(6.0)
        m = np.ma.masked_where(a > 3, a)
        filled = m.filled(-1)
        n = np.ma.masked_array([1.0, 2, 3], mask=[0, 1, 0])
        return (
            *(m.sum(), m.mean(), m.mask.tolist(), filled.tolist(), m.compressed().tolist()),
            *(n[1] is np.ma.masked, (n + 1).tolist(), m.count(), np.ma.is_masked(m)),
            *(isinstance(m, np.ndarray), isinstance(m, np.ma.MaskedArray), str(n)),
            *(np.ma.median(n), np.ma.concatenate([n, n]).tolist(), (m * a).tolist()),
        )

    check(call)


def test_masked_arrays_share_memory():
    def call(np):
        a = np.arange(4.0)
        m = np.ma.masked_array(a, mask=[0, 0, 1, 0], copy=False)
        m[0] = 10
        a[1] = 20
        m[3] = np.ma.masked
        return a, m.tolist(), (a + 1)

    check(call)


def test_char_and_record_arrays():
    def call(np):
        c = np.char.array(["ab", "c "])
        r = np.rec.array([(1, 2.0), (3, 4.0)], dtype=[("a", "i8"), ("b", "f8")])
        r.b[0] = 9
        s = np.zeros(2, dtype=[("a", "i8")]).view(np.recarray) if np.__name__ == "numpy" else None
        del s
        return (
            *(c.upper().tolist(), (c + "!").tolist(), isinstance(c, np.ndarray), c.T.shape),
            *(r.a.tolist(), r["b"].tolist(), r[0].b, isinstance(r, np.ndarray), r.b.sum()),
        )

    check(call)


def test_what_is_an_array():
    def call(np):
        return (
            *(isinstance(np.ones(3), np.ndarray), isinstance(np.array("a"), np.ndarray)),
            *(isinstance(np.float64(1), np.ndarray), isinstance([1], np.ndarray)),
            *(isinstance(np.ones(3).flat, np.ndarray), isinstance(None, np.ndarray)),
            *(issubclass(np.matrix, np.ndarray), issubclass(np.ma.MaskedArray, np.ndarray)),
            *(issubclass(np.ndarray, np.ndarray), issubclass(int, np.ndarray)),
        )

    check(call)


@needs_martlet
def test_numpys_arrays_are_arrays_and_subclasses_are_not_mixed_up():
    from collections.abc import Sized

    assert isinstance(np.ones(3), mnp.ndarray)

    class Own(mnp.ndarray, Sized):
        pass

    own = Own((2,))
    assert isinstance(own, Own)
    assert isinstance(own, mnp.ndarray)
    assert not isinstance(np.ones(3), Own)
    assert not isinstance(mnp.ones(3), Own)
    assert not issubclass(mnp.ndarray, Own)
    with pytest.raises(TypeError):
        issubclass(1, mnp.ndarray)


@needs_martlet
def test_numbers_come_back_as_martlets_arrays():
    dates = mnp.array(["2020-02-01", "2019-01-31"], dtype="M8[D]")
    strings = mnp.array(["b", "a"])
    for result in (
        dates.astype("int64"),
        (dates - dates[0]) / np.timedelta64(1, "D"),
        strings == "a",
        strings.argsort(),
        mnp.strings.str_len(strings),
        mnp.array([(1, 2.0)], dtype="i8, f8")["f1"] * 2,
        mnp.array([1, 2], dtype=object).astype(float),
    ):
        assert type(result) is mnp.ndarray, result


@needs_martlet
def test_more_dimensions_and_odd_layouts():
    deep = mnp.zeros((1,) * 10 + (3,))
    assert deep.ndim == 11
    assert isinstance(deep, mnp.ndarray)
    assert type((deep + 1).reshape(3)) is type(deep)
    assert type(deep.sum()) is np.float64
    packed = mnp.zeros(3, dtype=[("a", "i1"), ("b", "f8")])
    field = packed["b"]
    field[1] = 4
    assert packed["b"].tolist() == [0, 4, 0]
    assert (field + mnp.ones(3)).tolist() == [1, 5, 1]
    assert type(field + mnp.ones(3)) is mnp.ndarray
    assert type(mnp.ones(3) + field) is mnp.ndarray
    assert mnp.sum(field) == 4
    swapped = mnp.array([1.0, 2.0], dtype=">f8")
    assert (swapped * 2).tolist() == [2, 4]


def test_long_doubles():
    def call(np):
        x = np.array([2, 1, 3], dtype="longdouble")
        view = x[1:]
        view *= 2
        whole = view.base is x, (x + 1).dtype.name, isinstance(x, np.ndarray)
        return [float(v) for v in x], *whole, x.astype(float), x > 2, float(x.sum())

    check(call)


@needs_martlet
def test_mixed_with_numpys_arrays():
    strings = mnp.array(["b", "a"])
    assert (np.array(["b", "x"]) == strings).tolist() == [True, False]
    assert (strings == np.array(["b", "x"])).tolist() == [True, False]
    assert np.char.upper(strings).tolist() == ["B", "A"]
    assert isinstance(np.sort(strings), mnp.ndarray)
    dates = mnp.array(["2020-02-01"], dtype="M8[D]")
    assert (np.array([1]) + dates).tolist() == (dates + 1).tolist()


@needs_martlet
def test_the_class_makes_host_arrays_too():
    assert mnp.ndarray((2,), dtype=object).tolist() == [None, None]
    assert isinstance(mnp.ndarray(2, dtype="U3"), mnp.ndarray)

    class Own(mnp.ndarray):
        pass

    assert type(Own((2,), dtype=object)) is Own
    with pytest.raises(TypeError):
        type(mnp.array(["a"]))()
