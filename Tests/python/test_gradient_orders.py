"""What HIPS autograd tests function by function, to the second order in both directions, and the
examples of its documentation and MinPy's with the numbers that HIPS autograd 1.9 gives for them."""

import itertools

import numpy
import pytest
from subject import IS_NUMPY, mnp

if IS_NUMPY:
    pytest.skip("NumPy has no derivatives", allow_module_level=True)

from martlet import check_grads, elementwise_grad, grad, hessian, jacobian

np = mnp
draw = numpy.random.default_rng(17).standard_normal


def check(function, *arguments, tolerance=2e-4):
    check_grads(function, modes=("fwd", "rev"), order=2, tolerance=tolerance)(
        *[np.array(a) for a in arguments]
    )


# Two arguments -----------------------------------------------------------------------------------

SHAPES = [
    ((), ()),
    ((), (2, 3)),
    ((2, 3), (2, 3)),
    ((3,), (2, 3)),
    ((2, 1), (1, 3)),
    ((0, 2), (2,)),
]
# Where both arguments are positive; the others take any.
POSITIVE = (
    "power",
    "float_power",
    "true_divide",
    "divide",
    "logaddexp",
    "remainder",
    "fmod",
    "hypot",
)
BINARY = [
    *("add", "subtract", "multiply", "maximum", "minimum", "fmax", "fmin", "arctan2", "copysign"),
    *POSITIVE,
    "logaddexp2",
]


@pytest.mark.parametrize("name", BINARY)
def test_binary_operators(name):
    for a, b in SHAPES:
        for left, right in {(a, b), (b, a)}:
            x, y = draw(left), draw(right)
            if name in (*POSITIVE, "mod"):
                x, y = abs(x) + 0.6, abs(y) + 0.6
            check(getattr(np, name), x, y)


@pytest.mark.parametrize(
    "operator",
    [
        "a + b",
        "a - b",
        "a * b",
        "a / b",
        "a ** b",
        "a % b",
        "-a + b",
        "a // b + a * b",
        "abs(a) + b",
    ],
)
def test_operators_between_arrays_and_numbers(operator):
    f = eval(f"lambda a, b: {operator}")
    x, y = abs(draw((2, 3))) + 0.6, abs(draw((3,))) + 0.6
    check(f, x, y)
    for number in (2, 1.5, numpy.float64(0.75)):
        check(lambda a, n=number: f(a, n), x)
        check(lambda b, n=number: f(n, b), x)


# Reductions --------------------------------------------------------------------------------------

REDUCTIONS = ["sum", "mean", "prod", "var", "std", "max", "min", "median", "ptp"]
REDUCTIONS += ["nansum", "nanmean", "nanprod", "nanvar", "nanmax", "logaddexp.reduce"]
AXES = [None, 0, 1, -1, (0, 2), (0, 1, 2)]


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_over_every_axis(name):
    x = draw((2, 3, 2))
    for axis, keepdims in itertools.product(AXES, (False, True)):
        if name == "logaddexp.reduce":
            if isinstance(axis, tuple):
                continue  # NumPy has it for one axis.
            check(lambda a, d=axis, k=keepdims: np.logaddexp.reduce(a, axis=d, keepdims=k), x)
        else:
            f = getattr(np, name)
            check(lambda a, f=f, d=axis, k=keepdims: f(a, axis=d, keepdims=k), x)
    if name in ("var", "std", "nanvar"):
        check(lambda a: getattr(np, name)(a, axis=1, ddof=1), x)


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "diff", "sort", "flip", "gradient"])
def test_functions_along_every_axis(name):
    for axis in (0, 1, 2, -2):
        check(lambda a, d=axis: getattr(np, name)(a, axis=d), draw((2, 3, 2)))


# Products ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        (name, left, right)
        for name, shapes in {
            "dot": [((), (2, 3)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2)),
                    ((2, 2, 3), (3, 2)), ((2, 3), (2, 3, 2))],
            "matmul": [((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3, 2)), ((2, 3), (3, 2)),
                       ((2, 1, 2, 3), (3, 3, 2)), ((2, 2, 3), (3, 1))],
            "outer": [((3,), (2,)), ((2, 2), (3,))],
            "inner": [((3,), (3,)), ((2, 3), (2, 3)), ((2, 2, 3), (3,))],
            "kron": [((2,), (3,)), ((2, 2), (1, 3)), ((2,), (2, 2))],
            "cross": [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (2, 3))],
            "vdot": [((3,), (3,)), ((2, 2), (2, 2))],
        }.items()
        for left, right in shapes
    ],
)  # fmt: skip
def test_products(name, left, right):
    check(getattr(np, name), draw(left), draw(right))


@pytest.mark.parametrize("axes", [0, 1, 2, ([0], [1]), ([1, 0], [0, 1])])
def test_tensordot(axes):
    check(lambda a, b: np.tensordot(a, b, axes=axes), draw((2, 2)), draw((2, 2)))


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("ij->ji", [(2, 3)]),
        ("ij->", [(2, 3)]),
        ("ij->j", [(2, 3)]),
        ("ii", [(3, 3)]),
        ("iji->j", [(2, 3, 2)]),
        ("ij,jk", [(2, 3), (3, 2)]),
        ("ij,ij->i", [(2, 3), (2, 3)]),
        ("i,j->ji", [(2,), (3,)]),
        ("i,i,i->i", [(3,), (3,), (3,)]),
        ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]),
        ("...ij,...j->...i", [(2, 2, 3), (3,)]),
        ("i...,i...->...", [(2, 3), (2, 1)]),
        ("ij,jk,kl->il", [(2, 3), (3, 2), (2, 2)]),
        ("ijk,il,jm,kn->lmn", [(2, 2, 2), (2, 3), (2, 1), (2, 2)]),
        ("ii,ij->j", [(2, 2), (2, 3)]),
    ],
)
def test_einsum(text, shapes):
    arrays = [draw(shape) for shape in shapes]
    check(lambda *operands: np.einsum(text, *operands), *arrays)


def test_einsum_by_lists_of_axes():
    check(lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0]), draw((2, 3)), draw((3, 2)))
    check(lambda a: np.einsum(a, [0, 0], [0]), draw((3, 3)))


# Linear algebra ----------------------------------------------------------------------------------


def near_identity(*shape):
    return draw(shape) * 0.3 + 2 * numpy.eye(shape[-1])


def symmetric(a):
    return (a + np.swapaxes(a, -1, -2)) / 2


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 3, 3)])
@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.linalg.inv(a),
        lambda a: np.linalg.det(a),
        lambda a: np.linalg.slogdet(a)[1],
        lambda a: np.linalg.pinv(a),
        lambda a: np.linalg.cholesky(symmetric(a)),
        lambda a: np.linalg.eigh(symmetric(a))[0],
        lambda a: np.linalg.eigh(symmetric(a))[1] ** 2,
        lambda a: np.linalg.svd(a, compute_uv=False),
        lambda a: np.linalg.svd(a)[0] ** 2,
        lambda a: np.linalg.qr(a)[1] ** 2,
        lambda a: np.linalg.solve(a, np.sin(a)),
        lambda a: np.linalg.norm(a, axis=(-2, -1)),
        lambda a: np.linalg.norm(a, axis=-1),
        lambda a: np.linalg.matrix_power(a, 3),
        lambda a: np.trace(a, axis1=-2, axis2=-1),
        lambda a: np.diagonal(a, axis1=-2, axis2=-1) ** 2,
    ],
)
def test_linear_algebra(function, shape):
    check(function, near_identity(*shape), tolerance=5e-4)


# Transforms --------------------------------------------------------------------------------------


def parts(z):
    return np.concatenate([np.real(z).reshape(-1), np.imag(z).reshape(-1)])


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "ihfft", "irfft", "hfft"])
@pytest.mark.parametrize("norm", [None, "ortho", "forward"])
def test_transforms(name, norm):
    for n, axis in ((None, -1), (4, 0), (5, 1), (2, 1)):
        check(
            lambda a, n=n, d=axis: parts(getattr(np.fft, name)(a * a, n=n, axis=d, norm=norm)),
            draw((3, 4)),
        )


@pytest.mark.parametrize("name", ["fft2", "ifft2", "fftn", "ifftn", "rfft2", "rfftn", "irfftn"])
def test_transforms_of_many_axes(name):
    check(lambda a: parts(getattr(np.fft, name)(a * a)), draw((2, 3, 4)))
    check(lambda a: parts(getattr(np.fft, name)(a, s=(3, 4), axes=(0, 2))), draw((2, 3, 4)))


def test_shifts_of_transforms():
    for function in (np.fft.fftshift, np.fft.ifftshift):
        check(lambda a, f=function: f(a, axes=1) * a, draw((2, 5)))


# Documented examples -----------------------------------------------------------------------------


def close(found, expected):
    numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-12, atol=1e-13)


def test_a_sine_by_its_series():
    def sine(x):
        total = term = x
        for i in range(1, 200):
            term = -term * x * x / ((2 * i + 1) * (2 * i))
            total = total + term
            if abs(term) < 1e-12:
                break
        return total

    expected = [0.644217687237691, 0.7648421872844884, -0.6442176872376948, -0.7648421872845662]
    for value in expected:
        close(sine(0.7), value)
        sine = grad(sine)


def test_orders_of_tanh():
    expected = [
        [0.5590551677322438, 0.9151369618266293, 0.35920131616027484],
        [0.7424663759649396, -0.5331818782014544, -0.5750806044028615],
        [0.3609645875202112, -1.3643061061011237, 0.662651751453457],
        [-2.011090468347809, 3.7224858166137196, 0.1785141023856025],
        [-7.592806899439452, 6.1137039319531565, -4.174309988246412],
    ]
    slope = np.tanh
    for values in expected:
        slope = elementwise_grad(slope)
        close(slope(np.array([-0.8, 0.3, 1.1])), values)


def test_logistic_regression():
    inputs = np.array(
        [[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]]
    )
    targets = np.array([True, True, False, True])

    def loss(weights):
        chance = 0.5 * (np.tanh(inputs @ weights / 2) + 1)
        return -np.sum(np.log(chance * targets + (1 - chance) * (1 - targets)))

    weights = np.zeros(3)
    close(loss(weights), 2.772588722239781)
    close(grad(loss)(weights), [-0.81, 1.255, -1.805])
    close(
        hessian(loss)(weights),
        [
            [0.4657, -0.54485, 0.22125],
            [-0.54485, 2.156125, -0.709675],
            [0.22125, -0.709675, 1.059375],
        ],
    )
    slope = grad(loss)
    for _ in range(100):
        weights -= 0.01 * slope(weights)
    close(loss(weights), 1.0672706757870163)
    close(weights, [0.4830736619199681, -0.3705721743179022, 1.0693739506125794])


def test_small_examples():
    def valley(x):
        return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2

    close(grad(valley)(np.array([-1.0, 2.0])), [396, 200])
    close(hessian(valley)(np.array([-1.0, 2.0])), [[402, 400], [400, 200]])

    def log_sum(x):
        top = np.max(x)
        return top + np.log(np.sum(np.exp(x - top)))

    close(
        grad(log_sum)(np.array([1.0, 2.0, 4.0])),
        [0.04201006613406605, 0.11419519938459449, 0.8437947344813395],
    )
    close(
        jacobian(lambda x: np.stack([x[0] * x[1], np.sin(x[0])]))(np.array([1.0, 2.0])),
        [[2, 1], [0.5403023058681398, 0]],
    )
    close(grad(lambda z: np.real(z**3))(1 + 2j), -9 + 12j)
    close(grad(lambda z: np.abs(z) ** 2)(1 + 2j), 2 - 4j)

    # MinPy's polynomial, whose second derivative MinPy gives as 0.
    def polynomial(x):
        return 5 * (x**2) + 3 * x - 2

    assert (grad(polynomial)(4), grad(grad(polynomial))(4)) == (43, 10)
