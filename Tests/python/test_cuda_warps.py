"""Warp operations, votes of blocks, fences and atomics of `martlet.cuda`, on every device."""

import martlet
import numpy as np
import pytest
from martlet import cuda, float64

DEVICES = [name for name in martlet.devices() if name != "cpu"]
FULL = 0xFFFFFFFF


@pytest.fixture(params=DEVICES)
def device(request):
    with martlet.device(request.param):
        yield request.param


def warps(values):
    """By warp."""
    return np.asarray(values).reshape(-1, 32)


# Shuffles


@cuda.jit
def warp_sums(x, out):
    i = cuda.grid(1)
    value = x[i]
    for offset in (16, 8, 4, 2, 1):
        value += cuda.shfl_down_sync(FULL, value, offset)
    if cuda.laneid == 0:
        out[i // 32] = value


@cuda.jit
def block_sum(x, out):
    """The warps' sums by shuffles, theirs by the first warp: a shuffle inside of a branch."""
    sums = cuda.shared.array(32, float64)
    i = cuda.grid(1)
    lane = cuda.laneid
    warp = cuda.threadIdx.x // cuda.warpsize
    value = 0.0
    if i < x.size:
        value = x[i]
    for step in range(5):
        value += cuda.shfl_xor_sync(FULL, value, 16 >> step)
    if lane == 0:
        sums[warp] = value
    cuda.syncthreads()
    if warp == 0:
        value = sums[lane] if lane < cuda.blockDim.x // 32 else 0.0
        offset = 16
        while offset > 0:
            value += cuda.shfl_xor_sync(FULL, value, offset)
            offset >>= 1
        if lane == 0:
            cuda.atomic.add(out, 0, value)


@pytest.mark.parametrize("dtype", ["i4", "i8", "u4", "f4", "f8"])
def test_sums_of_warps(device, dtype):
    x = np.random.default_rng(3).integers(0, 9, 96).astype(dtype)
    out = np.zeros(3, dtype)
    warp_sums[1, 96](x, out)
    assert out.tolist() == warps(x).sum(axis=1).tolist()


def test_sum_of_blocks(device):
    x = np.random.default_rng(3).integers(0, 99, 1000).astype(float)
    out = np.zeros(1)
    block_sum[5, 224](x, out)
    assert out[0] == x.sum()


@cuda.jit
def every_shuffle(x, lanes, out):
    i = cuda.grid(1)
    out[i, 0] = cuda.shfl_sync(mask=FULL, src_lane=lanes[i], value=x[i])
    out[i, 1] = cuda.shfl_up_sync(FULL, x[i], delta=3)
    out[i, 2] = cuda.shfl_down_sync(FULL, x[i], 5)
    out[i, 3] = cuda.shfl_xor_sync(-1, x[i], 9)


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u2", "i4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
)
def test_shuffles(device, dtype):
    random = np.random.default_rng(5)
    x = random.integers(0, 100, 64).astype(dtype)
    if x.dtype.kind == "c":
        x = x + x.dtype.type(1j) * random.integers(0, 100, 64)
    lanes = random.integers(0, 64, 64)
    out = np.zeros((64, 4), x.dtype)
    every_shuffle[1, 64](x, lanes, out)
    lane = np.arange(32)
    sources = [
        lanes.reshape(2, 32) % 32,
        np.where(lane < 3, lane, lane - 3),
        np.where(lane + 5 > 31, lane, lane + 5),
        lane ^ 9,
    ]
    for column, source in enumerate(sources):
        expected = np.take_along_axis(warps(x), np.broadcast_to(source, (2, 32)), axis=1)
        assert (warps(out[:, column]) == expected).all(), column


# Votes and matches


@cuda.jit
def votes(x, out):
    i = cuda.grid(1)
    is_odd = x[i] % 2 == 1
    out[i, 0] = cuda.all_sync(FULL, is_odd)
    out[i, 1] = cuda.any_sync(FULL, is_odd)
    out[i, 2] = cuda.eq_sync(FULL, is_odd)
    out[i, 3] = cuda.ballot_sync(FULL, is_odd)
    out[i, 4] = cuda.match_any_sync(FULL, x[i])
    mask, is_same = cuda.match_all_sync(FULL, x[i])
    out[i, 5] = mask
    out[i, 6] = is_same
    out[i, 7] = cuda.activemask()
    out[i, 8] = cuda.lanemask_lt()
    out[i, 9] = cuda.laneid


@pytest.mark.parametrize("dtype", ["i4", "i8", "f4", "f8"])
def test_votes(device, dtype):
    x = np.concatenate([np.arange(32) % 3, np.full(32, 4), np.full(32, 7)]).astype(dtype)
    out = np.zeros((96, 10), "i8")
    votes[1, 96](x, out)
    bits = 1 << np.arange(32, dtype="u8")
    for warp, values in enumerate(warps(x)):
        odd = values % 2 == 1
        found = out[warp * 32 : warp * 32 + 32]
        assert (found[:, 0] == odd.all()).all() and (found[:, 1] == odd.any()).all()
        assert (found[:, 2] == (odd.all() or not odd.any())).all()
        # Ballots and matches are int32, as numba has them.
        assert (found[:, 3] == np.uint32(bits[odd].sum()).astype("i4")).all()
        matches = [np.uint32(bits[values == value].sum()).astype("i4") for value in values]
        assert found[:, 4].tolist() == [int(match) for match in matches]
        is_same = (values == values[0]).all()
        assert (found[:, 5] == (-1 if is_same else 0)).all() and (found[:, 6] == is_same).all()
        # Processors are free to say less.
        assert (found[:, 7] >> np.arange(32) & 1).all()
        assert device.startswith("cuda") or (found[:, 7] == FULL).all()
        assert found[:, 8].tolist() == [(1 << lane) - 1 for lane in range(32)]
        assert found[:, 9].tolist() == list(range(32))


@cuda.jit
def compact(x, out, count):
    """Keeps what is above 0, each warp's place taken by one atomic of its first lane."""
    i = cuda.grid(1)
    keeps = i < x.size and x[i] > 0
    ballot = cuda.ballot_sync(FULL, keeps)
    start = 0
    if cuda.laneid == 0:
        start = cuda.atomic.add(count, 0, cuda.popc(ballot))
    start = cuda.shfl_sync(FULL, start, 0)
    if keeps:
        out[start + cuda.popc(ballot & cuda.lanemask_lt())] = x[i]


def test_compaction(device):
    x = np.random.default_rng(1).integers(-5, 5, 300).astype("i4")
    out, count = np.zeros(300, "i4"), np.zeros(1, "i4")
    compact[3, 128](x, out, count)
    assert count[0] == (x > 0).sum()
    assert sorted(out[: count[0]]) == sorted(x[x > 0])


@cuda.jit
def divergent(x, out):
    """Halves of warps that go different ways, loops of different lengths, an early end."""
    i = cuda.grid(1)
    lane = cuda.laneid
    if i >= x.size:
        return
    value = x[i]
    if lane < 16:
        value += cuda.shfl_xor_sync(0xFFFF, value, 1)
        turn = 0
        while turn < 1 + cuda.threadIdx.x // 32:
            value += cuda.shfl_xor_sync(0xFFFF, value, 2)
            turn += 1
    else:
        for _ in range(2 + cuda.threadIdx.x // 32):
            if cuda.any_sync(0xFFFF0000, value > 50):
                value = value // 2
    cuda.syncwarp()
    out[i] = value


def test_divergent_meetings(device):
    x = np.random.default_rng(2).integers(0, 40, 96).astype("i4")
    out = np.zeros_like(x)
    divergent[1, 128](x, out)
    expected = x.copy()
    for warp, values in enumerate(warps(expected)):
        low, high = values[:16], values[16:]
        low += low[np.arange(16) ^ 1]
        for _ in range(1 + warp):
            low += low[np.arange(16) ^ 2]
        for _ in range(2 + warp):
            if (high > 50).any():
                high //= 2
    assert out.tolist() == expected.tolist()


@cuda.jit
def blocks_of_three_axes(out):
    x, y, z = cuda.grid(3)
    number = (cuda.threadIdx.z * 4 + cuda.threadIdx.y) * 5 + cuda.threadIdx.x
    out[number, 0] = cuda.laneid
    out[number, 1] = cuda.ballot_sync(FULL, number % 2 == 0)
    out[number, 2] = cuda.all_sync(FULL, number >= 0)


def test_warps_follow_the_order_of_threads(device):
    out = np.zeros((60, 3), "i8")
    blocks_of_three_axes[1, (5, 4, 3)](out)
    assert out[:, 0].tolist() == [number % 32 for number in range(60)]
    # The second warp has 28 threads.
    assert (out[:32, 1] == 0x55555555).all() and (out[32:, 1] == 0x05555555).all()
    assert out[:, 2].all()


@cuda.jit
def aggregated(x, counts):
    """One atomic for all lanes that happen to be there."""
    i = cuda.grid(1)
    if x[i] > 0:
        mask = cuda.activemask()
        leader = cuda.ffs(mask) - 1
        if cuda.laneid == leader:
            cuda.atomic.add(counts, 0, cuda.popc(mask))


def test_active_masks(device):
    x = np.random.default_rng(4).integers(-1, 2, 256).astype("i4")
    counts = np.zeros(1, "i4")
    aggregated[2, 128](x, counts)
    assert counts[0] == (x > 0).sum()


# The block


@cuda.jit
def block_votes(x, out):
    i = cuda.grid(1)
    count = cuda.syncthreads_count(x[i] > 3)
    every = cuda.syncthreads_and(x[i] > 3)
    some = cuda.syncthreads_or(x[i] > 3)
    if cuda.threadIdx.x == 0:
        out[cuda.blockIdx.x, 0] = count
        out[cuda.blockIdx.x, 1] = every
        out[cuda.blockIdx.x, 2] = some


def test_votes_of_blocks(device):
    x = np.concatenate([np.arange(40), np.zeros(40), np.full(40, 5)])
    out = np.zeros((3, 3), "i4")
    block_votes[3, 40](x, out)
    assert out.tolist() == [[36, 0, 1], [0, 0, 0], [40, 1, 1]]


@cuda.jit
def bubble(x):
    """Sorts a block's numbers by exchanges until a vote finds none."""
    cells = cuda.shared.array(64, "int32")
    t = cuda.threadIdx.x
    cells[t] = x[t]
    cuda.syncthreads()
    goes_on = 1
    while goes_on:
        changed = False
        for parity in range(2):
            if t % 2 == parity and t < 63 and cells[t] > cells[t + 1]:
                cells[t], cells[t + 1] = cells[t + 1], cells[t]
                changed = True
            cuda.syncthreads()
        goes_on = cuda.syncthreads_or(changed)
    x[t] = cells[t]


def test_a_loop_that_a_vote_ends(device):
    x = np.random.default_rng(6).permutation(64).astype("i4")
    bubble[1, 64](x)
    assert x.tolist() == list(range(64))


@cuda.jit
def fences(out):
    cuda.threadfence_block()
    cuda.threadfence()
    cuda.threadfence_system()
    cuda.nanosleep(10)
    out[cuda.grid(1)] = cuda.cbrt(float64(cuda.grid(1)))


def test_fences_and_cube_roots(device):
    out = np.zeros(30)
    fences[1, 30](out)
    np.testing.assert_allclose(out, np.cbrt(np.arange(30.0)), rtol=2**-52)


# Atomics


@cuda.jit
def wrapping(counters, olds):
    i = cuda.grid(1)
    olds[i, 0] = cuda.atomic.inc(counters, 0, 4)
    olds[i, 1] = cuda.atomic.dec(counters, 1, 6)


@pytest.mark.parametrize("dtype", ["u4", "u8"])
def test_inc_and_dec(device, dtype):
    counters, olds = np.array([2, 3], dtype), np.zeros((13, 2), dtype)
    wrapping[1, 13](counters, olds)
    up, down = [2], [3]
    for _ in range(13):
        up.append(0 if up[-1] >= 4 else up[-1] + 1)
        down.append(6 if down[-1] == 0 or down[-1] > 6 else down[-1] - 1)
    assert counters.tolist() == [up[-1], down[-1]]
    assert sorted(olds[:, 0]) == sorted(up[:-1]) and sorted(olds[:, 1]) == sorted(down[:-1])


def test_inc_and_dec_begin_again_from_beyond(device):
    counters, olds = np.array([9, 9], "u4"), np.zeros((1, 2), "u4")
    wrapping[1, 1](counters, olds)
    assert counters.tolist() == [0, 6] and olds.tolist() == [[9, 9]]


@cuda.jit
def extremes(x, out):
    own = cuda.shared.array(2, float64)
    if cuda.threadIdx.x == 0:
        own[0] = np.nan
        own[1] = x[0]
    cuda.syncthreads()
    i = cuda.grid(1)
    cuda.atomic.nanmax(out, 0, x[i])
    cuda.atomic.nanmin(out, 1, x[i])
    cuda.atomic.nanmax(own, 0, float64(x[i]))
    cuda.atomic.nanmin(own, 1, float64(x[i]))
    cuda.syncthreads()
    if cuda.threadIdx.x == 0:
        out[2] = own[0]
        out[3] = own[1]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_extremes_without_nan(device, dtype):
    x = np.random.default_rng(8).normal(size=64).astype(dtype)
    x[[3, 20, 63]] = np.nan
    out = np.full(4, np.nan, dtype)
    extremes[1, 64](x, out)
    assert out.tolist() == [np.nanmax(x), np.nanmin(x)] * 2


@pytest.mark.parametrize("dtype", ["i4", "u4", "i8", "u8"])
def test_extremes_of_integers(device, dtype):
    @cuda.jit
    def kernel(x, out):
        cuda.atomic.nanmax(out, 0, x[cuda.grid(1)])
        cuda.atomic.nanmin(out, 1, x[cuda.grid(1)])

    x = np.random.default_rng(8).integers(0, 1000, 64).astype(dtype)
    out = np.full(2, 500, dtype)
    kernel[1, 64](x, out)
    assert out.tolist() == [max(500, x.max()), min(500, x.min())]


@cuda.jit
def swaps(x, olds):
    i = cuda.grid(1)
    olds[i, 0] = cuda.atomic.cas(x, (1, i), i, -1)
    olds[i, 1] = cuda.atomic.compare_and_swap(x[0], 7, 5)


@pytest.mark.parametrize("dtype", ["i4", "u4", "i8", "u8"])
def test_compare_and_swap(device, dtype):
    x = np.array([[7, 0, 0, 0], [0, 9, 2, 9]]).astype(dtype)
    olds = np.zeros((4, 2), dtype)
    swaps[1, 4](x, olds)
    assert olds[:, 0].tolist() == [0, 9, 2, 9] and sorted(olds[:, 1]) == [5, 5, 5, 7]
    minus = np.array(-1).astype(dtype)
    assert x.tolist() == [[5, 0, 0, 0], [int(minus), 9, int(minus), 9]]


@cuda.jit
def sum_by_the_last_block(x, sums, count, out):
    """NVIDIA's threadFenceReduction: the block that ends last adds up what the others left."""
    is_last = cuda.shared.array(1, "bool")
    i = cuda.grid(1)
    value = x[i] if i < x.size else 0
    for offset in (16, 8, 4, 2, 1):
        value += cuda.shfl_down_sync(FULL, value, offset)
    if cuda.threadIdx.x == 0:
        sums[cuda.blockIdx.x] = value
        cuda.threadfence()
        ticket = cuda.atomic.inc(count, 0, cuda.gridDim.x - 1)
        is_last[0] = ticket == cuda.gridDim.x - 1
    cuda.syncthreads()
    if is_last[0] and cuda.threadIdx.x == 0:
        total = 0
        for block in range(cuda.gridDim.x):
            total += sums[block]
        out[0] = total


def test_the_last_block_adds_up(device):
    x = np.random.default_rng(9).integers(0, 100, 300)
    sums, count, out = np.zeros(10, "i8"), np.zeros(1, "u4"), np.zeros(1, "i8")
    sum_by_the_last_block[10, 32](x, sums, count, out)
    assert out[0] == x.sum() and count[0] == 0


@cuda.jit
def locked_sum(lock, x, total):
    """Each block adds to the total while it has the lock."""
    while cuda.atomic.cas(lock, 0, 0, 1) != 0:
        cuda.nanosleep(100)
    cuda.threadfence()
    total[0] += x[cuda.blockIdx.x]
    cuda.threadfence()
    cuda.atomic.exch(lock, 0, 0)


def test_a_lock(device):
    x = np.random.default_rng(9).integers(0, 100, 40)
    lock, total = np.zeros(1, "i4"), np.zeros(1, "i8")
    locked_sum[40, 1](lock, x, total)
    assert total[0] == x.sum() and lock[0] == 0


# Memory


@cuda.jit
def memories(out):
    a = cuda.shared.array((2, 4), "float32", alignment=128)
    b = cuda.shared.array(shape=8, dtype=np.int16)
    c = cuda.local.array(3, dtype=np.dtype("complex128"), alignment=32)
    d = cuda.local.array(2, "u1")
    e = cuda.local.array(1, float, None)
    t = cuda.threadIdx.x
    a[t // 4, t % 4] = t / 2
    b[t] = t
    c[1] = 1j * t
    d[0] = 255
    d[0] += 2
    e[0] = 0.1
    cuda.syncthreads()
    out[t, 0] = a[1, 3 - t % 4]
    out[t, 1] = b[7 - t]
    out[t, 2] = c[1].imag
    out[t, 3] = d[0]
    out[t, 4] = e[0]


def test_dtypes_and_alignments(device):
    out = np.zeros((8, 5))
    memories[1, 8](out)
    t = np.arange(8)
    expected = [(7 - t % 4) / 2, 7 - t, t, np.ones(8), np.full(8, 0.1)]
    assert out.tolist() == np.stack(expected, axis=1).tolist()


TABLE = np.arange(10.0) ** 2


def test_constant_arrays(device):
    @cuda.jit
    def kernel(out):
        table = cuda.const.array_like(TABLE)
        i = cuda.grid(1)
        out[i] = table[9 - i]

    out = np.zeros(10)
    kernel[1, 10](out)
    assert out.tolist() == TABLE[::-1].tolist()


def test_types_of_results():
    """As numba has them: ballots and matches are int32, active masks uint32."""

    @cuda.jit
    def kernel(out):
        i = cuda.grid(1)
        out[i, 0] = cuda.ballot_sync(FULL, True) < 0
        out[i, 1] = cuda.match_any_sync(FULL, 1.5) < 0
        out[i, 2] = cuda.activemask() > 0
        out[i, 3] = cuda.lanemask_lt() >= 0

    with martlet.device("simulator"):
        out = np.zeros((32, 4))
        kernel[1, 32](out)
        assert out.all()


def test_nvrtc_compiles_every_kernel():
    """All that ran in this process before, for GPUs of CUDA; it takes NVRTC, but no GPU."""
    checked = 0
    kernels = [value for value in globals().values() if hasattr(value, "inspect_asm")]
    assert len(kernels) > 12
    for kernel in kernels:
        try:
            texts = kernel.inspect_asm()
        except RuntimeError as error:
            if "NVRTC" in str(error) and "not" in str(error):
                pytest.skip(str(error))
            raise
        for text in texts.values():
            checked += 1
            assert f".visible .entry kernel_{kernel.__name__}" in text
    if checked == 0:
        pytest.skip("no kernel was launched in this process before")
