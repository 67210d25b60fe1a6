"""A kernel in few kinds of statements, as the derivative is written from.

What is left are assignments to a name or an element, `for` over a `range`, `while`, `if`, `append`
of lists and the returned values. Calls of jitted functions are written out, with names of their
own; `break`, `continue` and `return` become conditions.
"""

import ast
import builtins
import copy
import inspect

import numpy

import martlet.numpy
from martlet import _martlet, prange
from martlet._kernels import _source, _values
from martlet._kernels._derivatives._kinds import (
    BOOL,
    INT,
    binary,
    body_of,
    call,
    constant,
    element,
    is_array,
    is_list,
    kind,
    kind_of_dtype,
    load,
    method,
    range_parts,
    store,
)  # fmt: skip
from martlet._kernels._encoder import local_names
from martlet._kernels._errors import KernelError

# Functions of NumPy's that make an array whose elements are constants.
_MAKERS = {"zeros", "empty", "ones", "zeros_like", "empty_like", "ones_like"}


class Plain:
    """The statements of one function for arguments of given kinds."""

    def __init__(self, function, written, kinds, constants):
        self.function = function
        self.written = written
        node = written.node
        self.constants = constants
        self.parameters = [item.arg for item in node.args.args if item.arg not in constants]
        # Outside values by the names that stand for them.
        self.outside = {}
        self.kinds = dict(kinds)
        # Which local names are arrays that are made once.
        self.made = {}
        # The parameters whose elements are written.
        self.changed = set()
        self.results = []
        self._place = node
        self._file_of = self.written, function
        self._depth = 0
        self.taken = local_names(node)
        while True:
            # A name that is an integer first may turn out to be a float.
            before = dict(self.kinds)
            self._numbers = 0
            self.made, self.outside = {}, {}
            self.statements = self._entry()
            if self.kinds == before:
                break

    # Errors

    def refuse(self, what, node=None):
        """Raises the error for what has no derivative, at the user's line."""
        node = self._place if node is None or not hasattr(node, "lineno") else node
        written, function = self._file_of
        line, column = written.position(node)
        error = KernelError(what, function.__code__.co_filename, line, column)
        raise NotImplementedError(
            f"[{self.function.__name__}] has no derivative: {error}\n"
            "martlet.defvjp gives a function one."
        )

    # Functions

    def _entry(self):
        """The statements of the function itself."""
        names = {name: name for name in self.parameters}
        scope = _Scope(self, self.function, self.written, names, True)
        statements = scope.whole(body_of(self.written.node))
        self.results = scope.results or []
        self.gives_tuple = scope.gives_tuple
        return statements

    def fresh(self, stem):
        """A name that no other has: the same one whenever the function is read again."""
        while True:
            self._numbers += 1
            name = f"{stem}_{self._numbers}"
            if name not in self.taken:
                return name

    def free(self, name):
        """A name that no other has."""
        while name in self.taken or name in self.kinds or name in self.outside:
            name += "_"
        self.taken.add(name)
        return name

    def note(self, name, kind, node):
        """Gives a name a kind, the wider one where it has another."""
        known = self.kinds.get(name)
        if known is None or known == kind:
            self.kinds[name] = kind
            return
        order = [BOOL, INT, "float16", "float32", "float64"]
        if known in order and kind in order:
            wider = order[max(order.index(known), order.index(kind))]
            if {known, kind} == {INT, "float32"}:
                wider = "float64"
            self.kinds[name] = wider
            return
        self.refuse(f"'{name}' stands for several kinds of values", node)

    def bind(self, value, name):
        """The name under which the derivative sees a value from outside."""
        for known, other in self.outside.items():
            if other is value:
                return known
        chosen = f"{name}_o"
        while chosen in self.outside or chosen in self.taken:
            chosen += "o"
        self.outside[chosen] = value
        return chosen


class _Scope:
    """One function on its way: the entry, or one that is written out at its call."""

    def __init__(self, plain, function, written, names, is_entry):
        node = written.node
        self.plain = plain
        self.function = function
        self.node = node
        self.names = names
        self.is_entry = is_entry
        self.results = None
        self.gives_tuple = False
        self._constants = plain.constants if is_entry else {}
        self._locals = local_names(node) - set(self._constants)
        self._closure = inspect.getclosurevars(function)
        # The flags of the loops around, innermost last: [broken, continued].
        self._flags = []
        self._ended = None
        # How deep in loops and branches.
        self._depth = 0
        if any([node.args.vararg, node.args.kwarg, node.args.kwonlyargs, node.args.posonlyargs]):
            plain.refuse("only plain parameters are differentiated", node)
        self._returns = sum(isinstance(item, ast.Return) for item in ast.walk(node))

    # Names

    def name(self, name):
        """The name that a local one has in the whole."""
        if name not in self.names:
            self.names[name] = name if self.is_entry else self.plain.fresh(name)
        return self.names[name]

    def _is_local(self, name):
        if name in self.names:
            return True
        return name in self._locals

    def outside(self, node):
        """The value of a name or an attribute from outside; `_NOTHING` for others."""
        if isinstance(node, ast.Name):
            if self._is_local(node.id):
                return _NOTHING
            for part in (self._constants, self._closure.nonlocals, self._closure.globals):
                if node.id in part:
                    return part[node.id]
            value = self.function.__globals__.get(node.id, _NOTHING)
            if value is _NOTHING:
                value = getattr(builtins, node.id, _NOTHING)
            return value
        if isinstance(node, ast.Attribute):
            owner = self.outside(node.value)
            if owner is not _NOTHING:
                return getattr(owner, node.attr, _NOTHING)
        return _NOTHING

    def refuse(self, what, node):
        self.plain.refuse(what, node)

    # Statements

    def block(self, body):
        """The statements of a block. Those behind what may leave it run where it was not left."""
        made = []
        for i, statement in enumerate(body):
            self.plain._place = statement
            if isinstance(statement, (ast.Return, ast.Break, ast.Continue)):
                return made + self.statement(statement)
            left = self._leaves(statement)
            made += self.statement(statement)
            rest = body[i + 1 :]
            if left and rest:
                inner = self._nested(rest)
                test = None
                for flag in left:
                    one = ast.Compare(load(flag), [ast.Eq()], [constant(0)])
                    test = one if test is None else ast.BoolOp(ast.And(), [test, one])
                return [*made, self.at(ast.If(test, inner, []), statement)]
        return made

    def _nested(self, body):
        self._depth += 1
        try:
            return self.block(body)
        finally:
            self._depth -= 1

    def _leaves(self, statement):
        """The flags that a statement may set."""
        found = set()
        self._find_leaving(statement, False, found)
        flags = []
        if "return" in found and self._ended:
            flags.append(self._ended)
        if self._flags:
            broken, continued = self._flags[-1]
            if "break" in found:
                flags.append(broken)
            if "continue" in found:
                flags.append(continued)
        return flags

    def _find_leaving(self, node, inside, found):
        if isinstance(node, ast.Return):
            found.add("return")
        elif isinstance(node, ast.Break) and not inside:
            found.add("break")
        elif isinstance(node, ast.Continue) and not inside:
            found.add("continue")
        elif isinstance(node, (ast.FunctionDef, ast.Lambda)):
            return
        inside = inside or isinstance(node, (ast.For, ast.While))
        for child in ast.iter_child_nodes(node):
            self._find_leaving(child, inside, found)

    def at(self, made, node):
        """What was made, at the place of what it was made from."""
        ast.copy_location(made, node)
        return ast.fix_missing_locations(made)

    def assign(self, name, value, kind, node):
        self.plain.note(name, kind, node)
        return self.at(ast.Assign([store(name)], value), node)

    def statement(self, node):
        kind = type(node).__name__
        write = getattr(self, f"_{kind.lower()}", None)
        if write is None:
            self.refuse(f"a statement of kind '{kind}' is not differentiated", node)
        return write(node)

    def _pass(self, node):
        return []

    def _assert(self, node):
        return []

    def _break(self, node):
        return [self.assign(self._flags[-1][0], constant(1), INT, node)]

    def _continue(self, node):
        return [self.assign(self._flags[-1][1], constant(1), INT, node)]

    def _expr(self, node):
        value = node.value
        if isinstance(value, ast.Constant):
            return []
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            owner = value.func.value
            if isinstance(owner, ast.Name) and value.func.attr == "append":
                name = self.name(owner.id)
                if is_list(self.plain.kinds.get(name)):
                    before, item = self.value(value.args[0])
                    return [*before, self.at(ast.Expr(method(name, "append", item)), node)]
        if isinstance(value, ast.Call) and self._jitted(value.func) is not None:
            return self._inline(value)[0]
        self.refuse("a call for its effect is not differentiated", node)

    def _annassign(self, node):
        if node.value is None:
            return []
        return self._assign(self.at(ast.Assign([node.target], node.value), node))

    def _augassign(self, node):
        target = copy.deepcopy(node.target)
        target.ctx = ast.Load()
        value = self.at(binary(target, node.op, node.value), node)
        return self._assign(self.at(ast.Assign([node.target], value), node))

    def _assign(self, node):
        if len(node.targets) > 1:
            value = node.value
            name = self.plain.fresh("value")
            self.names[name] = name
            parts = [ast.Assign([store(name)], value)]
            parts += [ast.Assign([target], load(name)) for target in node.targets]
            return [one for part in parts for one in self._assign(self.at(part, node))]
        target, value = node.targets[0], node.value
        if isinstance(target, (ast.Tuple, ast.List)):
            return self._unpack(target, value, node)
        if isinstance(target, ast.Subscript):
            before, place = self.element(target)
            if not isinstance(place, ast.Subscript):
                self.refuse("this assignment is not differentiated", node)
            more, value = self.value(value)
            name = place.value.id
            if not is_array(self.plain.kinds.get(name)):
                self.refuse("only elements of arrays are assigned", node)
            if name in self.plain.parameters:
                self.plain.changed.add(name)
            elif name not in self.plain.made:
                self.refuse("an array from around the function is changed", node)
            place.ctx = ast.Store()
            return [*before, *more, self.at(ast.Assign([place], value), node)]
        if not isinstance(target, ast.Name):
            self.refuse("this assignment is not differentiated", node)
        name = self.name(target.id)
        special = self._special(name, value, node)
        if special is not None:
            return special
        before, value = self.value(value)
        kind = self.kind(value)
        if is_array(kind) or is_list(kind):
            self.refuse("another name for an array is not differentiated", node)
        return [*before, self.assign(name, value, kind, node)]

    def _special(self, name, value, node):
        """Assignments of arrays, lists and what a list had last; None for numbers."""
        if isinstance(value, ast.List):
            if len(value.elts) != 1 or self._depth:
                self.refuse("lists are differentiated that begin with one number", node)
            before, item = self.value(value.elts[0])
            self.plain.note(name, (self.kind(item),), node)
            made = ast.Assign([store(name)], ast.List([item], ast.Load()))
            return [*before, self.at(made, node)]
        if not isinstance(value, ast.Call):
            return None
        if isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Name):
            owner, attribute = value.func.value.id, value.func.attr
            if self._is_local(owner):
                owner = self.name(owner)
                known = self.plain.kinds.get(owner)
                if is_array(known) and attribute == "copy" and not value.args:
                    return self._copied(name, owner, known, node)
        path = self._path(value.func)
        if path is None:
            return None
        word = path.rpartition(".")[2]
        if path.startswith("numpy.") and word in ("copy", "asarray", "array", "ascontiguousarray"):
            if len(value.args) == 1 and not value.keywords and isinstance(value.args[0], ast.Name):
                owner = self.name(value.args[0].id)
                if is_array(self.plain.kinds.get(owner)) and word in ("copy", "array"):
                    return self._copied(name, owner, self.plain.kinds[owner], node)
        if path.startswith("numpy.") and word in _MAKERS:
            return self._maker(name, word, value, node)
        return None

    def _maker(self, name, word, value, node):
        if self._depth or name in self.plain.made:
            self.refuse("an array that is made in a loop or branch, or twice, under one name", node)
        if value.keywords and (len(value.keywords) > 1 or value.keywords[0].arg != "dtype"):
            self.refuse("arrays are made from a shape and a dtype", node)
        dtype = value.keywords[0].value if value.keywords else None
        if len(value.args) == 2:
            dtype = value.args[1]
        before, shape = [], value.args[0]
        if word.endswith("_like"):
            before, shape = self.value(shape)
            known = self.kind(shape)
            if not is_array(known):
                self.refuse("the argument is no array", node)
            kind, axes = known
        else:
            items = shape.elts if isinstance(shape, ast.Tuple) else [shape]
            axes, kind, parts = len(items), "float64", []
            if isinstance(shape, ast.Attribute) and shape.attr == "shape":
                more, owner = self.value(shape.value)
                before += more
                axes = self.kind(owner)[1]
                shape = ast.Attribute(owner, "shape", ast.Load())
            else:
                for item in items:
                    more, part = self.value(item)
                    before += more
                    parts.append(part)
                shape = ast.Tuple(parts, ast.Load())
        arguments = [shape]
        if dtype is not None:
            found = _values.dtype_name(self.outside(dtype))
            kind = None if found is None else kind_of_dtype(numpy.dtype(found))
            if kind is None:
                self.refuse("an array of this dtype is not differentiated", node)
            arguments.append(load(self.plain.bind(self.outside(dtype), "dtype")))
        self.plain.note(name, (kind, axes), node)
        self.plain.made[name] = word
        function = load(self.plain.bind(self.outside(value.func), word))
        return [*before, self.at(ast.Assign([store(name)], call(function, *arguments)), node)]

    def _copied(self, name, owner, kind, node):
        """A copy of an array: a new one, and a loop over its elements."""
        if self._depth or name in self.plain.made:
            self.refuse("an array that is made in a loop or branch, or twice, under one name", node)
        self.plain.note(name, kind, node)
        self.plain.made[name] = "empty_like"
        function = load(self.plain.bind(martlet.numpy.empty_like, "empty_like"))
        statements = [self.at(ast.Assign([store(name)], call(function, load(owner))), node)]
        indices = [self.plain.fresh("index") for _ in range(kind[1])]
        for index in indices:
            self.plain.note(index, INT, node)
        place = ast.Tuple([load(index) for index in indices], ast.Load())
        inner = ast.Assign(
            [ast.Subscript(load(name), place, ast.Store())],
            ast.Subscript(load(owner), place, ast.Load()),
        )
        for axis, index in reversed(list(enumerate(indices))):
            shape = ast.Attribute(load(owner), "shape", ast.Load())
            size = ast.Subscript(shape, constant(axis), ast.Load())
            inner = ast.For(store(index), call(load("range"), size), [inner], [])
        return [*statements, self.at(inner, node)]

    def _unpack(self, target, value, node):
        if isinstance(value, ast.Attribute) and value.attr == "shape":
            value = ast.Tuple(
                [
                    ast.Subscript(copy.deepcopy(value), constant(i), ast.Load())
                    for i in range(len(target.elts))
                ],
                ast.Load(),
            )
        before = []
        if isinstance(value, ast.Call) and self._jitted(value.func) is not None:
            before, results, gives_tuple = self._inline(value)
            if not gives_tuple:
                self.refuse("the function gives no tuple", node)
            items = results
        elif isinstance(value, (ast.Tuple, ast.List)):
            items = []
            for item in value.elts:
                more, made = self.value(item)
                name = self.plain.fresh("part")
                before += [*more, self.assign(name, made, self.kind(made), node)]
                items.append(name)
        else:
            self.refuse("this assignment of several names is not differentiated", node)
        if len(items) != len(target.elts):
            self.refuse("the numbers of names and of values differ", node)
        for item, one in zip(items, target.elts, strict=True):
            self.names[item] = item
            before += self._assign(self.at(ast.Assign([one], load(item)), node))
        return before

    def _if(self, node):
        before, test = self.value(node.test)
        then, otherwise = self._nested(node.body), self._nested(node.orelse)
        return [*before, self.at(ast.If(test, then, otherwise), node)]

    def _loopbody_of(self, body, node, test=None):
        """The body of a loop, what sets its flags before, and the flags that end it."""
        found = set()
        for statement in body:
            self._find_leaving(statement, False, found)
        broken, continued = self.plain.fresh("broken"), self.plain.fresh("continued")
        self._flags.append((broken, continued))
        before, start = [], []
        if "break" in found or test is not None:
            before.append(self.assign(broken, constant(0), INT, node))
        if "continue" in found:
            start.append(self.assign(continued, constant(0), INT, node))
        ends = [broken] if "break" in found else []
        if "return" in found:
            ends.append(self._ended)
        inner = self._nested(body)
        self._flags.pop()
        return before, [*start, *inner], ends

    def _for(self, node):
        if node.orelse:
            self.refuse("the 'else' of a loop is not differentiated", node)
        bounds, is_reversed = self._range(node)
        before, parts = [], []
        for bound in bounds:
            more, part = self.value(bound)
            before += more
            parts.append(part)
        if not isinstance(node.target, ast.Name):
            self.refuse("loops over a range with one index are differentiated", node)
        index = self.name(node.target.id)
        self.plain.note(index, INT, node)
        for statement in node.body:
            for item in ast.walk(statement):
                if isinstance(item, ast.Name) and item.id == node.target.id:
                    if not isinstance(item.ctx, ast.Load):
                        self.refuse("a loop's index that its body assigns", item)
        flags, body, ends = self._loopbody_of(node.body, node)
        if not ends:
            counted = call(load("range"), *parts)
            if is_reversed:
                counted = call(load("reversed"), counted)
            return [*before, self.at(ast.For(store(index), counted, body, []), node)]
        # A loop that may be left counts by itself.
        if is_reversed:
            self.refuse("a loop over reversed(range) that is left", node)
        lower, upper, step = range_parts(parts)
        if not isinstance(step, ast.Constant):
            self.refuse("a loop with a computed step that is left", node)
        following, limit = self.plain.fresh("following"), self.plain.fresh("limit")
        before.append(self.assign(limit, upper, INT, node))
        before.append(self.assign(following, lower, INT, node))
        order = ast.Lt() if step.value > 0 else ast.Gt()
        test = ast.Compare(load(following), [order], [load(limit)])
        for flag in ends:
            other = ast.Compare(load(flag), [ast.Eq()], [constant(0)])
            test = ast.BoolOp(ast.And(), [test, other])
        start = [
            self.assign(index, load(following), INT, node),
            self.assign(following, binary(load(following), ast.Add(), step), INT, node),
        ]
        return [*before, *flags, self.at(ast.While(test, [*start, *body], []), node)]

    def _range(self, node):
        """The bounds of a loop, and whether it runs backwards."""
        counted, is_reversed = node.iter, False
        if isinstance(counted, ast.Call) and self.outside(counted.func) is builtins.reversed:
            counted, is_reversed = counted.args[0], True
        if isinstance(counted, ast.Call):
            function = self.outside(counted.func)
            if function is builtins.range or function is prange:
                if 1 <= len(counted.args) <= 3 and not counted.keywords:
                    return counted.args, is_reversed
        self.refuse("loops over a range are differentiated", node)

    def _while(self, node):
        if node.orelse:
            self.refuse("the 'else' of a loop is not differentiated", node)
        more, test = self.value(node.test)
        if more:
            self.refuse("a condition of 'while' that calls a jitted function", node)
        flags, body, ends = self._loopbody_of(node.body, node)
        for flag in ends:
            other = ast.Compare(load(flag), [ast.Eq()], [constant(0)])
            test = ast.BoolOp(ast.And(), [other, test])
        return [*flags, self.at(ast.While(test, body, []), node)]

    def _return(self, node):
        value = node.value
        if value is None or (isinstance(value, ast.Constant) and value.value is None):
            items = []
        elif isinstance(value, ast.Tuple):
            items, self.gives_tuple = value.elts, True
        elif isinstance(value, ast.Call) and self._jitted(value.func) is not None:
            before, names, self.gives_tuple = self._inline(value)
            self.names.update({name: name for name in names})
            items = [load(name) for name in names]
            return before + self._returned(items, node)
        else:
            items = [value]
        return self._returned(items, node)

    def _returned(self, items, node):
        statements = []
        if self.results is None:
            self.results = [None] * len(items)
        if len(self.results) != len(items):
            self.refuse("the function returns different numbers of values", node)
        for i, item in enumerate(items):
            more, made = self.value(item)
            kind = self.kind(made)
            if is_array(kind):
                if self._returns > 1 or not isinstance(made, ast.Name):
                    self.refuse("an array is returned at one place, by its name", node)
                self.results[i] = made.id
                continue
            if self.results[i] is None:
                self.results[i] = self.plain.fresh("result")
            statements += [*more, self.assign(self.results[i], made, kind, node)]
        if self._ended:
            statements.append(self.assign(self._ended, constant(1), INT, node))
        return statements

    # Expressions

    def value(self, node):
        """Statements that come before, and an expression in names of the whole."""
        before = []
        made = self._value(node, before, True)
        return before, self.at(made, node) if hasattr(node, "lineno") else made

    def _value(self, node, before, is_sure):
        if isinstance(node, ast.Constant):
            if isinstance(node.value, (bool, int, float)):
                return constant(node.value)
            self.refuse(f"{node.value!r} is not differentiated", node)
        if isinstance(node, ast.Name):
            value = self.outside(node)
            if value is _NOTHING:
                return load(self.name(node.id))
            return self._outer(value, node, node.id)
        if isinstance(node, ast.Attribute):
            value = self.outside(node)
            if value is not _NOTHING:
                return self._outer(value, node, node.attr)
            owner = self._value(node.value, before, is_sure)
            if node.attr in ("shape", "size", "ndim") and isinstance(owner, ast.Name):
                return ast.Attribute(owner, node.attr, ast.Load())
            self.refuse(f"'.{node.attr}' is not differentiated", node)
        if isinstance(node, ast.Subscript):
            more, made = self.element(node)
            if more and not is_sure:
                self.refuse("a jitted function that is called in a part that may not run", node)
            before += more
            return made
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.MatMult):
                self.refuse("products of matrices in kernels are not differentiated", node)
            left = self._value(node.left, before, is_sure)
            right = self._value(node.right, before, is_sure)
            return binary(left, node.op, right)
        if isinstance(node, ast.UnaryOp):
            return ast.UnaryOp(node.op, self._value(node.operand, before, is_sure))
        if isinstance(node, ast.Compare):
            left = self._value(node.left, before, is_sure)
            sides = [self._value(side, before, is_sure) for side in node.comparators]
            return ast.Compare(left, node.ops, sides)
        if isinstance(node, ast.BoolOp):
            first = self._value(node.values[0], before, is_sure)
            rest = [self._value(item, before, False) for item in node.values[1:]]
            return ast.BoolOp(node.op, [first, *rest])
        if isinstance(node, ast.IfExp):
            test = self._value(node.test, before, is_sure)
            then = self._value(node.body, before, False)
            return ast.IfExp(test, then, self._value(node.orelse, before, False))
        if isinstance(node, ast.Call):
            return self._call(node, before, is_sure)
        self.refuse(f"an expression of kind '{type(node).__name__}' is not differentiated", node)

    def _outer(self, value, node, name):
        if isinstance(value, (bool, int, float, numpy.floating, numpy.integer)):
            return constant(value.item() if isinstance(value, numpy.generic) else value)
        if isinstance(value, (numpy.ndarray, _martlet.ndarray)):
            if isinstance(value, _martlet.ndarray) and _martlet.is_traced(value):
                self.refuse(f"'{name}' is differentiated: give it as an argument", node)
            bound = self.plain.bind(value, name)
            self.plain.note(bound, (kind_of_dtype(value.dtype), value.ndim), node)
            return load(bound)
        self.refuse(f"'{name}' is no number and no array", node)

    def element(self, node):
        """An element of an array, or an axis of a shape."""
        before, indices = [], []
        while isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if any(isinstance(part, ast.Slice) for part in parts):
                self.refuse("slices in kernels are not differentiated: write the loop", node)
            made = []
            for part in parts:
                more, item = self.value(part)
                before += more
                made.append(item)
            indices = made + indices
            inner, node = node, node.value
        more, owner = self.value(node)
        before += more
        if isinstance(owner, ast.Attribute) and owner.attr == "shape" and len(indices) == 1:
            return before, ast.Subscript(owner, indices[0], ast.Load())
        kind = self.kind(owner)
        if not isinstance(owner, ast.Name) or not is_array(kind):
            self.refuse("only elements of arrays are differentiated", inner)
        if len(indices) != kind[1]:
            self.refuse("a part of an array in a kernel is not differentiated", inner)
        for item in indices:
            if self.kind(item) not in (INT, BOOL):
                self.refuse("an index that is an array or no integer", inner)
        place = indices[0] if len(indices) == 1 else ast.Tuple(indices, ast.Load())
        return before, self.at(ast.Subscript(owner, place, ast.Load()), inner)

    def _path(self, node):
        value = self.outside(node)
        if value is _NOTHING:
            return None
        return _values.known_path(value) or getattr(value, "__name__", None)

    def _jitted(self, node):
        """The source of the jitted function that an expression stands for; None for others."""
        value = self.outside(node)
        return None if value is _NOTHING else _source.source_of(value)

    def _call(self, node, before, is_sure):
        if self._jitted(node.func) is not None:
            if not is_sure:
                self.refuse("a jitted function that is called in a part that may not run", node)
            statements, results, gives_tuple = self._inline(node)
            if gives_tuple or len(results) != 1:
                self.refuse("a jitted function that gives no number", node)
            before += statements
            return load(results[0])
        function = self.outside(node.func)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "pop" and not node.args:
            owner = node.func.value
            if isinstance(owner, ast.Name) and self._is_local(owner.id) and is_sure:
                owner = self.name(owner.id)
                known = self.plain.kinds.get(owner)
                if is_list(known):
                    name = self.plain.fresh("last")
                    value = method(owner, "pop")
                    before.append(self.assign(name, value, element(known), node))
                    return load(name)
        if function is _NOTHING:
            self.refuse("this call is not differentiated", node)
        if node.keywords:
            self.refuse("a call with keywords is not differentiated", node)
        dtype = _values.dtype_name(function)
        path = dtype or _values.known_path(function) or ""
        if "random" in path.split("."):
            self.refuse("random numbers, which come once only: give them as an argument", node)
        name = path.rpartition(".")[2] or getattr(function, "__name__", "function")
        arguments = [self._value(item, before, is_sure) for item in node.args]
        made = call(load(self.plain.bind(function, name)), *arguments)
        made.name = name
        if name != "len" and any(is_array(self.kind(item)) for item in arguments):
            self.refuse(f"'{name}' of an array in a kernel is not differentiated", node)
        return made

    def _inline(self, node):
        """A call of a jitted function, written out: its statements, the names of its results and
        whether they are a tuple."""
        source = self._jitted(node.func)
        plain = self.plain
        plain._depth += 1
        if plain._depth > 40:
            self.refuse("a function that calls itself is not differentiated", node)
        function, tree = source.function, source.written().node
        statements, names = [], {}
        parameters = [item.arg for item in tree.args.args]
        given = dict(zip(parameters, node.args, strict=False))
        given.update({item.arg: item.value for item in node.keywords})
        defaults = inspect.signature(function).parameters
        for parameter in parameters:
            if parameter not in given:
                standard = defaults[parameter].default
                if not isinstance(standard, (bool, int, float)):
                    self.refuse(f"'{parameter}' is missing", node)
                given[parameter] = self.at(constant(standard), node)
            more, value = self.value(given[parameter])
            statements += more
            kind = self.kind(value)
            if is_array(kind) or is_list(kind):
                # The function's name for the same array.
                names[parameter] = value.id
            else:
                names[parameter] = plain.fresh(parameter)
                statements.append(self.assign(names[parameter], value, kind, node))
        scope = _Scope(plain, function, source.written(), names, False)
        outer, plain._file_of = plain._file_of, (source.written(), function)
        scope._depth = self._depth
        statements += scope.whole(body_of(tree))
        plain._file_of = outer
        plain._place = node
        plain._depth -= 1
        for made in statements:
            # What is written out lies at its call.
            for item in ast.walk(made):
                if hasattr(item, "lineno"):
                    ast.copy_location(item, node)
        results = scope.results or []
        self.names.update({name: name for name in results})
        return statements, results, scope.gives_tuple

    def whole(self, body):
        """The statements of the function, with what tells that it has returned."""
        last = body[-1] if body else None
        if self._returns > 1 or (self._returns and not isinstance(last, ast.Return)):
            self._ended = self.plain.fresh("ended")
            first = self.assign(self._ended, constant(0), INT, body[0])
            return [first, *self.block(body)]
        return self.block(body)

    # Kinds

    def kind(self, node):
        return kind(self.plain, node)


_NOTHING = object()
