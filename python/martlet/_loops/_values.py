"""What the translator of loops knows of the values that expressions have."""

import dataclasses

from martlet._loops._kinds import CODES, INTEGERS, UNBOUND, storage


class Leave(Exception):
    """A loop, or a part of it, that compiled code leaves to Python, and why."""

    def __init__(self, reason, node=None):
        super().__init__(reason)
        self.reason = reason
        self.line = getattr(node, "lineno", None)


@dataclasses.dataclass(slots=True)
class Number:
    """A number: its text in the kernel's source, and what is known of it.

    `unchecked` says that NumPy may have to warn of it: where it isn't finite, Python computes the
    iteration again.
    """

    text: str
    tags: frozenset
    tag: str | None = None
    low: int | None = None
    high: int | None = None
    unchecked: bool = False

    @property
    def kind(self):
        """How compiled code holds it: `i`, `f`, `g` or `b`."""
        return storage(self.tags)

    @property
    def tag_text(self):
        """The text of the code of its tag."""
        if self.tag is not None:
            return self.tag
        (only,) = self.tags
        return str(CODES[only])

    @property
    def is_integer(self):
        return self.tags <= INTEGERS

    def is_within(self, low, high):
        """Whether it is known to lie between two integers."""
        return (
            self.low is not None
            and self.high is not None
            and (low <= self.low and self.high <= high)
        )


@dataclasses.dataclass(slots=True)
class Array:
    """An array from around the loop."""

    name: str
    tag: str
    rank: int

    @property
    def text(self):
        return f"a_{self.name}"

    def size(self, axis):
        """The text of its size along an axis."""
        return f"n_{self.name}_{axis}"


@dataclasses.dataclass(slots=True)
class Row:
    """A part of an array that the leading indices choose."""

    array: Array
    indices: list

    @property
    def rank(self):
        return self.array.rank - len(self.indices)


@dataclasses.dataclass(slots=True)
class Known:
    """A module, function or class, which the kernel is made for."""

    value: object


@dataclasses.dataclass(slots=True)
class Items:
    """Values side by side."""

    items: list


def whole(value):
    """An integer that is written down."""
    return Number(repr(value), frozenset(("int",)), None, value, value)


def size_number(text):
    """The size of an array."""
    return Number(text, frozenset(("int",)), None, 0, 2**40)


@dataclasses.dataclass
class Point:
    """Where Python can go on: at the next iteration of a loop, or behind its last."""

    loops: list  # The loops around it and the loop itself, outermost first.
    is_behind: bool


class Level:
    """A loop of the nest while it is translated."""

    def __init__(self, loop, depth):
        self.loop = loop
        self.depth = depth
        # What its own statements assign; inner loops have levels of their own.
        self.own = {}
        self.writes = []
        self.breaks = []
        self.continues = []
        self.clip_flag = None


def joined(states):
    """What is known where several ways meet; None where none does."""
    known = [state for state in states if state is not None]
    if not known:
        return None
    result = dict(known[0])
    for state in known[1:]:
        for name, (tags, low, high) in state.items():
            if name not in result:
                result[name] = (tags | {UNBOUND}, None, None)
                continue
            own, least, most = result[name]
            bounds = (None, None)
            if low is not None and least is not None:
                bounds = min(low, least), max(high, most)
            result[name] = (own | tags, *bounds)
        for name, (tags, _, _) in list(result.items()):
            if name not in state:
                result[name] = (tags | {UNBOUND}, None, None)
    return result
