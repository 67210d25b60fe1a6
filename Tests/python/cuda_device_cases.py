"""What a GPU's libraries and memory are used for; `test_cuda_device.py` runs it on a fake GPU."""

import ctypes
import gc

import martlet
import martlet.numpy as np
import numpy
import pytest
from martlet import cuda

NAME = "cuda:0"
fake = ctypes.CDLL("libcuda.so.1")
fake.fake_foreign.restype = ctypes.c_uint64
fake.fake_foreign.argtypes = [ctypes.c_size_t]
fake.fake_count.restype = ctypes.c_int64
fake.fake_misuse.restype = ctypes.c_char_p
DTYPES = ("float32", "float64", "complex64", "complex128")


def count(name):
    return fake.fake_count(name.encode())


@pytest.fixture(autouse=True)
def nothing_is_misused():
    martlet.clear_fallback_records()
    yield
    martlet.synchronize(NAME)
    assert fake.fake_misuse() is None


def numbers(shape, dtype="float64", seed=0):
    rng = numpy.random.default_rng(seed)
    values = rng.standard_normal(shape)
    if numpy.dtype(dtype).kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return values.astype(dtype)


def there(values):
    return np.asarray(values).to(NAME)


def close(actual, expected, tolerance=None):
    assert actual.device == NAME
    assert not martlet.fallback_records(), martlet.fallback_report()
    actual, expected = numpy.asarray(actual), numpy.asarray(expected)
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    if tolerance is None:
        tolerance = 1e-4 if actual.dtype.itemsize <= 4 or actual.dtype == "complex64" else 1e-9
    numpy.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


# MARK: Products


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_are_the_librarys(dtype):
    cases = [
        ((3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((4,), (4,)), ((1, 4), (4, 1)),
        ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((3, 4), (6, 4, 5)),
        ((5, 1, 3, 4), (2, 4, 2)), ((2, 3, 2, 4), (2, 3, 4, 2)),
    ]  # fmt: skip
    before = count("gemm")
    for a, b in cases:
        a, b = numbers(a, dtype), numbers(b, dtype, 1)
        close(there(a) @ there(b), a @ b)
    assert count("gemm") >= before + len(cases)


def test_products_take_any_layout():
    a, b = numbers((6, 8)), numbers((8, 6), seed=1)
    x, y = there(a), there(b)
    before = count("gemm")
    close(x.T @ y.T, a.T @ b.T)
    close(x[::2] @ y[:, ::3], a[::2] @ b[:, ::3])
    close(x[:, ::-1] @ y[::-1], a @ b)
    close(x[1:4, 2:] @ y[2:, :1], a[1:4, 2:] @ b[2:, :1])
    close(np.tensordot(x, y, axes=((0, 1), (1, 0))), numpy.tensordot(a, b, axes=((0, 1), (1, 0))))
    stacked = numbers((3, 4, 5))
    close(there(stacked)[::-1] @ y[:5], stacked[::-1] @ b[:5])
    close(there(stacked).transpose(1, 0, 2) @ y[:5], stacked.transpose(1, 0, 2) @ b[:5])
    assert count("gemm") > before
    close(x @ numpy.ones(8), a @ numpy.ones(8))


def test_a_batch_is_one_call():
    a, b = numbers((7, 3, 4)), numbers((7, 4, 2), seed=1)
    before = count("gemm")
    close(there(a) @ there(b), a @ b)
    assert count("gemm") == before + 1


def test_other_products_are_martlets_own():
    a, b = numpy.arange(12).reshape(3, 4), numpy.arange(8).reshape(4, 2)
    before = count("gemm")
    close(there(a) @ there(b), a @ b)
    assert count("gemm") == before


# MARK: Transforms


@pytest.mark.parametrize("dtype", [*DTYPES, "float16", "int32", "bool"])
@pytest.mark.parametrize("n", [None, 4, 7, 12])
@pytest.mark.parametrize("norm", [None, "ortho", "forward"])
def test_transforms_along_one_axis(dtype, n, norm):
    x = numbers((2, 7), "complex128" if dtype.startswith("complex") else "float64").astype(dtype)
    names = ["fft", "ifft", "irfft", "hfft"]
    if numpy.dtype(dtype).kind != "c":
        names += ["rfft", "ihfft"]
    tolerance = 2e-2 if dtype == "float16" else None
    for name in names:
        expected = getattr(numpy.fft, name)(x, n=n, norm=norm)
        close(getattr(np.fft, name)(there(x), n=n, norm=norm), expected, tolerance)


def test_transforms_take_any_axis_and_layout():
    x = numbers((3, 4, 5), "complex128")
    y = there(x)
    for axis in (0, 1, -1):
        close(np.fft.fft(y, axis=axis), numpy.fft.fft(x, axis=axis))
        close(np.fft.irfft(y, axis=axis), numpy.fft.irfft(x, axis=axis))
    close(np.fft.fft(y.T[::-1], axis=1), numpy.fft.fft(x.T[::-1], axis=1))
    close(np.fft.ifft(np.fft.fft(y)), x)
    close(np.fft.irfft(np.fft.rfft(y.real.copy()), n=5), x.real)
    close(y, x)


def test_transforms_over_several_axes():
    x = numbers((3, 4, 2, 5), "float64")
    y = there(x)
    for axes in (None, (1,), (0, 3), (3, 1), (2, 0, 1), (0, 1, 2, 3), (1, 1)):
        for name in ("fftn", "ifftn", "rfftn", "irfftn"):
            expected = getattr(numpy.fft, name)(x, axes=axes)
            close(getattr(np.fft, name)(y, axes=axes), expected)
    for name in ("fft2", "ifft2", "rfft2", "irfft2"):
        expected = getattr(numpy.fft, name)(x, s=(3, 6), norm="ortho")
        close(getattr(np.fft, name)(y, s=(3, 6), norm="ortho"), expected)
    close(np.fft.fftn(y, s=(-1, 7), axes=(0, 2)), numpy.fft.fftn(x, s=(-1, 7), axes=(0, 2)))
    before = count("cufftExec")
    np.fft.fftn(y[0])
    assert count("cufftExec") == before + 1


def test_transforms_write_where_they_are_told():
    x = numbers(6, "complex128")
    out = there(numpy.zeros(6, "complex128"))
    assert np.fft.fft(there(x), out=out) is out
    close(out, numpy.fft.fft(x))


def test_transforms_refuse_what_numpy_refuses():
    x = there(numbers((2, 4)))
    with pytest.raises(ValueError, match=r"Invalid number of FFT data points \(0\)"):
        np.fft.fft(x, n=0)
    with pytest.raises(ValueError, match="Invalid norm value odd"):
        np.fft.fft(x, norm="odd")
    with pytest.raises(IndexError):
        np.fft.fft(x, axis=2)
    with pytest.raises(ValueError, match="different lengths"):
        np.fft.fftn(x, s=(2,), axes=(0, 1))
    with pytest.raises(TypeError):
        np.fft.rfft(there(numbers(4, "complex64")))
    with pytest.raises(ValueError, match="Invalid number"):
        np.fft.irfft(there(numbers((4, 1))))


def test_what_is_not_the_librarys_is_numpys():
    x = numbers((2, 4))
    slopes = np.polynomial.polynomial.polyder(there(x))
    expected = numpy.polynomial.polynomial.polyder(x)
    numpy.testing.assert_array_equal(numpy.asarray(slopes), expected)
    assert slopes.device == NAME
    names = [record.name for record in martlet.fallback_records()]
    assert names == ["polynomial.polynomial.polyder"]


# MARK: Linear algebra


def positive(shape, dtype, seed=0):
    a = numbers(shape, dtype, seed)
    return (a @ a.conj().swapaxes(-1, -2) + 5 * numpy.eye(shape[-1])).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", [(), (3,), (2, 2)])
def test_systems_of_equations(dtype, batch):
    a = numbers((*batch, 4, 4), dtype) + 4 * numpy.eye(4, dtype=dtype)
    b = numbers((*batch, 4, 3), dtype, 1)
    x = there(a)
    close(np.linalg.solve(x, there(b)), numpy.linalg.solve(a, b))
    close(np.linalg.solve(x, there(b[..., 0][..., None])), numpy.linalg.solve(a, b[..., :1]))
    vector = numbers(4, dtype, 2)
    close(np.linalg.solve(x, there(vector)), numpy.linalg.solve(a, vector))
    close(np.linalg.inv(x), numpy.linalg.inv(a))
    close(np.linalg.det(x), numpy.linalg.det(a), 1e-3)
    close(np.linalg.det(x[..., ::-1, :]), numpy.linalg.det(a[..., ::-1, :]), 1e-3)


def test_integers_become_double():
    a = numpy.array([[2, 1], [1, 3]])
    close(np.linalg.inv(there(a)), numpy.linalg.inv(a))
    close(
        np.linalg.solve(there(a), there(numpy.float32([1, 2]))),
        numpy.linalg.solve(a, numpy.float32([1, 2])),
    )
    close(np.linalg.det(there(numpy.ones((3, 3)))), numpy.array(0.0))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", [(), (3,)])
def test_factors(dtype, batch):
    a = positive((*batch, 4, 4), dtype)
    x = there(a)
    close(np.linalg.cholesky(x), numpy.linalg.cholesky(a))
    close(np.linalg.cholesky(x, upper=True), numpy.linalg.cholesky(a, upper=True))
    values, vectors = np.linalg.eigh(x)
    assert type(np.linalg.eigh(x)) is type(numpy.linalg.eigh(numpy.eye(1)))
    close(values, numpy.linalg.eigh(a)[0], 1e-3)
    close(x @ vectors, numpy.asarray(vectors) * numpy.asarray(values)[..., None, :], 1e-3)
    close(np.linalg.eigvalsh(x, UPLO="U"), numpy.linalg.eigvalsh(a, UPLO="U"), 1e-3)
    # Only one triangle is read.
    torn = a + numpy.triu(numpy.ones((4, 4), a.real.dtype), 1)
    close(np.linalg.eigh(there(torn), "L")[0], values, 1e-3)
    close(np.linalg.cholesky(there(torn)), numpy.linalg.cholesky(a), 1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (2, 5, 3), (2, 3, 5)])
def test_orthogonal_factors(dtype, shape):
    a = numbers(shape, dtype)
    x = there(a)
    for mode in ("reduced", "complete"):
        q, r = np.linalg.qr(x, mode)
        expected = numpy.linalg.qr(a, mode)
        close(q, expected.Q)
        close(r, expected.R)
    close(np.linalg.qr(x, "r"), numpy.linalg.qr(a, "r"))
    for actual, expected in zip(np.linalg.qr(x, "raw"), numpy.linalg.qr(a, "raw"), strict=True):
        close(actual, expected)
    for full in (True, False):
        u, s, vh = np.linalg.svd(x, full_matrices=full)
        expected = numpy.linalg.svd(a, full_matrices=full)
        close(s, expected.S)
        assert (u.shape, vh.shape) == (expected.U.shape, expected.Vh.shape)
        k = s.shape[-1]
        close((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], a, 1e-3)
        for rows in (numpy.asarray(u).conj().swapaxes(-1, -2), numpy.asarray(vh)):
            product = rows @ rows.conj().swapaxes(-1, -2)
            unit = numpy.broadcast_to(numpy.eye(rows.shape[-2]), product.shape)
            numpy.testing.assert_allclose(product, unit, atol=1e-4)
    close(np.linalg.svd(x, compute_uv=False), numpy.linalg.svd(a, compute_uv=False))


def test_linear_algebra_refuses_what_numpy_refuses():
    error = numpy.linalg.LinAlgError
    singular = there(numpy.ones((2, 3, 3)))
    for call in (np.linalg.inv, lambda a: np.linalg.solve(a, there(numpy.ones((2, 3, 1))))):
        with pytest.raises(error, match="Singular matrix"):
            call(singular)
    with pytest.raises(error, match="not positive definite"):
        np.linalg.cholesky(there(-numpy.eye(3)))
    with pytest.raises(error, match="must be square"):
        np.linalg.inv(there(numpy.ones((2, 3))))
    with pytest.raises(error, match="1-dimensional array given"):
        np.linalg.qr(there(numpy.ones(3)))
    with pytest.raises(TypeError, match="array type float16 is unsupported in linalg"):
        np.linalg.inv(there(numpy.eye(2, dtype="float16")))
    with pytest.raises(ValueError, match="UPLO argument must be 'L' or 'U'"):
        np.linalg.eigh(there(numpy.eye(2)), "X")
    with pytest.raises(ValueError, match="mismatch in its core dimension 0"):
        np.linalg.solve(there(numpy.eye(2)), there(numpy.ones((3, 1))))
    assert not martlet.fallback_records()


def test_empty_matrices_are_numpys():
    assert np.linalg.inv(there(numpy.ones((0, 2, 2)))).shape == (0, 2, 2)
    assert [record.name for record in martlet.fallback_records()] == ["linalg.inv"]


def test_on_the_host_nothing_changes():
    a = numbers((3, 3))
    result = np.linalg.inv(np.asarray(a))
    assert result.device == "cpu"
    assert not martlet.fallback_records()
    with martlet.policy("only_host"):
        assert np.linalg.inv(there(a)).shape == (3, 3)
    with martlet.policy("only_device"):
        assert np.linalg.inv(there(a)).device == NAME
        with pytest.raises(NotImplementedError, match=NAME):
            np.polynomial.polynomial.polyder(there(a))


# MARK: The array interface


class Foreign:
    """An array of another library."""

    def __init__(self, values, **changes):
        values = numpy.ascontiguousarray(values)
        self.address = fake.fake_foreign(max(values.nbytes, 1))
        ctypes.memmove(self.address, values.ctypes.data, values.nbytes)
        self.__cuda_array_interface__ = {
            "shape": values.shape, "typestr": values.dtype.str, "data": (self.address, False),
            "version": 3, "strides": None, "stream": 1, **changes,
        }  # fmt: skip

    def values(self, count, dtype="float64"):
        martlet.synchronize(NAME)
        raw = ctypes.string_at(self.address, count * numpy.dtype(dtype).itemsize)
        return numpy.frombuffer(raw, dtype).tolist()


def test_arrays_of_other_libraries_are_shared():
    foreign = Foreign([1.0, 2.0, 3.0])
    a = np.asarray(foreign)
    close(a, [1.0, 2.0, 3.0])
    a += 1
    assert foreign.values(3) == [2.0, 3.0, 4.0]
    # What the other one writes is seen.
    ctypes.memmove(foreign.address, numpy.float64([9]).ctypes.data, 8)
    assert a.tolist() == [9.0, 3.0, 4.0]
    b = np.array(foreign)
    b[:] = 0
    assert foreign.values(3) == [9.0, 3.0, 4.0]
    close(np.add(foreign, 1), [10.0, 4.0, 5.0])
    close(np.asarray(foreign, dtype="float32"), numpy.float32([9, 3, 4]))
    assert np.asarray(foreign, copy=False).device == NAME


def test_numpy_writes_to_shared_memory():
    foreign = Foreign([3.0, 1.0, 2.0])
    a = np.asarray(foreign)
    np.put(a, [0], 5)
    assert foreign.values(3) == [5.0, 1.0, 2.0]
    b = there(numpy.arange(3.0))
    loan = np.from_dlpack(b)
    np.put(b, [2], 7)
    assert loan.tolist() == [0.0, 1.0, 7.0]


def test_arrays_of_other_libraries_have_their_layout():
    flipped = Foreign(numpy.arange(6.0).reshape(2, 3), shape=(3, 2), strides=(8, 24))
    close(np.asarray(flipped), numpy.arange(6.0).reshape(2, 3).T)
    foreign = Foreign(numpy.arange(4.0), strides=(-8,))
    start, _ = foreign.__cuda_array_interface__["data"]
    foreign.__cuda_array_interface__["data"] = (start + 24, True)
    backwards = np.asarray(foreign)
    close(backwards, numpy.arange(4.0)[::-1])
    with pytest.raises(ValueError, match="read-only"):
        backwards[0] = 1
    empty = np.asarray(Foreign(numpy.zeros((0, 2)), data=(0, False)))
    assert (empty.shape, empty.device) == ((0, 2), NAME)
    with pytest.raises(TypeError, match="masked"):
        np.asarray(Foreign([1.0], mask=Foreign([1.0])))
    with pytest.raises(ValueError, match="strides"):
        np.asarray(Foreign([1.0], strides=(3,)))


def test_an_owner_lives_as_long_as_its_memory_is_used():
    import weakref

    foreign = Foreign([1.0, 2.0])
    reference = weakref.ref(foreign)
    a = np.asarray(foreign)
    view = a[1:]
    del foreign, a
    gc.collect()
    assert reference() is not None
    assert view.tolist() == [2.0]
    del view
    gc.collect()
    assert reference() is None


def test_own_arrays_show_their_memory():
    a = there(numpy.arange(6.0).reshape(2, 3))
    described = a.__cuda_array_interface__
    assert described["shape"] == (2, 3)
    assert described["typestr"] == "<f8"
    assert described["strides"] is None
    assert described["version"] == 3
    address, read_only = described["data"]
    assert not read_only
    assert numpy.frombuffer(ctypes.string_at(address, 48)).tolist() == list(range(6))
    a *= 2
    martlet.synchronize(NAME)
    assert numpy.frombuffer(ctypes.string_at(address, 48)).tolist() == [0, 2, 4, 6, 8, 10]
    turned = a.T[1:].__cuda_array_interface__
    assert (turned["strides"], turned["data"][0]) == ((8, 24), address + 8)
    assert not hasattr(np.ones(3), "__cuda_array_interface__")
    copy = np.array(a, copy=True)
    assert copy.__cuda_array_interface__["data"][0] != address


# MARK: DLPack


def test_dlpack_shares_memory_both_ways():
    a = there(numpy.arange(6.0).reshape(2, 3))
    assert a.__dlpack_device__() == (2, 0)
    b = np.from_dlpack(a.T)
    assert b.device == NAME
    b[0, 0] = 100
    a[1, 2] = -1
    close(b, numpy.array([[100.0, 3], [1, 4], [2, -1]]))
    for dtype in (*DTYPES, "bool", "int8", "uint16", "float16"):
        close(np.from_dlpack(there(numpy.ones(3, dtype))), numpy.ones(3, dtype))
    assert np.from_dlpack(there(numpy.zeros((0, 3)))).shape == (0, 3)


def test_dlpack_copies_when_told():
    a = there(numpy.arange(3.0))
    copy = np.from_dlpack(a, copy=True)
    copy[0] = 7
    close(a, numpy.arange(3.0))
    assert np.from_dlpack(a, device="cpu").device == "cpu"
    with pytest.raises(ValueError, match="avoid copy"):
        np.from_dlpack(a, device="cpu", copy=False)
    assert np.from_dlpack(numpy.arange(3.0)).device == "cpu"
    assert np.from_dlpack(numpy.arange(3.0), device=NAME).device == NAME
    assert numpy.from_dlpack(a, device="cpu").tolist() == [0, 1, 2]
    with pytest.raises(BufferError, match="only have a copy"):
        a.__dlpack__(dl_device=(1, 0), copy=False)
    with pytest.raises(ValueError, match="stream 0"):
        a.__dlpack__(stream=0)


def test_dlpack_keeps_what_may_not_be_written():
    a = there(numpy.arange(3.0))
    a.flags.writeable = False
    with pytest.raises(BufferError, match="read-only"):
        a.__dlpack__()
    with pytest.raises(ValueError, match="read-only"):
        np.from_dlpack(a)[0] = 1


def test_dlpack_of_older_producers():
    a = there(numpy.arange(3.0))

    class Old:
        def __dlpack_device__(self):
            return a.__dlpack_device__()

        def __dlpack__(self, stream):
            assert stream == 1
            return a.__dlpack__(stream=stream)

    b = np.from_dlpack(Old())
    b += 1
    close(a, numpy.arange(3.0) + 1)


def test_dlpack_ends_its_loans():
    martlet.synchronize(NAME)
    gc.collect()
    before = count("live")
    a = there(numpy.arange(3.0))
    b = np.from_dlpack(a)
    del a
    gc.collect()
    assert b.tolist() == [0, 1, 2]
    capsules = [b.__dlpack__(), b.__dlpack__(max_version=(1, 0))]
    del b
    gc.collect()
    assert count("live") > before
    del capsules
    for _ in range(3):
        gc.collect()
    assert count("live") == before


def test_memory_of_other_devices_is_not_packed():
    a = np.arange(3.0).to("simulator")
    for call in (a.__dlpack__, a.__dlpack_device__, lambda: np.from_dlpack(a)):
        with pytest.raises(BufferError, match=r"lives on simulator.*a.to\('cpu'\)"):
            call()
    assert numpy.from_dlpack(np.ones(3)).tolist() == [1, 1, 1]


# MARK: What it is


def test_what_a_gpu_is():
    with martlet.device(NAME):
        assert cuda.get_current_device().compute_capability == (9, 0)
        memory = cuda.current_context().get_memory_info()
    assert 0 < memory.free <= memory.total
