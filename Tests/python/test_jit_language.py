"""What programs for numba say in Python: tuples that change, rows that are unpacked, steps, texts.
Each function runs jitted and as Python, and both must give the same."""

import math
import pickle
import subprocess
import sys
import textwrap

import martlet
import martlet.numpy as mnp
import numpy as np
import pytest
from martlet import KernelError, njit
from test_jit_arrays import agrees, numbers


@njit
def ratio(a, n):
    return a / n


@njit
def mean_of(a):
    return ratio(a.sum(), a.size)


def test_helpers_that_may_raise():
    agrees(mean_of, np.arange(5.0))
    with pytest.raises(ZeroDivisionError):
        ratio(1.0, 0)


@njit
def signs(a):
    return ~a, -a, +a


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64"])
def test_signs_keep_the_type_of_arrays(dtype):
    agrees(signs, np.arange(5).astype(dtype))


def test_the_inverse_of_a_mask_is_a_mask():
    @njit
    def inverse(m):
        return ~m, np.sum(~m)

    agrees(inverse, np.array([True, False, False]))


# Tuples


@njit
def largest(a):
    best = (0, -1.0)
    for i in range(a.size):
        if a[i] > best[1]:
            best = (i, a[i])
    return best


@njit
def added(p, q):
    return p[0] + q[0], p[1] + q[1]


@njit
def walk(p, n):
    step = (1, 0.5)
    for i in range(n):
        p = added(p, step)
        if i % 2:
            step = (step[1], step[0])
    return p


@njit
def chosen(n):
    if n > 3:
        t = (1, 2)
    else:
        t = (3, 4.5)
    return t


def test_tuples_change():
    agrees(largest, numbers(9))
    agrees(largest, np.zeros(0))
    for n in range(4):
        agrees(walk, (1.0, 2.0), n)
        agrees(walk, (1, 2), n)
    # As numbers do, those in a tuple have one type on both ways.
    assert chosen(5) == (1, 2)
    assert chosen(1) == (3, 4.5)


def test_tuples_change_to_tuples_of_the_same_form():
    @njit
    def grows(n):
        t = (1, 2)
        for _ in range(n):
            t = (1, 2, 3)
        return t

    with pytest.raises(KernelError, match="'t' is a tuple of 3 here and a tuple of 2 elsewhere"):
        grows(2)

    @njit
    def mixes(a):
        t = (1, 2)
        for i in range(2):
            t = (i, a)
        return t

    message = "item 1 of 't' is an array of 1 dimension of type float64 here and a number elsewhere"
    with pytest.raises(KernelError, match=message):
        mixes(np.zeros(3))


# Rows


@njit
def brightness(image):
    total = 0.0
    for row in image:
        for r, g, b in row:
            total += 0.3 * r + 0.6 * g + 0.1 * b
    x, y, z = image[0, 0]
    return total, x, y + z


@njit
def orbit(out):
    out[0] = 1, 2.5
    for i in range(1, out.shape[0]):
        x, y = out[i - 1]
        out[i] = [x + 0.1 * y, y - 0.1 * x]
    return out


def test_rows_are_unpacked_and_assigned():
    agrees(brightness, numbers(3, 4, 3))
    agrees(orbit, np.zeros((6, 2)))


def test_rows_of_another_length_are_an_error():
    @njit
    def pair(a):
        x, y = a
        return x + y

    agrees(pair, numbers(2))
    with pytest.raises(ValueError, match="an array of 3 elements can't be unpacked to 2 names"):
        pair(numbers(3))
    with pytest.raises(ValueError, match=r"from shape \(2,\) into shape \(3,\)"):
        orbit(np.zeros((4, 3)))


@njit
def rotation(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def test_arrays_of_rows():
    @njit
    def kernel():
        return np.array([[1, 0, -1], [2, 0, -2]], dtype=np.float32), np.array((1, 2), dtype="i4")

    agrees(rotation, 0.3)
    agrees(kernel)
    with pytest.raises(KernelError, match="an array is made of rows of one length"):

        @njit
        def ragged():
            return np.array([[1, 2], [3]])

        ragged()


# Slices


@njit
def sieve(n):
    prime = np.ones(n + 1, dtype=np.bool_)
    prime[:2] = False
    for i in range(2, int(n**0.5) + 1):
        if prime[i]:
            prime[i * i :: i] = False
    return np.flatnonzero(prime)


@njit
def stepped(a, start, stop, step):
    return a[start:stop:step].copy(), a[::step].copy(), a[start::step].sum()


def test_steps_known_at_run_time():
    agrees(sieve, 100)
    a = numbers(11)
    for step in (-12, -3, -1, 1, 2, 5, 2**62, -(2**62)):
        for start in (-20, -4, 0, 3, 10, 25):
            for stop in (-20, -1, 0, 7, 30):
                agrees(stepped, a, start, stop, step, tolerance=1e-15)
    agrees(stepped, a, 0, 5, 0)


def test_a_list_is_an_array_of_positions():
    @njit
    def rows(a):
        some = [0, -1]
        return a[[0, -1]], a[:, [1, 0]], a[some]

    agrees(rows, numbers(4, 3))


# Texts, lists and files from around


@njit
def smoothed(a, mode="fast"):
    if mode == "fast":
        return a.sum()
    elif mode == "slow":
        return a.sum() * 2
    raise ValueError("no such mode")


SHORT = [1, 2.5, 3]
LONG = list(range(100, 140))


def test_texts_choose():
    a = numbers(4)
    agrees(smoothed, a)
    agrees(smoothed, a, "slow")
    agrees(smoothed, a, "other")
    assert "Literal[str](slow)" in {str(kinds[1]) for kinds in smoothed.signatures}


def test_lists_from_around_are_constants():
    @njit
    def picked(i):
        return SHORT[1] + LONG[i], len(LONG)

    agrees(picked, 3)
    agrees(picked, 39)


def test_numbers_have_methods():
    @njit
    def squared(z):
        return (z * z.conjugate()).real

    agrees(squared, 3 - 4j)


def test_powers_that_are_written():
    @njit
    def powers(x):
        return x**2, x**3, x**4, x**0.5, x**1

    @njit
    def root(x):
        return x**0.5

    for dtype in ("float64", "float32", "int32", "uint8"):
        # Python rounds its own power once, the products here up to twice.
        agrees(powers, np.arange(9).astype(dtype), tolerance=3e-7 if dtype == "float32" else 3e-16)
    agrees(powers, 3.7, tolerance=3e-16)
    agrees(powers, 5)
    for x in (0.0, -0.0, math.inf, -math.inf, math.nan, 2.0, 1e-320):
        ours, theirs = root(x), x**0.5 if not x < 0 or math.isinf(x) else math.nan
        assert math.isnan(ours) == math.isnan(theirs)
        if not math.isnan(ours):
            assert ours == pytest.approx(theirs, rel=2.3e-16)
            assert math.copysign(1, ours) == 1


def test_numbers_have_shapes():
    @njit
    def shapes(x):
        return np.ndim(x), np.size(x), len(np.shape(x)), x == "text", x != "text"

    agrees(shapes, 3.5)

    @njit
    def total(a):
        return np.sum(a, axis=0)

    agrees(total, numbers(4))


def test_methods_that_are_functions():
    @njit
    def methods(a, i):
        return (
            a.clip(0.2, 0.6),
            a[0].repeat(2),
            a.round(1),
            np.sort(a[0]).searchsorted(0.5),
            a[0].take(i),
            a.trace(),
        )

    agrees(methods, numbers(4, 4), np.array([2, 0]))


def test_loops_count_from_anywhere():
    @njit
    def weighted(a):
        total = 0.0
        for i, x in enumerate(a, 1):
            total += i * x
        for i, x in enumerate((5, 6), 10):
            total += i * x
        return total

    agrees(weighted, numbers(5))


def test_sequences_have_a_type():
    @njit
    def sequences(n):
        return np.arange(n, dtype=np.float32), np.arange(1, 6, 2, dtype="u1"), np.linspace(0, 1)

    agrees(sequences, 4)


# Signatures


def test_calls_are_converted_to_the_declared_types():
    @njit("float64(float64)")
    def square(x):
        return x * x

    @njit("float32(float32)")
    def single(x):
        return x * x

    @njit("int32(int32, int32)")
    def add(x, y):
        return x + y

    @njit("int64(float64)")
    def truncated(x):
        return x * 1.5

    @njit
    def caller(n):
        return square(n), truncated(n)

    # As numba 0.68 gives them.
    assert square(10**15) == 1e30
    assert type(square(3)) is float
    assert square(True) == 1.0
    assert single(1.1) == 1.2100000381469727
    assert add(2**31 - 1, 1) == -(2**31)
    assert add(2.9, 1) == 3
    assert truncated(3) == 4
    assert caller(10**15) == (1e30, 1500000000000000)


def test_the_mildest_signature_is_taken():
    @njit(["int64(int64)", "float64(float64)", "complex128(complex128)"])
    def half(x):
        return x / 2

    assert half(3) == 1 and type(half(3)) is int
    assert half(np.float32(3)) == 1.5
    assert half(np.int8(3)) == 1
    assert half(3j) == 1.5j


def test_what_was_not_declared_is_refused():
    @njit(["float64(float64[:])", "float64(float64[:, ::1])"])
    def total(a):
        return a.sum()

    a = numbers(4, 4)
    assert total(a[0]) == a[0].sum() or abs(total(a[0]) - a[0].sum()) < 1e-15
    assert total(a[:, 1]) == pytest.approx(a[:, 1].sum())
    message = r"\[total\] No matching definition for argument type\(s\) array\("
    for wrong in (a.astype(np.int64), a[:, ::2], np.zeros((2, 2, 2))):
        with pytest.raises(TypeError, match=message):
            total(wrong)
    with pytest.raises(TypeError, match=r"argument type\(s\) complex128"):

        @njit("float64(float64)")
        def real(x):
            return x

        real(1j)


# What is made


def test_arrays_are_whose_functions_made_them():
    @njit
    def numpys():
        return np.zeros(3)

    @njit
    def martlets():
        return mnp.zeros(3)

    assert type(numpys()) is np.ndarray
    assert type(martlets()) is mnp.ndarray
    assert type(pickle.loads(pickle.dumps(martlets()))) is mnp.ndarray


def test_device_arrays_are_whole_where_only_cuda_is_imported(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import copy, pickle
            from martlet import cuda

            array = cuda.device_array(3)
            array[:] = 2
            assert array.flags.c_contiguous and array.nbytes == 24
            print(pickle.loads(pickle.dumps(array)), copy.deepcopy(array), copy.copy(array))
            """
        )
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False,
        env={**__import__("os").environ, "MARTLET_SIMULATOR": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[2. 2. 2.] [2. 2. 2.] [2. 2. 2.]"


# What functions take


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("np.where(a > 1, a)", "where() takes both 'x' and 'y', or neither of them"),
        ("np.sum(a, keepdim=True)", "sum() got an unexpected keyword argument 'keepdim'"),
        ("np.unique(a, axis=0)", "'axis' of unique is not in the language of kernels"),
        ("np.sort(a, 1)", "'axis' of sort, 1, is out of bounds for an array of 1 dimension"),
        ("np.arctan2(a)", "arctan2() missing required argument 'x2' (pos 2)"),
        ("a.sum(0, out=2.5)", "'out' of sum is an array, not the number 2.5"),
        ("a.astype('f9')", "'f9' is no dtype"),
    ],
)
def test_other_arguments_are_named(tmp_path, call, message):
    path = tmp_path / "program.py"
    path.write_text(f"from martlet import njit\nimport numpy as np\n@njit\ndef f(a):\n    {call}\n")
    space = {"__name__": "program"}
    exec(compile(path.read_text(), str(path), "exec"), space)
    with pytest.raises(KernelError) as caught:
        space["f"](numbers(3))
    assert caught.value.msg == message
    assert caught.value.lineno == 5


def test_arrays_of_other_things_are_named():
    with pytest.raises(
        KernelError, match="'a' of mean_of is an array of a dtype that kernels lack: datetime64"
    ):
        mean_of(np.array(["2020-01-01"], dtype="datetime64[D]"))
    assert martlet.KernelError is KernelError


@njit
def signs_of_unsigned(a):
    return -a[0], ~a[0], -a, ~a


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64"])
def test_unsigned_numbers_stay_without_a_sign(dtype):
    a = np.array([1, 0, 7], dtype)
    with np.errstate(over="ignore"):
        expected = signs_of_unsigned.py_func(a)
    for ours, theirs in zip(signs_of_unsigned(a), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@njit
def before(a, b):
    return a < b, a <= b, a > b, a >= b


def test_tuples_are_ordered_by_the_first_items_that_differ():
    tuples = (1, 2), (1, 3), (0, 9), (1,), (1, 2, 3), (1, 2.5)
    for a in tuples:
        for b in tuples:
            assert before(a, b) == before.py_func(a, b)


@njit
def parts(x):
    return x[::-1], x[::2], x[3:0:-2], x[1:100:1], x[-2::-1], x[:1:-1], x[5:1:-1], x[::-3]


def test_tuples_are_sliced_with_steps():
    assert parts((1, 2.5, 3, 4, 5)) == parts.py_func((1, 2.5, 3, 4, 5))


@njit
def found(x, item):
    return x.index(item), x.count(item)


def test_items_of_tuples_are_found():
    assert found((1, 2, 1, 3), 1) == (0, 2)
    assert found((1, 2.0, 1, 3), 3) == (3, 1)
    with pytest.raises(ValueError, match="x not in tuple"):
        found((1, 2), 7)


@njit
def classes(x):
    return (
        isinstance(x, int), isinstance(x, float), isinstance(x, (complex, bool)),
        isinstance(x, np.ndarray), isinstance(x, tuple), isinstance(x, str),
        isinstance(x, np.float32), isinstance(x, list),
    )  # fmt: skip


@njit
def by_class(x):
    # Only one side has a meaning for each class.
    if isinstance(x, np.ndarray):
        return x.sum()
    if isinstance(x, tuple):
        return x[0]
    return x + 1


def test_classes_are_known_when_compiling():
    for x in (1, 1.0, True, 1j, np.ones(2), (1, 2), "a", [1, 2]):
        assert classes(x) == classes.py_func(x)
    assert (by_class(np.ones(3)), by_class((7, 8)), by_class(1)) == (3.0, 7, 2)
