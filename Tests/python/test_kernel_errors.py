"""Wrong programs, each with the message that its author reads, as `wrong_kernels` lists them.

An entry of a list is a title, a program, and what it raises:

    # a name that is not defined
    @njit
    def f(x):
        return x + scael
                   ^
    f(1.0)
    -> KernelError: 'scael' is a name that is not defined, which kernels can't use

A line with nothing but a caret is no part of the program: it stands under the place that the error
names. Without one the error names no place. A message ends at the next empty line. The programs of
`grid.txt` and `warps.txt` run on the Simulator.
"""

import contextlib
import math
import pathlib
import random
import re
import warnings

import martlet
import numpy as np
import pytest
from martlet import KernelError, cuda, float32, guvectorize, jit, njit, prange, stencil, vectorize

FOLDER = pathlib.Path(__file__).parent / "wrong_kernels"
NAMES = {
    "cuda": cuda,
    "float32": float32,
    "guvectorize": guvectorize,
    "jit": jit,
    "martlet": martlet,
    "math": math,
    "njit": njit,
    "np": np,
    "prange": prange,
    "random": random,
    "stencil": stencil,
    "vectorize": vectorize,
}


def entries():
    for path in sorted(FOLDER.glob("*.txt")):
        for entry in path.read_text().strip().split("\n\n"):
            title, rest = entry.split("\n", 1)
            program, error = rest.split("\n-> ", 1)
            yield pytest.param(path.stem, program, error, id=f"{path.stem}: {title[2:]}")


def taken_apart(program):
    """The program without its caret, and the caret's line and column, or None."""
    lines, place = [], None
    for line in program.split("\n"):
        if re.fullmatch(" *\\^", line):
            assert place is None, "two carets"
            place = (len(lines), len(line))
        else:
            lines.append(line)
    return "\n".join(lines) + "\n", place


@pytest.mark.parametrize(("kind", "program", "error"), list(entries()))
def test_wrong_programs(tmp_path, kind, program, error):
    text, place = taken_apart(program)
    # Kernels are read from the file they stand in.
    path = tmp_path / "wrong.py"
    path.write_text(text)
    is_grid = kind in ("grid", "warps")
    device = martlet.device("simulator") if is_grid else contextlib.nullcontext()
    with device, warnings.catch_warnings(), pytest.raises(Exception) as caught:  # noqa: B017, PT011
        # Such as "is" with a number, which Python has an opinion on too.
        warnings.simplefilter("ignore")
        exec(compile(text, str(path), "exec"), {**NAMES, "__name__": "wrong"})
    raised = caught.value
    if place is not None:
        line, column = place
        source = text.split("\n")[line - 1]
        assert isinstance(raised, KernelError)
        assert (raised.filename, raised.lineno, raised.offset) == (str(path), line, column)
        assert f"{type(raised).__name__}: {raised.msg}" == error
        caret = " " * (column - 1 - len(source) + len(source.lstrip())) + "^"
        shown = f"{path}:{line}:{column}: {raised.msg}\n    {source.strip()}\n    {caret}"
        assert str(raised) == shown
    else:
        assert getattr(raised, "lineno", None) is None
        assert f"{type(raised).__name__}: {raised}".rstrip() == error


def test_there_are_more_than_a_hundred():
    assert len(list(entries())) > 100
