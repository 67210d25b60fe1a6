"""NumPy's functions that kernels have in terms of simpler ones: each as an expression of its own,
which must give what NumPy gives, with its dtype and shape, or raise what NumPy raises.

The number behind a case bounds the relative error of what adds in another order than NumPy, or
takes logarithms of another library; all others must have NumPy's bits.
"""

import operator
import random
import subprocess
import sys
import time
import warnings

import martlet.numpy as mnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as shapes_of
from martlet import KernelError, njit, prange


class Bound(float):
    """A relative error that a case allows."""


# Sums of at most 200 numbers: 200 roundings of half a unit, and as many of NumPy's.
SUM = Bound(200 * 2.0**-52)
SUM32 = Bound(200 * 2.0**-23)
# One function of another library, and three roundings.
FUNCTION = Bound(4 * 2.0**-52)

_RANDOM = np.random.default_rng(11)
MATRIX = _RANDOM.random((3, 4))
VECTOR = MATRIX[0].copy()
ORDERED = np.sort(VECTOR)
INTEGERS = np.arange(12).reshape(3, 4)
COUNTS = np.array([2, 0, 5, 2, 2, 7])
SINGLE = VECTOR.astype(np.float32)
COMPLEX = VECTOR + 1j * MATRIX[1]
HOLES = np.array([1.5, np.nan, -2, np.nan, 7])
HOLED_ROWS = np.array([[1, np.nan, 3], [np.nan, np.nan, np.nan]])
NORMAL = _RANDOM.normal(size=200)
EMPTY = VECTOR[:0]

_kernels = {}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """Makes a jitted function of an expression in `a`, `b` and `c`, once."""
    folder = tmp_path_factory.mktemp("kernels")

    def made(expression):
        if expression not in _kernels:
            path = folder / f"kernel{len(_kernels)}.py"
            path.write_text(f"@njit\ndef f(a=None, b=None, c=None):\n    return {expression}\n")
            names = {"np": np, "njit": njit, "__name__": "kernels"}
            exec(compile(path.read_text(), str(path), "exec"), names)
            _kernels[expression] = names["f"]
        return _kernels[expression]

    return made


def outcome(function, arguments):
    """What a call gives and leaves, or the type of the exception that it raises."""
    own = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*own), own, None
        except Exception as error:
            return None, own, error


def compare(actual, expected, tolerance):
    if isinstance(expected, tuple | list):
        assert isinstance(actual, type(expected)) and len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            compare(one, other, tolerance)
    elif expected is None:
        assert actual is None
    else:
        # Numbers come as Python's own.
        assert np.ndim(expected) == 0 or actual.dtype == expected.dtype
        assert np.shape(actual) == np.shape(expected)
        if tolerance == 0:
            np.testing.assert_array_equal(actual, expected)
        else:
            size = np.nanmax(np.abs(expected), initial=0, where=np.isfinite(expected))
            np.testing.assert_allclose(
                actual, expected, rtol=tolerance, atol=tolerance * size, equal_nan=True
            )


def agrees(function, *arguments, tolerance=0):
    result, left, error = outcome(function, arguments)
    expected, expected_left, expected_error = outcome(function.py_func, arguments)
    if error is not None or expected_error is not None:
        assert type(error) is type(expected_error), f"{error!r}, not {expected_error!r}"
        return error, expected_error
    compare(result, expected, tolerance)
    for one, other in zip(left, expected_left, strict=True):
        np.testing.assert_array_equal(one, other)
    return None


def cases(*groups):
    """A case for each expression and each of its lists of arguments."""
    for expressions, *lists in groups:
        for expression in [expressions] if isinstance(expressions, str) else expressions:
            for number, arguments in enumerate(lists or [()]):
                tolerance = 0
                if arguments and isinstance(arguments[-1], Bound):
                    *arguments, tolerance = arguments
                name = f"{expression} {number}"
                yield pytest.param(expression, arguments, tolerance, id=name)


MAKING = cases(
    (["np.eye(3)", "np.eye(3, 4, 1)", "np.eye(3, k=-1, dtype=np.int32)", "np.eye(2, dtype=int)"],),
    (["np.eye(0)", "np.eye(2, k=5)", "np.identity(3)", "np.tri(3, 5, 1)", "np.tri(2, k=-4)"],),
    (["np.tril_indices(3)", "np.triu_indices(3, 1)", "np.tril_indices(3, m=5)"],),
    (["np.diag(a)", "np.diag(a, -1)", "np.diag(a, 9)"], (VECTOR,), (MATRIX,), (COUNTS[:0],)),
    ("np.diagflat(a)", (INTEGERS,)),
    (["np.trace(a)", "np.trace(a, 1)", "np.trace(a, offset=-7)"], (INTEGERS,), (MATRIX, SUM)),
    (
        ["np.tril(a)", "np.triu(a, 1)", "np.tril(a, -2)", "np.triu(a, -9)"],
        (MATRIX,), (VECTOR,), (np.ones((2, 3, 3), bool),), (-MATRIX.T,),
    ),
    (
        ["(np.fill_diagonal(a, b), a)", "(np.fill_diagonal(a, b, True), a)"],
        (MATRIX, 5), (np.zeros((9, 3)), VECTOR), (np.zeros((3, 3, 3)), 2.5), (MATRIX, EMPTY),
        (np.zeros((2, 2, 3)), 1), (VECTOR, 1),
    ),
    ("np.logspace(0, a, 5)", (2.0, FUNCTION),),
    ("np.logspace(0, 3, num=4, base=2.0)",),
    (
        ["np.vander(a)", "np.vander(a, 3, True)", "np.vander(a, N=0)"],
        (VECTOR,), (COUNTS,), (SINGLE,),
    ),
    (
        ["np.meshgrid(a, b)", "np.meshgrid(a, b, indexing='ij')", "np.meshgrid(a, b, a)",
         "np.meshgrid(b, a, b, indexing='ij')"],
        (VECTOR, COUNTS), (VECTOR, EMPTY),
    ),
)  # fmt: skip

SHAPES = cases(
    (
        ["np.flip(a)", "np.flip(a, 0)", "np.flip(a, axis=-1)", "np.flipud(a)", "np.roll(a, 1)",
         "np.roll(a, -2, axis=0)", "np.roll(a, 30)", "np.expand_dims(a, 0)", "np.tile(a, 3)",
         "np.expand_dims(a, -1)", "np.atleast_1d(a)", "np.atleast_2d(a)", "np.atleast_3d(a)",
         "np.repeat(a, 3)", "np.repeat(a, 2, axis=0)", "np.tile(a, (2, 3))",
         "np.tile(a, (2, 1, 3))", "np.append(a, 3)", "np.append(3.5, a)", "np.delete(a, 1)",
         "np.extract(a > 0.5, a)"],
        (VECTOR,), (MATRIX,), (INTEGERS.T,), (np.zeros((2, 3, 2), np.int8),),
    ),
    (
        ["np.fliplr(a)", "np.rot90(a)", "np.rot90(a, b)", "np.roll(a, b, axis=1)",
         "np.expand_dims(a, 1)", "np.repeat(a, b, axis=1)", "np.take(a, b, axis=1)"],
        (MATRIX, 2), (INTEGERS, 3),
    ),
    (["np.roll(a, 1)", "np.repeat(a, 2)", "np.tile(a, 2)", "np.append(a, a)"], (EMPTY,)),
    (["np.atleast_1d(a)", "np.atleast_2d(a)", "np.atleast_3d(a)"], (3.0,), (True,)),
    (
        "np.repeat(a, b)",
        (2.5, 3), (VECTOR, 2), (VECTOR, np.array([1, 0, 2, 1])), (VECTOR, np.array([3])),
        (VECTOR, np.array([1, 0, -2, 1])), (VECTOR, -1), (VECTOR, np.array([1, 0])),
    ),
    (
        ["np.take(a, b)", "np.take(a, b, axis=0)", "np.take(a, b, axis=-1)"],
        (MATRIX, np.array([[1, 2], [-1, 0]])), (MATRIX, 2), (VECTOR, 3), (VECTOR, np.array([7])),
        (VECTOR, -9), (MATRIX, np.array([], int)),
    ),
    (
        ["np.stack((a, b))", "np.stack((a, b), axis=1)", "np.stack([a, b], -1)",
         "np.vstack((a, b))", "np.hstack((a, b))", "np.column_stack((a, b))", "np.dstack((a, b))",
         "np.append(a, b, axis=0)"],
        (VECTOR, COUNTS[:4]), (MATRIX, INTEGERS),
    ),
    ("np.stack((a, b))", (VECTOR, COUNTS), (MATRIX, MATRIX.T)),
    (["np.vstack((a, b))", "np.append(a, b)"], (VECTOR, MATRIX)),
    ("np.column_stack((a, b))", (VECTOR[:3], MATRIX)),
    ("np.delete(a, b)", (VECTOR, np.array([0, -1, 0])), (VECTOR, 9)),
    (
        ["np.select([a < 0.5], [a])", "np.select((a < 0.3, a < 0.6), (a, a * 2), 9)",
         "np.select([a < 1, a < 2, a < 3], [1, 2, 3], -1.5)"],
        (VECTOR,), (INTEGERS,),
    ),
)  # fmt: skip

ORDER = cases(
    (
        ["np.percentile(a, b)", "np.nanpercentile(a, b)"],
        *((a, b) for a in (MATRIX, SINGLE, COUNTS, HOLES, HOLES[1:2])
          for b in (30, 12.5, 100, np.array([0, 50, 99.5]), np.array([[10], [20]]))),
        (EMPTY, 30), (VECTOR, 101), (VECTOR, np.array([5, -1])),
    ),
    (
        ["np.quantile(a, b)", "np.nanquantile(a, b)"],
        *((a, b) for a in (MATRIX, SINGLE, COUNTS) for b in (np.array([0.1, 0.7]), 1)),
        (VECTOR, np.nan),
    ),
    (["np.median(a)", "np.nanmedian(a)"], (VECTOR,), (COUNTS[:5],), (HOLES,), (EMPTY,), (SINGLE,),
     (COUNTS > 2,), (INTEGERS,), (COUNTS.astype(np.uint8),)),
    (
        ["np.unique(a)", "np.unique(a, return_counts=True)", "np.unique(a, True, True, True)",
         "np.unique(a, return_inverse=True)"],
        (COUNTS,), (HOLES,), (INTEGERS % 3,), (COUNTS[:0],), (COUNTS > 2,),
        (COUNTS.astype(np.uint8),),
    ),
    (
        ["np.union1d(a, b)", "np.isin(a, b)", "np.intersect1d(a, b)", "np.setdiff1d(a, b)"],
        (COUNTS, np.array([3.5, 2])), (INTEGERS, COUNTS), (COUNTS, EMPTY), (HOLES, HOLES),
    ),
    ("np.isin(a, b)", (5, COUNTS), (1, COUNTS)),
    (
        ["np.searchsorted(a, b)", "np.searchsorted(a, b, side='right')"],
        (ORDERED, MATRIX), (ORDERED, ORDERED), (ORDERED, ORDERED[2]), (ORDERED, np.nan),
        (np.array([1, 2, 2, np.nan]), np.array([2, np.nan, np.inf])), (EMPTY, MATRIX),
        (np.sort(COUNTS), 2),
    ),
    ("np.searchsorted(a, a, 'middle')", (VECTOR,)),
    (
        ["np.digitize(a, b)", "np.digitize(a, b, True)"],
        *((a, b) for a in (MATRIX, ORDERED, ORDERED[1]) for b in (ORDERED, ORDERED[::-1])),
        (MATRIX, MATRIX[0, [1, 0, 2, 3]]), (MATRIX, EMPTY), (MATRIX, np.full(2, 0.5)),
    ),
    (["np.argwhere(a)", "np.count_nonzero(a)"], (COUNTS,), (MATRIX > 0.5,), (EMPTY,)),
    ("np.count_nonzero(a, axis=1)", (INTEGERS,), (MATRIX > 0.5,)),
)  # fmt: skip

TABLES = cases(
    (
        "np.bincount(a)",
        (COUNTS,), (COUNTS.astype(np.uint8),), (COUNTS - 1,), (COUNTS[:0],), (COUNTS > 2,),
        (VECTOR,),
    ),
    (["np.bincount(a, minlength=b)"], (COUNTS, 3), (COUNTS, 12), (COUNTS, -1), (COUNTS[:0], 2)),
    ("np.bincount(a, b)", (COUNTS, NORMAL[:6]), (COUNTS, COUNTS), (COUNTS, VECTOR)),
    (
        ["np.histogram(a)", "np.histogram(a, 7)", "np.histogram(a, 5, (-1, 1))",
         "np.histogram(a, bins=4, range=(0.0, 2.0))"],
        (NORMAL,), (NORMAL.astype(np.float32),), ((NORMAL * 5).astype(np.int8),), (EMPTY,),
        (SINGLE[:0],), (NORMAL[:1],), (np.array([5, 5]),),
    ),
    (
        "np.histogram(a, b)",
        (NORMAL, np.array([-1, 0, 0.5, 2])), (COUNTS, np.array([0, 2, 5])), (NORMAL, ORDERED[::-1]),
        (NORMAL, 0), (HOLES, 3), (HOLES, np.array([0.0, 2, 7])),
    ),
    (
        ["np.interp(a, b, c)", "np.interp(a, b, c, -7)", "np.interp(a, b, c, right=9.5)"],
        *((a, b, c) for a in (np.linspace(-1, 5, 13), 1.0, 3, np.array([[np.nan, 2]]), COUNTS)
          for b, c in ((np.array([0, 1, 1, 2, 4.0]), np.array([1, 2, 3, np.inf, 5])),
                       (INTEGERS[0], INTEGERS[0] ** 2), (np.array([2.0]), np.array([3])))),
        (VECTOR, ORDERED, VECTOR[:2]), (VECTOR, EMPTY, EMPTY),
    ),
    (
        "np.polyval(a, b)",
        *((a, b) for a in (VECTOR, COUNTS, SINGLE)
          for b in (2.0, 3, np.inf, MATRIX, INTEGERS, SINGLE)),
    ),
)  # fmt: skip

COMPARING = cases(
    (
        ["np.array_equal(a, b)", "np.array_equal(a, b, equal_nan=True)"],
        (MATRIX, MATRIX), (MATRIX, MATRIX.T), (MATRIX, VECTOR), (HOLES, HOLES), (EMPTY, EMPTY),
        (COUNTS, COUNTS * 1.0),
    ),
    (
        ["np.isclose(a, b)", "np.allclose(a, b)", "np.isclose(a, b, atol=1e-3)",
         "np.allclose(a, b, 1e-2, equal_nan=True)"],
        (MATRIX, MATRIX + 1e-9), (MATRIX, MATRIX + 1e-4), (HOLES, HOLES), (3.0, 3.0000001),
        (np.array([np.inf, -np.inf, 1]), np.inf), (INTEGERS, MATRIX), (3, 4), (COMPLEX, COMPLEX),
    ),
)  # fmt: skip

MISSING = cases(
    (
        [f"np.{name}(a)" for name in ("nansum", "nanprod", "nancumsum", "nancumprod", "nanmean")],
        (HOLES,), (HOLED_ROWS, SUM), (INTEGERS,), (EMPTY,), (HOLES.astype(np.float32), SUM32),
    ),
    (
        [f"np.{name}(a, axis={axis})" for axis in (0, 1)
         for name in ("nansum", "nanprod", "nancumsum", "nanmean", "nanmin", "nanmax")],
        (HOLED_ROWS, SUM), (INTEGERS, SUM),
    ),
    (["np.nanmin(a)", "np.nanmax(a)"], (HOLES,), (HOLED_ROWS,), (INTEGERS,), (EMPTY,)),
    (
        ["np.nanvar(a)", "np.nanstd(a)", "np.nanvar(a, ddof=1)"],
        (HOLES, SUM), (HOLED_ROWS, SUM), (INTEGERS, SUM), (EMPTY,),
        (HOLES.astype(np.float32), SUM32),
    ),
    (
        ["np.nan_to_num(a)", "np.nan_to_num(a, nan=3.0)"],
        (np.array([np.nan, np.inf, -np.inf, 1]),), (COUNTS,), (HOLES.astype(np.float32),),
    ),
)  # fmt: skip

STATISTICS = cases(
    (["np.ptp(a)", "np.ptp(a, 0)"], (MATRIX,), (INTEGERS,)),
    ("np.average(a)", (MATRIX, SUM), (INTEGERS, SUM)),
    (
        "np.average(a, weights=b)",
        (MATRIX, INTEGERS, SUM), (INTEGERS, MATRIX, SUM), (VECTOR, VECTOR * 0), (MATRIX, VECTOR),
    ),
    (["np.trapezoid(a)", "np.trapezoid(a, dx=0.5)"], (VECTOR, SUM), (INTEGERS,), (MATRIX, SUM)),
    ("np.trapezoid(a, b)", (VECTOR, ORDERED, SUM), (MATRIX, ORDERED, SUM), (INTEGERS, INTEGERS)),
    (
        ["np.round(a)", *(f"np.round(a, {n})" for n in (1, 2, -1, 10)), "np.around(a, decimals=3)"],
        (100 * NORMAL,), (100 * NORMAL.astype(np.float32),), (INTEGERS * 13,), (2.567,),
        (COMPLEX,), (np.array([0.5, 1.5, -2.5, np.nan, np.inf]),),
    ),
    ("np.round(a)", (COUNTS > 2,)),
    ("np.round(a, b)", (100 * NORMAL, 2), (100 * NORMAL, -2), (INTEGERS * 13, -1)),
    (
        ["np.clip(a, 0, 3)", "np.clip(a, None, 3)", "np.clip(a, 0, None)", "np.clip(a, 1.5, 3)",
         "np.clip(a, max=2)", "np.clip(a, 1, 0)"],
        (NORMAL,), (INTEGERS,), (HOLES,), (5.0,),
    ),
    ("np.clip(a, b, c)", (VECTOR, MATRIX, 2.0)),
    ("np.sinc(a)", (NORMAL, FUNCTION), (0.0,)),
    (
        ["np.cov(a)", "np.cov(a, rowvar=False)", "np.cov(a, bias=True)", "np.cov(a, ddof=0)",
         "np.corrcoef(a)", "np.corrcoef(a, rowvar=False)"],
        (MATRIX, SUM), (INTEGERS, SUM), (MATRIX.astype(np.float32), SUM),
    ),
    (["np.cov(a)", "np.corrcoef(a)"], (VECTOR, SUM), (MATRIX[:, :1],)),
    (["np.cov(a, b)", "np.corrcoef(a, b)"], (VECTOR, MATRIX[1], SUM)),
)  # fmt: skip

PRODUCTS = cases(
    (["np.diff(a)", "np.ediff1d(a)"], (VECTOR,), (INTEGERS,)),
    ("np.outer(a, b)", (VECTOR, INTEGERS)),
    ("np.vdot(a, b)", (VECTOR, MATRIX[1], SUM), (COMPLEX, COMPLEX[::-1], SUM)),
    (
        "np.kron(a, b)",
        (MATRIX, MATRIX[:2]), (VECTOR, MATRIX), (MATRIX, VECTOR), (COUNTS, COUNTS), (3.0, COUNTS),
        (np.eye(2), np.ones((2, 2, 2))),
    ),
    (
        "np.cross(a, b)",
        (VECTOR[:3], MATRIX[1, :3]), (MATRIX[:, :3], MATRIX[1, :3]),
        (INTEGERS[:, :3], MATRIX[:, 1:]),
    ),
    (
        [f"np.{name}(a, b, {mode})" for name in ("convolve", "correlate")
         for mode in ("'full'", "mode='same'", "'valid'")],
        (VECTOR, MATRIX[1, :3], SUM), (VECTOR[:2], COUNTS, SUM), (COUNTS, INTEGERS[0]),
        (COMPLEX, VECTOR, SUM), (VECTOR, COMPLEX[:2], SUM), (SINGLE, SINGLE[:3], SUM32),
        (COUNTS > 1, COUNTS[:2] > 1), (VECTOR, VECTOR, SUM), (VECTOR[:1], VECTOR[:3], SUM),
    ),
    (["np.convolve(a, b)", "np.correlate(a, b)"], (VECTOR, EMPTY), (EMPTY, VECTOR)),
    ("np.convolve(a, a, 'some')", (VECTOR,)),
)  # fmt: skip

# Of matrices whose condition number is below 1000.
SOLUTION = Bound(1000 * SUM)
SOLUTION32 = Bound(1000 * SUM32)
SQUARE = _RANDOM.random((5, 5)) + 2 * np.eye(5)
TWISTED = SQUARE + 1j * _RANDOM.random((5, 5))

LINEAR_ALGEBRA = cases(
    (
        [f"np.linalg.norm(a{order})" for order in
         ("", ", None", ", 2", ", 1", ", np.inf", ", -np.inf", ", 0", ", 3", ", ord=0.5")],
        (VECTOR, SUM), (COUNTS, SUM), (SINGLE, SUM32), (COMPLEX, SUM),
    ),
    (
        [f"np.linalg.norm(a{order})" for order in
         ("", ", 1", ", -1", ", np.inf", ", -np.inf", ", 3")],
        (MATRIX, SUM), (INTEGERS, SUM),
    ),
    (
        ["np.linalg.det(a)", "np.linalg.inv(a)", "np.linalg.solve(a, a[0])",
         "np.linalg.solve(a, a[:, :2])", "np.linalg.solve(a, np.arange(5))",
         "np.linalg.matrix_power(a, 0)", "np.linalg.matrix_power(a, 3)",
         "np.linalg.matrix_power(a, -2)"],
        (SQUARE, SOLUTION), (TWISTED, SOLUTION), (SQUARE.T, SOLUTION),
        (SQUARE.astype(np.float32), SOLUTION32),
    ),
    (
        ["np.linalg.det(a)", "np.linalg.inv(a)", "np.linalg.matrix_power(a, 5)"],
        ((9 * SQUARE).astype(int), SOLUTION), (np.zeros((0, 0)),), (np.ones((2, 2)),), (MATRIX,),
        (np.array([[0.0, 2], [3, 0]]), SOLUTION),
    ),
    ("np.linalg.solve(a, b)", (MATRIX, VECTOR), (np.ones((2, 2)), np.ones(2)), (SQUARE, VECTOR)),
    (
        "np.linalg.cholesky(a)",
        (SQUARE @ SQUARE.T, SOLUTION), (TWISTED @ TWISTED.conj().T, SOLUTION), (-np.eye(3),),
        (MATRIX,), (np.array([[np.nan]]),),
    ),
)  # fmt: skip


WINDOWS = cases(
    (
        ["np.bartlett(a)", "np.blackman(a)", "np.hamming(a)", "np.hanning(a)", "np.kaiser(a, 8.6)"],
        *((n, FUNCTION) for n in (-1, 0, 1, 2, 5, 12)),
    ),
    ("np.i0(a)", (np.array([0, 0.5, -3, 20, 700.0]), SUM), (2.5, FUNCTION)),
)
TURNS = np.cumsum(_RANDOM.uniform(-4, 4, (2, 12)), axis=1)
PARTS = cases(
    (
        ["np.partition(a, b)[b]", "a[np.argpartition(a, b)][b]"],
        *((NORMAL, k) for k in (0, 3, -1, 200, -201)),
    ),
    ("np.take_along_axis(a, b, 0)", (MATRIX, np.argsort(MATRIX, 0)), (MATRIX, COUNTS[:1, None])),
    ("np.take_along_axis(a, b)", (MATRIX, np.argsort(MATRIX, 1)[:, :2]), (MATRIX, np.array([[9]]))),
    ("np.take_along_axis(a, b, None)", (MATRIX, np.array([3, 1]))),
    ("np.indices(a)", ((2, 3),), ((4,),), ((2, 0, 3),)),
    ("np.indices((2, 3), np.float32)",),
    (["np.isneginf(a)", "np.isposinf(a)"], (np.array([1, np.inf, -np.inf, np.nan]),), (-np.inf,)),
    (
        ["np.isreal(a)", "np.iscomplex(a)", "np.isrealobj(a)", "np.iscomplexobj(a)"],
        (HOLES,), (COMPLEX,), (np.array([1, 2j]),), (1j,), (3,),
    ),
    ("np.isscalar(a)", (3.0,), (VECTOR,), ((1, 2),)),
    ("np.asarray_chkfinite(a)", (VECTOR,), (COUNTS,), (HOLES,)),
    (
        ["np.array_split(a, b)", "np.split(a, b)", "np.hsplit(a, b)"],
        *((a, n) for a in (VECTOR, INTEGERS) for n in (1, 2, 3, 4, 0)),
    ),
    (["np.array_split(a, [1, 2], 1)", "np.vsplit(a, 3)", "np.dsplit(a, 1)"], (MATRIX,)),
    (
        "np.insert(a, b, c)",
        (VECTOR, 2, 9.0), (COUNTS, -1, [1, 2, 3]), (MATRIX, 2, 9.0), (VECTOR, 20, 9.0),
        (VECTOR, np.array([1, 3, 1]), np.array([7.0, 8.0, 9.0])), (VECTOR, np.array([-1, 2]), 5.0),
        (VECTOR, np.array([3]), np.array([5.0, 6.0])),
    ),
    (
        ["np.unwrap(a)", "np.unwrap(a, 5.0, 0)", "np.unwrap(a, period=4.5)"],
        (TURNS, FUNCTION), (TURNS[0], FUNCTION),
    ),
    ("np.unwrap(a, period=4)", (np.array([0, 1, 2, -1, 0, 5, 9, 2]),)),
)  # fmt: skip
REPEATING = cases(
    (
        "np.broadcast_to(a, b)",
        (VECTOR, (2, 4)), (MATRIX, (2, 3, 4)), (MATRIX[:, :1], (3, 4)), (MATRIX, (3, 5)),
        (2.0, (2, 2)), (VECTOR[:1], 5), (VECTOR, (-1, 4)),
    ),
    ("np.broadcast_arrays(a, b)", (MATRIX, VECTOR), (MATRIX[:, :1], VECTOR), (MATRIX, HOLES)),
    (["np.broadcast_shapes((2, 1), (3,), 4)", "np.broadcast_shapes(3, (1, 3))"], (),),
    ("np.broadcast_shapes((2, 1), (3,), a)", (5,), (1,)),
    (
        "np.lib.stride_tricks.sliding_window_view(a, b)",
        (NORMAL, 3), (MATRIX, (2, 2)), (VECTOR, 5), (VECTOR, (3,)), (VECTOR, -1),
    ),
    (
        "np.lib.stride_tricks.sliding_window_view(a, b, axis=c)",
        *((MATRIX, 2, axis) for axis in (0, 1, -1, 2)),
        (INTEGERS.reshape(2, 2, 3), (2, 3), (0, -1)), (MATRIX, (2, 2), (0, 0)),
    ),
    ("np.broadcast_to(a, (3, 4)).sum(0)", (VECTOR, SUM)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "arguments", "tolerance"),
    [*MAKING, *SHAPES, *ORDER, *TABLES, *COMPARING, *MISSING, *STATISTICS, *PRODUCTS,
     *LINEAR_ALGEBRA, *WINDOWS, *PARTS, *REPEATING],
)  # fmt: skip
def test_composites_are_numpys(kernel, expression, arguments, tolerance):
    agrees(kernel(expression), *arguments, tolerance=tolerance)


# What the messages say where NumPy's have no numbers in them


@pytest.mark.parametrize(
    ("expression", "arguments"),
    [
        ("np.percentile(a, 101)", (VECTOR,)),
        ("np.quantile(a, -0.5)", (VECTOR,)),
        ("np.quantile(a, 0.5)", (EMPTY,)),
        ("np.stack((a, b))", (VECTOR, COUNTS)),
        ("np.bincount(a - 3)", (COUNTS,)),
        ("np.bincount(a, b)", (COUNTS, VECTOR)),
        ("np.bincount(a, minlength=-1)", (COUNTS,)),
        ("np.digitize(a, b)", (VECTOR, np.array([1.0, 3, 2]))),
        ("np.histogram(a, 0)", (VECTOR,)),
        ("np.histogram(a, b)", (VECTOR, np.array([1.0, 0]))),
        ("np.histogram(a, 3, (1, 0))", (VECTOR,)),
        ("np.interp(a, b, b)", (VECTOR, EMPTY)),
        ("np.interp(a, a, b)", (VECTOR, COUNTS)),
        ("np.convolve(a, b)", (VECTOR, EMPTY)),
        ("np.correlate(a, b)", (EMPTY, VECTOR)),
        ("np.average(a, weights=a * 0)", (VECTOR,)),
        ("np.repeat(a, -1)", (VECTOR,)),
        ("np.repeat(a, b)", (VECTOR, np.array([1, 0, -2, 1]))),
        ("np.eye(-1)", ()),
        ("np.linalg.inv(a)", (np.ones((2, 2)),)),
        ("np.linalg.inv(a)", (MATRIX,)),
        ("np.linalg.cholesky(a)", (-np.eye(2),)),
        ("np.fill_diagonal(a, 1)", (np.zeros((2, 2, 3)),)),
        ("np.random.seed(-1)", ()),
        ("np.random.randint(0)", ()),
        ("np.random.randint(5, 5)", ()),
        ("np.random.normal(0, -1)", ()),
        ("np.random.exponential(-1.0)", ()),
        ("np.random.choice(0)", ()),
        ("np.random.choice(a)", (EMPTY,)),
        ("np.random.choice(3, 5, False)", ()),
        ("np.random.uniform(0, np.inf)", ()),
        ("np.random.random(-1)", ()),
    ],
)
def test_messages_are_numpys(kernel, expression, arguments):
    error, expected = agrees(kernel(expression), *arguments)
    assert str(error) == str(expected)


@pytest.mark.parametrize(
    ("expression", "arguments", "message"),
    [
        ("np.flip(a, 2)", (MATRIX,), "'axis' of flip, 2, is out of bounds for an array of 2 dimen"),
        ("np.flip(a, 0.5)", (MATRIX,), "'axis' of flip is an integer, not the number 0.5"),
        ("np.trace(a)", (VECTOR,), "a diagonal of fewer than 2 dimensions is not in the lan"),
        ("np.delete(a, True)", (VECTOR,), "delete with a truth value as 'obj' is not in the langu"),
        ("np.histogram(a, bins='auto')", (VECTOR,), "a text as 'bins' of histogram is not in the"),
        ("np.median(a, weights=a)", (VECTOR,), "median.. got an unexpected keyword argument 'weig"),
        ("np.linalg.det(a)", (MATRIX[None],), "other arrays than single matrices is not in the"),
        (
            "np.random.dirichlet(2.0)",
            (),
            "'numpy.random.dirichlet' is not in the language of kernels",
        ),
        ("np.random.seed(a)", (2.5,), "'&' takes integers, not float64"),
    ],
)
def test_what_is_not_there_is_named_at_the_call(kernel, expression, arguments, message):
    with pytest.raises(KernelError, match=message) as caught:
        kernel(expression)(*arguments)
    assert (caught.value.lineno, caught.value.offset) == (3, 12)
    assert caught.value.filename.endswith(".py") and "kernel" in caught.value.filename


# Views and copies


@pytest.mark.parametrize(
    "expression",
    ["np.flip(a)", "np.flip(a, 1)", "np.fliplr(a)", "np.flipud(a)", "np.rot90(a)",
     "np.expand_dims(a, 1)", "np.atleast_2d(a)", "np.atleast_3d(a)"],
)  # fmt: skip
def test_views_are_numpys(kernel, expression):
    a = np.arange(6.0).reshape(2, 3)
    for function in (kernel(expression), kernel(expression).py_func):
        seen = a.copy()
        function(seen)[0, 0] = 9
        assert (seen == 9).sum() >= 1


@pytest.mark.parametrize(
    "expression",
    ["np.roll(a, 0)", "np.repeat(a, 1)", "np.tril(a)", "np.take(a, 0, axis=0)", "np.tile(a, 1)",
     "np.unique(a)", "np.append(a, 1)", "np.round(a)", "np.clip(a, 0, 9)", "np.nan_to_num(a)"],
)  # fmt: skip
def test_copies_are_numpys(kernel, expression):
    a = np.arange(6.0).reshape(2, 3)
    kernel(expression)(a)[:] = 77
    np.testing.assert_array_equal(a, np.arange(6.0).reshape(2, 3))


def test_what_is_computed_is_taken_as_an_array_is():
    @njit
    def of_expressions(a):
        rows = a * 2 + 1
        total = np.unique(rows.T + 1).size + np.roll(rows - 1, 1)[0, 0] + np.diag(rows + rows)[1]
        for i in range(2):
            total += np.interp(i, np.sort(rows[i] / 2), rows[i] - i)
        return total, np.append(np.flip(rows[0] + 1), np.tile(rows[1], 2))

    agrees(of_expressions, MATRIX)


# Any arrays

_floats = st.floats(-1e6, 1e6, width=32)


def vectors(elements=_floats, least=0):
    shape = st.integers(least, 30)
    return shapes_of.arrays(np.float64, shape, elements=elements)


@settings(deadline=None, max_examples=60)
@given(vectors(st.floats(width=32)), vectors(st.floats(width=32)))
def test_places_in_any_sorted_array(kernel, values, sought):
    for expression in ("np.searchsorted(a, b)", "np.searchsorted(a, b, 'right')", "np.isin(a, b)"):
        agrees(kernel(expression), np.sort(values), sought)
    agrees(kernel("np.unique(a, return_inverse=True, return_counts=True)"), values)


@settings(deadline=None, max_examples=60)
@given(vectors(least=1), st.floats(0, 100))
def test_any_percentile(kernel, values, share):
    agrees(kernel("np.percentile(a, b)"), values, share)
    agrees(kernel("np.median(a)"), values)


@settings(deadline=None, max_examples=60)
@given(vectors(least=1), st.integers(1, 20))
def test_any_histogram(kernel, values, bins):
    agrees(kernel("np.histogram(a, b)"), values, bins)


@settings(deadline=None, max_examples=60)
@given(vectors(least=1), vectors(least=1), vectors())
def test_any_interpolation(kernel, places, values, points):
    n = min(places.size, values.size)
    agrees(kernel("np.interp(a, b, c)"), points, np.sort(places[:n]), values[:n])


@settings(deadline=None, max_examples=60)
@given(shapes_of.arrays(np.int16, shapes_of.array_shapes(max_dims=3, max_side=4)),
       st.integers(-9, 9))  # fmt: skip
def test_any_shape(kernel, a, shift):
    for expression in ("np.roll(a, b)", "np.roll(a, b, axis=-1)", "np.flip(a)", "np.tile(a, 2)",
                       "np.repeat(a, abs(b), axis=0)", "np.stack((a, a), axis=-1)"):  # fmt: skip
        agrees(kernel(expression), a, shift)


class Undecided:
    """A number that takes its value when it is compared, so that pivots are as bad as can be: M. D.
    McIlroy, "A Killer Adversary for Quicksort", Software 29 (1999)."""

    settled = 0
    candidate = None

    def __init__(self):
        self.value = np.inf

    def settle(self):
        self.value = Undecided.settled
        Undecided.settled += 1

    def difference(self, other):
        if self.value == other.value == np.inf:
            (self if self is Undecided.candidate else other).settle()
        if self.value == np.inf:
            Undecided.candidate = self
        elif other.value == np.inf:
            Undecided.candidate = other
        return 0 if self is other else self.value - other.value

    def __lt__(self, other):
        return self.difference(other) < 0

    def __gt__(self, other):
        return self.difference(other) > 0


def test_the_worst_order_for_finding_a_median(kernel):
    from martlet._kernels._composites import order

    numbers = [Undecided() for _ in range(601)]
    # The function is Python too; there it meets its worst order.
    order.part(np.array(numbers), 300)
    assert Undecided.settled > 100
    worst = np.array([min(number.value, 601.0) for number in numbers])
    agrees(kernel("np.median(a)"), worst)
    agrees(kernel("np.percentile(a, b)"), worst, 50)


# Compilation


def test_composites_are_read_when_they_are_called():
    program = """
import sys
import martlet
assert not any("_composites" in name for name in sys.modules)
from martlet._kernels import _source
assert _source.composite("numpy.sqrt") is None
assert [name for name in sys.modules if "_composites." in name] == []
assert _source.composite("numpy.diff").name == "diff"
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("module", [np, mnp])
def test_every_name_is_known_and_has_its_function(module):
    from martlet._kernels import _composites, _values

    for path in _composites.names():
        package, _, rest = path.partition(".")
        if path == "numpy.trapz":
            # NumPy's name before it was trapezoid.
            continue
        known = operator.attrgetter(rest)(module if package == "numpy" else random)
        assert _values.known_path(known) == path
        assert _composites.find(path).__module__.startswith("martlet._kernels._composites.")


def test_martlets_names_are_the_same_functions():
    @njit
    def of_martlet(a):
        return mnp.interp(0.5, mnp.sort(a), a) + mnp.linalg.norm(a) + mnp.unique(a)[0]

    @njit
    def of_numpy(a):
        return np.interp(0.5, np.sort(a), a) + np.linalg.norm(a) + np.unique(a)[0]

    assert float(of_martlet(VECTOR)) == float(of_numpy(VECTOR))


@pytest.mark.parametrize(
    ("expression", "arguments"),
    [
        ("np.unique(a, True, True, True)[0] + 1", (VECTOR,)),
        ("np.corrcoef(a) + 1", (MATRIX,)),
        ("np.linalg.inv(a) + 1", (SQUARE,)),
        ("np.random.normal() + np.random.randint(5)", ()),
    ],
)
def test_they_compile_fast(kernel, expression, arguments):
    function = kernel(expression)
    start = time.process_time()
    function(*arguments)
    assert time.process_time() - start < 1


# Loops that threads share


def test_composites_in_parallel_loops():
    @njit(parallel=True)
    def medians(a, out):
        for i in prange(a.shape[0]):
            out[i] = np.median(a[i]) + np.interp(0.5, np.sort(a[i]), a[i])

    rows = np.random.default_rng(5).random((200, 9))
    agrees(medians, rows, np.zeros(200))


def test_views_that_repeat_elements_see_changes_and_take_none():
    @njit
    def seen(a):
        wide = np.broadcast_to(a, (2, a.size))
        windows = np.lib.stride_tricks.sliding_window_view(a, 2)
        a[1] = 7.0
        return wide[1, 1], windows[0, 1], windows[1, 0]

    assert seen(np.zeros(4)) == (7.0, 7.0, 7.0)

    @njit
    def written(a):
        np.broadcast_to(a, (2, a.size))[0, 0] = 1.0

    with pytest.raises(KernelError, match="shows elements several times"):
        written(np.zeros(4))
