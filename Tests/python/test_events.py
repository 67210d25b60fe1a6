"""Floating-point events of reductions, literals and conversions, and underflow, as NumPy tells."""

import contextlib
import warnings

import numpy as np
import pytest
from subject import HAS_EVENTS, mnp

pytestmark = pytest.mark.skipif(not HAS_EVENTS, reason="only the processor raises flags")

DTYPES = ["f2", "f4", "f8"]


def most(m, dtype, *others):
    return m.array([np.finfo(dtype).max, *others], dtype)


def least(m, dtype, *others):
    return m.array([np.finfo(dtype).tiny, *others], dtype)


CALLS = {
    # Reductions
    "sum over": lambda m, t: m.concatenate([most(m, t)] * 2).sum(),
    "sum inf - inf": lambda m, t: m.array([np.inf, -np.inf], t).sum(),
    "sum of NaN": lambda m, t: m.array([np.nan, 1], t).sum(),
    "sum of inf": lambda m, t: m.array([np.inf, 1], t).sum(),
    "sum along": lambda m, t: m.stack([most(m, t, 1)] * 3).sum(axis=0),
    "sum of many": lambda m, t: m.tile(most(m, t, 1), 20000).sum(),
    "sum of many, along": lambda m, t: m.tile(most(m, t, 1), (300, 200)).sum(axis=0),
    "sum of products": lambda m, t: (m.tile(m.ones(2, t), 20000) * 2).sum(),
    "prod over": lambda m, t: m.concatenate([most(m, t)] * 2).prod(),
    "prod under": lambda m, t: m.concatenate([least(m, t)] * 2).prod(),
    "prod 0 * inf": lambda m, t: m.array([0, np.inf], t).prod(),
    "mean inf - inf": lambda m, t: m.array([np.inf, -np.inf], t).mean(),
    "mean of none": lambda m, t: m.zeros(0, t).mean(),
    "var of inf": lambda m, t: m.array([np.inf, 1], t).var(),
    "var over": lambda m, t: m.array([np.finfo(t).max, -np.finfo(t).max], t).var(),
    "std of inf": lambda m, t: m.array([np.inf, 1], t).std(),
    "cumsum over": lambda m, t: m.concatenate([most(m, t)] * 2).cumsum(),
    "cumprod over": lambda m, t: m.concatenate([most(m, t)] * 2).cumprod(),
    "reduce over": lambda m, t: m.add.reduce(m.concatenate([most(m, t)] * 2)),
    "accumulate over": lambda m, t: m.multiply.accumulate(m.concatenate([most(m, t)] * 2)),
    "reduceat over": lambda m, t: m.add.reduceat(m.concatenate([most(m, t)] * 2), [0]),
    "trace over": lambda m, t: m.trace(m.diag(m.concatenate([most(m, t)] * 2))),
    "max of NaN": lambda m, t: m.array([np.nan, 1], t).max(),
    "diff of inf": lambda m, t: m.diff(m.array([np.inf, np.inf], t)),
    # Underflow
    "square under": lambda m, t: least(m, t) ** 2,
    "multiply under": lambda m, t: least(m, t) * least(m, t),
    "multiply under, literal": lambda m, t: least(m, t) * 1e-3,
    "divide under": lambda m, t: least(m, t) / most(m, t),
    "exp under": lambda m, t: m.exp(m.array([-1e4], t)),
    "ldexp under": lambda m, t: m.ldexp(m.array([1.0], t), -20000),
    "exact": lambda m, t: least(m, t) * 0.5,
    "subtract": lambda m, t: least(m, t) * 1.5 - least(m, t),
    "many under": lambda m, t: m.tile(least(m, t, 1), 20000) * m.tile(least(m, t, 1), 20000),
    "in place under": lambda m, t: least(m, t).__imul__(np.finfo(t).tiny),
    # Literals
    "literal": lambda m, t: m.ones(2, t) * 1e39,
    "literal first": lambda m, t: 1e39 * m.ones(2, t),
    "literal of many": lambda m, t: m.ones(40000, t) * 1e39,
    "literal integer": lambda m, t: m.ones(2, t) + 10**300,
    "literal compared": lambda m, t: m.ones(2, t) < 1e39,
    "literal of none": lambda m, t: m.ones(0, t) * 1e39,
    "literal in place": lambda m, t: m.ones(2, t).__iadd__(1e39),
    "literal into": lambda m, t: m.add(m.ones(2, t), 1e39, out=m.zeros(2, t)),
    "literal chosen": lambda m, t: m.where([True], m.ones(1, t), 1e39),
    "literal clipped": lambda m, t: m.clip(m.ones(1, t), 0, 1e39),
    "literal power": lambda m, t: m.ones(2, t) ** 1e39,
    "literal stored": lambda m, t: m.ones(2, t).__setitem__(0, 1e39),
    "literal stored in all": lambda m, t: m.ones(2, t).__setitem__(..., 1e39),
    "literal stored at": lambda m, t: m.ones(2, t).__setitem__([0], 1e39),
    "literal filled": lambda m, t: m.ones(2, t).fill(1e39),
    "full": lambda m, t: m.full(2, 1e39, t),
    "array": lambda m, t: m.array(1e39, t),
    "start": lambda m, t: m.sum(m.ones(2, t), initial=1e39),
    # Conversions
    "to f2": lambda m, t: m.array([7e4 if t != "f2" else 1], t).astype("f2"),
    "integers to f2": lambda m, t: m.array([70000]).astype("f2"),
    "NaN to integers": lambda m, t: m.array([np.nan], t).astype("i4") * 0,
    "inf to integers": lambda m, t: m.array([np.inf], t).astype("i8") * 0,
}


def outcome(module, call, dtype, action):
    told = []

    class Log:
        def write(self, text):
            told.append(text)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        old = np.seterrcall(Log() if action == "log" else lambda *event: told.append(event))
        try:
            state = module.errstate(all=action) if action else contextlib.nullcontext()
            with state:
                result = call(module, dtype)
                result = None if result is None else np.asarray(result).dtype
        except FloatingPointError as error:
            result = str(error)
        finally:
            np.seterrcall(old)
    texts = {str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)}
    return result, texts, set(map(str, told))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("call", CALLS)
def test_events_are_told_as_numpy_tells_them(call, dtype):
    for action in (None, "warn", "raise", "ignore", "call", "log"):
        expected = outcome(np, CALLS[call], dtype, action)
        assert outcome(mnp, CALLS[call], dtype, action) == expected, action


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_what_was_not_watched_is_told_once_it_is(dtype):
    """The same statement is looked at again, for more kinds of events than the first time."""

    def call(action):
        with mnp.errstate(all="warn", under=action):
            left = mnp.full(17003, np.finfo(dtype).tiny, dtype)
            right = left.copy()
            left[0], right[0] = np.inf, 0
            np.asarray(left * right)

    for action in ("ignore", "warn", "ignore"):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            call(action)
        words = {str(one.message).split(" ")[0] for one in told}
        assert words == {"invalid"} | ({"underflow"} if action == "warn" else set())


def one_by_zero(m, n):
    return 1 / m.zeros(n)


def divided_with_remainder(m, n):
    return m.divmod(m.ones(n), 0.0)


LOOKS = {
    "sums and elements": lambda m, n: (lambda y: (y.sum(), y[0], y[1], str(y)))(one_by_zero(m, n)),
    "reductions": lambda m, n: (lambda y: (y.max(), y.min(), y.any()))(one_by_zero(m, n)),
    "views": lambda m, n: (lambda y: (y[::2].max(), y[1::2].max()))(one_by_zero(m, n)),
    "what is computed from it": lambda m, n: (lambda y: ((y + 1).max(), (y * 2).max()))(
        one_by_zero(m, n)
    ),
    "both results": lambda m, n: [r.max() for r in divided_with_remainder(m, n)],
    "the sum of what is no number": lambda m, n: (lambda y: (y[0], y.sum()))(m.sqrt(-m.ones(n))),
    "two operations": lambda m, n: (one_by_zero(m, n).sum(), one_by_zero(m, n).sum()),
}


@pytest.mark.parametrize("count", [10, 50000])
@pytest.mark.parametrize("name", LOOKS)
def test_an_operation_that_is_computed_again_tells_once(name, count):
    def told(m):
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            LOOKS[name](m, count)
        return [str(one.message) for one in heard]

    assert told(mnp) == told(np)


def test_what_nobody_wanted_to_hear_of_is_no_reductions_either():
    with mnp.errstate(all="ignore"):
        y = mnp.sqrt(-mnp.ones(50000))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(y.sum())
