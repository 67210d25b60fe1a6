"""Small programs as people write them to try a library: NumPy takes each 3 to 30 ms.

Every function takes the array module and returns a number that depends on all of the work, which
`first_runs.py` compares.
"""


def heat(np):
    """A plate with one warm edge, by Jacobi's relaxation."""
    plate = np.zeros((80, 80))
    plate[0, :] = 100.0
    for _ in range(200):
        plate[1:-1, 1:-1] = 0.25 * (
            plate[:-2, 1:-1] + plate[2:, 1:-1] + plate[1:-1, :-2] + plate[1:-1, 2:]
        )
    return plate.sum()


def kmeans(np):
    """Lloyd's algorithm on points around five places."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(2000, 2)) + 6 * rng.integers(0, 5, size=(2000, 1))
    centres = points[:5].copy()
    for _ in range(12):
        distance = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        label = np.argmin(distance, axis=1)
        for k in range(5):
            mine = points[label == k]
            if len(mine):
                centres[k] = mine.mean(axis=0)
    return centres.sum()


def regression(np):
    """Least squares by the normal equations, and the coefficient of determination."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(20000, 8))
    y = x @ np.arange(1.0, 9.0) + 0.5 + 0.1 * rng.normal(size=20000)
    features = np.column_stack([np.ones(len(x)), x])
    weights = np.linalg.solve(features.T @ features, features.T @ y)
    left = y - features @ weights
    return 1 - (left**2).sum() / ((y - y.mean()) ** 2).sum() + weights.sum()


def logistic(np):
    """Logistic regression by gradient descent."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(1000, 6))
    y = (x[:, 0] - 2 * x[:, 1] + 0.3 * rng.normal(size=1000) > 0).astype(np.float64)
    weights = np.zeros(6)
    for _ in range(200):
        chance = 1 / (1 + np.exp(-(x @ weights)))
        weights -= 0.5 * (x.T @ (chance - y)) / len(y)
    return weights.sum() + np.mean((chance > 0.5) == (y == 1))


def nbody(np):
    """Gravity among sixty bodies, leapfrog."""
    rng = np.random.default_rng(4)
    position = rng.normal(size=(60, 3))
    velocity = np.zeros((60, 3))
    mass = rng.uniform(0.5, 1.5, size=60)
    for _ in range(40):
        away = position[None, :, :] - position[:, None, :]
        inverse = ((away**2).sum(axis=-1) + 0.01) ** -1.5
        velocity += 0.001 * (away * (mass * inverse)[:, :, None]).sum(axis=1)
        position += 0.001 * velocity
    return 0.5 * (mass * (velocity**2).sum(axis=1)).sum() + position.sum()


def smoothing(np):
    """A noisy signal through a window, a recursive filter's impulse response, and a threshold."""
    time = np.linspace(0, 1, 20000)
    signal = np.sin(2 * np.pi * 5 * time) + 0.3 * np.cos(2 * np.pi * 700 * time)
    window = np.hanning(51)
    smooth = np.convolve(signal, window / window.sum(), mode="same")
    running = np.cumsum(np.insert(smooth, 0, 0.0))
    average = (running[25:] - running[:-25]) / 25
    crossings = np.nonzero(np.diff(np.sign(average)))[0]
    energy = np.sqrt(np.mean(smooth.reshape(-1, 200) ** 2, axis=1))
    return len(crossings) + energy.max() - np.abs(average).min()


def edges(np):
    """Sobel's operator on an image, its histogram, and what lies above a threshold."""
    row, column = np.mgrid[0:300, 0:300]
    image = 127 + 100 * np.sin(row / 20.0) * np.cos(column / 30.0)
    image = image.astype(np.uint8).astype(np.float64)
    across = (
        image[:-2, 2:] + 2 * image[1:-1, 2:] + image[2:, 2:]
        - image[:-2, :-2] - 2 * image[1:-1, :-2] - image[2:, :-2]
    )  # fmt: skip
    down = (
        image[2:, :-2] + 2 * image[2:, 1:-1] + image[2:, 2:]
        - image[:-2, :-2] - 2 * image[:-2, 1:-1] - image[:-2, 2:]
    )  # fmt: skip
    strength = np.hypot(across, down)
    counts, _ = np.histogram(strength, bins=32)
    mask = strength > strength.mean() + strength.std()
    return mask.sum() + np.clip(strength, 0, 50).mean() + counts.argmax()


def statistics(np):
    """A table of measurements: moments, quantiles, correlations, outliers, standard scores."""
    rng = np.random.default_rng(5)
    table = rng.gamma(2.0, 3.0, size=(20000, 6))
    table[:, 1] += table[:, 0]
    mean, deviation = table.mean(axis=0), table.std(axis=0, ddof=1)
    scores = (table - mean) / deviation
    outliers = np.any(np.abs(scores) > 3, axis=1)
    skewness = (scores**3).mean(axis=0)
    quartiles = np.percentile(table, [25, 50, 75], axis=0)
    correlation = np.corrcoef(table, rowvar=False)
    kept = table[~outliers]
    return skewness.sum() + quartiles.sum() + correlation.sum() + kept.var() + kept.shape[0]


def options(np):
    """Prices of options by a simulation, and the spread of its estimate."""
    rng = np.random.default_rng(6)
    steps = rng.standard_normal((5000, 50)) * 0.2 * np.sqrt(1 / 50) + (0.03 - 0.02) / 50
    paths = 100 * np.exp(np.cumsum(steps, axis=1))
    asian = np.maximum(paths.mean(axis=1) - 100, 0)
    barrier = np.where(paths.min(axis=1) < 85, 0.0, np.maximum(paths[:, -1] - 100, 0))
    discount = np.exp(-0.03)
    return discount * (asian.mean() + barrier.mean()) + asian.std() / np.sqrt(len(asian))


def mandelbrot(np):
    """Escape times on a grid of complex numbers."""
    x = np.linspace(-2, 0.6, 120)
    y = np.linspace(-1.2, 1.2, 100)
    c = x[np.newaxis, :] + 1j * y[:, np.newaxis]
    z = np.zeros_like(c)
    count = np.zeros(c.shape, dtype=int)
    for _ in range(60):
        inside = np.abs(z) <= 2
        z[inside] = z[inside] ** 2 + c[inside]
        count += inside
    return count.sum()


def life(np):
    """Conway's game of life, neighbours by rolled copies."""
    rng = np.random.default_rng(7)
    cells = (rng.random((100, 100)) < 0.3).astype(int)
    for _ in range(50):
        neighbours = sum(
            np.roll(np.roll(cells, i, 0), j, 1)
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            if (i, j) != (0, 0)
        )
        cells = ((neighbours == 3) | ((cells == 1) & (neighbours == 2))).astype(int)
    return cells.sum()


def elimination(np):
    """Gauss's elimination with pivots, by rows, and back substitution."""
    n = 100
    i = np.arange(n)
    a = 1.0 / (1 + np.abs(i[:, None] - i[None, :])) + np.eye(n)
    b = np.sin(i / 7.0)
    for k in range(n - 1):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[[k, p]] = b[[p, k]]
        factor = a[k + 1 :, k] / a[k, k]
        a[k + 1 :, k:] -= factor[:, None] * a[k, k:]
        b[k + 1 :] -= factor * b[k]
    x = np.zeros(n)
    for k in range(n - 1, -1, -1):
        x[k] = (b[k] - a[k, k + 1 :] @ x[k + 1 :]) / a[k, k]
    return x.sum()


def network(np):
    """A layer of tanh and one of softmax, trained on labels of a spiral."""
    rng = np.random.default_rng(8)
    angle = np.linspace(0, 4, 300)
    arms = [np.stack([angle * np.cos(angle + t), angle * np.sin(angle + t)], 1) for t in (0, 2, 4)]
    x = np.concatenate(arms) / 4
    label = np.repeat(np.arange(3), 300)
    first, second = rng.normal(size=(2, 16)), rng.normal(size=(16, 3)) * 0.1
    bias = np.zeros(16)
    for _ in range(40):
        hidden = np.tanh(x @ first + bias)
        score = hidden @ second
        score = np.exp(score - score.max(axis=1, keepdims=True))
        chance = score / score.sum(axis=1, keepdims=True)
        loss = -np.log(chance[np.arange(900), label]).mean()
        chance[np.arange(900), label] -= 1
        chance /= 900
        back = (chance @ second.T) * (1 - hidden**2)
        second -= hidden.T @ chance
        first -= x.T @ back
        bias -= back.sum(axis=0)
    return loss


def paths(np):
    """Shortest ways between all pairs of places (Floyd and Warshall), and the farthest pair."""
    rng = np.random.default_rng(9)
    place = rng.random((130, 2))
    away = place[:, None] - place[None]
    length = np.sqrt((away**2).sum(-1))
    way = np.where(length < 0.2, length, np.inf)
    np.fill_diagonal(way, 0)
    for k in range(130):
        way = np.minimum(way, way[:, k, None] + way[None, k, :])
    known = np.isfinite(way)
    return way[known].max() + known.sum()


PROGRAMS = [
    heat, kmeans, regression, logistic, nbody, smoothing, edges, statistics, options, mandelbrot,
    life, elimination, network, paths,
]  # fmt: skip
