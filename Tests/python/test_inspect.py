"""The inspector: its text, its tree in a pseudo-terminal, and its page."""

import codecs
import dataclasses
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import numpy as np
import pytest
from subject import IS_NUMPY, LAZY_COUNT, mnp

if IS_NUMPY:
    pytest.skip("it is about Martlet alone", allow_module_level=True)

import fcntl
import termios

import martlet
from martlet import _inspect, _inspect_page, _martlet


@contextmanager
def tree(obj, name="obj"):
    number = _martlet.inspection_open(_inspect, obj, name)
    try:
        yield number
    finally:
        _martlet.inspection_close(number)


def text(obj, depth=1, limit=20):
    with tree(obj) as number:
        return _martlet.inspection_text(number, depth, limit)


def node(number, path="", start=0):
    return json.loads(_martlet.inspection_json(number, path, start))


def view(number, name, path="", rows=8, columns=40, slice=""):
    return json.loads(_martlet.inspection_view(number, path, name, rows, columns, slice))


def group(number, title, path=""):
    found = node(number, path)["groups"]
    return next((g for g in found if g["title"] == title), None)


# Text and nodes.


def test_an_array_says_what_it_is():
    shown = text(mnp.arange(12.0).reshape(3, 4).T)
    assert shown.startswith("obj: (4, 3) float64\n")
    for line in (
        "shape: (4, 3), 12 elements",
        "layout: Fortran order, without gaps",
        "strides: (8, 32) bytes",
        "device: ",
        "histogram:",
        "heat-map:",
    ):
        assert line in shown, shown


def test_statistics_count_what_is_no_number():
    values = mnp.array([0.0, 1.0, 5.0, np.nan, np.inf, -np.inf, np.nan])
    with tree(values) as number:
        summary = "\n".join(view(number, "summary")["text"])
    for part in ("min 0", "max 5", "mean 2", "zeros 1", "NaN 2", "inf 2", "all 7 elements"):
        assert part in summary, summary


@pytest.mark.parametrize("dtype", list("?bBhHiIlLqQefdFD"))
def test_a_histogram_counts_every_element(dtype):
    values = np.random.default_rng(3).integers(0, 2 if dtype == "?" else 50, 999).astype(dtype)
    for array in (values, mnp.asarray(values), mnp.asarray(values)[::-3]):
        with tree(array) as number:
            found = view(number, "histogram", columns=64)
        numbers = np.asarray(array).astype(complex)
        assert (found["low"], found["high"]) == (numbers.real.min(), numbers.real.max())
        span = found["high"] - found["low"]
        # Whole numbers have a bar each.
        limits = (0, span + 1) if values.dtype.kind in "biu" else (0, span)
        expected, _ = np.histogram(numbers.real - found["low"], len(found["counts"]), limits)
        assert found["counts"] == expected.tolist()


def test_a_heat_map_shows_the_slice_that_was_chosen():
    values = np.random.default_rng(1).normal(size=(3, 2, 4, 5))
    values[1, 0, 2, 3] = np.nan
    with tree(mnp.asarray(values)) as number:
        for i in range(3):
            for j in range(2):
                cells = view(number, "heat-map", slice=f"{i}.{j}")["cells"]
                shown = np.array([[np.nan if v is None else v for v in row] for row in cells])
                np.testing.assert_allclose(shown, values[i, j])
        assert view(number, "values", slice="2.1")["text"][0].startswith("[2, 1, :, :]")


def test_looking_computes_and_copies_nothing():
    a = mnp.ones(LAZY_COUNT)
    martlet.evaluate(a)
    b = a * 2.0 + 1.0
    before = _martlet.counters()
    shown = text({"a": a, "b": b}, depth=3)
    with tree(b) as number:
        assert "pending: looking does not compute it" in view(number, "histogram")["text"][0]
        facts = {n["title"]: n["detail"] for n in group(number, "pending")["nodes"]}
    assert _martlet.counters() == before
    assert "float64, pending" in shown
    assert "(2 fused)" in facts["kernel to come"]
    assert "multiply → add" in facts["kernel to come"]
    assert facts["it will read"].startswith(f"{LAZY_COUNT * 8 / 1024:.1f} KiB of 1 arrays")
    martlet.evaluate(b)
    with tree(b) as number:
        assert group(number, "pending") is None


def test_objects_that_hold_pending_arrays_are_not_asked_for_their_text():
    @dataclasses.dataclass
    class Holder:
        array: object

    a = mnp.ones(LAZY_COUNT) + 1
    before = _martlet.counters()["launches"]
    shown = text([Holder(a), (a, a), {"a": a}], depth=4)
    assert _martlet.counters()["launches"] == before
    assert "array: (40000,)" in shown


def test_arrays_that_share_memory_are_found():
    a = mnp.arange(100.0)
    names = {"a": a, "odd": a[1::2], "half": a[:50], "other": mnp.zeros(3)}
    with tree(names) as number:
        shared = group(number, "shared memory")
        assert shared["count"] == 1
        assert "a, odd, half" in shared["nodes"][0]["detail"]
        place = [g["title"] for g in node(number)["groups"]].index("shared memory")
        strips = view(number, "memory", f"{place}.0", columns=68)["strips"]
    covers = {strip["label"]: strip["cover"] for strip in strips}
    # Memory may have been rounded up.
    whole = sum(covers["a"])
    assert whole > 0.7 * len(covers["a"])
    assert sum(covers["odd"]) == pytest.approx(whole / 2)
    assert sum(covers["half"]) == pytest.approx(whole / 2)
    assert max(covers["half"][len(covers["half"]) * 3 // 4 :]) == 0
    with tree([mnp.zeros(3), mnp.zeros(3)]) as number:
        assert group(number, "shared memory") is None


def test_the_tape_says_what_it_keeps():
    found = []

    def loss(x):
        y = mnp.exp(x)
        with tree(y) as number:
            titles = [g["title"] for g in node(number)["groups"]]
            place = titles.index("gradient's tape")
            state = {n["title"]: n["detail"] for n in group(number, "gradient's tape")["nodes"]}
            made_from = group(number, "made from", f"{place}.2")
            found.append((state, made_from))
        return mnp.sum(y)

    martlet.grad(loss)(mnp.arange(3.0))
    state, made_from = found[0]
    assert state["state"] == "being differentiated"
    assert "keeps 24 bytes, which its derivative reads" in state["made by"]
    assert "an input of the gradient" in made_from["nodes"][0]["detail"]


def test_cycles_are_shown_and_not_followed():
    inner = {}
    outer = {"inner": inner}
    inner["outer"] = outer
    with tree(outer) as number:
        inside = node(number, "0.0")["groups"][0]["nodes"][0]
        assert inside["cycle"] == "obj"
        assert not inside["opens"]
        assert node(number, "0.0.0.0")["groups"] == []
    assert "(is obj, above)" in text(outer, depth=9)


def test_functions_have_signature_and_source():
    def example(a, b=3):
        """Adds."""
        return a + b

    with tree(example) as number:
        facts = {n["title"]: n["detail"] for n in group(number, "function")["nodes"]}
        source = view(number, "source")["text"]
    assert facts["signature"] == "example(a, b=3)"
    assert facts["documentation"] == "Adds."
    assert "return a + b" in source[-1]


def test_groups_are_those_of_the_object():
    class Example:
        shared = 1

        def __init__(self):
            self.own = [1, 2]

        def __add__(self, other):
            return self

        @property
        def asked(self):
            raise AssertionError("looking reads no properties")

        def method(self):
            return 1

        def __getattr__(self, name):
            raise AssertionError(f"looking asks for no {name}")

    with tree(Example()) as number:
        names = {g["title"]: [n["title"] for n in g["nodes"]] for g in node(number)["groups"]}
    assert names["attributes"] == ["own"]
    assert names["methods"] == ["method"]
    assert names["properties"] == ["asked"]
    assert names["operators"].count("__add__") == 1
    assert "__init__" in names["special"]


@pytest.mark.parametrize(
    "obj",
    [
        None,
        10**5000,
        "\x1b[2J\ud800",
        b"\0" * 10_000,
        float("nan"),
        {1: 2, (1, "a"): 3},
        {1, 2},
        object(),
        type,
        np,
        sys,
        np.sin,
        mnp.sin,
        np.dtype("f8"),
        np.float32(2),
        np.array(["a", None], object),
        np.zeros((0, 3)),
        np.zeros(3, "M8[s]"),
        np.zeros(3, ">f8"),
        np.broadcast_to(np.arange(3.0), (1000, 3)),
        np.matrix([[1, 2]]),
        np.ma.masked_array([1, 2], [0, 1]),
        mnp.zeros((0, 3)),
        mnp.float64(2),
        mnp.broadcast_to(mnp.arange(3.0), (1000, 3)),
        mnp.zeros((2,) * 8),
        iter([]),
        (n for n in "ab"),
        Exception("x"),
    ],
    ids=lambda obj: type(obj).__name__,
)
def test_anything_can_be_looked_at(obj):
    shown = text(obj, depth=2, limit=3)
    assert "failed" not in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)


def test_what_fails_is_a_node_that_says_so(monkeypatch):
    def wrong(obj, path):
        raise RuntimeError("not today")

    monkeypatch.setattr(_inspect, "groups", wrong)
    assert "RuntimeError: not today" in text({"a": 1})


def test_looking_at_defaults_computes_nothing():
    a = mnp.ones(LAZY_COUNT) + 1

    def example(x, /, y=a, *rest, z=slice(a), **more):
        pass

    before = _martlet.counters()["launches"]
    shown = text([example, slice(a, None), type("C", (), {"m": example})().m], depth=3)
    assert _martlet.counters()["launches"] == before
    assert "example(x, /, y=<ndarray>, *rest, z=slice(None, <ndarray>, None), **more)" in shown
    assert "slice(<ndarray>, None, None)" in shown


class Meta(type):
    def __getattribute__(cls, name):
        raise AssertionError(f"looking asks the class for {name}")

    def __eq__(cls, other):
        raise AssertionError("looking compares classes")

    __hash__ = type.__hash__


class Loud(metaclass=Meta):
    def __getattribute__(self, name):
        raise AssertionError(f"looking asks for {name}")

    def __repr__(self):
        raise AssertionError("looking asks for a text")

    __len__ = __iter__ = __str__ = __hash__ = __eq__ = __bool__ = __repr__

    def __getitem__(self, place):
        raise AssertionError("looking asks for an element")

    items = keys = bit_length = __getitem__


LOUD = {base: type.__new__(Meta, f"Loud{base.__name__}", (Loud, base), {}) for base in
        (object, dict, list, tuple, set, frozenset, str, bytes, int, float, complex)}  # fmt: skip


@pytest.mark.parametrize("base", LOUD, ids=lambda base: base.__name__)
def test_looking_runs_no_code_of_the_objects(base):
    made = {dict: ({"k": 7},), str: ("k7",), bytes: (b"k7",), object: ()}.get(base)
    if made is None:
        made = ([7],) if issubclass(base, (list, tuple, set, frozenset)) else (7,)
    obj = base.__new__(LOUD[base], *made) if base not in (dict, list, set) else None
    if obj is None:
        obj = base.__new__(LOUD[base])
        base.__init__(obj, *made)
    object.__setattr__(obj, "own", 3) if base is object else None
    shown = text([obj, LOUD[base]], depth=3)
    assert "looking" not in shown and "failed" not in shown, shown
    assert "own: int 3" in shown if base is object else "7" in shown


def test_attributes_with_odd_names_have_a_path_too():
    class Example:
        pass

    example = Example()
    vars(example)["it's"] = 1
    with tree(example) as number:
        (found,) = group(number, "attributes")["nodes"]
    assert found["path"] == 'getattr(obj, "it\'s")'


@pytest.mark.parametrize(
    "array, detail",
    [
        (np.zeros(3, np.longdouble), "(3,) float128 of NumPy"),
        (np.zeros((2, 1), ">f8"), "(2, 1) >f8 of NumPy"),
        (np.array(["a", "bc"]), "(2,) <U2 of NumPy"),
        (np.array([None], object), "(1,) object of NumPy"),
    ],
)
def test_arrays_that_martlet_lacks_say_what_they_are(array, detail):
    with tree([array]) as number:
        assert node(number, "0.0")["detail"] == detail


def test_the_name_is_a_text():
    with pytest.raises(TypeError, match="name as a str, not int"):
        martlet.inspect(3, 5)


def test_a_million_nodes_are_not_made():
    many = list(range(10**6))
    before = _martlet.inspection_counts()[0]
    with tree(many) as number:
        found = node(number)
        assert found["groups"][0]["count"] == 10**6
        assert node(number, "", 999_990)["groups"][0]["nodes"][-1]["path"] == "obj[999999]"
    assert _martlet.inspection_counts()[0] - before < 1000


def test_a_large_mapped_file_is_sampled(tmp_path):
    path = tmp_path / "large.npy"
    shape = (40_000, 33_554)
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<f8", "fortran_order": False, "shape": shape}
        )
        file.truncate(file.tell() + shape[0] * shape[1] * 8)  # Ten gigabytes of holes.
    before = _martlet.inspection_counts()[1]
    mapped = np.load(path, mmap_mode="r")
    for number in (
        _martlet.inspection_open_file(str(path)),
        _martlet.inspection_open(_inspect, mapped, "mapped"),
    ):
        shown = _martlet.inspection_text(number, 1, 20)
        assert "a sample: 65 536 of 1 342 160 000 elements" in shown
        assert "bytes: 10 GiB" in shown or "bytes: 10.00 GiB" in shown or "GiB" in shown
        cells = view(number, "heat-map")["cells"]
        assert (len(cells), len(cells[0])) == (8, 40)
        assert view(number, "values")["text"][0].startswith("[:, :] of (40000, 33554)")
        _martlet.inspection_close(number)
    assert _martlet.inspection_counts()[1] - before < 16 << 20


def test_files_that_are_none_are_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        _martlet.inspection_open_file(str(tmp_path / "none.npy"))
    wrong = tmp_path / "wrong.npy"
    wrong.write_bytes(b"no array")
    with pytest.raises(ValueError, match="magic"):
        _martlet.inspection_open_file(str(wrong))
    with pytest.raises(ValueError, match="no tree"):
        _martlet.inspection_text(10**9, 1, 1)
    with pytest.raises(TypeError, match="mapping"):
        martlet.inspect_dictionary([1])


def test_the_command_line_prints_into_a_pipe(tmp_path):
    np.savez(tmp_path / "two.npz", a=np.arange(3), b=np.eye(2))
    done = subprocess.run(
        [sys.executable, "-m", "martlet", "inspect", str(tmp_path / "two.npz")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "archive of 2 members" in done.stdout
    assert "a: (3,) int64" in done.stdout
    assert "\x1b" not in done.stdout
    for wrong in (["none.npy"], [], ["a", "b"]):
        done = subprocess.run(
            [sys.executable, "-m", "martlet", "inspect", *wrong], capture_output=True, text=True
        )
        assert done.returncode in (1, 2)
        assert done.stderr.startswith("martlet: ")


# The terminal.


class Screen:
    """What a terminal shows after what the inspector writes: cursor moves, clears and text."""

    def __init__(self, rows, columns):
        self.resize(rows, columns)
        self.alternate = False
        self.colours = set()
        self.copied = []
        self.kept = ""

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0

    def feed(self, data):
        data = self.kept + data
        place = 0
        while place < len(data):
            match = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b\]52;c;([^\x07]*)\x07").match(
                data, place
            )
            if match:
                self.control(match)
                place = match.end()
            elif data[place] == "\x1b":
                break  # The rest of it comes later.
            else:
                self.put(data[place])
                place += 1
        self.kept = data[place:]

    def control(self, match):
        if match[3] is not None:
            self.copied.append(match[3])
            return
        numbers, letter = match[1], match[2]
        if letter == "H":
            self.row, self.column = (int(n) - 1 for n in numbers.split(";"))
        elif letter == "K":
            self.cells[self.row][self.column :] = [" "] * (self.columns - self.column)
        elif letter == "J":
            self.resize(self.rows, self.columns)
        elif letter == "m":
            self.colours.add(numbers)
        elif numbers == "?1049":
            self.alternate = letter == "h"
            if self.alternate:
                self.before = self.cells, self.row, self.column
                self.resize(self.rows, self.columns)
            else:
                self.cells, self.row, self.column = self.before
                # A size that was changed meanwhile.
                shown = self.cells
                self.resize(self.rows, self.columns)
                for row, line in zip(self.cells, shown, strict=False):
                    row[:] = (line + row)[: self.columns]

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif self.row < self.rows and self.column < self.columns:
            self.cells[self.row][self.column] = character
            self.column += 1
        elif self.alternate:
            raise AssertionError(f"{character!r} is written outside of the screen")

    @property
    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]

    def __str__(self):
        return "\n".join(self.lines)


class Session:
    """A program in a pseudo-terminal."""

    def __init__(self, code, rows=24, columns=80, command=None, **environment):
        self.screen = Screen(rows, columns)
        self.output = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.process, self.descriptor = pty.fork()
        if self.process == 0:
            os.environ.update({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environment})
            words = command or [sys.executable, "-c", textwrap.dedent(code)]
            os.execv(words[0], words)
        self.size(rows, columns)

    def size(self, rows, columns):
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if (rows, columns) != (self.screen.rows, self.screen.columns):
            self.screen.resize(rows, columns)

    def wait(self, found, seconds=30):
        """Reads until the screen holds a text, or satisfies a function."""
        check = found if callable(found) else lambda: found in str(self.screen)
        end = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < end, f"no {found!r} in\n{self.screen}\n{self.output[-2000:]}"
            ready, _, _ = select.select([self.descriptor], [], [], 0.1)
            if ready:
                try:
                    data = os.read(self.descriptor, 1 << 16)
                except OSError:
                    data = b""
                if not data:
                    assert check(), f"it ended, without {found!r}:\n{self.output[-2000:]}"
                    return
                data = self.decoder.decode(data)
                self.output += data
                self.screen.feed(data)

    def press(self, keys, found=None):
        os.write(self.descriptor, keys.encode())
        if found is not None:
            self.wait(found)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.kill(self.process, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.close(self.descriptor)
        os.waitpid(self.process, 0)


UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
SHOWN = """
import numpy, martlet, martlet.numpy as np
a = np.arange(24.0).reshape(2, 3, 4)
many = list(range(10**6))
found = martlet.inspect({"a": a, "view": a[1], "f": martlet.inspect, "many": many}, "d")
print("chose", type(found).__name__, getattr(found, "shape", ""))
"""


def test_every_key_is_on_a_small_screen():
    with Session(SHOWN) as session:
        session.wait("copy path")
        shown = str(session.screen)
        for key in (
            "↑↓", "→ ←", "PgUp", "Home", "Enter choose", "q quit", "/ search", "n N next",
            "f filter", "v V view", "[ ] slice", "{ } axis", "y copy path",
        ):  # fmt: skip
            assert key in shown, shown
        assert session.screen.alternate
        assert any("38;5;" in code for code in session.screen.colours)
        assert "'a'  (2, 3, 4) float64" in shown
        session.press("q", "chose NoneType")
        assert not session.screen.alternate


def test_the_tree_opens_and_gives_what_is_chosen():
    with Session(SHOWN) as session:
        session.wait("copy path")
        session.press(DOWN + DOWN, "d['a']")
        session.press(RIGHT, "statistics (1)")
        assert "shape  (2, 3, 4), 24 elements" in str(session.screen)
        session.press("v", "[0, :, :] of (2, 3, 4)")
        session.press("]", "[1, :, :] of (2, 3, 4)")
        assert "12.0" in str(session.screen)
        session.press("v", "highest bar")
        session.press("v", "means of 3 × 4 cells")
        session.press("y", "Copied: d['a']")
        assert session.screen.copied == ["ZFsnYSdd"]
        session.press(LEFT, lambda: "statistics" not in str(session.screen))
        session.press("\r", "chose ndarray (2, 3, 4)")


def test_search_and_filter():
    with Session(SHOWN) as session:
        session.wait("copy path")
        session.press("/", "search the open lines")
        session.press("MANY\r", "d['many']")
        session.press(RIGHT, "[0]  int 0")
        session.press("/int 777\r", "d['many'][777]")
        session.press("/nowhere\r", "Not in the next 20 000 lines")
        session.press("\x1b[H", "(1 of ")
        session.press("f", "Only arrays")
        assert "'view'  (3, 4) float64" in str(session.screen)
        assert not re.search(r"'f'  \(", str(session.screen))
        session.press("ff", "Only functions")
        assert "'view'  (3, 4) float64" not in str(session.screen)


def test_without_colour_and_without_unicode():
    with Session(SHOWN, NO_COLOR="1", LC_ALL="C") as session:
        session.wait("copy path")
        session.press(DOWN + DOWN + "v", "[0, :, :]")
        session.press("vv", "means of 3")
        assert session.output.isascii()
        assert not any(code.startswith(("38", "48")) for code in session.screen.colours)
        assert any(set(line.strip()) <= set(".:-=+*#%@") for line in session.screen.lines if line)


def test_a_new_size_is_drawn_at_once():
    with Session(SHOWN) as session:
        session.wait("copy path")
        for rows, columns in ((40, 120), (10, 40), (2, 9), (24, 80)):
            session.size(rows, columns)
            session.wait(lambda: session.screen.lines[0].startswith(" martlet"))
            if rows > 3:
                session.wait(lambda rows=rows: "search" in session.screen.lines[rows - 1])
        session.press("\x03", "chose NoneType")


def test_other_threads_run_and_signals_are_heard():
    code = """
    import threading, time, martlet
    count = 0
    def work():
        global count
        while True:
            count += 1
            time.sleep(0.001)
    threading.Thread(target=work, daemon=True).start()
    try:
        martlet.inspect([1])
    except KeyboardInterrupt:
        print("interrupted after", "many" if count > 20 else count)
    """
    with Session(code) as session:
        session.wait("copy path")
        time.sleep(0.2)
        os.kill(session.process, signal.SIGINT)
        session.wait("interrupted after many")
        assert not session.screen.alternate


# The page.


@contextmanager
def page(obj):
    servers = []
    with tree(obj) as number:
        ready = threading.Event()

        def told(server):
            servers.append(server)
            ready.set()

        thread = threading.Thread(target=_inspect_page.serve, args=(number, told))
        thread.start()
        assert ready.wait(10)
        try:
            yield servers[0]
        finally:
            servers[0].shutdown()
            thread.join(10)
    assert not thread.is_alive()


def ask(server, place, token=None, host=None, method="GET", **fields):
    token = server.token if token is None else token
    query = "&".join([f"token={token}", *(f"{k}={v}" for k, v in fields.items())])
    request = urllib.request.Request(f"http://{server.host}{place}?{query}", method=method)
    if host:
        request.add_header("Host", host)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers, answer.read().decode()


def test_the_page_serves_nodes_and_views():
    with page({"a": mnp.arange(6.0).reshape(2, 3)}) as server:
        assert server.server_address[0] == "127.0.0.1"
        headers, html = ask(server, "/")
        assert "<title>martlet</title>" in html
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        # Everything it needs is in it.
        assert not re.search(r"(src|href)=[\"']", html)
        root = json.loads(ask(server, "/node")[1])
        assert root["groups"][0]["nodes"][0]["detail"] == "(2, 3) float64"
        found = json.loads(ask(server, "/view", path="0.0", name="heat-map")[1])
        assert found["cells"] == [[0, 1, 2], [3, 4, 5]]


def test_the_page_is_for_this_machine_and_who_has_the_token():
    with page([1]) as server:
        for fields, status in (
            ({"token": ""}, 403),
            ({"token": "x" * len(server.token)}, 403),
            ({"host": "example.org"}, 403),
            ({"path": "9.9"}, 404),
            ({"path": "x"}, 400),
            ({"start": "x"}, 400),
        ):
            with pytest.raises(urllib.error.HTTPError) as error:
                ask(server, "/node", **fields)
            assert error.value.code == status, fields
        with pytest.raises(urllib.error.HTTPError):
            ask(server, "/close", token="wrong", method="POST")
        assert ask(server, "/close", method="POST")[1] == "closed"


def test_who_says_nothing_keeps_no_other_waiting():
    with page([1]) as server, socket.create_connection(server.server_address):
        start = time.monotonic()
        assert ask(server, "/node")[1]
        assert time.monotonic() - start < _inspect_page._Handler.timeout / 2
