"""Ctrl-C, and every exception that a signal's handler raises, ends long work within a moment."""

import signal
import subprocess
import sys
import textwrap
import time

import pytest
from subject import needs_martlet

pytestmark = needs_martlet

HEAD = """
import signal, sys, threading, time
import martlet
import martlet.numpy as np
from martlet import cuda, njit, prange

def ready():
    print("ready", flush=True)

"""

# Each calls `ready()` and then works for hours.
PROGRAMS = {
    "a loop": """
        @njit
        def f(n):
            total = 0.0
            for i in range(n):
                total = total * 0.5 + i
            return total
        f(10); ready(); f(10**12)
        """,
    "a while loop": """
        @njit
        def f(n):
            total = 0
            while True:
                total += 1
                if total == n:
                    break
            return total
        f(10); ready(); f(-1)
        """,
    "a nest of loops": """
        @njit
        def f(a, b, n):
            for step in range(n):
                for i in range(1, a.shape[0] - 1):
                    for j in range(1, a.shape[1] - 1):
                        b[i, j] = a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1]
        a = np.ones((60, 60)); b = np.ones((60, 60))
        f(a, b, 1); ready(); f(a, b, 10**10)
        """,
    "loops without iterations inside": """
        @njit
        def f(a, n):
            for i in range(n):
                for j in range(a.shape[0]):
                    a[j] += 1.0
                if a.shape[0] == 1:
                    n += i
            return n
        a = np.ones(0); f(a, 1); ready(); f(a, 10**13)
        """,
    "a loop with temporaries": """
        @njit
        def f(a, n):
            total = 0.0
            for i in range(n):
                b = a + i
                total += b[0]
            return total
        a = np.ones(100_000); f(a, 1); ready(); f(a, 10**10)
        """,
    "products in a loop": """
        @njit
        def f(a, n):
            total = 0.0
            for i in range(n):
                total += (a @ a)[0, 0]
            return total
        a = np.ones((100, 100)); f(a, 1); ready(); f(a, 10**10)
        """,
    "a parallel loop": """
        @njit(parallel=True)
        def f(a, n):
            for i in prange(a.shape[0]):
                total = 0.0
                for j in range(n):
                    total = total * 0.5 + j
                a[i] = total
        a = np.ones(100); f(a, 10); ready(); f(a, 10**11)
        """,
    "a parallel loop whose last part takes long": """
        @njit(parallel=True)
        def f(a, n):
            for i in prange(a.shape[0]):
                total = 0.0
                if i == 99:
                    for j in range(n):
                        total = total * 0.5 + j
                a[i] = total
        a = np.ones(100); f(a, 10); ready(); f(a, 10**12)
        """,
    "a parallel loop whose first part takes long": """
        @njit(parallel=True)
        def f(a, n):
            for i in prange(a.shape[0]):
                total = 0.0
                if i == 0:
                    for j in range(n):
                        total = total * 0.5 + j
                a[i] = total
        a = np.ones(100); f(a, 10); ready(); f(a, 10**12)
        """,
    "a grid of the Simulator": """
        @cuda.jit
        def f(a, n):
            total = 0.0
            for j in range(n):
                total += j
            a[cuda.grid(1)] = total
        a = np.ones(32)
        with martlet.device("simulator"):
            f[1, 32](a, 10); ready(); f[1, 32](a, 10**8)
        """,
    "a kernel that releases the interpreter's lock": """
        @njit(nogil=True)
        def f(n):
            total = 0.0
            for i in range(n):
                total = total * 0.5 + i
            return total
        f(10); ready(); f(10**12)
        """,
    "a sum over many elements": """
        a = np.broadcast_to(np.float64(0.5), (10**5, 10**5))
        a[:10].sum(); ready()
        while True:
            a.sum()
        """,
    "a reduction along an axis": """
        a = np.broadcast_to(np.arange(1000.0), (10**9, 1000))
        a[:10].max(0); ready(); a.max(axis=0)
        """,
    "a reduction of pending work": """
        a = np.broadcast_to(np.arange(1000.0), (10**7, 1000))
        ready()
        while True:
            (np.sin(a) * np.cos(a)).sum()
        """,
    "elementwise work": """
        a = np.ones(20_000_000)
        ready()
        while True:
            b = np.arctan2(np.sin(a) ** 0.3, np.cos(a) ** 0.7)
            b[0]
        """,
    "a product of matrices": """
        a = np.ones((6000, 6000))
        ready()
        for _ in range(1000):
            b = a @ a
        """,
    "the main thread while another has the lock": """
        @njit
        def f(n):
            total = 0.0
            for i in range(n):
                total = total * 0.5 + i
            return total
        f(10)
        threading.Thread(target=f, args=(10**12,), daemon=True).start()
        time.sleep(0.1)
        ready()
        while True:
            time.sleep(0.01)
        """,
}


def interrupted(tmp_path, body):
    """How long a program lives on after Ctrl-C, and what it prints at the end."""
    path = tmp_path / "program.py"
    path.write_text(HEAD + textwrap.dedent(body))
    program = subprocess.Popen(
        [sys.executable, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert program.stdout.readline() == "ready\n", program.stderr.read()
        time.sleep(0.3)
        assert program.poll() is None, program.stderr.read()
        program.send_signal(signal.SIGINT)
        start = time.perf_counter()
        program.wait(20)
        return time.perf_counter() - start, program.stdout.read() + program.stderr.read()
    finally:
        program.kill()


@pytest.mark.parametrize("name", PROGRAMS)
def test_ctrl_c_ends_it(tmp_path, name):
    # Half a second is the promise; the machine may have other work.
    seconds, output = interrupted(tmp_path, PROGRAMS[name])
    assert "KeyboardInterrupt" in output
    assert seconds < 5


def test_arrays_are_whole_afterwards(tmp_path):
    body = """
        @njit
        def f(a, n):
            b = np.zeros(10)
            for k in range(n):
                for i in range(a.shape[0]):
                    a[i] = a[i] * 0.5 + 1.0
                b[0] += 1.0
            return b
        a = np.ones(1000)
        f(a, 1)
        ready()
        try:
            f(a, 10**12)
        except KeyboardInterrupt:
            print("stopped")
        assert ((a >= 1) & (a <= 2)).all()
        a[:] = 1
        assert f(a, 1)[0] == 1 and (a == 1.5).all()
        print("whole")
        """
    _, output = interrupted(tmp_path, body)
    assert output == "stopped\nwhole\n"


def run(tmp_path, body):
    path = tmp_path / "program.py"
    path.write_text(HEAD + textwrap.dedent(body))
    subprocess.run([sys.executable, path], check=True, timeout=120)


COUNT = """
        @njit
        def f(a, n):
            total = 0.0
            for i in range(n):
                total = total * 0.5 + i
                a[0] = total
            return total
        """


def test_any_exception_of_a_handler_ends_it(tmp_path):
    body = """
        class Late(Exception):
            pass

        def handler(*_):
            raise Late("now")

        signal.signal(signal.SIGALRM, handler)
        a = np.ones(3)
        f(a, 10)
        for call in (lambda: f(a, 10**12), lambda: f(np.ones(60_000), 10**12)):
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            try:
                call()
            except Late as error:
                assert str(error) == "now"
            else:
                raise AssertionError("the handler's exception was lost")
        """
    run(tmp_path, COUNT + body)


def test_a_handler_that_returns_lets_it_go_on(tmp_path):
    body = """
        seen = []
        a = np.ones(3)

        def handler(*_):
            seen.append(float(a[0]))
            # What a handler does with the arrays of the call must not end the process.
            a[1] = 7.0
            b = a + 1
            a.resize(3)

        signal.signal(signal.SIGALRM, handler)
        expected = f(np.ones(3), 3 * 10**8)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        assert f(a, 3 * 10**8) == expected
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert len(seen) > 1
        assert a[0] == expected and a[1] == 7.0
        """
    run(tmp_path, COUNT + body)


def test_other_threads_run_while_a_kernel_has_the_lock(tmp_path):
    body = """
        steps = []
        done = threading.Event()

        def count():
            while not done.is_set():
                steps.append(time.perf_counter())

        a = np.ones(3)
        f(a, 10)
        thread = threading.Thread(target=count)
        thread.start()
        before = time.perf_counter()
        f(a, 4 * 10**8)
        after = time.perf_counter()
        done.set()
        thread.join()
        assert any(before + 0.05 < step < after - 0.05 for step in steps)
        """
    run(tmp_path, COUNT + body)
