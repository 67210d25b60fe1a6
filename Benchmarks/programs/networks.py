"""Neural networks, forward and backward, from the chain rule."""

import numpy as np
from program import Program, uniform


def perceptron(x, labels, hidden, steps):
    """A network with one hidden layer learns classes by gradient descent."""
    count, features = x.shape
    classes = 10
    w1 = np.cos(np.arange(features * hidden, dtype=float)).reshape(features, hidden) * 0.1
    w2 = np.sin(np.arange(hidden * classes, dtype=float)).reshape(hidden, classes) * 0.1
    b1, b2 = np.zeros(hidden), np.zeros(classes)
    rows = np.arange(count)
    for _ in range(steps):
        h = np.maximum(x @ w1 + b1, 0.0)
        scores = h @ w2 + b2
        scores -= scores.max(axis=1, keepdims=True)
        probability = np.exp(scores)
        probability /= probability.sum(axis=1, keepdims=True)
        gradient = probability
        gradient[rows, labels] -= 1.0
        gradient /= count
        back = gradient @ w2.T
        back[h <= 0.0] = 0.0
        w2 -= 0.1 * (h.T @ gradient)
        b2 -= 0.1 * gradient.sum(axis=0)
        w1 -= 0.1 * (x.T @ back)
        b1 -= 0.1 * back.sum(axis=0)
    return w1, b1, w2, b2


def softmax(scores):
    """Probabilities along the last axis, without overflow."""
    shifted = scores - np.max(scores, axis=-1, keepdims=True)
    powers = np.exp(shifted)
    return powers / np.sum(powers, axis=-1, keepdims=True)


def attention(queries, keys, values):
    """Scaled dot-product attention of several heads, masked to what came before."""
    length = queries.shape[-2]
    scores = queries @ keys.swapaxes(-1, -2) / np.sqrt(queries.shape[-1])
    later = np.arange(length)[:, None] < np.arange(length)
    scores = np.where(later, -1e30, scores)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)) @ values


def convolution_layer(images, filters):
    """A layer of 3×3 filters as one product of matrices (im2col), then ReLU and pooling."""
    count, height, width, channels = images.shape
    out_height, out_width = height - 2, width - 2
    patches = np.empty((count, out_height, out_width, 9 * channels), dtype=images.dtype)
    for i in range(3):
        for j in range(3):
            place = (3 * i + j) * channels
            patches[..., place : place + channels] = images[
                :, i : i + out_height, j : j + out_width
            ]
    out = np.maximum(patches.reshape(-1, 9 * channels) @ filters, 0)
    out = out.reshape(count, out_height, out_width, -1)
    return np.maximum(
        np.maximum(out[:, ::2, ::2], out[:, 1::2, ::2]),
        np.maximum(out[:, ::2, 1::2], out[:, 1::2, 1::2]),
    )


def recurrent(inputs, weights, recurrent_weights, bias):
    """A long short-term memory over a batch of sequences."""
    batch, length, _ = inputs.shape
    size = recurrent_weights.shape[0]
    state, memory = np.zeros((batch, size)), np.zeros((batch, size))
    states = np.zeros((batch, length, size))
    for t in range(length):
        gates = inputs[:, t] @ weights + state @ recurrent_weights + bias
        opened = 1.0 / (1.0 + np.exp(-gates[:, : 3 * size]))
        memory = opened[:, :size] * memory
        memory += opened[:, size : 2 * size] * np.tanh(gates[:, 3 * size :])
        state = opened[:, 2 * size :] * np.tanh(memory)
        states[:, t] = state
    return states


def perceptron_inputs(n):
    generator = np.random.default_rng(1)
    return {
        "x": generator.random((n, 32)),
        "labels": generator.integers(0, 10, n),
        "hidden": 64,
        "steps": 8,
    }


def attention_inputs(n):
    return {
        name: uniform((4, n, 32), low=-1.0, high=1.0, seed=seed)
        for seed, name in enumerate(("queries", "keys", "values"))
    }


def recurrent_inputs(n):
    return {
        "inputs": uniform((n, 20, 16), low=-1.0, high=1.0, seed=1),
        "weights": uniform((16, 128), low=-0.3, high=0.3, seed=2),
        "recurrent_weights": uniform((32, 128), low=-0.3, high=0.3, seed=3),
        "bias": uniform(128, low=-0.1, high=0.1, seed=4),
    }


PROGRAMS = [
    Program(perceptron, perceptron_inputs, (120, 1100, 22_000), exact=False),
    Program(
        softmax,
        lambda n: {"scores": uniform((n, 200), low=-4.0, high=4.0)},
        (2000, 20_000, 120_000),
        exact=False,
    ),
    Program(attention, attention_inputs, (160, 500, 2600), exact=False),
    Program(
        convolution_layer,
        lambda n: {
            "images": uniform((4, n, n, 3), "float32"),
            "filters": uniform((27, 16), "float32", low=-0.5, high=0.5),
        },
        (40, 160, 800),
        exact=False,
    ),
    Program(recurrent, recurrent_inputs, (30, 550, 12_000), exact=False),
]
