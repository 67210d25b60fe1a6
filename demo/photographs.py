"""Five everyday jobs of image arithmetic on photographs, in plain NumPy.

    python photographs.py --output FOLDER [--repeat N] PICTURE...

It knows nothing of Martlet: `python photographs.py` runs it with NumPy, and
`python -m martlet photographs.py` runs the same file with Martlet. It writes pictures, the
numbers behind them (results.npz), and the median time of every job (timings.json).
"""

import argparse
import json
import pathlib
import statistics
import time

import numpy as np
from PIL import Image


def luminance(photograph):
    """The brightness of each pixel, 0 to 255 (the weights are those of Rec. 709)."""
    return photograph @ np.array([0.2126, 0.7152, 0.0722])


def gaussian_kernel(size, sigma):
    """A normalised size × size Gaussian with standard deviation sigma, in pixels."""
    x = np.arange(size) - (size - 1) / 2
    profile = np.exp(-(x**2) / (2 * sigma**2))
    kernel = profile[:, np.newaxis] * profile
    return kernel / kernel.sum()


def convolve(image, kernel):
    """The part of the 2-D convolution that needs no padding, by shifted slices."""
    rows, columns = kernel.shape
    height, width = image.shape[0] - rows + 1, image.shape[1] - columns + 1
    flipped = kernel[::-1, ::-1]
    out = np.zeros((height, width))
    for i in range(rows):
        for j in range(columns):
            out += image[i : i + height, j : j + width] * flipped[i, j]
    return out


def convolution(photograph):
    """A 9 × 9 Gaussian blur of the brightness."""
    return convolve(luminance(photograph), gaussian_kernel(9, 2.0))


def sobel_edges(photograph):
    """The magnitude of the brightness gradient, scaled to 0 to 255."""
    image = luminance(photograph)
    across = (
        image[:-2, 2:]
        - image[:-2, :-2]
        + 2 * (image[1:-1, 2:] - image[1:-1, :-2])
        + image[2:, 2:]
        - image[2:, :-2]
    )
    down = (
        image[2:, :-2]
        - image[:-2, :-2]
        + 2 * (image[2:, 1:-1] - image[:-2, 1:-1])
        + image[2:, 2:]
        - image[:-2, 2:]
    )
    magnitude = np.sqrt(across**2 + down**2)
    return magnitude * (255 / magnitude.max())


def quantise_colours(photograph, colours=12, steps=8):
    """The photograph in its `colours` main colours, found by k-means."""
    pixels = photograph.reshape(-1, 3)
    # Evenly spaced by brightness, so the start is the same every time and no cluster is empty.
    order = np.argsort(pixels.sum(axis=1), kind="stable")
    centres = pixels[order[len(pixels) // (2 * colours) :: len(pixels) // colours]][:colours]
    for _ in range(steps):
        distances = ((pixels[:, np.newaxis, :] - centres) ** 2).sum(axis=2)
        labels = distances.argmin(axis=1)
        centres = np.stack(
            [
                pixels[labels == k].mean(axis=0) if (labels == k).any() else centres[k]
                for k in range(colours)
            ]
        )
    return centres[labels].reshape(photograph.shape)


def heat_smoothing(photograph, steps=60, rate=0.2):
    """The photograph after `steps` explicit steps of the heat equation, borders held."""
    u = photograph.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] += rate * (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
        )
    return u


def principal_patches(photograph, size=8, components=6):
    """The brightness rebuilt from the first principal components of its size × size patches."""
    image = luminance(photograph)
    rows, columns = image.shape[0] // size, image.shape[1] // size
    patches = (
        image[: rows * size, : columns * size]
        .reshape(rows, size, columns, size)
        .transpose(0, 2, 1, 3)
        .reshape(rows * columns, size * size)
    )
    mean, deviation = patches.mean(axis=0), patches.std(axis=0)
    standard = (patches - mean) / deviation
    covariance = standard.T @ standard / len(standard)
    _, vectors = np.linalg.eigh(covariance)
    basis = vectors[:, -components:]
    rebuilt = (standard @ basis) @ basis.T * deviation + mean
    return (
        rebuilt.reshape(rows, columns, size, size)
        .transpose(0, 2, 1, 3)
        .reshape(rows * size, columns * size)
    )


JOBS = {
    "convolution": convolution,
    "sobel": sobel_edges,
    "k-means": quantise_colours,
    "heat": heat_smoothing,
    "pca": principal_patches,
}


def as_picture(values):
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="+", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--repeat", type=int, default=5, help="times each job runs (default 5)")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)

    timings, results = {}, {}
    for path in arguments.pictures:
        photograph = np.asarray(Image.open(path)).astype(np.float64)
        for name, job in JOBS.items():
            seconds = []
            for _ in range(arguments.repeat):
                start = time.perf_counter()
                result = job(photograph)
                memoryview(result)  # the numbers are in memory before the clock stops
                seconds.append(time.perf_counter() - start)
            label = f"{path.stem} {name}"
            timings[label] = {"first": seconds[0], "median": statistics.median(seconds)}
            results[label] = result
            as_picture(result).save(arguments.output / f"{path.stem}-{name}.png")
            print(f"    {label}: {timings[label]['median'] * 1e3:.1f} ms", flush=True)

    np.savez(arguments.output / "results.npz", **results)
    (arguments.output / "timings.json").write_text(json.dumps(timings, indent=2))


if __name__ == "__main__":
    main()
