"""`martlet.cuda`: kernels of the literature, memory, launches, on every device there is."""

import math
import subprocess
import sys

import martlet
import martlet.numpy as mnp
import numpy as np
import pytest
from martlet import KernelError, cuda, float32, int32

DEVICES = [name for name in martlet.devices() if name != "cpu"]


@pytest.fixture(params=DEVICES)
def device(request):
    with martlet.device(request.param):
        yield request.param


@cuda.jit
def increment(array):
    i = cuda.threadIdx.x + cuda.blockIdx.x * cuda.blockDim.x
    if i < array.size:
        array[i] += 1


TILE = 4


@cuda.jit
def tiled_matmul(a, b, c):
    left = cuda.shared.array((TILE, TILE), dtype=float32)
    right = cuda.shared.array((TILE, TILE), dtype=float32)
    row, column = cuda.grid(2)
    i, j = cuda.threadIdx.x, cuda.threadIdx.y
    total = float32(0.0)
    for tile in range(a.shape[1] // TILE):
        left[i, j] = a[row, tile * TILE + j]
        right[i, j] = b[tile * TILE + i, column]
        cuda.syncthreads()
        for k in range(TILE):
            total += left[i, k] * right[k, j]
        cuda.syncthreads()
    c[row, column] = total


@cuda.jit
def block_sums(x, out):
    shared = cuda.shared.array(64, float32)
    i = cuda.grid(1)
    thread = cuda.threadIdx.x
    shared[thread] = x[i] if i < x.size else 0.0
    cuda.syncthreads()
    step = 32
    while step > 0:
        if thread < step:
            shared[thread] += shared[thread + step]
        cuda.syncthreads()
        step //= 2
    if thread == 0:
        out[cuda.blockIdx.x] = shared[0]


@cuda.jit
def histogram(x, counts):
    i = cuda.grid(1)
    if i < x.size:
        cuda.atomic.add(counts, x[i], 1)


@cuda.jit
def life(board, result):
    row, column = cuda.grid(2)
    rows, columns = board.shape
    if row < rows and column < columns:
        count = 0
        for i in range(-1, 2):
            for j in range(-1, 2):
                if i != 0 or j != 0:
                    count += board[(row + i) % rows, (column + j) % columns]
        alive = board[row, column]
        result[row, column] = 1 if count == 3 or (alive == 1 and count == 2) else 0


def test_increment(device):
    a = np.arange(10.0)
    increment[1, 32](a)
    assert a.tolist() == list(range(1, 11))
    b = cuda.to_device(a)
    increment.forall(b.size)(b)
    assert b.device == device and b.copy_to_host().tolist() == list(range(2, 12))
    c = mnp.arange(3.0).to("cpu")
    increment[1, 3](c)
    assert c.tolist() == [1, 2, 3]


def test_tiled_matmul(device):
    random = np.random.default_rng(0)
    a, b = random.random((8, 12)).astype("f4"), random.random((12, 8)).astype("f4")
    c = np.zeros((8, 8), "f4")
    tiled_matmul[(2, 2), (TILE, TILE)](a, b, c)
    np.testing.assert_allclose(c, a @ b, rtol=1e-5)


def test_reduction_tree(device):
    x = np.arange(200, dtype="f4")
    out = np.zeros(4, "f4")
    block_sums[4, 64](x, out)
    assert out.sum() == x.sum()


def test_histogram(device):
    x = np.random.default_rng(0).integers(0, 5, 300).astype("i4")
    counts = np.zeros(5, "i4")
    histogram[5, 64](x, counts)
    assert counts.tolist() == np.bincount(x, minlength=5).tolist()


def test_game_of_life(device):
    board = np.zeros((6, 6), "i4")
    board[2, 1:4] = 1
    result = np.zeros_like(board)
    life[(2, 2), (4, 4)](board, result)
    expected = np.zeros_like(board)
    expected[1:4, 2] = 1
    assert (result == expected).all()


coefficients = np.array([1.0, 2.0, 3.0])
collected = np.zeros(4)


def test_arrays_from_outside(device):
    @cuda.jit
    def polynomial(x, y, scale=2.0):
        table = cuda.const.array_like(coefficients)
        i = cuda.grid(1)
        if i < x.size:
            total = 0.0
            for k in range(3):
                total = total * x[i] + table[k]
            y[i] = total * scale

    x, y = np.arange(4.0), np.zeros(4)
    polynomial[1, 8](x, y)
    assert y.tolist() == (2 * np.polyval(coefficients, x)).tolist()
    polynomial[1, 8](cuda.to_device(x), y, 1.0)
    assert y.tolist() == np.polyval(coefficients, x).tolist()
    coefficients[0] = 5.0
    try:
        polynomial[1, 8](x, y, 1.0)
        assert y.tolist() == np.polyval(coefficients, x).tolist()
    finally:
        coefficients[0] = 1.0
    with pytest.raises(TypeError, match=r"polynomial\(\) missing a required argument: 'y'"):
        polynomial[1, 8](x)
    with pytest.raises(TypeError, match="takes 3 positional arguments but 4 were given"):
        polynomial[1, 8](x, y, 1.0, 2.0)

    @cuda.jit
    def collect(x):
        i = cuda.grid(1)
        if i < x.size:
            collected[i] = x[i]

    collect[1, 8](x)
    assert collected.tolist() == x.tolist()


def test_memory_without_martlet_numpy():
    # The tests import `martlet.numpy`, which completes the type of arrays; programs may not.
    program = """
import sys
import numpy as np
import martlet
from martlet import cuda
with martlet.device("simulator"):
    x = cuda.to_device(np.arange(3.0))
    y = cuda.device_array_like(x)
    y.copy_to_device(np.ones(3))
assert "martlet.numpy" not in sys.modules
assert y.copy_to_host().tolist() == [1, 1, 1]
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_device_functions(device):
    @cuda.jit(device=True)
    def square(x):
        return x * x

    @cuda.jit("void(float64[:], float64[:])")
    def apply(x, y):
        i = cuda.grid(1)
        if i < x.size:
            y[i] = square(x[i]) + math.sqrt(x[i])

    x, y = np.arange(5.0), np.zeros(5)
    apply[1, 8](x, y)
    np.testing.assert_allclose(y, x**2 + np.sqrt(x), rtol=1e-14)
    with pytest.raises(TypeError, match="'square' has device=True: only kernels can call it"):
        square(2)


def test_local_arrays_and_bits(device):
    @cuda.jit
    def kernel(x, out):
        own = cuda.local.array(3, int32)
        i = cuda.grid(1)
        if i < x.size:
            own[0] = cuda.popc(x[i])
            own[1] = cuda.clz(x[i])
            own[2] = cuda.ffs(x[i])
            for k in range(3):
                out[i, k] = own[k]

    x, out = np.array([0, 1, 12], "i4"), np.zeros((3, 3), "i4")
    kernel[1, 4](x, out)
    assert out.tolist() == [[0, 32, 0], [1, 31, 1], [2, 28, 3]]


def test_grids_of_three_dimensions(device):
    @cuda.jit
    def kernel(out):
        i, j, k = cuda.grid(3)
        a, b, c = cuda.gridsize(3)
        if i < out.shape[0] and j < out.shape[1] and k < out.shape[2]:
            out[i, j, k] = (i * b + j) * c + k

    out = np.zeros((2, 4, 2), "i8")
    kernel[(1, 2, 1), (2, 2, 2)](out)
    assert out.ravel().tolist() == list(range(16))


def test_transfers(device):
    @cuda.jit
    def copy(a, b):
        i = cuda.grid(1)
        if i < a.size:
            b[i] = a[i]
            a[i] = -1

    a, b = np.arange(4.0), np.zeros(4)
    copy[1, 4](cuda.In(a), cuda.Out(b))
    assert a.tolist() == b.tolist() == [0, 1, 2, 3]
    c = cuda.device_array(4, np.float64)
    c.copy_to_device(a)
    assert c.device == device
    d = cuda.device_array_like(c)
    copy[1, 4, cuda.stream()](c, d)
    cuda.synchronize()
    host = np.zeros(4)
    assert d.copy_to_host(host) is host and host.tolist() == [0, 1, 2, 3]
    assert c.copy_to_host().tolist() == [-1] * 4
    with pytest.raises(ValueError, match="copy_to_host: the shapes"):
        d.copy_to_host(np.zeros(3))


def test_streams_and_events(device):
    start, end = cuda.event(), cuda.event()
    stream = cuda.stream()
    start.record(stream)
    with stream.auto_synchronize():
        increment[1, 4, stream](np.zeros(4))
    end.record(stream)
    assert cuda.event_elapsed_time(start, end) > 0
    with pytest.raises(RuntimeError, match="was not recorded"):
        cuda.event_elapsed_time(cuda.event(), end)


# Reductions


def test_reductions(device):
    @cuda.reduce
    def total(a, b):
        return a + b

    largest = cuda.reduce(lambda a, b: a if a > b else b)
    a = np.arange(12.0).reshape(3, 4) - 20
    assert total(a) == a.sum() and largest(a) == a.max()
    assert total(np.arange(10, dtype="i4")) == 45
    assert total(a.ravel(), size=3) == a.ravel()[:3].sum()
    assert total(a.ravel(), init=100.0) == a.sum() + 100
    np.testing.assert_allclose(np.asarray(total(a, axis=0)), a.sum(axis=0))
    there = cuda.to_device(a)
    assert total(there, axis=1).device == device
    result = cuda.device_array(1)
    total(there.reshape(-1), res=result)
    assert result.copy_to_host()[0] == a.sum()
    assert total(np.zeros(0)) == 0


# Devices


def test_devices():
    assert cuda.gpus and cuda.list_devices()[0] == cuda.gpus[0]
    with cuda.gpus[0]:
        assert cuda.get_current_device() == cuda.gpus[0]
        assert cuda.current_context().device == cuda.gpus[0]
    with pytest.raises(ValueError, match="there is no device 99"):
        cuda.select_device(99)


def test_the_environment_asks_for_the_simulator(monkeypatch):
    monkeypatch.setenv("NUMBA_ENABLE_CUDASIM", "1")
    assert cuda.is_available() and cuda.get_current_device().name == "simulator"
    a = np.zeros(3)
    increment[1, 3](a)
    assert a.tolist() == [1, 1, 1]


def test_detect(capsys):
    cuda.detect()
    assert capsys.readouterr().out.startswith("Found ")


# What is wrong


@pytest.mark.parametrize(
    ("configuration", "problem"),
    [
        ((1,), r"increment\[blocks, threads\]"),
        ((1, 0), "threads is 0, and each size is at least 1"),
        ((1, 2000), "a block of 2000 x 1 x 1 threads is larger than 1024"),
        ((-1, 1), "blocks is -1"),
        (((1, 1, 1, 1), 1), "blocks has 1, 2 or 3 sizes, not 4"),
        ((1.5, 1), "blocks is a number or a tuple of them, not 1.5"),
        ((1, 1, 0, -1), "sharedmem is a number of bytes, not -1"),
    ],
)
def test_wrong_launches(configuration, problem):
    with pytest.raises((ValueError, TypeError), match=problem):
        increment[configuration]


def test_kernels_are_launched_not_called():
    with pytest.raises(ValueError, match=r"launched with .* increment\[blocks, threads\]"):
        increment(np.zeros(3))


def test_options():
    with pytest.raises(TypeError, match=r"\[cuda.jit\] Martlet has no option 'quick'"):
        cuda.jit(quick=True)
    with pytest.raises(TypeError, match="gives something; a kernel gives nothing"):
        cuda.jit("float64(float64[:])")(increment.py_func)
    with pytest.raises(NotImplementedError, match="has no mapped_array"):
        cuda.mapped_array(3)
    with pytest.raises(AttributeError, match="martlet.cuda has no 'to_moon'"):
        cuda.to_moon  # noqa: B018


def test_errors_are_at_the_users_line(device):
    @cuda.jit
    def kernel(a):
        a[0] = plain(1)

    with pytest.raises(KernelError, match="'plain' is a Python function that is not jitted") as e:
        kernel[1, 1](np.zeros(1))
    line = kernel.py_func.__code__.co_firstlineno + 2
    assert (e.value.filename, e.value.lineno, e.value.offset) == (__file__, line, 16)


def plain(x):
    return x


@cuda.jit
def count_one(total):
    cuda.atomic.add(total, 0, 1)


def test_kernels_that_ask_for_no_index(device):
    total = np.zeros(1, np.int32)
    count_one[2, 3](total)
    assert total[0] == 6


# Looking inside


def test_inspection():
    @cuda.jit
    def kernel(a):
        a[cuda.grid(1)] += cuda.shfl_xor_sync(0xFFFFFFFF, cuda.laneid, 1)

    with martlet.device("simulator"):
        kernel[1, 32](np.zeros(32, "i4"))
    (signature,) = kernel.signatures
    assert "shuffleXor(" in kernel.inspect_kernel()[signature]
    assert "__shfl_xor_sync(" in kernel.inspect_source()[signature]
    for name, hint in {
        "inspect_llvm": "see inspect_source for CUDA C",
        "inspect_sass": "see inspect_asm for PTX",
        "inspect_lto_ptx": "see inspect_asm for PTX",
    }.items():
        with pytest.raises(NotImplementedError, match=rf"\[{name}\] .*{hint}"):
            getattr(kernel, name)()
    try:
        text = kernel.inspect_asm()[signature]
    except RuntimeError as error:
        assert "NVRTC" in str(error)
    else:
        assert ".visible .entry kernel_kernel" in text and "shfl.sync.bfly.b32" in text
        assert ".target sm_" in text


def test_what_a_device_is():
    device = cuda.get_current_device()
    if device.name.startswith("cuda"):
        assert device.compute_capability >= (5, 0)
    else:
        with pytest.raises(NotImplementedError, match="has no compute capability"):
            device.compute_capability  # noqa: B018
    memory = cuda.current_context().get_memory_info()
    assert 0 < memory.free <= memory.total


# Signatures


@cuda.jit("void(int32[:], int32)")
def leading_zeros(out, x):
    out[0] = cuda.clz(x)


@cuda.jit([(martlet.int64[:], martlet.int64), (martlet.float32[:], martlet.float32)])
def kept(out, x):
    out[0] = x


@cuda.jit("float32(float32)", device=True)
def single(x):
    return x / 3


@cuda.jit
def with_single(out, x):
    out[0] = single(x)


def test_signatures_convert_numbers():
    assert leading_zeros.signatures == [(martlet.int32[:], martlet.int32)]
    out = np.zeros(1, np.int32)
    leading_zeros[1, 1](out, 0x00100000)
    assert out[0] == 11
    out = np.zeros(1, np.int64)
    kept[1, 1](out, 3.9)
    assert out[0] == 3
    out = np.zeros(1, np.float32)
    kept[1, 1](out, 3.9)
    assert out[0] == np.float32(3.9)
    with pytest.raises(TypeError, match="No matching definition"):
        kept[1, 1](np.zeros(1, np.int16), 1)
    out = np.zeros(1)
    with_single[1, 1](out, 0.1)
    assert out[0] == np.float32(0.1) / np.float32(3)


# Elements, and arrays that no device has


def test_elements_of_device_arrays_are_numbers():
    with martlet.device("simulator"):
        array = cuda.to_device(np.arange(6).reshape(2, 3))
        assert type(array[1, 2]) is np.int64 and array[1, 2] == 5
        assert [type(item) for item in array[1]] == [np.int64] * 3
        np.testing.assert_equal(array[0, 1], np.int64(1))
        assert array[..., 0, 0].shape == ()


@pytest.mark.parametrize(
    "array",
    [
        np.array(["2000-01-01"], "M8[D]"),
        np.array([b"abc"]),
        np.zeros(2, "i4,f8"),
        np.zeros(2, ">i4"),
        np.array([None]),
    ],
    ids=str,
)
def test_arrays_that_devices_lack_are_named(array):
    with martlet.device("simulator"):
        with pytest.raises(TypeError, match="arrays of numbers and truth values, not of"):
            cuda.to_device(array)
        with pytest.raises(TypeError, match="arrays of numbers and truth values, not of"):
            cuda.device_array_like(array)
        with pytest.raises(TypeError, match="arrays of numbers and truth values, not of"):
            kept[1, 1](array, 1)


def test_arrays_between_other_elements_are_copied():
    records = np.zeros(3, "i1,f8")
    records["f1"] = [1, 2, 3]
    with martlet.device("simulator"):
        np.testing.assert_array_equal(cuda.to_device(records["f1"]).copy_to_host(), [1, 2, 3])


def test_new_device_arrays_lie_as_their_models():
    with martlet.device("simulator"):
        assert cuda.device_array((2, 3, 4), order="F").strides == (8, 16, 48)
        assert cuda.device_array(3).strides == (8,)
        host = np.zeros((2, 3, 4))
        for model in (
            host, host.T, host.transpose(1, 0, 2), host[:, ::-1], host[..., ::2], host[:0],
            np.zeros((0, 3)).T, np.zeros((3, 1)), np.array(1.0),
        ):  # fmt: skip
            like = cuda.device_array_like(model)
            pinned = cuda.pinned_array_like(model)
            assert type(pinned) is np.ndarray and pinned.shape == model.shape
            assert like.shape == model.shape and like.dtype == model.dtype
            if model.size:
                assert like.strides == pinned.strides == np.empty_like(model).strides
            assert like.copy_to_host().shape == model.shape


# Atomics and NaN


@cuda.jit
def extremes(x, out):
    for i in range(x.shape[0]):
        cuda.atomic.max(out, 0, x[i])
        cuda.atomic.min(out, 1, x[i])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_element_stays_beside_nan(dtype):
    with martlet.device("simulator"):
        out = np.array([1, 1], dtype)
        extremes[1, 1](np.array([np.nan, 3, np.nan, -2], dtype), out)
        assert out.tolist() == [3, -2]
        out = np.array([np.nan, np.nan], dtype)
        extremes[1, 1](np.array([3, np.nan], dtype), out)
        assert np.isnan(out).all()
