"""NEP 50: how dtypes, NumPy scalars and Python numbers combine, and what is a scalar at all."""

import itertools

import numpy as np
import pytest
from compare import check
from strategies import DTYPES
from subject import mnp

PYTHON_NUMBERS = [True, 1, 1000, -1, 2**40, 2**63, 2**64, -(2**63) - 1, 1.5, 1e300, 1j]


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "//", "%", "**", "<", "==", "&", "<<"])
def test_dtype_pairs(operator):
    code = compile(f"a {operator} b", "<test>", "eval")
    for one, other in itertools.product(DTYPES, DTYPES):
        check(
            lambda np, one=one, other=other: eval(
                code, {"a": np.ones(2, one), "b": np.ones(2, other)}
            )
        )
        check(
            lambda np, one=one, other=other: eval(
                code, {"a": np.ones(2, one), "b": np.ones((), other)[()]}
            )
        )


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "//", "%", "**", "<", "==", "&", ">>"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_python_numbers(operator, dtype):
    forward = compile(f"a {operator} v", "<test>", "eval")
    backward = compile(f"v {operator} a", "<test>", "eval")
    for value in PYTHON_NUMBERS:
        if operator in ("**", ">>") and not (isinstance(value, int) and abs(value) < 8):
            continue
        for code in (forward, backward):
            check(
                lambda np, code=code, value=value: eval(code, {"a": np.ones(2, dtype), "v": value}),
                check_warnings=False,
            )


@pytest.mark.parametrize("name", ["add", "multiply", "power", "maximum", "arctan2", "divide"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_zero_dimensional(name, dtype):
    for shapes in (((), ()), ((), (2,)), ((1,), ())):
        check(
            lambda np, shapes=shapes: getattr(np, name)(
                np.ones(shapes[0], dtype), np.ones(shapes[1], "float32")
            ),
            ulps=4,
        )


@pytest.mark.parametrize("expression", [
    "a[0]", "a.sum()", "a.mean()", "np.sin(a[0])", "a[0] + a[1]", "a @ a", "np.dot(a, a)",
    "a.max()", "a.argmax()", "np.add(a[0], 1)", "a.reshape(())[()]", "np.array(1.5) + 1",
    "np.array(3)[()]", "np.float64(2) * a", "a * np.float32(2)", "np.int8(1) + np.ones(2, 'i1')",
    "a.all()", "np.sqrt(4)", "np.mean([1, 2])", "np.sum([])", "np.array(5).item()",
    "np.asarray(2.5)", "a[:1].reshape(())", "np.array(2) ** 3", "-np.array(2.0)",
    "np.exp(np.array(0.0))", "a[0].dtype", "a.std()", "np.linalg.norm(a)", "np.add.reduce(a)",
    "np.float32(1) + a.astype('f4')", "a[...].shape", "np.array(1.5)[...]",
    "np.where(True, 1, 2.5)", "np.clip(5, 1, 3)", "np.maximum(1, 2)",
])  # fmt: skip
def test_scalars_where_numpy_gives_them(expression):
    check(
        lambda np: eval(
            expression, {"np": np, "a": np.array([4.0, 9.0])[: 1 if "(())" in expression else 2]}
        ),
        ulps=1,
    )


def test_result_type_and_friends():
    for one, other in itertools.product(DTYPES, DTYPES):
        assert mnp.result_type(one, other) == np.result_type(one, other)
        assert mnp.promote_types(one, other) == np.promote_types(one, other)
        assert mnp.can_cast(one, other) == np.can_cast(one, other)
    assert mnp.result_type(mnp.ones(2, "f4"), 1.0) == np.float32
    assert mnp.ones(2, "f4").dtype is np.ones(2, "f4").dtype
    assert mnp.float32 is np.float32
    assert mnp.dtype is np.dtype
