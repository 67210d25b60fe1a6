"""Products of matrices of all sizes and layouts in jitted functions, by BLAS and without; and the
smallest and greatest numbers, which are looked for many at a time."""

import numpy as np
import pytest
from martlet import njit


@njit
def product(a, b):
    return a @ b


@njit
def gram(a):
    return a @ a.T, a.T @ a, np.dot(a, a.T)


@njit
def chained(a, x):
    return a.T @ (a @ x), (x @ a.T) @ a


@njit
def rows(first, values, columns, x):
    out = np.empty(first.size - 1)
    for i in range(out.size):
        out[i] = values[first[i] : first[i + 1]] @ x[columns[first[i] : first[i + 1]]]
    return out


LAYOUTS = {
    "C": lambda a: a,
    "F": lambda a: np.asfortranarray(a),
    "every second": lambda a: (
        np.repeat(np.repeat(a, 2, axis=0), 2, axis=-1)[::2, ..., ::2]
        if a.ndim == 2
        else np.repeat(a, 2)[::2]
    ),
    "backwards": lambda a: a[::-1].copy()[::-1],
    "part": lambda a: np.pad(a, 3)[(slice(3, -3),) * a.ndim],
}
SHAPES = [
    ((n, k), (k, m)) for n, k, m in [(1, 1, 1), (4, 4, 4), (12, 13, 14), (20, 9, 30), (1, 90, 40),
    (40, 90, 1), (70, 3, 70), (0, 3, 4), (4, 0, 3), (50, 60, 0)]
] + [((90, 40), (40,)), ((3, 2), (2,)), ((40,), (40, 90)), ((3,), (3, 5)), ((5000,), (5000,)),
     ((7,), (7,)), ((0,), (0,)), ((0,), (0, 3)), ((3, 0), (0,))]  # fmt: skip


def drawn(shape, dtype, seed):
    a = np.random.default_rng(seed).random(shape) - 0.5
    if dtype.startswith("complex"):
        a = a + 1j * np.random.default_rng(seed + 9).random(shape)
    return (a * 100).astype(dtype) if dtype.startswith("int") else a.astype(dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128", "complex64", "int64"])
@pytest.mark.parametrize(("first", "second"), SHAPES)
def test_products_of_all_layouts(first, second, dtype):
    # Sums of at most 5000 products of numbers below 1.
    tolerance = 1e-4 if dtype in ("float32", "complex64") else 1e-12
    a, b = drawn(first, dtype, 1), drawn(second, dtype, 2)
    expected = a @ b
    for p in LAYOUTS.values():
        for q in LAYOUTS.values():
            actual = product(p(a), q(b))
            assert np.shape(actual) == np.shape(expected)
            np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("size", [3, 20, 70, 100])
def test_products_with_the_transpose(size):
    a = drawn((size, 40), "float64", 5)
    for own in (a, np.asfortranarray(a), a[::-1], a[:, ::2]):
        for actual, expected in zip(gram(own), gram.py_func(own), strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)
            # BLAS computes one half, and the other is its image.
            np.testing.assert_allclose(actual, actual.T, rtol=1e-12, atol=1e-12)
        x = drawn(own.shape[1], "float64", 6)
        for actual, expected in zip(chained(own, x), chained.py_func(own, x), strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


def test_products_of_gathered_elements():
    draw = np.random.default_rng(0)
    first = np.array([0, 3, 3, 50, 51])
    columns = draw.integers(-30, 30, 51)
    given = first, draw.random(51), columns, draw.random(30)
    np.testing.assert_allclose(rows(*given), rows.py_func(*given), rtol=1e-13)


# Smallest and greatest


@njit
def extremes(a):
    return np.min(a), np.max(a), np.argmin(a), np.argmax(a)


@njit
def extremes_of_sums(a):
    return np.min(a + a[0]), np.argmax(a * 2 - a[::-1])


@njit
def extremes_along(a):
    return np.min(a, axis=0), np.max(a, axis=1), np.argmin(a, axis=1), np.argmax(a, axis=0)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int8", "uint16", "bool"])
@pytest.mark.parametrize("size", [1, 2, 7, 31, 32, 33, 64, 100, 1000])
def test_extremes(size, dtype):
    for seed in range(4):
        draw = np.random.default_rng(seed)
        # Few different numbers, so that the first of equal ones has to be found.
        a = draw.integers(0, [2, 100][seed % 2], size).astype(dtype)
        special = [[], [np.nan], [np.inf], [-np.inf, np.nan]][seed]
        if dtype.startswith("float"):
            for value in special:
                a[draw.integers(0, size, 2)] = value
        elif dtype.startswith("int"):
            a[draw.integers(0, size)] = np.iinfo(dtype).min
            a[draw.integers(0, size)] = np.iinfo(dtype).max
        for own in (a, a[::-1], np.repeat(a, 2)[::2]):
            np.testing.assert_array_equal(extremes(own), extremes.py_func(own))
            if dtype != "bool":
                with np.errstate(all="ignore"):
                    expected = extremes_of_sums.py_func(own)
                np.testing.assert_array_equal(extremes_of_sums(own), expected)
        table = np.stack([a, a[::-1], np.roll(a, 3)])
        np.testing.assert_array_equal(extremes(table), extremes.py_func(table))
        for ours, theirs in zip(
            extremes_along(table), extremes_along.py_func(table), strict=True
        ):  # fmt: skip
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_extremes_of_one_number(value):
    a = np.full(70, value)
    np.testing.assert_array_equal(extremes(a), extremes.py_func(a))


@njit
def greatest_of_rows(a):
    return np.max(a, axis=1)


def test_extremes_of_nothing():
    for own in (np.ones((3, 0)), np.ones((0, 0))):
        with pytest.raises(ValueError, match="no identity"):
            greatest_of_rows.py_func(own)
        with pytest.raises(ValueError, match="no identity"):
            greatest_of_rows(own)
    assert greatest_of_rows(np.ones((0, 3))).shape == (0,)


# Histograms


@njit
def counted(a, bins):
    return np.histogram(a, bins)


@pytest.mark.parametrize("bins", [1, 2, 10, 50, 1000])
def test_bins_are_those_of_numpy(bins):
    draw = np.random.default_rng(bins)
    edges = np.linspace(-3, 5, bins + 1)
    near = np.concatenate([edges, np.nextafter(edges, 9), np.nextafter(edges, -9)])
    for a in (
        draw.random(3000), draw.standard_normal(500) * 1e9, np.clip(near, -3, 5), np.ones(4),
        1 + np.arange(7) * 2.0**-52, draw.integers(-5, 9, 200), draw.random(300).astype("f4"),
        np.arange(9) * 5e-324,
    ):  # fmt: skip
        try:
            expected = np.histogram(a, bins)
        except ValueError:
            # NumPy finds too few numbers between the ends for so many bins.
            continue
        for ours, theirs in zip(counted(a, bins), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
