"""Replays the interactive session that the project grew from, and checks every answer.

    python demo/transcript.py

Each line is shown with what it prints, as in Python's own prompt. `numpy` here is Martlet, through
the door that the session used: `from martlet.fallback_mode import numpy`.
"""

import contextlib
import io
import os
import sys
import traceback

# What is typed, and the text that its answer must contain (None: nothing is printed).
TRANSCRIPT = [
    ("from martlet.fallback_mode import numpy", None),
    ("a = numpy.ones((3, 4))", None),
    ("a", "array([[1., 1., 1., 1.],\n       [1., 1., 1., 1.],\n       [1., 1., 1., 1.]])"),
    ("numpy.argmin(a)", "0"),
    ("numpy.argmin(numpy.array([3.0, 1.0, 2.0]))", "1"),
    ("b = numpy.array([2.0, numpy.nan, 1.0])", None),
    ("numpy.nanargmin(b)", "2"),
    ("numpy.linalg", "numpy.linalg"),
    ("numpy.matrixlib", "numpy.matrixlib"),
    ("numpy.matrixlib()", "is not callable"),
    ("numpy.linalg.norm(a)", "3.46410161513775"),
    ("numpy.pi", "3.141592653589793"),
    ("numpy.nan", "nan"),
]


def run_line(line: str, names: dict) -> str:
    """What the prompt would print for the line: its value, its notices, or its exception."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        try:
            # "single" is the prompt's own mode: it prints the value of an expression.
            exec(compile(line, "<transcript>", "single"), names)
        except Exception as error:
            print("".join(traceback.format_exception_only(error)), end="")
    return shown.getvalue().rstrip("\n")


def main() -> int:
    # The session printed a notice wherever NumPy stepped in; it is read when Martlet is imported.
    os.environ["MARTLET_FALLBACK"] = "print"
    names: dict = {}
    wrong = 0
    for line, expected in TRANSCRIPT:
        answer = run_line(line, names)
        print(f">>> {line}")
        if answer:
            print(answer)
        if (expected or "") not in answer or (expected is None and answer):
            wrong += 1
            print(f"    WRONG: expected {expected!r}")
    print("The transcript replays." if not wrong else f"{wrong} answers are wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
