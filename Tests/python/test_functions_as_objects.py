"""What programs do with functions beside calling them: store, compare, pickle, ask for more."""

import inspect
import pickle

import numpy as real
import pytest
from compare import check
from subject import mnp, needs_martlet

NAMES = sorted(
    name
    for name in real.__all__
    if callable(getattr(real, name)) and not isinstance(getattr(real, name), type)
)


def is_by_itself(name):
    """Whether a pickle of NumPy's function of this name finds it again."""
    try:
        return pickle.loads(pickle.dumps(getattr(real, name))) is getattr(real, name)
    except Exception:
        return False


@pytest.mark.parametrize("name", [name for name in NAMES if is_by_itself(name)])
def test_pickling(name):
    function = getattr(mnp, name)
    for protocol in (2, 5):
        again = pickle.loads(pickle.dumps(function, protocol))
        assert again is function or name in ("amax", "amin")


@pytest.mark.parametrize("path", ["linalg.norm", "fft.fft", "random.normal", "ndarray.sum"])
def test_pickling_of_others(path):
    function = mnp
    for part in path.split("."):
        function = getattr(function, part)
    again = pickle.loads(pickle.dumps(function))
    assert again is function or again.__name__ == function.__name__


def test_methods_of_arrays_and_generators_pickle():
    a = mnp.arange(3.0)
    assert pickle.loads(pickle.dumps(a.sum))() == 3
    rng = mnp.random.default_rng(3)
    again = pickle.loads(pickle.dumps(rng))
    assert type(again) is type(rng)
    assert again.random() == rng.random()
    assert isinstance(again.random(3), mnp.ndarray)
    assert pickle.loads(pickle.dumps(rng.integers))(5) == rng.integers(5)


@needs_martlet
def test_old_generators_keep_their_state():
    state = mnp.random.RandomState(3)
    state.normal()
    again = pickle.loads(pickle.dumps(state))
    assert type(again) is type(state)
    assert (again.normal(), again.normal()) == (state.normal(), state.normal())
    assert type(again.normal(size=2)) is mnp.ndarray


def test_in_classes():
    """C's functions stay functions, Python's become methods."""
    names = ["array", "asarray", "zeros", "empty", "arange", "add", "sin", "matmul", "float64"]
    names += ["frombuffer", "ascontiguousarray", "promote_types", "vecdot"]

    def call(np, name):
        kind = type("Kind", (), {"f": getattr(np, name)})
        given = {"add": (1, 2), "matmul": ([1], [2]), "vecdot": ([1], [2])}.get(name, (3,))
        given = {"frombuffer": (b"12345678",), "promote_types": ("i4", "f4")}.get(name, given)
        made = kind().f(*given)
        return made.shape if name == "empty" else made  # What is in it is what was there.

    for name in names:
        check(lambda np, name=name: call(np, name))

    class Own:
        def __array__(self, dtype=None, copy=None):
            return real.arange(3.0)

    def bound(np, name):
        kind = type("Kind", (Own,), {"f": getattr(np, name)})
        return kind().f(), kind.f(kind())

    for name in ("sum", "mean", "sort", "median", "atleast_1d", "diag"):
        check(lambda np, name=name: bound(np, name))


@pytest.mark.parametrize("name", NAMES)
def test_signatures(name):
    try:
        expected = str(inspect.signature(getattr(real, name)))
    except ValueError:
        return
    actual = str(inspect.signature(getattr(mnp, name)))
    if name == "seterr":  # The mode of the fallback is one of its settings.
        expected = expected.replace(")", ", fallback_mode=None)")
    if name != "amax" and name != "amin":
        assert actual == expected


def test_ufuncs():
    def call(np):
        names = ["add", "sin", "divmod", "matmul", "vecdot", "isnat", "logical_and", "ldexp"]
        facts = []
        for name in names:
            ufunc = getattr(np, name)
            facts.append((name, isinstance(ufunc, np.ufunc), ufunc.nin, ufunc.nout, ufunc.nargs))
            facts.append((ufunc.types, ufunc.ntypes, ufunc.identity, ufunc.signature))
            facts.append(ufunc.__name__)
        facts.append([isinstance(x, np.ufunc) for x in (np.sum, np.array, 3, np.ufunc, len)])
        facts.append(type(np.add) is np.ufunc)
        facts.append(np.add.resolve_dtypes((np.dtype("i4"), np.dtype("f4"), None)))
        facts.append(np.matmul.resolve_dtypes((np.dtype("i4"), np.dtype("f4"), None)))
        return facts

    check(call)


@needs_martlet
def test_ufuncs_of_others_are_ufuncs():
    assert isinstance(real.add, mnp.ufunc)
    assert isinstance(mnp.frompyfunc(lambda x: x, 1, 1), mnp.ufunc)
    assert issubclass(real.ufunc, mnp.ufunc)


def test_settings():
    def call(np):
        before = np.seterr(all="ignore")
        try:
            inside = np.geterr()
        finally:
            np.seterr(**before)
        with np.errstate(divide="raise"):
            within = np.geterr()
        return sorted(before), inside, within, np.geterr() == before

    check(call)


@needs_martlet
def test_numpys_own_settings_take_ours():
    real.seterr(**mnp.geterr())
    with real.errstate(**mnp.seterr()):
        pass


@needs_martlet
def test_what_is_missing_is_an_attribute_error():
    import martlet

    assert issubclass(martlet.FallbackError, AttributeError)
    with mnp.errstate(fallback_mode="raise"), pytest.raises(AttributeError):
        mnp.base_repr(3)


def test_numpys_inner_modules_show_the_same_functions():
    def call(np):
        umath, inner = np._core.umath, np._core.multiarray
        same = [umath.add is np.add, inner.array is np.array, inner.where is np.where]
        same += [np.linalg._linalg.norm is np.linalg.norm, np._core.fromnumeric.sum is np.sum]
        ufuncs = [x for x in umath.__dict__.values() if isinstance(x, np.ufunc)]
        return same, len(ufuncs), np.bitwise_count in ufuncs, ufuncs.remove(np.bitwise_count)

    check(call)
