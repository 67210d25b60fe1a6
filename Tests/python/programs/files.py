"""Saving, loading, pickling and copying arrays."""

import copy
import io
import pickle
import tempfile
from pathlib import Path

import numpy as np

a = np.arange(12.0).reshape(3, 4)
b = np.array([1, 2, 3], dtype=np.int8)
with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    np.save(folder / "a.npy", a)
    np.savez(folder / "both.npz", a=a, b=b)
    np.savetxt(folder / "a.txt", a, fmt="%.2f", delimiter=",", header="x,y,z,w")
    print(np.load(folder / "a.npy"), np.load(folder / "a.npy", mmap_mode="r")[1])
    with np.load(folder / "both.npz") as both:
        print(sorted(both.files), both["a"].shape, both["b"], both["b"].dtype)
    print((folder / "a.txt").read_text())
    print(np.loadtxt(folder / "a.txt", delimiter=","), np.genfromtxt(["1 2", "3 nan"]))
    a.tofile(folder / "raw")
    print(np.fromfile(folder / "raw")[:3], (folder / "raw").stat().st_size)
again = pickle.loads(pickle.dumps(a))
print(again, again.dtype, (again == a).all(), pickle.loads(pickle.dumps(b[::-1])), a.tobytes()[:16])
deep = copy.deepcopy({"a": a, "list": [b]})
deep["a"][0, 0] = 99
print(a[0, 0], deep["list"][0], copy.copy(b) is b, np.frombuffer(a.tobytes()).sum())
buffer = io.BytesIO()
np.save(buffer, b)
print(buffer.getvalue()[:6], np.fromstring("1 2 3", sep=" "), memoryview(b).tolist(), bytes(b))
print(
    np.array(memoryview(a))[1],
    np.asarray(bytearray(b"abc")),
    np.array(range(3)),
    np.fromiter((x * x for x in range(4)), int),
)
