"""The door `martlet.fallback_mode`, the modes, and what is recorded of a step down."""

import contextvars
import inspect
import os
import pickle
import pydoc
import subprocess
import sys
import threading
import types
import warnings

import numpy as np
import pytest
from subject import needs_martlet

pytestmark = needs_martlet

martlet = pytest.importorskip("martlet")

from martlet.fallback_mode import numpy as door  # noqa: E402


@pytest.fixture
def log():
    """The records of the test alone, by name."""
    martlet.clear_fallback_records()
    yield lambda: {record.name: record for record in martlet.fallback_records()}
    martlet.clear_fallback_records()


# MARK: Names


def test_attribute_paths_of_any_depth():
    a = door.arange(6.0)
    assert type(door.polynomial.polynomial.polyval(2.0, a)) is np.float64
    assert type(door.lib.stride_tricks.sliding_window_view(a, 2)) is martlet.ndarray
    assert type(door.polynomial.polynomial.polyval(a, [1, 2])) is martlet.ndarray
    assert door.linalg is door.linalg
    assert door.linalg.norm is door.linalg.norm
    assert door.polynomial.polynomial.polyval is door.polynomial.polynomial.polyval
    from martlet.numpy.lib.stride_tricks import as_strided

    assert as_strided(a, (2,), (8,)).base is a


def test_both_sides_are_shown():
    for text in (
        repr(door),
        repr(door.linalg),
        repr(door.polynomial.polynomial.polyval),
        repr(door.where),
        repr(door.r_),
    ):
        assert text.startswith("<numpy = "), text
        assert "martlet = " in text
    assert "<function polyval" in repr(door.polynomial.polynomial.polyval)
    assert repr(door.polynomial.polynomial.polyval).endswith("martlet = None>")
    assert "<martlet function where>" in repr(door.where)
    assert repr(np.linalg) in repr(door.linalg)


def test_documentation_is_numpys():
    for name in ("where", "add", "array_repr"):
        assert getattr(door, name).__doc__.strip()
    assert door.array_repr.__doc__ == np.array_repr.__doc__
    assert door.where.__doc__ == np.where.__doc__
    assert door.linalg.norm.__doc__ == np.linalg.norm.__doc__
    assert door.linalg.__doc__ == np.linalg.__doc__
    assert door.__doc__ == np.__doc__
    assert "axis" in inspect.signature(door.linalg.norm).parameters
    text = pydoc.render_doc(door.linalg.norm, renderer=pydoc.plaintext)
    assert "norm(x, ord=None" in text
    assert "Frobenius" in text
    assert "maximum" in pydoc.render_doc(door.maximum, renderer=pydoc.plaintext)


def test_functions_have_names_and_can_be_pickled():
    value = door.polynomial.polynomial.polyval
    assert (value.__name__, value.__module__) == ("polyval", "martlet.numpy.polynomial.polynomial")
    assert value.__wrapped__ is np.polynomial.polynomial.polyval
    assert pickle.loads(pickle.dumps(value)) is value
    assert pickle.loads(pickle.dumps(door.array_repr)) is door.array_repr
    assert isinstance(door.linalg, types.ModuleType)


def test_modules_are_not_callable():
    for module in (door, door.linalg, door.lib.stride_tricks):
        with pytest.raises(TypeError, match="'module' object is not callable"):
            module()


def test_unknown_names():
    with pytest.raises(AttributeError, match=r"'martlet\.numpy' has no attribute 'nope'"):
        door.nope  # noqa: B018
    with pytest.raises(AttributeError, match=r"martlet\.numpy\.linalg.*'nope'.*numpy\.linalg"):
        door.linalg.nope  # noqa: B018
    with pytest.raises(AttributeError, match="float64"):  # NumPy's own advice
        door.float_  # noqa: B018
    with pytest.raises(ImportError):
        from martlet.numpy.linalg import nope  # noqa: F401
    with pytest.raises(ModuleNotFoundError):
        import martlet.numpy.nope  # noqa: F401


def test_dir():
    assert {"linalg", "where", "array_repr", "pi"} <= set(dir(door))
    assert set(np.linalg.__all__) <= set(dir(door.linalg))


def test_very_objects():
    for name in ("pi", "e", "nan", "inf", "newaxis", "euler_gamma"):
        assert getattr(door, name) is getattr(np, name)
    for name in ("int64", "float32", "complex128", "bool_", "str_", "datetime64", "generic"):
        assert getattr(door, name) is getattr(np, name)
    for name in ("dtype", "finfo", "iinfo"):
        assert getattr(door, name) is getattr(np, name)
    assert door.linalg.LinAlgError is np.linalg.LinAlgError
    assert door.exceptions.AxisError is np.exceptions.AxisError
    assert door.ma.masked is np.ma.masked


def test_vectorize():
    a = door.arange(3.0)

    @door.vectorize
    def once(x):
        return x + 1

    @door.vectorize(otypes=[float], excluded={"by"})
    def twice(x, by=2):
        "Twice."
        return x * by

    rows = door.vectorize(lambda row: row.sum(), signature="(n)->()")
    for result, expected in (
        (once(a), [1, 2, 3]),
        (twice(a), [0, 2, 4]),
        (twice(a, by=3), [0, 3, 6]),
        (rows(door.ones((2, 3))), [3, 3]),
    ):
        assert type(result) is martlet.ndarray
        assert result.tolist() == expected
    assert twice.__doc__ == "Twice."
    assert isinstance(once, door.vectorize)
    assert isinstance(once, np.vectorize)
    pair = door.vectorize(divmod)(door.array([7, 8]), 3)
    assert [type(part) for part in pair] == [martlet.ndarray] * 2


# MARK: Modes


def test_ignore_is_silent(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        door.polynomial.polynomial.polyder(door.ones(3))
    assert capsys.readouterr() == ("", "")


def test_print(capsys):
    with door.errstate(fallback_mode="print"):
        door.polynomial.polynomial.polyder(door.ones(3))
    assert (
        capsys.readouterr().out
        == "martlet: 'polynomial.polynomial.polyder' is served by NumPy: not native\n"
    )


def test_warn():
    with door.errstate(fallback_mode="warn"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        door.polynomial.polynomial.polyder(door.ones(3))
        line = inspect.currentframe().f_lineno - 1
    (warning,) = caught
    assert warning.category is martlet.FallbackWarning
    assert "polyder" in str(warning.message)
    assert (warning.filename, warning.lineno) == (__file__, line)


def test_warn_as_an_error():
    with door.errstate(fallback_mode="warn"), warnings.catch_warnings():
        warnings.simplefilter("error", martlet.FallbackWarning)
        with pytest.raises(martlet.FallbackWarning):
            door.polynomial.polynomial.polyder(door.ones(3))


@pytest.mark.parametrize(
    "call",
    [
        "np.polynomial.polynomial.polyder(a)",
        "np.polynomial.polynomial.polyval(2.0, a)",
        "a.byteswap()",
        "np.array(['a'])",
        "np.vectorize(abs)(a)",
        "np.random.default_rng(1).multivariate_normal([0.0], np.ones((1, 1), 'f4'))",
        "a.flat[0]",
        "np.r_[a, 1]",
        "names == 'a'",
        "names.astype('S1')",
    ],
)
def test_raise(call):
    names = {"np": door, "a": door.ones(3), "names": door.array(["a", "b"])}
    with door.errstate(fallback_mode="raise"), pytest.raises(martlet.FallbackError, match="NumPy"):
        eval(call, names)
    eval(call, names)


def test_native_work_tells_nothing():
    with door.errstate(fallback_mode="raise"):
        a = door.linspace(0, 1, 100).reshape(10, 10)
        b = door.where(a > 0.5, a, -a)[1:, ::2].sum(axis=0) @ door.ones(5)
        assert float(b) != 0
        assert a.T.base is not None
        assert repr(a)


def test_settings():
    assert door.geterr()["fallback_mode"] == "ignore"
    old = door.seterr(fallback_mode="warn")
    try:
        assert old["fallback_mode"] == "ignore"
        assert door.geterr()["fallback_mode"] == "warn"
        with door.errstate(fallback_mode="print", divide="ignore"):
            assert door.geterr()["fallback_mode"] == "print"
            assert np.geterr()["divide"] == "ignore"
        assert door.geterr()["fallback_mode"] == "warn"
        assert np.geterr()["divide"] == "warn"
    finally:
        door.seterr(**old)
    assert door.geterr() == old
    assert set(door.geterr()) - {"fallback_mode"} == set(np.geterr())


@pytest.mark.parametrize("mode", ["loud", 1, "", ["warn"]])
def test_bad_modes(mode):
    for call in (
        lambda: door.seterr(fallback_mode=mode),
        lambda: door.errstate(fallback_mode=mode),
    ):
        with pytest.raises(ValueError, match="'ignore', 'print', 'warn', 'raise'"):
            call()
    with pytest.raises(ValueError):  # and nothing is half set
        door.seterr(divide="ignore", fallback_mode=mode)
    assert np.geterr()["divide"] == "warn"


def test_errstate_as_a_decorator_and_nested():
    @door.errstate(fallback_mode="raise")
    def strict(depth):
        if depth:
            return strict(depth - 1)
        return door.polynomial.polynomial.polyder(door.ones(3))

    with pytest.raises(martlet.FallbackError):
        strict(3)
    assert door.geterr()["fallback_mode"] == "ignore"


def test_modes_belong_to_threads_and_contexts():
    seen = {}

    def other():
        seen["thread"] = door.geterr()["fallback_mode"]
        seen["value"] = door.polynomial.polynomial.polyder(door.ones(3)).tolist()

    with door.errstate(fallback_mode="raise"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        inner = contextvars.copy_context()
        inner.run(door.seterr, fallback_mode="print")
        assert door.geterr()["fallback_mode"] == "raise"
        assert inner.run(door.geterr)["fallback_mode"] == "print"
    assert seen == {"thread": "ignore", "value": [1.0, 2.0]}


def _run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_the_mode_of_the_environment():
    code = "import martlet.numpy as np; np.polynomial.polynomial.polyder(np.ones(3))"
    assert (
        "'polynomial.polynomial.polyder' is served" in _run(code, MARTLET_FALLBACK="print").stdout
    )
    assert "FallbackWarning" in _run(code, MARTLET_FALLBACK="warn").stderr
    assert "FallbackError" in _run(code, MARTLET_FALLBACK="raise").stderr
    bad = _run(code, MARTLET_FALLBACK="loud")
    assert bad.returncode == 0
    assert "'loud' is none of ignore, print, warn, raise" in bad.stderr
    assert _run(code, MARTLET_FALLBACK="").stderr == ""


# MARK: Only what is missing falls back


def test_errors_of_numpy_surface_as_they_are(log):
    with pytest.raises(ValueError, match="non-negative"):
        door.polynomial.polynomial.polyder(door.zeros(2), -1)
    with pytest.raises(ValueError, match="non-negative"):
        door.polynomial.polynomial.polyder(door.ones(3), m=-1)
    with pytest.raises(TypeError, match="unexpected keyword"):
        door.polynomial.polynomial.polyder(door.ones(3), nope=1)
    names = sorted(record.name for record in martlet.fallback_records())
    assert names == ["polynomial.polynomial.polyder"] * 3


def test_errors_of_callbacks_surface_as_they_are():
    class Own(Exception):
        pass

    def fails(row):
        raise Own

    with pytest.raises(Own):
        door.apply_along_axis(fails, 0, door.ones((2, 2)))


@pytest.mark.parametrize(
    "call",
    [
        "np.add(np.ones(3), np.ones(4))",
        "np.ones(3).reshape(2, 2)",
        "np.ones(3).sum(axis=4)",
        "np.ones(3)[5]",
        "np.concatenate([np.ones(3), np.ones((2, 2))])",
        "np.ones((2, 3)) @ np.ones((2, 3))",
        "np.take(np.ones(3), 9)",
        "np.zeros(-1)",
        "np.add(1)",
        "np.where(1, 2)",
        "np.ones(3, nope=1)",
        "np.exp(np.ones(3), out=np.ones(4))",
        "np.full(2, 1.5).astype(nope)",
    ],
)
def test_a_native_failure_is_not_tried_again_in_numpy(call, log):
    with pytest.raises((ValueError, TypeError, IndexError, NameError)):
        eval(call, {"np": door})
    assert log() == {}


# MARK: Records


def test_a_record(log):
    a = door.ones(5)
    for _ in range(3):
        door.polynomial.polynomial.polyvander(a, 3)
    line = inspect.currentframe().f_lineno - 1
    record = log()["polynomial.polynomial.polyvander"]
    assert record.count == 3
    assert (record.source, record.target, record.reason) == ("cpu", "numpy", "not native")
    assert (record.file, record.line) == (__file__, line)
    assert record.bytes == 3 * 8 * (5 + 20)
    assert 0 < record.seconds < 5


def test_places_are_told_apart(log):
    a = door.ones(3)
    door.polynomial.polynomial.polyder(a)
    door.polynomial.polynomial.polyder(a)
    assert sorted(r.count for r in martlet.fallback_records()) == [1, 1]
    lines = [r.line for r in martlet.fallback_records()]
    assert max(lines) - min(lines) == 1


def test_the_place_is_the_users_also_from_within_numpy_and_martlet(log):
    a = door.ones(3)
    np.emath.sqrt(a)  # by way of __array_function__
    np.char.upper(door.array(["a"]))
    door.random.default_rng(1).multivariate_normal([0.0], door.ones((1, 1), "f4"))
    door.vectorize(abs)(a)
    a.flat[1]
    assert {record.file for record in martlet.fallback_records()} == {__file__}


def test_containers_and_keywords_are_counted(log):
    a = door.ones(8)
    door.polynomial.polyutils.as_series([a, a[:4]])
    assert log()["polynomial.polyutils.as_series"].bytes == 64 + 32 + 64 + 32
    door.polynomial.polynomial.polyder(c=a)
    assert log()["polynomial.polynomial.polyder"].bytes == 64 + 56


def test_what_fails_is_recorded_too(log):
    with pytest.raises(ValueError, match="non-negative"):
        door.polynomial.polynomial.polyder(door.zeros(4), -1)
    assert log()["polynomial.polynomial.polyder"].bytes == 32


def test_the_report(log):
    assert martlet.fallback_report() == "martlet: nothing fell back to NumPy."
    a = door.ones((50, 50))
    door.polynomial.polynomial.polyvander(a, 50)
    for _ in range(2):
        door.polynomial.polynomial.polyder(a[0])
    lines = martlet.fallback_report().splitlines()
    assert lines[0].startswith("martlet: 3 calls fell back")
    assert "polynomial.polynomial.polyvander (cpu → numpy), test_fallback_mode.py:" in lines[2]
    assert "polyder" in lines[3]
    assert lines[3].split()[0] == "2"
    from martlet._fallback import report

    assert "1 more places" in report(limit=1)


def test_the_log_is_bounded(log):
    a = door.ones(1)
    source = "\n".join(["np.polynomial.polynomial.polyder(a)"] * 200)
    for i in range(60):
        exec(compile(source, f"made_{i}.py", "exec"), {"np": door, "a": a})
    found = martlet.fallback_records()
    assert len(found) == 10_001
    assert sum(record.count for record in found) == 12_000
    assert "other names" in martlet.fallback_report(limit=20_000)


def test_records_from_many_threads(log):
    def work():
        for _ in range(500):
            door.polynomial.polynomial.polyder(door.ones(2))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(record.count for record in martlet.fallback_records()) == 2000
