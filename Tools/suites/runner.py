"""Runs a copied test file in a process of its own, and says how each of its tests ended."""

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Seconds that one test may take, and all that comes before the first one. What takes longer counts
# as a timeout.
LIMIT, START = 120, 600


def run(file: Path, environment: dict[str, str], *options: str) -> dict[str, str]:
    """The outcome of every test of the file: passed, failed, skipped, xfailed, crashed, timeout.

    A test that ends the process counts as a crash, and another process goes on behind it, as it
    does behind one that takes too long. What pytest printed lies beside the file, as `.out`.
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
            process = subprocess.Popen(
                command, env=environment, stdout=out, stderr=subprocess.STDOUT, cwd=file.parent
            )
            ended = "crashed" if _ends(process, log) else "timeout"
            outcomes, running = _read(log)
            if running is None:
                return outcomes
            outcomes[running] = ended
            with log.open("a") as record:
                record.write(f"{ended}\t{running}\n")


def _ends(process: subprocess.Popen, log: Path) -> bool:
    """Waits for the process; one whose log stands still for too long is ended, and False."""
    begin = time.time()
    while True:
        try:
            process.wait(1)
            return True
        except subprocess.TimeoutExpired:
            written = log.stat().st_mtime if log.exists() else begin
            limit = START if written <= begin else LIMIT
            if time.time() - max(written, begin) > limit:
                process.kill()
                process.wait()
                return False


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
