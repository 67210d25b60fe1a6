"""Loops that compile themselves: what they must keep of Python's meaning, case by case.

`test_loops_random.py` has the programs that nobody wrote.
"""

import _thread
import json
import math
import os
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import pytest
from subject import needs_martlet

pytestmark = needs_martlet


def run(text, *options, eager=True, folder=None, **files):
    """Runs a script with Martlet; what it printed and what it said on standard error."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(text))
    for name, source in files.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(source))
    environment = {**os.environ, "MARTLET_LOOPS_EAGER": "1" if eager else ""}
    done = subprocess.run(
        [sys.executable, "-m", "martlet", *options, str(script)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def loops():
    """`compile_loops` with every loop hot after two iterations."""
    from martlet._loops import _program, _session

    eager, first = _session._is_eager, _session._FIRST
    _session._is_eager, _session._FIRST = True, 2
    yield _program
    _session._is_eager, _session._FIRST = eager, first


def kernels(module, function):
    """How many kernels the loops of a function have."""
    return sum(
        len(loop.kernels)
        for loop in module.loops
        if loop.filename == __file__ and loop.function == function
    )


def total(a, n):
    s = 0
    for i in range(n):
        s += a[i]
    return i, s


def test_numbers_come_out_with_the_types_that_python_would_have_left(loops):
    import martlet.numpy as np

    loops.compile_loops(total)
    i, s = total(np.arange(50.0), 50)
    assert kernels(loops, "total") == 1
    assert (i, s) == (49, 1225.0)
    assert type(i) is int
    assert type(s).__name__ == "float64"


def powers(n):
    x = 1
    for _i in range(n):
        x = x * 3
    return x


def test_integers_have_no_end(loops):
    loops.compile_loops(powers)
    assert powers(100) == 3**100
    assert kernels(loops, "powers") == 1


def fill(a, b, n):
    for i in range(n):
        a[i] = i
        b[i] = 2 * i


def test_an_exception_comes_at_its_iteration_and_line(loops):
    import martlet.numpy as np

    loops.compile_loops(fill)
    a, b = np.zeros(10), np.zeros(7)
    with pytest.raises(IndexError) as raised:
        fill(a, b, 10)
    traceback = raised.tb
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    assert traceback.tb_lineno == fill.__code__.co_firstlineno + 3
    assert kernels(loops, "fill") >= 1
    # What the iteration wrote before is there.
    assert a.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 0, 0]
    assert b.tolist() == [0, 2, 4, 6, 8, 10, 12]


def divided(a, b):
    total = 0.0
    for i in range(len(a)):
        total += a[i] / b[i]
    return total


def test_warnings_are_pythons(loops):
    import martlet.numpy as np

    loops.compile_loops(divided)
    a, b = np.ones(20), np.ones(20)
    b[13] = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = divided(a, b)
    assert result == math.inf
    assert [str(item.message) for item in caught] == ["divide by zero encountered in scalar divide"]
    assert caught[0].lineno == divided.__code__.co_firstlineno + 3
    assert kernels(loops, "divided") == 1


def mathematics(xs, out):
    for i in range(len(xs)):
        x = float(xs[i])
        out[i] = math.sin(x) + math.exp(x) * x**2 - math.atan2(x, 3.0) + x**1.5 + math.log(x)


def test_functions_of_math_have_the_systems_bits(loops):
    import martlet.numpy as np
    import numpy

    xs = numpy.random.default_rng(3).random(2000) * 40 + 1e-3
    expected, out = numpy.zeros(2000), np.zeros(2000)
    mathematics(xs, expected)
    loops.compile_loops(mathematics)
    mathematics(np.array(xs), out)
    assert kernels(loops, "mathematics") == 1
    assert out.tobytes() == expected.tobytes()


def product(a, b, c):
    n = len(a)
    for i in range(n):
        for j in range(n):
            s = 0
            for k in range(n):
                s += a[i, k] * b[k, j]
            c[i, j] = s


def test_a_nest_leaves_and_comes_back_anywhere(loops):
    import martlet.numpy as np

    a = np.arange(49.0).reshape(7, 7)
    b = np.ones((7, 6))  # its last column is missing
    c = np.zeros((7, 7))
    loops.compile_loops(product)
    with pytest.raises(IndexError):
        product(a, b, c)
    assert c.tolist() == [[21.0] * 6 + [0.0]] + [[0.0] * 7] * 6
    product(a, np.ones((7, 7)), c)
    assert c.tolist() == (a @ np.ones((7, 7))).tolist()
    assert kernels(loops, "product") >= 1


SCALE = 2.0


def scale(x):
    return x * SCALE


def scaled(a, n):
    for i in range(n):
        a[i] = scale(a[i])


def test_a_rebound_function_or_global_is_seen(loops):
    import martlet.numpy as np

    loops.compile_loops(scaled)
    a = np.ones(9)
    scaled(a, 9)
    assert kernels(loops, "scaled") == 1
    globals()["SCALE"] = 3.0
    scaled(a, 9)
    before = globals()["scale"]
    globals()["scale"] = lambda x: x - 1
    try:
        scaled(a, 9)
    finally:
        globals()["scale"], globals()["SCALE"] = before, 2.0
    assert a.tolist() == [5.0] * 9


def forever(a):
    count = 0
    while True:
        a[0] += 1
        count += 1


def test_an_interrupt_finds_the_variables_as_python_would_have_left_them(loops):
    import martlet.numpy as np

    loops.compile_loops(forever)
    a = np.zeros(1)
    timer = threading.Timer(0.5, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt) as raised:
        forever(a)
    timer.join()
    frame = raised.tb
    while frame.tb_frame.f_code.co_name != "forever":
        frame = frame.tb_next
    assert kernels(loops, "forever") == 1
    # A handler may still come between two lines that hand the variables over, seldom.
    assert 1000 < frame.tb_frame.f_locals["count"] <= a[0]


def counted(n):
    x = 0.5
    for _i in range(n):
        x = x * 0.5 + 1.0
    return x


def test_who_looks_at_every_line_gets_every_line(loops):
    loops.compile_loops(counted)
    seen = []

    def look(frame, event, argument):
        if frame.f_code.co_name == "counted" and event == "line":
            seen.append(frame.f_lineno)
        return look

    sys.settrace(look)
    try:
        counted(40)
    finally:
        sys.settrace(None)
    assert seen.count(counted.__code__.co_firstlineno + 3) == 40


def test_what_is_left_to_python_says_why(loops):
    def listed(n):
        items = []
        for i in range(n):
            items.append(i)
        return items

    loops.compile_loops(listed)
    assert listed(30) == list(range(30))
    (loop,) = (one for one in loops.loops if one.function.endswith("listed"))
    assert loop.reason == "`append` of a list"
    assert loop.reason_line == loop.line + 1
    assert "left to Python: `append` of a list" in loops.compile_report()


def test_a_scripts_own_modules_are_compiled(tmp_path):
    script = """
        import sys
        import helper
        import numpy as np
        a = np.arange(1000.0)
        best = a[0]
        for i in range(1000):
            if a[i] > best:
                best = a[i]
        print(best, type(best).__name__, helper.total(a))
        own = sys.modules["__main__"].__dict__
        print([name for name in sorted(own) if not name.startswith("__")])
        import martlet
        print(martlet.compile_report())
    """
    helper = """
        def total(a):
            s = 0.0
            for i in range(len(a)):
                s += a[i]
            return s
    """
    out, errors = run(script, "--compile", folder=tmp_path, helper=helper)
    assert errors == ""
    lines = out.splitlines()
    assert lines[0] == "999.0 float64 499500.0"
    assert lines[1] == "['a', 'best', 'helper', 'i', 'np', 'own', 'sys']"
    assert "script.py:7 in <module>: compiled for" in out
    assert "helper.py:4 in total: compiled for" in out
    out, errors = run(script, "--no-compile", folder=tmp_path, helper=helper)
    assert out.splitlines()[2:] == ["No loop ran that can be compiled."]


def test_cold_loops_are_not_compiled(tmp_path):
    script = """
        import martlet
        x = 0
        for i in range(100):
            x += i
        print(martlet.compile_report())
    """
    out, _ = run(script, "--compile", eager=False, folder=tmp_path)
    assert "not hot" in out
    assert "compiled for" not in out


def test_syntax_errors_and_tracebacks_are_the_files_own(tmp_path):
    out, errors = run("x = (1\n", "--compile", folder=tmp_path)
    assert "SyntaxError: '(' was never closed" in errors
    script = """
        import numpy as np
        a = np.zeros(5)
        for i in range(9):
            a[i] = 1 / (7 - i)
    """
    compiled = run(script, "--compile", folder=tmp_path)
    plain = run(script, "--no-compile", folder=tmp_path)
    assert compiled == plain
    assert "IndexError" in compiled[1]
    assert json.dumps(compiled[1]).count("line 5") == 1


def test_what_is_no_function_is_refused(loops):
    with pytest.raises(TypeError, match="takes a Python function or a module, not int"):
        loops.compile_loops(3)


def test_time_is_kept_of_compiled_code(loops):
    import martlet.numpy as np

    def slow(a):
        s = 0.0
        for i in range(len(a)):
            s += a[i]
        return s

    loops.compile_loops(slow)
    began = time.perf_counter()
    slow(np.ones(100_000))
    took = time.perf_counter() - began
    (loop,) = (one for one in loops.loops if one.function.endswith("slow"))
    assert 0 < loop.compiled_seconds < took
    assert loop.seconds < took
