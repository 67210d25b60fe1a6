"""Networks as plain functions of arrays: layers, activations, losses.

Weights are arrays that the caller keeps, in tuples, lists or dictionaries; `martlet.grad` takes the
derivatives, `martlet.optim` the steps. Nothing here has a state of its own.
"""

import martlet.numpy as np
from martlet import stop_gradient

__all__ = [
    "affine",
    "batch_normalisation",
    "convolution",
    "cross_entropy",
    "dropout",
    "gru_step",
    "log_softmax",
    "lstm_step",
    "mean_squared_error",
    "relu",
    "rnn_step",
    "sigmoid",
    "softmax",
    "uniform_weights",
]


def affine(x, weights, bias=None):
    """`x @ weights + bias`: rows of `x` (n, inputs) to rows of (n, outputs)."""
    y = x @ weights
    return y if bias is None else y + bias


def relu(x):
    """The positive part; at 0 its derivative is one half, that of `maximum` at a tie."""
    return np.maximum(x, 0)


def sigmoid(x):
    """`1 / (1 + exp(-x))`, without overflow at either end."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def log_softmax(x, axis=-1):
    """The logarithm of `softmax`, exact where that is tiny."""
    shifted = x - stop_gradient(np.max(x, axis=axis, keepdims=True))
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def softmax(x, axis=-1):
    """Positive numbers along an axis with the sum 1, in the proportions of `exp(x)`."""
    raised = np.exp(x - stop_gradient(np.max(x, axis=axis, keepdims=True)))
    return raised / np.sum(raised, axis=axis, keepdims=True)


def cross_entropy(scores, classes):
    """The mean of `-log_softmax(scores)` at the true classes.

    Parameters
    ----------
    scores
        An array (n, k): a row of scores for each example.
    classes
        An array (n,) of integers in [0, k).
    """
    scores = np.asarray(scores)
    classes = np.asarray(classes)
    if scores.ndim != 2 or classes.shape != scores.shape[:1]:
        raise ValueError(
            f"cross_entropy takes scores (n, k) and classes (n,), not {scores.shape} and "
            f"{classes.shape}"
        )
    rows = np.arange(len(classes))
    return -np.mean(log_softmax(scores)[rows, classes])


def mean_squared_error(x, y):
    """The mean of `(x - y) ** 2`."""
    return np.mean((x - y) ** 2)


def dropout(x, rate, generator):
    """Sets a share `rate` of the elements to 0 and scales the others, so that the mean stays."""
    if not 0 <= rate < 1:
        raise ValueError(f"dropout takes a rate in [0, 1), not {rate}")
    kept = generator.random(x.shape) >= rate
    return np.where(kept, x / (1 - rate), 0)


def batch_normalisation(x, scale, offset, mean=None, variance=None, epsilon=1e-5):
    """Each column of `x` (n, features) with mean 0 and variance 1, then scaled and moved.

    Without `mean` and `variance`, those of the batch count (Ioffe and Szegedy 2015).
    """
    if mean is None:
        mean = np.mean(x, axis=0)
    if variance is None:
        variance = np.var(x, axis=0)
    return (x - mean) / np.sqrt(variance + epsilon) * scale + offset


def convolution(images, kernels, stride=1, padding=0):
    """What every kernel finds at every place of every image (a cross-correlation, as in all
    libraries of networks).

    Parameters
    ----------
    images
        An array (n, channels, height, width).
    kernels
        An array (outputs, channels, kernel height, kernel width).

    Returns
    -------
    An array (n, outputs, new height, new width).
    """
    n, channels, height, width = images.shape
    outputs, own, high, wide = kernels.shape
    if channels != own:
        raise ValueError(f"the images have {channels} channels, the kernels {own}")
    if padding:
        padded = np.zeros(
            (n, channels, height + 2 * padding, width + 2 * padding), dtype=images.dtype
        )
        padded[:, :, padding : padding + height, padding : padding + width] = images
        images = padded
    windows = np.lib.stride_tricks.sliding_window_view(images, (high, wide), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    rows, columns = windows.shape[2:4]
    patches = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * rows * columns, -1)
    found = patches @ kernels.reshape(outputs, -1).T
    return found.reshape(n, rows, columns, outputs).transpose(0, 3, 1, 2)


def rnn_step(x, state, weights, recurrent, bias):
    """One step of a plain recurrent network: `tanh(x @ weights + state @ recurrent + bias)`."""
    return np.tanh(x @ weights + state @ recurrent + bias)


def gru_step(x, state, weights, recurrent, bias):
    """One step of a gated recurrent unit (Cho and others 2014).

    `weights` (inputs, 3 n), `recurrent` (n, 3 n) and `bias` (3 n) hold, side by side, those of the
    update gate, the reset gate and the new state.
    """
    n = state.shape[-1]
    given = x @ weights + bias
    update = sigmoid(given[..., :n] + state @ recurrent[:, :n])
    reset = sigmoid(given[..., n : 2 * n] + state @ recurrent[:, n : 2 * n])
    new = np.tanh(given[..., 2 * n :] + (reset * state) @ recurrent[:, 2 * n :])
    return (1 - update) * state + update * new


def lstm_step(x, state, cell, weights, recurrent, bias):
    """One step of a long short-term memory: the new state and the new cell (Hochreiter and
    Schmidhuber 1997, with the forget gate of Gers and others 2000).

    `weights` (inputs, 4 n), `recurrent` (n, 4 n) and `bias` (4 n) hold, side by side, those of the
    input gate, the forget gate, the new values and the output gate.
    """
    n = state.shape[-1]
    given = x @ weights + state @ recurrent + bias
    cell = sigmoid(given[..., n : 2 * n]) * cell + sigmoid(given[..., :n]) * np.tanh(
        given[..., 2 * n : 3 * n]
    )
    return sigmoid(given[..., 3 * n :]) * np.tanh(cell), cell


def uniform_weights(generator, inputs, outputs):
    """Weights (inputs, outputs) to begin with, uniform within ±√(6 / (inputs + outputs)).

    Glorot and Bengio, 2010.
    """
    limit = (6 / (inputs + outputs)) ** 0.5
    return generator.uniform(-limit, limit, (inputs, outputs))
