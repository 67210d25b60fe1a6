"""Gradients: the conventions at kinks, code that writes in place, and the forms of asking."""

import gc
import threading

import hypothesis
import hypothesis.strategies as st
import martlet
import numpy
import pytest
from martlet import _martlet, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from subject import DEVICE, HAS_EVENTS, mnp, np

X = [1.0, 2.0, 3.0]


def slope(f, x=X):
    return np.asarray(grad(f)(mnp.array(x)))


# Code that writes in place ------------------------------------------------------------------------

W = numpy.array([10.0, 20.0, 30.0])


def old_value(x):
    a = x.copy()
    y = a * a
    a[:] = 1
    return y.sum()


def through_a_view(x):
    a = x.copy()
    v = a[1:]
    v *= 2
    return (a * a).sum()


def read_by_a_view(x):
    a = x.copy()
    v = a[1:]
    a *= x
    return v.sum()


def overlapping(x):
    a = x.copy()
    a[1:] = a[:-1]
    return (a * mnp.array(W)).sum()


def overlapping_output(x):
    a = x.copy()
    mnp.positive(a[:-1], out=a[1:])
    return (a * mnp.array(W)).sum()


def by_itself(x):
    a = x.copy()
    a *= a
    return a.sum()


def scaled_exp(x):
    y = mnp.exp(x)
    y *= 2
    return y.sum()


def last_wins(x):
    a = mnp.zeros(3)
    a[[0, 0]] = x[:2]
    return a.sum()


def added_at(x):
    a = mnp.zeros(3)
    mnp.add.at(a, [0, 0], x[:2])
    return a.sum()


def broadcast_in(x):
    a = mnp.zeros((2, 3))
    a[:] = x
    return a.sum()


def windows(x):
    return mnp.lib.stride_tricks.sliding_window_view(x, 2).sum()


def ravel_that_is_a_view(x):
    a = x.reshape(1, 3).copy()
    a.ravel()[0] *= 5
    return a.sum()


def ravel_that_is_a_copy(x):
    a = mnp.stack([x, x])
    a.T.ravel()[0] *= 5
    return a.sum()


def through_the_transpose(x):
    a = mnp.stack([x, x])
    a.T[0] = 7
    return a.sum()


def filled(x):
    a = x.copy()
    a[1:].fill(3)
    return (a * x).sum()


def copied_to(x):
    a = mnp.zeros(3)
    mnp.copyto(a, x, where=mnp.array([True, False, True]))
    return (a * a).sum()


def both_halves(x):
    a = x[:2].copy()
    p, q = mnp.split(a, 2)
    p *= 2
    return (p * q).sum()


def views_of_views(x):
    a = x.copy()
    v = a[::-1][:2][::-1][None, 1:]
    v *= 4
    return (a * a).sum()


def no_axes(x):
    a = x.copy()
    v = a[1:2].reshape(())
    v *= 3
    return a.sum()


def where_false(x):
    o = x * 3
    mnp.exp(x, where=mnp.array([True, False, True]), out=o)
    return o.sum()


def masked(x):
    a = x.copy()
    a[a > 2] = 0
    return a.sum()


def masked_values(x):
    a = mnp.zeros(3)
    a[mnp.array([True, False, True])] = x[:2] * 2
    return (a * a).sum()


def single_precision(x):
    a = mnp.zeros(3, dtype=mnp.float32)
    a[:] = x
    return (a * a).sum()


def into_integers(x):
    a = mnp.zeros(3, dtype=int)
    a[:] = x
    return (a * x).sum()


def one_by_one(x):
    a = mnp.zeros(3)
    for i in range(3):
        a[i] = x[i] * x[i - 1]
    return a.sum()


E1, E3 = numpy.exp(1.0), numpy.exp(3.0)


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (old_value, [2, 4, 6]),
        (through_a_view, [2, 16, 24]),
        (read_by_a_view, [0, 4, 6]),
        (overlapping, [30, 30, 0]),
        (overlapping_output, [30, 30, 0]),
        (by_itself, [2, 4, 6]),
        (scaled_exp, 2 * numpy.exp(X)),
        (last_wins, [0, 1, 0]),
        (added_at, [1, 1, 0]),
        (broadcast_in, [2, 2, 2]),
        (windows, [1, 2, 1]),
        (ravel_that_is_a_view, [5, 1, 1]),
        (ravel_that_is_a_copy, [2, 2, 2]),
        (through_the_transpose, [0, 2, 2]),
        (filled, [2, 3, 3]),
        (copied_to, [2, 0, 6]),
        (both_halves, [4, 2, 0]),
        (views_of_views, [2, 4, 96]),
        (no_axes, [1, 3, 1]),
        (where_false, [E1, 3, E3]),
        (masked, [1, 1, 0]),
        (masked_values, [8, 16, 0]),
        (single_precision, [2, 4, 6]),
        (into_integers, [1, 2, 3]),
        (one_by_one, [5, 4, 3]),
    ],
)
def test_writes(f, expected):
    np.testing.assert_allclose(slope(f), expected, rtol=1e-12)
    # Forward, where the tangent is pulled back through the pullback.
    tangent = mnp.array([1.0, -2.0, 0.5])
    forward = jvp(f, (mnp.array(X),), (tangent,))[1]
    np.testing.assert_allclose(float(forward), numpy.dot(expected, [1, -2, 0.5]), rtol=1e-12)


@pytest.mark.parametrize(
    "f", [old_value, through_a_view, by_itself, scaled_exp, both_halves, masked_values, one_by_one]
)
def test_second_order_of_writes(f):
    x, step = numpy.array(X), 1e-5
    expected = [
        (slope(f, x + step * e) - slope(f, x - step * e)) / (2 * step) for e in numpy.eye(3)
    ]
    np.testing.assert_allclose(np.asarray(hessian(f)(mnp.array(x))), expected, atol=1e-6)


def test_the_argument_changes_once():
    def f(x):
        x *= 2
        return x.sum()

    for make in (mnp.array, numpy.array):
        x = make([1.0, 2.0])
        value, gradient = value_and_grad(f)(x)
        assert value == 6 and list(gradient) == [2, 2] and list(x) == [2, 4]


def test_a_view_from_before():
    # It is a view of the caller's array, and the variable is another with the same elements.
    x = mnp.array(X)
    v = x[1:]

    def f(y):
        v[...] = v * 3
        return (x * y).sum()

    assert list(grad(f)(x)) == [1, 6, 9]
    assert list(x) == [1, 6, 9]


def test_arguments_of_one_array():
    x = mnp.array([1.0, 2.0, 3.0, 4.0])
    a, b = grad(lambda a, b: (a * b).sum(), (0, 1))(x[:2], x[1:3])
    assert list(a) == [2, 3] and list(b) == [1, 2]


def test_what_escapes_is_plain():
    kept = []

    def f(x):
        kept.append(x * 2)
        return x.sum()

    grad(f)(mnp.array(X))
    assert not _martlet.is_traced(kept[0])
    assert list(kept[0] + 1) == [3, 5, 7]
    kept[0][0] = 10
    assert list(kept[0]) == [10, 4, 6]


def test_a_long_loop():
    # Each step is a launch, which takes long where a device is played.
    steps = 20_000 if DEVICE == "cpu" else 300

    def f(x):
        u = x.copy()
        for _ in range(steps):
            u[1:-1] *= 0.999
        return u.sum()

    np.testing.assert_allclose(slope(f), [1, 0.999**steps, 1], rtol=1e-9)


def test_a_linear_step_keeps_nothing():
    def f(x):
        u = x.copy()
        for _ in range(200):
            u[1:-1] += 0.1 * (u[2:] + u[:-2])
        return u.sum()

    x = mnp.ones(200_000)
    grad(f)(x)
    gc.collect()
    before = _martlet.counters()["copied_bytes"]
    grad(f)(x)
    # Nothing that a step writes over is kept, so nothing is copied for it.
    assert _martlet.counters()["copied_bytes"] == before


# Kinks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: mnp.abs(x).sum(), [0.0], [0]),
        (lambda x: mnp.maximum(x, 2.0).sum(), X, [0, 0.5, 1]),
        (lambda x: mnp.max(x), [1.0, 3.0, 3.0], [0, 0.5, 0.5]),
        (lambda x: mnp.min(x, axis=0).sum(), [[1.0, 3.0], [1.0, 4.0]], [[0.5, 1], [0.5, 0]]),
        (lambda x: mnp.clip(x, 1, 2).sum(), X, [1, 1, 0]),
        (lambda x: mnp.where(x > 0, mnp.sqrt(x), 0.0).sum(), [0.0, 4.0], [0, 0.25]),
        (lambda x: mnp.where(x > 0, mnp.log(x), x).sum(), [0.0, 4.0], [1, 0.25]),
        (lambda x: mnp.std(x), [2.0, 2.0], [0, 0]),
        (lambda x: mnp.sqrt(x).sum(), [0.0], [numpy.inf]),
        (lambda x: (x**3).sum(), [0.0], [0]),
        (lambda x: (x**1).sum(), [0.0], [1]),
        (lambda x: mnp.power(0.0, x).sum(), [2.0], [0]),
        (lambda x: mnp.prod(x), [0.0, 2.0, 3.0], [6, 0, 0]),
        (lambda x: mnp.prod(x), [0.0, 2.0, 0.0], [0, 0, 0]),
        (lambda x: mnp.cumprod(x).sum(), [0.0, 2.0, 3.0], [9, 0, 0]),
    ],
)
def test_kinks(f, x, expected):
    assert np.asarray(grad(f)(mnp.array(x))).tolist() == numpy.array(expected).tolist()


# Forms --------------------------------------------------------------------------------------------


def polynomial(x):
    return 5 * x**2 + 3 * x - 2


def test_orders():
    assert grad(polynomial)(4) == 43
    assert grad(grad(polynomial))(4) == 10
    assert grad(grad(grad(polynomial)))(4) == 0
    found = grad(grad(grad(lambda x: mnp.sin(x) * x**3)))(1.3)
    x = 1.3
    sin, cos = numpy.sin(x), numpy.cos(x)
    np.testing.assert_allclose(found, -cos * x**3 - 9 * x * x * sin + 18 * x * cos + 6 * sin)


def test_nested_functions_are_not_confused():
    # d/dx of x * d/dy (x + y) is 1.
    assert grad(lambda x: x * grad(lambda y: x + y)(2.0))(1.0) == 1


def test_an_argument_is_no_other_array():
    x = mnp.array(X)
    # What the function reads by another name is a constant.
    assert list(grad(lambda y: (x * y).sum())(x)) == X
    nested = grad(lambda y: grad(lambda z: (z * z * y).sum())(y).sum())
    assert list(nested(x)) == [4, 8, 12]


def test_no_elements():
    assert np.asarray(grad(lambda x: (x * x).sum())(mnp.zeros((0, 3)))).shape == (0, 3)


def test_containers_and_arguments():
    x = mnp.array(X)
    tree = grad(lambda d: (d["a"] * d["b"][0]).sum() + 0 * d["c"])({"a": x, "b": [x], "c": 1.0})
    assert list(tree["a"]) == X and list(tree["b"][0]) == X and tree["c"] == 0
    gradients, loss = martlet.grad_and_loss(lambda x, y: (x * y).sum(), [0, 1])(x, x)
    assert isinstance(gradients, list) and list(gradients[1]) == X and loss == 14
    assert list(grad(lambda x, y: (y * y).sum())(x, x)) == [0, 0, 0]
    assert list(grad(lambda x, *, scale: (x * scale).sum())(x, scale=3.0)) == [3, 3, 3]
    with pytest.raises(TypeError, match="argument 2"):
        grad(polynomial, 2)(1.0)


def test_functions_of_many_results():
    x = mnp.array([1.0, 2.0])
    value, pull = vjp(lambda x: (x * x, mnp.sum(x)), x)
    assert list(value[0]) == [1, 4] and value[1] == 3
    assert list(pull((mnp.array([1.0, 0.0]), 1.0))[0]) == [3, 1]
    assert list(pull((mnp.array([0.0, 1.0]), 0.0))[0]) == [0, 4]
    assert np.asarray(jacobian(lambda x: mnp.outer(x, x))(x)).tolist() == [
        [[2, 0], [2, 1]],
        [[2, 1], [0, 4]],
    ]
    assert list(hvp(lambda x: (x**3).sum())(x, mnp.array([1.0, 1.0]))) == [6, 12]
    value, tangent = jvp(mnp.sin, (x,), (mnp.array([1.0, 0.0]),))
    np.testing.assert_allclose(np.asarray(tangent), [numpy.cos(1), 0])


def test_complex_numbers():
    z = numpy.array([1 + 2j, 3 - 1j])
    # HIPS autograd's convention: d/dx - i d/dy.
    np.testing.assert_allclose(grad(lambda z: mnp.sum(mnp.abs(z) ** 2))(z), 2 * z.conj())
    np.testing.assert_allclose(grad(lambda z: mnp.sum((z**2).real))(z), 2 * z)
    other = grad(lambda z: mnp.sum(mnp.abs(z) ** 2), conjugate=True)
    np.testing.assert_allclose(other(z), 2 * z)

    def parts(z):
        z = z.copy()
        z.real *= 2
        z.imag[0] = 5
        return mnp.sum(mnp.abs(z) ** 2)

    np.testing.assert_allclose(grad(parts)(z), [8, 24 + 2j])


def test_rules_of_users():
    calls = []

    def raw(x):
        calls.append(1)
        return numpy.log1p(numpy.asarray(x))

    log1p = martlet.defvjp(raw, lambda answer, x: lambda g: g / (1 + x))
    x = mnp.array(X)
    np.testing.assert_allclose(grad(lambda x: mnp.sum(log1p(x)))(x), 1 / (1 + numpy.array(X)))
    np.testing.assert_allclose(
        np.asarray(hessian(lambda x: mnp.sum(log1p(x)))(x)).diagonal(),
        -1 / (1 + numpy.array(X)) ** 2,
    )
    forward = martlet.defjvp(raw, lambda t, answer, x: t / (1 + x))
    np.testing.assert_allclose(grad(lambda x: mnp.sum(forward(x)))(x), 1 / (1 + numpy.array(X)))
    with pytest.raises(NotImplementedError, match="argument 1"):
        second = martlet.defvjp(lambda x, y: x * y, lambda a, x, y: lambda g: g * y)
        grad(lambda x: mnp.sum(second(x, x)))(x)


def test_checkpoint():
    runs = []

    @martlet.checkpoint
    def step(x, scale):
        runs.append(1)
        return mnp.sin(x) * scale

    f = lambda x: mnp.sum(step(step(x, 2.0), 3.0))  # noqa: E731
    plain = lambda x: mnp.sum(mnp.sin(mnp.sin(x) * 2.0) * 3.0)  # noqa: E731
    np.testing.assert_allclose(slope(f), slope(plain))
    assert len(runs) == 4
    np.testing.assert_allclose(
        np.asarray(hessian(f)(mnp.array(X))), np.asarray(hessian(plain)(mnp.array(X))), atol=1e-12
    )


@pytest.mark.skipif(not HAS_EVENTS, reason="only the processor has flags")
def test_other_threads_hear_of_their_events():
    # What rules raise is told nobody, and what others raise meanwhile is told them.
    stop = threading.Event()

    def differentiate():
        x = mnp.zeros(40)
        while not stop.is_set():
            grad(lambda x: mnp.sqrt(x).sum())(x)

    threads = [threading.Thread(target=differentiate) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for size in [10, 30_000] * 50:
            with pytest.warns(RuntimeWarning, match="divide by zero"):
                float((1 / mnp.zeros(size))[0])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        1 / mnp.zeros(3)


@pytest.mark.parametrize("size", [4, 30_000])
def test_only_the_program_is_told_of(size):
    # The rule divides by zero as well. Deferred work may tell of itself whenever it is computed.
    with pytest.warns(RuntimeWarning) as told:
        grad(lambda x: (1 / x).sum())(mnp.zeros(size))[0]
    assert {str(warning.message) for warning in told} == {"divide by zero encountered in divide"}


def test_stop_gradient():
    assert list(grad(lambda x: (x * martlet.stop_gradient(x)).sum())(mnp.array(X))) == X


def test_what_has_no_derivative_says_so():
    x = mnp.array(X)
    with pytest.raises(NotImplementedError, match="float.*stop_gradient"):
        grad(lambda x: mnp.sum(x) * float(x[0]))(x)
    with pytest.raises(NotImplementedError, match="nextafter"):
        grad(lambda x: mnp.nextafter(x, 0).sum())(x)
    with pytest.raises(NotImplementedError, match="NumPy"):
        grad(lambda x: (x * numpy.asarray(x)).sum())(x)
    with pytest.raises(NotImplementedError, match="bits"):
        grad(lambda x: (x.view("i8") + 1).view("f8").sum())(x)
    with pytest.raises(TypeError, match="int64"):
        grad(lambda x: mnp.argmax(x))(x)
    with pytest.raises((TypeError, NotImplementedError), match="int64"):
        grad(lambda x: x.sum() * 1.0)(mnp.array([1, 2]))


def test_the_tape_ends_with_an_error():
    x = mnp.array(X)
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: 1 / 0)(x)
    assert not _martlet.is_traced(x)
    assert float(x[0]) == 1


def test_control_flow_and_printing():
    texts = []

    def f(x):
        texts.append(f"{x} {x[0]:.1f} {x!r}")
        return (x * x).sum() if x[0] > 0 else x.sum()

    assert list(grad(f)(mnp.array(X))) == [2, 4, 6]
    assert texts == ["[1. 2. 3.] 1.0 array([1., 2., 3.])"]


# Programs -----------------------------------------------------------------------------------------


@st.composite
def programs(draw):
    """Statements on an array `a`, a view `v` of it, and the argument `x`, of `n` elements."""
    spans = ["[:]", "[1:]", "[:-1]", "[::2]", "[::-1]", "[2:5]", "[[0, 3, 3, 1]]", "[mask]"]
    reads = ["a", "x", "v", "a * x", "sin(a)", "exp(0.3 * v)", "a / (2 + x * x)", "cumsum(a) / n"]
    lines = []
    for _ in range(draw(st.integers(1, 7))):
        kind = draw(st.integers(0, 6))
        span, read = draw(st.sampled_from(spans)), draw(st.sampled_from(reads))
        if kind == 0:
            lines.append(f"a{span} = ({read}){span}")
        elif kind == 1:
            lines.append(f"a{span} *= ({read}){span}")
        elif kind == 2:
            lines.append(f"v = a[::-1]; v{span} = 0.5 * ({read}){span}")
        elif kind == 3:
            lines.append(f"a[1:] {draw(st.sampled_from(['=', '+=', '*=']))} a[:-1]")
        elif kind == 4:
            lines.append(f"add.at(a, [0, 2, 2, 5], ({read})[:4])")
        elif kind == 5:
            lines.append(f"multiply({read}, 0.7, out=a)")
        else:
            lines.append(f"a = concatenate([a[3:], ({read})[:3]]); v = a[::-1]")
    return "\n".join(lines)


def run(program, module, x):
    n = x.shape[0]
    a = x * 1.5 + 0.25
    places = module.arange(n)
    names = {
        "x": x,
        "n": n,
        "a": a,
        "v": a[::-1],
        "mask": places % 3 != 1,
        "sin": module.sin,
        "exp": module.exp,
        "cumsum": module.cumsum,
        "add": module.add,
        "multiply": module.multiply,
        "concatenate": module.concatenate,
    }
    exec(program, names)
    weights = module.cos(places * 1.7)
    return module.sum(names["a"] * weights) + module.sum(names["v"] ** 2) * 0.01


# Every statement is analytic, so the derivative comes to the last bits from an imaginary step.
# Large arrays are remembered and fused where small ones are computed at once.
@pytest.mark.parametrize(("n", "examples"), [(6, 120), (20_000, 40)])
def test_programs_against_the_complex_step(n, examples):
    @hypothesis.given(programs(), st.integers(0, 2**32 - 1))
    @hypothesis.settings(max_examples=examples if DEVICE == "cpu" else 3, deadline=None)
    def check(program, seed):
        rng = numpy.random.default_rng(seed)
        x, direction = rng.uniform(-1, 1, n), rng.uniform(-1, 1, n)
        with numpy.errstate(all="ignore"):
            expected = run(program, numpy, x + 1e-30j * direction).imag / 1e-30
            found = np.asarray(grad(lambda x: run(program, mnp, x))(mnp.array(x)))
        scale = 1 + numpy.abs(found * direction).sum()
        if numpy.isfinite(scale) and numpy.isfinite(expected) and scale < 1e12:
            assert abs(numpy.dot(found, direction) - expected) <= 1e-11 * scale, program

    check()
