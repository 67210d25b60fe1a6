"""Pickling of decorated functions: by name where the name leads back to them, else by the code of
the Python function and what the decorator was given."""

import copyreg
import importlib
import marshal
import operator
import types


def reduced(value, function, make, *arguments):
    """What pickle takes for `value`, which `make(function, *arguments)` makes again."""
    name = (function.__module__, function.__qualname__)
    if _find(*name, None) is value:
        return _find, name
    return _made, (make, _parts(function), arguments)


def _find(module, path, *standard):
    try:
        return operator.attrgetter(path)(importlib.import_module(module))
    except (ImportError, AttributeError):
        if standard:
            return standard[0]
        raise


def _parts(function):
    cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
    return (
        marshal.dumps(function.__code__), function.__module__, function.__name__,
        function.__qualname__, function.__defaults__, function.__kwdefaults__, cells,
    )  # fmt: skip


def _made(make, parts, arguments):
    code, module, name, path, defaults, keywords, cells = parts
    scope = vars(importlib.import_module(module))
    closure = tuple(types.CellType(cell) for cell in cells)
    function = types.FunctionType(marshal.loads(code), scope, name, defaults, closure)
    function.__kwdefaults__ = keywords
    function.__qualname__ = path
    function.__module__ = module
    return make(function, *arguments)


def copied_by(kind, find):
    """Pickles objects of a type of the extension's: `find` gives the function behind one, what
    makes it and from what; None for objects that nobody here made."""

    def reduce(value):
        found = find(value)
        return value.__reduce_ex__(2) if found is None else reduced(value, *found)

    copyreg.pickle(kind, reduce)
