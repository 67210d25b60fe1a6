"""Makes wrong calls in a process that `fuzz.py` watches.

    python fuzz_calls.py LOG SEED FIRST COUNT [--only NAME...]

Each call is drawn from its seed and number alone, and written to LOG before it is made, so that
after a crash the last one is the culprit and can be made again. A call may succeed or raise any
Exception; it may not end the process, nor keep memory.
"""

import argparse
import contextlib
import copy
import io
import itertools
import operator
import os
import pickle
import random
import resource
import signal
import sys
import tempfile
import warnings

os.environ.setdefault("MARTLET_SIMULATOR", "1")

import fuzz_texts
import fuzz_values
import numpy
from fuzz_values import HUGE, SIZES, Actor
from subject import IS_NUMPY, mnp

# What is asked for beyond this fails, as it should, instead of filling the machine.
ADDRESS_SPACE = 4 << 30
# The most memory that may be kept once a call is over.
KEPT = 1 << 30

# These read or write files, change the interpreter, wait, or loop in Python over any size given.
LEFT_OUT = set(
    """DataSource array_split block errstate exit fromfile fromfunction fromregex genfromtxt
    get_include info load loadtxt lookfor memmap diff nditer ndindex nested_iters open_memmap
    printoptions save savetxt savez savez_compressed set_printoptions setbufsize seterr seterrcall
    show_config show_runtime split hsplit vsplit dsplit test tofile dump unstack setflags
    __array_finalize__ __class__ __init_subclass__ __new__ __del__ __dlpack__ __subclasshook__
    __getattribute__ __setattr__ __delattr__ __class_getitem__""".split()
)
# Quadratic or worse in a size that is cheap to ask for.
LEFT_OUT |= set("blackman hanning hamming kaiser bartlett vander poly kron pad meshgrid".split())
# NumPy's own, which trusts its arguments: strides beyond the memory crash.
LEFT_OUT |= {"as_strided"}
# Of the extension itself: these write files, run for long, or open what is not there.
LEFT_OUT |= {"record_kernels", "write_kernels", "check_operations", "crossover", "device_self_test"}

# What looks at each element without memory for its result, for longer than anybody waits.
WALKS = set(
    """all any sum prod max min mean var std median average ptp argmax argmin amax amin cumsum
    cumprod count_nonzero nonzero argwhere flatnonzero bincount histogram histogramdd histogram2d
    histogram_bin_edges digitize searchsorted interp trapezoid correlate convolve dot vdot inner
    tensordot matmul vecdot matvec vecmat einsum einsum_path percentile quantile nanpercentile
    nanquantile cov corrcoef allclose array_equal array_equiv isclose unique in1d isin setdiff1d
    union1d intersect1d setxor1d unique_all unique_counts unique_inverse unique_values trim_zeros
    extract place putmask put copyto choose select piecewise apply_along_axis apply_over_axes
    array2string array_str array_repr format_float lexsort trace norm tolist tobytes fill item
    tostring dumps repr str hash contains at reduce accumulate reduceat compress take ravel
    strides shape can_cast result_type fill_diagonal gradient nan_to_num unwrap insert delete
    packbits unpackbits""".split()
)

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
    "shape": [(2, 3), (), -1, (2**40, 2**40), (0,), (2**32, 2**32)],
    "side": ["left", "right", "up"],
    "sorter": [[0, 1, 2]],
    "k": [0, 1, -5, *HUGE],
    "count": [-1, 0, 1, *HUGE],
    "offset": [0, 1, -1, *HUGE],
    "device": [None, "cpu", "simulator", "nope"],
}


def functions() -> list:
    """(name, callable) of every public function, ufunc method and array method."""
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
    found.append(("ndarray", mnp.ndarray))
    tricks = mnp.lib.stride_tricks
    found.append(("sliding_window_view", tricks.sliding_window_view))
    found.append(("broadcast_shapes", mnp.broadcast_shapes))
    for name in numpy.linalg.__all__:
        if name != "LinAlgError":
            found.append((f"linalg.{name}", getattr(mnp.linalg, name)))
    for name in numpy.fft.__all__:
        found.append((f"fft.{name}", getattr(mnp.fft, name)))
    found += draws()
    if not IS_NUMPY:
        found += standard_functions()
    return found


def draws() -> list:
    """Methods of generators, each of a generator of its own, and the module's functions."""
    found = []
    kinds = ("PCG64", "PCG64DXSM", "SFC64", "Philox", "MT19937")

    def method(name, kind):
        make = mnp.random.Generator
        return lambda *a, **k: getattr(make(getattr(mnp.random, kind)(1)), name)(*a, **k)

    for n, name in enumerate(sorted(set(dir(numpy.random.Generator)) - {"bit_generator", "spawn"})):
        if not name.startswith("_"):
            found.append((f"random.Generator.{name}", method(name, kinds[n % len(kinds)])))
    for name in numpy.random.__all__:
        value = getattr(mnp.random, name)
        if callable(value) and not isinstance(value, type) and name not in ("set_state", "test"):
            found.append((f"random.{name}", value))
    return found


def standard_functions() -> list:
    """Of the array API standard, at the top of `martlet`."""
    import martlet
    from martlet import _array_api

    return [
        (f"xp.{name}", getattr(martlet, name)) for name in sorted(set(_array_api.MAIN) - LEFT_OUT)
    ]


def attributes() -> list:
    """Setting each attribute of arrays."""
    found = []
    for name in sorted(set(dir(mnp.ndarray)) - LEFT_OUT):
        if not callable(getattr(mnp.ndarray, name)):
            found.append((f"ndarray.{name} (set)", lambda a, v, *_, n=name: setattr(a, n, v)))
    found.append(("flags.writeable (set)", lambda a, v, *_: setattr(a.flags, "writeable", v)))
    found.append(("ndarray.flat[]", lambda a, v, *_: a.flat[v]))
    found.append(("ndarray.flat[] (set)", lambda a, v, *_: a.flat.__setitem__(v, 1)))
    return found


def operators() -> list:
    names = "add sub mul truediv floordiv mod pow matmul lshift rshift and_ or_ xor eq lt".split()
    names += [f"i{n.rstrip('_')}" for n in names if n not in ("eq", "lt")]
    found = [(f"operator.{n}", getattr(operator, n)) for n in names]
    found += [(f"operator.{n}", getattr(operator, n)) for n in ("neg", "abs", "invert", "index")]
    found += [("divmod", divmod), ("len", len), ("bool", bool), ("int", int), ("float", float)]
    found += [("complex", complex), ("memoryview", memoryview), ("pickle", pickle.dumps)]
    found += [("deepcopy", copy.deepcopy), ("copy.copy", copy.copy), ("iter", iter), ("hash", hash)]
    found += [("contains", lambda a, b, *_: b in a), ("bytes", bytes), ("getsizeof", sys.getsizeof)]
    return found


def inner_functions() -> list:
    """Every callable of the extension, and the facade's own functions."""
    if IS_NUMPY:
        return []
    import martlet
    from martlet import _martlet

    found = []
    for name in sorted(set(dir(_martlet)) - LEFT_OUT):
        value = getattr(_martlet, name)
        if callable(value) and not name.startswith("__"):
            found.append((f"_martlet.{name}", value))
    for name in ("Grid", "with_grid", "device", "evaluate", "set_device", "policy", "synchronize"):
        found.append((f"martlet.{name}", getattr(martlet, name)))
    for name in ("copy", "result", "to_numpy"):
        if hasattr(mnp.ndarray, name):
            found.append((f"ndarray.{name}", getattr(mnp.ndarray, name)))
    return found


# These change how the process works, so each call is made in a process of its own.
def is_settling(name: str) -> bool:
    inner = name.removeprefix("_martlet.")
    return inner != name and inner.startswith(
        ("set_", "adopt", "enter", "leave", "fail_after", "policy", "register", "note", "serve",
         "distinguish", "search", "settle", "check_declared", "kernel_ufunc", "evaluate")
    )  # fmt: skip


def kernels() -> list:
    """Calls of users' functions, none of which leaves its arrays' bounds, nor loops for long."""
    if IS_NUMPY:
        return []
    from martlet import cuda, guvectorize, njit, vectorize

    @njit
    def sizes(a):
        return a.size, a.ndim, len(a)

    @njit
    def loop(a):
        s = 0.0
        for i in range(min(a.shape[0], 50)):
            s += i
        return s

    @njit
    def first(a, i, v):
        if 0 <= i and i < a.shape[0]:
            a[i] = v
            return v
        return v

    @njit
    def made(n, m):
        a = mnp.zeros((n, m))
        if n > 0 and m > 0:
            a[n - 1, m - 1] = 1
        return a

    @njit
    def part(a, start, stop, step):
        return a[start:stop:step]

    @njit
    def both(a, b):
        for i in range(min(min(a.shape[0], b.shape[0]), 50)):
            a[i] += b[i]
        return a

    @njit
    def nested(t):
        return t

    @vectorize
    def blend(x, y):
        return x if x > y else y * 2

    @guvectorize("(n),()->(n)")
    def shifted(a, s, out):
        for i in range(a.shape[0]):
            out[i] = a[i] + s

    @cuda.jit
    def grid(a, n):
        i = cuda.grid(1)
        if i < a.size and i < n:
            a[i] = i

    def on_simulator(blocks, threads, a, n):
        with_device = a.to("simulator") if hasattr(a, "to") else a
        grid[blocks, threads](with_device, n)
        return with_device

    found = [sizes, loop, first, made, part, both, nested, blend, shifted]
    return [(f"kernel {f.__name__}", f) for f in found] + [("kernel grid", on_simulator)]


def describe(value) -> str:
    if isinstance(value, mnp.ndarray | numpy.ndarray):
        return f"array({value.dtype}, {value.shape}, {value.strides})"
    if isinstance(value, Actor):
        return f"Actor({value.answer})"
    if isinstance(value, fuzz_values.Interface):
        return f"Interface({vars(value)})"
    if isinstance(value, tuple | list) and type(value) in (tuple, list) and len(value) < 20:
        return f"{type(value).__name__}({', '.join(describe(v) for v in value)})"
    if isinstance(value, fuzz_values.Liar):
        return f"Liar({list(list.__iter__(value))}, {value.length})"
    if isinstance(value, fuzz_values.Strange):
        return "Strange()"
    if isinstance(value, slice):
        return f"slice({describe(value.start)}, {describe(value.stop)}, {describe(value.step)})"
    return repr(value)[:80]


class Draw:
    """The arguments of one call."""

    def __init__(self, generator: random.Random, name: str, spared: bool):
        self.generator = generator
        self.arrays, self.others = fuzz_values.arrays(), fuzz_values.others(generator)
        if name.startswith("ndarray.strides"):
            # NumPy itself crashes where strides of objects are set.
            self.arrays = [a for a in self.arrays if a.dtype != object]
        walks = spared or not WALKS.isdisjoint(name.replace("nan", "").replace(".", " ").split())
        if not walks and generator.random() < 0.3:
            self.arrays = fuzz_values.huge_arrays()

    def array(self):
        return self.generator.choice(self.arrays)

    def value(self):
        return self.generator.choice(self.others)

    def arguments(self, name: str, function, sensible: bool) -> tuple[list, dict]:
        """Half the time nearly sensible ones, else anything at all."""
        draw = self.generator
        count = draw.choice([1, 1, 2, 3] if sensible else [0, 1, 2, 3, 4])
        if sensible and type(function).__name__ == "ufunc":
            count = function.nin
        positional = []
        if name.startswith("ndarray."):
            count -= sensible
            positional.append(self.array())
        small = [0, 1, -1, 2, 3, None, (0, 1), (2, 3), [1, 0], 1.5, "float32", slice(1, None), True]
        like = self.array()
        for i in range(count):
            if sensible and i == 0:
                positional.append(like)
            elif sensible:
                positional.append(draw.choice([like, like, *small, self.array(), self.value()]))
            else:
                positional.append(
                    self.array() if draw.random() < (0.35, 0.7)[i == 0] else self.value()
                )
        if positional and draw.random() < 0.02:
            positional += [positional[0]] * 20
        keywords = {}
        for keyword in draw.sample(sorted(KEYWORDS), draw.choice([0, 0, 0, 1, 1, 2])):
            values = KEYWORDS[keyword] if sensible else draw.choice([self.others, self.arrays])
            keywords[keyword] = draw.choice([*values, like] if keyword == "out" else values)
        return positional, keywords


class Call:
    """One call, drawn from a seed and a number."""

    def __init__(self, groups: dict, seed: int, number: int, only=(), spare=()):
        generator = random.Random(f"{seed}:{number}")
        kind = generator.choices(
            ["function", "attribute", "operator", "inner", "kernel", "text", "get", "set", "del"],
            [34, 8, 8, 12, 8, 8, 12, 9, 1],
        )[0]
        if kind in ("get", "set", "del") and not only:
            name, function = f"index {kind}", None
        else:
            chosen = groups.get(kind) or groups["function"]
            if only:
                chosen = [(n, f) for n, f in itertools.chain(*groups.values()) if n in only]
            name, function = chosen[int(generator.random() * len(chosen))]
        self.name, self.kind = name, kind
        draw = Draw(generator, name, name in spare)
        if function is None:
            self.positional, self.keywords = [draw.array(), fuzz_values.index(generator)], {}
            self.function = {
                "get": operator.getitem, "set": operator.setitem, "del": operator.delitem
            }[kind]  # fmt: skip
            if kind == "set":
                self.positional.append(generator.choice([draw.array(), draw.value(), 1, 1.5]))
        else:
            self.function = function
            sensible = generator.random() < 0.5
            if isinstance(function, fuzz_texts.Reader):
                self.positional, self.keywords = function.arguments(generator), {}
            elif kind == "kernel":
                self.positional, self.keywords = self.kernel_arguments(draw, sensible), {}
            else:
                self.positional, self.keywords = draw.arguments(name, function, sensible)
            if kind == "attribute" and not isinstance(function, fuzz_texts.Reader):
                if len(self.positional) < 2:
                    self.positional.append(draw.value())
                self.keywords = {}
                if not isinstance(self.positional[0], mnp.ndarray | numpy.ndarray):
                    self.positional[0] = draw.array()
            if kind == "operator":
                self.keywords = {}
        victims = [a for a in self.positional if isinstance(a, mnp.ndarray)]
        for actor in find_actors([*self.positional, *self.keywords.values()]):
            actor.victims = victims

    def kernel_arguments(self, draw: Draw, sensible: bool) -> list:
        generator = draw.generator
        counts = {"first": 3, "made": 2, "part": 4, "both": 2, "blend": 2, "shifted": 2, "grid": 4}
        count = counts.get(self.name.removeprefix("kernel "), 1)
        numbers = [*SIZES, 1.5, True, None, draw.value()]
        if self.name == "kernel made":
            return [generator.choice(numbers) for _ in range(count)]
        if self.name == "kernel grid":
            shape = [0, 1, 2, -1, (1, 2), (2**31, 2**31, 2**31), *HUGE[:4], 1.5, None, (), (1,) * 4]
            return [
                *[generator.choice(shape) for _ in range(2)],
                draw.array(),
                generator.choice(SIZES),
            ]
        rest = [generator.choice(numbers) if sensible else draw.value() for _ in range(count - 1)]
        if self.name in ("kernel both", "kernel blend", "kernel shifted"):
            rest = [generator.choice([draw.array(), 2, generator.choice(numbers)])]
        start = draw.array() if generator.random() < 0.8 else draw.value()
        return [(start, rest, (1, start)) if self.name == "kernel nested" else start, *rest]

    def __str__(self):
        shown = [describe(a) for a in self.positional]
        shown += [f"{k}={describe(v)}" for k, v in self.keywords.items()]
        return f"{self.name}({', '.join(shown)})"

    def make(self):
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                exhaust(self.function(*self.positional, **self.keywords))
                for argument in self.positional:
                    exhaust(argument)
            except Exception as error:
                str(error)


def find_actors(values, depth=0):
    for value in values:
        if isinstance(value, Actor):
            yield value
        elif isinstance(value, slice):
            yield from find_actors([value.start, value.stop, value.step])
        elif type(value) in (tuple, list) and depth < 2 and len(value) < 30:
            yield from find_actors(value, depth + 1)


def exhaust(result, depth=0) -> None:
    """Uses a result, so that what is lazy runs and what is out of bounds is touched."""
    if isinstance(result, mnp.ndarray):
        if 0 < result.size < 10**7:
            repr(result)
            seen = numpy.asarray(result)
            seen.nbytes if result.dtype.kind in "OUSVMm" else seen.sum()
            result[(-1,) * result.ndim], result[(0,) * result.ndim]
    elif type(result) in (tuple, list) and depth < 3:
        for part in itertools.islice(result, 4):
            exhaust(part, depth + 1)


def make_apart(call: Call) -> None:
    """Makes a call in a process of its own, and dies as it did."""
    child = os.fork()
    if child == 0:
        signal.alarm(25)
        call.make()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGALRM:
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("seed", type=int)
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--spare", nargs="*", default=[])
    parser.add_argument(
        "--same", help="the name that was drawn, where another module may draw others"
    )
    options = parser.parse_args()
    groups = {
        "function": functions(), "attribute": attributes(), "operator": operators(),
        "inner": inner_functions(), "kernel": kernels(), "text": fuzz_texts.readers(),
    }  # fmt: skip
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    # Nothing that a strange call writes may land in the checkout.
    os.chdir(tempfile.mkdtemp())
    warnings.simplefilter("ignore")
    with open(options.log, "w", buffering=1) as log:

        def write(text):
            log.seek(0)
            log.truncate()
            log.write(text + "\n")

        only, all_names = options.only, [n for n, _ in itertools.chain(*groups.values())]
        if options.same and not options.same.startswith("index"):
            only = [options.same]
            if options.same not in all_names:
                options.count = 0
        for number in range(options.first, options.first + options.count):
            call = Call(groups, options.seed, number, only, options.spare)
            write(f"{number}\t{call.name}\t{call}")
            if is_settling(call.name):
                make_apart(call)
            else:
                call.make()
            del call
            fuzz_values.Tensor.kept.clear()
            if resident() > KEPT:
                write(f"{number}\tmemory\tkept by this call or one before it")
                os._exit(3)
        write("done")


if __name__ == "__main__":
    main()
