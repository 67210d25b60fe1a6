"""What a call costs, counted: memory, copies, kernels and programs, since times cannot be tested.

A repeated statement allocates its result and nothing else, copies nothing because arrays share
memory, runs one kernel, and builds no program. `martlet._martlet.counters()` counts all of these.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path

import numpy
import pytest
from subject import LAZY_COUNT, mnp, needs_martlet

pytestmark = needs_martlet

REPEATS = 5


@dataclass(frozen=True)
class Statement:
    """What may be counted while it runs once: arrays with memory of their own, and kernels."""

    text: str
    arrays: int
    kernels: int


def statements(texts: str, arrays: int, kernels: int) -> list[Statement]:
    return [Statement(text.strip(), arrays, kernels) for text in texts.strip().splitlines()]


VIEWS = statements(
    """
    A[i, j]
    v[3]
    float(v[3])
    A[i]
    A[i, :j]
    A[:, i]
    A[..., 0]
    A[i:j, i:j]
    A[:, None]
    v[::-1]
    A.T
    A.reshape(-1)
    A.ravel()
    np.broadcast_to(v, (70, 70))
    len(v)
    v.shape
    c.real
    v.real
    v.squeeze()
    A.swapaxes(0, 1)
    A.diagonal()
    np.rollaxis(A, 1)
    np.unstack(A)
    np.atleast_3d(v)
    np.asanyarray(v)
    np.ascontiguousarray(A)
    np.real_if_close(v)
    A.item(-1)
    np.put(A, idx, v)
    A.T.put(idx, v)
    np.putmask(v, m, w)
    np.place(v, m, w)
    v[:30].sort()
    """,
    arrays=0,
    kernels=0,
)

WRITES = statements(
    """
    A[i, j] = 1.5
    A[i, j] = s
    A[i, j] += 1.5
    A[i, j] *= s
    v[3] = 2
    A[i, :j] = v[:j]
    A[:j, i] = v[:j]
    A[:, -1] = A[:, -2]
    A[i] = 0.0
    A[1:-1, 1:-1] = B[1:-1, 1:-1]
    A[i, :j] *= 1.0
    A[i, :j] += v[:j]
    A[:j, i] -= v[:j]
    A[i] *= s
    A[i] /= A[j, j]
    A[1:-1, 1:-1] *= B[1:-1, 1:-1]
    A += B
    A *= v
    A -= v[:, None]
    v += 1
    v += s
    v *= 1.0
    k //= 1
    k += k
    m &= m
    v[::2] += w[::2]
    v[::-1] += w
    v[m] = 0.5
    v[idx] = 0.5
    v.fill(0.5)
    np.fill_diagonal(A, 2.0)
    np.multiply(v, w, out=out)
    np.add(v, 1.0, out=out[:])
    np.exp(v, out=out)
    np.maximum(v, w, out=A[i])
    np.add(v, w, out=v, where=m)
    out[:] = v
    """,
    arrays=0,
    kernels=1,
)

RESULTS = statements(
    """
    v + w
    v - s
    s * v
    2.0 - v
    v / 2
    v**2
    -v
    abs(c)
    k + 1
    k // 3
    k % 7
    f * 2
    f + v
    c * c
    v > 0.5
    m & m
    ~m
    np.exp(v)
    np.sqrt(A)
    np.sin(f)
    np.hypot(v, w)
    np.maximum(v, 0)
    np.minimum(v, w)
    np.isnan(v)
    A + B
    A + v
    A[:, None] * v
    A.T + B
    A[1:-1, 1:-1] + A[:-2, 1:-1]
    A[i, :j] * 2.0
    A[:j, i] * s
    v[1:] - v[:-1]
    v[::2] + w[1::2]
    np.where(m, v, w)
    np.where(m, v, 0.0)
    np.clip(v, 0, 1)
    np.round(v)
    A.mean(axis=1)
    A.argmin(axis=1)
    np.cumsum(v)
    np.add.accumulate(v)
    np.diff(v)
    np.outer(v, w)
    v[idx]
    np.take(v, idx)
    A[idx]
    np.concatenate((v, w))
    np.stack((v, w))
    np.tile(v, 2)
    np.repeat(v, 2)
    v.copy()
    v[::-1].copy()
    A.T.copy()
    A.flatten()
    k.astype(float)
    A.astype("float32")
    np.zeros(70)
    np.empty(70)
    np.ones(70)
    np.full(70, 2.0)
    np.arange(70)
    np.linspace(0, 1, 70)
    np.zeros_like(v)
    np.array([1.0, 2.0, 3.0])
    np.eye(8)
    A @ B
    A @ v
    A[:j, :j] @ v[:j]
    np.asfortranarray(A)
    np.fix(v)
    np.isposinf(v)
    np.iscomplex(c)
    np.polysub(v, w)
    np.diag_indices(30)
    np.astype(k, "float32")
    np.ascontiguousarray(A, dtype="float32")
    np.array(v, ndmin=2)
    np.repeat(A.T, 2)
    np.sort(v[:30])
    np.partition(v[:30], 3)
    np.argsort(k[:30])
    np.vecdot(A, B)
    np.subtract.reduce(A)
    np.hypot.reduce(v, keepdims=True)
    np.maximum.reduceat(v, [0, 30])
    np.fmin.reduceat(A, idx, axis=1)
    """,
    arrays=1,
    kernels=1,
)

# Of which NumPy tells something: the elements are looked at by a kernel more.
TOLD = statements(
    """
    np.log(z)
    np.arccosh(m)
    1 / z
    k // k
    np.reciprocal(m)
    np.arctanh(v, out=out)
    np.log(z, out=out)
    """,
    arrays=1,
    kernels=2,
)

# They are read from an array of one element.
NUMBERS = statements(
    """
    v.sum()
    v.mean()
    v.max()
    m.any()
    m.all()
    np.argmax(v)
    np.add.reduce(v)
    np.count_nonzero(m)
    w[10:20].sum()
    A[:, i].sum()
    np.dot(v, w)
    np.vecdot(v, w)
    np.fmax.reduce(v)
    A[i, :j] @ A[:j, i]
    """,
    arrays=1,
    kernels=1,
)

# What reads what it writes needs a copy, and what a mask chooses is counted first.
TWO_STEPS = [
    Statement("v[1:] += v[:-1]", 1, 2),
    Statement("v[m]", 1, 2),
]

# More elements than one block takes: the blocks' states are joined by a kernel of their own, in the
# order that the shape decides.
LEVELS = statements(
    """
    A.sum()
    A.min()
    A.sum(axis=0)
    A.max(axis=0)
    """,
    arrays=1,
    kernels=2,
)

# Of several operations, each of which is done at once on arrays of this size.
CHAINS = [
    Statement("A * B + A", 2, 2),
    Statement("np.vdot(A, B.T)", 3, 3),
    Statement("np.searchsorted(v[::2], w[::2])", 3, 3),
    Statement("np.sum(v * w)", 2, 2),
    Statement("v[v > 0]", 2, 3),
    Statement("(v > 0) & (v < 2)", 3, 3),
    Statement("A[i] -= A[j] * 0.5", 1, 2),
    Statement("A[i, j] -= A[i, :j] @ A[:j, j]", 1, 2),
    Statement("C[1:-1] = 0.25 * (C[:-2] + C[2:])", 2, 3),
]

SMALL = VIEWS + WRITES + RESULTS + TOLD + NUMBERS + TWO_STEPS + LEVELS + CHAINS

# With their operations: remembered, and computed together when the result is asked for.
LAZY = [
    ("a + b", 1),
    ("a * b + c * 2 - a", 4),
    ("np.sqrt(a * a + b * b)", 4),
    ("np.where(a > b, a, b)", 2),
    ("(a > 0.5) & (a < s)", 3),
    ("a[1:] - a[:-1]", 1),
    ("P[1:-1, 1:-1] * 0.25 + P[:-2, 1:-1]", 2),
    ("P + P.T", 1),
    ("(a - b) ** 2 / s", 3),
    ("-np.exp(a) * b", 3),
]

LAZY_WRITES = [
    ("a += b", "a"),
    ("a[1:-1] *= s", "a"),
    ("P[1:-1, 1:-1] = 0.25 * (P[:-2, 1:-1] + P[2:, 1:-1])", "P"),
    ("np.multiply(a, b, out=c)", "c"),
]


def names(np) -> dict:
    """Arrays that the direct way serves."""
    return {
        "np": np,
        "A": np.ones((70, 70)),
        "B": np.ones((70, 70)),
        "C": np.ones((70, 70)),
        "v": np.ones(70),
        "w": np.ones(70),
        "out": np.empty(70),
        "k": np.arange(70),
        "z": np.zeros(70),
        "f": np.ones(70, "float32"),
        "c": np.ones(70, complex),
        "m": np.arange(70) % 3 == 0,
        "idx": np.array([1, 5, 9]),
        "s": numpy.float64(1.0),
        "i": 5,
        "j": 30,
    }


def large_names(np) -> dict:
    """Arrays whose work is put off."""
    side = int(LAZY_COUNT**0.5) + 1
    return {
        "np": np,
        **{name: np.ones(4 * LAZY_COUNT) for name in "abc"},
        "P": np.ones((2 * side, 2 * side)),
        "s": numpy.float64(1.0),
    }


def counters() -> dict[str, int]:
    from martlet import _martlet

    return _martlet.counters()


def counted(run) -> dict[str, int]:
    """What the call adds to each counter, once everything it needs is there."""
    for _ in range(REPEATS):
        run()
    before = counters()
    kept = run()
    after = counters()
    del kept  # its memory must not serve as the next one's meanwhile
    return {name: after[name] - before[name] for name in before}


def runner(text: str, scope: dict):
    """Runs the statement once; an expression's value is returned, so that it lives on."""
    try:
        code = compile(text, text, "eval")
    except SyntaxError:
        code = compile(text, text, "exec")
        return lambda: exec(code, scope)
    return lambda: eval(code, scope)


@pytest.mark.parametrize("statement", SMALL, ids=lambda statement: statement.text)
def test_a_repeated_statement_allocates_its_result_alone(statement):
    found = counted(runner(statement.text, names(mnp)))
    assert found["copied_bytes"] == 0
    assert found["programs_built"] == 0
    assert found["nodes"] == 0
    assert found["allocations"] <= statement.arrays
    assert found["launches"] <= statement.kernels


def test_the_catalogue_has_a_hundred_statements():
    assert len({statement.text for statement in SMALL}) == len(SMALL) >= 100


def test_the_benchmark_draws_from_every_function(monkeypatch):
    """But those whose parameters have no recipe, which it names."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "Benchmarks")
    recipes = importlib.import_module("recipes")
    subjects = recipes.subjects()
    assert {"np.add", "operator add", "np.cumsum", "ndarray.sort", "[mask]"} <= set(subjects)
    assert all(subjects.values())
    assert len(recipes.without_recipe) < len(subjects) / 3


@pytest.mark.parametrize("statement", SMALL, ids=lambda statement: statement.text)
def test_the_catalogue_gives_numpys_answers(statement):
    """What is counted is also right: twice, since the second time takes the short way."""
    ours, theirs = names(mnp), names(numpy)
    for _ in range(2):
        found = runner(statement.text, ours)()
        expected = runner(statement.text, theirs)()
        if expected is not None and "empty" not in statement.text:
            single = getattr(expected, "dtype", None) == numpy.float32
            rtol = 1e-6 if single else 1e-14
            numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=rtol)
    for name, value in theirs.items():
        if isinstance(value, numpy.ndarray) and name != "out":
            numpy.testing.assert_allclose(numpy.asarray(ours[name]), value, rtol=1e-14)


@pytest.mark.parametrize("text, operations", LAZY)
def test_a_repeated_expression_is_one_launch_of_a_known_program(text, operations):
    import martlet

    run = runner(text, large_names(mnp))
    found = counted(lambda: martlet.evaluate(run()))
    assert found["programs_built"] == 0
    assert found["copied_bytes"] == 0
    assert found["launches"] == 1
    assert found["nodes"] == operations
    assert found["allocations"] <= 1


@pytest.mark.parametrize("text, target", LAZY_WRITES)
def test_a_repeated_write_is_one_launch_of_a_known_program(text, target):
    import martlet

    scope = large_names(mnp)
    run = runner(text, scope)

    def write():
        run()
        martlet.evaluate(scope[target])

    found = counted(write)
    assert found["programs_built"] == 0
    assert found["copied_bytes"] == 0
    assert found["launches"] == 1


def test_the_counters_count():
    """Each of them moves where there is something to count."""
    import martlet

    a, b = mnp.ones(4 * LAZY_COUNT), mnp.ones(70)
    before = counters()
    keep = [martlet.evaluate(a * 3.25 - a / 7.5), b + b]
    after = counters()
    del keep
    assert after["allocations"] > before["allocations"]
    assert after["launches"] >= before["launches"] + 1
    assert after["nodes"] >= before["nodes"] + 3
    assert after["programs_built"] >= before["programs_built"] + 1


@pytest.mark.parametrize("side", [70, 700])
def test_shared_memory_is_copied_once(side):
    """A copy takes memory of its own when one of the two is written, and not at every write."""
    a = mnp.ones((side, side))
    b = a.copy()
    before = counters()["copied_bytes"]
    a[3] += 1.0
    a[5, :40] = 2.0
    a[:, 7] *= 3.0
    copied = counters()["copied_bytes"] - before
    assert copied <= a.nbytes
    assert float(b.sum()) == side * side
    assert float(a[3, 0]) == 2.0


@pytest.mark.parametrize("side", [70, 700, 2000])
def test_a_write_through_a_view_touches_what_it_writes(side):
    a, v = mnp.ones((side, side)), mnp.ones(side)
    row, column, inside = a[3], a[:, 5], a[1:-1, 1:-1]

    def write():
        row[:] = v
        column[:10] += v[:10]
        inside[2, 2:20] *= 2.0
        a[7, :50] += v[:50]
        a[9, 9] = 1.0

    found = counted(write)
    assert found["copied_bytes"] == 0
    assert found["allocations"] == 0
