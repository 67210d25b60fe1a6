"""Dask's collections with Martlet's chunks, in one process and on a real cluster."""

import os
import signal

import numpy
import pytest
from subject import needs_martlet

dask = pytest.importorskip("dask", reason="Dask is not installed")
pytest.importorskip("dask.array", reason="Dask's arrays are not installed")
pytestmark = needs_martlet


@pytest.fixture
def da():
    import dask.array as da
    import martlet.dask  # noqa: F401

    with dask.config.set({"array.backend": "martlet"}):
        yield da


def is_ours(array):
    import martlet

    return martlet.ndarray in type(array).__mro__


MADE = {
    "ones": lambda da: da.ones((4, 6), chunks=2),
    "zeros": lambda da: da.zeros((4, 6), chunks=2, dtype="int32"),
    "full": lambda da: da.full((5,), 2.5),
    "arange": lambda da: da.arange(10, chunks=4),
    "arange with bounds": lambda da: da.arange(2, 20, 3, dtype="float32"),
    "ones_like": lambda da: da.ones_like(da.zeros((3, 2))),
    "converted": lambda da: da.from_array(numpy.arange(4.0)).to_backend("martlet"),
}


@pytest.mark.parametrize("name", MADE)
def test_collections_are_made_of_martlets_arrays(da, name):
    ours = MADE[name](da)
    with dask.config.set({"array.backend": "numpy"}):
        numpys = MADE[name](da).compute() if name != "converted" else numpy.arange(4.0)
    assert is_ours(ours._meta)
    found = ours.compute()
    assert is_ours(found) and found.dtype == numpys.dtype
    assert numpy.array_equal(found, numpys)


def test_the_setting_alone_is_enough_for_random_numbers(da):
    for draw in (
        lambda: da.random.default_rng(5).normal(size=(6, 4), chunks=3),
        lambda: da.random.RandomState(5).uniform(size=(6, 4), chunks=3),
    ):
        ours = draw()
        with dask.config.set({"array.backend": "numpy"}):
            numpys = draw().compute()
        assert is_ours(ours.compute())
        # Dask seeds a chunk's generator alike whatever library draws from it.
        assert numpy.array_equal(ours.compute(), numpys)


COMPUTED = {
    "reductions": lambda da, x: x.mean(axis=0) + x.std(axis=0) + x.sum(),
    "nanmean": lambda da, x: da.nanmean(da.where(x > 0.5, x, numpy.nan), axis=1),
    "cumsum": lambda da, x: da.cumsum(x, axis=1),
    "product": lambda da, x: x @ x.T,
    "tensordot": lambda da, x: da.tensordot(x, x, axes=([0], [0])),
    "einsum": lambda da, x: da.einsum("ij,kj->ik", x, x),
    "take": lambda da, x: da.take(x, [5, 1], axis=1),
    "concatenate": lambda da, x: da.concatenate([x, -x], axis=1),
    "stencil": lambda da, x: x.map_overlap(
        lambda b: (numpy.roll(b, 1, 0) + numpy.roll(b, -1, 1)) / 2, depth=1, boundary="periodic"
    ),
    "singular values": lambda da, x: da.linalg.svd(x.rechunk((4, -1)))[1],
    "qr": lambda da, x: abs(da.linalg.qr(x.rechunk((4, -1)))[1]),
    "percentile": lambda da, x: da.percentile(x.ravel(), [25, 50], method="linear"),
    "median": lambda da, x: da.median(x, axis=0),
    "topk": lambda da, x: da.topk(x, 2, axis=1),
    "masked": lambda da, x: x[x > 0.5],
    "histogram": lambda da, x: da.histogram(x, bins=5, range=(0, 1))[0],
    "transform": lambda da, x: abs(da.fft.fft(x.rechunk((4, -1)), axis=1)),
}


@pytest.mark.parametrize("name", COMPUTED)
def test_what_dask_computes_is_what_it_computes_with_numpy(da, name):
    numbers = numpy.random.default_rng(1).random((16, 6))
    plain = da.from_array(numbers, chunks=(4, 3))
    expected = COMPUTED[name](da, plain).compute()
    found = COMPUTED[name](da, plain.to_backend("martlet")).compute()
    assert is_ours(found)
    numpy.testing.assert_allclose(found, expected, rtol=1e-12)


def test_tokens_and_sizes(da):
    import martlet.numpy as np
    from dask.base import tokenize
    from dask.sizeof import sizeof

    a = np.arange(1000.0)
    assert tokenize(a) == tokenize(a.copy()) != tokenize(a + 1)
    assert sizeof(a) == 8000
    assert sizeof(np.broadcast_to(np.float64(1), (1000, 1000))) == 8


def test_numpys_chunks_again(da):
    array = da.ones((4,), chunks=2).to_backend("numpy").compute()
    assert type(array) is numpy.ndarray


# MARK: A cluster


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed", reason="distributed is not installed")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "60s"}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_a_cluster_computes(client, da):
    x = da.random.default_rng(3).random((400, 30), chunks=(100, 30))
    numbers = numpy.asarray(x.compute())
    numpy.testing.assert_allclose(x.mean(axis=0).compute(), numbers.mean(axis=0))
    smooth = x.map_overlap(lambda b: b + numpy.roll(b, 1, 0), depth=(1, 0), boundary="periodic")
    numpy.testing.assert_allclose(smooth.compute(), numbers + numpy.roll(numbers, 1, 0))
    values = da.linalg.svd(x)[1].compute()
    numpy.testing.assert_allclose(values, numpy.linalg.svd(numbers)[1])
    assert is_ours(values)


def kmeans(da, points, centres, steps):
    for _ in range(steps):
        distances = ((points[:, None, :] - centres[None]) ** 2).sum(axis=-1)
        chosen = distances.argmin(axis=1)
        sums = [points[chosen == k].mean(axis=0) for k in range(len(centres))]
        centres = numpy.stack([numpy.asarray(c) for c in dask.compute(*sums)])
    return centres


def test_k_means_on_a_cluster(client, da):
    generator = numpy.random.default_rng(4)
    numbers = numpy.concatenate([generator.normal(c, 0.2, (60, 2)) for c in (0.0, 3.0, 6.0)])
    points = da.from_array(numbers, chunks=(45, 2)).to_backend("martlet")
    centres = kmeans(da, points, numbers[[0, 60, 120]], 3)
    numpy.testing.assert_allclose(
        centres, [numbers[i : i + 60].mean(axis=0) for i in (0, 60, 120)], rtol=1e-12
    )


def _gradient(chunk, right, weights):
    import martlet
    import martlet.numpy as np

    def loss(w):
        return np.sum((chunk @ w - right) ** 2)

    return martlet.grad(loss)(weights)


def test_gradients_over_chunks(client, da):
    generator = numpy.random.default_rng(6)
    a, b, w = generator.random((120, 4)), generator.random(120), generator.random(4)
    x = da.from_array(a, chunks=(30, 4)).to_backend("martlet")
    parts = [
        dask.delayed(_gradient)(chunk, b[30 * i : 30 * i + 30], w)
        for i, chunk in enumerate(x.to_delayed().ravel())
    ]
    total = dask.delayed(sum)(parts).compute()
    numpy.testing.assert_allclose(total, 2 * a.T @ (a @ w - b), rtol=1e-12)


def _slowly(block):
    import time

    time.sleep(0.3)
    return block + 1


def test_a_worker_may_die(client, da):
    x = da.ones((80, 8), chunks=(10, 8)).map_blocks(_slowly).sum()
    future = client.compute(x)
    victim = next(iter(client.run(os.getpid).values()))
    os.kill(victim, signal.SIGKILL)
    assert float(future.result(timeout=120)) == 2 * 80 * 8
