"""Random numbers in kernels: those of NumPy's and Python's generators from the same seed."""

import random
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from martlet import (
    KernelError,
    KernelPerformanceWarning,
    cuda,
    device,
    guvectorize,
    njit,
    prange,
    stencil,
    vectorize,
)

SEEDS = [0, 1, 42, 2**31, 2**32 - 1]

# The logarithm is another library's: two roundings of it, and one each of what follows.
LOGARITHM = 4 * 2.0**-52


@njit
def seed(n):
    np.random.seed(n)


# NumPy's generator


@njit
def uniforms(n):
    return (
        np.random.random(n), np.random.random(), np.random.random_sample((2, 3)),
        np.random.rand(), np.random.rand(4), np.random.rand(2, 3), np.random.uniform(),
        np.random.uniform(-2.0, 3.0), np.random.uniform(0.5, 3.0, (2, 2)), np.random.sample(2),
    )  # fmt: skip


def uniforms_of(r, n):
    return (
        r.random_sample(n), r.random_sample(), r.random_sample((2, 3)), r.rand(), r.rand(4),
        r.rand(2, 3), r.uniform(), r.uniform(-2.0, 3.0), r.uniform(0.5, 3.0, (2, 2)),
        r.random_sample(2),
    )  # fmt: skip


@njit
def integers(n):
    return (
        np.random.randint(6), np.random.randint(-3, 1000), np.random.randint(0, 2**32, n),
        np.random.randint(0, 2**32 + 1, n), np.random.randint(-(2**63), 2**63 - 1, n),
        np.random.randint(0, 2**40, (2, n)), np.random.randint(7, 8, n),
        np.random.randint(2, size=n),
    )  # fmt: skip


def integers_of(r, n):
    return (
        r.randint(6), r.randint(-3, 1000), r.randint(0, 2**32, n), r.randint(0, 2**32 + 1, n),
        r.randint(-(2**63), 2**63 - 1, n), r.randint(0, 2**40, (2, n)), r.randint(7, 8, n),
        r.randint(2, size=n),
    )  # fmt: skip


@njit
def orders(n, a):
    x = np.arange(n)
    np.random.shuffle(x)
    rows = a.copy()
    np.random.shuffle(rows)
    return (
        x, rows, np.random.permutation(n), np.random.permutation(a), np.random.permutation(a[0]),
        np.random.choice(n), np.random.choice(n, 5), np.random.choice(a[0], (2, 2)),
        np.random.choice(n, 3, replace=False),
    )  # fmt: skip


def orders_of(r, n, a):
    x, rows = np.arange(n), a.copy()
    r.shuffle(x)
    r.shuffle(rows)
    return (
        x, rows, r.permutation(n), r.permutation(a), r.permutation(a[0]), r.choice(n),
        r.choice(n, 5), r.choice(a[0], (2, 2)), r.choice(n, 3, replace=False),
    )  # fmt: skip


@njit
def normals(n):
    return (
        np.random.normal(), np.random.standard_normal(n), np.random.randn(3), np.random.randn(2, 2),
        np.random.normal(1.5, 2.0), np.random.normal(-1.0, 0.5, (2, 3)), np.random.randn(),
        np.random.exponential(), np.random.exponential(2.0), np.random.exponential(0.5, n),
        np.random.standard_exponential((2, 2)),
    )  # fmt: skip


def normals_of(r, n):
    return (
        r.normal(), r.standard_normal(n), r.randn(3), r.randn(2, 2), r.normal(1.5, 2.0),
        r.normal(-1.0, 0.5, (2, 3)), r.randn(), r.exponential(), r.exponential(2.0),
        r.exponential(0.5, n), r.standard_exponential((2, 2)),
    )  # fmt: skip


def same(actual, expected, tolerance=0.0):
    assert len(actual) == len(expected)
    for one, other in zip(actual, expected, strict=True):
        assert np.ndim(other) == 0 or one.dtype == other.dtype
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=4 * tolerance)


@pytest.mark.parametrize("n", SEEDS)
def test_a_seed_gives_numpys_numbers(n):
    rows = np.arange(12.0).reshape(4, 3)
    state = np.random.RandomState(n)
    seed(n)
    # More than one state's worth of numbers.
    for _ in range(2):
        same(uniforms(1500), uniforms_of(state, 1500))
        same(integers(50), integers_of(state, 50))
        same(orders(30, rows), orders_of(state, 30, rows))


@pytest.mark.parametrize("n", SEEDS)
def test_a_seed_gives_numpys_normal_numbers(n):
    state = np.random.RandomState(n)
    seed(n)
    for _ in range(3):
        same(normals(777), normals_of(state, 777), LOGARITHM)
    # No draw was one too many: what follows has the same bits.
    same(uniforms(3), uniforms_of(state, 3))


@settings(deadline=None, max_examples=50)
@given(
    st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**32 - 1)
)
def test_any_range_of_integers(low, high, n):
    if low == high:
        return
    low, high = min(low, high), max(low, high)
    seed(n)
    expected = np.random.RandomState(n).randint(low, high, 7)
    np.testing.assert_array_equal(drawn(low, high), expected)


@njit
def drawn(low, high):
    return np.random.randint(low, high, 7)


def test_numpys_own_functions_keep_their_state():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    seed(9)
    uniforms(10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_the_state_goes_on_from_call_to_call_and_kernel_to_kernel():
    @njit
    def other():
        return np.random.random()

    @njit
    def through_a_call():
        return other() + 0.0

    seed(3)
    state = np.random.RandomState(3)
    for _ in range(5):
        assert other() == state.random_sample()
        assert through_a_call() == state.random_sample()


def test_a_process_starts_with_numbers_of_its_own():
    import subprocess
    import sys

    program = (
        "from martlet._kernels._composites import random, python_random as p\n"
        "print(random.state_of_np_random[:4], p.state_of_random[:4])"
    )
    texts = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert len(texts) == 2


# Python's generator


@njit
def python_seed(n):
    random.seed(n)


@njit
def python_numbers(x):
    random.shuffle(x)
    return (
        random.random(), random.uniform(2.0, 5.0), random.randint(1, 6), random.randrange(100),
        random.randrange(5, 10**12), np.int64(random.getrandbits(63)),
        np.int64(random.getrandbits(20)), random.randint(-5, -5), x,
    )  # fmt: skip


@pytest.mark.parametrize("n", [0, 1, -5, 2**31, 2**32 - 1, 2**32, 2**63 - 1, -(2**63), 2**64 - 1])
def test_a_seed_gives_pythons_numbers(n):
    own = random.Random(n)
    python_seed(np.uint64(n) if n >= 2**63 else n)
    for _ in range(200):
        order = list(range(12))
        own.shuffle(order)
        expected = (
            own.random(), own.uniform(2.0, 5.0), own.randint(1, 6), own.randrange(100),
            own.randrange(5, 10**12), own.getrandbits(63), own.getrandbits(20),
            own.randint(-5, -5), np.array(order),
        )  # fmt: skip
        same(python_numbers(np.arange(12)), expected)


def test_pythons_numbers_are_apart_from_numpys():
    seed(4)
    python_seed(4)
    python_numbers(np.arange(3))
    same(uniforms(3), uniforms_of(np.random.RandomState(4), 3))


def test_what_kernels_lack_of_it_is_an_error():
    @njit
    def gauss():
        return random.gauss(0.0, 1.0)

    with pytest.raises(KernelError, match=r"'random\.gauss' is not in the language of kernels"):
        gauss()


# Where a state that is shared would give numbers in no order


def test_loops_that_threads_would_share_draw_them_in_order():
    @njit(parallel=True)
    def fill(out):
        for i in prange(out.size):
            out[i] = np.random.random()

    @njit(parallel=True)
    def total(n):
        result = 0.0
        for _ in prange(n):
            draw = np.random.normal()
            result += draw
        return result

    @stencil
    def noisy(a):
        return a[0] + np.random.random()

    for call in (lambda: fill(np.zeros(5)), lambda: total(5), lambda: noisy(np.zeros(5))):
        with pytest.warns(KernelPerformanceWarning, match="may write the same element"):
            call()

    @njit
    def in_order(out):
        for i in prange(out.size):
            out[i] = np.random.random()

    out = np.zeros(5)
    seed(1)
    in_order(out)
    np.testing.assert_array_equal(out, np.random.RandomState(1).random_sample(5))


def test_ufuncs_on_many_threads_draw_in_order_and_grids_refuse_them():
    with pytest.warns(KernelPerformanceWarning, match="may write the same element"):

        @guvectorize(["void(float64[:], float64[:])"], "(n)->(n)", target="parallel")
        def parallel(x, out):
            for i in range(x.size):
                out[i] = np.random.random()

        parallel(np.zeros((100, 3)))
    with pytest.raises(KernelError, match="is an array, where only numbers can be taken"):

        @vectorize(["float64(float64)"])
        def noisy(x):
            return x + np.random.random()

    @cuda.jit
    def kernel(x):
        x[cuda.grid(1)] = np.random.random()

    with device("simulator"), pytest.raises(KernelError, match="state the threads would share"):
        kernel[1, 4](cuda.to_device(np.zeros(4)))


def test_threads_at_the_same_time_keep_the_state_whole():
    """Without order, and some numbers may come twice, but all are numbers of the range."""

    @njit(nogil=True)
    def mean(n):
        total = 0.0
        for _ in range(n):
            total += np.random.random()
        return total / n

    seed(2)
    means = []
    threads = [threading.Thread(target=lambda: means.append(mean(200_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(means) == 4
    assert all(0.48 < item < 0.52 for item in means)


# Other distributions


@njit
def continuous():
    return (
        np.random.gamma(2.5, 2.0), np.random.gamma(0.3), np.random.standard_gamma(1.0),
        np.random.beta(0.5, 0.7), np.random.beta(2.5, 0.7), np.random.chisquare(3),
        np.random.f(3.0, 4.0), np.random.standard_t(3), np.random.standard_cauchy(),
        np.random.laplace(1.0, 2.0), np.random.gumbel(1.0, 2.0), np.random.logistic(),
        np.random.lognormal(1.0, 0.5), np.random.rayleigh(2.0), np.random.weibull(2.0),
        np.random.power(2.0), np.random.pareto(3.0), np.random.triangular(0.0, 1.0, 4.0),
        np.random.vonmises(0.5, 2.0), np.random.vonmises(0.5, 1e-7), np.random.wald(2.0, 3.0),
        np.random.gamma(2.5, 2.0, 3), np.random.beta(2.0, 3.0, size=(2, 2)),
    )  # fmt: skip


def continuous_of(r):
    return (
        r.gamma(2.5, 2.0), r.gamma(0.3), r.standard_gamma(1.0), r.beta(0.5, 0.7), r.beta(2.5, 0.7),
        r.chisquare(3), r.f(3.0, 4.0), r.standard_t(3), r.standard_cauchy(), r.laplace(1.0, 2.0),
        r.gumbel(1.0, 2.0), r.logistic(), r.lognormal(1.0, 0.5), r.rayleigh(2.0), r.weibull(2.0),
        r.power(2.0), r.pareto(3.0), r.triangular(0.0, 1.0, 4.0), r.vonmises(0.5, 2.0),
        r.vonmises(0.5, 1e-7), r.wald(2.0, 3.0), r.gamma(2.5, 2.0, 3), r.beta(2.0, 3.0, (2, 2)),
    )  # fmt: skip


@njit
def discrete(n):
    return (
        np.random.poisson(0.5, n), np.random.poisson(30.0, n), np.random.poisson(0.0),
        np.random.binomial(10, 0.3, n), np.random.binomial(10, 0.8, n),
        np.random.binomial(1000, 0.4, n), np.random.binomial(1000, 0.7, n),
        np.random.binomial(0, 0.5), np.random.negative_binomial(5.0, 0.3, n),
        np.random.geometric(0.5, n), np.random.geometric(0.1, n),
        np.random.hypergeometric(5, 7, 4, n), np.random.hypergeometric(7, 5, 4, n),
        np.random.hypergeometric(50, 70, 40, n), np.random.hypergeometric(70, 50, 100, n),
        np.random.logseries(0.6, n), np.random.zipf(2.0, n), np.random.poisson(),
    )  # fmt: skip


def discrete_of(r, n):
    return (
        r.poisson(0.5, n), r.poisson(30.0, n), r.poisson(0.0), r.binomial(10, 0.3, n),
        r.binomial(10, 0.8, n), r.binomial(1000, 0.4, n), r.binomial(1000, 0.7, n),
        r.binomial(0, 0.5), r.negative_binomial(5.0, 0.3, n), r.geometric(0.5, n),
        r.geometric(0.1, n), r.hypergeometric(5, 7, 4, n), r.hypergeometric(7, 5, 4, n),
        r.hypergeometric(50, 70, 40, n), r.hypergeometric(70, 50, 100, n), r.logseries(0.6, n),
        r.zipf(2.0, n), r.poisson(),
    )  # fmt: skip


@pytest.mark.parametrize("number", SEEDS)
def test_other_distributions_are_numpys(number):
    seed(number)
    state = np.random.RandomState(number)
    for _ in range(20):
        for one, other in zip(continuous(), continuous_of(state), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-300)
        for one, other in zip(discrete(20), discrete_of(state, 20), strict=True):
            np.testing.assert_array_equal(one, other)
    # Nothing was drawn too much or too little.
    assert uniforms(3)[1] == uniforms_of(state, 3)[1]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (njit(lambda: np.random.gamma(-1.0)), "shape < 0"),
        (njit(lambda: np.random.beta(0.0, 1.0)), "a <= 0"),
        (njit(lambda: np.random.poisson(-1.0)), "lam < 0"),
        (njit(lambda: np.random.binomial(3, 1.5)), "p > 1"),
        (njit(lambda: np.random.zipf(1.0)), "a <= 1"),
        (njit(lambda: np.random.hypergeometric(1, 1, 5)), "ngood"),
    ],
)
def test_other_distributions_raise_numpys_errors(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
