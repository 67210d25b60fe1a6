"""What must be measured in a process of its own: import time, and the memory of a fused chain."""

import os
import statistics
import subprocess
import sys

IMPORT = """
import time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""

# The kernel is compiled on a smaller array first: the compiler's own memory is not the chain's.
# Peak is the highest resident memory since the inputs were there, so they are made without
# temporaries that would raise it beforehand. (`getrusage` would give the parent's peak.)
MEMORY = """
import {module} as np
if "{module}" == "numpy":
    evaluate = lambda result: result
else:
    from martlet import evaluate
def memory(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))
def chain(a, b, c):
    return evaluate(a * b + c * 2 - a)
def inputs(count):
    return [np.full(count, float(value)) for value in (1, 2, 3)]
chain(*inputs(300_000))
arrays = inputs({count})
before = memory("VmRSS:")
result = chain(*arrays)
print(memory("VmHWM:") - before)
"""

IMPORT_ALLOWANCE = 0.050  # seconds beyond NumPy's own import
CHAIN_COUNT = 10_000_000


def run(code: str) -> float:
    # Modules are compiled beforehand, as those of an installed package are.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    return float(done.stdout)


def print_process_rows(module: str, quick: bool) -> None:
    pairs = [
        (run(IMPORT.format(module="numpy")), run(IMPORT.format(module=module)))
        for _ in range(3 if quick else 9)
    ]
    theirs, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    mark = "ok" if ours - theirs <= IMPORT_ALLOWANCE else "MISS"
    print(
        f"import: NumPy {theirs * 1e3:.0f} ms, {module} {ours * 1e3:.0f} ms"
        f" (at most {IMPORT_ALLOWANCE * 1e3:.0f} ms more)  {mark}"
    )
    output = CHAIN_COUNT * 8
    for name in ("numpy", module):
        grown = run(MEMORY.format(module=name, count=CHAIN_COUNT))
        # A tenth more is the allocator's own rounding.
        mark = "" if name == "numpy" else ("  ok" if grown <= 1.1 * output else "  MISS")
        print(
            f"memory of a*b+c*2-a beyond its inputs, {name}: {grown / output:.2f} times the"
            f" output{mark}"
        )
