"""Profiles: what each line of a program did with Martlet. The extension records and tells."""

import collections
import sys
import weakref

from martlet import _martlet

Entry = collections.namedtuple(
    "Entry", "kind name device note count seconds bytes operations", module=__name__
)
Entry.__doc__ = """One kind of work at one line.

`kind` is "launch" (a compiled kernel, of all that was fused), "direct" (work on a few elements),
"library" (BLAS, LAPACK, FFT), "call" (a function of Martlet's, apart from what is listed on its
own), "compile", "transfer" (between devices), "copy" (because arrays share memory) or "fallback"
(NumPy served it, for the reason in `note`). `seconds` is without what is an entry of its own.
`bytes` were read and written, each operand counted once; `operations` are numbers that were
computed.
"""

Line = collections.namedtuple("Line", "file line seconds entries", module=__name__)
Line.__doc__ = "A line of the program, its time in Martlet, and its entries, the costliest first."


class Profile:
    """What the statements of a `with` block did with Martlet, line by line.

    Printed, it is a table. What is still pending at the end of the block has not run, and is not in
    it: `martlet.evaluate` runs it.
    """

    def __init__(self):
        self._number = None
        self._lines = None
        self._is_on = False
        self.seconds = 0.0

    def __enter__(self):
        if self._number is not None:
            raise RuntimeError("this profile was taken already; martlet.profile() makes another")
        if not _martlet.profile_start():
            raise RuntimeError("another profile is being taken; there is one at a time")
        self._is_on = True
        return self

    def __exit__(self, *_):
        if not self._is_on:
            raise RuntimeError("this profile was never begun, so that it cannot end")
        self._is_on = False
        self._number = _martlet.profile_stop()
        weakref.finalize(self, _martlet.profile_forget, self._number).atexit = False
        self.seconds, _ = _martlet.profile_rows(self._number)

    @property
    def lines(self):
        """The lines as a list of `Line`, the costliest first."""
        if self._lines is None:
            self._taken()
            entries = {}
            for file, line, _, *entry in _martlet.profile_rows(self._number)[1]:
                entries.setdefault((file, line), []).append(Entry(*entry))
            self._lines = [
                Line(*place, sum(entry.seconds for entry in found), found)
                for place, found in entries.items()
            ]
        return self._lines

    def _taken(self):
        if self._number is None:
            raise RuntimeError("the profile is still being taken: look at it after the with block")

    def _text(self, what, other=0):
        self._taken()
        return _martlet.profile_text(self._number, what, other)

    def __str__(self):
        return "<profile that is being taken>" if self._number is None else self.table()

    def table(self):
        """The costliest lines as a table.

        `of peak` is the share of what this machine can do: of the bandwidth of the cache that the
        operands fit into, or of the rate of its matrix products. That is measured the first time,
        in about a second, and kept in the cache folder.
        """
        return self._text("table")

    def advice(self):
        """Sentences, for the costliest lines: what costs most and what would help. A list."""
        return self._text("advice").splitlines()

    def compare(self, before):
        """A table of what became quicker and slower since another profile."""
        if not isinstance(before, Profile):
            raise TypeError(f"compare takes a profile, not {type(before).__name__}")
        before._taken()
        return self._text("comparison", before._number)

    def save(self, path):
        """Writes a trace for Perfetto (.json), the timeline drawn (.svg), the table (.txt)."""
        name = str(path)
        forms = {".json": "trace", ".svg": "timeline", ".txt": "table"}
        for ending, form in forms.items():
            if name.endswith(ending):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(self._text(form))
                return
        raise ValueError(f"a profile is saved as .json, .svg or .txt, not as {name!r}")


def profile():
    """A profile of the statements in a `with` block.

        with martlet.profile() as p:
            y = np.exp(x).sum()
        print(p)

    Raises RuntimeError while another profile is being taken.
    """
    return Profile()


def report(taken, file=None):
    """Writes a profile and its advice for a person."""
    file = sys.stderr if file is None else file
    print(taken.table(), file=file)
    for sentence in taken.advice():
        print("*", sentence, file=file)
