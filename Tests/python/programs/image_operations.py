"""An image made of gradients and shapes: cropping, filters, thresholds, histograms."""

import numpy as np

y, x = np.mgrid[0:64, 0:96]
image = np.zeros((64, 96, 3), dtype=np.uint8)
image[..., 0] = x * 255 // 95
image[..., 1] = y * 255 // 63
image[(x - 48) ** 2 + (y - 32) ** 2 < 20**2] = (250, 40, 90)

gray = image @ np.array([0.299, 0.587, 0.114])
print(image.dtype, image.shape, gray.dtype, gray.mean().round(6))
print("flipped", image[::-1, ::-1][0, 0], "crop", image[10:20:5, 40:60:10].tolist())
print("sum wraps", (image + np.uint8(10))[0, -1], "negative", (255 - image)[32, 48])
print("brighter", np.clip(image.astype(int) + 30, 0, 255).astype(np.uint8)[32, 48:50])
blurred = sum(np.roll(gray, (dy, dx), axis=(0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)) / 9
gx = gray[:, 2:] - gray[:, :-2]
gy = gray[2:] - gray[:-2]
edges = np.hypot(gx[1:-1], gy[:, 1:-1])
print("blur", blurred[30:33, 28:31].round(3))
print("edges", edges.max().round(4), np.unravel_index(edges.argmax(), edges.shape))
mask = gray > gray.mean()
print("mask", mask.sum(), mask.any(axis=0).sum(), mask.all(axis=1).sum())
half = gray.reshape(32, 2, 48, 2).mean(axis=(1, 3))
print("half", half.shape, half[:2, :3].round(2))
print("tiles", np.tile(half[:1, :2].round(1), (2, 2)), np.pad(half[:2, :2].round(1), 1))
hist = np.histogram(gray, bins=5, range=(0, 255))[0]
print("histogram", hist, "channels", [int(c.max()) for c in np.moveaxis(image, -1, 0)])
print("rotated", np.rot90(image).shape, np.transpose(image, (1, 0, 2))[5, 3])
palette, inverse = np.unique(image[30:34, 27:31].reshape(-1, 3), axis=0, return_inverse=True)
print(palette, inverse.reshape(-1))
