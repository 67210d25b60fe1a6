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
        self.times = {}  # (file, line) -> [count, seconds]

    def start(self):
        """Begins to time, on this thread and on those that start later."""
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def stop(self):
        """Ends it."""
        sys.settrace(None)
        threading.settrace(None)

    def _enter(self, frame, event, argument):
        code = frame.f_code
        known = self._known.get(code)
        if known is None:
            name = code.co_filename
            known = self._known[code] = not name.startswith("<") and self._holds(name)
        if not known:
            return None
        file, times, clock = code.co_filename, self.times, time.perf_counter
        line, start = None, 0.0

        def step(frame, event, argument):
            nonlocal line, start
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

    def report(self, taken, file):
        """Writes the lines of every file, with what Martlet did for each below it."""
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
