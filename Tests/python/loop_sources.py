"""Random programs with loops, as source text: equal seeds give equal programs.

Scalars of Python and NumPy, arrays, views that overlap, branches, calls, exceptions and warnings at
random iterations, integers near 2^63, names that change their types. Programs end by themselves.
"""

from loop_expressions import (
    EXTREME,
    FLOATS,
    INTEGERS,
    LARGE,
    RARE_TYPES,
    SCALARS,
    TYPES,
    Array,
    Counter,
    Expressions,
)

HEAD = """\
import math
import warnings

import numpy as np

"""


class Source(Expressions):
    """One program: its text, and whether NumPy promises its bits (`exact`)."""

    def __init__(self, seed):
        super().__init__(seed)
        self.lines, self.level = [], 0
        self.globals = []
        self.function = True
        self.loops = 0
        self.text = self._program()

    def line(self, text):
        self.lines.append("    " * self.level + text)

    def block(self, head, write):
        self.line(head)
        self.level += 1
        before = len(self.lines)
        write()
        if len(self.lines) == before:
            self.line("pass")
        self.level -= 1

    # Statements

    def target(self, kind):
        """A scalar's name to assign to: one that there is, or now and then a new one."""
        names = self.kinds.setdefault(kind, [])
        if not names or (len(names) < 4 and self.chance(0.1 * self.rare)):
            prefix = {"int": "k", "float": "x", "numpy": "s", "bool": "p", "complex": "z"}[kind]
            names.append(f"{prefix}{len(names)}")
            return names[-1]
        return self.one(names)

    def makers(self):
        return {
            "int": self.integer,
            "float": self.real,
            "numpy": self.numpys,
            "bool": self.condition,
            "complex": self.complex_number,
        }

    def kind(self):
        kinds = ["int"] * 5 + ["float"] * 5 + ["numpy"] * 4 + ["bool"]
        if self.chance(self.rare):
            kinds.append("complex")
        return self.one(kinds)

    def assign(self):
        kind = self.kind()
        made = self.makers()[kind if self.chance(1 - 0.05 * self.rare) else self.kind()](2)
        self.line(f"{self.target(kind)} = {made}")

    def augmented(self):
        kind = self.one(["int", "float", self.kind()])
        if kind == "bool":
            return self.assign()
        name = self.name(kind, lambda: self.target(kind))
        if kind == "int":
            form = self.draw([(6, "+="), (3, "-="), (1, "^="), (1, "//="), (1, "%="), (1, "|=")])
            if self.chance(0.2):
                self.line(f"{name} {self.one(['*=', '<<='])} {self.one('123')}")
                return
        else:
            form = self.draw([(6, "+="), (3, "-="), (3, "*="), (1, "/=")])
        made = self.fill("{x}", None, 1) if form == "*=" else self.makers()[kind](1)
        self.line(f"{name} {form} {made}")

    def store(self):
        if not self.arrays:
            return self.assign()
        array = self.one(self.arrays)
        form = self.draw([(6, "="), (4, "+="), (1, "-="), (1, "*="), (0.5, "/="), (0.3, "%=")])
        value = self.integer(2) if array.dtype.startswith(("int", "uint")) else self.scalar(2)
        if form == "*=" or self.chance(0.3):
            value = self.element()
        self.line(f"{self.item(array)} {form} {value}")

    def store_part(self):
        if not self.arrays:
            return self.assign()
        array = self.one(self.arrays)
        to = self.part()
        if "[" not in to:
            to += "[:]"
        value = self.draw([(2, lambda: self.scalar(1)), (1, lambda: to), (self.wild, self.part)])
        n = array.shape[-1]
        if len(array.shape) == 1 and n > 2 and self.chance(0.7):
            # Parts of the same length, that overlap when they are of the same array.
            other = self.one([a for a in self.arrays if a.shape == array.shape])
            parts = ["[1:]", f"[{1 - n}:]", "[:-1]", f"[:{n - 1}]", "[1:][::-1]"]
            if self.chance(0.3):
                parts = ["[2:]", "[1:-1]", "[:-2]", f"[{n - 3}::-1]"]
            to, value = array.name + self.one(parts), other.name + self.one(parts)
        form = self.draw([(6, "="), (3 if array.dtype[0] in "fc" else self.wild, "+=")])
        if self.chance(0.3):
            value = f"{value} {self.one('+*-')} {self.scalar(1)}"
        self.line(f"{to} {form} {value}")

    def whole(self):
        """An array changed in place, replaced, or renamed."""
        if not self.arrays:
            return self.assign()
        array = self.one(self.arrays)
        made = self.like(array)
        form = self.draw(
            [
                (3, "{a} = {e}"),
                (3 if array.dtype[0] in "fc" or self.chance(self.wild) else 0, "{a} += {e}"),
                (2, "{a}[:] = {e}"),
                (self.wild, "{v}"),
            ]
        )
        view = f"{array.name} = {self.part()}"
        self.line(form.format(a=array.name, e=made, v=view))

    def swap(self):
        kind = self.kind()
        names = self.kinds.get(kind, [])
        if len(names) > 1 and self.chance(0.7):
            first, second = self.random.sample(names, 2)
            change = self.one(["{1}, {0}", "{1}, {0} + {1}", "{1}, -{0}"])
            return self.line(f"{first}, {second} = " + change.format(first, second))
        pairs = [a for a in self.arrays if len(a.shape) == 1]
        if pairs:
            a, b = self.item(self.one(pairs)), self.item(self.one(pairs))
            self.line(f"{a}, {b} = {b}, {a}")

    def branch(self):
        self.block(f"if {self.condition()}:", lambda: self.statements(1, 2))
        if self.chance(0.3):
            self.block(f"elif {self.condition()}:", lambda: self.statements(1, 2))
        if self.chance(0.4):
            self.block("else:", lambda: self.statements(1, 2))

    def leave(self):
        """break, continue, return, raise: at one iteration."""
        when = f"{self.counter()} == {self.random.randrange(2, 14)}"
        if self.chance(0.4):
            when = self.condition()
        text = self.scalar(0)
        what = self.draw(
            [
                (4, "break"),
                (4, "continue"),
                (1 if self.function else 0, f"return {text}"),
                (1, f"raise ValueError('at', {text})"),
                (0.5, f"raise KeyError({self.counter()})"),
            ]
        )
        self.block(f"if {when}:", lambda: self.line(what))

    def change(self):
        """A name becomes another type at one iteration."""
        kind = self.one(["int", "float", "numpy"])
        other = self.one([*self.makers(), "numpy"])
        name = self.target(kind)
        made = self.makers()[other](1)
        casts = ["float({})", "int({})", "np.float64({})", "np.int64({})", "complex({})", "{}"]
        if self.chance(0.5):
            made = self.one(casts).format(name)
        at = f"{self.counter()} == {self.random.randrange(3, 12)}"
        self.block(f"if {at}:", lambda: self.line(f"{name} = {made}"))

    def globally(self):
        """A global is rebound, which a function must have declared."""
        if not self.globals:
            return self.assign()
        name = self.one(self.globals)
        made = self.draw([(3, f"{name} + 1"), (1, f"{name} * 0.5"), (1, self.scalar(1))])
        write = lambda: self.line(f"{name} = {made}")  # noqa: E731
        if self.chance(0.5):
            self.block(f"if {self.counter()} == {self.random.randrange(3, 9)}:", write)
        else:
            write()

    def rebind(self):
        """A function of the module becomes another."""
        if len(self.helpers) < 2:
            return self.assign()
        first, second = self.random.sample(self.helpers, 2)
        if first[1] != second[1]:
            return self.assign()
        at = f"{self.counter()} == {self.random.randrange(3, 9)}"
        self.block(f"if {at}:", lambda: self.line(f"globals()['{first[0]}'] = {second[0]}"))

    def pythons(self):
        """What is no compiler's business."""
        at = self.counter()
        self.line(
            self.draw(
                [
                    (3, f"kept.append({self.scalar(1)})"),
                    (2, f"table[{at} % 5] = {self.scalar(1)}"),
                    (2, f"print({at}, {self.scalar(0)})"),
                    (1, f"text = f'{{{self.scalar(0)}}}'"),
                    (1, f"kept[-1:] = [{self.scalar(0)}]"),
                    (1, f"s0 = sum({self.element()} for _ in range(2))"),
                    (1, f"kept = [{self.scalar(0)} for _ in range(3)]"),
                ]
            )
        )

    def guarded(self):
        """An exception that the loop itself catches."""
        self.block("try:", lambda: self.statements(1, 2))
        kinds = "(ValueError, ZeroDivisionError, IndexError, OverflowError)"
        name = self.target("int")
        self.block(f"except {kinds}:", lambda: self.line(f"{name} += 1"))

    def settled(self):
        """Floating-point events are ignored, or raise, for some statements."""
        how = self.one(["all='ignore'", "all='raise'", "divide='raise'"])
        self.block(f"with np.errstate({how}):", lambda: self.statements(1, 3))

    def other(self):
        forms = [
            lambda: f"assert {self.condition()}, {self.scalar(0)}",
            lambda: f"{self.target('bool')} = {self.condition()}",
            lambda: f"{self.target('float')} = {self.called(1)}",
            lambda: f"{self.target('numpy')} = {self.called(1)}",
            lambda: f"if (k0 := {self.integer(1)}) > 3: {self.target('float')} = 1.0",
            lambda: f"warnings.warn('here', stacklevel=1) if {self.counter()} == 5 else None",
        ]
        if self.counters and self.counters[-1].ends:
            forms.append(lambda: f"{self.counters[-1].name} = {self.integer(1)}")
        if "int" in self.kinds:
            forms.append(lambda: f"k0 = {self.one(SCALARS)}({self.integer(1)})")
        self.line(self.one(forms)())

    def statements(self, low, high):
        for _ in range(self.random.randint(low, high)):
            self.draw(
                [
                    (8, self.assign),
                    (7, self.augmented),
                    (8, self.store),
                    (3 * self.rare, self.store_part),
                    (2 * self.rare, self.whole),
                    (1, self.swap),
                    (4 if self.level < 5 else 0, self.branch),
                    (1.5 if self.counters else 0, self.leave),
                    (1 if self.counters else 0, self.change),
                    (0.7 * self.rare, self.globally),
                    (0.3 * self.rare, self.rebind),
                    (self.python, self.pythons),
                    (0.3 * self.rare if self.level < 5 else 0, self.guarded),
                    (0.3 * self.rare if self.level < 5 else 0, self.settled),
                    (self.rare, self.other),
                    (2 if self.loops < 6 and len(self.counters) < 3 else 0, self.loop),
                ]
            )

    # Loops

    def trips(self):
        deep = len(self.counters)
        ends = [(6, 40), (3, 10), (2, 5), (1, 3)]
        if self.rare < 1:
            ends = [(12, 70), (3, 24), (2, 8), (1, 4)]
        return self.random.randint(*ends[min(deep, 3)])

    def loop(self):
        self.loops += 1
        self.draw(
            [
                (8, self.range_loop),
                (3, self.while_loop),
                (2 * self.rare if self.arrays else 0, self.array_loop),
                (0.7 * self.rare, self.other_loop),
            ]
        )

    def body(self, head, counters, before=(), scale=(2, 5)):
        def write():
            for text in before:
                self.line(text)
            self.statements(*scale)

        self.counters.extend(counters)
        self.block(head, write)
        if counters:
            del self.counters[-len(counters) :]
        if self.chance(0.1):
            self.block("else:", lambda: self.statements(1, 1))

    def fresh(self):
        taken = {counter.name for counter in self.counters}
        return next(name for name in ("i", "j", "l", "q", "r", "t") if name not in taken)

    def range_loop(self):
        name, n = self.fresh(), self.trips()
        sizes = [size for array in self.arrays for size in array.shape if 1 < size <= n]
        step = self.random.randint(2, 3)
        array = self.one(self.arrays) if self.arrays else None
        head, low, high = self.draw(
            [
                (5, lambda: (f"range({n})", 0, n - 1)),
                (6 if sizes else 0, lambda: self.sized(sizes)),
                (4 if array else 0, lambda: (f"range(len({array.name}))", 0, array.shape[0] - 1)),
                (3, lambda: (f"range(1, {n})", 1, n - 1)),
                (2, lambda: (f"range({n} - 1, -1, -1)", 0, n - 1)),
                (2, lambda: (f"range(0, {n * step}, {step})", 0, (n - 1) * step)),
                (1, lambda: (f"range({n}, -{n}, -{step})", -n, n)),
                (self.rare, lambda: (f"reversed(range({n}))", 0, n - 1)),
                (self.rare, lambda: (f"range(2**63 - {n // 2}, 2**63 + {n // 2})", 2**62, 2**63)),
                (0.5, lambda: (f"range({self.integer(1)} % 9)", 0, 8)),
                (0.5, lambda: (f"range({self.integer(1)} % 9, {n})", 0, n)),
                (1 if self.counters else 0, lambda: (f"range({self.counter()} % 5, {n})", 0, n)),
                (0.2, lambda: (f"range(np.int64({n}))", 0, n - 1)),
                (0.2, lambda: (f"range({n}, 0)", 0, 0)),
            ]
        )
        self.body(f"for {name} in {head}:", [Counter(name, low, high)])

    def sized(self, sizes):
        n = self.one(sizes)
        form = self.draw([(5, (0, n)), (3, (1, n)), (2, (1, n - 1))])
        return f"range({form[0]}, {form[1]})", form[0], form[1] - 1

    def while_loop(self):
        name, n = self.fresh(), self.trips()
        if self.chance(0.7):
            self.line(f"{name} = 0")
            step = self.one([f"{name} += 1", f"{name} += 1", f"{name} = {name} + 2"])
            bound = f"{name} < {n}"
        else:
            self.line(f"{name} = {n}")
            step, bound = f"{name} -= 1", f"{name} > 0"
        test = self.draw([(5, bound), (2, f"{bound} and {self.condition()}"), (1, "True")])
        before = [step] if test != "True" else [step, f"if not {bound}: break"]
        self.body(f"while {test}:", [Counter(name, 0, n, ends=False)], before)

    def array_loop(self):
        array, name = self.one(self.arrays), self.fresh()
        value = self.target("numpy") if len(array.shape) == 1 else "row"
        counter = Counter(name, 0, array.shape[0] - 1)
        if array.shape[0] > 12 and self.counters:
            return self.range_loop()
        other = self.one(self.arrays)
        head, counters = self.draw(
            [
                (3, (f"for {value} in {array.name}:", [])),
                (3, (f"for {name}, {value} in enumerate({array.name}):", [counter])),
                (1, (f"for {value}, s9 in zip({array.name}, {other.name}):", [])),
                (1, (f"for {value} in {array.name}[::-1]:", [])),
                (1, (f"for {value} in {array.name} * 2:", [])),
            ]
        )
        self.body(head, counters)

    def other_loop(self):
        name = self.fresh()
        counter = Counter(name, -3, 9)
        head = self.draw(
            [
                (2, f"for {name} in (1, 2, 2.5, True, 7, -3, 9):"),
                (1, f"for {name} in [3, 1, 4, 1, 5, 9, 2, 6]:"),
                (1, f"for {name} in np.arange({self.trips()}):"),
                (1, f"for {name} in {{1: 2, 3: 4}}:"),
                (1, f"for {name} in iter(range(9)):"),
                (1, f"for {name} in (v * v for v in range(4)):"),
            ]
        )
        self.body(head, [counter])

    # Programs

    def literal(self, dtype, size):
        values = []
        for _ in range(size):
            if dtype == "bool":
                values.append(self.one(["True", "False"]))
            elif dtype.startswith("uint"):
                values.append(str(self.random.randrange(0, 200)))
            elif dtype.startswith("int"):
                large = dtype == "int64" and self.chance(0.03)
                values.append(self.one(LARGE[:5]) if large else str(self.random.randint(-9, 9)))
            elif dtype.startswith("complex"):
                values.append(f"{self.random.randint(-8, 8) / 4} + {self.random.randint(0, 3)}j")
            elif self.chance(0.03):
                values.append(self.one(EXTREME[1:4]))
            else:
                values.append(str(self.random.randint(-16, 16) / 4))
        return f"np.array([{', '.join(values)}], dtype=np.{dtype})"

    def new_array(self, name):
        dtype = self.one(RARE_TYPES if self.chance(0.15 * self.wild) else TYPES)
        if dtype in ("complex128", "bool") and not self.chance(self.wild):
            dtype = "float64"
        if dtype.startswith("complex"):
            self.exact = False
        if self.chance(0.65):
            size = self.draw([(8, self.random.randint(3, 14)), (1, 30), (0.3, 0), (0.5, 1)])
            if size == 30:
                made = f"np.{self.one(['zeros', 'ones'])}(30, dtype=np.{dtype})"
            else:
                made = self.literal(dtype, size)
            shape = (size,)
        else:
            shape = self.random.randint(2, 6), self.random.randint(2, 6)
            made = f"{self.literal(dtype, shape[0] * shape[1])}.reshape{shape}"
            made += self.draw([(6, ""), (1, ".copy('F')"), (1, "[::-1]"), (0.5, "[:, ::-1]")])
        self.line(f"{name} = {made}")
        return Array(name, shape, dtype)

    def view(self, name):
        """A view of an array that there is."""
        array = self.one(self.arrays)
        n = array.shape[0]
        if len(array.shape) == 1:
            forms = [("[1:]", n - 1), ("[:-1]", n - 1), ("[::-1]", n), ("[::2]", (n + 1) // 2)]
            form, size = self.one(forms)
            shape = (max(size, 0),)
        else:
            m = array.shape[1]
            forms = [("[0]", (m,)), ("[:, 1]", (n,)), (".T", (m, n)), ("[1:]", (n - 1, m))]
            forms += [(".ravel()", (n * m,)), (".reshape(-1)", (n * m,)), ("[:, :-1]", (n, m - 1))]
            form, shape = self.one(forms)
        self.line(f"{name} = {array.name}{form}")
        return Array(name, shape, array.dtype)

    def setup(self):
        """Arrays and scalars, for a function's arguments or a module's names."""
        self.arrays = []
        for name in "abcm"[: self.random.randint(1, 4)]:
            self.arrays.append(self.new_array(name))
        if self.chance(0.05):
            self.line("a.flags.writeable = False")
        if self.chance(0.5):
            self.arrays.append(self.view("v"))

    def scalars(self):
        """First values of scalars of every kind."""
        self.kinds = {}
        for kind, make in self.makers().items():
            if kind == "complex" and not self.chance(self.rare):
                continue
            for _ in range({"int": 2, "float": 2}.get(kind, 1)):
                self.kinds.setdefault(kind, [])
                value = make(0) if kind != "numpy" else self.draw([(3, self.first_scalar)])
                name = self.target(kind) if not self.kinds[kind] else None
                if name is None:
                    name = self.kinds[kind][0][0] + str(len(self.kinds[kind]))
                    self.kinds[kind].append(name)
                self.line(f"{name} = {value}")
        self.line("kept, table, text = [], {}, ''")

    def first_scalar(self):
        kind = self.one(SCALARS)
        if "float" in kind:
            return f"{kind}({self.number()})"
        large = self.one(["2**62", "-(2**63)", "2**63 - 1"])
        return f"{kind}({large if kind == 'np.int64' and self.chance(0.2) else self.one('0137')})"

    def helper(self, name):
        """A function of the module that loops call."""
        kinds = self.one([("int",), ("float",), ("any", "any"), ("int", "float"), ("array", "int")])
        names = [f"u{n}" for n in range(len(kinds))]
        keep = self.kinds, self.arrays, self.counters
        self.kinds = {"int": [], "float": []}
        self.arrays, self.counters = [], []
        for argument, kind in zip(names, kinds, strict=True):
            if kind == "array":
                self.arrays.append(Array(argument, (4,), "float64"))
            else:
                self.kinds["int" if kind == "int" else "float"].append(argument)
        self.kinds = {kind: have for kind, have in self.kinds.items() if have}
        if self.globals and self.chance(0.5):
            self.kinds.setdefault("float", []).append(self.one(self.globals))

        def write():
            if self.globals and self.chance(0.15):
                self.line(f"global {self.globals[0]}")
                self.line(f"{self.globals[0]} += 1")
            if self.chance(0.4):
                self.block(f"if {self.condition()}:", lambda: self.line(f"return {self.scalar(1)}"))
            if self.arrays and self.chance(0.5):
                self.store()
            if self.chance(0.1):
                self.block(f"if {self.condition()}:", lambda: self.line("raise ValueError('in')"))
            self.line(f"return {self.draw([(2, self.real), (2, self.integer)])}")

        self.block(f"def {name}({', '.join(names)}):", write)
        self.line("")
        self.kinds, self.arrays, self.counters = keep
        self.helpers.append((name, kinds))

    def main_loops(self):
        self.scalars()
        self.loops = 0
        for _ in range(self.random.randint(1, 3)):
            self.loop()
            if self.chance(0.3):
                self.statements(1, 2)

    def _program(self):
        self.lines = HEAD.splitlines()
        # Half of the programs are what a compiler of loops takes, most often.
        self.rare = self.one([1, 0.06])
        self.python = 0.5 * self.rare if self.chance(0.25) else 0
        self.wild = self.one([0, 0, 0.1, 0.3, 1] if self.rare == 1 else [0, 0, 0.02, 0.1, 0.4])
        self.line(
            self.draw(
                [
                    (7, ""),
                    (self.rare, "np.seterr(all='raise')"),
                    (self.rare, "np.seterr(all='ignore')"),
                ]
            )
        )
        if self.chance(0.1 * self.rare):
            self.line(f"warnings.simplefilter('{self.one(['error', 'default', 'once'])}')")
        for name in "gh"[: self.random.randint(0, 2)]:
            self.line(f"{name} = {self.one([*INTEGERS, *FLOATS])}")
            self.globals.append(name)
        for name in ("f", "f2", "f3")[: self.random.randint(0, 3)]:
            self.helper(name)
        self.function = self.chance(0.75)
        if self.function:
            self.function_program()
        else:
            self.setup()
            self.main_loops()
        return "\n".join(self.lines) + "\n"

    def function_program(self):
        """The loops inside of a function, a method, a function's function or a generator."""
        self.setup()
        arguments = ", ".join(array.name for array in self.arrays)
        self.draw(
            [
                (8, lambda: self.whole_function(arguments)),
                (self.rare, lambda: self.closure(arguments)),
                (1, lambda: self.method(arguments)),
                (0.7 * self.rare, lambda: self.generator(arguments)),
            ]
        )
        calls = [f"(work, ({arguments},))"]
        if self.chance(0.2):
            calls.append(calls[0])
        if self.chance(0.2):
            calls.append(f"(work, ({', '.join(f'{a.name}.copy()' for a in self.arrays)},))")
        if self.chance(0.2):
            casts = ", ".join(f"{array.name}.astype(np.float32)" for array in self.arrays)
            calls.append(f"(work, ({casts},))")
        self.line(f"CALLS = [{', '.join(calls)}]")

    def body_of_function(self):
        if self.globals:
            self.line(f"global {', '.join(self.globals)}")
        self.main_loops()
        # The variables are seen in the frame of this exception.
        self.line("raise StopAsyncIteration" if self.chance(0.8) else "return k0, x0, s0")

    def whole_function(self, arguments):
        self.block(f"def work({arguments}):", self.body_of_function)

    def closure(self, arguments):
        """A function inside of one, which changes the outer one's variables."""

        def inner():
            self.line("nonlocal k0, x0")
            self.loop()
            self.line("return k0")

        def outer():
            self.scalars()
            self.block("def inner():", inner)
            self.line("for i in range(12):")
            self.line("    x0 += inner()")
            self.line("raise StopAsyncIteration")

        self.block(f"def work({arguments}):", outer)

    def method(self, arguments):
        """Loops that read and write an object's attributes."""

        def body():
            self.line("self.k, self.x = 1, 0.5")
            self.scalars()
            self.kinds["int"].append("self.k")
            self.kinds["float"].append("self.x")
            self.loop()
            self.loop()
            self.line("raise StopAsyncIteration")

        def box():
            self.block(f"def work(self, {arguments}):", body)

        self.block("class Box:", box)
        self.line("")
        self.line("work = Box().work")

    def generator(self, arguments):
        def body():
            self.scalars()
            self.loop()
            self.line("for i in range(10):")
            self.level += 1
            self.counters.append(Counter("i", 0, 9))
            self.statements(1, 3)
            self.line("yield i, k0, x0")
            self.counters.pop()
            self.level -= 1

        self.block(f"def made({arguments}):", body)
        self.block(f"def work({arguments}):", lambda: self.line(f"return list(made({arguments}))"))
