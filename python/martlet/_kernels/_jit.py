"""`jit` and `njit`: functions of numbers and arrays, compiled at their first call.

The object that a decorator gives is the extension's `JitFunction`, so that a call goes straight to
machine code. What only people ask of it, such as `inspect_types`, is added to that type here.
"""

import inspect
import operator
import sys
import types
import warnings

from martlet import _fallback, _martlet
from martlet._kernels import _pickling, _signatures, _source, _types, _values
from martlet._kernels._errors import KernelError, KernelFallbackWarning

_JitFunction = _martlet.JitFunction

# Options, with what they are when they are left out.
JIT_OPTIONS = {
    "nopython": False,
    "nogil": False,
    "cache": False,
    "fastmath": False,
    "parallel": False,
    "boundscheck": None,
    "error_model": "python",
    "inline": "never",
    "forceobj": False,
}

# Options of numba's that have no meaning here, with the only value that asks for nothing.
_EMPTY = {
    "locals": {},
    "looplift": False,
    "debug": False,
    "no_cfunc_wrapper": False,
    "no_cpython_wrapper": False,
    "no_rewrites": False,
    "pipeline_class": None,
    "target_backend": None,
    "_dbg_extend_lifetimes": False,
    "_dbg_optnone": False,
    "_nrt": True,
}

_FASTMATH = {"fast", "nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc"}


def checked_options(decorator, given, known, empty=None):
    """The options of a decorator, those that were left out filled in.

    Raises TypeError for one that Martlet lacks, and names those there are.
    """
    options = dict(known)
    for name, value in given.items():
        if name in known:
            options[name] = value
        elif name not in (empty or {}) or value != empty[name]:
            shown = f" ({name}={value!r})" if name in (empty or {}) else ""
            raise TypeError(
                f"[{decorator}] Martlet has no option '{name}'{shown}; it has {', '.join(known)}"
            )
    if "fastmath" in known:
        options["fastmath"] = _fastmath(decorator, options["fastmath"])
    return options


def _fastmath(decorator, value):
    """Fast arithmetic is one switch here: any of LLVM's flags turns it on."""
    if isinstance(value, (set, frozenset, list, tuple, dict)):
        unknown = next((flag for flag in value if flag not in _FASTMATH), None)
        if unknown is not None:
            raise ValueError(f"[{decorator}] fastmath has no flag {unknown!r}")
        return any(value.values()) if isinstance(value, dict) else bool(value)
    return bool(value)


def python_function(decorator, value):
    """The Python function behind what was decorated.

    Raises TypeError for what is none.
    """
    if isinstance(value, _JitFunction):
        return value.encode.function
    if not isinstance(value, types.FunctionType):
        raise TypeError(f"[{decorator}] a Python function is needed, not {value!r}")
    return value


def jit(signature_or_function=None, **options):
    """Compiles a function of numbers, arrays and tuples when it is first called.

    Bare, or with signatures, for which it is compiled at once, and options:

    - `nopython`: what cannot be compiled is an error; without it the call runs in Python, with one
      `KernelFallbackWarning`.
    - `parallel`: the iterations of `prange` loops are shared among threads.
    - `fastmath`: arithmetic may be rearranged, so the last bits of results can change.
    - `error_model`: "python" raises ZeroDivisionError, "numpy" gives infinities and NaN.
    - `boundscheck`: an index outside of an array raises IndexError; else it is not looked at.
    - `nogil`: every call releases Python's lock; else calls with large arrays do.
    - `forceobj`: every call runs in Python, as the fallback report says.
    - `cache`, `inline`: accepted; compiled code is always kept on disk, and called functions are
      always inlined.
    """
    return _decorator("jit", signature_or_function, options)


def njit(signature_or_function=None, **options):
    """`jit` with `nopython=True`: what cannot be compiled is an error at the user's line."""
    if options.get("nopython") is False:
        raise TypeError("[njit] is jit with nopython=True; use jit")
    return _decorator("njit", signature_or_function, {**options, "nopython": True})


def _decorator(name, target, given):
    given = dict(given)
    if "signature" in given:
        target = given.pop("signature")
    options = checked_options(name, given, JIT_OPTIONS, _EMPTY)
    if options["error_model"] not in ("python", "numpy"):
        raise ValueError(
            f"[{name}] error_model is 'python' or 'numpy', not {options['error_model']!r}"
        )
    if options["inline"] not in ("never", "always"):
        raise ValueError(f"[{name}] inline is 'never' or 'always', not {options['inline']!r}")
    if options["forceobj"] and options["nopython"]:
        raise ValueError(f"[{name}] forceobj asks for Python, and nopython for none")
    if target is None or _signatures.is_signatures(target):
        # That of a function without arguments is an empty tuple.
        signatures = _signatures.signatures([()] if target == () else target)
        return lambda function: make_jitted(python_function(name, function), options, signatures)
    return make_jitted(python_function(name, target), options, [])


def make_jitted(function, options, signatures):
    source = _Python(function) if options["forceobj"] else _source.Source(function)
    source.signatures = tuple(signatures)
    source.fallback = None if options["nopython"] else _Fallback(function, options["forceobj"])
    made = _JitFunction(
        source.name, source.doc, source.filename, source, options, _Failure(source, options)
    )
    for signature in () if options["forceobj"] else signatures:
        try:
            made.compile([_types.description(kind) for kind in signature.args],
                         _types.description(signature.return_type), True)  # fmt: skip
        except KernelError as error:
            if source.fallback is None:
                raise
            source.fallback.tell(error)
            break
    return made


class _Python(_source.Source):
    """A function whose calls are asked to run in Python; kernels that call it compile it."""

    def __call__(self):
        raise KernelError("forceobj=True asks for Python")


# MARK: Functions as arguments


def _is_index(value):
    """Whether a value is an index with `...` in it, which a kernel is compiled for."""
    if isinstance(value, tuple):
        kinds = (int, slice, type(None), type(...))
        return any(item is ... for item in value) and all(isinstance(one, kinds) for one in value)
    return value is ...


def _is_function(value):
    if _is_index(value):
        return True
    if _source.source_of(value) is not None:
        return True
    is_type = isinstance(value, type) or _values.dtype_name(value) is not None
    return not is_type and callable(value) and _values.known_path(value) is not None


def _bound_to_functions(failure, arguments, keywords):
    """The function for a call that gives it functions, compiled for these, and the other arguments;
    None for a call without any."""
    if not any(map(_is_function, (*arguments, *keywords.values()))):
        return None
    source = failure.source
    parameters = inspect.signature(source.function).parameters.values()
    constants, rest, named = {}, list(arguments), dict(keywords)
    kinds = inspect.Parameter
    for i, item in reversed(list(enumerate(parameters))):
        if item.kind in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD):
            continue
        if item.name in named and _is_function(named[item.name]):
            constants[item.name] = named.pop(item.name)
        elif i < len(rest) and item.kind is not kinds.KEYWORD_ONLY and _is_function(rest[i]):
            constants[item.name] = rest.pop(i)
    if not constants:
        return None
    # Functions live as long as what is made for them; indices say what they are.
    key = tuple(
        (name, repr(value) if _is_index(value) else id(value))
        for name, value in sorted(constants.items(), key=operator.itemgetter(0))
    )
    made = failure.bound.get(key)
    if made is None:
        own = _source.Source(source.function)
        own.fallback, own.constants = source.fallback, {**source.constants, **constants}
        made = failure.bound[key] = _JitFunction(
            own.name, own.doc, own.filename, own, failure.options, _Failure(own, failure.options)
        )
    return made, rest, named


# MARK: Calls that run in Python


def _is_differentiated(value):
    return isinstance(value, _martlet.ndarray) and _martlet.is_traced(value)


class _Failure:
    """What the extension calls where a call could not be compiled."""

    __slots__ = ("bound", "derivatives", "options", "source")

    def __init__(self, source, options):
        self.source = source
        self.options = options
        # The functions for calls that give functions.
        self.bound = {}
        self.derivatives = None

    def __call__(self, error, arguments, keywords):
        bound = _bound_to_functions(self, arguments, keywords)
        if bound is not None:
            return bound[0](*bound[1], **bound[2])
        if any(map(_is_differentiated, (*arguments, *keywords.values()))):
            try:
                return self._differentiated(error, arguments, keywords)
            except KernelError as own:
                # What runs in Python is differentiated step by step.
                error = own
        elif isinstance(error, NotImplementedError):
            raise error
        fallback = self.source.fallback
        if fallback is None:
            raise error
        fallback.tell(error)
        return self.source.function(*arguments, **{**self.source.constants, **keywords})

    def _differentiated(self, error, arguments, keywords):
        """A call whose arguments are on a tape."""
        from martlet._kernels._derivatives import _calls

        if self.derivatives is None:
            self.derivatives = _calls.Derivatives(self.source, self.options, make_jitted)
        return _calls.call(self.derivatives, error, arguments, keywords)


class _Fallback:
    """Counts calls that run in Python, and tells of them once, unless they were asked for."""

    def __init__(self, function, is_wanted=False):
        self.function = function
        self._told = self._is_wanted = is_wanted

    def tell(self, error):
        name = self.function.__name__
        reason = error.msg if isinstance(error, KernelError) else str(error)
        if _fallback.mode() == "raise" and not self._is_wanted:
            _fallback.tell(name, reason, "Python")
        frame, distance = sys._getframe(1), 2
        while frame.f_back is not None and frame.f_code.co_filename.startswith(_fallback.LIBRARIES):
            frame, distance = frame.f_back, distance + 1
        file, line = frame.f_code.co_filename, frame.f_lineno
        _fallback.note(name, "cpu", "python", reason, file, line, 1, 0, 0)
        if not self._told:
            self._told = True
            message = f"'{name}' runs in Python, because it cannot be compiled: {error}"
            warnings.warn(message, KernelFallbackWarning, stacklevel=distance)


# MARK: What people ask of a jitted function


def _inspection(kind, summary):
    def inspect(self, signature=None):
        texts = {_signature_key(kinds): text for kinds, text in self.inspect(kind)}
        if signature is None:
            return texts
        return texts[tuple(signature)]

    inspect.__doc__ = summary
    return inspect


def _signature_key(kinds):
    return tuple(_types.from_description(item) for item in kinds)


def _inspect_types(self, file=None, signature=None, pretty=False):
    """Prints the types of the variables, for each signature that the function was called with."""
    texts = _inspection("types", "")(self)
    for kinds, text in texts.items():
        if signature is None or tuple(signature) == kinds:
            header = f"{self.__name__} ({', '.join(str(item) for item in kinds)})"
            print(f"{header}\n{'-' * 80}\n{text}", file=file)


def _lacks(name, reason):
    def missing(self, *arguments, **keywords):
        raise NotImplementedError(f"[{name}] {reason}")

    missing.__name__ = name
    return missing


def _bound(self, instance, owner=None):
    return self if instance is None else types.MethodType(self, instance)


def _complete():
    """What numba's functions have beside the call, in terms of what the extension's type has."""
    no_graph = "Martlet's kernels have no control-flow graph; inspect_kernel shows what they have"
    for name, value in {
        "py_func": property(lambda self: self.encode.function, doc="The Python function."),
        "signatures": property(
            lambda self: [_signature_key(kinds) for kinds in self.compiled],
            doc="The types of the arguments that it was compiled for.",
        ),
        "nopython_signatures": property(lambda self: self.signatures),
        "overloads": property(
            lambda self: dict.fromkeys(self.signatures, self),
            doc="The compiled functions by signature.",
        ),
        "inspect_types": _inspect_types,
        "inspect_kernel": _inspection("kernel", "The kernels in Martlet's language, by signature."),
        "inspect_llvm": _inspection("llvm", "The LLVM IR of the kernels, by signature."),
        "inspect_asm": _inspection("asm", "The machine code of the kernels, by signature."),
        "inspect_source": _inspection("source", "The kernels in a device's language."),
        "inspect_cfg": _lacks("inspect_cfg", no_graph),
        "inspect_disasm_cfg": _lacks("inspect_disasm_cfg", no_graph),
        "parallel_diagnostics": _lacks(
            "parallel_diagnostics", "Martlet runs the prange loops that are written, and no others"
        ),
        "recompile": lambda self: self.clear(),
        "__wrapped__": property(lambda self: self.encode.function),
        "__reduce__": lambda self: _pickling.reduced(
            self, self.py_func, make_jitted, self.targetoptions, list(self.encode.signatures)
        ),
        "__get__": _bound,
    }.items():
        setattr(_JitFunction, name, value)


_complete()
_source.carriers.append(_JitFunction)
