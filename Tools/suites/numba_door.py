"""What a test of numba's imports when Martlet stands in for numba.

Names of the public API are Martlet's. A name that Martlet lacks is there too, so that a test file
can be read, and says so when it is used. What the tests need of numba around its compiler (their
base classes, its configuration) is numba's own.
"""

import builtins
import inspect
import itertools
import linecache

import martlet
import numba
import numba.core.config as config  # noqa: F401
import numba.core.typing.templates
import numba.core.utils as utils  # noqa: F401
import numpy
from martlet import KernelError, cuda, types
from numba.np.numpy_support import numpy_version  # noqa: F401


class Missing:
    """Stands for a name of numba's that Martlet lacks: it can be passed around, and not used."""

    def __init__(self, name):
        self.name = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.name}.{name}")

    def __call__(self, *arguments, **keywords):
        raise NotImplementedError(f"Martlet has no numba.{self.name}")

    __getitem__ = __call__
    __iter__ = __call__
    __mro_entries__ = lambda self, bases: ()  # noqa: E731


class Errors:
    """numba's `errors`: every error of the compiler is Martlet's."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name.endswith("Warning"):
            return getattr(martlet, name, UserWarning)
        return KernelError


errors = Errors()
NumbaTypeError = TypingError = LoweringError = UnsupportedError = KernelError


types.Type.key = property(lambda self: self.name)


def _domain(kinds):
    """The types of numbers of these kinds, without the shortest ones."""
    every = {kind for kind in vars(types).values() if isinstance(kind, types.Number)}
    return frozenset(
        kind for kind in every if kind.dtype.kind in kinds and kind.dtype.name != "float16"
    )


DOMAINS = {"signed": "i", "unsigned": "u", "integer": "iu", "real": "f", "complex": "c",
           "number": "iufc"}  # fmt: skip


class Types:
    """numba's `types`."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name.endswith("_domain"):
            return _domain(DOMAINS[name.removesuffix("_domain")])
        return getattr(types, name, None) or Missing(f"types.{name}")


def translated(value):
    """numba's own types and signatures, alone and in lists, as Martlet's."""
    if isinstance(value, list | tuple):
        return type(value)(translated(item) for item in value)
    if isinstance(value, numba.core.typing.templates.Signature):
        return types_of(translated(value.return_type), translated(value.args))
    if not isinstance(value, numba.types.Type):
        return value
    if isinstance(value, numba.types.Literal):
        value = value.literal_type
    if isinstance(value, numba.types.Array):
        return types.Array(translated(value.dtype), value.ndim, value.layout)
    if isinstance(value, numba.types.BaseTuple):
        return types.Tuple(tuple(translated(item) for item in value))
    name = {"bool": "boolean", "none": "void"}.get(str(value), str(value))
    if not hasattr(types, name):
        raise NotImplementedError(f"Martlet has no type {value}")
    return getattr(types, name)


def types_of(result, arguments):
    """The signature of a function."""
    return result(*arguments)


def from_dtype(dtype):
    """The kernel type of a dtype."""
    name = numpy.dtype(dtype).name
    kind = types.boolean if name == "bool" else getattr(types, name, None)
    if kind is None:
        raise NotImplementedError(f"Martlet has no type of {dtype}")
    return kind


class NumPySupport:
    """numba's `numpy_support`, which converts Martlet's types."""

    from_dtype = staticmethod(from_dtype)

    @staticmethod
    def as_dtype(kind):
        return translated(kind).dtype

    def __getattr__(self, name):
        return getattr(numba.np.numpy_support, name)


numpy_support = NumPySupport()


def typeof(value, purpose=None):
    """The kernel type of a number, an array, or a tuple of them."""
    if isinstance(value, numpy.ndarray):
        order = "C" if value.flags.c_contiguous else "F" if value.flags.f_contiguous else "A"
        return types.Array(from_dtype(value.dtype), value.ndim, order)
    if isinstance(value, tuple):
        return types.Tuple(tuple(typeof(item) for item in value))
    if value is None:
        return types.none
    if isinstance(value, (bool, int, float, complex, numpy.generic)):
        return from_dtype(numpy.asarray(value).dtype)
    raise NotImplementedError(f"Martlet has no type of {value!r}")


# What says how numba compiles, and nothing of what comes out.
INSIDES = {"_nrt", "no_rewrites", "pipeline_class", "no_cpython_wrapper", "no_cfunc_wrapper"}


def _decorator(own):
    def decorator(first=None, *rest, **options):
        options = {name: value for name, value in options.items() if name not in INSIDES}
        return own(translated(first), *map(translated, rest), **options)

    return decorator


# The module itself, which kernels look names up in.
cuda.jit = _decorator(cuda.jit)
jit, njit = _decorator(martlet.jit), _decorator(martlet.njit)
vectorize, guvectorize = _decorator(martlet.vectorize), _decorator(martlet.guvectorize)


class Compiled:
    """What numba's tests ask of a compiled function: the function itself."""

    def __init__(self, function, arguments):
        self.entry_point = function
        self.signature = types_of(types.void, arguments)

    def __call__(self, *arguments, **keywords):
        return self.entry_point(*arguments, **keywords)


class Overloads(dict):
    """The compiled functions by their types, numba's own or Martlet's."""

    def __missing__(self, kinds):
        # Martlet's functions take arrays of any order where they are declared for columns.
        wanted = [
            types.Array(kind.dtype, kind.ndim, "A")
            if isinstance(kind, types.Array) and kind.layout == "F"
            else kind
            for kind in translated(tuple(kinds))
        ]
        if tuple(wanted) == kinds:
            raise KeyError(kinds)
        return self[tuple(wanted)]


type(martlet.njit(lambda: 0)).overloads = property(
    lambda self: Overloads({kinds: Compiled(self, kinds) for kinds in self.signatures})
)


def compile_extra(typing, target, function, arguments, result, flags, names, **options):
    """A function compiled for these types, as tests of numba's insides ask for it."""
    parallel = bool(getattr(flags, "auto_parallel", False))
    kinds = translated(tuple(arguments))
    return Compiled(martlet.njit(kinds, parallel=parallel)(function), kinds)


def register_jitable(*arguments, **options):
    """A function for kernels and for Python: here every jitted one is."""
    if arguments and callable(arguments[0]):
        return martlet.njit(arguments[0])
    return register_jitable


_numbers = itertools.count()


def execute(source, namespace=None, local=None):
    """`exec` whose functions keep their source, which Martlet's kernels are made from."""
    if isinstance(source, str):
        name = f"<source {next(_numbers)}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        source = compile(source, name, "exec")
    _exec(source, namespace, local)


_exec = builtins.exec


def _everywhere(source, namespace=None, local=None, /, **options):
    if isinstance(source, str) and namespace is not None and not options:
        return execute(source, namespace, local)
    if namespace is None:
        frame = inspect.currentframe().f_back
        namespace, local = frame.f_globals, frame.f_locals
    return _exec(source, namespace, local, **options)


# numba's helpers make functions of tests from text as well.
builtins.exec = _everywhere


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name == "types_":
        return Types()
    # Modules of numba's insides.
    if inspect.ismodule(getattr(numba, name, None)) and not hasattr(martlet, name):
        return getattr(numba, name)
    return getattr(martlet, name, None) or Missing(name)
