"""Time for each source line of a program's own modules: `python -m martlet --line-profile`."""

import linecache
import os
import sys
import threading
import time


class LineProfile:
    """Times the lines of the code that `holds` says is the program's own.

    A line's time is what passes until the next line of the same function begins, the functions
    that it calls included. Tracing costs about a microsecond a line, so short lines look longer
    than they are.
    """

    def __init__(self, holds):
        self._holds = holds
        self._known = {}
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._all = []  # For each thread, (file, line) -> [count, seconds].
        self._is_on = False
        self._was_replaced = False

    def start(self):
        """Begins to time, on this thread and on those that start later."""
        self._is_on = True
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def stop(self):
        """Ends it."""
        self._is_on = False
        self._was_replaced = sys.gettrace() != self._enter
        sys.settrace(None)
        threading.settrace(None)

    def _enter(self, frame, event, argument):
        code = frame.f_code
        known = self._known.get(code)
        if known is None:
            name = code.co_filename
            known = self._known[code] = not name.startswith("<") and self._holds(name)
        if not known or not self._is_on:
            return None
        file, times, clock = code.co_filename, self._of_this_thread(), time.perf_counter
        line, start = None, 0.0

        def step(frame, event, argument):
            nonlocal line, start
            if event == "exception":
                return step  # The line goes on: what comes next ends it.
            now = clock()
            if line is not None:
                found = times.get((file, line))
                if found is None:
                    found = times[file, line] = [0, 0.0]
                found[0] += 1
                found[1] += now - start
            line = None if event == "return" else frame.f_lineno
            start = clock()
            return step

        return step

    def _of_this_thread(self):
        found = getattr(self._mine, "times", None)
        if found is None:
            found = self._mine.times = {}
            with self._lock:
                self._all.append(found)
        return found

    @property
    def times(self):
        """`(file, line) -> (count, seconds)`, of all threads; some may go on still."""
        total = {}
        with self._lock:
            parts = [part.copy() for part in self._all]
        for part in parts:
            for place, (count, seconds) in part.items():
                known = total.get(place, (0, 0.0))
                total[place] = known[0] + count, known[1] + seconds
        return total

    def report(self, taken, file):
        """Writes the lines of every file, with what Martlet did for each below it."""
        if self._was_replaced:
            print(
                "\nThe program set a trace function of its own (sys.settrace): lines that ran "
                "after that are missing below.",
                file=file,
            )
        beneath = {}
        for found in taken.lines:
            name = os.path.realpath(found.file) if found.file else ""
            beneath[name, found.line] = found
        names = {}
        for (name, line), cost in self.times.items():
            names.setdefault(name, []).append((line, *cost))
        for name, rows in names.items():
            total = max(row[2] for row in rows)
            print(f"\n{name}\n     time   martlet     calls  line", file=file)
            for line, count, seconds in sorted(rows):
                found = beneath.get((os.path.realpath(name), line))
                inside = _time(found.seconds) if found else ""
                source = linecache.getline(name, line).rstrip()
                mark = "*" if seconds >= 0.1 * total else " "
                print(
                    f"{_time(seconds):>9} {inside:>9} {count:>9} {mark}{line:>4}  {source}",
                    file=file,
                )
                for entry in found.entries[:3] if found and found.seconds >= 1e-4 else ():
                    note = f": {entry.note}" if entry.note else ""
                    print(
                        f"{'':9} {_time(entry.seconds):>9} {entry.count:>9}        "
                        f"{entry.kind} {entry.name}{note}",
                        file=file,
                    )


def _time(seconds):
    if seconds >= 1:
        return f"{seconds:.2f} s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds * 1e6:.0f} µs"
