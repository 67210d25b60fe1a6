"""`martlet.inspect`: any object as a tree, in the terminal, as text or as a page.

The tree, its views of arrays and the terminal are the core's; here is what Python knows of its
objects. Looking runs no code of the object's: its class is asked of `type`, what it holds of the
built-in class that it is made from, properties are named and not read, and only plain data is shown
by its repr.
"""

import inspect as _inspect
import itertools
import os
import sys
import types

import numpy

from martlet import _martlet
from martlet._host import HostObject

__all__ = ["inspect", "inspect_dictionary", "inspect_object"]

# Shown by these reprs, which neither run a user's code nor compute an array: a class made from one
# of them may have its own, which is not asked. A slice is none, since it may hold anything.
_PLAIN = (type(None), bool, int, float, complex, str, bytes, range, type(...), type(NotImplemented))
_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    numpy.ufunc,
    type(_martlet.counters),
    type(_martlet.add),
)
_OPERATORS = frozenset(
    f"__{name}__"
    for name in (
        "abs add and bool call complex contains delitem divmod eq float floordiv ge getitem gt "
        "iadd iand ifloordiv ilshift imatmul imod imul index int invert ior ipow irshift isub iter "
        "itruediv ixor le len lshift lt matmul mod mul ne neg or pos pow radd rand rdivmod "
        "rfloordiv rlshift rmatmul rmod rmul ror round rpow rrshift rshift rsub rtruediv rxor "
        "setitem sub truediv xor"
    ).split()
)
# The same, and NumPy's own classes of numbers and texts, which hold no objects.
_SHOWN = frozenset(
    id(kind)
    for kind in (*_PLAIN, *numpy.sctypeDict.values())
    if kind not in (numpy.object_, numpy.void)
)
# Arrays that share memory are looked for among so many.
_SEARCHED = 10_000


def inspect(obj, name=None, *, web=False):
    """Shows an object as a tree, and returns what is chosen there.

    On a terminal the tree is walked with keys, all of which are on the screen: Enter leaves it and
    returns the object under the cursor, `q` returns None. Elsewhere the tree is printed as plain
    text. Arrays show layout, memory, what they share it with, what is pending, the gradient's tape,
    statistics, a histogram and a heat-map. Looking computes nothing that is pending and changes
    nothing.

    Args:
        obj: any object.
        name: what it is called in the paths that are shown.
        web: whether to show it as a page, to this machine alone, until that is closed; None is
            returned then.
    """
    if name is None:
        name = _own(obj).get("__name__") if _is(obj, types.ModuleType) else None
        name = name if type(name) is str else "obj"
    if not isinstance(name, str):
        raise TypeError(f"inspect takes the object's name as a str, not {type(name).__name__}")
    return _show(_martlet.inspection_open(_this(), obj, _text(name)), web)


def inspect_object(obj, name=None, *, web=False):
    """The same as `martlet.inspect`."""
    return inspect(obj, name, web=web)


def inspect_dictionary(dictionary, name=None, *, web=False):
    """Shows what a mapping holds, such as `globals()`: which of its arrays share memory too."""
    if not hasattr(dictionary, "keys"):
        raise TypeError(f"inspect_dictionary takes a mapping, not {type(dictionary).__name__}")
    known = dictionary if isinstance(dictionary, dict) else dict(dictionary)
    return inspect(known, "dictionary" if name is None else name, web=web)


def inspect_file(path, *, web=False):
    """The tree of a file of arrays (.npy, .npz), which is mapped and not read."""
    return _show(_martlet.inspection_open_file(os.fspath(path)), web)


def _this():
    return sys.modules[__name__]


def _show(tree, web):
    try:
        if web:
            from martlet import _inspect_page

            _inspect_page.serve(tree)
            return None
        chosen = _browse(tree)
        if chosen is False:
            print(_martlet.inspection_text(tree, 1, 20))
            return None
        return None if chosen is None else chosen[0]
    finally:
        _martlet.inspection_close(tree)


def _browse(tree):
    try:
        descriptors = sys.stdin.fileno(), sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return False  # A notebook, or a test that keeps what is printed.
    sys.stdout.flush()
    return _martlet.inspection_browse(tree, *descriptors)


# What the core asks.


def describe(obj):
    """`(kind, detail, memory)`: the last is an array of NumPy's that shows the object, or None."""
    name = _class_name(obj)
    if _is(obj, HostObject):
        held = object.__getattribute__(obj, "_held")
        if _is(held, numpy.ndarray):
            return "array", f"{_about_numpy(held)}, which stays NumPy's", _memory(held)
    if _is(obj, numpy.ndarray):
        owner = "a file, mapped by NumPy" if _is(obj, numpy.memmap) else "NumPy"
        memory = _memory(obj)
        # What Martlet has no dtype for is described here; of the rest its own words say the same.
        return "array", owner if memory is not None else f"{_about_numpy(obj)} of NumPy", memory
    if _is(obj, type):
        return "type", _text(f"class {_place(obj)}"), None
    if _is(obj, types.ModuleType):
        file = _own(obj).get("__file__")
        return "type", _text(f"module {file if type(file) is str else ''}".rstrip()), None
    if _is(obj, _FUNCTIONS):
        return "function", _text(_signature(obj)), None
    if _is(obj, (*_PLAIN, slice, numpy.generic, numpy.dtype)):
        return "data", _text(f"{name} {_short(obj)}"), None
    size = _size(obj)
    if size is not None:
        return "data", _text(f"{name} of {size}"), None
    return "object", _text(_place(type(obj))), None


def _is(obj, kinds):
    """`isinstance`, which does not ask the object: its `__class__` may be code."""
    return issubclass(type(obj), kinds)


def _class_name(obj):
    return _NAME(type(obj))


_NAME = vars(type)["__name__"].__get__
_QUALNAME = vars(type)["__qualname__"].__get__
_MRO = vars(type)["__mro__"].__get__
_ARRAY_SHAPE = vars(numpy.ndarray)["shape"].__get__
_ARRAY_DTYPE = vars(numpy.ndarray)["dtype"].__get__
# The classes whose contents are looked into, and how many they are.
_SIZES = {
    list: list.__len__,
    tuple: tuple.__len__,
    dict: dict.__len__,
    set: set.__len__,
    frozenset: frozenset.__len__,
}


def _place(cls):
    """`module.Class`."""
    module = _namespace(cls).get("__module__", "builtins")
    return f"{module}.{_QUALNAME(cls)}" if type(module) is str else _QUALNAME(cls)


def _namespace(cls):
    return type.__getattribute__(cls, "__dict__")


def _container(obj):
    """The built-in class that holds what the object does; None for none."""
    return next((base for base in _SIZES if _is(obj, base)), None)


def _size(obj):
    base = _container(obj)
    return None if base is None else _SIZES[base](obj)


def _about_numpy(array):
    return _text(f"{_ARRAY_SHAPE(array)} {numpy.dtype.__str__(_ARRAY_DTYPE(array))}")


def _memory(array):
    """A plain array on the same memory, of a dtype that Martlet has; None where it has none."""
    dtype = _ARRAY_DTYPE(array)
    if dtype.kind not in "biufc" or not dtype.isnative or dtype.char in "gG":
        return None
    if type(array) is not numpy.ndarray:
        array = numpy.ndarray.view(array, numpy.ndarray)
    # C has two names for integers of 64 bits; Martlet has one.
    same = numpy.dtype(f"{dtype.kind}{dtype.itemsize}")
    return array.view(same) if dtype.char in "qQ" else array


def groups(obj, path):
    """`(title, count, child)` for each group; `child(i)` is `(title, object, path)` or a fact."""
    found = list(_data(obj, path))
    if _is(obj, _FUNCTIONS):
        found.append(_facts("function", _about_function(obj)))
    members = _members(obj)
    for title in ("properties", "methods", "operators", "special"):
        names = members[title]
        if title == "properties":
            text = "read when the object is asked, so not here"
            found.append(_facts(title, [(name, text) for name in names]))
        elif names:
            found.append(_attributes(obj, title, names, path))
    return [group for group in found if group[1]]


def arrays(obj):
    """`(name, array)` for arrays of Martlet's directly inside an object."""
    base = _container(obj)
    if base is dict:
        items = dict.items(obj)
    elif base in (list, tuple):
        items = ((f"[{i}]", value) for i, value in enumerate(base.__iter__(obj)))
    else:
        items = _own(obj).items()
    found = []
    for name, value in itertools.islice(items, _SEARCHED):
        if type(value) is _martlet.ndarray:
            found.append((_text(name if type(name) is str else _short(name)), value))
    return found


def views(obj):
    """`(name, lines)` of texts about an object; a line with what it is comes before the first."""
    found = [("summary", _documentation(obj))]
    source = _source(obj)
    if source:
        found.append(("source", source))
    if _is(obj, str):
        text = str.__getitem__(obj, slice(100_000))
        found.append(("text", [_text(line) for line in text.split("\n")]))
    return found


def _data(obj, path):
    base = _container(obj)
    if base is dict:
        keys, values = list(dict.keys(obj)), list(dict.values(obj))

        def item(i):
            title = _short(keys[i])
            return _text(title), values[i], _text(f"{path}[{title}]")

        yield "data", len(keys), item
    elif base in (list, tuple):
        names = _fields(type(obj)) if base is tuple else ()

        def element(i):
            title = names[i] if i < len(names) else f"[{i}]"
            return _text(title), base.__getitem__(obj, i), f"{path}[{i}]"

        yield "data", _size(obj), element
    elif base is not None:
        elements = list(base.__iter__(obj))
        yield "data", len(elements), lambda i: ("element", elements[i], "")
    own = {name: value for name, value in _own(obj).items() if not _is_special(name)}
    if _is(obj, type):
        own = {name: value for name, value in own.items() if not _is_member(value)}
    if own:
        names = list(own)

        def attribute(i):
            return _text(names[i]), own[names[i]], _text(_attribute_path(path, names[i]))

        yield "attributes", len(names), attribute


def _fields(cls):
    """The names of a named tuple's elements."""
    for base in _MRO(cls):
        found = _namespace(base).get("_fields")
        if type(found) is tuple and all(type(name) is str for name in found):
            return found
    return ()


def _attribute_path(path, name):
    """The expression for an attribute, which may be no identifier."""
    return f"{path}.{name}" if name.isidentifier() else f"getattr({path}, {name!r})"


def _own(obj):
    """The attributes that the object itself has, without running its code."""
    own = {}
    try:
        found = object.__getattribute__(obj, "__dict__")
        if _is(obj, type):
            found = _namespace(obj)
        if _is(found, dict):
            found = dict.items(found)
        elif type(found) is types.MappingProxyType:
            found = found.items()  # Of a class, whose names are a plain dict.
        else:
            found = ()
        own.update((name, value) for name, value in found if type(name) is str)
    except (AttributeError, TypeError):
        pass
    if not _is(obj, type):
        for base in _MRO(type(obj)):
            members = _namespace(base)
            if "__slots__" not in members:
                continue
            for name, slot in members.items():
                if type(slot) is types.MemberDescriptorType:
                    try:
                        own.setdefault(name, slot.__get__(obj, type(obj)))
                    except (AttributeError, TypeError):
                        pass  # It has no value yet.
    return own


def _is_special(name):
    return name.startswith("__") and name.endswith("__")


_DESCRIPTORS = (property, types.GetSetDescriptorType)


def _is_member(value):
    """Whether a class's attribute is a method or a property."""
    return _is(value, (*_FUNCTIONS, staticmethod, classmethod, *_DESCRIPTORS)) or _is(
        value, types.MemberDescriptorType
    )


def _members(obj):
    """The names of a class's methods and properties, in groups."""
    found = {"properties": [], "methods": [], "operators": [], "special": []}
    if _is(obj, types.ModuleType):
        return found
    own = obj if _is(obj, type) else type(obj)
    seen = set()
    for base in _MRO(own):
        for name, value in _namespace(base).items():
            if name in seen or type(name) is not str:
                continue
            seen.add(name)
            if name in _OPERATORS:
                found["operators"].append(name)
            elif _is_special(name):
                found["special"].append(name)
            elif _is(value, _DESCRIPTORS):
                found["properties"].append(name)
            elif _is_member(value) and not _is(value, types.MemberDescriptorType):
                found["methods"].append(name)
    return {title: sorted(names) for title, names in found.items()}


def _attributes(obj, title, names, path):
    def attribute(i):
        # Found without the object's own `__getattr__`.
        own = obj if _is(obj, type) else type(obj)
        value = next(_namespace(c)[names[i]] for c in _MRO(own) if names[i] in _namespace(c))
        if type(value) in (staticmethod, classmethod):
            value = value.__func__
        return _text(names[i]), value, _text(_attribute_path(path, names[i]))

    return title, len(names), attribute


def _facts(title, facts):
    return title, len(facts), lambda i: (_text(facts[i][0]), _text(facts[i][1]))


def _signature(function):
    """As it is written, with defaults that are plain data; others are pending work or run code."""
    if type(function) is types.MethodType:
        whole = _signature(function.__func__)
        if whole.startswith(("(*", "(…")):
            return whole
        return "(" + whole[1:].partition(", ")[2] if ", " in whole else "()"
    if type(function) is types.FunctionType:
        return _written_signature(function)
    try:
        found = _inspect.signature(function)
    except (AttributeError, TypeError, ValueError):
        return "(…)"
    return _inspect.Signature(
        [
            each.replace(
                annotation=each.empty,
                default=each.default if each.default is each.empty else _Shown(each.default),
            )
            for each in found.parameters.values()
        ]
    ).__str__()


class _Shown:
    """A default in a signature."""

    def __init__(self, value):
        self._text = _short(value)

    def __repr__(self):
        return self._text


def _written_signature(function):
    """Of a function in Python, from its code: `__signature__` and `__wrapped__` are its own."""
    code = function.__code__
    positional, only = code.co_argcount, code.co_kwonlyargcount
    names = code.co_varnames
    defaults = function.__defaults__ or ()
    by_name = function.__kwdefaults__ or {}
    shown = []
    for i, name in enumerate(names[:positional]):
        place = i - (positional - len(defaults))
        shown.append(name if place < 0 else f"{name}={_short(defaults[place])}")
        if i + 1 == code.co_posonlyargcount:
            shown.append("/")
    rest = positional + only
    if code.co_flags & _inspect.CO_VARARGS:
        shown.append("*" + names[rest])
        rest += 1
    elif only:
        shown.append("*")
    for name in names[positional : positional + only]:
        shown.append(f"{name}={_short(by_name[name])}" if name in by_name else name)
    if code.co_flags & _inspect.CO_VARKEYWORDS:
        shown.append("**" + names[rest])
    return f"({', '.join(shown)})"


def _about_function(function):
    name = getattr(function, "__name__", "")
    facts = [("signature", (name if type(name) is str else "") + _signature(function))]
    module = getattr(function, "__module__", None)
    if type(module) is str:
        facts.append(("module", module))
    code = getattr(function, "__code__", None)
    if type(code) is types.CodeType:
        facts.append(("defined in", f"{code.co_filename}:{code.co_firstlineno}"))
    documentation = _documentation(function)
    if documentation:
        facts.append(("documentation", documentation[0]))
    return facts


def _documentation(obj):
    text = None
    if _is(obj, type):
        text = _namespace(obj).get("__doc__")
    elif _is(obj, types.ModuleType):
        text = _own(obj).get("__doc__")
    elif _is(obj, _FUNCTIONS):
        text = getattr(obj, "__doc__", None)
    if type(text) is str:
        return [_text(line) for line in _inspect.cleandoc(text).split("\n")]
    return []


def _source(obj):
    if type(obj) is types.MethodType:
        obj = obj.__func__
    if type(obj) is types.FunctionType:
        obj = obj.__code__  # A function may say that it is another.
    elif type(obj) is not type:
        return []  # What is asked of a class with a class of its own may run code.
    try:
        lines, _ = _inspect.getsourcelines(obj)
    except (OSError, TypeError, IndexError, SyntaxError):
        return []
    return [_text(line.rstrip("\n")) for line in lines]


def _short(obj):
    """The repr of plain data, cut where it is long; only the type of anything else."""
    if type(obj) is tuple:
        inside = ", ".join(_short(value) for value in obj[:20])
        return f"({inside}{', …' if len(obj) > 20 else ',' if len(obj) == 1 else ''})"
    if type(obj) is slice:
        return f"slice({_short(obj.start)}, {_short(obj.stop)}, {_short(obj.step)})"
    if _is(obj, numpy.dtype):
        return numpy.dtype.__repr__(obj)
    # Classes are found by what they are: to compare them may run code too.
    kind = next((base for base in _MRO(type(obj)) if id(base) in _SHOWN), None)
    if kind is None:
        return f"<{_class_name(obj)}>"
    if kind is int and int.bit_length(obj) > 1000:
        return f"of {int.bit_length(obj)} bits"
    if kind in (str, bytes) and kind.__len__(obj) > 300:
        return kind.__repr__(kind.__getitem__(obj, slice(300))) + "…"
    text = kind.__repr__(obj)
    return text if len(text) <= 400 else text[:400] + "…"


def _text(text):
    """A text that UTF-8 has: lone halves of pairs, as file names may have, are replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
