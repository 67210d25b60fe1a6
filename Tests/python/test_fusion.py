"""Chains that fuse give the bits of one operation at a time."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import Sample, layouts, seeds
from subject import LAZY_COUNT, mnp, needs_martlet

# Operations that round once, so that any order of evaluation that keeps them gives the same bits.
TEMPLATES = [
    "({} + {})", "({} - {})", "({} * {})", "np.maximum({}, {})", "np.where({} > 0, {}, 2)",
    "abs({})", "(-{})", "np.sqrt(abs({}))", "({} / 3)", "(2 - {})", "np.floor({})", "({})[::-1]",
    "({}).T.copy().T", "np.minimum({}, 1.5)", "({}).astype('float32')", "({} + a)", "({} * b)",
    "np.clip({}, -3, 3)", "(({}) > {})", "np.square({})", "({} + row)", "({} * column)",
]  # fmt: skip


@st.composite
def expressions(draw, depth=5):
    if depth == 0:
        return draw(st.sampled_from(["a", "b", "row", "column", "a[::-1]"]))
    template = draw(st.sampled_from(TEMPLATES))
    parts = [draw(expressions(depth - 1 if i == 0 else 0)) for i in range(template.count("{}"))]
    return template.format(*parts)


ROOTS = ["{}", "({}).sum()", "({}).max(axis=0)", "({}).mean(axis=1)", "({})[3:9, ::2]", "({})[5]"]


def evaluate(expression):
    code = compile(expression, "<expression>", "eval")

    def call(np, a, b, row, column):
        # A comparison is no number for subtraction: NumPy raises, and so must Martlet.
        return eval(code, {"np": np, "a": a, "b": b, "row": row, "column": column})

    return call


@pytest.mark.parametrize("rows", [3, LAZY_COUNT // 150])
@given(
    expression=expressions(),
    root=st.sampled_from(ROOTS),
    layout=layouts,
    seed=seeds,
    special=st.booleans(),
)
def test_random_chains(rows, expression, root, layout, seed, special):
    shape = (rows + 6, 151)
    samples = [
        Sample("float64", shape, layout, seed, special),
        Sample("float64", shape, "C", seed + 1, special=False),
        Sample("float64", shape[1:], "C", seed + 2, special=False),
        Sample("float64", (shape[0], 1), "C", seed + 3, special=False),
    ]
    reduces = "sum" in root or "mean" in root
    if reduces and special:
        samples[0] = Sample("float64", shape, layout, seed, special=False)
    check(
        evaluate(root.format(expression)),
        *samples,
        relative=1e-5 if reduces else None,
        check_warnings=False,
    )


@given(
    dtypes=st.lists(
        st.sampled_from(
            ["int8", "uint16", "int64", "float16", "float32", "float64", "complex64", "bool"]
        ),
        min_size=2,
        max_size=4,
    ),
    seed=seeds,
)
def test_chains_of_casts(dtypes, seed):
    a = Sample("uint8", (LAZY_COUNT + 3,), "C", seed, special=False, low=0, high=100)

    def call(np, a):
        for dtype in dtypes:
            a = a.astype(dtype) * np.array(1, dtype)
        return a

    check(call, a, check_warnings=False)


@pytest.mark.parametrize("count", [8, LAZY_COUNT])
def test_warnings_of_a_chain_name_the_operation(count):
    def call(np):
        a = np.zeros(count)
        return np.log(a) + 1, (a / a) * 2, np.sqrt(a - 1), np.exp(a + 1000)

    check(call, ulps=None)


@pytest.mark.parametrize("count", [8, LAZY_COUNT])
@pytest.mark.parametrize("mode", ["raise", "ignore", "warn"])
def test_errstate(count, mode):
    def call(np):
        with np.errstate(all=mode):
            return 1 / np.zeros(count)

    check(call)


@pytest.mark.parametrize("count", [8, LAZY_COUNT])
def test_errstate_call(count):
    def call(np):
        seen = []
        with np.errstate(divide="call", call=lambda kind, flag: seen.append(kind)):
            np.ones(count) / 0
        return seen

    check(call)


@needs_martlet
def test_two_thread_counts_give_the_same_bits():
    import os
    import subprocess
    import sys

    code = (
        "import numpy, martlet.numpy as np\n"
        "a = np.array(numpy.random.default_rng(1).normal(size=(1003, 1009)))\n"
        "r = [(a * a - a).sum(), a.sum(axis=0), a.var(axis=1), np.exp(a).mean(), a.cumsum()]\n"
        "print(hash(b''.join(numpy.asarray(x).tobytes() for x in r)))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "MARTLET_THREADS": threads, "PYTHONHASHSEED": "0"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for threads in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_a_long_chain():
    """Thousands of pending operations neither overflow the stack nor pile up."""

    def call(np):
        a = np.ones(LAZY_COUNT)
        for i in range(3000):
            a = a + i
        return a

    check(call)


def test_many_uses_of_one_result():
    def call(np):
        a = np.linspace(0, 1, LAZY_COUNT)
        for _ in range(30):
            a = a * a + a  # doubles what an expansion without sharing would compute
        return a

    check(call, check_warnings=False)


@needs_martlet
def test_results_do_not_change_when_inputs_are_dropped():
    import gc

    results = []
    for i in range(20):
        a = mnp.full(LAZY_COUNT, float(i))
        results.append(a * 2 + 1)
        del a
    gc.collect()
    for i, result in enumerate(results):
        assert np.all(np.asarray(result) == 2 * i + 1)
