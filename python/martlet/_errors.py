"""`seterr`, `geterr` and `errstate`: NumPy's, and the mode of the fallback beside them."""

import contextlib

import numpy

from martlet import _fallback, _martlet

# Under these, work must run on the line that asks for it.
_AT_ONCE = {"raise", "call", "log", "print"}


_FLAGS = {"divide": 1, "over": 2, "under": 4, "invalid": 8}


def _settle():
    actions = numpy.geterr()
    _martlet.set_eager(any(action in _AT_ONCE for action in actions.values()))
    reported = (flag for kind, flag in _FLAGS.items() if actions[kind] != "ignore")
    _martlet.set_reported(sum(reported))


def geterr():
    """How floating-point events and steps down to NumPy are told."""
    return {**numpy.geterr(), "fallback_mode": _fallback.mode()}


def seterr(all=None, divide=None, over=None, under=None, invalid=None, fallback_mode=None):
    """Sets how events are told, as `numpy.seterr`; `fallback_mode` is "ignore", "print", "warn"
    or "raise". Returns the old settings."""
    old = geterr()
    if fallback_mode is not None:
        _fallback.check_mode(fallback_mode)
    numpy.seterr(all=all, divide=divide, over=over, under=under, invalid=invalid)
    if fallback_mode is not None:
        _fallback.set_mode(fallback_mode)
    _settle()
    return old


def numpys_geterr():
    """What NumPy has under the name: how floating-point events are told."""
    return numpy.geterr()


def numpys_seterr(all=None, divide=None, over=None, under=None, invalid=None, fallback_mode=None):
    """As `seterr`; the old settings are NumPy's four, and the old mode where a new one is given."""
    old = seterr(all, divide, over, under, invalid, fallback_mode)
    if fallback_mode is None:
        del old["fallback_mode"]
    return old


numpys_geterr.__name__ = numpys_geterr.__qualname__ = "geterr"
numpys_seterr.__name__ = numpys_seterr.__qualname__ = "seterr"
numpys_geterr.__module__ = numpys_seterr.__module__ = "martlet.numpy"


class errstate(contextlib.ContextDecorator):
    """As `numpy.errstate`, with `fallback_mode` beside the floating-point events."""

    def __init__(self, *, fallback_mode=None, **settings):
        if fallback_mode is not None:
            _fallback.check_mode(fallback_mode)
        self._mode = fallback_mode
        self._settings = settings
        # Checks the names and values.
        self._numpy = numpy.errstate(**settings)
        self._token = None

    def _recreate_cm(self):
        # As a decorator, every call enters a state of its own.
        return errstate(fallback_mode=self._mode, **self._settings)

    def __enter__(self):
        self._numpy.__enter__()
        if self._mode is not None:
            self._token = _fallback.set_mode(self._mode)
        _settle()

    def __exit__(self, *exception):
        if self._token is not None:
            _fallback.reset_mode(self._token)
            self._token = None
        self._numpy.__exit__(*exception)
        _settle()
