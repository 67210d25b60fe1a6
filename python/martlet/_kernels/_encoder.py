"""The syntax tree of one Python function as text: `_source` says what the text is for."""

import ast
import copy
import functools
import operator
import types

import numpy

from martlet._kernels import _types
from martlet._kernels._errors import KernelError, exception_name, raise_form
from martlet._kernels._forms import quoted, unusable
from martlet._kernels._reading import read
from martlet._kernels._values import followed

# What `static` gives for an expression whose value is not known before the kernel runs.
UNKNOWN = object()

# A name that stands for nothing.
_UNDEFINED = object()

_BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|",
    ast.BitXor: "^", ast.MatMult: "@",
}  # fmt: skip
_UNARY = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Not: "not"}
_COMPARISON = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip

_STATEMENTS = {
    ast.With: "a 'with' statement",
    ast.AsyncWith: "an 'async with' statement",
    ast.TryStar: "a 'try' statement",
    ast.Import: "an 'import' statement",
    ast.ImportFrom: "an 'import' statement",
    ast.AsyncFunctionDef: "a function inside of a function",
    ast.ClassDef: "a class inside of a function",
    ast.Global: "a 'global' statement",
    ast.Nonlocal: "a 'nonlocal' statement",
    ast.Delete: "a 'del' statement",
    ast.Match: "a 'match' statement",
    ast.AsyncFor: "an 'async for' loop",
}
_EXPRESSIONS = {
    ast.SetComp: "a set comprehension",
    ast.DictComp: "a dictionary comprehension",
    ast.GeneratorExp: "a generator",
    ast.JoinedStr: "an f-string",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.NamedExpr: "an assignment inside of an expression",
    ast.Yield: "a 'yield'",
    ast.YieldFrom: "a 'yield from'",
    ast.Await: "an 'await'",
}
# Operators on integers that are written down, which are Python's: without an end.
_FOLDED = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Pow: operator.pow,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}  # fmt: skip
_MOST_BITS = 4096
# What exceptions may be given.
_FIXED = (str, int, float, complex, type(None))
# Methods of arrays that kernels have as functions only.
_METHODS = {"compress", "repeat", "round", "searchsorted", "take", "trace"}
# What has names of its own.
_SCOPES = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp,
    ast.DictComp, ast.GeneratorExp,
)  # fmt: skip


def _shown(node):
    """An expression as a message names it."""
    text = ast.unparse(node).replace("\n", " ")
    return text if len(text) <= 40 else text[:37] + "..."


def local_names(node):
    """The names that a function assigns, its parameters with them."""
    arguments = node.args
    given = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
    names = {item.arg for item in [*given, arguments.vararg, arguments.kwarg] if item is not None}
    pending = list(node.body) if isinstance(node.body, list) else [node.body]
    while pending:
        item = pending.pop()
        if isinstance(item, ast.Name) and not isinstance(item.ctx, ast.Load):
            names.add(item.id)
        if isinstance(item, _SCOPES):
            if hasattr(item, "name"):
                names.add(item.name)
            continue
        if isinstance(item, ast.alias):
            names.add((item.asname or item.name).partition(".")[0])
        pending.extend(ast.iter_child_nodes(item))
    return names


def _assigned(node):
    """The names that are assigned anywhere in a function."""
    return {
        item.id
        for item in ast.walk(node)
        if isinstance(item, ast.Name) and not isinstance(item.ctx, ast.Load)
    }


def fixed_lists(node):
    """The lists that nobody can see change, which are tuples: those that a name is assigned once,
    and that are then only indexed, measured and looped over."""
    assigned, uses = {}, {}
    for item in ast.walk(node):
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.List):
            if len(item.targets) == 1 and isinstance(item.targets[0], ast.Name):
                assigned[item.targets[0].id] = item.value
    for item in ast.walk(node):
        if isinstance(item, ast.Subscript) and isinstance(item.ctx, ast.Load):
            if not isinstance(item.slice, ast.Slice):
                _count(item.value, uses)
        elif isinstance(item, ast.For):
            _count(item.iter, uses)
        elif isinstance(item, ast.Call) and isinstance(item.func, ast.Name):
            if item.func.id == "len" and len(item.args) == 1:
                _count(item.args[0], uses)
    names = [item.id for item in ast.walk(node) if isinstance(item, ast.Name)]
    # Every use but the assignment itself is one of these.
    return {
        id(value)
        for name, value in assigned.items()
        if names.count(name) == uses.get(name, 0) + 1
        and not any(isinstance(item, ast.Starred) for item in value.elts)
    }


def _count(node, uses):
    if isinstance(node, ast.Name):
        uses[node.id] = uses.get(node.id, 0) + 1


# Functions that take a generator's values at once, so that a list of them serves as well.
_TAKE_ALL = {"sum", "min", "max", "any", "all", "list", "sorted", "tuple", "array", "extend"}


def _comprehension(node):
    """A comprehension as the function that Python makes of it: a list that loops append to."""
    name = f".list{node.lineno}.{node.col_offset}"

    def named(context):
        return ast.Name(name, context)

    append = ast.Call(ast.Attribute(named(ast.Load()), "append", ast.Load()), [node.elt], [])
    body = [ast.Expr(append)]
    for part in reversed(node.generators):
        for test in reversed(part.ifs):
            body = [ast.If(test, body, [])]
        body = [ast.For(part.target, part.iter, body, [])]
    start = ast.Assign([named(ast.Store())], ast.List([], ast.Load()))
    parameters = ast.arguments([], [], None, [], [], None, [])
    made = ast.FunctionDef("<listcomp>", parameters, [start, *body, ast.Return(named(ast.Load()))],
                           [], None)  # fmt: skip
    return ast.fix_missing_locations(ast.copy_location(made, node))


def _in_place(function, arguments):
    """The expression that a function gives, with a call's arguments for its parameters."""
    definition = _definition(function)
    names = [item.arg for item in definition.args.args]
    expression = copy.deepcopy(definition.body[-1].value)
    return _Substitution(dict(zip(names, arguments, strict=True))).visit(expression)


@functools.cache
def _definition(function):
    return read(function).node


class _Substitution(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, expressions):
        self.expressions = expressions

    def visit_Name(self, node):
        return self.expressions.get(node.id, node)


class FunctionEncoder:
    """Translates one function for a `Program`, which knows what outside values become."""

    def __init__(
        self,
        program,
        function,
        written,
        is_entry,
        fixed_place=None,
        row=None,
        node=None,
        around=None,
    ):
        self.program = program
        self.function = function
        self.written = written
        self.is_entry = is_entry
        # The function of NumPy's by whose signature calls of this one are bound.
        self.row = row
        # Where everything in the function is said to stand, for one that users don't see.
        self.fixed_place = fixed_place
        # The types that calls of it from kernels are converted to.
        self.signatures = ()
        # A function inside of another stands in its tree, and sees the names of those around it.
        self.node = written.node if node is None else node
        self.locals = local_names(self.node)
        self.around = set() if around is None else around.locals | around.around
        self.constants = {} if around is None else around.constants
        self.lists = fixed_lists(self.node)
        self.closure = dict(
            zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        )

    def set_constants(self, constants):
        """Makes parameters names of values that are known now."""
        for name in constants:
            if name in _assigned(self.node):
                raise KernelError(
                    f"'{name}' is a function that a call gave, and is assigned",
                    self.function.__code__.co_filename,
                    *self.written.position(self.node),
                )
        self.constants = constants
        self.locals -= constants.keys()

    def place(self, node):
        if self.fixed_place is not None:
            return self.fixed_place
        line, column = self.written.position(node)
        return f"{line} {column}"

    # MARK: The function

    def definition(self):
        """The form of the function."""
        node = self.node
        place = self.place(node)
        body, parameters = self.body(), self.parameters()
        if self.is_entry:
            # What the body captured comes after its own parameters.
            captured = self.program.array_names.values()
            parameters += [f"({quoted(name)} {place})" for name in captured]
        name = quoted(getattr(node, "name", "<lambda>"))
        parts = [f"({' '.join(parameters)})", f"({' '.join(body)})"]
        if self.signatures or self.fixed_place is not None:
            parts += ["-", f"({' '.join(map(self.declared, self.signatures))})"]
        if self.fixed_place is not None:
            parts += ["-"] if self.row is None else [quoted(self.row)]
            if not self.around:
                parts.append("library")
        return f"(def {place} {name} {' '.join(parts)})"

    @staticmethod
    def declared(signature):
        """The dtypes of a signature, the result's first; "-" for what is no number."""
        kinds = (signature.return_type, *signature.args)
        words = [kind.dtype.name if isinstance(kind, _types.ScalarType) else "-" for kind in kinds]
        return f"({' '.join(words)})"

    def body(self):
        node = self.node
        item = node.args.kwarg
        if item is not None:
            # Now, because without it the call would be bound to too few parameters.
            raise KernelError(
                f"the parameter **{item.arg} is not in the language of kernels",
                self.function.__code__.co_filename,
                *self.written.position(item),
            )
        if isinstance(node, ast.Lambda):
            return [f"(return {self.place(node.body)} {self.expression(node.body)})"]
        return self.statements(node.body)

    def parameters(self):
        arguments = self.node.args
        given = arguments.posonlyargs + arguments.args
        last = given[len(given) - len(arguments.defaults) :]
        nodes = dict(zip(last, arguments.defaults, strict=True))
        nodes |= {
            item: default
            for item, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        }
        values = self.defaults(given, nodes)
        forms = []
        for item in given + arguments.kwonlyargs:
            if item.arg in self.constants and item.arg not in self.around:
                continue
            form = f"{quoted(item.arg)} {self.place(item)}"
            kind = "any"
            if item in arguments.posonlyargs:
                kind = "positional"
            elif item in arguments.kwonlyargs:
                kind = "keyword"
            if item in nodes:
                form += f" {values[item.arg]}"
            elif kind != "any":
                form += " -"
            forms.append(f"({form})" if kind == "any" else f"({form} - - {kind})")
            if arguments.vararg is not None and given and item is given[-1]:
                forms.append(self.rest(arguments.vararg))
        if arguments.vararg is not None and not given:
            forms.insert(0, self.rest(arguments.vararg))
        return forms

    def rest(self, item):
        """The parameter that takes all positional arguments that are left."""
        return f'({quoted(item.arg)} {self.place(item)} - - "*")'

    def defaults(self, given, nodes):
        """The forms of the parameters' standard values, by name."""
        if self.node is not self.written.node:
            # They are computed where the function is defined.
            values = {item.arg: self.static(node) for item, node in nodes.items()}
        else:
            standard = self.function.__defaults__ or ()
            names = [item.arg for item in given][len(given) - len(standard) :]
            values = dict(zip(names, standard, strict=True))
            values |= self.function.__kwdefaults__ or {}
        forms = {}
        for item, node in nodes.items():
            place, value = self.place(node), values.get(item.arg, UNKNOWN)
            if value is UNKNOWN:
                forms[item.arg] = unusable(place, _shown(node), "a computed default")
            else:
                forms[item.arg] = self.program.value(value, place, item.arg, False)
        return forms

    # MARK: Statements

    def statements(self, nodes):
        return [self.statement(node) for node in nodes]

    def block(self, nodes):
        return f"({' '.join(self.statements(nodes))})"

    def statement(self, node):
        place = self.place(node)
        made = self._statement(node, place)
        return made if made is not None else f"(pass {place})"

    def _statement(self, node, place):
        kind = type(node)
        if kind is ast.Expr:
            # A text that stands alone is documentation.
            if isinstance(node.value, ast.Constant):
                return None
            return f"(expr {place} {self.expression(node.value)})"
        if kind is ast.Assign:
            return self.assignment(place, node.targets, node.value)
        if kind is ast.AnnAssign:
            return self.assignment(place, [node.target], node.value) if node.value else None
        if kind is ast.AugAssign:
            target = self.expression(node.target)
            sign = quoted(_BINARY[type(node.op)])
            return f"(augment {place} {sign} {target} {self.expression(node.value)})"
        if kind in (ast.If, ast.While):
            word = "if" if kind is ast.If else "while"
            test, body = self.expression(node.test), self.block(node.body)
            return f"({word} {place} {test} {body} {self.block(node.orelse)})"
        if kind is ast.For:
            target, values = self.expression(node.target), self.expression(node.iter)
            blocks = f"{self.block(node.body)} {self.block(node.orelse)}"
            return f"(for {place} {target} {values} {blocks})"
        if kind is ast.Return:
            if node.value is None:
                return f"(return {place})"
            return f"(return {place} {self.expression(node.value)})"
        if kind is ast.Raise:
            return self.exception(node, place)
        if kind is ast.Try:
            return self.attempt(node, place)
        if kind is ast.Assert:
            return self.assertion(node, place)
        if kind is ast.FunctionDef:
            if node.decorator_list:
                return self.unsupported(place, "a decorated function inside of a function")
            target = f"(name {place} {quoted(node.name)})"
            return f"(assign {place} ({target}) {self.closure_form(node, place)})"
        if kind in (ast.Break, ast.Continue, ast.Pass):
            return f"({kind.__name__.lower()} {place})"
        return self.unsupported(place, _STATEMENTS.get(kind, f"'{kind.__name__}'"))

    def closure_form(self, node, place):
        """A function inside of this one, with the names that it has from here."""
        number = self.program.add_inner(self, node)
        own = local_names(node)
        names = {
            item.id for item in ast.walk(node) if isinstance(item, ast.Name) and item.id not in own
        }
        captured = sorted(names & (self.locals | self.around))
        return f"({' '.join(['closure', place, str(number), *map(quoted, captured)])})"

    def unsupported(self, place, what):
        return f"(unsupported {place} {quoted(what)})"

    def assignment(self, place, targets, value):
        for item in (item for target in targets for item in ast.walk(target)):
            if isinstance(item, ast.Starred):
                return self.unsupported(self.place(item), "a starred name in an assignment")
        forms = " ".join(self.expression(target) for target in targets)
        return f"(assign {place} ({forms}) {self.expression(value)})"

    def attempt(self, node, place):
        """A `try`, whose handlers name the classes of exceptions."""
        handlers = []
        for handler in node.handlers:
            classes = "-"
            if handler.type is not None:
                written = handler.type.elts if isinstance(handler.type, ast.Tuple) else None
                value = tuple(map(self.static, written)) if written else self.static(handler.type)
                kinds = value if isinstance(value, tuple) else (value,)
                for kind in kinds:
                    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                        return self.unsupported(place, f"'except {_shown(handler.type)}'")
                classes = f"({' '.join(quoted(exception_name(kind)) for kind in kinds)})"
            if handler.name is not None:
                used = {item.id for item in ast.walk(handler) if isinstance(item, ast.Name)}
                if handler.name in used:
                    return self.unsupported(self.place(handler), "an exception as a value")
            handlers.append(f"({classes} {self.block(handler.body)})")
        blocks = f"{self.block(node.orelse)} {self.block(node.finalbody)}"
        return f"(try {place} {self.block(node.body)} ({' '.join(handlers)}) {blocks})"

    def exception(self, node, place):
        error = node.exc
        if error is None:
            return self.unsupported(place, "a 'raise' without an exception")
        arguments = ()
        if isinstance(error, ast.Call):
            arguments = tuple(map(self.static, error.args))
            if error.keywords or not all(isinstance(one, _FIXED) for one in arguments):
                return self.unsupported(place, "an exception with a computed message")
            error = error.func
        kind = self.static(error)
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            return self.unsupported(place, f"raising '{_shown(error)}', which is no exception,")
        message = str(arguments[0]) if len(arguments) == 1 else ""
        if kind is NotImplementedError and self.fixed_place is not None:
            # What a composite lacks is known when compiling.
            return self.unsupported(place, str(message))
        return raise_form(place, kind, message, arguments)

    def assertion(self, node, place):
        message = ""
        if node.msg is not None:
            message = self.static(node.msg)
            if not isinstance(message, (str, int, float)):
                return self.unsupported(place, "an assertion with a computed message")
        return f"(assert {place} {self.expression(node.test)} {quoted(str(message))})"

    # MARK: Outside values

    def lookup(self, name):
        """The value of a name that is no local."""
        if name in self.constants:
            return self.constants[name]
        if name in self.closure:
            try:
                return self.closure[name].cell_contents
            except ValueError:
                return _UNDEFINED
        for scope in (self.function.__globals__, self.function.__builtins__):
            if name in scope:
                return scope[name]
        return _UNDEFINED

    def static(self, node):
        """The value of an expression that is known now, else `UNKNOWN`."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            if self.is_local(node.id):
                return UNKNOWN
            value = self.lookup(node.id)
            return UNKNOWN if value is _UNDEFINED else value
        if isinstance(node, ast.Attribute):
            base = self.static(node.value)
            if base is UNKNOWN or not followed(base):
                return UNKNOWN
            return getattr(base, node.attr, UNKNOWN)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self.static(node.operand)
            return -value if type(value) is int else UNKNOWN
        if isinstance(node, ast.BinOp) and type(node.op) in _FOLDED:
            return self.folded(node)
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            function = self.static(node.func)
            if any(function is known for known in (numpy.finfo, numpy.iinfo, numpy.dtype)):
                kind = self.static(node.args[0])
                if isinstance(kind, _types.ScalarType):
                    kind = kind.dtype
                try:
                    return function(kind)
                except (TypeError, ValueError):
                    return UNKNOWN
        return UNKNOWN

    def folded(self, node):
        """The value of an operator on integers that are known now, else `UNKNOWN`."""
        left, right = self.static(node.left), self.static(node.right)
        if type(left) is not int or type(right) is not int:
            return UNKNOWN
        kind = type(node.op)
        bits = left.bit_length() + right.bit_length()
        if kind in (ast.Pow, ast.LShift):
            if right < 0:
                return UNKNOWN
            bits = left.bit_length() * right if kind is ast.Pow else left.bit_length() + right
        if bits > _MOST_BITS or (right == 0 and kind in (ast.FloorDiv, ast.Mod)):
            return UNKNOWN
        try:
            return _FOLDED[kind](left, right)
        except (ValueError, OverflowError):
            return UNKNOWN

    def is_local(self, name):
        """Whether a name is a variable of the kernel's, here or around this function."""
        return name in self.locals or name in self.around

    def name(self, node, place):
        if self.is_local(node.id):
            return f"(name {place} {quoted(node.id)})"
        value = self.lookup(node.id)
        if value is _UNDEFINED:
            return unusable(place, node.id, "a name that is not defined")
        return self.program.value(value, place, node.id, self.is_entry)

    def attribute(self, node, place):
        base = self.static(node.value)
        if base is not UNKNOWN:
            method = self.program.ufunc_method(base, node.attr, place)
            if method is not None:
                return method
        if base is UNKNOWN or not followed(base):
            return f"(attribute {place} {self.expression(node.value)} {quoted(node.attr)})"
        try:
            value = getattr(base, node.attr)
        except AttributeError:
            what = f"a name that '{_shown(node.value)}' does not have"
            return unusable(place, _shown(node), what)
        return self.program.value(value, place, _shown(node), self.is_entry)

    # MARK: Expressions

    def expressions(self, nodes):
        return " ".join(self.expression(node) for node in nodes)

    def expression(self, node):
        place = self.place(node)
        kind = type(node)
        if kind is ast.Name:
            return self.name(node, place)
        if kind is ast.Attribute:
            return self.attribute(node, place)
        if kind is ast.Constant:
            return self.constant(node, place)
        if kind is ast.BinOp:
            known = self.folded(node) if type(node.op) in _FOLDED else UNKNOWN
            if known is not UNKNOWN:
                return self.program.value(known, place, _shown(node), self.is_entry)
            sign = quoted(_BINARY[type(node.op)])
            left, right = self.expression(node.left), self.expression(node.right)
            return f"(binary {place} {sign} {left} {right})"
        if kind is ast.UnaryOp:
            return self.unary(node, place)
        if kind is ast.BoolOp:
            word = "and" if isinstance(node.op, ast.And) else "or"
            return f"({word} {place} {self.expressions(node.values)})"
        if kind is ast.Compare:
            pairs = " ".join(
                f"({quoted(_COMPARISON[type(sign)])} {self.expression(value)})"
                for sign, value in zip(node.ops, node.comparators, strict=True)
            )
            return f"(compare {place} {self.expression(node.left)} {pairs})"
        if kind is ast.IfExp:
            return f"(if {place} {self.expressions([node.test, node.body, node.orelse])})"
        if kind is ast.Call:
            return self.call(node, place)
        if kind is ast.Subscript:
            return self.subscript(node, place)
        if kind in (ast.Tuple, ast.List):
            is_list = kind is ast.List and id(node) not in self.lists
            # The targets of an assignment are names, whichever brackets there are.
            word = "list" if is_list and isinstance(node.ctx, ast.Load) else "tuple"
            items = [self.expression(item) for item in node.elts]
            return f"({' '.join([word, place, *items])})"
        if kind is ast.Starred:
            return f"(star {place} {self.expression(node.value)})"
        if kind is ast.Lambda:
            return self.closure_form(node, place)
        if kind is ast.ListComp:
            return f"(call {place} {self.closure_form(_comprehension(node), place)} () ())"
        return unusable(place, _shown(node), _EXPRESSIONS.get(kind, f"'{kind.__name__}'"))

    def constant(self, node, place):
        if node.value is ...:
            return unusable(place, "...", "an ellipsis outside of an index")
        return self.program.value(node.value, place, _shown(node), self.is_entry)

    def unary(self, node, place):
        operand = node.operand
        if isinstance(node.op, ast.USub):
            # The least of the integers has no positive counterpart.
            value = self.static(operand)
            if type(value) is int or (type(value) is float and isinstance(operand, ast.Constant)):
                return self.program.value(-value, place, _shown(node), self.is_entry)
        return f"(unary {place} {quoted(_UNARY[type(node.op)])} {self.expression(operand)})"

    def call(self, node, place):
        if self.fixed_place is not None:
            function = self.static(node.func)
            if isinstance(function, types.FunctionType) and hasattr(function, "in_place"):
                return self.expression(_in_place(function, node.args))
        value = self.static(node)
        if value is not UNKNOWN:
            return self.program.value(value, place, _shown(node), self.is_entry)
        given, method = node.args, None
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            if self.static(node.func.value) is UNKNOWN:
                method = node.func.attr
                given = [node.func.value, *node.args]
        if len(given) == 1 and isinstance(given[0], ast.GeneratorExp) and self.takes_all(node.func):
            values = ast.ListComp(given[0].elt, given[0].generators)
            given = [ast.copy_location(values, given[0])]
        arguments = self.expressions(given)
        pairs = [
            f"({quoted(keyword.arg)} {self.expression(keyword.value)})"
            for keyword in node.keywords
            if keyword.arg is not None
        ]
        for keyword in node.keywords:
            if keyword.arg is None:
                shown = f"**{_shown(keyword.value)}"
                form = unusable(self.place(keyword), shown, "a dictionary of arguments")
                arguments = f"{arguments} {form}".lstrip()
        if method is not None:
            function = self.program.method(method, place)
        else:
            function = self.expression(node.func)
        return f"(call {place} {function} ({arguments}) ({' '.join(pairs)}))"

    @staticmethod
    def takes_all(function):
        """Whether a function that is called takes all values of a generator."""
        name = function.attr if isinstance(function, ast.Attribute) else None
        return (function.id if isinstance(function, ast.Name) else name) in _TAKE_ALL

    def subscript(self, node, place):
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        # Where `...` is among values that are known, it has to be seen as such.
        known = self.static(node.slice) if len(items) == 1 else UNKNOWN
        if isinstance(known, tuple) and any(item is ... for item in known):
            values = [self.known_index(item, self.place(node.slice)) for item in known]
            return f"(index {place} {self.expression(node.value)} {' '.join(values)})"
        indices = " ".join(self.index(item) for item in items)
        # An empty tuple as index picks the only element of an array without dimensions.
        return f"(index {place} {self.expression(node.value)}{' ' if items else ''}{indices})"

    def known_index(self, value, place):
        """The form of one index of those that are known."""
        if value is ...:
            return f"(ellipsis {place})"
        return self.program.value(value, place, "an index", self.is_entry)

    def index(self, node):
        place = self.place(node)
        if isinstance(node, ast.Slice):
            parts = [
                "-" if part is None else self.expression(part)
                for part in (node.lower, node.upper, node.step)
            ]
            return f"(slice {place} {' '.join(parts)})"
        if self.static(node) is ...:
            return f"(ellipsis {place})"
        # Here a list is an array of positions, where a tuple is an index for each axis.
        return self.expression(node)
