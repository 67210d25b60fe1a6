"""Chains that fuse give the bits of one operation at a time."""

import importlib

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import Sample, layouts, seeds
from subject import LAZY_COUNT, mnp, needs_martlet

SIDE = int(LAZY_COUNT**0.5) + 5


def counters():
    return importlib.import_module("martlet._martlet").counters()


def settle(*arrays):
    for array in arrays:
        importlib.import_module("martlet").evaluate(array)


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


# Statements on large arrays: how many operations each has, which are remembered.
REPEATED = {
    "r = a + b": 1,
    "r = a * b + c * 2 - a": 4,
    "r = np.where((a > 0.5) & (b < 3), a * 2, b - 1)": 6,
    "r = np.sqrt(np.abs(a[1:] - a[:-1]))": 3,
    "u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])": 4,
    "a += b * c": 2,
    "np.multiply(a + 1, b, out=c)": 2,
}


@needs_martlet
@pytest.mark.parametrize("statement", REPEATED)
def test_a_repeated_statement_builds_nothing_but_its_nodes(statement):
    """And with other sizes and numbers it is the same program."""
    names = {}
    code = compile(statement, "<statement>", "exec")

    def run(side):
        count = side * side
        a, b, c = (mnp.arange(count) / (count + i) for i in range(3))
        u = mnp.ones((side, side))
        settle(a, b, c, u)
        names.update(np=mnp, a=a, b=b, c=c, u=u, r=a)
        before = counters()
        exec(code, names)
        settle(*(names[name] for name in "racu"))
        after = counters()
        return {name: after[name] - before[name] for name in after}

    run(SIDE)
    for side in (SIDE, SIDE + 10):
        changes = run(side)
        assert changes["programs_built"] == 0
        assert changes["nodes"] == REPEATED[statement]
        assert changes["copied_bytes"] == 0
        assert changes["launches"] == 1


@needs_martlet
@pytest.mark.parametrize(
    "statement",
    [
        "a += b", "a *= 2", "u[1:-1, 1:-1] += v[1:-1, 1:-1]", "u[5:, 5:] -= v[5:, 5:] * 2",
        "u[:, 0] += v[:, 1]", "np.add(a, b, out=a)", "u[::2] *= 0.5",
    ],
)  # fmt: skip
def test_in_place_work_touches_only_what_it_writes(statement):
    names = {}
    code = compile(statement, "<statement>", "exec")

    def call(np):
        a = np.arange(float(LAZY_COUNT))
        u = np.linspace(0.0, 1.0, 4 * LAZY_COUNT).reshape(400, -1)
        names.update(np=np, a=a, b=a + 1, u=u, v=u * 3)
        for _ in range(3):
            exec(code, names)
        return names["a"], names["u"]

    before = counters()["copied_bytes"]
    check(call)
    assert counters()["copied_bytes"] == before


def test_events_of_work_in_place_name_the_operation():
    def call(np):
        u = np.ones((400, LAZY_COUNT // 100))
        v = np.zeros_like(u)
        v[1:] = 1
        u[:, 1:] /= v[:, 1:]
        u *= 1e300
        u *= 1e300
        u -= u
        return u

    check(call)


def test_a_pending_array_seen_as_another_type():
    def call(np):
        c = np.zeros(LAZY_COUNT)
        v = c.view("int64")
        c += np.ones(LAZY_COUNT) * 2
        return v + 1

    check(call)


def test_many_readers_of_one_array():
    def call(np):
        a = np.arange(float(LAZY_COUNT))
        readers = [a * i for i in range(50)]
        del readers[::3]
        a[5] = -1
        kept = [float(r[5]) for r in readers]
        del readers
        a += 1
        return kept, a

    check(call)
