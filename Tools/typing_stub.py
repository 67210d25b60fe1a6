"""Writes python/martlet/numpy/__init__.pyi: what a type checker and an editor see of the namespace.

python Tools/typing_stub.py [--check]

The names are those that `martlet.numpy` has. One whose row has NumPy's own signature, or that NumPy
serves, is shown with NumPy's types; where Martlet's signature is another, the row's is shown.
`--check` writes nothing, and fails where the stub is not what would be written.
"""

import argparse
import inspect
import sys
import warnings
from pathlib import Path

import numpy

STUB = Path(__file__).parents[1] / "python" / "martlet" / "numpy" / "__init__.pyi"
# NumPy's own stub does not have it.
LEFT_OUT = ("core",)
HEADER = """\
# Written by Tools/typing_stub.py from the rows of the functions table, for NumPy {version}.
# NumPy's types stand for Martlet's arrays too.
# ruff: noqa: I001
from typing import Any

"""
KINDS = inspect.Parameter


def parameters(text: str) -> list[tuple[str, object, bool]]:
    """Name, kind and whether it may be left out, of each parameter of a signature as text."""
    result, kind = [], KINDS.POSITIONAL_OR_KEYWORD
    for part in split(text.strip()[1:-1]):
        name, _, default = part.partition("=")
        if part == "/":
            result = [(n, KINDS.POSITIONAL_ONLY, optional) for n, _, optional in result]
        elif part == "*":
            kind = KINDS.KEYWORD_ONLY
        elif part.startswith("**"):
            result.append((part[2:], KINDS.VAR_KEYWORD, True))
        elif part.startswith("*"):
            result.append((part[1:], KINDS.VAR_POSITIONAL, True))
            kind = KINDS.KEYWORD_ONLY
        else:
            result.append((name.strip(), kind, bool(default)))
    return result


def split(text: str) -> list[str]:
    """The parts of a list between commas that stand in no brackets."""
    parts, depth, part = [], 0, ""
    for letter in text:
        depth += (letter in "([<") - (letter in ")]>")
        if letter == "," and not depth:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    return [*parts, part.strip()] if part.strip() else parts


def numpys(function) -> list[tuple[str, object, bool]] | None:
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    return [(p.name, p.kind, p.default is not p.empty or "VAR" in p.kind.name)
            for p in found.parameters.values()]  # fmt: skip


def definition(name: str, text: str) -> str:
    """A function with the row's parameters."""
    words, star = [], False
    given = parameters(text)
    for place, (parameter, kind, optional) in enumerate(given):
        if kind is KINDS.KEYWORD_ONLY and not star:
            words.append("*")
            star = True
        if kind is KINDS.VAR_POSITIONAL:
            words.append(f"*{parameter}: Any")
            star = True
        elif kind is KINDS.VAR_KEYWORD:
            words.append(f"**{parameter}: Any")
        else:
            words.append(f"{parameter}: Any{' = ...' if optional else ''}")
        is_last_only = place + 1 == len(given) or given[place + 1][1] is not kind
        if kind is KINDS.POSITIONAL_ONLY and is_last_only:
            words.append("/")
    line = f"def {name}({', '.join(words)}) -> Any: ..."
    if len(line) <= 100:
        return line
    return "\n".join([f"def {name}(", *(f"    {word}," for word in words), ") -> Any: ..."])


def stub() -> str:
    import martlet.numpy
    from martlet import _martlet

    native = (_martlet.function, _martlet.method_function)
    shown, own = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in sorted(martlet.numpy.__all__):
            if name in LEFT_OUT:
                continue
            value = getattr(martlet.numpy, name)
            text = value.__text_signature__ if isinstance(value, native) else None
            theirs = text and numpys(getattr(numpy, name))
            if theirs and parameters(text) != theirs:
                own.append(definition(name, text))
            else:
                shown.append(f"from numpy import {name} as {name}")
    version = ".".join(numpy.__version__.split(".")[:2])
    lines = [*shown, *([""] if own else []), *own]
    return HEADER.format(version=version) + "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = stub()
    if not options.check:
        STUB.write_text(text)
        return 0
    if STUB.read_text() == text:
        return 0
    print(f"{STUB.name} is not up to date: run Tools/typing_stub.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
