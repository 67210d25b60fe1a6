"""The Python array API standard, version 2025.12: the names that `import martlet as xp` has.

Most are NumPy's functions with the standard's signature, so they are rows of a table; what the
standard means otherwise is written below. Every function gives arrays, also where NumPy gives a
number, so what comes out knows this namespace again.
"""

import types

import numpy

import martlet.numpy as _np
from martlet import _devices, _martlet

ndarray = _martlet.ndarray

CONSTANTS = {"e": numpy.e, "inf": numpy.inf, "nan": numpy.nan, "newaxis": None, "pi": numpy.pi}

_KINDS = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
_KINDS["integral"] = _KINDS["signed integer"] + _KINDS["unsigned integer"]
_KINDS["numeric"] = _KINDS["integral"] + _KINDS["real floating"] + _KINDS["complex floating"]

DTYPES = _KINDS["bool"] + _KINDS["numeric"]


# MARK: The table

# The standard's signature of each function that NumPy's of the same name computes, or that of the
# name after `=`.
_ONE = (
    "abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag "
    "isfinite isinf isnan log log10 log1p log2 logical_not negative positive real reciprocal round "
    "sign signbit sin sinh sqrt square tan tanh trunc matrix_transpose nonzero unique_all "
    "unique_counts unique_inverse unique_values"
)
_TWO = (
    "add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign "
    "divide equal floor_divide greater greater_equal hypot less less_equal logaddexp logical_and "
    "logical_or logical_xor matmul maximum minimum multiply nextafter not_equal pow remainder "
    "subtract"
)
_REST = """
all(x, /, *, axis=None, keepdims=False)
any(x, /, *, axis=None, keepdims=False)
arange(start, /, stop=None, step=1, *, dtype=None, device=None)
argmax(x, /, *, axis=None, keepdims=False)
argmin(x, /, *, axis=None, keepdims=False)
asarray(obj, /, *, dtype=None, device=None, copy=None)
broadcast_arrays(*arrays)
broadcast_to(x, /, shape)
clip(x, /, min=None, max=None)
concat(arrays, /, *, axis=0)
count_nonzero(x, /, *, axis=None, keepdims=False)
cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False)
cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False)
empty(shape, *, dtype=None, device=None)
empty_like(x, /, *, dtype=None, device=None)
expand_dims(x, /, axis)
flip(x, /, *, axis=None)
from_dlpack(x, /, *, device=None, copy=None)
full(shape, fill_value, *, dtype=None, device=None)
full_like(x, /, fill_value, *, dtype=None, device=None)
isin(x1, x2, /, *, invert=False)
max(x, /, *, axis=None, keepdims=False)
mean(x, /, *, axis=None, keepdims=False)
meshgrid(*arrays, indexing='xy')
min(x, /, *, axis=None, keepdims=False)
moveaxis(x, source, destination, /)
ones(shape, *, dtype=None, device=None)
ones_like(x, /, *, dtype=None, device=None)
permute_dims(x, /, axes)
prod(x, /, *, axis=None, dtype=None, keepdims=False)
repeat(x, repeats, /, *, axis=None)
reshape(x, /, shape, *, copy=None)
roll(x, /, shift, *, axis=None)
searchsorted(x1, x2, /, *, side='left', sorter=None)
squeeze(x, /, axis)
stack(arrays, /, *, axis=0)
std(x, /, *, axis=None, correction=0.0, keepdims=False)
sum(x, /, *, axis=None, dtype=None, keepdims=False)
take_along_axis(x, indices, /, *, axis=-1)
tensordot(x1, x2, /, *, axes=2)
tile(x, repetitions, /)
tril(x, /, *, k=0)
triu(x, /, *, k=0)
unstack(x, /, *, axis=0)
var(x, /, *, axis=None, correction=0.0, keepdims=False)
vecdot(x1, x2, /, *, axis=-1)
where(condition, x1, x2, /)
zeros(shape, *, dtype=None, device=None)
zeros_like(x, /, *, dtype=None, device=None)
"""
_LINALG = """
cholesky(x, /, *, upper=False)
cross(x1, x2, /, *, axis=-1)
det(x, /)
diagonal(x, /, *, offset=0)
eigh(x, /)
eigvalsh(x, /)
inv(x, /)
matmul(x1, x2, /)
matrix_norm(x, /, *, keepdims=False, ord='fro')
matrix_power(x, n, /)
matrix_rank(x, /, *, rtol=None)
matrix_transpose(x, /)
outer(x1, x2, /)
pinv(x, /, *, rtol=None)
qr(x, /, *, mode='reduced')
slogdet(x, /)
solve(x1, x2, /)
svd(x, /, *, full_matrices=True)
svdvals(x, /)
tensordot(x1, x2, /, *, axes=2)
trace(x, /, *, offset=0, dtype=None)
vecdot(x1, x2, /, *, axis=-1)
vector_norm(x, /, *, axis=None, keepdims=False, ord=2)
"""
_FFT_ONE = "fft ifft rfft irfft hfft ihfft"
_FFT_SEVERAL = "fftn ifftn rfftn irfftn"


def _arrays(result):
    """NumPy's result as the standard wants it: an array where it is a number."""
    kind = type(result)
    if kind is ndarray:
        return result
    if isinstance(result, (numpy.generic, int)):
        return _martlet.asarray(result)
    if isinstance(result, tuple):
        items = map(_arrays, result)
        return tuple(items) if kind is tuple else kind(*items)
    return result


def _forwarded(row, source, module):
    """The function of a row: its signature, and a call of NumPy's function of that name."""
    name, _, parameters = row.rstrip(")").partition("(")
    passed = []
    by_name = False
    for parameter in parameters.split(", "):
        given = parameter.partition("=")[0]
        if parameter.startswith("*"):
            by_name = True
            if parameter != "*":
                passed.append(parameter)
        elif parameter != "/":
            passed.append(f"{given}={given}" if by_name else given)
    # Python's own calling of such a function is the quickest way that it has.
    text = f"def {name}({parameters}):\n    return _arrays(_target({', '.join(passed)}))\n"
    space = {"_arrays": _arrays, "_target": getattr(source, name), "__name__": module}
    exec(text, space)
    function = space[name]
    path = source.__name__.removeprefix("martlet.")
    function.__doc__ = f"The standard's `{name}`: `{path}.{name}`, with an array for the result."
    return function


def _table(rows, source, module):
    made = (_forwarded(row, source, module) for row in rows)
    return {function.__name__: function for function in made}


# MARK: Data types


def _dtype(value):
    """NumPy's dtype of a dtype or an array; what is neither stays as it is."""
    return value if isinstance(value, type) else getattr(value, "dtype", value)


def astype(x, dtype, /, *, copy=True, device=None):
    """The elements of `x` as `dtype`; `x` itself where nothing changes and `copy` is false.

    Raises TypeError for complex elements as real ones: take `real(x)` or `imag(x)` first.
    """
    wanted = numpy.dtype(_dtype(dtype))
    if x.dtype.kind == "c" and wanted.kind in "iuf":
        raise TypeError(f"astype: {x.dtype} elements cannot be {wanted}; take real(x) or imag(x)")
    result = x.astype(wanted, copy=copy)
    if device is None or device == x.device:
        return result
    return result.to_device(device)


def can_cast(from_, to, /):
    """Whether `from_` (a dtype or an array) becomes `to` by promotion."""
    return numpy.can_cast(_dtype(from_), _dtype(to))


def result_type(*arrays_and_dtypes):
    """The dtype that arrays, dtypes and Python's numbers have together."""
    return numpy.result_type(*map(_dtype, arrays_and_dtypes))


def isdtype(dtype, kind):
    """Whether a dtype is of a kind, which is a dtype, a kind's name, or a tuple of these."""
    kinds = tuple(map(_dtype, kind)) if isinstance(kind, tuple) else _dtype(kind)
    return numpy.isdtype(_dtype(dtype), kinds)


def finfo(type, /):
    """The limits of a floating-point dtype, or of an array's: bits, eps, max, min, smallest_normal
    as Python's numbers, and the real dtype."""
    found = numpy.finfo(_dtype(type))
    limits = {name: float(getattr(found, name)) for name in ("eps", "max", "min")}
    return types.SimpleNamespace(
        bits=found.bits,
        **limits,
        smallest_normal=float(found.smallest_normal),
        dtype=found.dtype,
    )


def iinfo(type, /):
    """The limits of an integer dtype, or of an array's: bits, max, min and the dtype."""
    found = numpy.iinfo(_dtype(type))
    return types.SimpleNamespace(
        bits=found.bits, max=int(found.max), min=int(found.min), dtype=found.dtype
    )


# MARK: What the standard means otherwise


def _placed(array, device):
    return array if device is None else array.to_device(device)


def broadcast_shapes(*shapes):
    """The shape that these broadcast to."""
    return numpy.broadcast_shapes(*shapes)


def eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None):
    """A matrix with ones on its `k`-th diagonal, zeros elsewhere."""
    dtype = numpy.float64 if dtype is None else dtype
    return _placed(_np.eye(n_rows, n_cols, k=k, dtype=_dtype(dtype)), device)


def linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True):
    """`num` numbers at equal distances from `start` to `stop`, which is left out without
    `endpoint`."""
    result = _np.linspace(start, stop, num, endpoint=endpoint, dtype=_dtype(dtype))
    return _placed(_arrays(result), device)


def take(x, indices, /, *, axis=None):
    """The elements of `x` at `indices` along `axis`, which only a vector may leave out."""
    if axis is None and x.ndim != 1:
        raise ValueError(f"take: the axis must be given for an array of {x.ndim} dimensions")
    return _arrays(_np.take(x, indices, axis=axis))


def diff(x, /, *, axis=-1, n=1, prepend=None, append=None):
    """The `n`-th differences of neighbours along `axis`, after what is put before and behind."""
    ends = {"prepend": prepend, "append": append}
    given = {name: value for name, value in ends.items() if value is not None}
    return _arrays(_np.diff(x, n=n, axis=axis, **given))


def sort(x, /, *, axis=-1, descending=False, stable=True):
    """The elements in order along `axis`."""
    if not descending:
        return _np.sort(x, axis=axis, stable=stable)
    # Sorted from the end and turned around, so that equal elements keep their order.
    return _np.flip(_np.sort(_np.flip(x, axis), axis=axis, stable=stable), axis)


def argsort(x, /, *, axis=-1, descending=False, stable=True):
    """The indices that sort along `axis`."""
    if not descending:
        return _np.argsort(x, axis=axis, stable=stable)
    order = _np.flip(_np.argsort(_np.flip(x, axis), axis=axis, stable=stable), axis)
    return x.shape[axis] - 1 - order


def _complex(array):
    """Complex elements, whatever they are: the dtype may not depend on the values."""
    return array.astype(numpy.result_type(array.dtype, numpy.complex64), copy=False)


def eigvals(x, /):
    """The eigenvalues of matrices, complex."""
    return _complex(_np.linalg.eigvals(x))


def eig(x, /):
    """The eigenvalues and right eigenvectors of matrices, complex."""
    found = _np.linalg.eig(x)
    return type(found)(*map(_complex, found))


def _frequencies(name):
    transform = getattr(_np.fft, name)

    def frequencies(n, /, *, d=1.0, dtype=None, device=None):
        result = transform(n, d=d)
        if dtype is not None:
            result = result.astype(_dtype(dtype), copy=False)
        return _placed(result, device)

    frequencies.__name__ = frequencies.__qualname__ = name
    frequencies.__doc__ = f"The frequencies of a transform's `n` elements: `numpy.fft.{name}`."
    return frequencies


def _transform_of_several(name):
    transform = getattr(_np.fft, name)

    def several(x, /, *, s=None, axes=None, norm="backward"):
        if s is not None and axes is None:
            axes = tuple(range(-len(s), 0))  # NumPy wants to be told.
        return transform(x, s=s, axes=axes, norm=norm)

    several.__name__ = several.__qualname__ = name
    several.__doc__ = f"The standard's `{name}`: `numpy.fft.{name}`; `s` is of the last axes."
    return several


# MARK: Inspection


class __array_namespace_info__:
    """What this implementation of the standard has: `martlet.__array_namespace_info__()`."""

    __module__ = "martlet"

    def capabilities(self):
        """A dict: "boolean indexing", "data-dependent shapes" and "max dimensions"."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self):
        """The name of the device where new arrays are made."""
        return _devices.get_device()

    def devices(self):
        """The names of this machine's devices."""
        return tuple(_martlet.devices())

    def default_dtypes(self, *, device=None):
        """The dtypes of new arrays, by kind; they are the same on every device."""
        self._known(device)
        names = {
            "real floating": "float64",
            "complex floating": "complex128",
            "integral": "int64",
            "indexing": "int64",
        }
        return {kind: numpy.dtype(name) for kind, name in names.items()}

    def dtypes(self, *, device=None, kind=None):
        """The dtypes that a device has (the current one), by name; of one kind, or of several."""
        lacking = self._known(device).info["lacking_dtypes"]
        kinds = (kind,) if isinstance(kind, str) else ("bool", "numeric") if kind is None else kind
        names = {}
        for one in kinds:
            if one not in _KINDS:
                raise ValueError(f"dtypes: the kind is one of {', '.join(_KINDS)}, not {one!r}")
            names |= dict.fromkeys(_KINDS[one])
        return {name: numpy.dtype(name) for name in DTYPES if name in names and name not in lacking}

    @staticmethod
    def _known(device):
        name = _devices.get_device() if device is None else device
        if name not in _martlet.devices():
            raise ValueError(f"{name!r} is none of this machine's devices")
        return _devices.DeviceName(name)


# MARK: The namespaces


def _named(*functions):
    for function in functions:
        function.__module__ = "martlet"
    return {function.__name__: function for function in functions}


def _signatures(names, parameters):
    return [f"{name}({parameters})" for name in names.split()]


MAIN = (
    _table(
        [*_signatures(_ONE, "x, /"), *_signatures(_TWO, "x1, x2, /"), *_REST.split("\n")[1:-1]],
        _np,
        "martlet",
    )
    | _named(astype, can_cast, finfo, iinfo, isdtype, result_type)
    | _named(argsort, broadcast_shapes, diff, eye, linspace, sort, take)
)

LINALG = _table(_LINALG.split("\n")[1:-1], _np.linalg, "martlet.linalg") | {
    "eig": eig,
    "eigvals": eigvals,
}

FFT = (
    _table(
        [
            *_signatures(_FFT_ONE, "x, /, *, n=None, axis=-1, norm='backward'"),
            *_signatures("fftshift ifftshift", "x, /, *, axes=None"),
        ],
        _np.fft,
        "martlet.fft",
    )
    | {name: _transform_of_several(name) for name in _FFT_SEVERAL.split()}
    | {name: _frequencies(name) for name in ("fftfreq", "rfftfreq")}
)
for _function in (eig, eigvals):
    _function.__module__ = "martlet.linalg"
for _name in (*_FFT_SEVERAL.split(), "fftfreq", "rfftfreq"):
    FFT[_name].__module__ = "martlet.fft"
