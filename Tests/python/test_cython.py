"""Real Cython code on Martlet's arrays: typed memoryviews over their memory, without a copy."""

import importlib.util
import shutil
import subprocess
import sysconfig
from pathlib import Path

import martlet
import martlet.numpy as np
import numpy
import pytest

COMPILER = next((path for name in ("cc", "gcc", "clang") if (path := shutil.which(name))), None)
HEADERS = Path(sysconfig.get_path("include"))

pytestmark = [
    pytest.mark.skipif(COMPILER is None, reason="no C compiler (cc, gcc, clang) was found"),
    pytest.mark.skipif(
        not (HEADERS / "Python.h").exists(),
        reason=f"a C compiler has no Python.h in {HEADERS}: install python3-dev",
    ),
]

SOURCE = """
# cython: language_level=3, boundscheck=False, wraparound=False, binding=True

def convolve(const double[:, :] image, const double[:, :] weights):
    '''The full convolution, as four plain loops over the pixels and the weights.'''
    cdef Py_ssize_t rows = image.shape[0] + weights.shape[0] - 1
    cdef Py_ssize_t columns = image.shape[1] + weights.shape[1] - 1
    cdef Py_ssize_t x, y, s, t
    cdef double total
    import martlet.numpy as np
    result = np.zeros((rows, columns))
    cdef double[:, ::1] out = result
    for x in range(rows):
        for y in range(columns):
            total = 0
            for s in range(max(0, x - image.shape[0] + 1), min(x + 1, weights.shape[0])):
                for t in range(max(0, y - image.shape[1] + 1), min(y + 1, weights.shape[1])):
                    total += image[x - s, y - t] * weights[s, t]
            out[x, y] = total
    return result

def halve(float[:] line):
    cdef Py_ssize_t i
    for i in range(line.shape[0]):
        line[i] /= 2

def fill(double[:, ::1] plane, double value):
    cdef Py_ssize_t i, j
    for i in range(plane.shape[0]):
        for j in range(plane.shape[1]):
            plane[i, j] = value

def total(const double[:] line):
    cdef double sum = 0
    cdef Py_ssize_t i
    for i in range(line.shape[0]):
        sum += line[i]
    return sum

def address(const double[:] line):
    return <size_t>&line[0]

ctypedef fused number:
    char
    short
    int
    long
    unsigned char
    unsigned int
    float
    double
    double complex

def first(number[:] line):
    return line[0]

cdef class Holder:
    cdef double[:] kept

    def __init__(self, double[:] line):
        self.kept = line

    def set(self, Py_ssize_t i, double value):
        self.kept[i] = value
"""


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """The module that Cython and the C compiler make of the source."""
    folder = tmp_path_factory.mktemp("cython")
    (folder / "kernels.pyx").write_text(SOURCE)
    from Cython.Compiler.Main import CompilationOptions, compile

    # Quiet, because Cython prints progress where pytest shows only failures.
    done = compile(str(folder / "kernels.pyx"), CompilationOptions(output_dir=str(folder)))
    assert done.num_errors == 0
    library = folder / f"kernels{sysconfig.get_config_var('EXT_SUFFIX')}"
    command = [COMPILER, "-shared", "-fPIC", "-O1", "-w", f"-I{HEADERS}"]
    subprocess.run([*command, str(folder / "kernels.c"), "-o", str(library)], check=True)
    spec = importlib.util.spec_from_file_location("kernels", library)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reference(image, weights):
    """The full convolution, by shifted sums."""
    rows, columns = weights.shape
    result = numpy.zeros((image.shape[0] + rows - 1, image.shape[1] + columns - 1))
    for s in range(rows):
        for t in range(columns):
            result[s : s + image.shape[0], t : t + image.shape[1]] += image * weights[s, t]
    return result


@pytest.mark.parametrize(
    "make",
    [
        lambda a: np.asarray(a),
        lambda a: np.array(a),
        lambda a: np.array(a.T).T,
        lambda a: np.array(a)[::-1, ::2],
        lambda a: np.array(a) + 0,
        lambda a: martlet.with_grid(np.array(a), 0.5),
    ],
)
def test_the_convolution_of_the_loops(kernels, make):
    random = numpy.random.default_rng(1)
    image = make(random.integers(-9, 9, (20, 30)).astype(float))
    weights = np.array(random.integers(-9, 9, (3, 5)).astype(float))
    result = kernels.convolve(image, weights)
    assert type(result) is np.ndarray
    expected = reference(numpy.array(image), numpy.array(weights))
    # Whole numbers: every order of adding is exact.
    numpy.testing.assert_array_equal(numpy.asarray(result), expected)


def test_nothing_is_copied(kernels):
    a = np.arange(6.0)
    assert kernels.address(a) == kernels.address(a)
    assert kernels.address(a[2:]) == kernels.address(a) + 16
    n = numpy.arange(6.0)
    assert kernels.address(np.asarray(n)) == kernels.address(n)
    with martlet.device("simulator"):
        pass
    assert kernels.address(np.asarray(n)) == kernels.address(n)


def test_writes_are_seen(kernels):
    a = np.arange(6, dtype="float32")
    view, copy, pending = a[1:], a.copy(), a + 1
    kernels.halve(a[::2])
    assert a.tolist() == [0, 1, 1, 3, 2, 5]
    assert view.tolist() == [1, 1, 3, 2, 5]
    assert copy.tolist() == [0, 1, 2, 3, 4, 5] and pending.tolist() == [1, 2, 3, 4, 5, 6]
    large = np.zeros((300, 300))
    before = large * 2 + 1
    kernels.fill(large, 5.0)
    assert before.max() == 1 and large.min() == 5 and (large + 1).min() == 6
    single = martlet.with_grid(np.zeros((4, 1)), 2)
    kernels.fill(single, 3.0)
    kernels.fill(single.reshape(1, 4), 3.0)
    assert single.tolist() == [[3.0]] * 4


def test_memory_that_is_kept_stays_shared(kernels):
    a = np.zeros(50_000)
    holder = kernels.Holder(a)
    b = a * 2
    holder.set(3, 7.0)
    assert a[3] == 7 and b[3] == 0
    a[4] = 1
    a += 1
    c = a + 0
    holder.set(3, 70.0)
    assert a[3] == 70 and c[3] == 8 and a[4] == 2
    del a
    holder.set(0, 1.0)


def test_what_a_memoryview_does_not_take(kernels):
    a = np.ones((3, 4))
    with pytest.raises(ValueError, match="wrong number of dimensions"):
        kernels.total(a)
    with pytest.raises(ValueError, match="dtype mismatch"):
        kernels.total(np.ones(3, "float32"))
    with pytest.raises(ValueError, match="contiguous"):
        kernels.fill(a.T, 1.0)
    locked = np.ones(3)
    locked.flags.writeable = False
    assert kernels.total(locked) == 3
    with pytest.raises(ValueError, match="read-only"):
        kernels.Holder(locked)


@pytest.mark.parametrize(
    "dtype",
    ["int8", "int16", "int32", "int64", "uint8", "uint32", "float32", "float64", "complex128"],
)
def test_every_dtype_has_its_format(kernels, dtype):
    assert kernels.first(np.array([3, 4], dtype)) == 3


def test_arrays_of_devices_are_refused(kernels):
    there = np.ones(3).to("simulator")
    with pytest.raises(BufferError, match="lives on simulator.*use a.to"):
        kernels.total(there)
    assert kernels.total(there.to("cpu")) == 3


def test_a_cython_function_as_the_implementation(kernels):
    operation = martlet.dispatch(
        "(float64[:,:], float64[:,:]) -> float64[:,:]", name="convolved", replace=True
    )(kernels.convolve)
    assert operation.summary.startswith("The full convolution")
    image, weights = np.arange(12.0).reshape(3, 4), np.ones((2, 2))
    expected = reference(numpy.array(image), numpy.array(weights))
    numpy.testing.assert_array_equal(numpy.asarray(operation(image, [[1, 1], [1, 1]])), expected)
    martlet.clear_fallback_records()
    result = operation(image.to("simulator"), weights)
    assert result.device == "simulator"
    assert [r.name for r in martlet.fallback_records()] == ["convolved"]
    numpy.testing.assert_array_equal(numpy.asarray(result), expected)
