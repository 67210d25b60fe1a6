"""What profiles say: which events a statement makes, for which line, and how they are shown."""

import inspect
import json
import subprocess
import sys
import xml.etree.ElementTree

import martlet
import numpy
import pytest
from subject import LAZY_COUNT, mnp, needs_martlet

pytestmark = needs_martlet

N = LAZY_COUNT


def here():
    """The line of the caller."""
    return inspect.currentframe().f_back.f_lineno


def entries(taken, line, kind=None):
    found = [entry for row in taken.lines if row.line == line for entry in row.entries]
    assert all(row.file == __file__ for row in taken.lines if row.line == line)
    return [entry for entry in found if kind in (None, entry.kind)]


@pytest.fixture
def x():
    return martlet.evaluate(mnp.linspace(0.0, 1.0, N))


def test_a_fused_statement_is_one_launch_of_its_line(x):
    with martlet.profile() as p:
        y = x * 2 + x
        line = here() - 1
        martlet.evaluate(y)
    (launch,) = entries(p, line, "launch")
    assert (launch.name, launch.count, launch.device) == ("multiply → add", 1, "cpu")
    assert (launch.bytes, launch.operations) == (16 * N, 2 * N)
    assert 0 < launch.seconds <= p.seconds


def test_the_line_that_looks_has_no_launch_of_the_line_that_wrote(x):
    with martlet.profile() as p:
        y = mnp.sqrt(x)
        line = here() - 1
        float(y[5] + y[6])
        z = str(y[:3])
    assert [entry.name for entry in entries(p, line, "launch")] == ["sqrt"]
    assert z


def test_a_sum_is_the_line_that_asks(x):
    with martlet.profile() as p:
        (x + 1).sum()
        line = here() - 1
    (launch,) = [e for e in entries(p, line, "launch") if e.name == "add → sum"]
    assert launch.count == 1
    assert (launch.bytes, launch.operations) == (8 * N, 2 * N)


def test_small_work_is_counted_by_line():
    a = mnp.arange(10.0)
    a + a
    with martlet.profile() as p:
        for _ in range(1000):
            a + a
        line = here() - 1
    (direct,) = entries(p, line, "direct")
    assert (direct.name, direct.count, direct.operations) == ("add", 1000, 10_000)
    assert json.loads(trace(p))["traceEvents"] == []


def test_a_fallback_has_its_reason_and_line():
    with martlet.profile() as p:
        mnp.polynomial.polynomial.polyroots([1.0, -3.0, 2.0])
        line = here() - 1
    (fallback,) = entries(p, line, "fallback")
    assert fallback.count == 1 and fallback.note
    assert "polyroots" in fallback.name


def test_a_product_is_a_library_call():
    a = mnp.ones((300, 200))
    with martlet.profile() as p:
        a @ a.T
        line = here() - 1
    (product,) = entries(p, line, "library")
    assert product.name == "BLAS gemm float64"
    assert product.operations == 2 * 300 * 300 * 200


def test_fft_and_lapack_are_library_calls():
    a = mnp.random.default_rng(1).random((64, 64))
    with martlet.profile() as p:
        mnp.fft.fft(a)
        first = here() - 1
        mnp.linalg.eigvalsh(a)
        second = here() - 1
    assert [entry.name for entry in entries(p, first, "library")] == ["FFT of 64 points"]
    (eigen,) = entries(p, second, "library")
    assert eigen.name.startswith("LAPACK")


def test_a_new_kernel_is_compiled_once(x):
    with martlet.profile() as p:
        for _ in range(3):
            martlet.evaluate(mnp.hypot(x * 3 - 1.25, mnp.arctan(x)) - mnp.cbrt(x) * x)
    line = here() - 1
    assert sum(entry.count for entry in entries(p, line, "compile")) == 1
    (launch,) = entries(p, line, "launch")
    assert launch.count == 3


def test_transfers_name_both_ends():
    with martlet.profile() as p, martlet.device("simulator"):
        a = mnp.asarray(numpy.ones(50))
        line = here() - 1
    (copy,) = entries(p, line, "transfer")
    assert (copy.name, copy.bytes, copy.device) == ("cpu → simulator", 400, "simulator")
    assert a.shape == (50,)


def helper(values):
    return values * 3


def test_the_line_is_the_one_inside_of_the_users_function():
    a = mnp.arange(5.0)
    with martlet.profile() as p:
        helper(a)
    line = inspect.getsourcelines(helper)[1] + 1
    assert [entry.name for entry in entries(p, line, "direct")] == ["multiply"]


def test_an_exception_ends_the_profile_and_stays():
    with pytest.raises(ZeroDivisionError), martlet.profile() as p:
        mnp.ones(3) + 1
        assert 1 / 0
    assert p.lines
    with martlet.profile():
        pass


def test_errors_in_what_is_profiled_are_the_same():
    with martlet.profile() as p:
        with pytest.raises(ValueError, match="broadcast"):
            mnp.ones(3) + mnp.ones(4)
        with pytest.raises(numpy.linalg.LinAlgError):
            mnp.linalg.inv(mnp.zeros((2, 2)))
        with pytest.raises(TypeError):
            mnp.median(mnp.ones(3), nothing=1)
    assert p.seconds > 0


def test_one_at_a_time():
    with martlet.profile() as p:
        with pytest.raises(RuntimeError, match="another profile"), martlet.profile():
            pass
        with pytest.raises(RuntimeError, match="still being taken"):
            p.table()
    with pytest.raises(RuntimeError, match="taken already"), p:
        pass


def test_nothing_is_recorded_outside(x):
    martlet.evaluate(x + 1)
    with martlet.profile() as p:
        pass
    martlet.evaluate(x + 2)
    assert p.lines == []
    assert "martlet profile" in str(p)


def trace(taken):
    return taken._text("trace")


@pytest.fixture
def mixed(x):
    with martlet.profile() as p:
        y = martlet.evaluate(mnp.exp(x) * x)
        mnp.polynomial.polynomial.polyroots([1.0, -3.0, 2.0])
        with martlet.device("simulator"):
            mnp.asarray(numpy.ones(50))
    assert y.shape == x.shape
    return p


def test_the_trace_is_what_viewers_read(mixed, tmp_path):
    mixed.save(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    names = {e["pid"]: e["args"]["name"] for e in events if e["ph"] == "M"}
    assert set(names.values()) == {"cpu", "simulator"}
    slices = [event for event in events if event["ph"] == "X"]
    for event in slices:
        assert event["pid"] in names and event["dur"] >= 0 and event["ts"] >= 0
        assert event["args"]["line"].rpartition(":")[0] == __file__
    assert {"launch", "fallback", "transfer"} <= {event["cat"] for event in slices}
    (start,), (end,) = ([e for e in events if e["ph"] == phase] for phase in "sf")
    assert (names[start["pid"]], names[end["pid"]]) == ("cpu", "simulator")
    assert start["id"] == end["id"] and end["bp"] == "e" and start["ts"] <= end["ts"]


def test_the_picture_has_a_bar_for_every_event(mixed, tmp_path):
    mixed.save(tmp_path / "timeline.svg")
    root = xml.etree.ElementTree.parse(tmp_path / "timeline.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    titles = [title.text for title in root.iter(f"{space}title")]
    assert any(title.startswith("launch exp → multiply") for title in titles)
    assert any(title.startswith("fallback ") and "test_profile.py" in title for title in titles)
    width = float(root.get("width"))
    for bar in root.iter(f"{space}rect"):
        if bar.get("x"):
            assert 0 <= float(bar.get("x")) + float(bar.get("width")) <= width


def test_other_endings_are_refused(mixed, tmp_path):
    with pytest.raises(ValueError, match="png"):
        mixed.save(tmp_path / "timeline.png")


def test_the_table_and_the_advice_name_the_costliest_line(x):
    with martlet.profile() as p:
        for _ in range(20):
            martlet.evaluate(mnp.sin(mnp.exp(x)))
        line = here() - 1
        mnp.ones(3) + 1
    place = f"test_profile.py:{line}"
    assert place in p.table().splitlines()[2]
    assert "exp → sin" in p.table()
    advice = [sentence for sentence in p.advice() if sentence.startswith(place)]
    assert len(advice) == 1


def test_the_advice_says_what_a_fallback_costs():
    with martlet.profile() as p:
        for _ in range(20):
            mnp.polynomial.polynomial.polyroots(list(range(1, 40)))
        line = here() - 1
    (sentence,) = [s for s in p.advice() if s.startswith(f"test_profile.py:{line} costs")]
    assert "NumPy serves '" in sentence and "polyroots'" in sentence
    assert "in 20 calls" in sentence


def test_two_profiles_are_compared(x):
    def taken(count):
        with martlet.profile() as p:
            for _ in range(count):
                martlet.evaluate(mnp.exp(x))
        return p

    before, after = taken(4), taken(2)
    text = after.compare(before)
    assert "4 → 2" in text and "launch exp" in text
    with pytest.raises(TypeError, match="takes a profile"):
        after.compare("before")


# MARK: Scripts

SCRIPT = """\
import numpy as np
x = np.linspace(0, 1, 100_000)
def work(n):
    y = np.exp(x) * n
    return y.sum()
for n in range(3):
    work(n)
print("done")
"""


def run(tmp_path, *options):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "martlet", *options, str(tmp_path / "script.py")]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_script_is_profiled(tmp_path):
    done = run(tmp_path, "--profile", "--profile-to", str(tmp_path / "out.json"))
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    assert "martlet profile" in done.stderr and "script.py:5" in done.stderr
    assert json.loads((tmp_path / "out.json").read_text())["traceEvents"]


def test_the_lines_of_a_script_are_timed(tmp_path):
    done = run(tmp_path, "--line-profile")
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    rows = done.stderr.splitlines()
    (call,) = [row for row in rows if row.endswith("    work(n)")]
    (body,) = [row for row in rows if row.endswith("    return y.sum()")]
    assert " 3 " in call and " 3 " in body
    # The costliest events stand below a line: with a slow disk they are the loading of kernels.
    shown = ("launch exp → multiply", "compile martlet_exp_multiply", "compile martlet_cast_exp")
    assert any(text in done.stderr for text in shown), done.stderr


def test_unknown_options_are_refused(tmp_path):
    done = run(tmp_path, "--profil")
    assert done.returncode == 2 and "unknown option --profil" in done.stderr
    done = run(tmp_path, "--profile-to", "out.png")
    assert done.returncode == 2 and ".svg" in done.stderr


def run_text(tmp_path, text, *options):
    (tmp_path / "script.py").write_text(text)
    command = [sys.executable, "-m", "martlet", *options, str(tmp_path / "script.py")]
    return subprocess.run(command, capture_output=True, text=True)


def counts(tmp_path, text):
    """`{line: count}` of a script."""
    from martlet._line_profile import LineProfile

    code = compile(text, str(tmp_path / "timed.py"), "exec")
    lines = LineProfile(lambda file: file == code.co_filename)
    lines.start()
    try:
        exec(code, {})
    finally:
        lines.stop()
    return {line: count for (_, line), (count, _) in lines.times.items()}


def test_a_line_that_raises_counts_once(tmp_path):
    text = "for i in range(3):\n    try:\n        int('x')\n    except ValueError:\n        pass\n"
    assert counts(tmp_path, text) == {1: 4, 2: 3, 3: 3, 4: 3, 5: 3}


def test_lines_of_many_threads_are_all_counted(tmp_path):
    body = "".join(f"    x = {i}\n" for i in range(200))
    text = (
        f"import threading\ndef work():\n{body}"
        "threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "for t in threads: t.start()\nfor t in threads: t.join()\n"
    )
    found = counts(tmp_path, text)
    assert [found[line] for line in range(3, 203)] == [8] * 200


def test_a_program_that_traces_itself_is_told_of(tmp_path):
    done = run_text(tmp_path, "import sys\nsys.settrace(None)\nx = 1\n", "--line-profile")
    assert done.returncode == 0 and "set a trace function of its own" in done.stderr
    assert "trace function" not in run(tmp_path, "--line-profile").stderr


def test_where_a_profile_goes_changes_no_exit(tmp_path):
    done = run_text(tmp_path, "print(1)", "--profile-to", str(tmp_path / "none" / "out.txt"))
    assert (done.returncode, done.stdout) == (2, "") and "there is no folder" in done.stderr
    (tmp_path / "out.txt").mkdir()
    done = run_text(tmp_path, "raise SystemExit(7)", "--profile-to", str(tmp_path / "out.txt"))
    assert done.returncode == 7 and "the profile is not saved" in done.stderr


def test_a_profile_that_never_began_ends_no_other():
    with martlet.profile() as p:
        with pytest.raises(RuntimeError, match="never begun"):
            martlet.profile().__exit__(None, None, None)
        mnp.ones(3) + 1
    assert p.lines
    with pytest.raises(RuntimeError, match="never begun"):
        p.__exit__(None, None, None)


# MARK: Progress


def test_no_steps_and_no_terminal_are_no_trouble(monkeypatch):
    from martlet import _progress

    told = []
    old = martlet.progress(lambda *now: told.append(now))
    try:
        assert list(martlet.steps([], "nothing")) == []
    finally:
        martlet.progress(old)
    assert told == [("nothing", 0, 0)]
    monkeypatch.setattr(_progress.Bar, "PATIENCE", 0)
    monkeypatch.setattr(sys, "stderr", None)
    assert list(martlet.steps([1], "silent")) == [1]


def test_progress_is_told_to_a_callback():
    from martlet._progress import steps

    told = []
    old = martlet.progress(lambda *now: told.append(now))
    try:
        assert list(steps("abc", "letters")) == ["a", "b", "c"]
    finally:
        martlet.progress(old)
    assert told == [("letters", 0, 3), ("letters", 1, 3), ("letters", 2, 3), ("letters", 3, 3)]
    with pytest.raises(TypeError, match="progress takes a function"):
        martlet.progress(3)


def test_a_bar_on_a_terminal_and_none_in_a_pipe(monkeypatch):
    import io

    from martlet import _progress

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(_progress.Bar, "PATIENCE", 0)
    monkeypatch.setattr(_progress.Bar, "INTERVAL", 0)
    for kind, is_drawn in ((Terminal, True), (io.StringIO, False)):
        stream = kind()
        monkeypatch.setattr(sys, "stderr", stream)
        list(_progress.steps(range(4), "training"))
        assert ("training" in stream.getvalue() and "50%" in stream.getvalue()) == is_drawn
        assert is_drawn or stream.getvalue() == ""


def test_a_profile_may_begin_while_other_threads_work():
    import threading

    stop = threading.Event()
    big = mnp.ones(400_000)

    def work():
        while not stop.is_set():
            martlet.evaluate(mnp.exp(big) + 1)
            (big * 2).sum()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(100):
            with martlet.profile() as p:
                martlet.evaluate(big + 2)
            assert any(e.name == "add" for row in p.lines for e in row.entries)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
