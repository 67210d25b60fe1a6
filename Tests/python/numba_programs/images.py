"""Pictures as arrays of bytes and floats."""

import numpy as np
from martlet import njit, prange

KERNEL = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16.0


@njit
def to_gray_indexed(img):
    h, w, c = img.shape
    out = np.zeros((h, w), np.uint8)
    for y in range(h):
        for x in range(w):
            v = 0.299 * img[y, x, 0] + 0.587 * img[y, x, 1] + 0.114 * img[y, x, 2]
            out[y, x] = min(255, int(v + 0.5))
    return out


@njit
def blur(img):
    h, w = img.shape
    out = np.zeros_like(img)
    for y in range(1, h - 1):
        for x in range(1, w - 1):
            out[y, x] = np.sum(img[y - 1 : y + 2, x - 1 : x + 2] * KERNEL)
    return out


@njit
def bilinear(img, new_h, new_w):
    h, w = img.shape
    out = np.empty((new_h, new_w), dtype=img.dtype)
    for i in range(new_h):
        for j in range(new_w):
            y = i * (h - 1) / (new_h - 1)
            x = j * (w - 1) / (new_w - 1)
            y0 = int(np.floor(y))
            x0 = int(np.floor(x))
            y1 = min(y0 + 1, h - 1)
            x1 = min(x0 + 1, w - 1)
            dy = y - y0
            dx = x - x0
            top = img[y0, x0] * (1 - dx) + img[y0, x1] * dx
            bottom = img[y1, x0] * (1 - dx) + img[y1, x1] * dx
            out[i, j] = top * (1 - dy) + bottom * dy
    return out


@njit
def median_insertion(img):
    h, w = img.shape
    out = img.copy()
    buf = np.empty(9, img.dtype)
    for y in range(1, h - 1):
        for x in range(1, w - 1):
            k = 0
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    v = img[y + dy, x + dx]
                    j = k
                    while j > 0 and buf[j - 1] > v:
                        buf[j] = buf[j - 1]
                        j -= 1
                    buf[j] = v
                    k += 1
            out[y, x] = buf[4]
    return out


@njit(parallel=True)
def gamma(img, g):
    out = np.empty(img.shape, np.uint8)
    for i in prange(img.shape[0]):
        for j in range(img.shape[1]):
            out[i, j] = np.uint8(255 * (img[i, j] / 255) ** g)
    return out


@njit
def floyd_steinberg(img):
    out = img.astype(np.float32)
    h, w = out.shape
    for y in range(h):
        for x in range(w):
            old = out[y, x]
            new = 255.0 if old > 127 else 0.0
            out[y, x] = new
            err = old - new
            if x + 1 < w:
                out[y, x + 1] += err * 7 / 16
            if y + 1 < h:
                if x > 0:
                    out[y + 1, x - 1] += err * 3 / 16
                out[y + 1, x] += err * 5 / 16
                if x + 1 < w:
                    out[y + 1, x + 1] += err * 1 / 16
    return out.astype(np.uint8)


@njit
def invert_in_place(img):
    img[:] = 255 - img


@njit
def erode(mask):
    out = np.zeros_like(mask)
    for y in range(1, mask.shape[0] - 1):
        for x in range(1, mask.shape[1] - 1):
            out[y, x] = mask[y - 1 : y + 2, x - 1 : x + 2].all()
    return out


@njit
def mandelbrot(xmin, xmax, ymin, ymax, w, h, iters):
    out = np.zeros((h, w), dtype=np.uint8)
    for y in range(h):
        for x in range(w):
            c = complex(xmin + x * (xmax - xmin) / w, ymin + y * (ymax - ymin) / h)
            z = 0.0j
            for i in range(iters):
                z = z * z + c
                if z.real * z.real + z.imag * z.imag >= 4:
                    out[y, x] = i
                    break
            else:
                out[y, x] = 255
    return out


r = np.random.default_rng(1)
rgb = r.integers(0, 256, (9, 11, 3)).astype(np.uint8)
gray = rgb[:, :, 0].copy()

# What a program is, its function, and what gives its arguments.
CASES = [
    ("to_gray_indexed", to_gray_indexed, lambda: (rgb,)),
    ("blur", blur, lambda: (gray.astype(float),)),
    ("bilinear", bilinear, lambda: (gray.astype(np.float32), 20, 15)),
    ("median_insertion", median_insertion, lambda: (gray,)),
    ("gamma", gamma, lambda: (gray, 0.5)),
    ("floyd_steinberg", floyd_steinberg, lambda: (gray,)),
    ("invert_in_place", invert_in_place, lambda: (gray.copy(),)),
    ("erode", erode, lambda: (gray > 50,)),
    ("mandelbrot", mandelbrot, lambda: (-2.0, 1.0, -1.0, 1.0, 20, 15, 30)),
]
