"""Random expressions, and what a program that is being written knows of its names."""

import random

INTEGERS = ["0", "1", "2", "3", "5", "-1", "-2", "-7", "10", "255"]
LARGE = [
    "2**31",
    "(2**53 + 1)",
    "2**62",
    "(2**63 - 1)",
    "-(2**63)",
    "2**63",
    "3037000500",
    "(2**64 - 1)",
]
FLOATS = ["0.0", "0.5", "1.5", "-2.25", "3.0", "0.1", "-0.0", "1e-3"]
EXTREME = ["1e308", "1e-310", "float('inf')", "float('nan')", "2.0**53", "-1e200"]
TYPES = ["float64"] * 6 + ["int64"] * 4 + ["float32", "int32", "uint8", "bool", "complex128"]
RARE_TYPES = ["uint64", "int8", "int16", "complex64", "uint32", "float16"]
SCALARS = ["np.float64", "np.int64", "np.float32", "np.int32", "np.uint8", "np.bool_"]
COMPARED = ["<", "<=", ">", ">=", "==", "!="]

# What often raises: tame programs have none of it, others some.
RISKY = {
    "({0} // {1})",
    "({0} % {1})",
    "math.isqrt({0})",
    "int({f})",
    "round({f})",
    "math.floor({f})",
    "math.sqrt({0})",
    "math.exp({0})",
    "math.log({0})",
    "math.fmod({0}, {1})",
    "math.pow({0}, {1})",
    "({0} / {1})",
    "({0} / ({i} + 1))",
    "(float({0}) ** {1})",
    "(float({0}) ** {c})",
    "float({0}) ** 2",
    "({i} ** {e})",
    "({e} ** 2)",
    "pow({0}, {c}, {m})",
}


class Array:
    """What is known of an array when the program is written: later it may be another."""

    def __init__(self, name, shape, dtype):
        self.name, self.shape, self.dtype = name, shape, dtype


class Counter:
    """A loop's variable, and the values that it takes."""

    def __init__(self, name, low, high, ends=True):
        self.name, self.low, self.high = name, low, high
        self.ends = ends  # whether the loop ends whatever is assigned to the variable


class Expressions:
    """Expressions over the names that there are, of a kind that each method says.

    `exact` becomes false when NumPy doesn't promise the bits; `wild` is how often what may raise is
    taken, `rare` how often what no compiler of loops takes.
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.exact = True
        self.wild = 0
        self.rare = 1
        self.kinds = {}  # kind -> names of scalars
        self.arrays, self.counters = [], []
        self.helpers = []

    # Choices

    def chance(self, of):
        return self.random.random() < of

    def one(self, items):
        return self.random.choice(items)

    def draw(self, weighted):
        """One of (weight, what), called when it can be."""
        weights = [weight for weight, _ in weighted]
        what = self.random.choices([what for _, what in weighted], weights)[0]
        return what() if callable(what) else what

    # Expressions

    def name(self, kind, otherwise):
        names = self.kinds.get(kind)
        return self.one(names) if names else otherwise()

    def constant(self):
        return self.one(LARGE) if self.chance(0.2 * self.wild) else self.one(INTEGERS)

    def number(self):
        return self.one(EXTREME) if self.chance(0.1 * self.wild) else self.one(FLOATS)

    def counter(self):
        return self.one(self.counters).name if self.counters else self.one(INTEGERS)

    def integer(self, depth=2):
        if depth <= 0 or self.chance(0.2):
            own = lambda: self.name("int", self.constant)  # noqa: E731
            return self.draw([(4, own), (4, self.counter), (3, self.constant), (1, self.length)])
        sub = lambda: self.integer(depth - 1)  # noqa: E731
        form = self.draw(
            [
                (6, "({0} + {1})"),
                (5, "({0} - {1})"),
                (4, "({0} * {c})"),
                (2, "({0} * {1}) % {m}"),
                (2, "({0} // {c})"),
                (1, "({0} // {1})"),
                (2, "({0} % {m})"),
                (1, "({0} % {1})"),
                (2, "({0} & {1})"),
                (1, "({0} | {1})"),
                (2, "({0} ^ {1})"),
                (1, "({0} << ({1} % 5))"),
                (1, "({0} >> ({1} % 7))"),
                (1, "(-{0})"),
                (1, "(~{0})"),
                (1, "abs({0})"),
                (1, "max({0}, {1})"),
                (1, "min({0}, {1})"),
                (1, "({0} % 7) ** ({1} % 4)"),
                (1, "({0} if {b} else {1})"),
                (1, "int({f})"),
                (0.5 * self.rare, "divmod({0}, {m})[1]"),
                (0.5 * self.rare, "pow({0}, {c}, {m})"),
                (0.5 * self.rare, "math.gcd({0}, {1})"),
                (0.5 * self.rare, "math.isqrt({0})"),
                (0.5, "round({f})"),
                (0.5, "math.floor({f})"),
                (0.5 * self.rare, "({0}).bit_length()"),
                (0.5, "int({b})"),
            ]
        )
        return self.fill(form, sub, depth)

    def fill(self, form, sub, depth):
        """A form with its parts: {0} and {1}, a constant, a modulus, a float, a condition."""
        parts = {"c": self.constant, "m": lambda: self.one(["7", "13", "1000003", "2**32", "-5"])}
        parts["f"] = lambda: self.real(depth - 1)
        parts["b"] = lambda: self.condition(depth - 1)
        parts["i"] = lambda: self.integer(depth - 1)
        parts["n"] = lambda: self.scalar(depth - 1)
        # No integer is multiplied by itself again and again: it would fill the memory.
        parts["x"] = lambda: self.element() if self.chance(0.5) else self.number()
        parts["e"] = self.element
        parts["0"] = parts["1"] = sub
        if "np.maximum" in form or "np.minimum" in form:
            self.exact = False  # Which of two zeros is greater?
        if form in RISKY and not self.chance(self.wild):
            form = "{0}"
        for key, make in parts.items():
            while "{" + key + "}" in form:
                form = form.replace("{" + key + "}", make(), 1)
        return form

    def length(self):
        if not self.arrays:
            return self.constant()
        array = self.one(self.arrays)
        return self.one([f"len({array.name})", f"{array.name}.shape[0]", f"{array.name}.size"])

    def real(self, depth=2):
        if depth <= 0 or self.chance(0.2):
            own = lambda: self.name("float", self.number)  # noqa: E731
            real = self.element if any(a.dtype[0] != "c" for a in self.arrays) else self.number
            return self.draw([(4, own), (2, self.number), (2, real), (1, self.counter)])
        sub = lambda: self.real(depth - 1)  # noqa: E731
        form = self.draw(
            [
                (6, "({0} + {1})"),
                (5, "({0} - {1})"),
                (3, "({0} * {1} * 0.5)"),
                (4, "({0} * {x})"),
                (4, "({0} / {1})"),
                (2, "({0} / ({i} + 1))"),
                (1, "({0} // {1})"),
                (1, "({0} % {1})"),
                (2, "float({0}) ** 2"),
                (1, "abs({0}) ** 0.5"),
                (0.5, "(float({0}) ** {1})"),
                (1, "(float({0}) ** {c})"),
                (1, "(-{0})"),
                (1, "abs({0})"),
                (1, "max({0}, {1})"),
                (1, "min({0}, {1})"),
                (1, "({0} if {b} else {1})"),
                (1, "float({i})"),
                (1, "float({n})"),
                (1, "math.sqrt({0})"),
                (2, "math.sqrt(abs({0}))"),
                (1, "math.sin({0})"),
                (1, "math.exp({0})"),
                (1, "math.log({0})"),
                (0.5, "math.log(abs({0}) + 1.0)"),
                (0.5, "math.atan2({0}, {1})"),
                (0.5, "math.hypot({0}, {1})"),
                (0.5 * self.rare, "math.copysign({0}, {1})"),
                (0.5 * self.rare, "math.fmod({0}, {1})"),
                (0.5, "math.pow({0}, {1})"),
                (0.5, "math.tanh({0})"),
                (0.5, "math.fabs({0})"),
                (0.5 * self.rare, "math.ldexp({0}, 3)"),
                (0.5 * self.rare, "round({0}, 2)"),
                (1, "({0} * math.pi)"),
            ]
        )
        return self.fill(form, sub, depth)

    def numpys(self, depth=2):
        """A scalar of NumPy's, most often."""
        if depth <= 0 or self.chance(0.2):
            own = lambda: self.name("numpy", self.element)  # noqa: E731
            return self.draw([(4, own), (3, self.element)])
        sub = lambda: self.numpys(depth - 1)  # noqa: E731
        form = self.draw(
            [
                (6, "({0} + {1})"),
                (4, "({0} - {1})"),
                (4, "({0} * {e})"),
                (3, "({0} / {1})"),
                (1, "({0} / {n})"),
                (1, "({0} // {n})"),
                (1, "({0} % {n})"),
                (1, "({e} ** 2)"),
                (0.5 * self.rare, "({i} ** {e})"),
                (1, "(-{0})"),
                (1, "abs({0})"),
                (1, "max({0}, {n})"),
                (1, "min({0}, {1})"),
                (1, "np.float64({n})"),
                (1, "np.int64({i})"),
                (0.5 * self.rare, "np.float32({f})"),
                (1, "np.sqrt({0})"),
                (1, "np.abs({0})"),
                (self.rare, "np.maximum({0}, {1})"),
                (0.5 * self.rare, "np.minimum({0}, {n})"),
                (0.5 * self.rare, "np.floor({0})"),
                (0.5 * self.rare, "np.sign({0})"),
                (0.5, "({0} if {b} else {1})"),
                (2 * self.rare, self.reduction),
            ]
        )
        return self.fill(form, sub, depth)

    def reduction(self):
        form = self.draw(
            [
                (3, "{a}.sum()"),
                (1, "np.sum({a})"),
                (2, "{a}.max()"),
                (1, "np.min({a})"),
                (1, "{a}.mean()"),
                (1, "np.dot({a}, {a})"),
                (1, "np.argmax({a})"),
                (1, "np.any({a})"),
                (1, "{a}.all()"),
                (1, "np.prod({a})"),
                (0.5, "np.count_nonzero({a})"),
                (0.5, "np.exp({e})"),
                (0.5, "np.sin({e})"),
            ]
        )
        if not any(exact in form for exact in ("max", "min", "any", "all", "count")):
            self.exact = False
        form = form.replace("{e}", self.element()) if "{e}" in form else form
        while "{a}" in form:
            form = form.replace("{a}", self.part(), 1)
        return form

    def complex_number(self, depth=2):
        if depth <= 0 or self.chance(0.2):
            return self.name("complex", lambda: self.one(["1j", "(0.5 - 2j)", "(1 + 0.0j)"]))
        sub = lambda: self.complex_number(depth - 1)  # noqa: E731
        forms = ["({0} + {1})", "({0} * {1} * 1j)", "({0} - {n})", "({0} / {n})", "({0} / {1})"]
        forms += ["complex({f}, {f})", "({0}).conjugate()", "({0} * {x})", "({0} * 1j) ** 2"]
        return self.fill(self.one(forms), sub, depth)

    def condition(self, depth=1):
        if depth <= 0 and self.chance(0.3):
            return self.name("bool", lambda: self.one(["True", "False"]))
        sub = lambda: self.condition(depth - 1)  # noqa: E731
        form = self.draw(
            [
                (4, lambda: f"{{i}} {self.one(COMPARED)} {{i}}"),
                (4, lambda: f"{{f}} {self.one(COMPARED)} {{f}}"),
                (4, lambda: f"{{n}} {self.one(COMPARED)} {{n}}"),
                (3, lambda: f"{self.counter()} % {self.one('2345')} == {self.one('01')}"),
                (self.rare, lambda: f"{self.counter()} in (1, 4, 6)"),
                (1, lambda: f"{self.one(INTEGERS)} <= {{n}} < {self.one(FLOATS)}"),
                (1, "not {n}"),
                (1, "{n}"),
                (1, "math.isnan({f})"),
                (0.5, "math.isfinite({f})"),
                (0.5 * self.rare, "isinstance({n}, float)"),
                (0.5, "np.isnan({f})"),
            ]
            + ([(1, "({0} and {1})"), (1, "({0} or {1})"), (1, "not ({0})")] if depth > 0 else [])
        )
        return "(" + self.fill(form, sub, depth) + ")"

    def scalar(self, depth=2):
        return self.draw(
            [
                (5, lambda: self.integer(depth)),
                (5, lambda: self.real(depth)),
                (4, lambda: self.numpys(depth)),
                (1, lambda: self.condition(depth - 1)),
                (0.5 * self.wild * self.rare, lambda: self.complex_number(depth)),
                (1, lambda: self.called(depth)),
            ]
        )

    def called(self, depth=1):
        if not self.helpers:
            return self.number()
        name, kinds = self.one(self.helpers)
        given = ", ".join(self.argument(kind, depth - 1) for kind in kinds)
        return f"{name}({given})"

    def argument(self, kind, depth):
        makers = {"int": self.integer, "float": self.real, "any": self.scalar}
        return self.array_name() if kind == "array" else makers[kind](depth)

    # Arrays

    def array_name(self):
        return self.one(self.arrays).name if self.arrays else "np.arange(5.0)"

    def index(self, size):
        """An index of an axis, in bounds nearly always."""
        size = max(size, 1)
        fitting = [c.name for c in self.counters if -size <= c.low and c.high < size]
        at = self.counter()
        return self.draw(
            [
                (8 if fitting else 0, lambda: self.one(fitting)),
                (3 if fitting else 0, lambda: f"{self.one(fitting)} - 1"),
                (3, lambda: f"{at} % {size}"),
                (2, lambda: str(self.random.randrange(-size, size))),
                (1, lambda: f"({self.integer(1)}) % {size}"),
                (1, lambda: f"-({at} % {size}) - 1"),
                (0.5 if fitting else 0, lambda: f"{self.one(fitting)} // 2"),
                (0.3 * self.wild, lambda: self.integer(1)),
                (0.1 * self.wild, lambda: str(size)),
                (0.03 * self.wild, lambda: self.real(1)),
            ]
        )

    def span(self, size):
        at = self.counter()
        end = str(self.random.randrange(-size, size + 1)) if size else "1"
        forms = ["1:", ":-1", "2:", ":-2", "::2", "::-1", ":", f"{end}:", f":{end}", f"{at} % 3:"]
        return self.one([*forms, f":{at}", f"{at}:", f"{at}:{at} + 2", f"1:{size}:2"])

    def item(self, array):
        shape = array.shape
        if len(shape) == 1:
            return f"{array.name}[{self.index(shape[0])}]"
        both = [self.index(size) for size in shape]
        form = "{}[{}, {}]" if self.chance(0.85) else "{}[{}][{}]"
        return form.format(array.name, *both)

    def element(self):
        if not self.arrays:
            return self.number()
        return self.item(self.one(self.arrays))

    def part(self):
        """A whole array, a slice or a row."""
        if not self.arrays:
            return "np.arange(4.0)"
        array = self.one(self.arrays)
        if self.chance(0.3):
            return array.name
        if len(array.shape) == 1:
            return f"{array.name}[{self.span(array.shape[0])}]"
        rows, columns = array.shape
        forms = [f"[{self.index(rows)}]", f"[:, {self.index(columns)}]", ".T"]
        forms += [f"[{self.index(rows)}, {self.span(columns)}]", f"[{self.span(rows)}]"]
        return array.name + self.one(forms)

    def like(self, array):
        """An expression of an array's shape."""
        same = [a.name for a in self.arrays if a.shape == array.shape] or [array.name]
        form = self.draw(
            [
                (3, "{s} + {s}"),
                (3, "{s} * {n}"),
                (2, "{s} - {n}"),
                (self.wild, "{s} / {s}"),
                (self.wild, "{n} / {s}"),
                (2, "{s}.copy()"),
                (1, "np.abs({s})"),
                (1, "np.where({s} > {n}, {s}, {s})"),
                (1, "np.maximum({s}, {n})"),
                (1, "np.zeros_like({s})"),
                (1, "{s} ** 2"),
                (0.5, "np.sqrt({s})"),
                (1, "{s}[::-1]"),
                (1, "-{s}"),
                (0.5, "np.cumsum({s})"),
                (0.5, "{s}.astype(np.float64)"),
                (0.5, "np.roll({s}, 1)"),
            ]
        )
        if "cumsum" in form or "maximum" in form:
            self.exact = False
        while "{s}" in form:
            form = form.replace("{s}", self.one(same), 1)
        return form.replace("{n}", self.scalar(1))
