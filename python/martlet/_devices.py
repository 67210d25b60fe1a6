"""Where arrays live: `martlet.device`, `set_device`, `devices`, and what a device lacks."""

from martlet import _martlet


class device:
    """`with martlet.device("opencl:0"):` makes new arrays on that device, in this thread."""

    def __init__(self, name):
        self.name = name
        self._before = []

    def __enter__(self):
        self._before.append(_martlet.enter_device(self.name))
        return self

    def __exit__(self, *exception):
        _martlet.leave_device(self._before.pop())

    def __repr__(self):
        return f"martlet.device({self.name!r})"


class policy:
    """What to do where the device of an operation's arrays cannot do it.

    `martlet.policy("only_device")` sets it, for good or for the length of a `with`:

    - `prefer_device`: the host does it, and the step is recorded.
    - `only_host`: everything runs on the host, wherever the arrays are.
    - `only_device`: what the device lacks is an error.
    - `auto`: as `prefer_device`, but new arrays too small to be worth a launch stay on the host.
    """

    def __init__(self, name):
        self.name = name
        self._before = _martlet.policy()
        _martlet.set_policy(name)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        _martlet.set_policy(self._before)

    def __repr__(self):
        return f"martlet.policy({self.name!r})"


def set_device(name):
    """Makes a device the one where new arrays are made, in every thread that chose no other."""
    _martlet.set_device(name)


def get_device():
    """The name of the device where new arrays are made."""
    return _martlet.current_device()


def devices():
    """The names of the devices of this machine, the CPU first."""
    return _martlet.devices()


def synchronize(name=None):
    """Waits for the pending work of a device, the current one unless named."""
    _martlet.synchronize(get_device() if name is None else name)


def transfers():
    """How many copies were made between devices so far, and of how many bytes."""
    return _martlet.transfers()
