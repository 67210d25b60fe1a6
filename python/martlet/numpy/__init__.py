"""NumPy's namespace on Martlet's arrays: `import martlet.numpy as np`.

Native names come from the extension. Constants, dtypes and scalar types are NumPy's very objects.
Every other name is NumPy's function behind the fallback, which converts arrays on the way.
"""

import numpy as _numpy

from martlet import _errors, _martlet, _proxy

_proxy.install()

# Native under more than one name in NumPy.
_ALIASES = {"amax": "max", "amin": "min", "around": "round", "concat": "concatenate"}


def _load(namespace):
    known = vars(_numpy)  # To ask for what NumPy lacks takes it longer than all that it has.
    native = {
        name: value
        for name, value in vars(_martlet).items()
        if not name.startswith("_") and name in known
    }
    namespace.update(native)
    for name, value in vars(_numpy).items():
        if isinstance(value, _numpy.ufunc):
            if value.__name__ in native:
                namespace[name] = native[value.__name__]
        elif isinstance(value, type) and issubclass(value, (_numpy.generic, BaseException)):
            namespace[name] = value
    for alias, name in _ALIASES.items():
        if name in native:
            is_same = known[alias] is known[name]
            namespace[alias] = native[name] if is_same else _martlet.alias(native[name], alias)


_load(globals())
ndarray = _martlet.ndarray
dtype = _numpy.dtype
errstate = _errors.errstate
seterr = _errors.numpys_seterr
geterr = _errors.numpys_geterr
__version__ = _numpy.__version__
__all__ = list(_numpy.__all__)


def __getattr__(name):
    try:
        value = getattr(_numpy, name)
    except AttributeError as error:
        message = str(error).replace("'numpy'", "'martlet.numpy'", 1)
        raise AttributeError(message, name=name) from None
    if name.startswith("__"):
        return value
    wrapped = _proxy.wrap(value, name)
    if name in vars(_numpy):  # NumPy warns of others each time that they are asked for.
        globals()[name] = wrapped
    return wrapped


def __dir__():
    return sorted(set(dir(_numpy)) | {name for name in globals() if not name.startswith("_")})
