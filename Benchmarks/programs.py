"""The whole programs of the benchmark: each takes the array module under test as `np`.

They are written as a NumPy user writes them, for the module's own sake: slices, masks, roll,
broadcasting, and in-place accumulation inside Python loops.
"""


def black_scholes(np, price, strike, years, rate, volatility):
    """The value of European call options."""
    root = volatility * np.sqrt(years)
    d1 = (np.log(price / strike) + (rate + 0.5 * volatility**2) * years) / root
    d2 = d1 - root
    return price * normal_cdf(np, d1) - strike * np.exp(-rate * years) * normal_cdf(np, d2)


def normal_cdf(np, x):
    """Zelen and Severo's polynomial (Abramowitz and Stegun 26.2.17), absolute error < 7.5e-8."""
    k = 1.0 / (1.0 + 0.2316419 * np.abs(x))
    polynomial = k * (
        0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429)))
    )
    tail = 0.3989422804014327 * np.exp(-0.5 * x * x) * polynomial
    return np.where(x >= 0, 1.0 - tail, tail)


def jacobi(np, u, steps):
    """Relaxation of Laplace's equation, borders held; the new values are all from the old."""
    u = u.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
    return u


def life(np, cells, steps):
    """Conway's game of life on a torus, by rolled copies."""
    for _ in range(steps):
        rows = cells + np.roll(cells, 1, 0) + np.roll(cells, -1, 0)
        neighbours = rows + np.roll(rows, 1, 1) + np.roll(rows, -1, 1) - cells
        cells = ((neighbours == 3) | ((neighbours == 2) & (cells == 1))).astype(np.uint8)
    return cells


def mandelbrot(np, c, steps):
    """Escape counts, iterating only the points that have not escaped, by boolean masks."""
    z = np.zeros_like(c)
    counts = np.zeros(c.shape, dtype=np.int32)
    for _ in range(steps):
        inside = z.real * z.real + z.imag * z.imag <= 4.0
        z[inside] = z[inside] * z[inside] + c[inside]
        counts += inside
    return counts


def kmeans(np, points, clusters, steps):
    """Lloyd's algorithm: all distances by broadcasting, means by masks."""
    centres = points[:clusters]
    for _ in range(steps):
        distances = ((points[:, np.newaxis, :] - centres[np.newaxis, :, :]) ** 2).sum(axis=2)
        labels = distances.argmin(axis=1)
        centres = np.stack([points[labels == k].mean(axis=0) for k in range(clusters)])
    return centres


def nbody(np, position, velocity, mass, steps, dt=1e-3, softening=1e-2):
    """Gravity between all pairs, leapfrog, by broadcasting over (bodies, bodies, 3)."""
    for _ in range(steps):
        offset = position[np.newaxis, :, :] - position[:, np.newaxis, :]
        squared = (offset**2).sum(axis=2) + softening**2
        weight = mass * squared**-1.5
        velocity = velocity + dt * (offset * weight[:, :, np.newaxis]).sum(axis=1)
        position = position + dt * velocity
    return position


def convolution(np, image, kernel):
    """The part of the 2-D convolution that needs no padding, by shifted slices."""
    rows, columns = kernel.shape
    height, width = image.shape[0] - rows + 1, image.shape[1] - columns + 1
    out = np.zeros((height, width))
    for i in range(rows):
        for j in range(columns):
            out += image[i : i + height, j : j + width] * kernel[i, j]
    return out
