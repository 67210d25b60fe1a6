"""Floating-point warnings, errstate, and the errors that everyday mistakes raise."""

import warnings

import numpy as np

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(np.array([1.0, 0.0]) / 0.0, np.log(np.array([0.0, -1.0])), np.sqrt(np.array([-1.0])))
    print(np.exp(np.array([1000.0])), np.array([1, 2]) // 0, np.array([300]).astype(np.int8))
    print(np.array([]).mean(), np.float32(1e38) * np.float32(10), np.array([np.inf]) - np.inf)
for warning in caught:
    print(warning.category.__name__, warning.message)
with np.errstate(divide="ignore", invalid="raise"):
    print(np.ones(2) / 0)
    try:
        np.zeros(2) / 0
    except FloatingPointError as error:
        print("FloatingPointError", error)
for code in (
    "np.array([1, 2]) + np.array([1, 2, 3])",
    "np.arange(6).reshape(4, 2)",
    "np.zeros(-1)",
    "np.concatenate([np.ones(2), np.ones((2, 2))])",
    "np.ones(3)[5]",
    "np.sum(np.ones(3), axis=2)",
    "np.array([1, 2], dtype='int8') + 300",
    "bool(np.array([1, 2]))",
    "np.array([[1, 2], [3]])",
    "int(np.array([1, 2]))",
    "np.ones(2) & np.ones(2)",
    "np.array([True]) - np.array([True])",
    "np.arange(3).astype('nonsense')",
    "np.ones(2) ** 'a'",
    "np.array([]).max()",
    "np.int8(200)",
    "np.no_such_name",
    "np.ones(3).no_such_name",
    "np.ones(3, 4)",
    "hash(np.ones(2))",
    "np.array([1, 2]).__setitem__(0, 'x')",
):
    try:
        print(code, "->", eval(code))
    except Exception as error:
        print(code, "->", type(error).__name__)
a = np.arange(3)
a.flags.writeable = False
try:
    a[0] = 1
except ValueError as error:
    print(error)
assert isinstance(a, np.ndarray) and isinstance(a[0], np.integer) and isinstance(a.mean(), float)
