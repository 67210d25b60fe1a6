"""`numpy.random` bit for bit: the same values, types and states afterwards as NumPy's."""

# ruff: noqa: B023 (what is drawn in a loop is drawn at once)

import pickle
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subject import EXAMPLES, mnp, natively, needs_martlet

BIT_GENERATORS = ("PCG64", "PCG64DXSM", "SFC64", "Philox", "MT19937")

# Parameters for every way that a method may take.
DISTRIBUTIONS = {
    "beta": [(0.5, 0.5), (2, 3), (1e-3, 1e-3), (1e-200, 1e-200)],
    "binomial": [(10, 0.3), (100, 0.6), (1000, 0.4), (10**9, 0.5), (5, 0.0)],
    "chisquare": [(3,)],
    "exponential": [(), (3.0,)],
    "f": [(2, 3)],
    "gamma": [(0.3, 2), (1, 1), (2.5,), (0,)],
    "geometric": [(0.5,), (0.1,), (1e-5,)],
    "gumbel": [(), (1, 2)],
    "hypergeometric": [(5, 6, 3), (50, 60, 30), (500, 600, 700), (20, 3000, 1500)],
    "laplace": [(), (1, 2)],
    "logistic": [(), (1, 2)],
    "lognormal": [(), (1, 0.5)],
    "logseries": [(0.3,), (0.99,)],
    "negative_binomial": [(3, 0.4), (100, 0.01)],
    "noncentral_chisquare": [(3, 1.0), (0.5, 2.0), (2, 0)],
    "noncentral_f": [(2, 3, 1.5)],
    "normal": [(), (1, 2)],
    "pareto": [(3,)],
    "poisson": [(), (3,), (50,), (1e6,)],
    "power": [(2,)],
    "random": [()],
    "rayleigh": [(2,)],
    "standard_cauchy": [()],
    "standard_exponential": [()],
    "standard_gamma": [(0.4,), (3,)],
    "standard_normal": [()],
    "standard_t": [(4,)],
    "triangular": [(0, 1, 3)],
    "uniform": [(), (2, 5.5)],
    "vonmises": [(0, 1e-9), (1, 1e-6), (1, 4), (0, 1e7)],
    "wald": [(1, 2), (1e-3, 1e3), (1e6, 0.1)],
    "weibull": [(2,), (0,)],
    "zipf": [(1.01,), (1.5,), (4.0,)],
}

# Parameters that are not allowed.
WRONG = [
    ("beta", (0, 1)), ("beta", (1, -1)), ("binomial", (-1, 0.5)), ("binomial", (1, 2)),
    ("binomial", (1, np.nan)), ("chisquare", (0,)), ("exponential", (-1,)), ("f", (1, 0)),
    ("gamma", (1, -1)), ("geometric", (0,)), ("gumbel", (0, -1)), ("hypergeometric", (1, 1, 3)),
    ("hypergeometric", (-1, 5, 1)), ("hypergeometric", (1, 1, -1)), ("logseries", (1,)),
    ("negative_binomial", (0, 0.5)), ("negative_binomial", (1, 2)), ("noncentral_f", (1, 1, -1)),
    ("normal", (0, -1)), ("normal", (0, -0.0)), ("poisson", (-1,)), ("poisson", (1e19,)),
    ("poisson", (np.nan,)), ("standard_t", (0,)), ("triangular", (2, 1, 3)),
    ("triangular", (0, 4, 3)), ("triangular", (1, 1, 1)), ("uniform", (0, np.inf)),
    ("vonmises", (0, -1)), ("wald", (0, 1)), ("weibull", (-1,)), ("zipf", (1,)),
    ("zipf", (np.nan,)),
]  # fmt: skip


def made(module, owner, bits="PCG64", seed=5):
    return getattr(module.random, owner)(getattr(np.random, bits)(seed))


def state(generator):
    if isinstance(generator, np.random.Generator):
        return str(generator.bit_generator.state)
    return str(generator.get_state(legacy=False))


def outcome(module, owner, bits, draw):
    """What was drawn, or the error, and the state afterwards."""
    generator = made(module, owner, bits)
    try:
        with np.errstate(all="ignore"):
            value = draw(generator, module)
    except (TypeError, ValueError, OverflowError) as error:
        value = error
    return value, state(generator)


def check(draw, owner="Generator", bits=("PCG64", "MT19937")):
    for kind in bits:
        expected, expected_state = outcome(np, owner, kind, draw)
        with natively():
            got, got_state = outcome(mnp, owner, kind, draw)
        assert_same(got, expected)
        assert got_state == expected_state


def assert_same(got, expected):
    if isinstance(expected, Exception):
        assert type(got) is type(expected)
        assert str(got) == str(expected)
        return
    if isinstance(expected, np.ndarray):
        assert type(got) is mnp.ndarray
        assert got.dtype == expected.dtype and got.shape == expected.shape
    else:
        assert type(got) is type(expected)
    assert np.asarray(got).tobytes() == np.asarray(expected).tobytes()


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distribution(name):
    for owner, kinds in (("Generator", BIT_GENERATORS), ("RandomState", ("MT19937", "PCG64"))):
        for parameters in DISTRIBUTIONS[name]:
            for size in (None, 1, (2, 20), 300):

                def draw(generator, module, parameters=parameters, size=size):
                    method = getattr(generator, name)
                    first = method(*parameters)
                    return first if size is None else method(*parameters, size=size)

                check(draw, owner, kinds)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_arrays_of_parameters(name):
    parameters = next((given for given in DISTRIBUTIONS[name] if given), None)
    if parameters is None:
        pytest.skip("it has no parameters")

    def draw(generator, module):
        arrays = [module.array([[number], [number]]) for number in parameters]
        arrays[-1] = module.array([parameters[-1]] * 3)
        return getattr(generator, name)(*arrays)

    check(draw)
    check(draw, "RandomState", ("MT19937",))
    check(lambda generator, module: getattr(generator, name)(*parameters, size=()))
    first = parameters[0]
    check(lambda g, module: getattr(g, name)(module.array(first), *parameters[1:]))
    check(lambda g, module: getattr(g, name)([first, first], *parameters[1:], size=(3, 2)))


@pytest.mark.parametrize(("name", "parameters"), WRONG)
def test_wrong_parameters(name, parameters):
    check(lambda generator, module: getattr(generator, name)(*parameters))
    check(lambda generator, module: getattr(generator, name)(*parameters, size=3))


def test_wrong_sizes():
    check(lambda g, module: g.normal(module.ones((2, 1)), 1.0, size=3))
    check(lambda g, module: g.normal(size=-1))


def test_what_is_no_number_is_numpys():
    assert np.isnan(mnp.random.default_rng(1).normal(np.nan))


@pytest.mark.parametrize("bits", BIT_GENERATORS)
@pytest.mark.parametrize("method", ["random", "standard_normal", "standard_exponential"])
def test_standard_numbers(method, bits):
    for dtype in ("f4", "f8"):
        for size in (None, 1, 40, 300, (3, 500)):
            check(lambda g, module: getattr(g, method)(size, dtype=dtype), bits=(bits,))


@pytest.mark.parametrize("bits", BIT_GENERATORS)
@pytest.mark.parametrize("method", ["random", "normal", "exponential", "uniform"])
def test_many_numbers_by_all_threads(method, bits):
    for size in (1 << 15, 200_001):
        check(lambda g, module: getattr(g, method)(size=size), bits=(bits,))

        def after_a_half(generator, module, size=size):
            generator.random(dtype="f4")
            return getattr(generator, method)(size=size)

        check(after_a_half, bits=(bits,))


def test_standard_gamma_in_single_precision():
    for shape in (0.0, 0.4, 1.0, 3.0):
        check(lambda g, module: g.standard_gamma(shape, 300, dtype="f4"))
        check(lambda g, module: g.standard_gamma(shape, dtype="f4"))


@pytest.mark.parametrize("method", ["random", "standard_normal", "standard_exponential"])
def test_output(method):
    def draw(generator, module):
        out = module.zeros((3, 4))
        assert getattr(generator, method)(out=out) is out
        return out

    check(draw)


BOUNDS = [
    (0, 1), (0, 7), (1, 5), (5, 100), (-7, 100), (0, 2**32 - 1), (0, 2**32 - 2), (-7, 3 * 2**32),
    (3, 3), (0, 0),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"])
def test_integers(dtype):
    bounds = list(BOUNDS)
    if dtype != "?":
        info = np.iinfo(dtype)
        bounds += [(info.min, info.max), (info.min, 0), (info.max - 1, info.max)]
    for low, high in bounds:
        for size in (None, 61):
            for endpoint in (False, True):
                check(
                    lambda g, module: g.integers(
                        low,
                        high,
                        size,
                        dtype=dtype,
                        endpoint=endpoint,
                    )
                )
            check(
                lambda g, module: g.randint(low, high, size, dtype=dtype),
                "RandomState",
                ("MT19937", "PCG64"),
            )
    if dtype not in "?u8":
        many = [1, 2, 3], [[100], [50]]
        check(lambda g, module: g.integers(*map(module.array, many), dtype=dtype))
        check(lambda g, module: g.randint(*map(module.array, many), dtype=dtype), "RandomState")


def test_types_of_integers():
    check(lambda g, module: g.integers(10))
    check(lambda g, module: g.integers(10, dtype=int))
    check(lambda g, module: g.integers(2, dtype=bool))
    check(lambda g, module: g.integers(0))
    check(lambda g, module: g.randint(10), "RandomState")
    check(lambda g, module: g.randint(10, dtype="i8"), "RandomState")
    check(lambda g, module: g.randint(2, dtype=bool), "RandomState")
    check(lambda g, module: g.tomaxint(), "RandomState")
    check(lambda g, module: g.tomaxint((2, 3)), "RandomState")


def test_shapes_one_by_one():
    for name in ("rand", "randn"):
        check(lambda g, module: getattr(g, name)(), "RandomState")
        check(lambda g, module: getattr(g, name)(3, 5), "RandomState")


def test_bytes():
    check(lambda g, module: g.bytes(13))
    check(lambda g, module: g.bytes(0), "RandomState")


# MARK: Sequences


def shuffled(change):
    def draw(generator, module):
        array = module.arange(60).reshape(5, 12)
        change(generator, array)
        return array

    return draw


def test_shuffle():
    check(shuffled(lambda g, a: g.shuffle(a)))
    check(shuffled(lambda g, a: g.shuffle(a, axis=1)))
    check(shuffled(lambda g, a: g.shuffle(a[1:, ::2], axis=-1)))
    check(shuffled(lambda g, a: g.shuffle(a.reshape(-1))))
    check(shuffled(lambda g, a: g.shuffle(a)), "RandomState")


def test_shuffle_of_what_may_not_be_written():
    array = mnp.arange(5)
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        mnp.random.default_rng(1).shuffle(array)


@pytest.mark.parametrize("owner", ["Generator", "RandomState"])
def test_permutation(owner):
    check(lambda g, module: g.permutation(50), owner)
    check(lambda g, module: g.permutation(module.arange(50) * 0.5), owner)
    check(lambda g, module: g.permutation(module.arange(50).reshape(25, 2)), owner)
    check(lambda g, module: g.permutation([3, 4, 5, 7]), owner)


def test_permuted():
    for axis in (None, 0, 1, -1):
        check(lambda g, m: g.permuted(m.arange(60).reshape(5, 12), axis=axis))
        check(lambda g, m: g.permuted(m.arange(60).reshape(5, 12)[:, ::2], axis=axis))
    check(lambda g, m: g.permuted(m.arange(60).reshape(5, 3, 4)[:, ::2], axis=1))


@pytest.mark.parametrize("owner", ["Generator", "RandomState"])
def test_choice(owner):
    check(lambda g, module: g.choice(50), owner)
    check(lambda g, module: g.choice(module.arange(50)), owner)
    for size in (20, (), (4, 5)):
        check(lambda g, module: g.choice(50, size), owner)
        check(lambda g, module: g.choice(module.arange(50) * 0.5, size), owner)
    for population, count in ((50, 20), (50, 50), (20_000, 30), (20_000, 3000), (1, 1), (5, 0)):
        check(lambda g, module: g.choice(population, count, replace=False), owner)
    weights = [0.1, 0.2, 0.3, 0.4]
    check(lambda g, module: g.choice(4, p=weights), owner)
    check(lambda g, module: g.choice(4, 50, p=module.array(weights)), owner)
    check(lambda g, module: g.choice(4, (2, 2), p=weights, replace=False), owner)
    check(lambda g, module: g.choice(4, 3, p=[0.5, 0.5, 0, 0], replace=False), owner)
    check(lambda g, module: g.choice(4, 5, replace=False), owner)


def test_choice_along_an_axis():
    check(lambda g, module: g.choice(module.arange(60).reshape(5, 12), 3, axis=1))
    check(lambda g, module: g.choice(module.arange(60).reshape(5, 12)))
    check(lambda g, module: g.choice(20_000, 900, replace=False, shuffle=False))
    check(lambda g, module: g.choice(20_000, 9000, replace=False, shuffle=False))


# MARK: Vectors


def test_multinomial():
    for owner in ("Generator", "RandomState"):
        chances = [0.2, 0.5, 0.3]
        check(lambda g, module: g.multinomial(20, chances), owner)
        check(lambda g, module: g.multinomial(1000, module.array(chances), size=(3, 2)), owner)
        check(lambda g, module: g.multinomial(0, [1.0], size=3), owner)


def test_dirichlet():
    for owner in ("Generator", "RandomState"):
        for weights in ([0.5, 1, 2.5], [0.01, 0.02, 0.05], [3, 1]):
            check(lambda g, module: g.dirichlet(weights), owner)
            check(lambda g, module: g.dirichlet(module.array(weights), size=(3, 2)), owner)
    check(lambda g, module: g.dirichlet([0.0, 0.0, 0.05, 0.0], size=5))


def test_multivariate_hypergeometric():
    for sample in (0, 3, 20, 40):
        check(lambda g, module: g.multivariate_hypergeometric([12, 8, 20], sample))
        check(lambda g, module: g.multivariate_hypergeometric([12, 8, 20], sample, (2, 3)))
    check(lambda g, module: g.multivariate_hypergeometric(module.array([1000, 5000]), 2000, 9))


def test_wrong_vectors_are_numpys_errors():
    generator = mnp.random.default_rng(1)
    with pytest.raises(ValueError, match="pvals"):
        generator.multinomial(3, [0.9, 0.9, 0.1])
    with pytest.raises(ValueError, match="alpha"):
        generator.dirichlet([-1.0, 2.0])
    with pytest.raises(ValueError, match="nsample"):
        generator.multivariate_hypergeometric([1, 2], 4)


# MARK: The module's functions and the states


def test_functions_of_the_module():
    calls = [
        "normal(size=3)", "rand(2)", "randint(10, size=4)", "choice(5)", "permutation(4)",
        "random_sample(2)", "sample(2)", "ranf()", "random(3)", "standard_normal()", "randn(3)",
        "poisson(3.0, 4)", "bytes(3)", "uniform(0, 1, 3)", "exponential(size=2)", "gamma(2.0)",
    ]  # fmt: skip
    before = np.random.get_state()
    try:
        for call in calls:
            np.random.seed(3)
            expected = eval(f"np.random.{call}", {"np": np})
            expected_state = str(np.random.get_state())
            mnp.random.seed(3)
            with natively():
                got = eval(f"np.random.{call}", {"np": mnp})
            assert_same(got, expected)
            # The state is NumPy's own, which programs of both share.
            assert str(np.random.get_state()) == expected_state
    finally:
        np.random.set_state(before)


def test_the_second_of_a_pair_is_shared_with_numpy():
    generator = mnp.random.RandomState(3)
    plain = np.random.RandomState(3)
    assert generator.normal() == plain.normal()
    assert generator.get_state(legacy=False)["has_gauss"] == 1
    plain.set_state(generator.get_state())
    assert generator.normal() == plain.normal()
    assert generator.get_state(legacy=False)["has_gauss"] == 0


def test_generators_go_on_in_turns():
    bits = np.random.PCG64(1)
    ours, numpys = mnp.random.Generator(bits), np.random.Generator(bits)
    one = np.random.default_rng(1)
    expected = [one.normal(), *one.integers(9, size=3), one.random(), *one.random(100)]
    got = [ours.normal(), *numpys.integers(9, size=3), ours.random(), *numpys.random(100)]
    assert got == expected


def test_pickled_generators_go_on():
    generator = mnp.random.default_rng(7)
    generator.normal(size=5)
    again = pickle.loads(pickle.dumps(generator))
    assert type(again) is type(generator)
    assert (again.normal(size=7) == generator.normal(size=7)).all()


def test_pickled_states_go_on():
    generator = mnp.random.RandomState(7)
    generator.normal()
    again = pickle.loads(pickle.dumps(generator))
    assert type(again) is type(generator)
    assert again.normal() == generator.normal()  # The second of the pair.
    assert again.normal() == generator.normal()


@needs_martlet
def test_numpys_generators_are_instances():
    assert isinstance(np.random.default_rng(1), mnp.random.Generator)
    assert isinstance(np.random.RandomState(1), mnp.random.RandomState)
    assert not isinstance(np.random.RandomState(1), mnp.random.Generator)


def test_arrays_as_seeds():
    expected = np.random.default_rng(np.arange(4)).random(3)
    assert (np.asarray(mnp.random.default_rng(mnp.arange(4)).random(3)) == expected).all()


def test_integers_of_no_size():
    check(lambda g, module: g.integers(0, -10, size=(3, 0)))
    check(lambda g, module: g.randint(0, -10, size=0), "RandomState")


def test_binomial_with_tiny_probabilities():
    for owner in ("Generator", "RandomState"):
        check(lambda g, module: g.binomial(2**62, 1e-18, size=100), owner)
        check(lambda g, module: g.binomial(50_000_000_000, 5e-12, size=100), owner)


def test_states_can_be_set():
    generator = mnp.random.default_rng(7)
    before = generator.bit_generator.state
    first = generator.normal(size=70_000)
    generator.bit_generator.state = before
    assert (generator.normal(size=70_000) == first).all()


@needs_martlet
def test_default_rng_of_other_generators():
    plain = np.random.default_rng(4)
    ours = mnp.random.default_rng(plain)
    assert isinstance(ours, np.random.Generator) and type(ours) is mnp.random.Generator
    assert ours.bit_generator is plain.bit_generator
    assert mnp.random.default_rng(ours) is ours
    assert type(mnp.random.default_rng(np.random.PCG64(2))) is mnp.random.Generator


def test_a_subclass_of_a_bit_generator():
    class Mine(np.random.PCG64):
        pass

    expected = np.random.Generator(np.random.PCG64(5))
    generator = mnp.random.Generator(Mine(5))
    assert (np.asarray(generator.normal(size=100)) == expected.normal(size=100)).all()


def test_threads_draw_each_number_once():
    generator = mnp.random.default_rng(11)
    expected = np.sort(np.random.default_rng(11).random(4 * 60_000))
    parts = []

    def draw():
        parts.append(np.asarray(generator.random(60_000)))

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (np.sort(np.concatenate(parts)) == expected).all()


@given(st.integers(0, 2**64 - 1), st.integers(1, 400), st.sampled_from(BIT_GENERATORS))
@settings(max_examples=EXAMPLES)
def test_any_seed(seed, size, bits):
    expected, got = made(np, "Generator", bits, seed), made(mnp, "Generator", bits, seed)
    assert_same(got.normal(size=size), expected.normal(size=size))
    assert_same(got.integers(1000, size=size), expected.integers(1000, size=size))
    assert state(got) == state(expected)


COVARIANCES = {
    "two": [[2.0, 0.5], [0.5, 1.0]],
    "integers": [[2, 1], [1, 3]],
    "singular": [[1.0, 1.0], [1.0, 1.0]],
    "three": [[4.0, 1, 0], [1, 3, -1], [0, -1, 2]],
    "not one": [[1.0, 2.0], [2.0, 1.0]],
}


@pytest.mark.parametrize("name", COVARIANCES)
@pytest.mark.parametrize("size", [None, 3, (2, 5), 0, (1000,)])
@pytest.mark.parametrize("method", ["svd", "eigh", "cholesky", None])
def test_multivariate_normal(name, size, method):
    cov = COVARIANCES[name]

    def call(np):
        rng = np.random.default_rng(5) if method else np.random.RandomState(5)
        options = {"method": method} if method else {}
        mean = np.arange(len(cov))
        try:
            first = rng.multivariate_normal(mean, np.array(cov), size, **options)
        except np.linalg.LinAlgError:
            first = None
        return first, rng.multivariate_normal(mean, cov, 2, "ignore", method="svd") if method else 0

    check(call)


@pytest.mark.parametrize(
    "call",
    [
        lambda r: r.multivariate_normal([[0.0]], [[1.0]]),
        lambda r: r.multivariate_normal([0.0], [1.0]),
        lambda r: r.multivariate_normal([0.0], [[1.0, 0], [0, 1]]),
        lambda r: r.multivariate_normal([0.0], [[-1.0]], check_valid="raise"),
        lambda r: r.multivariate_normal([0.0], [[1.0]], check_valid="other"),
        lambda r: r.multivariate_normal([0.0], [[1.0]], tol="a"),
        lambda r: r.multivariate_normal([], [[]]),
        lambda r: r.multivariate_normal([0j], [[1.0]]),
    ],
)
def test_multivariate_normal_refuses(call):
    check(lambda np: call(np.random.default_rng(1)))
    check(lambda np: call(np.random.RandomState(1)))
