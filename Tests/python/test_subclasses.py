"""Subclasses of `ndarray`, of the kinds that NumPy's manual and programs have."""

import copy
import pickle

import numpy as real
import pytest
from compare import check
from subject import mnp, needs_martlet


def shown(value):
    """A result as plain Python: the class's name, elements and what it carries along."""
    if isinstance(value, tuple | list):
        return [shown(item) for item in value]
    if isinstance(value, real.generic):
        return type(value).__name__, value.item()
    if isinstance(value, real.ndarray | mnp.ndarray):
        extra = {name: shown(item) for name, item in getattr(value, "__dict__", {}).items()}
        return type(value).__name__, str(value.dtype), value.shape, value.tolist(), extra
    return value


# MARK: Classes


def information(np):
    """An array with a note, given to a constructor that takes an array."""

    class Noted(np.ndarray):
        def __new__(cls, given, info=None):
            made = np.asarray(given).view(cls)
            made.info = info
            return made

        def __array_finalize__(self, source):
            if source is not None:
                self.info = getattr(source, "info", None)

    return Noted


def constructed(np):
    """The same with NumPy's own parameters."""

    class Constructed(np.ndarray):
        def __new__(
            cls, shape, dtype=float, buffer=None, offset=0, strides=None, order=None, info=None
        ):
            made = super().__new__(cls, shape, dtype, buffer, offset, strides, order)
            made.info = info
            return made

        def __array_finalize__(self, source):
            if source is None:
                return
            self.info = getattr(source, "info", None)

    return Constructed


def logged(np, log):
    """Tells how it is made."""

    class Logged(np.ndarray):
        def __new__(cls, *args, **kwargs):
            log.append(f"new {cls.__name__}")
            return super().__new__(cls, *args, **kwargs)

        def __init__(self, *args, **kwargs):
            log.append(f"init {type(self).__name__}")

        def __array_finalize__(self, source):
            log.append(f"finalize {type(self).__name__} of {type(source).__name__}")

    return Logged


def watched(np):
    """Notes which operands were of its class, as it lets the ufunc compute."""

    class Watched(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
            ours = [i for i, item in enumerate(inputs) if isinstance(item, Watched)]
            inputs = [
                item.view(np.ndarray) if isinstance(item, Watched) else item for item in inputs
            ]
            given = out
            if given:
                kwargs["out"] = tuple(
                    item.view(np.ndarray) if isinstance(item, Watched) else item for item in given
                )
            else:
                given = (None,) * ufunc.nout
            results = super().__array_ufunc__(ufunc, method, *inputs, **kwargs)
            if results is NotImplemented:
                return NotImplemented
            if method == "at":
                self.info = [method, ours]
                return None
            if ufunc.nout == 1:
                results = (results,)
            results = tuple(
                np.asarray(result).view(Watched) if one is None else one
                for result, one in zip(results, given, strict=True)
            )
            for result in results:
                if isinstance(result, Watched):
                    result.info = [ufunc.__name__, method, ours]
            return results[0] if len(results) == 1 else results

    return Watched


def united(np):
    """Numbers with a unit, by rules for ufuncs and functions."""
    units = {np.add: "same", np.subtract: "same", np.multiply: "join", np.sqrt: "root"}
    handled = {}

    def implements(function):
        def register(implementation):
            handled[function] = implementation
            return implementation

        return register

    class United(np.ndarray):
        def __new__(cls, given, unit):
            made = np.asarray(given, dtype=float).view(cls)
            made.unit = unit
            return made

        def __array_finalize__(self, source):
            self.unit = getattr(source, "unit", "")

        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            if method != "__call__" or ufunc not in units:
                return NotImplemented
            names = [getattr(item, "unit", "1") for item in inputs]
            plain = [np.asarray(item) for item in inputs]
            result = getattr(ufunc, method)(*plain, **kwargs)
            rule = units[ufunc]
            if rule == "same":
                if len(set(names)) > 1:
                    raise ValueError(f"units differ: {names}")
                return United(result, names[0])
            return United(result, "*".join(names) if rule == "join" else f"{names[0]}^0.5")

        def __array_function__(self, func, types, args, kwargs):
            if func not in handled:
                return super().__array_function__(func, types, args, kwargs)
            return handled[func](*args, **kwargs)

    @implements(np.concatenate)
    def concatenate(arrays, axis=0):
        return United(np.concatenate([np.asarray(a) for a in arrays], axis), arrays[0].unit)

    return United


def wrapped(np):
    """Counts what `__array_wrap__` was called for."""

    class Wrapped(np.ndarray):
        __array_priority__ = 15.0

        def __array_wrap__(self, array, context=None, return_scalar=False):
            name = context[0].__name__ if context else None
            made = array.view(type(self))
            made.__dict__["of"] = [name, bool(return_scalar)]
            return made

    return Wrapped


CLASSES = (information, constructed, watched, wrapped)


def plain(np):
    class Plain(np.ndarray):
        pass

    return Plain


# MARK: Making them


def test_making():
    def call(np):
        kind, other = information(np), constructed(np)
        memory = np.arange(6.0)
        a = kind([1, 2, 3], info="one")
        b = other((2,), info="two")
        b[:] = 4
        shared = other((2, 2), buffer=memory, offset=8, strides=(16, 8), info="x")
        shared[0, 0] = 99
        own = np.ndarray.__new__(kind, (2,), "i4")
        own[:] = 7
        return shown([a, b, shared, memory, own, plain(np)((2, 3), order="F").strides])

    check(call)


def test_three_ways_to_be_made():
    def call(np):
        log = []
        kind = logged(np, log)
        a = kind((4,))
        cast = np.zeros(4).view(kind)
        part, copied, sum_ = a[1:], a.copy(), a + 1
        names = [type(x).__name__ for x in (a, cast, part, copied, sum_, a.view(kind))]
        return log, names

    check(call)


def test_views_share_memory_both_ways():
    def call(np):
        kind = plain(np)
        a = np.zeros(4)
        s = a.view(kind)
        s[0] = 1
        a[1] = 2
        back = s.view(np.ndarray)
        back[2] = 3
        s += 1
        a *= 2
        named = a.view(type=kind)
        return shown([a, s, back, named]), s.base is a, type(back) is np.ndarray

    check(call)


def test_their_place_among_classes():
    def call(np):
        kind = plain(np)

        class Below(kind):
            pass

        a, b = np.ones(2).view(kind), np.ones(2).view(Below)
        return [
            *(isinstance(x, k) for x in (a, b, np.ones(2), 1.0) for k in (kind, Below, np.ndarray)),
            *(issubclass(x, y) for x in (kind, Below, np.ndarray) for y in (kind, np.ndarray)),
            kind.__name__,
            Below.__mro__[1] is kind,
            type(Below((2,))).__name__,
            type(a + b).__name__,
        ]

    check(call)


# MARK: What comes out

RESULTS = [
    *("a + 1", "1 + a", "a * 2.5", "a + p", "p + a", "a - a", "-a", "a == a", "a < p", "p < a"),
    *("a @ a", "a @ p.reshape(-1, 1)", "divmod(a, 2)", "a ** 2", "2 ** a", "p ** a", "abs(a)"),
    *("a[1:]", "a[0]", "a[[0, 1]]", "a[a > 1]", "a[None]", "a[...]", "a[p.astype(int) % 2]"),
    *("a.sum()", "a.mean()", "a.sum(keepdims=True)", "a.max()", "a.argmax()", "a.cumsum()"),
    *("a.reshape(-1, 1)", "a.T", "a.ravel()", "a.flatten()", "a.astype(int)", "a.copy()"),
    *("a.round(1)", "a.clip(0, 2)", "a.dot(p)", "p.dot(a)", "a.take([0, 1])", "a.repeat(2)"),
    *("a.argsort()", "a.nonzero()", "a.tolist()", "a.real", "a.imag", "a.conj()", "a.squeeze()"),
    *("np.sqrt(a)", "np.add(a, p)", "np.add(p, a)", "np.modf(a)", "np.add.reduce(a)"),
    *("np.add.accumulate(a)", "np.multiply.outer(a, p)", "np.add.reduceat(a, [0, 1])"),
    *("np.add(a, 1, out=p.copy())", "np.add(p, 1, out=a.copy())", "np.add(p, p, out=a.copy())"),
    *("np.sum(a)", "np.mean(a)", "np.std(a)", "np.median(a)", "np.prod(a)", "np.max(a)"),
    *("np.cumsum(a)", "np.sort(a)", "np.concatenate([a, p])", "np.concatenate([p, a])"),
    *("np.stack([a, a])", "np.vstack([p, a])", "np.where(p > 1, a, p)", "np.clip(a, 0, 1)"),
    *("np.dot(a, p)", "np.outer(a, p)", "np.reshape(a, (-1, 1))", "np.transpose(a)"),
    *("np.asarray(a)", "np.asanyarray(a)", "np.array(a)", "np.array(a, subok=True)"),
    *("np.array(a, copy=False)", "np.copy(a)", "np.copy(a, subok=True)", "np.ravel(a)"),
    *("np.atleast_2d(a)", "np.squeeze(a)", "np.expand_dims(a, 0)", "np.broadcast_to(a, (2, 3))"),
    *("np.zeros_like(a)", "np.ones_like(a, subok=False)", "np.full_like(a, 3)", "np.empty_like(a)"),
    *("np.linalg.norm(a)", "np.diff(a)", "np.roll(a, 1)", "np.flip(a)", "np.tile(a, 2)"),
    *("np.nan_to_num(a)", "np.round(a, 1)", "np.real(a)", "np.unique(a)", "np.isclose(a, p)"),
    *("np.allclose(a, p)", "np.array_equal(a, a)", "np.percentile(a, 50)", "np.fix(a)"),
    *("np.ascontiguousarray(a)", "np.asfortranarray(a)", "np.require(a, requirements='C')"),
    *("np.interp(1.5, p, a)", "np.meshgrid(a, p)", "np.broadcast_arrays(a, p, subok=True)"),
    *("np.shape(a)", "np.size(a)", "np.ndim(a)", "np.iterable(a)", "np.isscalar(a)"),
    *("list(a)", "len(a)", "1.0 in a", "str(a)", "repr(a)", "float(a[0])", "bytes(a)"),
    *("memoryview(a).tolist()", "p[a.astype(int) % 2]", "np.float64(2) * a", "a * np.float32(2)"),
]


@pytest.mark.parametrize("statement", RESULTS)
def test_results(statement):
    def call(np):
        results = []
        for make in CLASSES:
            kind = make(np)
            a = np.arange(3.0).view(kind)
            a.info = "note"
            p = np.array([0.5, 1.5, 2.5])
            try:
                value = eval(statement, {"np": np, "a": a, "p": p})
                if statement == "np.empty_like(a)":
                    value[...] = 0
                results.append(shown(value))
            except Exception as error:
                results.append([kind.__name__, type(error).__name__])
        return results

    check(call, check_warnings=False)


CHANGES = [
    *("a += 1", "a += p", "p += a", "a *= a", "a[0] = 9", "a[1:] = p[1:]", "p[:] = a", "a[:] = p"),
    *("a.sort()", "a.fill(3)", "a.put([0], 5)", "np.add.at(a, [0, 0], 1)", "a.resize(2)"),
    *("np.add(a, 1, out=a)", "np.copyto(a, p)", "np.copyto(p, a)", "a.shape = (3, 1)"),
    *("a.flat[1] = 8", "a @= np.eye(3)", "np.put(a, [1], 4)", "a.itemset", "a.real = 2"),
    *("p[a > 0] = 5", "a[p > 1] = 7", "np.putmask(a, p > 1, 0)", "a.partition(1)"),
]


@pytest.mark.parametrize("statement", CHANGES)
def test_changes(statement):
    def call(np):
        results = []
        for make in CLASSES:
            a = np.array([3.0, 1.0, 2.0]).view(make(np)).copy()
            p = np.array([0.5, 1.5, 2.5])
            names = {"np": np, "a": a, "p": p}
            try:
                exec(statement, names)
                results.append(shown([names["a"], names["p"], names["a"] is a, names["p"] is p]))
            except Exception as error:
                results.append(type(error).__name__)
        return results

    check(call, check_warnings=False)


# MARK: Protocols


def test_units():
    def call(np):
        kind = united(np)
        a, b = kind([1.0, 4.0], "m"), kind([2.0, 3.0], "s")
        results = [a + a, a * b, np.sqrt(a), 2 * a, a * np.array([1.0, 2.0])]
        results += [
            np.concatenate([a, a]),
            np.reshape(a, (2, 1)),
            a[::-1],
            np.array([1.0, 2.0]) * a,
        ]
        errors = []
        for wrong in (lambda: a + b, lambda: a / b, lambda: np.exp(a), lambda: np.add.reduce(a)):
            try:
                errors.append(shown(wrong()))
            except (ValueError, TypeError) as error:
                errors.append(type(error).__name__)
        return shown(results), errors

    check(call)


def test_functions_and_ufuncs_are_those_of_the_program():
    def call(np):
        seen = []

        class Telling(np.ndarray):
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                seen.append(
                    (
                        ufunc is getattr(np, ufunc.__name__),
                        method,
                        [type(item) is np.ndarray for item in inputs],
                        sorted(kwargs),
                    )
                )
                inputs = [
                    item.view(np.ndarray) if isinstance(item, Telling) else item for item in inputs
                ]
                return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)

            def __array_function__(self, func, types, args, kwargs):
                seen.append((func is getattr(np, func.__name__), [kind.__name__ for kind in types]))
                seen.append([kind is np.ndarray for kind in types])
                return super().__array_function__(func, types, args, kwargs)

        t, p = np.arange(3.0).view(Telling), np.ones(3)
        results = [t + 1, 1 + t, t + p, p + t, np.add(t, p), np.add(p, t), p < t, t == p, -t]
        results += [np.sum(t), np.concatenate([t, p]), np.concatenate([p, t]), np.multiply(t, 2)]
        results += [np.add.reduce(t), np.linalg.norm(t), np.mean(t), t.sum(), np.sin(t)]
        return seen, shown(results)

    check(call)


def test_a_subclass_of_a_subclass_adds_the_protocol():
    def call(np):
        class Below(plain(np)):
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                inputs = [
                    item.view(np.ndarray) if isinstance(item, Below) else item for item in inputs
                ]
                result = super().__array_ufunc__(ufunc, method, *inputs, **kwargs)
                return np.asarray(result).view(Below)

        class Mixin:
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                if ufunc is np.multiply:
                    return "a product"
                plain = [np.asarray(item) for item in inputs]
                return super().__array_ufunc__(ufunc, method, *plain, **kwargs)

        class Mixed(Mixin, np.ndarray):
            pass

        b, m, p = np.ones(2).view(Below), np.ones(2).view(Mixed), np.arange(2.0)
        return shown([b + 1, p + b, b + p, np.exp(b), m + 1, m * 2, p * m, m - p, b.sum(), m.sum()])

    check(call)


def test_reflected_operators_of_subclasses_come_first():
    def call(np):
        class First(np.ndarray):
            def __radd__(self, other):
                return "radd"

            def __rsub__(self, other):
                return "rsub"

            def __gt__(self, other):
                return "gt"

            def __eq__(self, other):
                return "eq"

            def __rmatmul__(self, other):
                return "rmatmul"

        s, p = np.ones(2).view(First), np.ones(2)
        return shown([p + s, p - s, p < s, p == s, p @ s, p * s, s + p, s > p, np.add(p, s)])

    check(call)


def test_methods_by_the_class():
    def call(np):
        class Own(np.ndarray):
            def __getitem__(self, key):
                return np.ndarray.__getitem__(self, key)

            def __setitem__(self, key, value):
                np.ndarray.__setitem__(self, key, value * 2)

            def __add__(self, other):
                return np.ndarray.__add__(self, other)

            def __array_finalize__(self, source):
                np.ndarray.__array_finalize__(self, source)

            def __repr__(self):
                return "own " + np.ndarray.__repr__(self)

            def sum(self, *args, **kwargs):
                return np.ndarray.sum(self, *args, **kwargs) + 100

            def __array_wrap__(self, array, context=None, return_scalar=False):
                return np.ndarray.__array_wrap__(self, array, context, return_scalar)

        a = np.ndarray.__new__(Own, (3,))
        a[:] = 1
        results = [a[1:], a + 1, repr(a), a.sum(), np.sum(a), np.sqrt(a), np.ndarray.mean(a)]
        results += [
            np.ndarray.reshape(a, (3, 1)),
            np.ndarray.view(a, np.ndarray),
            np.ndarray.copy(a),
        ]
        results += [np.ndarray.tolist(a), np.ndarray.__len__(a), np.ndarray.__lt__(a, 1)]
        return shown(results)

    check(call)


def test_methods_by_the_class_still_take_arrays():
    def call(np):
        a = np.arange(3.0)
        return (
            *(np.ndarray.__getitem__(a, 1), np.ndarray.__add__(a, 1), np.ndarray.sum(a)),
            *(np.ndarray.__repr__(a), np.ndarray.__len__(a), np.ndarray.__new__(np.ndarray, 0)),
            np.ndarray.__array_finalize__(a, None),
        )

    check(call)


class Kept(mnp.ndarray):
    """With its own state in pickles, as programs write it."""

    def __new__(cls, given, info=None):
        made = mnp.asarray(given).view(cls)
        made.info = info
        return made

    def __array_finalize__(self, source):
        self.info = getattr(source, "info", None)

    def __reduce__(self):
        make, arguments, state = super().__reduce__()
        return make, arguments, (*state, self.info)

    def __setstate__(self, state):
        self.info = state[-1]
        super().__setstate__(state[:-1])


@pytest.mark.parametrize("protocol", range(2, 6))
def test_pickling(protocol):
    a = Kept([1, 2, 3], info={"unit": "m"})
    again = pickle.loads(pickle.dumps(a, protocol))
    assert type(again) is Kept
    assert again.tolist() == [1, 2, 3]
    assert again.info == {"unit": "m"}
    assert (again + 1).info == {"unit": "m"}


def test_copying():
    def call(np):
        a = information(np)([1, 2], info=["x"])
        return shown([copy.copy(a), copy.deepcopy(a), copy.deepcopy(a).info is a.info])

    check(call)


def test_strings_and_records():
    def call(np):
        kind = plain(np)
        words = np.array(["b", "a"]).view(kind)
        rows = np.array([(1, 2.0)], dtype="i4,f8").view(kind)
        return shown([words, words == "a", rows["f1"], kind((2,), dtype=object), rows[0].item()])

    check(call)


def test_errors():
    check(lambda np: np.ndarray.__new__(int, (2,)))
    check(lambda np: plain(np)())
    check(lambda np: np.ones(2).view(plain(np)).view(int, plain(np), 3))
    check(lambda np: plain(np)((-1,)))


@needs_martlet
def test_numpys_functions_see_a_subclass():
    kind = plain(mnp)
    s = mnp.arange(3.0).view(kind)
    assert isinstance(s, real.ndarray)
    assert type(real.sin(s)) is kind
    assert type(real.asarray(s)) is real.ndarray
    assert type(mnp.asarray(s)) is mnp.ndarray
    assert mnp.shares_memory(mnp.asarray(s), s)


def test_callbacks_are_given_the_programs_arrays():
    def call(np):
        kinds = []

        def row(values):
            kinds.append(type(values) is np.ndarray)
            return values.view(np.ndarray)[::-1]

        results = [np.apply_along_axis(row, 1, np.arange(6.0).reshape(2, 3))]
        results.append(np.fromfunction(lambda i, j: i + j, (2, 2)))
        results.append(np.apply_over_axes(lambda a, axis: a.sum(axis), np.ones((2, 3)), [0]))
        return kinds, shown(results)

    check(call)


def test_results_are_wrapped_by_operands_that_are_no_arrays():
    def call(np):
        class Wrapping:
            array = real.arange(3.0)
            __array_interface__ = array.__array_interface__

            def __array_wrap__(self, array, context=None, return_scalar=False):
                return "wrapped", type(array).__name__, array.tolist(), context[0].__name__

        w = Wrapping()
        return np.abs(w), np.add(w, 1), np.add(np.ones(3), w), np.ones(3) + w

    check(call)


def test_numpys_own_classes_wrap_ours():
    def call(np):
        a, kind = np.ones(2), plain(np)
        results = [np.ndarray.__array_wrap__(a.view(kind), a), a.view(kind).__array_wrap__(a)]
        results += [np.ndarray.__array_wrap__(a, a.view(kind)), a.__array_wrap__(a)]
        return shown(results)

    check(call)


def test_array_function_of_arrays():
    def call(np):
        a = np.arange(3.0)
        results = [a.__array_function__(func=np.sum, types=(np.ndarray,), args=(a,), kwargs={})]
        results.append(a.__array_function__(np.sum, (np.ndarray, int), (a,), {}))
        results.append(np.sum._implementation(a))
        return [x if x is not NotImplemented else "not" for x in results]

    check(call)
    check(lambda np: np.ones(2).__array_function__(np.sum, (np.ndarray,), [1], {}))
    check(lambda np: np.ones(2).__array_function__(np.sum, (np.ndarray,), (1,), ()))


def test_creation_like_a_subclass():
    def call(np):
        class Like(np.ndarray):
            def __array_function__(self, func, types, args, kwargs):
                made = super().__array_function__(func, types, args, kwargs)
                return made.view(type(self))

        like = np.ones(2).view(Like)
        results = [np.array([1, 2], like=like), np.zeros(2, like=like), np.full(2, 3, like=like)]
        results += [np.arange(3, like=like), np.eye(2, like=like), np.asarray([1], like=like)]
        return shown(results)

    check(call)


@needs_martlet
def test_kernels_take_subclasses():
    from martlet import njit, vectorize

    @njit
    def total(a):
        result = 0.0
        for i in range(a.shape[0]):
            result += a[i]
        return result

    @vectorize
    def twice(x):
        return x * 2

    for make in (plain, information, watched):
        a = mnp.arange(4.0).view(make(mnp))
        assert total(a) == 6
        assert type(twice(a)) is type(a)
        assert twice(a).tolist() == [0, 2, 4, 6]


def test_mixed_with_masked_arrays():
    def call(np):
        class Sub(np.ndarray):
            def __new__(cls, given, info=None):
                made = np.asanyarray(given).view(cls)
                made.info = info
                return made

            def __array_finalize__(self, source):
                super().__array_finalize__(source)
                self.info = getattr(source, "info", None)

        class Masked(Sub, np.ma.MaskedArray):
            def __new__(cls, data, info=None, mask=np.ma.nomask):
                made = np.ma.MaskedArray.__new__(cls, data=Sub(data, info), mask=mask)
                made.info = info
                return made

        m = Masked([1, 2, 3], "note", [0, 1, 0])
        names = [kind.__name__ for kind in Masked.__mro__[:2]]
        facts = isinstance(m, np.ma.MaskedArray), isinstance(m, Sub), isinstance(m, np.ndarray)
        return names, facts, (m + 1).filled(0).tolist(), (m + 1).info, repr(m[1:])

    check(call)
