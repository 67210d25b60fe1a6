"""The kernels of the literature, on every device there is.

Whole numbers are the same as NumPy's or Python's. Floats of sums and products are compared with
the same arithmetic in the same order, and have the same bits on every device. Where there are
functions (`sqrt`, `exp`, `log`, `erf`), the bound stands beside the comparison.
"""

import math

import martlet
import numpy as np
import pytest
from martlet import cuda, float32, float64, int32, njit, prange, vectorize

DEVICES = [name for name in martlet.devices() if name != "cpu"]
TARGETS = ["cpu", "parallel", *sorted({name.partition(":")[0] for name in DEVICES})]
every_target = pytest.mark.parametrize("target", TARGETS)
in_parallel = pytest.mark.parametrize("parallel", [False, True])


@pytest.fixture(params=DEVICES)
def device(request):
    with martlet.device(request.param):
        yield request.param


def random(*shape, dtype="f8"):
    return np.random.default_rng(7).random(shape).astype(dtype)


def same_bits(actual, expected):
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
    different = np.argwhere(actual != expected)
    assert actual.tobytes() == expected.tobytes(), (
        f"{len(different)} elements differ, first at {different[:1].tolist()}"
    )


# Increment: the first kernel of the CUDA tutorials


@cuda.jit
def increment(array):
    thread = cuda.threadIdx.x
    block = cuda.blockIdx.x
    width = cuda.blockDim.x
    position = thread + block * width
    if position < array.size:
        array[position] += 1


@cuda.jit
def increment_in_strides(array):
    start = cuda.grid(1)
    stride = cuda.gridsize(1)
    for i in range(start, array.shape[0], stride):
        array[i] += 1


@cuda.jit
def increment_plane(array):
    x, y = cuda.grid(2)
    if x < array.shape[0] and y < array.shape[1]:
        array[x, y] += 1


@pytest.mark.parametrize("dtype", ["i1", "u2", "i4", "i8", "f4", "f8"])
def test_increment(device, dtype):
    array = np.arange(70).astype(dtype)
    increment[(array.size + 31) // 32, 32](array)
    same_bits(array, np.arange(1, 71).astype(dtype))
    increment_in_strides[2, 8](array)
    same_bits(array, np.arange(2, 72).astype(dtype))
    plane = array.reshape(7, 10)
    increment_plane[(2, 3), (4, 4)](plane)
    same_bits(plane, np.arange(3, 73).astype(dtype).reshape(7, 10))


# Matrix product, by threads alone and by tiles in shared memory

TILE = 4


@cuda.jit
def matmul(a, b, c):
    i, j = cuda.grid(2)
    if i < c.shape[0] and j < c.shape[1]:
        total = a[i, 0] * b[0, j]
        for k in range(1, a.shape[1]):
            total += a[i, k] * b[k, j]
        c[i, j] = total


@cuda.jit
def tiled_matmul(a, b, c):
    left = cuda.shared.array(shape=(TILE, TILE), dtype=float32)
    right = cuda.shared.array(shape=(TILE, TILE), dtype=float32)
    x, y = cuda.grid(2)
    tx = cuda.threadIdx.x
    ty = cuda.threadIdx.y
    total = float32(0.0)
    for tile in range((a.shape[1] + TILE - 1) // TILE):
        left[tx, ty] = 0
        right[tx, ty] = 0
        if x < a.shape[0] and ty + tile * TILE < a.shape[1]:
            left[tx, ty] = a[x, ty + tile * TILE]
        if y < b.shape[1] and tx + tile * TILE < b.shape[0]:
            right[tx, ty] = b[tx + tile * TILE, y]
        cuda.syncthreads()
        for k in range(TILE):
            total += left[tx, k] * right[k, ty]
        cuda.syncthreads()
    if x < c.shape[0] and y < c.shape[1]:
        c[x, y] = total


def matmul_in_order(a, b):
    """Each element as one thread sums it: in order, each product and sum rounded."""
    total = np.zeros((a.shape[0], b.shape[1]), a.dtype)
    for k in range(a.shape[1]):
        total += a[:, k, None] * b[k]
    return total


@pytest.mark.parametrize("kernel", [matmul, tiled_matmul])
def test_matmul(device, kernel):
    a, b = random(7, 10, dtype="f4"), random(10, 6, dtype="f4")
    c = np.zeros((7, 6), "f4")
    kernel[(2, 2), (TILE, TILE)](a, b, c)
    same_bits(c, matmul_in_order(a, b))
    # 10 terms below 1, each of whose sums is rounded to 2**-24 of at most 10.
    np.testing.assert_allclose(c, a @ b, rtol=0, atol=10 * 10 * 2**-24)


# Reduction tree in shared memory

BLOCK = 32


@cuda.jit
def block_sums(x, out):
    shared = cuda.shared.array(BLOCK, float64)
    thread = cuda.threadIdx.x
    i = cuda.grid(1)
    shared[thread] = x[i] if i < x.size else 0.0
    cuda.syncthreads()
    step = cuda.blockDim.x // 2
    while step > 0:
        if thread < step:
            shared[thread] += shared[thread + step]
        cuda.syncthreads()
        step //= 2
    if thread == 0:
        out[cuda.blockIdx.x] = shared[0]


@cuda.jit
def block_sums_interleaved(x, out):
    """The tutorials' other tree, in memory whose size the launch gives."""
    shared = cuda.shared.array(0, float64)
    thread = cuda.threadIdx.x
    i = cuda.blockIdx.x * cuda.blockDim.x + thread
    shared[thread] = x[i] if i < x.size else 0.0
    cuda.syncthreads()
    s = 1
    while s < cuda.blockDim.x:
        if thread % (2 * s) == 0:
            shared[thread] += shared[thread + s]
        s *= 2
        cuda.syncthreads()
    if thread == 0:
        out[cuda.blockIdx.x] = shared[0]


def blocks_of(x, count):
    padded = np.zeros(count * BLOCK, x.dtype)
    padded[: x.size] = x
    return padded.reshape(count, BLOCK)


def test_reduction_tree(device):
    x = random(90)
    out = np.zeros(3)
    block_sums[3, BLOCK](x, out)
    tree = blocks_of(x, 3)
    while tree.shape[1] > 1:
        tree = tree[:, : tree.shape[1] // 2] + tree[:, tree.shape[1] // 2 :]
    same_bits(out, tree[:, 0])
    # A tree of 5 levels rounds 5 times.
    np.testing.assert_allclose(out.sum(), x.sum(), rtol=10 * 2**-53)


def test_interleaved_reduction_tree(device):
    x = random(90)
    out = np.zeros(3)
    block_sums_interleaved[3, BLOCK, 0, BLOCK * 8](x, out)
    tree = blocks_of(x, 3)
    while tree.shape[1] > 1:
        tree = tree[:, 0::2] + tree[:, 1::2]
    same_bits(out, tree[:, 0])


# Histogram

BINS = 8


@cuda.jit
def histogram(x, low, high, counts):
    width = (high - low) / counts.shape[0]
    start = cuda.grid(1)
    for i in range(start, x.shape[0], cuda.gridsize(1)):
        place = int((x[i] - low) / width)
        if 0 <= place < counts.shape[0]:
            cuda.atomic.add(counts, place, 1)


@cuda.jit
def histogram_by_blocks(x, counts):
    own = cuda.shared.array(BINS, int32)
    thread = cuda.threadIdx.x
    if thread < BINS:
        own[thread] = 0
    cuda.syncthreads()
    i = cuda.grid(1)
    if i < x.size:
        cuda.atomic.add(own, x[i], 1)
    cuda.syncthreads()
    if thread < BINS:
        cuda.atomic.add(counts, thread, own[thread])


def test_histogram(device):
    x = random(200)
    counts = np.zeros(BINS, "i4")
    histogram[2, 32](x, 0.0, 1.0, counts)
    same_bits(counts, np.histogram(x, BINS, (0, 1))[0].astype("i4"))


def test_histogram_by_blocks(device):
    x = np.random.default_rng(3).integers(0, BINS, 150).astype("i4")
    counts = np.zeros(BINS, "i4")
    histogram_by_blocks[5, 32](x, counts)
    same_bits(counts, np.bincount(x, minlength=BINS).astype("i4"))


# Inclusive scan of a block


@cuda.jit
def scan(x, out):
    """Hillis and Steele's: each round adds what is twice as far away as in the round before."""
    row = cuda.shared.array((2, BLOCK), float32)
    thread = cuda.threadIdx.x
    now = 0
    row[now, thread] = x[thread]
    cuda.syncthreads()
    distance = 1
    while distance < BLOCK:
        after = 1 - now
        if thread >= distance:
            row[after, thread] = row[now, thread] + row[now, thread - distance]
        else:
            row[after, thread] = row[now, thread]
        now = after
        distance *= 2
        cuda.syncthreads()
    out[thread] = row[now, thread]


@cuda.jit
def scan_of_blelloch(x, out):
    """Blelloch's: sums up a tree, then down it; the sum before each element is kept."""
    tree = cuda.shared.array(BLOCK, int32)
    thread = cuda.threadIdx.x
    tree[2 * thread] = x[2 * thread]
    tree[2 * thread + 1] = x[2 * thread + 1]
    offset = 1
    count = BLOCK >> 1
    while count > 0:
        cuda.syncthreads()
        if thread < count:
            left = offset * (2 * thread + 1) - 1
            right = offset * (2 * thread + 2) - 1
            tree[right] += tree[left]
        offset <<= 1
        count >>= 1
    if thread == 0:
        tree[BLOCK - 1] = 0
    count = 1
    while count < BLOCK:
        offset >>= 1
        cuda.syncthreads()
        if thread < count:
            left = offset * (2 * thread + 1) - 1
            right = offset * (2 * thread + 2) - 1
            tree[left], tree[right] = tree[right], tree[right] + tree[left]
        count *= 2
    cuda.syncthreads()
    out[2 * thread] = tree[2 * thread] + x[2 * thread]
    out[2 * thread + 1] = tree[2 * thread + 1] + x[2 * thread + 1]


@cuda.jit
def scan_of_warps(x, out):
    """Each warp by shuffles, then the warps' sums through shared memory."""
    sums = cuda.shared.array(32, int32)
    thread = cuda.threadIdx.x
    lane = thread % 32
    value = x[thread]
    distance = 1
    while distance < 32:
        other = cuda.shfl_up_sync(0xFFFFFFFF, value, distance)
        if lane >= distance:
            value += other
        distance *= 2
    if lane == 31:
        sums[thread // 32] = value
    cuda.syncthreads()
    for warp in range(thread // 32):
        value += sums[warp]
    out[thread] = value


def test_scan(device):
    x = random(BLOCK, dtype="f4")
    out = np.zeros_like(x)
    scan[1, BLOCK](x, out)
    expected, distance = x.copy(), 1
    while distance < BLOCK:
        expected[distance:] = expected[distance:] + expected[:-distance]
        distance *= 2
    same_bits(out, expected)
    # 5 rounds, and NumPy's 32 sums.
    np.testing.assert_allclose(out, np.cumsum(x), rtol=37 * 2**-24)


def test_scan_of_blelloch(device):
    x = np.random.default_rng(1).integers(-99, 99, BLOCK).astype("i4")
    out = np.zeros_like(x)
    scan_of_blelloch[1, BLOCK // 2](x, out)
    same_bits(out, np.cumsum(x, dtype="i4"))


def test_scan_of_warps(device):
    x = np.random.default_rng(1).integers(-99, 99, 96).astype("i4")
    out = np.zeros_like(x)
    scan_of_warps[1, 96](x, out)
    same_bits(out, np.cumsum(x, dtype="i4"))


# Game of life


@cuda.jit
def life(board, result):
    row, column = cuda.grid(2)
    rows, columns = board.shape
    if row >= rows or column >= columns:
        return
    count = 0
    for i in range(-1, 2):
        for j in range(-1, 2):
            if i != 0 or j != 0:
                count += board[(row + i) % rows, (column + j) % columns]
    if board[row, column]:
        result[row, column] = 1 if count in (2, 3) else 0
    else:
        result[row, column] = count == 3


def life_by_loops(board, result):
    rows, columns = board.shape
    for row in prange(rows):
        for column in range(columns):
            count = 0
            for i in range(row - 1, row + 2):
                for j in range(column - 1, column + 2):
                    if not (i == row and j == column):
                        count += board[i % rows, j % columns]
            result[row, column] = count == 3 or (count == 2 and board[row, column] == 1)


def life_of_numpy(board):
    count = sum(
        np.roll(board, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)
    )
    return ((count == 3) | ((count == 2) & (board == 1))).astype(board.dtype)


def start_of_life():
    return np.random.default_rng(5).integers(0, 2, (9, 7)).astype("u1")


def test_life(device):
    board, expected = start_of_life(), start_of_life()
    result = np.zeros_like(board)
    for _ in range(3):
        life[(3, 2), (4, 4)](board, result)
        board, result = result, board
        expected = life_of_numpy(expected)
        same_bits(board, expected)


@in_parallel
def test_life_by_loops(parallel):
    step = njit(parallel=parallel)(life_by_loops)
    board, expected = start_of_life(), start_of_life()
    result = np.zeros_like(board)
    for _ in range(5):
        step(board, result)
        board, result = result, board
        expected = life_of_numpy(expected)
        same_bits(board, expected)


# Mandelbrot

LIMIT = 20


def escape(x, y, limit):
    """As numba's documentation and the tutorials of CUDA have it, with a complex number."""
    c = complex(x, y)
    z = 0.0j
    for i in range(limit):
        z = z * z + c
        if (z.real * z.real + z.imag * z.imag) >= 4:
            return i
    return limit


def escape_by_while(x, y, limit):
    a, b, i = 0.0, 0.0, 0
    while i < limit and a * a + b * b < 4.0:
        a, b = a * a - b * b + x, 2.0 * a * b + y
        i += 1
    return i


device_escape = cuda.jit(device=True)(escape)
jitted_escape = njit(escape)


@cuda.jit
def mandelbrot_grid(low_x, high_x, low_y, high_y, image, limit):
    height = image.shape[0]
    width = image.shape[1]
    step_x = (high_x - low_x) / width
    step_y = (high_y - low_y) / height
    start_x, start_y = cuda.grid(2)
    grid_x = cuda.gridDim.x * cuda.blockDim.x
    grid_y = cuda.gridDim.y * cuda.blockDim.y
    for x in range(start_x, width, grid_x):
        real = low_x + x * step_x
        for y in range(start_y, height, grid_y):
            imag = low_y + y * step_y
            image[y, x] = device_escape(real, imag, limit)


def mandelbrot_by_loops(low_x, high_x, low_y, high_y, image, limit):
    height, width = image.shape
    step_x = (high_x - low_x) / width
    step_y = (high_y - low_y) / height
    for x in prange(width):
        real = low_x + x * step_x
        for y in range(height):
            imag = low_y + y * step_y
            image[y, x] = jitted_escape(real, imag, limit)
    return image


def mandelbrot_of_python(function):
    x = np.arange(12) * (3.0 / 12) - 2.0
    y = np.arange(8) * (2.0 / 8) - 1.0
    counts = [[function(float(a), float(b), LIMIT) for a in x] for b in y]
    return x, y, np.array(counts)


def test_mandelbrot(device):
    image = np.zeros((8, 12), "u1")
    mandelbrot_grid[(2, 2), (4, 2)](-2.0, 1.0, -1.0, 1.0, image, LIMIT)
    same_bits(image, mandelbrot_of_python(escape)[2].astype("u1"))


@in_parallel
def test_mandelbrot_by_loops(parallel):
    image = np.zeros((8, 12), "u1")
    njit(parallel=parallel)(mandelbrot_by_loops)(-2.0, 1.0, -1.0, 1.0, image, LIMIT)
    same_bits(image, mandelbrot_of_python(escape)[2].astype("u1"))


@every_target
@pytest.mark.parametrize("function", [escape, escape_by_while])
def test_mandelbrot_of_vectorize(target, function):
    x, y, counts = mandelbrot_of_python(function)
    f = vectorize(["int64(float64, float64, int64)"], target=target)(function)
    same_bits(f(x, y[:, None], LIMIT), counts)


# n-body

SOFTENING = 0.01


@cuda.jit
def accelerations(position, mass, result):
    """The tiled form of the GPU books: a block reads the bodies in turns of its own size."""
    tile = cuda.shared.array((BLOCK, 4), float64)
    i = cuda.grid(1)
    thread = cuda.threadIdx.x
    count = position.shape[0]
    x = y = z = ax = ay = az = 0.0
    if i < count:
        x, y, z = position[i, 0], position[i, 1], position[i, 2]
    for start in range(0, count, BLOCK):
        j = start + thread
        if j < count:
            for k in range(3):
                tile[thread, k] = position[j, k]
            tile[thread, 3] = mass[j]
        cuda.syncthreads()
        for k in range(min(BLOCK, count - start)):
            dx = tile[k, 0] - x
            dy = tile[k, 1] - y
            dz = tile[k, 2] - z
            square = dx * dx + dy * dy + dz * dz + SOFTENING
            weight = tile[k, 3] / (square * math.sqrt(square))
            ax += weight * dx
            ay += weight * dy
            az += weight * dz
        cuda.syncthreads()
    if i < count:
        result[i, 0] = ax
        result[i, 1] = ay
        result[i, 2] = az


def accelerations_by_loops(position, mass, result):
    for i in prange(position.shape[0]):
        ax = ay = az = 0.0
        for j in range(position.shape[0]):
            dx = position[j, 0] - position[i, 0]
            dy = position[j, 1] - position[i, 1]
            dz = position[j, 2] - position[i, 2]
            square = dx * dx + dy * dy + dz * dz + SOFTENING
            weight = mass[j] / (square * math.sqrt(square))
            ax += weight * dx
            ay += weight * dy
            az += weight * dz
        result[i, 0], result[i, 1], result[i, 2] = ax, ay, az


@njit
def step(position, velocity, mass, result, dt):
    """Leapfrog with whole-array arithmetic between the loops."""
    velocity += result * (dt / 2)
    position += velocity * dt
    result[:] = 0.0
    for i in range(position.shape[0]):
        for j in range(i + 1, position.shape[0]):
            d = position[j] - position[i]
            square = (d * d).sum() + SOFTENING
            weight = 1.0 / (square * np.sqrt(square))
            result[i] += mass[j] * weight * d
            result[j] -= mass[i] * weight * d
    velocity += result * (dt / 2)


def bodies():
    data = random(40, 4)
    return data[:, :3].copy(), data[:, 3].copy()


def accelerations_of_numpy(position, mass):
    d = position[None] - position[:, None]
    square = (d * d).sum(axis=2) + SOFTENING
    return ((mass / (square * np.sqrt(square)))[..., None] * d).sum(axis=1)


# 40 terms of both signs whose size is at most 1 / SOFTENING, each rounded a few times.
NEAR = {"rtol": 0, "atol": 40 * 100 * 8 * 2**-53}


def test_n_body(device):
    position, mass = bodies()
    result = np.zeros_like(position)
    accelerations[2, BLOCK](position, mass, result)
    np.testing.assert_allclose(result, accelerations_of_numpy(position, mass), **NEAR)


@in_parallel
def test_n_body_by_loops(parallel):
    position, mass = bodies()
    result, expected = np.zeros_like(position), np.zeros_like(position)
    njit(parallel=parallel)(accelerations_by_loops)(position, mass, result)
    np.testing.assert_allclose(result, accelerations_of_numpy(position, mass), **NEAR)
    # A square root is rounded rightly everywhere, so the same loops give the same bits.
    accelerations_by_loops(position, mass, expected)
    same_bits(result, expected)


def test_n_body_in_steps():
    ours, theirs = [], []
    for results, function in ((ours, step), (theirs, step.py_func)):
        position, mass = bodies()
        velocity, result = np.zeros_like(position), np.zeros_like(position)
        for _ in range(3):
            function(position, velocity, mass, result, 0.001)
        results += [position, velocity, result]
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-10)


# Black–Scholes

RISK_FREE = 0.02
VOLATILITY = 0.30


def call_option(price, strike, years):
    deviation = VOLATILITY * math.sqrt(years)
    d1 = (math.log(price / strike) + (RISK_FREE + 0.5 * VOLATILITY**2) * years) / deviation
    d2 = d1 - deviation
    n1 = 0.5 + 0.5 * math.erf(d1 / math.sqrt(2.0))
    n2 = 0.5 + 0.5 * math.erf(d2 / math.sqrt(2.0))
    return price * n1 - strike * math.exp(-RISK_FREE * years) * n2


@cuda.jit(device=True)
def normal(d):
    """The polynomial of Abramowitz and Stegun, 26.2.17, as the samples of CUDA have it."""
    k = 1.0 / (1.0 + 0.2316419 * math.fabs(d))
    polynomial = k * (
        0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429)))
    )
    result = 0.39894228040143267793994605993438 * math.exp(-0.5 * d * d) * polynomial
    if d > 0:
        result = 1.0 - result
    return result


@cuda.jit
def black_scholes(calls, puts, prices, strikes, years, rate, volatility):
    i = cuda.threadIdx.x + cuda.blockIdx.x * cuda.blockDim.x
    if i >= prices.shape[0]:
        return
    s = prices[i]
    x = strikes[i]
    t = years[i]
    root = math.sqrt(t)
    d1 = (math.log(s / x) + (rate + 0.5 * volatility * volatility) * t) / (volatility * root)
    d2 = d1 - volatility * root
    n1 = normal(d1)
    n2 = normal(d2)
    discount = math.exp((-1.0 * rate) * t)
    calls[i] = s * n1 - x * discount * n2
    puts[i] = x * discount * (1.0 - n2) - s * (1.0 - n1)


def options():
    data = random(3, 50)
    return 5 + 25 * data[0], 1 + 99 * data[1], 0.25 + 9.75 * data[2]


def calls_of_python(prices, strikes, years):
    return np.array(
        [call_option(*map(float, one)) for one in zip(prices, strikes, years, strict=True)]
    )


@every_target
def test_black_scholes_of_vectorize(target):
    f = vectorize(["float64(float64, float64, float64)"], target=target)(call_option)
    # Two terms of at most 100, from functions whose last bits differ.
    np.testing.assert_allclose(f(*options()), calls_of_python(*options()), rtol=0, atol=1e-12)


@every_target
def test_black_scholes_of_vectorize_in_float32(target):
    f = vectorize(["float32(float32, float32, float32)"], target=target)(call_option)
    result = f(*(one.astype("f4") for one in options()))
    assert np.asarray(result).dtype == np.float32
    np.testing.assert_allclose(result, calls_of_python(*options()), rtol=0, atol=1e-4)


def test_black_scholes(device):
    prices, strikes, years = options()
    calls, puts = np.zeros_like(prices), np.zeros_like(prices)
    black_scholes[2, 32](calls, puts, prices, strikes, years, RISK_FREE, VOLATILITY)
    expected = calls_of_python(prices, strikes, years)
    # The polynomial is within 7.5e-8 of the normal distribution, times prices of at most 100.
    np.testing.assert_allclose(calls, expected, rtol=0, atol=2 * 100 * 7.5e-8)
    parity = strikes * np.exp(-RISK_FREE * years) - prices
    np.testing.assert_allclose(puts - calls, parity, rtol=0, atol=1e-12)


# naive_convolve: the loops of the Cython tutorial


def naive_convolve(f, g):
    if g.shape[0] % 2 != 1 or g.shape[1] % 2 != 1:
        raise ValueError("Only odd dimensions on filter supported")
    vmax = f.shape[0]
    wmax = f.shape[1]
    smax = g.shape[0]
    tmax = g.shape[1]
    smid = smax // 2
    tmid = tmax // 2
    xmax = vmax + 2 * smid
    ymax = wmax + 2 * tmid
    h = np.zeros((xmax, ymax), dtype=f.dtype)
    for x in prange(xmax):
        for y in range(ymax):
            s_from = max(smid - x, -smid)
            s_to = min((xmax - x) - smid, smid + 1)
            t_from = max(tmid - y, -tmid)
            t_to = min((ymax - y) - tmid, tmid + 1)
            value = 0
            for s in range(s_from, s_to):
                for t in range(t_from, t_to):
                    v = x - smid + s
                    w = y - tmid + t
                    value += g[smid - s, tmid - t] * f[v, w]
            h[x, y] = value
    return h


@cuda.jit
def convolve_grid(f, g, h):
    x, y = cuda.grid(2)
    if x < h.shape[0] and y < h.shape[1]:
        smid, tmid = g.shape[0] // 2, g.shape[1] // 2
        value = h[x, y]
        for s in range(max(smid - x, -smid), min((h.shape[0] - x) - smid, smid + 1)):
            for t in range(max(tmid - y, -tmid), min((h.shape[1] - y) - tmid, tmid + 1)):
                value += g[smid - s, tmid - t] * f[x - smid + s, y - tmid + t]
        h[x, y] = value


@in_parallel
@pytest.mark.parametrize("dtype", ["i8", "f8"])
def test_naive_convolve(parallel, dtype):
    f, g = (random(11, 9) * 100).astype(dtype), (random(5, 3) * 10).astype(dtype)
    convolve = njit(parallel=parallel)(naive_convolve)
    same_bits(convolve(f, g), naive_convolve(f, g))
    with pytest.raises(ValueError, match="^Only odd dimensions on filter supported$"):
        convolve(f, g[:2])


@pytest.mark.parametrize("dtype", ["i4", "f4", "f8"])
def test_naive_convolve_on_a_grid(device, dtype):
    f, g = (random(11, 9) * 100).astype(dtype), (random(5, 3) * 10).astype(dtype)
    h = np.zeros((15, 11), dtype)
    convolve_grid[(4, 3), (4, 4)](f, g, h)
    expected = np.zeros_like(h)
    for s in range(5):
        for t in range(3):
            expected[s : s + 11, t : t + 9] += g[s, t] * f
    if dtype == "i4":
        same_bits(h, expected)
    else:
        # 15 terms of at most 1000, in another order.
        epsilon = np.finfo(dtype).eps
        np.testing.assert_allclose(h, expected, rtol=0, atol=15 * 15000 * epsilon)


# The same kernels, the same bits


def test_devices_agree():
    """Sums and products have one result, whatever the device."""
    results = {}
    for name in DEVICES:
        with martlet.device(name):
            c, h = np.zeros((7, 6), "f4"), np.zeros((15, 11))
            a, b = random(7, 10, dtype="f4"), random(10, 6, dtype="f4")
            tiled_matmul[(2, 2), (TILE, TILE)](a, b, c)
            convolve_grid[(4, 3), (4, 4)](random(11, 9), random(5, 3), h)
            results[name] = c.tobytes() + h.tobytes()
    host = njit(naive_convolve)(random(11, 9), random(5, 3)).tobytes()
    assert all(one.endswith(host) for one in results.values())
    assert len(set(results.values())) <= 1
