"""Times one program's core in a process of its own: `one.py NAME SIZE SECONDS FILE [numba]`.

FILE gets a line of JSON: the seconds of the first call and of each later one, and what it gave.
"""

import hashlib
import importlib
import json
import sys
import time


def digest(value):
    """A result's types and bits, as a text."""
    if isinstance(value, (tuple, list)):
        return [digest(item) for item in value]
    if hasattr(value, "tobytes"):
        bits = hashlib.sha256(value.tobytes()).hexdigest()[:16]
        return f"{type(value).__name__} {value.dtype} {value.shape} {bits}"
    return f"{type(value).__name__} {value!r}"


def jitted(module):
    """The module's functions under numba's jit."""
    import numba

    for name in module.CORES:
        setattr(module, name, numba.njit(getattr(module, name)))


def main():
    name, size, enough, file = sys.argv[1:5]
    module = importlib.import_module(name)
    core = module.CORES[-1]
    if sys.argv[5:] == ["numba"]:
        jitted(module)
    seconds = []
    # The first call compiles, whatever it takes.
    while len(seconds) < 2 or sum(seconds[1:]) < float(enough):
        arguments = module.prepare(int(size))
        start = time.perf_counter()
        result = getattr(module, core)(*arguments)
        seconds.append(time.perf_counter() - start)
        if len(seconds) == 1:
            given = digest(result)
    with open(file, "w") as out:
        json.dump({"seconds": seconds, "result": given}, out)


if __name__ == "__main__":
    main()
