"""Runs a copied test file in a process of its own, and says how each of its tests ended."""

import ast
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Seconds that a file may take in one process. A test that is running then counts as a timeout.
LIMIT = 600


def run(file: Path, environment: dict[str, str], *options: str) -> dict[str, str]:
    """The outcome of every test of the file: passed, failed, skipped, xfailed, crashed, timeout.

    A test that ends the process counts as a crash, and another process goes on behind it. What
    pytest printed lies beside the file, as `.out`.
    """
    log = file.with_suffix(".log")
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "outcomes"]
    command += ["-p", "no:cacheprovider", *options, str(file)]
    path = os.pathsep.join([str(ROOT / "python"), str(HERE)])
    environment = {**os.environ, "PYTHONPATH": path, "OUTCOMES_LOG": str(log), **environment}
    outcomes = {}
    with file.with_suffix(".out").open("w") as out:
        while True:
            try:
                subprocess.run(
                    command,
                    env=environment,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    cwd=file.parent,
                    timeout=LIMIT,
                )
                ended = "crashed"
            except subprocess.TimeoutExpired:
                ended = "timeout"
            outcomes, running = _read(log)
            if running is None:
                return outcomes
            outcomes[running] = ended
            with log.open("a") as record:
                record.write(f"{ended}\t{running}\n")


def _read(log: Path) -> tuple[dict[str, str], str | None]:
    """The outcomes that a run wrote, and the test that it was in when it ended."""
    outcomes, running = {}, None
    for line in log.read_text().splitlines() if log.exists() else []:
        word, test = line.split("\t", 1)
        running = test if word == "start" else None
        if word != "start":
            outcomes[test] = word
    return outcomes, running


def translated(source: str, translation) -> str:
    """The source with its import statements as `translation(node)` writes them; None keeps one."""
    lines = source.splitlines(keepends=True)
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import | ast.ImportFrom)]
    for node in sorted(nodes, key=lambda node: -node.lineno):
        text = translation(node)
        if text is not None:
            first, last = node.lineno - 1, node.end_lineno
            before = lines[first].encode()[: node.col_offset].decode()
            behind = lines[last - 1].encode()[node.end_col_offset :].decode()
            lines[first:last] = [before + text + behind]
    return "".join(lines)


def names(node) -> str:
    """What an import statement imports, as it writes it."""
    return ", ".join(
        f"{name.name} as {name.asname}" if name.asname else name.name for name in node.names
    )
