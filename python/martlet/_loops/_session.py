"""Loops while they run: how hot they are, and what runs their next iterations.

`Loop` and `Session` are what rewritten code calls (`_rewrite`).
"""

import ast
import os
import sys
import threading
import time
from itertools import repeat

# What compiling a loop costs, in seconds, until one was compiled.
_COST = 0.03
# Compiled code is entered for at least so many seconds of Python's work.
_ENTRY = 20e-6
_NOTHING = {}

# For tests: every loop is hot when it has begun.
_is_eager = os.environ.get("MARTLET_LOOPS_EAGER", "") not in ("", "0")
# Iterations before the clock is looked at for the first time.
_FIRST = 2 if _is_eager else 8

# All loops that were rewritten, for the report.
loops = []


class Loop:
    """A loop of a program's text."""

    locals = staticmethod(locals)

    def __init__(self, filename, function, node, parent):
        self.filename = filename
        self.function = function
        self.node = node
        self.line = node.lineno
        self.parent = parent
        self.children = []
        if parent is not None:
            parent.children.append(self)
        self.number = 0
        self.is_module = False
        # Whether it runs as it was written; then it costs next to nothing.
        self.off = False
        self.reason = None
        self.reason_line = None
        self._assigned = None
        self._names = None
        self.kernels = {}
        self._kept = {}
        # What it took so far, in Python and compiled.
        self.starts = 0
        self.iterations = 0
        self.seconds = 0.0
        self.compiled_seconds = 0.0
        self.compiling_seconds = 0.0
        self.leavings = {}
        self.useless = 0
        # Places of the rewritten code of a module.
        self.at_k = self.at_r = self.at_o = self.at_t = None

    @property
    def assigned(self):
        """The names that it assigns."""
        if self._assigned is None:
            from martlet._loops._rewrite import assigned_names

            self._assigned = assigned_names([self.node])
        return self._assigned

    @property
    def names(self):
        """The names that it uses."""
        if self._names is None:
            from martlet._loops._kernel import used_names

            self._names = used_names(self.node)
        return self._names

    def inner(self, node):
        """The loop that stands at another node's place inside; None where none is known."""
        place = (node.lineno, node.col_offset)
        for child in self.children:
            if (child.node.lineno, child.node.col_offset) == place:
                return child
        return None

    def written_step(self):
        """The step of its range where that is an integer that is written down."""
        arguments = self.node.iter.args
        if len(arguments) < 3:
            return 1
        step, sign = arguments[2], 1
        if isinstance(step, ast.UnaryOp) and isinstance(step.op, ast.USub):
            step, sign = step.operand, -1
        if isinstance(step, ast.Constant) and type(step.value) is int and step.value:
            return sign * step.value
        return None

    def leave(self, reason, line=None):
        """Leaves it to Python for good."""
        self.reason = reason
        self.reason_line = line or self.line
        if all(child.off for child in self.children):
            self.off = True
            if self.parent is not None and self.parent.reason is not None:
                self.parent.leave(self.parent.reason, self.parent.reason_line)

    # MARK: What rewritten code calls

    def start(self, values=None):
        """Begins to run it: over a range, or as long as its condition holds."""
        session = Session(self)
        if values is not None and type(values) is not range:
            # Not for compiled code; `for` takes it as it is.
            session.chunk = values
            session.left = _NO_RANGE
            return session
        session.left = values
        self.starts += 1
        if self.reason is not None:
            session.take_all()
        elif self.kernels:
            if values is not None and len(values) * self.rate() < _ENTRY:
                session.take_all()
            else:
                session.chunk = ()
        else:
            session.take(_FIRST)
        return session

    def session(self):
        """A session that is put somewhere by what makes it."""
        return Session(self)

    def keep(self, session):
        """Remembers where the loop goes on when Python comes back to it."""
        self._kept[threading.get_ident()] = session

    def again(self, resume):
        """The rest of a loop that compiled code left inside of."""
        return self._kept.pop(threading.get_ident())

    def rate(self):
        """Seconds of an iteration in Python."""
        return self.seconds / self.iterations if self.iterations else 1e-6


_NO_RANGE = range(0)


class _Raising:
    """Iterations in whose place an exception is raised that came while compiled code ran."""

    def __init__(self, error):
        self.error = error

    def __iter__(self):
        return self

    def __next__(self):
        raise self.error


class Session:
    """A loop that is running."""

    __slots__ = ("began", "broke", "chunk", "is_over", "left", "loop", "resume", "size")

    def __init__(self, loop):
        self.loop = loop
        self.left = None
        self.chunk = ()
        self.size = 0
        self.resume = 0
        self.broke = False
        self.is_over = False
        self.began = time.perf_counter()

    def take(self, count):
        """Gives Python the next iterations."""
        if self.left is None:
            self.chunk, self.size = repeat(None, count), count
        else:
            self.chunk, self.left = self.left[:count], self.left[count:]
            self.size = len(self.chunk)
        self.began = time.perf_counter()

    def take_all(self):
        """Gives Python all iterations."""
        if self.left is None:
            self.chunk, self.size = repeat(None), 0
        else:
            self.chunk, self.left = self.left, _NO_RANGE
            self.size = len(self.chunk)
        self.began = time.perf_counter()

    def end(self):
        """There are no more iterations."""
        self.is_over = True
        if self.left is not None:
            self.left = _NO_RANGE

    def put(self, counter, stop, step, is_paused):
        """Goes on at a counter of a range, or where a `while` loop looks at its condition."""
        self.left = None if step is None else range(counter, stop, step)
        if is_paused:
            self.chunk, self.size = (), 0
        else:
            self.take(1)

    def more(self, variables):
        """Called when the iterations of a chunk are done. None where the loop is at its end; else
        the variables that changed, by their names, and there is another chunk."""
        now = time.perf_counter()
        loop = self.loop
        loop.seconds += now - self.began
        loop.iterations += self.size
        self.resume = 0
        if self.is_over if self.left is None else not self.left:
            return None
        if loop.reason is not None or sys.gettrace() is not None:
            self.take_all()
            return _NOTHING
        kernel = None
        if loop.kernels or self._is_hot(now):
            kernel, moment = self._kernel(variables, sys._getframe(1).f_globals)
        if kernel is None:
            took = now - self.began
            self.take(max(1, min(self.size * 4, int(self.size * 2e-3 / took) if took else 64)))
            return _NOTHING
        return self._run(kernel, moment)

    def _is_hot(self, now):
        """Whether compiling the loop is worth its cost."""
        if _is_eager:
            return True
        loop = self.loop
        ahead = len(self.left) * loop.rate() if self.left is not None else loop.seconds
        return loop.seconds + ahead > 2 * _COST and loop.seconds > _COST / 30

    def _kernel(self, variables, space):
        from martlet._loops._kernel import Kernel, Moment
        from martlet._loops._kinds import SMALL
        from martlet._loops._values import Leave

        loop = self.loop
        step = None
        if self.left is not None:
            step = self.left.step
            if not -SMALL < self.left.start < SMALL or not -SMALL < self.left.stop < SMALL:
                return None, None
        try:
            moment = Moment(loop.names, loop.assigned, variables, space)
        except Leave as leave:
            self._wait(leave)
            return None, None
        key = (step, moment.key)
        kernel = loop.kernels.get(key)
        if kernel is not None and not kernel.is_valid(moment):
            kernel = None
        if kernel is None:
            if len(loop.kernels) > 16:
                loop.leave("Its types change again and again")
                return None, None
            try:
                kernel = Kernel(loop, moment, step)
            except Leave as leave:
                self._wait(leave)
                return None, None
            loop.compiling_seconds += kernel.seconds
            loop.kernels[key] = kernel
        if not kernel.can_write(moment):
            return None, None
        return kernel, moment

    def _wait(self, leave):
        """After so many moments at which it could not be compiled a loop is left to Python."""
        loop = self.loop
        loop.useless += 1
        if loop.useless >= 3:
            reason = leave.reason
            loop.leave(reason[0].upper() + reason[1:], leave.line)

    def _run(self, kernel, moment):
        from martlet._kernels._errors import KernelError

        loop = self.loop
        box, error = [], None
        try:
            kernel.call_into(box, self, moment)
        except KernelError as refusal:
            loop.leave(f"The compiler refuses it: {refusal}")
            self.take_all()
            return _NOTHING
        except BaseException as other:
            if len(box) < 3:
                raise
            # A signal's handler raised it. The program gets it at the loop, with its variables.
            error = other
        # Handlers run between any two lines; what stands in the box is taken all the same.
        attempts = 0
        while True:
            try:
                result = self._take(kernel, moment, box)
                break
            except BaseException as other:
                error, attempts = other, attempts + 1
                if attempts == 4:
                    raise
        if error is not None:
            self.chunk = _Raising(error)
        return result

    def _take(self, kernel, moment, box):
        """Goes on from where the kernel left; the variables that changed."""
        result, why, took = kernel.take(box, self)
        self.loop.compiled_seconds += took
        if why:
            self._left_because(kernel, moment, why)
        self.began = time.perf_counter()
        return result

    def _left_because(self, kernel, moment, why):
        """Learns from a check that failed."""
        loop = self.loop
        reason = kernel.reasons[why - 1]
        loop.leavings[reason] = loop.leavings.get(reason, 0) + 1
        if why in kernel.clips and loop.leavings[reason] == 3:
            from martlet._loops._kernel import Kernel

            key = (kernel.step, moment.key)
            loop.kernels[key] = Kernel(loop, moment, kernel.step, hoists=False)
        count = sum(loop.leavings.values())
        if count > 200 and loop.compiled_seconds < 50e-6 * count:
            loop.leave(f"It leaves compiled code again and again: {reason}")
