"""An allocation that fails, injected at each in turn, raises MemoryError and changes nothing."""

import numpy as np
import pytest
from subject import LAZY_COUNT, mnp, needs_martlet

SIDE = 220

PROGRAMS = [
    "a + b", "np.sin(a) * 2 - b", "(a * b).sum()", "a.sum(axis=0)", "a.T.copy()", "a[a > 0.5]",
    "a[np.array([1, 2, 1])]", "np.concatenate((a, b))", "np.sort(a)", "a @ b", "np.cumsum(a)",
    "np.zeros((300, 300)) + 1", "a.astype('float32')", "np.where(a > b, a, b)", "a.reshape(-1) + 1",
    "np.argsort(a)", "np.var(a, axis=1)", "a.__iadd__(b)",
    "a.__setitem__((slice(None, None, 2),), b[::2])", "np.linspace(0, 1, 50000)", "np.roll(a, 3)",
    "a.copy()", "np.array([[1.0] * 300] * 300)", "a ** 2.5", "np.nonzero(a > 0.5)",
    "np.add(a, b, out=a)", "np.repeat(a, 2)", "repr(a + b)", "a.tolist()[0][0]",
]  # fmt: skip


# These write in place, or into memory that NumPy allocates.
WITHOUT_ALLOCATION = {
    "a.tolist()[0][0]", "a.__setitem__((slice(None, None, 2),), b[::2])",
    "np.array([[1.0] * 300] * 300)", "a.__iadd__(b)", "np.add(a, b, out=a)",
}  # fmt: skip


@needs_martlet
@pytest.mark.parametrize("side", [3, SIDE])
@pytest.mark.parametrize("program", PROGRAMS)
def test_each_allocation_in_turn(program, side):
    """A call that fails leaves its arrays as they were; so does reading a deferred result, which
    can be read again."""
    from martlet import _martlet

    code = compile(program, "<program>", "eval")
    numbers = np.random.default_rng(2).random((2, side, side))
    assert side < SIDE or side * side >= LAZY_COUNT

    def run(a, b):
        return eval(code, {"np": mnp, "a": a, "b": b})

    undisturbed = run(mnp.array(numbers[0]), mnp.array(numbers[1]))
    for point in range(1, 200):
        a, b = mnp.array(numbers[0]), mnp.array(numbers[1])
        result, failed = None, False
        _martlet.fail_after(point)
        try:
            result = run(a, b)
            np.asarray(result)
        except MemoryError:
            failed = True
        finally:
            _martlet.fail_after(-1)
        if not failed:
            break
        np.testing.assert_array_equal(np.asarray(b), numbers[1])
        if result is not a:
            np.testing.assert_array_equal(np.asarray(a), numbers[0])
        if result is not None:
            np.testing.assert_array_equal(np.asarray(result), np.asarray(undisturbed))
    else:
        pytest.fail("more than 200 allocations")
    assert point > 1 or side == 3 or program in WITHOUT_ALLOCATION


@pytest.mark.parametrize("call", [
    lambda np: np.zeros(2**60), lambda np: np.ones((2**31, 2**30)), lambda np: np.arange(2**58),
    lambda np: np.ones(8)[:, None] + np.broadcast_to(np.ones(1), (8, 2**58)),
    lambda np: np.tile(np.ones(8), 2**57), lambda np: np.repeat(np.ones(8), 2**57),
    lambda np: np.linspace(0, 1, 2**58),
])  # fmt: skip
def test_too_large(call):
    with pytest.raises((MemoryError, ValueError)):
        np.asarray(call(mnp))
