"""Calls every function and method with wrong things, in a process that the fuzz test watches.

    python fuzz_calls.py LOG SEED COUNT [NAME...]

Every call is written to LOG before it is made, so that after a crash the last one is the culprit.
A call may succeed or raise any Exception; it may not end the process.
"""

import contextlib
import io
import itertools
import os
import random
import resource
import sys
import tempfile
import warnings

import numpy
from subject import mnp

# These read or write files, change the interpreter, wait, or loop in Python over any size given.
LEFT_OUT = {
    *["DataSource", "array_split", "block", "errstate", "exit", "fromfile", "fromfunction"],
    *["fromregex", "genfromtxt", "get_include", "info", "load", "loadtxt", "lookfor", "memmap"],
    *[
        "diff",
        "nditer",
        "ndindex",
        "nested_iters",
        "open_memmap",
        "printoptions",
        "save",
        "savetxt",
    ],
    *["savez", "savez_compressed", "set_printoptions", "setbufsize", "seterr", "seterrcall"],
    *[
        "show_config",
        "show_runtime",
        "split",
        "hsplit",
        "vsplit",
        "dsplit",
        "test",
        "tofile",
        "dump",
    ],
    *["unstack", "setflags", "__array_finalize__", "__class__", "__init_subclass__", "__new__"],
    *[
        "__del__",
        "__dlpack__",
        "__subclasshook__",
        "__getattribute__",
        "__setattr__",
        "__delattr__",
    ],
    # Quadratic or worse in a size that is cheap to ask for.
    *[
        "blackman",
        "hanning",
        "hamming",
        "kaiser",
        "bartlett",
        "vander",
        "poly",
        "kron",
        "pad",
        "meshgrid",
    ],
    # NumPy's own, which trusts its arguments: strides beyond the memory crash.
    *["as_strided"],
}

HUGE = [2**31, 2**40, 2**62, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**100, 10**30]


class Strange:
    """An object whose every conversion raises."""

    def __array__(self, *arguments, **keywords):
        raise RuntimeError("no array")

    def __index__(self):
        raise ValueError("no index")

    def __len__(self):
        raise OSError("no length")

    def __float__(self):
        raise KeyError("no float")


class Liar(list):
    """A sequence that claims another length than it has."""

    def __len__(self):
        return 5


def arrays() -> list:
    """Arrays of all dtypes, odd shapes and layouts."""
    found = []
    for dtype in ("bool", "int8", "uint64", "int64", "float16", "float32", "float64", "complex64"):
        found += [mnp.ones((2, 3), dtype), mnp.zeros((), dtype), mnp.zeros((0,), dtype)]
    base = mnp.arange(24.0).reshape(2, 3, 4)
    found += [base, base[::-1], base.T, base[:, ::2], base[..., None], base[:0], base[:, 1:2]]
    found += [mnp.ones((1,) * 20), mnp.arange(5), mnp.array([True, False]), mnp.arange(20_000.0)]
    found += [mnp.array(["text", "more"]), mnp.array([None, {}], dtype=object), numpy.ones(3)]
    found += [mnp.array(numpy.nan), mnp.array([numpy.inf, -1.0]), mnp.ones((3, 0, 2))]
    return found


def others() -> list:
    return [
        *[None, True, 0, 1, -1, 2, 7, -7, 1.5, -0.0, float("nan"), float("inf"), 1j, *HUGE],
        *["", "text", b"bytes", "C", "float64", "raise", "K", "nope", [], (), {}, set(), [1, 2]],
        *[(0,), (-1,), (0, 0), (0, 1), (5,), (2**31, 2**31), (2**62, 2**62), (-5, 2), (1,) * 70],
        *[[[1], [1, 2]], [1, "a"], ["x"], [None], (1.5,), (None, 2), [[], []], [True, False]],
        *[slice(None), slice(None, None, 0), slice(2**70), slice(-5, 5, -1), ..., slice("a")],
        *[int, float, object, "U5", "M8[s]", "bfloat16", numpy.dtype("f8"), ">f8", "f4,i4", "V8"],
        *[numpy.float32(2), numpy.int8(-1), numpy.uint64(2**64 - 1), numpy.longdouble(1), len],
        *[
            Strange(),
            Liar([1]),
            range(3),
            iter([1, 2]),
            memoryview(b"ab"),
            lambda *a, **k: 1,
            Ellipsis,
        ],
    ]


KEYWORDS = {
    "axis": [None, 0, -1, 1, 2, (0, 1), (0, 0), 7, -9, *HUGE],
    "dtype": ["bool", "int8", "uint64", "float16", "float32", "float64", "complex64", "U3", object],
    "out": [None, (None,), (None, None)],
    "keepdims": [True, False, 2, None],
    "where": [True, False],
    "initial": [0, 1.5, None, 1j, 2**70],
    "order": ["C", "F", "A", "K", "X"],
    "casting": ["no", "safe", "same_kind", "unsafe", "nope"],
    "mode": ["raise", "wrap", "clip", "edge"],
    "kind": ["stable", "quicksort", "heapsort", "x"],
    "copy": [True, False, None],
    "ddof": [0, 1, 100, 0.5],
    "axes": [(0, 1), (1, 0), 1, ([0], [1])],
    "shape": [(2, 3), (), -1, (2**40, 2**40), (0,)],
    "side": ["left", "right", "up"],
    "sorter": [[0, 1, 2]],
    "k": [0, 1, -5, *HUGE],
}


def targets() -> list:
    """(name, callable) of every public function, ufunc method, array method and operator."""
    found = []
    for name in sorted(set(dir(mnp)) - LEFT_OUT):
        value = getattr(mnp, name)
        if name.startswith("_") or not callable(value) or isinstance(value, type):
            continue
        found.append((name, value))
        if hasattr(value, "reduceat"):
            for method in ("reduce", "accumulate", "outer", "at", "reduceat"):
                found.append((f"{name}.{method}", getattr(value, method)))
    for name in sorted(set(dir(mnp.ndarray)) - LEFT_OUT):
        value = getattr(mnp.ndarray, name)
        if callable(value):
            found.append((f"ndarray.{name}", value))
        else:
            found.append((f"ndarray.{name} (set)", lambda a, v, *_, n=name: setattr(a, n, v)))
    found.append(("ndarray", mnp.ndarray))
    return found


def describe(value) -> str:
    if isinstance(value, mnp.ndarray | numpy.ndarray):
        return f"array({value.dtype}, {value.shape}, {value.strides})"
    return repr(value)[:80]


def choose(generator: random.Random, name: str, function) -> tuple[list, dict]:
    """Arguments for a call: half the time nearly sensible ones, else anything at all."""
    pool_arrays, pool = arrays(), others()
    if name.startswith("ndarray.strides"):
        # NumPy itself crashes where strides of objects are set.
        pool_arrays = [a for a in pool_arrays if a.dtype != object]
    sensible = generator.random() < 0.5
    count = generator.choice([1, 1, 2, 3] if sensible else [0, 1, 2, 3, 4])
    if sensible and hasattr(function, "nin"):
        count = function.nin
    if name.startswith("ndarray."):
        count -= sensible
    small = [0, 1, -1, 2, 3, None, (0, 1), (2, 3), [1, 0], 1.5, "float32", slice(1, None), True]
    positional = [generator.choice(pool_arrays)] if name.startswith("ndarray.") else []
    like = generator.choice(pool_arrays)
    for i in range(count):
        if sensible and i == 0:
            positional.append(like)
        elif sensible:
            positional.append(generator.choice([like, like, *small, generator.choice(pool_arrays)]))
        else:
            likely = 0.7 if i == 0 else 0.35
            positional.append(
                generator.choice(pool_arrays if generator.random() < likely else pool)
            )
    if positional and generator.random() < 0.02:
        positional += [positional[0]] * 20
    keywords = {}
    for keyword in generator.sample(sorted(KEYWORDS), generator.choice([0, 0, 0, 1, 1, 2])):
        values = KEYWORDS[keyword] if sensible else generator.choice([pool, pool_arrays])
        keywords[keyword] = generator.choice([*values, like] if keyword == "out" else values)
    return positional, keywords


def exhaust(result) -> None:
    """Uses a result, so that what is lazy runs, within reason."""
    if isinstance(result, mnp.ndarray):
        repr(result)
        if 0 < result.size < 10**7:
            numpy.asarray(result).sum if result.dtype.kind in "OUSV" else numpy.asarray(
                result
            ).sum()
    elif isinstance(result, tuple | list):
        for part in itertools.islice(result, 4):
            exhaust(part)


def main() -> None:
    path, seed, count, names = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    # What is asked for beyond this fails, as it should, instead of filling the machine.
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    # Nothing that a strange call writes may land in the checkout.
    os.chdir(tempfile.mkdtemp())
    warnings.simplefilter("ignore")
    generator = random.Random(seed)
    functions = [(n, f) for n, f in targets() if not names or n in names]
    with open(path, "w", buffering=1) as log:
        for i in range(count):
            name, function = functions[i % len(functions)]
            positional, keywords = choose(generator, name, function)
            shown = [describe(a) for a in positional]
            shown += [f"{k}={describe(v)}" for k, v in keywords.items()]
            log.seek(0)
            log.truncate()
            log.write(f"call {i}: {name}({', '.join(shown)})\n")
            with contextlib.redirect_stdout(io.StringIO()):
                try:
                    exhaust(function(*positional, **keywords))
                except Exception as error:
                    str(error)
        log.seek(0)
        log.truncate()
        log.write("done\n")


if __name__ == "__main__":
    main()
