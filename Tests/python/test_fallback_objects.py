"""NumPy's own classes of arrays, and objects that hold arrays: what they give is Martlet's."""

import copy
import pickle

import numpy as np
import pytest
from compare import check
from subject import mnp, needs_martlet

ARRAYS = [
    "np.matrix([[1.0, 2.0], [3.0, 4.0]]).A",
    "np.matrix([[1.0, 2.0]]).A1",
    "np.asarray(np.matrix([[1.0, 2.0]]))",
    "np.matrix([[1.0, 2.0]]).getA()",
    "np.matrix([[1.0, 2.0]]).view(np.ndarray)",
    "np.ma.masked_array([1.0, 2.0], mask=[0, 1]).filled(7)",
    "np.ma.masked_array([1.0, 2.0], mask=[0, 1]).mask",
    "np.ma.masked_array([1.0, 2.0], mask=[0, 1]).data",
    "np.ma.masked_array([1.0, 2.0], mask=[0, 1]).compressed()",
    "np.ma.filled(np.ma.masked_equal([1, 2, 3], 2), 0)",
    "np.ma.getmaskarray(np.ma.masked_equal([1, 2, 3], 2))",
    "np.rec.array([(1, 2.0), (3, 4.0)], dtype=[('a', 'i8'), ('b', 'f8')]).b",
    "np.rec.array([(1, 2.0), (3, 4.0)], dtype=[('a', 'i8'), ('b', 'f8')])['a']",
    "np.poly1d([1, 2, 3]).coeffs",
    "np.poly1d([1, 2, 3]).r",
    "np.poly1d([1, 2, 3])(np.arange(3))",
    "(np.poly1d([1, 2, 3]) * 2 + 1).c",
    "(3 * np.poly1d([1, 2]) ** 2).coef",
    "np.poly1d([1, 2, 3]).deriv().coeffs",
    "np.polynomial.Polynomial([1.0, 2.0]).coef",
    "np.polynomial.Polynomial([1.0, 2.0]).domain",
    "np.polynomial.Polynomial.fit([0, 1, 2], [1, 3, 5], 1).convert().coef.round(6)",
    "(np.polynomial.Chebyshev([1.0, 2.0]) ** 2).coef",
    "np.polynomial.Polynomial([2.0, -3.0, 1.0]).roots()",
    "np.polynomial.Polynomial([2.0, -3.0, 1.0]).linspace(3)[1]",
    "np.polynomial.Polynomial.domain",
    "(np.poly1d([2.0, -3.0, 1.0]) / np.poly1d([1.0, 1]))[0].coef",
    "np.nditer([np.arange(3), None]).operands[0]",
    "np.nditer(np.arange(3.0)).itviews[0]",
    "np.nditer(np.arange(3.0))[0]",
    "next(iter(np.nditer(np.arange(3.0))))",
    "next(iter(np.broadcast([1, 2], [3, 4])))[1] + np.zeros(1)",
]


@pytest.mark.parametrize("expression", ARRAYS)
def test_arrays_that_come_out_are_martlets(expression):
    kinds = []

    def call(np):
        result = eval(expression, {"np": np})
        kinds.append(type(result))
        return result

    check(call, relative=1e-10)
    assert mnp.ndarray in kinds


OBJECTS = {
    "matrix": "np.matrix([[1.0, 2.0], [3.0, 4.0]])",
    "MaskedArray": "np.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0])",
    "recarray": "np.rec.array([(1, 2.0), (3, 4.0)], dtype=[('a', 'i8'), ('b', 'f8')])",
    "chararray": "np.char.array(['ab', 'c '])",
    "poly1d": "np.poly1d([1.0, 2.0])",
    "Polynomial": "np.polynomial.Polynomial([1.0, 2.0])",
}
CLASSES = {
    "matrix": "np.matrix",
    "MaskedArray": "np.ma.MaskedArray",
    "recarray": "np.recarray",
    "chararray": "np.char.chararray",
    "poly1d": "np.poly1d",
    "Polynomial": "np.polynomial.Polynomial",
}


@pytest.mark.parametrize("name", OBJECTS)
def test_they_look_like_numpys(name):
    def call(np):
        x, kind = (eval(text, {"np": np}) for text in (OBJECTS[name], CLASSES[name]))
        return (
            *(repr(x), str(x), type(x).__name__, isinstance(x, kind), isinstance(x, np.ndarray)),
            *(issubclass(kind, np.ndarray), kind.__name__, isinstance(3, kind), "T" in dir(x)),
            *(isinstance(pickle.loads(pickle.dumps(x)), kind), len(x)),
            *(repr(copy.copy(x)), repr(copy.deepcopy(x)), bool((x == copy.copy(x)) is not None)),
            *(isinstance(type(x)(x), kind), x.__doc__ == kind.__doc__),
        )

    check(call)


@needs_martlet
@pytest.mark.parametrize("name", OBJECTS)
def test_numpy_takes_them_for_its_own(name):
    x = eval(OBJECTS[name], {"np": mnp})
    kind = eval(CLASSES[name], {"np": np})
    assert isinstance(x, kind)
    assert isinstance(copy.copy(x), kind)
    assert copy.copy(x) is not x
    assert isinstance(eval(OBJECTS[name], {"np": np}), eval(CLASSES[name], {"np": mnp}))
    assert np.asarray(x).shape == np.asarray(eval(OBJECTS[name], {"np": np})).shape
    with pytest.raises(AttributeError):
        x.no_such_name  # noqa: B018


def test_matrices_keep_their_base():
    def call(np):
        a = np.zeros((2, 2))
        m = np.asmatrix(a)
        m[0, 0] = 5
        m[1] = [6, 7]
        a[0, 1] = 8
        m += 1
        view = m.A
        view[0, 0] += 1
        return a, m.base is a, view.base is a, m.tolist(), m[0].base is a, (m * m).tolist()

    check(call)


def test_masked_arrays_keep_their_base():
    def call(np):
        a = np.arange(4.0)
        m = np.ma.masked_array(a, mask=[0, 0, 1, 0], copy=False)
        m[0] = 10
        a[1] = 20
        m[3] = np.ma.masked
        m.mask[1] = True
        m.data[2] = 5
        m.fill_value = -1
        return a, m.base is a, m.data.base is a, m.tolist(), m.filled(), m[1] is np.ma.masked, a + 1

    check(call)


def test_masked_arrays_meet_others():
    def call(np):
        m = np.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0])
        a = np.ones(3)
        return [
            x.tolist()
            for x in (a + m, m + a, np.add(a, m), np.concatenate([m, a]), np.where(m > 1, m, a))
        ] + [np.sum(m), np.mean(m), m.sum(), (a * m).mask.tolist(), np.ma.isMaskedArray(a + m)]

    check(call)


def test_iterators_write():
    def call(np):
        a = np.arange(6.0).reshape(2, 3)
        with np.nditer(a, op_flags=["readwrite"]) as it:
            same = it.operands[0] is a
            for x in it:
                x[...] = 2 * x
        with np.nditer([a, None], flags=["external_loop"]) as it:
            for x, y in it:
                y[...] = x * x
            squares = it.operands[1]
        it = np.nditer(a, flags=["multi_index"])
        places = [(it.multi_index, float(x)) for x in it]
        return same, a, squares, places, it.finished

    check(call)


def test_classes_can_be_subclassed():
    def call(np):
        class Own(np.matrix):
            def double(self):
                return self * 2

        class Line(np.poly1d):
            pass

        own, line = Own([[1.0, 2.0]]), Line([1.0, 2.0])
        return (
            *(type(own.double()).__name__, own.double().tolist(), isinstance(own, np.matrix)),
            *(isinstance(own, Own), issubclass(Own, np.matrix), isinstance(np.matrix([1]), Own)),
            *(line(3), isinstance(line, np.poly1d)),
        )

    check(call)


@needs_martlet
def test_the_same_object_keeps_its_wrapper():
    m = mnp.matrix([[1.0]])
    assert mnp.asmatrix(m) is m
    assert mnp.asanyarray(m) is m
    out = mnp.zeros((1, 1))
    assert mnp.add(m, 1, out=out) is out
    assert mnp.ma.masked is np.ma.masked


@needs_martlet
def test_on_a_device():
    import martlet

    for name in martlet.devices()[1:]:
        a = mnp.arange(4.0).to(name)
        m = mnp.ma.masked_array(a, mask=[0, 1, 0, 0])
        assert m.sum() == 5
        assert type(m.filled(0)) is mnp.ndarray
        assert a.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("dtype", ["U4", object, "i4,f8", "M8[s]"])
@pytest.mark.parametrize("statement", ["a[:Shrinks()] = a[0]", "a[:Shrinks()]", "a[Shrinks()]"])
def test_an_index_that_shrinks_its_array(dtype, statement):
    """NumPy is reading the array when the index asks for less of it."""
    a = mnp.array(np.zeros(100_000, dtype))

    class Shrinks:
        def __index__(self):
            a.resize((1,), refcheck=False)
            return 90_000

    try:
        exec(statement, {"a": a, "Shrinks": Shrinks})
    except (IndexError, ValueError):
        pass  # NumPy's answer where it notices.
    assert a.shape == (1,) and a.base is None
    assert repr(a) == repr(mnp.array(np.zeros(1, dtype)))


@pytest.mark.parametrize("name", OBJECTS)
def test_their_class_is_numpys_name(name):
    def call(np):
        x, kind = (eval(text, {"np": np}) for text in (OBJECTS[name], CLASSES[name]))

        class Own(kind):
            pass

        y = type(x)(x)
        return (
            *(type(x) is kind, type(y) is kind, issubclass(type(x), kind), type(x + x) is kind),
            *(Own is not kind, issubclass(Own, kind), issubclass(kind, Own)),
        )

    check(call)


def test_subclasses_call_their_class():
    def call(np):
        class Own(np.ma.MaskedArray):
            def __new__(cls, data, unit):
                made = np.ma.MaskedArray.__new__(cls, data=np.asarray(data), mask=[0, 1, 0])
                made.unit = unit
                return made

            def __array_finalize__(self, obj):
                np.ma.MaskedArray.__array_finalize__(self, obj)
                self.unit = getattr(obj, "unit", None)

            def plain(self):
                return self.view(np.ma.MaskedArray)

        own = Own([1.0, 2.0, 3.0], "m")
        return (
            *((own * 2).unit, type(own * 2) is Own, own.sum(), own.plain().tolist()),
            type(own.plain()) is np.ma.MaskedArray,
        )

    check(call)


def test_attributes_come_and_go():
    def call(np):
        p = np.polynomial.Polynomial([1.0, 2.0])
        p.note = "mine"
        before = p.note
        del p.note
        return before, hasattr(p, "note")

    check(call)


def test_division_with_a_rest_by_polynomials():
    def call(np):
        a = np.array([1.0, 2.0, 3.0])
        whole, rest = divmod(a, np.polynomial.Polynomial([1.0, 1.0]))
        return whole.coef, rest.coef

    check(call)


def test_flat_iterators_keep_their_place():
    def call(np):
        it = np.arange(6.0).reshape(2, 3).flat
        errors = []
        for change in ("it.index = 3", "del it[1]"):
            try:
                exec(change, {"it": it})
            except (AttributeError, TypeError) as error:
                errors.append(type(error).__name__)
        next(it)
        return errors, it.index

    check(call)
