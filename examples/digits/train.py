"""Trains a small network on scikit-learn's handwritten digits, with Martlet's gradients.

    python examples/digits/train.py [--epochs N] [--output FOLDER]

Shows a bar with the loss on a terminal, prints the share of unseen digits that are read rightly,
and leaves a picture of the loss.
"""

import argparse
import importlib.util
import sys
from pathlib import Path

import martlet.numpy as np
from martlet import nn, optim, steps, value_and_grad
from PIL import Image, ImageDraw


def digits():
    """Pictures (1797, 64) with values in [0, 1], and their digits (1797,)."""
    package = importlib.util.find_spec("sklearn")
    if package is None:
        sys.exit("The digits come with scikit-learn, which is missing: pip install scikit-learn.")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    table = np.loadtxt(path, delimiter=",")
    return table[:, :-1] / 16, table[:, -1].astype(int)


def network(weights, x):
    """Scores (n, 10) for pictures (n, 64)."""
    hidden = nn.relu(nn.affine(x, *weights["hidden"]))
    return nn.affine(hidden, *weights["output"])


def train(pictures, classes, epochs, generator, size=64, hidden=48):
    """The trained weights, and the mean loss of every epoch."""
    weights = {
        "hidden": (nn.uniform_weights(generator, 64, hidden), np.zeros(hidden)),
        "output": (nn.uniform_weights(generator, hidden, 10), np.zeros(10)),
    }
    method = optim.adam(rate=0.004)
    state = method.start(weights)
    loss_and_slope = value_and_grad(lambda weights, x, c: nn.cross_entropy(network(weights, x), c))
    losses = []
    for _ in steps(range(epochs), "training", detail=lambda: last(losses)):
        order = generator.permutation(len(pictures))
        total = 0.0
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            loss, slope = loss_and_slope(weights, pictures[rows], classes[rows])
            weights, state = method.step(weights, slope, state)
            total += float(loss) * len(rows)
        losses.append(total / len(order))
    return weights, losses


def last(losses):
    return f"loss {losses[-1]:.4f}" if losses else ""


def draw(losses, path, width=480, height=240, rim=24):
    """A picture of the loss over the epochs."""
    image = Image.new("RGB", (width, height), "white")
    canvas = ImageDraw.Draw(image)
    top = max(losses)
    points = [
        (
            rim + (width - 2 * rim) * i / max(len(losses) - 1, 1),
            height - rim - (height - 2 * rim) * loss / top,
        )
        for i, loss in enumerate(losses)
    ]
    canvas.line([(rim, rim), (rim, height - rim), (width - rim, height - rim)], fill="gray")
    canvas.line(points, fill="navy", width=2)
    canvas.text((rim + 4, rim), f"loss, from {losses[0]:.3f} to {losses[-1]:.3f}", fill="black")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--output", type=Path, default=Path("output/examples"))
    options = parser.parse_args()
    pictures, classes = digits()
    generator = np.random.default_rng(0)
    order = generator.permutation(len(pictures))
    seen, unseen = order[:1400], order[1400:]
    weights, losses = train(pictures[seen], classes[seen], options.epochs, generator)
    read = np.argmax(network(weights, pictures[unseen]), axis=1)
    print(f"{(read == classes[unseen]).mean():.1%} of {len(unseen)} unseen digits are read rightly")
    draw(losses, options.output / "digits-loss.png")
    print(f"the loss: {options.output / 'digits-loss.png'}")


if __name__ == "__main__":
    main()
