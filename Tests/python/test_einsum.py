"""einsum and einsum_path against NumPy: every form of their arguments, views, errors."""

import numpy as np
import pytest
from compare import check
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import dtypes, seeds
from subject import DEVICE, IS_NUMPY, mnp, natively, needs_martlet

if not IS_NUMPY:
    from martlet import _martlet

RELATIVE = {"float16": 4e-3, "float32": 1e-5, "complex64": 1e-5}


def operands(seed, shapes, dtype="float64"):
    random = np.random.default_rng(seed)
    return [(random.standard_normal(shape) * 3).astype(dtype) for shape in shapes]


def natural(call, *arrays, relative=1e-11):
    with natively():
        check(
            lambda np, *arrays: call(np, *map(np.asarray, arrays)),
            *arrays,
            relative=relative,
            check_warnings=False,
        )


CASES = [
    ("ij,jk", (2, 3), (3, 4)),
    ("ij,jk->ki", (2, 3), (3, 4)),
    ("ij,kj->ik", (2, 3), (4, 3)),
    ("i,j", (2,), (3,)),
    ("i,i", (4,), (4,)),
    ("i,i->", (4,), (4,)),
    ("i,i->i", (4,), (4,)),
    ("ij,ij->", (3, 4), (3, 4)),
    ("ij,ij->i", (3, 4), (3, 4)),
    ("ij,ij->ji", (3, 4), (3, 4)),
    ("ij,ji", (3, 4), (4, 3)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
    ("bij,bjk->kbi", (2, 3, 4), (2, 4, 5)),
    ("bij,bjk->ik", (2, 3, 4), (2, 4, 5)),
    ("...ij,...jk", (5, 2, 3), (3, 4)),
    ("...ij,...jk->...ki", (5, 2, 3), (1, 3, 4)),
    ("i...,...j->j...i", (2, 3), (3, 4)),
    ("...,...", (2, 3), (3,)),
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iij->j", (3, 3, 2)),
    ("iji->ij", (3, 2, 3)),
    ("ij->", (3, 4)),
    ("ij->i", (3, 4)),
    ("ij->ji", (3, 4)),
    ("ba", (3, 4)),
    ("Ba", (3, 4)),
    ("...->...", (3, 4)),
    ("...i->i...", (3, 4, 2)),
    ("i...->...", (3, 4, 2)),
    ("ii,i->i", (3, 3), (3,)),
    ("ij,j", (2, 3), (1,)),
    ("ij,kj", (2, 1), (4, 3)),
    ("i,i", (1,), (4,)),
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)),
    ("ij,jk,kl", (2, 3), (3, 4), (4, 5)),
    ("ij,jk,ki->", (2, 3), (3, 4), (4, 2)),
    ("i,j,k->kji", (2,), (3,), (4,)),
    ("ab,bc,cd,de->ea", (2, 3), (3, 4), (4, 5), (5, 2)),
    ("ijk,ilm,njm,nlk,abc->", (2, 2, 2), (2, 2, 2), (2, 2, 2), (2, 2, 2), (2, 2, 2)),
    ("ab,ab,c->", (2, 3), (2, 3), (4,)),
    ("ab,ab,c->c", (2, 3), (2, 3), (4,)),
    ("ea,fb,abcd,gc,hd->efgh", (3, 2), (3, 2), (2, 2, 2, 2), (3, 2), (3, 2)),
    ("ij,jk->ik", (2, 0), (0, 4)),
    ("ij,jk->ik", (2, 3), (3, 0)),
    ("i->", (0,)),
    (",", (), ()),
    ("", ()),
    ("i,->i", (3,), ()),
    (" i j , j k -> i k ", (2, 3), (3, 4)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
@settings(max_examples=8)
@given(seed=seeds, dtype=dtypes)
def test_sums_of_products(case, seed, dtype):
    text, *shapes = case
    arrays = operands(seed, shapes, dtype)
    if len(shapes) > 3 and dtype in ("float16", "float32", "complex64"):
        return  # Rounded in another order, large terms cancel.
    close = RELATIVE.get(dtype, 1e-11)
    scale = 20 if dtype in RELATIVE else 1
    natural(lambda np, *arrays: np.einsum(text, *arrays), *arrays, relative=close * scale)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_every_way_to_optimise(case):
    text, *shapes = case
    arrays = operands(1, shapes)
    for way in (True, False, None, "greedy", "optimal", ("greedy", 50), ["optimal", 1e9]):
        # With a plan NumPy gives arrays without dimensions where it gives numbers else.
        natural(lambda np, *arrays, way=way: np.einsum(text, *arrays, optimize=way)[()], *arrays)
    if "." in text:
        return
    for way in (True, False, None, "greedy", "optimal", ("greedy", 50), ("optimal", 10)):
        with natively():
            found = mnp.einsum_path(text, *map(mnp.array, arrays), optimize=way)
        assert found == np.einsum_path(text, *arrays, optimize=way), way
        natural(lambda np, *a, found=found: np.einsum(text, *a, optimize=found[0])[()], *arrays)


LISTS = [
    ([0, 1], [1, 2]),
    ([0, 1], [1, 2], [2, 0]),
    ([30, 2], [2, 51]),
    ([..., 0], [0, ...]),
    ((..., 1), (1,), [...]),
]


@pytest.mark.parametrize("lists", LISTS, ids=str)
def test_subscripts_as_lists(lists):
    a, b = operands(2, [(3, 3), (3,) if len(lists[1]) == 1 else (3, 3)])
    natural(lambda np, a, b: np.einsum(a, lists[0], b, *lists[1:]), a, b)
    natural(lambda np, a, b: np.einsum(a, lists[0]), a, b)


@given(
    seed=seeds, types=st.tuples(dtypes, dtypes), dtype=st.sampled_from(["float64", "D", "int64"])
)
def test_dtype_and_casting(seed, types, dtype):
    a, b = operands(seed, [(2, 3)], types[0])[0], operands(seed + 1, [(3, 2)], types[1])[0]
    natural(lambda np, a, b: np.einsum("ij,jk", a, b), a, b, relative=1e-2)
    natural(
        lambda np, a, b: np.einsum("ij,jk", a, b, dtype=dtype, casting="unsafe"),
        a,
        b,
        relative=1e-4,
    )


def test_output_and_order():
    a, b = operands(4, [(2, 3), (3, 4)])
    with natively():
        x, y = mnp.array(a), mnp.array(b)
        out = mnp.empty((2, 4))
        assert mnp.einsum("ij,jk", x, y, out=out) is out
        np.testing.assert_allclose(np.asarray(out), a @ b)
        square = mnp.array(a[:, :2])
        mnp.einsum("ij->ji", square, out=square)
        np.testing.assert_array_equal(np.asarray(square), a[:, :2].T)
        whole = mnp.empty((2, 4), dtype=complex)
        mnp.einsum("ij,jk", x, y, out=whole)
        np.testing.assert_allclose(np.asarray(whole), a @ b)
        kept = mnp.einsum("aft,mf->amt", mnp.ones((2, 3, 5), order="F"), mnp.ones((4, 3)))
        assert not kept.flags.c_contiguous
        assert not kept.flags.f_contiguous
        for order in "CFAKcf":
            found = mnp.einsum("ij,jk", x, y, order=order)
            expected = np.einsum("ij,jk", a, b, order=order)
            assert found.flags.f_contiguous == expected.flags.f_contiguous
        fortran = mnp.einsum("ij,jk", mnp.asfortranarray(x), mnp.asfortranarray(y), order="A")
        assert fortran.flags.f_contiguous


@pytest.mark.parametrize("text", ["ij->ji", "ii->i", "ij", "...->...", "ij->ij"])
def test_views(text):
    """Without a sum it is the operand's own memory, as in NumPy."""
    a = mnp.zeros((3, 3))
    with natively():
        view = mnp.einsum(text, a)
        assert view.base is a
        view[...] = 5
        assert mnp.einsum(text, a, dtype="complex128").dtype == np.float64
    expected = np.zeros((3, 3))
    np.einsum(text, expected)[...] = 5
    np.testing.assert_array_equal(np.asarray(a), expected)


REFUSED = [
    ("ijk", (2, 3)),
    ("i", (2, 3)),
    ("ij", (2, 3), (2, 3)),
    ("ij,jk", (2, 3)),
    ("i1", (2, 3)),
    ("ij->k", (2, 3)),
    ("ij->ii", (2, 3)),
    ("i..j", (2, 3)),
    ("...i...", (2, 3)),
    ("ij-j", (2, 3)),
    ("ij>j", (2, 3)),
    ("ij->i->j", (2, 3)),
    ("...ij->ij", (2, 3, 4)),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0])
def test_refused_in_numpys_words(case):
    text, *shapes = case
    arrays = operands(1, shapes)
    with pytest.raises(ValueError) as expected:  # noqa: PT011
        np.einsum(text, *arrays)
    with natively(), pytest.raises(ValueError) as found:  # noqa: PT011
        mnp.einsum(text, *map(mnp.array, arrays))
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize(
    "call",
    [
        "np.einsum('ij,ij', a, b)",
        "np.einsum('ii', a)",
        "np.einsum(a, [0, 60])",
        "np.einsum(a, [0, -1])",
        "np.einsum(a, ['a', 'b'])",
        "np.einsum(a, 0)",
        "np.einsum()",
        "np.einsum('ij')",
        "np.einsum('ij,jk', a, b, dtype='f4')",
        "np.einsum('ij,jk', a, b, order='Q')",
        "np.einsum('ij,jk', a, b, nope=1)",
        "np.einsum('ij,jk', a, b, optimize=3)",
        "np.einsum('ij,jk', a, b, casting='x')",
        "np.einsum('ij,jk,k', a, b, b[0], optimize=['einsum_path', (0, 1)])",
        "np.einsum('ij,jk,k', a, b, b[0], optimize=['einsum_path', (0, 7), (0, 1)])",
        "np.einsum('ij,jk,k', a, b, b[0], optimize='nope')",
        "np.einsum('ij,jk', a, b, out=np.empty((2, 5)))",
        "np.einsum('ij,jk', a, b, out=np.empty((2, 4), 'f4'))",
        "np.einsum_path('ij,jk', a)",
        "np.einsum_path('ij,jk', a, b, optimize='nope', x=1)",
    ],
)
def test_refused(call):
    a, b = operands(1, [(2, 3), (3, 4)])
    found = []
    for module in (np, mnp):
        with pytest.raises(Exception) as caught:  # noqa: B017, PT011
            eval(call, {"np": module, "a": module.array(a), "b": module.array(b)})
        found.append(caught.value)
    assert issubclass(type(found[1]), type(found[0])), found


def test_more_axes_than_arrays_have():
    rows = [np.ones(2)] * 9
    found = mnp.einsum("a,b,c,d,e,f,g,h,i->abcdefghi", *map(mnp.array, rows))
    assert np.asarray(found).shape == (2,) * 9


def test_nobody_hears_of_events():
    large = np.full(20000, 1e300)
    natural(lambda np, a: np.einsum("i,i", a, a), large)
    with np.errstate(all="raise"):
        assert np.isinf(np.asarray(mnp.einsum("i,i->i", mnp.array(large), mnp.array(large)))).all()


@needs_martlet
@pytest.mark.skipif(DEVICE != "cpu", reason="a device has its own products")
def test_pairs_are_products_of_matrices():
    """A chain makes a few small results, not the product of all."""
    arrays = [mnp.ones((60, 60)) for _ in range(3)]
    before = _martlet.counters()
    mnp.einsum("ij,jk,kl->il", *arrays)
    after = _martlet.counters()
    assert after["allocations"] - before["allocations"] <= 8
