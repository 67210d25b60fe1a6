"""The kinds of values in a kernel that is differentiated, and small parts of its tree.

Every name has one kind:

- `float64` and its like, `int`, `bool`: a number;
- `(dtype, axes)`: an array;
- `[dtype]`, as a tuple of one: a list of numbers.
"""

import ast

INT, BOOL = "int", "bool"
# Those that give an integer, so that their derivative is none.
_INTEGERS = {"int", "round", "int64", "int32", "bool", "len"}


def is_float(kind):
    return isinstance(kind, str) and kind.startswith("float")


def is_array(kind):
    return isinstance(kind, tuple) and len(kind) == 2


def is_list(kind):
    return isinstance(kind, tuple) and len(kind) == 1


def element(kind):
    """The kind of an array's or a list's elements."""
    return kind[0]


def kind_of_dtype(dtype):
    """The kind of numbers of a dtype; None for those that have no derivative here."""
    if dtype.kind == "f":
        return dtype.name
    return {"i": INT, "u": INT, "b": BOOL}.get(dtype.kind)


def load(name):
    return ast.Name(name, ast.Load())


def store(name):
    return ast.Name(name, ast.Store())


def constant(value):
    return ast.Constant(value)


def call(function, *arguments):
    return ast.Call(function, list(arguments), [])


def method(name, attribute, *arguments):
    return call(ast.Attribute(load(name), attribute, ast.Load()), *arguments)


def binary(left, operator, right):
    return ast.BinOp(left, operator, right)


def names_in(nodes):
    """The names that are read in statements or expressions."""
    return {
        item.id
        for node in nodes
        for item in ast.walk(node)
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load)
    }


def kind(plain, node):
    """The kind of what an expression gives."""
    if isinstance(node, ast.Constant):
        value = node.value
        return BOOL if isinstance(value, bool) else INT if isinstance(value, int) else "float64"
    if isinstance(node, ast.Name):
        found = plain.kinds.get(node.id)
        if found is None:
            plain.refuse(f"'{node.id}' may not have a value here", node)
        return found
    if isinstance(node, ast.Attribute):
        return INT
    if isinstance(node, ast.Subscript):
        if isinstance(node.value, ast.Attribute):
            return INT
        return element(kind(plain, node.value))
    if isinstance(node, (ast.Compare, ast.BoolOp)):
        return BOOL
    if isinstance(node, ast.UnaryOp):
        own = kind(plain, node.operand)
        return BOOL if isinstance(node.op, ast.Not) else INT if own == BOOL else own
    if isinstance(node, ast.IfExp):
        return _common(plain, kind(plain, node.body), kind(plain, node.orelse), node)
    if isinstance(node, ast.BinOp):
        left, right = kind(plain, node.left), kind(plain, node.right)
        found = _common(plain, left, right, node)
        # A number that is written takes the other's type.
        for side, other in ((node.left, right), (node.right, left)):
            if isinstance(side, ast.Constant) and is_float(other):
                found = other
        if isinstance(node.op, ast.Div) and not is_float(found):
            return "float64"
        return found if found != BOOL else INT
    if isinstance(node, ast.Call):
        name = node.name
        if name in _INTEGERS:
            return BOOL if name == "bool" else INT
        if name in ("float32", "float64", "float16"):
            return name
        if name in ("float", "double"):
            return "float64"
        kinds = [kind(plain, item) for item in node.args]
        if name in ("abs", "absolute", "max", "min", "maximum", "minimum", "where"):
            kinds = kinds[1:] if name == "where" else kinds
            found = kinds[0]
            for other in kinds[1:]:
                found = _common(plain, found, other, node)
            return found
        if all(item == "float32" for item in kinds):
            return "float32"
        return "float64"
    plain.refuse("this expression is not differentiated", node)


def _common(plain, a, b, node):
    order = [BOOL, INT, "float16", "float32", "float64"]
    if a not in order or b not in order:
        plain.refuse("arithmetic of whole arrays in a kernel is not differentiated", node)
    if INT in (a, b) and is_float(a if b == INT else b):
        return "float64"
    return order[max(order.index(a), order.index(b))]


def body_of(node):
    """The statements of a function or a lambda."""
    if isinstance(node, ast.Lambda):
        return [ast.copy_location(ast.Return(node.body), node.body)]
    return node.body


def range_parts(parts):
    """The lower and upper bound and the step of a range."""
    if len(parts) == 1:
        return constant(0), parts[0], constant(1)
    lower, upper, *rest = parts
    step = rest[0] if rest else constant(1)
    if isinstance(step, ast.UnaryOp) and isinstance(step.op, ast.USub):
        if isinstance(step.operand, ast.Constant):
            step = constant(-step.operand.value)
    return lower, upper, step
