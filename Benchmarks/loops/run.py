"""Programs of element loops, as people write them with NumPy: how fast they are on Martlet.

    python Benchmarks/loops/run.py [NAME ...] [--rounds N] [--seconds S] [--small | --large]

Each program runs under CPython with NumPy, with `python -m martlet` (its loops compiled, and with
`--no-compile`), and under numba's `njit` where numba is installed, each in a process of its own, in
turn. `first` is the first call, with all compiling that it takes; the ratios are of the best calls.
NumPy's result and Martlet's must be the same to the bit; of numba's, only the value is looked at.
"""

import argparse
import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from clock import show  # noqa: E402

MARTLET = [sys.executable, "-m", "martlet"]
WAYS = {
    "numpy": [sys.executable],
    "martlet": [*MARTLET, "--compile"],
    "plain": [*MARTLET, "--no-compile"],
    "njit": [sys.executable],
}
NAMES = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("run", "one"))


def sizes(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SIZES


def measure(name, size, way, seconds):
    """What `one.py` wrote, or the error's last line."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [*WAYS[way], str(HERE / "one.py"), name, str(size), str(seconds), file.name]
        done = subprocess.run(
            [*command, *(["numba"] if way == "njit" else [])], capture_output=True, text=True
        )
        if done.returncode:
            return {"error": (done.stderr.strip().splitlines() or ["died"])[-1]}
        return json.load(file)


def row(name, size, ways, rounds, seconds):
    """The first call and the best of each way; what is wrong, if anything is."""
    first, best, results, wrong = {}, {}, {}, []
    for _ in range(rounds):
        for way in ways:
            got = measure(name, size, way, seconds)
            if "error" in got:
                wrong.append(f"{name} {size} {way}: {got['error']}")
                continue
            first[way] = min(first.get(way, math.inf), got["seconds"][0])
            best[way] = min(best.get(way, math.inf), *got["seconds"])
            results[way] = got["result"]
    for way in ("martlet", "plain"):
        if way in results and "numpy" in results and results[way] != results["numpy"]:
            wrong.append(f"{name} {size} {way}: gave {results[way]}, NumPy {results['numpy']}")
    return first, best, wrong


def mean(values):
    values = [value for value in values if value]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.5, help="of calls in each process")
    parser.add_argument("--small", action="store_true", help="the first size alone")
    parser.add_argument("--large", action="store_true", help="the second size alone")
    parser.add_argument("--huge", action="store_true", help="also a third, without CPython")
    options = parser.parse_args()
    ways = [w for w in WAYS if w != "njit" or importlib.util.find_spec("numba")]
    os.environ["PYTHONPATH"] = f"{HERE.parent.parent / 'python'}:{os.environ.get('PYTHONPATH', '')}"
    heads = ["numpy", "plain", "martlet", "first", "njit", "first"]
    print(f"{'program':<20}{'size':>8}" + "".join(f"{head:>10}" for head in heads), end="")
    print(f"{'/numpy':>10}{'/plain':>10}{'/njit':>8}")
    ratios = {"numpy": [], "plain": [], "njit": []}
    failed = []
    for name in options.names or NAMES:
        for at, size in enumerate(sizes(name)):
            if (at == 0 and options.large) or (at == 1 and options.small):
                continue
            if at == 2 and not options.huge:
                continue
            used = ways if at < 2 else [w for w in ways if w in ("martlet", "njit")]
            first, best, wrong = row(name, size, used, options.rounds, options.seconds)
            failed += wrong
            cells = [best.get("numpy"), best.get("plain"), best.get("martlet")]
            cells += [first.get("martlet"), best.get("njit"), first.get("njit")]
            line = f"{name:<20}{size:>8}"
            line += "".join(f"{show(cell) if cell else '-':>10}" for cell in cells)
            for way, width in (("numpy", 9), ("plain", 9), ("njit", 7)):
                ratio = best[way] / best["martlet"] if way in best and "martlet" in best else None
                ratios[way].append(ratio)
                line += f"{f'{ratio:.3g}x' if ratio else '-':>{width + 1}}"
            print(line, flush=True)
    means = "".join(
        f"{mean(ratios[way]):>{w}.3g}x" for way, w in zip(ratios, (9, 9, 7), strict=True)
    )
    print(f"{'geometric mean':<88}{means}")
    for text in failed:
        print("WRONG", text)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
