"""repr, str and format are NumPy's, letter by letter."""

import pytest
from compare import check
from hypothesis import given
from strategies import samples, shapes


@given(a=samples(shape=shapes(maximum=3)))
def test_repr_and_str(a):
    check(lambda np, a: (repr(a), str(a)), a)


@pytest.mark.parametrize("expression", [
    "np.arange(2000)", "np.arange(2000.0).reshape(40, 50)", "np.zeros((0, 3))", "np.array(1.5)",
    "np.array([1e-10, 1])", "np.array([1e16, 1])", "np.array([0.1, 123456.789])",
    "np.ones((2, 2, 2))", "np.array([True, False])", "np.array([1 + 2j, -0.5j])",
    "np.array([np.nan, np.inf, -np.inf])", "np.array([1, 2], dtype='uint8')",
    "np.array([1.5], dtype='float16')", "np.arange(3)[::-1]", "np.array(['a', 'bc'])",
    "np.array([None, 1], dtype=object)", "np.array([1e-320, 1])", "np.array([[1, -1], [100, 2]])",
    "np.zeros((3, 0, 2))", "np.array([], dtype='int32')", "np.array(['2026-01-01'], dtype='M8[D]')",
    "np.linspace(0, 1, 7)", "np.ones(3) / 3",
])  # fmt: skip
def test_special_cases(expression):
    for show in (repr, str):
        check(lambda np, show=show: show(eval(expression, {"np": np})))


def test_options():
    def call(np):
        with np.printoptions(precision=2, suppress=True, threshold=5):
            return repr(np.linspace(0, 1, 9)), str(np.array([1e-9, 1.0]))

    check(call)
    check(lambda np: np.array2string(np.arange(3.0), separator=", "))
    check(lambda np: np.array_repr(np.arange(3)))


@pytest.mark.parametrize("spec", ["", ".2f", "8.3e", "d", "x"])
@pytest.mark.parametrize(
    "value", ["np.array(2.5)", "np.array([1.5])", "np.array(7)", "np.ones(2)[0]"]
)
def test_format(spec, value):
    check(lambda np: format(eval(value, {"np": np}), spec))
