"""How arrays and numbers print: str, repr, format, print options."""

import numpy as np

a = np.array([1.5, -2.25, 1e-10, 1e10, np.inf, -np.inf, np.nan])
print(a)
print(repr(a))
print(np.arange(12).reshape(3, 4))
print(repr(np.arange(12, dtype=np.int16).reshape(3, 4)))
print(np.arange(2000), np.ones((100, 100)))
print(np.array([True, False]), repr(np.array([1 + 2j, -1.5j])))
print(np.array(3), repr(np.array(3.5)), repr(np.float32(0.1)), np.float64(2) / 3)
print(np.zeros((0, 3)), repr(np.array([], dtype=np.int8)), [np.float64(1.5), np.int64(2)])
print(f"{np.pi:.3f} {a[0]:8.2f} {np.int64(42):05d} {np.float32(1) / 3:.2e} {a[:2]}")
print("%d items, %.1f%%" % (np.int32(7), np.float64(12.34)), f"{a[1]!s:>10}")  # noqa: UP031
with np.printoptions(precision=2, suppress=True, linewidth=40):
    print(np.linspace(0, 1, 11) * np.pi)
np.set_printoptions(threshold=5, edgeitems=2, formatter={"float": "{:.1f}".format})
print(np.linspace(0, 1, 20))
np.set_printoptions(threshold=1000, edgeitems=3, formatter=None)
print(np.array2string(np.eye(2), separator=", ", prefix="x = "), np.array_repr(np.eye(2)))
print(np.array_str(np.array([0.1 + 0.2])), np.format_float_positional(1e-5), np.binary_repr(10))
print(np.array([["a", "bb"], ["ccc", ""]]), repr(np.array([b"x", b"yz"])))
print(np.array([1, "two", None], dtype=object), str(np.array([[1.0, 2.0]]).T))
print(np.array([0.1, 0.25, 100]).astype(np.float16), np.array([1e-3, 1.0], np.float32))
print(list(np.array([1, 2])), tuple(np.array([1.5, 2.5])), np.array([1.5, 2]).tolist())
print(a.dtype, repr(a.dtype), a[:1].shape, np.arange(3).nbytes, a.strides, len(a))
