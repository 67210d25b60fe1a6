"""A loop and what is inside of it as the source of a kernel, for the types of one moment.

The kernel runs iterations until the loop ends, until its time is up, or until something happens
that only Python does right: an exception, a warning, an integer beyond 64 bits, a branch that can't
be compiled. Then it leaves at the last *point* it passed (the begin of an iteration, or the end of
an inner loop) with all variables as they were there; what it wrote to arrays since is put back.
Python goes on from that point.

What a kernel returns is a tuple: a code (`DONE`, `BROKE`, or a point), the number of the check that
failed, for each depth of the nest the counter and the end of its range, then each variable and
its tag.
"""

import ast
import contextlib

from martlet._loops import _kinds
from martlet._loops._expressions import OPERATORS, Expressions, only
from martlet._loops._functions import Functions
from martlet._loops._hoisting import Hoisting
from martlet._loops._kinds import CODES, INT64, INTEGERS, SMALL, UNBOUND
from martlet._loops._rewrite import assigned_names, unsuitable
from martlet._loops._values import (
    Array,
    Items,
    Known,
    Leave,
    Level,
    Number,
    Point,
    Row,
    joined,
    whole,
)

DONE, BROKE, FIRST_POINT = 0, 1, 2

# So many iterations of an inner `while` loop may pass before Python has its turn.
_LONG = 50_000_000

# An array's element before anything was written to it.
_EMPTY = {"b": "False", "g": "np.float32(0)", "f": "0.0", "i": "0"}


class _Lines:
    """A place in the text that is filled when everything is known."""

    def __init__(self, depth, make):
        self.depth = depth
        self.make = make


class Translator(Expressions, Functions, Hoisting):
    """Translates one loop; `env` are the tags of its variables, `find` looks other names up."""

    def __init__(self, loop, kinds, large, find, step, space, hoists=True):
        self.loop = loop
        self.kinds = kinds
        # Integers that are too large for `SMALL`.
        self.large = large
        self.find = find
        self.step = step
        self.space = space
        self.hoists = hoists
        self.clips = set()
        self.names = [name for name in loop.assigned]
        # For each variable every tag that it ever has.
        self.unions = {name: set() for name in self.names}
        self.guards = {}
        self.arrays = {}
        self.written = set()
        self.scalars = {}
        self.reasons = []
        self.points = []
        self.attributes = {}

    # MARK: The whole

    def translate(self):
        """The source of the kernel. Raises `Leave` where the loop can't be compiled."""
        while True:
            before = {name: frozenset(tags) for name, tags in self.unions.items()}
            self._pass()
            if before == {name: frozenset(tags) for name, tags in self.unions.items()}:
                break
        for name, tags in self.unions.items():
            if _kinds.storage(frozenset(tags)) is None:
                raise Leave(f"`{name}` is now {_and(tags)}")
        return self._text()

    def _pass(self):
        self.lines = []
        self.depth = 1
        self.temporaries = 0
        self.hoisted = set()
        self.levels = []
        self.conditions = 0
        self.points, self.reasons = [], []
        self.clips = set()
        self.frames = []
        self.inlines = 0
        self.state = {}
        for name in self.names:
            tag = self.kinds.get(name, UNBOUND)
            if isinstance(tag, Array):
                raise Leave(f"`{name}` is an array that the loop replaces")
            self.state[name] = (only(tag), None, None)
            self.unions[name].add(tag)
        node = self.loop.node
        if isinstance(node, ast.For):
            self._root_for(node)
        else:
            self._root_while(node)

    def storage(self, name):
        """How the kernel holds a variable."""
        return _kinds.storage(frozenset(self.unions[name])) or "f"

    def has_tag(self, name):
        """Whether a second variable says what a variable is."""
        return len(self.unions[name]) > 1

    def _parameters(self):
        names = []
        for name in self.names:
            if self.kinds.get(name, UNBOUND) != UNBOUND:
                names.append(("variable", name))
        names.extend(("scalar", name) for name in self.scalars)
        names.extend(("array", name) for name in self.arrays)
        return names

    def _text(self):
        prefixes = {"variable": "p_", "scalar": "s_", "array": "a_"}
        self.parameters = self._parameters()
        given = ["start", "stop", "ticks", *(prefixes[k] + n for k, n in self.parameters)]
        text = [f"def loop({', '.join(given)}):"]
        for name, array in self.arrays.items():
            for axis in range(array.rank):
                text.append(f"    n_{name}_{axis} = a_{name}.shape[{axis}]")
        for name in self.names:
            kind = self.storage(name)
            tag = self.kinds.get(name, UNBOUND)
            value = _EMPTY[kind]
            if tag != UNBOUND:
                own = _kinds.storage(only(tag))
                value = f"p_{name}" if own == kind else f"float(p_{name})"
                if own == kind and tag in INTEGERS and tag not in ("int", "np.int64"):
                    value = f"np.int64(p_{name})"
            text.append(f"    v_{name} = {value}")
            if self.has_tag(name):
                text.append(f"    t_{name} = {CODES[tag]}")
        for depth in range(self._depths()):
            text.append(f"    c{depth} = 0")
            text.append(f"    h{depth} = 0")
        for item in self.lines:
            if isinstance(item, str):
                text.append(item)
            else:
                text.extend("    " * item.depth + line for line in item.make())
        return "\n".join(text) + "\n"

    def _depths(self):
        return max((len(point.loops) for point in self.points), default=1)

    # MARK: Writing

    def line(self, text):
        self.lines.append("    " * self.depth + text)

    def later(self, make):
        self.lines.append(_Lines(self.depth, make))

    def mark(self):
        """What `back_to` goes back to."""
        return (len(self.lines), self.temporaries, dict(self.state), len(self.reasons),
                len(self.points), [(len(level.writes), dict(level.own), len(level.breaks),
                len(level.continues)) for level in self.levels], self.inlines,
                (self.depth, self.conditions, len(self.frames)))  # fmt: skip

    def back_to(self, mark):
        lines, self.temporaries, state, reasons, points, levels, self.inlines, where = mark
        self.state = dict(state)
        self.depth, self.conditions, frames = where
        del self.frames[frames:]
        del self.levels[len(levels) :]
        del self.lines[lines:]
        del self.reasons[reasons:]
        del self.points[points:]
        for level, (writes, own, breaks, continues) in zip(self.levels, levels, strict=True):
            del level.writes[writes:]
            level.own = own
            del level.breaks[breaks:]
            del level.continues[continues:]

    @contextlib.contextmanager
    def branch(self, condition):
        """What is written inside runs only under a condition; `None` is `else`."""
        self.line(f"if {condition}:" if condition is not None else "else:")
        self.depth += 1
        self.conditions += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self.conditions -= 1
        self.depth -= 1

    # MARK: Points and leaving

    def _values(self, snapshot=None):
        """The texts of all variables, as they are or as they were at the level's last point."""
        texts = []
        for name in self.names:
            is_old = snapshot is not None and name in snapshot.own
            texts.append(f"w{snapshot.depth}_{name}" if is_old else f"v_{name}")
            if self.has_tag(name):
                texts.append(f"q{snapshot.depth}_{name}" if is_old else f"t_{name}")
        return texts

    def _return(self, code, why, level, snapshot):
        counters = []
        for depth in range(self._depths()):
            is_there = level is not None and depth <= level.depth
            counters += [f"c{depth}" if is_there else "0", f"h{depth}" if is_there else "0"]
        items = [str(code), str(why), *counters, *self._values(snapshot)]
        return f"return ({', '.join(items)})"

    def leave_now(self, reason):
        """Leaves for Python, at the level's last point."""
        self.reasons.append(reason)
        level, why = self.levels[-1], len(self.reasons)
        writes = list(level.writes)
        for write in writes:
            write["is_undone"] = True

        def make():
            lines = []
            for write in reversed(writes):
                lines.append(f"if {write['flag']}:")
                lines.append(f"    {write['target']} = {write['old']}")
            lines.append(self._return(f"z{level.depth}", why, level, level))
            return lines

        self.later(make)

    def bail(self, condition, reason):
        """Leaves for Python under a condition."""
        self.line(f"if {condition}:")
        self.depth += 1
        self.leave_now(reason)
        self.depth -= 1

    def _point(self, loops, is_behind):
        self.points.append(Point(loops, is_behind))
        return FIRST_POINT + len(self.points) - 1

    def _pass_point(self, level, code):
        """From here on what a level does can be done again."""
        self.line(f"z{level.depth} = {code}")
        seen = len(level.writes)
        earlier = list(level.writes)

        def make():
            lines = []
            for name in level.own:
                lines.append(f"w{level.depth}_{name} = v_{name}")
                if self.has_tag(name):
                    lines.append(f"q{level.depth}_{name} = t_{name}")
            for write in level.writes:
                if write["is_undone"]:
                    lines.append(f"{write['flag']} = False")
                    if write not in earlier:
                        lines.append(f"{write['old']} = {write['zero']}")
            return lines

        del seen
        self.later(make)

    def _loops(self):
        return [level.loop for level in self.levels]

    # MARK: Variables

    def read(self, name, node):
        """The value of a name."""
        if self.frames:
            return self._read_inner(name, node)
        if name not in self.unions:
            return self._read_outer(name, node)
        tags, low, high = self.state[name]
        return self._variable(name, tags, low, high, node)

    def _variable(self, name, tags, low, high, node):
        if UNBOUND in tags:
            if len(tags) == 1:
                raise Leave(f"`{name}` has no value yet", node)
            self.bail(f"t_{name} == {CODES[UNBOUND]}", f"`{name}` has no value")
            tags = tags - {UNBOUND}
            self.state[name] = (tags, low, high)
        kind, held = _kinds.storage(tags), self.storage(name)
        if kind is None:
            raise Leave(f"`{name}` is now {_and(tags)}", node)
        text = f"v_{name}"
        if kind != held:
            text = {"i": f"int({text})", "g": f"np.float32({text})"}.get(kind, text)
        return Number(text, tags, f"t_{name}" if len(tags) > 1 else None, low, high)

    def store(self, name, value, node=None):
        """Assigns a variable."""
        if not isinstance(value, Number):
            raise Leave(f"`{name}` is given something that is no number", node)
        self.settled(value)
        if value.tag == "unknown":
            raise Leave(f"`{name}` is given one of several types", node)
        self.unions[name] |= value.tags
        if self.levels:
            self.levels[-1].own.setdefault(name)
        held = self.storage(name)
        text = self.as_kind(value, held) if held != value.kind else value.text
        self.line(f"v_{name} = {text}")
        if self.has_tag(name):
            self.line(f"t_{name} = {value.tag_text}")
        self.state[name] = (value.tags, value.low, value.high)

    # MARK: Statements

    def block(self, statements):
        """Translates statements; those behind one that ends the iteration are none."""
        for node in statements:
            if self.state is None:
                break
            self.statement(node)

    def statement(self, node):
        method = getattr(self, f"_do_{type(node).__name__}", None)
        reason = unsuitable(node)
        if method is None or reason is not None:
            self._left(node, Leave(reason or "this statement", node))
            return
        if isinstance(node, (ast.For, ast.While, ast.If)):
            method(node)
            return
        mark = self.mark()
        try:
            method(node)
        except Leave as leave:
            self.back_to(mark)
            self._left(node, leave)

    def _left(self, node, leave):
        """A statement that Python does: where it is not always reached, compiled code leaves."""
        if leave.line is None:
            leave.line = getattr(node, "lineno", None)
        if self.conditions == 0:
            raise leave
        self.leave_now(leave.reason)
        self.state = None

    def _do_Pass(self, node):
        pass

    def _do_Expr(self, node):
        if not isinstance(node.value, ast.Constant):
            raise Leave(f"`{ast.unparse(node)}`", node)

    def _do_Assign(self, node):
        value = self.expression(node.value)
        if isinstance(value, Number):
            self.settled(value)
            if len(node.targets) > 1:
                value.text = self.temporary(value.text)
        for target in node.targets:
            self.assign(target, value, node)

    def _do_AnnAssign(self, node):
        if node.value is not None:
            self.assign(node.target, self.expression(node.value), node)

    def assign(self, target, value, node):
        """Assigns to a name, an element or several."""
        if isinstance(target, ast.Name):
            self.store(target.id, value, node)
        elif isinstance(target, ast.Tuple) and isinstance(value, Items):
            if len(target.elts) != len(value.items):
                raise Leave("another number of values", node)
            for item in value.items:
                # All are evaluated before the first is assigned.
                if isinstance(item, Number):
                    self.settled(item)
                    item.text = self.temporary(item.text)
                    if item.tag is not None:
                        item.tag = self.temporary(item.tag)
            for one, item in zip(target.elts, value.items, strict=True):
                self.assign(one, item, node)
        elif isinstance(target, ast.Subscript):
            if not isinstance(value, Number):
                raise Leave("an element is given something that is no number", node)
            place = self.place(self.expression(target.value), target)
            if isinstance(place, Row):
                raise Leave(f"`{ast.unparse(target)}` is more than an element", node)
            self.write(*place, value)
        else:
            raise Leave(f"an assignment to `{ast.unparse(target)}`", node)

    def _do_AugAssign(self, node):
        operator = OPERATORS.get(type(node.op))
        if operator is None:
            raise Leave("`@=` is not compiled", node)
        target = node.target
        if isinstance(target, ast.Name):
            left = self.read(target.id, target)
            value = self.binary(operator, left, self.expression(node.value), node)
            self.store(target.id, value, node)
        elif isinstance(target, ast.Subscript):
            place = self.place(self.expression(target.value), target)
            if isinstance(place, Row):
                raise Leave(f"`{ast.unparse(target)}` is more than an element", node)
            left = self.load(*place)
            value = self.binary(operator, left, self.expression(node.value), node)
            self.write(*place, value)
        else:
            raise Leave(f"an assignment to `{ast.unparse(target)}`", node)

    def write(self, array, indices, value):
        """Writes an element."""
        if self.frames:
            raise Leave("a function that writes to an array")
        self.settled(value)
        tag = array.tag
        own = _kinds.storage(only(tag))
        if own == "i":
            low, high = _kinds.limits(tag)
            if value.kind in ("f", "g"):
                name = self.named(value)
                self.bail(
                    f"not ({name} > {low}.0 and {name} < {high}.0)", "an element out of range"
                )
                text = f"int({name})"
            else:
                text = self.as_kind(value, "i")
                if low > INT64[0] and not value.is_within(low, high):
                    name = self.named(value)
                    self.bail(f"{name} < {low} or {name} > {high}", "an element out of range")
                    text = name
        elif own == "b":
            text = self.truth(value)
        elif own == "g":
            text = self.as_kind(value, "g")
            if value.kind != "g":
                text = self.temporary(text)
                self.bail(f"not (abs({text}) <= np.float32(3.4028234663852886e+38))", "float32")
        else:
            text = self.as_float(value)
        self.written.add(array.name)
        target = f"{array.text}[{', '.join(indices)}]"
        level = self.levels[-1]
        number = f"{level.depth}_{len(level.writes)}_{len(self.points)}"
        zero = {"i": "np.int64(0)" if tag == "np.int64" else f"np.{tag[3:]}(0)"}.get(
            own, _EMPTY[own]
        )
        write = {
            "flag": f"f{number}", "old": f"o{number}", "target": target, "zero": zero,
            "is_undone": False,
        }  # fmt: skip
        text = text if text.isidentifier() else self.temporary(text)

        def make():
            if not write["is_undone"]:
                return []
            return [f"{write['old']} = {target}", f"{write['flag']} = True"]

        self.later(make)
        level.writes.append(write)
        self.line(f"{target} = {text}")

    def _do_Assert(self, node):
        test = self.test(node.test)
        self.bail(f"not {test}", "an assertion that does not hold")

    def _do_Raise(self, node):
        raise Leave("`raise`", node)

    def _do_Return(self, node):
        raise Leave("`return`", node)

    def _do_If(self, node):
        mark = self.mark()
        try:
            test = self.test(node.test)
        except Leave as leave:
            self.back_to(mark)
            self._left(node, leave)
            return
        before = dict(self.state)
        with self.branch(test):
            self.block(node.body)
        after = self.state
        self.state = dict(before)
        if node.orelse:
            with self.branch(None):
                self.block(node.orelse)
        self.state = joined([after, self.state])

    def _do_Break(self, node):
        if self.frames:
            raise Leave("`break` in a function")
        level = self.levels[-1]
        if len(self.levels) == 1:
            self.line(self._final(BROKE))
        else:
            if level.clip_flag:
                self.line(f"{level.clip_flag} = True")
            level.breaks.append(self.state)
            self.line("break")
        self.state = None

    def _do_Continue(self, node):
        level = self.levels[-1]
        level.continues.append(self.state)
        self.line("continue")
        self.state = None

    def _final(self, code):
        # A line that needs all tags to be known is made last.
        self.later(lambda: [self._return(code, 0, None, None)])
        return "pass"

    # MARK: Loops

    def _around(self, level, run):
        """Runs `run`, which translates a loop's body, until what is known at its head is stable."""
        assigned = set(assigned_names([level.loop.node]))
        for name in assigned:
            if name in self.state:
                tags, _, _ = self.state[name]
                self.state[name] = (tags, None, None)
        head = dict(self.state)
        while True:
            mark = self.mark()
            self.levels.append(level)
            run()
            self.levels.pop()
            ends = [self.state, *level.continues]
            after = joined([head, *ends])
            for name in assigned:
                if name in after:
                    after[name] = (after[name][0], None, None)
            is_stable = all(after[name][0] == head[name][0] for name in head)
            exits = joined([after, *level.breaks])
            if is_stable:
                return after, exits
            self.back_to(mark)
            level.__init__(level.loop, level.depth)
            head = after
            self.state = dict(head)

    def _root_for(self, node):
        step = self.step
        level = Level(self.loop, 0)
        code = self._point([self.loop], False)
        self.line("c0 = start")
        self.line("h0 = stop")
        self.line(f"z0 = {code}")
        self._clipped_loop(level, node, step, Number("start", only("int"), None, -SMALL, SMALL),
                           Number("stop", only("int"), None, -SMALL, SMALL), code)  # fmt: skip
        self.later(lambda: [self._return(DONE, 0, None, None)])

    def _clipped_loop(self, level, node, step, low, high, code):
        """A loop over a range, cut short where one of its indices would leave an array."""
        depth = level.depth
        end, checks = f"h{depth}", []
        if self.hoists and abs(step) == 1:
            checks = self._hoist(node, low, high, step, level)
        if checks:
            end = f"g{depth}_{self.temporaries + 1}"
            self.temporaries += 1
            self.line(f"{end} = h{depth}")
            for rest, size in checks:
                offset = "" if rest.text == "0" else f" + {rest.text}"
                less = "" if rest.text == "0" else f" - {rest.text}"
                if step > 0:
                    self.line(f"{end} = min({end}, {size}{less})")
                    self.line(f"if {low.text}{offset} < 0:")
                else:
                    self.line(f"{end} = max({end}, -1{less})")
                    self.line(f"if {low.text}{offset} >= {size}:")
                self.line(f"    {end} = {low.text}")
            if len(self.levels) > 0:
                level_flag = f"b{depth}_{self.temporaries}"
                self.line(f"{level_flag} = False")
            else:
                level_flag = None
        else:
            level_flag = None
        target = node.target.id
        if target in assigned_names(node.body) and any(
            isinstance(item, (ast.For, ast.While)) for item in ast.walk(node) if item is not node
        ):
            raise Leave(f"`{target}` is assigned inside of its own loop", node)
        bounds = (-SMALL, SMALL)
        if low.low is not None and high.high is not None:
            bounds = (low.low, high.high) if step > 0 else (high.low, low.high)

        def run():
            level.clip_flag = level_flag
            self.line(f"for c{depth} in range({low.text}, {end}, {step}):")
            self.depth += 1
            if depth == 0 and self._has_inner(node):
                self.line(f"z0 = {code}")
                self.line("if ticks < 0:")
                self.depth += 1
                self.later(lambda: [self._return(code, 0, level, None)])
                self.depth -= 1
            self._pass_point(level, code)
            self.unions[target].add("int")
            held = self.storage(target)
            self.line(f"v_{target} = {f'c{depth}' if held == 'i' else f'float(c{depth})'}")
            if self.has_tag(target):
                self.line(f"t_{target} = {CODES['int']}")
            self.state[target] = (only("int"), *bounds)
            self.block(node.body)
            self.depth -= 1

        conditions, self.conditions = self.conditions, 0 if not self.levels else self.conditions
        head, exits = self._around(level, run)
        self.conditions = conditions
        self.state = exits
        if checks:
            following = f"max({low.text}, {end})" if step > 0 else f"min({low.text}, {end})"
            sign = "<" if step > 0 else ">"
            test = f"{following} {sign} h{depth}"
            if level_flag:
                test = f"not {level_flag} and {test}"
            self.line(f"if {test}:")
            self.depth += 1
            self.line(f"c{depth} = {following}")
            self.reasons.append("an index out of bounds, or below 0")
            why = len(self.reasons)
            self.clips.add(why)
            self.later(lambda: [self._return(code, why, level, None)])
            self.depth -= 1

    def _has_inner(self, node):
        return any(
            isinstance(item, (ast.For, ast.While)) for item in ast.walk(node) if item is not node
        )

    def _root_while(self, node):
        level = Level(self.loop, 0)
        code = self._point([self.loop], False)
        self.line(f"z0 = {code}")
        self._while(level, node, code, "ticks < 0")
        self.later(lambda: [self._return(DONE, 0, None, None)])

    def _while(self, level, node, code, limit):
        def run():
            self.line("while True:")
            self.depth += 1
            self._pass_point(level, code)
            self.line("ticks = ticks - 1")
            self.line(f"if {limit}:")
            self.depth += 1
            self.later(lambda: [self._return(code, 0, level, None)])
            self.depth -= 1
            test = self.test(node.test)
            level.breaks.append(dict(self.state))
            self.line(f"if not {test}:")
            self.line("    break")
            self.block(node.body)
            self.depth -= 1

        conditions, self.conditions = self.conditions, 0 if not self.levels else self.conditions
        _, self.state = self._around(level, run)
        self.conditions = conditions
        if isinstance(node.test, ast.Constant) and node.test.value:
            # It ends by `break` alone; at the root that returned.
            self.state = joined(level.breaks) or self.state

    def _inner(self, node):
        loop = self.levels[-1].loop.inner(node)
        if loop is None:
            raise Leave("a loop that Python runs", node)
        return loop

    def _do_For(self, node):
        if self.frames:
            raise Leave("a loop in a function", node)
        outer = self.levels[-1]
        mark = self.mark()
        try:
            loop = self._inner(node)
            if node.orelse:
                raise Leave("`else` of an inner loop", node)
            step = loop.written_step()
            if step is None:
                raise Leave("a range whose step is not written down", node)
            known = self.read("range", node.iter.func)
            if not (isinstance(known, Known) and known.value is range):
                raise Leave("a `range` that is not Python's", node)
            bounds = [self.number(item) for item in node.iter.args[:2]]
            for bound in bounds:
                if not bound.tags <= INTEGERS:
                    raise Leave("a range of something that is no integer", node)
            if len(bounds) == 1:
                bounds.insert(0, whole(0))
            depth = outer.depth + 1
            low, high = bounds
            low.text = self.temporary(low.text) if not _is_literal(low) else low.text
            self.line(f"h{depth} = {high.text}")
            high.text = f"h{depth}"
            for bound in bounds:
                if not bound.is_within(-(2**40), 2**40):
                    self.bail(f"abs({bound.text}) > {2**40}", "a range of large integers")
                    bound.low, bound.high = -(2**40), 2**40
            trips = f"{high.text} - {low.text}" if step > 0 else f"{low.text} - {high.text}"
            self.line(f"ticks = ticks - max({trips}, 0) - 1")
            level = Level(loop, depth)
            loops = [*self._loops(), loop]
            at, behind = self._point(loops, False), self._point(loops, True)
            self._clipped_loop(level, node, step, low, high, at)
            self._pass_point(outer, behind)
        except Leave as leave:
            self.back_to(mark)
            self._left(node, leave)

    def _do_While(self, node):
        if self.frames:
            raise Leave("a loop in a function", node)
        outer = self.levels[-1]
        mark = self.mark()
        try:
            if node.orelse:
                raise Leave("`else` of a `while` loop", node)
            loop = self._inner(node)
            level = Level(loop, outer.depth + 1)
            loops = [*self._loops(), loop]
            at, behind = self._point(loops, False), self._point(loops, True)
            self._while(level, node, at, f"ticks < -{_LONG}")
            self._pass_point(outer, behind)
        except Leave as leave:
            self.back_to(mark)
            self._left(node, leave)


def _is_literal(value):
    return value.low is not None and value.low == value.high


def _and(tags):
    return " and now ".join(sorted(tags))
