"""How far long work has come: a bar on a terminal, nothing in a pipe, or a callback."""

import sys
import time

_callback = None


def progress(callback=None):
    """Has long work tell `callback(what, done, total)` how far it has come; None for the bar again.

    Returns the callback that was set before. The bar is drawn on standard error, if that is a
    terminal, for work that takes longer than half a second.
    """
    global _callback
    if callback is not None and not callable(callback):
        raise TypeError(f"progress takes a function, not {type(callback).__name__}")
    old, _callback = _callback, callback
    return old


def steps(items, what, total=None, detail=None):
    """Gives the items one by one, and tells how many of them are done.

    `total` is needed where the items have no length; `detail()` gives a text behind the bar.
    """
    if total is None:
        total = len(items)
    bar = Bar(what, total)
    try:
        for done, item in enumerate(items):
            bar.tell(done, detail() if detail else "")
            yield item
        bar.tell(total, detail() if detail else "")
    finally:
        bar.end()


class Bar:
    """One piece of long work."""

    # Seconds before a bar appears, and between two drawings.
    PATIENCE = 0.5
    INTERVAL = 0.1

    def __init__(self, what, total):
        self.what, self.total = what, total
        self._next = time.monotonic() + self.PATIENCE
        self._width = 0

    def tell(self, done, detail=""):
        """So many steps are done."""
        if _callback is not None:
            _callback(self.what, done, self.total)
            return
        now = time.monotonic()
        if now < self._next or not _is_terminal(sys.stderr):
            return
        self._next = now + self.INTERVAL
        share = min(done / self.total, 1) if self.total > 0 else 1
        filled = int(share * 24)
        text = f"{self.what} {'█' * filled}{'░' * (24 - filled)} {share:4.0%}"
        text = f"{text}  {detail}"[:79].rstrip()
        sys.stderr.write("\r" + text + " " * max(0, self._width - len(text)))
        sys.stderr.flush()
        self._width = len(text)

    def end(self):
        """Takes the bar away."""
        if self._width and sys.stderr is not None:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0


def _is_terminal(stream):
    """Also of what a program has put in the stream's place, such as None."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        return False
