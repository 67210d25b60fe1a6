"""`guvectorize`, against loops over the Python function."""

import martlet
import martlet.numpy as mnp
import numpy as np
import pytest
from martlet import KernelError, guvectorize

TARGETS = sorted({name.partition(":")[0] for name in martlet.devices()} - {"cpu"})
every_target = pytest.mark.parametrize("target", ["cpu", "parallel", *TARGETS])


def same(actual, expected):
    expected = np.asarray(expected)
    actual = np.asarray(actual)
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=1e-14)


def matmul(a, b, c):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            total = 0.0
            for k in range(a.shape[1]):
                total += a[i, k] * b[k, j]
            c[i, j] = total


def shift(x, y, result):
    for i in range(x.shape[0]):
        result[i] = x[i] + y


def total(x, result):
    result[0] = 0.0
    for i in range(x.shape[0]):
        result[0] += x[i]


@every_target
def test_matrices(target):
    f = guvectorize(
        ["void(float64[:,:], float64[:,:], float64[:,:])"], "(m,n),(n,p)->(m,p)", target=target
    )(matmul)
    random = np.random.default_rng(1)
    a, b = random.random((5, 1, 2, 3)), random.random((4, 3, 2))
    same(f(a, b), a @ b)
    same(f(a[0, 0], b[0]), a[0, 0] @ b[0])


@every_target
def test_numbers_among_arrays(target):
    signatures = ["(int64[:], int64, int64[:])", "(float64[:], float64, float64[:])"]
    f = guvectorize(signatures, "(n),()->(n)", target=target)(shift)
    a = np.arange(6).reshape(2, 3)
    same(f(a, 2), a + 2)
    same(f(a, np.array([10, 20])), a + np.array([[10], [20]]))
    same(f(a * 0.5, 2), a * 0.5 + 2)
    assert f.types == ["ll->l", "dd->d"] and f.signature == "(n),()->(n)"


@every_target
def test_results_without_dimensions(target):
    f = guvectorize(["void(float64[:], float64[:])"], "(n)->()", target=target)(total)
    a = np.arange(12.0).reshape(3, 4)
    same(f(a), a.sum(axis=1))
    assert float(f(a[0])) == 6.0


def test_given_results_are_filled():
    f = guvectorize(["void(float64[:], float64[:])"], "(n)->()")(total)
    a = np.arange(12.0).reshape(3, 4)
    out = np.zeros(3)
    assert f(a, out=out) is out
    same(out, a.sum(axis=1))
    out = mnp.zeros(3)
    f(a, out)
    same(out, a.sum(axis=1))


def test_without_signatures_results_are_given():
    f = guvectorize("(n),()->(n)")(shift)
    a, out = np.arange(6.0).reshape(2, 3), np.zeros((2, 3))
    f(a, 1.5, out)
    same(out, a + 1.5)
    with pytest.raises(TypeError, match="give the results as arguments"):
        f(a, 1.5)


def test_no_outer_elements():
    f = guvectorize(["void(float64[:], float64[:])"], "(n)->()")(total)
    assert f(np.zeros((0, 3))).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((np.zeros((2, 3)), np.zeros((2, 2))), "dimension 'n' is 2 in argument 2 and 3 in arg"),
        ((np.zeros(3), np.zeros((2, 2))), "argument 1 has 1 dimensions; the layout .* asks for 2"),
        ((np.zeros((2, 2, 3)), np.zeros((3, 3, 2))), r"outer shapes \(2,\), \(3,\) do not broad"),
        ((np.zeros((2, 3)),), "takes 2 arguments, not 1"),
        ((np.zeros((2, 3), complex), np.zeros((3, 2))), r"no signature takes \(complex128, floa"),
    ],
)
def test_wrong_arguments(arguments, problem):
    f = guvectorize(
        ["void(float64[:,:], float64[:,:], float64[:,:])"], "(m,n),(n,p)->(m,p)"
    )(matmul)  # fmt: skip
    with pytest.raises((ValueError, TypeError), match=problem):
        f(*arguments)


def test_wrong_declarations():
    with pytest.raises(TypeError, match="has 1 arguments, the layout '.*' has 2"):
        guvectorize(["void(float64[:])"], "(n)->(n)")
    with pytest.raises(TypeError, match="gives something: results are arguments"):
        guvectorize(["float64(float64[:], float64[:])"], "(n)->(n)")
    with pytest.raises(TypeError, match="'float64' as argument 2"):
        guvectorize(["void(float64[:], float64)"], "(n)->(n)")
    with pytest.raises(KernelError, match="'total' has 2 parameters, and the layout '.*' has 3"):
        guvectorize(["void(float64[:], float64[:], float64[:])"], "(n),(n)->(n)")(total)
    with pytest.raises(ValueError, match="the layout '.n->.n.' is wrong"):
        guvectorize(["void(float64[:], float64[:])"], "(n->(n)")


WEIGHTS = np.array([0.5, 0.25, 0.25])


@every_target
def test_arrays_from_around_the_function(target):
    @guvectorize(["float64[:], float64[:]"], "(n)->()", target=target)
    def weighted(x, result):
        result[0] = 0.0
        for i in range(x.shape[0]):
            result[0] += x[i] * WEIGHTS[i]

    x = np.arange(12.0).reshape(4, 3)
    same(weighted(x), x @ WEIGHTS)


# Python's numbers, and arguments that are written


@guvectorize(["int32[:], int32, int32[:]", "float32[:], float32, float32[:]"], "(n),()->(n)")
def moved_by(a, b, out):
    for i in range(a.shape[0]):
        out[i] = a[i] + b


def test_pythons_numbers_take_a_signatures_type():
    assert moved_by(np.ones(3, np.int32), 2).dtype == np.int32
    assert moved_by(np.ones(3, np.float32), 0.5).dtype == np.float32
    with pytest.raises(TypeError, match=r"no signature takes \(int32, int\)"):
        moved_by(np.ones(3, np.int32), 2**40)
    with pytest.raises(TypeError, match="no signature takes"):
        moved_by(np.ones(3, np.int32), np.int64(2))


def test_writing_an_argument_is_an_error_at_its_place():
    with pytest.raises(KernelError, match=r"writable_args=\('a',\)") as caught:

        @guvectorize(["int32[:], int32[:]"], "(n)->(n)")
        def wrong(a, out):
            out[0] = 1
            a[0] = 2

    assert caught.value.text.strip() == "a[0] = 2"
    with pytest.raises(TypeError, match="writable_args has 'b'"):
        guvectorize(["int32[:], int32[:]"], "(n)->(n)", writable_args=("b",))(copied)


def copied(a, out):
    for i in range(a.shape[0]):
        out[i] = a[i]
        a[i] = 7


@pytest.mark.parametrize("writable", [("a",), (0,)])
@pytest.mark.parametrize("target", ["cpu", "parallel"])
def test_writable_arguments_are_written(writable, target):
    function = guvectorize(
        ["int32[:], int32[:]"], "(n)->(n)", writable_args=writable, target=target
    )(copied)
    for view in (np.s_[:], np.s_[:, ::2], np.s_[::-1]):
        a = np.arange(12, dtype=np.int32).reshape(3, 4)
        wanted = a[view].copy()
        np.testing.assert_array_equal(function(a[view]), wanted)
        assert (a[view] == 7).all()
    a = martlet.numpy.arange(3, dtype=np.int32)
    assert function(a).tolist() == [0, 1, 2] and a.tolist() == [7, 7, 7]
    with pytest.raises(ValueError, match="cannot be broadcast"):
        function(np.zeros(3, np.int32), np.zeros((2, 3), np.int32))


def test_results_are_of_the_kind_of_the_arguments():
    a = np.ones(3, np.int32)
    assert type(moved_by(a, 1)) is np.ndarray
    assert type(moved_by(martlet.numpy.asarray(a), 1)) is martlet.numpy.ndarray
    assert type(moved_by(a, martlet.numpy.asarray(a))) is martlet.numpy.ndarray
