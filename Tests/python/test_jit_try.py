"""`try` in kernels: each function gives, raises and leaves what it does in Python."""

import numpy as np
import pytest
from martlet import KernelError, njit, vectorize
from subject import needs_martlet

pytestmark = needs_martlet


def caught(x):
    try:
        if x > 1:
            raise ValueError("a")
        y = 1
    except Exception:
        return 5
    return y


def with_else(x):
    r = 0
    try:
        r = 1
        z = 10 // x
        r = 2 + z
    except ZeroDivisionError:
        r += 10
    else:
        r += 100
    r += 1000
    return r


def in_a_loop(n):
    r = 0
    for i in range(n):
        try:
            if i % 2:
                raise ValueError("odd")
            if i == 4:
                continue
            if i == 6:
                break
            r += 1
        except ValueError:
            r += 100
    return r


def one_inside_another(x):
    try:
        try:
            if x == 0:
                raise IndexError("i")
            if x == 1:
                raise ValueError("v")
            return 0
        except LookupError:
            return 1
    except Exception:
        return 2


def with_finally(a, i):
    r = 0
    try:
        if i == 0:
            raise ValueError("x")
        a[0] = 7
    finally:
        a[1] = 9
        r = 1
    return r


def with_all(x):
    r = 0
    try:
        try:
            if x:
                raise ValueError("1")
        finally:
            r += 1
    except Exception:
        r += 10
    else:
        r += 100
    return r


def of_another_class(x):
    try:
        raise ValueError("x")
    except IndexError:
        return 1


def another_array(n):
    try:
        a = np.zeros(n)
    except ValueError:
        a = np.ones(2)
    return a.sum()


def raised_by_a_handler(x):
    try:
        if x:
            raise ValueError("1")
    except Exception:
        raise TypeError("2") from None
    return 3


@njit
def refuses(x):
    if x < 0:
        raise ValueError("negative")
    return x * 2


def of_a_called_function(x):
    try:
        return refuses(x)
    except Exception:
        return -1


def not_set(x):
    try:
        y = 1 / x
    except:  # noqa: E722
        pass
    return y


def of_several_classes(x):
    try:
        y = 10 / x
    except (ValueError, ZeroDivisionError):
        y = 0.0
    try:
        z = (1, 2, 3)[int(x)]
    except IndexError:
        z = -1
    return y + z


def leaves_a_loop(n):
    c = 0
    while True:
        try:
            c += 1
            if c > n:
                raise KeyError("x", 2)
        except KeyError:
            break
    return c


def makes_arrays(n):
    found = [0]
    s = 0.0
    for i in range(n):
        try:
            b = np.ones(i - 1)
            s += b.sum()
            found.append(i)
        except ValueError:
            found.append(-1)
    return len(found) + s + sum(found)


def a_loops_name(a, x):
    out = a.copy()
    try:
        for i in range(a.size):
            if i == x:
                raise ValueError
            out[i] = a[i] + i
    except Exception:
        out[i] = -1
    return out.sum()


class Own(Exception):
    pass


class OwnKind(Own, LookupError):
    pass


def ends_the_process(k):
    try:
        if k == 0:
            raise SystemExit(3)
        if k == 1:
            raise KeyboardInterrupt
        if k == 2:
            raise GeneratorExit("x")
    except Exception:
        return 1
    return 2


def of_all_classes(k):
    try:
        if k == 0:
            raise SystemExit
        if k == 1:
            raise Own("x", 2)
    except BaseException:
        return 1
    return 2


def of_ones_own_class(k):
    try:
        if k == 0:
            raise Own("a")
        if k == 1:
            raise OwnKind
        if k == 2:
            raise ValueError("v")
        return (1, 2)[k]
    except OwnKind:
        return 10
    except (Own, ValueError):
        return 20
    except LookupError:
        return 30


CASES = [
    *((f, (k,)) for f in (ends_the_process, of_all_classes) for k in range(4)),
    *((of_ones_own_class, (k,)) for k in range(5)),
    (a_loops_name, (np.arange(10), 6)), (a_loops_name, (np.arange(10), 60)),
    (caught, (3,)), (caught, (0,)), (with_else, (0,)), (with_else, (3,)), (in_a_loop, (0,)),
    (in_a_loop, (5,)), (in_a_loop, (10,)), *((one_inside_another, (x,)) for x in range(3)),
    (with_finally, (np.zeros(3), 0)), (with_finally, (np.zeros(3), 1)), (with_all, (0,)),
    (with_all, (1,)), (of_another_class, (1,)), (another_array, (-1,)), (another_array, (4,)),
    (raised_by_a_handler, (0,)), (raised_by_a_handler, (1,)), (of_a_called_function, (3,)),
    (of_a_called_function, (-3,)), (not_set, (2.0,)), (not_set, (0.0,)),
    *((of_several_classes, (x,)) for x in (2.0, 0.0, 7.0)), (leaves_a_loop, (3,)),
    (makes_arrays, (5,)),
]  # fmt: skip


def outcome(function, arguments):
    own = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    try:
        return function(*own), None, own
    except BaseException as error:
        return None, error, own


@pytest.mark.parametrize(("function", "arguments"), CASES)
def test_what_is_raised_is_caught(function, arguments):
    ours, our_error, left = outcome(njit(function), arguments)
    theirs, their_error, expected = outcome(function, arguments)
    assert type(our_error) is type(their_error)
    if their_error is not None:
        assert our_error.args == their_error.args
    assert ours == theirs
    for a, b in zip(left, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_indices_are_caught_where_they_are_looked_at():
    @njit(boundscheck=True)
    def element(a, i):
        try:
            return a[i]
        except IndexError:
            return -1.0

    assert element(np.arange(3.0), 1) == 1.0
    assert element(np.arange(3.0), 5) == -1.0


def test_what_is_missing_is_named():
    def as_a_value(x):
        try:
            return refuses(x)
        except ValueError as e:
            return len(e.args)

    with pytest.raises(KernelError, match="an exception as a value"):
        njit(as_a_value)(1)

    def left_by_a_jump(x):
        for _ in range(x):
            try:
                break
            finally:
                x = 3
        return x

    with pytest.raises(KernelError, match="a 'try' with 'finally' that is left by a jump"):
        njit(left_by_a_jump)(1)

    with pytest.raises(KernelError, match="'try' is only there in functions that the host runs"):
        vectorize(["int64(int64)"])(caught)
