"""Operands with rules of their own are asked as NumPy does, with the program's own functions."""

import operator
import subprocess
import sys

import numpy as real
import pytest
from compare import check
from subject import mnp, needs_martlet

OPERATORS = [
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod),
    *(operator.pow, operator.matmul, operator.lshift, operator.rshift, operator.and_, operator.or_),
    *(operator.xor, divmod, operator.lt, operator.le, operator.eq, operator.ne, operator.gt),
    operator.ge,
]
IN_PLACE = [
    *(operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv),
    *(operator.imod, operator.ipow, operator.imatmul, operator.ilshift, operator.iand),
]


def telling(np):
    """Says what it was asked."""

    class Telling:
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            known = ufunc is getattr(np, ufunc.__name__)
            kinds = [type(item).__name__ for item in inputs]
            return known, ufunc.__name__, method, kinds, sorted(kwargs)

        def __array_function__(self, func, types, args, kwargs):
            known = func is getattr(np, func.__name__)
            kinds = [kind.__name__ for kind in types]
            arrays = [kind is np.ndarray for kind in types]
            return known, func.__name__, kinds, arrays, len(args), sorted(kwargs)

    return Telling


def reflecting(ufunc=..., priority=None):
    """Has operators of its own, and perhaps a word on ufuncs or a priority."""

    class Reflecting:
        def _answer(self, other):
            return "reflected"

        __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = _answer
        __rpow__ = __rmatmul__ = __rlshift__ = __rrshift__ = __rand__ = __ror__ = _answer
        __rxor__ = __rdivmod__ = __lt__ = __le__ = __eq__ = __ne__ = __gt__ = __ge__ = _answer

    if ufunc is not ...:
        Reflecting.__array_ufunc__ = ufunc
    if priority is not None:
        Reflecting.__array_priority__ = priority
    return Reflecting


# MARK: Operators and ufuncs


@pytest.mark.parametrize("function", OPERATORS, ids=lambda f: f.__name__)
def test_operators(function):
    def call(np):
        arrays = [np.arange(3), np.arange(4.0).reshape(2, 2), np.array(2), np.array(["a"])]
        others = [telling(np)(), reflecting(None)(), reflecting(priority=10)()]
        results = []
        for a in arrays:
            for other in others:
                results.append(function(a, other))
        return results

    check(call)
    check(lambda np: function(telling(np)(), np.arange(3)))


@pytest.mark.parametrize("function", IN_PLACE, ids=lambda f: f.__name__)
def test_operators_in_place(function):
    check(lambda np: function(np.arange(3), telling(np)()))
    check(lambda np: function(np.arange(3.0), reflecting(priority=10)()))
    check(lambda np: function(np.arange(3.0), reflecting(None)()))


def test_who_is_not_asked():
    def call(np):
        class Low:
            __array_priority__ = -1

            def __radd__(self, other):
                return "low"

            def __array__(self, dtype=None, copy=None):
                return real.arange(3.0)

        class Both:
            __array_priority__ = 1000

            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                return "asked"

            def __radd__(self, other):
                return "priority"

        return np.ones(3) + Low(), np.ones(3) + Both(), Low() + np.ones(3)

    check(call)


CALLS = [
    *("np.add(t, 1)", "np.add(a, t)", "np.add(a, a, t)", "np.add(a, 1, out=t)", "np.sin(t)"),
    *("np.add(a, t, where=True)", "np.add(a, t, dtype=float)", "np.modf(t)", "np.divmod(a, t)"),
    *("np.matmul(a, t)", "np.matmul(t, a)", "np.vecdot(a, t)", "np.clip(t, 0, 1)"),
    *("np.add.reduce(t)", "np.add.reduce(t, 0)", "np.add.reduce(t, axis=0, keepdims=True)"),
    *("np.add.reduce(a, out=t)", "np.add.accumulate(t)", "np.add.reduceat(t, [0])"),
    *("np.add.outer(a, t)", "np.add.outer(t, a)", "np.add.at(a, [0], t)", "np.add.at(t, [0], 1)"),
    *("np.multiply.reduce(t, 0, None, None)", "np.add(a, t, sig='dd->d')"),
    *("np.sum(t)", "np.mean(t)", "np.concatenate([a, t])", "np.concatenate((t, t), axis=0)"),
    *("np.stack([a, t])", "np.where(a > 0, a, t)", "np.where(t)", "np.dot(a, t)", "np.sort(t)"),
    *("np.median(t)", "np.linalg.norm(t)", "np.linalg.solve(a, t)", "np.fft.fft(t)", "np.diff(t)"),
    *("np.reshape(t, 3)", "np.shape(t)", "np.ndim(t)", "np.size(t)", "np.transpose(t)"),
    *("np.sum(a, out=t)", "np.zeros_like(t)", "np.full_like(t, 1)"),
    *("np.einsum('i,i', a, t)", "np.atleast_1d(t)", "np.broadcast_to(t, 3)", "np.copyto(a, t)"),
    *("np.array_equal(t, a)", "np.allclose(a, t)", "np.isclose(t, a)", "np.interp(a, a, t)"),
    *("np.unique(t)", "np.meshgrid(a, t)", "np.histogram(t)", "np.cumsum(t)", "np.argsort(t)"),
    *("np.take(a, t)", "np.take(t, [0])", "np.isin(a, t)", "np.block([[a], [t]])", "np.pad(t, 1)"),
    *("np.zeros(3, like=t)", "np.ones(3, like=t)", "np.array([1], like=t)", "np.arange(3, like=t)"),
    *(
        "np.full((2,), 3, like=t)",
        "np.empty(2, like=t)",
        "np.eye(2, like=t)",
        "np.asarray(1, like=t)",
    ),
    *("np.squeeze(t)", "np.ravel(t)", "np.expand_dims(t, 0)", "np.iscomplexobj(t)", "np.real(t)"),
    *("np.may_share_memory(a, t)", "np.result_type(t)", "np.can_cast(t, float)", "np.average(t)"),
    *("np.piecewise(t, [True], [1])", "np.select([t], [t])", "np.apply_along_axis(len, 0, t)"),
    *("np.array_repr(t)", "np.save('x', t)", "np.ptp(t)", "np.trace(t)", "np.kron(a, t)"),
    *("np.nansum(t)", "np.tile(t, 2)", "np.roll(t, 1)", "np.flip(t)", "np.split(t, 2)"),
    *("np.linalg.inv(t)", "np.percentile(t, 5)", "np.searchsorted(a, t)", "np.nonzero(t)"),
    *("np.max(t)", "np.amax(t)", "np.any(t)", "np.std(t)", "np.prod(t)", "np.argmax(t)"),
]


@pytest.mark.parametrize("statement", CALLS)
def test_calls(statement):
    def call(np):
        t, a = telling(np)(), np.arange(3.0)
        return eval(statement, {"np": np, "t": t, "a": a})

    check(call)


def test_arrays_leave_ufuncs_to_other_rules():
    def call(np):
        a, t = np.ones(2), telling(np)()
        results = [
            a.__array_ufunc__(np.add, "__call__", a, 1),
            a.__array_ufunc__(np.add, "reduce", a),
        ]
        return *results, a.__array_ufunc__(np.add, "__call__", a, t) is NotImplemented

    check(call)


def test_tables_of_functions():
    def call(np):
        handled = {np.sum: "sum", np.linalg.norm: "norm", np.fft.fft: "fft", np.add: "add"}

        class Handling:
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                return handled.get(ufunc, NotImplemented)

            def __array_function__(self, func, types, args, kwargs):
                return handled.get(func, NotImplemented)

        h, results = Handling(), []
        for use in (
            lambda: np.sum(h),
            lambda: np.linalg.norm(h),
            lambda: np.fft.fft(h),
            lambda: np.ones(3) + h,
            lambda: np.add(h, h),
            lambda: np.prod(h),
            lambda: np.ones(2) * h,
        ):
            try:
                results.append(use())
            except TypeError:
                results.append("TypeError")
        return results

    check(call)


def test_order_of_asking():
    def call(np):
        asked = []

        def make(name, answers, bases=(object,)):
            def ufunc(self, ufunc, method, *inputs, **kwargs):
                asked.append(name)
                return np and (name if answers else NotImplemented)

            def function(self, func, types, args, kwargs):
                asked.append((name, [kind.__name__ for kind in types]))
                return np and (name if answers else NotImplemented)

            members = {"__array_ufunc__": ufunc, "__array_function__": function}
            return type(name, bases, members)

        first, second = make("First", False), make("Second", True)
        below = make("Below", False, (first,))
        a = np.ones(2)
        results = [np.add(first(), second()), np.add(first(), below(), out=second())]
        results += [np.concatenate([a, first(), below(), second()]), np.concatenate([second(), a])]
        for use in (lambda: np.add(first(), a), lambda: np.sum(first()), lambda: a + below()):
            try:
                results.append(use())
            except TypeError as error:
                results.append(type(error).__name__)
        return asked, results

    check(call)


def test_operators_of_the_mixin():
    def call(np):
        class Logged(np.lib.mixins.NDArrayOperatorsMixin):
            def __init__(self, value):
                self.value = np.asarray(value)

            def __array_ufunc__(self, ufunc, method, *inputs, out=(), **kwargs):
                inputs = [x.value if isinstance(x, Logged) else x for x in inputs]
                if out:
                    kwargs["out"] = tuple(x.value if isinstance(x, Logged) else x for x in out)
                result = getattr(ufunc, method)(*inputs, **kwargs)
                return Logged(result), ufunc is getattr(np, ufunc.__name__)

        x = Logged([1, 2, 3])
        results = [
            x - 1,
            1 - x,
            np.arange(3) - x,
            x * np.arange(3),
            -x,
            abs(x),
            x < 2,
            x == x,
            x**2,
        ]
        results += [divmod(x, 2), x @ np.arange(3), x & 1]
        x += 1
        return (
            [(r[0].value, r[1]) for r in results],
            x[0].value,
            isinstance(results[0][0], np.lib.mixins.NDArrayOperatorsMixin),
        )

    check(call)


# MARK: __array__


class Held:
    def __init__(self, np, values):
        self.array = np.array(values)

    def __array__(self, dtype=None, copy=None):
        return self.array if dtype is None else self.array.astype(dtype)


HELD = [
    *("np.asarray(h)", "np.array(h)", "np.array(h, dtype='f4')", "np.ones(2) + h", "h2 + 1"),
    *(
        "np.sin(h)",
        "np.add(h, 1)",
        "np.sum(h)",
        "np.concatenate([h, np.ones(2)])",
        "np.stack([h, h])",
    ),
    *("np.median(h)", "np.linalg.norm(h)", "np.dot(h, h)", "np.where(h, 1, 2)", "np.sort(h)"),
    *("np.array([h, h])", "np.atleast_2d(h)", "np.ones(3)[np.asarray(h)]", "np.full(2, h)"),
    *("np.zeros_like(h)", "np.isclose(h, h)", "np.interp(0.5, h, h)", "np.ones(2).dot(h)"),
    *("np.asanyarray(h)", "np.ascontiguousarray(h)", "np.reshape(h, (2, 1))", "np.unique(h)"),
]


@pytest.mark.parametrize("statement", HELD)
def test_array_method_of_the_program(statement):
    def call(np):
        names = {"np": np, "h": Held(np, [1, 2]), "h2": np.ones(2)}
        if "h2" not in statement:
            return eval(statement, names)
        names["h2"] += names["h"]
        return names["h2"]

    check(call)


# MARK: Libraries


LIBRARY = """
import numpy as np

class Theirs:
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return ufunc is getattr(np, ufunc.__name__), [type(x) is np.ndarray for x in inputs]
    def __array_function__(self, func, types, args, kwargs):
        return func is getattr(np, func.__name__), [issubclass(t, np.ndarray) for t in types]
"""


@needs_martlet
def test_classes_of_libraries_are_given_numpys(tmp_path, monkeypatch):
    (tmp_path / "their_library.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(str(tmp_path))
    theirs = __import__("their_library").Theirs()
    a = mnp.arange(3.0)
    for result in (a + theirs, mnp.add(a, theirs), mnp.multiply(a, theirs)):
        assert result == (True, [True, False])
    assert mnp.sum(theirs) == (True, [False])
    assert mnp.concatenate([a, theirs])[0]


@needs_martlet
def test_scipy_sparse():
    scipy = pytest.importorskip("scipy.sparse", reason="SciPy is not installed")
    for matrix in (scipy.csr_array(real.eye(3)), scipy.csr_matrix(real.eye(3))):
        theirs, ours = real.arange(3.0), mnp.arange(3.0)
        for use in (
            lambda a, m: m @ a,
            lambda a, m: a @ m,
            lambda a, m: a * m,
            lambda a, m: m * a,
            lambda a, m: a + m,
            lambda a, m: m.dot(a),
            lambda a, m: a == m,
        ):
            try:
                expected = use(theirs, matrix)
            except Exception as error:
                with pytest.raises(type(error)):
                    use(ours, matrix)
                continue
            actual = use(ours, matrix)
            if scipy.issparse(expected):
                assert type(actual) is type(expected)
                expected, actual = expected.toarray(), actual.toarray()
            real.testing.assert_array_equal(real.asarray(actual), real.asarray(expected))


def test_numbers_beside_masked_arrays():
    def call(np):
        m = np.ma.array([0, 1], mask=[1, 0])
        return (
            *((np.int64(0) == m).data, (np.float64(1) < m).data, (np.int64(0) != m).mask),
            *((np.int64(2) * m).data, (np.arange(2) == m).data, (np.arange(2) <= m).filled(9)),
        )

    check(call)


# MARK: What they are called with


@needs_martlet
def test_equal_to_numpys_and_found_by_either():
    names = [name for name in real.__all__ if callable(getattr(real, name))]
    for name in names:
        ours, theirs = getattr(mnp, name), getattr(real, name)
        # Those in Python are functions of their own.
        if isinstance(theirs, type) or isinstance(ours, type(lambda: None)) or name == "test":
            continue
        assert ours == theirs and theirs == ours, name
        assert hash(ours) == hash(theirs), name
        assert {ours: 1}[theirs] == {theirs: 1}[ours] == 1
    assert mnp.sum != real.prod
    assert mnp.sum != mnp.prod
    assert mnp.add not in {real.subtract, mnp.multiply}


def test_a_pandas_like_series_keeps_its_labels():
    source = (
        "import martlet.numpy as np\n"
        "class Series:\n"
        "    def __init__(self, values, labels):\n"
        "        self.values, self.labels = values, labels\n"
        "    def __array__(self, dtype=None, copy=None):\n"
        "        return np.asarray(self.values)\n"
        "    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):\n"
        "        plain = [np.asarray(x) for x in inputs]\n"
        "        return Series(getattr(ufunc, method)(*plain, **kwargs), self.labels)\n"
        "s = Series([1., 2., 3.], 'abc')\n"
        "a = np.array([1., 2., 3.])\n"
        "for r in (a * s, s.__array_ufunc__(np.add, '__call__', s, a), np.exp(s), a @ s):\n"
        "    print(type(r).__name__, r.labels, np.round(r.values, 1).tolist())\n"
    )
    expected = (
        "Series abc [1.0, 4.0, 9.0]\nSeries abc [2.0, 4.0, 6.0]\n"
        "Series abc [2.7, 7.4, 20.1]\nSeries abc 14.0\n"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert done.stdout == expected, done.stderr


def test_array_methods_are_called_as_numpy_does():
    def call(np):
        base, asked = np.arange(3.0), []

        class Giving:
            def __array__(self, dtype=None, copy=None):
                asked.append((dtype, copy))
                return base if dtype is None else base.astype(dtype)

        class Old:
            def __array__(self, dtype=None):
                return base

        g = Giving()
        facts = [np.asarray(g) is base, np.array(g) is base, np.array(g, copy=None) is base]
        facts += [np.asarray(g, copy=False) is base, np.array(g, copy=True, ndmin=2).shape]
        results = [np.asarray(g, dtype="f4"), np.array(g, dtype=int), np.asarray(g, order="F")]
        return facts, asked, results, np.asarray(Old()) is base

    check(call)

    class Wrong:
        def __array__(self, dtype=None, copy=None):
            return 3

    check(lambda np: np.asarray(Wrong()))


def test_all_spellings_of_copy():
    def call(np):
        a = np.arange(3.0)
        view = memoryview(a)
        modes = [None, False, True, 0, 1, np.False_, np.True_, np._CopyMode.IF_NEEDED]
        modes += [np._CopyMode.NEVER, np._CopyMode.ALWAYS]
        shared = [np.may_share_memory(np.array(a, copy=mode), a) for mode in modes]
        return shared, [np.may_share_memory(np.array(view, copy=mode), a) for mode in modes]

    check(call)
    check(lambda np: np.array([1, 2], copy=False))
    check(lambda np: np.array([1, 2], copy=0))
    check(lambda np: np.asarray([1, 2], copy=np._CopyMode.NEVER))
