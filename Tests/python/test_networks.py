"""`martlet.nn` and `martlet.optim`: derivatives against differences, steps against their papers."""

import numpy
import pytest
from martlet import check_grads, grad, nn, optim
from subject import mnp, needs_martlet, np

pytestmark = needs_martlet
RNG = numpy.random.default_rng(0)


def normal(*shape):
    return mnp.array(RNG.normal(size=shape).tolist())


LAYERS = {
    "affine": (lambda x, w, b: mnp.sum(nn.affine(x, w, b) ** 2), [(3, 4), (4, 2), (2,)]),
    "sigmoid": (lambda x: mnp.sum(nn.sigmoid(x)), [(5,)]),
    "softmax": (lambda x: mnp.sum(nn.softmax(x) ** 2), [(3, 4)]),
    "cross entropy": (lambda x: nn.cross_entropy(x, mnp.array([0, 2, 1])), [(3, 4)]),
    "squared error": (lambda x, y: nn.mean_squared_error(x, y), [(3, 4), (3, 4)]),
    "batch": (
        lambda x, s, o: mnp.sum(nn.batch_normalisation(x, s, o) ** 3),
        [(5, 4), (4,), (4,)],
    ),
    "convolution": (
        lambda x, k: mnp.sum(nn.convolution(x, k, stride=2, padding=1) ** 2),
        [(2, 3, 6, 6), (4, 3, 3, 3)],
    ),
    "rnn": (
        lambda x, s, w, u, b: mnp.sum(nn.rnn_step(x, s, w, u, b) ** 2),
        [(2, 3), (2, 4), (3, 4), (4, 4), (4,)],
    ),
    "gru": (
        lambda x, s, w, u, b: mnp.sum(nn.gru_step(x, s, w, u, b) ** 2),
        [(2, 3), (2, 4), (3, 12), (4, 12), (12,)],
    ),
    "lstm": (
        lambda x, s, c, w, u, b: mnp.sum(nn.lstm_step(x, s, c, w, u, b)[0] ** 2),
        [(2, 3), (2, 4), (2, 4), (3, 16), (4, 16), (16,)],
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_derivatives(name):
    f, shapes = LAYERS[name]
    check_grads(f)(*(normal(*shape) for shape in shapes))


def test_values():
    x = mnp.array([[1.0, 2.0, 3.0], [1000.0, -1000.0, 0.0]])
    np.testing.assert_allclose(np.asarray(nn.softmax(x)).sum(axis=1), [1, 1])
    np.testing.assert_allclose(np.asarray(nn.log_softmax(x))[1], [0, -2000, -1000])
    assert np.asarray(nn.sigmoid(mnp.array([-800.0, 0.0, 800.0]))).tolist() == [0, 0.5, 1]
    image = mnp.arange(16.0).reshape(1, 1, 4, 4)
    found = nn.convolution(image, mnp.ones((1, 1, 2, 2)))
    assert np.asarray(found)[0, 0].tolist() == [[10, 14, 18], [26, 30, 34], [42, 46, 50]]
    with pytest.raises(ValueError, match="channels"):
        nn.convolution(image, mnp.ones((1, 2, 2, 2)))
    with pytest.raises(ValueError, match=r"\(1, 1, 4, 4\)"):
        nn.cross_entropy(image, mnp.array([0]))


def test_dropout_keeps_the_mean():
    x = mnp.ones(100_000)
    y = np.asarray(nn.dropout(x, 0.25, mnp.random.default_rng(1)))
    assert set(numpy.unique(y)) == {0, 1 / 0.75}
    assert abs(y.mean() - 1) < 0.01
    with pytest.raises(ValueError, match="1.0"):
        nn.dropout(x, 1.0, mnp.random.default_rng(1))


@pytest.mark.parametrize(
    "method",
    [optim.sgd(0.1), optim.momentum(0.05), optim.rmsprop(0.05), optim.adam(0.1)],
    ids=["sgd", "momentum", "rmsprop", "adam"],
)
def test_methods_descend(method):
    weights = {"a": mnp.array([3.0, -2.0]), "b": [mnp.array(1.0)]}
    first = weights["a"]
    state = method.start(weights)
    slope = grad(lambda w: mnp.sum((w["a"] - 1) ** 2) + (w["b"][0] + 2) ** 2)
    for _ in range(200):
        weights, state = method.step(weights, slope(weights), state)
    np.testing.assert_allclose(np.asarray(weights["a"]), [1, 1], atol=1e-3)
    np.testing.assert_allclose(float(weights["b"][0]), -2, atol=1e-3)
    assert list(first) == [3, -2]


def test_the_first_step_of_adam():
    # With corrected means it is the rate, in the direction of the gradient.
    method = optim.adam(0.5)
    w = mnp.array([1.0, 1.0])
    moved, _ = method.step(w, mnp.array([1e-3, -7.0]), method.start(w))
    np.testing.assert_allclose(np.asarray(moved), [0.5, 1.5], atol=1e-5)
