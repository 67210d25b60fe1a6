"""Runs NumPy's own test files with `np` meaning Martlet, and compares with plain NumPy.

    python Tools/suites/numpy_tests.py [--jobs N] [--fresh] [PATTERN...]

The test files of the installed NumPy are copied, and what they import from its public modules
comes from `martlet.numpy` instead. Every file runs in a process of its own, once on each side.
Counted is what plain NumPy passes; tests of its insides are left out, whole files by `reasons.py`
and single tests by `numpy_known.txt`, which also has those that are known to fail. The command
fails when another one does, and says which of those listed pass. Results are kept in
`output/numpy_tests`; plain NumPy's are reused until `--fresh`.
"""

import argparse
import ast
import collections
import concurrent.futures
import json
import shutil
import sys
from pathlib import Path

import numpy
import runner
from reasons import FILES, Known

OUTPUT = runner.ROOT / "output" / "numpy_tests"
PACKAGE = Path(numpy.__file__).parent


def files(patterns) -> list[Path]:
    """NumPy's test files, relative to the package, without those that test its insides."""
    found = sorted(path.relative_to(PACKAGE) for path in PACKAGE.glob("**/tests/test_*.py"))
    return [
        path
        for path in found
        if not str(path).startswith(tuple(FILES))
        and (not patterns or any(pattern in str(path) for pattern in patterns))
    ]


def is_public(module: str) -> bool:
    parts = module.split(".")
    return parts[0] == "numpy" and not any(part.startswith("_") for part in parts[1:])


def martlet_import(node) -> str | None:
    """An import of NumPy's public modules, as one of Martlet's."""
    if isinstance(node, ast.ImportFrom):
        if node.level == 0 and is_public(node.module):
            return f"from martlet.{node.module} import {runner.names(node)}"
        return None
    if not any(is_public(name.name) for name in node.names):
        return None
    return "; ".join(_import(name) for name in node.names)


def _import(name) -> str:
    if not is_public(name.name):
        return f"import {name.name}" + (f" as {name.asname}" if name.asname else "")
    if name.asname or name.name == "numpy":
        return f"import martlet.{name.name} as {name.asname or name.name}"
    # `import numpy.linalg` binds `numpy`, and makes the module known.
    return f"import martlet.{name.name}; import martlet.numpy as numpy"


def copy(output: Path, side: str, path: Path) -> None:
    """Copies the file, and the data beside it, for this side."""
    target = output / side / path
    if not target.parent.exists():
        ignored = shutil.ignore_patterns("*.py", "__pycache__")
        shutil.copytree(PACKAGE / path.parent, target.parent, ignore=ignored)
    for origin, place in (
        (PACKAGE / path, target),
        (PACKAGE / "conftest.py", output / side / "conftest.py"),
    ):
        source = origin.read_text()
        if side == "martlet":
            source = runner.translated(source, martlet_import)
        if not place.exists() or place.read_text() != source:
            place.write_text(source)


def run(output: Path, side: str, path: Path) -> dict[str, str]:
    root = str(output / side)
    return runner.run(output / side / path, {}, "--rootdir", root, "-m", "not slow")


def both(output: Path, path: Path, fresh: bool) -> tuple[Path, dict, dict]:
    kept = output / "numpy" / path.with_suffix(".json")
    if kept.exists() and not fresh:
        plain = json.loads(kept.read_text())
    else:
        plain = run(output, "numpy", path)
        kept.write_text(json.dumps(plain, indent=0))
    # Names of tests may have names of modules in them.
    ours = run(output, "martlet", path)
    ours = {test.replace("martlet.numpy", "numpy"): outcome for test, outcome in ours.items()}
    return path, plain, ours


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("patterns", nargs="*", help="run files whose path contains one of these")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="run plain NumPy again, too")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where results are kept")
    parser.add_argument("--known", type=Path, default=runner.HERE / "numpy_known.txt")
    options = parser.parse_args()
    known = Known(options.known)
    total, passed, left_out = 0, 0, collections.Counter()
    missed, news, done = [], [], []
    # Before anything runs: files of one folder share the data beside them.
    for path in files(options.patterns):
        copy(options.output, "numpy", path)
        copy(options.output, "martlet", path)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tasks = [
            pool.submit(both, options.output, path, options.fresh)
            for path in files(options.patterns)
        ]
        for task in concurrent.futures.as_completed(tasks):
            path, plain, ours = task.result()
            done.append(path)
            count = ok = 0
            for test, outcome in plain.items():
                if outcome != "passed":
                    continue
                got = ours.get(test, "not collected")
                kind, why = None, None
                if got != "passed":
                    # Names are kept as Python writes strings.
                    kind, why = known.reason(path, test[1:-1]) or ("new", "")
                    missed.append(f"{kind}\t{got}\t{path}::{test[1:-1]}")
                if kind == "internal":
                    left_out[why] += 1
                    continue
                if kind == "new":
                    news.append(missed[-1])
                count += 1
                ok += got == "passed"
            total, passed = total + count, passed + ok
            print(f"{ok:6} of {count:6}  {path}", flush=True)
    (options.output / "missed.txt").write_text("\n".join(sorted(missed)) + "\n")
    for why, number in left_out.most_common():
        print(f"{number:6} left out: {why}")
    share = 100 * passed / max(total, 1)
    print(f"{passed} of {total} tests that NumPy passes ({share:.2f} %)")
    print(f"the others: {options.output}/missed.txt")
    for entry in known.passing(done):
        print(f"passes now, and is listed in {options.known.name}: {entry}")
    for line in sorted(news):
        print(f"not listed in {options.known.name}: {line}")
    return 1 if news or not total else 0


if __name__ == "__main__":
    sys.exit(main())
