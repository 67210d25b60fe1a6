"""Elements deleted, inserted, repeated and trimmed, bits and matrices of rows, against NumPy."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import INTEGERS, Sample, samples, shapes
from subject import mnp, natively, needs_martlet


@given(data=st.data())
def test_delete(data):
    a = data.draw(samples(shape=shapes(1, 3), special=False))
    axis = data.draw(st.one_of(st.none(), st.integers(-len(a.shape), len(a.shape))))
    place = st.integers(-4, 3)
    some = st.lists(place, max_size=4)
    obj = data.draw(
        st.one_of(place, some, some.map(lambda s: np.array(s, int)), st.just(slice(1, 3)))
    )
    check(lambda np, a: np.delete(a, obj, axis=axis), a)
    check(lambda np, a: np.delete(a, np.arange(a.shape[0]) % 2 == 0, axis=0), a)


@given(data=st.data())
def test_insert(data):
    shape = data.draw(st.sampled_from([(4,), (2, 3), (3, 1, 2), (0,), (2, 2, 2)]))
    a = data.draw(samples(shape=shape, special=False))
    axis = data.draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1)))
    place = st.integers(-3, 4)
    some = st.lists(place, max_size=3)
    obj = data.draw(
        st.one_of(place, some, some.map(lambda s: np.array(s, int)), st.just(slice(0, 2)))
    )
    kind = data.draw(st.sampled_from(["number", "row", "like", "same"]))

    def call(np, a):
        values = {"number": 3, "row": [1, 2], "like": np.ones(a.shape[-1:]), "same": a}[kind]
        return np.insert(a, obj, values, axis=axis)

    check(call, a, check_warnings=False)


@given(data=st.data())
def test_resize(data):
    a = data.draw(samples())
    shape = data.draw(st.one_of(st.integers(-1, 30), st.lists(st.integers(-1, 7), max_size=3)))
    check(lambda np, a: np.resize(a, shape), a)


@given(data=st.data())
def test_trim_zeros(data):
    a = data.draw(samples(special=False, low=-1, high=1))
    trim = data.draw(st.sampled_from(["fb", "f", "b", "FB", "x"]))
    axis = data.draw(st.one_of(st.none(), st.integers(-len(a.shape) - 1, len(a.shape))))
    check(lambda np, a: np.trim_zeros(np.array(a.round(), order="C"), trim, axis=axis), a)


@given(data=st.data())
def test_packed_bits(data):
    dtype = st.sampled_from(["bool", "uint8", "int32", "float64"])
    a = data.draw(samples(dtype, data.draw(shapes(0, 3)), special=False, low=-1, high=1))
    axis = data.draw(st.one_of(st.none(), st.integers(-3, 3)))
    order = data.draw(st.sampled_from(["big", "little"]))
    check(lambda np, a: np.packbits(a, axis=axis, bitorder=order), a)
    b = data.draw(samples("uint8", data.draw(shapes(0, 3)), special=False, low=0, high=255))
    # Of nothing NumPy makes bits of what the memory holds.
    count = data.draw(st.sampled_from([None, None, 3, 20, -2, -900])) if 0 not in b.shape else None
    check(lambda np, b: np.unpackbits(b, axis=axis, count=count, bitorder=order), b)


@given(data=st.data())
def test_matrices_of_rows(data):
    x = data.draw(samples(shape=st.sampled_from([(0,), (1,), (4,)]), low=-3, high=3, special=False))
    columns = data.draw(st.sampled_from([None, 0, 1, 3]))
    increasing = data.draw(st.booleans())
    check(lambda np, x: np.vander(x, columns, increasing), x, relative=1e-2, check_warnings=False)
    k = data.draw(st.integers(-3, 3))
    y = data.draw(samples())
    check(lambda np, y: np.diagflat(y[..., :4] if y.ndim else y, k), y)


@given(data=st.data())
def test_select(data):
    shape = data.draw(st.sampled_from([(4,), (2, 3)]))
    count = data.draw(st.integers(0, 3))
    masks = [data.draw(samples("bool", shape)) for _ in range(count)]
    choices = [data.draw(samples(shape=shape, special=False)) for _ in range(count)]
    default = data.draw(st.sampled_from([0, 2.5, 1j, np.float32(3), 300]))

    def call(np, *arrays):
        return np.select(list(arrays[:count]), list(arrays[count:]), default)

    check(call, *masks, *choices)


@needs_martlet
def test_native():
    for dtype in INTEGERS + ["float64", "complex64", "bool"]:
        a = Sample(dtype, (5, 6), special=False).make(mnp)
        with natively():
            mnp.delete(a, [1, -1], axis=1)
            mnp.insert(a, 2, 1, axis=0)
            mnp.insert(a, [1, 3], a[:, :2], axis=1)
            mnp.resize(a, (7, 7))
            mnp.trim_zeros(a)
            mnp.vander(a[0])
            mnp.diagflat(a)
            mnp.select([a == a, a != a], [a, a])
    with natively():
        mnp.unpackbits(mnp.packbits(mnp.arange(20) % 3 == 0), count=20)


@pytest.mark.parametrize("trim", ["fb", "f"])
def test_trimmed_arrays_are_views(trim):
    a = mnp.array([0, 1, 2, 0])
    b = mnp.trim_zeros(a, trim)
    b[0] = 7
    assert a.tolist() == [0, 7, 2, 0]


def test_errors():
    a = np.arange(5.0)
    check(lambda np, a: np.insert(a, 9, 1), a)
    check(lambda np, a: np.insert(a, [9, 1], 1), a)
    check(lambda np, a: np.insert(a, 1, [1, 2], axis=1), a)
    check(lambda np, a: np.insert(a, [1, 2], [1, 2, 3]), a)
    check(lambda np, a: np.delete(a, 5), a)
    check(lambda np, a: np.delete(a, [1.5]), a)
    check(lambda np, a: np.select([a], [a]), a)
    check(lambda np, a: np.unpackbits(a), a)
    check(lambda np, a: np.packbits(a > 2, bitorder="x"), a)
