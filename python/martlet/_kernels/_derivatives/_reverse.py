"""The function that runs a kernel backwards, from cotangents of its results to those of its
arguments.

It runs the kernel once more, and keeps what the way back needs and is overwritten: old values of
numbers and elements, bounds of loops, how often `while` ran, which side of an `if`. On the way back
every statement finds all names as they were before it; its value's cotangent goes to what the value
was made of. What it keeps lies in two lists, of floats and of integers, which the way back empties.
The function made is a kernel of the same kind, so derivatives of higher order come by the same way.
"""

import ast
import copy

import martlet.numpy as np
from martlet._kernels._derivatives._kinds import (
    BOOL,
    binary,
    call,
    constant,
    element,
    is_array,
    is_float,
    is_list,
    load,
    method,
    names_in,
    store,
)  # fmt: skip

# The derivatives of functions by their arguments x and y.
_RULES = {
    "sin": ["cos(x)"],
    "cos": ["-sin(x)"],
    "tan": ["1.0 + tan(x) ** 2"],
    "asin": ["1.0 / sqrt(1.0 - x * x)"],
    "acos": ["-1.0 / sqrt(1.0 - x * x)"],
    "atan": ["1.0 / (1.0 + x * x)"],
    "atan2": ["y / (x * x + y * y)", "-x / (x * x + y * y)"],
    "hypot": [
        "x / hypot(x, y) if hypot(x, y) != 0.0 else 0.0",
        "y / hypot(x, y) if hypot(x, y) != 0.0 else 0.0",
    ],
    "sinh": ["cosh(x)"],
    "cosh": ["sinh(x)"],
    "tanh": ["1.0 - tanh(x) ** 2"],
    "asinh": ["1.0 / sqrt(x * x + 1.0)"],
    "acosh": ["1.0 / sqrt(x * x - 1.0)"],
    "atanh": ["1.0 / (1.0 - x * x)"],
    "exp": ["exp(x)"],
    "exp2": ["exp2(x) * 0.6931471805599453"],
    "expm1": ["exp(x)"],
    "log": ["1.0 / x"],
    "log2": ["1.4426950408889634 / x"],
    "log10": ["0.4342944819032518 / x"],
    "log1p": ["1.0 / (1.0 + x)"],
    "sqrt": ["0.5 / sqrt(x)"],
    "cbrt": ["1.0 / (3.0 * cbrt(x) ** 2)"],
    "square": ["2.0 * x"],
    "reciprocal": ["-1.0 / (x * x)"],
    "negative": ["-1.0"],
    "positive": ["1.0"],
    "abs": ["sign(x)"],
    "fmod": ["1.0", "-trunc(x / y)"],
    "add": ["1.0", "1.0"],
    "subtract": ["1.0", "-1.0"],
    "multiply": ["y", "x"],
    "divide": ["1.0 / y", "-x / (y * y)"],
    "pow": [
        "y * x ** (y - 1.0) if x != 0.0 else 1.0 if y == 1.0 else 0.0",
        "log(x) * x ** y if x > 0.0 else 0.0",
    ],
    "max": [
        "1.0 if x > y else 0.5 if x == y else 0.0",
        "1.0 if y > x else 0.5 if x == y else 0.0",
    ],
    "min": [
        "1.0 if x < y else 0.5 if x == y else 0.0",
        "1.0 if y < x else 0.5 if x == y else 0.0",
    ],
    "copysign": ["copysign(1.0, y) * sign(x)", "0.0"],
}
_SAME = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "power": "pow", "absolute": "abs", "fabs": "abs",
    "maximum": "max", "minimum": "min", "fmax": "max", "fmin": "min", "true_divide": "divide",
}  # fmt: skip
# Those that pass the cotangent on, and those that are constant between steps.
_CASTS = {"float", "float64", "float32", "float16", "double"}
_STEPS = {
    "int", "int64", "int32", "bool", "round", "floor", "ceil", "trunc", "rint", "sign", "len",
    "isnan", "isinf", "isfinite", "floor_divide", "signbit",
}  # fmt: skip
# How the rules' functions are called in NumPy.
_NUMPY = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh",
}  # fmt: skip


class Pullback:
    """The tree of the function that takes cotangents back.

    Its parameters are those of the kernel, then the cotangents of the arrays that `arrays` names,
    in which it leaves those of the arguments, then the cotangents of `results`; it gives those of
    the numbers that `numbers` names.
    """

    def __init__(self, plain, traced):
        self.plain = plain
        self.active = set(traced)
        self._bars = {}
        self._read_statements()
        self._find_active()
        self._floats, self._integers = plain.free("floats"), plain.free("integers")
        parameters = plain.parameters
        kinds = plain.kinds
        self.arrays = [p for p in parameters if p in self.active and is_array(kinds[p])]
        self.numbers = [p for p in parameters if p in traced and is_float(kinds[p])]
        self.results = [
            name if name in self.active and name not in parameters else None
            for name in plain.results
        ]
        self._write()

    # What the statements do

    def _read_statements(self):
        counts, inner = {}, set()
        self._indices, self._loose = set(), set()
        for statement, depth in _walk(self.plain.statements, 0):
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                counts[name] = counts.get(name, 0) + 1
                if depth:
                    inner.add(name)
            if isinstance(statement, ast.For):
                self._indices.add(statement.target.id)
        self._assigned = set(counts) | self._indices
        # Names that are assigned once, before all that reads them.
        self._fixed = {
            name
            for name, count in counts.items()
            if count == 1
            and name not in inner
            and name not in self._indices
            and name not in self.plain.parameters
        }
        self._find_loose(self.plain.statements, ())

    def _find_loose(self, statements, around):
        """Indices of loops that are read, or assigned, outside of the loop."""
        for statement in statements:
            inner = around
            if isinstance(statement, ast.For):
                self._loose |= _names(statement.iter) & self._indices - set(around)
                inner = (*around, statement.target.id)
            elif isinstance(statement, (ast.If, ast.While)):
                self._loose |= _names(statement.test) & self._indices - set(around)
            else:
                stored = {item.id for item in ast.walk(statement) if isinstance(item, ast.Name)}
                self._loose |= stored & self._indices - set(around)
                continue
            for block in (statement.body, statement.orelse):
                self._find_loose(block, inner)
        self._loose |= set(self.plain.results) & self._indices

    def _find_active(self):
        """The names whose values depend on those that the derivative is taken by."""
        while True:
            before = len(self.active)
            for statement, _ in _walk(self.plain.statements, 0):
                if isinstance(statement, ast.Assign):
                    target = statement.targets[0]
                    name = target.id if isinstance(target, ast.Name) else target.value.id
                    value = statement.value
                    popped = _popped(value)
                    if isinstance(value, ast.List):
                        continue
                    kind = self.plain.kinds[name]
                    kind = element(kind) if is_array(kind) else kind
                    if is_float(kind) and (
                        popped in self.active if popped else self._depends(value)
                    ):
                        self.active.add(name)
                elif isinstance(statement, ast.Expr):
                    appended = statement.value
                    if self._depends(appended.args[0]):
                        self.active.add(appended.func.value.id)
            if len(self.active) == before:
                return

    def _depends(self, value):
        if isinstance(value, ast.Call) and not hasattr(value, "name"):
            return False
        return bool(self._back(value, constant(1.0)))

    def bar(self, name):
        """The name of a name's cotangent."""
        if name not in self._bars:
            self._bars[name] = self.plain.free(f"{name}_bar")
        return self._bars[name]

    # Writing

    def _write(self):
        plain = self.plain
        needed = set()
        while True:
            self._needed, self._numbers = needed, 0
            self._pushed, self._uses = set(), set()
            forward, backward = self._block(plain.statements, ())
            found = needed | _read(backward)
            if found == needed:
                break
            needed = found
        start = []
        for name in sorted(self._pushed - set(plain.parameters)):
            kind = plain.kinds[name]
            zero = constant(False if kind == BOOL else 0)
            if kind == "float64":
                zero = constant(0.0)
            elif is_float(kind):
                zero = call(self._function(kind), constant(0.0))
            start.append(ast.Assign([store(name)], zero))
        for name, zero in ((self._floats, 0.0), (self._integers, 0)):
            if name in self._uses:
                start.append(ast.Assign([store(name)], ast.List([constant(zero)], ast.Load())))
        middle, seeds, parameters = [], [], [*plain.parameters]
        parameters += [self.bar(name) for name in self.arrays]
        given = set(self.arrays)
        for name in self.results:
            if name is None:
                continue
            if is_array(plain.kinds[name]):
                parameters.append(self.bar(name))
                given.add(name)
            else:
                seed = plain.free(f"{name}_seed")
                parameters.append(seed)
                seeds.append(self._add(self.bar(name), load(seed)))
        for name in sorted(self.active - given):
            kind = plain.kinds[name]
            if is_array(kind):
                made = call(self._function("zeros_like"), load(name))
            elif is_list(kind):
                made = ast.List([constant(0.0)], ast.Load())
            else:
                made = constant(0.0)
            middle.append(ast.Assign([store(self.bar(name))], made))
        ends = [load(self.bar(name)) for name in self.numbers]
        if len(ends) == 1:
            ends = [ast.Return(ends[0])]
        elif ends:
            ends = [ast.Return(ast.Tuple(ends, ast.Load()))]
        body = [*start, *forward, *middle, *seeds, *backward, *ends] or [ast.Pass()]
        arguments = ast.arguments(
            [], [ast.arg(name) for name in parameters], None, [], [], None, []
        )
        name = f"{plain.function.__name__}_pullback"
        self.node = definition(name, arguments, body, plain.written.node)

    def _block(self, statements, around):
        """Statements for the way there, and for the way back."""
        forward, backward = [], []
        for statement in statements:
            there, back = self._statement(statement, around)
            for made in (*there, *back):
                _place(made, statement)
            forward += there
            backward = back + backward
        return forward, backward

    def _statement(self, node, around):
        self.plain._place = node
        if isinstance(node, ast.Assign):
            return self._assign(node)
        if isinstance(node, ast.Expr):
            name = node.value.func.value.id
            if name not in self.active:
                return [node], []
            fresh = self._fresh()
            back = [ast.Assign([store(fresh)], method(self.bar(name), "pop"))]
            return [node], back + self._back(node.value.args[0], load(fresh))
        if isinstance(node, ast.If):
            return self._if(node, around)
        if isinstance(node, ast.While):
            return self._while(node, around)
        return self._for(node, around)

    def _assign(self, node):
        target, value = node.targets[0], node.value
        if isinstance(value, ast.List):
            if self._depends(value.elts[0]):
                self.plain.refuse("a list that begins with what is differentiated", node)
            return [node], []
        if isinstance(target, ast.Name):
            name = target.id
            kind = self.plain.kinds[name]
            if is_array(kind):
                return [node], []
            is_kept = name in self._needed and name not in self._fixed
            bar_read, bar_write = load, store
            place = self.bar(name) if name in self.active else None
        else:
            name = target.value.id
            kind = element(self.plain.kinds[name])
            is_kept = name in self._needed
            if kind == BOOL and is_kept:
                self.plain.refuse("an array of bool that changes", node)
            place = self.bar(name) if name in self.active else None

            def bar_read(array):
                return ast.Subscript(load(array), copy.deepcopy(target.slice), ast.Load())

            def bar_write(array):
                return ast.Subscript(load(array), copy.deepcopy(target.slice), ast.Store())

        there, back = [node], []
        if is_kept:
            there = [self._push(_loaded(target), kind), node]
            back = [ast.Assign([copy.deepcopy(target)], self._pop(kind))]
            if isinstance(target, ast.Name):
                self._pushed.add(name)
        if place is None:
            return there, back
        popped = _popped(value)
        if popped in self.active and popped:
            back.append(ast.Expr(method(self.bar(popped), "append", bar_read(place))))
            back.append(ast.Assign([bar_write(place)], constant(0.0)))
            return there, back
        added = _added(target, value)
        if added is not None:
            value, sign = added
            fresh = self._fresh()
            moved = self._back(value, load(fresh) if sign > 0 else _negated(load(fresh)))
            if moved:
                back += [ast.Assign([store(fresh)], bar_read(place)), *moved]
            return there, back
        fresh = self._fresh()
        moved = [] if popped else self._back(value, load(fresh))
        if moved:
            back.append(ast.Assign([store(fresh)], bar_read(place)))
        back.append(ast.Assign([bar_write(place)], constant(0.0)))
        return there, back + moved

    def _if(self, node, around):
        then, back_then = self._block(node.body, around)
        other, back_other = self._block(node.orelse, around)
        if not back_then and not back_other:
            return [node], []
        if self._is_stable(node.test, around):
            test = node.test
            before = []
        else:
            then = [*then, self._push(constant(1), "int")]
            other = [*other, self._push(constant(0), "int")]
            fresh = self._fresh()
            before = [ast.Assign([store(fresh)], self._pop("int"))]
            test = ast.Compare(load(fresh), [ast.Eq()], [constant(1)])
        there = ast.If(node.test, then or [ast.Pass()], other)
        return [there], [*before, ast.If(test, back_then or [ast.Pass()], back_other)]

    def _while(self, node, around):
        there, back = self._block(node.body, around)
        if not back:
            return [node], []
        count, index = self._fresh(), self._fresh()
        start = ast.Assign([store(count)], constant(0))
        more = self._add(count, constant(1))
        before = [start, ast.While(node.test, [*there, more], []), self._push(load(count), "int")]
        limit = self._fresh()
        counted = call(load("range"), load(limit))
        loop = ast.For(store(index), counted, back, [])
        return before, [ast.Assign([store(limit)], self._pop("int")), loop]

    def _for(self, node, around):
        index = node.target.id
        there, back = self._block(node.body, (*around, index))
        if not back:
            return [node], []
        counted, is_reversed = node.iter, False
        if counted.func.id == "reversed":
            counted, is_reversed = counted.args[0], True
        before, after, start, ends = [], [], [], []
        if index in self._loose:
            self._pushed.add(index)
            before.append(self._push(load(index), "int"))
            ends.append(ast.Assign([store(index)], self._pop("int")))
        bounds, kept = [], []
        for bound in counted.args:
            if self._is_stable(bound, around):
                kept.append(bound)
                bounds.append(bound)
                continue
            fresh, other = self._fresh(), self._fresh()
            before.append(ast.Assign([store(fresh)], bound))
            bounds.append(load(fresh))
            kept.append(load(other))
            after.append(self._push(load(fresh), "int"))
            start.insert(0, ast.Assign([store(other)], self._pop("int")))
        ways = [call(load("range"), *bounds), call(load("range"), *kept)]
        ways[1 - is_reversed] = call(load("reversed"), ways[1 - is_reversed])
        forward = ast.For(node.target, ways[0], there, [])
        backward = ast.For(copy.deepcopy(node.target), ways[1], back, [])
        return [*before, forward, *after], [*start, backward, *ends]

    def _is_stable(self, node, around):
        """Whether an expression has the same value on the way back."""
        sizes = set()
        for item in ast.walk(node):
            if isinstance(item, ast.Attribute):
                sizes.add(id(item.value))
        for item in ast.walk(node):
            if not isinstance(item, ast.Name) or id(item) in sizes:
                continue
            name = item.id
            if name in self._fixed or name in around or name in self.plain.outside:
                continue
            if name in self._assigned or name in self.plain.changed or name in self.plain.made:
                return False
        return True

    # Cotangents

    def _back(self, node, seed):
        """Statements that give the cotangent of an expression to what it was made of."""
        if isinstance(node, (ast.Constant, ast.Attribute, ast.Compare, ast.BoolOp)):
            return []
        if isinstance(node, ast.Name):
            if node.id not in self.active:
                return []
            return [self._add(self.bar(node.id), seed)]
        if isinstance(node, ast.Subscript):
            if not isinstance(node.value, ast.Name) or node.value.id not in self.active:
                return []
            array = load(self.bar(node.value.id))
            place = ast.Subscript(array, copy.deepcopy(node.slice), ast.Load())
            target = ast.Subscript(array, copy.deepcopy(node.slice), ast.Store())
            return [ast.Assign([target], binary(place, ast.Add(), seed))]
        if isinstance(node, ast.UnaryOp):
            if isinstance(node.op, (ast.Not, ast.Invert)):
                return []
            seed = _negated(seed) if isinstance(node.op, ast.USub) else seed
            return self._back(node.operand, seed)
        if isinstance(node, ast.IfExp):
            then, other = self._back(node.body, seed), self._back(node.orelse, seed)
            if not then and not other:
                return []
            return [ast.If(copy.deepcopy(node.test), then or [ast.Pass()], other)]
        if isinstance(node, ast.BinOp):
            return self._back_operator(node, seed)
        return self._back_call(node, seed)

    def _back_operator(self, node, seed):
        a, b, operator = node.left, node.right, node.op
        if isinstance(operator, ast.Add):
            return self._back(a, seed) + self._back(b, seed)
        if isinstance(operator, ast.Sub):
            return self._back(a, seed) + self._back(b, _negated(seed))
        if isinstance(operator, ast.Mult):
            first = self._back(a, binary(seed, ast.Mult(), b))
            return first + self._back(b, binary(seed, ast.Mult(), a))
        if isinstance(operator, ast.Div):
            first = self._back(a, binary(seed, ast.Div(), b))
            slope = binary(binary(seed, ast.Mult(), a), ast.Div(), binary(b, ast.Mult(), b))
            return first + self._back(b, _negated(slope))
        if isinstance(operator, ast.Mod):
            steps = call(self._function("floor"), binary(a, ast.Div(), b))
            slope = binary(seed, ast.Mult(), steps)
            return self._back(a, seed) + self._back(b, _negated(slope))
        if isinstance(operator, ast.Pow):
            exponent = b.value if isinstance(b, ast.Constant) else None
            if isinstance(b, ast.UnaryOp) and isinstance(b.operand, ast.Constant):
                exponent = -b.operand.value if isinstance(b.op, ast.USub) else None
            if exponent is None:
                return self._back_rule("pow", [a, b], seed)
            if exponent == 0:
                return []
            if exponent in (1, 2):
                slope = a if exponent == 2 else constant(1.0)
            elif exponent > 1:
                slope = binary(a, ast.Pow(), constant(exponent - 1))
            else:
                return self._back_rule("pow", [a, constant(float(exponent))], seed)
            slope = binary(constant(float(exponent)), ast.Mult(), slope)
            return self._back(a, binary(seed, ast.Mult(), slope))
        return []

    def _back_call(self, node, seed):
        name, arguments = node.name, node.args
        name = _SAME.get(name, name)
        if name in _STEPS:
            return []
        if name in _CASTS:
            return self._back(arguments[0], seed)
        if name == "where" and len(arguments) == 3:
            return self._back(ast.IfExp(*arguments), seed)
        if name in ("max", "min") and len(arguments) > 2:
            # The extreme of the last and that of those before.
            before = call(node.func, *arguments[:-1])
            before.name = name
            arguments = [before, arguments[-1]]
        if name in _RULES and len(arguments) == len(_RULES[name]):
            return self._back_rule(name, arguments, seed)
        if any(self._back(item, seed) for item in arguments):
            self.plain.refuse(f"'{name}' has no derivative rule in kernels", node)
        return []

    def _back_rule(self, name, arguments, seed):
        statements = []
        for rule, argument in zip(_RULES[name], arguments, strict=True):
            slope = ast.parse(rule, mode="eval").body
            slope = _Filled(self, dict(zip("xy", arguments, strict=False))).visit(slope)
            statements += self._back(argument, binary(seed, ast.Mult(), slope))
        return statements

    def _function(self, name):
        name = _NUMPY.get(name, name)
        return load(self.plain.bind(getattr(np, name), name))

    def function(self, name):
        """An expression for a function of NumPy's."""
        return self._function(name)

    # Parts of statements

    def _fresh(self):
        self._numbers += 1
        name = f"t{self._numbers}"
        while name in self.plain.taken or name in self.plain.kinds:
            name += "_"
        return name

    def _add(self, name, value):
        return ast.Assign([store(name)], binary(load(name), ast.Add(), value))

    def _push(self, value, kind):
        name = self._floats if is_float(kind) else self._integers
        self._uses.add(name)
        if kind == BOOL:
            value = ast.IfExp(value, constant(1), constant(0))
        return ast.Expr(method(name, "append", value))

    def _pop(self, kind):
        if is_float(kind):
            return method(self._floats, "pop")
        value = method(self._integers, "pop")
        return ast.Compare(value, [ast.Eq()], [constant(1)]) if kind == BOOL else value


class _Filled(ast.NodeTransformer):
    """A rule's expression with the arguments in their places."""

    def __init__(self, pullback, arguments):
        self.pullback = pullback
        self.arguments = arguments

    def visit_Name(self, node):
        return copy.deepcopy(self.arguments[node.id])

    def visit_Call(self, node):
        function = self.pullback.function(node.func.id)
        made = call(function, *(self.visit(item) for item in node.args))
        made.name = node.func.id
        return made


def _walk(statements, depth):
    """All assignments and other statements, each with how deep it lies."""
    for statement in statements:
        yield statement, depth
        for block in (getattr(statement, "body", []), getattr(statement, "orelse", [])):
            yield from _walk(block, depth + 1)


def _names(node):
    return names_in([node])


def _read(statements):
    """The names whose values statements read, those of arrays that are only measured left out."""
    sizes, found = set(), set()
    for statement in statements:
        for item in ast.walk(statement):
            if isinstance(item, ast.Attribute):
                sizes.add(id(item.value))
        for item in ast.walk(statement):
            if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load):
                if id(item) not in sizes:
                    found.add(item.id)
    return found


def _loaded(target):
    made = copy.deepcopy(target)
    made.ctx = ast.Load()
    return made


def _popped(value):
    """The list that a value is taken from; None for others."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.value.id
    return None


def _added(target, value):
    """What is added to an old value to give the new one, with its sign; None for others."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, (ast.Add, ast.Sub)):
        return None
    own = ast.dump(_loaded(target))
    if ast.dump(value.left) == own:
        return value.right, 1 if isinstance(value.op, ast.Add) else -1
    if isinstance(value.op, ast.Add) and ast.dump(value.right) == own:
        return value.left, 1
    return None


def _negated(value):
    return ast.UnaryOp(ast.USub(), value)


def definition(name, arguments, body, place):
    """The tree of a function that stands at the place of another."""
    node = ast.FunctionDef(name, arguments, body, [])
    if hasattr(ast, "TypeAlias"):
        node.type_params = []
    _place(node, place)
    return node


def _place(made, node):
    """Gives what was made the place of what it was made from."""
    for item in ast.walk(made):
        if "lineno" in item._attributes and not hasattr(item, "lineno"):
            ast.copy_location(item, node)
