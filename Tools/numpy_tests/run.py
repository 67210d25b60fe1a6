"""Runs NumPy's own test files with `np` meaning Martlet, and compares with plain NumPy.

    python Tools/numpy_tests/run.py [--jobs N] [--fresh] [PATTERN...]

The test files of the installed NumPy are copied, and what they import from its public modules
comes from `martlet.numpy` instead. Every file runs in a process of its own, once on each side; a
test that ends the process counts as a crash, and the file goes on behind it. Counted is what plain
NumPy passes; tests of its insides are left out, each by a reason in `reasons.py`. Results are kept
in `output/numpy_tests`; plain NumPy's are reused until `--fresh`.
"""

import argparse
import ast
import collections
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
from reasons import FILES, TESTS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUTPUT = ROOT / "output" / "numpy_tests"
PACKAGE = Path(numpy.__file__).parent
SIDES = ("numpy", "martlet")
FILE_LIMIT = 900  # Seconds that a file may take, however often it is begun again.


def files(patterns) -> list[Path]:
    """NumPy's test files, relative to the package, without those that test its insides."""
    found = sorted(path.relative_to(PACKAGE) for path in PACKAGE.glob("**/tests/test_*.py"))
    left_out = tuple(FILES)
    return [
        path
        for path in found
        if not str(path).startswith(left_out)
        and (not patterns or any(pattern in str(path) for pattern in patterns))
    ]


def is_public(module: str) -> bool:
    parts = module.split(".")
    return parts[0] == "numpy" and not any(part.startswith("_") for part in parts[1:])


def translated(source: str) -> str:
    """The source with its imports of NumPy's public modules turned to Martlet's."""
    lines = source.splitlines(keepends=True)
    edits = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and is_public(node.module):
            edits.append((node, f"from martlet.{node.module} import {_names(node.names)}"))
        elif isinstance(node, ast.Import) and any(is_public(name.name) for name in node.names):
            edits.append((node, "; ".join(_import(name) for name in node.names)))
    for node, text in sorted(edits, key=lambda edit: -edit[0].lineno):
        first, last = node.lineno - 1, node.end_lineno
        rest = lines[last - 1].encode()[node.end_col_offset :].decode()
        lines[first:last] = [lines[first].encode()[: node.col_offset].decode() + text + rest]
    return "".join(lines)


def _names(names) -> str:
    return ", ".join(
        f"{name.name} as {name.asname}" if name.asname else name.name for name in names
    )


def _import(name) -> str:
    if not is_public(name.name):
        return f"import {name.name}" + (f" as {name.asname}" if name.asname else "")
    if name.asname or name.name == "numpy":
        return f"import martlet.{name.name} as {name.asname or name.name}"
    # `import numpy.linalg` binds `numpy`, and makes the module known.
    return f"import martlet.{name.name}; import martlet.numpy as numpy"


def copy(side: str, path: Path) -> Path:
    """Copies the file, and what lies in the folders beside it, for this side."""
    target = OUTPUT / side / path
    if not target.parent.exists():
        ignored = shutil.ignore_patterns("*.py", "__pycache__")
        shutil.copytree(PACKAGE / path.parent, target.parent, ignore=ignored)
    source = (PACKAGE / path).read_text()
    target.write_text(translated(source) if side == "martlet" else source)
    conftest = (PACKAGE / "conftest.py").read_text()
    place = OUTPUT / side / "conftest.py"
    place.write_text(translated(conftest) if side == "martlet" else conftest)
    return target


def run(side: str, path: Path) -> dict[str, str]:
    """The outcome of every test of the file: passed, failed, skipped, crashed or timeout."""
    target = copy(side, path)
    log = target.with_suffix(".log")
    log.unlink(missing_ok=True)
    output = target.with_suffix(".out")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "python"), str(HERE)]),
        "NUMPY_TESTS_LOG": str(log),
        "PYTHONFAULTHANDLER": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "outcomes", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(OUTPUT / side), "--tb=short"]
    command += ["-W", "ignore::pytest.PytestUnknownMarkWarning", str(target)]
    outcomes = {}
    with output.open("w") as out:
        for _ in range(50):
            try:
                subprocess.run(
                    command,
                    env=environment,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    cwd=target.parent,
                    timeout=FILE_LIMIT,
                )
                ended = "crashed"
            except subprocess.TimeoutExpired:
                ended = "timeout"
            outcomes, running = read(log)
            if running is None:
                break
            outcomes[running] = ended
            with log.open("a") as file:
                file.write(f"{ended}\t{running}\n")
    return outcomes


def read(log: Path) -> tuple[dict[str, str], str | None]:
    """The outcomes that a run wrote, and the test that it was in when it ended."""
    outcomes, running = {}, None
    for line in log.read_text().splitlines() if log.exists() else []:
        word, test = line.split("\t", 1)
        running = test if word == "start" else None
        if word != "start":
            outcomes[test] = word
    return outcomes, running


def reason(path: Path, test: str) -> str | None:
    """Why this test is no business of Martlet's, if it is not."""
    name = f"{path}::{test}"
    return next((why for pattern, why in TESTS.items() if pattern in name), None)


def both(path: Path, fresh: bool) -> tuple[Path, dict, dict]:
    kept = OUTPUT / "numpy" / path.with_suffix(".json")
    if kept.exists() and not fresh:
        plain = json.loads(kept.read_text())
    else:
        plain = run("numpy", path)
        kept.write_text(json.dumps(plain, indent=0))
    return path, plain, run("martlet", path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("patterns", nargs="*", help="run files whose path contains one of these")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="run plain NumPy again, too")
    options = parser.parse_args()
    total, passed, left_out = 0, 0, collections.Counter()
    missed = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tasks = [pool.submit(both, path, options.fresh) for path in files(options.patterns)]
        for task in concurrent.futures.as_completed(tasks):
            path, plain, ours = task.result()
            count = ok = 0
            for test, outcome in plain.items():
                if outcome != "passed":
                    continue
                got = ours.get(test, "not collected")
                why = reason(path, test) if got != "passed" else None
                if why is not None:
                    left_out[why] += 1
                    continue
                count += 1
                ok += got == "passed"
                if got != "passed":
                    missed.append(f"{got}\t{path}::{test}")
            total, passed = total + count, passed + ok
            print(f"{ok:6} of {count:6}  {path}", flush=True)
    (OUTPUT / "missed.txt").write_text("\n".join(sorted(missed)) + "\n")
    for why, number in left_out.most_common():
        print(f"{number:6} left out: {why}")
    share = 100 * passed / max(total, 1)
    print(f"{passed} of {total} tests that NumPy passes ({share:.2f} %)")
    print(f"the others: {OUTPUT}/missed.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
