"""Numbers in kernels: integers of 64 bits, with and without a sign, and those written down."""

import operator

import numpy as np
import pytest
from martlet import KernelError, njit, uint64

WORDS = [0, 1, 2**53 + 1, 10536076561662227, 2**63 - 1]
SIGNED = [0, 1, -1, 7, -(2**53) - 1, 2**62 + 1]


def whole(value):
    """A number as a machine's `int64`."""
    return (value + 2**63) % 2**64 - 2**63


@njit
def arithmetic(a, b):
    return a + b, a - b, a * b, a & b, a | b, a ^ b


@njit
def divisions(a, b):
    return a // b, a % b


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("number", SIGNED)
def test_signed_and_unsigned_integers_stay_whole(word, number):
    for a, b in [(np.uint64(word), np.int64(number)), (np.int64(number), np.uint64(word))]:
        p, q = int(a), int(b)
        signs = (operator.add, operator.sub, operator.mul, operator.and_, operator.or_)
        wanted = [whole(sign(p, q)) for sign in (*signs, operator.xor)]
        got = arithmetic(a, b)
        assert [int(item) for item in got] == wanted
        assert {np.asarray(item).dtype for item in got} == {np.dtype(np.int64)}
        if q != 0:
            assert divisions(a, b) == (whole(p // q), whole(p % q))


def test_divisions_see_no_sign_in_the_highest_bit():
    a = np.uint64(2**63 + 5)
    assert divisions(a, np.int64(10)) == ((2**63 + 5) // 10, (2**63 + 5) % 10)
    assert divisions(a, np.int64(-10)) == ((2**63 + 5) // -10, (2**63 + 5) % -10)
    assert divisions(np.int64(-3), a) == (-1, 2**63 + 2 - 2**64)
    with pytest.raises(ZeroDivisionError):
        divisions(a, np.int64(0))
    with pytest.raises(ZeroDivisionError):
        divisions(np.int64(1), np.uint64(0))


@njit
def unsigned(a, b):
    return a + b, a - b, a * b, -a, ~a, a >> 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.uint64])
def test_unsigned_numbers_have_no_sign(dtype):
    top = np.iinfo(dtype).max
    a, b = dtype(top - 1), dtype(top)
    total, difference, product, negative, inverse, half = unsigned(a, b)
    assert int(total) == (2 * top - 1) % 2**64
    assert int(difference) == 2**64 - 1
    assert int(product) == top * (top - 1) % 2**64
    with np.errstate(over="ignore"):
        assert negative == -a and inverse == ~a
    assert int(half) == (top - 1) >> 1


@njit
def shifts(a, n):
    return a << n, a >> n


def test_a_shift_has_the_sign_of_its_left_side():
    left, right = shifts(np.uint64(2**63 + 1), 3)
    assert (int(left), int(right)) == (8, (2**63 + 1) >> 3)
    left, right = shifts(-5, np.uint64(1))
    assert (int(left), int(right)) == (-10, -3)


@njit
def picked(a, i):
    return a[i + np.uint64(2)], np.uint64(1) << i


def test_unsigned_numbers_are_positions():
    assert picked(np.arange(5), 1) == (3, 2)


@njit
def grown(values):
    total = 0
    for value in values:
        total += value
    return total


@njit
def chosen(a, b):
    return (a if a > b else b), max(a, b), min(a, b)


def test_names_and_choices_stay_whole():
    values = np.array([2**53 + 1, 3], dtype=np.uint64)
    assert int(grown(values)) == 2**53 + 4
    assert [int(item) for item in chosen(np.uint64(2**53 + 1), 5)] == [2**53 + 1, 2**53 + 1, 5]


@njit
def splitmix(seed, count):
    out = np.empty(count, dtype=np.uint64)
    state = uint64(seed)
    for i in range(count):
        state += uint64(0x9E3779B97F4A7C15)
        z = state
        z = (z ^ (z >> 30)) * uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> 27)) * uint64(0x94D049BB133111EB)
        out[i] = z ^ (z >> 31)
    return out


def test_a_generator_of_64_bits():
    mask, state, wanted = 2**64 - 1, 1234567, []
    for _ in range(5):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
        wanted.append(z ^ (z >> 31))
    assert splitmix(1234567, 5).tolist() == wanted


@njit
def counted(start, stop):
    return np.arange(start, stop, dtype=np.uint64), np.arange(start, stop)


@pytest.mark.parametrize("start", [0, 2**53 + 1, 2**63 + 5])
def test_ranges_of_unsigned_numbers(start):
    for numbers in counted(np.uint64(start), np.uint64(start + 3)):
        assert numbers.dtype == np.uint64
        assert numbers.tolist() == [start, start + 1, start + 2]
    assert counted(np.uint64(5), np.uint64(2))[0].size == 0


@njit
def stepped(start, stop, step):
    return np.arange(start, stop, step)


def test_ranges_without_an_end():
    with pytest.raises(ZeroDivisionError):
        stepped(0, 5, 0)
    for stop in (np.inf, np.nan):
        with pytest.raises(ValueError, match="Maximum allowed size"):
            stepped(0.0, stop, 1.0)
    np.testing.assert_array_equal(stepped(5, 0, -2), np.arange(5, 0, -2))


# Integers that are written down


@njit
def written():
    return (
        10**40, 2**64, 2**64 - 1, 2**63, -(2**63), -(2**63) - 1, 2**70 >> 10, (2**70 + 3) % 1000,
        3**50, 1 << 70, 12345678901234567890123,
    )  # fmt: skip


def test_integers_beyond_64_bits_do_not_wrap():
    wanted = (
        1e40, 2.0**64, 2**64 - 1, 2**63, -(2**63), -(2.0**63), 2**60, (2**70 + 3) % 1000,
        float(3**50), 2.0**70, 12345678901234567890123.0,
    )  # fmt: skip
    assert written() == wanted


@njit
def power(x, n):
    return x**n


@njit
def handed_over():
    return power(10, 40), power(10, 18)


def test_integers_handed_to_a_function_do_not_wrap():
    large, small = handed_over()
    assert large == pytest.approx(1e40, rel=1e-15) and small == 10**18


def test_bits_of_an_integer_beyond_64_bits_are_an_error():
    @njit
    def masked(x):
        return x & (2**70)

    with pytest.raises(KernelError, match="'&' takes integers"):
        masked(3)
