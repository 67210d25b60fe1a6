"""NumPy's functions that kernels have in terms of simpler ones, written in the kernels' language.

A call of one in a kernel is a call of the function here, compiled with the kernel. Tests of a rank,
of a type, or of a parameter that is left out or written in the call are decided when the kernel is
compiled, so each function serves all of them. Calls are bound by the function's row in
`FunctionTable`: parameters have NumPy's names, and what NumPy's function takes beside them is an
error that names it. `out` is written for all of them in one place. A `NotImplementedError` here is
an error of the compilation.

Idioms: `a = np.asarray(a)` gives memory to what is computed, so that it is computed once.
`np.any(a, axis)`, whose result nobody reads, checks the axis. A type is called to convert.
`np.divide` divides where NumPy does not raise and Python would.
"""

import functools
import importlib

# Which module has which functions; they are read when a kernel first calls one of them.
_THEMES = {
    "comparing": (
        "numpy",
        "array_equal isclose allclose isneginf isposinf isreal iscomplex isrealobj iscomplexobj "
        "isscalar",
    ),
    "distributions": (
        "numpy.random",
        "gamma standard_gamma beta chisquare f standard_t standard_cauchy laplace gumbel logistic "
        "lognormal rayleigh weibull power pareto triangular vonmises wald poisson binomial "
        "negative_binomial geometric hypergeometric logseries zipf",
    ),
    "linear_algebra": ("numpy.linalg", "norm det solve inv cholesky matrix_power"),
    "making": (
        "numpy",
        "eye identity tri tril_indices triu_indices diag diagflat trace tril triu fill_diagonal "
        "logspace geomspace vander tril_indices_from triu_indices_from indices "
        "asarray_chkfinite",
    ),
    "missing": (
        "numpy",
        "nansum nanprod nancumsum nancumprod nanmin nanmax nanargmin nanargmax nanmean nanvar "
        "nanstd nan_to_num",
    ),
    "order": (
        "numpy",
        "median quantile percentile nanmedian nanquantile nanpercentile unique union1d isin "
        "intersect1d setdiff1d setxor1d searchsorted digitize argwhere partition argpartition "
        "take_along_axis",
    ),
    "products": ("numpy", "diff ediff1d outer inner vdot kron cross convolve correlate"),
    "python_random": ("random", "seed random uniform getrandbits randrange randint shuffle"),
    "random": (
        "numpy.random",
        "seed random random_sample ranf sample rand uniform randint random_integers "
        "standard_normal randn normal standard_exponential exponential shuffle permutation choice",
    ),
    "shapes": (
        "numpy",
        "flipud fliplr rot90 expand_dims atleast_1d atleast_2d atleast_3d roll repeat tile resize "
        "take compress stack vstack hstack column_stack dstack append delete trim_zeros select "
        "extract insert array_split split vsplit hsplit dsplit",
    ),
    "statistics": (
        "numpy",
        "count_nonzero average trapezoid trapz round sinc cov corrcoef unwrap",
    ),
    "polynomials": (
        "numpy.polynomial.polynomial",
        "polyadd polysub polymul polydiv polyint polyval",
    ),
    "series": ("numpy.polynomial.polyutils", "trimseq"),
    "windows": ("numpy", "bartlett blackman hamming hanning kaiser i0"),
    "tables": ("numpy", "bincount histogram interp polyval"),
}


# Methods of ufuncs, in a module of their own.
_METHODS = ("reduce", "accumulate", "reduceat", "outer", "at")
# Those that kernels know themselves, of ufuncs that are sums and the like.
_OWN = {
    f"{name}.{method}"
    for name in ("add", "multiply", "minimum", "maximum", "logical_and", "logical_or")
    for method in ("reduce", "accumulate")
}


def method(ufunc, name, is_users=False):
    """The function for a method of a ufunc, whose first parameter is the ufunc; None for others."""
    if name not in _METHODS or (not is_users and f"{ufunc.__name__}.{name}" in _OWN):
        return None
    return getattr(importlib.import_module(f"{__name__}.ufunc_methods"), name)


@functools.cache
def names():
    """The module of each function, by the name under which kernels call it."""
    return {
        f"{owner}.{name}": f"{__name__}.{theme}"
        for theme, (owner, listed) in _THEMES.items()
        for name in listed.split()
    }


def find(path):
    """The function for a name such as "numpy.diff", or for that of one in these modules; None for
    others."""
    owner, _, name = path.rpartition(".")
    module = owner if owner.startswith(f"{__name__}.") else names().get(path)
    return None if module is None else getattr(importlib.import_module(module), name)
