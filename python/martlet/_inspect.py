"""`martlet.inspect`: any object as a tree, in the terminal, as text or as a page.

The tree, its views of arrays and the terminal are the core's; here is what Python knows of its
objects. Looking runs no code of the object's: properties are named, not read, and only plain data
is shown by its repr.
"""

import inspect as _inspect
import os
import sys
import types

import numpy

from martlet import _martlet
from martlet._host import HostObject

__all__ = ["inspect", "inspect_dictionary", "inspect_object"]

# Shown by their repr, which neither runs a user's code nor computes an array.
_PLAIN = (
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    range,
    slice,
    type(...),
    type(NotImplemented),
    numpy.generic,
    numpy.dtype,
)
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
        name = getattr(obj, "__name__", None) if isinstance(obj, types.ModuleType) else None
        name = name if isinstance(name, str) else "obj"
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
    name = type(obj).__name__
    if isinstance(obj, HostObject):
        held = object.__getattribute__(obj, "_held")
        if isinstance(held, numpy.ndarray):
            detail = f"{held.shape} {held.dtype}, which stays NumPy's"
            return "array", _text(detail), held
    if isinstance(obj, numpy.ndarray):
        owner = "a file, mapped by NumPy" if isinstance(obj, numpy.memmap) else "NumPy"
        if obj.dtype.kind in "biufc" and obj.dtype.isnative:
            # C has two names for integers of 64 bits; Martlet has one.
            same = numpy.dtype(f"{obj.dtype.kind}{obj.dtype.itemsize}")
            return "array", owner, obj.view(same) if obj.dtype.char in "qQ" else obj
        return "array", _text(f"{obj.shape} {obj.dtype} of NumPy"), None
    if isinstance(obj, type):
        return "type", _text(f"class {obj.__module__}.{obj.__qualname__}"), None
    if isinstance(obj, types.ModuleType):
        return "type", _text(f"module {vars(obj).get('__file__') or ''}".rstrip()), None
    if isinstance(obj, _FUNCTIONS):
        return "function", _text(_signature(obj)), None
    if isinstance(obj, _PLAIN):
        return "data", _text(f"{name} {_short(obj)}"), None
    if isinstance(obj, (list, tuple, set, frozenset, dict, types.MappingProxyType)):
        return "data", f"{_text(name)} of {len(obj)}", None
    return "object", _text(f"{type(obj).__module__}.{type(obj).__qualname__}"), None


def groups(obj, path):
    """`(title, count, child)` for each group; `child(i)` is `(title, object, path)` or a fact."""
    found = list(_data(obj, path))
    if isinstance(obj, _FUNCTIONS):
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
    if isinstance(obj, dict):
        items = obj.items()
    elif isinstance(obj, (list, tuple)):
        items = ((f"[{i}]", value) for i, value in enumerate(obj))
    else:
        items = _own(obj).items()
    found = []
    for n, (name, value) in enumerate(list(items) if isinstance(obj, dict) else items):
        if n == _SEARCHED:
            break
        if type(value) is _martlet.ndarray:
            found.append((_text(name if isinstance(name, str) else _short(name)), value))
    return found


def views(obj):
    """`(name, lines)` of texts about an object; a line with what it is comes before the first."""
    found = [("summary", _documentation(obj))]
    source = _source(obj)
    if source:
        found.append(("source", source))
    if isinstance(obj, str):
        found.append(("text", [_text(line) for line in obj[:100_000].split("\n")]))
    return found


def _data(obj, path):
    if isinstance(obj, (dict, types.MappingProxyType)):
        keys = list(obj)

        def item(i):
            key = keys[i]
            title = _short(key)
            return _text(title), obj[key], _text(f"{path}[{title}]")

        yield "data", len(keys), item
    elif isinstance(obj, (list, tuple)):
        names = getattr(type(obj), "_fields", ())

        def element(i):
            title = names[i] if i < len(names) else f"[{i}]"
            return _text(str(title)), obj[i], f"{path}[{i}]"

        yield "data", len(obj), element
    elif isinstance(obj, (set, frozenset)):
        elements = list(obj)
        yield "data", len(elements), lambda i: ("element", elements[i], "")
    own = {name: value for name, value in _own(obj).items() if not _is_special(name)}
    if isinstance(obj, type):
        own = {name: value for name, value in own.items() if not _is_member(value)}
    if own:
        names = list(own)

        def attribute(i):
            name = names[i]
            return _text(name), own[name], _text(f"{path}.{name}")

        yield "attributes", len(names), attribute


def _own(obj):
    """The attributes that the object itself has, without running its code."""
    own = {}
    try:
        found = object.__getattribute__(obj, "__dict__")
        if isinstance(obj, type):
            found = type.__getattribute__(obj, "__dict__")
        if isinstance(found, (dict, types.MappingProxyType)):
            own.update((name, value) for name, value in found.items() if isinstance(name, str))
    except (AttributeError, TypeError):
        pass
    if not isinstance(obj, type):
        for base in type(obj).__mro__:
            for name, slot in vars(base).items():
                if type(slot) is types.MemberDescriptorType and "__slots__" in vars(base):
                    try:
                        own.setdefault(name, slot.__get__(obj, type(obj)))
                    except (AttributeError, TypeError):
                        pass  # It has no value yet.
    return own


def _is_special(name):
    return name.startswith("__") and name.endswith("__")


def _is_member(value):
    """Whether a class's attribute is a method or a property."""
    return isinstance(
        value, (*_FUNCTIONS, staticmethod, classmethod, property, types.GetSetDescriptorType)
    ) or isinstance(value, types.MemberDescriptorType)


def _members(obj):
    """The names of a class's methods and properties, in groups."""
    found = {"properties": [], "methods": [], "operators": [], "special": []}
    if isinstance(obj, types.ModuleType):
        return found
    own = obj if isinstance(obj, type) else type(obj)
    seen = set()
    for base in own.__mro__:
        for name, value in vars(base).items():
            if name in seen or not isinstance(name, str):
                continue
            seen.add(name)
            if name in _OPERATORS:
                found["operators"].append(name)
            elif _is_special(name):
                found["special"].append(name)
            elif isinstance(value, (property, types.GetSetDescriptorType)):
                found["properties"].append(name)
            elif _is_member(value) and not isinstance(value, types.MemberDescriptorType):
                found["methods"].append(name)
    return {title: sorted(names) for title, names in found.items()}


def _attributes(obj, title, names, path):
    def attribute(i):
        # Found without the object's own `__getattr__`.
        value = _inspect.getattr_static(obj, names[i])
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        return _text(names[i]), value, _text(f"{path}.{names[i]}")

    return title, len(names), attribute


def _facts(title, facts):
    return title, len(facts), lambda i: (_text(facts[i][0]), _text(facts[i][1]))


def _signature(function):
    try:
        return str(_inspect.signature(function))
    except (TypeError, ValueError):
        return "(…)"


def _about_function(function):
    facts = [("signature", getattr(function, "__name__", "") + _signature(function))]
    module = getattr(function, "__module__", None)
    if isinstance(module, str):
        facts.append(("module", module))
    code = getattr(function, "__code__", None)
    if code is not None:
        facts.append(("defined in", f"{code.co_filename}:{code.co_firstlineno}"))
    documentation = _documentation(function)
    if documentation:
        facts.append(("documentation", documentation[0]))
    return facts


def _documentation(obj):
    if isinstance(obj, (*_FUNCTIONS, type, types.ModuleType)):
        text = getattr(obj, "__doc__", None)
        if isinstance(text, str):
            return [_text(line) for line in _inspect.cleandoc(text).split("\n")]
    return []


def _source(obj):
    if not isinstance(obj, (types.FunctionType, types.MethodType, type)):
        return []
    try:
        lines, _ = _inspect.getsourcelines(obj)
    except (OSError, TypeError, IndexError, SyntaxError):
        return []
    return [_text(line.rstrip("\n")) for line in lines]


def _short(obj):
    """The repr of plain data, cut where it is long; only the type of anything else."""
    if isinstance(obj, int) and not isinstance(obj, bool) and obj.bit_length() > 1000:
        return f"of {obj.bit_length()} bits"
    if isinstance(obj, (str, bytes)) and len(obj) > 300:
        return repr(obj[:300]) + "…"
    if type(obj) is tuple:
        inside = ", ".join(_short(value) for value in obj[:20])
        return f"({inside}{', …' if len(obj) > 20 else ',' if len(obj) == 1 else ''})"
    if isinstance(obj, _PLAIN):
        text = repr(obj)
        return text if len(text) <= 400 else text[:400] + "…"
    return f"<{type(obj).__name__}>"


def _text(text):
    """A text that UTF-8 has: lone halves of pairs, as file names may have, are replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
