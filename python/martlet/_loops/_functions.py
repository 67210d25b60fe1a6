"""Names from outside of a loop; functions of the program are written out where they are called."""

import ast
import builtins
import types

from martlet._kernels._errors import KernelError
from martlet._kernels._reading import read
from martlet._loops import _kinds
from martlet._loops._expressions import only
from martlet._loops._kinds import INT64, INTEGERS, SMALL, UNBOUND
from martlet._loops._values import Array, Items, Known, Leave, Number, whole


class Functions:
    """The part of the translator that knows names from outside, and calls of functions."""

    def _read_outer(self, name, node):
        kind = self.kinds.get(name)
        if kind is None:
            where, value = self.find(name, node)
            self.guards[name] = (where, value)
            return self.outside(value, node)
        if isinstance(kind, Array):
            self.arrays[name] = kind
            return kind
        self.scalars[name] = kind
        low = high = None
        if kind in INTEGERS and name not in self.large:
            low, high = -SMALL, SMALL
        if kind == UNBOUND:
            raise Leave(f"`{name}` has no value", node)
        text = f"s_{name}"
        if kind in INTEGERS and kind not in ("int", "np.int64"):
            # Compiled code has integers of 64 bits: a small one compared with -2 would wrap.
            text = f"np.int64({text})"
        return Number(text, only(kind), None, low, high)

    def outside(self, value, node):
        """What a value from outside of the loop is to the kernel."""
        kind = type(value)
        if kind is bool or kind is float and value == value and abs(value) != float("inf"):
            return Number(repr(value), only(kind.__name__))
        if kind is int and INT64[0] < value <= INT64[1]:
            return whole(value)
        if kind in (int, float, str, list, dict, tuple, set):
            raise Leave(f"{_shown(node)}, {kind.__name__} of the module", node)
        return Known(value)

    def attribute(self, owner, name, node):
        """An attribute of a module, which the kernel is made for."""
        if not isinstance(owner, types.ModuleType):
            raise Leave(f"`{ast.unparse(node)}` is not compiled", node)
        try:
            value = getattr(owner, name)
        except AttributeError:
            raise Leave(f"`{ast.unparse(node)}` is not there", node) from None
        self.attributes[id(owner), name] = (owner, name, value)
        return value

    def inlined(self, function, node):
        """A call of a function of the program's own, which has no loops and writes nothing."""
        if not isinstance(function, types.FunctionType):
            raise Leave(f"a call of `{ast.unparse(node.func)}`", node)
        if len(self.frames) > 8:
            raise Leave(f"`{function.__name__}` calls itself", node)
        if any(frame["function"] is function for frame in self.frames):
            raise Leave(f"`{function.__name__}` calls itself", node)
        try:
            written = read(function).node
        except KernelError:
            raise Leave(f"the source of `{function.__name__}` is not there", node) from None
        arguments = written.args if isinstance(written, (ast.FunctionDef, ast.Lambda)) else None
        if (
            arguments is None or arguments.vararg or arguments.kwarg or arguments.kwonlyargs
            or arguments.posonlyargs or getattr(written, "decorator_list", None)
        ):  # fmt: skip
            raise Leave(f"`{function.__name__}` has special arguments", node)
        if function.__code__.co_flags & 0x2A0:
            raise Leave(f"`{function.__name__}` is a generator", node)
        names = [item.arg for item in arguments.args]
        defaults = function.__defaults__ or ()
        if not len(names) - len(defaults) <= len(node.args) <= len(names):
            raise Leave(f"`{ast.unparse(node)}` has other arguments", node)
        values = [self.expression(item) for item in node.args]
        for value in (
            defaults[len(defaults) - (len(names) - len(values)) :]
            if len(values) < len(names)
            else ()
        ):
            values.append(self.outside(value, node))
        self.inlines += 1
        frame = {"function": function, "number": self.inlines, "variables": {}, "result": None}
        for name, value in zip(names, values, strict=True):
            if isinstance(value, Number):
                self.settled(value)
                value.text = self.temporary(value.text)
                if value.tag is not None:
                    value.tag = self.temporary(value.tag)
            frame["variables"][name] = value
        self.frames.append(frame)
        try:
            if isinstance(written, ast.Lambda):
                return self.expression(written.body)
            body = written.body
            if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
                body = body[1:]
            return self._function_value(body, node)
        finally:
            self.frames.pop()

    def _function_value(self, statements, node):
        """The value that the statements of a function give: straight, or by `if`."""
        frame = self.frames[-1]
        for i, item in enumerate(statements):
            if isinstance(item, ast.Return) and item.value is not None:
                return self.expression(item.value)
            if isinstance(item, ast.Pass):
                continue
            if isinstance(item, ast.Assign) and len(item.targets) == 1:
                value = self.expression(item.value)
                target = item.targets[0]
                pairs = [(target, value)]
                if isinstance(target, ast.Tuple) and isinstance(value, Items):
                    pairs = list(zip(target.elts, value.items, strict=True))
                for one, own in pairs:
                    if not isinstance(one, ast.Name):
                        raise Leave(f"`{frame['function'].__name__}` writes to something", item)
                    if isinstance(own, Number):
                        self.settled(own)
                        own.text = self.temporary(own.text)
                for one, own in pairs:
                    frame["variables"][one.id] = own
                continue
            if isinstance(item, ast.AugAssign) and isinstance(item.target, ast.Name):
                operation = ast.BinOp(ast.Name(item.target.id, ast.Load()), item.op, item.value)
                value = self.settled(self.number(ast.copy_location(operation, item)))
                value.text = self.temporary(value.text)
                frame["variables"][item.target.id] = value
                continue
            if isinstance(item, ast.If):
                rest = statements[i + 1 :]
                return self._function_branches(item, rest, node)
            raise Leave(f"`{frame['function'].__name__}` has `{_first_line(item)}`", item)
        raise Leave(f"`{frame['function'].__name__}` gives nothing", node)

    def _function_branches(self, item, rest, node):
        frame = self.frames[-1]
        test = self.test(item.test)
        before = dict(frame["variables"])
        sides = ([*item.body, *rest], [*item.orelse, *rest])
        mark = self.mark()
        tags = frozenset()
        for side in sides:
            with self.branch("True"):
                frame["variables"] = dict(before)
                value = self._function_value(side, node)
                if not isinstance(value, Number):
                    raise Leave(f"`{frame['function'].__name__}` gives no number", node)
                tags |= value.tags
        self.back_to(mark)
        kind = _kinds.storage(tags)
        if kind is None or ("int" in tags and kind == "f"):
            raise Leave(f"`{frame['function'].__name__}` gives one of several types", node)
        name = f"e{self.temporaries + 1}"
        self.temporaries += 1
        for condition, side in ((test, sides[0]), (None, sides[1])):
            with self.branch(condition):
                frame["variables"] = dict(before)
                value = self.settled(self._function_value(side, node))
                self.line(f"{name} = {self.as_kind(value, kind)}")
                if len(tags) > 1:
                    self.line(f"{name}_tag = {value.tag_text}")
        return Number(name, tags, f"{name}_tag" if len(tags) > 1 else None)

    def _read_inner(self, name, node):
        frame = self.frames[-1]
        if name in frame["variables"]:
            return frame["variables"][name]
        function = frame["function"]
        if name in function.__code__.co_varnames:
            raise Leave(f"`{name}` has no value in `{function.__name__}`", node)
        if name in function.__code__.co_freevars:
            raise Leave(f"`{name}` is a variable of another function", node)
        space = function.__globals__
        if name in space:
            value = space[name]
            if space is self.space and name in self.unions and self.loop.is_module:
                raise Leave(f"`{name}` changes while `{function.__name__}` reads it", node)
        else:
            if not hasattr(builtins, name):
                raise Leave(f"`{name}` is not there", node)
            value = getattr(builtins, name)
        if type(value) in (int, float, bool):
            self.guards[name, id(function)] = (("inner", function), value)
            return self.outside(value, node)
        self.guards[name, id(function)] = (("inner", function), value)
        return self.outside(value, node)


def _first_line(node):
    return ast.unparse(node).partition("\n")[0]


def _shown(node):
    return f"`{ast.unparse(node)}`"
