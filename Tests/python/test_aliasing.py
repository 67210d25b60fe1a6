"""Views share memory as NumPy's do: writing through one shows in all, and lazy reads come first."""

import warnings

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import Sample, samples
from subject import LAZY_COUNT, mnp

SIDE = int(LAZY_COUNT**0.5) + 5


@pytest.mark.parametrize("count", [12, LAZY_COUNT])
def test_write_through_a_view(count):
    def call(np):
        a = np.arange(count, dtype="float64")
        b = a[1:]
        b += 1
        c = b[::2]
        c[...] = c * 3
        assert b.base is a
        return a, b, c

    check(call)


@pytest.mark.parametrize("count", [12, LAZY_COUNT])
def test_a_pending_reader_keeps_the_old_values(count):
    def call(np):
        a = np.arange(count, dtype="float64")
        before = a * 2
        view = a[::-1]
        also = view + before
        a[:] = 7
        a[0] = -1
        return a, before, also, view

    check(call)


@pytest.mark.parametrize("count", [12, LAZY_COUNT])
def test_overlapping_in_place(count):
    def call(np):
        a = np.arange(count, dtype="float64")
        a[1:] += a[:-1]
        a[:-1] = a[1:]
        a[2:] = a[:-2] * 2
        np.add(a[1:], a[:-1], out=a[1:])
        np.multiply(a, a[::-1], out=a)
        a[::-1] -= a
        return a

    check(call)


@pytest.mark.parametrize("side", [6, SIDE])
def test_stencil(side):
    def call(np):
        u = np.linspace(0.0, 1.0, side * side).reshape(side, side) ** 2
        for _ in range(5):
            u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        return u

    check(call)


@pytest.mark.parametrize("side", [12, SIDE])
def test_accumulation_by_shifted_slices(side):
    def call(np):
        f = np.linspace(0.0, 1.0, side * side).reshape(side, side)
        g = np.arange(9.0).reshape(3, 3)
        out = np.zeros((side - 2, side - 2))
        for i in range(3):
            for j in range(3):
                out += f[i : i + side - 2, j : j + side - 2] * g[i, j]
        return out

    check(call)


@pytest.mark.parametrize("side", [8, SIDE])
def test_transposed_views(side):
    def call(np):
        a = np.arange(side * side, dtype="float32").reshape(side, side)
        t = a.T
        t[0] = -1
        a += t
        r = a.reshape(-1)
        r[::3] = 0
        d = a.ravel()
        d[1] = 5
        f = a.flatten()
        f[2] = 9
        return a, t, r, f, a + a.T

    check(call)


STEPS = [
    "a[...] = a + 1",
    "b = a[::2]; b *= 2",
    "b = a[::-1]; a += b",
    "a[1:] = a[:-1]",
    "a[:-1] += a[1:]",
    "kept.append(a * 2)",
    "kept.append(a[3:] + a[:-3])",
    "kept.append((a - 1).sum())",
    "a = a * 1",
    "b = a.reshape(4, -1); b[1:3] -= b[:2]",
    "b = a.reshape(4, -1).T; b[:, 0] = 3; kept.append(b)",
    "b = a[2:9]; a[3] = 100; kept.append(b + 0)",
    "np.add(a, 1, out=a)",
    "np.subtract(a[1:], a[:-1], out=a[:-1])",
    "a[a > 20] = -1",
    "kept.append(np.where(a > 0, a, -a))",
    "a.fill(2)",
    "a.sort()",
    "kept.append(a.copy()); a[0] = 1",
    "a[np.array([0, 5, 0])] += 1",
    "c = a; c -= 3",
    "kept.append(a[4])",
    "kept.append(np.cumsum(a))",
]


@pytest.mark.parametrize("count", [24, LAZY_COUNT])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=2, max_size=10))
def test_any_sequence_of_reads_and_writes(count, steps):
    """Random programs of views, in-place work and kept results, all read only at the end."""

    def call(np):
        names = {"np": np, "a": np.arange(count, dtype="int64") % 31, "kept": []}
        for step in steps:
            exec(step, names)
        return names["a"], names["kept"]

    check(call)


@given(a=samples(shape=st.sampled_from([(6,), (4, 5), (2, 3, 4)]), special=False))
def test_overlapping_operands(a):
    def call(np, a):
        owned = np.array(a)
        return owned[1:] + owned[:-1], owned * owned[::-1], owned + owned.T if a.ndim < 2 else 0

    check(call, a, ulps=None, check_warnings=False)


def test_readonly():
    def call(np):
        a = np.arange(4.0)
        a.flags.writeable = False
        a[0] = 1

    check(call)
    check(lambda np: np.broadcast_to(np.arange(3.0), (2, 3)).__setitem__(0, 1))


@pytest.mark.parametrize(
    "expression",
    [
        "a.base is None",
        "a[1:].base is a",
        "a[1:][1:].base is a",
        "a.T.base is a",
        "a.copy().base is None",
        "np.shares_memory(a, a[1:])",
        "np.may_share_memory(a[:2], a[2:])",
        "a.reshape(2, 6).base is a",
        "a.flags.c_contiguous",
        "a[::2].flags.c_contiguous",
        "a[::-1].strides",
        "a.T.strides",
        "a.reshape(3, 4).T.flags.f_contiguous",
        "a.flags.owndata",
        "a[1:].flags.owndata",
        "np.broadcast_to(a, (3, 12)).strides",
        "a.reshape(3, 4)[:, None, ::2].strides",
    ],
)
def test_what_is_a_view(expression):
    check(lambda np: eval(expression, {"np": np, "a": np.zeros(12)}))


def test_sample_layouts_have_numpys_strides():
    for layout in ("F", "reversed", "strided", "broadcast", "transposed"):
        check(lambda np, a: a.strides, Sample("float64", (3, 4, 5), layout))


def test_assignments_that_convert_warn_each_by_its_own_type():
    """One kernel finds out what a conversion lost: it must not serve for another dtype."""
    for dtype, number in [
        ("int64", np.nan), ("int64", 1e12), ("int32", 1e12), ("float32", 1e300), ("float16", 1e10),
    ]:  # fmt: skip
        texts = []
        for module in (np, mnp):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                module.zeros(3, dtype)[...] = module.array([number, 1.0, 2.0])
            texts.append([str(warning.message) for warning in caught])
        assert texts[0] == texts[1], (dtype, number)


# Views that meet elements of their own more than once

WINDOWS = [
    ((4,), (0,)), ((200_000,), (0,)), ((3, 4), (8, 8)), ((3, 4), (0, 8)), ((3, 4), (8, 0)),
    ((400, 400), (8, 8)), ((5, 5), (16, 8)), ((4, 3), (8, 16)), ((2, 3, 4), (8, 8, 8)),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "strides"), WINDOWS)
@pytest.mark.parametrize(
    "statement",
    [
        "h *= 2.0", "h += h", "np.multiply(h, 3.0, out=h)", "np.sqrt(h, out=h)", "h **= 2",
        "np.multiply(np.ones(h.shape[-1]), 3.0, out=h)", "np.clip(h, 0.5, 1.5, out=h)",
        "np.add(h, 1.0, out=h, where=np.ones(h.shape[-1], bool))", "h[...] = h * 2",
        "h[...] = 7.0", "h -= np.arange(float(h.shape[-1])) * 0",
    ],
)  # fmt: skip
def test_work_in_windows_reads_what_was_there(statement, shape, strides):
    def call(np):
        base = np.arange(1.0, 1001.0)
        names = {"np": np, "h": np.lib.stride_tricks.as_strided(base, shape, strides)}
        exec(statement, names)
        return base

    check(call)


@pytest.mark.parametrize("count", [5, 200_000])
def test_the_last_of_many_writes_to_one_element_stays(count):
    def call(np):
        base = np.zeros(3)
        np.lib.stride_tricks.as_strided(base, (count,), (0,))[...] = np.arange(float(count))
        return base

    for _ in range(5):
        check(call)


def test_a_place_that_is_written_without_end_is_written_once():
    base = np.zeros(3)
    endless = mnp.asarray(np.lib.stride_tricks.as_strided(base, (2**40,), (0,)))
    endless[...] = 3.0
    assert base.tolist() == [3, 0, 0]
    mnp.cos(mnp.zeros(1), endless)
    assert base.tolist() == [1, 0, 0]
