"""How a statement is made for each operation and function, from its signature alone.

A row is a statement of names: `x` and `y` are arrays in the row's arrangement, `number` is a Python
number and `scalar` one of NumPy's, `target` holds a view that is written and `out` is one, `index`
and `mask` choose elements. A recipe says what a parameter of a given name is given. Whether dtypes
and shapes go together is NumPy's to say: a row that it refuses does not exist.
"""

import functools
import inspect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy

SIZES = {1: (1, 1), 8: (2, 4), 70: (7, 10), 1000: (25, 40), 10_000: (100, 100)}
DTYPES = ("float64", "float32", "int64", "complex128", "bool")
ARRAYS = ("contiguous", "strided", "transposed", "broadcast")
WITH_AXES = ("matrix", *ARRAYS)
ROW, INSIDE = "row of a matrix", "inside of a matrix"
# Functions whose result has the product of their arguments' sizes.
GROWING, MOST_GROWING = {"outer", "meshgrid"}, 70

# The language's operators, by the ufunc that NumPy has for them.
IN_PLACE = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "power": "**",
    "bitwise_and": "&",
    "bitwise_or": "|",
    "bitwise_xor": "^",
    "left_shift": "<<",
    "right_shift": ">>",
}
COMPARISONS = {
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}
UNARY = {"negative": "-x", "positive": "+x", "invert": "~x", "absolute": "abs(x)"}
SUBSCRIPTS = (
    *("-1", "::2", "1:-1", "::-1", "index", "mask", "...", "None"),
    *("-1, -1", "0, :", ":, 0", "1:-1, 1:-1", "0, :-1", "index, 0", "0, index"),
)
OTHER_SYNTAX = ("len(x)", "list(x)", "number in x", "x @ y", "x @ y.T", "divmod(x, number)")

# What a parameter without a default is given, by its name; several are as many rows.
# Functions that no row is drawn from, and why.
without_recipe: list[str] = []

REQUIRED = {
    **dict.fromkeys(
        ("self", "a", "m", "A", "ary", "array", "val", "prototype", "object", "z"), ["x"]
    ),
    **dict.fromkeys(("x", "x1", "z", "a1", "arr"), ["x"]),
    **dict.fromkeys(("y", "a2", "values", "vals"), ["y"]),
    "mask": ["mask"],
    "dst": ["out"],
    "src": ["x", "number"],
    "element": ["number"],
    **dict.fromkeys(("b", "x2"), ["y", "y.T"]),
    "v": ["y"],
    "condition": ["mask"],
    **dict.fromkeys(("arrays", "tup"), ["(x, y)"]),
    "shape": ["x.shape"],
    **dict.fromkeys(("fill_value", "value"), ["number", "scalar"]),
    **dict.fromkeys(("axis", "axis1", "source"), ["0"]),
    **dict.fromkeys(("axis2", "destination"), ["-1"]),
    "start": ["0.5"],
    "start_or_stop": ["size"],
    "stop": ["number"],
    **dict.fromkeys(("N", "n"), ["side"]),
    **dict.fromkeys(("shift", "repeats", "reps", "indices_or_sections"), ["2"]),
    "pad_width": ["1"],
    "kth": ["side // 2"],
    **dict.fromkeys(("indices", "ind"), ["index"]),
    "dtype": ["other"],
}
# What one with a default is given in a row of its own, after the others.
OPTIONAL = {
    "axis": ["axis=0", "axis=-1"],
    "keepdims": ["axis=0, keepdims=True"],
    "dtype": ["dtype=other"],
    "out": ["out=out"],
    "x": ["x, y", "x, number", "number, x", "scalar, x"],
    "a_min": ["number, scalar", "x, number"],
    "min": ["min=number"],
    "num": ["num=size"],
}
MANY = {
    **dict.fromkeys(("arys", "arrays_and_dtypes"), ["x", "x, y"]),
    "xi": ["x, y"],
    "shape": ["-1", "side, -1"],
    "axes": [""],
    "args": ["", "-1"],
}
# Martlet's own (devices), and what a second run does not do again.
EXCLUDED = {"to", "to_device", "from_dlpack", "resize", "setflags", "view"}
# They are about files.
EXCLUDED |= {"load", "save", "loadtxt", "savetxt", "fromfile", "tofile"}
# NumPy says of these that their results may come in any order.
UNORDERED = {"unique_values"}
# NumPy leaves the numbers, or the order of equal ones, to the moment.
UNDEFINED = {"empty", "empty_like", "partition", "argpartition", "argsort", "searchsorted"}


@dataclass(frozen=True)
class Row:
    statement: str
    arrangement: str
    dtype: str
    size: int
    # What a statement that is no expression has written.
    written: str = ""
    # Whether all numbers are ones, so that what is written again and again stays in range.
    ones: bool = False
    defined: bool = True
    ordered: bool = True

    @property
    def name(self) -> str:
        return f"{self.statement}, {self.arrangement}, {self.dtype} {self.size}"

    @property
    def kind(self) -> str:
        """What is special of its operands, for the distribution."""
        if "out=" in self.statement or self.written:
            return "a view or itself as target"
        if "scalar" in self.statement:
            return "with a NumPy scalar"
        return "with a Python number" if "number" in self.statement else self.arrangement

    @property
    def run(self) -> str:
        """The statement as one that leaves `answer`."""
        if self.written:
            return f"{self.statement}; answer = {self.written}"
        return f"answer = {self.statement}"

    def ranges(self) -> list[tuple[float, float]]:
        """Where numbers are drawn, the widest first."""
        if self.dtype in ("int64", "bool"):
            return [(1, 7)]
        return [(-4.0, 4.0), (1.1, 4.0), (0.1, 0.9), (0.9999, 1.0001)]

    def numbers(self, shape, low, high, seed) -> numpy.ndarray:
        generator = numpy.random.default_rng(seed)
        if self.ones:
            return numpy.ones(shape, self.dtype)
        if self.dtype == "bool":
            return generator.random(shape) < 0.5
        if self.dtype == "int64":
            return generator.integers(low, high, shape, endpoint=True)
        values = generator.uniform(low, high, shape)
        if self.dtype == "complex128":
            values = values + 1j * generator.uniform(low, high, shape)
        return values.astype(self.dtype)

    def names(self, np, low: float, high: float) -> dict:
        """The statement's names with arrays of the library `np`."""
        sides, seeds = SIZES[self.size], itertools.count()

        def array(*shape):
            return np.array(self.numbers(shape, low, high, next(seeds)))

        def arranged():
            if self.arrangement == "strided":
                return array(2 * self.size)[::2]
            if self.arrangement == "transposed":
                return array(*sides[::-1]).T
            if self.arrangement in ("matrix", INSIDE):
                return array(*sides)
            return array(self.size)

        if self.arrangement == "broadcast":
            x, y = array(*sides), array(sides[1])
            if "y" not in self.statement:
                x = np.broadcast_to(y, sides)
        else:
            x, y = arranged(), arranged()
        names = {"np": np, "x": x, "y": y, "size": self.size, "side": sides[1]}
        names["number"] = self.numbers(1, low, high, 8)[0].item()
        names["scalar"] = self.numbers(1, low, high, 9)[0]
        names["other"] = "float32" if self.dtype == "float64" else "float64"
        chosen = numpy.random.default_rng(5).integers(0, x.shape[0], self.size)
        names["index"] = np.array(chosen)
        names["mask"] = np.array(numpy.random.default_rng(6).random(x.shape) < 0.5)
        if self.arrangement == ROW:
            names["target"] = array(3, self.size)
        elif self.arrangement == INSIDE:
            names["target"] = array(sides[0] + 2, sides[1] + 2)
        if "out=out" in self.statement:
            names["out"] = inner_view(np, *self.result_type(low, high))
        return names

    @functools.cache  # noqa: B019 - rows are few, and each is used for a moment
    def result_type(self, low: float, high: float) -> tuple[tuple[int, ...], numpy.dtype]:
        """Shape and dtype of what the statement gives without `out`."""
        plain = Row(
            self.statement.replace(", out=out", ""), self.arrangement, self.dtype, self.size
        )
        result = eval(plain.statement.replace(", where=mask", ""), plain.names(numpy, low, high))
        if isinstance(result, tuple):
            raise TypeError("a function of several results has several targets")
        return numpy.shape(result), numpy.asarray(result).dtype


def inner_view(np, shape: tuple[int, ...], dtype: numpy.dtype):
    """Memory for a result, with more of the same array on either side of it."""
    if not shape:
        return np.zeros((), dtype)
    return np.zeros([side + 2 for side in shape], dtype)[(slice(1, -1),) * len(shape)]


def rows_of(statements: list[tuple], name: str = "") -> list[Row]:
    """The rows of (statement, arrangements) or (statement, arrangements, what is written)."""
    return [
        Row(
            statement,
            arrangement,
            dtype,
            size,
            written=written[0] if written else "",
            ones=bool(written) and "=" in statement.replace("==", ""),
            defined=name not in UNDEFINED and not is_ill_conditioned(statement),
            ordered=name not in UNORDERED,
        )
        for statement, arrangements, *written in statements
        for arrangement in arrangements
        for dtype in DTYPES
        for size in SIZES
        if name not in GROWING or size <= MOST_GROWING
    ]


def is_ill_conditioned(statement: str) -> bool:
    """Whether it repeats an operation that makes more of each error, such as a power of powers."""
    name, _, method = statement.partition("(")[0].removeprefix("np.").partition(".")
    return method in ("reduce", "accumulate", "reduceat") and getattr(numpy, name).identity is None


def ufunc_statements(name: str, ufunc) -> Iterator[tuple]:
    call = f"np.{name}"
    if ufunc.nin == 1:
        yield f"{call}(x)", ARRAYS
        yield f"{call}(x, out=out)", ("contiguous", "matrix")
        yield f"{call}(x, where=mask, out=out)", ("contiguous",)
        return
    yield f"{call}(x, y)", ARRAYS
    yield f"{call}(x, y, out=out)", ("contiguous", "matrix", "broadcast")
    yield f"{call}(x, y, where=mask, out=out)", ("contiguous",)
    for given in ("x, number", "number, x", "x, scalar"):
        yield f"{call}({given})", ("contiguous",)
    if ufunc.nout == 1:
        yield f"{call}.reduce(x)", WITH_AXES
        yield f"{call}.reduce(x, axis=-1)", ("matrix", "transposed")
        yield f"{call}.accumulate(x)", WITH_AXES
        yield f"{call}.outer(x[:8], y)", ("contiguous",)
        yield f"{call}.reduceat(x, [0, size // 2])", ("contiguous",)
        yield f"{call}.at(x, index, number)", ("contiguous",), "x"


def operator_statements(name: str) -> Iterator[tuple]:
    if name in UNARY:
        yield UNARY[name], ARRAYS
    symbol = IN_PLACE.get(name) or COMPARISONS.get(name)
    if symbol:
        yield f"x {symbol} y", ARRAYS
        for given in ("x {} number", "number {} x", "x {} scalar", "scalar {} x"):
            yield given.format(symbol), ("contiguous", "matrix")
    if name in IN_PLACE:
        for given in ("y", "number", "scalar"):
            yield f"x {symbol}= {given}", ("contiguous",), "x"
            yield f"target[1] {symbol}= {given}", (ROW,), "target"
            yield f"target[1:-1, 1:-1] {symbol}= {given}", (INSIDE,), "target"


def subscript_statements() -> Iterator[tuple[str, tuple]]:
    arrangements = ("contiguous", "strided", "matrix", "transposed")
    for key in SUBSCRIPTS:
        subject = f"[{key}]"
        yield subject, (f"x[{key}]", arrangements)
        for given in ("number", "scalar", f"y[{key}]"):
            yield subject, (f"x[{key}] = {given}", arrangements, "x")
            yield subject, (f"x[{key}] += {given}", arrangements, "x")


def call_statements(callee: str, signature: str, is_method: bool) -> Iterator[tuple]:
    """Calls of a function with what its parameters' names say."""
    text = signature[1:-1].replace("<no value>", "None")
    parameters = inspect.signature(eval(f"lambda {text}: None")).parameters.values()
    # What is only named in NumPy's own signature is NumPy's to serve.
    parameters = [each for each in parameters if each.kind != each.VAR_KEYWORD]
    if is_method:
        parameters = parameters[1:]
    choices = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            choices.append(given_for(parameter.name, callee, MANY))
        elif parameter.kind is not parameter.VAR_KEYWORD and parameter.default is parameter.empty:
            choices.append(given_for(parameter.name, callee))
    for required in itertools.product(*choices):
        yield f"{callee}({', '.join(filter(None, required))})", WITH_AXES
    first = [choice[0] for choice in choices]
    for parameter in parameters:
        if parameter.default is not parameter.empty:
            for given in OPTIONAL.get(parameter.name, ()):
                yield f"{callee}({', '.join(filter(None, (*first, given)))})", WITH_AXES


class NoRecipe(LookupError):
    """A function whose required arguments are none that a recipe makes."""


def given_for(name: str, callee: str, recipes: dict | None = None) -> list[str]:
    recipes = REQUIRED if recipes is None else recipes
    if name not in recipes:
        raise NoRecipe(f"no recipe says what {callee} is given for '{name}'")
    return recipes[name]


def add_calls(found: dict[str, list[Row]], subject: str, name: str, signature: str, callee: str):
    """Rows of a function; one without a recipe has none, and `without_recipe` names it."""
    is_method = subject.startswith("ndarray.")
    try:
        statements = list(call_statements(callee, signature, is_method))
    except NoRecipe as reason:
        without_recipe.append(str(reason))
        return
    found[subject] = rows_of(statements, name)


def native_functions(holder, of) -> Iterator[tuple[str, str]]:
    """Names and signatures of what the extension serves itself, and NumPy has too."""
    from martlet import _martlet

    for name in dir(holder):
        value = vars(holder).get(name)
        is_named = not name.startswith("_") and name not in EXCLUDED
        if isinstance(value, _martlet.function) and hasattr(of, name) and is_named:
            yield name, value.__text_signature__


def subjects() -> dict[str, list[Row]]:
    """All rows, by the operator, function, method or attribute that they are about."""
    from martlet import _martlet

    found: dict[str, list[Row]] = {}
    without_recipe.clear()
    for name, value in vars(_martlet).items():
        if isinstance(value, _martlet.ufunc) and hasattr(numpy, name):
            found[f"np.{name}"] = rows_of(list(ufunc_statements(name, value)))
            operators = rows_of(list(operator_statements(name)))
            if operators:
                found[f"operator {name}"] = operators
    for name, signature in native_functions(_martlet, numpy):
        add_calls(found, f"np.{name}", name, signature, f"np.{name}")
    for name, signature in native_functions(_martlet.ndarray, numpy.ndarray):
        add_calls(found, f"ndarray.{name}", name, signature, f"x.{name}")
    for name, value in vars(_martlet.ndarray).items():
        if inspect.isgetsetdescriptor(value) and hasattr(numpy.ndarray, name) and name[0] != "_":
            found[f"ndarray.{name}"] = rows_of([(f"x.{name}", ("contiguous", "matrix"))])
    for subject, statement in subscript_statements():
        found.setdefault(subject, []).extend(rows_of([statement]))
    found["syntax"] = rows_of([(statement, WITH_AXES) for statement in OTHER_SYNTAX])
    return found
