"""Rewrites the loops of a module or function so that they can go on in compiled code.

A loop `for x in range(n): BODY` becomes, K being an object of this loop's (`_session.Loop`):

    if K.off:
        for x in range(n): BODY                     # as it was written
    else:
        k = K.start(range(n))
        while True:
            for x in k.chunk: BODY                  # at Python's own speed
            else:
                o = k.more(locals())                # may run iterations in compiled code
                if o is not None:
                    if "x" in o: x = o["x"]         # ... each name that the loop assigns
                    r = k.resume
                    continue
                (the loop's own else)
            break

Compiled code may leave inside an inner loop. Python then goes on there: `r` holds the number of
the inner loop to enter, statements before it are passed over (`if not r: ...`), and the inner loop
begins with what is left of it. Hidden names begin with a dot, which no program's can.

The places of all nodes are kept, so that tracebacks and warnings name the lines they named before.
"""

import ast
import copy
import types

from martlet._loops._session import Loop

# Functions whose callers look at their own variables, where hidden names would show.
_LOOKERS = {"locals", "vars", "dir", "eval", "exec", "globals"}

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

_UNSUITABLE = {
    ast.Try: "`try`",
    ast.TryStar: "`try`",
    ast.With: "`with`",
    ast.AsyncWith: "`async with`",
    ast.AsyncFor: "`async for`",
    ast.Import: "`import`",
    ast.ImportFrom: "`import`",
    ast.FunctionDef: "a function that is defined inside",
    ast.AsyncFunctionDef: "a function that is defined inside",
    ast.ClassDef: "a class that is defined inside",
    ast.Global: "`global`",
    ast.Nonlocal: "`nonlocal`",
    ast.Delete: "`del`",
    ast.Match: "`match`",
    ast.Yield: "`yield`",
    ast.YieldFrom: "`yield from`",
    ast.Await: "`await`",
    ast.Lambda: "a lambda",
    ast.ListComp: "a list comprehension",
    ast.SetComp: "a set comprehension",
    ast.DictComp: "a dictionary comprehension",
    ast.GeneratorExp: "a generator",
    ast.List: "a list",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "an assignment inside of an expression",
    ast.Starred: "a starred expression",
}

# Methods that only lists, dictionaries, sets, strings and files have.
_METHODS = {
    "append": "a list", "extend": "a list", "insert": "a list", "pop": "a list",
    "remove": "a list", "add": "a set", "update": "a dictionary", "get": "a dictionary",
    "setdefault": "a dictionary", "items": "a dictionary", "keys": "a dictionary",
    "values": "a dictionary", "join": "text", "split": "text", "strip": "text", "format": "text",
    "write": "a file", "read": "a file", "readline": "a file",
}  # fmt: skip


def unsuitable(node):
    """Why a statement or expression can never be compiled, in a few words; None where it may."""
    kind = _UNSUITABLE.get(type(node))
    if kind is not None:
        return kind
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in _METHODS:
            return f"`{function.attr}` of {_METHODS[function.attr]}"
        if isinstance(function, ast.Name) and function.id in ("print", "input", "open", *_LOOKERS):
            return f"`{function.id}`"
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
        return "text"
    return None


def _certain(statements):
    """The nodes that every iteration of a loop with these statements reaches."""
    pending = list(reversed(statements))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, (ast.Raise, ast.Return)):
            continue
        yield node
        if isinstance(node, (ast.If, ast.IfExp)):
            pending.append(node.test)
        elif isinstance(node, ast.BoolOp):
            pending.append(node.values[0])
        elif isinstance(node, ast.Assert):
            pending.append(node.test)
        elif isinstance(node, ast.For):
            pending.append(node.iter)
            pending.extend(reversed(node.body))
        elif isinstance(node, ast.While):
            pending.append(node.test)
            pending.extend(reversed(node.body))
        elif type(node) not in _UNSUITABLE:
            pending.extend(ast.iter_child_nodes(node))


def _refusal(loop):
    """Why a loop can't be compiled whatever its types, with the node; None where it may be."""
    if isinstance(loop, ast.While):
        if loop.orelse:
            return "`else` of a `while` loop", loop
    elif not isinstance(loop.target, ast.Name):
        return "a loop over several names at once", loop
    elif not is_range(loop.iter):
        return f"a loop over `{_shown(loop.iter)}`, which is no range", loop
    for node in _loose(loop.orelse):
        # It means the loop around, which the rewritten form would hide.
        return f"`{type(node).__name__.lower()}` in the `else` of a loop", node
    for node in _certain(loop.body if isinstance(loop, ast.For) else [loop.test, *loop.body]):
        reason = unsuitable(node)
        if reason is not None:
            return reason, node
        if isinstance(node, ast.For) and not (
            isinstance(node.target, ast.Name) and is_range(node.iter) and not node.orelse
        ):
            return f"a loop over `{_shown(node.iter)}`, which is no range", node
    return None


def _loose(statements):
    """The `break` and `continue` among statements that mean a loop around them."""
    pending = list(statements)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Break, ast.Continue)):
            yield node
        elif isinstance(node, (ast.For, ast.While, ast.AsyncFor)):
            pending.extend(node.orelse)
        elif not isinstance(node, _SCOPES):
            pending.extend(ast.iter_child_nodes(node))


def is_range(node):
    """Whether an expression is written as a call of `range`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "range"
        and 1 <= len(node.args) <= 3
        and not node.keywords
        and not any(isinstance(item, ast.Starred) for item in node.args)
    )


def _shown(node):
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else text[:37] + "..."


def assigned_names(statements):
    """The names that statements assign, in the order in which they first do."""
    names = {}
    pending = list(reversed(statements))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.setdefault(node.id)
        if isinstance(node, _SCOPES):
            if hasattr(node, "name"):
                names.setdefault(node.name)
            continue
        if isinstance(node, _COMPREHENSIONS):
            continue
        pending.extend(reversed(list(ast.iter_child_nodes(node))))
    return list(names)


class _Marks:
    """Objects that stand in code as constants, by the text that holds their place until then."""

    def __init__(self):
        self.objects = {}

    def node(self, thing):
        text = f"\0martlet loop {len(self.objects)}"
        for known, other in self.objects.items():
            if other is thing:
                text = known
        self.objects[text] = thing
        return ast.Constant(text)

    def fill(self, code):
        """The code with the objects in their places."""
        constants = tuple(
            self.objects.get(item, item)
            if isinstance(item, str)
            else self.fill(item)
            if isinstance(item, types.CodeType)
            else item
            for item in code.co_consts
        )
        return code.replace(co_consts=constants)


class _Scope:
    """What a function or a module says of its names."""

    def __init__(self, node, is_module):
        self.is_module = is_module
        self.node = node
        body = node.body
        # Names that are not this scope's own, though it assigns them.
        self.foreign = set()
        self.looks = False
        pending = list(body)
        while pending:
            item = pending.pop()
            if isinstance(item, (ast.Global, ast.Nonlocal)):
                self.foreign.update(item.names)
            if isinstance(item, ast.Call) and isinstance(item.func, ast.Name):
                self.looks |= item.func.id in _LOOKERS
            if not isinstance(item, _SCOPES):
                pending.extend(ast.iter_child_nodes(item))


class Rewriter:
    """Rewrites the loops of one file."""

    def __init__(self, filename):
        self.filename = filename
        self.marks = _Marks()
        self.loops = []

    def module(self, tree):
        """Rewrites a module's tree, in place."""
        scope = _Scope(tree, True)
        tree.body = self._block(tree.body, scope, "<module>")
        return ast.fix_missing_locations(tree)

    def function(self, node):
        """Rewrites a function's tree, in place."""
        self._function(node, "")
        return ast.fix_missing_locations(node)

    def _function(self, node, prefix):
        scope = _Scope(node, False)
        node.body = self._block(node.body, scope, prefix + node.name)

    def _block(self, statements, scope, name):
        result = []
        for node in statements:
            result.extend(self._statement(node, scope, name))
        return result

    def _statement(self, node, scope, name):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            prefix = "" if scope is None or scope.is_module else f"{name}.<locals>."
            if scope is None:
                prefix = f"{name}."
            self._function(node, prefix)
            return [node]
        if isinstance(node, ast.ClassDef):
            # Loops that make a class's names are left alone.
            self._block(node.body, None, node.name)
            return [node]
        if isinstance(node, (ast.For, ast.While)) and scope is not None and not scope.looks:
            return self._nest(node, scope, name)
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                setattr(node, field, self._block(block, scope, name))
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            part.body = self._block(part.body, scope, name)
        return [node]

    # MARK: Loops

    def _nest(self, node, scope, name):
        """An outermost loop, as it is to be written."""
        return self._loop(node, scope, name, None)

    def _loop(self, node, scope, name, parent):
        refusal = _refusal(node)
        if refusal is None:
            taken = scope.foreign.intersection(assigned_names([node]))
            if taken:
                refusal = f"`{min(taken)}` is a variable of another function or the module", node
        if refusal is not None:
            reason, place = refusal
            loop = Loop(self.filename, name, node, None)
            loop.leave(f"{reason[0].upper()}{reason[1:]}", getattr(place, "lineno", node.lineno))
            self.loops.append(loop)
            node.body = self._block(node.body, scope, name)
            node.orelse = self._block(node.orelse, scope, name)
            return [node]
        if parent is None and _is_short(node):
            node.body = self._block(node.body, scope, name)
            return [node]
        original = copy.deepcopy(node)
        loop = Loop(self.filename, name, original, parent)
        loop.is_module = scope.is_module
        loop.number = len(self.loops) + 1
        self.loops.append(loop)
        form = _Chunked(self, scope, name, loop)
        chunked = form.statements(node)
        test = ast.Attribute(self.marks.node(loop), "off", ast.Load())
        if parent is not None:
            # Compiled code may have left inside of a loop that is switched off.
            test = ast.BoolOp(ast.And(), [test, ast.UnaryOp(ast.Not(), form._read("r"))])
        choice = ast.If(test, [original], chunked)
        return [_placed(choice, node)]


def _is_short(node):
    """Whether a loop has so few iterations that it can't be worth it."""
    if isinstance(node, ast.While) or len(node.iter.args) != 1:
        return False
    count = node.iter.args[0]
    inner = any(
        isinstance(item, (ast.For, ast.While)) for item in ast.walk(node) if item is not node
    )
    return (
        isinstance(count, ast.Constant)
        and isinstance(count.value, int)
        and (count.value < 8 and not inner)
    )


def _placed(tree, place):
    """A tree whose new nodes stand where another does."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if hasattr(node, "lineno"):
            continue
        if "lineno" in node._attributes:
            ast.copy_location(node, place)
            # The header's line alone: the body is elsewhere.
            node.end_lineno, node.end_col_offset = place.lineno, place.col_offset
        pending.extend(ast.iter_child_nodes(node))
    return tree


class _Chunked:
    """The form of a loop whose iterations come in chunks."""

    def __init__(self, rewriter, scope, name, loop):
        self.rewriter = rewriter
        self.scope = scope
        self.name = name
        self.loop = loop

    def _hidden(self, name, context):
        """A place for a value of the rewritten code: a local variable that no program can name, or
        an attribute of the loop, since a module's variables are everybody's."""
        if self.scope.is_module:
            owner = self.loop if name == "k" else self._outermost()
            return ast.Attribute(self.rewriter.marks.node(owner), f"at_{name}", context)
        return ast.Name(f".{name}{self.loop.number if name == 'k' else ''}", context)

    def _outermost(self):
        loop = self.loop
        while loop.parent is not None:
            loop = loop.parent
        return loop

    def _read(self, name):
        return self._hidden(name, ast.Load())

    def _write(self, name, value):
        return ast.Assign([self._hidden(name, ast.Store())], value)

    def statements(self, node):
        """The loop as statements; the body's own nodes stay what they are."""
        loop, is_for = self.loop, isinstance(node, ast.For)
        has_inner = any(isinstance(item, (ast.For, ast.While)) for item in _inside(node))
        mark = self.rewriter.marks.node(loop)
        given = [node.iter] if is_for else []
        begin = ast.Call(ast.Attribute(mark, "start", ast.Load()), given, [])
        result = []
        if loop.parent is None:
            result.append(self._write("r", ast.Constant(0)))
            result.append(self._write("k", begin))
        else:
            # Where compiled code left inside this loop, the rest of it.
            again = ast.Call(ast.Attribute(mark, "again", ast.Load()), [self._read("r")], [])
            result.append(self._write("k", ast.IfExp(self._read("r"), again, begin)))
            reached = ast.Compare(self._read("r"), [ast.Eq()], [ast.Constant(loop.number)])
            result.append(ast.If(reached, [self._write("r", ast.Constant(0))], []))
        body = self._body(node.body, has_inner)
        if is_for:
            target = node.target
        else:
            target = self._hidden("t", ast.Store())
            test = node.test
            if has_inner:
                test = ast.BoolOp(ast.Or(), [self._read("r"), test])
            stop = ast.If(ast.UnaryOp(ast.Not(), test), [ast.Break()], [])
            body = [_placed(stop, node.test), *body]
        chunk = ast.Attribute(self._read("k"), "chunk", ast.Load())
        more = ast.Call(
            ast.Attribute(self._read("k"), "more", ast.Load()),
            [ast.Call(self._locals(), [], [])],
            [],
        )
        take = []
        for name in loop.assigned:
            there = ast.Compare(ast.Constant(name), [ast.In()], [self._read("o")])
            value = ast.Subscript(self._read("o"), ast.Constant(name), ast.Load())
            take.append(ast.If(there, [ast.Assign([ast.Name(name, ast.Store())], value)], []))
        if has_inner:
            left = ast.Attribute(self._read("k"), "resume", ast.Load())
            take.append(self._write("r", left))
        take.append(ast.Continue())
        going = ast.Compare(self._read("o"), [ast.IsNot()], [ast.Constant(None)])
        otherwise = [self._write("o", more), ast.If(going, take, [])]
        if is_for and node.orelse:
            # A `break` that compiled code came to passes over the loop's own else.
            broke = ast.Attribute(self._read("k"), "broke", ast.Load())
            own = self.rewriter._block(node.orelse, self.scope, self.name)
            otherwise.append(ast.If(broke, [ast.Pass()], own))
        run = ast.For(target, chunk, body, otherwise)
        result.append(ast.While(ast.Constant(True), [run, ast.Break()], []))
        for item in result:
            _placed(item, node)
        return result

    def _locals(self):
        """The function `locals`, whatever the program calls so; a constant in its place would make
        the compiler warn of a call of text."""
        return ast.Attribute(self.rewriter.marks.node(self.loop), "locals", ast.Load())

    def _body(self, statements, has_inner):
        """The statements of a loop's body; those without loops are passed over on the way back
        into an inner loop."""
        result, plain = [], []

        def flush():
            if plain and has_inner:
                passed = ast.UnaryOp(ast.Not(), self._read("r"))
                result.append(_placed(ast.If(passed, list(plain), []), plain[0]))
            else:
                result.extend(plain)
            plain.clear()

        for node in statements:
            inner = [
                item for item in (node, *_inside(node)) if isinstance(item, (ast.For, ast.While))
            ]
            if not inner or not isinstance(node, (ast.For, ast.While, ast.If)):
                if inner:
                    plain.extend(self.rewriter._statement(node, self.scope, self.name))
                else:
                    plain.append(node)
                continue
            flush()
            numbers_before = len(self.rewriter.loops)
            if isinstance(node, ast.If):
                result.append(self._branch(node))
                continue
            written = self.rewriter._loop(node, self.scope, self.name, self.loop)
            numbers = [loop.number for loop in self.rewriter.loops[numbers_before:]]
            result.append(self._guarded(written, numbers, node))
        flush()
        return result

    def _guarded(self, written, numbers, place):
        """A loop that is passed over on the way to another one."""
        way = ast.Compare(self._read("r"), [ast.In()], [ast.Constant((0, *numbers))])
        return _placed(ast.If(way, written, []), place)

    def _branch(self, node):
        """An `if` with loops inside: on the way back it takes the side that leads there."""
        before = len(self.rewriter.loops)
        body = self._body(node.body, True)
        numbers = [loop.number for loop in self.rewriter.loops[before:]]
        between = len(self.rewriter.loops)
        orelse = self._body(node.orelse, True) if node.orelse else []
        others = [loop.number for loop in self.rewriter.loops[between:]]
        here = ast.Compare(self._read("r"), [ast.In()], [ast.Constant((0, *numbers, *others))])
        way = ast.Compare(self._read("r"), [ast.In()], [ast.Constant((*numbers,))])
        node.test = _placed(ast.IfExp(self._read("r"), way, node.test), node.test)
        node.body, node.orelse = body, orelse
        return _placed(ast.If(here, [node], []), node)


def _inside(node):
    """The nodes below one, but for those of functions and classes inside."""
    pending = list(ast.iter_child_nodes(node))
    while pending:
        item = pending.pop()
        if isinstance(item, (*_SCOPES, *_COMPREHENSIONS)):
            continue
        yield item
        pending.extend(ast.iter_child_nodes(item))
