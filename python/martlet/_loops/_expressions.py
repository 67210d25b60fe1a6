"""Expressions of loops, as source of kernels with every check that Python's meaning needs.

A check that fails leaves compiled code (`Emitter.bail`); Python then does the iteration. So a check
may be stricter than needed, and their order does not matter.
"""

import ast
import builtins
import math

import numpy

from martlet import _martlet
from martlet._loops import _kinds
from martlet._loops._kinds import BOOLS, CODES, EXACT, FLOATS, INT64, INTEGERS, NUMPYS, UNBOUND
from martlet._loops._values import Array, Items, Known, Leave, Number, Row, size_number, whole

OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|",
    ast.BitXor: "^",
}  # fmt: skip
_COMPARISONS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip

_LARGEST = repr(numpy.finfo(numpy.float64).max.item())
_LARGEST_SINGLE = "np.float32(3.4028234663852886e+38)"
# Products of magnitudes below this, estimated as `float64`, are within `int64`.
_SAFE_PRODUCT = "9.2e18"

# Functions of `math` that the C library computes, and whether 0 or less is out of their domain.
_SYSTEM = (
    "exp", "expm1", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "cbrt", "erf", "erfc",
)  # fmt: skip

# Rows of Martlet's table on one number that are exact, so that every library has the same bits.
_EXACT_ROWS = {"sqrt", "absolute", "fabs", "floor", "ceil", "trunc", "rint", "negative", "square"}
_UNARY_ROWS = _EXACT_ROWS | {
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "arcsin",
    "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "cbrt",
}  # fmt: skip


def only(tag):
    return frozenset((tag,))


class Expressions:
    """The part of the translator that knows expressions."""

    def temporary(self, text):
        """The name of a new variable with this value."""
        self.temporaries += 1
        name = f"e{self.temporaries}"
        self.line(f"{name} = {text}")
        return name

    def expression(self, node):
        """The value of an expression."""
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise Leave(f"{_article(type(node).__name__)} is not compiled", node)
        return method(node)

    def number(self, node):
        """The value of an expression that must be a number."""
        value = self.expression(node)
        if not isinstance(value, Number):
            raise Leave(f"`{ast.unparse(node)}` is no number", node)
        return value

    def settled(self, value):
        """A number of which NumPy need not warn: compiled code goes on with finite ones only."""
        if value.unchecked:
            value.text = name = self.named(value)
            largest = _LARGEST_SINGLE if value.kind == "g" else _LARGEST
            self.bail(f"not (abs({name}) <= {largest})", "a number that is not finite")
            value.unchecked = False
        return value

    def named(self, value):
        """The text of a number that may stand several times."""
        if value.text.isidentifier() or value.low is not None and value.low == value.high:
            return value.text
        value.text = self.temporary(value.text)
        return value.text

    # MARK: Representations

    def as_kind(self, value, kind):
        """The text of a number held in another way."""
        own = value.kind
        if own == kind:
            return value.text
        if kind == "f":
            if own == "i" and not value.is_within(-EXACT, EXACT):
                name = self.named(value)
                self.bail(f"abs({name}) > {EXACT} or {name} == {INT64[0]}", "a large integer")
            return f"float({value.text})" if own != "g" else f"np.float64({value.text})"
        if kind == "g":
            return f"np.float32({value.text})"
        if kind == "i":
            return f"int({value.text})"
        return f"({value.text} != 0)"

    def as_float(self, value):
        """The text of a number as Python converts it to `float`: rounded."""
        if value.kind == "i":
            return f"float({value.text})"
        return self.as_kind(value, "f")

    def truth(self, value):
        """The text of a condition."""
        if isinstance(value, Number):
            self.settled(value)
            return value.text if value.kind == "b" else f"({value.text} != 0)"
        raise Leave("the truth of something that is no number")

    # MARK: Leaves

    def _Constant(self, node):
        value = node.value
        if isinstance(value, bool):
            return Number(repr(value), only("bool"))
        if isinstance(value, int):
            if not INT64[0] < value <= INT64[1]:
                raise Leave("an integer beyond 64 bits", node)
            return whole(value)
        if isinstance(value, float):
            text = repr(value) if math.isfinite(value) else f"float('{value}')"
            if not math.isfinite(value):
                raise Leave("a constant that is not finite", node)
            return Number(text, only("float"))
        raise Leave(f"`{ast.unparse(node)}` is no number", node)

    def _Name(self, node):
        return self.read(node.id, node)

    def _Attribute(self, node):
        owner = self.expression(node.value)
        if isinstance(owner, Known):
            return self.outside(self.attribute(owner.value, node.attr, node), node)
        if isinstance(owner, (Array, Row)):
            if node.attr == "shape":
                return Items([size_number(self.size(owner, i)) for i in range(owner.rank)])
            if node.attr == "ndim":
                return whole(owner.rank)
            if node.attr == "size":
                sizes = [self.size(owner, i) for i in range(owner.rank)]
                return size_number(" * ".join(sizes) or "1")
        raise Leave(f"`{ast.unparse(node)}` is not compiled", node)

    def size(self, value, axis):
        if isinstance(value, Row):
            return value.array.size(axis + len(value.indices))
        return value.size(axis)

    def _Tuple(self, node):
        return Items([self.expression(item) for item in node.elts])

    # MARK: Operators

    def _UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            return Number(f"(not {self.truth(self.number(node.operand))})", only("bool"))
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            value = node.operand.value
            if type(value) is int and value <= INT64[1]:
                return whole(-value)
        value = self.number(node.operand)
        if isinstance(node.op, ast.UAdd):
            if value.tags <= INTEGERS or value.tags <= FLOATS:
                return value
        elif isinstance(node.op, ast.USub):
            if value.tags <= FLOATS:
                return Number(f"(-{value.text})", value.tags, value.tag, unchecked=value.unchecked)
            if value.tags <= {"int", "np.int64"} or value.tags == {"np.int32"}:
                return self.integer_result("-", whole(0), value, value.tags, value.tag)
        elif value.tags <= {"int", "np.int64", "np.int32"}:
            low = high = None
            if value.low is not None:
                low, high = -value.high - 1, -value.low - 1
            return Number(f"(~{value.text})", value.tags, value.tag, low, high)
        elif value.tags == {"np.bool"}:
            return Number(f"(not {value.text})", value.tags)
        raise Leave(f"`{ast.unparse(node)}` is not compiled", node)

    def _BinOp(self, node):
        operator = OPERATORS.get(type(node.op))
        if operator is None:
            raise Leave("`@` is not compiled", node)
        return self.binary(operator, self.expression(node.left), self.expression(node.right), node)

    def binary(self, operator, left, right, node):
        """The value of a binary operator."""
        if not (isinstance(left, Number) and isinstance(right, Number)):
            raise Leave(f"`{operator}` of something that is no number", node)
        pairs = {(a, b): _kinds.result(operator, a, b) for a in left.tags for b in right.tags}
        if None in pairs.values():
            raise Leave(f"`{operator}` of {_listed(left)} and {_listed(right)}", node)
        tags = frozenset(pairs.values())
        tag = self._result_tag(pairs, tags, left, right)
        if tags <= BOOLS:
            sign = {"&": "and", "|": "or", "^": "!="}[operator]
            return Number(f"({left.text} {sign} {right.text})", tags, tag)
        if tags <= INTEGERS:
            return self.integer_result(operator, left, right, tags, tag)
        if tags == {"np.float32"}:
            return self._single_result(operator, left, right, node)
        everything = tags | left.tags | right.tags
        is_narrow = not everything.isdisjoint(INTEGERS - {"int", "np.int64"})
        if len(tags) > 1 and ("np.float32" in everything or is_narrow):
            # The limits of a narrow type are not looked at where it is one of several.
            raise Leave(f"`{operator}` of {_listed(left)} and {_listed(right)}", node)
        return self._float_result(operator, left, right, tags, tag, node)

    def _result_tag(self, pairs, tags, left, right):
        """The text of the code of a result's tag; None where there is one only."""
        if len(tags) == 1:
            return None
        text = None
        for (a, b), result in pairs.items():
            if text is None:
                text = str(CODES[result])
                continue
            conditions = []
            if len(left.tags) > 1:
                conditions.append(f"{left.tag} == {CODES[a]}")
            if len(right.tags) > 1:
                conditions.append(f"{right.tag} == {CODES[b]}")
            text = f"({CODES[result]} if {' and '.join(conditions)} else {text})"
        return self.temporary(text)

    def integer_result(self, operator, left, right, tags, tag):
        """An operator on integers, which leaves where the result is beyond the type."""
        low, high = _interval(operator, left, right)
        least = max(_kinds.limits(one)[0] for one in tags)
        greatest = min(_kinds.limits(one)[1] for one in tags)
        if tags & NUMPYS:
            # Python's integers take NumPy's type first.
            for side in (left, right):
                if "int" in side.tags and not side.is_within(least, greatest):
                    name = self.named(side)
                    if least > INT64[0]:
                        self.bail(f"{name} < {least} or {name} > {greatest}", "a large integer")
        a, b = self.as_kind(left, "i"), self.as_kind(right, "i")
        is_safe = low is not None and INT64[0] <= low and high <= INT64[1]
        reason = "an integer beyond its type"
        if operator in ("+", "-"):
            text = f"({a} {operator} {b})"
            if not is_safe:
                text = self._checked_sum(operator, left, right)
        elif operator == "*":
            if not is_safe:
                a, b = self.named(left), self.named(right)
                self.bail(f"abs(float({a}) * float({b})) > {_SAFE_PRODUCT}", reason)
            text = f"({a} * {b})"
        elif operator in ("//", "%"):
            a, b = self.named(left), self.named(right)
            if not (right.low is not None and (right.low > 0 or right.high < 0)):
                self.bail(f"{b} == 0", "a division by zero")
            if operator == "//" and not is_safe:
                self.bail(f"{a} == {INT64[0]} and {b} == -1", reason)
            text = f"({a} {operator} {b})"
        elif operator in "&|^":
            text = f"({a} {operator} {b})"
        elif operator in ("<<", ">>"):
            a, b = self.named(left), self.named(right)
            if not right.is_within(0, 62):
                self.bail(f"{b} < 0 or {b} > 62", "a shift by that much")
            text = f"({a} {operator} {b})"
            if operator == "<<" and not is_safe:
                text = self.temporary(text)
                self.bail(f"({text} >> {b}) != {a}", reason)
        else:
            return self._integer_power(left, right, tags, tag)
        result = Number(text, tags, tag, low if is_safe else None, high if is_safe else None)
        if least > INT64[0] and not result.is_within(least, greatest):
            name = self.named(result)
            self.bail(f"{name} < {least} or {name} > {greatest}", reason)
            result.low, result.high = least, greatest
        return result

    def _checked_sum(self, operator, left, right):
        a, b = self.named(left), self.named(right)
        for value, other, sign in ((right, a, 1), (left, b, -1)):
            constant = value.low if value.low is not None and value.low == value.high else None
            if constant is None or (operator == "-" and sign < 0):
                continue
            amount = constant if operator == "+" else -constant
            if amount >= 0:
                self.bail(f"{other} > {INT64[1] - amount}", "an integer beyond its type")
            else:
                self.bail(f"{other} < {INT64[0] - amount}", "an integer beyond its type")
            return f"({a} {operator} {b})"
        result = self.temporary(f"{a} {operator} {b}")
        if operator == "+":
            test = f"(({a} ^ {result}) & ({b} ^ {result})) < 0"
        else:
            test = f"(({a} ^ {b}) & ({a} ^ {result})) < 0"
        self.bail(test, "an integer beyond its type")
        return result

    def _integer_power(self, left, right, tags, tag):
        if right.low is None or right.low != right.high or not 0 <= right.low <= 8:
            raise Leave("`**` of integers with an exponent that is not written down")
        result = whole(1)
        for _ in range(right.low):
            result = self.integer_result("*", left, result, tags, tag)
            result.text = self.temporary(result.text)
        result.tags, result.tag = tags, tag
        return result

    def _single_result(self, operator, left, right, node):
        a, b = self.as_kind(left, "g"), self.as_kind(right, "g")
        if operator not in ("+", "-", "*", "/"):
            raise Leave(f"`{operator}` of np.float32", node)
        for side, text in ((left, a), (right, b)):
            if side.kind != "g" and not side.is_within(-(2**24), 2**24):
                # A number of Python's that float32 rounds to infinity.
                self.bail(f"not (abs({text}) <= {_LARGEST_SINGLE})", "a number out of float32")
        if operator == "/":
            self.settled(left), self.settled(right)
            b = self.temporary(b)
            self.bail(f"{b} == 0", "a division by zero")
        return Number(f"({a} {operator} {b})", only("np.float32"), unchecked=True)

    def _float_result(self, operator, left, right, tags, tag, node):
        if operator not in ("+", "-", "*", "/") or "int" in tags:
            self.settled(left), self.settled(right)
        # Both numbers of Python's convert a large integer by rounding it.
        unchecked = bool(tags & NUMPYS) or left.unchecked or right.unchecked
        if operator in ("+", "-", "*", "/"):
            if tags & INTEGERS and operator != "/":
                a, b = self.as_kind(left, "f"), self.as_kind(right, "f")
                name = self.temporary(f"{a} {operator} {b}")
                self.bail(f"abs({name}) > {EXACT} and {_is_integer(tags, tag)}", "a large integer")
                return Number(name, tags, tag, unchecked=unchecked)
            if operator == "/" and left.kind == "i" and right.kind == "i":
                # Python divides integers exactly, whatever their size.
                a, b = self.as_kind(left, "f"), self.as_kind(right, "f")
            else:
                a, b = self.as_float(left), self.as_float(right)
            if operator == "/":
                self.settled(right)
                right_text = right.text if right.kind == "f" else b
                if not _is_nonzero_constant(right):
                    b = b if b.isidentifier() else self.temporary(b)
                    self.bail(f"{b} == 0", "a division by zero")
                else:
                    b = right_text
            return Number(f"({a} {operator} {b})", tags, tag, unchecked=unchecked)
        a, b = self.temporary(self.as_float(left)), self.temporary(self.as_float(right))
        if operator in ("//", "%"):
            if tags & INTEGERS:
                raise Leave(f"`{operator}` of {_listed(left)} and {_listed(right)}", node)
            self.bail(
                f"not (abs({a}) <= {_LARGEST} and abs({b}) <= {_LARGEST}) or {b} == 0",
                "a division by zero",
            )
            return Number(f"({a} {operator} {b})", tags, tag, unchecked=True)
        if operator == "**":
            if tags & INTEGERS:
                raise Leave(f"`**` of {_listed(left)} and {_listed(right)}", node)
            return self._power(a, b, tags, tag)
        raise Leave(f"`{operator}` of {_listed(left)} and {_listed(right)}", node)

    def _power(self, a, b, tags, tag):
        self.bail(
            f"not (abs({a}) <= {_LARGEST} and abs({b}) <= {_LARGEST}) or ({a} == 0 and {b} < 0)",
            "a power that is not finite",
        )
        result = self.temporary(f"c_pow({a}, {b})")
        self.bail(f"not (abs({result}) <= {_LARGEST})", "a power that is not finite")
        return Number(result, tags, tag)

    # MARK: Comparisons and conditions

    def _Compare(self, node):
        values = [self.number(item) for item in (node.left, *node.comparators)]
        if len(values) > 2:
            # Each is evaluated once, and looking at later ones does nothing that can be seen.
            for value in values:
                self.settled(value)
                self.named(value)
        parts, tags = [], set()
        for operator, left, right in zip(node.ops, values, values[1:], strict=False):
            sign = _COMPARISONS.get(type(operator))
            if sign is None:
                raise Leave(f"`{ast.unparse(node)}` is not compiled", node)
            parts.append(self._compared(sign, self.settled(left), self.settled(right)))
            tags.add("np.bool" if (left.tags | right.tags) & NUMPYS else "bool")
        for value in values:
            if len(value.tags) > 1 and value.tags & NUMPYS and not value.tags <= NUMPYS:
                # What the comparison gives depends on the tag; its truth does not.
                tags.add("bool")
        if len(tags) > 1:
            return Number(f"({' and '.join(parts)})", frozenset(tags), "unknown")
        return Number(f"({' and '.join(parts)})", frozenset(tags))

    def _compared(self, sign, left, right):
        if left.kind == right.kind or {left.kind, right.kind} == {"i", "b"}:
            if left.kind == "b" and right.kind == "b":
                return f"(int({left.text}) {sign} int({right.text}))"
            return f"({self.as_kind(left, 'i') if left.kind == 'b' else left.text} {sign} " + (
                f"{self.as_kind(right, 'i') if right.kind == 'b' else right.text})"
            )
        if "g" in (left.kind, right.kind) and {"float", "int"} & (left.tags | right.tags):
            # Python's numbers take NumPy's type.
            return f"({self.as_kind(left, 'g')} {sign} {self.as_kind(right, 'g')})"
        return f"({self.as_kind(left, 'f')} {sign} {self.as_kind(right, 'f')})"

    def test(self, node):
        """The text of the truth of an expression; what need not be evaluated is not."""
        if isinstance(node, ast.BoolOp):
            name = self.temporary(self.test(node.values[0]))
            for item in node.values[1:]:
                is_and = isinstance(node.op, ast.And)
                with self.branch(name if is_and else f"not {name}"):
                    self.line(f"{name} = {self.test(item)}")
            return name
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return f"(not {self.test(node.operand)})"
        value = self.expression(node)
        return self.truth(value)

    def _BoolOp(self, node):
        values = []
        name = None
        for item in node.values:
            if name is None:
                value = self.number(item)
                name = self.temporary(self.settled(value).text)
                values.append(value)
                continue
            is_and = isinstance(node.op, ast.And)
            with self.branch(name if is_and else f"not {name}"):
                value = self.number(item)
                self.line(f"{name} = {self.settled(value).text}")
            values.append(value)
        tags = frozenset().union(*(value.tags for value in values))
        if not tags <= BOOLS or len(tags) != 1:
            raise Leave(f"`{ast.unparse(node)}` gives one of several types", node)
        return Number(name, tags)

    def _IfExp(self, node):
        test = self.test(node.test)
        name = f"e{self.temporaries + 1}"
        self.temporaries += 1
        # Both sides are translated before the way to hold them is known: twice, then.
        kind, tags = self._side_kinds(node)
        has_tag = len(tags) > 1
        for condition, side in ((test, node.body), (None, node.orelse)):
            with self.branch(condition):
                value = self.settled(self.number(side))
                self.line(f"{name} = {self.as_kind(value, kind)}")
                if has_tag:
                    self.line(f"{name}_tag = {value.tag_text}")
        return Number(name, tags, f"{name}_tag" if has_tag else None)

    def _side_kinds(self, node):
        mark = self.mark()
        tags = frozenset()
        for side in (node.body, node.orelse):
            with self.branch("True"):
                tags |= self.number(side).tags
        self.back_to(mark)
        kind = _kinds.storage(tags)
        if kind is None or ("int" in tags and kind == "f"):
            raise Leave(f"`{ast.unparse(node)}` gives one of several types", node)
        return kind, tags

    # MARK: Elements

    def _Subscript(self, node):
        owner = self.expression(node.value)
        if isinstance(owner, Items):
            index = self.expression(node.slice)
            if isinstance(index, Number) and index.low is not None and index.low == index.high:
                if -len(owner.items) <= index.low < len(owner.items):
                    return owner.items[index.low]
            raise Leave(f"`{ast.unparse(node)}` is not compiled", node)
        place = self.place(owner, node)
        if isinstance(place, Row):
            return place
        return self.load(*place)

    def place(self, owner, node):
        """An element, as its array and the texts of its indices; or a row."""
        if not isinstance(owner, (Array, Row)):
            raise Leave(f"`{ast.unparse(node.value)}` is no array", node)
        array = owner.array if isinstance(owner, Row) else owner
        before = list(owner.indices) if isinstance(owner, Row) else []
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if len(before) + len(items) > array.rank:
            raise Leave("too many indices", node)
        indices = []
        for i, item in enumerate(items):
            if isinstance(item, ast.Slice):
                raise Leave(f"`{ast.unparse(node)}` is a slice", node)
            axis = len(before) + i
            indices.append(self._index(self.number(item), array, axis, (id(node), i), node))
        if len(before) + len(items) < array.rank:
            return Row(array, before + indices)
        return array, before + indices

    def _index(self, index, array, axis, key, node):
        if not index.tags <= INTEGERS:
            raise Leave(f"an index that is {_listed(index)}", node)
        size = array.size(axis)
        if key in self.hoisted:
            return self.named(index) if len(index.text) > 40 else index.text
        name = self.named(index)
        if index.low is not None and index.low >= 0:
            self.bail(f"{name} >= {size}", "an index out of bounds")
            return name
        self.bail(f"{name} < -{size} or {name} >= {size}", "an index out of bounds")
        return self.temporary(f"({name} + {size} if {name} < 0 else {name})")

    def load(self, array, indices):
        """The number that is an element."""
        text = f"{array.text}[{', '.join(indices)}]"
        if array.tag in INTEGERS:
            text = f"np.int64({text})" if array.tag != "np.int64" else text
            low, high = _kinds.limits(array.tag)
            if array.tag == "np.int64":
                low = high = None
            return Number(self.temporary(text), only(array.tag), None, low, high)
        return Number(self.temporary(text), only(array.tag))

    # MARK: Calls

    def _Call(self, node):
        if node.keywords or any(isinstance(item, ast.Starred) for item in node.args):
            raise Leave(f"`{ast.unparse(node)}` has keywords", node)
        function = self.expression(node.func)
        if not isinstance(function, Known):
            raise Leave(f"a call of `{ast.unparse(node.func)}`", node)
        function = function.value
        if getattr(builtins, getattr(function, "__name__", ""), None) is function:
            method = getattr(self, f"_call_{function.__name__}", None)
            if method is not None:
                return method(node)
        name = getattr(function, "__name__", "")
        if getattr(math, name, None) is function:
            return self._math(name, node)
        if isinstance(function, (numpy.ufunc, _martlet.ufunc)):
            return self._row(function, node)
        return self.inlined(function, node)

    def _arguments(self, node, least, most=None):
        if not least <= len(node.args) <= (most or least):
            raise Leave(f"`{ast.unparse(node)}` has other arguments", node)
        return [self.settled(self.number(item)) for item in node.args]

    def _call_abs(self, node):
        (value,) = self._arguments(node, 1)
        if value.tags <= FLOATS:
            return Number(f"abs({value.text})", value.tags, value.tag)
        if value.tags <= {"int", "np.int64"}:
            if value.low is None:
                self.bail(f"{self.named(value)} == {INT64[0]}", "an integer beyond its type")
                return Number(f"abs({value.text})", value.tags, value.tag)
            bounds = sorted((abs(value.low), abs(value.high)))
            low = 0 if value.low <= 0 <= value.high else bounds[0]
            return Number(f"abs({value.text})", value.tags, value.tag, low, bounds[1])
        raise Leave(f"`abs` of {_listed(value)}", node)

    def _call_min(self, node):
        return self._extreme(node, "<")

    def _call_max(self, node):
        return self._extreme(node, ">")

    def _extreme(self, node, sign):
        if len(node.args) < 2:
            raise Leave(f"`{ast.unparse(node)}` of one argument", node)
        values = [self.settled(self.number(item)) for item in node.args]
        result = values[0]
        for other in values[1:]:
            tags = result.tags | other.tags
            kind = _kinds.storage(tags)
            if kind is None or ("int" in tags and kind == "f"):
                raise Leave(f"`{ast.unparse(node)}` gives one of several types", node)
            self.named(result), self.named(other)
            wins = self.temporary(self._compared(sign, other, result))
            a, b = self.as_kind(other, kind), self.as_kind(result, kind)
            name = self.temporary(f"({a} if {wins} else {b})")
            tag = None
            if len(tags) > 1:
                tag = self.temporary(f"({other.tag_text} if {wins} else {result.tag_text})")
            low = high = None
            if result.low is not None and other.low is not None:
                choose = min if sign == "<" else max
                low, high = choose(result.low, other.low), choose(result.high, other.high)
            elif sign == ">" and kind == "i":
                # No less than what is known of either.
                known = [one.low for one in (result, other) if one.low is not None]
                if known:
                    low, high = max(known), INT64[1]
            elif kind == "i":
                known = [one.high for one in (result, other) if one.high is not None]
                if known:
                    low, high = INT64[0], min(known)
            result = Number(name, tags, tag, low, high)
        return result

    def _call_int(self, node):
        (value,) = self._arguments(node, 1)
        if value.tags <= INTEGERS | BOOLS:
            return Number(self.as_kind(value, "i"), only("int"), None, value.low, value.high)
        name = self.temporary(self.as_kind(value, "f"))
        self.bail(f"not (abs({name}) < 9.2e18)", "a number that is no integer of 64 bits")
        return Number(f"int({name})", only("int"))

    def _call_float(self, node):
        (value,) = self._arguments(node, 1)
        return Number(self.as_float(value), only("float"))

    def _call_bool(self, node):
        (value,) = self._arguments(node, 1)
        return Number(self.truth(value), only("bool"))

    def _call_len(self, node):
        if len(node.args) == 1:
            value = self.expression(node.args[0])
            if isinstance(value, (Array, Row)) and value.rank:
                return size_number(self.size(value, 0))
        raise Leave(f"`{ast.unparse(node)}` is not compiled", node)

    def _call_round(self, node):
        (value,) = self._arguments(node, 1)
        if value.tags <= {"int"}:
            return value
        if not value.tags <= {"float", "np.float64"}:
            raise Leave(f"`round` of {_listed(value)}", node)
        name = self.temporary(value.text)
        self.bail(f"not (abs({name}) < 9.2e18)", "a number that is no integer of 64 bits")
        return Number(f"int(np.rint({name}))", only("int"))

    def _math(self, name, node):
        if name == "sqrt":
            (value,) = self._arguments(node, 1)
            x = self.temporary(self.as_float(value))
            self.bail(f"not ({x} >= 0 and {x} <= {_LARGEST})", "a square root that is no number")
            return Number(f"np.sqrt({x})", only("float"))
        if name == "fabs":
            (value,) = self._arguments(node, 1)
            return Number(f"abs({self.as_float(value)})", only("float"))
        if name in ("floor", "ceil", "trunc"):
            (value,) = self._arguments(node, 1)
            if value.tags <= {"int"}:
                return value
            if not value.tags <= FLOATS:
                raise Leave(f"`math.{name}` of {_listed(value)}", node)
            x = self.temporary(self.as_kind(value, "f"))
            self.bail(f"not (abs({x}) < 9.2e18)", "a number that is no integer of 64 bits")
            return Number(f"int(np.{name}({x}))", only("int"))
        if name in ("isnan", "isinf", "isfinite"):
            value = self.number(node.args[0]) if len(node.args) == 1 else None
            if value is None or not value.tags <= FLOATS:
                raise Leave(f"`{ast.unparse(node)}` is not compiled", node)
            return Number(f"np.{name}({self.settled(value).text})", only("bool"))
        if name == "log" and len(node.args) == 1:
            return self._system("log", node, "{x} > 0")
        if name in ("log2", "log10"):
            return self._system(name, node, "{x} > 0")
        if name == "pow":
            a, b = (self.temporary(self.as_float(one)) for one in self._arguments(node, 2))
            return self._power(a, b, only("float"), None)
        if name == "atan2":
            a, b = (self.temporary(self.as_float(one)) for one in self._arguments(node, 2))
            self.bail(
                f"not (abs({a}) <= {_LARGEST} and abs({b}) <= {_LARGEST})", "a number not finite"
            )
            return Number(self.temporary(f"c_atan2({a}, {b})"), only("float"))
        if name in _SYSTEM:
            return self._system(name, node, "True")
        raise Leave(f"`math.{name}` is not compiled", node)

    def _system(self, name, node, domain):
        """A function of the C library, where argument and result are finite."""
        (value,) = self._arguments(node, 1)
        x = self.temporary(self.as_float(value))
        result = f"c_{name}({x})"
        reason = f"`math.{name}` of a number out of its domain"
        inside = domain.format(x=x)
        self.bail(f"not (abs({x}) <= {_LARGEST} and {inside})", reason)
        result = self.temporary(result)
        self.bail(f"not (abs({result}) <= {_LARGEST})", reason)
        return Number(result, only("float"))

    def _row(self, function, node):
        """A row of the table of operations on one number, or two to choose from."""
        name = function.__name__
        is_own = isinstance(function, _martlet.ufunc)
        if name in ("minimum", "maximum") and len(node.args) == 2:
            left, right = self._arguments(node, 2)
            tags = {"np.float64"}
            if not (left.tags | right.tags) <= {"float", "np.float64"}:
                raise Leave(f"`{ast.unparse(node)}` of other numbers", node)
            a, b = self.named(left), self.named(right)
            self.bail(f"not (abs({a}) <= {_LARGEST} and abs({b}) <= {_LARGEST})", "a NaN")
            sign = "<" if name == "minimum" else ">"
            # Zeros of either sign are equal; which one comes out is the library's matter.
            self.bail(f"{a} == 0 and {b} == 0", "two zeros")
            return Number(f"({a} if {a} {sign} {b} else {b})", frozenset(tags))
        if name not in _UNARY_ROWS or not (is_own or name in _EXACT_ROWS):
            raise Leave(f"`{name}` is not compiled", node)
        (value,) = self._arguments(node, 1)
        if not value.tags <= {"float", "np.float64"}:
            raise Leave(f"`{name}` of {_listed(value)}", node)
        x = self.temporary(value.text)
        self.bail(f"not (abs({x}) <= {_LARGEST})", "a number that is not finite")
        result = self.temporary(f"np.{name}({x})")
        self.bail(f"not (abs({result}) <= {_LARGEST})", f"`{name}` of a number out of its domain")
        return Number(result, only("np.float64"))


def _is_nonzero_constant(value):
    try:
        return float(value.text) != 0
    except ValueError:
        return False


def _is_integer(tags, tag):
    """The text of whether a value's tag is that of an integer."""
    codes = sorted(CODES[one] for one in tags & INTEGERS)
    return "(" + " or ".join(f"{tag} == {code}" for code in codes) + ")"


def _interval(operator, left, right):
    """The least and greatest integer that an operator gives; None, None where nothing is known."""
    known = left.low is not None and right.low is not None
    if operator == "%" and right.low is not None:
        if right.low > 0:
            return 0, right.high - 1
        return None, None
    if operator == "&":
        for side in (left, right):
            if side.low is not None and side.low >= 0:
                return 0, side.high
    if not known:
        return None, None
    a, b, c, d = left.low, left.high, right.low, right.high
    if operator == "+":
        return a + c, b + d
    if operator == "-":
        return a - d, b - c
    if operator == "*":
        corners = (a * c, a * d, b * c, b * d)
        return min(corners), max(corners)
    if operator == "//" and c > 0:
        corners = (a // c, a // d, b // c, b // d)
        return min(corners), max(corners)
    if operator == ">>" and 0 <= c and d <= 62:
        return min(a >> c, a >> d), max(b >> c, b >> d)
    if operator == "<<" and 0 <= c and d <= 62:
        return min(a << c, a << d), max(b << c, b << d)
    if operator in "|^" and a >= 0 and c >= 0:
        return 0, (1 << max(b.bit_length(), d.bit_length())) - 1
    return None, None


def _listed(value):
    names = sorted(tag for tag in value.tags if tag != UNBOUND)
    return " or ".join(names)


def _article(name):
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
