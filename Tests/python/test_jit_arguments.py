"""Arguments of NumPy's functions in kernels, by position and by name: each call gives what NumPy
gives, or is an error that names the argument or the function; what NumPy refuses is refused."""

import ast
import inspect
import itertools
import operator
import re
import warnings

import martlet
import numpy as np
import pytest
from martlet import KernelError, _martlet, cuda, njit
from numpy._core import _methods

_RANDOM = np.random.default_rng(7)

ARRAYS = {
    "A": _RANDOM.normal(size=(3, 4)).round(3),
    "B": _RANDOM.normal(size=(3, 4)).round(3),
    "S": _RANDOM.normal(size=(3, 3)).round(3) + 3 * np.eye(3),
    "P": np.array([[4.0, 1, 0], [1, 3, 1], [0, 1, 2]]),
    "T": _RANDOM.normal(size=(2, 3, 4)).round(3),
    "V": np.array([3.0, -1.0, 2.5, 2.5, 0.0]),
    "W": np.array([1.0, 2.0, 0.5, 4.0, 1.5]),
    "W4": np.array([1.0, 2.0, 0.5, 4.0]),
    "I": np.arange(12).reshape(3, 4) * 7 % 5,
    "I8": (np.arange(12).reshape(3, 4) * 37 % 90).astype(np.int8),
    "F4": _RANDOM.normal(size=(3, 4)).astype(np.float32),
    "C": np.array([1 + 2j, 3 - 1j, 0.5j]),
    "M": np.arange(12).reshape(3, 4) % 3 != 0,
    "MV": np.array([True, False, True, True, False]),
    "N": np.array([[1.0, np.nan, 3.0, 2.0], [np.nan, 5.0, 0.5, 1.0], [2.0, 2.0, 2.0, np.nan]]),
    "INF": np.array([1.0, np.inf, -np.inf, np.nan]),
    "IV": np.array([3, 1, 4, 1, 5]),
    "IU": np.array([5, 3, 1, 9]),
    "J": np.array([0, 2]),
    "X": np.array([0.0, 1.0, 2.0, 3.5]),
    "O3": np.zeros(3), "O4": np.zeros(4), "O5": np.zeros(5), "O34": np.zeros((3, 4)),
    "O33": np.zeros((3, 3)), "O2": np.zeros(2), "O1": np.zeros((1, 4)),
    "OI4": np.zeros(4, np.int64), "OB4": np.zeros(4, bool), "O4F": np.zeros(4, np.float32),
    "OI34": np.zeros((3, 4), np.int64), "O64": np.zeros((6, 4)), "O234": np.zeros((2, 3, 4)),
    "OV": np.zeros(5), "OS": np.asfortranarray(np.zeros((3, 3))),
}  # fmt: skip

AXIS = ["0", "1", "-1", "None", "(0, 1)", "(1,)", "2", "1.5"]
DTYPE = ["np.float32", "np.int64", "np.int8", "'f4'", "float", "None"]
KEEP = ["True", "False"]
WHERE = ["M", "True", "M[0]"]
OUT = ["O4", "OI4", "O4F", "O3", "O34", "None"]
SUM = {"axis": AXIS, "dtype": DTYPE, "out": OUT, "keepdims": KEEP, "initial": ["10", "2.5"],
       "where": WHERE}  # fmt: skip
EXTREME = {"axis": AXIS, "out": OUT, "keepdims": KEEP, "initial": ["0.5", "-100"], "where": WHERE}
MEAN = {"axis": AXIS, "dtype": DTYPE, "out": OUT, "keepdims": KEEP, "where": WHERE}
SPREAD = {**MEAN, "ddof": ["1", "0.5", "20"], "correction": ["1"], "mean": ["2.5"]}
TEST = {"axis": AXIS, "out": OUT, "keepdims": KEEP, "where": WHERE}
PLACE = {"axis": AXIS, "out": OUT, "keepdims": KEEP}
RUNNING = {"axis": AXIS, "dtype": DTYPE, "out": ["O34", "OI34", "O4"]}
UFUNC = {"out": ["O34", "OI34", "O4", "(O34,)", "None"], "where": ["M", "True", "M[0]", "I"],
         "dtype": ["np.float32", "np.float64", "np.int64", "None"],
         "casting": ["'unsafe'", "'no'", "'same_kind'", "'fast'"], "order": ["'C'", "'K'", "'F'"],
         "subok": ["False"]}  # fmt: skip
QUANTILE = {"axis": AXIS, "out": ["O4", "O3"], "overwrite_input": KEEP, "keepdims": KEEP,
            "method": ["'linear'", "'lower'", "'nowhere'"]}  # fmt: skip
JOIN = {"axis": ["0", "1", "-1", "None", "2"], "out": ["O64", "O234", "O4"],
        "dtype": ["np.float32", "np.int64"], "casting": ["'unsafe'", "'safe'"]}  # fmt: skip
SORT = {"axis": ["0", "1", "-1", "None", "2"], "kind": ["'stable'", "'mergesort'", "'quick'"],
        "stable": ["True", "None"], "order": ["'x'"]}  # fmt: skip
ORDER = {"order": ["'C'", "'F'", "'A'", "'K'", "'Z'"]}
LIKE = {"dtype": ["np.float32", "int"], **ORDER, "shape": ["(2, 3)", "5"], "subok": ["False"],
        "device": ["'cpu'", "'gpu'"]}  # fmt: skip
MAKE = {"dtype": ["np.float32", "int", "bool"], **ORDER, "device": ["'cpu'"], "like": ["None"]}

# A function, the arguments that it needs by name, and what it may be given beside them.
FUNCTIONS = [
    *[(f"np.{name}", {"a": a}, SUM) for name in ("sum", "prod") for a in ("A", "I8")],
    *[(f"np.{name}", {"a": "A"}, EXTREME) for name in ("min", "max", "amin", "amax")],
    *[(f"np.{name}", {"a": a}, options) for name, options in (("mean", MEAN), ("var", SPREAD),
      ("std", SPREAD)) for a in ("A", "I8", "F4")],
    *[(f"np.{name}", {"a": "M"}, TEST) for name in ("any", "all")],
    *[(f"np.{name}", {"a": "A"}, PLACE) for name in ("argmin", "argmax", "ptp")],
    *[(f"np.{name}", {"a": a}, RUNNING) for name in ("cumsum", "cumprod") for a in ("A", "I8")],
    *[(f"np.{name}", {"a": "N"}, SUM) for name in ("nansum", "nanprod")],
    *[(f"np.{name}", {"a": "N"}, EXTREME) for name in ("nanmin", "nanmax")],
    ("np.nanmean", {"a": "N"}, MEAN),
    *[(f"np.{name}", {"a": "N"}, SPREAD) for name in ("nanvar", "nanstd")],
    *[(f"np.{name}", {"a": "N"}, RUNNING) for name in ("nancumsum", "nancumprod")],
    *[(f"np.{name}", {"a": "N"}, PLACE) for name in ("nanargmin", "nanargmax")],
    *[(f"np.{name}", {"a": "N"}, {"axis": AXIS, "out": ["O4", "O3"], "overwrite_input": KEEP,
      "keepdims": KEEP}) for name in ("median", "nanmedian")],
    *[(f"np.{name}", {"a": "N", "q": q}, QUANTILE) for q in ("0.3", "X / 4")
      for name in ("quantile", "nanquantile")],
    *[(f"np.{name}", {"a": "A", "q": "30"}, QUANTILE) for name in ("percentile", "nanpercentile")],
    ("np.count_nonzero", {"a": "I"}, {"axis": AXIS, "keepdims": KEEP}),
    ("np.average", {"a": "A"}, {"axis": AXIS, "weights": ["B", "W4", "I"], "returned": KEEP,
     "keepdims": KEEP}),
    *[(f"np.{name}", {"a": a}, SORT) for name in ("sort", "argsort") for a in ("A", "C", "INF")],
    ("np.transpose", {"a": "T"}, {"axes": ["(1, 0, 2)", "(2, 0, 1)", "None", "(0, 1)", "(0, 0, 1)",
     "(0, 1, 3)"]}),
    ("np.size", {"a": "A"}, {"axis": AXIS}),
    *[(f"np.{name}", {"a": "A"}, {}) for name in ("shape", "ndim", "nonzero", "flatnonzero",
      "argwhere")],
    ("np.reshape", {"a": "A", "shape": "(4, 3)"}, {"order": ["'C'", "'F'", "'A'"],
     "copy": ["True", "False", "None"]}),
    ("np.ravel", {"a": "A"}, ORDER), ("np.copy", {"a": "A"}, {**ORDER, "subok": ["True"]}),
    ("np.array", {"object": "A"}, {"dtype": DTYPE, "copy": ["True", "False", "None"], **ORDER,
     "subok": ["True"], "ndmin": ["3", "1", "9"], "like": ["None"]}),
    ("np.asarray", {"a": "A"}, {"dtype": DTYPE, **ORDER, "copy": ["True", "None"]}),
    *[(f"np.{name}", {"a": "A"}, {"dtype": DTYPE}) for name in ("ascontiguousarray",
      "asfortranarray")],
    *[(f"np.{name}", {"shape": "(2, 3)"}, MAKE) for name in ("zeros", "ones")],
    ("np.full", {"shape": "(2, 3)", "fill_value": "1.5"}, MAKE),
    *[(f"np.{name}", {"a": "I"}, LIKE) for name in ("zeros_like", "ones_like")],
    ("np.full_like", {"a": "A", "fill_value": "2.5"}, LIKE),
    ("np.arange", {"start_or_stop": "7"}, {"stop": ["9", "None"], "step": ["2", "0.5", "0"],
     "dtype": ["np.float32", "np.int8"]}),
    ("np.linspace", {"start": "1", "stop": "4.5"}, {"num": ["5", "1", "0"], "endpoint": KEEP,
     "retstep": KEEP, "dtype": ["np.float32", "int"], "axis": ["0", "-1", "1"]}),
    ("np.logspace", {"start": "0", "stop": "1"}, {"num": ["5", "1"], "endpoint": KEEP,
     "base": ["2.0", "3"], "dtype": ["np.float32", "int"], "axis": ["0"]}),
    ("np.geomspace", {"start": "1", "stop": "8"}, {"num": ["4", "1"], "endpoint": KEEP,
     "dtype": ["np.float32"], "axis": ["0"]}),
    ("np.dot", {"a": "S", "b": "P"}, {"out": ["O33", "OS", "O3", "OI34"]}),
    ("np.outer", {"a": "X", "b": "X[:3]"}, {"out": ["O34.T", "O34"]}),
    ("np.cross", {"a": "S", "b": "P"}, {"axis": ["0", "1"], "axisa": ["0"], "axisb": ["0"],
     "axisc": ["0"]}),
    ("np.concatenate", {"arrays": "(A, B)"}, JOIN), ("np.stack", {"arrays": "(A, B)"}, JOIN),
    *[(f"np.{name}", {"tup": "(A, B)"}, {"dtype": ["np.float32", "np.int64"],
      "casting": ["'unsafe'", "'safe'"]}) for name in ("vstack", "hstack")],
    *[(f"np.{name}", {"tup": "(A, B)"}, {}) for name in ("column_stack", "dstack")],
    ("np.append", {"arr": "A", "values": "B"}, {"axis": ["0", "1", "None", "2"]}),
    ("np.tri", {"N": "3"}, {"M": ["4", "None"], "k": ["1"], "dtype": ["np.float32"]}),
    ("np.eye", {"N": "3"}, {"M": ["4", "None"], "k": ["1"], "dtype": ["np.float32"],
     "order": ["'C'", "'F'"], "device": ["'cpu'"]}),
    ("np.identity", {"n": "3"}, {"dtype": ["np.float32"]}),
    ("np.trace", {"a": "S"}, {"offset": ["1"], "axis1": ["1", "0"], "axis2": ["0", "1"],
     "dtype": ["np.float32"]}),
    ("np.trace", {"a": "T"}, {"offset": ["1"], "axis1": ["1"], "axis2": ["2"],
     "out": ["O4", "O2"]}),
    ("np.flip", {"m": "T"}, {"axis": ["0", "(0, 2)", "None", "3"]}),
    ("np.rot90", {"m": "A"}, {"k": ["2", "3", "0", "-1"], "axes": ["(1, 0)", "(0, 0)"]}),
    ("np.roll", {"a": "A", "shift": "1"}, {"axis": ["0", "1", "None", "(0, 1)", "2"]}),
    ("np.take", {"a": "A", "indices": "J"}, {"axis": ["0", "1", "None", "2"], "out": ["O2"],
     "mode": ["'wrap'", "'clip'", "'raise'", "'up'"]}),
    ("np.take", {"a": "V", "indices": "IV"}, {"mode": ["'wrap'", "'clip'", "'raise'"]}),
    ("np.compress", {"condition": "X > 0", "a": "A"}, {"axis": ["1", "0", "None"], "out": ["O3"]}),
    ("np.delete", {"arr": "A", "obj": "1"}, {"axis": ["0", "1", "None", "2"]}),
    ("np.delete", {"arr": "V", "obj": "MV"}, {"axis": ["0"]}),
    ("np.unique", {"ar": "IV"}, {"return_index": KEEP, "return_inverse": KEEP,
     "return_counts": KEEP, "axis": ["0", "None"], "equal_nan": KEEP, "sorted": KEEP}),
    ("np.intersect1d", {"ar1": "IU", "ar2": "IV"}, {"assume_unique": ["False"],
     "return_indices": KEEP}),
    *[(f"np.{name}", {"ar1": "IU", "ar2": "J"}, {"assume_unique": KEEP}) for name in ("setdiff1d",
      "setxor1d")],
    ("np.union1d", {"ar1": "IU", "ar2": "IV"}, {}),
    ("np.isin", {"element": "I", "test_elements": "J"}, {"assume_unique": KEEP, "invert": KEEP,
     "kind": ["'sort'", "'table'", "None"]}),
    ("np.searchsorted", {"a": "X", "v": "V"}, {"side": ["'right'", "'left'", "'up'", "None"],
     "sorter": ["np.argsort(X)", "J", "None"]}),
    ("np.histogram", {"a": "V"}, {"bins": ["4", "X", "'auto'"], "range": ["(0, 3)", "None"],
     "density": ["True", "False", "None"], "weights": ["W", "IV", "X"]}),
    ("np.interp", {"x": "V", "xp": "X", "fp": "X * X"}, {"left": ["-1.0"], "right": ["9.0"],
     "period": ["2.5", "None"]}),
    ("np.nan_to_num", {"x": "INF"}, {"copy": KEEP, "nan": ["1.0"], "posinf": ["5.0", "None"],
     "neginf": ["-5.0"]}),
    ("np.diff", {"a": "A"}, {"n": ["2", "0", "3", "-1"], "axis": ["0", "1", "2"],
     "prepend": ["1.0", "A", "A[:, :1]"], "append": ["A", "2.5"]}),
    ("np.ediff1d", {"ary": "V"}, {"to_end": ["X", "1.0"], "to_begin": ["X", "2.0"]}),
    ("np.trapezoid", {"y": "A"}, {"x": ["W4", "B", "None"], "dx": ["0.5"],
     "axis": ["0", "1", "2"]}),
    ("np.cov", {"m": "A"}, {"y": ["B", "None"], "rowvar": KEEP, "bias": KEEP, "ddof": ["0", "2"],
     "fweights": ["np.array([1, 2, 1, 3])"], "aweights": ["W4"], "dtype": ["np.float32"]}),
    ("np.corrcoef", {"x": "A"}, {"y": ["B"], "rowvar": KEEP, "dtype": ["np.float32"]}),
    ("np.round", {"a": "A"}, {"decimals": ["1", "-1"], "out": ["O34", "OI34", "O4"]}),
    ("np.clip", {"a": "A", "a_min": "0.0", "a_max": "0.5"}, {"out": ["O34", "OI34", "O4"],
     "dtype": ["np.float32"], "where": ["M"], "min": ["0.0"]}),
    ("np.clip", {"a": "I"}, {"min": ["1", "None"], "max": ["3", "2.5"], "out": ["OI34", "O34"]}),
    ("np.clip", {"a": "I", "a_min": "1"}, {"max": ["3"]}),
    ("np.angle", {"z": "C"}, {"deg": KEEP}),
    ("np.meshgrid", {}, {"copy": KEEP, "sparse": KEEP, "indexing": ["'ij'", "'xy'", "'yx'"]}),
    ("np.linalg.norm", {"x": "A"}, {"ord": ["1", "-1", "2", "-2", "np.inf", "'fro'", "'nuc'", "3"],
     "axis": ["0", "1", "(0, 1)", "None", "2"], "keepdims": KEEP}),
    ("np.linalg.norm", {"x": "V"}, {"ord": ["0", "1", "2", "3", "-np.inf", "'fro'"],
     "axis": ["0"], "keepdims": KEEP}),
    ("np.linalg.cholesky", {"a": "P"}, {"upper": KEEP}),
    *[(f"np.{name}", {}, {}) for name in ("tril_indices_from", "triu_indices_from")],
    ("np.where", {"condition": "M", "x": "A", "y": "B"}, {}),
    ("np.resize", {"a": "V", "new_shape": "(2, 4)"}, {}),
    ("np.trim_zeros", {"filt": "IV - 1"}, {"trim": ["'f'", "'b'", "'fb'"], "axis": ["None"]}),
    ("np.swapaxes", {"a": "T", "axis1": "0", "axis2": "2"}, {}),
    ("np.moveaxis", {"a": "T", "source": "0", "destination": "-1"}, {}),
    ("np.squeeze", {"a": "T[:1]"}, {"axis": ["0", "(0,)", "1"]}),
    *[(f"np.{name}", {"x": "A * A"}, UFUNC) for name in ("sqrt", "exp", "negative", "isfinite")],
    *[(f"np.{name}", {"x1": "A * A", "x2": x2}, UFUNC) for name in ("add", "multiply", "maximum",
      "divide", "power", "arctan2") for x2 in ("B", "2")],
    ("np.less", {"x1": "A", "x2": "0.5"}, {**UFUNC, "out": ["OB34 if False else O34", "O34"]}),
    ("np.add", {"x1": "I8", "x2": "I8"}, UFUNC),
    ("np.matmul", {"x1": "S", "x2": "P"}, {"out": ["O33", "OI34"], "dtype": ["np.float32"],
     "keepdims": ["True"], "casting": ["'unsafe'"]}),
]  # fmt: skip
METHODS = [
    *[("sum", a, SUM) for a in ("A", "I8")], ("prod", "A", SUM), ("min", "A", EXTREME),
    ("max", "A", EXTREME), ("mean", "A", MEAN), ("mean", "I8", MEAN),
    *[(name, "A", {**MEAN, "ddof": ["1", "0.5"], "mean": ["None"]}) for name in ("std", "var")],
    ("any", "M", TEST), ("all", "M", TEST), ("argmin", "A", PLACE), ("argmax", "A", PLACE),
    ("cumsum", "I8", RUNNING), ("cumprod", "A", RUNNING), ("sort", "A", SORT),
    ("argsort", "A", SORT), ("ravel", "A", ORDER), ("flatten", "A", ORDER), ("copy", "A", ORDER),
    ("transpose", "T", {"axes": ["(1, 0, 2)", "None"]}), ("nonzero", "A", {}),
    ("clip", "A", {"min": ["0.0", "None"], "max": ["0.5"], "out": ["O34", "OI34"]}),
    ("round", "A", {"decimals": ["1", "-1"], "out": ["O34", "OI34"]}),
    ("trace", "S", {"offset": ["1"], "axis1": ["1"], "axis2": ["0"], "dtype": ["np.float32"]}),
]  # fmt: skip

# As `a.method(...)` is written whose needed arguments have no names.
CALLS = """
A.astype(np.float32, 'F')|A.astype(np.int8, casting='safe')|A.astype(dtype=np.float32)
A.astype(np.float64, copy=False)|A.astype(np.int64, 'C', 'unsafe', True, True)|A.astype('f4', order='Z')
A.reshape(4, 3, order='F')|A.reshape((4, 3), order='C')|A.reshape(-1, copy=True)|A.reshape(2, 2, 3)
A.reshape(shape=(4, 3))|A.reshape((5, 5))|T.transpose(1, 0, 2)|T.transpose((1, 0, 2))|T.transpose(None)
T.transpose(0, 1)|T.swapaxes(0, 1)|T.swapaxes(axis1=0, axis2=1)|A.take(J, 0)|A.take(J, axis=1, mode='clip')
A.take(indices=J)|A.dot(B.T)|S.dot(P, O33)|S.dot(P, out=O33)|S.dot(b=P)|X.searchsorted(V, 'right')
X.searchsorted(V, sorter=np.argsort(X))|X.searchsorted(v=V)|A.repeat(2, 1)|A.repeat(2, axis=0)
A.repeat(repeats=2)|A.compress(X > 0, 1)|A.compress(X > 0, axis=1)|A.fill(value=2.0)|A.fill(2.0)
A.copy('F')|A.flatten('F')|A.ravel('F')|A.item(0)|T[:1].squeeze(0)|T[:1].squeeze(axis=0)
np.add(A, B, O34)|np.add(A, B, OI34)|np.add(A, B, O4)|np.add(A, B, O34, O34)|np.add(A)|np.sqrt(A * A, O34)
np.add(x1=A, x2=B)|np.divmod(IV, 2)|np.divmod(I, 3, OI34, None)|np.modf(V)|np.modf(V, O5, OV)
np.modf(V, out=(O5, OV))|np.modf(V, out=O5)|np.add(A, B, where=M, out=O34)|np.multiply(A, 2, A)
np.add(A[:, :3], A[:, 1:], A[:, 1:])|np.divide(I, 2, dtype=np.int64)|np.add(1.0, 2.0, O4)
np.subtract(1.5, X, X)|np.add(I, 1, dtype=np.float32)|np.add(I8, 2.5)|np.equal(I8, 3, O34)
np.arange(stop=5)|np.arange(start=1, stop=5)|np.arange(1, 5, 2, np.float32)|np.arange(start=3)
np.arange(5, step=2)|np.arange(0.5, 4, 0.7)|np.arange(10 + 4j)|np.arange(10, 0, -3)|np.arange()
np.arange(5, 1)|np.arange(0.0, np.inf)|np.arange(3, dtype=complex)|np.arange(0.5, 4, 1, dtype=int)
np.linspace(1j, 2, 5)|np.linspace(start=0, stop=1, num=5)|np.linspace(0, 1, num=-1)|np.linspace(5, 5, 3)
np.linspace(0, 1, 5, False, True)|np.geomspace(1, 8, 4)|np.geomspace(-1, -8, 4)|np.geomspace(0, 8, 4)
np.logspace(0, 1, 5, False)|np.interp(0.5, X, X + 1j)|np.interp(V, X, X * 2j, left=1j)
np.average(A, B)|np.average(A, 0)|np.average(A, weights=B)|np.average(A, 1, W4)|np.average(A, 1, W4, True)
np.meshgrid(X, V)|np.meshgrid(X, V, J, IV)|np.meshgrid(X, V, sparse=True)|np.meshgrid(X)
np.meshgrid(X, V, J, indexing='ij', sparse=True)|np.tril_indices_from(S)|np.triu_indices_from(A, 1)
np.sum(3.5)|np.sum((1, 2, 3))|np.sum(A, (0, 1))|np.max(A, -1, None, True)|np.sum()|np.sum(A, a=A)
np.sum(A, 0, axis=0)|np.sum(A, keepdim=True)|np.sum(A, 0, None, None, True, 1.0, M, 8)|np.shape(A, 1)
np.where(M)|np.where(M, A)|np.where(M, x=A, y=B)|np.where(MV, 1, 2.5)|np.where(M, A, I)
np.concatenate(arrays=(A, B))|np.concatenate((A, V))|np.concatenate((A, B), 1)|np.concatenate(A)
np.stack(arrays=(A, B), axis=2)|np.vdot(a=V, b=W)|np.vdot(V, W)|np.inner(V, W)|np.inner(A, B)
np.dot(2.0, V)|np.dot(A, 3)|np.matmul(A, 2.0)|np.bincount(IV, minlength=9)|np.bincount(x=IV)
np.bincount(IV, W, 9)|np.digitize(V, X, True)|np.digitize(x=V, bins=X)|np.isclose(A, B, 1e-3, 0.5)
np.isclose(a=A, b=B, equal_nan=True)|np.array_equal(N, N, True)|np.array_equal(a1=A, a2=A)
np.vander(X, 3, True)|np.vander(x=X, N=3)|np.diag(V, 1)|np.diag(v=V, k=-1)|np.tril(A, -1)|np.triu(m=A, k=1)
np.fill_diagonal(S, 5.0)|np.fill_diagonal(a=S, val=X)|np.convolve(X, V, 'same')|np.correlate(a=X, v=V)
np.convolve(X, V, 'up')|np.expand_dims(A, 1)|np.expand_dims(a=A, axis=-1)|np.tile(A=V, reps=2)
np.repeat(a=A, repeats=2, axis=1)|np.atleast_1d(3.0)|np.atleast_2d(V, A)|np.atleast_3d(V)
np.select((A > 0, B > 0), (A, B), -1.0)|np.extract(condition=M, arr=A)|np.polyval(p=X, x=2.0)
np.flip(m=A)|np.flipud(m=A)|np.fliplr(m=A)|np.kron(a=S, b=P)|np.outer(a=X, b=V)|np.linalg.solve(a=P, b=S)
np.linalg.matrix_power(a=P, n=3)|np.linalg.inv(a=P)|np.linalg.det(a=P)|np.sinc(x=V)|np.sinc(V, V)
np.empty_like(I)[:0]|np.empty_like(prototype=I)[:0]|np.full_like(I8, 2.7)|np.full(3, I[0, 1])
np.full((3, 4), X)|np.full((2, 3), fill_value=1, dtype=np.float32)|np.zeros(shape=3)|np.zeros()
np.zeros_like(A, np.int64)|np.zeros_like(A, shape=5)|np.ones((2, 2), int, 'F')|np.ones_like(a=A)
np.searchsorted(X, V, None)|np.histogram(V, bins='auto')|np.clip(A, 3)|np.clip(A, 0.0, 0.5, O34)
np.clip(I8, -1000, 1000)|np.clip(I8, 1.5, 20)|np.clip(X, 1.0, 2.0, max=3)|A.clip(0.0, 0.5, O34)
np.nanvar(N, 0)|np.nanstd(N, 0)|np.nanvar(N, 1, ddof=1)|np.round(A, 1, O34)|np.round(IV, -1)
np.std(A, 0, None, None, 1)|A.var(0, None, None, 1)|A.sum(0, None, None, True)|A.sum(0, None, O4)
np.sum(I8, 0, np.int8)|np.prod(I8, 0, np.int8)|np.cumsum(A, 1, np.float32)|np.max(A, 0, O4)
np.size(A, axis=0)|np.transpose(T, axes=(1, 0, 2))|np.argmax(A, 0, OI4)|np.argmax(A, 0, O4)
np.unique(INF, equal_nan=False)|np.nan_to_num(C)|np.nan_to_num(IV)|np.nan_to_num(1.5)
np.std(C)|np.var(C)|np.mean(C)|np.sort(np.array([np.nan + 1j, 2, 1]))|np.argsort(C)
np.linalg.norm(A, 2)|np.linalg.norm(A, 'nuc')|np.linalg.norm(T, 2, (1, 2))|np.linalg.norm(A, ord=-2, keepdims=True)
np.linalg.norm(T, 'fro', axis=(0, 2))|np.linalg.norm(C, 2)|np.linalg.norm(F4)|np.linalg.norm(T)
np.setdiff1d(IV, J, True)|np.isin(I, J, False, True)|np.isin(I, J, invert=True)|np.intersect1d(IU, IV, False, True)
np.all(A > 0, 0, OB4)|np.any(A, 0, O4)|np.any(A, 0, OI4)|np.ptp(A, 0, O4)|np.ptp(A, None, None, True)
np.angle(C, True)|np.angle(1j)|np.take(A, 1, 0)|np.take(V, (0, 2))|np.delete(V, J)|np.delete(V, 7)
np.identity(3, np.float32)|np.eye(3, 4, 1, int)|np.tri(3, 4)|np.roll(A, 1, (0, 1))|np.rot90(T, 1, (0, 2))
np.linalg.norm(A, axis=1, ord=1)|np.linalg.norm(A, 2, 1, True)
np.expm1(V, where=MV, out=OV)|np.floor(V, OV)|np.logical_not(V, O5)|np.conj(C)|np.absolute(C, dtype=np.float64)
""".strip()  # noqa: E501


def method(name):
    """What a method of arrays really takes: some are Python functions behind the scenes."""
    behind = {"min": "_amin", "max": "_amax"}.get(name, f"_{name}")
    if hasattr(_methods, behind) and name not in ("clip", "argmin", "argmax"):
        return getattr(_methods, behind)
    return getattr(np.ndarray, name)


def combinations():
    """Calls as texts."""
    for callee, needed, options in FUNCTIONS:
        signature = inspect.signature(eval(callee))
        yield from calls(callee, needed, options, list(signature.parameters.values()))
    for name, array, options in METHODS:
        parameters = list(inspect.signature(method(name)).parameters.values())[1:]
        yield from calls(f"{array}.{name}", {}, options, parameters)
    for line in CALLS.splitlines():
        yield from line.split("|")


def calls(callee, needed, options, parameters):
    def call(*positional, **named):
        parts = [*positional, *(f"{name}={text}" for name, text in named.items())]
        return f"{callee}({', '.join(parts)})"

    base = list(needed.values())
    yield call(*base)
    if needed:
        yield call(**needed)
        yield call(*base, **{next(iter(needed)): base[0]})
    yield call(*base, nonsense="1")
    yield call(*base, *["None"] * (len(parameters) + 4 - len(base)))
    for name, texts in options.items():
        for text in texts:
            yield call(*base, **{name: text})
    for (first, texts), (second, others) in itertools.combinations(options.items(), 2):
        yield call(*base, **{first: texts[0], second: others[0]})
        yield call(*base, **{first: texts[-1], second: others[-1]})
    # By position, after the standard values of those before.
    before = []
    for parameter in parameters[len(base) :]:
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            break
        for text in options.get(parameter.name, []):
            yield call(*base, *before, text)
        standard = parameter.default
        known = standard is None or isinstance(standard, (bool, int, float, str))
        before.append(repr(standard) if known else "False")


def used(call):
    """The arrays that a call names."""
    names = {item.id for item in ast.walk(ast.parse(call)) if isinstance(item, ast.Name)}
    return [name for name in ARRAYS if name in names]


def result(function, names):
    """What a call gives, the arrays after it, and what it raises."""
    arrays = [ARRAYS[name].copy(order="K") for name in names]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*arrays), arrays, None
        except Exception as error:
            return None, arrays, error


def is_same(ours, theirs, tolerance):
    """Whether a result is NumPy's, but for the order in which sums are added."""
    if isinstance(theirs, tuple):
        return (
            isinstance(ours, tuple)
            and len(ours) == len(theirs)
            and all(is_same(*pair, tolerance) for pair in zip(ours, theirs, strict=True))
        )
    if theirs is None or isinstance(theirs, np.dtype):
        return ours == theirs
    if np.shape(ours) != np.shape(theirs):
        return False
    if np.ndim(theirs) and ours.dtype != theirs.dtype:
        return False
    return np.allclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)


def verdict(call, kernel):
    """What is wrong with a call in a kernel; None where nothing is."""
    names = used(call)
    theirs, their_arrays, their_error = result(kernel.py_func, names)
    ours, our_arrays, our_error = result(kernel, names)
    if their_error is not None:
        if our_error is None:
            return f"gives {ours!r}, where NumPy raises {their_error!r}"
        return None
    if our_error is not None:
        if not isinstance(our_error, KernelError):
            return f"raises {our_error!r}, where NumPy gives {theirs!r}"
        if not is_named(call, our_error.msg) or "calls itself" in our_error.msg:
            return f"names neither argument nor function: {our_error.msg}"
        return None
    if "where=M" in call and "out=" not in call and ".reduce" not in call and is_ufunc(call):
        # NumPy leaves what is not wanted as it was.
        mask = np.broadcast_to(ARRAYS["M"][0] if "M[0]" in call else ARRAYS["M"], np.shape(theirs))
        ours, theirs = np.where(mask, ours, 0), np.where(mask, theirs, 0)
    single = "float32" in call or "f4" in call or "F4" in call or "O4F" in call
    tolerance = 1e-5 if single else 1e-12
    if not is_same(ours, theirs, tolerance):
        return f"gives {ours!r}, where NumPy gives {theirs!r}"
    if "overwrite_input" in known_parameters(call):
        # What is left of the input is anything.
        return None
    for name, one, other in zip(names, our_arrays, their_arrays, strict=True):
        if not is_same(one, other, tolerance):
            return f"leaves {name} as {one!r}, where NumPy leaves {other!r}"
    return None


def is_ufunc(call):
    return (
        isinstance(eval(call.partition("(")[0], {"np": np, **ARRAYS}), np.ufunc) or ".clip" in call
    )


def is_named(call, message):
    """Whether an error names the function that was called, or an argument of it."""
    function = call.partition("(")[0].rpartition(".")[2]
    return function in message or any(f"'{part}'" in message for part in known_parameters(call))


def known_parameters(call):
    name = call.partition("(")[0]
    rows = [text for row, text in ROWS.items() if row.rpartition(".")[2] == name.rpartition(".")[2]]
    return {part.partition("=")[0].strip("* ") for row in rows for part in row[1:-1].split(",")} | {
        "out", "where", "dtype", "casting", "order"
    }  # fmt: skip


ROWS = dict(_martlet.kernel_functions())
GROUPS = {}
for _call in dict.fromkeys(combinations()):
    GROUPS.setdefault(_call.partition("(")[0], []).append(_call)


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """A jitted function for each call, in one file: messages show the lines."""
    path = tmp_path_factory.mktemp("kernels") / "calls.py"
    lines, names = [], {}
    for group in GROUPS.values():
        for text in group:
            names[text] = f"call{len(names)}"
            lines += ["@njit", f"def {names[text]}({', '.join(used(text))}):", f"    return {text}"]
    path.write_text("\n".join(lines) + "\n")
    space = {"np": np, "njit": njit, "__name__": "calls"}
    exec(compile(path.read_text(), str(path), "exec"), space)
    return {text: space[name] for text, name in names.items()}


@pytest.mark.parametrize("function", GROUPS)
def test_arguments_are_numpys_or_named(kernels, function):
    wrong = {}
    for call in GROUPS[function]:
        found = verdict(call, kernels[call])
        if found is not None:
            wrong[call] = found
    assert not wrong, "\n".join(f"{call} {text}" for call, text in wrong.items())


# The signatures

# What `**kwargs` stands for.
UFUNC_KEYWORDS = (
    "where=True, casting='same_kind', order='K', dtype=None, subok=True, signature=None"
)
REDUCE_KEYWORDS = "keepdims=False, initial=<no value>, where=True"


def numpys_signature(name):
    """The signature of NumPy's function, or of its method with the array as `a`."""
    owner, _, short = name.rpartition(".")
    if owner == "ndarray":
        text = str(inspect.signature(method(short)))
        text = re.sub(r"^\(self(, /)?", "(a", text)
    else:
        text = str(inspect.signature(operator.attrgetter(name.partition(".")[2])(np)))
    keywords = REDUCE_KEYWORDS if short == "reduce" else UFUNC_KEYWORDS
    star = "" if "*, " in text or short == "reduce" else "*, "
    return text.replace("**kwargs", star + keywords)


# NumPy writes that `arange` takes less than it does, and `fill` more.
WRITTEN_OTHERWISE = {"numpy.arange", "ndarray.fill"}


@pytest.mark.parametrize("name", [name for name in sorted(ROWS) if name not in WRITTEN_OTHERWISE])
def test_signatures_are_numpys(name):
    assert ROWS[name] == numpys_signature(name)


# Axes and types that are arguments of the jitted function


@pytest.mark.parametrize(
    "call",
    ["np.sum(a, axis)", "np.max(a, axis, keepdims=True)", "a.mean(axis=axis)", "np.std(a, axis)",
     "np.argmin(a, axis)", "np.sort(a, axis)", "np.argsort(a, axis)", "np.cumsum(a, axis)",
     "np.flip(a, axis)", "np.diff(a, axis=axis)", "np.median(a, axis)", "np.nanmean(a, axis)",
     "np.percentile(a, 30, axis)", "np.take(a, [0, 1], axis)", "np.roll(a, 1, axis)",
     "np.repeat(a, 2, axis)", "np.concatenate((a, a), axis)", "np.size(a, axis)",
     "np.linalg.norm(a, None, axis)", "np.count_nonzero(a, axis)", "np.moveaxis(a, axis, -1)"],
)  # fmt: skip
@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4)])
def test_axes_are_arguments(tmp_path, call, shape):
    path = tmp_path / "program.py"
    path.write_text(f"@njit\ndef f(a, axis):\n    return {call}\n")
    space = {"np": np, "njit": njit, "__name__": "program"}
    exec(compile(path.read_text(), str(path), "exec"), space)
    kernel = space["f"]
    a = np.random.default_rng(3).normal(size=shape)
    for axis in range(-len(shape), len(shape)):
        ours, theirs = kernel(a, axis), kernel.py_func(a, axis)
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-14, atol=1e-14)
    with pytest.raises(np.exceptions.AxisError):
        kernel(a, len(shape))


@njit
def along(a, axes):
    return (
        np.sum(a, axes), np.max(a, axis=axes, keepdims=True), a.mean(axis=axes, keepdims=True),
        np.flip(a, axes), np.median(a, axes), np.median(a, axes, keepdims=True),
        np.size(np.sum(a, axes)), np.any(a > 2.5, (axes[0], 0)),
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 3])
def test_tuples_of_axes_are_arguments(count):
    a = np.random.default_rng(3).normal(size=(2, 3, 4))
    for axes in itertools.permutations(range(-3, 3), count):
        if len({axis % 3 for axis in axes}) < count or axes[0] % 3 == 0:
            with pytest.raises(ValueError, match="duplicate value in 'axis'"):
                along(a, axes)
            continue
        for ours, theirs in zip(along(a, axes), along.py_func(a, axes), strict=True):
            assert np.shape(ours) == np.shape(theirs)
            np.testing.assert_allclose(ours, theirs, rtol=1e-14, atol=1e-14)
    with pytest.raises(np.exceptions.AxisError):
        along(a, (1,) * (count - 1) + (3,))


def test_extremes_of_arrays_without_dimensions():
    @njit
    def extremes(a):
        return np.min(a), np.max(a), np.argmin(a), np.argmax(a), np.ptp(a)

    for a in np.array(3.0), np.array(7), np.float32(2):
        assert extremes(a) == extremes.py_func(a)


@njit
def made_of_type(a, dtype):
    return np.sum(a, dtype=dtype), a.astype(dtype), np.zeros(2, dtype), np.full_like(a, 7, dtype)


@pytest.mark.parametrize("dtype", [np.float32, "f4", np.dtype("i8"), int, bool, martlet.int16])
def test_types_are_arguments(dtype):
    a = np.arange(6.0).reshape(2, 3)
    for ours, theirs in zip(
        made_of_type(a, dtype), made_of_type.py_func(a, np.dtype(dtype)), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
        assert np.ndim(ours) == 0 or ours.dtype == theirs.dtype
    made_of_type(a, dtype)
    assert len({str(signature) for signature in made_of_type.signatures}) == len(
        made_of_type.signatures
    )


# Iteration


@njit
def numbered(a, first):
    total = 0.0
    for i, x in enumerate(a, start=first):
        total += i * x
    return total


@njit
def paired(a, b):
    total = 0.0
    for x, y in zip(a, b, strict=True):
        total += x * y
    return total


def test_keywords_of_iteration():
    a = np.arange(4.0)
    assert numbered(a, 5) == numbered.py_func(a, 5)
    assert paired(a, a) == paired.py_func(a, a)
    for other in (a[:2], np.arange(6.0)):
        for first, second in ((a, other), (other, a)):
            with pytest.raises(ValueError) as ours:
                paired(first, second)
            with pytest.raises(ValueError) as theirs:
                paired.py_func(first, second)
            assert str(ours.value) == str(theirs.value)


# Which memory a result has, and in which order


@njit
def copies(a):
    return (
        np.copy(a), a.astype(np.float32), a.copy(), np.argwhere(a), np.zeros_like(a), np.array(a),
        np.asarray(a, order="C"), np.asfortranarray(a), np.ones((2, 3), order="F"), a.copy("F"),
    )  # fmt: skip


@pytest.mark.parametrize("view", ["a", "a.T", "a[::2]", "a.T[:, ::2]", "b.T"])
def test_orders_of_elements_are_numpys(view):
    a = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    array = eval(view, {"a": a, "b": np.arange(24.0).reshape(2, 3, 4)})
    for ours, theirs in zip(copies(array), copies.py_func(array), strict=True):
        assert ours.strides == theirs.strides
        np.testing.assert_array_equal(ours, theirs)


@njit
def later(a):
    return a * 2, np.add(a, 1, out=a)


@njit
def on_a_way(a, out, wants):
    return np.add(a, a, out)[0] if wants else 0.0


def test_results_are_written_when_they_are():
    a, b = np.arange(3.0), np.arange(3.0)
    for ours, theirs in zip(later(a), later.py_func(b), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    out = np.zeros(3)
    assert on_a_way(np.ones(3), out, False) == 0 and not out.any()
    assert on_a_way(np.ones(3), out, True) == 2 and out.all()


def test_results_in_kernels_for_grids():
    @cuda.jit
    def whole(a, b, out):
        np.multiply(a, b, out)

    @cuda.jit
    def each(a, out):
        i = cuda.grid(1)
        if i < out.size:
            np.sqrt(a[i], out=out[i : i + 1])

    a, out = np.arange(6.0).reshape(2, 3), np.zeros((2, 3))
    with martlet.device("simulator"):
        whole[1, 1](a, a, out)
        np.testing.assert_array_equal(out, a * a)
        each[1, 4](a[1], out[0])
    np.testing.assert_array_equal(out[0], np.sqrt(a[1]))
