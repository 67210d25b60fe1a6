"""Runs random programs with loops in two ways, and finds those that end otherwise.

    python loop_programs.py [--count 5000] [--seed S] [--ways plain,compiled] [--reduce]

Ways: `compiled` (every loop counts as hot after few iterations), `plain` (Martlet's arrays, loops
left to Python) and `numpy` (neither). With NumPy only programs are compared whose bits it promises.
Programs are numbered from the seed on; `--reduce` makes each that differs as small as it gets, and
`--only N` takes one, which is shown with what it left.
"""

import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from loop_sources import Source

HERE = Path(__file__).resolve().parent
BATCH = (
    "import sys\nsys.path.insert(0, {here!r})\nimport loop_records\nloop_records.main({folder!r})\n"
)
MARTLET = [sys.executable, "-m", "martlet"]
WAYS = {
    "numpy": ([sys.executable], {}),
    "plain": ([*MARTLET, "--no-compile"], {}),
    "compiled": ([*MARTLET, "--compile"], {"MARTLET_LOOPS_EAGER": "1"}),
}
# A program takes milliseconds; so many seconds for one, and for a batch's start.
PATIENCE = 60


def run(programs: dict[str, str], way: str, patience: float = PATIENCE) -> dict[str, dict]:
    """What each program left, by its name; a process that dies or hangs is such a program's end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for program, source in programs.items():
            (folder / f"{program}.py").write_text(source)
        script = folder / "batch.py"
        script.write_text(BATCH.format(here=str(HERE), folder=str(folder)))
        records, waiting = {}, list(programs)
        while waiting:
            found, ended = _batch(script, waiting, way, patience)
            records.update((record.pop("program"), record) for record in found)
            waiting = [program for program in waiting if program not in records]
            if waiting:
                records[waiting.pop(0)] = {"broken": ended}
    return records


def _batch(script, names, way, patience):
    command, more = WAYS[way]
    output = script.with_name("output")
    output.write_text("")
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONFAULTHANDLER": "1", **more}
    process = subprocess.Popen(
        [*command, str(script), str(output), *names],
        cwd=script.parent,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    read = lambda: [json.loads(line) for line in output.read_text().splitlines()]  # noqa: E731
    done, since = 0, time.monotonic()
    while process.poll() is None:
        time.sleep(0.02)
        now = output.read_text().count("\n")
        if now != done:
            done, since = now, time.monotonic()
        elif time.monotonic() - since > patience:
            process.kill()
            process.wait()
            process.stderr.close()
            return read(), f"hangs for {patience} s"
    said = process.stderr.read()
    process.stderr.close()
    return read(), f"exit {process.returncode}: {said[-1500:]}"


def same(one: dict, other: dict) -> bool:
    return one == other and "broken" not in one


def differences(programs: dict[str, str], ways, patience=PATIENCE) -> dict[str, list[dict]]:
    """The programs that leave different records in the two ways, with both records."""
    first, second = (run(programs, way, patience) for way in ways)
    return {
        name: [first[name], second[name]]
        for name in programs
        if not same(first[name], second[name])
        # What ends in neither is a program that was reduced too far.
        and not ("broken" in first[name] and patience < PATIENCE)
    }


def batches(seed: int, count: int, size: int = 50, exact: bool = False):
    """Programs by name, in portions for one process."""
    batch = {}
    for number in range(seed, seed + count):
        source = Source(number)
        if source.exact or not exact:
            batch[f"program{number}"] = source.text
        if len(batch) == size:
            yield batch
            batch = {}
    if batch:
        yield batch


def told(records: list[dict]) -> str:
    """Where two records differ, in lines."""
    lines = []
    _compare("", *records, lines)
    return "\n".join(lines[:12])


def _compare(at, one, other, lines):
    if type(one) is type(other) is dict:
        for key in sorted({*one, *other}):
            _compare(f"{at}.{key}", one.get(key), other.get(key), lines)
    elif type(one) is type(other) is list:
        for number, (a, b) in enumerate(zip(one, other, strict=False)):
            _compare(f"{at}[{number}]", a, b, lines)
        if len(one) != len(other):
            rest = (one + other)[min(len(one), len(other)) :][0] if one or other else ""
            lines.append(f"  {at[1:]}: {len(one)} and {len(other)}, the first {str(rest)[:200]}")
    elif one != other:
        lines.append(f"  {at[1:]}: {str(one)[:300]}\n    but {str(other)[:300]}")


# Reduction


def smaller(source: str):
    """The program with one statement less, or with one replaced by its body, or its parts."""
    tree = ast.parse(source)
    places = [
        (node, field)
        for node in ast.walk(tree)
        for field in ("body", "orelse", "handlers")
        if isinstance(getattr(node, field, None), list)
    ]
    for node, field in places:
        whole = getattr(node, field)
        for at, statement in enumerate(whole):
            instead = [[]]
            if isinstance(statement, (ast.If, ast.For, ast.While, ast.Try)):
                instead += [statement.body, statement.orelse]
            for put in instead:
                rest = [*whole[:at], *put, *whole[at + 1 :]]
                if field == "body" and not rest:
                    rest = [ast.Pass()]
                if [type(x) for x in rest] == [type(x) for x in whole] == [ast.Pass]:
                    continue
                setattr(node, field, rest)
                yield ast.unparse(ast.fix_missing_locations(tree))
                setattr(node, field, whole)
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            parts = []
            if isinstance(value, ast.BinOp):
                parts = [value.left, value.right]
            elif isinstance(value, ast.BoolOp):
                parts = value.values[:1]
            elif isinstance(value, ast.IfExp):
                parts = [value.body, value.orelse]
            elif isinstance(value, ast.UnaryOp):
                parts = [value.operand]
            elif isinstance(value, ast.Call) and len(value.args) == 1:
                parts = value.args
            for part in parts:
                setattr(node, field, part)
                yield ast.unparse(tree)
                setattr(node, field, value)


def respect(records: list[dict]) -> tuple:
    """In what two records differ, roughly."""
    one, other = records
    keys = [key for key in {*one, *other} if one.get(key) != other.get(key)]
    ends = [[failure[0] for failure in record.get("failures", ())][:1] for record in records]
    return (*sorted(keys)[:1], *ends) if ends[0] != ends[1] else ("failures" in keys, "equal ends")


def reduced(source: str, ways: tuple[str, str]) -> str:
    """The smallest program found that still ends differently, and in the same respect."""
    source = ast.unparse(ast.parse(source))
    found = differences({"program0": source}, ways)
    if not found:
        return source
    sought = respect(found["program0"])
    while True:
        tried = []
        for text in smaller(source):
            try:
                compile(text, "", "exec")
            except (SyntaxError, ValueError):
                continue
            if text != source and text not in tried:
                tried.append(text)
        for start in range(0, len(tried), 60):
            portion = {f"program{n}": text for n, text in enumerate(tried[start : start + 60])}
            found = differences(portion, ways, 2)
            found = {name: x for name, x in found.items() if respect(x) == sought}
            if found:
                source = min((portion[name] for name in found), key=len)
                break
        else:
            return source


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the number of one program")
    parser.add_argument("--ways", default="plain,compiled")
    parser.add_argument("--reduce", action="store_true")
    parser.add_argument("--keep", type=Path, help="a folder for programs that differ")
    parser.add_argument("--until", help="HH:MM of the clock at which to end")
    options = parser.parse_args()
    ways = tuple(options.ways.split(","))
    seed, count = options.seed, options.count
    if options.only is not None:
        seed, count = options.only, 1
    ran = differ = 0
    for batch in batches(seed, count, exact="numpy" in ways):
        if options.until and time.strftime("%H:%M") >= options.until:
            break
        ran += len(batch)
        for name, records in differences(batch, ways).items():
            differ += 1
            text = batch[name]
            if options.reduce:
                text = reduced(text, ways)
                records = [run({name: text}, way)[name] for way in ways]
            print(f"{name}: {' and '.join(ways)} differ\n{told(records)}", flush=True)
            if options.reduce or options.only is not None:
                print(text, flush=True)
            if options.keep:
                comment = "".join(f"# {line}\n" for line in told(records).splitlines())
                (options.keep / f"{name}.py").write_text(f"{comment}{text}\n")
    print(f"{differ} of {ran} programs differ")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
