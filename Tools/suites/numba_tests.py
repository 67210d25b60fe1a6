"""Runs numba's own test files on Martlet's kernels.

    python Tools/suites/numba_tests.py [--jobs N] [PATTERN...]

The test files of the installed numba are copied, and what they import of its public API comes from
`numba_door.py`, which has Martlet's decorators and types. Tests of its compiler's insides are no
matter here; what is counted are the tests that pass. Results are kept in `output/numba_tests`.
"""

import argparse
import ast
import collections
import concurrent.futures
import sys
from pathlib import Path

import numba
import runner
from reasons import NUMBA_FILES

OUTPUT = runner.ROOT / "output" / "numba_tests"
PACKAGE = Path(numba.__file__).parent
# Modules of numba's whose names users import; all else of it stays numba's own.
PUBLIC = {"numba", "numba.core", "numba.core.errors", "numba.core.types", "numba.experimental"}
PUBLIC |= {"numba.typed", "numba.extending", "numba.np.numpy_support", "numba.types"}
# Of these, modules that the door has under their names.
MODULES = {"numba.np": "numpy_support"}


def files(patterns) -> list[Path]:
    found = [
        *PACKAGE.glob("tests/test_*.py"),
        *PACKAGE.glob("tests/doc_examples/test_*.py"),
        *PACKAGE.glob("cuda/tests/*/test_*.py"),
    ]
    relative = sorted(path.relative_to(PACKAGE) for path in found)
    return [
        path
        for path in relative
        if not str(path).startswith(tuple(NUMBA_FILES))
        and (not patterns or any(pattern in str(path) for pattern in patterns))
    ]


# What its insides have that the door stands in for.
COMPILER = {"numba.core.compiler": "compile_extra", "numba.core.extending": "register_jitable"}


def martlet_import(node) -> str | None:
    """An import of numba's public modules, as one of the door's."""
    if isinstance(node, ast.ImportFrom):
        if node.level == 1:
            return f"from numba.tests.{node.module} import {runner.names(node)}"
        name = COMPILER.get(node.module)
        if name is not None and any(one.name == name for one in node.names):
            rest = [one for one in node.names if one.name != name]
            kept = ast.unparse(ast.ImportFrom(node.module, rest, 0)) if rest else "pass"
            return f"from numba_door import {name}; {kept}"
        if [one.name for one in node.names] == [MODULES.get(node.module)]:
            return f"from numba_door import {runner.names(node)}"
        if node.level or node.module not in PUBLIC:
            return None
        if any(name.name == "*" for name in node.names):
            return None
        parts = [
            "types_ as " + (name.asname or "types")
            if name.name == "types"
            else f"{name.name} as {name.asname}"
            if name.asname
            else name.name
            for name in node.names
        ]
        return "from numba_door import " + ", ".join(parts)
    parts = []
    for name in node.names:
        if name.name == "numba" or (name.name in PUBLIC and not name.asname):
            parts.append(f"import numba_door as {name.asname or 'numba'}")
        elif name.name.startswith("numba.") and not name.asname:
            # It also makes `numba` a name.
            parts.append(f"import {name.name}; import numba_door as numba")
        else:
            parts.append(f"import {name.name}" + (f" as {name.asname}" if name.asname else ""))
    return "; ".join(parts)


def without_code(source: str) -> str:
    """The source without the statements that look into the code that numba's compiler wrote, or
    count the loops that it made."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            first, last = node.lineno - 1, node.end_lineno
            text = "".join(lines[first:last])
            if "get_llvm_str()" in text or "countParfors(" in text:
                # As many lines as there were.
                rest = ["\n"] * (last - first - 1)
                lines[first:last] = [lines[first][: node.col_offset] + "pass\n", *rest]
    return "".join(lines)


def copy(path: Path) -> Path:
    target = OUTPUT / path
    target.parent.mkdir(parents=True, exist_ok=True)
    source = runner.translated((PACKAGE / path).read_text(), martlet_import)
    source = without_code(source)
    # Functions that a test makes from text keep it.
    door = "from numba_door import execute as exec\n"
    tree = ast.parse(source)
    at = next((n.lineno for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)), 1) - 1
    at = max([at, *(n.end_lineno for n in tree.body if _is_future(n))])
    lines = source.splitlines(keepends=True)
    target.write_text("".join([*lines[:at], door, *lines[at:]]))
    return target


def _is_future(node) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def run(path: Path) -> tuple[Path, dict]:
    # Tests that numba runs in further processes run in this one, and not a second time there.
    environment = {"MARTLET_SIMULATOR": "1", "NUMBA_ENABLE_CUDASIM": "1", "SUBPROC_TEST": "1"}
    options = ["--rootdir", str(OUTPUT), "-k", "not Runner"]
    return path, runner.run(copy(path), environment, *options)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("patterns", nargs="*", help="run files whose path contains one of these")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    count = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for path, outcomes in pool.map(run, files(options.patterns)):
            ended = collections.Counter(outcomes.values())
            count += ended
            shown = ", ".join(f"{number} {word}" for word, number in sorted(ended.items()))
            print(f"{ended['passed']:6} of {sum(ended.values()):6}  {path}  ({shown})", flush=True)
    print(", ".join(f"{number} {word}" for word, number in count.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
